"""The headline lines: which metrics say at a glance what a regime did, and how they are read at the horizon."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import batched
from typing import Any, Protocol

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from abm.results import wording
from abm.results.series import Series, band_for
from abm.runs.metrics import METRICS, Window
from abm.runs.run import Months


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


class Levels(Source[Series], Protocol):
    """An ensemble, as far as its headline lines need it."""

    @property
    def months(self) -> Months: ...
    @property
    def regimes(self) -> tuple[str, ...]: ...
    @property
    def key(self) -> str: ...
    def __len__(self) -> int: ...


class Differences(Source[Series], Protocol):
    """A comparison, as far as its headline lines need it."""

    base: str

    @property
    def ensemble(self) -> Levels: ...
    @property
    def pairs(self) -> tuple[Any, Any]: ...
    def summary(self, line: "Line | str") -> pd.DataFrame: ...


def lines_of(source: Source[Any], most: int = 10) -> list[Line]:
    """The first headline lines that the source holds."""
    return [line for line in LINES if line.column in source][:most]


def reading[O: Series](source: Source[O], line: Line) -> O:
    """The line's outcome, summed or averaged over its window."""
    outcome = source[line.column]
    return outcome if line.window == "end" else outcome.trailing(line.window)


def headline(ensemble: Levels, most: int = 10) -> pd.DataFrame:
    """One row a line and regime: line, regime, median, low, high (the band the number of runs allows), unit, when."""
    rows: list[dict[str, Any]] = []
    for line in lines_of(ensemble, most) if len(ensemble.months) else []:
        outcome = reading(ensemble, line)
        scale, median, band = outcome.scale(), outcome.median().iloc[-1], outcome.band()
        for regime in outcome.regimes:
            low, high = (band[regime].iloc[-1] / scale.divisor) if band is not None else (float("nan"),) * 2
            value = scale.of(float(median[regime]))
            rows.append(_row(outcome, regime, scale.label) | {"median": value, "low": low, "high": high})
    return pd.DataFrame(rows, columns=["line", "regime", "median", "low", "high", "unit", "when"])


def differences(comparison: Differences, most: int = 10) -> pd.DataFrame:
    """The headline lines as paired differences, one row a line and regime: see `difference_rows`."""
    parts = [difference_rows(comparison, line) for line in lines_of(comparison, most)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(DIFFERENCES))


DIFFERENCES = ("metric", "line", "regime", "mean", "low", "high", "unit", "when", "pairs", "base")


def difference_rows(comparison: Differences, line: Line) -> pd.DataFrame:
    """One row a regime: mean paired difference from the base, its 95 % interval, pairs, and the base's own mean."""
    rows: list[dict[str, Any]] = []
    if line.column in comparison and len(comparison.pairs[0]) and len(comparison.ensemble.months):
        difference, level = reading(comparison, line), reading(comparison.ensemble, line).only(comparison.base)
        scale = horizon_scale(difference, level)
        common = {"metric": line.column, "base": scale.of(float(level.mean().to_numpy()[-1, 0]))}
        for regime, values in comparison.summary(line).iterrows():
            numbers = {name: scale.of(values[name]) for name in ("mean", "low", "high")} | {
                "pairs": int(values["pairs"])
            }
            rows.append(_row(difference, str(regime), scale.label) | common | numbers)
    frame = pd.DataFrame(rows, columns=list(DIFFERENCES))
    return frame.astype(dict.fromkeys(("mean", "low", "high", "base"), float))


def horizon_scale(difference: Series, level: Series) -> wording.Scale:
    """The human unit for differences in the last month: that of the level, unless they would vanish in it."""
    last = replace(difference, values=difference.values[:, -1:], months=difference.months[-1:])
    every = replace(last, values=np.concatenate([last.values, level.values[:, -1:]])).scale()
    largest = float(np.nanmax(np.abs(last.values), initial=0.0))
    return last.scale() if 0 < largest < 0.01 * every.divisor else every


def table(ensemble: Levels, most: int = 10, width: int | None = None) -> str:
    """Headline lines as plain text: medians of all regimes in blocks that fit, or one regime's median and band."""
    frame = headline(ensemble, most)
    about = f"{ensemble!r}, set {ensemble.key}"
    if frame.empty:
        return printed([about, "no headline metric to show"], [], width)

    rule = band_for(min(len(ensemble) // max(len(ensemble.regimes), 1), len(ensemble)))
    one = len(ensemble.regimes) == 1
    tables = [_single(frame, rule.words if rule else "")] if one else _many(frame, width or WIDTH)
    return printed([about, f"medians at {ensemble.months[-1]}; {WINDOWS}"], tables, width)


def difference_table(comparison: Differences, most: int = 10, width: int | None = None) -> str:
    """Paired differences as plain text: under each line, each regime's mean and 95 % interval against the base."""
    frame = differences(comparison, most)
    if frame.empty:
        return printed([repr(comparison), "nothing to compare"], [], width)
    shown = columns("", "")
    for line, part in frame.groupby("line", sort=False):
        first = part.iloc[0]
        shown.add_row(f"{line}, {first['unit']}", f"{wording.say(comparison.base)}: {wording.number(first['base'])}")
        decimals = wording.places(part["mean"].abs().max())
        for row in part.to_dict("records"):
            cell = wording.interval(row["mean"], row["low"], row["high"], wording.finer(row["mean"], decimals))
            shown.add_row(f"  {wording.say(row['regime'])}", cell)
    about = f"mean of paired differences at {comparison.ensemble.months[-1]} and its 95 % interval"
    return printed([repr(comparison), about], [shown], width)


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


def _row(outcome: Series, regime: str, unit: str) -> dict[str, Any]:
    """What a headline row says besides its numbers."""
    end = str(outcome.months[-1])
    when = f"{outcome.window} to {end}" if outcome.window else end
    return {"line": outcome.title, "regime": regime, "unit": unit, "when": when}


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
