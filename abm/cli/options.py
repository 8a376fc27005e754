"""What several commands ask for, and how text from the command line becomes values."""

import errno
import json
import math
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from abm.ensembles import USUAL
from abm.foundation.errors import InputError
from abm.foundation.files import replacing, writing
from abm.results.kinds import claim
from abm.runs.settings import settings as settings

if TYPE_CHECKING:
    from abm.law import regime as law
    from abm.results.comparison import Comparison
    from abm.results.ensemble import Ensemble as Runs
    from abm.sweeps.plan import Plan

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


def integer(name: str, least: int, most: int, help: str, metavar: str = "N") -> Any:
    """An option for a whole number."""
    return typer.Option(name, help=help, parser=whole(name, least, most), metavar=metavar)


Regime = Annotated[
    str, typer.Argument(help="A shipped regime, or the path to a TOML file of your own.", metavar="REGIME")
]
Seeds = Annotated[int, integer("--seeds", 1, 100_000, "Number of seeds: runs 0 to N-1.")]
Seed = Annotated[int | None, integer("--seed", 0, 2**63 - 1, "This seed alone, in place of 0 to N-1.", metavar="SEED")]
Until = Annotated[str, typer.Option(help="Last month to simulate.", metavar="YYYY-MM")]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="A parameter (demand.theta=2) or a lever of the law from a date on (law.hbm.quota_share=0.1@2026-11). "
        "May be given several times.",
        metavar="NAME=VALUE",
    ),
]
DRAWN = (
    "Where parameters come from that nothing else sets: a table of draws by name or file, of which each seed takes "
    "one, the same in every regime; none for the defaults."
)
Ensemble = Annotated[str, typer.Option(help=DRAWN, metavar="NAME")]
SweepEnsemble = Annotated[
    str, typer.Option("--ensemble", help=DRAWN, metavar="NAME", show_default=f"what the file says, else {USUAL}")
]
Out = Annotated[Path | None, typer.Option(help="Folder for the results.", metavar="DIR")]
Folder = Annotated[Path, typer.Argument(help="Folder of a sweep.", metavar="DIR")]
Spec = Annotated[Path, typer.Argument(help="The sweep: a TOML file.", metavar="SPEC.toml")]
SweepOut = Annotated[
    Path | None, typer.Option("--out", help="Folder of the sweep; results/<name> by default.", metavar="DIR")
]
SweepSeeds = Annotated[int | None, integer("--seeds", 1, 100_000, "Number of seeds; by default the file's.")]
Restart = Annotated[bool, typer.Option("--restart", help="Set aside what the folder holds and start over.")]
Write = Annotated[
    Path | None, typer.Option(help="Write the page to this file instead of printing it.", metavar="FILE.md")
]
Serial = Annotated[bool, typer.Option("--serial", help="Run in this process, without workers.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the result alone: no progress and no notes.")]

Without = Annotated[list[str] | None, typer.Option(help="Leave an act out. May be given several times.", metavar="ACT")]
Shift = Annotated[
    list[str] | None,
    typer.Option(
        help="Move an act by whole months (us-hbm-rule=6, or =-6). May be given several times.", metavar="ACT=N"
    ),
]
Adopt = Annotated[
    list[str] | None, typer.Option(help="Make a pending proposal law. May be given several times.", metavar="ACT")
]
Before = Annotated[str, typer.Option(help="Leave out acts announced on this date or later.", metavar="DATE")]
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
    adopt: Iterable[str] | None = None,
) -> "law.Regime":
    """A regime with acts adopted, dropped, moved, cut off and added, in this order; InputError says what is wrong."""
    from abm.law.regime import compose

    moves = {}
    for word in shift or ():
        name, _, months = word.partition("=")
        moves[name] = whole("--shift", -1200, 1200)(months or "none")
    return compose(regime, without or (), moves, before, add or (), adopt=adopt or ())


def planned(spec: Path, out: Path | None, ensemble: str = "") -> "tuple[Plan, Path]":
    """What a specification asks for, and the folder it is kept in: results/<name> where none is given."""
    from abm.sweeps.design import design

    plan = design(spec, ensemble=ensemble) if ensemble else design(spec)
    return plan, out if out is not None else Path("results") / plan.name


def plain(value: Any) -> Any:
    """A value as JSON knows it: what is undefined or infinite is null."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def printed(found: "Runs | Comparison", as_json: bool, brief: bool = False) -> str:
    """What a command prints of runs: their headline lines; of a comparison the answer, in a sentence and as a table."""
    from abm.results.answer import answer
    from abm.results.comparison import Comparison

    if not isinstance(found, Comparison):
        rows = found.headline().to_dict("records")
        about = {"set": found.key, "parameters": found.sources, "lines": rows}
        return json.dumps(plain(about), indent=1) if as_json else found.table(width())
    if not len(found.pairs[0]):
        return printed(found.ensemble, as_json)
    told = answer(found)
    if as_json:
        about = {"set": found.ensemble.key, "parameters": found.ensemble.sources, "base": told.base}
        about |= {"sentence": told.sentence, "changes": told.frame.to_dict("records")}
        return json.dumps(plain(about), indent=1)
    if brief:
        return told.brief(width())
    return "\n\n".join([textwrap.fill(told.sentence, width() or 100), found.table(width())])


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


def publish(text: str, path: Path | None) -> None:
    """Print a text, or write it to a file."""
    if path is None:
        typer.echo(text, nl=False)
    else:
        with replacing(path) as part:
            part.write_text(text, encoding="utf-8")
