"""Goods and money are conserved, and nothing is negative or undefined, whatever valid scenario is run.

A strict run compares every table with the ledger at the end of each month and raises where they part, so that running
to the end is most of the test.
"""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.foundation import dates
from abm.foundation.ledger import SECTORS
from abm.foundation.parameters import Declaration, declarations
from abm.law.acts import Act
from abm.law.levers import LEVERS, Lever, scope_names
from abm.law.regime import Regime, load_regime, shipped
from abm.model import ChipMarket
from abm.runs import metrics
from abm.runs.scenario import Scenario

AMOUNTS = {
    "labs": "fleet transit pending licensed granted flow weight revenue effort shelved delay rented",
    "vendors": "stock dies on_order use running shipped software",
    "makers": "stock output",
    "products": "stock orders sales abroad transit_usd price factor",
    "frontier": "fleet",
    "world": "fleet",
    "brokers": "stock capacity",
    "workshops": "stock capacity",
    "shops": "stock price sold",
    "hosts": "capacity rent",
}
"""Columns that are amounts or prices, and so never negative."""
UNDEFINED = {
    "capability_shortfall",
    "capability_gap",
    "capability_gap_own",
    "run_gap",
    "lab_gap",
    "lab_compute_needed",
    "frontier_speed",
    "law",
    "security_index",
    "payoff",
}
"""Metrics that are undefined before a first run, or while a lever is unset; others may be that say so themselves."""
SIGNED = {
    "capability_gap",
    "capability_gap_own",
    "run_gap",
    "capability_china_own",
    "lab_run",
    "lab_compute_needed",
    "capability_shortfall",
    "capability_china",
    "capability_frontier",
    "largest_run",
    "law",
    "vendor_profit",
    "grey_premium",
    "gaming_price_premium",
    "security_index",
    "commerce_index",
    "payoff",
    "stance",
}
"""Metrics that may be negative: differences and logarithms."""
MONTHS = ("2022-01", "2023-01", "2024-02", "2025-12")
MOST_LABS = 40


def faults(model: ChipMarket) -> list[str]:
    """What is negative, undefined or out of balance after a run."""
    found = [
        f"{table}.{name} falls to {low}"
        for table, names in AMOUNTS.items()
        for name in names.split()
        if not (low := getattr(model.tables[table], name).min(initial=0.0)) >= 0
    ]
    for name, column in metrics.evaluate(model).items():
        metric = metrics.METRICS[metrics.parse(name)[0]]
        if np.isinf(column).any():
            found.append(f"{name} is infinite")
        may_be_undefined = metric.name in UNDEFINED or metric.kind == "ratio" or "undefined" in metric.definition
        if not may_be_undefined and np.isnan(column).any():
            found.append(f"{name} is undefined")
        if metric.name not in SIGNED and np.nanmin(column, initial=0.0) < 0:
            found.append(f"{name} falls to {np.nanmin(column)}")
    return found + unbalanced(model)


def unbalanced(model: ChipMarket) -> list[str]:
    """Goods and months whose transaction-flow matrix does not sum to zero over sectors, built from the transfers."""
    units: dict[tuple[int, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    usd: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    turnover: dict[int, float] = defaultdict(float)
    for flow in model.ledger.flows:
        units[flow.month, model.ledger.goods[flow.good]][flow.sender] -= flow.units
        units[flow.month, model.ledger.goods[flow.good]][flow.receiver] += flow.units
        usd[flow.month][flow.sender] += flow.usd
        usd[flow.month][flow.receiver] -= flow.usd
        turnover[flow.month] += flow.usd
    found = [
        f"{good} in {dates.label(t)} sums to {sum(row.values())}"
        for (t, good), row in units.items()
        if not abs(sum(row.values())) <= 1e-9 * max(1.0, max(abs(one) for one in row.values()))
    ]
    found += [
        f"money in {dates.label(t)}" for t, row in usd.items() if not abs(sum(row.values())) <= 1e-9 * turnover[t]
    ]
    return found


def test_the_check_sees_what_is_wrong() -> None:
    model = ChipMarket("history", rng=0, until="2022-01", **{"population.startups": 5, "population.state": 5}).run()
    assert faults(model) == []
    model.labs.fleet[0, 0, 0] = -1.0
    words, fees = model.history._places["fees"]
    fees.write(model.history._table[len(model.history) - 1, words], np.nan)
    assert len(faults(model)) == 2


def test_every_sector_but_the_outside_is_on_the_other_side_of_a_flow() -> None:
    model = ChipMarket("history", rng=0, until="2025-12", **{"population.startups": 5, "population.state": 5}).run()
    assert {flow.sender for flow in model.ledger.flows} | {flow.receiver for flow in model.ledger.flows} == set(SECTORS)
    assert abs(model.ledger.usd.sum()) <= 1e-9 * np.abs(model.ledger.usd).max()


# --- shipped regimes ---


@pytest.mark.parametrize(("seed", "until"), [(0, "2030-12"), (1, "2027-06"), (2, "2024-12")])
@pytest.mark.parametrize("regime", shipped())
def test_shipped_regimes_conserve_goods_and_money(regime: str, seed: int, until: str) -> None:
    assert faults(ChipMarket(regime, rng=seed, until=until, strict=True).run()) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 8))
@pytest.mark.parametrize("regime", shipped())
def test_shipped_regimes_conserve_goods_and_money_for_more_seeds(regime: str, seed: int) -> None:
    assert faults(ChipMarket(regime, rng=seed, strict=True).run()) == []


@pytest.mark.parametrize("mechanism", ["priority", "call_auction"])
def test_every_mechanism_conserves_goods_and_money(mechanism: str) -> None:
    model = ChipMarket("limited_licensing", rng=0, strict=True, until="2028-12", **{"trade.mechanism": mechanism})
    assert faults(model.run()) == []


# --- random scenarios ---


def values(one: Declaration) -> st.SearchStrategy[Any]:
    """Values of a parameter within its bounds, the bounds themselves among them."""
    if one.kind == "choice":
        return st.sampled_from(one.choices)
    assert one.low is not None
    assert one.high is not None
    high = min(one.high, MOST_LABS) if one.name in ("population.startups", "population.state") else one.high
    if one.kind == "int":
        return st.integers(int(one.low), int(high))
    middle = st.floats(0.3, 3).map(lambda factor: min(max(one.default * factor, one.low), high))
    return st.one_of(middle, st.floats(one.low, high), st.sampled_from([float(one.low), float(high)]))


def settings_of(lever: Lever) -> st.SearchStrategy[Any]:
    """Values of a lever within its bounds."""
    if lever.type == "choice":
        return st.sampled_from(lever.choices)
    if lever.type == "bool":
        return st.booleans()
    low = 0.0 if lever.low is None else lever.low
    high = {"TPP": 30_000.0, "GB/s": 5_000.0, "unit/month": 1e5, "unit": 1e6}.get(lever.unit, 40.0)
    high = high if lever.high is None else lever.high
    numbers = st.one_of(st.sampled_from([low, high]), st.floats(low, high))
    return numbers.map(int) if lever.type == "int" else numbers


ACTIVE = list(LEVERS.values())
DAYS = st.dates(date(2021, 1, 1), date(2025, 12, 31))


@st.composite
def lever_acts(draw: st.DrawFn, name: str) -> Act:
    """An act that sets one to three levers, perhaps leaked, perhaps with an announced end."""
    sets: dict[str, Any] = {}
    for lever in draw(st.lists(st.sampled_from(ACTIVE), min_size=1, max_size=3, unique_by=lambda one: one.name)):
        value = draw(settings_of(lever))
        scopes = ["*"] if lever.scope is None else ["*", *sorted(scope_names(lever.scope))]
        sets[lever.name] = value if lever.scope is None else {draw(st.sampled_from(scopes)): value}
    announced = draw(DAYS)
    effective = announced + timedelta(draw(st.sampled_from([0, 20, 200])))
    entry: dict[str, Any] = {"announced": announced, "effective": effective, "sets": sets}
    if draw(st.booleans()):
        entry |= {"leaked": announced - timedelta(90), "credence": draw(st.floats(0, 1))}
    if draw(st.booleans()):
        entry["ends"] = effective + timedelta(150)
    return Act.of(name, by="both", **entry)


@st.composite
def regimes(draw: st.DrawFn) -> Regime:
    """A shipped regime with acts dropped, one moved, and up to three added."""
    regime = load_regime(draw(st.sampled_from(shipped())))
    names = [act.name for act in regime.acts]
    regime = regime.without(*draw(st.lists(st.sampled_from(names), max_size=3, unique=True)))
    kept = [act.name for act in regime.acts]
    if kept and draw(st.booleans()):
        regime = regime.shift(draw(st.sampled_from(kept)), draw(st.integers(-12, 12)))
    return regime.add(*(draw(lever_acts(f"random-{place}")) for place in range(draw(st.integers(0, 3)))))


class Case:
    """A scenario that says in a few lines what it is."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    def __repr__(self) -> str:
        one = self.scenario
        added = [act.to_dict() for act in one.regime.acts if act.name.startswith("random-")]
        return f"{one.label}, seed {one.seed}, until {one.until}: {one.parameters.changed()}; {added}"


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A valid scenario: some parameters anywhere within their bounds, a regime of one's own, a short horizon."""
    table = declarations()
    chosen = draw(st.lists(st.sampled_from(sorted(table)), max_size=12, unique=True))
    sets = {"population.startups": 30, "population.state": 12} | {name: draw(values(table[name])) for name in chosen}
    until = draw(st.sampled_from(MONTHS))
    return Case(Scenario.of(draw(regimes()), seed=draw(st.integers(0, 999)), until=until, sets=sets))


def stands(case: Case) -> None:
    """Run a scenario strictly and look for faults."""
    assert faults(ChipMarket(scenario=case.scenario, strict=True).run()) == []


@settings(max_examples=40)
@given(cases())
def test_random_scenarios_conserve_goods_and_money(case: Case) -> None:
    stands(case)


@pytest.mark.release
@settings(max_examples=300)
@given(cases())
def test_many_random_scenarios_conserve_goods_and_money(case: Case) -> None:
    stands(case)


NUMBERS = [one for one in declarations().values() if one.kind != "choice"]


@pytest.mark.parametrize("one", NUMBERS, ids=[one.name for one in NUMBERS])
def test_the_bounds_of_a_parameter_can_be_run(one: Declaration) -> None:
    few = {"population.startups": 6, "population.state": 6}
    for bound in (one.low, one.high):
        value = min(bound or 0, MOST_LABS) if one.name.startswith("population.") else bound
        stands(Case(Scenario.of("history", until="2022-01", sets=few | {one.name: value})))
