"""The past that runs share: a run whose law parts from history's late begins where another with the same past stood.

Runs with the same parameters, seed and horizon are equal to the last bit until the first month in which something
different is known. The state at the end of the month before is kept for the latest few and put into the next such run.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.facts.catalog import Chip
from abm.foundation.dates import first_day, month_of
from abm.foundation.ledger import Ledger
from abm.law.acts import heard_of
from abm.law.regime import load_regime
from abm.month import designs
from abm.month.history import History, Jump

if TYPE_CHECKING:
    from abm.model import ChipMarket
    from abm.runs.scenario import Scenario

KEPT = 4
"""Pasts kept by a process: sweeps do the runs of a seed one after another."""
RECORDS = ("us_runs", "frontier_record", "china_record", "frontier_efficiency")


@dataclass(frozen=True)
class Past:
    """A market's state at the end of a month: all that a month changes, and nothing that follows from its scenario."""

    month: int
    tables: dict[str, dict[str, NDArray[np.generic]]]
    records: dict[str, list[float]]
    jumps: list[Jump]
    chips: dict[str, Chip]
    designed_for: dict[int, object]
    history: History
    ledger: Ledger

    @classmethod
    def of(cls, m: "ChipMarket") -> "Past":
        """The state of a market."""
        return cls(
            m.t,
            {name: {one: getattr(table, one).copy() for one in table.columns} for name, table in m.tables.items()},
            {name: list(getattr(m, name)) for name in RECORDS},
            list(m.jumps),
            dict(m.place.chips),
            dict(m.designed_for),
            m.history.copy(),
            m.ledger.copy(),
        )

    def put_into(self, m: "ChipMarket") -> None:
        """Bring a new market to this state; its law remains its own."""
        for name, columns in self.tables.items():
            for one, values in columns.items():
                getattr(m.tables[name], one)[...] = values
        for name, record in self.records.items():
            setattr(m, name, list(record))
        m.jumps, m.designed_for = list(self.jumps), dict(self.designed_for)
        m.place.chips.update(self.chips)
        m.history, m.ledger = self.history.copy(), self.ledger.copy()
        m.schedule = designs.ruled(m, m.schedule)
        m.t = self.month
        m.running = m.t + 1 < m.months


_pasts: OrderedDict[Hashable, Past] = OrderedDict()
_lock = Lock()


def catch_up(m: "ChipMarket") -> None:
    """Bring a new market to the month in which its law parts from history's, and keep its state for others."""
    parting = parts_from_history(m.case)
    if parting is None or m.case.agents:
        return
    key = _key(m.case, parting)
    with _lock:
        past = _pasts.get(key)
        if past is not None:
            _pasts.move_to_end(key)
    if past is not None:
        past.put_into(m)
        return
    while m.running and m.t + 1 < parting:
        m.step()
    if m.t >= 0:
        with _lock:
            _pasts[key] = Past.of(m)
            while len(_pasts) > KEPT:
                _pasts.popitem(last=False)


def forget() -> None:
    """Drop the pasts that are kept."""
    with _lock:
        _pasts.clear()


def parts_from_history(case: "Scenario") -> int | None:
    """The first month in which what is known of a scenario's law may differ from history's; None if it never does."""
    history = load_regime("history")
    days = [heard_of(act) for act in set(case.regime.acts) ^ set(history.acts)]
    days += [day for _, day in set(case.regime.adaptive) ^ set(history.adaptive)]
    return max(month_of(min(days)), 0) if days else None


def _key(case: "Scenario", parting: int) -> Hashable:
    """What decides the months before the parting."""
    known = tuple(act for act in case.regime.acts if heard_of(act) < first_day(parting))
    return parting, known, tuple(case.parameters.changed().items()), case.seed, case.until
