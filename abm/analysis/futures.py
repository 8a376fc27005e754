"""Policies over the same futures: what each changes, which aims it meets, regret, and who beats whom.

Futures are a plain table of inputs, a row each, whatever they were drawn from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.analysis.indices import interval, matched
from abm.analysis.outcomes import Swept, column_of, outcome
from abm.foundation.errors import InputError
from abm.sweeps.spec import Discover

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Futures:
    """Policies over the same futures.

    inputs   (futures, inputs), numbers and choices
    changes  by policy, (futures, aims): the change from the base, positive where better; zero for the base itself
    asked    the question
    """

    inputs: pd.DataFrame
    changes: Mapping[str, Floats]
    asked: Discover

    @property
    def least(self) -> Floats:
        """What each aim wants, (aims,)."""
        return np.array([aim.least for aim in self.asked.aims])

    @property
    def fails(self) -> Mask:
        """The futures in which the policy looked at misses every aim."""
        return np.asarray((self.changes[self.asked.regime] < self.least).all(axis=1))

    @cached_property
    def policies(self) -> pd.DataFrame:
        """By policy: shares of futures in which it meets aims and in which none beats it, means, regret, the front."""
        best = np.max(list(self.changes.values()), axis=0)
        rows = {}
        for name, found in self.changes.items():
            met = found >= self.least
            row = {f"meets_{place}": float(one) for place, one in enumerate(met.mean(axis=0))}
            row |= {"meets_all": float(met.all(axis=1).mean()), "unbeaten": float(self.unbeaten(name).mean())}
            for place in range(found.shape[1]):
                mean, half = interval(found[:, place])
                regret = best[:, place] - found[:, place]
                row |= {f"mean_{place}": mean, f"half_{place}": half}
                row |= {
                    f"regret_{place}": float(np.median(regret)),
                    f"regret90_{place}": float(np.quantile(regret, 0.9)),
                }
            rows[name] = row
        table = pd.DataFrame.from_dict(rows, orient="index")
        return table.assign(front=front(table[[f"mean_{place}" for place in range(len(self.asked.aims))]].to_numpy()))

    def unbeaten(self, name: str) -> Mask:
        """The futures in which no other policy is at least as good for every aim and better for one."""
        mine, beaten = self.changes[name], np.zeros(len(self.inputs), dtype=bool)
        for other, theirs in self.changes.items():
            if other != name:
                beaten |= (theirs >= mine).all(axis=1) & (theirs > mine).any(axis=1)
        return ~beaten


def front(means: Floats) -> Mask:
    """Which rows no other row matches for every aim and beats for one, (policies, aims) -> (policies,)."""
    beats = (means[None] >= means[:, None]).all(axis=2) & (means[None] > means[:, None]).any(axis=2)
    return np.asarray(~beats.any(axis=1))


def futures(swept: Swept) -> Futures:
    """The futures of a sweep, means over seeds; InputError where runs are missing or an aim is undefined in some."""
    asked, runs = swept.spec.discover, swept.runs
    assert asked is not None
    points = runs.runs[list(runs.factors)].drop_duplicates(ignore_index=True)
    changes = {asked.base: np.zeros((len(points), len(asked.aims)))}
    for regime in (one for one in runs.regimes if one != asked.base):
        found = []
        for aim in asked.aims:
            one = outcome(runs, column_of(aim.metric), regime, asked.base)
            try:
                values = matched(points, one.rows).mean(axis=1)
            except InputError as fault:
                raise InputError(f"{one.title}, {one.of}: {fault}") from None
            found.append(values if aim.better == "high" else -values)
        changes[regime] = np.stack(found, axis=1)
    return Futures(points, {name: changes[name] for name in runs.regimes}, asked)
