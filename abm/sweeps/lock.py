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
PATIENCE = 0.5


class Lock:
    """The right to write into a sweep folder.

    The operating system's lock on the file falls with its owner, so a lock left by a killed process on this machine
    is stale and is taken over. An owner on another machine (shared disk) is believed until silent for SILENT seconds.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file: int | None = None

    def __enter__(self) -> Self:
        """Take the lock; InputError naming the owner when another process has it."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            who = owner(self.path)
            if not seized(file, fcntl.LOCK_EX, PATIENCE) or (who is not None and elsewhere(who) and lately(self.path)):
                raise InputError(self.refusal(owner(self.path)))
            os.ftruncate(file, 0)
            os.pwrite(file, json.dumps({"host": socket.gethostname(), "pid": os.getpid()}).encode(), 0)
        except BaseException:
            os.close(file)
            raise
        self.file = file
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
        return f"{self.path.parent} is in use by {who}{self.until(other)}; wait for it, or give another folder"

    def until(self, other: dict[str, Any] | None) -> str:
        """When an owner that this machine cannot see is taken to be gone."""
        if not other or not elsewhere(other):
            return ""
        silent = time.time() - self.path.stat().st_mtime
        return f" (last seen {silent:.0f} s ago; after {SILENT:g} s the folder is free)"


def seized(file: int, kind: int, patience: float = 0.0) -> bool:
    """Whether the operating system's lock is granted; one that a reader holds while it asks is waited for."""
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.05)


def owner(path: Path) -> dict[str, Any] | None:
    """Who a lock file names; None when it is free or cannot be read."""
    try:
        who = json.loads(path.read_text())
        return {"host": str(who["host"]), "pid": int(who["pid"])}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def elsewhere(who: dict[str, Any]) -> bool:
    """Whether an owner is on another machine, where this one cannot see it."""
    return bool(who["host"] != socket.gethostname())


def lately(path: Path) -> bool:
    """Whether an owner has shown itself within SILENT seconds."""
    return time.time() - path.stat().st_mtime < SILENT


def alive(path: Path) -> bool:
    """Whether the owner that a lock file names still works."""
    who = owner(path)
    if who is None or elsewhere(who):
        return who is not None and lately(path)
    with suppress(OSError), open(path) as file:
        return not seized(file.fileno(), fcntl.LOCK_SH)
    return False
