"""Months as numbers, and what counts as a date."""

from calendar import monthrange
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.foundation import dates
from abm.foundation.errors import InputError

days = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@given(days)
def test_month_first_day_label_and_length_agree_with_the_calendar(day: date) -> None:
    month = dates.month_of(day)
    assert dates.first_day(month) == day.replace(day=1)
    assert dates.label(month) == f"{day:%Y-%m}"
    assert dates.days_in(month) == monthrange(day.year, day.month)[1]


@given(st.integers(-300, 900))
def test_months_follow_each_other(month: int) -> None:
    assert dates.month_of(dates.first_day(month)) == month
    assert (dates.first_day(month + 1) - dates.first_day(month)).days == dates.days_in(month)


def test_month_zero_is_january_2021_and_reports_begin_a_year_later() -> None:
    assert dates.first_day(0) == date(2021, 1, 1)
    assert dates.label(dates.REPORT_FROM) == "2022-01"
    assert dates.label(-1) == "2020-12"
    assert dates.days_in(dates.month_of(date(2024, 2, 29))) == 29


@given(days)
def test_days_are_read_as_they_are_written(day: date) -> None:
    assert dates.parse_day(day.isoformat()) == day
    assert dates.parse_day(f"{day:%Y-%m}") == day.replace(day=1)


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-13", "2026-00", "2026-1", "26-11", "2026-02-30", "2026-11-1", "2026/11", "2026-11-30T00", "nov"],
)
def test_what_is_no_date_is_refused_by_name(text: str) -> None:
    with pytest.raises(InputError, match=r"^act = .*: a date like 2026-11") as caught:
        dates.parse_day(text, "act")
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("value", [None, 202611, date(2026, 11, 1)])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="a date like"):
        dates.parse_day(value)  # type: ignore[arg-type]


def test_a_run_to_december_2030_has_ten_years() -> None:
    assert dates.end_month("2030-12") == 120
    assert dates.end_month("2022-01") == 13
    assert dates.end_month("2050-12") == 360


@pytest.mark.parametrize("until", ["2021-12", "2051-01", "1999-01"])
def test_a_run_ends_between_2022_and_2050(until: str) -> None:
    with pytest.raises(InputError, match=f"until = '{until}': a month from 2022-01 to 2050-12"):
        dates.end_month(until)


def test_reported_months() -> None:
    assert dates.reported(15).astype(str).tolist() == ["2022-01", "2022-02", "2022-03"]
    assert len(dates.reported(dates.end_month("2030-12"))) == 108


def test_years_at_the_middle_of_each_month() -> None:
    years = dates.year_fraction(25)
    assert years[0] == pytest.approx(2021 + 1 / 24)
    assert years[24] == pytest.approx(2023 + 1 / 24)
    np.testing.assert_allclose(np.diff(years), 1 / 12)
