"""From a scenario to a market ready for its first month: tables, law month by month, dated inputs, opening books."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.agents import broker, frontier, lab, maker, product, regulator, resource, vendor, workshop
from abm.agents.columns import Column, Table
from abm.facts import catalog, paths
from abm.foundation import chance
from abm.foundation.ledger import Ledger
from abm.law.calendar import Calendar
from abm.law.levers import ANY
from abm.law.subjects import Dies, Subjects, View
from abm.rules import ageing, production

if TYPE_CHECKING:
    from abm.model import ChipMarket

Floats = NDArray[np.float64]

HORIZON = 60
"""Months that buyers of HBM look ahead."""
EFFICIENCY_2021 = -0.5
"""Log10 efficiency of the leaders at the start of 2021, so that the first month reported stands near 0: assumed."""
CXMT_GENERATION = "HBM3"
PATHS = (
    "ai_share", "us_share", "own_chips", "smic_wafers", "smic_ai_share", "foundry_abroad/Huawei",
    "foundry_abroad/others", "cxmt_wafers", "run_share/US", "run_share/CN", "inference_share", "spillover_onset",
    "gaming_cards",
    "reference_revenue",
)  # fmt: skip


class World:
    """The rest of the world: its compute, a resource without decisions."""

    fleet = Column("H100e", "compute, by age class", "classes")


def tables(m: "ChipMarket") -> None:
    """Make every table and a Mesa agent for each row of the agents' tables."""
    p = m.p
    memory = catalog.memory()
    axes = {
        "generations": len(memory),
        "hbm_lead": p.hbm.lead_months,
        "inputs": len(production.INPUTS),
        "classes": ageing.CLASSES,
        "lead": p.trade.lead_months,
        "term": p.offshore.months,
    }
    m.vendors = vendor.build(m.kinds.vendor, axes, p)
    m.makers = maker.build(m.kinds.maker, axes)
    m.frontier = frontier.build(m.kinds.frontier, axes)
    m.frontier.efficiency[:] = EFFICIENCY_2021
    m.frontier.capability[:] = -np.inf
    m.place = product.axis(m.vendors, p.vendors.spare_designs)
    axes["products"] = len(m.place.skus)
    m.products = product.build(axes, m.place, m.vendors, p.demand.host_base, p.demand.host_per_watt)
    product.adapt(m.products, m.place, p)
    for name in ("grey", "gaming"):
        axes["cards" if name == "gaming" else name] = m.place.slices[name].stop - m.place.slices[name].start
    m.brokers = broker.build(m.kinds.broker, axes, m.case.seed, p)
    m.workshops = workshop.build(m.kinds.workshop, axes, m.case.seed, p)
    m.shops, m.hosts = resource.shops(axes, m.place), resource.hosts(axes)
    m.labs = lab.build(m.kinds.lab, axes, m.place, m.case.seed, p)
    m.world = Table(World, ("world",), axes)
    m.world.fleet[0] = paths.value("installed/world") * frontier.opening_ages()
    m.regulators = regulator.build(m.kinds.regulator, axes, p)
    for table in (m.labs, m.vendors, m.makers, m.frontier, m.brokers, m.workshops, m.regulators):
        for row in range(len(table)):
            table.row_type(m, table, row)


def law(m: "ChipMarket") -> None:
    """The regime month by month, for the foreign products on the axis."""
    m.foreign, m.home = m.place.slices["licensed"], m.place.slices["domestic"]
    m.grey, m.gaming, m.offshore = (m.place.slices[name] for name in ("grey", "gaming", "offshore"))
    m.sold = m.place.slices["legacy"].start
    m.grey_source = np.array([m.place.skus.index(sku) for sku in m.place.skus[m.grey]], dtype=np.int64)
    m.regime = m.case.regime
    m.schedule = m.conditions = m.routes = Calendar.of(m.regime, subjects(m))
    m.listings = m.schedule.lab_listed
    m.designed_for = {}
    m.deals = []


def subjects(m: "ChipMarket") -> Subjects:
    """What the law of a run is asked about."""
    x, d, h, named = m.p.expectation, m.p.domestic, m.p.hbm, tuple(catalog.labs())
    skus, chips = m.place.skus, m.place.chips
    return Subjects(
        view=View(m.months, x.credence, x.ahead_months),
        dies=Dies(d.node_nm, d.transistors_bn, d.plain_bn, h.cell_area, h.cell_density),
        skus=skus[m.foreign],
        chips=tuple(chips[sku] for sku in skus[m.foreign.start : m.place.spare.start]),
        memory=tuple(catalog.memory().values()),
        cards=tuple(chips[sku] for sku in skus[m.gaming]),
        vendors=m.vendors.names,
        labs=(*named, *(ANY for _ in range(len(m.labs) - len(named)))),
    )


def inputs(m: "ChipMarket") -> None:
    """Dated inputs, scaled by parameters, and the blocks of chance."""
    p, T = m.p, m.months
    m.paths = {name: paths.path(name, T) for name in PATHS}
    m.spending = paths.capital_spending(T, p.budget.capex_scale, p.budget.growth_2030) * m.paths["ai_share"]
    scale = np.where(m.vendors.domestic, p.domestic.packaging_scale, p.vendors.packages_scale)
    m.packages = np.stack([paths.path(f"packages/{name}", T + HORIZON) for name in m.vendors.names], axis=1) * scale
    m.stacks_world = _stacks(m, T) * p.hbm.world_scale
    m.hbm_mix = _normal(np.stack([_mix(name, T) for name in catalog.memory()], axis=1))
    m.hbm_price = np.stack(
        [_hbm_price(name, one.price_usd_per_stack, T) for name, one in catalog.memory().items()], axis=1
    )
    m.hbm_standing = np.array(
        [paths.value(f"hbm_china_share/{name}") if name in maker.FOREIGN else 0.0 for name in m.makers.names]
    )
    m.cxmt_generation = list(catalog.memory()).index(CXMT_GENERATION)
    m.cxmt_start = int(np.argmax(m.paths["cxmt_wafers"] > 0)) if m.paths["cxmt_wafers"].any() else T
    m.speed_before = (np.log10(5.0) + np.log10(p.innovation.frontier_growth)) / 12
    slots = {"improve": m.labs.slot, "size": m.labs.slot, "lead": np.arange(len(m.frontier))}
    if m.regime.adaptive:
        slots["mood"] = np.arange(5)
    slots |= {"seizure": m.brokers.slot, "entry": m.brokers.slot}
    slots |= dict.fromkeys(("large", "fail", "enter", "new size", "new skill"), m.labs.slot)
    m.draws = {purpose: chance.uniforms(m.case.seed, purpose, T, place) for purpose, place in slots.items()}


def books(m: "ChipMarket") -> None:
    """Open the ledger with the fleet of 2021, and the records of capability."""
    skus = tuple(dict.fromkeys(m.place.skus))
    generations = tuple(catalog.memory())
    m.ledger = Ledger((*skus, *generations, "die"))
    m.goods = np.array([skus.index(sku) for sku in m.place.skus])
    m.memory = np.arange(len(skus), len(skus) + len(generations))
    m.die = np.array([len(skus) + len(generations)])
    legacy = m.place.slices["legacy"]
    m.legacy_source = np.array([m.place.skus.index(sku) for sku in m.place.skus[legacy]], dtype=np.int64)
    held = m.labs.fleet.sum(axis=(0, 2))[legacy]
    m.ledger.transfer(0, "outside", "labs", m.goods[legacy], held, None, "legacy")
    m.frontier_record, m.china_record, m.frontier_efficiency = [], [], []
    m.us_runs, m.jumps = [], []
    m.startup_weight = lab.unit_weight(m.labs, m.case.seed, m.p)
    m.line_rows = _lines(m)


def _stacks(m: "ChipMarket", months: int) -> Floats:
    """Stacks made a month by each maker's share of world output, (months, makers); none for Chinese makers."""
    shares = [
        paths.path(f"hbm_share/{name}", months) if name in maker.FOREIGN else np.zeros(months)
        for name in m.makers.names
    ]
    return _normal(np.stack(shares, axis=1)) * paths.path("hbm_output", months)[:, None]


def _mix(generation: str, months: int) -> Floats:
    series = f"hbm_mix/{generation}"
    return paths.path(series, months) if paths.has(series) else np.zeros(months)


def _normal(shares: Floats) -> Floats:
    return shares / shares.sum(axis=1, keepdims=True)


def _hbm_price(generation: str, listed: float | None, months: int) -> Floats:
    series = f"hbm_price/{generation}"
    if listed is not None:
        return np.full(months, listed)
    return paths.path(series, months) if paths.has(series) else np.zeros(months)


def _lines(m: "ChipMarket") -> dict[int, NDArray[np.int64]]:
    """For each foreign vendor the products, oldest first, that make up its line for the rest of the world."""
    rows = np.arange(m.foreign.start, m.foreign.stop)
    found = {}
    for place, name in enumerate(m.vendors.names):
        mine = [
            r
            for r in rows
            if m.products.vendor[r] == place
            and m.place.chips[m.place.skus[r]].sold_in_us
            and m.products.packages[r] > 0
        ]
        if mine and name in vendor.FOREIGN:
            found[place] = np.array(mine)
    return found
