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
    stock = np.array([500.0, 200.0, 50.0, 6.0])
    # Four months are wanted: five months is too much, two is right, half a month too little; unsold without sales.
    np.testing.assert_allclose(
        answer_stock(factor, stock, sales, 4.0, 0.4, 1.15), [0.8 * 0.97, 0.8, 0.8 * 1.03, 0.8 * 0.97]
    )


def test_at_the_edges_the_price_stands_still() -> None:
    factor, sales = np.full(2, 0.8), np.full(2, 100.0)
    np.testing.assert_allclose(answer_stock(factor, np.array([400.0, 100.0]), sales, 4.0, 0.4, 1.15), [0.8, 0.8])


@given(factors, amounts, amounts, st.floats(0, 36))
def test_prices_stay_within_their_bounds_and_move_three_per_cent_at_most(
    factor: np.ndarray, stock: np.ndarray, sales: np.ndarray, months: float
) -> None:
    found = answer_stock(factor, stock, sales, months, 0.4, 1.15)
    assert ((found >= 0.4) & (found <= 1.15)).all()
    assert (np.abs(found / factor - 1) <= 0.03 + 1e-12).all()


@given(factors, amounts, amounts, amounts)
def test_more_unsold_stock_never_raises_a_price(
    factor: np.ndarray, stock: np.ndarray, more: np.ndarray, sales: np.ndarray
) -> None:
    before = answer_stock(factor, stock, sales, 4.0, 0.4, 1.15)
    assert (answer_stock(factor, stock + more, sales, 4.0, 0.4, 1.15) <= before).all()


def test_a_glut_takes_the_price_to_the_floor_and_a_dearth_to_the_ceiling() -> None:
    factor = np.ones(2)
    for _ in range(200):
        factor = answer_stock(factor, np.array([1e6, 0.0]), np.array([10.0, 10.0]), 4.0, 0.4, 1.15)
    assert factor == pytest.approx([0.4, 1.15])


def test_a_price_goes_part_of_the_way_to_what_an_auction_found_and_not_below_its_floor() -> None:
    price, found, floor = np.array([100.0, 100.0, 100.0]), np.array([400.0, 25.0, 100.0]), np.array([85.0, 85.0, 85.0])
    assert step_to(price, found, floor, 0.5) == pytest.approx([200.0, np.sqrt(8500), 100.0])
    assert step_to(price, found, floor, 1.0) == pytest.approx([400.0, 85.0, 100.0])
    assert step_to(np.array([50.0]), np.array([10.0]), np.array([85.0]), 0.5) == pytest.approx([85.0])
