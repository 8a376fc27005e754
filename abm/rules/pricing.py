"""How prices move."""

import math

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise

Floats = NDArray[np.float64]


@compiled
def depreciate(list_price: Floats, age: Floats, rate: float) -> Floats:
    """List price after its first year: p (1 - rate)^(age - 12), age in months since release."""
    price = np.zeros(len(age))
    for k in range(len(age)):
        price[k] = list_price[k] * (1 - rate) ** max(age[k] - 12, 0.0)
    return price


@compiled
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
    found = np.zeros(len(factor))
    for k in range(len(factor)):
        wanted, unsold = months * max(sales[k], 1.0), stock[k]
        short = (wanted * wanted - unsold * unsold) / (wanted * wanted + unsold * unsold)
        found[k] = min(max(factor[k] * math.exp(step * short), low), high)
    return found


@elementwise
def step_to(price: Floats, found: Floats | float, floor: Floats, step: float) -> Floats:
    """Price after part of the way, in logarithms, to what an auction found, at least a floor, (k,).

    p' = max(floor, p (max(found, floor) / p)^step)
    """
    return np.maximum(price * (np.maximum(found, floor) / price) ** step, floor)
