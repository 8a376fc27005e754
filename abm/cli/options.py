"""What several commands ask for, and how text from the command line becomes values."""

import errno
import math
import os
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from abm.foundation.errors import InputError, raise_all
from abm.foundation.files import replacing, writing
from abm.results.kinds import claim

if TYPE_CHECKING:
    from abm.law import regime as law
    from abm.sweeps.plan import Plan

Value = bool | int | float | str
LONGEST_NAME = 240
"""Bytes of a file's name, so that what is written beside it first can have one too."""


def reader[N: (int, float)](name: str, kind: Callable[[str], N], fits: Callable[[N], bool], wanted: str) -> Any:
    """A reader of numbers; InputError naming the option, the value and what is wanted."""

    def read(text: str) -> N:
        with suppress(ValueError):
            number = kind(text)
            if fits(number):
                return number
        raise InputError(f"{name} {text}: {wanted} is wanted")

    return read


def whole(name: str, low: int, high: int) -> Callable[[str | int], int]:
    """A reader of whole numbers."""
    return reader(name, int, lambda one: low <= one <= high, f"a whole number from {low:,} to {high:,}")


def positive(name: str) -> Callable[[str | float], float]:
    """A reader of finite numbers above 0."""
    return reader(name, float, lambda one: math.isfinite(one) and one > 0, "a finite number above 0")


Regime = Annotated[str, typer.Argument(help="A shipped regime, or the path of a TOML file.", metavar="REGIME")]
Seeds = Annotated[
    int, typer.Option(help="Number of seeds: runs 0 to N-1.", parser=whole("--seeds", 1, 100_000), metavar="N")
]
Until = Annotated[str, typer.Option(help="Last month.", metavar="YYYY-MM")]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="A parameter (demand.theta=2) or a lever of the law from a date on (law.hbm.quota_share=0.1@2026-11). "
        "May be given several times.",
        metavar="NAME=VALUE",
    ),
]
Ensemble = Annotated[
    str,
    typer.Option(
        help="Draw parameters too: a table of draws by name or file, of which each seed takes one, the same in every "
        "regime.",
        metavar="NAME",
    ),
]
Out = Annotated[Path | None, typer.Option(help="Folder to write data to.", metavar="DIR")]
Folder = Annotated[Path, typer.Argument(help="Folder of a sweep.", metavar="DIR")]
Spec = Annotated[Path, typer.Argument(help="The sweep: a TOML file.", metavar="SPEC.toml")]
SweepOut = Annotated[
    Path | None, typer.Option("--out", help="Folder of the sweep; results/<name> by default.", metavar="DIR")
]
Serial = Annotated[bool, typer.Option("--serial", help="Run in this process, without workers.")]
Json = Annotated[bool, typer.Option("--json", help="As JSON, for scripts.")]

Without = Annotated[list[str] | None, typer.Option(help="Leave an act out. May be given several times.", metavar="ACT")]
Shift = Annotated[
    list[str] | None,
    typer.Option(
        help="Move an act by whole months (us-hbm-rule=6, or =-6). May be given several times.", metavar="ACT=N"
    ),
]
Before = Annotated[
    str, typer.Option(help="Leave the regime on a date: acts announced on it or later are out.", metavar="DATE")
]
Add = Annotated[
    list[Path] | None,
    typer.Option(
        help="Add the acts of a TOML file of [[act]] entries. May be given several times.", metavar="FILE.toml"
    ),
]


def composed(
    regime: str,
    without: Iterable[str] | None = None,
    shift: Iterable[str] | None = None,
    before: str = "",
    add: Iterable[Path] | None = None,
) -> "law.Regime":
    """A regime with acts dropped, moved, cut off and added, in this order; InputError says what is wrong."""
    from abm.law.regime import compose

    moves = {}
    for word in shift or ():
        name, _, months = word.partition("=")
        moves[name] = whole("--shift", -1200, 1200)(months or "none")
    return compose(regime, without or (), moves, before, add or ())


def settings(words: Iterable[str] | None) -> dict[str, Value]:
    """`name=value` and `law.lever=value@date` as the mapping that a Scenario takes; InputError tells every fault."""
    found: dict[str, Value] = {}
    faults = []
    for word in words or ():
        name, equals, text = word.partition("=")
        name, text = name.strip(), text.strip()
        if name.startswith("law."):
            text, at, day = text.rpartition("@")
            name = f"{name}@{day}"
            equals = equals and at
        if not equals or not text:
            faults.append(f"--set {word}: written group.name=value, or law.lever=value@2026-11")
        elif name in found:
            faults.append(f"--set {word}: {name} is set twice")
        else:
            found[name] = value_of(text)
    raise_all(faults)
    return found


def value_of(text: str) -> Value:
    """A number, true, false or quoted text as in TOML; anything else is text as it stands."""
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    value = table.get("value")
    if len(table) > 1 or not isinstance(value, (bool, int, float, str)):
        return text
    return text if isinstance(value, float) and not math.isfinite(value) else value


def planned(spec: Path, out: Path | None, ensemble: str = "") -> "tuple[Plan, Path]":
    """What a specification asks for, and the folder it is kept in: results/<name> where none is given."""
    from abm.sweeps.design import design

    plan = design(spec, ensemble=ensemble) if ensemble else design(spec)
    return plan, out if out is not None else Path("results") / plan.name


def width() -> int | None:
    """The width of the terminal; None where the output goes elsewhere, and lines need not be broken."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def writable(folder: Path | None, kind: str) -> Path | None:
    """The folder, made if need be; InputError when nothing can be written there, or results of another kind are."""
    if folder is not None:
        claim(folder, kind)
        try_to_write(folder)
    return folder


def target(file: Path | None) -> Path | None:
    """The file; InputError when it could not be written, before any work is done for it."""
    if file is None:
        return None
    with writing(file), suppress(FileNotFoundError):
        if len(os.fsencode(file.name)) > LONGEST_NAME:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        os.stat(file)
    if os.path.isdir(file):
        raise InputError(f"{file}: cannot be written (it is a folder)")
    if os.path.isfile(file) or not os.path.exists(file):
        try_to_write(file.parent)
    return file


def try_to_write(folder: Path) -> None:
    """Make a folder if need be; InputError when nothing can be written there."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (probe := folder / ".abm-probe").touch()
        probe.unlink()


def publish(page: str, path: Path | None) -> None:
    """Print a page, or write it."""
    if path is None:
        typer.echo(page, nl=False)
    else:
        with replacing(path) as part:
            part.write_text(page, encoding="utf-8")
