"""Regimes against a base: differences paired by seed and parameters, with the interval of their mean."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from abm.foundation.dates import span
from abm.foundation.errors import InputError
from abm.law.regime import Regime
from abm.results import headlines, wording
from abm.results.ensemble import Ensemble, regimes_of, simulate_all
from abm.results.series import Series, checked_share, edges, known
from abm.runs.metrics import METRICS

COLUMNS = ["metric", "line", "regime", "mean", "low", "high", "unit", "when", "pairs", "base"]


@dataclass(frozen=True, eq=False, repr=False)
class Difference(Series):
    """Differences of a metric from a base regime, run by run: same seed, same parameters.

    values  (pairs, T): the regime's run minus the base's run
    runs    one row a pair: the regime that is compared, seed, factors
    """

    base: str = ""

    def interval(self, share: float = 0.95) -> pd.DataFrame:
        """Interval of the paired mean: months down, (regime, low or high) across; undefined under two pairs.

        mean ∓ t(share, n-1) * s / sqrt(n), n the pairs of a regime that are finite in the month.
        """
        finite = replace(self, values=np.where(np.isfinite(self.values), self.values, np.nan))
        pairs = finite.by_regime.count()
        width = stdtrit((pairs - 1).where(pairs > 1), 0.5 + checked_share(share) / 2)
        mean, half = finite.mean(), (width * finite.by_regime.sem()).T
        return edges(mean - half, mean + half)

    def scale(self) -> wording.Scale:
        """The human unit; differences of shares are percentage points."""
        scale = super().scale()
        return replace(scale, label="percentage points") if scale.label == "per cent" else scale


class Comparison:
    """Regimes of an ensemble against one of them, the base.

    Runs are paired by seed and by those factors that the base's runs carry.
    """

    def __init__(self, ensemble: Ensemble, base: str | None = None) -> None:
        chosen = base if base is not None else default_base(ensemble.regimes)
        if base is not None:
            known("base regime", [base], ensemble.regimes)
        self.ensemble, self.base = ensemble, chosen

    def __repr__(self) -> str:
        against = ", ".join(self.regimes) or "nothing"
        return f"Comparison({against} against {self.base}: {len(self.pairs[0])} pairs, {span(self.ensemble.months)})"

    def __contains__(self, name: str) -> bool:
        return name in self.ensemble

    def __getitem__(self, name: str) -> Difference:
        """The paired differences of a metric, of one part of it, or of the sum "metric[*]"."""
        outcome = self.ensemble[name]
        rows, bases = self.pairs
        values = outcome.values[rows] - outcome.values[bases]
        runs = outcome.runs.iloc[rows].reset_index(drop=True)
        return Difference(name, outcome.unit, outcome.months, values, runs, outcome.key, base=self.base)

    @property
    def regimes(self) -> tuple[str, ...]:
        """The regimes that are compared, without the base."""
        return tuple(name for name in self.ensemble.regimes if name != self.base)

    @cached_property
    def pairs(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows of the compared runs, and of the base run each is paired with."""
        runs = self.ensemble.runs.reset_index(names="row")
        bases, others = runs[runs["regime"] == self.base], runs[runs["regime"] != self.base]
        shared = ["seed", *(name for name in self.ensemble.factors if bases[name].notna().any())]
        both = others.merge(bases[["row", *shared]], on=shared, suffixes=("", "_base")).sort_values("row")
        return both["row"].to_numpy(dtype=np.intp), both["row_base"].to_numpy(dtype=np.intp)

    def summary(self, line: headlines.Line | str, month: str | None = None) -> pd.DataFrame:
        """Paired mean, 95 % interval and number of pairs of each regime, in one month, the last by default."""
        difference = headlines.reading(self, line if isinstance(line, headlines.Line) else headlines.Line(line))
        place = difference.position(month)
        mean, sides = difference.mean().iloc[place], difference.interval().iloc[place]
        rows = {
            name: (mean[name], sides[name, "low"], sides[name, "high"], pairs)
            for name, pairs in difference.counts.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index", columns=["mean", "low", "high", "pairs"])

    def rows(self, line: headlines.Line) -> pd.DataFrame:
        """One row a regime: mean paired difference from the base, its 95 % interval, pairs, and the base's own mean."""
        rows: list[dict[str, Any]] = []
        if line.column in self and len(self.pairs[0]) and len(self.ensemble.months):
            difference, level = headlines.reading(self, line), headlines.reading(self.ensemble, line).only(self.base)
            scale = horizon_scale(difference, level)
            common = {"metric": line.column, "base": scale.of(float(level.mean().to_numpy()[-1, 0]))}
            for regime, found in self.summary(line).iterrows():
                numbers = {name: scale.of(found[name]) for name in ("mean", "low", "high")}
                about = headlines.about(difference, str(regime), scale.label)
                rows.append(about | common | numbers | {"pairs": int(found["pairs"])})
        return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(("mean", "low", "high", "base"), float))

    def seeds_needed(self) -> pd.DataFrame:
        """Seeds at which the 95 % interval of each headline difference is no wider than what is worth a word.

        A step in per cent is that of the larger of the two levels.

        returns   line, regime, and seeds, at least 2; undefined where nothing varies or fewer than 2 pairs are known
        """
        rows: list[dict[str, Any]] = []
        for line in headlines.lines_of(self):
            difference, level = headlines.reading(self, line), headlines.reading(self.ensemble, line).only(self.base)
            metric, base = METRICS[wording.split(line.column)[0]], float(level.mean().to_numpy()[-1, 0])
            groups = difference.by_regime
            spread, mean = groups.std().iloc[:, -1], groups.mean().iloc[:, -1].to_numpy()
            for (regime, deviation), change in zip(spread.items(), mean, strict=True):
                least = metric.least(max(abs(base), abs(base + change)))
                known = np.isfinite(deviation) and least > 0
                seeds = max(int(np.ceil((1.96 * deviation / least) ** 2)), 2) if known else None
                rows.append({"line": difference.title, "regime": str(regime), "seeds": seeds})
        return pd.DataFrame(rows, columns=["line", "regime", "seeds"])

    def differences(self) -> pd.DataFrame:
        """The headline lines as differences: metric, line, regime, mean, low, high, unit, when, pairs, base."""
        parts = [self.rows(line) for line in headlines.lines_of(self)]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)

    def table(self, width: int | None = None) -> str:
        """The same as aligned plain text, for a terminal."""
        frame = self.differences()
        if frame.empty:
            return headlines.printed([repr(self), "nothing to compare"], [], width)
        about = f"mean of paired differences at {self.ensemble.months[-1]} and its 95 % interval"
        return headlines.difference_table(frame, [repr(self), about], self.base, width)


def horizon_scale(difference: Series, level: Series) -> wording.Scale:
    """The human unit for differences in the last month: that of the level, unless they would vanish in it."""
    last = replace(difference, values=difference.values[:, -1:], months=difference.months[-1:])
    every = replace(last, values=np.concatenate([last.values, level.values[:, -1:]])).scale()
    largest = float(np.nanmax(np.abs(last.values), initial=0.0))
    return last.scale() if 0 < largest < 0.01 * every.divisor else every


def compare(
    regimes: Iterable[str | Path | Regime],
    seeds: Any = 20,
    until: str = "2030-12",
    sets: Mapping[str, Any] | None = None,
    base: str | None = None,
    agents: Mapping[str, str | type] | None = None,
    progress: bool = False,
    ensemble: str = "",
) -> Comparison:
    """Simulate several regimes with the same seeds and compare them with `base`, by default the first.

    Seeds, sets, agents, ensemble and errors are those of `abm.run`; two regimes of one name are refused too.
    """
    asked = regimes_of(regimes)
    names = [one.name for one in asked]
    if not names:
        raise InputError("regimes: none is given to compare")
    chosen = names[0] if base is None else base
    known("base regime", [chosen], names)
    runs = simulate_all(asked, seeds, until, sets, progress, agents, flows=False, ensemble=ensemble)
    return Comparison(runs, chosen)


def default_base(regimes: Sequence[str]) -> str:
    """The regime others are compared with: history if it is among them, else the first."""
    return "history" if "history" in regimes else next(iter(regimes), "")
