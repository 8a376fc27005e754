"""Gaming cards: how they reach shops, what gamers and workshops take, and what a converted card can be used for."""

import math

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise

Floats = NDArray[np.float64]


def arrivals(
    base: float, share: Floats, free: Floats, barred_months: Floats, price: Floats, leak: float, fade: float
) -> Floats:
    """Cards that reach the shops this month, (k,).

    a = base (share free + leak price (1 - fade)^m [barred])

    base            cards/month of the tier that China takes in an ordinary month
    share           (k,) of the tier that each card fills where it may be sold
    free            (k,) share of the month in which it may
    barred_months   (k,) m, months since it was barred, negative where it is not
    price           (k,) price over list: a higher price draws more
    leak            what still arrives of a barred card, over the tier, at list price; fade: part lost a month
    """
    trickle = np.where(barred_months >= 0, leak * price * (1 - fade) ** np.maximum(barred_months, 0.0), 0.0)
    return base * (share * free + trickle)


def gamers(base: float, share: Floats, price: Floats, elasticity: float, substitution: float, rush: Floats) -> Floats:
    """Cards that gamers and dealers want, (k,).

    d_k = base w_k p_k^-elasticity (1 + rush_k),   w_k = share_k p_k^-s / sum_j share_j p_j^-s

    share         (k,) of gamers who would take the card if all were at their list prices
    price         (k,) over list
    substitution  s, elasticity at which gamers switch from an expensive card to another
    rush          (k,) extra demand while its end is announced
    """
    drawn = share * price**-substitution
    return base * drawn / max(float(drawn.sum()), 1e-12) * price**-elasticity * (1 + rush)


def answer_excess(price: Floats, demand: Floats, supply: Floats, speed: float, bounds: tuple[float, float]) -> Floats:
    """Price over list a month later: p exp(speed (D - S) / (D + S)), within bounds, (k,)."""
    whole = demand + supply
    pull = np.divide(demand - supply, whole, out=np.zeros_like(whole), where=whole > 0)
    return np.clip(price * np.exp(speed * pull), *bounds)


def cost_plus(shop: Floats, conversion: Floats, good: Floats, gain: float) -> Floats:
    """Price over list asked for a card that nobody trades yet, (k,): (shop + conversion) / good (1 + gain).

    shop         (k,) shop price over list
    conversion   (workshops,) cost over list; good (workshops,) yield; their means count
    """
    return (shop + conversion.mean()) / good.mean() * (1 + gain)


def convert(cards: Floats, good: Floats) -> tuple[Floats, Floats]:
    """Converted cards and scrap from cards taken in: y c and (1 - y) c, summing to c.

    cards   (workshops, k)
    good    (workshops,) yield y
    """
    made = cards * good[:, None]
    return made, cards - made


def training_use(run: Floats | float, memory: Floats, link: Floats, reach: float) -> Floats:
    """Share of a card's compute that a training run of a size can use.

    u = 1 / (1 + run / n),   n = reach (memory / 80) (link / 900)^2

    Little memory means that a model is cut into more pieces, and a slow link that the pieces wait for each other, the
    more the larger the run; a card with the memory and links of an H100 is the reference.

    run      H100e that work on one run
    memory   GB a card
    link     GB/s, both directions
    reach    run that an H100 without a fabric between servers would still carry at half its speed, H100e
    """
    return np.asarray(1 / (1 + np.asarray(run) / (reach * (memory / 80) * (link / 900) ** 2)))


@elementwise
def serving_use(use: Floats, exponent: float) -> Floats:
    """Share of a card's compute that serving can use, from the share that training can.

    w = 1 / (1 + x^e),   x = 1 / use - 1

    What a lab serves are the models that it trains, and a model's size grows as a root of the compute of its run.

    use        training's share, as in `training_use`; exponent: e, a half where size and data grow alike
    """
    return 1 / (1 + (1 / use - 1) ** exponent)


@compiled
def appeal(
    use: Floats, inference: Floats, exponent: float, shelf: Floats, money: Floats, fixed: float, theta: float
) -> Floats:
    """What the work that a lab's own size leaves to converted cards adds to their utility, (n,).

    a = theta ln( (s w + (1 - s) u) / (1 + fixed / money) )

    What a dollar buys counts as far as it is of use, and making a cluster of such cards work is a fixed cost, which
    weighs most on who has little money.

    use        (n, k) u, share of a card that the lab's training can use; w, its serving's, follows
    inference  (n,) s, share of its compute that serves users
    shelf      (k,) cards on offer, by which the cards are weighted
    money      (n,) USD a month; fixed: USD a month
    """
    labs, cards = use.shape
    empty, found = not shelf.any(), np.zeros(labs)
    for i in range(labs):
        useful, whole = 0.0, 0.0
        for k in range(cards):
            weight = 1.0 if empty else shelf[k]
            if weight > 0:
                served = inference[i] * serving_use(use[i, k], exponent)
                useful += weight * (served + (1 - inference[i]) * use[i, k])
                whole += weight
        found[i] = theta * math.log(useful / whole / (1 + fixed / max(money[i], 1.0)))
    return found
