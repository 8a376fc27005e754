"""Which ways users that exporters watch take to the compute that others hold."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUTES = ("own", "fronts", "resale", "rented", "weights")
"""Cards of their own; licensed cards that fronts hand on; grey cards resold; inference rented; weights laid open."""

LEAST = 1e-6
"""H100e below which a way is closed."""
DEAREST = 50.0
"""Logarithm of a price beyond which it does not matter how dear an H100e is."""


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
    got, order = np.zeros_like(there), np.argsort(cost, kind="stable")
    order = order[there[order] > LEAST]
    if len(order) == 0:
        return got, np.inf
    weight, logs = (cost * there)[order], np.log(cost[order])
    level = np.min((money + np.cumsum(weight * logs)) / np.cumsum(weight))
    got[order] = there[order] * -np.expm1(np.minimum(logs - level, 0.0))
    return got, float(np.exp(min(level, DEAREST)))


def spared(money: float, training: float, quality: float) -> float:
    """Money that open weights save users who need no training runs of their own then: money x training x quality.

    training   share of compute that they would train with
    quality    of the best open model against the best, 0 to 1
    """
    return money * training * quality
