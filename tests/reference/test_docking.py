"""The columnar month and the plain object-per-agent month agree, from states taken out of running markets."""

import pytest

from abm import records
from abm.foundation.records import Record
from abm.model import ChipMarket
from abm.month.phases import PHASES
from tests.reference import month
from tests.reference.compare import APART, COUNTERPARTS, WRITTEN, differences
from tests.reference.disturb import random_market
from tests.reference.snapshot import copy_out

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


def test_every_field_of_every_record_has_a_counterpart() -> None:
    kinds = [one for one in vars(records).values() if isinstance(one, type) and issubclass(one, Record)]
    made = {f"{kind.__name__}.{name}" for kind in kinds for name in kind.fields}
    assert made == set(COUNTERPARTS)


@pytest.mark.parametrize("case", range(STANDARD))
def test_months_agree_on_random_states(case: int) -> None:
    assert dock(random_market(case)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("case", range(STANDARD, ALL))
def test_months_agree_on_more_random_states(case: int) -> None:
    assert dock(random_market(case)) == {}


def test_a_chain_of_plain_months_follows_the_spin_up() -> None:
    market = ChipMarket("history", rng=0, until="2022-06", **{"population.startups": 20, "population.state": 10})
    plain = copy_out(market, months=market.setting.months)
    while market.running:
        market.step()
        month.step(plain)
    assert {name: gap for name, gap in differences(market, plain).items() if not gap <= 1e-7} == {}


def test_a_difference_is_noticed_in_all_that_a_month_makes_or_writes() -> None:
    market = random_market(0)
    plain = copy_out(market)
    plain.labs[0].cash *= 1 + 1e-6
    market.step()
    month.step(plain)
    found = differences(market, plain)
    assert found.keys() == (COUNTERPARTS.keys() | WRITTEN) - APART.keys()
    assert max(found.values()) > TOLERANCE
