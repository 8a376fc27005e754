"""How efficiency arrives and spreads."""

import math

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]


@compiled
def work(scarcity: Floats, base: float, effect: float, most: float) -> Floats:
    """Share of training compute that labs put into efficiency research: more of it when compute is scarce.

    e = min(most, base (1 + effect scarcity)), but never below base

    scarcity  (n,) in [0, 1]
    """
    effort = np.zeros(len(scarcity))
    for i in range(len(scarcity)):
        effort[i] = max(min(base * (1 + effect * scarcity[i]), most), base)
    return effort


@compiled
def scale(training: Floats, half: float) -> Floats:
    """How much of what its skill and effort allow a lab finds, by the compute it can try things on, (n,) in [0, 1).

    s = x^2 / (x^2 + half^2),  x the lab's share of all labs' training compute

    training  (n,) H100e
    half      share at which a lab finds half
    """
    total, part = 0.0, np.zeros(len(training))
    for i in range(len(training)):
        total += training[i]
    for i in range(len(training)):
        share = training[i] / max(total, 1e-9)
        part[i] = share * share / max(share * share + half * half, 1e-12)
    return part


@compiled
def improve(
    u: Floats,
    size: Floats,
    kind: Floats,
    skill: Floats,
    effort: Floats,
    hazard: float,
    jump: float,
    large_share: Floats,
    large_times: float,
) -> tuple[Floats, Bools]:
    """Improvements of efficiency that labs find this month, log10, and which of them are large jumps.

    One comes with probability hazard * skill * effort. A share of them are large jumps, `large_times` as large as the
    others on average and at least half of that; sizes are exponential otherwise, and `jump` is the mean over both.

    u, size, kind  (n,) uniforms in [0, 1): whether, how large, and whether it is a large one
    skill          (n,) 1 at a mean lab
    effort         (n,) effort over that of a lab without scarcity, after what scale and listing take away
    large_share    (n,) share of a lab's improvements that are large
    """
    found, leap = np.zeros(len(u)), np.zeros(len(u), dtype=np.bool_)
    for i in range(len(u)):
        if u[i] < hazard * skill[i] * effort[i]:
            usual = jump / (1 + large_share[i] * (large_times - 1))
            chance = -math.log1p(-size[i])
            leap[i] = kind[i] < large_share[i]
            found[i] = usual * (large_times * (1 + chance) / 2 if leap[i] else chance)
    return found, leap


@compiled
def improve_at_scale(
    u: Floats,
    size: Floats,
    kind: Floats,
    training: Floats,
    half: float,
    skill: Floats,
    effort: Floats,
    usual_effort: float,
    listed: Bools,
    listing_loss: float,
    active: Bools,
    hazard: float,
    jump: float,
    large_share: float,
    large_times: float,
) -> tuple[Floats, Bools]:
    """The same where labs that train at scale find more, and more of the large ones, and listed labs find less.

    training   (n,) H100e, and half, as in `scale`
    effort     (n,) share of training compute that goes into research; usual_effort: that of a lab without shortage
    listed     (n,) labs on the Entity List, which lose a share `listing_loss`; active: (n,) labs in business
    """
    part, often = scale(training, half), np.zeros(len(u))
    for i in range(len(u)):
        often[i] = large_share * part[i]
        part[i] *= effort[i] / usual_effort * (1 - listing_loss if listed[i] else 1.0) * active[i]
    return improve(u, size, kind, skill, part, hazard, jump, often, large_times)


@compiled
def advance(uniform: Floats, growth: float) -> Floats:
    """Efficiency that leaders gain in a month, log10: the declared growth, unevenly among them.

    e = log10(growth) / 12 (0.5 + u)

    uniform   (n,) uniforms; growth: factor a year
    """
    speed, found = math.log10(growth) / 12, np.empty(len(uniform))
    for i in range(len(uniform)):
        found[i] = speed * (0.5 + uniform[i])
    return found


@compiled
def diffuse(own: Floats, published: float, best: float, from_frontier: float, between: float, secret: float) -> Floats:
    """Efficiency gained from others this month, log10: shares of the lag to published US work and to the best lab.

    own         (n,) log10 efficiency
    published   log10 efficiency of US work now in the open
    best        log10 efficiency of the best Chinese lab
    secret      what that lab keeps to itself, log10
    """
    gained = np.zeros(len(own))
    for i in range(len(own)):
        up = from_frontier * max(published - own[i], 0.0)
        gained[i] = up + between * max(best - secret - own[i], 0.0)
    return gained


@compiled
def publish(habit: Bools, scarcity: Floats, effect: float) -> Floats:
    """Share of its own improvements that a lab publishes: all by habit, else more when compute is scarce.

    habit     (n,) whether the lab publishes its weights
    scarcity  (n,) in [0, 1]
    """
    share = np.ones(len(habit))
    for i in range(len(habit)):
        if not habit[i]:
            share[i] = effect * scarcity[i]
    return share


@compiled
def give_back(large: Floats, open_share: Floats, share: float) -> float:
    """Efficiency that leaders abroad gain from published work, log10: a share of the large jumps that are published.

    The steady stream of small improvements is part of the leaders' own declared growth.

    large        (n,) log10, large jumps found this month
    open_share   (n,) share of it that each lab publishes
    """
    published = 0.0
    for i in range(len(large)):
        published += large[i] * open_share[i]
    return share * published


@compiled
def best(efficiency: Floats, active: Bools) -> float:
    """Efficiency of the best lab in business, log10; -inf where there is none."""
    found = -np.inf
    for i in range(len(efficiency)):
        if active[i]:
            found = max(found, efficiency[i])
    return found


@compiled
def place(efficiency: Floats, active: Bools, count: int) -> Rows:
    """Place of the first `count` labs by efficiency among all in business, 1 the best."""
    places = np.ones(count, dtype=np.int64)
    for first in range(count):
        for i in range(len(efficiency)):
            places[first] += active[i] and efficiency[i] > efficiency[first]
    return places
