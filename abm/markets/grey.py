"""The grey market: prices that dealers call or post, what can leak, and what brokers land."""

import numpy as np
from numpy.typing import NDArray

from abm.markets.clearing import Book
from abm.records import Rulings
from abm.rules import diversion, pricing, repurposing
from abm.state import Market

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

POSTED_SPEED, POSTED_MOST = 0.3, 20.0
"""Largest move of a posted price in a month, in logarithms, and its largest value over list."""


def call_prices(market: Market, live: Rows, book: Book) -> tuple[Rows, Floats]:
    """Move the prices of what dealers sell part of the way to what a call of the bids finds, where they call them.

    The call takes up the share `grey.release` of their stock. Money, not units, is bid, so that a price found above the
    expected one leaves some bids unserved and one below it some stock unsold.

    live      products in the book's columns
    returns   products called, and their prices, USD
    """
    g, products = market.parameters.grey, market.products
    columns = np.flatnonzero((live >= market.axis.grey.start) & (live < market.axis.gaming.stop))
    if g.mechanism != "call_auction" or not len(columns):
        return live[:0], np.zeros(0)
    rows = live[columns]
    listed = products.price[rows] / products.factor[rows]
    found = book.found(columns, g.release)
    price = pricing.step_to(products.price[rows], found, listed * (1 + g.floor), g.step)
    products.factor[rows] = price / listed
    products.price[rows] = price
    return rows, price


def adapt_posted_prices(market: Market, orders: Floats, supply: Floats) -> None:
    """Posted prices of what dealers sell answer this month's orders and stock; (products,) each."""
    g, products = market.parameters.grey, market.products
    if g.mechanism == "call_auction":
        return
    for rows in (market.axis.grey, market.axis.gaming):
        stocked = np.where(supply[rows] > 0, orders[rows], 0.0)
        old = products.factor[rows].copy()
        bounds = (1 + g.floor, POSTED_MOST)
        products.factor[rows] = repurposing.answer_excess(old, stocked, supply[rows], POSTED_SPEED, bounds)
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
    products.factor[rows] += np.where(idle, 0.25 * (1 - products.factor[rows]), 0.0)
