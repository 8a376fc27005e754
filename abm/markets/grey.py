"""The grey market: prices that dealers call or post, what can leak, and what brokers land."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled
from abm.markets.clearing import Book, clearing_price
from abm.records import Rulings
from abm.rules import diversion, pricing, repurposing
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]


def call_prices(market: Market, live: Rows, book: Book) -> Floats:
    """Move the prices of what dealers sell part of the way to what a call of the bids finds, where they call them.

    The call takes up the share `grey.release` of their stock. Money, not units, is bid, so that a price found above the
    expected one leaves some bids unserved and one below it some stock unsold.

    live      products in the book's columns
    returns   prices asked then, (live,) USD
    """
    g, products, axis, asked = market.parameters.grey, market.products, market.axis, book.price.copy()
    if g.mechanism == "call_auction":
        _call(
            live, axis.grey.start, axis.gaming.stop, book.money, book.limit, book.supply, g.release, g.floor, g.step,
            products.price, products.factor, asked,
        )  # fmt: skip
    return asked


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


def adapt_posted_prices(market: Market, orders: Floats, supply: Floats) -> None:
    """Posted prices of what dealers sell answer this month's orders and stock; (products,) each."""
    g, products = market.parameters.grey, market.products
    if g.mechanism == "call_auction":
        return
    for rows in (market.axis.grey, market.axis.gaming):
        stocked = np.where(supply[rows] > 0, orders[rows], 0.0)
        old = products.factor[rows].copy()
        bounds = (1 + g.floor, g.posted_most)
        products.factor[rows] = repurposing.answer_excess(old, stocked, supply[rows], g.posted_speed, bounds)
        products.price[rows] *= products.factor[rows] / old


def leaking(market: Market, rulings: Rulings, abroad: Floats) -> Floats:
    """Units of each product that can leak from third countries' purchases this month, (grey,).

    abroad   (products,) units sold to the rest of the world
    """
    law, t, g, source = market.law, market.t, market.parameters.grey, market.axis.grey_source
    left = (g.outside if law.outside[t] else 1.0) * (g.worldwide if law.worldwide[t] else 1.0)
    return _leaking(abroad, rulings.barred, source, 1 - market.path("us_share"), g.leak, left)


@compiled
def _leaking(abroad: Floats, barred: Bools, source: Rows, rest: float, leak: float, left: float) -> Floats:
    """Units that can leak, (grey,), of the rest's share of what was sold abroad, (products,)."""
    room = np.zeros(len(source))
    for k in range(len(source)):
        room[k] = diversion.source(rest * abroad[source[k]], barred[source[k]], leak, left)
    return room


def enforcement(market: Market, room: Floats) -> float:
    """Detection rate at unit exposure this month; customs count by the products that can leak, room (grey,) units."""
    law, t, g = market.law, market.t, market.parameters.grey
    inspected = _inspected(room, law.inspected[t], market.axis.grey_source)
    return diversion.enforcement(
        g.detect, float(law.budget[t]), float(law.cases[t]), g.prosecution, inspected, g.inspection
    )


@compiled
def _inspected(room: Floats, inspected: Bools, source: Rows) -> float:
    """Share of what can leak, (grey,), that customs inspects by its source, (foreign,)."""
    some, whole = 0.0, 0.0
    for k in range(len(room)):
        whole += room[k]
        if inspected[source[k]]:
            some += room[k]
    return some / max(whole, 1e-9)


def seize(market: Market, shipped: Floats, enforcement: float) -> tuple[Floats, Floats, Floats]:
    """What the authorities find of shipments (brokers, grey).

    returns   (brokers,) units shipped and those lost; (grey,) units shipped
    """
    return _seize(shipped, market.brokers.exposure, enforcement, market.setting.draws["seizure"][market.t])


@compiled
def _seize(shipped: Floats, exposure: Floats, enforcement: float, u: Floats) -> tuple[Floats, Floats, Floats]:
    by_broker, by_product = np.zeros(len(exposure)), np.zeros(shipped.shape[1])
    for b in range(len(exposure)):
        for k in range(shipped.shape[1]):
            by_broker[b] += shipped[b, k]
            by_product[k] += shipped[b, k]
    return by_broker, diversion.seize(by_broker, exposure, enforcement, u)[1], by_product


def decay_premium(market: Market, shipped: Floats) -> None:
    """Premia of what is neither held nor shipped, (grey,) units, fade."""
    factor = market.products.factor[market.axis.grey]
    _fade(market.brokers.stock, shipped, market.parameters.grey.fade, factor)


@compiled
def _fade(stock: Floats, shipped: Floats, fade: float, factor: Floats) -> None:
    """Move prices over list (grey,) part of the way to 1 where less than one is held (brokers, grey) or shipped."""
    for k in range(len(factor)):
        held = shipped[k]
        for b in range(len(stock)):
            held += stock[b, k]
        if held < 1:
            factor[k] += fade * (1 - factor[k])
