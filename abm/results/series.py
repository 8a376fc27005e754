"""One metric over runs and months: medians, means and the bands that the number of runs allows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from abm.foundation.dates import span
from abm.foundation.errors import InputError, nearest
from abm.results import wording
from abm.runs.run import Array, Months


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
class Outcome:
    """One metric over runs and months.

    values  (runs, T), in `unit`; NaN where undefined or not run
    runs    one row a run: regime, seed, and the factors a sweep varied
    window  how months were drawn together, if they were
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
        return {regime: int((self.runs["regime"] == regime).sum()) for regime in self.regimes}

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
        return self._reduce(mean_of)

    def quantile(self, share: float) -> pd.DataFrame:
        """The quantile below which `share` of each regime's runs lie: months down, regimes across."""
        return self._reduce(lambda values: quantile_of(values, share))

    def band(self) -> pd.DataFrame | None:
        """The band the rule allows: months down, (regime, low or high) across; None under ten runs."""
        if self.rule is None:
            return None
        return edges(self.quantile(self.rule.low), self.quantile(self.rule.high))

    def at(self, month: str | None = None) -> "pd.Series[float]":
        """Values in one month (the last unless told), one a run, indexed like the columns of `frame`."""
        series: pd.Series[float] = self.frame.iloc[self.position(month)]
        return series

    def only(self, *regimes: str) -> Self:
        """The same outcome for some regimes, in the order asked."""
        known("regime", regimes, self.regimes)
        rows = np.concatenate([np.flatnonzero(self.runs["regime"] == name) for name in regimes] or [np.arange(0)])
        return replace(self, values=self.values[rows], runs=self.runs.iloc[rows].reset_index(drop=True))

    def trailing(self, how: str, months: int = 12) -> Self:
        """Sum or mean over each month and those before it; a mean passes over undefined months, a sum does not."""
        width = min(months, len(self.months))
        values = np.full_like(self.values, np.nan)
        if width:
            windows = np.lib.stride_tricks.sliding_window_view(self.values, width, axis=1)
            values[:, width - 1 :] = windows.sum(axis=2) if how == "sum" else mean_of(windows, axis=2)
        unit = self.unit if how == "mean" else _summed(self.unit, width)
        return replace(self, values=values, unit=unit, window=f"{how} of {width} months")

    def cumulative(self, since: str | None = None) -> Self:
        """Running sum of a flow from month `since`, zero before it."""
        start = 0 if since is None else self.position(since)
        kept = np.where(np.arange(len(self.months)) < start, 0.0, self.values)
        window = f"sum since {self.months[start]}" if len(self.months) else ""
        return replace(self, values=kept.cumsum(axis=1), unit=self.unit.removesuffix("/month"), window=window)

    def scale(self) -> wording.Scale:
        """The human unit in which the values are best said."""
        sizes = np.abs(self.values[np.isfinite(self.values)])
        return wording.scale(self.name, self.unit, float(sizes.max(initial=0.0)))

    def _reduce(self, function: Callable[[Array], Array]) -> pd.DataFrame:
        """Apply a function over the runs of each regime."""
        labels = self.runs["regime"].to_numpy()
        columns = {name: function(self.values[labels == name]) for name in self.regimes}
        return pd.DataFrame(columns, index=self.index, columns=pd.Index(self.regimes, name="regime"), dtype=float)

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
    places = {name: place for place, name in enumerate(options)}
    faults = [f"unknown {what} {name!r}{nearest(name, places)}" for name in names if name not in places]
    if faults:
        raise InputError("\n".join(faults))
    return [places[name] for name in names]


def mean_of(values: Array, axis: int = 0) -> Array:
    """Mean along an axis over what is defined; undefined where nothing is."""
    defined = ~np.isnan(values)
    total = np.where(defined, values, 0.0).sum(axis=axis)
    return np.divide(total, defined.sum(axis=axis), out=np.full(total.shape, np.nan), where=defined.any(axis=axis))


def quantile_of(values: Array, share: float) -> Array:
    """Quantile over rows of what is defined in each column, between neighbours by linear interpolation."""
    ordered = np.sort(values, axis=0)  # puts what is undefined last
    count = (~np.isnan(values)).sum(axis=0)
    place = np.maximum(count - 1, 0) * share
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    low, high = (np.take_along_axis(ordered, rows[None], axis=0)[0] for rows in (below, above))
    return np.asarray(np.where(below == above, low, low + (high - low) * (place - below)))


def edges(low: pd.DataFrame, high: pd.DataFrame) -> pd.DataFrame:
    """Two frames of edges as one, with (regime, low or high) across."""
    both = pd.concat({"low": low, "high": high}, axis=1, names=["edge"]).swaplevel(axis=1)
    return both[[(name, edge) for name in low.columns for edge in ("low", "high")]]


def _summed(unit: str, months: int) -> str:
    """Unit of a flow summed over months: a year's sum is 'a year', another the bare unit."""
    bare = unit.removesuffix("/month")
    return f"{bare}/year" if months == 12 and bare != unit else bare
