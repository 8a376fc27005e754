"""Metrics of compute: who holds how much, what it does, and how well it is used."""

import numpy as np

from abm.agents.labs import KINDS
from abm.month.measures import ratio
from abm.rules.proliferation import ROUTES
from abm.runs.metrics import parts
from abm.runs.metrics.declare import PER_CENT, Floats, metric
from abm.state import Market


@metric("H100e", "stock", "Chinese AI compute", "1%", rank=1)
def china_compute(market: Market) -> Floats:
    """Dense 16-bit compute of cards in Chinese labs' fleets, not failed or retired, and compute rented abroad."""
    return np.asarray(market.history["compute_by_channel"].sum(axis=1))


@metric("H100", "stock", "Chinese AI compute by value in use", "1%")
def china_compute_value(market: Market) -> Floats:
    """Cards in Chinese labs' fleets and compute rented abroad, by value to a lab: memory, link and software count."""
    return market.history["compute_value"]


@metric("H100e", "stock", "Chinese AI compute by channel", "1%", keys="channel")
def china_compute_by_channel(market: Market) -> dict[str, Floats]:
    """Compute in Chinese labs' fleets by the channel the cards came through, and rented offshore; legacy is the fleet
    of January 2022."""
    return parts.channels(market, market.history["compute_by_channel"])


@metric("H100e", "stock", "US frontier labs' compute", "1%", rank=13)
def us_compute(market: Market) -> Floats:
    """Compute of the six frontier labs and their clouds."""
    return market.history["us_compute"]


@metric("H100e", "stock", "World AI compute", "1%")
def world_compute(market: Market) -> Floats:
    """Compute of everyone.

    What Chinese labs rent stands in data centres of the rest of the world, and counts once.
    """
    h = market.history
    return np.asarray(h["us_compute"] + h["rest_compute"] + h["compute_by_channel"].sum(axis=1) - h["rented"])


@metric("H100e/month", "flow", "AI compute added in China", "1%")
def china_compute_added(market: Market) -> Floats:
    """Compute of cards delivered to Chinese labs."""
    return np.asarray(market.history["added_by_channel"].sum(axis=1))


@metric("H100e/month", "flow", "AI compute added by the US frontier labs", "1%")
def us_compute_added(market: Market) -> Floats:
    """Compute delivered to the frontier labs and their clouds."""
    return market.history["us_added"]


@metric("H100e", "stock", "Chinese compute in training by channel", "2%", keys="channel")
def training_by_channel(market: Market) -> dict[str, Floats]:
    """Chinese compute that trains, software and fitness for large runs included, by channel."""
    return parts.channels(market, market.history["training_by_channel"])


@metric("H100e", "stock", "Chinese compute in serving by channel", "2%", keys="channel")
def serving_by_channel(market: Market) -> dict[str, Floats]:
    """Chinese compute that serves users, software included, by channel."""
    return parts.channels(market, market.history["serving_by_channel"])


@metric("1", "ratio", "Chinese chips' share of training compute", 0.01, shown=PER_CENT)
def domestic_share_training(market: Market) -> Floats:
    """Share of Chinese chips in the compute that trains."""
    return parts.domestic_part(market.history["training_by_channel"])


@metric("1", "ratio", "Chinese chips' share of serving compute", 0.01, shown=PER_CENT)
def domestic_share_inference(market: Market) -> Floats:
    """Share of Chinese chips in the compute that serves users."""
    return parts.domestic_part(market.history["serving_by_channel"])


@metric("1", "ratio", "Model FLOP utilisation in China by channel", 0.01, keys="channel", shown=PER_CENT)
def mfu_by_channel(market: Market) -> dict[str, Floats]:
    """Model FLOP utilisation of the Chinese cards that train, software included, by channel; undefined before it has
    any."""
    reached, possible = (parts.channels(market, market.history["mfu"][:, side]) for side in (0, 1))
    return {name: ratio(reached[name], possible[name]) for name in reached}


@metric("1", "ratio", "Compute in use by kind of lab", 0.01, keys="kind", shown=PER_CENT)
def utilisation(market: Market) -> dict[str, Floats]:
    """Share of compute in use by kind of Chinese lab."""
    used = market.history["used_by_kind"]
    return {kind: ratio(used[:, 0, place], used[:, 1, place]) for place, kind in enumerate(KINDS)}


@metric("1", "ratio", "Compute left idle", 0.01, shown=PER_CENT, rank=20)
def idle_compute(market: Market) -> Floats:
    """Share of Chinese compute not used."""
    return market.history["idle"]


@metric("H100e", "stock", "Military and surveillance compute", 20_000, rank=10)
def sensitive_compute(market: Market) -> Floats:
    """Compute of military-linked and surveillance end users: their own, and what they get from others by any route."""
    return market.history["sensitive"].sum(axis=1)


@metric("H100e", "stock", "Military and surveillance compute by route", 10_000, keys="route")
def sensitive_compute_by_route(market: Market) -> dict[str, Floats]:
    """Cards of their own, licensed cards through fronts, grey cards resold, inference rented, and the training that
    weights laid open spare them."""
    return dict(zip(ROUTES, market.history["sensitive"].T, strict=True))


@metric("1", "ratio", "Concentration of Chinese compute", 0.004, headline="end", rank=22)
def concentration(market: Market) -> Floats:
    """Herfindahl index of Chinese compute over labs."""
    return market.history["shares"]


@metric("H100e", "stock", "Compute rented offshore", 700, rank=12)
def offshore_rented(market: Market) -> Floats:
    """Compute abroad rented by Chinese labs."""
    return market.history["rented"]


@metric("H100e", "stock", "Compute for rent offshore", 700)
def offshore_capacity(market: Market) -> Floats:
    """Compute abroad that hosts and subsidiaries can let to Chinese firms."""
    return market.history["hosts"]
