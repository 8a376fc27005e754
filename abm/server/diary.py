"""What a page remembers of agents month by month, so that an agent's story can be told."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.agents.products import CHANNELS
from abm.foundation import dates
from abm.records import HbmMonth, Sales, Use

if TYPE_CHECKING:
    from abm.model import ChipMarket

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Entry:
    """A month of all agents; compute in H100e.

    held        (labs, channels) in use; cash (labs,) USD
    most        (labs,) product of which a lab bought most compute, and units (labs,) of it
    shelved     (labs,) planned runs shelved so far
    sold        (vendors, channels) sold to Chinese labs; abroad (vendors,) sold elsewhere
    stacks      (vendors,) HBM held; made, delivered (makers,) stacks made, and delivered to Chinese vendors
    leaders     (frontier,) compute of US leaders
    """

    month: str
    held: Floats
    cash: Floats
    most: NDArray[np.int64]
    units: Floats
    shelved: Floats
    sold: Floats
    abroad: Floats
    stacks: Floats
    made: Floats
    delivered: Floats
    leaders: Floats


@dataclass
class Diary:
    """Entries month by month, from January 2022 on."""

    entries: list[Entry] = field(default_factory=list)

    def write(self, m: "ChipMarket") -> None:
        """Enter the month at hand, once it is one that is reported."""
        if m.t >= dates.REPORT_FROM:
            self.entries.append(entry(m))

    @property
    def months(self) -> list[str]:
        """The months entered, as YYYY-MM."""
        return [one.month for one in self.entries]

    def series(self, name: str) -> Floats:
        """One field of all entries, months first."""
        return np.array([getattr(one, name) for one in self.entries])


def entry(m: "ChipMarket") -> Entry:
    """The month at hand."""
    bought, compute = m.month[Sales].bought, m.products.compute
    worth, rows = bought * compute, np.arange(len(m.labs))
    most = worth.argmax(axis=1)
    by_vendor = np.zeros((len(m.vendors), len(CHANNELS)))
    for place, channel in enumerate(by_channel(m, worth.sum(axis=0)[None, :], apart=True)[0]):
        by_vendor[:, place] = np.bincount(m.products.vendor, channel, len(m.vendors))
    memory = m.month[HbmMonth]
    return Entry(
        month=m.date, held=by_channel(m, m.month[Use].fleet * compute), cash=m.labs.cash.copy(), most=most,
        units=bought[rows, most], shelved=m.labs.shelved.copy(), sold=by_vendor,
        abroad=np.bincount(m.products.vendor, m.month[Sales].abroad * compute, len(m.vendors)),
        stacks=m.vendors.stock.sum(axis=1), made=m.makers.output.sum(axis=1),
        delivered=memory.sold.sum(axis=1) + memory.home.sum(axis=1), leaders=m.frontier.fleet.sum(axis=1),
    )  # fmt: skip


def by_channel(m: "ChipMarket", amounts: Floats, apart: bool = False) -> Floats:
    """Amounts by product summed by channel, (rows, channels); kept apart by product, (rows, channels, products)."""
    mask = np.array([np.array(m.axis.channels) == name for name in CHANNELS], dtype=float)
    return amounts[:, None, :] * mask if apart else amounts @ mask.T
