"""A mechanism in one file: the grid connects only so much power for AI, and labs buy no more cards than it can feed.

    from experiments.mechanisms.grid_power import LimitedByTheGrid
    LimitedByTheGrid("history", **{"grid.gigawatts": 2.0}).run().datacollector.get_model_vars_dataframe()["power_drawn"]

The numbers are assumed, for illustration: nothing in the model's findings rests on them.
"""

from pydantic import Field

import abm
from abm.foundation.records import Floats, kept
from abm.records import Budgets

H100E_KILOWATTS = 1.4
"""Power that an H100e draws with its share of server, network and cooling: assumed."""


class Grid(abm.Group):
    """The power that the grid lets AI draw."""

    gigawatts: float = Field(5.0, ge=0, le=1000, description="power the grid lets AI compute draw, GW")


class PoweredBudgets(Budgets):
    """Budgets cut to what the grid can feed."""

    power_drawn: float = kept("GW", "power that labs' fleets draw")


@abm.phase()
def grid_connects(market: abm.Market, grid: Grid, budgets: Budgets) -> PoweredBudgets:
    """As the fleet comes near what the grid feeds, labs have less use for new cards: money shrinks with the room left.

    money' = money max(0, 1 - drawn / gigawatts)
    """
    fleet = float(market.labs.fleet.sum(axis=(0, 2)) @ market.products.compute)
    drawn = fleet * H100E_KILOWATTS / 1e6
    room = max(0.0, 1 - drawn / max(grid.gigawatts, 1e-9))
    return PoweredBudgets(budgets, money=budgets.money * room, power_drawn=drawn)


@abm.metric("GW", "stock", "Power drawn by Chinese AI compute", step="1%")
def power_drawn(market: abm.Market) -> Floats:
    """Power that the fleets of Chinese labs draw, cooling included."""
    return market.history["power_drawn"]


LimitedByTheGrid = abm.ChipMarket.with_phase(grid_connects, after="labs_budget", parameters=Grid, metrics=[power_drawn])
