"""Compute rented abroad: capacity, the subsidiaries' way, rent, and contracts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.rules import rental


def test_subsidiaries_have_what_they_can_equip_or_what_is_left_where_it_runs_on() -> None:
    assert rental.own_centres(10.0, 40.0, runs_on=False, kept=0.9) == 10.0
    assert rental.own_centres(10.0, 40.0, runs_on=True, kept=0.9) == pytest.approx(36.0)
    assert rental.own_centres(50.0, 40.0, runs_on=True, kept=0.9) == 50.0


def test_each_act_narrows_the_way_and_closing_shuts_it() -> None:
    assert rental.route(False, False, False, 0.5) == 1.0
    assert rental.route(True, False, False, 0.5) == 0.5
    assert rental.route(True, True, False, 0.5) == 0.25
    assert rental.route(True, True, True, 0.5) == 0.0


def test_rent_covers_cost_and_markup_over_the_term() -> None:
    assert rental.yearly_rent(36_000.0, 36.0, 1.35, 12) == pytest.approx(16_200.0)


def test_contracts_run_down_and_end() -> None:
    rented = np.array([[1.0, 2.0, 4.0]])
    after, ended = rental.roll(rented, np.array([8.0]), cut=False)
    assert after.tolist() == [[2.0, 4.0, 8.0]]
    assert ended.tolist() == [1.0]
    after, ended = rental.roll(rented, np.array([0.0]), cut=True)
    assert after.sum() == 0.0
    assert ended.tolist() == [7.0]
    single, ended = rental.roll(np.array([[3.0]]), np.array([5.0]), cut=False)
    assert single.tolist() == [[5.0]]
    assert ended.tolist() == [3.0]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=24), st.floats(0, 1e6), st.booleans())
def test_nothing_is_lost_between_months(rented: list[float], signed: float, cut: bool) -> None:
    before = np.array([rented])
    after, ended = rental.roll(before, np.array([signed]), cut)
    assert after.sum() + ended.sum() == pytest.approx(before.sum() + signed)
