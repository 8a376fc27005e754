"""How much of a fleet is used, and for what."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm.rules.utilisation import fitness, idle, steps
from abm.rules.utilisation import place as place_lab

fleets = arrays(float, (4, 5), elements=st.floats(0, 1e6))
fits = arrays(float, 5, elements=st.sampled_from([0.0, 0.05, 0.5, 0.8, 1.0]))
shares = arrays(float, 4, elements=st.floats(0, 1))


def place(useful: np.ndarray, inference: np.ndarray, fit: np.ndarray, placement: float) -> np.ndarray:
    """What of each lab's useful compute (n, k) serves users."""
    level, levels = steps(fit)
    shares = np.zeros((len(useful), levels))
    for lab, share, row in zip(useful, inference, shares, strict=True):
        place_lab(lab, float(share), level, placement, row)
    return np.asarray(useful * shares[:, level])


def test_who_builds_more_has_more_idle() -> None:
    found = idle(np.array([100.0, 100.0, 0.0]), np.array([0.0, 50.0, 0.0]), settled=0.2, new=0.6)
    np.testing.assert_allclose(found, [0.2, 0.4, 0.2])


def test_fitness_by_hand() -> None:
    found = fitness(
        np.array([1.0, 1.0, 0.1, 1.0]),
        np.array([900.0, 150.0, 64.0, 600.0]),
        np.array([False, True, False, False]),
        np.array([False, False, False, True]),
        exponent=0.5,
        software=0.8,
        aged=0.9,
    )
    np.testing.assert_allclose(found, [1.0, 0.5 * 0.8, 0.1 * np.sqrt(64 / 600), 0.9])


def test_users_are_served_from_the_cards_least_fit_for_training() -> None:
    useful = np.array([[60.0, 20.0, 20.0], [0.0, 50.0, 50.0]])
    fit = np.array([1.0, 0.5, 0.5])
    found = place(useful, np.array([0.5, 0.25]), fit, placement=1.0)
    # The first lab needs 50: both cards of fitness 0.5, then 10 of the best. The second needs 25 of 100 alike.
    np.testing.assert_allclose(found, [[10, 20, 20], [0, 12.5, 12.5]])
    np.testing.assert_allclose(place(useful, np.array([0.5, 0.25]), fit, 0.0), useful * [[0.5], [0.25]])


@given(fleets, shares, fits, st.floats(0, 1))
def test_as_much_serves_as_is_wanted_and_no_more_than_there_is(
    useful: np.ndarray, inference: np.ndarray, fit: np.ndarray, placement: float
) -> None:
    found = place(useful, inference, fit, placement)
    assert (found >= 0).all()
    assert (found <= useful * (1 + 1e-12) + 1e-9).all()
    np.testing.assert_allclose(found.sum(axis=1), inference * useful.sum(axis=1), rtol=1e-9, atol=1e-6)


@given(fleets, shares, fits)
def test_placing_leaves_the_most_for_training(useful: np.ndarray, inference: np.ndarray, fit: np.ndarray) -> None:
    best, blind = ((useful - place(useful, inference, fit, share)) @ fit for share in (1.0, 0.0))
    assert (best >= blind * (1 - 1e-12) - 1e-6).all()
