"""What a report says of runs besides the answer: tables of differences and levels, and what the first turns on."""

from itertools import batched
from typing import NamedTuple

import numpy as np
import pandas as pd

from abm.results import headlines, wording
from abm.results.answer import Answer
from abm.results.change import Change
from abm.results.comparison import Comparison
from abm.results.ensemble import Ensemble

BLOCK = 4
"""Lines side by side in a block of the table of differences, so that it prints whole on A4."""


class Cell(NamedTuple):
    """A difference to its step, and below it what chance and futures hold; sure: material, and clear of chance."""

    mean: str
    chance: str
    futures: str
    sure: bool


class Block(NamedTuple):
    """A few lines side by side: their names with units, the base's levels, and a row of cells for each regime."""

    heads: list[tuple[str, str]]
    base: list[str]
    rows: list[tuple[str, list[Cell | None]]]


def blocks(answer: Answer) -> list[Block]:
    """The differences as tables: regimes down, BLOCK lines across; regimes that never differ are left out."""
    by = {(one.metric, one.regime): one for one in answer.changes}
    firsts = list({one.metric: one for one in answer.changes}.values())
    shown = [name for name in answer.regimes if name not in answer.alike]
    return [
        Block(
            [(one.line, one.level_unit) for one in some],
            [one.number(one.base) for one in some],
            [(wording.say(name), [cell(by.get((one.metric, name))) for one in some]) for name in shown],
        )
        for some in batched(firsts, BLOCK)
    ]


def cell(one: Change | None) -> Cell | None:
    """A change as a cell."""
    if one is None:
        return None
    mean, chance, futures = one.cells()
    return Cell(mean, chance if one.chance else "", futures if one.futures else "", one.material and one.clear)


def levels(ensemble: Ensemble) -> list[list[str]]:
    """The headline lines as they stand: line, regime, median, band, unit, when."""
    rows = []
    for one in ensemble.headline().to_dict("records"):
        band = f"{wording.number(one['low'])} to {wording.number(one['high'])}" if np.isfinite(one["low"]) else "–"
        rows.append([one["line"], wording.say(one["regime"]), wording.number(one["median"]), band,
                     one["unit"], one["when"]])  # fmt: skip
    return rows


def influence(comparison: Comparison) -> pd.DataFrame:
    """Rank correlation of each numeric factor, and of each parameter drawn, with the first headline difference at the
    horizon, strongest first."""
    found: list[tuple[str, str, float]] = []
    line = first_line(comparison)
    if line and len(comparison.pairs[0]):
        difference = comparison[line]
        for regime in difference.regimes:
            one = difference.only(regime)
            last = pd.Series(one.values[:, -1])
            for factor, values in varied(comparison, one.runs).items():
                if values.nunique() > 1 and last.nunique() > 1:
                    found.append((str(factor), regime, float(values.rank().corr(last.rank()))))
    frame = pd.DataFrame(found, columns=["factor", "regime", "rank correlation"])
    return frame.sort_values("rank correlation", key=abs, ascending=False, ignore_index=True)


def varied(comparison: Comparison, runs: pd.DataFrame) -> pd.DataFrame:
    """What differs between some runs, a column each: factors that were varied and parameters that were drawn."""
    drawn = comparison.ensemble.drawn
    parts = [runs[list(comparison.ensemble.factors)]]
    if drawn:
        parts.append(pd.DataFrame([drawn.of(seed) for seed in runs["seed"]], index=runs.index))
    return pd.concat(parts, axis=1).apply(pd.to_numeric, errors="coerce")


def first_line(comparison: Comparison) -> str:
    """The first headline metric held, or nothing."""
    lines = headlines.lines_of(comparison, 1)
    return lines[0].column if lines else ""
