"""Dated inputs as one number a month."""

from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from abm.facts import catalog
from abm.foundation.dates import FIRST_YEAR, month_of, year_fraction
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


def end(series: str) -> int:
    """The last month on record of a series, counted from January 2021."""
    return month_of(catalog.inputs()[series][-1].date)


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
    return base * scale * growth_2030 ** (_years_beyond_record(months) / 4)


def latent_money(months: int, scale: float, growth_2030: float, latent: float) -> Floats:
    """What Chinese labs would spend on AI systems at list prices if all of it were served, USD a month.

    m = capital spending x share of AI systems x (1 + latent (l - 1)),  l the dated `latent_money`
    """
    spent = capital_spending(months, scale, growth_2030) * path("ai_share", months)
    return np.asarray(spent * (1 + latent * (path("latent_money", months) - 1)))


def embodied_growth(money: Floats, cheapening: float) -> Floats:
    """Monthly growth of revenue, a factor, that declared money embodies, (months,); 0 as long as spending is on record.

    g = (m_t / m_(t-1)) c^(1/12)

    money        (months,) USD a month
    cheapening   c, growth a year of the compute that a dollar buys
    """
    growth = np.divide(money[1:], money[:-1], out=np.ones(len(money) - 1), where=money[:-1] > 0)
    return np.where(_years_beyond_record(len(money)) > 0, np.append(1.0, growth) * cheapening ** (1 / 12), 0.0)


def _years_beyond_record(months: int) -> Floats:
    """Years since the middle of 2026, when recorded capital spending ends, (months,); 0 before."""
    return np.maximum(year_fraction(months) - (FIRST_YEAR + 5.5), 0.0)
