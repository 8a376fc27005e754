"""What a calibration found: which parameters it pins down, whether it finds a known truth again, and its page."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.analysis import pages
from abm.analysis.calibrate import INTERVAL, TESTED, File, Fitted, implausibilities, quantiles
from abm.analysis.validate import number, scale_of
from abm.foundation.parameters import declarations
from abm.results import wording

Floats = NDArray[np.float64]

LEFT = 0.8
"""Overlap of what is left of a parameter with its range from which on the data do not identify it."""
TIED = 0.4
"""Correlation from which on two parameters are named as tied together."""


def overlap(fitted: Fitted, name: str, bins: int = 10) -> float:
    """How much of a parameter's range is left by the fit: 1 where it tells nothing, near 0 where it pins it down."""
    low, high = declarations()[name].range or (0.0, 1.0)
    counts, _ = np.histogram(fitted.points[name], bins, (low, high), weights=fitted.weights)
    return float(np.minimum(counts / counts.sum(), 1 / bins).sum())


def pairs(fitted: Fitted, least: float = TIED) -> list[tuple[str, str, float]]:
    """Parameters that the fit ties together: pairs with their weighted correlation, the strongest first."""
    names, inside = list(fitted.block.parameters), fitted.weights > 0
    if inside.sum() < 3:
        return []
    found = np.corrcoef(fitted.points[names].to_numpy(dtype=float)[inside].T)
    one, two = np.triu_indices(len(names), 1)
    strong = [(names[a], names[b], float(found[a, b])) for a, b in zip(one, two, strict=True)]
    return sorted((row for row in strong if abs(row[2]) >= least), key=lambda row: -abs(row[2]))


def page(file: File, stages: Mapping[str, tuple[Fitted, Fitted, pd.DataFrame]]) -> str:
    """What the fits of a file found, as a Markdown page."""
    market, innovation = file.market, file.innovation
    blocks = [
        "# What the past says of the parameters",
        "Made by `abm calibrate --write docs/calibration.md` from"
        " [`experiments/calibration.toml`](../experiments/calibration.toml) and the targets in"
        " [`experiments/targets.toml`](../experiments/targets.toml). How the fitted model does on the past, also on"
        " what it was not fitted to, is on [the card](validation.md).",
        f"The market ({len(market.parameters)} parameters) is fitted by history matching: {market.points} points a"
        f" wave, {wording.count(market.seeds, 'seed')} each, over the declared ranges; a quadratic of them emulates the"
        f" model for each target; a point is ruled out where more targets than {market.misses} are more than"
        f" {market.cut:g} standard deviations off. A standard deviation combines a third of the target's band (the"
        f" model's error, below) and the emulator's error on points left out. Innovation ({len(innovation.parameters)}"
        f" parameters) is fitted on draws of the market, on means over {wording.count(innovation.seeds, 'seed')}, by"
        " what lies near its targets (approximate Bayesian computation). Nothing of the years after 2025 is fitted:"
        " CXMT, packaging, money to 2030, roadmaps and the frontier's growth are scenario inputs.",
    ]
    for stage, (one, two, table) in stages.items():
        blocks.append(f"## Fitted to {'all targets' if stage == 'all' else f'what was over by {file.stages[stage]}'}")
        blocks += summary(one, two, table)
        for fitted in (one, two):
            blocks += [of_targets(fitted), *of_parameters(fitted)]
    return pages.page(blocks)


def summary(market: Fitted, innovation: Fitted, table: pd.DataFrame) -> list[str]:
    """Numbers fitted and targets, what the waves left, and the draws that came of it."""
    fitted, targets = (sum(len(part) for part in parts) for parts in (
        (market.block.parameters, innovation.block.parameters), (market.targets, innovation.targets),
    ))  # fmt: skip
    weight = table["weight"].to_numpy()
    rows = []
    for name, one in (("market", market), ("innovation", innovation)):
        for place, (points, kept, bar, explained) in enumerate(one.waves, 1):
            told = f"{bar:.2f}" if np.isfinite(bar) else "–"
            fits = f"{np.median(explained):.2f}, {explained.min():.2f}" if len(explained) else "–"
            rows.append([name, place, points, f"{kept:.0%}", told, fits])
    heads = "Block | wave | points | not ruled out | cut-off of the next wave | emulators explain (median, least)"
    return [
        f"{fitted} numbers fitted to {wording.count(targets, 'target')}. {len(table)} draws, worth"
        f" {weight.sum() ** 2 / (weight**2).sum():.0f} of equal weight.",
        pages.table(heads, rows),
    ]


def of_targets(fitted: Fitted) -> str:
    """Each target: its band, the model's error, and the outputs over the ranges and after the fit."""
    rows = []
    apart = implausibilities(fitted.targets, fitted.values)
    for place, one in enumerate(fitted.targets):
        scale, log = scale_of(one), one.log
        before = np.nanquantile(fitted.values[one.label], (0.1, 0.9))
        after = quantiles(fitted.outputs[one.label].to_numpy(), fitted.weights, (0.1, 0.9))
        spans = [" to ".join(number(end, scale) for end in ends) for ends in ((one.low, one.high), before, after)]
        error = f"{100 * one.deviation:.0f} %" if log else number(one.deviation, scale)
        out = (apart[:, place] > fitted.block.cut).mean()
        rows.append([one.label, spans[0], error, *spans[1:], f"{out:.0%}"])
    heads = "Target | Band | model's error (sd) | over the ranges | after the fit | ruled out by it alone"
    return pages.table(heads, rows)


def of_parameters(fitted: Fitted) -> list[str]:
    """Each parameter: its range, what is left, and whether the truth is found again; then what is tied together."""
    found, rows = fitted.coverage, []
    for name in fitted.block.parameters:
        one, left = declarations()[name], overlap(fitted, name)
        low, middle, high = quantiles(fitted.points[name].to_numpy(), fitted.weights, (INTERVAL[0], 0.5, INTERVAL[1]))
        least, most = one.range or (np.nan, np.nan)
        word = ", not identified" if left >= LEFT else ""
        cells = [f"`{name}`", f"{least:g} to {most:g}", f"{one.default:g}", f"{middle:.3g} ({low:.3g} to {high:.3g})"]
        rows.append([*cells, f"{left:.2f}{word}", f"{found[name]:.0%}"])
    heads = "Parameter | range | default | after the fit: median (90 %) | overlap with the range | truth recovered"
    tied = [f"`{one}` x `{two}` ({correlation:+.2f})" for one, two, correlation in pairs(fitted)]
    loose = sum(overlap(fitted, name) >= LEFT for name in fitted.block.parameters)
    return [
        pages.table(heads, rows),
        f"{loose} of {len(fitted.block.parameters)} are not identified. Tied together, so that the data know a product"
        f" or a difference and not the two (correlation {TIED:g} or more): {'; '.join(tied[:8]) or 'none'}. When each"
        f" of {TESTED} points in turn is taken as the truth, the 90 % intervals contain it in"
        f" {np.mean(list(found.values())):.0%} of cases; for that, distances are weighted {fitted.temper:g} times what"
        " independent errors would give.",
    ]
