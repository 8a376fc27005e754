"""Ways of sensitive users to compute: the most for their money, filling up, never less for more choice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm.rules.proliferation import reach, spared

amounts = arrays(float, 3, elements=st.floats(0, 1e5))
costs = arrays(float, 3, elements=st.floats(100, 3000))


def spent(got: np.ndarray, there: np.ndarray, cost: np.ndarray) -> float:
    """USD a month: each H100e of a way dearer than the one before."""
    used = there > 0
    return float(-(cost * there)[used] @ np.log1p(-got[used] / there[used]))


def test_reach_by_hand() -> None:
    there, cost = np.array([10.0, 5.0]), np.array([200.0, 100.0])
    found, last = reach(1000.0, there, cost)
    level = np.exp((1000 + 500 * np.log(100) + 2000 * np.log(200)) / 2500)
    np.testing.assert_allclose(found, there * (1 - cost / level))
    assert spent(found, there, cost) == pytest.approx(1000)
    assert last == pytest.approx(level)
    few, _ = reach(100.0, there, cost)
    assert few[0] == 0.0
    assert few[1] == pytest.approx(5 * (1 - np.exp(-100 / 500)))


@given(st.floats(0, 1e9), amounts, costs)
def test_no_more_is_had_than_is_there_or_paid_for(money: float, there: np.ndarray, cost: np.ndarray) -> None:
    found, _ = reach(money, there, cost)
    assert (found <= there).all()
    assert (found >= 0).all()
    assert found @ cost <= money * (1 + 1e-9) + 1e-6


@given(st.floats(0, 1e9), amounts, costs, st.integers(0, 2), st.floats(0, 1e5))
def test_a_way_that_opens_never_makes_it_less(
    money: float, there: np.ndarray, cost: np.ndarray, way: int, more: float
) -> None:
    wider = there.copy()
    wider[way] += more
    assert reach(money, wider, cost)[0].sum() >= reach(money, there, cost)[0].sum() * (1 - 1e-9) - 1e-6


def test_what_is_closed_sends_money_to_the_next() -> None:
    cost = np.array([200.0, 100.0])
    both, one = (reach(1000.0, np.array([10.0, cheap]), cost)[0] for cheap in (5.0, 0.0))
    assert one[0] > both[0]
    assert one[1] == 0.0
    assert one.sum() < both.sum()


def test_open_weights_spare_what_would_be_trained() -> None:
    assert spared(100.0, 0.4, 0.5) == pytest.approx(20.0)
