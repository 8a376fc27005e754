"""What code and data a run depends on, as short hashes."""

import hashlib
from functools import cache
from pathlib import Path

VERSION = "0.1.0"
PACKAGE = Path(__file__).parents[1]
REPORTING = ("results", "figures", "sweeps", "analysis", "server", "cli")
"""Folders that no run depends on."""


@cache
def code_version() -> str:
    """12 hexadecimal digits of the code that a run depends on."""
    return _digest(sorted(f for f in PACKAGE.rglob("*.py") if f.relative_to(PACKAGE).parts[0] not in REPORTING))


@cache
def data_version() -> str:
    """12 hexadecimal digits of the data that a run depends on: not of ensembles, for a draw is part of the run."""
    files = (f for f in PACKAGE.rglob("*") if f.suffix in {".csv", ".toml"})
    return _digest(sorted(f for f in files if f.relative_to(PACKAGE).parts[0] not in (*REPORTING, "ensembles")))


def _digest(files: list[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return whole.hexdigest()[:12]
