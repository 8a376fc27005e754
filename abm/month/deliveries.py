"""What arrives: cards join the fleets of labs, leaders and the rest of the world, which grow older."""

import numpy as np

from abm.agents.labs import Labs
from abm.agents.products import CHANNELS
from abm.foundation.arrays import product, sums, total
from abm.foundation.dates import REPORT_FROM
from abm.foundation.mirrors import behaviour
from abm.markets import settlement
from abm.month.phase import phase
from abm.records import Deliveries, Floats, Sales, Smuggling
from abm.state import Market, seen, whole

in_projects = behaviour(Labs.in_projects)


@phase("labs.fleet labs.cards labs.transit products.transit_usd frontier.fleet world.fleet")
def deliver(market: Market, sales: Sales, smuggling: Smuggling) -> Deliveries:
    """Cards arrive, fleets age and some cards leave."""
    (arrived, billed, retired, young), added, us_added, us_compute, rest_compute = _arrive(
        market, market.t < REPORT_FROM, _newly_to_remove(market), sales.abroad, smuggling.diverted,
        market.path("us_share"), market.path("own_chips"),
    )  # fmt: skip
    return Deliveries(
        retired=retired,
        young=young,
        units=arrived,
        billed=billed,
        us_added=us_added,
        added_by_channel=added,
        us_compute=us_compute,
        rest_compute=rest_compute,
    )


@whole
def _arrive(
    market: Market, early: bool, removal: float, abroad: Floats, diverted: Floats, us: float, own: float
) -> tuple[tuple[Floats, Floats, Floats, Floats], Floats, float, float, float]:
    """Labs take delivery as in `settlement.deliver_cards`, leaders and the rest of the world of what was sold abroad.

    early              whether products join the legacy row of the same chip: during the spin-up
    removal            share of their young foreign cards that state buyers take out
    abroad, diverted   fields of Sales and Smuggling; us: share of the former that the leaders buy
    own                H100e of their own chips that leaders add
    returns            what `deliver_cards` returns; H100e delivered by channel, (channels,); H100e that leaders add,
                       that they have, and that the rest of the world has
    """
    market = seen(market)
    axis, compute, joined = market.axis, market.products.compute, np.arange(len(market.products.price))
    if early:
        for k in range(len(axis.legacy_source)):
            joined[axis.legacy_source[k]] = axis.legacy.start + k
    found = settlement.deliver_cards(market, joined, in_projects(market.labs), removal)
    made, lost = total(product(abroad, compute)), total(product(diverted, compute[axis.grey.start : axis.grey.stop]))
    settlement.deliver_abroad(market, made * us + own, made * (1 - us) - lost)
    return (
        found, sums(product(found[0], compute), axis.places, len(CHANNELS)), made * us + own,
        total(market.frontier.fleet.ravel()), total(market.world.fleet.ravel()),
    )  # fmt: skip


def _newly_to_remove(market: Market) -> float:
    """Completion below which state projects must from this month on remove foreign chips, beyond what held before."""
    remove, t = market.law.remove, market.t
    return max(float(remove[t] - (remove[t - 1] if t else 0.0)), 0.0)
