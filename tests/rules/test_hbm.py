"""Orders and use of HBM stacks by Chinese vendors, and what stacks cost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm.rules.hbm import (
    base_stock_order,
    expected_use,
    paid_index,
    spot_index,
    stock_index,
    stockpile_target,
    throttle,
    usable,
)

amounts = arrays(float, 4, elements=st.just(0.0) | st.floats(1e-3, 1e7))
waits = arrays(float, 4, elements=st.integers(1, 12).map(float))


def test_orders_by_hand() -> None:
    use, stock, coming = np.array([100.0, 100.0, 0.0]), np.array([150.0, 700.0, 0.0]), np.array([50.0, 0.0, 0.0])
    # Five months of use wanted, lead of three and two beside: 500 - 200 = 300, of which half, beside the use.
    np.testing.assert_allclose(base_stock_order(use, stock, coming, 3, 2, 0.5), [250.0, 0.0, 0.0])


@given(amounts, amounts, amounts, st.integers(1, 12), st.floats(0.01, 1))
def test_orders_close_the_gap_and_never_more(
    use: np.ndarray, stock: np.ndarray, coming: np.ndarray, lead: int, adjust: float
) -> None:
    order = base_stock_order(use, stock, coming, lead, 2, adjust)
    assert (order >= 0).all()
    wanted = (2 + lead) * use
    assert (order <= use + np.maximum(wanted - stock - coming, 0) * (1 + 1e-12)).all()
    assert (order[stock + coming >= wanted] <= use[stock + coming >= wanted]).all()


@pytest.mark.parametrize("lead", [1, 3, 6])
def test_steady_use_is_served_and_two_months_of_it_stay_in_stock(lead: int) -> None:
    use, stock, pipeline = np.array([100.0]), np.zeros(1), [np.zeros(1) for _ in range(lead)]
    for _ in range(300):
        stock = stock + pipeline.pop(0)
        stock = stock - np.minimum(stock, use)
        pipeline.append(base_stock_order(use, stock, sum(pipeline, np.zeros(1)), lead, 2, 0.5))
    # Orders are placed with this month's still to come: the pipeline then holds one less than the lead.
    np.testing.assert_allclose(pipeline, 100.0, rtol=1e-6)
    assert stock == pytest.approx([300.0], rel=1e-5)


# --- prices and expansion ---


def test_the_spot_price_by_hand() -> None:
    assert spot_index(100.0, 0.0, 1.5, 2.5) == 1.0
    assert spot_index(100.0, 50.0, 1.0, 2.5) == pytest.approx(2.0)
    assert spot_index(100.0, 60.0, 1.0, 2.5) == 2.5
    assert spot_index(100.0, 400.0, 1.0, 2.5) == 2.5
    assert spot_index(0.0, 0.0, 1.0, 2.5) == 1.0


@given(st.floats(1, 1e7), st.floats(0, 1), st.floats(0, 1), st.floats(0.2, 10))
def test_the_spot_price_rises_with_what_china_takes_and_leaves_that_much(
    free: float, part: float, more: float, elasticity: float
) -> None:
    low, high = (spot_index(free, free * one, elasticity, 5.0) for one in sorted((part, more)))
    assert 1.0 <= low <= high <= 5.0
    if high < 5.0:
        assert free * high**-elasticity == pytest.approx(free * (1 - max(part, more)), rel=1e-6, abs=1e-6 * free)


def test_contracts_come_first() -> None:
    received, contracted = np.array([100.0, 100.0, 0.0, 50.0]), np.array([100.0, 25.0, 10.0, 0.0])
    np.testing.assert_allclose(paid_index(received, contracted, 1.0, 2.0), [1.0, 1.75, 2.0, 2.0])


def test_the_price_of_a_maker_falls_as_its_customers_fill_up() -> None:
    assert [stock_index(filled, 0.5, 4.0) for filled in (0.0, 0.5, 1.0, 2.0, 9.0)] == [4.0, 4.0, 1.0, 0.25, 0.25]


def test_the_stockpile_wanted_is_the_use_to_cover_times_its_probability_as_far_as_money_goes() -> None:
    rich = np.full(2, 1e9)
    np.testing.assert_allclose(stockpile_target(np.array([1700.0, 0.0]), 0.8, rich), [1360.0, 0.0])
    np.testing.assert_allclose(stockpile_target(np.array([1700.0]), 1.0, np.array([900.0])), [900.0])


def test_a_vendor_counts_on_what_is_within_reach_of_its_use() -> None:
    need, running, use = np.full(4, 1000.0), np.array([1.0, 0.2, 1.0, 0.0]), np.array([300.0, 300.0, 0.0, 50.0])
    np.testing.assert_allclose(expected_use(need, running, use, 2.0, 0.1), [700.0, 200.0, 100.0, 0.0])


def test_usable_by_hand() -> None:
    stock, income, wait = np.array([1000.0, 50.0]), np.array([40.0, 50.0]), np.array([3.0, 2.0])
    # What came in, and of the 960 older stacks a third until the next delivery, or a tenth without one.
    np.testing.assert_allclose(usable(stock, income, 0.1, wait, covered=1.0), [360.0, 50.0])
    np.testing.assert_allclose(usable(stock, income, 0.1, wait, covered=0.0), [136.0, 50.0])


def test_deliveries_larger_than_the_stock_at_hand_leave_no_older_stacks() -> None:
    assert usable(np.array([10.0]), np.array([25.0]), 0.5, np.array([2.0]), covered=1.0).tolist() == [10.0]


def test_with_the_next_delivery_a_month_off_the_whole_stock_may_go() -> None:
    assert usable(np.array([70.0]), np.array([20.0]), 0.1, np.ones(1), covered=1.0).tolist() == [70.0]


@given(amounts, amounts, st.floats(0.01, 1), waits, st.booleans())
def test_no_more_is_usable_than_is_there(
    stock: np.ndarray, income: np.ndarray, share: float, wait: np.ndarray, is_open: bool
) -> None:
    found = usable(stock, income, share, wait, float(is_open))
    assert ((found >= 0) & (found <= stock)).all()
    assert (found >= np.minimum(stock, income)).all()


@pytest.mark.parametrize("wait", [1, 3, 6])
def test_a_stock_lasts_until_the_next_delivery_at_an_even_pace(wait: int) -> None:
    stock, used = np.array([600.0]), []
    for left in range(wait, 0, -1):
        used.append(float(usable(stock, np.zeros(1), 0.06, np.array([float(left)]), covered=1.0)[0]))
        stock = stock - used[-1]
    assert used == pytest.approx([600 / wait] * wait)


def test_a_cut_supply_stretches_the_stock_over_years() -> None:
    stock = np.array([1000.0])
    for _ in range(24):
        stock = stock - usable(stock, np.zeros(1), 0.06, np.ones(1), covered=0.0)
    assert stock == pytest.approx([1000 * 0.94**24])


def test_a_maker_slows_down_as_stocks_fill() -> None:
    assert [throttle(held, 0.25) for held in (0.0, 1.0, 1.5, 2.0, 9.0)] == [1.0, 1.0, 0.625, 0.25, 0.25]
