"""Start-ups that give up, and the new ones that take their slots."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.markets import settlement
from abm.rules import entry

if TYPE_CHECKING:
    from abm.model import ChipMarket


def turn_over(m: "ChipMarket") -> None:
    """Some start-ups give up and are wound up; some empty slots are taken by new, small ones."""
    labs, t, p = m.labs, m.t, m.p
    failing = m.kinds.lab.fail(labs, m.draws["fail"][t], p)
    entering = m.kinds.lab.enter(labs, m.draws["enter"][t], p)
    m.now.failed, m.now.entered = float(failing.sum()), float(entering.sum())
    if failing.any():
        labs.active &= ~failing
        labs.weight[failing] = labs.flow[failing] = 0.0
        settlement.wind_up(m, failing)
        _empty(m, failing)
    if entering.any():
        _found(m, entering)


def _empty(m: "ChipMarket", slots: NDArray[np.bool_]) -> None:
    """Forget what a firm had got hold of; units granted stay counted, since quotas are over all firms ever."""
    labs = m.labs
    for name in ("scarcity", "revenue", "shelved"):
        getattr(labs, name)[slots] = 0.0
    labs.pending[slots] = labs.licensed[slots] = 0.0
    labs.capability[slots] = labs.planned[slots] = -np.inf


def _found(m: "ChipMarket", slots: NDArray[np.bool_]) -> None:
    """New start-ups: size and skill drawn anew, efficiency a lag below that of the best lab, and no cards."""
    labs, t, p = m.labs, m.t, m.p
    best = m.kinds.lab.best(labs)
    labs.active |= slots
    size = entry.size(m.draws["new size"][t], p.population.tail)
    labs.weight[slots] = m.startup_weight * p.startups.entry_size * size[slots]
    labs.skill[slots] = 0.5 + m.draws["new skill"][t][slots]
    labs.efficiency[slots] = best - p.startups.entry_lag
