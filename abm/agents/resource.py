"""Resources with state and without decisions: shops that sell gaming cards, and hosts abroad that let compute."""

import numpy as np

from abm.agents.columns import Column, Table
from abm.agents.product import Axis
from abm.foundation.dates import month_of


class Shops:
    """China's retail channel for gaming cards of the top tier, one row a card."""

    released = Column("month", "month of release")
    price = Column("1", "price over list")
    stock = Column("card", "cards in the shops")
    barred = Column("month", "months since the card was barred, -1 while it may be sold")
    sold = Column("card/month", "cards sold this month, to gamers and workshops")
    cash = Column("USD", "money earned since the start")


class Hosts:
    """Hosts of compute abroad."""

    own = Column("H100e", "compute in centres of Chinese firms' subsidiaries")
    capacity = Column("H100e", "compute they let to Chinese firms")
    rent = Column("1", "rent over cost and usual margin")
    cash = Column("USD", "rents received since the start")


def shops(axes: dict[str, int], place: Axis) -> Table:
    """Shops before the first card of the tier."""
    skus = place.skus[place.slices["gaming"]]
    table = Table(Shops, skus, axes)
    for row, sku in enumerate(skus):
        released = place.chips[sku].released
        table.released[row] = np.inf if released is None else month_of(released)
    table.price[:] = 1.0
    table.barred[:] = -1.0
    return table


def hosts(axes: dict[str, int]) -> Table:
    """Hosts without contracts."""
    table = Table(Hosts, ("hosts",), axes)
    table.rent[:] = 1.0
    return table
