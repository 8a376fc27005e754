"""A run of which more is kept than its metrics: every transfer, the law as it became, and the chips designed in it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from abm.facts.records import Chip
from abm.foundation import dates
from abm.law.regime import Regime
from abm.runs.run import Run
from abm.runs.scenario import Scenario
from abm.runs.simulate import run_of, run_to_end
from abm.state import Market


@dataclass(frozen=True, eq=False)
class Traced:
    """A run with what the pages over it need.

    regime    the law at its end: what governments that react decided is in it
    designs   month of release (YYYY-MM) and chip, of each that a vendor cut to the law during the run
    """

    run: Run
    regime: Regime
    designs: tuple[tuple[str, Chip], ...]

    def designs_by(self, month: str) -> tuple[Chip, ...]:
        """The chips released by the end of a month, YYYY-MM."""
        return tuple(chip for released, chip in self.designs if released <= month)


def trace(table: dict[str, Any], keep: tuple[str, ...]) -> Traced:
    """Run a scenario, given as plain values, to its end."""
    scenario = Scenario.from_dict(table)
    market = run_to_end(scenario)
    run = run_of(market, scenario, list(keep), flows=True)
    return Traced(run, market.regime, designs(market))


def designs(m: Market) -> tuple[tuple[str, Chip], ...]:
    """The chips that vendors cut to the law during a run, by release."""
    rows = range(m.axis.spare.start, m.axis.spare.stop)
    made = [(m.products.released[row], m.chips.get(m.axis.skus[row])) for row in rows]
    found = [(float(month), chip) for month, chip in made if chip is not None and np.isfinite(month)]
    return tuple((dates.label(int(month)), chip) for month, chip in sorted(found, key=lambda one: one[0]))
