"""The market for HBM stacks: what is made, what law lets go to China, and who gets it."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.law.levers import POLICIES
from abm.markets.settlement import settle
from abm.rules import expectation, hbm, production
from abm.setting import HORIZON

if TYPE_CHECKING:
    from abm.model import ChipMarket

Floats = NDArray[np.float64]

CASE = POLICIES.index("case_by_case")
DUST = 1e-9
"""Share of orders that rounding may leave: no backlog."""


def made(m: "ChipMarket") -> Floats:
    """Stacks turned out this month, (makers, generations): foreign makers by their shares of the world's path and what
    they built beyond it, CXMT by its wafers, public money, yield and tool controls, throttled when Chinese vendors hold
    stacks for many months."""
    t, p = m.t, m.p.hbm
    output = (m.stacks_world[t] * m.makers.capacity)[:, None] * m.hbm_mix[t][None, :]
    built = production.subsidised(m.schedule.hbm_subsidy[: t + 1], p.subsidy_months, p.wafer_capex)
    wafers = (m.paths["cxmt_wafers"][t] * p.cxmt_scale + built) * (1 - m.schedule.cxmt[t])
    wafers /= 1 - p.tool_drag * m.conditions.dram_free[t]
    good = production.die_yield((t - m.cxmt_start) / 12, p.cxmt_yield, p.cxmt_yield_max, 0.4)
    ease = p.cxmt_stock_open if (m.hbm_mix[t] * (m.schedule.hbm_policy[t] <= CASE)).sum() > 0 else p.cxmt_stock_shut
    held = float(m.vendors.stock.sum()) / max(ease * max(float(m.vendors.use.sum()), 1.0), 1e-9)
    pace = hbm.throttle(held) if m.now.hbm_fear == 0 else 1.0
    output[m.makers.domestic, m.cxmt_generation] = wafers * p.stacks_per_wafer * good * pace
    return output


def allowed(m: "ChipMarket") -> Floats:
    """Share of stacks of each generation that foreign makers may sell to China this month, (generations,); of those
    barred by themselves, what comes packaged with logic where the chip's rule counts for them."""
    s, t = m.schedule, m.t
    policy = s.hbm_policy[t]
    some = float(s.approval_other[t] > 0 and s.hbm_quota[t] > 0)
    packaged = float(s.copackaged[t] and m.p.hbm.copackaged_share > 0)
    return np.where(policy < CASE, 1.0, np.where(policy == CASE, some, packaged)) * s.hbm_free[t]


def approved(m: "ChipMarket") -> float:
    """Share of the stacks ordered that licences are granted for: all where none is needed."""
    s, t = m.schedule, m.t
    return float(s.approval_other[t]) if (s.hbm_policy[t] == CASE).any() else 1.0


def room(m: "ChipMarket", share: float) -> float:
    """Stacks that foreign makers may sell to China in a month: a share of their output, within the quota; where all
    that is made is barred, what comes packaged with logic."""
    s, t, makers = m.schedule, m.t, m.makers
    world = float(makers.output[~makers.domestic].sum())
    policy = s.hbm_policy[t]
    if (policy[m.hbm_mix[t] > 0] > CASE).all():
        return world * min(share, m.p.hbm.copackaged_share)
    return world * (min(share, float(s.hbm_quota[t])) if (policy == CASE).any() else share)


def covered(m: "ChipMarket") -> float:
    """Share of what Chinese vendors need next month that foreign makers may bring in an ordinary one."""
    if not m.now.hbm_open:
        return 0.0
    vendors = m.vendors
    need = float((m.now.need[:, 0] * vendors.running * vendors.domestic).sum())
    return min(room(m, m.p.hbm.china_share) / max(need, 1.0), 1.0)


def needed_ahead(m: "ChipMarket") -> Floats:
    """Stacks a month that Chinese vendors would use at full packaging in each coming month, (vendors, horizon)."""
    ahead = m.packages[m.t + 1 : m.t + 1 + HORIZON]
    per = np.bincount(m.products.vendor[m.home], m.now.mix * m.products.stacks[m.home], len(m.vendors))
    return np.asarray((ahead * per).T)


def sell(m: "ChipMarket", due: Floats, allowed: Floats) -> Floats:
    """Foreign makers deliver what law and output allow of the stacks due, on contract first and then at the spot
    price; returns (makers, generations) sold.

    due   (vendors,) stacks
    """
    makers, vendors, p = m.makers, m.vendors, m.p.hbm
    rush = m.now.hbm_rush
    most = room(m, (1 - rush) * p.china_share + rush * max(p.expedite, p.china_share))
    ready = np.where(makers.domestic, 0.0, m.hbm_standing)
    sold = m.kinds.maker.sell_to_china(makers, float(due.sum()), allowed, ready, most)
    uncontracted = p.china_share * float(makers.output[~makers.domestic].sum())
    m.now.hbm_spot = hbm.spot_index(uncontracted, float(sold.sum()), p.spot_elasticity, p.spot_most)
    m.now.hbm_contract = float(makers.contract[~makers.domestic].mean())
    received = due / max(float(due.sum()), 1e-9) * float(sold.sum())
    _deliver(m, sold, due, hbm.paid_index(received, vendors.contract, m.now.hbm_contract, m.now.hbm_spot))
    vendors.contract[:] = expectation.smooth(vendors.contract, received, 1 / p.renewal_months) * m.now.hbm_open
    left = 1 - float(sold.sum()) / max(float(due.sum()), 1e-9)
    unserved = due * (left if left > DUST else 0.0)
    if m.now.hbm_open:
        vendors.on_order[:, 0] += unserved
    return sold


def sell_domestic(m: "ChipMarket") -> Floats:
    """Chinese makers sell all they have to Chinese vendors, by need; returns stacks received, (vendors,)."""
    makers = m.makers
    need = m.now.need[:, 0]
    m.now.hbm_home = np.where(makers.domestic[:, None] & (need.sum() > 0), makers.stock, 0.0)
    return _deliver(m, m.now.hbm_home, need, np.ones(len(m.vendors)))


def _deliver(m: "ChipMarket", sold: Floats, claims: Floats, index: Floats) -> Floats:
    """Book a sale of stacks (makers, generations), shared among vendors by their claims (vendors,).

    index   (vendors,) price paid over the reference price
    """
    part = claims / max(float(claims.sum()), 1e-9)
    by_generation = sold.sum(axis=0)
    usd = sold * m.hbm_price[m.t] * float((part * index).sum())
    m.makers.stock[:] = np.maximum(m.makers.stock - sold, 0.0)
    m.makers.cash += usd.sum(axis=1)
    m.now.hbm_usd += usd.sum(axis=1)
    m.vendors.stock += part[:, None] * by_generation[None, :]
    m.vendors.cash -= part * index / max(float((part * index).sum()), 1e-12) * usd.sum()
    settle(m, "makers", "vendors", m.memory, by_generation, usd.sum(axis=0), "hbm")
    return np.asarray(part * by_generation.sum())


def sell_abroad(m: "ChipMarket", keep: float) -> None:
    """The rest of the world takes what foreign makers hold beyond `keep` months of output: its contracts at their
    price, the rest on the spot."""
    makers, share = m.makers, m.p.hbm.china_share
    sold = np.where(makers.domestic[:, None], 0.0, np.maximum(makers.stock - keep * makers.output, 0.0))
    free = share * float(makers.output[~makers.domestic].sum()) - float(m.now.hbm_sold.sum())
    spot = min(max(free / max(float(sold.sum()), 1e-9), 0.0), 1.0)
    usd = sold * m.hbm_price[m.t] * (spot * m.now.hbm_spot + (1 - spot) * m.now.hbm_contract)
    makers.stock[:] = np.maximum(makers.stock - sold, 0.0)
    makers.cash += usd.sum(axis=1)
    m.now.hbm_abroad = usd.sum(axis=1)
    settle(m, "makers", "outside", m.memory, sold.sum(axis=0), usd.sum(axis=0), "world")


def shadow_prices(m: "ChipMarket", per_die: Floats, per_stack: Floats, worth: Floats) -> Floats:
    """What one more unit of each input would be worth to each vendor, USD (vendors, inputs).

    per_die, per_stack   (vendors,) dies and stacks a chip takes
    worth                (vendors,) USD a chip earns before memory
    """
    ones = np.ones(len(per_die))
    price = float((m.hbm_mix[m.t] * m.hbm_price[m.t]).sum()) * m.now.hbm_spot
    per = np.stack([per_die, per_stack, ones, ones], axis=1)
    return production.shadow_prices(m.vendors.limits, per, worth, per_stack * price) * m.vendors.domestic[:, None]


def renew(m: "ChipMarket") -> None:
    """Contract prices follow the spot price, and foreign makers build what contract prices pay for."""
    makers, p = m.makers, m.p.hbm
    foreign = ~makers.domestic
    paid = expectation.smooth(makers.contract, np.full(len(makers), m.now.hbm_spot), 1 / p.renewal_months)
    makers.contract[:] = np.where(foreign, paid, makers.contract)
    built = hbm.expand(makers.capacity, makers.contract, p.supply_elasticity, p.expansion_months)
    makers.capacity[:] = np.where(foreign, built, makers.capacity)


def months_to_delivery(m: "ChipMarket") -> Floats:
    """Months until each vendor's next delivery of foreign stacks, the lead time when none is on its way, (vendors,)."""
    coming = m.vendors.on_order >= 1
    return np.where(coming.any(axis=1), coming.argmax(axis=1) + 1.0, float(coming.shape[1]))
