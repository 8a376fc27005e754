"""One coordinator a folder: a lock file that names its owner, and that outlives no owner for long."""

import fcntl
import json
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from abm.foundation.errors import InputError

SILENT = 300.0


class Lock:
    """The right to write into a sweep folder.

    The operating system's lock on the file falls with its owner, so a lock left by a killed process on this machine
    is stale and is taken over. An owner on another machine (shared disk) is believed until silent for SILENT seconds.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file: int | None = None

    def __repr__(self) -> str:
        return f"Lock({str(self.path)!r}, {'held' if self.file is not None else 'free'})"

    def __enter__(self) -> Self:
        """Take the lock; InputError naming the owner when another process has it."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise InputError(self.refusal(owner(self.path))) from None
        other = owner(self.path)
        if other and other["host"] != socket.gethostname() and time.time() - self.path.stat().st_mtime < SILENT:
            os.close(file)
            raise InputError(self.refusal(other))
        self.file = file
        os.ftruncate(file, 0)
        os.pwrite(file, json.dumps(myself()).encode(), 0)
        return self

    def __exit__(self, *_: object) -> None:
        """Give the lock back; the file stays, empty, so that nobody locks a file that is being deleted."""
        if self.file is not None:
            with suppress(OSError):
                os.ftruncate(self.file, 0)
            os.close(self.file)
            self.file = None

    def touch(self) -> None:
        """Show owners on other machines that this one is alive."""
        if self.file is not None:
            os.utime(self.file)

    def refusal(self, other: dict[str, Any] | None) -> str:
        """Why this process may not write."""
        who = f"process {other['pid']} on {other['host']}" if other else "another process"
        return (
            f"{self.path.parent} is in use by {who}; wait for it or stop it, or give another folder with --out "
            f"(if no such process exists, delete {self.path})"
        )


def myself() -> dict[str, Any]:
    """Who holds a lock: host, process and the time it began."""
    import psutil  # type: ignore[import-untyped]

    return {"host": socket.gethostname(), "pid": os.getpid(), "began": psutil.Process().create_time()}


def owner(path: Path) -> dict[str, Any] | None:
    """Who a lock file names; None when it is free or cannot be read."""
    try:
        who = json.loads(path.read_text())
        return {"host": str(who["host"]), "pid": int(who["pid"]), "began": float(who["began"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def alive(path: Path) -> bool:
    """Whether the owner that a lock file names still works, judged by host, process and the time it began."""
    import psutil

    who = owner(path)
    if who is None:
        return False
    if who["host"] != socket.gethostname():
        return time.time() - path.stat().st_mtime < SILENT
    with suppress(psutil.Error):
        return bool(abs(psutil.Process(who["pid"]).create_time() - who["began"]) < 1)
    return False
