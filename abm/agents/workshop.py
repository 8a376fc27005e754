"""Workshops that turn gaming cards into cards for servers."""

import numpy as np
from numpy.typing import NDArray

from abm.agents.columns import Column, Row, Table
from abm.foundation import chance
from abm.foundation.parameters import Parameters
from abm.rules import diversion, expectation

Floats = NDArray[np.float64]

TAIL = 1.2
"""Pareto exponent of the size of workshops: assumed."""


class Workshop(Row):
    """A workshop."""

    slot = Column("", "stable address of the workshop's chance", dtype=np.int64)
    start = Column("card/month", "capacity at the start")
    capacity = Column("card/month", "cards it can take in")
    good = Column("1", "share of the cards taken in that come out converted")
    cost = Column("1", "cost of converting a card over the card's list price")
    margin = Column("1", "margin expected over what a card costs it, smoothed")
    stock = Column("card", "converted cards not yet sold, by product", "cards")
    cash = Column("USD", "money earned since the start")

    @classmethod
    def order(
        cls, workshops: Table, price: Floats, shop: Floats, listed: Floats, shelf: Floats, p: Parameters
    ) -> Floats:
        """Cards each workshop wants, of those that pay, (workshops, cards).

        It divides its capacity by margin and by what shops have, and takes in no more than keeps its unsold stock
        within some months' output.

        price, shop, listed   (cards,) USD: of a converted card, of a card in the shop, and its list price
        shelf                 (cards,) cards in the shops
        """
        outlay = shop[None, :] + workshops.cost[:, None] * listed[None, :]
        gain = price[None, :] * workshops.good[:, None] / outlay - 1
        best = gain.max(axis=1, initial=-1.0)
        workshops.margin[:] = expectation.smooth(workshops.margin, best, p.gaming.smoothing)
        share = diversion.divide(shelf, gain, np.zeros(len(workshops)))
        room = p.gaming.stock_months * workshops.capacity - workshops.stock.sum(axis=1)
        return share * np.clip(room, 0.0, workshops.capacity)[:, None]

    @classmethod
    def answer(cls, workshops: Table, full: float, p: Parameters) -> None:
        """Workshops grow or shrink with the margin, never below a share of the capacity they began with.

        full   share of the cards wanted that were to be had
        """
        grown = diversion.grow(workshops.capacity, workshops.margin, full, p.gaming.growth)
        workshops.capacity[:] = np.maximum(grown, p.gaming.least * workshops.start)


def build(kind: type[Row], axes: dict[str, int], seed: int, p: Parameters) -> Table:
    """Workshops at the start of 2021, a few large ones among them."""
    names = [f"workshop {place + 1}" for place in range(p.gaming.workshops)]
    workshops = Table(kind, names, axes)
    workshops.slot[:] = np.arange(len(names))
    size = ((np.arange(len(names)) + 0.5) / max(len(names), 1)) ** (-1 / TAIL)
    workshops.start[:] = p.gaming.capacity * size / max(float(size.sum()), 1e-12)
    workshops.capacity[:] = workshops.start
    luck = chance.fixed(seed, "workshop yield", workshops.slot)
    workshops.good[:] = np.minimum(p.gaming.good + (1 - p.gaming.good) * (luck - 0.5), 1.0)
    workshops.cost[:] = p.gaming.conversion
    return workshops
