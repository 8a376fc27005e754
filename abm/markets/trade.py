"""Who gets which accelerator: rounds in which labs spend their money."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.agents.labs import Labs
from abm.agents.products import NESTS
from abm.foundation.compiled import compiled
from abm.foundation.mirrors import behaviour
from abm.markets import grey
from abm.markets.clearing import DUST, MECHANISMS, PRO_RATA, clear_goods, order, turns
from abm.records import Budgets, Offers, Rulings
from abm.rules import demand
from abm.state import Market, seen, whole

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]

choose, keep_mandate = behaviour(Labs.choose), behaviour(Labs.keep_mandate)

HOME, GREY, GAMING, RENT = (NESTS.index(one) for one in ("domestic", "grey", "gaming", "offshore"))
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


# --- the rounds ---


def rounds(market: Market, rulings: Rulings, budgets: Budgets, offers: Offers) -> Bought:
    """Labs spend their money in rounds, as in `hold_rounds`."""
    return hold_rounds(market, rulings, budgets, offers, *called(market))


def called(market: Market) -> tuple[int, int, bool]:
    """How what vendors and what dealers offer is cleared, places in MECHANISMS; whether dealers call their price."""
    vendors, dealers = market.parameters.trade.mechanism, market.parameters.grey.mechanism
    calling = dealers == "call_auction"
    return MECHANISMS[vendors], MECHANISMS["pro_rata" if calling else dealers], calling


@whole
def hold_rounds(
    market: Market, rulings: Rulings, budgets: Budgets, offers: Offers, way: int, dealers: int, calling: bool
) -> Bought:
    """Labs spend their money in rounds; what an offer could not serve turns to others that still have stock.

    Money that a lab keeps is out of the later rounds. Where Beijing accepts only part of the orders for an import, the
    orders of the first round are all that a lab can get. Money that turns to dealers, in whichever round, waits until
    vendors and hosts have served what they can; dealers then call a price, and what they leave unserved is kept.

    way to calling   as in `called`
    """
    market, rulings, budgets, offers = seen(market), seen(rulings), seen(budgets), seen(offers)
    turn, least = turns(market.labs.flow, way, dealers), max(market.law.mandate[market.t], market.law.grid[market.t])
    labs, products, d, n = market.labs, market.products, market.parameters.demand, len(market.products.price)
    found, rows, nest, ways = np.empty((6, n)), np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    home, dealt = np.empty(n, np.bool_), np.empty(n, np.bool_)
    live = _pick(
        offers.supply, offers.price, offers.cost, products.host, offers.value, offers.utility, rulings.accepted,
        market.axis.nests, way, dealers, found, rows, nest, ways, home, dealt,
    )  # fmt: skip
    rows, nest, ways, home, dealt = rows[:live], nest[:live], ways[:live], home[:live], dealt[:live]
    asked, dear, host = found[0, :live], found[1, :live], found[2, :live]
    worth, liked, taken = found[3, :live], found[4, :live], found[5, :live]

    units, paid, orders, spent, left = (
        np.zeros((len(budgets.money), n)),
        np.zeros(n),
        np.zeros(n),
        np.zeros(len(budgets.money)),
        budgets.money.copy(),
    )
    shelf, felt, waiting = np.empty(live), np.empty(live), np.zeros((len(left), live))
    cap, limit, open_to = np.empty(waiting.shape), np.empty(waiting.shape), np.empty(waiting.shape)
    _open(
        rows, offers.supply, offers.eligible, rulings.needs_licence, labs.licensed, worth, asked, host, offers.best,
        d.outside, d.theta, shelf, cap, limit,
    )  # fmt: skip
    for number in range(market.parameters.trade.rounds):
        _consider(shelf, cap, worth, dear, liked, left, d.consideration, open_to, felt)
        shares = choose(labs, felt, open_to, nest, budgets.odds)
        if _weigh(open_to, shares, left, taken, dear, cap):
            shares = choose(labs, felt, open_to, nest, budgets.odds)
        shares = keep_mandate(labs, shares, home, least)
        rest = _round(
            number == 0, shares, rows, asked, dear, host, taken, dealt, ways, turn, limit, units, paid, spent, left,
            shelf, cap, orders, waiting,
        )  # fmt: skip
        if rest < SPENT:
            break

    last = offers.price.copy()
    if dealt.any():
        offered = asked.copy()
        if calling:
            grey.call_prices(market, rows, _without_host(waiting, asked, host), limit, shelf, offered)
        _trade(
            True, _without_host(waiting, offered, host), rows, offered, host, taken, ways, turn, limit, units, paid,
            spent, left, shelf, cap, orders,
        )  # fmt: skip
        for k in range(live):
            last[rows[k]] = offered[k]
    return Bought(rows, units, paid, spent, orders, last)


# --- the loops of a round ---


@compiled
def _pick(
    supply: Floats, price: Floats, cost: Floats, host: Floats, value: Floats, utility: Floats, accepted: Floats,
    nests: Rows, way: int, dealers: int, found: Floats, rows: Rows, nest: Rows, ways: Rows, home: Bools, dealt: Bools,
) -> int:  # fmt: skip
    """Pick what is on sale; returns how many products that are.

    supply to utility   (products,) of which foreign ones, with the share of orders accepted, (foreign,), stand first
    nests               (products,) place in NESTS; way, dealers: places in MECHANISMS of vendors' and dealers'
    found               (6, products) price, cost, host, value, utility and accepted of what is on sale
    rows to dealt       (products,) of what is on sale places on the product axis, in NESTS and in MECHANISMS, whether
                        it is Chinese, and whether dealers sell it
    """
    k = 0
    for row in range(len(supply)):
        if supply[row] > 0:
            found[0, k], found[1, k], found[2, k] = price[row], cost[row], host[row]
            found[3, k], found[4, k] = value[row], utility[row]
            found[5, k] = accepted[row] if row < len(accepted) else 1.0
            rows[k], nest[k] = row, nests[row]
            home[k], dealt[k] = nest[k] == HOME, nest[k] == GREY or nest[k] == GAMING
            ways[k] = dealers if dealt[k] else PRO_RATA if nest[k] == RENT else way
            k += 1
    return k


@compiled
def _open(
    rows: Rows, supply: Floats, eligible: Bools, needs_licence: Bools, licensed: Floats, value: Floats, price: Floats,
    host: Floats, best: float, outside: float, theta: float, shelf: Floats, cap: Floats, limit: Floats,
) -> None:  # fmt: skip
    """Put what is on sale on the shelf, (live,) units; say what each lab may take, nothing of what it may not buy and
    what it is licensed for where a licence is needed, units; and the most it would pay, USD, up to where an offer is
    worth no more than keeping the money, and in any case the price asked when it turned to it, (labs, live) both.

    rows         (live,) places on the product axis, on which foreign products stand first
    supply       (products,) units; eligible: (labs, products); needs_licence: (foreign,)
    licensed     (labs, products) units
    value        (live,) H100s, price and host: USD; best: H100/USD of the best product in the world
    outside      utility of keeping the money; theta: as in `demand.reservation_price`
    """
    most = np.empty(len(rows))
    for k in range(len(rows)):
        shelf[k] = supply[rows[k]]
        most[k] = max(demand.reservation_price(value[k] / best, host[k], outside, theta), price[k])
    for i in range(len(cap)):
        for k in range(len(rows)):
            row = rows[k]
            needed = row < len(needs_licence) and needs_licence[row]
            cap[i, k] = (licensed[i, row] if needed else np.inf) if eligible[i, row] else 0.0
            limit[i, k] = most[k]


@compiled
def _consider(
    shelf: Floats, cap: Floats, value: Floats, cost: Floats, utility: Floats, left: Floats, width: float,
    open_to: Floats, felt: Floats,
) -> None:  # fmt: skip
    """Which offers are open to whom, (labs, live), and what utility is felt, (live,): less where an offer is worth far
    less per dollar than what is on sale and may be taken.

    shelf   (live,) units; cap: (labs, live) units; left: (labs,) USD
    value   (live,) H100s; cost: USD; utility; width: as in `demand.disregard`
    """
    within, money = np.zeros(len(shelf)), 0.0
    for i in range(len(cap)):
        money += left[i]
        for k in range(len(shelf)):
            within[k] += cap[i, k]
            open_to[i, k] = 1.0 if cap[i, k] > DUST and shelf[k] > DUST else 0.0
    worth, dollars = np.empty(len(shelf)), np.empty(len(shelf))
    for k in range(len(shelf)):
        worth[k], dollars[k] = value[k] / cost[k], min(shelf[k], within[k]) * cost[k]
    lost = demand.disregard(worth, dollars, money, width)
    for k in range(len(shelf)):
        felt[k] = utility[k] + lost[k]


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
def _round(
    first: bool, shares: Floats, rows: Rows, price: Floats, cost: Floats, host: Floats, accepted: Floats, dealt: Bools,
    ways: Rows, turn: Rows, limit: Floats, units: Floats, paid: Floats, spent: Floats, left: Floats, shelf: Floats,
    cap: Floats, orders: Floats, waiting: Floats,
) -> float:  # fmt: skip
    """Labs bid their money, offers are cleared, those of dealers apart, and the trades go through; returns what labs
    have left to spend, USD.

    first     whether this is the first round, whose orders are noted, (products,)
    shares    (labs, live) of the money left; waiting: (labs, live) USD that waits for dealers
    turn      as in `clearing.turns`; the rest as in `_trade` and `_bid`
    """
    money = _bid(shares, price, cost, accepted, dealt, left, waiting)
    return _trade(
        first, money, rows, price, host, accepted, ways, turn, limit, units, paid, spent, left, shelf, cap, orders
    )


@compiled
def _trade(
    note: bool, money: Floats, rows: Rows, price: Floats, host: Floats, accepted: Floats, ways: Rows, turn: Rows,
    limit: Floats, units: Floats, paid: Floats, spent: Floats, left: Floats, shelf: Floats, cap: Floats, orders: Floats,
) -> float:  # fmt: skip
    """A book of money, (labs, live) USD, is cleared and its trades go through; returns what labs have left, USD.

    note       whether its orders are noted, (products,)
    rows       (live,) places on the product axis; price, host: USD asked, and of hosting
    accepted   (live,) share of orders that Beijing accepts; ways: places in MECHANISMS; turn: as in `clearing.turns`
    limit      (labs, live) USD, the most each would pay; cap: units that it may still take
    units      (labs, products) bought; paid: (products,) USD for cards; spent: (labs,) USD with hosting
    left       (labs,) USD still to spend; shelf: (live,) units still on sale
    """
    traded, at = np.empty(money.shape), np.empty(len(price))
    order(money, price, cap, traded)
    if note:
        _note(traded, accepted, rows, cap, orders)
    clear_goods(ways, price, shelf, limit, turn, traded, at)
    return _take(traded, at, host, rows, units, paid, spent, left, shelf, cap)


@compiled
def _bid(
    shares: Floats, price: Floats, cost: Floats, accepted: Floats, dealt: Bools, left: Floats, waiting: Floats
) -> Floats:
    """Money on the book, (labs, live) USD, hosting taken off; all that a lab does not offer it keeps.

    shares            (labs, live) of the money left, (labs,) USD, which becomes what is offered at once
    accepted, dealt   (live,) share of orders; whether dealers sell it, for whom money waits, (labs, live) USD
    """
    money, part = np.empty(shares.shape), np.empty(len(price))
    for k in range(len(price)):
        part[k] = 0.0 if dealt[k] else accepted[k] * (price[k] / cost[k])
    for i in range(len(left)):
        at_once = 0.0
        for k in range(len(price)):
            offered = left[i] * shares[i, k]
            money[i, k] = offered * part[k]
            if dealt[k]:
                waiting[i, k] += offered
            else:
                at_once += offered
        left[i] = at_once
    return money


@compiled
def _without_host(money: Floats, price: Floats, host: Floats) -> Floats:
    """What of money, (labs, columns) USD, is left for cards at a price when hosting is paid too, (columns,) USD."""
    left = np.empty(money.shape)
    for i in range(len(money)):
        for k in range(len(price)):
            left[i, k] = money[i, k] * (price[k] / (price[k] + host[k]))
    return left


@compiled
def _note(units: Floats, accepted: Floats, rows: Rows, cap: Floats, orders: Floats) -> None:
    """Note units ordered, (products,); where Beijing accepts only part of the orders, they are all that a lab can get.

    units            (labs, live) ordered; cap: (labs, live) units, lowered to these
    accepted, rows   (live,) share of orders, place on the product axis
    """
    for i in range(len(units)):
        for k in range(len(rows)):
            orders[rows[k]] += units[i, k]
            if accepted[k] < 1:
                cap[i, k] = units[i, k]


@compiled
def _take(
    traded: Floats, price: Floats, host: Floats, rows: Rows, units: Floats, paid: Floats, spent: Floats, left: Floats,
    shelf: Floats, cap: Floats,
) -> float:  # fmt: skip
    """Trades go through; returns what labs have left to spend, USD.

    traded     (labs, live) units at a price, with hosting, (live,) USD
    the rest   as in `_trade`
    """
    sold, whole = np.zeros(len(price)), 0.0
    for i in range(len(left)):
        cost = 0.0
        for k in range(len(price)):
            cost += traded[i, k] * (price[k] + host[k])
            units[i, rows[k]] += traded[i, k]
            cap[i, k] -= traded[i, k]
            sold[k] += traded[i, k]
        spent[i] += cost
        left[i] = max(left[i] - cost, 0.0)
        whole += left[i]
    for k in range(len(price)):
        paid[rows[k]] += sold[k] * price[k]
        shelf[k] = max(shelf[k] - sold[k], 0.0)
    return whole
