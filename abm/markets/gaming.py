"""Gaming cards: what reaches the shops, who buys it there, and what workshops make of it."""

import numpy as np
from numpy.typing import NDArray

from abm.markets import settlement
from abm.rules import production, repurposing
from abm.state import Market

Floats = NDArray[np.float64]


def fill_shops(market: Market, base: float, free: Floats) -> None:
    """Cards reach the shops, which pay their list price.

    base   cards/month of the tier
    free   (gaming,) share that law lets in
    """
    shops, t, g = market.shops, market.t, market.parameters.gaming
    out = shops.released <= t
    shops.barred[:] = np.where(out & (free <= 0), shops.barred + 1, -1.0)
    share = production.world_mix(np.where(free > 0, t - shops.released, -1.0), g.takeover_months)
    come = repurposing.arrivals(base, share, free, shops.barred, shops.price, g.trickle, g.trickle_fade)
    settlement.stock_shops(market, come, come * list_prices(market))


def list_prices(market: Market) -> Floats:
    """List prices of gaming cards, USD, (gaming,)."""
    rows = market.axis.gaming
    return np.asarray(market.products.price[rows] / market.products.factor[rows])


def gamers_want(market: Market, base: float) -> Floats:
    """Cards that gamers and dealers want, (gaming,)."""
    g, shops = market.parameters.gaming, market.shops
    share = production.world_mix(market.t - shops.released, g.takeover_months)
    rush = g.rush * market.law.card_end[market.t]
    return repurposing.gamers(base, share, shops.price, g.elasticity, g.substitution, rush)


def serve(market: Market, gamers: Floats, orders: Floats) -> tuple[Floats, float]:
    """Shops sell to gamers (gaming,) and workshops (workshops, gaming) pro rata; prices answer.

    returns   cards workshops took in (workshops, gaming), and the share of their orders that was available
    """
    shops = market.shops
    wanted = gamers + orders.sum(axis=0)
    share = np.minimum(1.0, np.divide(shops.stock, wanted, out=np.ones_like(wanted), where=wanted > 0))
    taken, gone, price = orders * share, gamers * share, list_prices(market) * shops.price
    g = market.parameters.gaming
    bounds = (g.price_low, g.price_high)
    shops.price[:] = repurposing.answer_excess(shops.price, wanted, shops.stock, g.speed, bounds)
    settlement.sell_gaming(market, taken, gone, price)
    asked = float(orders.sum())
    return taken, float(taken.sum()) / asked if asked > 0 else 0.0


def convert(market: Market, taken: Floats) -> Floats:
    """Workshops convert what they took in, pay for it, and scrap what fails; returns converted cards, (gaming,)."""
    works = market.workshops
    made, scrap = repurposing.convert(taken, works.good)
    settlement.convert_cards(market, made, scrap, (taken * works.cost[:, None]) @ list_prices(market))
    return np.asarray(made.sum(axis=0))


def reprice_idle(market: Market) -> None:
    """Prices of converted cards that no workshop holds drift to cost and a small margin."""
    works, rows, products = market.workshops, market.axis.gaming, market.products
    if not len(works):
        return
    base = list_prices(market)
    g = market.parameters.gaming
    tried = repurposing.cost_plus(market.shops.price, works.cost, works.good, g.trial_margin)
    idle = works.stock.sum(axis=0) < 1
    products.factor[rows] += np.where(idle, g.fade * (tried - products.factor[rows]), 0.0)
    products.price[rows] = base * products.factor[rows]


def usable(market: Market) -> Floats:
    """Share of a converted card's compute that each lab's training runs can use, (labs, gaming)."""
    labs, products, rows, g = market.labs, market.products, market.axis.gaming, market.parameters.gaming
    training = labs.fleet.sum(axis=2) @ products.compute * (1 - labs.serve(market.path("inference_share")))
    runs = training * (market.path("run_share/CN") * market.parameters.compute.run_share_scale)
    return repurposing.training_use(runs[:, None], products.capacity[rows], products.link[rows], g.reach)


def usable_where_held(market: Market) -> Floats:
    """The mean of this share over the cards that labs hold, or over labs' money where they hold none, (gaming,)."""
    labs = market.labs
    held = labs.fleet[:, market.axis.gaming].sum(axis=2)
    weight = np.where(held.any(axis=0), held, labs.weight[:, None])
    total = weight.sum(axis=0)
    return np.divide((weight * labs.usable).sum(axis=0), total, out=np.ones_like(total), where=total > 0)


def appeal(market: Market) -> Floats:
    """What a lab's size and money leave of the utility of converted cards, (labs,)."""
    labs, p, g = market.labs, market.parameters, market.parameters.gaming
    serving, shelf = labs.serve(market.path("inference_share")), market.workshops.stock.sum(axis=0)
    return repurposing.appeal(labs.usable, serving, g.serving_exponent, shelf, labs.flow, g.fixed, p.demand.theta)
