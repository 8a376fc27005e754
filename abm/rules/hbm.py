"""The market for HBM stacks: orders and use by Chinese vendors, prices on contract and on the spot, expansion."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def base_stock_order(use: Floats, stock: Floats, on_order: Floats, lead: float, safety: float, adjust: float) -> Floats:
    """Stacks ordered each month: the use, and a share of the shortfall of stock and pipeline against the use of the
    lead time and the safety months.

    q = max(0, use + adjust ((safety + lead) use - stock - on order))

    use      (v,) stacks/month expected when the order arrives
    safety   months of use wanted in stock
    """
    return np.maximum(0.0, use + adjust * ((safety + lead) * use - stock - on_order))


def expected_use(need: Floats, running: Floats, use: Floats, ramp: float, least: float) -> Floats:
    """Stacks a month that a vendor counts on using, (v,): what the other inputs and sales would let it, within reach.

    e = min(running need, ramp use + least need)

    need      (v,) stacks/month at full packaging
    running   (v,) share of it that the other inputs and sales would allow
    use       (v,) stacks/month used of late
    ramp      multiple of its present use for which a vendor prepares
    least     share of need that it prepares for in any case
    """
    return np.minimum(running * need, ramp * use + least * need)


def stockpile_target(use_ahead: Floats, probability: float, most: Floats) -> Floats:
    """Stacks wanted in stock when supply may end: probability times the imports of the months to be covered, as far as
    money goes.

    use_ahead     (v,) stacks used over the months a buyer wants to cover, beyond what Chinese makers deliver
    probability   that the supply ends, 1 once announced
    most          (v,) stacks that a vendor can pay for
    """
    return np.minimum(probability * use_ahead, most)


def usable(stock: Floats, income: Floats, share: float, wait: Floats, covered: float) -> Floats:
    """Stacks a vendor allows itself to use this month, (v,).

    What came from Chinese makers this month and, of the other stock, as much as makes it last until the next delivery
    from abroad, in so far as deliveries cover the need; of the rest a fixed share a month.

    u = min(stock, income + (stock - income) (covered / wait + (1 - covered) share))

    stock    stacks held, this month's deliveries included
    income   stacks from Chinese makers, who deliver every month
    share    share a month of a stock without supply
    wait     months until the next delivery from abroad
    covered  share of the need that may come from abroad
    """
    older = np.maximum(stock - income, 0.0)
    return np.minimum(stock, income + older * (covered / wait + (1 - covered) * share))


def spot_index(free: float, china: float, elasticity: float, most: float) -> float:
    """Spot price over the reference price at which stacks without a contract abroad are taken up.

    Buyers abroad would take all of the uncontracted output at the reference price, since the market is sold out, and
    less at a higher one, U x^-e; what Chinese vendors get is taken from them.

    x = (U / (U - q))^(1/e), at most `most`

    free    U, stacks/month made beyond the contracts of buyers abroad
    china   q, stacks/month that Chinese vendors get
    """
    if china >= free * (1 - most**-elasticity):
        return most if china > 0 else 1.0
    return float((free / (free - china)) ** (1 / elasticity))


def paid_index(received: Floats, contracted: Floats, contract: float, spot: float) -> Floats:
    """Price over the reference price that each buyer pays on average: contracts first, spot beyond them, (v,).

    received     (v,) stacks/month
    contracted   (v,) stacks/month of its contract
    """
    within = np.minimum(received, contracted)
    part = np.divide(within, received, out=np.zeros_like(received), where=received > 0)
    return part * contract + (1 - part) * spot


def throttle(held: float, least: float) -> float:
    """Share of its capacity that a maker runs when its customers hold `held` times the stock at which it slows down.

    1 up to that stock, then falling linearly to `least` at twice that stock.
    """
    return min(1.0, max(least, 1 - (1 - least) * (held - 1)))


def stock_index(filled: float, elasticity: float, most: float) -> float:
    """Price over the reference price that a maker gets whose customers hold `filled` times an ordinary stock.

    x = f^(-1/e), within [1 / most, most]
    """
    return float(min(max(max(filled, 1e-9) ** (-1 / elasticity), 1 / most), most))
