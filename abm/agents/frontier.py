"""The US leaders with their clouds: the moving frontier."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from abm.facts import paths
from abm.foundation.arrays import plus
from abm.foundation.parameters import Parameters
from abm.foundation.tables import Column, Table
from abm.rules import ageing, capability, innovation

Floats = NDArray[np.float64]


class FrontierLabs(Table):
    """A US leader."""

    weight = Column("1", "share of the leaders' purchases")
    fleet = Column("H100e", "compute, by age class", "classes")
    efficiency = Column("log10", "algorithmic efficiency, 0 = the frontier in January 2022")
    capability = Column("log10 FLOP", "best completed run times efficiency")

    def advance(self, uniform: Floats, growth: float) -> Floats:
        """Efficiency gained this month, log10: the declared growth, unevenly among leaders, (leaders,).

        uniform   (leaders,) uniforms; their mean effect is the declared growth
        """
        return innovation.advance(uniform, growth)

    def learn(self, given: float) -> Floats:
        """Efficiency that leaders take over from what Chinese labs lay open, log10, alike for all, (leaders,).

        given   log10, what published work offers this month
        """
        return np.full(len(self.weight), given)

    def train(self, inference: float, share: float) -> Floats:
        """Capability of the largest run that each leader completes this month, log10 FLOP; its runs overlap."""
        c = self.parameters.compute
        working, part = (1 - inference) * (1 - c.idle_private), share * c.run_share_scale
        return plus(capability.run_of_fleet(self.fleet, working, part, c.mfu_us, c.run_days), self.efficiency)

    @classmethod
    def opening(cls, axes: dict[str, int], p: Parameters) -> Self:
        """The leaders, with the compute installed at the start of 2021 spread over age classes."""
        leaders = cls(paths.names("frontier_weight"), axes, p)
        weight = np.array([paths.value(f"frontier_weight/{name}") for name in leaders.names])
        leaders.weight[:] = weight / weight.sum()
        installed = paths.value("installed/US")
        leaders.fleet[:] = (leaders.weight * installed)[:, None] * opening_ages()
        return leaders


def opening_ages() -> Floats:
    """How a growing stock is spread over age classes, youngest first; sums to one."""
    spread = 0.5 ** np.arange(ageing.CLASSES)
    return np.asarray(spread / spread.sum())
