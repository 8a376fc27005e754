"""Chinese vendors make cards of dies and stacks; vendors bear charges, fines and research."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled
from abm.markets.settlement.booking import book, vendors_spend
from abm.state import Market

Floats = NDArray[np.float64]


def receive_dies(market: Market, received: Floats) -> None:
    """Chinese vendors receive good dies, (vendors,)."""
    market.vendors.dies += received
    book(market, "outside", "vendors", market.setting.dies, np.array([received.sum()]))


def make_cards(market: Market, cards: Floats, dies: Floats, stacks: Floats) -> None:
    """Dies and stacks go into chips; stacks leave stock in proportion to the generations held.

    cards         (home,) cards made
    dies, stacks  (vendors,) used
    """
    vendors, accounts, home = market.vendors, market.setting.accounts, market.axis.domestic
    gone, used = _use_up(vendors.stock, vendors.dies, stacks, dies)
    vendors.note_use(used)
    book(market, "vendors", "outside", market.setting.dies, np.array([dies.sum()]))
    book(market, "vendors", "outside", market.setting.stacks, gone)
    market.products.stock[home] += cards
    book(market, "outside", "vendors", accounts[home], cards)


@compiled
def _use_up(stock: Floats, held: Floats, stacks: Floats, dies: Floats) -> tuple[Floats, Floats]:
    """Stacks and dies (vendors,) leave stock; returns stacks used, by generation and by vendor."""
    gone, used = np.zeros(stock.shape[1]), np.zeros(len(dies))
    for v in range(len(dies)):
        whole = 0.0
        for generation in range(stock.shape[1]):
            whole += stock[v, generation]
        part = min(stacks[v] / whole, 1.0) if whole > 0 else 0.0
        for generation in range(stock.shape[1]):
            taken = stock[v, generation] * part
            stock[v, generation] -= taken
            gone[generation] += taken
            used[v] += taken
        held[v] = max(held[v] - dies[v], 0.0)
    return gone, used


def write_off(market: Market, charges: Floats) -> None:
    """Vendors bear what stranded chips cost to make, USD (vendors,)."""
    vendors_spend(market, charges, "charges")


def fine(market: Market, fines: Floats) -> None:
    """Vendors pay fines, USD (vendors,)."""
    vendors_spend(market, fines, "fines")


def pay_research(market: Market, research: Floats) -> None:
    """Vendors pay for R&D, USD (vendors,)."""
    vendors_spend(market, research, "research")
