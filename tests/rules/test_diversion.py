"""Grey cards: seizure, margins, cargo, growth and entry."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.rules import diversion

AMOUNTS = st.lists(st.floats(0, 1e6), min_size=1, max_size=12).map(np.array)


def test_a_shipment_is_lost_whole_or_lands_whole() -> None:
    shipments, exposure = np.array([100.0, 100.0, 400.0, 0.0]), np.array([1.0, 1.0, 0.5, 1.0])
    chance = 1 - np.exp(-0.01 * 10)
    kept, lost = diversion.seize(shipments, exposure, 0.01, np.array([chance - 1e-9, chance, chance, 0.0]))
    assert lost.tolist() == [100.0, 0.0, 0.0, 0.0]
    assert kept.tolist() == [0.0, 100.0, 400.0, 0.0]


@given(AMOUNTS, st.floats(0, 1), st.floats(0, 1))
def test_seizure_splits_and_grows_with_enforcement(shipments: np.ndarray, enforcement: float, u: float) -> None:
    exposure, luck = np.ones(len(shipments)), np.full(len(shipments), u)
    kept, lost = diversion.seize(shipments, exposure, enforcement, luck)
    assert (kept + lost == shipments).all()
    _, more = diversion.seize(shipments, exposure, 2 * enforcement, luck)
    assert (more >= lost).all()


def test_risk_grows_with_the_root_of_the_shipment() -> None:
    small, large = diversion.risk(np.array([100.0, 400.0]), np.ones(2), 0.001)
    assert large == pytest.approx(2 * small, rel=0.01)


def test_enforcement_is_what_budget_cases_and_customs_make_of_it() -> None:
    assert diversion.enforcement(0.001, 1.0, 0, 0.15, 0.0, 0.5) == 0.001
    assert diversion.enforcement(0.001, 2.0, 2, 0.15, 1.0, 0.5) == pytest.approx(0.001 * 2 * 1.3 * 1.5)
    assert diversion.enforcement(0.001, 1.0, 0, 0.15, 0.5, 0.5) == pytest.approx(0.00125)


def test_only_what_is_barred_leaks() -> None:
    units = diversion.source(np.array([1000.0, 500.0]), np.array([True, False]), 0.1, 0.5)
    assert units.tolist() == [50.0, 0.0]


def test_a_margin_is_the_price_landed_less_cost() -> None:
    assert diversion.margin(0.2, np.array([-0.1]), np.array([0.0])) == pytest.approx(0.3)
    assert diversion.margin(0.0, np.array([0.0]), np.array([0.1])) == pytest.approx(-0.1)


def test_cargo_follows_room_and_gain_and_leaves_losses_ashore() -> None:
    room, premium = np.array([100.0, 300.0, 500.0]), np.array([[0.3, 0.1, -0.2], [-0.2, -0.2, -0.2]])
    cargo = diversion.allocate(room, premium, np.array([-0.1, -0.1]))
    assert cargo[0] == pytest.approx([0.4, 0.6, 0.0])
    assert cargo[1].tolist() == [0.0, 0.0, 0.0]


@given(AMOUNTS, st.floats(0, 1e6))
def test_no_more_is_shipped_than_can_be_had(capacity: np.ndarray, room: float) -> None:
    cargo = np.tile([0.25, 0.75], (len(capacity), 1))
    shipped = diversion.ship(capacity, cargo, np.array([room, room / 2]))
    assert (shipped.sum(axis=0) <= np.array([room, room / 2]) + 1e-6).all()
    assert (shipped.sum(axis=1) <= capacity + 1e-6).all()


def test_dealers_bring_more_the_better_it_pays_and_what_they_can_hold() -> None:
    stock = np.array([0.0, 0.0, 0.0, 150.0, 300.0])
    keen = diversion.zeal(np.array([-0.1, 0.0, 0.3, 0.3, 0.3]), np.full(5, 100.0), stock, 2, 0.15)
    assert keen.tolist() == pytest.approx([0.0, 0.0, np.tanh(2), 0.5 * np.tanh(2), 0.0])
    assert diversion.zeal(np.ones(1), np.zeros(1), np.zeros(1), 2, 0.15).tolist() == [0.0]


def test_a_small_dealer_earns_less_on_a_card() -> None:
    earned = diversion.profit(np.full(2, 0.2), np.array([0.5, 1.0]), 0.01, 2.0, np.array([20.0, 200.0]))
    assert earned.tolist() == pytest.approx([0.1 - 0.01 - 0.1, 0.2 - 0.01 - 0.01])


def test_capacity_grows_with_what_it_earns_while_there_is_something_to_ship() -> None:
    margins = np.array([0.3, 0.0, -0.3])
    grown = diversion.grow(np.full(3, 100.0), margins, 1.0, 0.24, 0.15, 0.2)
    assert grown[0] == pytest.approx(100 * np.exp(0.24 * np.tanh(2.0)))
    assert grown[1] == 100.0
    assert grown[2] == pytest.approx(1e4 / grown[0])
    short = diversion.grow(np.full(3, 100.0), margins, 0.8, 0.24, 0.15, 0.2)
    assert short[0] == pytest.approx(100.0)
    assert short[2] == grown[2]


def test_those_outside_come_in_when_it_pays() -> None:
    out, u = np.array([True, True, True, False]), np.array([0.0, 0.09, 0.0, 0.0])
    comes = diversion.enter(out, np.array([0.5, 0.5, -0.1, 0.5]), 0.05, 0.15, u)
    assert comes.tolist() == [True, False, False, False]
