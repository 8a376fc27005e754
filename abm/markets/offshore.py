"""Compute rented abroad: what is free, which contracts run, and how capacity and rent move."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled
from abm.law.levers import POLICIES
from abm.markets import settlement
from abm.rules import rental, repurposing
from abm.state import Market

Floats = NDArray[np.float64]

CASE, DENIED = POLICIES.index("case_by_case"), POLICIES.index("presume_deny")


def free(market: Market) -> float:
    """Compute abroad that is free this month, H100e, as far as law lets Chinese firms rent it."""
    law, t = market.law, market.t
    policy = law.cloud[t]
    some = 0.0 if policy >= DENIED else float(law.approval_other[t]) if policy == CASE else 1.0
    return some * max(float(market.hosts.capacity[0]) - _running_on(market.labs.rented), 0.0)


@compiled
def _running_on(rented: Floats) -> float:
    """Compute under contracts (labs, months to run) that do not end this month, H100e."""
    whole = 0.0
    for i in range(len(rented)):
        for month in range(1, rented.shape[1]):
            whole += rented[i, month]
    return whole


def renew(market: Market, signed: Floats) -> None:
    """Contracts (labs,) begin, others run out; all end where access itself is denied."""
    settlement.roll_contracts(market, signed, bool(market.law.cloud[market.t] >= DENIED))


def equip(market: Market, abroad: Floats) -> None:
    """Hosts' capacity and subsidiaries' own follow the rest of the world's fleet and the law, their rent cost and
    demand.

    abroad   (products,) units sold to the rest of the world this month
    """
    law, t, hosts, products = market.law, market.t, market.hosts, market.products
    o, c, rows = market.parameters.offshore, market.parameters.compute, market.axis.offshore
    way = rental.route(bool(law.headquarters[t]), bool(law.outside[t]), bool(law.closed[t]), o.left)
    fleet = float(market.world.fleet.sum()) * (o.worldwide if law.worldwide[t] else 1.0)
    if law.cloud[t] < DENIED:
        available, bounds = np.array([free(market)]), (o.rent_low, o.rent_high)
        hosts.rent[:] = repurposing.answer_excess(hosts.rent, products.orders[rows], available, o.speed, bounds)
    kept = c.survival * (1 - 1 / c.life_months)
    hosts.own[:] = rental.own_centres(fleet * o.own * way, float(hosts.own[0]), bool(law.installed[t]), kept)
    hosts.capacity[:] = fleet * o.share + hosts.own
    usd, compute = _sold(abroad, products.price, products.host, products.compute, market.axis.licensed.stop)
    if compute > 0:
        products.list_price[rows] = rental.yearly_rent(usd / compute, o.amortised, o.markup, o.months)
    products.factor[rows] = hosts.rent


@compiled
def _sold(abroad: Floats, price: Floats, host: Floats, compute: Floats, foreign: int) -> tuple[float, float]:
    """USD, with hosting, and H100e of units sold abroad of the foreign products, which come first, (products,) each."""
    usd, sold = 0.0, 0.0
    for k in range(foreign):
        usd += abroad[k] * (price[k] + host[k])
        sold += abroad[k] * compute[k]
    return usd, sold
