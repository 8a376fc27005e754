"""What compiled functions see of tables: the same things as Python, in whatever state these are."""

import copy
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from abm.agents.labs import Labs
from abm.foundation.arrays import BLOCK, total
from abm.foundation.compiled import compiled
from abm.foundation.mirrors import Mirror, Shape, behaviour, mirrored
from abm.model import ChipMarket
from abm.month.phase import run_month
from abm.month.phases import PHASES
from abm.setting import AGENTS
from abm.state import MARKET, Market, seen, whole
from tests.reference.disturb import random_market

INNER = Shape("Inner", {"rate": "float", "codes": "int8[1]"})
OUTER = Shape("Outer", {"cube": "float64[3]", "inner": INNER, "count": "int", "on": "bool", "flags": "bool[2]"})
look = mirrored(OUTER)


@compiled
def read(at: Any) -> tuple[float, float, int, int, bool, bool]:
    outer = look(at)
    return outer.cube[1, 2, 3], outer.inner.rate, outer.inner.codes[-1], outer.count, outer.on, outer.flags[1, 0]


def thing() -> SimpleNamespace:
    return SimpleNamespace(
        cube=np.arange(24.0).reshape(2, 3, 4),
        inner=SimpleNamespace(rate=0.1, codes=np.array([1, -7], dtype=np.int8)),
        count=-3,
        on=True,
        flags=np.array([[False, False], [True, False]]),
    )


def test_every_kind_of_field_is_seen_as_it_is() -> None:
    assert read(Mirror(OUTER, thing()).at) == (23.0, 0.1, -7, -3, True, True)


@pytest.mark.parametrize(
    "value", [np.zeros((2, 3, 4), dtype=np.float32), np.zeros(24), np.zeros((4, 3, 2)).T, np.zeros((2, 3, 8))[..., ::2]]
)
def test_what_is_of_another_kind_is_refused(value: Any) -> None:
    one = thing()
    one.cube = value
    with pytest.raises(TypeError, match=r"Outer\.cube: float\d\d\[\d\] in place of float64\[3\]"):
        Mirror(OUTER, one)


@whole
def cash_of_first(market: Market) -> float:
    return seen(market).labs.cash[0]  # type: ignore[no-any-return]


@whole
def law_of_month(market: Market) -> float:
    market = seen(market)
    return market.law.smic[market.t] + market.t  # type: ignore[no-any-return]


def replaced(market: Market) -> Market:
    market.labs.cash = np.arange(len(market.labs)) + 7.0
    return market


def other_table(market: Market) -> Market:
    market.labs = market.labs.copy()
    market.labs.cash[0] = 7.0
    return market


def of_a_copy(duplicate: Callable[[Market], Market]) -> Callable[[Market], Market]:
    def made(market: Market) -> Market:
        found = duplicate(market)
        found.labs.cash[0] = 7.0
        return found

    return made


@pytest.mark.parametrize(
    "change",
    [
        replaced,
        other_table,
        of_a_copy(Market.copy),
        of_a_copy(copy.deepcopy),
        of_a_copy(lambda one: pickle.loads(pickle.dumps(one))),
    ],
)
def test_what_is_seen_is_what_a_market_holds(change: Callable[[Market], Market]) -> None:
    market = ChipMarket("history", rng=0, until="2022-02").market
    before = cash_of_first(market)
    changed = change(market)
    assert cash_of_first(changed) == changed.labs.cash[0] == 7.0
    assert changed is market or cash_of_first(market) == before


def test_new_law_is_seen_from_then_on() -> None:
    market = ChipMarket("history", rng=0, until="2022-02").market
    market.t = 3
    before = law_of_month(market)
    calendar = copy.copy(market.law)
    object.__setattr__(calendar, "smic", market.law.smic + 0.25)
    market.law = calendar
    assert law_of_month(market) == before + 0.25


def test_a_column_stays_where_it_stands() -> None:
    labs = ChipMarket("history", rng=0, until="2022-02").labs
    column = labs.cash
    labs.cash = 2 * column + 1
    labs.cash += 1
    assert labs.cash is column
    assert column[0] == 2.0
    with pytest.raises(ValueError, match="broadcast"):
        labs.cash = np.zeros(3)


class TwiceAsKeen(Labs):
    def offer_money(self, fear: float) -> Any:
        return 2 * super().offer_money(fear)


offer = behaviour(Labs.offer_money)


@whole
def offered(market: Market) -> Any:
    return offer(seen(market).labs, 0.5)


def test_a_replaced_behaviour_is_called() -> None:
    plain, keen = (
        kind("history", rng=0, until="2022-02").market
        for kind in (ChipMarket, ChipMarket.with_agents(labs=TwiceAsKeen))
    )
    assert plain.at != 0
    assert keen.at == 0
    plain.labs.flow[:] = keen.labs.flow[:] = 3.0
    assert offered(keen).tolist() == (2 * offered(plain)).tolist() != [0.0] * len(plain.labs)


@pytest.mark.parametrize("case", range(2))
def test_months_are_the_same_to_the_bit_where_subclasses_stand_for_all_tables(case: int) -> None:
    plain, alike = (random_market(case).market for _ in range(2))
    for name, kind in AGENTS.items():
        table = getattr(alike, name)
        table.__class__ = type(f"Same{kind.__name__}", (kind,), {})
        setattr(alike, name, table)
    assert [bool(one.at) for one in (plain, alike)] == [True, False]
    for market in (plain, alike):
        run_month(market, PHASES)
    for name, table in plain.tables.items():
        for column in table.columns:
            assert getattr(table, column).tobytes() == getattr(alike.tables[name], column).tobytes(), f"{name}.{column}"


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 77, 128, 129, 1000])
def test_sums_are_those_of_numpy(count: int) -> None:
    values = np.random.default_rng(count).lognormal(size=count) - 1
    assert total(values) == (values.sum() if count <= BLOCK else pytest.approx(values.sum(), rel=1e-14))


def test_a_mirror_shows_every_column() -> None:
    market = ChipMarket("history", rng=0, until="2022-02").market
    for name, table in market.tables.items():
        assert set(table.columns) < set(MARKET.fields[name].fields)  # type: ignore[union-attr]
