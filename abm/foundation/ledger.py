"""What is held by whom: every change of goods or money is a transfer between two sectors.

Goods enter from and leave to `outside` (production, consumption, failure, retirement), so the columns of the
transaction-flow matrix sum to zero by construction; what the ledger proves is that the agents' own tables hold exactly
what the transfers say they should.
"""

from collections.abc import Iterable
from copy import copy
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled

Floats = NDArray[np.float64]

FIRMS = ("vendors", "makers", "brokers", "shops", "workshops", "hosts")
SECTORS = ("outside", *FIRMS, "transit", "labs", "frontier", "world", "government")
NO_UNITS = np.zeros(1)
ROWS = {name: row for row, name in enumerate(SECTORS)}


@compiled
def nowhere_negative(amounts: Floats) -> bool:
    """Whether no amount is negative or undefined."""
    for one in amounts:  # noqa: SIM110  # numba knows no `all` of a generator
        if not one >= 0:
            return False
    return True


class Flow(NamedTuple):
    """One transfer: units and dollars of some goods from one sector to another through a channel, or through one for
    each good."""

    month: int
    goods: NDArray[np.int64]
    units: Floats
    usd: Floats
    channel: str | tuple[str, ...]
    sender: str
    receiver: str


class Ledger:
    """Balances by sector and good, and the transfers that made them.

    goods   names of the goods; the last one is always `money`, of which no units exist
    """

    def __init__(self, goods: Iterable[str]) -> None:
        self.goods = (*goods, "money")
        self._money = np.array([len(self.goods) - 1])
        self.flows: list[Flow] = []
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
        goods: NDArray[np.int64],
        units: Floats,
        usd: Floats | None = None,
        channel: str | tuple[str, ...] = "",
    ) -> None:
        """Move units of goods one way and dollars the other; the arrays are kept as they are.

        goods     (g,) places on the goods axis
        units     (g,) >= 0; a negative or undefined amount is a fault of the caller and raises ValueError
        usd       (g,) paid by the receiver to the sender, >= 0; nothing when left out
        channel   through which they move, or one for each good
        """
        if not (nowhere_negative(units) and (usd is None or nowhere_negative(usd))):
            raise ValueError(f"{sender} to {receiver}, {channel or 'no channel'}: a transfer is negative or undefined")
        paid = np.zeros(len(units)) if usd is None else usd
        self._book(Flow(month, goods, units, paid, channel, sender, receiver))

    def pay(self, month: int, payer: str, payee: str, usd: float, channel: str) -> None:
        """Move dollars alone; ValueError where they are negative or undefined."""
        if not usd >= 0:
            raise ValueError(
                f"{payer} to {payee}, {channel or 'no channel'}: a payment is negative or undefined: {usd}"
            )
        self._book(Flow(month, self._money, NO_UNITS, np.array([float(usd)]), channel, payee, payer))

    def _book(self, flow: Flow) -> None:
        if flow.sender not in ROWS or flow.receiver not in ROWS:
            raise KeyError(f"no sector {flow.sender!r} or {flow.receiver!r}")
        self.flows.append(flow)

    def _post(self) -> "Ledger":
        """Bring the balances up to date; they are worked out when they are asked for."""
        for flow in self.flows[self._posted :]:
            give, take = ROWS[flow.sender], ROWS[flow.receiver]
            moved = np.bincount(flow.goods, flow.units, len(self.goods))
            self._units[give] -= moved
            self._units[take] += moved
            total = flow.usd.sum()
            self._usd[give] += total
            self._usd[take] -= total
            self._paid[[give, take]] += total
            self._turnover += moved
        self._posted = len(self.flows)
        return self

    def copy(self) -> "Ledger":
        """Another ledger with the same transfers so far."""
        found = copy(self._post())
        found.flows = list(self.flows)
        for name in ("_units", "_usd", "_turnover", "_paid"):
            setattr(found, name, getattr(self, name).copy())
        return found

    def difference(self, sector: str, goods: NDArray[np.int64], held: Floats) -> float:
        """Largest gap between a table's holdings and the ledger's, over the turnover of the good so far."""
        gap = np.abs(self.units[ROWS[sector], goods] - held)
        return float((gap / np.maximum(self.turnover[goods], 1.0)).max(initial=0.0))

    def money_difference(self, sector: str, held: float) -> float:
        """Gap between a table's cash and the ledger's, over the money that the sector took and gave so far."""
        row = ROWS[sector]
        return float(abs(self.usd[row] - held) / max(self.paid[row], 1.0))
