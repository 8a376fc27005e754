"""What traders make of law that is known to come or feared."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm.foundation.parameters import declarations
from abm.rules.expectation import ACTED_ON, offered_money, smooth, threat

probabilities = arrays(float, 5, elements=st.floats(0, 1))
flows = arrays(float, 4, elements=st.just(0.0) | st.floats(1, 1e9))
cashes = arrays(float, 4, elements=st.floats(-1e9, 1e9))
fears = arrays(float, 4, elements=st.just(0.0) | st.floats(0.001, 1))


def test_threat_by_hand() -> None:
    announced, leaked = np.array([1.0, 0.0, 0.0, 1.0]), np.array([0.0, 0.8, 0.0, 0.8])
    np.testing.assert_allclose(threat(announced, leaked, 1.0, 0.5), [1.0, 0.4, 0.0, 1.0])
    np.testing.assert_allclose(threat(announced, leaked, 1.0, 0.0), announced)
    np.testing.assert_allclose(threat(announced, leaked, 0.0, 0.0), np.zeros(4))


def test_every_rule_a_person_can_choose_means_something_else() -> None:
    announced, leaked = np.array([1.0, 0.0]), np.array([0.0, 0.8])
    rules = declarations()["expectation.rule"].choices
    acted_on = [ACTED_ON[rule] for rule in rules]
    assert len({tuple(threat(announced, leaked, counted, heard * 0.5)) for counted, heard in acted_on}) == len(rules)


@given(probabilities, probabilities, st.floats(0, 1))
def test_threats_are_probabilities_and_a_leak_never_weighs_more_than_an_announcement(
    announced: np.ndarray, leaked: np.ndarray, weight: float
) -> None:
    found = threat(announced, leaked, 1.0, weight)
    assert ((found >= announced) & (found <= 1)).all()
    assert (threat(leaked, announced * 0, 1.0, 0.0) >= threat(announced * 0, leaked, 0.0, weight)).all()


def test_money_by_hand() -> None:
    flow, cash, fear = np.array([100.0, 100.0, 100.0]), np.array([40.0, -30.0, 0.0]), np.array([0.0, 0.0, 1.0])
    # A saver offers flow and a quarter of the cash, a debtor what flow leaves after the debt, one who is afraid half as
    # much again, on debt.
    np.testing.assert_allclose(offered_money(flow, cash, fear, 0.25, 0.5, 1.0), [110.0, 70.0, 150.0])


def test_debt_is_run_up_under_fear_alone_and_only_so_far() -> None:
    flow, cash = np.array([100.0]), np.array([-700.0])
    assert offered_money(flow, cash, np.array([0.0]), 0.2, 1.0, 0.5).tolist() == [0.0]
    # Twelve months times half a year of flow is 600 of debt: none of it is left beyond 700 of debt and 100 of flow.
    assert offered_money(flow, cash, np.array([1.0]), 0.2, 1.0, 0.5).tolist() == [0.0]
    assert offered_money(flow, np.array([-650.0]), np.array([1.0]), 0.2, 1.0, 0.5).tolist() == [50.0]


@given(flows, cashes, fears, st.floats(0, 1), st.floats(0, 10), st.floats(0, 5))
def test_money_is_never_negative_and_never_beyond_the_means(
    flow: np.ndarray, cash: np.ndarray, fear: np.ndarray, draw: float, prebuy: float, borrow: float
) -> None:
    money = offered_money(flow, cash, fear, draw, prebuy, borrow)
    credit = np.where(fear > 0, 12 * borrow * flow, 0.0)
    assert (money >= 0).all()
    assert (money <= np.maximum(flow + cash + credit, 0) * (1 + 1e-12)).all()


@given(flows, cashes, fears, st.floats(0, 1), st.floats(0, 10), st.floats(0, 5))
def test_fear_never_lowers_what_is_offered(
    flow: np.ndarray, cash: np.ndarray, fear: np.ndarray, draw: float, prebuy: float, borrow: float
) -> None:
    calm = offered_money(flow, cash, np.zeros(4), draw, prebuy, borrow)
    assert (offered_money(flow, cash, fear, draw, prebuy, borrow) >= calm * (1 - 1e-12)).all()


def test_smoothing() -> None:
    old, new = np.array([10.0, 0.0]), np.array([20.0, 8.0])
    np.testing.assert_allclose(smooth(old, new, 0.25), [12.5, 2.0])
    np.testing.assert_array_equal(smooth(old, new, 0.0), old)
    np.testing.assert_allclose(smooth(old, new, 1.0), new)
    level = np.array([10.0])
    for _ in range(200):
        level = smooth(level, np.array([3.0]), 0.25)
    assert level == pytest.approx([3.0])
