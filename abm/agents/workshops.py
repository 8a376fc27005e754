"""Workshops that turn gaming cards into cards for servers."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from abm.foundation import chance
from abm.foundation.arrays import plus
from abm.foundation.compiled import compiled
from abm.foundation.parameters import Parameters
from abm.foundation.tables import Column, Table
from abm.rules import diversion, repurposing
from abm.rules.expectation import smooth

Floats = NDArray[np.float64]


class Workshops(Table):
    """A workshop."""

    slot = Column("", "stable address of the workshop's chance", dtype=np.int64)
    start = Column("card/month", "capacity at the start")
    capacity = Column("card/month", "cards it can take in")
    good = Column("1", "share of the cards taken in that come out converted")
    cost = Column("1", "cost of converting a card over the card's list price")
    margin = Column("1", "margin expected over what a card costs it, by card, smoothed", "cards")
    stock = Column("card", "converted cards not yet sold, by product", "cards")
    cash = Column("USD", "money earned since the start")

    def order(self, price: Floats, shop: Floats, listed: Floats, shelf: Floats) -> Floats:
        """Cards each workshop wants, of those that pay, (workshops, cards).

        It divides its capacity by margin and by what shops have, and takes in no more than keeps its unsold stock
        within some months' output.

        price, shop, listed   (cards,) USD: of a converted card, of a card in the shop, and its list price
        shelf                 (cards,) cards in the shops
        """
        g = self.parameters.gaming
        _expect(self.margin, price, self.good, shop, self.cost, listed, g.smoothing)
        return _orders(self.margin, self.capacity, self.stock, shelf, g.stock_months, g.margin_scale)

    def adapt(self, taken: Floats, full: float) -> None:
        """Workshops grow or shrink with what they earn, never below a share of the capacity they began with.

        taken  (workshops, cards) taken in
        full   share of the cards wanted that were available
        """
        g = self.parameters.gaming
        earned = repurposing.earned(taken, self.margin, self.capacity)
        profit = plus(earned, np.full(len(earned), -g.overhead))
        grown = diversion.grow(self.capacity, profit, full, g.growth, g.growth_scale, g.slack)
        for w in range(len(grown)):
            self.capacity[w] = max(grown[w], g.least * self.start[w])

    @classmethod
    def opening(cls, axes: dict[str, int], seed: int, p: Parameters) -> Self:
        """Workshops at the start of 2021, a few large ones among them."""
        names = [f"workshop {place + 1}" for place in range(p.gaming.workshops)]
        workshops = cls(names, axes, p)
        workshops.slot[:] = np.arange(len(names))
        size = ((np.arange(len(names)) + 0.5) / max(len(names), 1)) ** (-1 / p.gaming.tail)
        workshops.start[:] = p.gaming.capacity * size / max(float(size.sum()), 1e-12)
        workshops.capacity[:] = workshops.start
        uniform = chance.fixed(seed, "workshop yield", workshops.slot)
        workshops.good[:] = np.minimum(p.gaming.good + (1 - p.gaming.good) * (uniform - 0.5), 1.0)
        workshops.cost[:] = p.gaming.conversion
        return workshops


@compiled
def _expect(
    margin: Floats, price: Floats, good: Floats, shop: Floats, cost: Floats, listed: Floats, weight: float
) -> None:
    """Move margins expected (workshops, cards) towards those of prices (cards,) and of workshops' yields and costs."""
    for w in range(len(good)):
        for k in range(len(price)):
            gain = repurposing.gain(price[k], good[w], shop[k], cost[w], listed[k])
            margin[w, k] = smooth(margin[w, k], gain, weight)


@compiled
def _orders(margin: Floats, capacity: Floats, stock: Floats, shelf: Floats, months: float, scale: float) -> Floats:
    """Cards wanted (workshops, cards): capacity and zeal after the best margin, shared by margin and shelf."""
    best, held = np.full(len(margin), -1.0), np.zeros(len(margin))
    for w in range(len(margin)):
        for k in range(len(shelf)):
            best[w] = max(best[w], margin[w, k])
            held[w] += stock[w, k]

    zeal = diversion.zeal(best, capacity, held, months, scale)
    wanted = diversion.allocate(shelf, margin, np.zeros(len(margin)))
    for w in range(len(margin)):
        for k in range(len(shelf)):
            wanted[w, k] *= capacity[w] * zeal[w]
    return wanted
