"""What a set of runs says: the headline differences in words and as a table, and what they turn on."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from abm.results import headlines, wording
from abm.results.comparison import Comparison
from abm.results.ensemble import Ensemble


class Cell(NamedTuple):
    """A difference, the sides of its interval where it has one, and whether it is surely not zero.

    It is where the interval leaves out zero and the difference is not written as zero.
    """

    mean: str
    sides: str
    sure: bool


class Row(NamedTuple):
    """A headline line: its unit, its level under the base, and a difference for each regime, None where not held."""

    line: str
    unit: str
    base: float
    cells: list[Cell | None]


class Answer(NamedTuple):
    """Differences from the base in one month: the first lines in sentences, all lines as a table."""

    base: str
    when: str
    sentences: list[str]
    regimes: list[str]
    rows: list[Row]


def answer(comparison: Comparison) -> Answer | None:
    """The headline differences from the base; None where there are no pairs to compare."""
    if not len(comparison.pairs[0]):
        return None
    frame = comparison.differences()
    when = wording.month(str(comparison.ensemble.months[-1]))
    regimes = [str(name) for name in dict.fromkeys(frame["regime"])]
    lines = [part for _, part in frame.groupby("line", sort=False)]
    sentences = [sentence(part, wording.say(comparison.base).lower(), when) for part in lines[:4]]
    return Answer(comparison.base, when, sentences, regimes, [row(part, regimes) for part in lines])


def sentence(part: pd.DataFrame, base: str, when: str) -> str:
    """One line of the answer: where a metric stands under the base, what raises it most, what lowers it most."""
    first = part.iloc[0]
    unit = "per cent" if first["unit"] == "percentage points" else first["unit"]
    start = f"{first['line']} stands at {wording.number(first['base'])} {unit} in {when} under {base}."
    if part["low"].isna().all():
        return f"{start} One pair of runs a regime gives no interval, so no difference is stated."
    written = part[[cell(one, wording.places(part["mean"].abs().max())).sure for one in part.to_dict("records")]]
    up, down = written[written["low"] > 0], written[written["high"] < 0]
    if up.empty and down.empty:
        return f"{start} No other regime clearly moves it."

    said = [
        f"{wording.say(row['regime'])} {verb} it most: " + wording.interval(row["mean"], row["low"], row["high"])
        for side, verb in ((up, "raises"), (down, "lowers"))
        for row in side.sort_values("mean", key=abs).to_dict("records")[-1:]
    ]
    missing = "raises" if up.empty else "lowers" if down.empty else ""
    return f"{start} {'; '.join(said)}{f'; none clearly {missing} it' if missing else ''}."


def row(part: pd.DataFrame, regimes: list[str]) -> Row:
    """A line of the table, with a cell for each regime."""
    decimals, first = wording.places(part["mean"].abs().max()), part.iloc[0]
    found = {one["regime"]: cell(one, decimals) for one in part.to_dict("records")}
    return Row(first["line"], first["unit"], first["base"], [found.get(name) for name in regimes])


def cell(found: Mapping[Any, Any], decimals: int) -> Cell:
    """A difference with its interval, in the decimals of its line or finer."""
    decimals = wording.finer(found["mean"], decimals)
    mean = wording.number(found["mean"], True, decimals)
    if not np.isfinite(found["low"]):
        return Cell(mean, "", False)
    low, high = (wording.number(found[side], decimals=decimals) for side in ("low", "high"))
    sure = (found["low"] > 0 or found["high"] < 0) and any(digit in mean for digit in "123456789")
    return Cell(mean, f"{low} to {high}", bool(sure))


def levels(ensemble: Ensemble) -> list[list[str]]:
    """The headline lines as they stand: line, regime, median, band, unit, when."""
    rows = []
    for one in ensemble.headline().to_dict("records"):
        band = f"{wording.number(one['low'])} to {wording.number(one['high'])}" if np.isfinite(one["low"]) else "–"
        rows.append([one["line"], wording.say(one["regime"]), wording.number(one["median"]), band,
                     one["unit"], one["when"]])  # fmt: skip
    return rows


def influence(comparison: Comparison) -> pd.DataFrame:
    """Rank correlation of each numeric factor with the first headline difference at the horizon, strongest first."""
    found = []
    line = first_line(comparison)
    for regime in comparison.regimes if line and len(comparison.pairs[0]) else []:
        if regime not in comparison[line].regimes:
            continue
        difference = comparison[line].only(regime)
        for factor in comparison.ensemble.factors:
            values = pd.to_numeric(difference.runs[factor], errors="coerce")
            last = pd.Series(difference.values[:, -1])
            if values.nunique() > 1 and last.nunique() > 1:
                found.append((factor, regime, float(values.rank().corr(last.rank()))))
    frame = pd.DataFrame(found, columns=["factor", "regime", "rank correlation"])
    return frame.sort_values("rank correlation", key=abs, ascending=False, ignore_index=True)


def first_line(comparison: Comparison) -> str:
    """The first headline metric held, or nothing."""
    lines = headlines.lines_of(comparison, 1)
    return lines[0].column if lines else ""
