"""Gaming cards: how they reach shops, what gamers and workshops take, and what a converted card can be used for."""

import math

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise

Floats = NDArray[np.float64]


@compiled
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
    come = np.zeros(len(share))
    for k in range(len(share)):
        trickle = leak * price[k] * (1 - fade) ** barred_months[k] if barred_months[k] >= 0 else 0.0
        come[k] = base * (share[k] * free[k] + trickle)
    return come


@compiled
def gamers(base: float, share: Floats, price: Floats, elasticity: float, substitution: float, rush: Floats) -> Floats:
    """Cards that gamers and dealers want, (k,).

    d_k = base w_k p_k^-elasticity (1 + rush_k),   w_k = share_k p_k^-s / sum_j share_j p_j^-s

    share         (k,) of gamers who would take the card if all were at their list prices
    price         (k,) over list
    substitution  s, elasticity at which gamers switch from an expensive card to another
    rush          (k,) extra demand while its end is announced
    """
    drawn, whole = np.zeros(len(share)), 0.0
    for k in range(len(share)):
        drawn[k] = share[k] * price[k] ** -substitution
        whole += drawn[k]
    for k in range(len(share)):
        drawn[k] *= base / max(whole, 1e-12) * price[k] ** -elasticity * (1 + rush[k])
    return drawn


@compiled
def answer_excess(price: Floats, demand: Floats, supply: Floats, speed: float, bounds: tuple[float, float]) -> Floats:
    """Price over list a month later: p exp(speed (D - S) / (D + S)), within bounds, (k,)."""
    later = np.zeros(len(price))
    for k in range(len(price)):
        whole = demand[k] + supply[k]
        pull = (demand[k] - supply[k]) / whole if whole > 0 else 0.0
        later[k] = min(max(price[k] * math.exp(speed * pull), bounds[0]), bounds[1])
    return later


@compiled
def cost_plus(shop: Floats, conversion: Floats, good: Floats, gain: float) -> Floats:
    """Price over list asked for a card that nobody trades yet, (k,): (shop + conversion) / good (1 + gain).

    shop         (k,) shop price over list
    conversion   (workshops,) cost over list; good (workshops,) yield; their means count
    """
    costs, yields = 0.0, 0.0
    for w in range(len(good)):
        costs += conversion[w] / len(good)
        yields += good[w] / len(good)
    asked = np.zeros(len(shop))
    for k in range(len(shop)):
        asked[k] = (shop[k] + costs) / yields * (1 + gain)
    return asked


@elementwise
def gain(price: Floats, good: Floats, shop: Floats, conversion: Floats, listed: Floats) -> Floats:
    """Margin over what a converted card costs a workshop: p y / (s + c l) - 1.

    price, shop, listed   USD: p of a converted card, s in the shop, l on the list
    good, conversion      yield y, and cost c over the list price
    """
    return price * good / (shop + conversion * listed) - 1


@compiled
def convert(cards: Floats, good: Floats) -> tuple[Floats, Floats]:
    """Converted cards and scrap from cards taken in: y c and (1 - y) c, summing to c.

    cards   (workshops, k)
    good    (workshops,) yield y
    """
    made, scrap = np.zeros_like(cards), np.zeros_like(cards)
    for w in range(len(good)):
        for k in range(cards.shape[1]):
            made[w, k] = cards[w, k] * good[w]
            scrap[w, k] = cards[w, k] - made[w, k]
    return made, scrap


@compiled
def earned(taken: Floats, margin: Floats, capacity: Floats) -> Floats:
    """What workshops expect to earn on cards taken in, over all that they could take in, (workshops,).

    taken, margin   (workshops, k); capacity: (workshops,)
    """
    found = np.zeros(len(capacity))
    for w in range(len(capacity)):
        for k in range(taken.shape[1]):
            found[w] += taken[w, k] * margin[w, k] / max(capacity[w], 1e-9)
    return found


@elementwise
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
    return 1 / (1 + run / (reach * (memory / 80) * np.square(link / 900)))


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
