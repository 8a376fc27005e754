"""Months as numbers: month 0 is January 2021, the start of the spin-up; reports begin with January 2022."""

import re
from contextlib import suppress
from datetime import date

import numpy as np
from numpy.typing import NDArray

from abm.foundation.errors import InputError, shorten

FIRST_YEAR = 2021
REPORT_FROM = 12
LAST_YEAR = 2050
DEFAULT_UNTIL = "2030-12"
DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?", re.ASCII)


def parse_day(text: str, where: str = "date") -> date:
    """The day that `YYYY-MM-DD`, or `YYYY-MM` for the first of the month, names; InputError otherwise."""
    if isinstance(text, str) and (found := DAY.fullmatch(text)):
        with suppress(ValueError):
            return date(int(found[1]), int(found[2]), int(found[3] or 1))
    raise InputError(f"{where} = {shorten(text)}: a date like 2026-11 or 2026-11-30 is wanted")


def month_of(day: date) -> int:
    """The month in which a day lies (may be negative before 2021)."""
    return (day.year - FIRST_YEAR) * 12 + day.month - 1


def first_day(month: int) -> date:
    """The first day of a month."""
    return date(FIRST_YEAR + month // 12, month % 12 + 1, 1)


def days_in(month: int) -> int:
    """The number of days in a month."""
    return (first_day(month + 1) - first_day(month)).days


def label(month: int) -> str:
    """`YYYY-MM`."""
    return f"{FIRST_YEAR + month // 12}-{month % 12 + 1:02d}"


def end_month(until: str) -> int:
    """The number of months a run has, spin-up included, when its last month is `until`; InputError out of range."""
    month = month_of(parse_day(until, "until"))
    if not REPORT_FROM <= month < (LAST_YEAR - FIRST_YEAR + 1) * 12:
        raise InputError(f"until = {shorten(until)}: a month from 2022-01 to {LAST_YEAR}-12 is wanted")
    return month + 1


def reported(months: int) -> NDArray[np.datetime64]:
    """The reported months of a run of so many months, as datetime64[M]."""
    return np.arange(f"{FIRST_YEAR + 1}-01", months - REPORT_FROM, dtype="datetime64[M]")


def year_fraction(months: int) -> NDArray[np.float64]:
    """The middle of each month in years, (months,)."""
    return FIRST_YEAR + (np.arange(months) + 0.5) / 12


def span(months: "NDArray[np.datetime64]") -> str:
    """First and last month in words."""
    return f"{months[0]} to {months[-1]}" if len(months) else "no months"
