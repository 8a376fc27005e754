"""How prices move."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def depreciate(list_price: Floats, age: Floats, rate: float) -> Floats:
    """List price after its first year: p (1 - rate)^(age - 12), age in months since release."""
    return list_price * (1 - rate) ** np.maximum(age - 12, 0.0)


def answer_stock(factor: Floats, stock: Floats, sales: Floats, wanted_months: float, low: float, high: float) -> Floats:
    """A domestic vendor's price over list after a month: up 3 % when stock is low, down 3 % when it is high.

    factor         (k,) price over list now
    stock, sales   (k,) units unsold, units sold a month
    wanted_months  months of sales a vendor wants in stock
    """
    cover = stock / np.maximum(sales, 1.0)
    step = np.where(cover > wanted_months, 0.97, np.where(cover < 0.25 * wanted_months, 1.03, 1.0))
    return (factor * step).clip(low, high)


def step_to(price: Floats, found: Floats, floor: Floats, step: float) -> Floats:
    """Price after part of the way, in logarithms, to what an auction found, at least a floor, (k,).

    p' = max(floor, p (max(found, floor) / p)^step)
    """
    return np.maximum(price * (np.maximum(found, floor) / price) ** step, floor)
