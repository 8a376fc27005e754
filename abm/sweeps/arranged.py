"""Designs whose order an estimator of sensitivities relies on: one input at a time, Morris's trajectories, Sobol'.

Rows may repeat a point; a sweep runs each point once, and whoever estimates finds its result by the point's values.
"""

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.foundation.errors import InputError
from abm.foundation.parameters import declarations
from abm.sweeps.dimension import Dimension
from abm.sweeps.spec import Sample, Value

Floats = NDArray[np.float64]

LEVELS = 4
"""Levels of the grid on which Morris's trajectories walk."""
LAW = "policy"
"""Group of settings of the law, which have no grade."""


def salib(module: str) -> Any:
    """A module of SALib; InputError where it is not installed."""
    try:
        return importlib.import_module(f"SALib.{module}")
    except ImportError as fault:
        raise InputError(f"SALib cannot be imported ({fault}); it comes with the extra 'analysis'") from None


def check(sample: Sample | None) -> list[str]:
    """What is wrong with the number of points asked for."""
    if sample is None or sample.method == "latin_hypercube":
        return ["[sample] by = 'grade': only with method = 'sobol'"] if sample and sample.by != "input" else []
    n, faults = sample.n, []
    if sample.by != "input" and sample.method != "sobol":
        faults.append(f"[sample] by = {sample.by!r}: only with method = 'sobol'")
    if sample.method == "sobol" and n & (n - 1):
        faults.append(f"[sample] n = {n}: sobol wants a power of two, such as {1 << n.bit_length()}")
    if sample.method == "one_at_a_time" and n < 2:
        faults.append(f"[sample] n = {n}: one_at_a_time wants at least 2 values of each input")
    return faults


def size(sample: Sample | None, dimensions: Sequence[Dimension]) -> int:
    """How many points are asked for, repeated ones counted."""
    if sample is None:
        return 1
    inputs = len(groups(sample, dimensions))
    sizes = {
        "one_at_a_time": 1 + sample.n * inputs,
        "morris": sample.n * (inputs + 1),
        "sobol": sample.n * (inputs + 2),
    }
    return sizes.get(sample.method, sample.n)


def groups(sample: Sample, dimensions: Sequence[Dimension]) -> list[str]:
    """What indices are of, in the order of the design's columns: inputs, or the grades that occur."""
    return list(dict.fromkeys(memberships(sample, dimensions)))


def memberships(sample: Sample, dimensions: Sequence[Dimension]) -> list[str]:
    """The group of each input: itself, or its grade."""
    known = declarations()
    if sample.by == "input":
        return [one.name for one in dimensions]
    return [known[one.name].grade if one.name in known else LAW for one in dimensions]


def rows(sample: Sample, dimensions: Sequence[Dimension]) -> list[dict[str, Value]]:
    """The design's points in the order that its estimator needs."""
    if sample.method == "one_at_a_time":
        return one_at_a_time(sample.n, dimensions)
    return [
        {one.name: one.at(float(u)) for one, u in zip(dimensions, row, strict=True)}
        for row in units(sample, dimensions)
    ]


def units(sample: Sample, dimensions: Sequence[Dimension]) -> Floats:
    """The rows of Morris's or the Sobol' design in the unit cube, (rows, inputs)."""
    names, members = [one.name for one in dimensions], memberships(sample, dimensions)
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    if sample.by != "input":
        problem["groups"] = members
    if sample.method == "morris":
        return np.asarray(salib("sample.morris").sample(problem, sample.n, num_levels=LEVELS, seed=sample.seed))
    drawn = salib("sample.sobol").sample(problem, sample.n, calc_second_order=False, seed=sample.seed)
    return np.asarray(drawn)


def one_at_a_time(n: int, dimensions: Sequence[Dimension]) -> list[dict[str, Value]]:
    """The base point, then n values of each input over its range, or all its choices, the others at the base."""
    base = {one.name: middle(one) for one in dimensions}
    found = [base]
    for one in dimensions:
        values = one.options if one.kind == "choice" else [one.at(float(u)) for u in np.linspace(0, 1, n)]
        found += [{**base, one.name: value} for value in values]
    return found


def middle(dimension: Dimension) -> Value:
    """Where an input stands while others are varied: its default; of what has none the first choice or the middle."""
    if dimension.name in declarations():
        return declarations()[dimension.name].default
    return dimension.at(0.0 if dimension.kind == "choice" else 0.5)
