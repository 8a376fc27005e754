"""A vendor between two markets: what goes where, what is stranded, and what revenue pays for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm.rules.commerce import china_share, commit, held_back, lobby, roadmap_pace, world_price

dollars = arrays(float, 3, elements=st.just(0.0) | st.floats(1.0, 1e9))


def test_the_share_of_china_by_hand() -> None:
    china, world = np.array([25_000.0, 6_250.0, 50_000.0, 0.0]), np.full(4, 25_000.0)
    np.testing.assert_allclose(china_share(0.5, china, world, 0.5), [0.5, 0.25, 0.5, 0.0])
    np.testing.assert_allclose(china_share(0.5, china[:3], world[:3], 0.0), 0.5)
    assert china_share(0.5, np.array([1.0]), np.zeros(1), 0.5).tolist() == [0.5]


@given(dollars, dollars, st.floats(0.01, 3), st.floats(1, 5))
def test_the_share_of_china_never_falls_when_china_pays_more(
    china: np.ndarray, world: np.ndarray, weight: float, more: float
) -> None:
    less, rich = (china_share(0.4, usd, world, weight) for usd in (china, more * china))
    assert ((less >= 0) & (less <= rich) & (rich <= 0.4)).all()


def test_suppliers_hold_back_more_the_more_firms_are_listed() -> None:
    assert held_back(0.0, 0.3, 140.0) == 0.0
    assert held_back(140.0, 0.3, 140.0) == pytest.approx(0.3 * (1 - np.exp(-1)))
    assert held_back(1e9, 0.3, 140.0) == pytest.approx(0.3)


def test_the_price_abroad_by_hand() -> None:
    demand, supply = np.full(4, 100.0), np.array([100.0, 50.0, 200.0, 0.0])
    found = world_price(demand, supply, 2.0)
    np.testing.assert_allclose(found, [1.0, np.sqrt(2), np.sqrt(0.5), 1.5])
    assert world_price(demand, np.full(4, 1.0), 2.0).max() == 1.5


def test_commitments_follow_orders_and_run_down_once_the_end_is_known() -> None:
    held, orders, sold = np.array([50.0, 50.0, 5.0]), np.array([10.0, 10.0, 10.0]), np.array([8.0, 8.0, 8.0])
    np.testing.assert_allclose(commit(held, orders, sold, np.array([0.0, 1.0, 1.0]), 6.0), [60.0, 42.0, 0.0])


def test_a_roadmap_keeps_its_plan_without_china_and_comes_nearer_with_it() -> None:
    world = np.array([100.0, 100.0, 0.0])
    np.testing.assert_allclose(roadmap_pace(world, np.array([0.0, 100.0, 5.0]), 0.5), [1.0, np.sqrt(2), 1.0])
    assert (roadmap_pace(world, np.array([30.0, 60.0, 1.0]), 0.0) == 1).all()


def test_lobbying_settles_where_what_fades_is_what_is_added() -> None:
    stock = np.zeros(2)
    for _ in range(400):
        stock = lobby(stock, np.array([1e9, 0.0]), 0.001, 12.0)
    np.testing.assert_allclose(stock, [12e6, 0.0])
