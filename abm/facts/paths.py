"""Dated inputs as one number a month."""

from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from abm.facts import catalog
from abm.foundation.dates import FIRST_YEAR, year_fraction
from abm.foundation.errors import InputError, nearest

Floats = NDArray[np.float64]


@lru_cache(maxsize=512)
def path(series: str, months: int) -> Floats:
    """A series of `inputs.csv` at the middle of each month, (months,), read-only.

    Between two dates it is interpolated in logarithms where both values are positive, else linearly; before the first
    and after the last date it is constant. InputError for an unknown series.
    """
    known = catalog.inputs()
    if series not in known:
        raise InputError(f"inputs.csv: no series '{series}'{nearest(series, known)}")
    points = known[series]
    years = np.array([point.date.year + (point.date.month - 1) / 12 for point in points])
    values = np.array([point.value for point in points])
    when = year_fraction(months)
    with np.errstate(divide="ignore"):
        logs = np.log(values)
    linear = np.interp(when, years, values)
    after = np.clip(np.searchsorted(years, when, side="right"), 1, max(len(years) - 1, 1))
    both = np.isfinite(logs[after - 1]) & np.isfinite(logs[np.minimum(after, len(logs) - 1)])
    smooth = np.exp(np.interp(when, years, np.where(np.isfinite(logs), logs, 0.0)))
    made = np.where(both, smooth, linear)
    made.flags.writeable = False
    return made


def value(series: str) -> float:
    """A series that is a single number."""
    if not has(series):
        raise InputError(f"inputs.csv: no series '{series}'{nearest(series, catalog.inputs())}")
    return catalog.inputs()[series][0].value


def day(series: str) -> date:
    """The date of a series that is a single day."""
    return catalog.inputs()[series][0].date


def names(group: str) -> tuple[str, ...]:
    """What the series `group/...` of `inputs.csv` are about, in the order of the file."""
    return tuple(name.removeprefix(f"{group}/") for name in catalog.inputs() if name.startswith(f"{group}/"))


def has(series: str) -> bool:
    """Whether `inputs.csv` holds the series."""
    return series in catalog.inputs()


def capital_spending(months: int, scale: float, growth_2030: float) -> Floats:
    """Capital spending of all Chinese labs, USD a month: dated to the middle of 2026, then growing to `growth_2030`
    times that level by the middle of 2030 and further at the same rate."""
    base = path("china_capex", months) * 1e9 / 12
    years = np.maximum(year_fraction(months) - (FIRST_YEAR + 5.5), 0.0)
    return base * scale * growth_2030 ** (years / 4)
