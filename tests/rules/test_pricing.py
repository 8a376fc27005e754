"""How prices move."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm.rules.pricing import answer_stock, depreciate, step_to

amounts = arrays(float, 5, elements=st.just(0.0) | st.floats(1e-2, 1e7))
factors = arrays(float, 5, elements=st.floats(0.4, 1.15))


def test_erosion_by_hand() -> None:
    price = np.full(5, 1000.0)
    age = np.array([-3.0, 0.0, 12.0, 13.0, 24.0])
    np.testing.assert_allclose(depreciate(price, age, 0.01), [1000, 1000, 1000, 990.0, 1000 * 0.99**12])


@given(st.floats(-60, 200), st.floats(0, 60), st.floats(0, 0.1))
def test_prices_never_rise_with_age(age: float, later: float, rate: float) -> None:
    young, old = depreciate(np.array([1.0, 1.0]), np.array([age, age + later]), rate)
    assert 0 < old <= young <= 1


def test_a_product_without_a_release_date_keeps_its_price() -> None:
    assert depreciate(np.array([5.0]), np.array([-np.inf]), 0.01).tolist() == [5.0]


def test_prices_answer_stock_by_hand() -> None:
    factor, sales = np.full(4, 0.8), np.array([100.0, 100.0, 100.0, 0.0])
    stock = np.array([400.0, 200.0, 0.0, 4.0])
    # Two months are wanted: four months is too much, two is right, none too little; unsold without sales.
    step = np.exp(0.03 * np.array([-0.6, 0.0, 1.0, -0.6]))
    np.testing.assert_allclose(answer_stock(factor, stock, sales, 2.0, 0.03, 0.4, 1.15), 0.8 * step)


@given(factors, amounts, amounts, st.floats(0.1, 36))
def test_prices_stay_within_their_bounds_and_move_by_a_step_at_most(
    factor: np.ndarray, stock: np.ndarray, sales: np.ndarray, months: float
) -> None:
    found = answer_stock(factor, stock, sales, months, 0.03, 0.4, 1.15)
    assert ((found >= 0.4) & (found <= 1.15)).all()
    assert (np.abs(np.log(found / factor)) <= 0.03 + 1e-12).all()


@given(factors, amounts, amounts, amounts)
def test_more_unsold_stock_never_raises_a_price(
    factor: np.ndarray, stock: np.ndarray, more: np.ndarray, sales: np.ndarray
) -> None:
    before = answer_stock(factor, stock, sales, 4.0, 0.03, 0.4, 1.15)
    assert (answer_stock(factor, stock + more, sales, 4.0, 0.03, 0.4, 1.15) <= before * (1 + 1e-12)).all()


def test_a_glut_takes_the_price_to_the_floor_and_a_dearth_to_the_ceiling() -> None:
    factor = np.ones(2)
    for _ in range(200):
        factor = answer_stock(factor, np.array([1e6, 0.0]), np.array([10.0, 10.0]), 4.0, 0.03, 0.4, 1.15)
    assert factor == pytest.approx([0.4, 1.15])


def test_a_price_goes_part_of_the_way_to_what_an_auction_found_and_not_below_its_floor() -> None:
    price, found, floor = np.array([100.0, 100.0, 100.0]), np.array([400.0, 25.0, 100.0]), np.array([85.0, 85.0, 85.0])
    assert step_to(price, found, floor, 0.5) == pytest.approx([200.0, np.sqrt(8500), 100.0])
    assert step_to(price, found, floor, 1.0) == pytest.approx([400.0, 85.0, 100.0])
    assert step_to(np.array([50.0]), np.array([10.0]), np.array([85.0]), 0.5) == pytest.approx([85.0])
