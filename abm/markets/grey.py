"""The grey market: prices that dealers call or post, what can leak, and what brokers land."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.arrays import product, total
from abm.foundation.compiled import compiled, part
from abm.markets.clearing import clearing_price
from abm.records import Offers, Sales
from abm.rules import diversion, pricing, repurposing
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]


@part
def call_prices(market: Market, live: Rows, money: Floats, limit: Floats, supply: Floats, asked: Floats) -> None:
    """Move the prices of what dealers sell part of the way to what a call of the bids finds.

    The call takes up the share `grey.release` of their stock. Money, not units, is bid, so that a price found above the
    expected one leaves some bids unserved and one below it some stock unsold. Arguments as in `_call`.
    """
    g, products, axis = market.parameters.grey, market.products, market.axis
    _call(
        live, axis.grey.start, axis.gaming.stop, money, limit, supply, g.release, g.floor, g.step, products.price,
        products.factor, asked,
    )  # fmt: skip


@compiled
def _call(
    live: Rows, first: int, last: int, money: Floats, limit: Floats, supply: Floats, release: float, least: float,
    step: float, price: Floats, factor: Floats, asked: Floats,
) -> None:  # fmt: skip
    """Prices that dealers ask, USD, and prices over list, (products,) both, go part of the way to those found.

    live, asked     (live,) places on the product axis, where dealers' goods are from first to last; USD
    money, limit    (labs, live) USD bid; USD at most; supply: (live,) units, of which a share is released
    least           price over list, less 1, below which dealers do not sell
    """
    for k in range(len(live)):
        row = live[k]
        if first <= row < last:
            found = clearing_price(money[:, k], limit[:, k], release * supply[k])
            listed = price[row] / factor[row]
            price[row] = pricing.step_to(price[row], found, listed * (1 + least), step)
            factor[row] = price[row] / listed
            asked[k] = price[row]


def adapt_posted_prices(market: Market, sales: Sales, offers: Offers) -> None:
    """Posted prices of what dealers sell answer this month's orders and stock."""
    g, products = market.parameters.grey, market.products
    if g.mechanism == "call_auction":
        return
    orders, supply = sales.orders, offers.supply
    for rows in (market.axis.grey, market.axis.gaming):
        stocked = np.where(supply[rows] > 0, orders[rows], 0.0)
        old = products.factor[rows].copy()
        bounds = (1 + g.floor, g.posted_most)
        products.factor[rows] = repurposing.answer_excess(old, stocked, supply[rows], g.posted_speed, bounds)
        products.price[rows] *= products.factor[rows] / old


@part
def leaking(market: Market, barred: Bools, abroad: Floats, us: float) -> Floats:
    """Units of each product that can leak from third countries' purchases this month, (grey,).

    barred   (foreign,) what law denies
    abroad   (products,) units sold to the rest of the world, of which US leaders take a share
    """
    law, t, g = market.law, market.t, market.parameters.grey
    left = (g.outside if law.outside[t] else 1.0) * (g.worldwide if law.worldwide[t] else 1.0)
    return _leaking(abroad, barred, market.axis.grey_source, 1 - us, g.leak, left)


@compiled
def _leaking(abroad: Floats, barred: Bools, source: Rows, rest: float, leak: float, left: float) -> Floats:
    """Units that can leak, (grey,), of the rest's share of what was sold abroad, (products,)."""
    room = np.zeros(len(source))
    for k in range(len(source)):
        room[k] = diversion.source(rest * abroad[source[k]], barred[source[k]], leak, left)
    return room


@part
def enforcement(market: Market, room: Floats) -> float:
    """Detection rate at unit exposure this month; customs count by the products that can leak, room (grey,) units."""
    law, t, g = market.law, market.t, market.parameters.grey
    inspected = _inspected(room, law.inspected[t], market.axis.grey_source)
    return diversion.enforcement(g.detect, law.budget[t], law.cases[t], g.prosecution, inspected, g.inspection)


@compiled
def _inspected(room: Floats, inspected: Bools, source: Rows) -> float:
    """Share of what can leak, (grey,), that customs inspects by its source, (foreign,)."""
    some, whole = 0.0, 0.0
    for k in range(len(room)):
        whole += room[k]
        if inspected[source[k]]:
            some += room[k]
    return some / max(whole, 1e-9)


@compiled
def seize(shipped: Floats, exposure: Floats, enforcement: float, u: Floats) -> tuple[Floats, Floats, Floats]:
    """What the authorities find of shipments (brokers, grey).

    exposure, u   (brokers,) relative visibility; uniforms
    returns       (brokers,) units shipped and those lost; (grey,) units shipped
    """
    by_broker, by_product = np.zeros(len(exposure)), np.zeros(shipped.shape[1])
    for b in range(len(exposure)):
        for k in range(shipped.shape[1]):
            by_broker[b] += shipped[b, k]
            by_product[k] += shipped[b, k]
    return by_broker, diversion.seize(by_broker, exposure, enforcement, u)[1], by_product


@compiled
def fade(stock: Floats, shipped: Floats, fade: float, factor: Floats) -> None:
    """Premia of what is neither held nor shipped fade: prices over list (grey,) move part of the way to 1 where less
    than one is held (brokers, grey) or shipped."""
    for k in range(len(factor)):
        held = shipped[k]
        for b in range(len(stock)):
            held += stock[b, k]
        if held < 1:
            factor[k] += fade * (1 - factor[k])


@part
def filled(room: Floats, capacity: Floats, active: Bools) -> float:
    """Share of capacity at work, (brokers,) units/month, that could be shipped of what there is room for, (grey,)."""
    return min(total(room) / max(total(product(capacity, active)), 1e-9), 1.0)
