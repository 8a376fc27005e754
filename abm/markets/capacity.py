"""What Chinese plants can make: planned, built beyond the plan, and with public money, less what tool controls take."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise, part
from abm.rules import production
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LOGIC, PACKAGING = (production.INPUTS.index(name) for name in ("logic", "packaging"))


@part
def added(market: Market, plan: float) -> float:
    """Advanced capacity that public money has added, over the plan: wafers a month as in `inputs.csv`."""
    t, d = market.t, market.parameters.domestic
    scaled = plan * d.smic_scale
    built = production.subsidised(market.law.fab_subsidy[: t + 1], d.subsidy_months, d.wafer_capex)
    return built / scaled if scaled > 0 else 0.0


@part
def wafers(market: Market, plan: float, added: float) -> float:
    """Advanced wafers a month for AI dies that the foundry has by its plan and public money, less tool controls.

    plan    wafers a month for AI dies as in `inputs.csv`; added: what public money adds, over the plan
    """
    return plan * market.parameters.domestic.smic_scale * (1 + added) * (1 - market.law.smic[market.t])


@elementwise
def packages(plan: Floats, built: Floats, added: float) -> Floats:
    """Packages a month that a Chinese vendor has: as planned, built beyond the plan, and with the packaging that public
    money adds beside wafers.

    plan    packages/month
    built   packaging over the planned one; added: what public money adds, over the plan
    """
    return plan * (built * (1 + added))


@part
def stacks(market: Market, plan: float) -> float:
    """Stacks a month that CXMT can make: by its wafers, what it built beyond their plan, public money, yield and tool
    controls; plan: wafers a month as in `inputs.csv`."""
    t, p, law, makers = market.t, market.parameters.hbm, market.law, market.makers
    own = 0.0
    for m in range(len(makers.capacity)):
        own += makers.capacity[m] * makers.domestic[m]
    built = production.subsidised(law.hbm_subsidy[: t + 1], p.subsidy_months, p.wafer_capex)
    wafers = (plan * p.cxmt_scale * own + built) * (1 - law.cxmt[t]) / (1 - p.tool_drag * law.dram_free[t])
    years = (t - market.setting.cxmt_start) / 12
    return wafers * p.stacks_per_wafer * production.die_yield(years, p.cxmt_yield, p.cxmt_yield_max, p.cxmt_learning)


@part
def invest(market: Market, dies: Floats, need: Floats, pays: Floats, pace: float) -> None:
    """Chinese vendors have foundry and packaging capacity built where that input is short and chips pay for it.

    dies    (vendors,) dies/month that capacity would give each
    need    (vendors,) dies/month at full packaging
    pays    (vendors,) price of its chips over list
    pace    how far vendors invest beyond plans
    """
    d, vendors = market.parameters.domestic, market.vendors
    _invest(
        vendors.domestic, vendors.wafers, vendors.packaging, vendors.running, dies, need, pays, d.logic_pull,
        d.packaging_pull, d.build_most, d.build_elasticity, market.law.smic[market.t],
        pace / d.build_months,
    )  # fmt: skip


@compiled
def _invest(
    domestic: Bools, wafers: Floats, packaging: Floats, running: Floats, dies: Floats, need: Floats, pays: Floats,
    logic_pull: float, packaging_pull: float, most: float, elasticity: float, slow: float, pace: float,
) -> None:  # fmt: skip
    for v in range(len(domestic)):
        if domestic[v]:
            short = running[v, LOGIC] * need[v] / max(dies[v], 1e-9)
            for_wafers, for_packages = pays[v] * short / logic_pull, pays[v] * running[v, PACKAGING] / packaging_pull
            wafers[v] = production.build(wafers[v], for_wafers, most, elasticity, slow, pace)
            packaging[v] = production.build(packaging[v], for_packages, most, elasticity, slow, pace)
