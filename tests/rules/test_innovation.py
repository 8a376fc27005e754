"""How efficiency arrives and spreads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm.foundation import chance
from abm.rules.innovation import advance, diffuse, give_back, improve, publish, scale, work

uniforms = arrays(float, 6, elements=st.floats(0, 1, exclude_max=True))
levels = arrays(float, 6, elements=st.floats(-3, 3))


def plain(u: np.ndarray, size: np.ndarray, skill: np.ndarray, effort: np.ndarray, hazard: float) -> np.ndarray:
    """Improvements without large jumps, of mean 0.03."""
    return improve(u, size, np.full(len(u), 0.5), skill, effort, hazard, 0.03, np.zeros(len(u)), 8.0)[0]


def test_improvements_by_hand() -> None:
    u, size = np.array([0.05, 0.05, 0.20, 0.20]), np.array([0.5, 0.0, 0.5, 0.5])
    skill, effort = np.array([1.0, 1.0, 1.0, 2.0]), np.array([1.0, 1.0, 1.5, 2.0])
    # Chances of 0.08, 0.08, 0.08 x 1.5 = 0.12 and 0.08 x 2 x 2 = 0.32: the first, second and fourth come.
    found = plain(u, size, skill, effort, hazard=0.08)
    np.testing.assert_allclose(found, [0.03 * np.log(2), 0.0, 0.0, 0.03 * np.log(2)])


def test_large_jumps_by_hand() -> None:
    u, size, kind = np.array([0.0, 0.0, 0.9]), np.array([0.5, 0.5, 0.5]), np.array([0.05, 0.5, 0.05])
    found, leap = improve(u, size, kind, np.ones(3), np.ones(3), 0.5, 0.03, np.full(3, 0.1), 11.0)
    # The mean over both kinds stays 0.03, so that the usual one is 0.03 / (1 + 0.1 x 10) = 0.015.
    assert leap.tolist() == [True, False, False]
    np.testing.assert_allclose(found, [0.015 * 11 * (1 + np.log(2)) / 2, 0.015 * np.log(2), 0.0])


def test_leaders_advance_by_the_declared_growth() -> None:
    np.testing.assert_allclose(advance(np.array([0.0, 0.5, 1.0]), 10.0), np.array([0.5, 1.0, 1.5]) / 12)


@given(uniforms, uniforms, uniforms, st.floats(0, 1), st.floats(0, 1), st.floats(1, 100))
def test_improvements_never_set_a_lab_back(
    u: np.ndarray, size: np.ndarray, kind: np.ndarray, hazard: float, share: float, times: float
) -> None:
    found, leap = improve(u, size, kind, np.ones(6), np.full(6, 1.5), hazard, 0.03, np.full(6, share), times)
    assert (found >= 0).all()
    assert np.isfinite(found).all()
    assert (found[leap] > 0).all()


@given(uniforms, uniforms, st.floats(0, 1), st.floats(0, 1), st.floats(0, 10))
def test_scarcity_takes_no_improvement_away(
    u: np.ndarray, size: np.ndarray, one: float, other: float, effect: float
) -> None:
    low, high = (work(np.full(6, level), 0.1, effect, 0.5) / 0.1 for level in sorted((one, other)))
    calm, pressed = plain(u, size, np.ones(6), low, 0.08), plain(u, size, np.ones(6), high, 0.08)
    assert (pressed >= calm).all()


def test_improvements_come_as_often_and_are_as_large_as_declared() -> None:
    n = 200_000
    u, size, kind = (chance.fixed(1, purpose, n) for purpose in ("improve", "size", "kind"))
    for share in (0.0, 0.05):
        found, leap = improve(u, size, kind, np.full(n, 1.5), np.full(n, 1.8), 0.08, 0.03, np.full(n, share), 8.0)
        came = found > 0
        assert came.mean() == pytest.approx(0.08 * 1.5 * 1.8, rel=0.02)
        assert found.sum() / came.sum() == pytest.approx(0.03, rel=0.02)
        assert leap.sum() / came.sum() == pytest.approx(share, rel=0.05)
    assert found[leap].mean() == pytest.approx(8 * found[came & ~leap].mean(), rel=0.05)


def test_scale_by_hand() -> None:
    np.testing.assert_allclose(scale(np.array([0.0, 1.0, 1.0, 2.0]), 0.25), [0.0, 0.5, 0.5, 0.8])
    assert not scale(np.zeros(3), 0.25).any()
    np.testing.assert_allclose(scale(np.array([0.0, 1.0]), 0.0), [0.0, 1.0])


def test_large_jumps_come_to_labs_that_train_at_scale() -> None:
    n = 200_000
    u, size, kind = (chance.fixed(1, purpose, n) for purpose in ("improve", "size", "kind"))
    often = np.where(np.arange(n) < n // 2, 0.1, 0.01)
    found, leap = improve(u, size, kind, np.ones(n), np.ones(n), 0.2, 0.05, often, 8.0)
    assert leap[: n // 2].sum() / leap[n // 2 :].sum() == pytest.approx(10, rel=0.2)
    assert found[: n // 2].sum() == pytest.approx(found[n // 2 :].sum(), rel=0.05)


def test_without_hazard_or_skill_nothing_comes() -> None:
    u, size = chance.fixed(1, "improve", 1000), chance.fixed(1, "size", 1000)
    one = np.ones(1000)
    assert not plain(u, size, one, one, 0.0).any()
    assert not plain(u, size, 0 * one, one, 0.08).any()


def test_effort_rises_with_scarcity_between_its_bounds() -> None:
    found = work(np.array([0.0, 0.5, 1.0]), base=0.1, effect=2.0, most=0.25)
    np.testing.assert_allclose(found, [0.1, 0.2, 0.25])
    np.testing.assert_allclose(work(np.ones(1), base=0.4, effect=2.0, most=0.25), 0.4)


def test_what_is_laid_open_and_what_leaders_take() -> None:
    open_share = publish(np.array([True, False, False]), np.array([0.2, 0.0, 0.5]), effect=0.4)
    np.testing.assert_allclose(open_share, [1.0, 0.0, 0.2])
    assert give_back(np.array([0.3, 0.2, 0.1]), open_share, 0.5) == pytest.approx(0.5 * (0.3 + 0.02))


def test_diffusion_by_hand() -> None:
    own = np.array([0.0, 0.5, 1.2])
    # Published at 1.0, best Chinese lab at 1.2 of which 0.1 is kept to itself.
    found = diffuse(own, published=1.0, best=1.2, from_frontier=0.1, between=0.2, secret=0.1)
    np.testing.assert_allclose(found, [0.1 + 0.2 * 1.1, 0.05 + 0.2 * 0.6, 0.0])


@given(levels, st.floats(-3, 3), st.floats(0, 0.5), st.floats(0, 0.5))
def test_nobody_is_carried_beyond_those_learnt_from(
    own: np.ndarray, published: float, from_frontier: float, between: float
) -> None:
    best = float(own.max())
    after = own + diffuse(own, published, best, from_frontier, between, secret=0.1)
    assert (after >= own).all()
    assert (after <= max(published, best) + 1e-12).all()


@given(levels, st.floats(-3, 3))
def test_who_lags_more_learns_at_least_as_much(own: np.ndarray, published: float) -> None:
    order = np.argsort(own)
    gained = diffuse(own, published, float(own.max()), 0.1, 0.2, 0.1)[order]
    assert (np.diff(gained) <= 1e-12).all()


def test_the_best_lab_learns_nothing_at_home() -> None:
    own = np.array([0.2, 0.9])
    assert diffuse(own, published=-1.0, best=0.9, from_frontier=0.1, between=0.3, secret=0.0)[1] == 0.0
