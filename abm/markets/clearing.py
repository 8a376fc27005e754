"""Order book in, trades out: posted prices with rationing, or a uniform-price call auction.

No rule of law or behaviour stands here: who may buy what is already a mask on the book.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

DUST = 1e-9
"""Units that rounding leaves of a stock that is sold out; they are no offer, and no sale."""


class Book(NamedTuple):
    """Orders of n buyers for k goods.

    money   (n, k) USD offered for each good, price and nothing else
    price   (k,)   USD/unit asked
    supply  (k,)   units on offer
    limit   (n, k) USD/unit, the most a buyer would pay; only auctions read it
    size    (n,)   rank of buyers where they are served in order, largest first
    cap     (n, k) units a buyer may take at most (its licences), or None
    """

    money: Floats
    price: Floats
    supply: Floats
    limit: Floats
    size: Floats
    cap: Floats | None = None

    @property
    def orders(self) -> Floats:
        """Units ordered at the price asked, (n, k), within each buyer's cap."""
        return units_ordered(self.money, self.price, np.full_like(self.money, np.inf) if self.cap is None else self.cap)


class Trades(NamedTuple):
    """units (n, k) bought and the price (k,) paid for them."""

    units: Floats
    price: Floats


def clear(book: Book, mechanism: str) -> Trades:
    """Clear a book by the named mechanism (`MECHANISMS`)."""
    return MECHANISMS[mechanism](book)


def pro_rata(book: Book) -> Trades:
    """Posted price; when orders exceed supply all are cut by the same share."""
    units = book.orders
    _cut_alike(units, book.supply)
    return Trades(units, book.price)


def priority(book: Book) -> Trades:
    """Posted price; buyers are served in order of size until supply is gone."""
    units = book.orders
    _serve_in_turn(units, book.supply, np.argsort(-book.size, kind="stable"))
    return Trades(units, book.price)


def call_auction(book: Book) -> Trades:
    """One price per good, at least the asked one, at which the money still bid takes up the supply.

    Buyer i bids m_i dollars as long as the price is at most l_i. With limits sorted downwards and M_j the money of the
    first j, demand at price p is M(p) / p, and the price that clears supply S is max_j min(l_j, M_j / S). Bids above it
    are filled, bids at it share what is left.
    """
    money = book.orders * book.price
    price = np.maximum(book.price, clearing_price(money, book.limit, book.supply))
    return Trades(_serve_bids(money, price, book.limit, book.supply), price)


def clearing_price(money: Floats, limit: Floats, supply: Floats) -> Floats:
    """The price (k,) at which bids of money (n, k) with limits (n, k) take up supply (k,); 0 where nobody bids."""
    return _highest_bids(money, limit, supply)


MECHANISMS: dict[str, Callable[[Book], Trades]] = {
    "pro_rata": pro_rata,
    "priority": priority,
    "call_auction": call_auction,
}


# --- the loops ---


@compiled
def units_ordered(money: Floats, price: Floats, cap: Floats) -> Floats:
    """Units ordered at a price (k,) within each buyer's cap, (n, k)."""
    units = np.empty(money.shape)
    for i in range(len(money)):
        for k in range(len(price)):
            units[i, k] = min(money[i, k] / price[k], cap[i, k])
    return units


@compiled
def _fill(ordered: float, supply: float) -> float:
    """The share of what is ordered that supply can fill, 1 where nothing is ordered."""
    return min(1.0, supply / ordered) if ordered > 0 else 1.0


@compiled
def _cut_alike(units: Floats, supply: Floats) -> None:
    """Cut the units ordered (n, k) of each good by one share to its supply (k,)."""
    share = np.zeros(len(supply))
    for i in range(len(units)):
        for k in range(len(supply)):
            share[k] += units[i, k]
    for k in range(len(supply)):
        share[k] = _fill(share[k], supply[k])
    for i in range(len(units)):
        for k in range(len(supply)):
            units[i, k] *= share[k]


@compiled
def _serve_in_turn(units: Floats, supply: Floats, turn: Rows) -> None:
    """Cut the units ordered (n, k) to what those before in turn, (n,) places, leave of supply (k,)."""
    left = supply.copy()
    for i in turn:
        for k in range(len(supply)):
            ordered = units[i, k]
            units[i, k] = min(ordered, max(left[k], 0.0))
            left[k] -= ordered


@compiled
def _serve_bids(money: Floats, price: Floats, limit: Floats, supply: Floats) -> Floats:
    """Units (n, k) for bids at the price (k,) found: those with a higher limit first, those with just this one then."""
    units = np.zeros(money.shape)
    for k in range(len(price)):
        above, at = 0.0, 0.0
        for i in range(len(money)):
            if limit[i, k] > price[k]:
                above += money[i, k] / price[k]
            elif limit[i, k] == price[k]:
                at += money[i, k] / price[k]
        first, then = _fill(above, supply[k]), _fill(at, max(supply[k] - above, 0.0))
        for i in range(len(money)):
            if limit[i, k] >= price[k]:
                units[i, k] = money[i, k] / price[k] * (first if limit[i, k] > price[k] else then)
    return units


@compiled
def _highest_bids(money: Floats, limit: Floats, supply: Floats) -> Floats:
    """max_j min(l_j, M_j / S) of each good, (k,), the limits l_j taken from the highest down; 0 where nobody bids."""
    price, order = np.zeros(len(supply)), np.arange(len(money))
    for k in range(len(supply)):
        _rank(limit, k, order)
        bid, best = 0.0, 0.0
        for i in order:
            bid += money[i, k]
            best = max(best, min(limit[i, k], bid / max(supply[k], 1e-12)))
        if bid > 0:
            price[k] = best
    return price


@compiled
def _rank(limit: Floats, k: int, order: Rows) -> None:
    """Put the places of buyers, (n,), in the order of their limits on a good, highest first.

    By insertion: mostly all limits are the same, or the order is that of the good before.
    """
    for j in range(1, len(order)):
        mine, place = order[j], j
        while place > 0 and limit[order[place - 1], k] < limit[mine, k]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = mine
