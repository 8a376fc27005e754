"""Rounding stays rounding: what differs in the last bit of the state does not grow into a difference of the market."""

from typing import Any

import numpy as np
import pytest

from abm.foundation import dates
from abm.model import ChipMarket
from abm.state import Market
from tests.reference.disturb import POSITIVE

NUDGE = 4e-16
TOLERANCE = 1e-9
EXACT = {"products.training"}
"""Amounts that are equal by design, so that labs use cards of one kind in no order."""

CASES: dict[str, tuple[str, int, dict[str, Any]]] = {
    "shops sell out a card": ("history", 4, {"trade.mechanism": "priority"}),
    "cards come and go freely": ("no_controls", 5, {}),
    "posted grey prices": ("history", 1, {"grey.mechanism": "pro_rata"}),
    "a deal with quotas": ("negotiated", 2, {}),
}


def nudge(market: Market, rng: np.random.Generator) -> None:
    """Change every amount of the state by rounding."""
    for table, columns in POSITIVE.items():
        for name in columns.split():
            if f"{table}.{name}" not in EXACT:
                column = getattr(market.tables[table], name)
                column *= 1 + NUDGE * rng.standard_normal(column.shape)


def apart(one: Market, other: Market) -> dict[str, tuple[str, float]]:
    """Which histories part by more than rounding: in which month first, and by how much of their size at most."""
    found = {}
    for name in one.history:
        mine, others = (market.history[name].reshape(one.months, -1) for market in (one, other))
        size = float(np.abs(mine[np.isfinite(mine)]).max(initial=1e-12))
        same = (mine == others) | (np.isnan(mine) & np.isnan(others))
        gap = (np.abs(np.subtract(mine, others, out=np.zeros_like(mine), where=~same)) / size).max(axis=1, initial=0.0)
        if wrong := np.flatnonzero(~(gap <= TOLERANCE)).tolist():
            found[name] = dates.label(wrong[0]), float(gap.max())
    return found


@pytest.mark.parametrize("case", CASES)
def test_no_month_magnifies_rounding(case: str) -> None:
    regime, seed, parameters = CASES[case]
    small = {"population.startups": 40, "population.state": 12} | parameters
    plain, nudged = (ChipMarket(regime, rng=seed, **small) for _ in range(2))
    rng = np.random.default_rng(0)
    while plain.running:
        nudge(nudged.market, rng)
        plain.step()
        nudged.step()
    assert apart(plain.market, nudged.market) == {}
