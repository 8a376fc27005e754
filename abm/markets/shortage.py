"""What labs lack: what they got against a buyer at list prices whom no law and no rationing restricts."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, part
from abm.markets.trade import Bought, choose
from abm.records import Budgets, Offers
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]


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


@part
def against_unrestricted(market: Market, budgets: Budgets, offers: Offers, bought: Bought) -> Shortage:
    """What labs got against an unrestricted buyer."""
    labs, products, d = market.labs, market.products, market.parameters.demand
    n, money = len(offers.worth), budgets.money
    found, rows, nest = np.empty((2, n)), np.empty(n, np.int64), np.empty(n, np.int64)
    everyone = _pick_released(
        offers.released, offers.worth, offers.best, d.theta, market.axis.nests, len(money), found, rows, nest
    )
    count = everyone.shape[1]
    rows, nest, worth, utility = rows[:count], nest[:count], found[0, :count], found[1, :count]
    shares = choose(labs, utility, everyone, nest, budgets.odds)
    wanted = np.zeros(len(market.vendors.cash))
    _wish_freely(shares, rows, products.price, products.host, products.vendor, labs.flow, wanted)
    got, free, felt = _compare(bought.rows, bought.units, offers.value, bought.spent, shares, worth, money, labs.flow)
    return Shortage(got, free, felt, wanted)


@compiled
def _pick_released(
    released: Bools, worth: Floats, best: float, theta: float, nests: Rows, labs: int, found: Floats, rows: Rows,
    nest: Rows,
) -> Floats:  # fmt: skip
    """Pick released products; returns that they are open to all, (labs, released).

    released, worth, nests   (products,) whether it is, H100/USD, place in NESTS; best: H100/USD
    found                    (2, products) worth and utility of those picked; rows, nest: (products,) place and nest
    """
    count = 0
    for row in range(len(released)):
        if released[row]:
            found[0, count], found[1, count] = worth[row], theta * math.log(worth[row] / best)
            rows[count], nest[count] = row, nests[row]
            count += 1
    return np.ones((labs, count))


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
