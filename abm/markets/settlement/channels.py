"""The ways around a licence: smuggled cards, gaming cards and their conversion, compute rented abroad."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.arrays import put
from abm.foundation.compiled import compiled, part
from abm.markets.settlement.booking import book_rows, left_over, pay
from abm.rules import rental
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]
Moved = tuple[Floats, Floats, Floats, Floats, Floats, Floats, Floats]
"""Gaming cards, (gaming,), that come to shops, go to gamers and go to workshops, each with USD for them; and scrap."""


@part
def smuggle(market: Market, shipped: Floats, seized: Floats) -> tuple[Floats, Floats, Floats]:
    """Brokers buy from the rest of the world and ship; returns what landed, what was seized, and USD owed, (grey,).

    shipped   (brokers, grey) units
    seized    (brokers,) units seized of each broker's shipment
    """
    brokers = market.brokers
    return _smuggle(
        shipped, seized, brokers.cost, market.products.price, market.axis.grey_source, brokers.stock, brokers.cash
    )


def book_smuggled(market: Market, landed: Floats, lost: Floats, owed: Floats) -> None:
    """Book what `smuggle` moved."""
    rows = market.axis.grey
    book_rows(market, "world", "brokers", rows, landed + lost, owed, "grey")
    book_rows(market, "brokers", "government", rows, lost, None, "seized")


@compiled
def _smuggle(
    shipped: Floats, seized: Floats, cost: Floats, price: Floats, source: Rows, stock: Floats, cash: Floats
) -> tuple[Floats, Floats, Floats]:
    """Move shipments that are not caught into stock (brokers, grey) and what all cost out of cash (brokers,); returns
    what landed, what was lost and USD owed, (grey,)."""
    landed, lost, owed = np.zeros(len(source)), np.zeros(len(source)), np.zeros(len(source))
    for b in range(len(cost)):
        for k in range(len(source)):
            usd = shipped[b, k] * (1 + cost[b]) * price[source[k]]
            owed[k] += usd
            cash[b] -= usd
            if seized[b] > 0:
                lost[k] += shipped[b, k]
            else:
                landed[k] += shipped[b, k]
                stock[b, k] += shipped[b, k]
    return landed, lost, owed


@part
def stock_shops(market: Market, cards: Floats, price: Floats) -> None:
    """Shops take in gaming cards and pay for them, (gaming,) both, at a price in USD."""
    shops = market.shops
    for k in range(len(cards)):
        shops.stock[k] += cards[k]
        shops.cash[k] -= cards[k] * price[k]


@part
def sell_gaming(market: Market, taken: Floats, gone: Floats, price: Floats) -> Floats:
    """Shops sell to workshops (workshops, gaming) and to gamers (gaming,) at a price (gaming,) USD; returns what
    workshops took, (gaming,)."""
    shops, works = market.shops, market.workshops
    return _sell_gaming(taken, gone, price, shops.stock, shops.sold, shops.cash, works.cash)


def book_gaming(market: Market, moved: Moved, spent: float) -> None:
    """Book what came to shops, what they sold, and what workshops made of it."""
    come, bill, gone, gamers_paid, worked, workshops_paid, lost = moved
    rows = market.axis.gaming
    book_rows(market, "outside", "shops", rows, come, bill, "gaming")
    book_rows(market, "shops", "outside", rows, gone, gamers_paid, "gamers")
    book_rows(market, "shops", "workshops", rows, worked, workshops_paid, "gaming")
    pay(market, "workshops", "outside", spent, "conversion")
    book_rows(market, "workshops", "outside", rows, lost, None, "scrap")


@compiled
def _sell_gaming(
    taken: Floats, gone: Floats, price: Floats, stock: Floats, sold: Floats, cash: Floats, spent_from: Floats
) -> Floats:
    """Move cards out of shops' stock (gaming,) and money to their cash (gaming,) from workshops', (workshops,); note
    what was sold, (gaming,), and return what of it went to workshops, (gaming,)."""
    worked = np.zeros_like(gone)
    for k in range(len(gone)):
        for w in range(len(taken)):
            worked[k] += taken[w, k]
            spent_from[w] -= taken[w, k] * price[k]
        sold[k] = gone[k] + worked[k]
        cash[k] += sold[k] * price[k]
        stock[k] = left_over(stock[k], sold[k])
    return worked


@part
def convert_cards(market: Market, made: Floats, scrap: Floats, cost: Floats) -> tuple[Floats, Floats, float]:
    """Workshops stock the cards they converted, scrap the others and pay for the work; as in `_stock_converted`.

    made, scrap   (workshops, gaming) cards
    cost          (workshops,) USD
    """
    works = market.workshops
    return _stock_converted(made, scrap, cost, works.stock, works.cash)


@compiled
def _stock_converted(
    made: Floats, scrap: Floats, cost: Floats, stock: Floats, cash: Floats
) -> tuple[Floats, Floats, float]:
    """Move converted cards into stock (workshops, gaming) and their cost out of cash (workshops,); returns the cards
    converted and scrapped, (gaming,), and USD paid."""
    found, lost, paid = np.zeros(made.shape[1]), np.zeros(made.shape[1]), 0.0
    for w in range(len(made)):
        for k in range(made.shape[1]):
            stock[w, k] += made[w, k]
            found[k] += made[w, k]
            lost[k] += scrap[w, k]
        cash[w] -= cost[w]
        paid += cost[w]
    return found, lost, paid


@part
def roll_contracts(market: Market, signed: Floats, cut: bool) -> Floats:
    """Contracts for compute abroad (labs,) H100e begin, others run out; all end where access itself is cut; returns
    those that end."""
    after, ended = rental.roll(market.labs.rented, signed, cut)
    for i in range(len(after)):
        put(market.labs.rented[i], after[i])
    return ended


def book_expired(market: Market, ended: Floats) -> None:
    """Book contracts that end, (labs,) H100e."""
    book_rows(market, "labs", "outside", market.axis.offshore, np.array([ended.sum()]), None, "offshore")
