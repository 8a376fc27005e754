"""The headline lines: which metrics say at a glance what a regime did, and how they are read at the horizon."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched
from typing import Any, Protocol

import pandas as pd
from rich.console import Console
from rich.table import Table

from abm.results import wording
from abm.results.series import Series
from abm.runs.metrics import METRICS, Window


@dataclass(frozen=True)
class Line:
    """A column and how it is read at the horizon: as it ends, or as sum or mean of the last twelve months."""

    column: str
    window: Window = "end"


LINES = tuple(
    Line(f"{one.name}[{part}]" if part else one.name, one.headline)
    for one in sorted(METRICS.values(), key=lambda one: one.rank or 0)
    if one.rank is not None
    for part in one.part.split("|")
)
"""The metrics declared with a rank, in that order."""

BESIDE = {"capability_gap": "capability_gap_own"}
"""What is told beside a line wherever a claim is judged on it, without entering the verdict: the gap that own runs and
efficiency leave, since imitation, of which least is known, hides most of what laws do to it."""

WIDTH = 100
"""Columns of text that tables take where no width is given."""

# How the windows of the headline lines are explained to a reader.
WINDOWS = "flows are sums, and shares and the capability gap means, of the last twelve months"


class Source[O: Series](Protocol):
    """What headline lines are read from: an ensemble or a comparison."""

    def __contains__(self, name: str) -> bool:
        """Whether the column is held."""

    def __getitem__(self, name: str) -> O:
        """The column's outcome."""


def lines_of(source: Source[Any], most: int = 12) -> list[Line]:
    """The first headline lines that the source holds."""
    return [line for line in LINES if line.column in source][:most]


def reading[O: Series](source: Source[O], line: Line) -> O:
    """The line's outcome, summed or averaged over its window."""
    outcome = source[line.column]
    return outcome if line.window == "end" else outcome.trailing(line.window)


def least(line: Line, outcome: Series, *levels: float) -> float:
    """The smallest difference worth a word between levels of a line, in its unit; a sum's is that of as many months.

    A step in per cent is that of the largest level. Nothing for a metric that is not declared.
    """
    metric = METRICS.get(wording.split(line.column)[0])
    months = min(12, len(outcome.months)) if line.window == "sum" else 1
    return months * metric.least(max(map(abs, levels)) / months) if metric else 0.0


def about(outcome: Series, regime: str, unit: str) -> dict[str, Any]:
    """What a headline row says besides its numbers."""
    end = str(outcome.months[-1])
    when = f"{outcome.window} to {end}" if outcome.window else end
    return {"line": outcome.title, "regime": regime, "unit": unit, "when": when}


def level_table(frame: pd.DataFrame, notes: list[str], band: str, width: int | None) -> str:
    """Headline lines as plain text: medians of all regimes in blocks that fit, or one regime's median and band.

    frame  as `Ensemble.headline` gives it
    band   its name; empty without one
    """
    one = frame["regime"].nunique() == 1
    return printed(notes, [_single(frame, band)] if one else _many(frame, width or WIDTH), width)


def columns(*headings: str) -> Table:
    """A table without lines: the first column to the left, the rest to the right and never broken."""
    shown = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=any(headings))
    shown.add_column(headings[0])
    for heading in headings[1:]:
        shown.add_column(heading, justify="right", no_wrap=True)
    return shown


def printed(notes: Iterable[str], tables: Iterable[Table], width: int | None) -> str:
    """Notes, then tables, a blank line before each, as text without colours.

    Where a width is given everything is broken to fit it; otherwise tables fit WIDTH and notes stay whole.
    """
    text = io.StringIO()
    console = Console(
        file=text, width=width or WIDTH, color_system=None, force_terminal=False, force_jupyter=False,
        markup=False, highlight=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
    for note in notes:
        console.print(note, soft_wrap=width is None)
    for shown in tables:
        console.print("", shown, sep="\n")
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def _single(frame: pd.DataFrame, words: str) -> Table:
    """One regime: median and band."""
    shown = columns("", "median", *filter(None, [words]))
    for row in frame.to_dict("records"):
        band = [f"{wording.number(row['low'])} to {wording.number(row['high'])}"] if words else []
        shown.add_row(f"{row['line']}, {row['unit']}", wording.number(row["median"]), *band)
    return shown


def _many(frame: pd.DataFrame, width: int) -> Iterator[Table]:
    """Several regimes: lines down, regimes across in blocks no wider than `width`, their names on two rows."""
    lines = frame.drop_duplicates("line")
    names = [f"{line}, {unit}" for line, unit in zip(lines["line"], lines["unit"], strict=True)]
    cells = {
        wording.say(str(regime)).replace(" ", "\n", 1): [wording.number(value) for value in part["median"]]
        for regime, part in frame.groupby("regime", sort=False)
    }
    widest = max(len(text) for heading, column in cells.items() for text in (*heading.split("\n"), *column))
    room = max((width - max(map(len, names))) // (2 + widest), 1)
    for some in batched(cells.items(), room):
        shown = columns("", *(heading for heading, _ in some))
        for name, *row in zip(names, *(column for _, column in some), strict=True):
            shown.add_row(name, *row)
        yield shown
