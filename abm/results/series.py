"""One metric over runs and months: medians, means and the bands that the number of runs allows."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from abm.foundation.dates import span
from abm.foundation.errors import InputError, raise_all, shorten, unknown
from abm.results import wording
from abm.runs.run import Array, Months

if TYPE_CHECKING:
    from pandas.api.typing import DataFrameGroupBy


DRAWN = 10
"""Different points of parameters from which on their spread is told."""


def untold(draws: int) -> str:
    """Why no spread over so many points of parameters is told."""
    return f"{draws} draws of parameters are too few to tell a range" if draws > 1 else "parameters were not varied"


@dataclass(frozen=True)
class Band:
    """The interval over runs that a figure may show, given how many runs there are."""

    low: float
    high: float
    words: str


def band_for(runs: int) -> Band | None:
    """None under 10 runs (lines only); the middle half from 10; 10-90 % from 50; 5-95 % from 200."""
    if runs < 10:
        return None
    if runs < 50:
        return Band(0.25, 0.75, "middle half")
    return Band(0.10, 0.90, "10–90 %") if runs < 200 else Band(0.05, 0.95, "5–95 %")


@dataclass(frozen=True, eq=False)
class Series:
    """One metric over runs and months.

    values  (runs, T), in `unit`; NaN where undefined or not run
    runs    one row a run: regime, seed, the factors a sweep varied, and `draw`, which of an ensemble it takes
    window  how months were summed or averaged, if they were
    """

    name: str
    unit: str
    months: Months
    values: Array
    runs: pd.DataFrame
    key: str = ""
    window: str = ""

    def __repr__(self) -> str:
        size = (
            f"{wording.count(len(self.regimes), 'regime')}, {wording.count(len(self.runs), 'run')}, {span(self.months)}"
        )
        return f"{type(self).__name__}({self.name!r}, {self.unit}: {size})"

    @property
    def title(self) -> str:
        """The metric in words."""
        return wording.title(self.name)

    @property
    def regimes(self) -> tuple[str, ...]:
        """Regimes in the order in which they were given."""
        return tuple(dict.fromkeys(self.runs["regime"]))

    @property
    def counts(self) -> dict[str, int]:
        """Runs of each regime."""
        return dict(Counter(self.runs["regime"]))

    @property
    def draws(self) -> dict[str, int]:
        """Different points of parameters among the runs of each regime; levers of the law are none."""
        names = [name for name in self.runs.columns if name == "draw" or ("." in name and not name.startswith("law."))]
        points = self.runs[["regime", *names]].drop_duplicates()
        return {name: int((points["regime"] == name).sum()) if names else 1 for name in self.regimes}

    @property
    def rule(self) -> Band | None:
        """The band the least-run regime allows."""
        return band_for(min(self.counts.values(), default=0))

    @property
    def frame(self) -> pd.DataFrame:
        """Months down, (regime, seed and factors) across."""
        names = [name for name in self.runs.columns if name in ("regime", "seed") or "." in name]
        columns = pd.MultiIndex.from_frame(self.runs[names])
        return pd.DataFrame(self.values.T, index=self.index, columns=columns)

    def median(self) -> pd.DataFrame:
        """Median over each regime's runs: months down, regimes across."""
        return self.quantile(0.5)

    def mean(self) -> pd.DataFrame:
        """Mean over each regime's runs: months down, regimes across."""
        return _across(self.by_regime.mean())

    def quantile(self, share: float) -> pd.DataFrame:
        """The quantile below which `share` of each regime's runs lie: months down, regimes across."""
        return _across(self.by_regime.quantile(checked_share(share)))

    @property
    def by_regime(self) -> "DataFrameGroupBy[Any, Any]":
        """Runs down and months across, grouped by regime; statistics pass over what is undefined."""
        frame = pd.DataFrame(self.values, columns=self.index)
        return frame.groupby(self.runs["regime"].to_numpy(), sort=False)

    def band(self) -> pd.DataFrame | None:
        """The band the rule allows: months down, (regime, low or high) across; None under ten runs."""
        if self.rule is None:
            return None
        return edges(self.quantile(self.rule.low), self.quantile(self.rule.high))

    def at(self, month: str | None = None) -> "pd.Series[float]":
        """Values in one month, the last by default, one a run, indexed like the columns of `frame`."""
        series: pd.Series[float] = self.frame.iloc[self.position(month)]
        return series

    def only(self, *regimes: str) -> Self:
        """The same outcome for some regimes, in the order asked."""
        known("regime", regimes, self.regimes)
        rows = np.concatenate([np.flatnonzero(self.runs["regime"] == name) for name in regimes] or [np.arange(0)])
        return replace(self, values=self.values[rows], runs=self.runs.iloc[rows].reset_index(drop=True))

    def month(self, place: int) -> Self:
        """The same outcome in one month, by its place among `months`."""
        one = slice(place, place + 1)
        return replace(self, months=self.months[one], values=self.values[:, one])

    def trailing(self, how: str, months: int = 12) -> Self:
        """Sum or mean over each month and those before it; a mean passes over undefined months, a sum does not."""
        whole = isinstance(months, int) and not isinstance(months, bool) and months > 0
        if not isinstance(how, str) or how not in ("sum", "mean") or not whole:
            raise InputError(f"{shorten(how)} of {shorten(months)} months: 'sum' or 'mean' of 1 or more is wanted")
        width = min(months, len(self.months))
        values = np.full_like(self.values, np.nan)
        if width:
            windows = np.lib.stride_tricks.sliding_window_view(self.values, width, axis=1)
            rows = pd.DataFrame(windows.reshape(-1, width)).agg(how, axis=1, skipna=how == "mean")
            values[:, width - 1 :] = rows.to_numpy().reshape(windows.shape[:2])
        unit = self.unit if how == "mean" else _summed(self.unit, width)
        return replace(self, values=values, unit=unit, window=f"{how} of {width} months")

    @property
    def finding(self) -> str:
        """Where its median ends under the regimes, and for one regime where it began, as a title."""
        return self._finding(self.median() / self.scale().divisor)

    def _finding(self, middle: pd.DataFrame, against: str = "") -> str:
        """The title of what lies in the middle of runs, months down and regimes across, in human units."""
        known = middle.dropna(how="all")
        ends = known.iloc[-1].dropna().sort_values() if len(known) else pd.Series(dtype=float)
        if not len(ends):
            return self.title
        alone = len(ends) == 1 < len(known) and not against
        began = float(known[ends.index[0]].iloc[0]) if alone else 0.0
        digits = wording.places(max(*map(abs, ends), abs(began)))
        low, high = (wording.number(one, bool(against), digits) for one in (ends.iloc[0], ends.iloc[-1]))
        first, last = (wording.month(str(known.index[place])) for place in (0, -1))
        names, unit = [wording.inline(str(name)) for name in ends.index], self.scale().label
        if alone:
            words = f"under {names[0]} from {wording.number(began, decimals=digits)} in {first} to {high} {unit}"
        elif low != high:
            words = f"from {low} under {names[0]} to {high} {unit} under {names[-1]}"
        else:
            words = f"{high} {unit} under {'every policy' if len(ends) > 1 else names[0]}"
        return f"{self.title}: {words} in {last}{against}"

    def scale(self) -> wording.Scale:
        """The human unit in which the values are best said."""
        sizes = np.abs(self.values[np.isfinite(self.values)])
        return wording.scale(self.name, self.unit, float(sizes.max(initial=0.0)))

    @property
    def index(self) -> pd.PeriodIndex:
        """Months, as the index of tables."""
        return pd.PeriodIndex(self.months.astype("datetime64[M]"), freq="M", name="month")

    def position(self, month: str | None) -> int:
        """The place of a month in `months`."""
        if len(self.months) == 0:
            raise InputError(f"{self.name}: there are no months to read")
        if month is None:
            return len(self.months) - 1
        return known("month", [month], [str(one) for one in self.months])[0]


def known(what: str, names: Iterable[str], options: Iterable[str]) -> list[int]:
    """The places of names among options; InputError naming all that are not there, with the nearest right ones."""
    places, names = {name: place for place, name in enumerate(options)}, list(names)
    raise_all(unknown(what, [one for one in names if not isinstance(one, str) or one not in places], places))
    return [places[name] for name in names]


def checked_share(share: float) -> float:
    """A share from 0 to 1; InputError otherwise."""
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise InputError(f"share = {shorten(share)}: a number from 0 to 1 is wanted")
    return float(share)


def _across(statistic: pd.DataFrame) -> pd.DataFrame:
    """A statistic of each regime with the months down and the regimes across."""
    return statistic.T.rename_axis(columns="regime").astype(float)


def edges(low: pd.DataFrame, high: pd.DataFrame) -> pd.DataFrame:
    """Two frames of edges as one, with (regime, low or high) across."""
    both = pd.concat({"low": low, "high": high}, axis=1, names=["edge"]).swaplevel(axis=1)
    return both[[(name, edge) for name in low.columns for edge in ("low", "high")]]


def _summed(unit: str, months: int) -> str:
    """Unit of a flow summed over months: a year's sum is 'a year', another the bare unit."""
    bare = unit.removesuffix("/month")
    return f"{bare}/year" if months == 12 and bare != unit else bare
