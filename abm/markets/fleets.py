"""Loops over the cards that labs hold and await, by product and age: they arrive, grow old, and change hands."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled
from abm.rules import ageing

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]


@compiled
def pass_month(
    transit: Floats,
    fleet: Floats,
    cards: Floats,
    joined: Rows,
    owners: Bools,
    first: int,
    stop: int,
    removal: float,
    survival: float,
    life_months: float,
    compute: Floats,
) -> tuple[Floats, Floats, Floats]:
    """What is due joins the fleets, young; some owners remove a share of their youngest cards; fleets grow older.

    transit   (labs, products, months to go) units; fleet: (labs, products, classes), youngest first; cards: (labs,
              products) of all classes
    joined    (products,) the row of the fleet that each product joins
    owners    (labs,) who removes a share `removal` of its youngest cards, but for products from `first` to `stop`
    compute   (products,) H100e of a card
    returns   delivered, and what left the fleets, (products,) units; and H100e in the youngest class, (labs,)
    """
    labs, products, _ = transit.shape
    arrived, gone, young = np.zeros(products), np.zeros(products), np.zeros(labs)
    for i in range(labs):
        for k in range(products):
            due = roll(transit, i, k)
            if due > 0:
                arrived[k] += due
                fleet[i, joined[k], 0] += due

        if removal > 0 and owners[i]:
            for k in range(products):
                if not first <= k < stop:
                    gone[k] += removal * fleet[i, k, 0]
                    fleet[i, k, 0] *= 1 - removal
        new = 0.0
        for k in range(products):
            if cards[i, k] > 0 or fleet[i, k, 0] > 0:
                left, cards[i, k] = grow_old(fleet, i, k, survival, ageing.CLASSES / life_months)
                gone[k] += left
                new += fleet[i, k, 0] * compute[k]
        young[i] = new
    return arrived, gone, young


@compiled
def roll(transit: Floats, i: int, k: int) -> float:
    """What a lab awaits of a product comes nearer by a month; what is due."""
    due, last = transit[i, k, 0], transit.shape[2] - 1
    for month in range(last):
        transit[i, k, month] = transit[i, k, month + 1]
    transit[i, k, last] = 0.0
    return due


@compiled
def grow_old(fleet: Floats, i: int, k: int, survival: float, step: float) -> tuple[float, float]:
    """A lab's cards of a product grow older by a month, as in `ageing.stay`; those that leave, and those that stay."""
    whole, stays, younger = 0.0, 0.0, 0.0
    for age in range(ageing.CLASSES):
        whole += fleet[i, k, age]
    gone = ageing.leave(whole, fleet[i, k, ageing.CLASSES - 1], survival, step)
    for age in range(ageing.CLASSES):
        here = fleet[i, k, age]
        older = ageing.stay(here, younger, survival, step)
        fleet[i, k, age], younger = older, here
        stays += older
    return gone, stays


@compiled
def join_abroad(fleet: Floats, joining: Floats, survival: float, life_months: float) -> None:
    """Compute joins fleets abroad, which grow older.

    fleet   (owners, classes) H100e; joining: (owners,)
    """
    whole = fleet.reshape((1, *fleet.shape))
    for k in range(len(joining)):
        fleet[k, 0] += joining[k]
        grow_old(whole, 0, k, survival, ageing.CLASSES / life_months)


@compiled
def next_month(coming: Floats) -> Floats:
    """What is to come, (products, months to go), comes nearer by a month; returns what is due, (products,)."""
    due, last = np.empty(len(coming)), coming.shape[1] - 1
    for k in range(len(coming)):
        due[k] = coming[k, 0]
        for month in range(last):
            coming[k, month] = coming[k, month + 1]
        coming[k, last] = 0.0
    return due


@compiled
def hand_over(holdings: Floats, leaving: Bools, claim: Floats, share: float) -> Floats:
    """A share of what labs hold that leave goes to the others, by their claims, the rest is lost; what leaving labs
    held, (products,) units.

    holdings   (labs, products, classes or months) units; leaving, claim: (labs,)
    """
    labs, products, parts = holdings.shape
    held, whole = np.zeros((products, parts)), np.zeros(products)
    for i in range(labs):
        if leaving[i]:
            for k in range(products):
                for part in range(parts):
                    held[k, part] += holdings[i, k, part]
                    whole[k] += holdings[i, k, part]
                    holdings[i, k, part] = 0.0

    for i in range(labs):
        if claim[i] > 0:
            for k in range(products):
                if whole[k] > 0:
                    for part in range(parts):
                        holdings[i, k, part] += claim[i] * share * held[k, part]
    return whole
