"""Made-up ensembles with realistic shapes and known structure, for tests of results and figures."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from abm.figures.theme import Chart
from abm.results.ensemble import Ensemble
from abm.runs.run import Run

MONTHS = np.arange("2022-01", "2031-01", dtype="datetime64[M]")
BRANCH = int(np.flatnonzero(np.datetime64("2026-11") == MONTHS)[0])
EARLY = int(np.flatnonzero(np.datetime64("2022-10") == MONTHS)[0])
REGIMES = ("history", "no_controls", "hold_firm", "limited_licensing", "hbm_relief", "full_relaxation")

# How fast compute from each channel moves away from history once a regime has left it, per year.
PULL = {
    "history": {},
    "hold_firm": {"grey": 0.05, "domestic": 0.02, "licensed": -0.08},
    "limited_licensing": {"licensed": 0.18, "grey": -0.05, "domestic": -0.02},
    "hbm_relief": {"domestic": 0.20, "grey": -0.03},
    "full_relaxation": {"licensed": 0.38, "domestic": -0.10, "grey": -0.20, "offshore": -0.10},
    "no_controls": {"licensed": 0.22, "domestic": -0.12, "grey": -0.60, "gaming": -0.40, "offshore": -0.20},
}
START = {"licensed": 3.0e4, "domestic": 4.0e3, "grey": 5.0e2, "gaming": 8.0e2, "offshore": 6.0e3, "legacy": 1.2e5}
GROWTH = {"licensed": 0.50, "domestic": 0.72, "grey": 0.85, "gaming": 0.50, "offshore": 0.62, "legacy": -0.25}

INPUTS = ("logic", "hbm", "packaging", "sales")

UNITS = {
    "china_compute": "H100e", "china_compute_by_channel": "H100e", "us_compute": "H100e", "capability_gap": "month",
    "vendor_china_revenue": "USD/month", "vendor_china_revenue_net": "USD/month",
    "hbm_maker_china_revenue": "USD/month", "domestic_units": "unit/month",
    "domestic_share_value": "1", "self_sufficiency": "1", "smuggled_compute": "H100e/month",
    "hbm_to_china": "stack/month", "hbm_stockpile": "stack", "cxmt_output": "stack/month", "binding_input": "1",
    "sensitive_compute": "H100e", "grey_premium": "1", "unmet_demand": "1", "efficiency_china": "1",
    "capability_china": "log10 FLOP", "cost_per_compute": "USD/H100e-month", "licence_delay": "month",
}  # fmt: skip


def units(columns: Sequence[str]) -> dict[str, str]:
    """Units of the columns, as the model would declare them."""
    return {column: UNITS[column.partition("[")[0]] for column in columns}


def run(regime: str = "history", seed: int = 0, factors: dict[str, float] | None = None) -> Run:
    """One made-up run; the same seed gives the same noise under every regime until the regime leaves history."""
    rng = np.random.default_rng([seed, 7])
    year = np.arange(len(MONTHS)) / 12
    away = np.maximum(np.arange(len(MONTHS)) - (EARLY if regime == "no_controls" else BRANCH) + 1, 0) / 12
    strength = (factors or {}).get("law.hbm.quota_share@2026-11", 0.5) * 2
    lift = (factors or {}).get("demand.theta", 1.85) / 1.85

    parts = {}
    for channel in START:
        wander = rng.normal(0, 0.015, len(MONTHS)).cumsum() + rng.normal(0, 0.05)
        pull = (
            PULL.get(regime, {}).get(channel, 0.0)
            * (1 + 0.15 * rng.normal())
            * (strength if regime != "history" else 1)
        )
        parts[channel] = START[channel] * lift * np.exp(GROWTH[channel] * year + wander + pull * np.minimum(away, 3.5))
    columns = {f"china_compute_by_channel[{name}]": values for name, values in parts.items()}
    columns |= _totals(parts, rng, regime, year, away) | _supply(seed, regime)
    scenario = {
        "regime": {"name": regime, "acts": []},
        "parameters": dict(factors or {}),
        "seed": seed,
        "until": "2030-12",
    }
    key = hashlib.sha256(repr((regime, seed, factors)).encode()).hexdigest()[:32]
    return Run(regime, seed, MONTHS, columns, None, scenario, key, 0.1)


def _totals(parts: dict[str, Any], rng: np.random.Generator, regime: str, year: Any, away: Any) -> dict[str, Any]:
    """Metrics that follow from compute, with the dents the rules made in them."""
    china = sum(parts.values())
    us = 9.0e5 * np.exp(0.62 * year)
    noise = lambda size: np.exp(rng.normal(0, size, len(MONTHS)))  # noqa: E731
    season = np.interp(year, [0, 0.8, 1.0, 1.7, 1.9, 2.9, 3.2, 3.4, 4.0, 9], [5, 5, 3, 11, 7, 16, 17, 2, 4, 5])
    free = np.interp(year, [0, 9], [5, 30])
    gain = {"limited_licensing": 5.0, "full_relaxation": 16.0, "hbm_relief": -0.6}.get(regime, 0.0)
    revenue = (free if regime == "no_controls" else season + gain * np.tanh(away)) * 1e9 / 12
    gap = 7 + 9 * np.exp(-year / 1.5) + 10 * (0.42 - china / us).clip(-0.3) + rng.normal(0, 0.5)
    gap = gap + rng.normal(0, 0.08, len(MONTHS)).cumsum()
    return {
        "china_compute": china,
        "us_compute": us * noise(0.002),
        "capability_gap": gap,
        "vendor_china_revenue[Nvidia]": revenue * noise(0.06),
        "vendor_china_revenue_net[Nvidia]": 0.9 * revenue * noise(0.06),
        "vendor_china_revenue[AMD]": 0.06 * revenue * noise(0.06),
        "hbm_maker_china_revenue[Samsung]": 6e7 * (1 + away * (regime == "hbm_relief")) * noise(0.1),
        "hbm_maker_china_revenue[SK hynix]": 2e7 * (1 + away * (regime == "hbm_relief")) * noise(0.1),
        "domestic_units[Huawei]": parts["domestic"] / 18 * noise(0.03),
        "domestic_units[Cambricon]": parts["domestic"] / 60 * noise(0.03),
        "domestic_share_value": parts["domestic"] / (parts["domestic"] + parts["licensed"]),
        "self_sufficiency": parts["domestic"] / china,
        "smuggled_compute": parts["grey"] / 20 * noise(0.05),
        "hbm_to_china": 4e5 * np.exp(0.2 * away * (regime == "hbm_relief")) * noise(0.1),
        "sensitive_compute": 0.08 * china,
        "grey_premium": 0.4 * np.exp(-away) * noise(0.05) - 0.05,
        "unmet_demand": (0.35 - 0.1 * np.tanh(away) * (gain > 0)) * noise(0.05),
        "efficiency_china": np.exp(1.0 * year) * 0.4,
        "capability_china": 23.5 + 0.5 * year,
        "cost_per_compute": 1400 * np.exp(-0.15 * year) * noise(0.02),
        "licence_delay": np.where(np.arange(len(MONTHS)) < BRANCH, np.nan, 1.5 + rng.random(len(MONTHS))),
    }  # fmt: skip


def _supply(seed: int, regime: str) -> dict[str, Any]:
    """Memory held and made, and what binds two vendors: the one makes nothing in the first year."""
    months = np.arange(len(MONTHS))
    rush = np.where((months > 30) & (months < 36), 2.5e6, 0.0)
    relief = 3e4 * np.maximum(months - BRANCH, 0) * (regime == "hbm_relief")
    order = np.where(months < 12, -1, (months + 5 * seed) // 30 % 4)
    binds = {f"binding_input[Huawei/{name}]": order == place for place, name in enumerate(INPUTS)}
    binds |= {f"binding_input[Hygon/{name}]": np.full(len(MONTHS), name == "hbm") for name in INPUTS}
    return {
        "hbm_stockpile": np.maximum(rush.cumsum() - 1e5 * np.maximum(months - 36, 0), 0) + relief + 1e3 * seed,
        "cxmt_output": 2e4 * np.maximum(months - 48, 0) + 1e2 * seed,
    } | {name: values.astype(float) for name, values in binds.items()}


def ensemble(seeds: int = 20, regimes: Sequence[str] = REGIMES) -> Ensemble:
    """Seeds 0 to N-1 of some regimes."""
    runs = [run(regime, seed) for regime in regimes for seed in range(seeds)]
    return Ensemble(runs, units=units(list(runs[0].columns) if runs else []))


def grid(seeds: int = 3, regimes: Sequence[str] = ("hold_firm", "hbm_relief")) -> Ensemble:
    """A sweep over two factors: the HBM allowance and a parameter of demand."""
    runs = [
        run(regime, seed, {"law.hbm.quota_share@2026-11": quota, "demand.theta": theta})
        for regime in regimes
        for quota in (0.0, 0.1, 0.25, 0.5, 1.0)
        for theta in (1.2, 1.85, 2.5, 3.5)
        for seed in range(seeds)
    ]
    return Ensemble(runs, units=units(list(runs[0].columns)))


def plain(values: Any, regime: str = "a", start: str = "2022-01", name: str = "china_compute") -> Ensemble:
    """An ensemble of one metric with given values (seeds, T)."""
    table = np.atleast_2d(np.asarray(values, dtype=float))
    months = np.datetime64(start, "M") + np.arange(table.shape[1])
    runs = [Run(regime, seed, months, {name: row}) for seed, row in enumerate(table)]
    return Ensemble(runs, units={name: UNITS.get(name, "")})


def empty() -> Ensemble:
    """No runs at all."""
    return Ensemble(pd.DataFrame({"regime": [], "seed": [], "month": []}), units={})


def words_of(chart: Chart) -> str:
    """Title, subtitle and footer of a figure, without breaks of lines."""
    return " ".join(text.get_text() for text in chart.texts).replace("\n", " ")
