"""Chinese vendors make cards of dies and stacks; vendors bear charges, fines and research."""

import numpy as np
from numpy.typing import NDArray

from abm.agents.vendors import ChipVendors
from abm.foundation.compiled import compiled, part
from abm.foundation.mirrors import behaviour
from abm.markets.settlement.booking import book, pay, vendors_spend
from abm.state import Market

Floats = NDArray[np.float64]

note_use = behaviour(ChipVendors.note_use)


@part
def receive_dies(market: Market, received: Floats) -> None:
    """Chinese vendors receive good dies, (vendors,)."""
    for v in range(len(received)):
        market.vendors.dies[v] += received[v]


@part
def make_cards(market: Market, cards: Floats, dies: Floats, stacks: Floats) -> Floats:
    """Dies and stacks go into chips; stacks leave stock in proportion to the generations held; returns those that do,
    (generations,).

    cards         (home,) cards made
    dies, stacks  (vendors,) used
    """
    vendors, first = market.vendors, market.axis.domestic.start
    gone, used = _use_up(vendors.stock, vendors.dies, stacks, dies)
    note_use(vendors, used)
    for k in range(len(cards)):
        market.products.stock[first + k] += cards[k]
    return gone


def book_chips(market: Market, received: Floats, cards: Floats, dies: Floats, gone: Floats) -> None:
    """Book what `receive_dies` and `make_cards` moved."""
    setting = market.setting
    book(market, "outside", "vendors", setting.dies, np.array([received.sum()]))
    book(market, "vendors", "outside", setting.dies, np.array([dies.sum()]))
    book(market, "vendors", "outside", setting.stacks, gone)
    book(market, "outside", "vendors", setting.accounts[market.axis.domestic], cards)


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


def book_research(market: Market, research: Floats) -> None:
    """Book what vendors spent on R&D, USD (vendors,)."""
    pay(market, "vendors", "outside", float(research.sum()), "research")
