"""What plants can make: by the record until its end, then as capacity is built for what pays, and with public money;
tool controls slow down what is built in China."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise, part
from abm.rules import production
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]

LOGIC, PACKAGING = (production.INPUTS.index(name) for name in ("logic", "packaging"))


@part
def added(market: Market, record: float) -> float:
    """Advanced capacity that public money has added, over that on record: wafers a month as in `inputs.csv`."""
    t, d, law = market.t, market.parameters.domestic, market.law
    scaled = record * d.smic_scale
    built = production.subsidised(law.fab_subsidy[: t + 1], law.smic[: t + 1], d.subsidy_months, d.wafer_capex)
    return built / scaled if scaled > 0 else 0.0


@elementwise
def packages(record: Floats, built: Floats, added: float) -> Floats:
    """Packages a month that a Chinese vendor has: those on record, what was built, and the packaging that public money
    adds beside wafers.

    record   packages/month
    built    packaging over that on record; added: what public money adds, over the record
    """
    return record * (built + added)


@part
def stacks(market: Market, record: float) -> float:
    """Stacks a month that CXMT can make: by its wafers on record, those built since, public money, and yield; record:
    wafers a month as in `inputs.csv`."""
    t, p, law, makers = market.t, market.parameters.hbm, market.law, market.makers
    own = 0.0
    for m in range(len(makers.capacity)):
        own += makers.capacity[m] * makers.domestic[m]
    built = production.subsidised(law.hbm_subsidy[: t + 1], law.cxmt[: t + 1], p.subsidy_months, p.wafer_capex)
    wafers = record * p.cxmt_scale * own + built
    years = (t - market.setting.cxmt_start) / 12
    return wafers * p.stacks_per_wafer * production.die_yield(years, p.cxmt_yield, p.cxmt_yield_max, p.cxmt_learning)


@part
def invest(market: Market, dies: Floats, need: Floats, earns: Floats) -> None:
    """Chinese vendors have foundry and packaging capacity built where that input is short and chips earn enough.

    dies    (vendors,) dies/month that capacity would give each
    need    (vendors,) dies/month at full packaging
    earns   (vendors,) what a chip earns over what it usually does
    """
    d, vendors, setting = market.parameters.domestic, market.vendors, market.setting
    _invest(
        vendors.domestic, vendors.wafers, vendors.packaging, vendors.wafers_begun, vendors.packaging_begun,
        vendors.running, dies, need, earns, market.t - setting.foundry_record, market.t - setting.packages_record,
        d.logic_pull, d.packaging_pull, d.build_most, d.build_elasticity, market.law.smic[market.t], d.build_months,
    )  # fmt: skip


@compiled
def _invest(
    domestic: Bools, wafers: Floats, packaging: Floats, wafers_begun: Floats, packaging_begun: Floats, running: Floats,
    dies: Floats, need: Floats, earns: Floats, wafers_since: int, packaging_since: Rows, logic_pull: float,
    packaging_pull: float, most: float, elasticity: float, slow: float, months: float,
) -> None:  # fmt: skip
    for v in range(len(domestic)):
        if domestic[v]:
            short = running[v, LOGIC] * need[v] / max(dies[v], 1e-9)
            for_wafers = earns[v] * short / logic_pull if wafers_since >= 0 else 0.0
            for_packages = earns[v] * running[v, PACKAGING] / packaging_pull if packaging_since[v] >= 0 else 0.0
            build(wafers, wafers_begun, v, for_wafers, 0.0, most, elasticity, slow, months)
            build(packaging, packaging_begun, v, for_packages, 0.0, most, elasticity, 0.0, months)


@part
def expand(market: Market, short: float, record: float) -> None:
    """Makers of memory have capacity built that contract prices pay for: CXMT, from the end of its record on, where
    stacks are short, as far as tools are to be had.

    short    stacks that Chinese vendors could use over those that they can have
    record   CXMT's wafers a month as in `inputs.csv`
    """
    makers, p, d, law = market.makers, market.parameters.hbm, market.parameters.domestic, market.law
    _expand(
        makers.contract, makers.capacity, makers.begun, makers.domestic, 1 / p.expansion_months, p.spot_most,
        p.supply_elasticity, short / p.cxmt_pull if market.t >= market.setting.cxmt_record else 0.0,
        p.cxmt_line / max(record, 1.0), d.build_most, d.build_elasticity,
        1 - (1 - law.cxmt[market.t]) / (1 - p.tool_drag * law.dram_free[market.t]), d.build_months,
    )  # fmt: skip


@compiled
def _expand(
    contract: Floats, built: Floats, begun: Floats, domestic: Bools, pace: float, most: float, supply: float,
    short: float, line: float, build_most: float, elasticity: float, slow: float, months: float,
) -> None:  # fmt: skip
    for m in range(len(contract)):
        if domestic[m]:
            build(built, begun, m, contract[m] * short, line, build_most, elasticity, slow, months)
        else:
            built[m] = production.respond(built[m], contract[m], most, supply, pace)


@compiled
def build(
    capacity: Floats, under_way: Floats, place: int, pull: float, least: float, most: float, elasticity: float,
    slow: float, months: float,
) -> None:  # fmt: skip
    """One owner begins what a pull asks for and finishes a part of what is under way; arguments as in `begun` and
    `finished`."""
    begun = under_way[place] + production.begun(capacity[place], under_way[place], pull, least, most, elasticity)
    done = production.finished(begun, slow, months)
    capacity[place] += done
    under_way[place] = begun - done
