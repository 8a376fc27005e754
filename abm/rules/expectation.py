"""How traders react to law that is announced or feared."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise

Floats = NDArray[np.float64]


ACTED_ON = {"none": (0.0, 0.0), "announced": (1.0, 0.0), "announced_and_leaked": (1.0, 1.0)}
"""Whether traders act on what is announced, and on what is leaked, 0 or 1, by rule."""


@elementwise
def threat(announced: Floats, leaked: Floats, counted: float, leak_weight: float) -> Floats:
    """Strength of the reaction to an offer's coming end, in [0, 1]: max(c a, w l).

    announced, leaked      (k,) a, 1 where an announced act will bar the offer; l, probability that a leaked act will
    counted, leak_weight   c, 1 or 0, and w, what an announcement and a leak count for
    """
    return np.maximum(counted * announced, leak_weight * leaked)


@compiled
def offered_money(flow: Floats, cash: Floats, fear: Floats, draw: float, prebuy: float, borrow_years: float) -> Floats:
    """Money a lab offers for compute this month, USD.

    m = (flow + draw max(cash, 0)) (1 + prebuy fear), at most what cash, flow and the debt limit allow; debt grows only
    under fear.

    flow, cash, fear   (n,) USD/month, USD, [0, 1]
    """
    money = np.zeros(len(flow))
    for i in range(len(flow)):
        wish = (flow[i] + draw * max(cash[i], 0.0)) * (1 + prebuy * fear[i])
        means = flow[i] + cash[i] + (12 * borrow_years * flow[i] if fear[i] > 0 else 0.0)
        money[i] = min(max(wish, 0.0), max(means, 0.0))
    return money


@elementwise
def smooth(old: Floats, new: Floats | float, weight: float) -> Floats:
    """Adaptive expectation: old + weight (new - old)."""
    return old + weight * (new - old)
