"""What is held by whom: every change of goods or money is a transfer between two sectors.

Goods enter from and leave to `outside` (production, consumption, failure, retirement), so the columns of the
transaction-flow matrix sum to zero by construction; what the ledger proves is that the agents' own tables hold exactly
what the transfers say they should.

Transfers of a month are written on a page, a row for each good, which compiled functions see; at the end of the month
the page is turned.
"""

from collections.abc import Iterable
from copy import copy
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled
from abm.foundation.mirrors import Shape

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

FIRMS = ("vendors", "makers", "brokers", "shops", "workshops", "hosts")
SECTORS = ("outside", *FIRMS, "transit", "labs", "frontier", "world", "government")
OUTSIDE, VENDORS, MAKERS, BROKERS, SHOPS, WORKSHOPS, HOSTS, TRANSIT, LABS, FRONTIER, WORLD, GOVERNMENT = range(
    len(SECTORS)
)
ROWS = {name: row for row, name in enumerate(SECTORS)}
TIMES = 64
"""Transfers of every good for which a page has room; settlement makes fewer in a month."""


class Flow(NamedTuple):
    """One transfer: units of a good, by its place, from one sector to another through a channel, and dollars back."""

    month: int
    sender: str
    receiver: str
    channel: str
    good: int
    units: float
    usd: float


PAGE = Shape("Ledger", {"page": "float64[2]", "lines": "int64[1]"})
"""What compiled functions see: the fields of flows, names by their places, and how many stand on the page."""


@compiled
def write(
    page: Floats, lines: Rows, month: int, sender: int, receiver: int, channels: Rows, goods: Rows, units: Floats,
    usd: Floats,
) -> None:  # fmt: skip
    """Write a transfer on the page, what moves of it.

    sender, receiver   places in SECTORS
    channels, goods    (g,) places; units, usd: (g,), of no dollars (0,)
    """
    for k in range(len(goods)):
        paid = usd[k] if len(usd) > 0 else 0.0
        if units[k] != 0 or paid != 0:
            line = lines[0]
            if line == len(page):
                raise IndexError("the month has more transfers than a page of the ledger has lines")
            page[line, 0], page[line, 1], page[line, 2] = month, sender, receiver
            page[line, 3], page[line, 4], page[line, 5], page[line, 6] = channels[k], goods[k], units[k], paid
            lines[0] = line + 1


@compiled
def first_fault(page: Floats, since: int, until: int) -> int:
    """The first of some lines whose units or dollars are negative or undefined; -1 where there is none."""
    for line in range(since, until):
        if not (page[line, 5] >= 0 and page[line, 6] >= 0):
            return line
    return -1


class Ledger:
    """Balances by sector and good, and the transfers that made them.

    goods      names of the goods; the last one is always `money`, of which no units exist
    channels   names of channels, in the order of their places; others get the next places when they are first used
    """

    def __init__(self, goods: Iterable[str], channels: Iterable[str] = ()) -> None:
        self.goods = (*goods, "money")
        self.channels = list(channels)
        self.page = np.zeros((TIMES * len(self.goods), len(Flow._fields)))
        self.lines = np.zeros(1, dtype=np.int64)
        self._pages: list[Floats] = []
        self._posted = 0
        self._units = np.zeros((len(SECTORS), len(self.goods)))
        self._usd = np.zeros(len(SECTORS))
        self._turnover = np.zeros(len(self.goods))
        self._paid = np.zeros(len(SECTORS))

    @property
    def units(self) -> Floats:
        """Units held by sector and good; of what comes from or goes to `outside`, the balance."""
        return self._post()._units

    @property
    def usd(self) -> Floats:
        """Dollars held by sector."""
        return self._post()._usd

    @property
    def turnover(self) -> Floats:
        """Units moved so far by good."""
        return self._post()._turnover

    @property
    def paid(self) -> Floats:
        """Dollars taken and given so far by sector."""
        return self._post()._paid

    def transfer(
        self,
        month: int,
        sender: str,
        receiver: str,
        goods: Rows,
        units: Floats,
        usd: Floats | None = None,
        channel: str | tuple[str, ...] = "",
    ) -> None:
        """Move units of goods one way and dollars the other.

        goods     (g,) places on the goods axis
        units     (g,) >= 0; a negative or undefined amount is a fault of the caller and raises ValueError
        usd       (g,) paid by the receiver to the sender, >= 0; nothing when left out
        channel   through which they move, or one for each good
        """
        names = (channel,) * len(goods) if isinstance(channel, str) else channel
        if self.lines[0] + len(goods) > len(self.page):
            self.turn_page()
        before = int(self.lines[0])
        write(
            self.page, self.lines, month, ROWS[sender], ROWS[receiver], np.array([self.place(one) for one in names]),
            goods, units, np.zeros(0) if usd is None else usd,
        )  # fmt: skip
        self._check(before)

    def pay(self, month: int, payer: str, payee: str, usd: float, channel: str) -> None:
        """Move dollars alone; ValueError where they are negative or undefined."""
        money = np.array([len(self.goods) - 1])
        self.transfer(month, payee, payer, money, np.zeros(1), np.array([float(usd)]), channel)

    def place(self, channel: str) -> int:
        """Place of a channel, new or known."""
        if channel not in self.channels:
            self.channels.append(channel)
        return self.channels.index(channel)

    def turn_page(self) -> None:
        """Keep what stands on the page and begin a new one; ValueError where an amount is negative or undefined."""
        self._check(0)
        if self.lines[0]:
            self._pages.append(self.page[: self.lines[0]].copy())
            self.lines[0] = 0

    def _check(self, since: int) -> None:
        """Refuse what was written since a line if an amount of it is negative or undefined."""
        bad = first_fault(self.page, since, int(self.lines[0]))
        if bad >= 0:
            self.lines[0] = since
            one = self._flow(self.page[bad].tolist())
            told = f"{one.sender} to {one.receiver}, {one.channel or 'no channel'}"
            raise ValueError(f"{told}: a transfer is negative or undefined: {one.units} units, {one.usd} USD")

    @property
    def entries(self) -> Floats:
        """Every transfer so far, (n, fields of Flow), names by their places."""
        self.turn_page()
        return np.concatenate([np.zeros((0, len(Flow._fields))), *self._pages])

    @property
    def flows(self) -> list[Flow]:
        """Every transfer so far."""
        return [self._flow(one) for one in self.entries.tolist()]

    def _flow(self, line: list[float]) -> Flow:
        month, sender, receiver, channel, good = map(int, line[:5])
        return Flow(month, SECTORS[sender], SECTORS[receiver], self.channels[channel], good, *line[5:])

    def _post(self) -> "Ledger":
        """Bring the balances up to date; they are worked out when they are asked for."""
        self.turn_page()
        width = len(self.goods)
        for page in self._pages[self._posted :]:
            (give, take, _, good), (units, usd) = page[:, 1:5].T.astype(np.int64), page[:, 5:].T
            for sector, sign in ((give, -1), (take, 1)):
                moved = np.bincount(sector * width + good, units, self._units.size)
                self._units += sign * moved.reshape(self._units.shape)
                paid = np.bincount(sector, usd, len(SECTORS))
                self._usd -= sign * paid
                self._paid += paid
            self._turnover += np.bincount(good, units, width)
        self._posted = len(self._pages)
        return self

    def copy(self) -> "Ledger":
        """Another ledger with the same transfers so far."""
        found = copy(self._post())
        found._pages, found.channels = list(self._pages), list(self.channels)
        for name in ("page", "lines", "_units", "_usd", "_turnover", "_paid"):
            setattr(found, name, getattr(self, name).copy())
        return found

    def difference(self, sector: str, goods: Rows, held: Floats) -> float:
        """Largest gap between a table's holdings and the ledger's, over the turnover of the good so far."""
        gap = np.abs(self.units[ROWS[sector], goods] - held)
        return float((gap / np.maximum(self.turnover[goods], 1.0)).max(initial=0.0))

    def money_difference(self, sector: str, held: float) -> float:
        """Gap between a table's cash and the ledger's, over the money that the sector took and gave so far."""
        row = ROWS[sector]
        return float(abs(self.usd[row] - held) / max(self.paid[row], 1.0))
