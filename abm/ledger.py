"""What is held by whom: every change of goods or money is a transfer between two sectors.

Goods enter from and leave to `outside` (production, consumption, failure, retirement), so the columns of the
transaction-flow matrix sum to zero by construction; what the ledger proves is that the agents' own tables hold exactly
what the transfers say they should.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FIRMS = ("vendors", "makers", "brokers", "shops", "workshops", "hosts")
SECTORS = ("outside", *FIRMS, "transit", "labs", "frontier", "world", "government")
ROWS = {name: row for row, name in enumerate(SECTORS)}


@dataclass(frozen=True)
class Flow:
    """One transfer: units and dollars of some goods from one sector to another through a channel."""

    month: int
    goods: NDArray[np.int64]
    units: Floats
    usd: Floats
    channel: str
    sender: str
    receiver: str


class Ledger:
    """Balances by sector and good, and the transfers that made them.

    goods   names of the goods; the last one is always `money`, of which no units exist
    """

    def __init__(self, goods: Iterable[str]) -> None:
        self.goods = (*goods, "money")
        self.units = np.zeros((len(SECTORS), len(self.goods)))
        self.usd = np.zeros(len(SECTORS))
        self.turnover = np.zeros(len(self.goods))
        self.paid = np.zeros(len(SECTORS))
        self.flows: list[Flow] = []

    def transfer(
        self,
        month: int,
        sender: str,
        receiver: str,
        goods: NDArray[np.int64],
        units: Floats,
        usd: Floats | None = None,
        channel: str = "",
    ) -> None:
        """Move units of goods one way and dollars the other.

        goods   (g,) places on the goods axis, each at most once
        units   (g,) >= 0; a negative or undefined amount is a fault of the caller and raises ValueError
        usd     (g,) paid by the receiver to the sender, >= 0; nothing when left out
        """
        paid = np.zeros(len(units)) if usd is None else usd
        if not (units.min(initial=0.0) >= 0 and paid.min(initial=0.0) >= 0):
            raise ValueError(f"{sender} to {receiver}, {channel or 'no channel'}: a transfer is negative or undefined")
        give, take = ROWS[sender], ROWS[receiver]
        self.units[give, goods] -= units
        self.units[take, goods] += units
        total = paid.sum()
        self.usd[give] += total
        self.usd[take] -= total
        self.paid[[give, take]] += total
        self.turnover[goods] += units
        self.flows.append(Flow(month, goods, units, paid, channel, sender, receiver))

    def pay(self, month: int, payer: str, payee: str, usd: float, channel: str) -> None:
        """Move dollars alone."""
        money = np.array([len(self.goods) - 1])
        self.transfer(month, payee, payer, money, np.zeros(1), np.array([float(usd)]), channel)

    def difference(self, sector: str, goods: NDArray[np.int64], held: Floats) -> float:
        """Largest gap between a table's holdings and the ledger's, over the turnover of the good so far."""
        gap = np.abs(self.units[ROWS[sector], goods] - held)
        return float((gap / np.maximum(self.turnover[goods], 1.0)).max(initial=0.0))

    def money_difference(self, sector: str, held: float) -> float:
        """Gap between a table's cash and the ledger's, over the money that the sector took and gave so far."""
        row = ROWS[sector]
        return float(abs(self.usd[row] - held) / max(self.paid[row], 1.0))
