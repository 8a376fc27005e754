"""How transfers are booked, and what vendors pay the outside; for the other modules of settlement."""

import numpy as np
from numpy.typing import NDArray

from abm.agents.products import CHANNELS
from abm.foundation.arrays import total
from abm.foundation.compiled import compiled, part
from abm.foundation.ledger import OUTSIDE, VENDORS, write
from abm.markets.clearing import DUST
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]

WAYS = (
    *CHANNELS, "", "budget", "cards", "charges", "conversion", "fees", "fines", "gamers", "hbm", "hosting", "making",
    "research", "returned", "scrap", "seized", "world", "written off",
)  # fmt: skip
"""What goods and money move through, the channels of products first."""
_, _, GREY, GAMING, OFFSHORE, _ = range(len(CHANNELS))
(
    PLAIN, BUDGET, CARDS, CHARGES, CONVERSION, FEES, FINES, GAMERS, HBM, HOSTING, MAKING,
    RESEARCH, RETURNED, SCRAP, SEIZED, ABROAD, WRITTEN_OFF,
) = range(len(CHANNELS), len(WAYS))  # fmt: skip
FREE = np.zeros(0)
"""No dollars for a transfer."""


@part
def book(market: Market, sender: int, receiver: int, way: int, goods: Rows, units: Floats, usd: Floats) -> None:
    """Book a transfer of this month through one of WAYS, as `ledger.write` does."""
    write(
        market.ledger.page, market.ledger.lines, market.t, sender, receiver, np.full(len(goods), way), goods, units, usd
    )


@part
def book_products(market: Market, sender: int, receiver: int, rows: Rows, units: Floats, usd: Floats) -> None:
    """Book a transfer of products, each through its channel."""
    accounts, places = market.setting.accounts, market.axis.places
    write(market.ledger.page, market.ledger.lines, market.t, sender, receiver, places[rows], accounts[rows], units, usd)


@part
def pay(market: Market, payer: int, payee: int, usd: float, way: int) -> None:
    """Book a payment of this month, USD."""
    book(market, payee, payer, way, market.setting.money, np.zeros(1), np.full(1, usd))


@compiled
def left_over(stock: float, sold: float) -> float:
    """What is left of a stock of which some was sold; of what is sold out, nothing, whatever rounding leaves."""
    return stock - sold if stock - sold > DUST else 0.0


@part
def spend(market: Market, usd: Floats, way: int) -> None:
    """Vendors pay the outside from cash, USD (vendors,)."""
    for v in range(len(usd)):
        market.vendors.cash[v] -= usd[v]
    pay(market, VENDORS, OUTSIDE, total(usd), way)


@part
def pay_cost(market: Market, revenue: Floats) -> None:
    """Vendors pay from cash what is not margin of revenue, USD (vendors,)."""
    p = market.parameters
    usd = _cost(revenue, market.vendors.domestic, p.vendors.margin, p.domestic.margin)
    spend(market, usd, MAKING)


@compiled
def _cost(revenue: Floats, domestic: Bools, margin: float, home_margin: float) -> Floats:
    found = np.empty(len(revenue))
    for v in range(len(revenue)):
        found[v] = revenue[v] * (1 - (home_margin if domestic[v] else margin))
    return found
