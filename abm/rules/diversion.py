"""How cards reach China around the law: what brokers ship, what is seized, and how their trade grows and shrinks."""

import math

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise

Floats = NDArray[np.float64]


@compiled
def risk(shipments: Floats, exposure: Floats, enforcement: float) -> Floats:
    """Probability that a shipment is caught: 1 - exp(-enforcement * exposure * sqrt(q)), (brokers,)."""
    chance = np.zeros(len(shipments))
    for b in range(len(shipments)):
        chance[b] = -math.expm1(-enforcement * exposure[b] * math.sqrt(shipments[b]))
    return chance


@compiled
def seize(shipments: Floats, exposure: Floats, enforcement: float, u: Floats) -> tuple[Floats, Floats]:
    """Split grey shipments into delivered and seized.

    Shipment b of size q_b is caught with probability 1 - exp(-enforcement * exposure_b * sqrt(q_b)).

    shipments    (brokers,)  units/month
    exposure     (brokers,)  1, relative visibility of the route
    enforcement  ()          1/month, detection rate at unit exposure
    u            (brokers,)  uniforms in [0, 1)
    returns      delivered, seized: (brokers,) units/month, summing to shipments
    """
    chance = risk(shipments, exposure, enforcement)
    landed, lost = shipments.copy(), np.zeros_like(shipments)
    for b in range(len(shipments)):
        if u[b] < chance[b]:
            landed[b], lost[b] = 0.0, shipments[b]
    return landed, lost


@elementwise
def enforcement(
    detect: float, budget: float, cases: float, per_case: float, inspected: float, inspection: float
) -> float:
    """Detection rate at unit exposure, 1/month.

    e = detect budget (1 + per_case cases) (1 + inspection inspected)

    detect       1/month, at the budget of 2022 and without a public case
    budget       enforcement budget over that one
    cases        large prosecutions made public so far; per_case what each adds
    inspected    share of the cargo that Chinese customs inspects; inspection what that adds
    """
    return detect * budget * (1 + per_case * cases) * (1 + inspection * inspected)


@elementwise
def source(bought: Floats, barred: NDArray[np.bool_], leak: float, left: float) -> Floats:
    """Units of each barred product that can leak from what third countries bought this month, (k,).

    s = leak left bought   where barred, else 0

    leak   largest share that leaks; left what law on third countries leaves of it
    """
    return np.where(barred, leak * left * bought, 0.0)


@elementwise
def margin(premium: Floats | float, cost: Floats, risk: Floats) -> Floats:
    """Profit a dollar of list price: (1 - risk)(1 + premium) - (1 + cost)."""
    return (1 - risk) * (1 + premium) - 1 - cost


@compiled
def allocate(room: Floats, premium: Floats, cost: Floats) -> Floats:
    """How brokers allocate their cargo: by what is available and what it earns, (brokers, k), rows summing to 1 or 0.

    w_bk = room_k max(0, premium_bk - cost_b)

    room      (k,) units
    premium   (brokers, k) expected; cost (brokers,) over list price
    """
    share = np.zeros_like(premium)
    for b in range(len(cost)):
        whole = 0.0
        for k in range(len(room)):
            share[b, k] = room[k] * max(premium[b, k] - cost[b], 0.0)
            whole += share[b, k]
        if whole > 0:
            for k in range(len(room)):
                share[b, k] /= whole
    return share


@compiled
def zeal(margin: Floats, capacity: Floats, stock: Floats, months: float, scale: float) -> Floats:
    """Share of its capacity that a dealer means to use, (n,): more the better it pays, and no more than it can hold.

    z = tanh(max(margin, 0) / scale) min(1, max(0, months - stock / capacity))

    margin    (n,) expected, a dollar of list price
    stock     (n,) cards unsold; months of capacity that a dealer holds at most
    scale     margin at which three quarters of what can be held are brought
    """
    share = np.zeros(len(margin))
    for b in range(len(margin)):
        if capacity[b] > 0:
            room = min(max(months - stock[b] / capacity[b], 0.0), 1.0)
            share[b] = math.tanh(max(margin[b], 0.0) / scale) * room
    return share


@elementwise
def profit(margin: Floats, used: Floats | float, overhead: float, fixed: float, capacity: Floats) -> Floats:
    """What a dealer earns on the list price of what it could ship: margin used - overhead - fixed / capacity, (n,).

    used      share of its capacity in use
    overhead  cost of a unit of capacity over list price; fixed: cost of being there at all, in cards a month
    """
    return margin * used - overhead - fixed / np.maximum(capacity, 1e-9)


@compiled
def ship(capacity: Floats, cargo: Floats, room: Floats) -> Floats:
    """Units that brokers ship by product, (brokers, k): capacity times mix, cut pro rata to what is available.

    capacity   (brokers,) units/month of the active ones
    cargo      (brokers, k) shares of the products
    room       (k,) units
    """
    shipped = np.zeros_like(cargo)
    for k in range(len(room)):
        wanted = 0.0
        for b in range(len(capacity)):
            shipped[b, k] = capacity[b] * cargo[b, k]
            wanted += shipped[b, k]
        share = min(1.0, room[k] / wanted) if wanted > 0 else 1.0
        for b in range(len(capacity)):
            shipped[b, k] *= share
    return shipped


@compiled
def grow(capacity: Floats, profit: Floats, full: float, speed: float, scale: float, slack: float) -> Floats:
    """Capacity a month later: q exp(speed tanh(profit / scale)); no growth much beyond what is available.

    profit   (n,) a dollar of list price of what could be dealt in
    full     share of capacity for which cards are available; growth fades to none as 1 - full rises to `slack`
    """
    fade = min(max(1 - (1 - full) / slack, 0.0), 1.0)
    later = np.zeros(len(capacity))
    for b in range(len(capacity)):
        drive = math.tanh(profit[b] / scale)
        later[b] = capacity[b] * math.exp(speed * (drive * fade if drive > 0 else drive))
    return later


@compiled
def enter(out: NDArray[np.bool_], profit: Floats, hazard: float, scale: float, u: Floats) -> NDArray[np.bool_]:
    """Who of those outside the market enters (again): with probability hazard tanh(profit / scale) a month, (n,)."""
    comes = np.zeros(len(out), dtype=np.bool_)
    for b in range(len(out)):
        comes[b] = out[b] and u[b] < hazard * max(math.tanh(profit[b] / scale), 0.0)
    return comes
