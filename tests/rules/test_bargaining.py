"""Bargaining: what terms are worth, steps on a ladder, and the package both sides take."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm.rules.bargaining import (
    FEATURES,
    QUANTITIES,
    TERMS,
    conceded,
    disposition,
    features,
    forecast,
    nash,
    opposition,
    step,
    surplus,
    trust,
)

gains = arrays(float, 6, elements=st.floats(-1, 1))


def terms(**values: float) -> np.ndarray:
    return np.array([values.get(name, 0.0) for name in TERMS])


def test_features_by_hand() -> None:
    found = features(np.stack([terms(), terms(hbm=0.09, chips=40_000, imports=0.5, fee=0.25)]))
    np.testing.assert_allclose(found, [[0, 0, 0], [np.log(10), np.log(2), 0.25 * np.log(2)]])


def test_chips_that_china_turns_away_count_for_nothing() -> None:
    assert not features(terms(chips=1e5, imports=0.0, fee=0.2)[None, :]).any()


def test_the_terms_now_are_worth_nothing() -> None:
    rng = np.random.default_rng(0)
    now, effects = rng.random(len(TERMS)), rng.normal(size=(len(FEATURES), len(QUANTITIES)))
    assert not forecast(now[None, :], now, effects).any()
    weights, direct = rng.normal(size=len(QUANTITIES)), rng.normal(size=len(TERMS))
    np.testing.assert_allclose(surplus(now[None, :], now, effects, weights, direct), 0.0)


def test_worth_by_hand() -> None:
    effects = np.zeros((len(FEATURES), len(QUANTITIES)))
    effects[0, 0] = -0.5
    weights = np.full(len(QUANTITIES), 2.0)
    found = surplus(terms(hbm=0.09, tariff=0.1)[None, :], terms(tariff=0.3), effects, weights, terms(tariff=-4.0))
    np.testing.assert_allclose(found, [-np.log(10) + 0.8])


def test_error_is_even_handed_and_without_spread_nothing() -> None:
    u = np.linspace(0.001, 0.999, 999)
    np.testing.assert_allclose(disposition(u, 0.1), -disposition(u, 0.1)[::-1], atol=1e-12)
    assert not disposition(u, 0.0).any()
    assert np.isfinite(disposition(np.array([0.0, 1.0]), 1.0)).all()


@pytest.mark.parametrize(
    ("worths", "place", "to"),
    [
        ([0.0, 0.0, 0.3], 1, 2),
        ([0.4, 0.0, 0.3], 1, 0),
        ([0.0, 0.0, 0.05], 1, 1),
        ([0.0, -1.0, 9.0], 0, 0),
        ([1.0], 0, 0),
    ],
)
def test_a_step_goes_to_the_better_neighbour_if_that_is_worth_the_trouble(
    worths: list[float], place: int, to: int
) -> None:
    assert step(np.array(worths), place, 0.1) == to


def test_nash_by_hand() -> None:
    us, cn = np.array([0.1, 0.4, 0.9, 2.0]), np.array([2.0, 0.4, 0.1, -0.1])
    assert nash(us, cn, 0.5, (0.0, 0.0)) == 0
    assert nash(us[1:], cn[1:], 0.5, (0.0, 0.0)) == 0
    assert nash(us, cn, 0.99, (0.0, 0.0)) == 2
    assert nash(us, cn, 0.5, (0.3, 0.3)) == 1
    assert nash(us, cn, 0.5, (0.5, 0.5)) == -1


@given(gains, gains, st.floats(0, 1), st.floats(0, 0.2))
def test_no_side_signs_what_it_would_rather_not_and_no_better_package_is_left(
    us: np.ndarray, cn: np.ndarray, power: float, least: float
) -> None:
    chosen = nash(us, cn, power, (least, least))
    if chosen < 0:
        assert not ((us > least) & (cn > least)).any()
        return
    assert us[chosen] > least
    assert cn[chosen] > least
    if 0 < power < 1:
        assert not ((us > us[chosen] * (1 + 1e-9)) & (cn > cn[chosen] * (1 + 1e-9))).any()


# --- what conceding costs, and trust ---

SIDES = np.stack([terms(hbm=1, tariff=-1), terms(imports=1)])
WHOLE = terms(hbm=0.1, chips=100_000, imports=1, tariff=0.2) + 1e-9 * (terms() == 0)


def test_concessions_by_hand() -> None:
    now = terms(tariff=0.2, imports=0.4)
    found = conceded(np.stack([now, terms(hbm=0.1, tariff=0.1, imports=1.0)]), now, WHOLE, SIDES)
    np.testing.assert_allclose(found, [[0, 1 + 0.5], [0, 0.6]], atol=1e-6)


def test_what_goes_the_other_way_is_no_concession() -> None:
    assert not conceded(terms(tariff=0.3)[None, :], terms(tariff=0.2), WHOLE, SIDES).any()


def test_opposition_rises_faster_than_what_is_conceded_and_with_what_is_not_matched() -> None:
    own, none = np.array([0.0, 0.5, 1.0, 2.0]), np.zeros(4)
    np.testing.assert_allclose(opposition(own, none, 0.01, 0.0), 0.01 * own**2)
    np.testing.assert_allclose(opposition(own, none, 0.01, 0.02), 0.03 * own**2)
    np.testing.assert_allclose(opposition(own, own, 0.01, 0.02), 0.01 * own**2)


@given(st.floats(0, 5), st.floats(0, 5), st.floats(0.01, 1), st.floats(0.01, 100))
def test_trust_lies_between_the_prior_and_the_record(kept: float, failed: float, prior: float, weight: float) -> None:
    found = trust(kept, kept + failed, prior, weight)
    share = kept / (kept + failed) if kept + failed > 0 else prior
    assert min(prior, share) - 1e-9 <= found <= max(prior, share) + 1e-9


def test_each_side_may_want_its_own_gain() -> None:
    us, cn = np.array([0.1, 0.4]), np.array([0.4, 0.1])
    assert nash(us, cn, 0.5, (0.2, 0.0)) == 1
    assert nash(us, cn, 0.5, (0.0, 0.2)) == 0
    assert nash(us, cn, 0.5, (0.2, 0.2)) == -1
