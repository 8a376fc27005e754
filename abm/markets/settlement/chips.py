"""Chinese vendors make cards of dies and stacks; vendors bear charges, fines and research."""

import numpy as np
from numpy.typing import NDArray

from abm.agents.vendors import ChipVendors
from abm.foundation.arrays import total
from abm.foundation.compiled import compiled, part
from abm.foundation.ledger import OUTSIDE, VENDORS
from abm.foundation.mirrors import behaviour
from abm.markets.settlement.booking import FREE, PLAIN, book
from abm.state import Market

Floats = NDArray[np.float64]

note_use = behaviour(ChipVendors.note_use)


@part
def receive_dies(market: Market, received: Floats) -> None:
    """Chinese vendors receive good dies, (vendors,)."""
    for v in range(len(received)):
        market.vendors.dies[v] += received[v]
    book(market, OUTSIDE, VENDORS, PLAIN, market.setting.dies, np.full(1, total(received)), FREE)


@part
def make_cards(market: Market, cards: Floats, dies: Floats, stacks: Floats) -> None:
    """Dies and stacks go into chips; stacks leave stock in proportion to the generations held.

    cards         (home,) cards made
    dies, stacks  (vendors,) used
    """
    vendors, setting, first = market.vendors, market.setting, market.axis.domestic.start
    gone, used = _use_up(vendors.stock, vendors.dies, stacks, dies)
    note_use(vendors, used)
    for k in range(len(cards)):
        market.products.stock[first + k] += cards[k]
    book(market, VENDORS, OUTSIDE, PLAIN, setting.dies, np.full(1, total(dies)), FREE)
    book(market, VENDORS, OUTSIDE, PLAIN, setting.stacks, gone, FREE)
    book(market, OUTSIDE, VENDORS, PLAIN, setting.accounts[first : first + len(cards)], cards, FREE)


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
