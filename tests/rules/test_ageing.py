"""How fleets fail and retire."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm.markets.fleets import grow_old
from abm.rules.ageing import CLASSES

fleets = arrays(float, (3, CLASSES), elements=st.just(0.0) | st.floats(1e-3, 1e9))
lives = st.floats(12, 180)
survivals = st.floats(0.9, 1)


def month(fleet: np.ndarray, survival: float, life_months: float) -> tuple[np.ndarray, np.ndarray]:
    """A fleet (..., classes) a month later, and the cards that leave it, (...)."""
    after = fleet.reshape(1, -1, CLASSES).copy()
    left = [grow_old(after, 0, k, survival, CLASSES / life_months)[0] for k in range(after.shape[1])]
    return after.reshape(fleet.shape), np.array(left).reshape(fleet.shape[:-1])


def age(fleet: np.ndarray, survival: float, life_months: float) -> np.ndarray:
    """A fleet a month later."""
    return month(fleet, survival, life_months)[0]


def gone(fleet: np.ndarray, survival: float, life_months: float) -> np.ndarray:
    """Cards that leave it."""
    return month(fleet, survival, life_months)[1]


def lifetimes(survival: float, life_months: float, months: int) -> np.ndarray:
    """Cards that leave in each month out of one that is new."""
    fleet = np.zeros(CLASSES)
    fleet[0] = 1.0
    left = np.zeros(months)
    for month in range(months):
        left[month] = gone(fleet, survival, life_months)
        fleet = age(fleet, survival, life_months)
    return left


def test_a_month_by_hand() -> None:
    # Nine in ten survive; of those 5/50 = a tenth moves on a class, and out of the last one.
    fleet = np.array([100.0, 200.0, 0.0, 0.0, 50.0])
    np.testing.assert_allclose(age(fleet, 0.9, 50.0), [81.0, 162.0 + 9.0, 18.0, 0.0, 40.5])
    assert gone(fleet, 0.9, 50.0) == pytest.approx(10 + 20 + 5 + 4.5)


@given(fleets, survivals, lives)
def test_every_card_stays_or_is_gone(fleet: np.ndarray, survival: float, life_months: float) -> None:
    after, left = age(fleet, survival, life_months), gone(fleet, survival, life_months)
    np.testing.assert_allclose(after.sum(axis=-1) + left, fleet.sum(axis=-1), rtol=1e-12)
    assert (after >= 0).all()
    assert (left >= -1e-12 * fleet.sum(axis=-1)).all()


@given(fleets, survivals, lives)
def test_labs_age_apart(fleet: np.ndarray, survival: float, life_months: float) -> None:
    for act in (age, gone):
        together = act(fleet, survival, life_months)
        for lab in range(len(fleet)):
            np.testing.assert_allclose(act(fleet[lab], survival, life_months), together[lab], rtol=1e-12)


@pytest.mark.parametrize("life_months", [12.0, 60.0, 120.0])
def test_without_failures_the_mean_life_is_the_stated_one_and_lives_scatter(life_months: float) -> None:
    left = lifetimes(1.0, life_months, 2000)
    months = np.arange(1, 2001)
    assert left.sum() == pytest.approx(1.0)
    mean = (left * months).sum()
    assert mean == pytest.approx(life_months, rel=1e-6)
    spread = np.sqrt((left * (months - mean) ** 2).sum())
    assert 0.3 * life_months < spread < 0.5 * life_months


def test_failures_shorten_lives() -> None:
    months = np.arange(1, 2001)
    assert (lifetimes(0.99, 60.0, 2000) * months).sum() < 0.8 * (lifetimes(1.0, 60.0, 2000) * months).sum()


def test_no_card_leaves_before_it_has_passed_every_class_unless_it_fails() -> None:
    left = lifetimes(1.0, 60.0, 8)
    assert (left[: CLASSES - 1] == 0).all()
    assert left[CLASSES - 1] > 0
