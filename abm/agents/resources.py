"""Resources with state and without decisions: shops that sell gaming cards, hosts abroad that
let compute, and the rest of the world."""

from typing import Self

import numpy as np

from abm.agents.frontier import opening_ages
from abm.agents.products import ProductAxis
from abm.facts import paths
from abm.foundation.dates import month_of
from abm.foundation.parameters import Parameters
from abm.foundation.tables import Column, Table


class Shops(Table):
    """China's retail channel for gaming cards of the top tier, one row a card."""

    released = Column("month", "month of release")
    price = Column("1", "price over list")
    stock = Column("card", "cards in the shops")
    barred = Column("month", "months since the card was barred, -1 while it may be sold")
    sold = Column("card/month", "cards sold this month, to gamers and workshops")
    cash = Column("USD", "money earned since the start")

    @classmethod
    def opening(cls, axes: dict[str, int], axis: ProductAxis, p: Parameters) -> Self:
        """Shops before the first card of the tier."""
        skus = axis.skus[axis.gaming]
        shops = cls(skus, axes, p)
        for row, sku in enumerate(skus):
            released = axis.chips[sku].released
            shops.released[row] = np.inf if released is None else month_of(released)
        shops.price[:] = 1.0
        shops.barred[:] = -1.0
        return shops


class Hosts(Table):
    """Hosts of compute abroad."""

    own = Column("H100e", "compute in centres of Chinese firms' subsidiaries")
    capacity = Column("H100e", "compute they let to Chinese firms")
    rent = Column("1", "rent over cost and usual margin")
    cash = Column("USD", "rents received since the start")

    @classmethod
    def opening(cls, axes: dict[str, int], p: Parameters) -> Self:
        """Hosts without contracts."""
        hosts = cls(("hosts",), axes, p)
        hosts.rent[:] = 1.0
        return hosts


class World(Table):
    """The rest of the world: its compute."""

    fleet = Column("H100e", "compute, by age class", "classes")

    @classmethod
    def opening(cls, axes: dict[str, int], p: Parameters) -> Self:
        """The compute installed at the start of 2021, spread over age classes."""
        world = cls(("world",), axes, p)
        world.fleet[0] = paths.value("installed/world") * opening_ages()
        return world
