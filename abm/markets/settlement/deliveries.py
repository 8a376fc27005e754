"""Cards arrive, age and leave; firms are wound up."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.arrays import times
from abm.foundation.compiled import part
from abm.markets import fleets
from abm.markets.settlement.booking import book, book_by_channel, pay
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
    returns   units delivered, (labs, products) and (products,), and what they are worth, USD (products,); units that
              left fleets, (products,)
    """
    labs, c, home = market.labs, market.parameters.compute, market.axis.domestic
    delivered, arrived, retired = fleets.pass_month(
        labs.transit, labs.fleet, joined, projects, home.start, home.stop, removal, c.survival, c.life_months
    )
    return delivered, arrived, fleets.next_month(market.products.transit_usd), retired


def book_deliveries(market: Market, arrived: Floats, retired: Floats) -> None:
    """Book what `deliver_cards` moved."""
    book_by_channel(market, "transit", "labs", arrived)
    book_by_channel(market, "labs", "outside", retired)


@part
def deliver_abroad(market: Market, us: float, rest: float) -> None:
    """Leaders and the rest of the world take delivery, H100e, and their fleets age."""
    c, frontier, world = market.parameters.compute, market.frontier, market.world
    fleets.join_abroad(frontier.fleet, times(frontier.weight, us), c.survival, c.life_months)
    fleets.join_abroad(world.fleet, np.full(1, rest), c.survival, c.life_months)


def wind_up(market: Market, failing: Bools) -> None:
    """Firms that exit sell cards second-hand to the other labs, by their weight, and the rest is scrapped.

    Cards on their way go to the buyers too, already paid for. Owners take what money is left; debt is written off.
    Named labs never fail, so that there always is a buyer.

    failing   (labs,)
    """
    labs, s, offshore = market.labs, market.parameters.startups, market.axis.offshore
    claim = labs.weight / labs.weight.sum()
    cards = fleets.hand_over(labs.fleet, failing, claim, s.resale)
    fleets.hand_over(labs.transit, failing, claim, 1.0)
    rented = np.array([labs.rented[failing].sum()])
    book(market, "labs", "outside", market.setting.accounts[offshore], rented, None, "offshore")
    labs.rented[failing] = 0.0
    sold = s.resale * cards
    usd = sold * market.products.price * s.resale_price
    book_by_channel(market, "labs", "labs", sold, usd)
    book_by_channel(market, "labs", "outside", (1 - s.resale) * cards)
    estate = float(labs.cash[failing].sum() + usd.sum())
    labs.cash[failing] = 0.0
    labs.cash -= claim * usd.sum()
    pay(market, "labs", "outside", max(estate, 0.0), "returned")
    pay(market, "outside", "labs", max(-estate, 0.0), "written off")
