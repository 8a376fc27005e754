"""What served users bring in, and how money answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.rules.revenue import earn, respond


def test_revenue_by_hand() -> None:
    found = earn(np.array([100.0, 100.0, 100.0]), np.array([25.0, 24.0, -np.inf]), frontier=25.0, weight=0.5)
    np.testing.assert_allclose(found, [100.0, 100 / np.sqrt(10), 0.0])


def test_a_lab_ahead_of_the_frontier_earns_more() -> None:
    ahead, level = earn(np.ones(2), np.array([26.0, 25.0]), 25.0, 1.0)
    assert ahead == pytest.approx(10 * level)


@given(st.floats(1e-3, 1e9), st.floats(0, 2), st.floats(1, 10))
def test_money_is_as_declared_on_the_reference_path(reference: float, elasticity: float, most: float) -> None:
    assert respond(reference, reference, elasticity, most) == 1.0


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0, 2), st.floats(1, 10))
def test_money_rises_with_revenue_within_its_bounds(one: float, other: float, elasticity: float, most: float) -> None:
    low, high = (respond(earned, 1e4, elasticity, most) for earned in sorted((one, other)))
    assert 1 / most <= low <= high <= most


def test_a_doubled_revenue_raises_money_by_the_elasticity() -> None:
    assert respond(2.0, 1.0, 0.5, 10.0) == pytest.approx(2**0.5)
    assert respond(0.0, 1.0, 0.5, 2.0) == 0.5
