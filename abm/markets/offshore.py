"""Compute rented abroad: what is free, which contracts run, and how capacity and rent move."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.arrays import put, total
from abm.foundation.compiled import compiled, part
from abm.law.levers import POLICIES
from abm.markets import settlement
from abm.rules import rental, repurposing
from abm.state import Market

Floats = NDArray[np.float64]

CASE, DENIED = POLICIES.index("case_by_case"), POLICIES.index("presume_deny")


@part
def let(market: Market) -> float:
    """Share of free compute abroad that law lets Chinese firms rent this month."""
    law, t = market.law, market.t
    return 0.0 if law.cloud[t] >= DENIED else law.approval_other[t] if law.cloud[t] == CASE else 1.0


@part
def free(market: Market, let: float) -> float:
    """Compute abroad that is free this month, H100e, of which law lets Chinese firms rent a share."""
    return let * max(market.hosts.capacity[0] - _running_on(market.labs.rented), 0.0)


@compiled
def _running_on(rented: Floats) -> float:
    """Compute under contracts (labs, months to run) that do not end this month, H100e."""
    whole = 0.0
    for i in range(len(rented)):
        for month in range(1, rented.shape[1]):
            whole += rented[i, month]
    return whole


@part
def renew(market: Market, signed: Floats) -> None:
    """Contracts (labs,) H100e begin, others run out; all end where access itself is denied."""
    settlement.roll_contracts(market, signed, market.law.cloud[market.t] >= DENIED)


@part
def equip(market: Market, abroad: Floats) -> None:
    """Hosts' capacity and subsidiaries' own follow the rest of the world's fleet and the law, their rent cost and
    demand.

    abroad   (products,) units sold to the rest of the world this month
    """
    law, t, hosts, products = market.law, market.t, market.hosts, market.products
    o, c, row = market.parameters.offshore, market.parameters.compute, market.axis.offshore.start
    way = rental.route(law.headquarters[t], law.outside[t], law.closed[t], o.left)
    fleet = total(market.world.fleet[0]) * (o.worldwide if law.worldwide[t] else 1.0)
    if law.cloud[t] < DENIED:
        available, bounds = np.full(1, free(market, let(market))), (o.rent_low, o.rent_high)
        wanted = products.orders[row : row + 1]
        put(hosts.rent, repurposing.answer_excess(hosts.rent, wanted, available, o.speed, bounds))
    kept = c.survival * (1 - 1 / c.life_months)
    hosts.own[0] = rental.own_centres(fleet * o.own * way, hosts.own[0], law.installed[t], kept)
    hosts.capacity[0] = fleet * o.share + hosts.own[0]
    usd, compute = _sold(abroad, products.price, products.host, products.compute, market.axis.licensed.stop)
    if compute > 0:
        products.list_price[row] = rental.yearly_rent(usd / compute, o.amortised, o.markup, o.months)
    products.factor[row] = hosts.rent[0]


@compiled
def _sold(abroad: Floats, price: Floats, host: Floats, compute: Floats, foreign: int) -> tuple[float, float]:
    """USD, with hosting, and H100e of units sold abroad of the foreign products, which come first, (products,) each."""
    usd, sold = 0.0, 0.0
    for k in range(foreign):
        usd += abroad[k] * (price[k] + host[k])
        sold += abroad[k] * compute[k]
    return usd, sold
