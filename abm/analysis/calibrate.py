"""Fitting the model to the past: the market by history matching in waves, then innovation by what lies near targets.

A wave's points are run with several seeds; an emulator for each target then tells which points of the box are not
ruled out, and the next wave's points are drawn from those. Points of all waves that are near the targets are kept, with
weights: each wave spreads its own evenly over a region that holds them all. Innovation is fitted on draws of the market
in the same way, in one wave and without emulators: approximate Bayesian computation.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from abm.analysis.emulator import Emulator
from abm.analysis.matching import Wave, not_ruled_out, ranked
from abm.analysis.targets import Target, Targets, read_targets
from abm.foundation import dates
from abm.foundation.errors import InputError, raise_all
from abm.foundation.parameters import declarations
from abm.sweeps.spec import Names, Settings, SpecTable, read_as

Floats = NDArray[np.float64]

PATH = Path("experiments/calibration.toml")
TESTED = 100
"""Points that are taken for the truth, one by one, to see whether fitting finds them again."""
INTERVAL = (0.05, 0.95)
TEMPERS = (1.0, 0.7, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05, 0.0)


class Block(SpecTable):
    """What is fitted together.

    points, seeds   of each wave
    waves           at most; of innovation no more than give the draws that the file asks for
    cut             implausibility beyond which a point is ruled out
    misses          targets that a point may miss all the same
    """

    points: int = Field(ge=20)
    seeds: int = Field(ge=1)
    waves: int = Field(ge=1)
    cut: float = Field(gt=0)
    misses: int = Field(ge=0)
    parameters: Annotated[Names, Field(min_length=1)]
    set: Settings = Field(default_factory=dict)


class File(SpecTable):
    """How to calibrate, as a file says it.

    draws    rows of the table that comes of it, at most
    stages   last month of the targets that a fit may see, by the fit's name
    """

    targets: str
    regime: Literal["history"]
    draws: int = Field(ge=1)
    stages: dict[str, str] = Field(min_length=1)
    market: Block
    innovation: Block


@dataclass(frozen=True)
class Fitted:
    """A block fitted to targets.

    values           what the points of the first wave gave, a column a target
    points, outputs  points of all waves, with the columns that they carry, and what they gave
    weights          of these points, 0 for those ruled out
    waves            a line a wave: points, the share of them not ruled out by what they gave, the bar that the next
                     wave's points are below, and the share of each output that its emulator tells; the last has none
    temper           how much distances count in the weights, see `tempered`
    coverage         how often the 90 % interval holds the truth when points are taken for it, by parameter
    """

    block: Block
    targets: tuple[Target, ...]
    values: pd.DataFrame
    points: pd.DataFrame
    outputs: pd.DataFrame
    weights: Floats
    waves: tuple[tuple[int, float, float, Floats], ...]
    temper: float
    coverage: Mapping[str, float]


def read(path: Path = PATH) -> tuple[File, Targets]:
    """A file and its targets; InputError lists all that is wrong with it."""
    file = read_as(File, path)
    known, wrong = declarations(), []
    for name in (*file.market.parameters, *file.innovation.parameters):
        if name not in known or known[name].range is None:
            wrong.append(f"{name}: no parameter with a declared range")
    for stage, until in file.stages.items():
        try:
            dates.parse_day(until, f"stages.{stage}")
        except InputError as fault:
            wrong.append(str(fault))
    raise_all(wrong, heading=f"{path}:")
    return file, read_targets(path.parent / file.targets)


def calibrate(file: File, targets: Targets, stage: str, out: Path, **how: Any) -> tuple[Fitted, Fitted, pd.DataFrame]:
    """Fit both blocks to what a stage may see; runs are kept in folders of `out`, and done only where missing.

    how       workers, serial and progress of `abm.sweep`
    returns   the market, innovation, and the table of draws: draw, weight, and a column a parameter
    """
    whole, until = targets.some(use="fit"), file.stages[stage]
    market = matched(file.market, whole.some(block="market"), until, out, f"market-{stage}", **how)
    carried = resampled(market.points, market.weights, file.innovation.points)
    to = f"innovation-{stage}"
    innovation = matched(file.innovation, whole.some(block="innovation"), until, out, to, carried, file.draws, **how)
    return market, innovation, table_of(innovation, file.draws)


def matched(
    block: Block,
    whole: Targets,
    until: str,
    out: Path,
    name: str,
    carried: pd.DataFrame | None = None,
    enough: int | None = None,
    **how: Any,
) -> Fitted:
    """Fit a block in waves to those of its targets that are over by a month.

    carried   columns that its points have besides, as many rows as points
    enough    points that are not ruled out, after which no further wave is run
    """
    targets = whole.some(until=until)
    if not targets.targets:
        raise InputError(f"{targets.path}: {name}: no target is over by then")
    size, waves, lines = len(block.parameters), [], []
    units = latin_hypercube(block.points, size)
    every: list[tuple[pd.DataFrame, pd.DataFrame]] = []
    total = 0
    for number in range(1, block.waves + 1):
        points = scaled(units, ranges_of(block.parameters))
        if carried is not None:
            points = pd.concat([carried.reset_index(drop=True), points], axis=1)
        # The first points do not depend on the targets: all stages share their runs.
        folder = name.partition("-")[0] if number == 1 and carried is None else name
        outputs = run(points, block, whole, out / f"{folder}-{number}", **how)
        every.append((points, outputs))
        near = ranked(implausibilities(targets.targets, outputs), block.misses) <= block.cut
        kept, total = float(near.mean()), total + int(near.sum())
        if number == block.waves or (enough is not None and total >= enough):
            lines.append((block.points, kept, np.inf, np.zeros(0)))
            break
        fits = [emulator(one, units, outputs[one.label].to_numpy()) for one in targets.targets]
        waves.append(Wave(targets.targets, fits, block.misses))
        units, bar = not_ruled_out(waves, size, block.points, block.cut, seed=number)
        lines.append((block.points, kept, bar, np.array([one.explained for one in fits])))
    points, outputs = (pd.concat(parts, ignore_index=True) for parts in zip(*every, strict=True))
    temper, found = tempered(block, targets.targets, points, outputs)
    weights = weigh(block, targets.targets, outputs, temper)
    return Fitted(block, targets.targets, every[0][1], points, outputs, weights, tuple(lines), temper, found)


def emulator(target: Target, units: Floats, values: Floats) -> Emulator:
    """The emulator of a target, in the measure of its distances, from the points where it is defined."""
    known = np.isfinite(values)
    return Emulator.fit(units[known], np.asarray(target.measure(values[known])))


def run(points: pd.DataFrame, block: Block, targets: Targets, folder: Path, **how: Any) -> pd.DataFrame:
    """What the targets' quantities are at points, means over seeds, a row a point; undefined where runs failed."""
    from abm.sweeps.scheduler import sweep

    columns = points.to_dict("list")
    more = {"regimes": ("history",), "until": max(one.last for one in targets.targets)}
    spec = targets.spec(folder.name, seeds=block.seeds, set=block.set, points=columns, **more)
    runs = sweep(spec, folder, **how)
    found = targets.of(runs, spec.until)
    index = pd.MultiIndex.from_frame(runs.runs[list(columns)])
    means = found.set_index(index).groupby(level=list(range(len(columns)))).mean()
    return means.reindex(pd.MultiIndex.from_frame(pd.DataFrame(columns))).reset_index(drop=True)


def latin_hypercube(count: int, dimensions: int) -> Floats:
    """Points between -1 and 1 with one in each slice of every input."""
    from scipy.stats.qmc import LatinHypercube

    return np.asarray(2 * LatinHypercube(d=dimensions, rng=0).random(count) - 1)


def ranges_of(names: Iterable[str]) -> dict[str, tuple[float, float]]:
    """The declared ranges of parameters."""
    return {name: declarations()[name].range or (0.0, 1.0) for name in names}


def scaled(units: Floats, ranges: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Points between -1 and 1, (points, parameters), in ranges of parameters, to six digits."""
    spans = zip(ranges.items(), units.T, strict=True)
    return pd.DataFrame(
        {name: rounded(name, low + (unit + 1) / 2 * (high - low)) for (name, (low, high)), unit in spans}
    )


def rounded(name: str, values: Floats) -> Floats:
    """Values of a parameter as a file can hold them: to six digits, or to whole numbers."""
    if declarations()[name].kind == "int":
        return np.asarray(np.round(values))
    return np.array([float(f"{value:.6g}") for value in values])


def implausibilities(targets: Sequence[Target], outputs: pd.DataFrame) -> Floats:
    """The implausibility of each point for each target, (points, targets); infinite where undefined."""
    return np.stack([one.implausibility(outputs[one.label].to_numpy()) for one in targets], axis=1)


def weigh(
    block: Block, targets: Sequence[Target], outputs: pd.DataFrame, temper: float, truth: int | None = None
) -> Floats:
    """The weight of each point: 0 where it is ruled out, else exp(-temper/2 sum w d2), d its distances in deviations.

    Inside a range that was told without a value all is alike. `truth` is a point whose outputs take the place of what
    was observed.
    """
    if truth is None:
        distances = implausibilities(targets, outputs)
        free = [one.inside(outputs[one.label].to_numpy()) & np.isnan(one.observed) for one in targets]
    else:
        distances = np.stack([one.apart(outputs[one.label].to_numpy(), truth) for one in targets], axis=1)
        free = [np.zeros(len(outputs), dtype=bool)] * len(targets)
    near = ranked(distances, block.misses) <= block.cut
    squares = np.where(np.stack(free, axis=1), 0.0, np.minimum(distances, 2 * block.cut) ** 2)
    return np.asarray(np.where(near, np.exp(-0.5 * temper * squares @ shares_of(targets)), 0.0))


def tempered(
    block: Block, targets: Sequence[Target], points: pd.DataFrame, outputs: pd.DataFrame
) -> tuple[float, dict[str, float]]:
    """How much distances may count for 90 % intervals to hold the truth that often; and how often they do.

    Points are taken for the truth one by one, and found again from the others. Errors of targets are not independent,
    and a fit that takes them so is too sure of itself: the largest of TEMPERS is taken that is not, or the least.
    """
    whole = np.flatnonzero(outputs[[one.label for one in targets]].notna().all(axis=1))
    truths = np.random.default_rng(0).permutation(whole)[:TESTED]
    values = points[list(block.parameters)].to_numpy(dtype=float)
    found: dict[str, float] = {}
    for temper in TEMPERS:
        hits = []
        for truth in truths:
            weights = weigh(block, targets, outputs, temper, int(truth))
            weights[truth] = 0.0
            if weights.any():
                low, high = np.array([quantiles(column, weights, INTERVAL) for column in values.T]).T
                hits.append((low <= values[truth]) & (values[truth] <= high))
        found = dict(zip(block.parameters, np.mean(hits, axis=0).tolist(), strict=True)) if hits else {}
        if found and np.mean(list(found.values())) >= INTERVAL[1] - INTERVAL[0]:
            break
    return temper, found


def quantiles(values: Floats, weights: Floats, shares: Sequence[float]) -> Floats:
    """Weighted quantiles of the defined values."""
    known = np.isfinite(values)
    values, weights = values[known], weights[known]
    order = np.argsort(values)
    along = (np.cumsum(weights[order]) - 0.5 * weights[order]) / weights.sum()
    return np.asarray(np.interp(shares, along, values[order]))


def shares_of(targets: Sequence[Target]) -> Floats:
    """The weight of each target: those of one declaration share its."""
    families = [one.declared.name for one in targets]
    return np.array([one.declared.weight / families.count(one.declared.name) for one in targets])


def resampled(points: pd.DataFrame, weights: Floats, count: int) -> pd.DataFrame:
    """As many rows as asked for, each as often as its weight says; InputError where all are ruled out."""
    if not weights.any():
        raise InputError("every point is ruled out: more points, waves or misses are wanted")
    steps = (np.arange(count) + 0.5) / count
    rows = np.searchsorted(np.cumsum(weights) / weights.sum(), steps)
    return points.iloc[np.random.default_rng(0).permutation(rows)]


def table_of(fitted: Fitted, most: int) -> pd.DataFrame:
    """The draws: the points that are not ruled out, or as many of them as asked for at random, with weights."""
    kept = np.flatnonzero(fitted.weights)
    if not len(kept):
        raise InputError("every point of innovation is ruled out: more points or misses are wanted")
    chosen = np.sort(np.random.default_rng(0).permutation(kept)[:most])
    weights = fitted.weights[chosen] / fitted.weights[chosen].sum()
    head = pd.DataFrame({"draw": range(len(chosen)), "weight": np.round(weights, 8)})
    return pd.concat([head, fitted.points.iloc[chosen].reset_index(drop=True)], axis=1)
