"""Brokers: dealers in third countries who bring to China what law denies it. An aggregate, not a map of routes."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from abm.foundation import chance
from abm.foundation.parameters import Parameters
from abm.foundation.tables import Column, Table
from abm.law.levers import PLACES
from abm.rules import diversion, expectation

Floats = NDArray[np.float64]


class Brokers(Table):
    """A grey-market dealer."""

    slot = Column("", "stable address of the broker's chance", dtype=np.int64)
    source = Column("", "place in PLACES where it buys, drawn evenly", dtype=np.int64)
    start = Column("unit/month", "capacity it enters with")
    capacity = Column("unit/month", "what it can ship")
    cost = Column("1", "what a card costs it landed, over US list, less 1, taxes evaded taken off")
    exposure = Column("1", "relative visibility")
    active = Column("", "at work", dtype=np.bool_)
    caught_until = Column("month", "month until which it is inactive after a seizure")
    premium = Column("1", "premium over US list expected, by product, smoothed", "grey")
    stock = Column("unit", "cards landed and not yet sold, by product", "grey")
    cash = Column("USD", "money earned since the start")

    def allocate(self, premium: Floats, room: Floats) -> Floats:
        """How each broker divides its cargo among products by the premia it expects, (brokers, grey).

        premium   (grey,) of the month; room (grey,) units available
        """
        p = self.parameters
        self.premium[:] = expectation.smooth(self.premium, premium, p.grey.smoothing)
        return diversion.allocate(room, self.premium, self.cost)

    def expect(self, cargo: Floats, room: Floats, enforcement: float) -> Floats:
        """Margin each broker expects a dollar of list price, the risk of seizure at its size counted, (brokers,); of
        one that is out, at the size with which it would enter.

        Without a cargo that pays, of what is available; nothing is expected while nothing is.
        """
        whole = float(room.sum())
        if whole <= 0:
            return np.zeros(len(self))
        size = np.where(self.active, self.capacity, self.start)
        risk = diversion.risk(size, self.exposure, enforcement)
        mixed = np.where(cargo.any(axis=1)[:, None], cargo, room / whole)
        return diversion.margin((mixed * self.premium).sum(axis=1), self.cost, risk)

    def ship(self, margin: Floats, cargo: Floats, room: Floats, buyers: Floats, month: int) -> Floats:
        """Units each broker ships by product, none at an expected loss, (brokers, grey).

        cargo    (brokers, grey) shares of the products; room (grey,) units available
        buyers   (places,) authorised buyers in a place over before
        """
        g = self.parameters.grey
        works = self.active & (self.caught_until <= month)
        zeal = diversion.zeal(margin, self.capacity, self.stock.sum(axis=1), g.stock_months, g.margin_scale)
        return diversion.ship(self.capacity * works * zeal * buyers[self.source], cargo, room)

    def adapt(self, margin: Floats, shipped: Floats, full: float, lost: Floats, u: Floats, month: int) -> None:
        """Brokers grow or shrink with what they earn, their overhead also running while there is nothing to ship; they
        stop for a while, at a part of their size, when caught, leave when little is left, and enter.

        shipped   (brokers,) units
        full      share of capacity that could be shipped
        lost      (brokers,) units seized
        u         (brokers,) uniforms: who enters
        """
        g, out = self.parameters.grey, ~self.active
        size = np.where(out, self.start, self.capacity)
        used = np.where(out, full, shipped / np.maximum(size, 1e-9))
        profit = diversion.profit(margin, used, g.overhead, g.fixed, size)
        grown = diversion.grow(self.capacity, profit, full, g.growth, g.growth_scale, g.slack)
        caught = lost > 0
        self.capacity[:] = np.where(out, 0.0, np.where(caught, (1 - g.caught_loss) * self.capacity, grown))
        self.caught_until[caught] = month + 1 + g.caught_months
        self.active[self.capacity < g.least * self.start] = False
        comes = diversion.enter(out, profit, g.entry * full, g.growth_scale, u)
        self.active[comes] = True
        self.capacity[comes] = self.start[comes]

    @classmethod
    def opening(cls, axes: dict[str, int], seed: int, p: Parameters) -> Self:
        """Brokers at the start of 2021: Pareto sizes that add up to `grey.capacity`, places drawn evenly."""
        names = [f"broker {place + 1}" for place in range(p.grey.brokers)]
        brokers = cls(names, axes, p)
        count = max(len(names), 1)
        brokers.slot[:] = np.arange(len(names))
        abroad = [place for place, name in enumerate(PLACES) if name != "CN"]
        at = (chance.fixed(seed, "broker place", brokers.slot) * len(abroad)).astype(np.int64)
        brokers.source[:] = np.array(abroad)[at]
        size = ((np.arange(len(names)) + 0.5) / count) ** (-1 / p.grey.tail)
        brokers.start[:] = p.grey.capacity * size / max(float(size.sum()), 1e-12)
        brokers.capacity[:] = brokers.start
        brokers.cost[:] = p.grey.cost + p.grey.cost_spread * (chance.fixed(seed, "broker cost", brokers.slot) - 0.5)
        brokers.exposure[:] = 0.5 + chance.fixed(seed, "broker exposure", brokers.slot)
        brokers.active[:] = True
        return brokers
