"""A cheap stand-in for the model: a quadratic in the inputs for one output, with what it is off by."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PENALTIES = np.logspace(-2, 4, 25)


@dataclass(frozen=True)
class Emulator:
    """An output as a quadratic in inputs between -1 and 1.

    weights    (terms,)
    variance   mean squared error of points that were left out of the fit: its own error and the model's chance
    explained  share of the output's variance that it tells of points left out
    """

    weights: Floats
    variance: float
    explained: float

    @classmethod
    def fit(cls, inputs: Floats, output: Floats) -> Self:
        """Ridge regression, with the penalty that errs least on points left out one by one.

        inputs, output   (points, inputs) between -1 and 1, (points,)
        """
        terms = quadratic(inputs)
        level, spread = terms.mean(axis=0), terms.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        u, s, vt = np.linalg.svd((terms - level) / spread, full_matrices=False)
        centre = output - output.mean()
        along, best = u.T @ centre, (np.inf, 0.0, np.zeros(len(s)))
        for penalty in PENALTIES:
            shrink = s**2 / (s**2 + penalty)
            leverage = (u**2 * shrink).sum(axis=1) + 1 / len(output)
            left_out = (centre - u @ (shrink * along)) / (1 - leverage)
            error = float((left_out**2).mean())
            best = min(best, (error, penalty, s / (s**2 + penalty) * along), key=lambda one: one[0])
        error, _, factors = best
        slopes = vt.T @ factors / spread
        weights = np.concatenate([[output.mean() - level @ slopes], slopes])
        return cls(weights, error, 1 - error / max(float(output.var()), 1e-300))

    def __call__(self, inputs: Floats) -> Floats:
        """The output at points, (points, inputs) -> (points,)."""
        return np.asarray(quadratic(inputs) @ self.weights[1:] + self.weights[0])


def quadratic(inputs: Floats) -> Floats:
    """Each input, its square and the products of pairs, (points, inputs) -> (points, terms)."""
    first, second = np.triu_indices(inputs.shape[1])
    return np.hstack([inputs, inputs[:, first] * inputs[:, second]])
