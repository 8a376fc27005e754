"""The value of a chip to a lab, and how money is shared among offers."""

import math

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Bools = NDArray[np.bool_]

NOTHING = -1e6
"""Utility over lam below that of any offer: where none is open."""


@elementwise
def chip_value(
    compute: Floats,
    bandwidth: Floats,
    capacity: Floats,
    link: Floats,
    memory_weight: float,
    inference: float,
    capacity_exponent: float,
    link_exponent: float,
) -> Floats:
    """Value of a chip in H100s before software.

    v = C^(1-w) B^w (G/80)^g L^(e (2 - s)),  L = min(1, link / 600)

    compute, bandwidth  (k,) relative to an H100
    capacity            (k,) GB
    link                (k,) GB/s, both directions
    memory_weight       w, share of memory bandwidth in value
    inference           s, share of compute that serves users: training suffers more from a slow link
    """
    mix = compute ** (1 - memory_weight) * bandwidth**memory_weight
    joined = np.minimum(1.0, link / 600) ** (link_exponent * (2 - inference))
    return mix * (capacity / 80) ** capacity_exponent * joined


@compiled
def nested_shares(utility: Floats, open_to: Floats, nest: Rows, odds: Floats, lam: float, outside: float) -> Floats:
    """Share of each lab's money that goes to each offer, nested logit with an outside option of keeping the money.

    P(k | nest) = exp(u_k / lam) / sum_j exp(u_j / lam)
    P(nest)     = r / (1 + sum r),  r = o exp(lam log sum_j exp(u_j / lam) - outside)

    utility   (k,) theta ln(value / cost); an offer more than 700 lam below the best one gets nothing
    open_to   (n, k) weight in [0, 1] with which an offer is open to a lab
    nest      (k,) in which nest an offer is
    odds      (n, nests) o, factor on a nest's odds: exp of what a buyer adds to its utility
    returns   (n, k), rows summing to at most 1; the rest is kept
    """
    labs, offers = open_to.shape
    nests = odds.shape[1]
    best = NOTHING
    for k in range(offers):
        for i in range(labs):
            if open_to[i, k] > 0:
                best = max(best, utility[k] / lam)
                break
    weight = np.zeros(offers)
    for k in range(offers):
        weight[k] = math.exp(min(utility[k] / lam - best, 0.0))

    shares = np.zeros((labs, offers))
    inside, known, worth, pull = np.zeros(nests), np.zeros(nests), np.zeros(nests), np.zeros(nests)
    for i in range(labs):
        for k in range(offers):
            shares[i, k] = weight[k] * open_to[i, k]
        _add_up(shares[i], nest, inside)
        whole = 1.0
        for m in range(nests):
            if inside[m] > 0:
                if inside[m] != known[m]:  # most labs have the same offers open to them
                    known[m] = inside[m]
                    worth[m] = math.exp(min(lam * (best + math.log(inside[m])) - outside, 600.0))
                pull[m] = odds[i, m] * worth[m]
                whole += pull[m]
        for m in range(nests):
            pull[m] = pull[m] / (whole * inside[m]) if inside[m] > 0 else 0.0
        for k in range(offers):
            shares[i, k] *= pull[nest[k]]
    return shares


@compiled
def _add_up(weight: Floats, nest: Rows, inside: Floats) -> None:
    """Sums by nest, (nests,), of what offers weigh, (k,), of which those in a nest mostly stand side by side."""
    inside[:] = 0.0
    here, whole = 0, 0.0
    for k in range(len(nest)):
        if nest[k] != here:
            inside[here] = whole
            here, whole = nest[k], inside[nest[k]]
        whole += weight[k]
    inside[here] = whole


@compiled
def disregard(worth: Floats, dollars: Floats, money: float, width: float) -> Floats:
    """Utility lost by offers worth less per dollar than what is on sale: few buyers consider a much worse one.

    d_k = -(max(0, ln(W / w_k)) / width)^2,  W = sum_j s_j w_j / sum_j s_j,  s_j = min(dollars_j, money)

    worth     (k,) w, value per dollar
    dollars   (k,) USD of each offer on sale; money: USD of all buyers
    width     logarithm of the factor at which one in e buyers still considers an offer
    returns   (k,) at most 0; 0 where nothing is on sale
    """
    lost = np.zeros(len(worth))
    weight, weighted = 0.0, 0.0
    for k in range(len(worth)):
        weight += min(dollars[k], money)
        weighted += min(dollars[k], money) * worth[k]
    if weight > 0:
        for k in range(len(worth)):
            gap = max(math.log(weighted / weight / worth[k]), 0.0) / width
            lost[k] = -gap * gap
    return lost


@compiled
def keep_mandate(shares: Floats, domestic: Bools, bound: Bools, least: float) -> Floats:
    """Shares of money, foreign purchases of some cut so that domestic ones are at least `least` of what they buy.

    s'_k = s_k min(1, h (1 - least) / (least a)) where k is foreign,  h and a = sum of s_k at home and abroad

    shares     (n, k) of each lab's money that go to each offer
    domestic   (k,) whether an offer is; bound: (n,) whether a lab is
    least      more than 0
    returns    (n, k)
    """
    kept = shares.copy()
    for i in range(len(shares)):
        if bound[i]:
            home, abroad = 0.0, 0.0
            for k in range(len(domestic)):
                if domestic[k]:
                    home += shares[i, k]
                else:
                    abroad += shares[i, k]
            most = home * (1 - least) / least
            for k in range(len(domestic)):
                if abroad > most and not domestic[k]:
                    kept[i, k] *= most / abroad
    return kept


@elementwise
def reservation_price(value: Floats, host: Floats, alternative: float, theta: float) -> Floats:
    """The price at which an offer has the same utility as the alternative.

    theta ln(v / (p + h)) = a   so   p = v exp(-a / theta) - h, at least 0

    value        (k,) USD/card that the best product in the world would cost for the same value
    host         (k,) USD/card of hosting
    alternative  utility of the best use of the money elsewhere
    """
    return np.maximum(value * math.exp(-alternative / theta) - host, 0.0)


@elementwise
def annuity(life_months: float, discount: float) -> float:
    """USD a month of owning for a life what costs a dollar, card and hosting alike.

    a = r / (1 - (1 + r)^-life),  r = discount / 12
    """
    rate = discount / 12
    return 1 / life_months if rate == 0 else rate / -math.expm1(-life_months * math.log1p(rate))
