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
    step = CLASSES / life_months
    passing = survival * ((1 - step) * np.eye(CLASSES) + step * np.eye(CLASSES, k=1))
    leaving = np.full(CLASSES, 1 - survival)
    leaving[-1] += survival * step
    return fleet @ passing, fleet @ leaving


def whole(fleet: Floats) -> Floats:
    """A fleet over all ages: (..., classes) to (...,)."""
    return fleet @ np.ones(CLASSES)
