"""The headline lines: which metrics say at a glance what a regime did, and how they are read at the horizon."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from abm.results import wording
from abm.results.series import band_for
from abm.runs.metrics import METRICS, Window

if TYPE_CHECKING:
    from abm.results.comparison import Comparison
    from abm.results.ensemble import Ensemble
    from abm.results.series import Outcome


@dataclass(frozen=True)
class Line:
    """A column and how it is read at the horizon: as it ends, or as sum or mean of the last twelve months."""

    column: str
    window: Window = "end"


LINES = tuple(
    Line(f"{one.name}[{one.part}]" if one.part else one.name, one.headline)
    for one in sorted(METRICS.values(), key=lambda one: one.rank or 0)
    if one.rank is not None
)
"""The metrics declared with a rank, in that order."""

# How the windows of the headline lines are told to a reader.
WINDOWS = "flows are sums, and shares and the capability gap means, of the last twelve months"


class Source[O: "Outcome"](Protocol):
    """What headline lines are read from: an ensemble or a comparison."""

    def __contains__(self, name: str) -> bool:
        """Whether the column is held."""

    def __getitem__(self, name: str) -> O:
        """The column's outcome."""


def lines_of(source: Source[Any], most: int = 10) -> list[Line]:
    """The first headline lines that the source holds."""
    return [line for line in LINES if line.column in source][:most]


def reading[O: "Outcome"](source: Source[O], line: Line) -> O:
    """The line's outcome, drawn together over its window."""
    outcome = source[line.column]
    return outcome if line.window == "end" else outcome.trailing(line.window)


def headline(ensemble: "Ensemble", most: int = 10) -> pd.DataFrame:
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


def differences(comparison: "Comparison", most: int = 10) -> pd.DataFrame:
    """The headline lines as paired differences, one row a line and regime: see `difference_rows`."""
    parts = [difference_rows(comparison, line) for line in lines_of(comparison, most)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(DIFFERENCES))


DIFFERENCES = ("metric", "line", "regime", "mean", "low", "high", "unit", "when", "pairs", "base")


def difference_rows(comparison: "Comparison", line: Line) -> pd.DataFrame:
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


def horizon_scale(difference: "Outcome", level: "Outcome") -> wording.Scale:
    """The human unit for differences in the last month: that of the level, unless they would vanish in it."""
    last = replace(difference, values=difference.values[:, -1:], months=difference.months[-1:])
    every = replace(last, values=np.concatenate([last.values, level.values[:, -1:]])).scale()
    largest = float(np.nanmax(np.abs(last.values), initial=0.0))
    return last.scale() if 0 < largest < 0.01 * every.divisor else every


def table(ensemble: "Ensemble", most: int = 10, width: int = 100) -> str:
    """Headline lines as aligned text: medians of all regimes in blocks that fit, or one regime's median and band."""
    frame = headline(ensemble, most)
    about = f"{ensemble!r}, set {ensemble.key}"
    if frame.empty:
        return f"{about}\nno headline metric to show"

    rule = band_for(min(len(ensemble) // max(len(ensemble.regimes), 1), len(ensemble)))
    blocks = [_single(frame, rule.words if rule else "")] if len(ensemble.regimes) == 1 else _many(frame, width)
    notes = f"{about}\nmedians at {ensemble.months[-1]}; {WINDOWS}"
    return "\n\n".join([notes, *(align(block) for block in blocks)])


def difference_table(comparison: "Comparison", most: int = 10) -> str:
    """Paired differences as aligned text: under each line, each regime's mean and 95 % interval against the base."""
    frame = differences(comparison, most)
    if frame.empty:
        return f"{comparison!r}\nnothing to compare"
    rows: list[tuple[str, str]] = []
    for line, part in frame.groupby("line", sort=False):
        first = part.iloc[0]
        level = wording.number(first["base"])
        rows.append((f"{line}, {first['unit']}", f"{wording.say(comparison.base)}: {level}"))
        decimals = wording.places(part["mean"].abs().max())
        for row in part.to_dict("records"):
            cell = wording.interval(row["mean"], row["low"], row["high"], wording.finer(row["mean"], decimals))
            rows.append((f"  {wording.say(row['regime'])}", cell))
    notes = f"{comparison!r}\nmean of paired differences at {comparison.ensemble.months[-1]} and its 95 % interval"
    return f"{notes}\n\n{align([list(row) for row in rows])}"


def align(rows: list[list[str]]) -> str:
    """Text cells in columns: the first to the left, the rest to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [[row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in rows]
    return "\n".join("  ".join(line).rstrip() for line in lines)


def _row(outcome: "Outcome", regime: str, unit: str) -> dict[str, Any]:
    """What a headline row says besides its numbers."""
    end = str(outcome.months[-1])
    when = f"{outcome.window} to {end}" if outcome.window else end
    return {"line": outcome.title, "regime": regime, "unit": unit, "when": when}


def _single(frame: pd.DataFrame, words: str) -> list[list[str]]:
    """One regime: median and band."""
    rows = [["", "median", words]]
    for row in frame.to_dict("records"):
        band = f"{wording.number(row['low'])} to {wording.number(row['high'])}" if words else ""
        rows.append([f"{row['line']}, {row['unit']}", wording.number(row["median"]), band])
    return rows


def _many(frame: pd.DataFrame, width: int) -> list[list[list[str]]]:
    """Several regimes: lines down, regimes across in blocks no wider than `width`, their names on two rows."""
    lines = frame.drop_duplicates("line")
    names = [f"{line}, {unit}" for line, unit in zip(lines["line"], lines["unit"], strict=True)]
    columns = []
    for regime, part in frame.groupby("regime", sort=False):
        first, _, rest = wording.say(str(regime)).partition(" ")
        columns.append([first, rest, *(wording.number(value) for value in part["median"])])

    left = ["", "", *names]
    room = max((width - max(map(len, left))) // (2 + max(len(cell) for column in columns for cell in column)), 1)
    blocks = [columns[start : start + room] for start in range(0, len(columns), room)]
    return [[list(row) for row in zip(left, *block, strict=True)] for block in blocks]
