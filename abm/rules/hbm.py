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


def usable(stock: Floats, income: Floats, share: float, wait: Floats, open_supply: bool) -> Floats:
    """Stacks a vendor lets itself use this month, (v,).

    What came in this month and, of the older stock, a part that makes it last until the next delivery while supply is
    open, or a fixed share a month when it is cut.

    stock    stacks at hand, what came in included
    income   stacks that came in this month
    wait     months until the next delivery from abroad
    """
    older = np.maximum(stock - income, 0.0)
    return np.minimum(stock, income + older * (1 / wait if open_supply else share))
