"""Which labs acts put on the Entity List or take off it, month by month."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from abm.foundation.dates import first_day
from abm.law.levers import ANY
from abm.law.regime import Regime

LEVER = "entity.lab_listed"


@lru_cache(maxsize=128)
def listings(regime: Regime, named: tuple[str, ...], others: int, months: int) -> NDArray[np.float64]:
    """What the law of each month's first day says of each lab, (months, labs), read-only: 1 listed, 0 not, NaN nothing.

    named    labs that acts can name; what an act says of all labs holds for the `others` too
    """
    laws = [regime.at(first_day(t)) for t in range(months)]
    said = np.array([[_number(law.get(LEVER, name)) for name in (*named, ANY)] for law in laws])
    found = np.concatenate([said[:, :-1], np.repeat(said[:, -1:], others, axis=1)], axis=1)
    found.flags.writeable = False
    return found


def _number(value: bool | None) -> float:
    return np.nan if value is None else float(value)
