"""Where a claim flips: its margin over whole ranges of a few inputs, all others at their defaults.

Over what the past leaves of the inputs a claim may hold everywhere or nowhere, and then no line shows at which it
flips. This design goes beyond, so that one sees how far away the line is and what lies on either side of it.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, Strict

from abm.analysis import decide
from abm.analysis.calibrate import latin_hypercube, scaled
from abm.analysis.discern import sklearn
from abm.foundation.errors import nearest
from abm.foundation.parameters import declarations
from abm.sweeps.spec import SpecTable, settings

Floats = NDArray[np.float64]
type Ends = tuple[float, float]

GRID = 61
EVEN = 0.5
"""Chance that a claim holds at which it flips."""
LENGTHS, SPREAD = (0.2, 100.0), (0.01, 100.0)
"""Limits of the distance over which points are alike, in halves of inputs' ranges, and of the variance of log odds."""
PARTS = 10
"""Parts of the points, each of which is left out once to test the fit."""


class Border(SpecTable):
    """The inputs over whose whole ranges the line is looked for, by name, and at how many points."""

    points: int = Field(ge=30)
    ranges: Annotated[dict[str, Annotated[Ends, Strict(False)]], BeforeValidator(settings), Field(min_length=2)]

    def design(self) -> pd.DataFrame:
        """The points, a row each, a column an input."""
        return scaled(latin_hypercube(self.points, len(self.ranges)), self.ranges)

    def faults(self) -> list[str]:
        """What is wrong with the ranges."""
        known, found = declarations(), []
        for name, (low, high) in self.ranges.items():
            one = known.get(name)
            if one is None or one.low is None or one.high is None:
                found.append(f"border.ranges: {name}: no parameter that is a number{nearest(name, known)}")
            elif not one.low <= low < high <= one.high:
                ends = f"within {one.low:g} to {one.high:g}"
                found.append(f"border.ranges: {name} = [{low:g}, {high:g}]: low < high, {ends}, is wanted")
        return found


@dataclass(frozen=True)
class Flip:
    """What the points say of a claim.

    inputs   a row a point, a column an input
    margin   by how much the claim holds at a point; negative where it does not
    ranges   of the inputs
    map_of   the two inputs of the map; those that account for most of the margin where none are named
    """

    inputs: pd.DataFrame
    margin: Floats
    ranges: Mapping[str, Ends]
    map_of: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Share of the points at which it holds."""
        return float((self.margin >= 0).mean())

    @cached_property
    def plane(self) -> list[str]:
        """The two inputs of the map."""
        return list(self.map_of) or list(decide.shares(self.inputs, self.margin)[0].index[:2])

    @property
    def holds(self) -> NDArray[np.bool_]:
        """Whether it holds at each point."""
        return self.margin >= 0

    @cached_property
    def fit(self) -> Any:
        """A Gaussian process that tells where it holds; None where it does everywhere or nowhere.

        It is fitted to the sign alone: margins far from the border would else decide where that lies.
        """
        if self.holds.all() or not self.holds.any():
            return None
        kernels = sklearn("gaussian_process.kernels")
        alike = kernels.ConstantKernel(1.0, SPREAD) * kernels.RBF(np.ones(len(self.ranges)), LENGTHS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a length is at its limit: the input tells nothing
            process = sklearn("gaussian_process").GaussianProcessClassifier(alike)
            return process.fit(self.units(self.inputs), self.holds)

    def chance(self, units: Floats) -> Floats:
        """The chance that it holds at points, (points, inputs) between -1 and 1 of their ranges -> (points,)."""
        if self.fit is None:
            return np.full(len(units), self.share)
        return np.asarray(self.fit.predict_proba(units)[:, 1])

    @property
    def right(self) -> float:
        """Share of the points that the fit puts on the right side of the border when it has not seen them; one that is
        alone on its side counts as put on the other, since without it there is none to fit."""
        few = min(int(self.holds.sum()), int((~self.holds).sum()))
        if few < 2:
            return 1.0 - few / len(self.margin)
        process = sklearn("gaussian_process").GaussianProcessClassifier(self.fit.kernel_, optimizer=None)
        parts = sklearn("model_selection").StratifiedKFold(min(PARTS, few), shuffle=True, random_state=0)
        seen = sklearn("model_selection").cross_val_predict(process, self.units(self.inputs), self.holds, cv=parts)
        return float((seen == self.holds).mean())

    def units(self, inputs: pd.DataFrame) -> Floats:
        """Inputs between -1 and 1 of their ranges; those that are not told at their defaults."""
        known = declarations()
        return np.stack(
            [
                2 * (inputs.get(name, pd.Series(float(known[name].default), inputs.index)) - low) / (high - low) - 1
                for name, (low, high) in self.ranges.items()
            ],
            axis=1,
        )

    def map(self) -> tuple[Floats, Floats, Floats]:
        """The chance that it holds less a half over the plane, others at their defaults: axes (n,), margins (n, n)."""
        one, two = self.plane
        across, up = (np.linspace(*self.ranges[name], GRID) for name in (one, two))
        grid = pd.DataFrame({one: np.tile(across, GRID), two: np.repeat(up, GRID)})
        return across, up, self.chance(self.units(grid)).reshape(GRID, GRID) - EVEN

    def within(self, table: pd.DataFrame) -> float:
        """Share, by weight, of a table of draws that lies where the claim holds by the fit."""
        return float(np.average(self.chance(self.units(table)) >= EVEN, weights=table["weight"]))
