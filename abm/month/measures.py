"""What is worked out from a run's history while it runs: ratios, sums over a year, self-sufficiency."""

import numpy as np
from numpy.typing import NDArray

from abm.agents.products import CHANNELS
from abm.state import Market

Floats = NDArray[np.float64]

YEAR = 12
"""Months that sums and shares look back on."""


def ratio(top: Floats, bottom: Floats) -> Floats:
    """top / bottom, undefined where bottom is not positive."""
    return np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0)


def year(flow: Floats) -> Floats:
    """Sums over the twelve months up to each."""
    sums = np.cumsum(np.concatenate([[0.0], flow]))
    start = np.maximum(np.arange(1, len(sums)) - YEAR, 0)
    return np.asarray(sums[1:] - sums[start])


def self_sufficiency(market: Market) -> Floats:
    """Domestic share of compute added onshore over twelve months, through every channel."""
    added = dict(zip(CHANNELS, market.history["added_by_channel"].T, strict=True))
    whole = added["domestic"] + added["licensed"] + added["grey"] + added["gaming"]
    return np.clip(ratio(year(added["domestic"]), year(whole)), 0.0, 1.0)
