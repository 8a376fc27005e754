"""How transfers are booked, and what vendors pay the outside; for the other modules of settlement."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, part
from abm.markets.clearing import DUST
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def book(
    market: Market,
    sender: str,
    receiver: str,
    goods: NDArray[np.int64],
    units: Floats,
    usd: Floats | None = None,
    channel: str | tuple[str, ...] = "",
) -> None:
    """Book a transfer of this month, as `Ledger.transfer` does."""
    market.ledger.transfer(market.t, sender, receiver, goods, units, usd, channel)


def book_rows(
    market: Market,
    sender: str,
    receiver: str,
    rows: slice,
    units: Floats,
    usd: Floats | None = None,
    channel: str = "",
) -> None:
    """Book a transfer of some rows of the product axis, if there is any."""
    if units.any():
        book(market, sender, receiver, market.setting.accounts[rows], units, usd, channel)


def book_by_channel(market: Market, sender: str, receiver: str, units: Floats, usd: Floats | None = None) -> None:
    """Book a transfer of products, each through its channel, units (products,)."""
    book(market, sender, receiver, market.setting.accounts, units, usd, market.axis.channels)


def pay(market: Market, payer: str, payee: str, usd: float, channel: str) -> None:
    """Book a payment of this month, USD."""
    market.ledger.pay(market.t, payer, payee, usd, channel)


@compiled
def left_over(stock: float, sold: float) -> float:
    """What is left of a stock of which some was sold; of what is sold out, nothing, whatever rounding leaves."""
    return stock - sold if stock - sold > DUST else 0.0


@part
def spend(market: Market, usd: Floats) -> None:
    """Vendors pay from cash, USD (vendors,)."""
    for v in range(len(usd)):
        market.vendors.cash[v] -= usd[v]


def vendors_spend(market: Market, usd: Floats, channel: str) -> None:
    """Vendors pay the outside, USD (vendors,)."""
    market.vendors.cash -= usd
    pay(market, "vendors", "outside", float(usd.sum()), channel)


@compiled
def pay_cost(revenue: Floats, domestic: Bools, margin: float, home_margin: float, cash: Floats) -> float:
    """What is not margin of revenue is paid from cash, (vendors,) USD; returns USD in all."""
    whole = 0.0
    for v in range(len(revenue)):
        cost = revenue[v] * (1 - (home_margin if domestic[v] else margin))
        cash[v] -= cost
        whole += cost
    return whole
