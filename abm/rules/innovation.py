"""How efficiency arrives and spreads."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


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


def scale(training: Floats, half: float) -> Floats:
    """How much of what its skill and effort allow a lab finds, by the compute it can try things on, (n,) in [0, 1).

    s = x^2 / (x^2 + half^2),  x the lab's share of all labs' training compute

    training  (n,) H100e
    half      share at which a lab finds half
    """
    share = training / max(float(training.sum()), 1e-9)
    return share**2 / np.maximum(share**2 + half**2, 1e-12)


def improve(
    u: Floats,
    size: Floats,
    kind: Floats,
    skill: Floats,
    effort: Floats,
    hazard: float,
    jump: float,
    large_share: Floats | float,
    large_times: float,
) -> tuple[Floats, Bools]:
    """Improvements of efficiency that labs find this month, log10, and which of them are large jumps.

    One comes with probability hazard * skill * effort. A share of them are large jumps, `large_times` as large as the
    others on average and at least half of that; sizes are exponential otherwise, and `jump` is the mean over both.

    u, size, kind  (n,) uniforms in [0, 1): whether, how large, and whether it is a large one
    skill          (n,) 1 at a mean lab
    effort         (n,) effort over that of a lab without scarcity, after what scale and listing take away
    large_share    (n,) or one for all, share of a lab's improvements that are large
    """
    comes = u < hazard * skill * effort
    leap = comes & (kind < large_share)
    usual = jump / (1 + large_share * (large_times - 1))
    chance = -np.log1p(-size)
    found = usual * np.where(leap, large_times * (1 + chance) / 2, chance)
    return np.where(comes, found, 0.0), leap


def diffuse(own: Floats, published: float, best: float, from_frontier: float, between: float, secret: float) -> Floats:
    """Efficiency gained from others this month, log10: shares of the lag to published US work and to the best lab.

    own         (n,) log10 efficiency
    published   log10 efficiency of US work now in the open
    best        log10 efficiency of the best Chinese lab
    secret      what that lab keeps to itself, log10
    """
    up = from_frontier * np.maximum(published - own, 0.0)
    across = between * np.maximum(best - secret - own, 0.0)
    return up + across


def publish(habit: Bools, scarcity: Floats, effect: float) -> Floats:
    """Share of its own improvements that a lab publishes: all by habit, else more when compute is scarce.

    habit     (n,) whether the lab publishes its weights
    scarcity  (n,) in [0, 1]
    """
    return np.where(habit, 1.0, effect * scarcity)


def give_back(large: Floats, open_share: Floats, share: float) -> float:
    """Efficiency that leaders abroad gain from published work, log10: a share of the large jumps that are published.

    The steady stream of small improvements is part of the leaders' own declared growth.

    large        (n,) log10, large jumps found this month
    open_share   (n,) share of it that each lab publishes
    """
    return share * float(large @ open_share)
