"""How small firms fail and new ones take their place."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def fail(u: Floats, behind: Floats, cash: Floats, debt: Floats, hazard: float, tolerance: float) -> Bools:
    """Which firms exit this month, (n,): those in debt beyond their limit, and some of those far behind.

    P = 1 - exp(-hazard x / (1 + x)),  x = max(0, behind - tolerance)

    u        (n,) uniforms in [0, 1)
    behind   (n,) log10, lag of capability behind the best; NaN before a first run, which is no reason to fail
    cash     (n,) USD; debt (n,) USD that may be owed
    hazard   1/month at a hopeless lag
    """
    excess = np.fmax(behind - tolerance, 0.0)
    return (u < -np.expm1(-hazard * excess / (1 + excess))) | (cash < -debt)


def size(u: Floats, tail: float, most: float = 200.0) -> Floats:
    """Pareto sizes of firms, the smallest 1, cut at `most`: (1 - u)^(-1 / tail)."""
    return np.minimum((1 - u) ** (-1 / tail), most)
