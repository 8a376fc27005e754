"""Which ways users that exporters watch take to the compute that others hold."""

import math

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise

Floats = NDArray[np.float64]

ROUTES = ("own", "fronts", "resale", "rented", "weights")
"""Cards of their own; licensed cards that fronts hand on; grey cards resold; inference rented; weights laid open."""

LEAST = 1e-6
"""H100e below which a way is closed."""
DEAREST = 50.0
"""Logarithm of a price beyond which it does not matter how dear an H100e is."""


@compiled
def reach(money: float, there: Floats, cost: Floats) -> tuple[Floats, float]:
    """Compute that users get at by each way, H100e, for the most in all that their money buys.

    The further a way is used up, the dearer is the next of it, c_r / (1 - q_r / x_r); users go on until it costs the
    same everywhere: q_r = x_r max(1 - c_r / l, 0), where sum_r c_r x_r max(ln l - ln c_r, 0) = m. So what is closed
    sends money on, and no way that opens makes it less in all.

    money   USD a month that users could not spend on compute of their own
    there   (routes,) H100e within reach by each way, after checks
    cost    (routes,) USD a month for the first H100e, above 0
    returns q (routes,), and l, USD a month for the last H100e; infinite where every way is closed
    """
    ways = 0
    order, level = np.zeros(len(there), dtype=np.int64), np.inf
    for r in range(len(there)):
        if there[r] > LEAST:
            place = ways
            while place > 0 and cost[order[place - 1]] > cost[r]:
                order[place] = order[place - 1]
                place -= 1
            order[place] = r
            ways += 1

    weight, paid = 0.0, money
    for place in range(ways):
        r = order[place]
        weight += cost[r] * there[r]
        paid += cost[r] * there[r] * math.log(cost[r])
        level = min(level, paid / weight)
    got = np.zeros(len(there))
    for place in range(ways):
        r = order[place]
        got[r] = there[r] * -math.expm1(min(math.log(cost[r]) - level, 0.0))
    return got, math.exp(min(level, DEAREST)) if ways > 0 else np.inf


@elementwise
def spared(money: float, training: float, quality: float) -> float:
    """Money that open weights save users who need no training runs of their own then: money x training x quality.

    training   share of compute that they would train with
    quality    of the best open model against the best, 0 to 1
    """
    return money * training * quality
