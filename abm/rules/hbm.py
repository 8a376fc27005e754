"""Orders and use of HBM stacks by Chinese vendors."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def base_stock_order(use: Floats, stock: Floats, on_order: Floats, lead: float, adjust: float) -> Floats:
    """Stacks ordered each month so that stock and pipeline cover the lead time and two months beside.

    q = adjust max(0, (2 + lead) use - stock - on order)

    use   (v,) stacks/month expected when the order arrives
    """
    return adjust * np.maximum(0.0, (2 + lead) * use - stock - on_order)


def stockpile_target(use_ahead: Floats, probability: float) -> Floats:
    """Stacks wanted in stock when supply may end: probability times the use of the months to be covered.

    use_ahead     (v,) stacks used over the months a buyer wants to cover
    probability   that the supply ends, 1 once announced
    """
    return probability * use_ahead


def usable(stock: Floats, income: Floats, share: float, wait: Floats, covered: float) -> Floats:
    """Stacks a vendor lets itself use this month, (v,).

    What came in this month and, of the older stock, so much that it lasts until the next delivery from abroad, as far
    as what may come covers the need; of the rest a fixed share a month.

    u = min(stock, income + (stock - income) (covered / wait + (1 - covered) share))

    stock    stacks at hand, what came in included
    income   stacks that came in this month
    share    share a month of a stock without supply
    wait     months until the next delivery from abroad
    covered  share of the need that may come from abroad
    """
    older = np.maximum(stock - income, 0.0)
    return np.minimum(stock, income + older * (covered / wait + (1 - covered) * share))
