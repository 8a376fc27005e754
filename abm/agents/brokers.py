"""Brokers: dealers in third countries who bring to China what law denies it. An aggregate, not a map of routes."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from abm.foundation import chance
from abm.foundation.arrays import opposite
from abm.foundation.compiled import compiled
from abm.foundation.parameters import Parameters
from abm.foundation.tables import Column, Table
from abm.law.levers import PLACES
from abm.rules import diversion
from abm.rules.expectation import smooth

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Bools = NDArray[np.bool_]


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
        return _cargo(self.premium, premium, room, self.cost, self.parameters.grey.smoothing)

    def expect(self, cargo: Floats, room: Floats, enforcement: float) -> Floats:
        """Margin each broker expects a dollar of list price, the risk of seizure at its size counted, (brokers,); of
        one that is out, at the size with which it would enter.

        Without a cargo that pays, of what is available; nothing is expected while nothing is.
        """
        return _margins(
            cargo, room, enforcement, self.active, self.capacity, self.start, self.exposure, self.premium, self.cost
        )

    def ship(self, margin: Floats, cargo: Floats, room: Floats, buyers: Floats, month: int) -> Floats:
        """Units each broker ships by product, none at an expected loss, (brokers, grey).

        cargo    (brokers, grey) shares of the products; room (grey,) units available
        buyers   (places,) authorised buyers in a place over before
        """
        g = self.parameters.grey
        return _ship(
            margin, cargo, room, self.capacity, self.active, self.caught_until, self.stock, self.source, buyers, month,
            g.stock_months, g.margin_scale,
        )  # fmt: skip

    def adapt(self, margin: Floats, shipped: Floats, full: float, lost: Floats, u: Floats, month: int) -> None:
        """Brokers grow or shrink with what they earn, their overhead also running while there is nothing to ship; they
        stop for a while, at a part of their size, when caught, leave when little is left, and enter.

        shipped   (brokers,) units
        full      share of capacity that could be shipped
        lost      (brokers,) units seized
        u         (brokers,) uniforms: who enters
        """
        g = self.parameters.grey
        profit = _profits(margin, shipped, full, self.active, self.capacity, self.start, g.overhead, g.fixed)
        grown = diversion.grow(self.capacity, profit, full, g.growth, g.growth_scale, g.slack)
        comes = diversion.enter(opposite(self.active), profit, g.entry * full, g.growth_scale, u)
        free = month + 1 + g.caught_months
        _move(
            grown, comes, lost, g.caught_loss, free, g.least, self.start, self.capacity, self.active, self.caught_until
        )

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


@compiled
def _cargo(expected: Floats, premium: Floats, room: Floats, cost: Floats, weight: float) -> Floats:
    """Move the premia expected (brokers, grey) towards the month's, (grey,), and share out the cargo by them."""
    for b in range(len(cost)):
        for k in range(len(premium)):
            expected[b, k] = smooth(expected[b, k], premium[k], weight)
    return diversion.allocate(room, expected, cost)


@compiled
def _margins(
    cargo: Floats, room: Floats, enforcement: float, active: Bools, capacity: Floats, start: Floats, exposure: Floats,
    premium: Floats, cost: Floats,
) -> Floats:  # fmt: skip
    """Margin each broker expects of its cargo (brokers, grey), or of all there is room for without one, (brokers,)."""
    size = np.zeros(len(cost))
    for b in range(len(cost)):
        size[b] = capacity[b] if active[b] else start[b]
    risk = diversion.risk(size, exposure, enforcement)

    margin, whole = np.zeros(len(cost)), 0.0
    for k in range(len(room)):
        whole += room[k]
    if whole <= 0:
        return margin
    for b in range(len(cost)):
        some = False
        for k in range(len(room)):
            some |= cargo[b, k] != 0
        level = 0.0
        for k in range(len(room)):
            level += (cargo[b, k] if some else room[k] / whole) * premium[b, k]
        margin[b] = diversion.margin(level, cost[b], risk[b])
    return margin


@compiled
def _ship(
    margin: Floats, cargo: Floats, room: Floats, capacity: Floats, active: Bools, caught_until: Floats, stock: Floats,
    source: Rows, buyers: Floats, month: int, months: float, scale: float,
) -> Floats:  # fmt: skip
    """Units shipped (brokers, grey): by zeal and what a broker's place lets it, nothing while caught."""
    held = np.zeros(len(capacity))
    for b in range(len(capacity)):
        for k in range(stock.shape[1]):
            held[b] += stock[b, k]

    used = diversion.zeal(margin, capacity, held, months, scale)
    for b in range(len(capacity)):
        works = active[b] and caught_until[b] <= month
        used[b] = capacity[b] * used[b] * buyers[source[b]] if works else 0.0
    return diversion.ship(used, cargo, room)


@compiled
def _profits(
    margin: Floats, shipped: Floats, full: float, active: Bools, capacity: Floats, start: Floats, overhead: float,
    fixed: float,
) -> Floats:  # fmt: skip
    """What each broker earns, (brokers,); one that is out, were it in with what it would start with."""
    profit = np.zeros(len(start))
    for b in range(len(start)):
        size = capacity[b] if active[b] else start[b]
        used = shipped[b] / max(size, 1e-9) if active[b] else full
        profit[b] = diversion.profit(margin[b], used, overhead, fixed, size)
    return profit


@compiled
def _move(
    grown: Floats, comes: Bools, lost: Floats, loss: float, free: int, least: float, start: Floats, capacity: Floats,
    active: Bools, caught_until: Floats,
) -> None:  # fmt: skip
    """Note capacities: as grown, less after a loss; and who is caught until when, leaves and enters, (brokers,)."""
    for b in range(len(start)):
        if lost[b] > 0:
            caught_until[b] = free
        kept = (1 - loss) * capacity[b] if lost[b] > 0 else grown[b]
        capacity[b] = kept if active[b] else 0.0
        if capacity[b] < least * start[b]:
            active[b] = False
        if comes[b]:
            active[b], capacity[b] = True, start[b]
