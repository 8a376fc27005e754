"""Cards arrive, age and leave; firms are wound up."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.arrays import clear, clear_rows, held_by, parts, product, times, total
from abm.foundation.compiled import part
from abm.foundation.ledger import LABS, OUTSIDE, TRANSIT
from abm.markets import fleets
from abm.markets.settlement.booking import FREE, OFFSHORE, RETURNED, WRITTEN_OFF, book, book_products, pay
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]


@part
def deliver_cards(
    market: Market, joined: Rows, projects: Bools, removal: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """What is due leaves transit and joins fleets; state buyers remove foreign cards, fleets age and some cards leave.

    joined    (products,) the row of the fleet that each product joins
    projects  (labs,) who takes out a share `removal` of its young foreign cards
    returns   units delivered, and what they are worth, USD, and units that left fleets, (products,) each; H100e in the
              youngest class of fleets, (labs,)
    """
    labs, c, home = market.labs, market.parameters.compute, market.axis.domestic
    arrived, retired, young = fleets.pass_month(
        labs.transit, labs.fleet, labs.cards, joined, projects, home.start, home.stop, removal, c.survival,
        c.life_months, market.products.compute,
    )  # fmt: skip
    every = np.arange(len(arrived))
    book_products(market, TRANSIT, LABS, every, arrived, FREE)
    book_products(market, LABS, OUTSIDE, every, retired, FREE)
    return arrived, fleets.next_month(market.products.transit_usd), retired, young


@part
def deliver_abroad(market: Market, us: float, rest: float) -> None:
    """Leaders and the rest of the world take delivery, H100e, and their fleets age."""
    c, frontier, world = market.parameters.compute, market.frontier, market.world
    fleets.join_abroad(frontier.fleet, times(frontier.weight, us), c.survival, c.life_months)
    fleets.join_abroad(world.fleet, np.full(1, rest), c.survival, c.life_months)


@part
def wind_up(market: Market, failing: Bools) -> None:
    """Firms that exit sell cards second-hand to the other labs, by their weight, and the rest is scrapped.

    Cards on their way go to the buyers too, already paid for. Owners take what money is left; debt is written off.
    Named labs never fail, so that there always is a buyer.

    failing   (labs,)
    """
    labs, s, rent = market.labs, market.parameters.startups, market.axis.offshore
    claim = parts(labs.weight)
    cards = fleets.hand_over(labs.fleet, failing, claim, s.resale)
    fleets.hand_over(labs.cards.reshape((*labs.cards.shape, 1)), failing, claim, s.resale)
    fleets.hand_over(labs.transit, failing, claim, 1.0)
    rented, every = np.full(1, total(held_by(failing, labs.rented))), np.arange(len(cards))
    book(market, LABS, OUTSIDE, OFFSHORE, market.setting.accounts[rent.start : rent.stop], rented, FREE)
    clear_rows(labs.rented, failing)
    sold = times(cards, s.resale)
    usd = times(product(sold, market.products.price), s.resale_price)
    book_products(market, LABS, LABS, every, sold, usd)
    book_products(market, LABS, OUTSIDE, every, times(cards, 1 - s.resale), FREE)
    paid = total(usd)
    estate = total(held_by(failing, labs.cash.reshape((len(claim), 1)))) + paid
    clear(labs.cash, failing, 0.0)
    for i in range(len(claim)):
        labs.cash[i] -= claim[i] * paid
    pay(market, LABS, OUTSIDE, max(estate, 0.0), RETURNED)
    pay(market, OUTSIDE, LABS, max(-estate, 0.0), WRITTEN_OFF)
