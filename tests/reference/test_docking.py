"""The columnar month and the plain object-per-agent month agree, from states taken out of running markets."""

import pytest

from abm.model import PHASES, ChipMarket
from tests.reference import month
from tests.reference.disturb import random_market
from tests.reference.snapshot import copy_out, differences

TOLERANCE = 1e-9
STANDARD, ALL = 10, 50


def dock(market: ChipMarket) -> dict[str, float]:
    """Step a market and its plain copy by a month; the quantities on which they part, and by how much."""
    plain = copy_out(market)
    market.step()
    month.step(plain)
    assert plain.t == market.t
    return {name: gap for name, gap in differences(market, plain).items() if not gap <= TOLERANCE}


def test_the_plain_month_has_the_phases_of_the_model() -> None:
    assert [phase.__name__ for phase in month.PHASES] == [phase.name for phase in PHASES]


@pytest.mark.parametrize("case", range(STANDARD))
def test_months_agree_on_random_states(case: int) -> None:
    assert dock(random_market(case)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("case", range(STANDARD, ALL))
def test_months_agree_on_more_random_states(case: int) -> None:
    assert dock(random_market(case)) == {}


def test_a_chain_of_plain_months_follows_the_spin_up() -> None:
    market = ChipMarket("history", rng=0, until="2022-06", **{"population.startups": 20, "population.state": 10})
    plain = copy_out(market, months=market.months)
    while market.running:
        market.step()
        month.step(plain)
    assert {name: gap for name, gap in differences(market, plain).items() if not gap <= 1e-7} == {}


def test_a_difference_is_noticed() -> None:
    market = random_market(0)
    plain = copy_out(market)
    plain.labs[0].cash *= 1 + 1e-6
    market.step()
    month.step(plain)
    assert max(differences(market, plain).values()) > TOLERANCE
