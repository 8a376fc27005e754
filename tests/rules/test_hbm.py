"""Orders and use of HBM stacks by Chinese vendors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm.rules.hbm import base_stock_order, stockpile_target, usable

amounts = arrays(float, 4, elements=st.just(0.0) | st.floats(1e-3, 1e7))


def test_orders_by_hand() -> None:
    use, stock, coming = np.array([100.0, 100.0, 0.0]), np.array([150.0, 600.0, 0.0]), np.array([50.0, 0.0, 0.0])
    # Five months of use wanted, lead of three and two beside: 500 - 200 = 300, of which half this month.
    np.testing.assert_allclose(base_stock_order(use, stock, coming, 3, 0.5), [150.0, 0.0, 0.0])


@given(amounts, amounts, amounts, st.integers(1, 12), st.floats(0.01, 1))
def test_orders_never_overshoot_the_wanted_stock(
    use: np.ndarray, stock: np.ndarray, coming: np.ndarray, lead: int, adjust: float
) -> None:
    order = base_stock_order(use, stock, coming, lead, adjust)
    assert (order >= 0).all()
    wanted = (2 + lead) * use
    assert (order <= np.maximum(wanted - stock - coming, 0) * (1 + 1e-12)).all()
    assert (order[stock + coming >= wanted] == 0).all()


@pytest.mark.parametrize("lead", [1, 3, 6])
def test_steady_use_settles_at_the_wanted_stock_without_a_swing(lead: int) -> None:
    use, stock, pipeline = np.array([100.0]), np.zeros(1), [np.zeros(1) for _ in range(lead)]
    levels = []
    for _ in range(200):
        stock = stock + pipeline.pop(0)
        stock = stock - np.minimum(stock, use)
        pipeline.append(base_stock_order(use, stock, sum(pipeline, np.zeros(1)), lead, 0.5))
        levels.append(float(stock[0]))
    assert levels[-1] == pytest.approx(levels[-2], rel=1e-6)
    assert 0 < levels[-1] < 3 * 100
    assert max(levels) <= 1.5 * levels[-1]


def test_the_stockpile_wanted_is_the_use_to_cover_times_its_probability() -> None:
    np.testing.assert_allclose(stockpile_target(np.array([1700.0, 0.0]), 0.8), [1360.0, 0.0])
    np.testing.assert_allclose(stockpile_target(np.array([1700.0]), 1.0), [1700.0])


def test_usable_by_hand() -> None:
    stock, income = np.array([1000.0, 50.0]), np.array([30.0, 50.0])
    np.testing.assert_allclose(usable(stock, income, 0.1, open_supply=True), stock)
    np.testing.assert_allclose(usable(stock, income, 0.1, open_supply=False), [130.0, 50.0])


@given(amounts, amounts, st.floats(0.01, 1), st.booleans())
def test_no_more_is_usable_than_is_there(stock: np.ndarray, income: np.ndarray, share: float, is_open: bool) -> None:
    found = usable(stock, income, share, is_open)
    assert ((found >= 0) & (found <= stock)).all()


def test_a_cut_supply_stretches_the_stock_over_years() -> None:
    stock = np.array([1000.0])
    for _ in range(24):
        stock = stock - usable(stock, np.zeros(1), 0.06, open_supply=False)
    assert stock == pytest.approx([1000 * 0.94**24])
