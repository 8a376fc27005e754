"""The grey market: prices that dealers call or post, what can leak, and what brokers land."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled
from abm.markets.clearing import Book, clearing_price
from abm.records import Rulings
from abm.rules import diversion, pricing, repurposing
from abm.state import Market

Floats = NDArray[np.float64]
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
        found = clearing_price(book.money, book.limit, g.release * book.supply)
        _step_prices(
            live, found, axis.grey.start, axis.gaming.stop, g.floor, g.step, products.price, products.factor, asked
        )
    return asked


@compiled
def _step_prices(
    live: Rows, found: Floats, first: int, last: int, least: float, step: float, price: Floats, factor: Floats,
    asked: Floats,
) -> None:  # fmt: skip
    """Prices that dealers ask, USD, and prices over list, (products,) both, go part of the way to those found.

    live, found, asked   (live,) places on the product axis, where dealers' goods are from first to last; USD both
    least                price over list, less 1, below which dealers do not sell
    """
    for k in range(len(live)):
        row = live[k]
        if first <= row < last:
            listed = price[row] / factor[row]
            price[row] = pricing.step_to(price[row], found[k], listed * (1 + least), step)
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
    bought = abroad[source] * (1 - market.path("us_share"))
    left = (g.outside if law.outside[t] else 1.0) * (g.worldwide if law.worldwide[t] else 1.0)
    return diversion.source(bought, rulings.barred[source], g.leak, left)


def enforcement(market: Market, room: Floats) -> float:
    """Detection rate at unit exposure this month; customs count by the products that can leak, room (grey,) units."""
    law, t, g = market.law, market.t, market.parameters.grey
    inspected = float((room * law.inspected[t, market.axis.grey_source]).sum()) / max(float(room.sum()), 1e-9)
    return diversion.enforcement(g.detect, law.budget[t], law.cases[t], g.prosecution, inspected, g.inspection)


def decay_premium(market: Market, shipped: Floats) -> None:
    """Premia of what is neither held nor shipped, (grey,) units, fade."""
    products, rows = market.products, market.axis.grey
    idle = (market.brokers.stock.sum(axis=0) + shipped) < 1
    fade = market.parameters.grey.fade
    products.factor[rows] += np.where(idle, fade * (1 - products.factor[rows]), 0.0)
