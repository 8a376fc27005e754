"""Metrics of demand: what Chinese labs want, spend and lack, and how many start-ups there are."""

import numpy as np

from abm.month.measures import ratio
from abm.runs.metrics import parts
from abm.runs.metrics.declare import PER_CENT, Floats, metric
from abm.state import Market


@metric("1", "ratio", "Scarcity of compute value", 0.01, shown=PER_CENT, rank=16)
def scarcity(market: Market) -> Floats:
    """1 less value per dollar obtained over value per dollar of an unrestricted buyer at list, weighted by money."""
    return market.history["scarcity"]


@metric("1", "ratio", "Unmet demand for compute", 0.01, shown=PER_CENT, rank=14)
def unmet_demand(market: Market) -> Floats:
    """1 less value obtained over value that the month's money would give an unrestricted buyer."""
    got = market.history["obtained"]
    return np.clip(1 - ratio(got[:, 0], got[:, 1]), 0.0, 1.0)


@metric("USD/H100e-month", "ratio", "Cost of compute in China", 10, rank=23)
def cost_per_compute(market: Market) -> Floats:
    """Price and hosting of the month's purchases over their life, at a discount rate; undefined when there are none."""
    return ratio(market.history["cost_by_channel"].sum(axis=1), market.history["bought_by_channel"].sum(axis=1))


@metric("USD/H100e-month", "ratio", "Cost of compute in China by channel", "1%", keys="channel")
def cost_per_compute_by_channel(market: Market) -> dict[str, Floats]:
    """Price and hosting of a channel's purchases over their life, at a discount rate; undefined when there are none."""
    cost, bought = (parts.channels(market, market.history[f"{name}_by_channel"]) for name in ("cost", "bought"))
    return {name: ratio(cost[name], bought[name]) for name in cost if name != "legacy"}


@metric("USD/month", "flow", "Chinese labs' spending on compute", "1%", rank=24)
def lab_spending(market: Market) -> Floats:
    """Labs' spending on compute with hosting, all channels."""
    return market.history["spent"]


@metric("1", "ratio", "Response of labs' money to their revenue", 0.01)
def money_response(market: Market) -> Floats:
    """Factor by which Chinese labs' money answers their revenue; 1 on the path that the declared money embodies."""
    return market.history["response"]


@metric("lab/month", "flow", "Start-ups that close", 0.1)
def startups_failed(market: Market) -> Floats:
    """Unnamed start-ups that go out of business."""
    return market.history["failed"]


@metric("lab", "stock", "Start-ups in business", 2)
def startups_active(market: Market) -> Floats:
    """Unnamed start-ups in business."""
    return market.history["active"]
