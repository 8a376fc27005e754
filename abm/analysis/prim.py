"""Scenario discovery by PRIM: boxes in the space of inputs that hold many of the cases of interest and little else.

The patient rule induction method (Friedman and Fisher 1999) as Bryant and Lempert (2010) use it: a box that holds all
points is peeled again and again, each time by the slice whose loss raises the share of cases most for each point lost.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom

from abm.foundation import chance
from abm.foundation.errors import InputError

Mask = NDArray[np.bool_]
type Limit = tuple[float, float] | frozenset[Any]

PEEL = 0.07
"""Share of a box's points that a slice takes, at least one point."""
LEAST = 0.08
"""Share of all points below which a box is not peeled further."""
DOUBT = 0.05
"""A limit goes where so many cases in the box are likelier than this without it."""
RESAMPLES = 40
"""Bootstrap samples that tell how often an input is limited."""


@dataclass(frozen=True)
class Box:
    """Limits of some inputs, and the points inside.

    limits  by input: lowest and highest value for a number, the choices left for a choice
    inside  which points it holds, (points,)
    cases   which points are of interest, (points,)
    """

    limits: Mapping[str, Limit]
    inside: Mask = field(repr=False)
    cases: Mask = field(repr=False)

    @property
    def coverage(self) -> float:
        """Share of all cases that it holds."""
        return float(self.inside[self.cases].mean())

    @property
    def density(self) -> float:
        """Share of its points that are cases."""
        return float(self.cases[self.inside].mean())

    @property
    def balance(self) -> float:
        """Harmonic mean of coverage and density."""
        both = self.coverage + self.density
        return 2 * self.coverage * self.density / both if both else 0.0


def peel(inputs: pd.DataFrame, cases: Mask) -> list[Box]:
    """The boxes of a peeling, from the whole to the smallest; InputError where all or no points are cases.

    inputs  (points, inputs), numbers and choices
    cases   (points,)
    """
    if cases.all() or not cases.any():
        how = "all" if cases.all() else "none"
        raise InputError(f"{how} of {len(cases)} points are cases: there is nothing to tell apart")
    found = [Box({}, np.ones(len(cases), dtype=bool), cases)]
    while found[-1].inside.sum() > max(LEAST * len(cases), 2):
        slices = [one for one in candidates(inputs, found[-1]) if one.inside.sum() >= max(LEAST * len(cases), 2)]
        if not slices:
            break
        found.append(max(slices, key=lambda one: gain(found[-1], one)))
        if found[-1].density == 1.0:
            break
    return found


def gain(box: Box, smaller: Box) -> float:
    """Rise of the density for each point taken off, so that choices, whose slices are thick, do not win by size."""
    return (smaller.density - box.density) / float(box.inside.sum() - smaller.inside.sum())


def candidates(inputs: pd.DataFrame, box: Box) -> Iterator[Box]:
    """The boxes that remain when a slice of an input is taken off: at either end of a number, or one of the choices."""
    for name in map(str, inputs):
        values: NDArray[Any] = inputs[name].to_numpy()
        inner = values[box.inside]
        if not numeric(inputs[name]):
            options = set(inner)
            for one in sorted(options, key=str) if len(options) > 1 else ():
                yield Box({**box.limits, name: frozenset(options - {one})}, box.inside & (values != one), box.cases)
            continue
        low, high = box.limits.get(name, (float(values.min()), float(values.max())))
        floor, ceiling = np.quantile(inner, PEEL, method="higher"), np.quantile(inner, 1 - PEEL, method="lower")
        above = box.inside & (values >= floor) & (values > inner.min())  # so that a slice takes something
        below = box.inside & (values <= ceiling) & (values < inner.max())
        if above.any():
            yield Box({**box.limits, name: (float(values[above].min()), high)}, above, box.cases)
        if below.any():
            yield Box({**box.limits, name: (low, float(values[below].max()))}, below, box.cases)


def numeric(values: "pd.Series[Any]") -> bool:
    """Whether an input is a number rather than a choice."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def chosen(inputs: pd.DataFrame, boxes: Sequence[Box]) -> Box:
    """The box with the best balance of coverage and density, without the limits that may be chance."""
    box = max(boxes, key=lambda one: one.balance)
    while box.limits:
        found = likelihood(inputs, box)
        weakest = max(found, key=lambda name: found[name])
        if found[weakest] <= DOUBT:
            break
        limits = {name: limit for name, limit in box.limits.items() if name != weakest}
        box = Box(limits, inside(inputs, limits), box.cases)
    return box


def likelihood(inputs: pd.DataFrame, box: Box) -> dict[str, float]:
    """By limited input: how likely so many cases in the box are by chance, had that limit no effect (binomial)."""
    found = {}
    for name in box.limits:
        wide = inside(inputs, {one: limit for one, limit in box.limits.items() if one != name})
        share = float(box.cases[wide].mean())
        hits, size = int(box.cases[box.inside].sum()), int(box.inside.sum())
        found[name] = float(binom.sf(hits - 1, size, share))
    return found


def inside(inputs: pd.DataFrame, limits: Mapping[str, Limit]) -> Mask:
    """Which points lie within limits."""
    held = np.ones(len(inputs), dtype=bool)
    for name, limit in limits.items():
        values = inputs[name]
        if isinstance(limit, frozenset):
            held &= values.isin(limit).to_numpy()
        else:
            held &= values.between(*limit).to_numpy()
    return held


def recurrence(inputs: pd.DataFrame, cases: Mask) -> "pd.Series[float]":
    """By input: share of bootstrap samples in whose chosen box it is limited."""
    draws = (chance.uniforms(0, "bootstrap", RESAMPLES, len(cases)) * len(cases)).astype(int)
    counts = pd.Series(0.0, inputs.columns)
    usable = [rows for rows in draws if 0 < cases[rows].sum() < len(rows)]
    for rows in usable:
        drawn = inputs.iloc[rows].reset_index(drop=True)
        box = chosen(drawn, peel(drawn, cases[rows]))
        counts[list(box.limits)] += 1
    return counts / max(len(usable), 1)
