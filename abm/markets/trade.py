"""Who gets which accelerator: rounds in which labs spend their money, and what an unrestricted buyer would have got."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.agents.products import NESTS
from abm.foundation.compiled import compiled
from abm.markets import grey
from abm.markets.clearing import DUST, Book, Trades, clear, units_ordered
from abm.records import Budgets, Offers, Rulings
from abm.rules import demand
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]

HOME = NESTS.index("domestic")
SPENT = 1e-6
"""USD that rounding leaves of all labs' money when it is spent; no further round is held for it."""


class Bought(NamedTuple):
    """What the rounds of a month come to.

    rows     (live,) products that were on sale
    units    (labs, products); paid: (products,) USD for cards; spent: (labs,) USD with hosting
    orders   (products,) of the first round
    price    (products,) USD asked after dealers have called theirs
    """

    rows: Rows
    units: Floats
    paid: Floats
    spent: Floats
    orders: Floats
    price: Floats


class _Sale(NamedTuple):
    """What is on sale, (live,) each, vendors' offers first, then dealers', then hosts'.

    rows      places on the product axis
    price     USD asked, cost: with hosting, host
    value     H100s; utility
    nest      place in NESTS; home: whether it is Chinese
    accepted  share of orders that Beijing accepts
    dealers   columns of what dealers sell
    """

    rows: Rows
    price: Floats
    cost: Floats
    host: Floats
    value: Floats
    utility: Floats
    nest: Rows
    home: Bools
    accepted: Floats
    dealers: slice


class _Till(NamedTuple):
    """What the rounds have come to.

    units    (labs, products) bought; paid: (products,) USD for cards; spent: (labs,) USD with hosting
    left     (labs,) USD still to spend
    shelf    (live,) units still on sale
    cap      (labs, live) units that a lab may still take: nothing of what it may not buy, what it is licensed for where
             a licence is needed
    """

    units: Floats
    paid: Floats
    spent: Floats
    left: Floats
    shelf: Floats
    cap: Floats

    def take(self, sale: _Sale, trades: Trades, at: slice) -> float:
        """Trades of some columns go through; returns what labs have left to spend, USD."""
        return _take(
            trades.units, trades.price, sale.host[at], sale.rows[at], at.start, self.units, self.paid, self.spent,
            self.left, self.shelf, self.cap,
        )  # fmt: skip


# --- the rounds ---


def rounds(market: Market, rulings: Rulings, budgets: Budgets, offers: Offers) -> Bought:
    """Labs spend their money in rounds; what an offer could not serve turns to others that still have stock.

    Money that a lab keeps is out of the later rounds. Where Beijing accepts only part of the orders for an import, the
    orders of the first round are all that a lab can get. Money that turns to dealers, in whichever round, waits until
    vendors and hosts have served what they can; dealers then call a price, and what they leave unserved is kept.
    """
    labs, d, sale = market.labs, market.parameters.demand, _on_sale(market, rulings, offers)
    till, at, whole = _till(market, rulings, budgets, offers, sale), sale.dealers, slice(0, len(sale.rows))
    limit = _limits(sale.value, offers.best, sale.price, sale.host, len(labs), d.outside, d.theta)
    orders, price = np.zeros(len(market.products)), offers.price.copy()
    waiting = np.zeros((len(labs), at.stop - at.start))
    least = max(float(market.law.mandate[market.t]), float(market.law.grid[market.t]))
    for turn in range(market.parameters.trade.rounds):
        shares = labs.keep_mandate(_aims(market, budgets, sale, till), sale.home, least)
        money = _bid(shares, sale.price, sale.cost, sale.accepted, at.start, at.stop, till.left, waiting)
        book = Book(money, sale.price, till.shelf, limit, labs.flow, till.cap)
        if turn == 0:
            orders[sale.rows] = _place(money, sale.price, sale.accepted, till.cap)
        if till.take(sale, _cleared(market, sale, book), whole) < SPENT:
            break
    if waiting.size:
        orders[sale.rows[at]], price[sale.rows[at]] = _deal(market, sale, till, limit, waiting)
    return Bought(sale.rows, till.units, till.paid, till.spent, orders, price)


def _on_sale(market: Market, rulings: Rulings, offers: Offers) -> _Sale:
    """What is on sale this month."""
    axis = market.axis
    rows = np.flatnonzero(offers.supply > 0)
    accepted = np.ones(len(market.products))
    accepted[axis.licensed] = rulings.accepted
    first, last = np.searchsorted(rows, (axis.grey.start, axis.gaming.stop))
    return _Sale(
        rows,
        offers.price[rows],
        offers.cost[rows],
        market.products.host[rows],
        offers.value[rows],
        offers.utility[rows],
        nest := axis.nests[rows],
        nest == HOME,
        accepted[rows],
        slice(int(first), int(last)),
    )


def _till(market: Market, rulings: Rulings, budgets: Budgets, offers: Offers, sale: _Sale) -> _Till:
    """Nothing bought yet, everything on sale."""
    labs, products = market.labs, market.products
    cap = _caps(sale.rows, offers.eligible, rulings.needs_licence, labs.licensed)
    none = np.zeros((len(labs), len(products)))
    return _Till(
        none, np.zeros(len(products)), np.zeros(len(labs)), budgets.money.copy(), offers.supply[sale.rows], cap
    )


def _aims(market: Market, budgets: Budgets, sale: _Sale, till: _Till) -> Floats:
    """Share of its money left that each lab turns to each live offer, (labs, live); where licences would run out, it
    thinks again and turns what they cannot take to others."""
    labs, width = market.labs, market.parameters.demand.consideration
    open_to, utility = _consider(till.shelf, till.cap, sale.value, sale.cost, sale.utility, till.left, width)
    shares = labs.choose(utility, open_to, sale.nest, budgets.bias)
    if _weigh(open_to, shares, till.left, sale.accepted, sale.cost, till.cap):
        shares = labs.choose(utility, open_to, sale.nest, budgets.bias)
    return shares


def _cleared(market: Market, sale: _Sale, book: Book) -> Trades:
    """Trades of a book: vendors' offers by their mechanism, rent pro rata."""
    trades = clear(book, market.parameters.trade.mechanism)
    if market.parameters.trade.mechanism == "pro_rata":
        return trades
    rent, other = sale.rows >= market.axis.offshore.start, clear(book, "pro_rata")
    return Trades(np.where(rent, other.units, trades.units), np.where(rent, other.price, trades.price))


def _deal(market: Market, sale: _Sale, till: _Till, limit: Floats, waiting: Floats) -> tuple[Floats, Floats]:
    """Dealers call their prices over the money that waits for them (labs, dealt) and sell; returns orders and prices,
    (dealt,) both."""
    at, way = sale.dealers, market.parameters.grey.mechanism
    shelf, most, cap = till.shelf[at], limit[:, at].copy(), till.cap[:, at].copy()
    asked = Book(waiting * (sale.price[at] / sale.cost[at]), sale.price[at], shelf, most, market.labs.flow, cap)
    price = grey.call_prices(market, sale.rows[at], asked)
    money = waiting * (price / (price + sale.host[at]))
    book = Book(money, price, shelf, most, market.labs.flow, cap)
    till.take(sale, clear(book, "pro_rata" if way == "call_auction" else way), at)
    return book.orders.sum(axis=0), price


# --- the loops of a round ---


@compiled
def _caps(rows: Rows, eligible: Bools, needs_licence: Bools, licensed: Floats) -> Floats:
    """Units that each lab may take of what is on sale, (labs, live): nothing of what it may not buy, what it is
    licensed for where a licence is needed.

    rows            (live,) places on the product axis, on which foreign products stand first
    eligible        (labs, products); needs_licence: (foreign,)
    licensed        (labs, products) units
    """
    cap = np.zeros((len(eligible), len(rows)))
    for i in range(len(eligible)):
        for k in range(len(rows)):
            row = rows[k]
            if eligible[i, row]:
                needed = row < len(needs_licence) and needs_licence[row]
                cap[i, k] = licensed[i, row] if needed else np.inf
    return cap


@compiled
def _limits(value: Floats, best: float, price: Floats, host: Floats, labs: int, outside: float, theta: float) -> Floats:
    """The most each lab would pay, (labs, live) USD: up to where an offer is worth no more than keeping the money, and
    in any case the price asked when it turned to the offer.

    value         (live,) H100s; best: H100/USD of the best product in the world
    price, host   (live,) USD
    outside       utility of keeping the money; theta: as in `demand.reservation_price`
    """
    dollars, keep = np.empty(len(value)), np.empty(labs)
    for k in range(len(value)):
        dollars[k] = value[k] / best
    keep[:] = outside
    limit = demand.reservation_price(dollars, host, keep, theta)
    for i in range(labs):
        for k in range(len(value)):
            limit[i, k] = max(limit[i, k], price[k])
    return limit


@compiled
def _consider(
    shelf: Floats, cap: Floats, value: Floats, cost: Floats, utility: Floats, left: Floats, width: float
) -> tuple[Floats, Floats]:
    """Which offers are open to whom, (labs, live), and their utility, (live,), less where an offer is worth far less
    per dollar than what is on sale and may be taken.

    shelf   (live,) units; cap: (labs, live) units; left: (labs,) USD
    value   (live,) H100s; cost: USD; utility; width: as in `demand.disregard`
    """
    open_to, within = np.zeros(cap.shape), np.zeros(len(shelf))
    money = 0.0
    for i in range(len(cap)):
        money += left[i]
        for k in range(len(shelf)):
            within[k] += cap[i, k]
            if cap[i, k] > DUST and shelf[k] > DUST:
                open_to[i, k] = 1.0
    worth, dollars = np.empty(len(shelf)), np.empty(len(shelf))
    for k in range(len(shelf)):
        worth[k], dollars[k] = value[k] / cost[k], min(shelf[k], within[k]) * cost[k]
    felt = demand.disregard(worth, dollars, money, width)
    for k in range(len(shelf)):
        felt[k] += utility[k]
    return open_to, felt


@compiled
def _weigh(open_to: Floats, shares: Floats, left: Floats, accepted: Floats, cost: Floats, cap: Floats) -> bool:
    """Let offers weigh less, (labs, live), as far as a lab turns more money to them than it may spend there; whether
    any does.

    shares   (labs, live) of the money left, (labs,) USD
    accepted, cost   (live,) share of orders; USD/card
    cap      (labs, live) units
    """
    some = False
    for i in range(len(left)):
        for k in range(len(cost)):
            asked = shares[i, k] * left[i] * accepted[k]
            if asked > 0 and cap[i, k] * cost[k] < asked:
                open_to[i, k] *= cap[i, k] * cost[k] / asked
                some = True
    return some


@compiled
def _bid(
    shares: Floats, price: Floats, cost: Floats, accepted: Floats, first: int, last: int, left: Floats, waiting: Floats
) -> Floats:
    """Money on the book, (labs, live) USD, hosting taken off; all that a lab does not offer it keeps.

    shares        (labs, live) of the money left, (labs,) USD, which becomes what is offered at once
    first, last   columns of dealers, for whom money waits, (labs, dealt) USD
    accepted      (live,) share of orders
    """
    money, part = np.zeros(shares.shape), np.empty(len(price))
    for k in range(len(price)):
        part[k] = accepted[k] * (price[k] / cost[k])
    for i in range(len(left)):
        at_once = 0.0
        for k in range(len(price)):
            offered = left[i] * shares[i, k]
            if first <= k < last:
                waiting[i, k - first] += offered
            else:
                money[i, k] = offered * part[k]
                at_once += offered
        left[i] = at_once
    return money


@compiled
def _place(money: Floats, price: Floats, accepted: Floats, cap: Floats) -> Floats:
    """Units ordered of each offer, (live,); where Beijing accepts only part of them, they are all a lab can get.

    money   (labs, live) USD; price, accepted: (live,)
    cap     (labs, live) units, lowered to what is ordered
    """
    units, whole = units_ordered(money, price, cap), np.zeros(len(price))
    for i in range(len(money)):
        for k in range(len(price)):
            whole[k] += units[i, k]
            if accepted[k] < 1:
                cap[i, k] = units[i, k]
    return whole


@compiled
def _take(
    traded: Floats, price: Floats, host: Floats, rows: Rows, first: int, units: Floats, paid: Floats, spent: Floats,
    left: Floats, shelf: Floats, cap: Floats,
) -> float:  # fmt: skip
    """Trades go through; returns what labs have left to spend, USD.

    traded        (labs, columns) units at a price, with hosting, (columns,) USD
    rows, first   places of the columns on the product axis, and of the first one among live offers
    the rest      as in `_Till`
    """
    sold, whole = np.zeros(len(price)), 0.0
    for i in range(len(left)):
        cost = 0.0
        for k in range(len(price)):
            cost += traded[i, k] * (price[k] + host[k])
            units[i, rows[k]] += traded[i, k]
            cap[i, first + k] -= traded[i, k]
            sold[k] += traded[i, k]
        spent[i] += cost
        left[i] = max(left[i] - cost, 0.0)
        whole += left[i]
    for k in range(len(price)):
        paid[rows[k]] += sold[k] * price[k]
        shelf[first + k] = max(shelf[first + k] - sold[k], 0.0)
    return whole


# --- against an unrestricted buyer ---


class Shortage(NamedTuple):
    """What labs got against an unrestricted buyer at list prices who faces no rationing.

    got, free   H100s of value got, and that buyer would have got
    felt        (labs,) 1 minus value per dollar got over value per dollar of that buyer
    wanted      (vendors,) USD that buyer would have paid
    """

    got: float
    free: float
    felt: Floats
    wanted: Floats


def against_unrestricted(market: Market, budgets: Budgets, offers: Offers, bought: Bought) -> Shortage:
    """What labs got against an unrestricted buyer."""
    labs, products, d = market.labs, market.products, market.parameters.demand
    rows = np.flatnonzero(offers.released)
    worth = offers.worth[rows]
    free_utility = d.theta * np.log(worth / offers.best)
    shares = labs.choose(free_utility, np.ones((len(labs), len(rows))), market.axis.nests[rows], budgets.bias)
    wanted = np.zeros(len(market.vendors))
    _wish_freely(shares, rows, products.price, products.host, products.vendor, labs.flow, wanted)
    got, free, felt = _compare(
        bought.rows, bought.units, offers.value, bought.spent, shares, worth, budgets.money, labs.flow
    )
    return Shortage(got, free, felt, wanted)


@compiled
def _wish_freely(
    shares: Floats, rows: Rows, price: Floats, host: Floats, vendor: Rows, flow: Floats, wanted: Floats
) -> None:
    """Add up USD that would be paid to each vendor, (vendors,), hosting taken off.

    shares   (labs, rows) of the money that comes in, (labs,) USD
    rows     places on the product axis, of which price, host and vendor are
    """
    usd = np.zeros(len(rows))
    for i in range(len(shares)):
        for k in range(len(rows)):
            usd[k] += flow[i] * shares[i, k]
    for k in range(len(rows)):
        row = rows[k]
        wanted[vendor[row]] += usd[k] * (price[row] / (price[row] + host[row]))


@compiled
def _compare(
    rows: Rows, bought: Floats, value: Floats, spent: Floats, shares: Floats, worth: Floats, money: Floats, flow: Floats
) -> tuple[float, float, Floats]:
    """Value got and that an unrestricted buyer would have got, H100s; and what each lab lacks of it, (labs,): 1 minus
    value per dollar got over value per dollar of that buyer.

    rows     places on the product axis of what was bought, (labs, products) units; value: (products,) H100s
    spent    (labs,) USD
    shares   (labs, released) of the unrestricted buyer; worth: (released,) H100/USD
    money    (labs,) USD offered; flow: USD that comes in
    """
    felt, got_all, free_all = np.zeros(len(spent)), 0.0, 0.0
    for i in range(len(spent)):
        got, free, whole = 0.0, 0.0, 0.0
        for row in rows:
            got += bought[i, row] * value[row]
        for k in range(len(worth)):
            free += shares[i, k] * worth[k]
            whole += shares[i, k]
        rate = got / spent[i] if spent[i] > 0 else 0.0
        if money[i] > 0:
            felt[i] = min(max(1 - rate / max(free / max(whole, 1e-12), 1e-30), 0.0), 1.0)
        got_all += got
        free_all += flow[i] * free
    return got_all, free_all, felt
