"""How applications for licences are filed and worked off, and what quotas leave."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm.rules.licensing import affiliated, file, grant, queue_months, ration_quota, review

units = arrays(float, (4, 3), elements=st.just(0.0) | st.floats(1e-3, 1e6))
rooms = arrays(float, 3, elements=st.just(0.0) | st.floats(1e-3, 1e6) | st.just(np.inf))
terms = arrays(float, 3, elements=st.floats(0, 36))


def test_filing_by_hand() -> None:
    wish, pending, licensed = np.array([[10.0, 10.0]]), np.array([[5.0, 90.0]]), np.array([[8.0, 0.0]])
    # Two months of review: three months of the wish are to be covered, 13 are already in the first case.
    np.testing.assert_allclose(file(wish, pending, licensed, np.array([2.0, 2.0])), [[17.0, 0.0]])
    np.testing.assert_allclose(file(wish, pending, licensed, np.array([0.0, 0.5])), [[7.0, 0.0]])


@given(units, units, units, terms)
def test_what_is_filed_pending_and_licensed_covers_the_wish(
    wish: np.ndarray, pending: np.ndarray, licensed: np.ndarray, months: np.ndarray
) -> None:
    filed = file(wish, pending, licensed, months)
    assert (filed >= 0).all()
    covered = filed + pending + licensed
    assert (covered >= (1 + np.maximum(months, 1)) * wish * (1 - 1e-9)).all()
    assert (filed[pending + licensed >= (1 + np.maximum(months, 1)) * wish] == 0).all()


def test_review_by_hand() -> None:
    pending = np.array([[12.0, 12.0, 12.0]])
    np.testing.assert_allclose(review(pending, np.array([4.0, 1.0, 0.25])), [[3.0, 12.0, 12.0]])


@given(units, terms)
def test_no_more_is_decided_than_is_pending(pending: np.ndarray, months: np.ndarray) -> None:
    decided = review(pending, months)
    assert ((decided >= 0) & (decided <= pending)).all()


@pytest.mark.parametrize("months", [1.0, 1.5, 6.0])
def test_an_application_waits_as_long_as_declared_on_average(months: float) -> None:
    queue, waits = np.array([[1.0]]), 0.0
    for month in range(1, 2000):
        decided = review(queue, np.array([months]))
        waits += month * decided[0, 0]
        queue = queue - decided
    assert waits == pytest.approx(months)


def test_staff_limits_what_is_decided_and_lengthens_the_wait() -> None:
    pending = np.array([[30.0, 10.0], [20.0, 0.0]])
    np.testing.assert_allclose(review(pending, np.array([1.0, 1.0]), 15.0), pending / 4)
    np.testing.assert_allclose(review(pending, np.array([2.0, 2.0]), 100.0), pending / 2)
    np.testing.assert_allclose(queue_months(np.array([1.5, 6.0]), pending, 15.0), [4.0, 6.0])
    assert np.isinf(queue_months(np.array([1.5]), pending, 0.0)).all()
    np.testing.assert_allclose(queue_months(np.array([1.5]), 0 * pending, 0.0), [1.5])
    assert not review(pending, np.array([1.0, 1.0]), 0.0).any()


def test_more_firms_count_as_listed_the_lower_the_line_of_ownership() -> None:
    shares = [affiliated(0.06, line) for line in (np.inf, 1.0, 0.5, 0.25, 0.0)]
    np.testing.assert_allclose(shares, [0.0, 0.0, 0.06, 0.09, 0.12])
    assert affiliated(0.9, 0.0) == 1.0


def test_grants_by_hand() -> None:
    decided, approval = np.array([[10.0, 10.0], [10.0, 10.0]]), np.array([0.8, 0.0])
    np.testing.assert_allclose(grant(decided, approval, np.array([1.0, 0.5])), [[8.0, 0.0], [4.0, 0.0]])


@given(units, arrays(float, 3, elements=st.floats(0, 1)), arrays(float, 4, elements=st.floats(0, 1)))
def test_grants_never_exceed_what_is_decided(decided: np.ndarray, approval: np.ndarray, standing: np.ndarray) -> None:
    granted = grant(decided, approval, standing)
    assert ((granted >= 0) & (granted <= decided)).all()
    assert not granted[standing == 0].any()


def test_a_quota_by_hand() -> None:
    granted = np.array([[30.0, 5.0], [10.0, 5.0]])
    np.testing.assert_allclose(ration_quota(granted, np.array([20.0, 50.0])), [[15.0, 5.0], [5.0, 5.0]])
    np.testing.assert_allclose(ration_quota(granted, np.array([0.0, np.inf])), [[0.0, 5.0], [0.0, 5.0]])


@given(units, rooms)
def test_a_quota_is_used_up_but_never_passed_and_cuts_all_alike(granted: np.ndarray, room: np.ndarray) -> None:
    left = ration_quota(granted, room)
    np.testing.assert_allclose(left.sum(axis=0), np.minimum(granted.sum(axis=0), room), rtol=1e-9)
    assert (left <= granted).all()
    np.testing.assert_allclose(left[0] * granted[1], left[1] * granted[0], rtol=1e-9)
