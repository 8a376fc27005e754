"""HBM stacks are made, and sold to Chinese vendors and abroad."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, part
from abm.foundation.ledger import MAKERS, OUTSIDE, VENDORS
from abm.markets.hbm import Sales
from abm.markets.settlement.booking import ABROAD, FREE, HBM, PLAIN, book
from abm.state import Market

Floats = NDArray[np.float64]


@part
def make_stacks(market: Market) -> None:
    """Makers take what they have made into stock."""
    made = _take_stock(market.makers.stock, market.makers.output)
    book(market, OUTSIDE, MAKERS, PLAIN, market.setting.stacks, made, FREE)


@compiled
def _take_stock(stock: Floats, made: Floats) -> Floats:
    """Stock grows by what was made; returns that by generation."""
    units = np.zeros(stock.shape[1])
    for maker in range(stock.shape[0]):
        for generation in range(stock.shape[1]):
            stock[maker, generation] += made[maker, generation]
            units[generation] += made[maker, generation]
    return units


@part
def sell_stacks(market: Market, sales: Sales) -> tuple[Floats, Floats]:
    """Makers sell stacks to Chinese vendors and to the rest of the world; returns Chinese stacks received, (vendors,),
    and USD by maker, for China and for the world (2, makers)."""
    makers, vendors, goods = market.makers, market.vendors, market.setting.stacks
    received, moved, earned = _sell_stacks(
        makers.stock, makers.cash, vendors.stock, vendors.cash, market.setting.hbm_price[market.t], sales.to_china,
        sales.due, sales.paid, sales.at_home, sales.use, sales.home, sales.abroad, sales.away,
    )  # fmt: skip
    book(market, MAKERS, VENDORS, HBM, goods, moved[0, 0], moved[0, 1])
    book(market, MAKERS, OUTSIDE, ABROAD, goods, moved[1, 0], moved[1, 1])
    return received, earned


@compiled
def _sell_stacks(
    stock: Floats, cash: Floats, held: Floats, purse: Floats, price: Floats, to_china: Floats, due: Floats,
    paid: Floats, at_home: Floats, use: Floats, home: float, abroad: Floats, away: float,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """Makers' and vendors' stacks and cash after the sales; returns Chinese stacks received (vendors,), and for China
    and the world stacks and USD by generation (2, 2, generations) and USD by maker (2, makers)."""
    received, moved, earned = np.zeros((2, len(use))), np.zeros((2, 2, len(price))), np.zeros((2, len(cash)))
    mean = _take_in(held, purse, to_china, price, due, paid, received[0])
    _hand_over(stock, cash, to_china, price, mean, moved[0], earned[0])
    mean = _take_in(held, purse, at_home, price, use, np.full(len(use), home), received[1])
    _hand_over(stock, cash, at_home, price, mean, moved[0], earned[0])
    _hand_over(stock, cash, abroad, price, away, moved[1], earned[1])
    return received[1], moved, earned


@compiled
def _take_in(
    held: Floats, purse: Floats, sold: Floats, price: Floats, claims: Floats, paid: Floats, received: Floats
) -> float:
    """Vendors share out stacks sold (makers, generations) by their claims and pay for them, each so much over the
    reference price; returns what they pay over it on average."""
    whole, mean = 0.0, 0.0
    for v in range(len(claims)):
        whole += claims[v]
    for v in range(len(claims)):
        part = claims[v] / max(whole, 1e-9)
        mean += part * paid[v]
        for maker in range(sold.shape[0]):
            for generation in range(sold.shape[1]):
                stacks = part * sold[maker, generation]
                held[v, generation] += stacks
                purse[v] -= stacks * price[generation] * paid[v]
                received[v] += stacks
    return mean


@compiled
def _hand_over(
    stock: Floats, cash: Floats, sold: Floats, price: Floats, paid: float, moved: Floats, earned: Floats
) -> None:
    """Makers hand over stacks sold (makers, generations) and are paid so much over the reference price; what moves adds
    to stacks and USD by generation (2, generations) and to USD by maker."""
    for maker in range(sold.shape[0]):
        for generation in range(sold.shape[1]):
            usd = sold[maker, generation] * price[generation] * paid
            stock[maker, generation] = max(stock[maker, generation] - sold[maker, generation], 0.0)
            moved[0, generation] += sold[maker, generation]
            moved[1, generation] += usd
            cash[maker] += usd
            earned[maker] += usd
