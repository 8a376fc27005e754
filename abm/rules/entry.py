"""How small firms fail and new ones take their place."""

import math

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@compiled
def fail(u: Floats, behind: Floats, cash: Floats, debt: Floats, hazard: float, tolerance: float) -> Bools:
    """Which firms exit this month, (n,): those in debt beyond their limit, and some of those far behind.

    P = 1 - exp(-hazard x / (1 + x)),  x = max(0, behind - tolerance)

    u        (n,) uniforms in [0, 1)
    behind   (n,) log10, lag of capability behind the best; NaN before a first run, which is no reason to fail
    cash     (n,) USD; debt (n,) USD that may be owed
    hazard   1/month at a hopeless lag
    """
    failing = np.zeros(len(u), dtype=np.bool_)
    for i in range(len(u)):
        chance = 0.0
        if behind[i] > tolerance:
            excess = behind[i] - tolerance
            chance = -math.expm1(-hazard * excess / (1 + excess))
        failing[i] = u[i] < chance or cash[i] < -debt[i]
    return failing


@compiled
def fail_behind(
    u: Floats,
    level: Floats,
    cash: Floats,
    flow: Floats,
    firms: Bools,
    hazard: float,
    tolerance: float,
    borrow_years: float,
) -> Bools:
    """Which of some firms exit, (n,), with debt of a month's money beyond what they may borrow.

    level   (n,) log10 FLOP of all, with which firms are compared; -inf before a first run
    cash, flow   (n,) USD, and USD a month; firms: (n,) who may exit
    """
    best, behind, debt = -np.inf, np.full(len(u), np.nan), np.zeros(len(u))
    for i in range(len(u)):
        best = max(best, level[i])
    for i in range(len(u)):
        debt[i] = (12 * borrow_years + 1) * flow[i]
        if level[i] > -np.inf:
            behind[i] = best - level[i]
    failing = fail(u, behind, cash, debt, hazard, tolerance)
    for i in range(len(u)):
        failing[i] &= firms[i]
    return failing


MOST = 200.0
"""Size of the largest firms, the smallest 1."""


@elementwise
def size[X: (float, Floats)](u: X, tail: float) -> X:
    """Pareto sizes of firms, the smallest 1, cut at MOST: (1 - u)^(-1 / tail)."""
    return np.minimum((1 - u) ** (-1 / tail), MOST)
