"""Start-ups that give up are wound up without a card or a dollar lost, and new ones begin small."""

from typing import Any

import numpy as np
import pytest

from abm.agents.labs import KINDS, START_UP_SLOTS, Labs
from abm.foundation import chance
from abm.markets.settlement import audit, wind_up
from abm.model import ChipMarket
from abm.records import Budgets, Sales

HASTY: dict[str, Any] = {"startups.failure": 0.5, "startups.entry": 0.3, "population.startups": 30}


def market(until: str = "2023-06", **more: Any) -> ChipMarket:
    return ChipMarket("history", rng=0, until=until, strict=True, **(HASTY | more))


def at_the_brink(**more: Any) -> tuple[ChipMarket, int]:
    """A market in 2023 and the place of a start-up with cards, orders and licences."""
    model = market(**{"startups.failure": 0.0} | more)
    while model.date < "2023-05":
        model.step()
    mine = np.flatnonzero(model.labs.startups())
    row = int(mine[np.argmax(model.labs.fleet[mine].sum(axis=(1, 2)))])
    return model, row


class Doomed(Labs):
    """Labs of which one start-up exits when this is asked for."""

    fated = -1

    def fail(self, u: Any) -> Any:
        return np.arange(len(self)) == self.fated


def test_named_labs_and_state_buyers_never_fail() -> None:
    model = market(**{"startups.failure": 10.0, "startups.tolerance": 0.0, "startups.entry": 0.0}).run()
    assert model.history["failed"].sum() > 10
    assert model.labs.active[~model.labs.startups()].all()
    assert set(np.flatnonzero(~model.labs.active)) <= set(np.flatnonzero(model.labs.slot >= START_UP_SLOTS))


@pytest.mark.parametrize("resale", [0.0, 0.7, 1.0])
def test_a_failed_firm_leaves_nothing_and_nothing_is_lost(resale: float) -> None:
    model, row = at_the_brink(**{"startups.resale": resale, "startups.entry": 0.0})
    labs, bought = model.labs, model.products.price * model.parameters.startups.resale_price
    cards, transit = labs.fleet[row].sum(axis=1), labs.transit[row].sum()
    others = np.arange(len(labs)) != row
    fleet, cash, coming = labs.fleet[others].sum(axis=(0, 2)), labs.cash[others].sum(), labs.transit[others].sum()
    assert cards.sum() > 0
    failing = ~others
    labs.active[row], labs.weight[row] = False, 0.0
    wind_up(model, failing)
    assert labs.fleet[row].sum() == labs.transit[row].sum() == labs.cash[row] == 0.0
    np.testing.assert_allclose(labs.fleet[others].sum(axis=(0, 2)), fleet + resale * cards, rtol=1e-12)
    assert labs.transit[others].sum() == pytest.approx(coming + transit)
    assert labs.cash[others].sum() == pytest.approx(cash - resale * (cards * bought).sum(), rel=1e-9)
    audit(model)


def test_a_wrong_count_of_cards_of_all_ages_is_noticed() -> None:
    model, row = at_the_brink(**{"startups.resale": 0.7, "startups.entry": 0.0})
    wind_up(model, np.arange(len(model.labs)) == row)
    np.testing.assert_allclose(model.labs.cards, model.labs.fleet.sum(axis=2), rtol=1e-12)
    audit(model)
    model.labs.cards[0, 0] += 1e6
    with pytest.raises(ArithmeticError, match="all ages"):
        audit(model)


def test_debt_is_written_off() -> None:
    model, row = at_the_brink(**{"startups.resale": 0.0})
    model.labs.cash[row] -= 1e9
    model.ledger.pay(model.t, "labs", "outside", 1e9, "a loss")
    audit(model)
    model.labs.weight[row] = 0.0
    wind_up(model, np.arange(len(model.labs)) == row)
    audit(model)
    assert model.ledger.flows[-1].channel == "written off"


def test_an_empty_slot_does_nothing() -> None:
    kind = ChipMarket.with_agents(labs=Doomed)
    model = kind("history", until="2023-12", strict=True, **{"population.startups": 5, "startups.entry": 0.0})
    while model.date < "2023-03":
        model.step()
    Doomed.fated = row = int(np.flatnonzero(model.labs.startups())[0])
    model.step()
    Doomed.fated = -1
    assert model.month[Budgets].failed == 1
    efficiency = model.labs.efficiency[row]
    while model.running:
        model.step()
        labs = model.labs
        assert not labs.active[row]
        assert labs.flow[row] == labs.cash[row] == labs.fleet[row].sum() == labs.revenue[row] == 0.0
        assert not np.isfinite(labs.capability[row])
    assert labs.efficiency[row] == efficiency
    assert model.month[Sales].bought[row].sum() == 0.0


def test_a_new_firm_begins_small_and_with_what_is_known() -> None:
    model = market("2024-06")
    seen = 0
    while model.running:
        empty = ~model.labs.active
        model.step()
        new = empty & model.labs.active
        if not new.any():
            continue
        seen += int(new.sum())
        labs, t = model.labs, model.t
        assert model.month[Budgets].entered == new.sum()
        just_bought = model.month[Sales].bought[new].sum(axis=1)
        assert (labs.fleet[new].sum(axis=(1, 2)) <= just_bought).all()
        u = chance.uniforms(0, "new skill", t + 1, labs.slot)[t]
        np.testing.assert_allclose(labs.skill[new], 0.5 + u[new])
        assert (labs.weight[new] >= model.setting.startup_weight * model.parameters.startups.entry_size).all()
        assert (labs.kind[new] == KINDS.index("startup")).all()
    assert seen > 10


def test_units_granted_stay_counted_when_a_firm_goes() -> None:
    """Quotas are over all units ever granted, whatever becomes of the firms that got them."""
    model = market("2024-12")
    before = np.zeros(len(model.products))
    while model.running:
        model.step()
        assert (model.labs.granted.sum(axis=0) >= before - 1e-9).all()
        before = model.labs.granted.sum(axis=0)


def test_a_bankrupt_firm_fails() -> None:
    model, row = at_the_brink()
    model.labs.cash[row] -= 100 * model.labs.flow[row] + 1e6
    failing = model.labs.fail(np.full(len(model.labs), 0.99))
    assert np.flatnonzero(failing).tolist() == [row]
