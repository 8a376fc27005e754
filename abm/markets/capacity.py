"""What Chinese plants can make: planned, built beyond the plan, and with public money, less what tool controls take."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise
from abm.rules import production
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LOGIC, PACKAGING = (production.INPUTS.index(name) for name in ("logic", "packaging"))


def added(market: Market) -> float:
    """Advanced capacity that public money has added, over the plan."""
    t, d = market.t, market.parameters.domestic
    plan = float(market.setting.paths["smic_wafers"][t]) * d.smic_scale
    built = production.subsidised(market.law.fab_subsidy[: t + 1], d.subsidy_months, d.wafer_capex)
    return built / plan if plan > 0 else 0.0


def wafers(market: Market, added: float) -> float:
    """Advanced wafers a month for AI dies that the foundry has by its plan and public money, less tool controls.

    added   what public money adds, over the plan
    """
    t, paths = market.t, market.setting.paths
    plan = float(paths["smic_wafers"][t] * paths["smic_ai_share"][t]) * market.parameters.domestic.smic_scale
    return plan * (1 + added) * (1 - float(market.law.smic[t]))


@elementwise
def packages(plan: Floats, built: Floats, added: float) -> Floats:
    """Packages a month that a Chinese vendor has: as planned, built beyond the plan, and with the packaging that public
    money adds beside wafers.

    plan    packages/month
    built   packaging over the planned one; added: what public money adds, over the plan
    """
    return plan * (built * (1 + added))


def stacks(market: Market) -> float:
    """Stacks a month that CXMT can make: by its wafers, what it built beyond their plan, public money, yield and tool
    controls."""
    t, p, law, setting = market.t, market.parameters.hbm, market.law, market.setting
    plan = float(setting.paths["cxmt_wafers"][t]) * p.cxmt_scale
    own = float(market.makers.capacity @ market.makers.domestic)
    built = production.subsidised(law.hbm_subsidy[: t + 1], p.subsidy_months, p.wafer_capex)
    wafers = (plan * own + built) * (1 - float(law.cxmt[t])) / (1 - p.tool_drag * float(law.dram_free[t]))
    good = production.die_yield((t - setting.cxmt_start) / 12, p.cxmt_yield, p.cxmt_yield_max, p.cxmt_learning)
    return wafers * p.stacks_per_wafer * good


def invest(market: Market, dies: Floats, need: Floats, pays: Floats) -> None:
    """Chinese vendors have foundry and packaging capacity built where that input is short and chips pay for it.

    dies    (vendors,) dies/month that capacity would give each
    need    (vendors,) dies/month at full packaging
    pays    (vendors,) price of its chips over list
    """
    d, vendors = market.parameters.domestic, market.vendors
    _invest(
        vendors.domestic, vendors.wafers, vendors.packaging, vendors.running, dies, need, pays, d.logic_pull,
        d.packaging_pull, d.build_most, d.build_elasticity, market.law.smic[market.t],
        market.path("investment") / d.build_months,
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
