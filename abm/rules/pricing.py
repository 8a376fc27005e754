"""How prices move."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import elementwise

Floats = NDArray[np.float64]


def depreciate(list_price: Floats, age: Floats, rate: float) -> Floats:
    """List price after its first year: p (1 - rate)^(age - 12), age in months since release."""
    return list_price * (1 - rate) ** np.maximum(age - 12, 0.0)


def answer_stock(
    factor: Floats, stock: Floats, sales: Floats, months: float, step: float, low: float, high: float
) -> Floats:
    """A domestic vendor's price over list after a month: down where more is unsold than is wanted, up where less is.

    f' = f exp(step (w^2 - s^2) / (w^2 + s^2)), within [low, high], with w = months * sales

    factor         (k,) price over list now
    stock, sales   (k,) units unsold s, units sold a month
    months         of sales a vendor wants in stock
    step           largest change in a month, in logarithms
    """
    wanted = (months * np.maximum(sales, 1.0)) ** 2
    return (factor * np.exp(step * (wanted - stock**2) / (wanted + stock**2))).clip(low, high)


@elementwise
def step_to(price: Floats, found: Floats, floor: Floats, step: float) -> Floats:
    """Price after part of the way, in logarithms, to what an auction found, at least a floor, (k,).

    p' = max(floor, p (max(found, floor) / p)^step)
    """
    return np.maximum(price * (np.maximum(found, floor) / price) ** step, floor)
