"""Order book in, trades out: posted prices with rationing, or a uniform-price call auction.

No rule of law or behaviour stands here: who may buy what is already a mask on the book.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DUST = 1e-9
"""Units that rounding leaves of a stock that is sold out; they are no offer, and no sale."""


@dataclass(frozen=True)
class Book:
    """Orders of n buyers for k goods.

    money   (n, k) USD offered for each good, price and nothing else
    price   (k,)   USD/unit asked
    supply  (k,)   units on offer
    limit   (n, k) USD/unit, the most a buyer would pay; only auctions read it
    cap     (n, k) units a buyer may take at most (its licences), or None
    size    (n,)   rank of buyers where they are served in order, largest first
    """

    money: Floats
    price: Floats
    supply: Floats
    limit: Floats
    size: Floats
    cap: Floats | None = None

    def found(self, goods: NDArray[np.int64], release: float) -> Floats:
        """The prices (goods,) at which the money bid for some goods takes up a share of their supply."""
        return clearing_price(self.money[:, goods], self.limit[:, goods], release * self.supply[goods])


@dataclass(frozen=True)
class Trades:
    """units (n, k) bought and the price (k,) paid for them."""

    units: Floats
    price: Floats


def clear(book: Book, mechanism: str) -> Trades:
    """Clear a book by the named mechanism (`MECHANISMS`)."""
    return MECHANISMS[mechanism](book)


def wanted(book: Book, price: Floats) -> Floats:
    """Units ordered at a price, within each buyer's cap: (n, k)."""
    units = book.money / price
    return units if book.cap is None else np.minimum(units, book.cap)


def pro_rata(book: Book) -> Trades:
    """Posted price; when orders exceed supply all are cut by the same share."""
    orders = wanted(book, book.price)
    return Trades(orders * _fill(orders.sum(axis=0), book.supply), book.price)


def priority(book: Book) -> Trades:
    """Posted price; buyers are served in order of size until supply is gone."""
    orders = wanted(book, book.price)
    order = np.argsort(-book.size, kind="stable")
    queue = orders[order]
    before = np.cumsum(queue, axis=0) - queue
    served = np.empty_like(queue)
    served[order] = np.clip(book.supply - before, 0.0, queue)
    return Trades(served, book.price)


def call_auction(book: Book) -> Trades:
    """One price per good, at least the asked one, at which the money still bid takes up the supply.

    Buyer i bids m_i dollars as long as the price is at most l_i. With limits sorted downwards and M_j the money of the
    first j, demand at price p is M(p) / p, and the price that clears supply S is max_j min(l_j, M_j / S). Bids above it
    are filled, bids at it share what is left.
    """
    money = wanted(book, book.price) * book.price
    price = np.maximum(book.price, clearing_price(money, book.limit, book.supply))
    orders = np.where(book.limit >= price, money / price, 0.0)
    above = np.where(book.limit > price, orders, 0.0)
    left = np.maximum(book.supply - above.sum(axis=0), 0.0)
    at = orders - above
    return Trades(above * _fill(above.sum(axis=0), book.supply) + at * _fill(at.sum(axis=0), left), price)


def clearing_price(money: Floats, limit: Floats, supply: Floats) -> Floats:
    """The price (k,) at which bids of money (n, k) with limits (n, k) take up supply (k,); 0 where nobody bids."""
    order = np.argsort(-limit, axis=0, kind="stable")
    limits = np.take_along_axis(limit, order, axis=0)
    sums = np.cumsum(np.take_along_axis(money, order, axis=0), axis=0)
    bids = np.minimum(limits, sums / np.maximum(supply, 1e-12))
    return np.where(sums[-1] > 0, bids.max(axis=0, initial=0.0), 0.0)


def _fill(orders: Floats, supply: Floats) -> Floats:
    """The share of orders that supply can fill, 1 where nothing is ordered."""
    return np.minimum(1.0, np.divide(supply, orders, out=np.ones_like(orders), where=orders > 0))


MECHANISMS: dict[str, Callable[[Book], Trades]] = {
    "pro_rata": pro_rata,
    "priority": priority,
    "call_auction": call_auction,
}
