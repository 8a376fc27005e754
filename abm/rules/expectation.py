"""How traders react to law that is announced or feared."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import elementwise

Floats = NDArray[np.float64]


def threat(announced: Floats, leaked: Floats, rule: str, leak_weight: float) -> Floats:
    """Strength of the reaction to an offer's coming end, in [0, 1].

    announced   (k,) 1 where an announced act will bar the offer
    leaked      (k,) probability that a leaked act will
    rule        which of the two traders act on
    """
    if rule == "none":
        return np.zeros_like(announced)
    if rule == "announced":
        return announced
    return np.maximum(announced, leak_weight * leaked)


def offered_money(flow: Floats, cash: Floats, fear: Floats, draw: float, prebuy: float, borrow_years: float) -> Floats:
    """Money a lab offers for compute this month, USD.

    m = (flow + draw max(cash, 0)) (1 + prebuy fear), at most what cash, flow and the debt limit allow; debt grows only
    under fear.

    flow, cash, fear   (n,) USD/month, USD, [0, 1]
    """
    wish = (flow + draw * np.maximum(cash, 0.0)) * (1 + prebuy * fear)
    means = flow + cash + np.where(fear > 0, 12 * borrow_years * flow, 0.0)
    return wish.clip(0.0, np.maximum(means, 0.0))


@elementwise
def smooth(old: Floats, new: Floats, weight: float) -> Floats:
    """Adaptive expectation: old + weight (new - old)."""
    return old + weight * (new - old)
