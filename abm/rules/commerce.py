"""A vendor between two markets and a law: where its output goes, what a rule strands, and what its revenue pays for."""

import math

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]

LOWEST, HIGHEST = 0.7, 1.5
"""Price over list in the rest of the world, at least and at most."""


@compiled
def china_share(most: float, china: Floats, world: Floats, weight: float) -> Floats:
    """Share of its packages that a vendor offers to China: less where a package earns less than elsewhere.

    s = most min(1, (china / world)^weight)

    most    1, with equal earnings
    china   (v,) USD/package of what it has on offer there, less its part of fee and duty
    world   (v,) USD/package elsewhere
    weight  0 for a vendor that does not compare
    """
    share = np.full(len(china), most)
    for v in range(len(china)):
        if world[v] > 0:
            share[v] *= min(1.0, (china[v] / world[v]) ** weight)
    return share


@compiled
def split(line: Floats, orders: Floats, packages: Floats, vendor: Rows) -> Floats:
    """Share of what a vendor makes that goes to each product, (k,): by orders, apart for those with packages and
    without.

    s_k = w_k / sum_j w_j,  w = line (orders + 1) max(packages, 1)

    line       (k,) volume over the full one
    orders     (k,) units/month; packages: per unit
    vendor     (k,) place
    """
    share = np.zeros(len(line))
    whole = np.zeros(2 * (vendor.max() + 1))
    for k in range(len(line)):
        share[k] = line[k] * (orders[k] + 1.0) * max(packages[k], 1.0)
        whole[2 * vendor[k] + (packages[k] == 0)] += share[k]
    for k in range(len(line)):
        share[k] /= max(whole[2 * vendor[k] + (packages[k] == 0)], 1e-12)
    return share


@compiled
def let_go(
    share: Floats,
    line: Floats,
    packages: Floats,
    vendor: Rows,
    cut_down: Bools,
    made: Floats,
    most: Floats,
    small: float,
) -> Floats:
    """Units of each product that its vendor lets go, (k,); a cut-down that still ramps leaves part of its share unused.

    q_k = most made share / packages,  and small share where a product takes no packages

    share, line, packages   (k,) of what goes there; volume over the full one; packages a unit
    vendor, cut_down        (k,) place; whether it is one
    made, most              (vendors,) packages/month; share of them let go at most
    small                   units/month of products without packages of each vendor that makes any packages
    """
    units = np.zeros(len(share))
    for k in range(len(share)):
        v = vendor[k]
        if packages[k] > 0:
            units[k] = most[v] * made[v] * share[k] / max(packages[k], 1.0)
        elif made[v] > 0:
            units[k] = small * share[k]
        if cut_down[k]:
            units[k] *= line[k]
    return units


@elementwise
def held_back(firms: float, most: float, scale: float) -> float:
    """Share of lawful sales that suppliers hold back after firms were listed: most (1 - exp(-firms / scale)).

    firms   listed recently, older rounds counting less
    scale   firms in a round of many listings
    """
    return -most * math.expm1(-firms / scale)


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


@elementwise
def commit(committed: Floats, orders: Floats, sold: Floats, known: Floats, months: float) -> Floats:
    """Units of chips made for China only that are in production or in stock, (k,).

    A vendor keeps so many months of orders in the pipeline, and runs it down once it knows that a rule is coming.

    committed, orders, sold   (k,) units, units/month
    known                     (k,) whether the end of sales is announced
    """
    return np.where(known > 0, np.maximum(committed - sold, 0.0), months * orders)


@elementwise
def roadmap_pace(world: Floats | float, china: Floats | float, elasticity: float) -> Floats:
    """Months by which a vendor's roadmap advances in a month: R&D is a share of revenue, and what China pays
    accelerates it over the plan, which revenue elsewhere pays for.

    pace = (1 + china / world)^elasticity

    world, china   (v,) USD/month, smoothed
    """
    extra = np.where(world > 0, china / np.where(world > 0, world, 1.0), 0.0)
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
