"""How fleets fail and retire.

A card passes through five age classes of equal mean length, so that lives scatter around their mean L; in each month it
survives with probability s.
"""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import elementwise

Floats = NDArray[np.float64]

CLASSES = 5


@elementwise
def stay[X: (float, Floats)](cards: X, younger: X, survival: float, step: float) -> X:
    """Cards of an age class a month later: s ((1 - q) n + q n'), q = 5 / L.

    cards, younger   n, cards of the class, and n', of the class below, of which there is none for the youngest
    survival, step   s and q
    """
    return survival * ((1 - step) * cards + step * younger)


@elementwise
def leave[X: (float, Floats)](cards: X, oldest: X, survival: float, step: float) -> X:
    """Cards that fail in a month, or retire from the oldest class: (1 - s) N + s q n_5.

    cards, oldest   N, of all classes, and n_5, of the oldest
    """
    return (1 - survival) * cards + survival * step * oldest
