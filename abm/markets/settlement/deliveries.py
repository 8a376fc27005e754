"""Cards arrive, age and leave; firms are wound up."""

import numpy as np
from numpy.typing import NDArray

from abm.markets import fleets
from abm.markets.settlement.booking import book, book_by_channel, pay
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]


def deliver_cards(market: Market, joined: Rows, removal: float) -> tuple[Floats, Floats, Floats, Floats]:
    """What is due leaves transit and joins fleets; state buyers remove foreign cards, fleets age and some cards leave.

    joined    (products,) the row of the fleet that each product joins
    removal   share of their young foreign cards that state buyers take out
    returns   units delivered, (labs, products) and (products,), and what they are worth, USD (products,); units that
              left fleets, (products,)
    """
    labs, coming, c, home = market.labs, market.products.transit_usd, market.parameters.compute, market.axis.domestic
    delivered, arrived, retired = fleets.pass_month(
        labs.transit,
        labs.fleet,
        joined,
        labs.in_projects(),
        home.start,
        home.stop,
        removal,
        c.survival,
        c.life_months,
    )
    billed = coming[:, 0].copy()
    coming[:, :-1] = coming[:, 1:]
    coming[:, -1] = 0.0
    book_by_channel(market, "transit", "labs", arrived)
    book_by_channel(market, "labs", "outside", retired)
    return delivered, arrived, billed, retired


def deliver_abroad(market: Market, us: float, rest: float) -> None:
    """Leaders and the rest of the world take delivery, H100e, and their fleets age."""
    c, frontier = market.parameters.compute, market.frontier
    for table, joining in ((frontier, frontier.weight * us), (market.world, np.array([rest]))):
        fleets.join_abroad(table.fleet[np.newaxis], joining, c.survival, c.life_months)


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
