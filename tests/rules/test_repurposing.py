"""Gaming cards: arrivals, gamers, prices, conversion, and what a converted card is good for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.rules import repurposing


def test_a_free_card_arrives_and_a_barred_one_trickles_and_fades() -> None:
    come = repurposing.arrivals(
        1000.0,
        np.array([0.0, 1.0, 0.0]),
        np.array([0.0, 1.0, 0.0]),
        np.array([2.0, -1.0, 40.0]),
        np.full(3, 2.0),
        0.1,
        0.1,
    )
    assert come[0] == pytest.approx(1000 * 0.1 * 2 * 0.81)
    assert come[1] == 1000.0
    assert 0 < come[2] < 0.02 * come[0]


def test_a_month_that_ends_early_brings_its_part() -> None:
    come = repurposing.arrivals(1000.0, np.ones(1), np.array([0.5]), np.array([-1.0]), np.ones(1), 0.1, 0.1)
    assert come.tolist() == [500.0]


def test_gamers_buy_less_of_a_dear_card_and_turn_to_another() -> None:
    alone = repurposing.gamers(1000.0, np.array([1.0]), np.array([2.0]), 0.77, 3.0, np.zeros(1))
    assert alone[0] == pytest.approx(1000 * 2**-0.77)
    both = repurposing.gamers(1000.0, np.array([0.5, 0.5]), np.array([2.0, 1.0]), 0.77, 3.0, np.zeros(2))
    assert both == pytest.approx([1000 / 9 * 2**-0.77, 8000 / 9])
    rush = repurposing.gamers(1000.0, np.array([1.0]), np.ones(1), 0.77, 3.0, np.ones(1))
    assert rush.tolist() == [2000.0]


def test_what_serving_can_use_of_a_card_falls_more_slowly_than_what_training_can() -> None:
    use = np.array([1.0, 0.5, 0.01])
    assert repurposing.serving_use(use, 0.5).tolist() == pytest.approx([1.0, 0.5, 1 / (1 + np.sqrt(99))])


def test_converted_cards_appeal_to_small_labs_with_some_money() -> None:
    def appeal(use: float, money: float) -> float:
        lab = np.array([[use]]), np.array([0.5]), 0.5, np.zeros(1), np.array([money])
        return float(repurposing.appeal(*lab, 1e5, 2.0)[0])

    assert appeal(1.0, 1e12) == pytest.approx(0.0, abs=1e-6)
    assert appeal(1.0, 1e5) == pytest.approx(-2 * np.log(2))
    assert appeal(0.01, 1e9) < appeal(0.5, 1e6) < 0
    assert np.isfinite(appeal(0.5, 0.0))


def test_prices_answer_excess_demand_within_bounds() -> None:
    move = lambda d, s: float(  # noqa: E731
        repurposing.answer_excess(np.ones(1), np.array([d]), np.array([s]), 0.3, (0.7, 1.2))[0]
    )
    assert move(100.0, 100.0) == 1.0
    assert move(0.0, 0.0) == 1.0
    assert move(300.0, 100.0) == pytest.approx(np.exp(0.15))
    assert move(100.0, 0.0) == 1.2
    assert move(0.0, 100.0) == pytest.approx(np.exp(-0.3))


@given(st.floats(0, 1e6), st.floats(0, 1))
def test_what_goes_in_comes_out_converted_or_as_scrap(cards: float, good: float) -> None:
    made, scrap = repurposing.convert(np.array([[cards]]), np.array([good]))
    assert made + scrap == pytest.approx(cards)
    assert made[0, 0] >= 0
    assert scrap[0, 0] >= -1e-9


def test_an_untraded_card_is_asked_for_at_cost_and_a_gain() -> None:
    asked = repurposing.cost_plus(np.array([2.0]), np.array([0.1, 0.3]), np.array([0.8, 1.0]), 0.1)
    assert asked[0] == pytest.approx(2.2 / 0.9 * 1.1)


def test_converted_cards_serve_small_runs_and_hardly_the_largest() -> None:
    """Stylised fact C16 in the rule: a gaming card's use falls with the size of the run, to next to nothing."""
    memory, link = np.array([80.0, 24.0]), np.array([900.0, 64.0])
    use = {run: repurposing.training_use(run, memory, link, 20_000) for run in (0.0, 10.0, 1_000.0, 20_000.0)}
    assert use[0.0].tolist() == [1.0, 1.0]
    assert use[20_000.0][0] == pytest.approx(0.5)
    assert use[10.0][1] > 0.7
    assert use[1_000.0][1] < 0.05
    assert use[20_000.0][1] < 0.005


@given(st.floats(1, 1e6), st.floats(1, 1e6))
def test_use_never_rises_with_the_run(one: float, other: float) -> None:
    small, large = sorted((one, other))
    memory, link = np.array([24.0, 80.0]), np.array([64.0, 900.0])
    first, second = (repurposing.training_use(run, memory, link, 20_000) for run in (small, large))
    assert (second <= first).all()
    assert (second > 0).all()
    assert (first[0] <= first[1]).all()
