"""The US leaders with their clouds: the moving frontier."""

import numpy as np
from numpy.typing import NDArray

from abm.agents.columns import Column, Row, Table
from abm.facts import paths
from abm.foundation.parameters import Parameters
from abm.rules import ageing, capability

Floats = NDArray[np.float64]

NAMES = ("OpenAI", "Google", "Meta", "Anthropic", "xAI", "Microsoft")


class FrontierLab(Row):
    """A US leader."""

    weight = Column("1", "share of the leaders' purchases")
    fleet = Column("H100e", "compute, by age class", "classes")
    efficiency = Column("log10", "algorithmic efficiency, 0 = the frontier in January 2022")
    capability = Column("log10 FLOP", "best completed run times efficiency")

    @classmethod
    def advance(cls, leaders: Table, luck: Floats, growth: float) -> Floats:
        """Efficiency gained this month, log10: the declared growth, unevenly among leaders, (leaders,).

        luck   (leaders,) uniforms; their mean effect is the declared growth
        """
        return np.log10(growth) / 12 * (0.5 + luck)

    @classmethod
    def learn(cls, leaders: Table, given: float) -> Floats:
        """Efficiency that leaders take over from what Chinese labs lay open, log10, alike for all, (leaders,).

        given   log10, what published work offers this month
        """
        return np.full(len(leaders), given)

    @classmethod
    def train(cls, leaders: Table, month: int, inference: float, share: float, p: Parameters) -> Floats:
        """Capability of the runs that leaders complete this month, one a quarter each; -inf for the others."""
        training = leaders.fleet.sum(axis=1) * (1 - inference) * (1 - p.compute.idle_private)
        run = capability.run_flop(training, share * p.compute.run_share_scale, p.compute.mfu_us, p.compute.run_days)
        due = (np.arange(len(leaders)) + month) % 3 == 0
        return np.where(due, run + leaders.efficiency, -np.inf)


def build(kind: type[Row], axes: dict[str, int]) -> Table:
    """The leaders, with the compute installed at the start of 2021 spread over age classes."""
    leaders = Table(kind, NAMES, axes)
    weight = np.array([paths.value(f"frontier_weight/{name}") for name in NAMES])
    leaders.weight[:] = weight / weight.sum()
    installed = paths.value("installed/US")
    leaders.fleet[:] = (leaders.weight * installed)[:, None] * opening_ages()
    return leaders


def opening_ages() -> Floats:
    """How a growing stock is spread over age classes, youngest first; sums to one."""
    spread = 0.5 ** np.arange(ageing.CLASSES)
    return np.asarray(spread / spread.sum())
