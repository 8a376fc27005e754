"""Makers of high-bandwidth memory: output by generation, and how much of it goes to China."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from abm.facts import catalog
from abm.foundation.parameters import Parameters
from abm.foundation.tables import Column, Table
from abm.rules import hbm

Floats = NDArray[np.float64]


class HbmMakers(Table):
    """A maker of HBM stacks."""

    domestic = Column("", "whether the maker is Chinese", dtype=np.bool_)
    cash = Column("USD", "money earned since the start")
    output = Column("stack/month", "stacks made, by generation", "generations")
    stock = Column("stack", "stacks made and not sold, by generation", "generations")
    contract = Column("1", "contract price over the reference price")
    capacity = Column("1", "output over the sourced path, wafers over those on record: what prices have paid for")
    begun = Column("1", "capacity under way, over that on record")

    def sell_to_china(self, ordered: float, allowed: Floats, china_share: Floats, room: float) -> Floats:
        """Stacks sold to Chinese vendors by maker and generation, (makers, generations).

        Orders are filled from the generations that law allows, the oldest first, since they are the cheapest; within a
        generation the makers sell by their standing in China as far as their stock goes.

        ordered       stacks due this month, all vendors
        allowed       (generations,) share of stacks at hand that may go
        china_share   (makers,) each maker's share in sales to China
        room          largest total, stacks
        """
        return hbm.fill(ordered, self.domestic, self.stock, allowed, china_share, room)

    @classmethod
    def opening(cls, axes: dict[str, int], p: Parameters) -> Self:
        """The table of makers."""
        firms = catalog.firms("hbm")
        makers = cls(tuple(firms), axes, p)
        makers.domestic[:] = [one.domestic for one in firms.values()]
        makers.contract[:] = makers.capacity[:] = 1.0
        return makers
