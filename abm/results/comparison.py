"""Regimes against a base: differences paired by seed and parameters, with the interval of their mean."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from abm.ensembles import USUAL
from abm.foundation.dates import span
from abm.foundation.errors import InputError
from abm.law.regime import Regime
from abm.results import headlines, wording
from abm.results.change import COLUMNS, Change, notes, table
from abm.results.ensemble import Ensemble, regimes_of, simulate_all
from abm.results.series import DRAWN, Series, checked_share, edges, known


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

    def futures(self, share: float = 0.9) -> pd.DataFrame:
        """The middle share of the single differences: months down, (regime, low or high) across.

        Undefined for a regime whose parameters stand at fewer than DRAWN points: that were chance alone.
        """
        tail = (1 - checked_share(share)) / 2
        drawn = [name for name, points in self.draws.items() if points >= DRAWN]
        low, high = (self.quantile(end) for end in (tail, 1 - tail))
        for frame in (low, high):
            frame[[name for name in frame.columns if name not in drawn]] = np.nan
        return edges(low, high)

    @property
    def finding(self) -> str:
        """Where its mean ends under the regimes, as a title."""
        against = f", against {wording.inline(self.base)}"
        return self._finding(self.mean() / self.scale().divisor, against)

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
        each = Counter(self.ensemble.runs["regime"].iloc[self.pairs[0]]).values()
        pairs = "–".join(map(str, dict.fromkeys((min(each, default=0), max(each, default=0)))))
        words = f"{pairs} {'pair' if pairs == '1' else 'pairs'}{' each' if len(each) > 1 else ''}"
        return f"Comparison({against} against {self.base}: {words}, {span(self.ensemble.months)})"

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

    def changes(self, line: headlines.Line, *months: str) -> list[Change]:
        """What each regime changes of a line in some months, by default the last; none where it is not held."""
        if line.column not in self or not len(self.pairs[0]) or not len(self.ensemble.months):
            return []
        difference, level = headlines.reading(self, line), headlines.reading(self.ensemble, line).only(self.base)
        least = partial(headlines.least, line, difference)
        found = []
        for place in [difference.position(month) for month in months or [None]]:
            found += _changes(line.column, difference.month(place), level.month(place), least)
        return found

    def peaks(self, line: headlines.Line) -> list[Change]:
        """Each regime's change at the end of the year in which it is most, in steps, if it is ever worth a word."""
        ends = [str(month) for month in self.ensemble.months if str(month).endswith("-12")]
        every = [one for one in (self.changes(line, *ends) if ends else []) if one.material]
        regimes = dict.fromkeys(one.regime for one in every)
        return [max((one for one in every if one.regime == name), key=lambda one: abs(one.steps)) for name in regimes]

    def rows(self, line: headlines.Line) -> pd.DataFrame:
        """The same, one row a regime, with the fields of a Change as columns."""
        return _frame(self.changes(line))

    def seeds_needed(self) -> pd.DataFrame:
        """Seeds at which the 95 % interval of each headline difference is no wider than what is worth a word.

        A step in per cent is that of the larger of the two levels.

        returns   line, regime, and seeds, at least 2; undefined where nothing varies or fewer than 2 pairs are known
        """
        rows: list[dict[str, Any]] = []
        for line in headlines.lines_of(self):
            difference, level = headlines.reading(self, line), headlines.reading(self.ensemble, line).only(self.base)
            base = float(level.mean().to_numpy()[-1, 0])
            groups = difference.by_regime
            spread, mean = groups.std().iloc[:, -1], groups.mean().iloc[:, -1].to_numpy()
            for (regime, deviation), change in zip(spread.items(), mean, strict=True):
                least = headlines.least(line, difference, base, base + change)
                known = np.isfinite(deviation) and least > 0
                seeds = max(int(np.ceil((1.96 * deviation / least) ** 2)), 2) if known else None
                rows.append({"line": difference.title, "regime": str(regime), "seeds": seeds})
        return pd.DataFrame(rows, columns=["line", "regime", "seeds"])

    def differences(self) -> pd.DataFrame:
        """The headline lines as differences: a row a line and regime, with the fields of a Change as columns."""
        return _frame([one for line in headlines.lines_of(self) for one in self.changes(line)])

    def table(self, width: int | None = None) -> str:
        """The same as aligned plain text, for a terminal."""
        found = [one for line in headlines.lines_of(self) for one in self.changes(line)]
        if not found:
            return headlines.printed([repr(self), "nothing to compare"], [], width)
        return headlines.printed(
            [repr(self), *self.ensemble.sources, *notes(found, told=bool(self.ensemble.sources))],
            [table(found, self.base)],
            width,
        )


def _changes(column: str, difference: Difference, level: Series, least: Callable[..., float]) -> list[Change]:
    """What each regime changes in the one month that a difference from the base, and the base's level, hold."""
    scale, last, draws = horizon_scale(difference, level), difference.futures().iloc[-1], difference.draws
    means, sides, base = (
        difference.mean().iloc[-1],
        difference.interval().iloc[-1],
        float(level.mean().to_numpy()[-1, 0]),
    )
    found = []
    for regime, pairs in difference.counts.items():
        mean, ends = means[regime], {"low": sides[regime, "low"], "high": sides[regime, "high"]}
        ends |= {"p5": last[regime, "low"], "p95": last[regime, "high"]}
        numbers = {"mean": mean, "base": base, "level": base + mean, "step": least(base, base + mean), **ends}
        scaled = {name: scale.of(float(one)) for name, one in numbers.items()}
        about: dict[str, Any] = headlines.about(difference, regime, scale.label) | scaled
        found.append(Change(metric=column, pairs=pairs, draws=draws[regime], **about))
    return found


def _frame(changes: Sequence[Change]) -> pd.DataFrame:
    """Changes as a table."""
    numbers = [name for name in COLUMNS if Change.__annotations__[name] in (float, "float")]
    return pd.DataFrame([asdict(one) for one in changes], columns=COLUMNS).astype(dict.fromkeys(numbers, float))


def horizon_scale(difference: Series, level: Series) -> wording.Scale:
    """The human unit for differences in the last month: that of the level, unless they would vanish in it."""
    last = difference.month(len(difference.months) - 1)
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
    ensemble: str = USUAL,
) -> Comparison:
    """Simulate several regimes with the same seeds and compare them with `base`, by default the first.

    Parameters that `sets` does not name are drawn from the calibrated ensemble, one draw a seed and the same in every
    regime, unless `ensemble` names another, or "none". Seeds, sets, agents, ensemble and errors are those of `abm.run`;
    two regimes of one name are refused too.
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
