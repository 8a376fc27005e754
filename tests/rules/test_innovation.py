"""How efficiency arrives and spreads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm import chance
from abm.rules.innovation import diffuse, improve

uniforms = arrays(float, 6, elements=st.floats(0, 1, exclude_max=True))
levels = arrays(float, 6, elements=st.floats(-3, 3))


def test_improvements_by_hand() -> None:
    u, size = np.array([0.05, 0.05, 0.20, 0.20]), np.array([0.5, 0.0, 0.5, 0.5])
    skill, scarcity = np.array([1.0, 1.0, 1.0, 2.0]), np.array([0.0, 0.0, 0.5, 1.0])
    # Chances of 0.08, 0.08, 0.08 x 1.5 = 0.12 and 0.08 x 2 x 2 = 0.32: the first, second and fourth come.
    found = improve(u, size, skill, scarcity, hazard=0.08, effect=1.0, jump=0.03)
    np.testing.assert_allclose(found, [0.03 * np.log(2), 0.0, 0.0, 0.03 * np.log(2)])


@given(uniforms, uniforms, st.floats(0, 1), st.floats(0, 10))
def test_improvements_never_set_a_lab_back(u: np.ndarray, size: np.ndarray, hazard: float, effect: float) -> None:
    found = improve(u, size, np.ones(6), np.full(6, 0.5), hazard, effect, 0.03)
    assert (found >= 0).all()
    assert np.isfinite(found).all()


@given(uniforms, uniforms, st.floats(0, 1), st.floats(0, 1), st.floats(0, 10))
def test_scarcity_takes_no_improvement_away(
    u: np.ndarray, size: np.ndarray, one: float, other: float, effect: float
) -> None:
    low, high = (np.full(6, level) for level in sorted((one, other)))
    calm = improve(u, size, np.ones(6), low, 0.08, effect, 0.03)
    pressed = improve(u, size, np.ones(6), high, 0.08, effect, 0.03)
    assert (pressed >= calm).all()


def test_improvements_come_as_often_and_are_as_large_as_declared() -> None:
    n = 200_000
    u, size = chance.fixed(1, "improve", n), chance.fixed(1, "size", n)
    found = improve(u, size, np.full(n, 1.5), np.full(n, 0.5), hazard=0.08, effect=1.6, jump=0.03)
    came = found > 0
    assert came.mean() == pytest.approx(0.08 * 1.5 * 1.8, rel=0.02)
    assert found[came].mean() == pytest.approx(0.03, rel=0.02)
    assert found[came].std() == pytest.approx(0.03, rel=0.02)  # exponential: as wide as it is large


def test_without_hazard_or_skill_nothing_comes() -> None:
    u, size = chance.fixed(1, "improve", 1000), chance.fixed(1, "size", 1000)
    one = np.ones(1000)
    assert not improve(u, size, one, one, 0.0, 1.6, 0.03).any()
    assert not improve(u, size, 0 * one, one, 0.08, 1.6, 0.03).any()


def test_diffusion_by_hand() -> None:
    own = np.array([0.0, 0.5, 1.2])
    # Published at 1.0, best Chinese lab at 1.2 of which 0.1 is kept to itself.
    found = diffuse(own, published=1.0, best=1.2, from_frontier=0.1, between=0.2)
    np.testing.assert_allclose(found, [0.1 + 0.2 * 1.1, 0.05 + 0.2 * 0.6, 0.0])


@given(levels, st.floats(-3, 3), st.floats(0, 0.5), st.floats(0, 0.5))
def test_nobody_is_carried_beyond_those_learnt_from(
    own: np.ndarray, published: float, from_frontier: float, between: float
) -> None:
    best = float(own.max())
    after = own + diffuse(own, published, best, from_frontier, between)
    assert (after >= own).all()
    assert (after <= max(published, best) + 1e-12).all()


@given(levels, st.floats(-3, 3))
def test_who_lags_more_learns_at_least_as_much(own: np.ndarray, published: float) -> None:
    order = np.argsort(own)
    gained = diffuse(own, published, float(own.max()), 0.1, 0.2)[order]
    assert (np.diff(gained) <= 1e-12).all()


def test_the_best_lab_learns_nothing_at_home() -> None:
    own = np.array([0.2, 0.9])
    assert diffuse(own, published=-1.0, best=0.9, from_frontier=0.1, between=0.3)[1] == 0.0
