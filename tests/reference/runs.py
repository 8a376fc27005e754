"""Runs of the model, kept while the tests last, so that tests asking about the same run do not run it again."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from abm.foundation import dates
from abm.law.regime import Regime, load_regime
from abm.model import ChipMarket
from abm.runs import metrics
from abm.runs.scenario import Scenario

Floats = NDArray[np.float64]

TO_2025 = "2025-06"


@dataclass(frozen=True)
class Kept:
    """One run's columns, and how to read them by month."""

    columns: dict[str, Floats]

    def __getitem__(self, name: str) -> Floats:
        return self.columns[name]

    def at(self, name: str, month: str) -> float:
        """A column in a month, `YYYY-MM`."""
        return float(self.columns[name][place(month)])

    def over(self, name: str, first: str, last: str) -> Floats:
        """A column from one month to another, both included."""
        return self.columns[name][place(first) : place(last) + 1]

    def total(self, name: str, first: str, last: str) -> float:
        """The sum of a column over these months."""
        return float(self.over(name, first, last).sum())

    def parts(self, metric: str) -> dict[str, Floats]:
        """A metric's columns by key."""
        head = f"{metric}["
        return {name[len(head) : -1]: column for name, column in self.columns.items() if name.startswith(head)}


def place(month: str) -> int:
    """Where a month stands in a column."""
    return dates.month_of(dates.parse_day(month)) - dates.REPORT_FROM


def run(regime: str | Regime = "history", seed: int = 0, until: str = TO_2025, **sets: object) -> Kept:
    """A run of a regime; parameters are named `group__name`, levers as in Scenario's `sets` through `law`."""
    flat = {name.replace("__", "."): value for name, value in sets.items()}
    regime = load_regime(regime) if isinstance(regime, str) else regime
    return _run(regime, seed, until, tuple(sorted(flat.items())))


@cache
def _run(regime: Regime, seed: int, until: str, sets: tuple[tuple[str, object], ...]) -> Kept:
    return Kept(
        metrics.evaluate(ChipMarket(scenario=Scenario.of(regime, seed=seed, until=until, sets=dict(sets))).run())
    )
