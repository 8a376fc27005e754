"""Files put on the disk so that they are there whole or not at all, and moved away rather than deleted."""

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from abm.foundation.files import flush as flush_folder
from abm.sweeps.parts import Damaged


def write(path: Path, data: bytes, look: Callable[[bytes], object] = lambda data: None) -> None:
    """Put bytes on the disk under a name: write beside it, flush, read back, look, rename, flush the folder."""
    fresh = path.with_name(path.name + ".incoming")
    with open(fresh, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    back = fresh.read_bytes()
    if back != data:
        raise Damaged(f"{path} was not written as given")
    look(back)
    os.replace(fresh, path)
    flush_folder(path.parent)


def set_aside(folder: Path, files: Iterable[Path]) -> Path:
    """Move files into a new numbered folder under aside/, and return that folder."""
    number = 1
    while (place := folder / "aside" / str(number)).exists():
        number += 1
    place.mkdir(parents=True)
    for file in files:
        if file.exists():
            shutil.move(file, place / file.name)
    return place
