"""Indices of sensitivity by SALib, behind one wrapper that matches results to points by value and refuses bad ones.

The dummy is an input that changes nothing but the draws of chance. Its outputs are those of a point with other draws:
the mean over seeds, displaced by the difference between the means over either half of them, scaled to the variance of
a difference between two independent means over all. Seeds' own means are taken out first, for all points share seeds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from abm.foundation.errors import InputError
from abm.sweeps import arranged
from abm.sweeps.dimension import Dimension
from abm.sweeps.spec import Sample

Floats = NDArray[np.float64]

DUMMY = "dummy"
RANKED = {"one_at_a_time": "swing", "morris": "mu_star", "sobol": "total"}
"""The measure by which each method ranks inputs."""
RESAMPLES, SEED = 500, 1  # SALib takes a seed of 0 for none
FEWEST = 4
"""Base points or trajectories of the smallest part in a convergence."""


@dataclass(frozen=True)
class Design:
    """Points in the order that a method needs."""

    sample: Sample
    dimensions: tuple[Dimension, ...]

    @property
    def method(self) -> str:
        """one_at_a_time, morris or sobol."""
        return self.sample.method

    @property
    def names(self) -> list[str]:
        """What indices are of: inputs, or grades."""
        return arranged.groups(self.sample, self.dimensions)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The points, a column an input, (rows, inputs); a point may stand more than once."""
        return pd.DataFrame(arranged.rows(self.sample, self.dimensions), dtype=object)

    @cached_property
    def points(self) -> pd.DataFrame:
        """The points, each once."""
        return self.rows.drop_duplicates(ignore_index=True)


@dataclass(frozen=True)
class Indices:
    """What a method found of one outcome.

    table        measures by input, the strongest first, the dummy last; measures of outcomes are in their unit
    convergence  the measure that ranks, by base points or trajectories (down) and input (across)
    chance       share of the variance of single runs, and of means over seeds, that is chance; undefined for one seed
    """

    method: str
    table: pd.DataFrame
    convergence: pd.DataFrame
    chance: tuple[float, float]

    @property
    def inputs(self) -> pd.DataFrame:
        """The table without the dummy."""
        return self.table.drop(index=DUMMY, errors="ignore")


def indices(design: Design, results: pd.DataFrame) -> Indices:
    """The indices of an outcome; InputError of a line where results are short, foreign, doubled, infinite or constant.

    results  a row a point and seed, in any order: the inputs by name, `seed` and `value`
    """
    values = matched(design.rows, results)
    if not varies(design, values):
        raise InputError("the outcome is the same at every point, so that no input can matter")
    made = estimate(design, values)
    first = made.drop(index=DUMMY, errors="ignore").sort_values(RANKED[design.method], ascending=False, kind="stable")
    table = pd.concat([first, made.loc[made.index == DUMMY]])
    once = ~design.rows.duplicated().to_numpy()
    return Indices(design.method, table, convergence(design, values), chance(values[once]))


def varies(design: Design, values: Floats) -> bool:
    """Whether means over seeds differ between points; with Sobol' between those whose variance is shared out."""
    means = values.mean(axis=1)
    if design.method == "sobol":
        means = means.reshape(-1, len(design.names) + 2)[:, [0, -1]]
    return bool(np.ptp(means) > 1e-12 * np.abs(values).max())


def matched(rows: pd.DataFrame, results: pd.DataFrame) -> Floats:
    """The result of each row of a design by seed, (rows, seeds), found by the values of its inputs."""
    if lost := [name for name in (*rows, "seed", "value") if name not in results]:
        raise InputError(f"results without the column {lost[0]!r} cannot be matched to points")
    places = {point: place for place, point in enumerate(dict.fromkeys(rows.itertuples(index=False, name=None)))}
    seeds = {seed: place for place, seed in enumerate(sorted(results["seed"].unique()))}
    found, counts = np.full((len(places), len(seeds)), np.nan), np.zeros((len(places), len(seeds)), dtype=int)
    foreign = 0
    points = results[list(rows)].itertuples(index=False, name=None)
    for point, seed, value in zip(points, results["seed"], results["value"], strict=True):
        place = places.get(point)
        if place is None:
            foreign += 1
        else:
            found[place, seeds[seed]] = value
            counts[place, seeds[seed]] += 1
    refuse(foreign, len(results), "are of points that are not in the design")
    refuse(int((counts > 1).sum()), counts.size, "stand more than once")
    refuse(int((counts == 0).sum()) if counts.size else len(places), counts.size or len(places), "are missing")
    refuse(int((~np.isfinite(found)).sum()), found.size, "are undefined or infinite")
    return found[[places[point] for point in rows.itertuples(index=False, name=None)]]


def refuse(count: int, of: int, words: str) -> None:
    """InputError where some results are not as they must be."""
    if count:
        raise InputError(f"{count:,} of {of:,} results {words}")


def displaced(values: Floats) -> Floats | None:
    """What other draws would add to the mean of each row over seeds, (rows, seeds) -> (rows,); None for one seed."""
    seeds = values.shape[1]
    if seeds < 2:
        return None
    centred = values - values.mean(axis=0)
    one, two = centred[:, ::2], centred[:, 1::2]
    scale = np.sqrt((2 / seeds) / (1 / one.shape[1] + 1 / two.shape[1]))
    return np.asarray(scale * (one.mean(axis=1) - two.mean(axis=1)))


def chance(values: Floats) -> tuple[float, float]:
    """Shares of variance that are chance, of single runs and of means over seeds, (points, seeds) with shared seeds.

    value = mean + point + seed + residual, variances by moments; seeds and residuals are chance, and in the variance of
    means between points a residual's variance counts once for all seeds.
    """
    points, seeds = values.shape
    if seeds < 2 or points < 2:
        return np.nan, np.nan
    by_point, by_seed = values.mean(axis=1), values.mean(axis=0)
    rest = values - by_point[:, None] - by_seed + values.mean()
    residual = float((rest**2).sum() / ((points - 1) * (seeds - 1)))
    between = float(by_point.var(ddof=1))
    seed = max(float(by_seed.var(ddof=1)) - residual / points, 0.0)
    point = max(between - residual / seeds, 0.0)
    return (seed + residual) / (point + seed + residual), min(residual / seeds / between, 1.0)


def interval(values: Floats) -> tuple[float, float]:
    """Mean, and the half-width of its 95 % interval; undefined under two values."""
    if len(values) < 2:
        return float(values.mean()), np.nan
    half = stdtrit(len(values) - 1, 0.975) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean()), float(half)


def one_at_a_time(design: Design, values: Floats) -> pd.DataFrame:
    """Changes of the outcome from the base point along each input.

    low, high  at the first and the last value; swing: between the least and the most of all; interval: half-width of
               the 95 % interval of the largest change over seeds, undefined for one
    """
    changes = values - values[0]
    means = changes.mean(axis=1)
    table = {}
    start = 1
    for one in design.dimensions:
        count = len(one.options) if one.kind == "choice" else design.sample.n
        part = slice(start, start + count)
        largest = changes[part][int(np.abs(means[part]).argmax())]
        half = interval(largest)[1]
        swing = max(means[part].max(), 0.0) - min(means[part].min(), 0.0)
        table[one.name] = {"low": means[part][0], "high": means[part][-1], "swing": swing, "interval": half}
        start += count
    if (other := displaced(values)) is not None:
        usual = float(np.sqrt((other[~design.rows.duplicated().to_numpy()] ** 2).mean()))
        table[DUMMY] = {"low": -usual, "high": usual, "swing": 2 * usual, "interval": np.nan}
    return pd.DataFrame.from_dict(table, orient="index")


def estimate(design: Design, values: Floats) -> pd.DataFrame:
    """Measures by input, the dummy last, from as many base points or trajectories as there are rows for."""
    if design.method == "one_at_a_time":
        return one_at_a_time(design, values)
    if design.method == "morris":
        return morris(design.names, arranged.units(design.sample, design.dimensions)[: len(values)], values)
    return sobol(design.names, values)


def morris(names: Sequence[str], units: Floats, values: Floats) -> pd.DataFrame:
    """Elementary effects for an input's whole range: mu, mu_star with its 95 % half-width `interval`, and sigma.

    The dummy is a last step of each trajectory.

    units   (rows, inputs) trajectories in the unit cube
    values  (rows, seeds)
    """
    means, other, steps = values.mean(axis=1), displaced(values), len(names) + 1
    if other is not None:
        walks = units.reshape(-1, steps, steps - 1)
        walks = np.pad(np.concatenate([walks, walks[:, -1:]], axis=1), ((0, 0), (0, 0), (0, 1)))
        walks[:, -1, -1] = arranged.LEVELS / (2 * (arranged.LEVELS - 1))
        ends = means.reshape(-1, steps)
        last = ends[:, -1:] + other.reshape(-1, steps)[:, -1:]
        units, means, names = walks.reshape(-1, steps), np.hstack([ends, last]).ravel(), [*names, DUMMY]
    options: dict[str, Any] = {"num_resamples": RESAMPLES, "num_levels": arranged.LEVELS, "seed": SEED}
    found = arranged.salib("analyze.morris").analyze(problem(names), units, means, **options)
    columns = {"mu_star": "mu_star", "interval": "mu_star_conf", "mu": "mu", "sigma": "sigma"}
    return pd.DataFrame({name: np.asarray(found[key], dtype=float) for name, key in columns.items()}, [*names])


def sobol(names: Sequence[str], values: Floats) -> pd.DataFrame:
    """Sobol' indices: first order, total, and the half-widths of their 95 % intervals.

    The dummy's points are those of the first base matrix.

    values  (rows, seeds) in blocks of a base point: first matrix, each input of the second in it, second matrix
    """
    blocks = values.mean(axis=1).reshape(-1, len(names) + 2)
    if (other := displaced(values)) is not None:
        dummy = blocks[:, :1] + other.reshape(blocks.shape)[:, :1]
        blocks, names = np.hstack([blocks[:, :-1], dummy, blocks[:, -1:]]), [*names, DUMMY]
    options: dict[str, Any] = {"calc_second_order": False, "num_resamples": RESAMPLES, "seed": SEED}
    found = arranged.salib("analyze.sobol").analyze(problem(names), blocks.ravel(), **options)
    columns = {"first": "S1", "first_interval": "S1_conf", "total": "ST", "total_interval": "ST_conf"}
    return pd.DataFrame({name: np.asarray(found[key], dtype=float) for name, key in columns.items()}, [*names])


def problem(names: Sequence[str]) -> Mapping[str, Any]:
    """Inputs on the unit interval as SALib wants them."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def convergence(design: Design, values: Floats) -> pd.DataFrame:
    """The measure that ranks, from the first eighth, quarter, half and all of the base points or trajectories."""
    if design.method == "one_at_a_time":
        return pd.DataFrame()
    n, found = design.sample.n, {}
    for size in sorted({n // share for share in (8, 4, 2, 1) if n // share >= min(FEWEST, n)}):
        part = values[: size * len(values) // n]
        if varies(design, part):
            found[size] = estimate(design, part)[RANKED[design.method]]
    return pd.DataFrame(found).T
