"""The market for HBM stacks: what is made, what law lets go to China, and who gets it."""

import numpy as np
from numpy.typing import NDArray

from abm.law.levers import POLICIES
from abm.markets import capacity, settlement
from abm.records import Outlook
from abm.rules import expectation, hbm, production
from abm.state import HORIZON, Market

Floats = NDArray[np.float64]

CASE = POLICIES.index("case_by_case")
HBM = production.INPUTS.index("hbm")
DUST = 1e-9
"""Share of orders that rounding may leave: no backlog."""


def output(market: Market, at_home: float, use: Floats) -> Floats:
    """Stacks turned out this month, (makers, generations): foreign makers by their shares of the world's path and what
    they built beyond it, CXMT by its capacity, throttled when Chinese vendors hold stacks for many months of the use
    they count on.

    at_home   stacks a month that CXMT can make
    use       (vendors,) stacks that they count on using next month
    """
    t, p, makers, setting = market.t, market.parameters.hbm, market.makers, market.setting
    made = (setting.stacks_world[t] * makers.capacity)[:, None] * setting.hbm_mix[t][None, :]
    made[makers.domestic, setting.cxmt_generation] = at_home * hbm.throttle(filled(market, use), p.cxmt_least)
    return made


def filled(market: Market, use: Floats) -> float:
    """Stacks that Chinese vendors hold over those at which CXMT slows down.

    use   (vendors,) stacks that they count on using next month
    """
    full = market.parameters.hbm.cxmt_stock * max(float(use.sum()), 1.0)
    return float(market.vendors.stock.sum()) / max(full, 1e-9)


def allowed(market: Market) -> Floats:
    """Share of stacks of each generation that foreign makers may sell to China this month, (generations,); of those
    barred by themselves, what comes packaged with logic where the chip's rule counts for them."""
    law, t = market.law, market.t
    policy = law.hbm_policy[t]
    some = float(law.approval_other[t] > 0 and law.hbm_quota[t] > 0)
    packaged = float(law.copackaged[t] and market.parameters.hbm.copackaged_share > 0)
    return np.where(policy < CASE, 1.0, np.where(policy == CASE, some, packaged)) * law.hbm_free[t]


def approved(market: Market) -> float:
    """Share of the stacks ordered that licences are granted for: all where none is needed."""
    law, t = market.law, market.t
    return float(law.approval_other[t]) if (law.hbm_policy[t] == CASE).any() else 1.0


def room(market: Market, share: float) -> float:
    """Stacks that foreign makers may sell to China in a month: a share of their output, within the quota; where all
    that is made is barred, what comes packaged with logic."""
    law, t, makers = market.law, market.t, market.makers
    world = float(makers.output[~makers.domestic].sum())
    policy = law.hbm_policy[t]
    if (policy[market.setting.hbm_mix[t] > 0] > CASE).all():
        return world * min(share, market.parameters.hbm.copackaged_share)
    return world * (min(share, float(law.hbm_quota[t])) if (policy == CASE).any() else share)


def most(market: Market, rush: float) -> float:
    """Stacks that foreign makers may sell to China this month, of which a part may be rushed."""
    p = market.parameters.hbm
    return room(market, (1 - rush) * p.china_share + rush * max(p.expedite, p.china_share))


def covered(market: Market, need: Floats) -> float:
    """Share of what Chinese vendors need next month that foreign makers may bring in an ordinary one, while any may.

    need   (vendors, horizon) stacks that full packaging needs
    """
    vendors = market.vendors
    wanted = float((need[:, 0] * vendors.running[:, HBM] * vendors.domestic).sum())
    return min(room(market, market.parameters.hbm.china_share) / max(wanted, 1.0), 1.0)


def needed_ahead(market: Market, mix: Floats) -> Floats:
    """Stacks a month that Chinese vendors would use at full packaging in each coming month, (vendors, horizon).

    mix   (home,) share of its packaging that each vendor gives a product
    """
    home, products = market.axis.domestic, market.products
    ahead = capacity.packages(market, 1, 1 + HORIZON)
    per = np.bincount(products.vendor[home], mix * products.stacks[home], len(market.vendors))
    return np.asarray((ahead * per).T)


def due(market: Market, need: Floats, use: Floats, at_home: float, outlook: Outlook, open_now: bool) -> Floats:
    """Vendors order foreign stacks beyond what Chinese makers can deliver, and makers keep as many on order as they may
    sell in a lead time; returns what is due this month, (vendors,): all that is on order in a rush, and nothing, with
    every order cancelled, where none may be sold.

    need      (vendors, horizon) stacks that full packaging needs
    use       (vendors,) stacks that they count on using next month
    at_home   stacks a month that Chinese makers can make
    """
    vendors, fear, rush = market.vendors, outlook.hbm_fear, outlook.hbm_rush
    income = use / max(float(use.sum()), 1e-9) * at_home
    ordered = vendors.order_stacks(need, income, reference_price(market), fear)
    accepted = max(_queue(market, rush) - float(vendors.on_order.sum()), 0.0)
    ordered *= min(1.0, accepted / max(float(ordered.sum()), 1e-9))
    ready: Floats = vendors.on_order[:, 0].copy()
    vendors.on_order[:, :-1] = vendors.on_order[:, 1:]
    vendors.on_order[:, -1] = ordered
    if rush > 0:
        ready += vendors.on_order.sum(axis=1)
        vendors.on_order[:] = 0.0
    if not open_now:
        ready[:] = 0.0
        vendors.on_order[:] = 0.0
    return ready


def _queue(market: Market, rush: float) -> float:
    """Stacks that makers keep on order: what they may sell in this month and the lead time after it."""
    return (1 + market.parameters.hbm.lead_months) * most(market, rush)


def sell_to_china(
    market: Market, due: Floats, allowed: Floats, rush: float, open_now: bool
) -> tuple[Floats, float, float, Floats]:
    """Foreign makers deliver what law and output allow of the stacks due, on contract first and then at the spot price.

    due       (vendors,) stacks
    returns   sold (makers, generations), contract and spot price over the reference price, USD earned (makers,)
    """
    makers, vendors, p = market.makers, market.vendors, market.parameters.hbm
    ready = np.where(makers.domestic, 0.0, market.setting.hbm_standing)
    sold = makers.sell_to_china(float(due.sum()), allowed, ready, most(market, rush))
    uncontracted = p.china_share * float(makers.output[~makers.domestic].sum())
    spot = hbm.spot_index(uncontracted, float(sold.sum()), p.spot_elasticity, p.spot_most)
    contract = float(makers.contract[~makers.domestic].mean())
    received = due / max(float(due.sum()), 1e-9) * float(sold.sum())
    index = hbm.paid_index(received, vendors.contract, contract, spot)
    _, usd = settlement.deliver_stacks(market, sold, due, index)
    vendors.contract[:] = expectation.smooth(vendors.contract, received, 1 / p.renewal_months) * open_now
    asked = max(float(due.sum()), 1e-9)
    left = min(1 - float(sold.sum()) / asked, _queue(market, rush) / asked)
    vendors.on_order[:, 0] += due * (left if left > DUST else 0.0)
    return sold, contract, spot, usd


def sell_at_home(market: Market, use: Floats) -> tuple[Floats, Floats, Floats]:
    """Chinese makers sell all they have to Chinese vendors at their price, by the use these count on; returns stacks
    sold (makers, generations), received (vendors,), and USD earned (makers,).

    use   (vendors,) stacks that they count on using next month
    """
    makers = market.makers
    sold = np.where(makers.domestic[:, None] & (use.sum() > 0), makers.stock, 0.0)
    price = float(makers.contract[makers.domestic].mean())
    received, usd = settlement.deliver_stacks(market, sold, use, np.full(len(market.vendors), price))
    return sold, received, usd


def sell_abroad(market: Market, to_china: float, contract: float, spot: float) -> Floats:
    """The rest of the world takes what foreign makers hold beyond their stock for China: its contracts at their price,
    the rest on the spot; returns USD earned, (makers,).

    to_china   stacks sold there this month
    """
    makers, p = market.makers, market.parameters.hbm
    keep = max(p.expedite - 1, 0.0)
    sold = np.where(makers.domestic[:, None], 0.0, np.maximum(makers.stock - keep * makers.output, 0.0))
    free = p.china_share * float(makers.output[~makers.domestic].sum()) - to_china
    share = min(max(free / max(float(sold.sum()), 1e-9), 0.0), 1.0)
    usd = sold * market.setting.hbm_price[market.t] * (share * spot + (1 - share) * contract)
    settlement.sell_stacks_abroad(market, sold, usd)
    return np.asarray(usd.sum(axis=1))


def shadow_prices(market: Market, spot: float, per_die: Floats, per_stack: Floats, worth: Floats) -> Floats:
    """What one more unit of each input would be worth to each vendor, USD (vendors, inputs).

    per_die, per_stack   (vendors,) dies and stacks a chip takes
    worth                (vendors,) USD a chip earns before memory
    """
    ones, vendors = np.ones(len(per_die)), market.vendors
    price = reference_price(market) * spot
    per = np.stack([per_die, per_stack, ones, ones], axis=1)
    return production.shadow_prices(vendors.limits, per, worth, per_stack * price) * vendors.domestic[:, None]


def renew_contracts(market: Market, spot: float, filled: float) -> None:
    """Contract prices follow the spot price, at Chinese makers the stocks of their customers, and makers build what
    contract prices pay for: Chinese ones beyond what their plan presumes, as far as tool controls let them.

    filled   stacks that Chinese vendors hold over those at which CXMT slows down
    """
    makers, p, slow = market.makers, market.parameters.hbm, float(market.law.cxmt[market.t])
    home = hbm.stock_index(filled * p.cxmt_pull, p.spot_elasticity, p.spot_most)
    paid = np.where(makers.domestic, 1 + market.path("investment") * (home - 1), spot)
    makers.contract[:] = expectation.smooth(makers.contract, paid, 1 / p.renewal_months)
    pace = np.where(makers.domestic, market.path("investment"), 1.0) / p.expansion_months
    held_back = np.where(makers.domestic, slow, 0.0)
    makers.capacity[:] = production.build(
        makers.capacity, makers.contract, p.spot_most, p.supply_elasticity, held_back, pace
    )


def reference_price(market: Market) -> float:
    """Mean price of the stacks made this month, USD a stack."""
    t, setting = market.t, market.setting
    return float((setting.hbm_mix[t] * setting.hbm_price[t]).sum())


def months_to_delivery(market: Market) -> Floats:
    """Months until each vendor's next delivery of foreign stacks, the lead time when none is on its way, (vendors,)."""
    coming = market.vendors.on_order >= 1
    return np.where(coming.any(axis=1), coming.argmax(axis=1) + 1.0, float(coming.shape[1]))
