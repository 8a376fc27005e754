"""The market for HBM stacks: orders and use by Chinese vendors, prices on contract and on the spot, expansion."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TINY = 1e-300
"""What nothing is divided by."""


@elementwise
def base_stock_order(
    use: Floats | float, stock: Floats | float, on_order: Floats | float, lead: float, safety: float, adjust: float
) -> Floats:
    """Stacks ordered each month: the use, and a share of the shortfall of stock and pipeline against the use of the
    lead time and the safety months.

    q = max(0, use + adjust ((safety + lead) use - stock - on order))

    use      (v,) stacks/month expected when the order arrives
    safety   months of use wanted in stock
    """
    return np.maximum(0.0, use + adjust * ((safety + lead) * use - stock - on_order))


@compiled
def expected_use(need: Floats, running: Floats, use: Floats, ramp: float, least: float) -> Floats:
    """Stacks a month that a vendor counts on using, (v,): what the other inputs and sales would let it, within reach.

    e = min(running need, ramp use + least need)

    need      (v,) stacks/month at full packaging
    running   (v,) share of it that the other inputs and sales would allow
    use       (v,) stacks/month used of late
    ramp      multiple of its present use for which a vendor prepares
    least     share of need that it prepares for in any case
    """
    found = np.zeros(len(need))
    for v in range(len(need)):
        found[v] = min(running[v] * need[v], ramp * use[v] + least * need[v])
    return found


@elementwise
def stockpile_target(use_ahead: Floats | float, probability: float, most: Floats) -> Floats:
    """Stacks wanted in stock when supply may end: probability times the imports of the months to be covered, as far as
    money goes.

    use_ahead     (v,) stacks used over the months a buyer wants to cover, beyond what Chinese makers deliver
    probability   that the supply ends, 1 once announced
    most          (v,) stacks that a vendor can pay for
    """
    return np.minimum(probability * use_ahead, most)


@compiled
def orders(
    domestic: Bools,
    use: Floats,
    need_ahead: Floats,
    running: Floats,
    income: Floats,
    stock: Floats,
    on_order: Floats,
    most: Floats,
    fear: float,
    cover: int,
    safety: float,
    adjust: float,
) -> Floats:
    """Foreign stacks that each Chinese vendor orders, (v,): the base-stock order for the imports expected when it
    arrives and, under a feared end of supply, up to the stockpile wanted.

    domestic     (v,) whether a vendor is Chinese
    use          (v,) stacks/month that it counts on using when the order arrives
    need_ahead   (v, months) stacks/month that full packaging would need, from next month on
    running      (v,) share of it that the other inputs and sales would allow
    income       (v,) stacks/month that Chinese makers can deliver
    stock        (v, generations) stacks held; on_order: (v, lead) those to come, by month
    most         (v,) stacks that it can pay for
    fear         probability that the supply ends; cover: months whose imports it wants to have then
    """
    found = np.zeros(len(use))
    for v in range(len(use)):
        if not domestic[v]:
            continue
        held, coming, imports = 0.0, 0.0, 0.0
        for generation in range(stock.shape[1]):
            held += stock[v, generation]
        for month in range(on_order.shape[1]):
            coming += on_order[v, month]
        expected = max(use[v] - income[v], 0.0)
        found[v] = base_stock_order(expected, held, coming, on_order.shape[1], safety, adjust)

        if fear > 0:
            for month in range(min(cover, need_ahead.shape[1])):
                imports += max(need_ahead[v, month] * running[v] - income[v], 0.0)
            found[v] = max(found[v], stockpile_target(imports, fear, most[v]) - held - coming)
    return found


@compiled
def fill(ordered: float, domestic: Bools, stock: Floats, allowed: Floats, standing: Floats, room: float) -> Floats:
    """Stacks that foreign makers sell to China, (makers, generations): the oldest generation first, since it is the
    cheapest; within it by standing as far as stock goes, what a maker lacks filled by the others from what they have
    left.

    ordered    stacks due this month; room: the most that may be sold
    domestic   (makers,) whether a maker is Chinese
    stock      (makers, generations) stacks held
    allowed    (generations,) share of them that may go
    standing   (makers,) shares in sales to China
    """
    sold, left = np.zeros(stock.shape), min(ordered, room)
    for g in range(stock.shape[1]):
        ready, first, spare = 0.0, 0.0, 0.0
        for m in range(stock.shape[0]):
            mine = 0.0 if domestic[m] else stock[m, g] * allowed[g]
            sold[m, g] = min(mine, standing[m] * left)
            ready += mine
            first += sold[m, g]
            spare += mine - sold[m, g]

        more = min(left - first, spare) / spare if spare > 0 else 0.0
        for m in range(stock.shape[0]):
            if not domestic[m]:
                sold[m, g] += (stock[m, g] * allowed[g] - sold[m, g]) * more
        left = max(left - ready, 0.0)
    return sold


@elementwise
def usable(stock: Floats | float, income: Floats, share: float, wait: Floats | float, covered: float) -> Floats:
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


@elementwise
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


@elementwise
def paid_index(received: Floats, contracted: Floats, contract: float, spot: float) -> Floats:
    """Price over the reference price that each buyer pays on average: contracts first, spot beyond them, (v,).

    received     (v,) stacks/month
    contracted   (v,) stacks/month of its contract
    """
    part = np.minimum(received, contracted) / np.maximum(received, TINY)
    return part * contract + (1 - part) * spot


@elementwise
def throttle(held: float, least: float) -> float:
    """Share of its capacity that a maker runs when its customers hold `held` times the stock at which it slows down.

    1 up to that stock, then falling linearly to `least` at twice that stock.
    """
    return min(1.0, max(least, 1 - (1 - least) * (held - 1)))


@elementwise
def stock_index(filled: float, elasticity: float, most: float) -> float:
    """Price over the reference price that a maker gets whose customers hold `filled` times an ordinary stock.

    x = f^(-1/e), within [1 / most, most]
    """
    return float(min(max(max(filled, 1e-9) ** (-1 / elasticity), 1 / most), most))
