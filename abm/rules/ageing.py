"""How fleets fail and retire."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CLASSES = 5


def age(fleet: Floats, survival: float, life_months: float) -> tuple[Floats, Floats]:
    """A fleet one month later, and what left it.

    A card passes through five age classes of equal mean length, so that lives scatter around `life_months`; in each
    month it survives with probability `survival`.

    fleet     (..., classes) cards, youngest class first
    returns   fleet, and gone (...,) cards failed or retired
    """
    kept = fleet * survival
    moving = kept * (CLASSES / life_months)
    after = kept - moving
    after[..., 1:] += moving[..., :-1]
    return after, (fleet - kept).sum(axis=-1) + moving[..., -1]
