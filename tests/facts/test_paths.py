"""Dated inputs as one number a month."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.facts import catalog, paths
from abm.foundation.dates import end_month, month_of
from abm.foundation.errors import InputError

MONTHS = end_month("2030-12")


def path_of(points: dict[str, float], months: int = 48) -> np.ndarray:
    """The path through points given as `YYYY-MM: value`."""
    table = [SimpleNamespace(date=date.fromisoformat(f"{when}-01"), value=value) for when, value in points.items()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths.catalog, "inputs", lambda: {"a": table})
        return paths.path.__wrapped__("a", months)


@pytest.fixture
def read() -> list[str]:
    """Every series that ships."""
    return list(catalog.inputs())


# --- between the points ---


def test_between_positive_values_it_grows_at_a_steady_rate() -> None:
    found = path_of({"2021-01": 1.0, "2022-01": 100.0})
    np.testing.assert_allclose(found[:12], 100 ** ((np.arange(12) + 0.5) / 12))
    np.testing.assert_allclose(np.diff(np.log(found[:12])), np.log(100) / 12)


def test_to_and_from_zero_it_is_a_straight_line() -> None:
    found = path_of({"2021-01": 0.0, "2022-01": 12.0, "2023-01": 0.0, "2024-01": 0.0})
    np.testing.assert_allclose(found[:12], np.arange(12) + 0.5)
    np.testing.assert_allclose(found[12:24], np.arange(12)[::-1] + 0.5)
    assert not found[24:].any()


def test_each_stretch_has_its_own_rule() -> None:
    found = path_of({"2021-01": 0.0, "2022-01": 1.0, "2023-01": 16.0, "2024-01": 0.0})
    assert found[6] == pytest.approx(6.5 / 12)
    assert found[18] == pytest.approx(16 ** (6.5 / 12))
    assert found[30] == pytest.approx(16 * (1 - 6.5 / 12))


def test_before_the_first_and_after_the_last_date_it_stands_still() -> None:
    found = path_of({"2022-01": 3.0, "2022-07": 5.0})
    np.testing.assert_allclose(found[:12], 3.0)
    np.testing.assert_allclose(found[18:], 5.0)
    np.testing.assert_allclose(path_of({"2030-01": 7.0}), 7.0)
    np.testing.assert_allclose(path_of({"2019-01": 0.0}), 0.0)


points = st.dictionaries(
    st.dates(date(2020, 1, 1), date(2026, 12, 1)).map(lambda day: f"{day:%Y-%m}"),
    st.just(0.0) | st.floats(1e-6, 1e9),
    min_size=1,
    max_size=6,
).map(lambda some: dict(sorted(some.items())))


@given(points)
def test_it_never_leaves_the_span_of_its_neighbours(some: dict[str, float]) -> None:
    found = path_of(some, 72)
    values = list(some.values())
    starts = [month_of(date.fromisoformat(f"{when}-01")) for when in some]
    for month in range(72):
        after = sum(start <= month for start in starts)
        near = values[max(after - 1, 0) : after + 1]
        assert min(near) * (1 - 1e-9) <= found[month] <= max(near) * (1 + 1e-9)


@given(points, st.integers(1, 71))
def test_a_longer_path_begins_like_a_shorter_one(some: dict[str, float], months: int) -> None:
    np.testing.assert_array_equal(path_of(some, 72)[:months], path_of(some, months))


# --- the series that ship ---


def test_every_series_is_finite_and_never_negative(read: list[str]) -> None:
    assert len(read) > 50
    for name in read:
        found = paths.path(name, MONTHS)
        assert found.shape == (MONTHS,)
        assert np.isfinite(found).all(), name
        assert (found >= 0).all(), name


def test_a_path_is_shared_and_so_cannot_be_written(read: list[str]) -> None:
    found = paths.path(read[0], 24)
    assert paths.path(read[0], 24) is found
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 1.0


def test_an_unknown_series_is_an_input_error_with_the_nearest_name() -> None:
    assert not paths.has("china_capx")
    with pytest.raises(InputError, match=r"inputs.csv: no series 'china_capx'; did you mean 'china_capex'\?"):
        paths.path("china_capx", 12)


def test_a_series_of_one_point_is_that_very_number() -> None:
    single = {name: rows[0].value for name, rows in catalog.inputs().items() if len(rows) == 1}
    assert single
    assert {name: paths.value(name) for name in single} == single


def test_shares_of_the_labs_money_leave_some_to_start_ups() -> None:
    named = sum(paths.value(f"lab_weight/{one.name}") for one in catalog.labs().values())
    assert 0 < named + paths.value("lab_weight/state") < 1


# --- the money ---


def test_capital_spending_is_dated_to_2026_and_then_a_scenario() -> None:
    spending = paths.capital_spending(MONTHS, 1.0, 1.9)
    base = paths.path("china_capex", MONTHS) * 1e9 / 12
    middle = month_of(date(2026, 7, 1))
    np.testing.assert_allclose(spending[:middle], base[:middle])
    assert spending[middle + 48] / spending[middle] == pytest.approx(1.9)
    np.testing.assert_allclose(np.diff(np.log(spending[middle:])), np.log(1.9) / 48)


def test_capital_spending_in_proportion_to_its_scale_and_flat_without_growth() -> None:
    plain, flat = paths.capital_spending(MONTHS, 1.0, 1.9), paths.capital_spending(MONTHS, 1.0, 1.0)
    np.testing.assert_allclose(paths.capital_spending(MONTHS, 0.8, 1.9), 0.8 * plain)
    np.testing.assert_allclose(np.diff(flat[month_of(date(2026, 7, 1)) :]), 0.0)
    year = slice(month_of(date(2025, 1, 1)), month_of(date(2026, 1, 1)))
    assert plain[year].sum() == pytest.approx(81e9, rel=0.05)


def test_latent_money_is_what_was_spent_until_chips_were_rationed_and_more_afterwards() -> None:
    spent, latent = (paths.latent_money(MONTHS, 1.0, 1.9, scale) for scale in (0.0, 1.0))
    assert (latent[: month_of(date(2023, 10, 1))] == spent[: month_of(date(2023, 10, 1))]).all()
    assert (latent[month_of(date(2024, 1, 1)) :] > 1.1 * spent[month_of(date(2024, 1, 1)) :]).all()
    half = paths.latent_money(MONTHS, 1.0, 1.9, 0.5)
    np.testing.assert_allclose(half, (spent + latent) / 2)


def test_revenue_is_measured_against_declared_money_beyond_the_record_alone() -> None:
    money = paths.latent_money(MONTHS, 1.0, 1.9, 1.0)
    growth, end = paths.embodied_growth(money, 1.3), month_of(date(2026, 7, 1))
    assert (growth[:end] == 0).all()
    years = (len(money) - 1 - end) / 12
    assert growth[end + 1 :].prod() == pytest.approx(money[-1] / money[end] * 1.3**years)
    assert (paths.embodied_growth(np.zeros(MONTHS), 1.3)[end + 1 :] > 0).all()
