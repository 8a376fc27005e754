"""Gaming cards: what reaches the shops, who buys it there, and what workshops make of it."""

import numpy as np
from numpy.typing import NDArray

from abm.agents.labs import Labs
from abm.foundation.arrays import put
from abm.foundation.compiled import compiled, part
from abm.foundation.mirrors import behaviour
from abm.markets import settlement
from abm.rules import production, repurposing
from abm.rules.repurposing import training_use
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

serve_users = behaviour(Labs.serve)


@part
def open_shops(market: Market, base: float, free: Floats) -> tuple[Floats, Floats]:
    """Cards reach the shops, which pay their list price; gamers and dealers say what they want; converted cards that no
    workshop holds are priced.

    base      cards/month of the tier
    free      (gaming,) share that law lets in
    returns   list prices, USD, and cards that gamers want, (gaming,)
    """
    shops, works, products, rows = market.shops, market.workshops, market.products, market.axis.gaming
    t, g = market.t, market.parameters.gaming
    factor, price = products.factor[rows.start : rows.stop], products.price[rows.start : rows.stop]
    listed = np.empty(len(price))
    for k in range(len(price)):
        listed[k] = price[k] / factor[k]
    come = _come(base, t, shops.released, free, shops.price, g.takeover_months, g.trickle, g.trickle_fade, shops.barred)
    settlement.stock_shops(market, come, listed)
    if len(works.good) > 0:
        _reprice(works.stock, works.cost, works.good, shops.price, listed, g.trial_margin, g.fade, factor, price)
    ends = market.law.card_end[t]
    return (
        listed,
        _gamers(base, t, shops.released, shops.price, ends, g.takeover_months, g.elasticity, g.substitution, g.rush),
    )


@compiled
def _come(
    base: float, month: int, released: Floats, free: Floats, price: Floats, takeover: float, trickle: float,
    fade: float, barred: Floats,
) -> Floats:  # fmt: skip
    """Cards that reach the shops, (gaming,); months since each was barred, (gaming,), are counted on."""
    age = np.full(len(released), -1.0)
    for k in range(len(released)):
        out = released[k] <= month
        barred[k] = barred[k] + 1 if out and free[k] <= 0 else -1.0
        if free[k] > 0:
            age[k] = month - released[k]
    share = production.world_mix(age, takeover)
    return repurposing.arrivals(base, share, free, barred, price, trickle, fade)


@compiled
def _gamers(
    base: float, month: int, released: Floats, price: Floats, ends: Bools, takeover: float, elasticity: float,
    substitution: float, rush: float,
) -> Floats:  # fmt: skip
    """Cards that gamers and dealers want, (gaming,), more of those whose end is announced."""
    age, extra = np.zeros(len(released)), np.zeros(len(released))
    for k in range(len(released)):
        age[k] = month - released[k]
        extra[k] = rush if ends[k] else 0.0
    return repurposing.gamers(base, production.world_mix(age, takeover), price, elasticity, substitution, extra)


@compiled
def _reprice(
    stock: Floats, cost: Floats, good: Floats, shop: Floats, listed: Floats, margin: float, fade: float,
    factor: Floats, price: Floats,
) -> None:  # fmt: skip
    """Move the price over list (gaming,) of a card of which less than one is held towards its cost and a margin."""
    tried = repurposing.cost_plus(shop, cost, good, margin)
    for k in range(len(tried)):
        held = 0.0
        for w in range(len(stock)):
            held += stock[w, k]
        if held < 1:
            factor[k] += fade * (tried[k] - factor[k])
        price[k] = listed[k] * factor[k]


@part
def serve(
    market: Market, gamers: Floats, orders: Floats, listed: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats, float]:
    """Shops sell to gamers (gaming,) and workshops (workshops, gaming) pro rata; prices answer. Workshops convert what
    they took in, pay for it, and scrap what fails: as in `_serve`; listed (gaming,) USD."""
    shops, works, g = market.shops, market.workshops, market.parameters.gaming
    bounds = (g.price_low, g.price_high)
    return _serve(gamers, orders, shops.stock, works.good, works.cost, listed, g.speed, bounds, shops.price)


@compiled
def _serve(
    gamers: Floats, orders: Floats, stock: Floats, good: Floats, cost: Floats, listed: Floats, speed: float,
    bounds: tuple[float, float], price: Floats,
) -> tuple[Floats, Floats, Floats, Floats, Floats, float]:  # fmt: skip
    """Move shops' prices over list (gaming,); returns what workshops take in (workshops, gaming) and gamers get
    (gaming,), cards converted and scrapped (workshops, gaming), USD that this costs (workshops,), and the share of
    workshops' orders that they get."""
    wanted, taken, gone, full = _pro_rata(gamers, orders, stock)
    put(price, repurposing.answer_excess(price, wanted, stock, speed, bounds))
    made, scrap = repurposing.convert(taken, good)
    paid = np.zeros(len(good))
    for w in range(len(good)):
        for k in range(len(listed)):
            paid[w] += taken[w, k] * listed[k] * cost[w]
    return taken, gone, made, scrap, paid, full


@compiled
def _pro_rata(gamers: Floats, orders: Floats, stock: Floats) -> tuple[Floats, Floats, Floats, float]:
    """Cards wanted in all (gaming,), what workshops (workshops, gaming) and gamers (gaming,) get of a stock (gaming,),
    and the share of workshops' orders that they get."""
    wanted, gone, taken = gamers.copy(), np.zeros_like(gamers), np.zeros_like(orders)
    asked, got = 0.0, 0.0
    for k in range(len(stock)):
        for w in range(len(orders)):
            wanted[k] += orders[w, k]
        share = min(1.0, stock[k] / wanted[k]) if wanted[k] > 0 else 1.0
        gone[k] = gamers[k] * share
        for w in range(len(orders)):
            taken[w, k] = orders[w, k] * share
            asked += orders[w, k]
            got += taken[w, k]
    return wanted, taken, gone, got / asked if asked > 0 else 0.0


@part
def find_use(market: Market, inference: float, share: float) -> None:
    """What converted cards are good for, after the size of labs' runs: to each lab, and on the mean over the cards that
    labs hold, or over labs' money where they hold none.

    inference, share    of compute that serves users, and of training compute in a lab's largest run
    """
    labs, products, p = market.labs, market.products, market.parameters
    runs = _runs(labs.cards, products.compute, serve_users(labs, inference), share * p.compute.run_share_scale)
    _use(
        runs, products.capacity, products.link, p.gaming.reach, labs.cards, labs.weight, market.axis.gaming.start,
        labs.usable, products.training,
    )  # fmt: skip


@compiled
def _runs(cards: Floats, compute: Floats, serving: Floats, share: float) -> Floats:
    """H100e that work on each lab's largest run, (labs,): a share of the compute that does not serve users."""
    runs = np.zeros(len(cards))
    for i in range(len(cards)):
        whole = 0.0
        for k in range(len(compute)):
            whole += cards[i, k] * compute[k]
        runs[i] = whole * (1 - serving[i]) * share
    return runs


@compiled
def _use(
    runs: Floats, memory: Floats, link: Floats, reach: float, cards: Floats, weight: Floats, first: int,
    usable: Floats, training: Floats,
) -> None:  # fmt: skip
    """Note the share of a converted card's compute that each lab's training runs can use, (labs, gaming), and of each
    product from the first gaming card on, (products,), its mean over the cards that labs hold, or by weight (labs,)
    where none is held; 1 where there is no weight."""
    for k in range(usable.shape[1]):
        row = first + k
        held, use, whole, mean = 0.0, 0.0, 0.0, 0.0
        for i in range(len(runs)):
            usable[i, k] = training_use(runs[i], memory[row], link[row], reach)
            held += cards[i, row]
            use += cards[i, row] * usable[i, k]
            whole += weight[i]
            mean += weight[i] * usable[i, k]
        if held > 0:
            training[row] = use / held
        else:
            training[row] = mean / whole if whole > 0 else 1.0


@part
def appeal(market: Market, inference: float) -> Floats:
    """What a lab's size and money leave of the utility of converted cards, (labs,); inference: share of compute that
    serves users."""
    labs, stock, p, g = market.labs, market.workshops.stock, market.parameters, market.parameters.gaming
    shelf = np.zeros(stock.shape[1])
    for w in range(len(stock)):
        for k in range(len(shelf)):
            shelf[k] += stock[w, k]
    return repurposing.appeal(
        labs.usable, serve_users(labs, inference), g.serving_exponent, shelf, labs.flow, g.fixed, p.demand.theta
    )
