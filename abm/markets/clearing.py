"""Order book in, trades out: posted prices with rationing, or a uniform-price call auction.

No rule of law or behaviour stands here: who may buy what is already a mask on the book.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.foundation.arrays import descending
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


class Trades(NamedTuple):
    """units (n, k) bought and the price (k,) paid for them."""

    units: Floats
    price: Floats


PRO_RATA, PRIORITY, CALL_AUCTION = range(3)
MECHANISMS = {"pro_rata": PRO_RATA, "priority": PRIORITY, "call_auction": CALL_AUCTION}


def clear(book: Book, mechanism: str) -> Trades:
    """Clear a book by the named mechanism."""
    units, price, ways = np.empty_like(book.money), book.price.copy(), np.full(len(book.price), MECHANISMS[mechanism])
    cap = np.full_like(units, np.inf) if book.cap is None else book.cap
    turn = turns(book.size, MECHANISMS[mechanism], MECHANISMS[mechanism])
    order(book.money, book.price, cap, units)
    clear_goods(ways, book.price, book.supply, book.limit, turn, units, price)
    return Trades(units, price)


# --- the loops ---


@compiled
def turns(size: Floats, way: int, other: int) -> Rows:
    """Places of buyers in the order in which two mechanisms serve them, largest first; none if they know no order."""
    return descending(size) if PRIORITY in (way, other) else np.arange(0)


@compiled
def clear_goods(
    ways: Rows, price: Floats, supply: Floats, limit: Floats, turn: Rows, units: Floats, paid: Floats
) -> None:
    """Clear each good of a book by its own mechanism: units (n, k) ordered become those bought; the price paid, (k,).

    ways             (k,) places in MECHANISMS
    price to limit   as in `Book`; turn: as in `turns`
    """
    _cut_alike(ways, supply, units)
    for k in range(len(ways)):
        paid[k] = price[k]
        if ways[k] == PRIORITY:
            _serve_in_turn(k, supply[k], turn, units)
        elif ways[k] == CALL_AUCTION:
            paid[k] = _call(k, price[k], supply[k], limit, units)


@compiled
def order(money: Floats, price: Floats, cap: Floats, units: Floats) -> None:
    """Units ordered at the price asked, (n, k), within each buyer's cap."""
    for i in range(len(units)):
        for k in range(len(price)):
            units[i, k] = min(money[i, k] / price[k], cap[i, k])


@compiled
def _fill(ordered: float, supply: float) -> float:
    """The share of what is ordered that supply can fill, 1 where nothing is ordered."""
    return min(1.0, supply / ordered) if ordered > 0 else 1.0


@compiled
def _cut_alike(ways: Rows, supply: Floats, units: Floats) -> None:
    """Posted price, pro rata; when orders exceed supply all are cut by the same share."""
    share = np.zeros(len(ways))
    for i in range(len(units)):
        for k in range(len(ways)):
            share[k] += units[i, k]
    for k in range(len(ways)):
        share[k] = _fill(share[k], supply[k]) if ways[k] == PRO_RATA else 1.0
    for i in range(len(units)):
        for k in range(len(ways)):
            units[i, k] *= share[k]


@compiled
def _serve_in_turn(k: int, supply: float, turn: Rows, units: Floats) -> None:
    """Posted price, priority; buyers are served in order of size until supply is gone."""
    left = supply
    for i in turn:
        ordered = units[i, k]
        units[i, k] = min(ordered, max(left, 0.0))
        left -= ordered


@compiled
def _call(k: int, asked: float, supply: float, limit: Floats, units: Floats) -> float:
    """One price, at least the asked one, at which the money still bid takes up the supply: returned.

    Bids above it are filled, bids at it share what is left.
    """
    for i in range(len(units)):
        units[i, k] *= asked
    price = max(asked, clearing_price(units[:, k], limit[:, k], supply))
    above, at = 0.0, 0.0
    for i in range(len(units)):
        units[i, k] = units[i, k] / price if limit[i, k] >= price else 0.0
        if limit[i, k] > price:
            above += units[i, k]
        else:
            at += units[i, k]
    part, rest = _fill(above, supply), _fill(at, max(supply - above, 0.0))
    for i in range(len(units)):
        units[i, k] *= part if limit[i, k] > price else rest
    return price


@compiled
def clearing_price(money: Floats, limit: Floats, supply: float) -> float:
    """The price of a good at which bids of money (n,) with limits (n,) take up its supply; 0 where nobody bids.

    Buyer i bids m_i dollars as long as the price is at most l_i. With limits sorted downwards and M_j the money of the
    first j, demand at price p is M(p) / p, and the price that clears supply S is max_j min(l_j, M_j / S).

    The limits are sorted by insertion: mostly they are all the same.
    """
    if money.max() <= 0:
        return 0.0
    places = np.arange(len(money))
    for j in range(1, len(places)):
        mine, place = places[j], j
        while place > 0 and limit[places[place - 1]] < limit[mine]:
            places[place] = places[place - 1]
            place -= 1
        places[place] = mine
    bid, best = 0.0, 0.0
    for i in places:
        bid += money[i]
        best = max(best, min(limit[i], bid / max(supply, 1e-12)))
    return best
