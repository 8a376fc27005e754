"""A vendor between two markets and a law: where its output goes, what a rule strands, and what its revenue pays for."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise

Floats = NDArray[np.float64]

LOWEST, HIGHEST = 0.7, 1.5
"""Price over list in the rest of the world, at least and at most."""


def china_share(most: float, china: Floats, world: Floats, weight: float) -> Floats:
    """Share of its packages that a vendor offers to China: less where a package earns less than elsewhere.

    s = most min(1, (china / world)^weight)

    most    1, with equal earnings
    china   (v,) USD/package of what it has on offer there, less its part of fee and duty
    world   (v,) USD/package elsewhere
    weight  0 for a vendor that does not compare
    """
    ratio = np.divide(china, world, out=np.ones_like(china), where=world > 0)
    return most * np.minimum(1.0, ratio**weight)


def held_back(firms: float, most: float, scale: float) -> float:
    """Share of lawful sales that suppliers hold back after firms were listed: most (1 - exp(-firms / scale)).

    firms   listed recently, older rounds counting less
    scale   firms in a round of many listings
    """
    return most * float(-np.expm1(-firms / scale))


@compiled
def world_price(demand: Floats, supply: Floats, elasticity: float) -> Floats:
    """Price over list at which the rest of the world takes what China leaves, (v,).

    p = (demand / supply)^(1 / elasticity), within LOWEST and HIGHEST

    demand   (v,) packages/month wanted at list
    supply   (v,) packages/month left
    """
    price = np.full(len(supply), HIGHEST)
    for v in range(len(supply)):
        if supply[v] > 0:
            price[v] = min(max((demand[v] / supply[v]) ** (1 / elasticity), LOWEST), HIGHEST)
    return price


def commit(committed: Floats, orders: Floats, sold: Floats, known: Floats, months: float) -> Floats:
    """Units of chips made for China only that are in production or in stock, (k,).

    A vendor keeps so many months of orders in the pipeline, and runs it down once it knows that a rule is coming.

    committed, orders, sold   (k,) units, units/month
    known                     (k,) whether the end of sales is announced
    """
    return np.where(known > 0, np.maximum(committed - sold, 0.0), months * orders)


def roadmap_pace(world: Floats, china: Floats, elasticity: float) -> Floats:
    """Months by which a vendor's roadmap advances in a month: R&D is a share of revenue, and what China pays
    accelerates it over the plan, which revenue elsewhere pays for.

    pace = (1 + china / world)^elasticity

    world, china   (v,) USD/month, smoothed
    """
    extra = np.divide(china, world, out=np.zeros_like(china), where=world > 0)
    return (1 + extra) ** elasticity


@elementwise
def lobby(stock: Floats, lost: Floats, effort: float, memory: float) -> Floats:
    """Stock of lobbying, (v,) USD: it decays, and sales lost to the law renew it.

    L' = L (1 - 1 / memory) + effort lost

    lost     (v,) USD/month that buyers free of the law would have spent beyond what they did
    effort   share of it put into lobbying
    memory   months
    """
    return stock * (1 - 1 / memory) + effort * lost
