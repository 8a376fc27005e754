"""Files: read whatever an editor put before the text, and written whole or not at all, several of them as one.

What cannot be read or written is one InputError that names the file, in all commands and from Python.
"""

import errno
import fcntl
import json
import os
import shutil
import time
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from abm.foundation.errors import InputError

LONGEST = 1_000_000
"""Bytes of a file that people write by hand."""
LONG = 300
"""Letters of a path that a message tells."""
MARKS = {b"\xff\xfe\0\0": "UTF-32", b"\0\0\xfe\xff": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
NEW, READY, GONE = ".abm-new", ".abm-ready", ".gone"
"""Folders of a set that is being written, and of one that is whole and being moved in; a name in it to be deleted."""
PATIENCE, TRIES = 60.0, 5

_number = count()


# reading


def text_of(path: Path | str, most: int | None = LONGEST) -> str:
    """The text of a UTF-8 file without its byte order mark; InputError when it cannot be read.

    most   bytes; None for any
    """
    where = str(path) if len(str(path)) <= LONG else f"{str(path)[:LONG]}…"
    try:
        with open(named(path), "rb") as file:
            data = file.read(-1 if most is None else most + 1)
    except OSError as fault:
        raise InputError(f"{where}: cannot be read ({reason(fault)})") from None
    if most is not None and len(data) > most:
        raise InputError(f"{where}: is too long; at most {most:,} bytes are read")
    return decoded(data, where)


def decoded(data: bytes, where: str) -> str:
    """Bytes as text, without a byte order mark; InputError naming another encoding, or the first byte that is none."""
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            raise InputError(f"{where}: is {encoding}, not UTF-8; save it as UTF-8")
    if (place := data.find(0)) >= 0:
        wide = data.count(0) > len(data) // 4
        words = "UTF-16, not UTF-8; save it as UTF-8" if wide else f"no text (its byte {place} is 0)"
        raise InputError(f"{where}: is {words}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise InputError(f"{where}: is not UTF-8 ({fault.reason} at byte {fault.start})") from None


def toml_of(path: Path | str) -> dict[str, Any]:
    """The table of a TOML file; InputError when it cannot be read as one."""
    return toml(text_of(path), str(path))


def toml(text: str, where: str) -> dict[str, Any]:
    """The table of TOML text; InputError saying where the text is from and what is wrong."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise InputError(f"{where}: is nested too deeply") from None
    except ValueError as fault:  # TOMLDecodeError, and numbers too long to convert
        raise InputError(f"{where}: is not TOML ({fault})") from None


def json_in(data: bytes, where: str) -> Any:
    """The value in the bytes of a JSON file; InputError saying where they are from and what is wrong."""
    text = decoded(data, where)
    try:
        return json.loads(text)
    except RecursionError:
        raise InputError(f"{where}: is nested too deeply") from None
    except ValueError as fault:
        raise InputError(f"{where}: is not JSON ({fault})") from None


# writing


@contextmanager
def writing(path: Path | str) -> Iterator[None]:
    """Turn what the system says while something is written into an InputError that names it."""
    named(path)
    try:
        yield
    except OSError as fault:
        where = Path(*(part for part in Path(path).parts if part != NEW))  # where it is to be
        raise InputError(f"{where}: cannot be written ({reason(fault)})") from None


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside the one to write, which takes its place at the end, so that no reader sees half of it.

    Folders above it are made. What is no plain file, such as a pipe or a terminal, is written itself.
    """
    with writing(path):
        real = Path(os.path.realpath(path))
        if real.exists() and not real.is_file():
            yield real
            return
        real.parent.mkdir(parents=True, exist_ok=True)
        part = real.with_name(f".abm-{os.getpid()}-{next(_number)}.part")
        try:
            yield part
            flush(part)
            os.replace(part, real)
        finally:
            with suppress(OSError):
                part.unlink()


@contextmanager
def together(folder: Path, former: Iterable[str] = ()) -> Iterator[Path]:
    """A folder to write files into that belong together; at the end all are moved to where they belong.

    Whatever interrupts it, `current` shows the files of before or all the new ones. The set is whole once its folder is
    renamed; moving its files in is taken up again by whoever comes next.

    former   files of the folder that are of the set too, and are deleted unless they are written anew
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if NEW in folder.parts:  # part of a larger set
            yield folder
            return
        with alone(folder):
            move_in(folder)
            fresh = folder / NEW
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            try:
                yield fresh
                for name in former:
                    if (folder / name).exists() and not (fresh / name).exists():
                        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
                        (fresh / f"{name}{GONE}").touch()
                for file in contents(fresh):
                    flush(file)
                    if (target := folder / file.relative_to(fresh)).exists() and not target.is_file():
                        raise OSError(errno.EEXIST, f"{target} is no plain file")
                os.rename(fresh, folder / READY)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
            try:
                move_in(folder)
            except KeyboardInterrupt:
                move_in(folder)
                raise
            except OSError as fault:
                words = f"the new files are whole, but stay in {folder / READY} for the next command to move in"
                raise InputError(f"{folder}: {words} ({reason(fault)})") from None


def move_in(folder: Path) -> None:
    """Move the files of a set that is whole to where they belong; nothing where there is none."""
    ready = folder / READY
    for file in contents(ready):
        target = folder / file.relative_to(ready)
        if file.name.endswith(GONE):
            target.with_name(target.name.removesuffix(GONE)).unlink(missing_ok=True)
            file.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(file, target)
    if ready.exists():
        shutil.rmtree(ready)


def current(folder: Path, name: str) -> Path:
    """Where a file of a folder's set is to be read, also while the set is being moved in."""
    moving = folder / READY / name
    gone = moving.with_name(f"{moving.name}{GONE}")
    return moving if os.path.exists(moving) or os.path.exists(gone) else folder / name


def read_current(folder: Path, name: str) -> bytes:
    """The bytes of a file of a folder's set; it is looked for again when it has been moved in meanwhile."""
    for _ in range(TRIES):
        with suppress(FileNotFoundError):
            return current(folder, name).read_bytes()
    return (folder / name).read_bytes()


def contents(folder: Path) -> list[Path]:
    """The files of a folder and of those in it, by name."""
    return sorted(one for one in folder.rglob("*") if not one.is_dir())


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the only right to write a set into a folder; one that another holds is waited for.

    The operating system takes it back from a process that dies.
    """
    held, until = os.open(folder, os.O_RDONLY), time.monotonic() + PATIENCE
    try:
        while not granted(held):
            if time.monotonic() > until:
                raise InputError(f"{folder}: another process has been writing there for {PATIENCE:g} s")
            time.sleep(0.05)
        yield
    finally:
        os.close(held)


def granted(held: int) -> bool:
    """Whether the operating system's lock is granted, or there is none on this disk."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def flush(path: Path) -> None:
    """Have a file, or the names in a folder, outlast a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def named(path: Path | str) -> Path | str:
    """A path; InputError when no file can have that name."""
    if not str(path) or "\0" in str(path):
        raise InputError(f"{str(path)!r}: is no name of a file")
    return path


def reason(fault: OSError) -> str:
    """What the system says of a fault, in words."""
    if isinstance(fault, FileExistsError) and fault.filename:
        return f"{fault.filename} is no folder"
    return fault.strerror or (os.strerror(fault.errno) if fault.errno else str(fault)) or type(fault).__name__
