"""What arrives: cards join the fleets of labs, leaders and the rest of the world, which grow older."""

import numpy as np

from abm.agents.labs import Labs
from abm.agents.products import CHANNELS
from abm.foundation.arrays import product, put, sums, total
from abm.foundation.dates import REPORT_FROM
from abm.foundation.mirrors import behaviour
from abm.markets import settlement
from abm.month.phase import phase
from abm.records import Deliveries, Sales, Smuggling
from abm.state import Market, seen, whole

in_projects = behaviour(Labs.in_projects)


@phase("labs.fleet labs.cards labs.transit products.transit_usd frontier.fleet world.fleet")
def deliver(market: Market, sales: Sales, smuggling: Smuggling) -> Deliveries:
    """Cards arrive, fleets age and some cards leave."""
    deliveries = market.blank(Deliveries)
    _arrive(
        market, sales, smuggling, deliveries, market.t < REPORT_FROM, _newly_to_remove(market),
        market.path("us_share"), market.path("own_chips"),
    )  # fmt: skip
    return deliveries


@whole
def _arrive(
    market: Market, sales: Sales, smuggling: Smuggling, deliveries: Deliveries, early: bool, removal: float, us: float,
    own: float,
) -> None:  # fmt: skip
    """Labs take delivery as in `settlement.deliver_cards`, leaders and the rest of the world of what was sold abroad.

    early     whether products join the legacy row of the same chip: during the spin-up
    removal   share of their young foreign cards that state buyers take out
    us, own   share of what was sold abroad that the leaders buy; H100e of their own chips that they add
    """
    market, sales, smuggling, deliveries = seen(market), seen(sales), seen(smuggling), seen(deliveries)
    axis, compute, joined = market.axis, market.products.compute, np.arange(len(market.products.price))
    if early:
        for k in range(len(axis.legacy_source)):
            joined[axis.legacy_source[k]] = axis.legacy.start + k
    units, billed, retired, young = settlement.deliver_cards(market, joined, in_projects(market.labs), removal)
    put(deliveries.units, units)
    put(deliveries.billed, billed)
    put(deliveries.retired, retired)
    put(deliveries.young, young)
    put(deliveries.added_by_channel, sums(product(units, compute), axis.places, len(CHANNELS)))
    grey = compute[axis.grey.start : axis.grey.stop]
    made, lost = total(product(sales.abroad, compute)), total(product(smuggling.diverted, grey))
    deliveries.us_added = made * us + own
    settlement.deliver_abroad(market, deliveries.us_added, made * (1 - us) - lost)
    deliveries.us_compute = total(market.frontier.fleet.ravel())
    deliveries.rest_compute = total(market.world.fleet.ravel())


def _newly_to_remove(market: Market) -> float:
    """Completion below which state projects must from this month on remove foreign chips, beyond what held before."""
    remove, t = market.law.remove, market.t
    return max(float(remove[t] - (remove[t - 1] if t else 0.0)), 0.0)
