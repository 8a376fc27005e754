"""How fleets fail and retire."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CLASSES = 5


def age(fleet: Floats, survival: float, life_months: float) -> Floats:
    """A fleet one month later, (..., classes).

    A card passes through five age classes of equal mean length, so that lives scatter around `life_months`; in each
    month it survives with probability `survival`.

    fleet   (..., classes) cards, youngest class first
    """
    step = CLASSES / life_months
    return fleet @ (survival * ((1 - step) * np.eye(CLASSES) + step * np.eye(CLASSES, k=1)))


def gone(fleet: Floats, survival: float, life_months: float) -> Floats:
    """Cards of a fleet that fail or retire in the month in which `age` makes it older, (...,)."""
    leaving = np.full(CLASSES, 1 - survival)
    leaving[-1] += survival * CLASSES / life_months
    return fleet @ leaving
