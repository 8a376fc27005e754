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


def usable(stock: Floats, income: Floats, share: float, open_supply: bool) -> Floats:
    """Stacks a vendor lets itself use this month.

    While supply is open, the stock; when it is cut, income and a share of the stock a month.
    """
    return stock if open_supply else np.minimum(stock, income + share * stock)
