"""A coordinator that dies by its own hand at a named point: `python coordinator.py FOLDER POINT NTH`.

Without a point it does the sweep to its end; with the point `hold` it takes the folder and waits.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sweeps"))

from sweep_fakes import FakePlan

from abm.foundation.errors import InputError
from abm.sweeps import files, store
from abm.sweeps.scheduler import carry_out

PLAN = FakePlan(seeds=12)


def dying(function: Callable[..., Any], nth: int, after: bool) -> Callable[..., Any]:
    """The function, but at its nth call the process dies before or after it."""
    calls = [0]

    def call(*args: Any, **named: Any) -> Any:
        calls[0] += 1
        last = calls[0] > nth
        if last and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **named)
        if last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


POINTS: dict[str, tuple[Any, str, bool]] = {
    "before the file is opened": (store, "write", False),
    "before it is flushed": (files.os, "fsync", False),
    "after it is flushed": (files.os, "fsync", True),
    "before the rename": (files.os, "replace", False),
    "after the rename": (files.os, "replace", True),
    "after the folder is flushed": (files, "flush_folder", True),
}


def main() -> None:
    folder, point, nth = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "", int((sys.argv[3:] or ["0"])[0])
    if point == "hold":
        with store.Store.start(folder, PLAN):
            print("held", flush=True)
            time.sleep(60)
    if point:
        place, name, after = POINTS[point]
        setattr(place, name, dying(getattr(place, name), nth, after))
    try:
        carry_out(PLAN, folder, serial=True, size=1).close()
    except InputError as fault:
        sys.exit(f"refused: {fault}")


if __name__ == "__main__":
    main()
