"""From compute to capability, and from capabilities to a gap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.rules.capability import imitate, lack, mfu, months_behind, plan, run_flop, shelve

rises = st.lists(st.floats(0.01, 0.5), min_size=2, max_size=40)


def test_a_run_of_a_thousand_h100_for_a_day() -> None:
    # 1000 x 0.5 x 0.4 x 9.89e14 x 86400 = 1.708992e22 FLOP
    assert run_flop(np.array([1000.0]), 0.5, np.array([0.4]), 1.0) == pytest.approx([np.log10(1.708992e22)])


def test_a_run_grows_with_each_of_its_factors_alike() -> None:
    fleet, mfu = np.array([1e4]), np.array([0.3])
    base = run_flop(fleet, 0.2, mfu, 100.0)
    for ten in (
        run_flop(fleet * 10, 0.2, mfu, 100.0),
        run_flop(fleet, 2.0, mfu, 100.0),
        run_flop(fleet, 0.2, mfu * 10, 100.0),
        run_flop(fleet, 0.2, mfu, 1000.0),
    ):
        assert ten - base == pytest.approx([1.0])


def test_without_compute_the_run_is_nothing_and_no_logarithm_fails() -> None:
    assert run_flop(np.array([0.0, 1e3]), 0.2, np.array([0.3, 0.3]), 100.0)[0] == 0.0


def test_skill_raises_utilisation_up_to_a_limit() -> None:
    found = mfu(0.3, np.array([0.5, 1.0, 2.0, 1e6]), 0.2)
    assert found[1] == pytest.approx(0.3)
    assert found[0] < found[1] < found[2] < found[3] == 0.6
    assert mfu(0.8, np.array([2.0]), 0.2) == 0.8


def test_imitation_by_hand() -> None:
    before, own = np.array([24.0, 25.5, 27.0, -np.inf]), np.array([23.0, 25.0, 26.0, -np.inf])
    run = np.array([25.0, 24.0, 23.0, -np.inf])
    found = imitate(before, own, run, 26.0, 25.0, 0.2, 0.5)
    np.testing.assert_allclose(found, [24.4, 25.5 + 0.1 / 10**0.5, 27.0, -np.inf])
    found = imitate(before, own, run, 26.0, 25.0, 0.2, 0.0)
    np.testing.assert_allclose(found, [24.4, 25.6, 27.0, -np.inf])


@given(
    before=st.floats(15, 30), own=st.floats(15, 30), run=st.floats(15, 30), published=st.floats(15, 30),
    rate=st.floats(0, 1), exponent=st.floats(0, 3),
)  # fmt: skip
def test_imitation_never_carries_beyond_what_is_published_and_never_takes(
    before: float, own: float, run: float, published: float, rate: float, exponent: float
) -> None:
    (found,), (larger,) = (
        imitate(np.array([before]), np.array([own]), np.array([size]), published, 25.0, rate, exponent)
        for size in (run, run + 1)
    )
    assert max(before, own) <= found <= max(before, own, published) + 1e-12
    assert larger >= found


def test_months_behind_by_hand() -> None:
    record = np.array([10.0, 10.5, 11.5, 11.5, 12.0])
    assert months_behind(record, 12.0, 4, 0.1) == 0.0
    assert months_behind(record, 12.7, 4, 0.1) == 0.0
    assert months_behind(record, 11.75, 4, 0.1) == pytest.approx(0.5)
    assert months_behind(record, 11.5, 4, 0.1) == pytest.approx(2.0)  # first stood there in month 2
    assert months_behind(record, 11.0, 4, 0.1) == pytest.approx(2.5)
    assert months_behind(record, 10.0, 4, 0.1) == pytest.approx(4.0)
    assert months_behind(record, 9.5, 4, 0.1) == pytest.approx(9.0)  # five months before the start at a tenth a month


def test_only_the_record_up_to_the_month_counts() -> None:
    record = np.array([10.0, 11.0, 12.0, 20.0])
    assert months_behind(record, 11.0, 2, 0.1) == pytest.approx(1.0)
    assert months_behind(record, 15.0, 2, 0.1) == 0.0


@given(rises, st.integers(0, 39), st.floats(0.01, 0.3))
def test_who_stands_where_the_frontier_stood_is_so_many_months_behind(
    steps: list[float], back: int, speed: float
) -> None:
    record = np.cumsum([20.0, *steps])
    month = len(record) - 1
    back = min(back, month)
    assert months_behind(record, record[month - back], month, speed) == pytest.approx(back)


@given(rises, st.floats(15, 30), st.floats(15, 30), st.floats(0.01, 0.3))
def test_the_lower_is_never_less_far_behind(steps: list[float], one: float, other: float, speed: float) -> None:
    record = np.cumsum([20.0, *steps])
    low, high = sorted((one, other))
    month = len(record) - 1
    assert months_behind(record, low, month, speed) >= months_behind(record, high, month, speed) >= 0


@given(rises, st.floats(0.01, 0.3))
def test_it_is_continuous_where_the_record_begins(steps: list[float], speed: float) -> None:
    record = np.cumsum([20.0, *steps])
    month = len(record) - 1
    below, above = (months_behind(record, 20.0 + gap, month, speed) for gap in (-1e-9, 1e-9))
    assert below == pytest.approx(above, abs=1e-5)


# --- plans ---


def test_a_plan_within_a_longer_run_is_done_and_one_beyond_it_shelved() -> None:
    planned = np.array([25.05, 25.2, 24.0, -np.inf])
    assert shelve(planned, np.full(4, 25.0), 1.25).tolist() == [False, True, False, False]


def test_plans_grow_from_the_plan_unless_it_was_shelved_or_surpassed() -> None:
    planned, run = np.array([25.05, 25.2, 24.0, -np.inf]), np.full(4, 25.0)
    found = plan(planned, run, np.array([False, True, False, False]), trend=0.4)
    np.testing.assert_allclose(found, [25.15, 25.1, 25.1, 25.1])


def test_a_shrinking_frontier_makes_no_plan_smaller() -> None:
    assert plan(np.array([25.0]), np.array([24.0]), np.array([False]), trend=-1.0)[0] == 25.0


def test_what_shelved_runs_lack() -> None:
    planned, feasible = np.array([25.0, 25.0, 24.0, -np.inf]), np.array([25.0 - np.log10(4), 25.5, -np.inf, 24.0])
    np.testing.assert_allclose(lack(planned, feasible), [0.75, 0.0, 1.0, 0.0])
