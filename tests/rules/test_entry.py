"""How small firms fail and new ones take their place."""

import numpy as np
import pytest

from abm.foundation import chance
from abm.rules.entry import fail, size


def test_failures_by_hand() -> None:
    u = np.array([0.0, 0.0, 0.9, 0.9, 0.0])
    behind = np.array([2.0, 0.4, 2.0, 0.0, np.nan])
    cash, debt = np.array([1.0, 1.0, 1.0, -3.0, 0.0]), np.full(5, 2.0)
    # Far behind and unlucky; within the tolerance; lucky; bankrupt; without a first run.
    assert fail(u, behind, cash, debt, 0.1, 0.5).tolist() == [True, False, False, True, False]


def test_the_hazard_rises_with_the_lag_to_what_is_declared() -> None:
    n = 400_000
    u, ample = chance.fixed(3, "fail", n), np.full(n, 1.0)
    shares = [fail(u, np.full(n, lag), ample, ample, 0.05, 0.5).mean() for lag in (0.5, 1.5, 1e6)]
    assert shares[0] == 0.0
    assert shares[1] == pytest.approx(-np.expm1(-0.025), rel=0.05)
    assert shares[2] == pytest.approx(-np.expm1(-0.05), rel=0.05)


def test_sizes_are_pareto_and_cut() -> None:
    drawn = size(chance.fixed(1, "size", 100_000), 1.5)
    assert drawn.min() >= 1
    assert drawn.max() <= 200
    assert (drawn > 10).mean() == pytest.approx(10**-1.5, rel=0.05)
    assert size(np.array([1 - 1e-12]), 0.5)[0] == 200
