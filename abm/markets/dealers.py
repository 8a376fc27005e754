"""The ways around a licence: what brokers, workshops and hosts have to sell, take in and are paid."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.law.levers import POLICIES
from abm.markets.settlement import settle
from abm.rules import diversion, pricing, production, rental, repurposing

if TYPE_CHECKING:
    from abm.markets.clearing import Book
    from abm.model import ChipMarket

Floats = NDArray[np.float64]

CASE, DENIED = POLICIES.index("case_by_case"), POLICIES.index("presume_deny")
SHOP_BOUNDS = (0.7, 4.0)
"""Bounds of a gaming card's price over list."""
POSTED_SPEED, POSTED_MOST = 0.3, 20.0
"""Largest move of a posted price in a month, in logarithms, and its largest value over list."""
TRIAL = 0.1
"""Margin at which workshops try a card that nobody trades."""


# --- what is on sale ---


def on_sale(m: "ChipMarket") -> Floats:
    """Units that brokers and workshops hold and compute that hosts have to let, (grey, gaming and offshore rows,)."""
    return np.concatenate([m.brokers.stock.sum(axis=0), m.workshops.stock.sum(axis=0), [to_let(m)]])


def to_let(m: "ChipMarket") -> float:
    """Compute abroad that is free this month, H100e, as far as law lets Chinese firms rent it."""
    policy = m.routes.cloud[m.t]
    some = 0.0 if policy >= DENIED else float(m.routes.approval_other[m.t]) if policy == CASE else 1.0
    return some * max(float(m.hosts.capacity[0] - m.labs.rented[:, 1:].sum()), 0.0)


def call(m: "ChipMarket", live: NDArray[np.int64], book: "Book") -> None:
    """Move the prices of what dealers sell part of the way to what a call of the bids finds.

    The call takes up the share `grey.release` of their stock. Money, not units, is bid, so that a price found above the
    expected one leaves some bids unserved and one below it some stock unsold.

    live   products in the book's columns
    """
    g, products = m.p.grey, m.products
    columns = np.flatnonzero((live >= m.grey.start) & (live < m.gaming.stop))
    if g.mechanism != "call_auction" or not len(columns):
        return
    rows = live[columns]
    listed = products.price[rows] / products.factor[rows]
    found = book.found(columns, g.release)
    price = pricing.step_to(products.price[rows], found, listed * (1 + g.floor), g.step)
    products.factor[rows] = price / listed
    products.price[rows] = m.now.price[rows] = price
    m.now.cost[rows] = price + products.host[rows]
    m.now.utility[rows] = m.p.demand.theta * np.log(m.now.value[rows] / (m.now.cost[rows] * m.now.best))


def sell(m: "ChipMarket", units: Floats, paid: Floats) -> None:
    """Brokers, workshops and hosts hand over what labs bought and are paid; (products,) each."""
    for rows, table, sector in ((m.grey, m.brokers, "brokers"), (m.gaming, m.workshops, "workshops")):
        if not units[rows].any():
            continue
        held = table.stock.sum(axis=0)
        part = np.divide(units[rows], held, out=np.zeros_like(held), where=held > 0)
        sold = table.stock * np.minimum(part, 1.0)
        table.stock[:] = table.stock - sold
        table.cash += sold @ np.divide(paid[rows], units[rows], out=np.zeros_like(held), where=units[rows] > 0)
        _move(m, sector, "transit", rows, units[rows], None, "grey" if sector == "brokers" else "gaming")
        m.ledger.pay(m.t, "labs", sector, float(paid[rows].sum()), "cards")
    rows = m.offshore
    m.hosts.cash += paid[rows]
    _move(m, "outside", "hosts", rows, units[rows])
    _move(m, "hosts", "labs", rows, units[rows], paid[rows], "offshore")


def answer_demand(m: "ChipMarket", orders: Floats, supply: Floats) -> None:
    """Posted prices of what dealers sell answer this month's orders and stock; (products,) each."""
    if m.p.grey.mechanism == "call_auction":
        return
    for rows in (m.grey, m.gaming):
        stocked = np.where(supply[rows] > 0, orders[rows], 0.0)
        old = m.products.factor[rows].copy()
        m.products.factor[rows] = repurposing.answer_excess(
            old, stocked, supply[rows], POSTED_SPEED, (1 + m.p.grey.floor, POSTED_MOST)
        )
        m.products.price[rows] *= m.products.factor[rows] / old


# --- grey ---


def leaking(m: "ChipMarket") -> Floats:
    """Units of each product that can leak from third countries' purchases this month, (grey,)."""
    r, t, g = m.routes, m.t, m.p.grey
    bought = m.now.abroad[m.grey_source] * (1 - float(m.paths["us_share"][t]))
    left = (g.outside if r.outside[t] else 1.0) * (g.worldwide if r.worldwide[t] else 1.0)
    return diversion.source(bought, m.now.barred[m.grey_source], g.leak, left)


def strictness(m: "ChipMarket", room: Floats) -> float:
    """Detection rate at unit exposure this month; customs count by the products that can leak, room (grey,) units."""
    r, t, g = m.routes, m.t, m.p.grey
    inspected = float((room * r.inspected[t, m.grey_source]).sum()) / max(float(room.sum()), 1e-9)
    return diversion.enforcement(g.detect, r.budget[t], r.cases[t], g.prosecution, inspected, g.inspection)


def land(m: "ChipMarket", shipped: Floats, caught: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Brokers buy from the rest of the world and ship; returns what landed and what was seized, (grey,).

    shipped   (brokers, grey) units; caught (brokers,) whose shipment is seized
    """
    brokers, rows = m.brokers, m.grey
    total = shipped.sum(axis=0)
    lost = shipped[caught].sum(axis=0)
    brokers.stock += shipped * ~caught[:, None]
    owed = shipped * (1 + brokers.cost)[:, None] * m.products.price[m.grey_source]
    brokers.cash -= owed.sum(axis=1)
    _move(m, "world", "brokers", rows, total, owed.sum(axis=0), "grey")
    _move(m, "brokers", "government", rows, lost, None, "seized")
    return total - lost, lost


def forget(m: "ChipMarket", total: Floats) -> None:
    """Premia of what is neither held nor shipped fade; total (grey,) units shipped."""
    idle = (m.brokers.stock.sum(axis=0) + total) < 1
    m.products.factor[m.grey] += np.where(idle, 0.25 * (1 - m.products.factor[m.grey]), 0.0)


# --- gaming ---


def fill_shops(m: "ChipMarket", base: float) -> None:
    """Cards reach the shops, which pay their list price; base cards/month of the tier."""
    shops, t, rows = m.shops, m.t, m.gaming
    free = m.now.cards_free
    out = shops.released <= t
    shops.barred[:] = np.where(out & (free <= 0), shops.barred + 1, -1.0)
    share = production.world_mix(np.where(free > 0, t - shops.released, -1.0), m.p.gaming.takeover_months)
    come = repurposing.arrivals(base, share, free, shops.barred, shops.price, m.p.gaming.trickle)
    shops.stock += come
    usd = come * listed(m)
    shops.cash -= usd
    _move(m, "outside", "shops", rows, come, usd, "gaming")


def listed(m: "ChipMarket") -> Floats:
    """List prices of gaming cards, USD, (gaming,)."""
    return m.products.price[m.gaming] / m.products.factor[m.gaming]


def gamers_want(m: "ChipMarket", base: float) -> Floats:
    """Cards that gamers and dealers want, (gaming,)."""
    g, shops = m.p.gaming, m.shops
    share = production.world_mix(m.t - shops.released, g.takeover_months)
    return repurposing.gamers(base, share, shops.price, g.elasticity, g.rush * m.routes.card_end[m.t])


def serve(m: "ChipMarket", gamers: Floats, orders: Floats) -> tuple[Floats, float]:
    """Shops sell to gamers (gaming,) and workshops (workshops, gaming) pro rata; prices answer.

    returns   cards workshops took in (workshops, gaming), and the share of their orders that were to be had
    """
    shops, works, rows = m.shops, m.workshops, m.gaming
    wanted = gamers + orders.sum(axis=0)
    share = np.minimum(1.0, np.divide(shops.stock, wanted, out=np.ones_like(wanted), where=wanted > 0))
    taken, gone, price = orders * share, gamers * share, listed(m) * shops.price
    works.cash -= taken @ price
    shops.cash += (gone + taken.sum(axis=0)) * price
    _move(m, "shops", "outside", rows, gone, gone * price, "gamers")
    _move(m, "shops", "workshops", rows, taken.sum(axis=0), taken.sum(axis=0) * price, "gaming")
    shops.price[:] = repurposing.answer_excess(shops.price, wanted, shops.stock, m.p.gaming.speed, SHOP_BOUNDS)
    shops.sold[:] = gone + taken.sum(axis=0)
    shops.stock[:] = np.maximum(shops.stock - shops.sold, 0.0)
    asked = float(orders.sum())
    return taken, float(taken.sum()) / asked if asked > 0 else 0.0


def convert(m: "ChipMarket", taken: Floats) -> Floats:
    """Workshops convert what they took in, pay for it, and scrap what fails; returns converted cards, (gaming,)."""
    works, rows = m.workshops, m.gaming
    made, scrap = repurposing.convert(taken, works.good)
    works.stock += made
    cost = (taken * works.cost[:, None]) @ listed(m)
    works.cash -= cost
    m.ledger.pay(m.t, "workshops", "outside", float(cost.sum()), "conversion")
    _move(m, "workshops", "outside", rows, scrap.sum(axis=0), None, "scrap")
    return np.asarray(made.sum(axis=0))


def ask_anew(m: "ChipMarket") -> None:
    """Converted cards that no workshop holds are asked for at cost and a small margin."""
    works, rows = m.workshops, m.gaming
    if not len(works):
        return
    base, tried = listed(m), repurposing.cost_plus(m.shops.price, works.cost, works.good, TRIAL)
    m.products.factor[rows] = np.where(works.stock.sum(axis=0) >= 1, m.products.factor[rows], tried)
    m.products.price[rows] = base * m.products.factor[rows]


def largest_run(m: "ChipMarket") -> float:
    """Compute that the lab with most money can put on one run, H100e."""
    if not len(m.labs):
        return 0.0
    fleet = m.labs.fleet[int(m.labs.flow.argmax())].sum(axis=1)
    largest = float(fleet @ m.products.compute)
    return largest * (1 - float(m.paths["inference_share"][m.t])) * float(m.paths["run_share/CN"][m.t])


# --- offshore ---


def renew(m: "ChipMarket", signed: Floats) -> None:
    """Contracts (labs,) begin, others run out; all end where access itself is denied."""
    cut = bool(m.routes.cloud[m.t] >= DENIED)
    after, ended = rental.roll(m.labs.rented, signed, cut)
    m.labs.rented[:] = after
    _move(m, "labs", "outside", m.offshore, np.array([ended.sum()]), None, "offshore")


def equip(m: "ChipMarket") -> None:
    """Hosts' capacity and subsidiaries' own follow the rest of the world's fleet and the law, their rent cost and
    demand."""
    r, t, o, hosts, products = m.routes, m.t, m.p.offshore, m.hosts, m.products
    way = rental.route(bool(r.headquarters[t]), bool(r.outside[t]), bool(r.closed[t]), o.left)
    fleet = float(m.world.fleet.sum()) * (o.worldwide if r.worldwide[t] else 1.0)
    free = np.array([to_let(m)])
    bounds = (o.rent_low, o.rent_high)
    if r.cloud[t] < DENIED:
        hosts.rent[:] = repurposing.answer_excess(hosts.rent, products.orders[m.offshore], free, o.speed, bounds)
    kept = m.p.compute.survival * (1 - 1 / m.p.compute.life_months)
    hosts.own[:] = rental.own_centres(fleet * o.own * way, float(hosts.own[0]), bool(r.installed[t]), kept)
    hosts.capacity[:] = fleet * o.share + hosts.own
    abroad = m.now.abroad[m.foreign]
    compute = float((abroad * products.compute[m.foreign]).sum())
    if compute > 0:
        cost = float((abroad * (products.price + products.host)[m.foreign]).sum()) / compute
        products.list_price[m.offshore] = rental.yearly_rent(cost, o.amortised, o.markup, o.months)
    products.factor[m.offshore] = hosts.rent


# --- the accounts ---


def _move(
    m: "ChipMarket",
    sender: str,
    receiver: str,
    rows: slice,
    units: Floats,
    usd: Floats | None = None,
    channel: str = "",
) -> None:
    """Book a transfer of some rows of the product axis, if there is any."""
    if units.any():
        settle(m, sender, receiver, m.goods[rows], units, usd, channel)


def differences(m: "ChipMarket") -> dict[str, float]:
    """How far the tables of brokers, shops, workshops and hosts are from the ledger's."""
    tables = {"brokers": (m.brokers, m.grey), "shops": (m.shops, m.gaming), "workshops": (m.workshops, m.gaming)}
    gaps = {}
    for name, (table, rows) in tables.items():
        held = table.stock if name == "shops" else table.stock.sum(axis=0)
        gaps[name] = m.ledger.difference(name, m.goods[rows], held)
        gaps[f"{name}' money"] = m.ledger.money_difference(name, float(table.cash.sum()))
    gaps["rented"] = m.ledger.difference("labs", m.goods[m.offshore], np.array([m.labs.rented.sum()]))
    gaps["hosts' money"] = m.ledger.money_difference("hosts", float(m.hosts.cash.sum()))
    return gaps
