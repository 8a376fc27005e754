"""The market for HBM stacks: what is made, what law lets go to China, and who gets it."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.foundation.arrays import product, total
from abm.foundation.compiled import compiled, part
from abm.law.levers import POLICIES
from abm.markets import capacity
from abm.rules import expectation, hbm, production
from abm.state import HORIZON, Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]
Codes = NDArray[np.int8]

CASE = POLICIES.index("case_by_case")
LOGIC, HBM = production.INPUTS.index("logic"), production.HBM
DUST = 1e-9
"""Share of orders that rounding may leave: no backlog."""


# --- what is needed, and what is made ---


@part
def needed_ahead(market: Market, mix: Floats, added: float) -> Floats:
    """Stacks a month that Chinese vendors would use at full packaging in each coming month, (vendors, horizon).

    mix     (home,) share of its packaging that each vendor gives a product
    added   capacity that public money adds, over the plan
    """
    vendors, products, home = market.vendors, market.products, market.axis.domestic
    return _needed_ahead(
        market.setting.packages, market.t, vendors.domestic, vendors.packaging, vendors.packaging_begun, added,
        1 / market.parameters.domestic.build_months, mix, products.stacks[home.start : home.stop],
        products.vendor[home.start : home.stop],
    )  # fmt: skip


@compiled
def _needed_ahead(
    record: Floats, t: int, domestic: Bools, built: Floats, begun: Floats, added: float, pace: float, mix: Floats,
    stacks: Floats, vendor: Rows,
) -> Floats:  # fmt: skip
    need = np.zeros((len(domestic), HORIZON))
    for v in range(len(domestic)):
        per = 0.0
        for k in range(len(mix)):
            if vendor[k] == v:
                per += mix[k] * stacks[k]
        if domestic[v] and per > 0:
            left = begun[v]
            for month in range(HORIZON):
                plant = built[v] + begun[v] - left
                need[v, month] = capacity.packages(record[t + 1 + month, v], plant, added) * per
                left *= 1 - pace
    return need


@part
def turn_out(market: Market, at_home: float, use: Floats) -> tuple[float, float, Floats]:
    """Makers' output of the month: foreign ones' by their shares of the world's path and what they built beyond it,
    CXMT's by its capacity, throttled when Chinese vendors hold stacks for many months of the use they count on.

    at_home   stacks a month that CXMT can make
    use       (vendors,) stacks that they count on using next month
    returns   stacks made in China, stacks that vendors hold over those at which CXMT slows down, and what each can have
              from it (vendors,)
    """
    setting, p, makers = market.setting, market.parameters.hbm, market.makers
    return _turn_out(
        makers.output, makers.domestic, makers.capacity, market.t, setting.stacks_world, setting.hbm_mix,
        setting.cxmt_generation, at_home, market.vendors.stock, use, p.cxmt_stock, p.cxmt_least,
    )  # fmt: skip


@compiled
def _turn_out(
    output: Floats, domestic: Bools, built: Floats, t: int, world: Floats, mix: Floats, own: int, at_home: float,
    stock: Floats, use: Floats, full: float, least: float,
) -> tuple[float, float, Floats]:  # fmt: skip
    held, wanted, made, income = 0.0, 0.0, 0.0, np.zeros(len(use))
    for v in range(len(use)):
        wanted += use[v]
        for generation in range(stock.shape[1]):
            held += stock[v, generation]
    for v in range(len(use)):
        income[v] = use[v] / max(wanted, 1e-9) * at_home

    filled = held / max(full * max(wanted, 1.0), 1e-9)
    for m in range(len(domestic)):
        for generation in range(output.shape[1]):
            output[m, generation] = world[t, m] * built[m] * mix[t, generation]
        if domestic[m]:
            output[m, own] = at_home * hbm.throttle(filled, least)
            made += output[m, own]
    return made, filled, income


# --- what law lets go to China ---


class Foreign(NamedTuple):
    """Foreign stacks of a month: what is made, at what price, and what law lets go to China.

    made      stacks that foreign makers make
    price     mean price of the stacks made, USD a stack
    allowed   (generations,) share of the stacks at hand that may go; of those barred by themselves, what comes packaged
              with logic where the chip's rule counts for them
    open      whether any may go that are there
    granted   share of the stacks ordered that licences are granted for: all where none is needed
    most      share of what is made that may go: the quota where licences are needed, and what comes packaged with logic
              where all that is made is barred
    """

    made: float
    price: float
    allowed: Floats
    open: bool
    granted: float
    most: float


@part
def foreign(market: Market) -> Foreign:
    """Foreign stacks of the month."""
    law, t, makers, setting = market.law, market.t, market.makers, market.setting
    licences, quota = law.approval_other[t], law.hbm_quota[t]
    packaged = market.parameters.hbm.copackaged_share if law.copackaged[t] else 0.0
    made, price, allowed, ready, reviewed, barred = _foreign(
        makers.domestic, makers.output, makers.stock, t, setting.hbm_mix, setting.hbm_price, law.hbm_policy,
        law.hbm_free, licences > 0 and quota > 0, packaged > 0,
    )  # fmt: skip
    most = market.parameters.hbm.copackaged_share if barred else quota if reviewed else math.inf
    return Foreign(made, price, allowed, ready > 0, licences if reviewed else 1.0, most)


@compiled
def _foreign(
    domestic: Bools, output: Floats, stock: Floats, t: int, mix: Floats, prices: Floats, policy: Codes, free: Floats,
    licensed: bool, packaged: bool,
) -> tuple[float, float, Floats, float, bool, bool]:  # fmt: skip
    """What is made, its mean price, the share of each generation that may go, stacks that may, whether any is reviewed
    case by case, and whether all that is made is barred."""
    made, price, ready, allowed = 0.0, 0.0, 0.0, np.zeros(policy.shape[1])
    reviewed, barred = False, True
    for g in range(policy.shape[1]):
        price += mix[t, g] * prices[t, g]
        reviewed = reviewed or policy[t, g] == CASE
        barred = barred and (policy[t, g] > CASE or mix[t, g] <= 0)
        if policy[t, g] < CASE or (licensed if policy[t, g] == CASE else packaged):
            allowed[g] = free[t, g]
        for m in range(len(domestic)):
            if not domestic[m]:
                ready += allowed[g] * stock[m, g]
                made += output[m, g]
    return made, price, allowed, ready, reviewed, barred


@part
def room(foreign: Foreign, share: float) -> float:
    """Stacks that may go to China in a month in which makers would sell it a share of their output."""
    return foreign.made * min(share, foreign.most)


@part
def most(market: Market, foreign: Foreign, rush: float) -> float:
    """Stacks that foreign makers may sell to China this month, of which a part may be rushed."""
    p = market.parameters.hbm
    return room(foreign, (1 - rush) * p.china_share + rush * max(p.expedite, p.china_share))


@part
def queue(market: Market, foreign: Foreign, rush: float) -> float:
    """Stacks that makers keep on order: what they may sell in this month and the lead time after it, and in one more
    month, so that a month of few orders is not followed by one of few deliveries."""
    return (2 + market.parameters.hbm.lead_months) * most(market, foreign, rush)


# --- orders and sales ---


@part
def due(market: Market, foreign: Foreign, ordered: Floats, rush: float) -> Floats:
    """Orders come a month nearer, and makers keep as many on order as they may sell in a lead time; returns what is due
    this month and licensed, (vendors,): all that is on order in a rush, and nothing, with every order cancelled, where
    none may be sold.

    ordered   (vendors,) stacks ordered this month
    """
    kept = queue(market, foreign, rush)
    return _due(market.vendors.on_order, ordered, kept, rush > 0, foreign.open, foreign.granted)


@compiled
def _due(on_order: Floats, ordered: Floats, room: float, rushed: bool, is_open: bool, granted: float) -> Floats:
    vendors, lead = on_order.shape
    coming, wanted = 0.0, 0.0
    for v in range(vendors):
        wanted += ordered[v]
        for month in range(lead):
            coming += on_order[v, month]
    accepted = min(1.0, max(room - coming, 0.0) / max(wanted, 1e-9))

    due = np.zeros(vendors)
    for v in range(vendors):
        ready = on_order[v, 0]
        for month in range(lead):
            on_order[v, month] = on_order[v, month + 1] if month + 1 < lead else ordered[v] * accepted
            if rushed:
                ready += on_order[v, month]
            if rushed or not is_open:
                on_order[v, month] = 0.0
        due[v] = ready * granted if is_open else 0.0
    return due


class Sales(NamedTuple):
    """Stacks sold in a month, (makers, generations) each, and at what price over the reference price.

    to_china       by foreign makers: to whom they are due, contracts coming before the spot market
    at_home        by Chinese makers, all that they have: to vendors by the use these count on
    abroad         by foreign makers to the rest of the world: what they hold beyond their stock for China
    due, use       (vendors,) claims to the first two; paid: (vendors,) price of the first
    contract       of foreign makers; spot: of stacks without a contract
    home           of Chinese makers; away: abroad, on contract and on the spot
    """

    to_china: Floats
    at_home: Floats
    abroad: Floats
    due: Floats
    use: Floats
    paid: Floats
    contract: float
    spot: float
    home: float
    away: float


@part
def sell(market: Market, foreign: Foreign, to_china: Floats, due: Floats, use: Floats, rush: float) -> Sales:
    """All stacks find buyers, and vendors' contracts follow what they receive; what is due and not served stays due, as
    far as makers keep orders.

    to_china   (makers, generations) stacks that foreign makers sell there
    due        (vendors,) stacks; use: (vendors,) those that they count on using next month
    """
    makers, vendors, p = market.makers, market.vendors, market.parameters.hbm
    paid, at_home, abroad, contract, spot, home, away = _sell(
        makers.domestic, makers.contract, makers.stock, makers.output, to_china, due, use, vendors.contract,
        vendors.on_order, foreign.open, queue(market, foreign, rush), p.china_share * foreign.made,
        max(p.expedite - 1, 0.0), p.spot_elasticity, p.spot_most, 1 / p.renewal_months,
    )  # fmt: skip
    return Sales(to_china, at_home, abroad, due, use, paid, contract, spot, home, away)


@compiled
def _sell(
    domestic: Bools, contracts: Floats, stock: Floats, output: Floats, to_china: Floats, due: Floats, use: Floats,
    contracted: Floats, on_order: Floats, is_open: bool, room: float, free: float, keep: float, elasticity: float,
    most: float, renewed: float,
) -> tuple[Floats, Floats, Floats, float, float, float, float]:  # fmt: skip
    """What vendors pay for foreign stacks, stacks sold at home and abroad, and prices on contract, on the spot, at home
    and abroad.

    room   stacks that makers keep on order; free: those beyond the contracts of buyers abroad
    keep   stock that makers keep for China, over their output; renewed: share of contracts renewed in a month
    """
    contract, home = _means(contracts, domestic)
    total, asked, wanted, rest = 0.0, 0.0, 0.0, 0.0
    for v in range(len(due)):
        asked += due[v]
        wanted += use[v]
    at_home, abroad = np.zeros(stock.shape), np.zeros(stock.shape)
    for m in range(stock.shape[0]):
        for g in range(stock.shape[1]):
            total += to_china[m, g]
            if not domestic[m]:
                abroad[m, g] = max(stock[m, g] - to_china[m, g] - keep * output[m, g], 0.0)
            elif wanted > 0:
                at_home[m, g] = stock[m, g]
            rest += abroad[m, g]

    spot = hbm.spot_index(free, total, elasticity, most)
    served, left = total / max(asked, 1e-9), min(1 - total / max(asked, 1e-9), room / max(asked, 1e-9))
    paid = _receive(due, served, left if left > DUST else 0.0, contract, spot, contracted, on_order, renewed, is_open)
    share = min(max((free - total) / max(rest, 1e-9), 0.0), 1.0)
    return paid, at_home, abroad, contract, spot, home, share * spot + (1 - share) * contract


@compiled
def _receive(
    due: Floats, served: float, backlog: float, contract: float, spot: float, contracted: Floats, on_order: Floats,
    renewed: float, is_open: bool,
) -> Floats:  # fmt: skip
    """Vendors receive a share of what is due to them, their contracts follow it, and a share stays due; returns what
    each pays over the reference price, (vendors,)."""
    paid = np.zeros(len(due))
    for v in range(len(due)):
        received = due[v] * served
        paid[v] = hbm.paid_index(received, contracted[v], contract, spot)
        contracted[v] = expectation.smooth(contracted[v], received, renewed) if is_open else 0.0
        on_order[v, 0] += due[v] * backlog
    return paid


@compiled
def _means(column: Floats, domestic: Bools) -> tuple[float, float]:
    """Means over foreign and over Chinese makers."""
    foreign, chinese, count = 0.0, 0.0, 0
    for m in range(len(column)):
        if domestic[m]:
            chinese += column[m]
            count += 1
        else:
            foreign += column[m]
    return foreign / (len(column) - count), chinese / max(count, 1)


# --- prices and what follows from them ---


@part
def shortage(market: Market, foreign: Foreign, need: Floats, at_home: float) -> float:
    """Stacks a month that Chinese vendors could use over those that they can have, from CXMT and from abroad.

    need      (vendors, horizon) stacks/month at full packaging
    at_home   stacks a month that CXMT can make
    """
    abroad = room(foreign, market.parameters.hbm.china_share) if foreign.open else 0.0
    return total(product(need[:, 0], market.vendors.running[:, HBM])) / max(at_home + abroad, 1.0)


@part
def renew_contracts(market: Market, spot: float, filled: float) -> None:
    """Contract prices follow the spot price, at Chinese makers the stocks of their customers.

    filled   stacks that Chinese vendors hold over those at which CXMT slows down
    """
    makers, p = market.makers, market.parameters.hbm
    home = hbm.stock_index(filled, p.spot_elasticity, p.spot_most)
    _renew_contracts(makers.contract, makers.domestic, spot, home, 1 / p.renewal_months)


@compiled
def _renew_contracts(contract: Floats, domestic: Bools, spot: float, home: float, renewed: float) -> None:
    for m in range(len(contract)):
        contract[m] = expectation.smooth(contract[m], home if domestic[m] else spot, renewed)


# --- what stacks are used, and what one more would be worth ---


@part
def usable(market: Market, foreign: Foreign, need: Floats, income: Floats, is_open: bool) -> Floats:
    """Stacks that each vendor allows itself to use this month, (vendors,): of what did not come from Chinese makers, as
    much as lasts until the next delivery, in so far as foreign makers may bring what is needed next month.

    need to is_open   fields of HbmMonth
    """
    vendors, p = market.vendors, market.parameters.hbm
    ready = room(foreign, p.china_share) if is_open else 0.0
    return _usable(vendors.domestic, vendors.stock, vendors.on_order, vendors.running, need, income, ready, p.release)


@compiled
def _usable(
    domestic: Bools, stock: Floats, on_order: Floats, running: Floats, need: Floats, income: Floats, room: float,
    release: float,
) -> Floats:  # fmt: skip
    wanted, found = 0.0, np.zeros(len(income))
    for v in range(len(income)):
        wanted += need[v, 0] * running[v, HBM] * domestic[v]
    covered = min(room / max(wanted, 1.0), 1.0)

    for v in range(len(income)):
        held, wait = 0.0, on_order.shape[1]
        for generation in range(stock.shape[1]):
            held += stock[v, generation]
        for month in range(on_order.shape[1] - 1, -1, -1):
            if on_order[v, month] >= 1:
                wait = month + 1
        found[v] = hbm.usable(held, income[v], release, wait, covered)
    return found


@part
def shadow_prices(market: Market, price: float, per_die: Floats, per_stack: Floats, worth: Floats) -> Floats:
    """What one more unit of each input would be worth to each vendor, USD (vendors, inputs).

    price                USD a stack
    per_die, per_stack   (vendors,) dies and stacks a chip takes
    worth                (vendors,) USD a chip earns before memory
    """
    vendors = market.vendors
    return _shadow_prices(vendors.domestic, vendors.limits, price, per_die, per_stack, worth)


@compiled
def _shadow_prices(
    domestic: Bools, limits: Floats, price: float, per_die: Floats, per_stack: Floats, worth: Floats
) -> Floats:
    per, memory = np.zeros(limits.shape), np.zeros(len(worth))
    for v in range(len(worth)):
        memory[v] = per_stack[v] * price
        for one in range(limits.shape[1]):
            per[v, one] = per_die[v] if one == LOGIC else per_stack[v] if one == HBM else 1.0
            per[v, one] *= domestic[v]
    return production.shadow_prices(limits, per, worth, memory)
