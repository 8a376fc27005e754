"""Gaming cards: what reaches the shops, who buys it there, and what workshops make of it."""

import numpy as np
from numpy.typing import NDArray

from abm.markets import settlement
from abm.rules import production, repurposing
from abm.state import Market

Floats = NDArray[np.float64]

SHOP_BOUNDS = (0.7, 4.0)
"""Bounds of a gaming card's price over list."""
TRIAL = 0.1
"""Margin at which workshops try a card that nobody trades."""


def fill_shops(market: Market, base: float, free: Floats) -> None:
    """Cards reach the shops, which pay their list price.

    base   cards/month of the tier
    free   (gaming,) share that law lets in
    """
    shops, t, g = market.shops, market.t, market.parameters.gaming
    out = shops.released <= t
    shops.barred[:] = np.where(out & (free <= 0), shops.barred + 1, -1.0)
    share = production.world_mix(np.where(free > 0, t - shops.released, -1.0), g.takeover_months)
    come = repurposing.arrivals(base, share, free, shops.barred, shops.price, g.trickle)
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
    return repurposing.gamers(base, share, shops.price, g.elasticity, rush)


def serve(market: Market, gamers: Floats, orders: Floats) -> tuple[Floats, float]:
    """Shops sell to gamers (gaming,) and workshops (workshops, gaming) pro rata; prices answer.

    returns   cards workshops took in (workshops, gaming), and the share of their orders that was available
    """
    shops = market.shops
    wanted = gamers + orders.sum(axis=0)
    share = np.minimum(1.0, np.divide(shops.stock, wanted, out=np.ones_like(wanted), where=wanted > 0))
    taken, gone, price = orders * share, gamers * share, list_prices(market) * shops.price
    speed = market.parameters.gaming.speed
    shops.price[:] = repurposing.answer_excess(shops.price, wanted, shops.stock, speed, SHOP_BOUNDS)
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
    """Converted cards that no workshop holds are asked for at cost and a small margin."""
    works, rows, products = market.workshops, market.axis.gaming, market.products
    if not len(works):
        return
    base = list_prices(market)
    tried = repurposing.cost_plus(market.shops.price, works.cost, works.good, TRIAL)
    products.factor[rows] = np.where(works.stock.sum(axis=0) >= 1, products.factor[rows], tried)
    products.price[rows] = base * products.factor[rows]


def largest_run(market: Market) -> float:
    """Compute that the lab with most money can put on one run, H100e."""
    labs = market.labs
    if not len(labs):
        return 0.0
    fleet = labs.fleet[int(labs.flow.argmax())].sum(axis=1)
    largest = float(fleet @ market.products.compute)
    return largest * (1 - market.path("inference_share")) * market.path("run_share/CN")
