"""What a chip is worth to a lab, and how money is shared among offers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm.rules.demand import annuity, chip_value, disregard, nested_shares, reservation_price

NESTS = np.array([0, 0, 1, 3, 3, 3])
"""Six offers in nests of two, one, none and three."""
TWO = np.array([0, 0, 1])
ONE = np.zeros(3, dtype=np.int64)
N, K = 3, 6

utilities = arrays(float, K, elements=st.floats(-20, 20))
masks = arrays(bool, (N, K)).map(lambda one: one.astype(float))
biases = arrays(float, (N, 4), elements=st.floats(-5, 5))
lams = st.floats(0.1, 1.0)
outsides = st.floats(-10, 10)


# --- the value of a chip ---


def value_of(**changed: float) -> float:
    """The value of an H100, or of a chip that differs from it."""
    chip = {"compute": 1.0, "bandwidth": 1.0, "capacity": 80.0, "link": 900.0} | changed
    arrays_ = (np.array([chip[name]]) for name in ("compute", "bandwidth", "capacity", "link"))
    return float(chip_value(*arrays_, memory_weight=0.4, inference=0.5, capacity_exponent=0.25, link_exponent=0.2)[0])


def test_an_h100_is_worth_one() -> None:
    assert value_of() == pytest.approx(1.0)


def test_value_by_hand() -> None:
    # 0.5^0.6 x 2^0.4 x (160/80)^0.25 x (300/600)^(0.2 x 1.5)
    assert value_of(compute=0.5, bandwidth=2.0, capacity=160.0, link=300.0) == pytest.approx(
        2 ** (-0.6 + 0.4 + 0.25 - 0.3)
    )


@pytest.mark.parametrize("what", ["compute", "bandwidth", "capacity"])
def test_more_of_anything_is_worth_more(what: str) -> None:
    start = 80.0 if what == "capacity" else 1.0
    assert value_of(**{what: start * 2}) > value_of() > value_of(**{what: start / 2})


def test_a_link_beyond_600_adds_nothing_and_a_slow_one_costs() -> None:
    assert value_of(link=600.0) == value_of(link=1800.0)
    assert value_of(link=400.0) < value_of(link=500.0) < value_of(link=600.0)


def test_training_minds_a_slow_link_more() -> None:
    chip = (np.array([1.0]), np.array([1.0]), np.array([80.0]), np.array([150.0]))
    train, serve = (chip_value(*chip, 0.4, share, 0.25, 0.2)[0] for share in (0.0, 1.0))
    assert train == pytest.approx(0.25 ** (0.2 * 2))
    assert serve == pytest.approx(0.25**0.2)


# --- sharing money among offers ---


def test_shares_by_hand() -> None:
    # One lab; nest 0 holds offers of utility 0.4 and 0.2 with lam 0.5, nest 1 one of -0.3; bias 0.1 and 0.
    utility, open_to = np.array([0.4, 0.2, -0.3]), np.ones((1, 3))
    shares = nested_shares(utility, open_to, TWO, np.exp([[0.1, 0.0]]), 0.5, -1.0)
    inside = np.exp([0.8, 0.4])
    first, second = np.exp(0.1 + 0.5 * np.log(inside.sum())), np.exp(-0.3)
    whole = np.exp(-1.0) + first + second
    np.testing.assert_allclose(shares[0, :2], inside / inside.sum() * first / whole)
    assert shares[0, 2] == pytest.approx(second / whole)


@given(utilities, masks, biases, lams, outsides)
def test_shares_are_shares(
    utility: np.ndarray, open_to: np.ndarray, bias: np.ndarray, lam: float, outside: float
) -> None:
    shares = nested_shares(utility, open_to, NESTS, np.exp(bias), lam, outside)
    assert np.isfinite(shares).all()
    assert (shares >= 0).all()
    assert (shares.sum(axis=1) <= 1 + 1e-12).all()
    assert (shares[open_to == 0] == 0).all()


@given(utilities, masks, biases, outsides)
def test_with_lam_one_it_is_the_plain_logit(
    utility: np.ndarray, open_to: np.ndarray, bias: np.ndarray, outside: float
) -> None:
    weight = open_to * np.exp(utility + bias[:, NESTS])
    expected = weight / (np.exp(outside) + weight.sum(axis=1, keepdims=True))
    shares = nested_shares(utility, open_to, NESTS, np.exp(bias), 1.0, outside)
    np.testing.assert_allclose(shares, expected, rtol=1e-9, atol=1e-300)


@given(utilities, masks, biases, lams, outsides, st.integers(0, K - 1), st.floats(0.01, 5))
def test_a_better_offer_gains_and_no_other_does(
    utility: np.ndarray,
    open_to: np.ndarray,
    bias: np.ndarray,
    lam: float,
    outside: float,
    offer: int,
    more: float,
) -> None:
    better = utility.copy()
    better[offer] += more
    before = nested_shares(utility, open_to, NESTS, np.exp(bias), lam, outside)
    after = nested_shares(better, open_to, NESTS, np.exp(bias), lam, outside)
    others = np.arange(K) != offer
    assert (after[:, offer] >= before[:, offer] * (1 - 1e-12)).all()
    assert (after[:, others] <= before[:, others] * (1 + 1e-9)).all()


@given(utilities, masks, biases, lams, outsides, st.floats(-50, 50))
def test_only_differences_of_utility_matter(
    utility: np.ndarray, open_to: np.ndarray, bias: np.ndarray, lam: float, outside: float, shift: float
) -> None:
    moved = nested_shares(utility + shift, open_to, NESTS, np.exp(bias), lam, outside + shift)
    before = nested_shares(utility, open_to, NESTS, np.exp(bias), lam, outside)
    np.testing.assert_allclose(moved, before, rtol=1e-7, atol=1e-12)


@given(utilities, biases, lams, outsides)
def test_closing_every_offer_of_a_nest_is_like_having_no_such_nest(
    utility: np.ndarray, bias: np.ndarray, lam: float, outside: float
) -> None:
    open_to = np.ones((N, K))
    open_to[:, 0:2] = 0.0
    shut = nested_shares(utility, open_to, NESTS, np.exp(bias), lam, outside)
    gone = nested_shares(utility[2:], open_to[:, 2:].copy(), NESTS[2:] - 1, np.exp(bias[:, 1:]), lam, outside)
    np.testing.assert_allclose(shut[:, 2:], gone, rtol=1e-12)


def test_with_nothing_open_all_money_is_kept() -> None:
    shares = nested_shares(np.zeros(3), np.zeros((2, 3)), ONE, np.ones((2, 1)), 0.5, 0.0)
    assert (shares == 0).all()
    none = nested_shares(np.zeros(0), np.zeros((2, 0)), ONE[:0], np.ones((2, 1)), 0.5, 0.0)
    assert none.shape == (2, 0)


def test_a_small_lam_pushes_money_inside_a_nest_to_the_better_offer() -> None:
    utility, open_to = np.array([0.3, 0.0]), np.ones((1, 2))
    wide, narrow = (nested_shares(utility, open_to, ONE[:2], np.ones((1, 1)), lam, -5.0)[0] for lam in (1.0, 0.1))
    assert narrow[0] / narrow.sum() > wide[0] / wide.sum()
    assert narrow[0] / narrow.sum() == pytest.approx(1 / (1 + np.exp(-3.0)))


# --- prices and costs ---


@given(st.floats(1, 1e6), st.floats(0, 1e4), st.floats(-5, 2), st.floats(0.2, 8))
def test_at_its_reservation_price_an_offer_is_worth_the_alternative(
    value: float, host: float, alternative: float, theta: float
) -> None:
    (price,) = reservation_price(np.array([value]), np.array([host]), alternative, theta)
    assert price >= 0
    if price > 1e-6 * value:
        assert theta * np.log(value / (price + host)) == pytest.approx(alternative, abs=1e-6)


def test_a_card_not_worth_its_hosting_has_no_price() -> None:
    value, host = np.array([100.0, 5000.0]), np.array([4000.0, 1000.0])
    np.testing.assert_allclose(reservation_price(value, host, 0.0, 2.0), [0.0, 4000.0])
    np.testing.assert_allclose(reservation_price(value, host, 1.0, 2.0), [0.0, 5000 * np.exp(-0.5) - 1000])


@given(st.floats(12, 180), st.floats(1e-4, 1))
def test_the_monthly_costs_of_a_life_are_worth_what_is_paid(life: float, discount: float) -> None:
    months = np.arange(1, int(life) + 1)
    assert (annuity(int(life), discount) / (1 + discount / 12) ** months).sum() == pytest.approx(1.0, rel=1e-6)
    assert annuity(life, discount) >= 1 / life * (1 - 1e-9)


def test_without_a_discount_the_price_is_spread_evenly() -> None:
    assert annuity(60.0, 0.0) == pytest.approx(1 / 60)
    assert annuity(60.0, 1e-9) == pytest.approx(1 / 60)


def test_offers_far_below_what_is_on_sale_are_disregarded_by_hand() -> None:
    lost = disregard(np.array([1.0, 0.5, 2.0]), np.array([100.0, 0.0, 0.0]), 1e9, width=0.5)
    np.testing.assert_allclose(lost, [0.0, -((np.log(2) / 0.5) ** 2), 0.0])


def test_what_is_on_sale_counts_for_no_more_than_the_money_there_is() -> None:
    worth = np.array([1.0, 0.25])
    lost = disregard(worth, np.array([10.0, 1e12]), 10.0, width=1.0)
    np.testing.assert_allclose(lost, [0.0, -(np.log(0.625 / 0.25) ** 2)])
    assert (disregard(worth, np.zeros(2), 10.0, 1.0) == 0).all()
    assert (disregard(worth, np.ones(2), 0.0, 1.0) == 0).all()


@given(st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=5), st.floats(0.05, 100))
def test_a_wider_view_disregards_less_and_the_best_offer_never(worth: list[float], width: float) -> None:
    values, dollars = np.array(worth), np.arange(len(worth)) + 1.0
    narrow, wide = (disregard(values, dollars, 1e9, one) for one in (width, 2 * width))
    assert (narrow <= wide).all()
    assert (wide <= 0).all()
    assert wide[values.argmax()] == pytest.approx(0.0, abs=1e-12)
