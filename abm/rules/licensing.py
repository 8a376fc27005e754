"""How applications for licences are processed, and what quotas leave."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise

Floats = NDArray[np.float64]


@elementwise
def file(wish: Floats, pending: Floats, licensed: Floats, review_months: Floats) -> Floats:
    """Units applied for this month, so that what is under review and licensed covers the wish until the decision.

    a = max(0, (1 + max(review, 1)) wish - pending - licensed)

    wish                (n, k) units/month a lab would buy
    pending, licensed   (n, k) units
    review_months       (k,)
    """
    return np.maximum((1 + np.maximum(review_months, 1.0)) * wish - pending - licensed, 0.0)


@compiled
def queue_months(review_months: Floats, pending: Floats, capacity: float) -> Floats:
    """Months that an application waits: the time a review takes, or the time staff needs for everything pending.

    max(review, pending / capacity)

    review_months  (k,)
    pending        (n, k) units
    capacity       units/month that staff can decide
    """
    backlog, months = 0.0, review_months.copy()
    for i in range(len(pending)):
        for k in range(len(months)):
            backlog += pending[i, k]
    needed = backlog / capacity if capacity > 0 else np.inf if backlog > 0 else 0.0
    for k in range(len(months)):
        months[k] = max(months[k], needed)
    return months


@compiled
def review(pending: Floats, review_months: Floats, capacity: float = np.inf) -> Floats:
    """Applications decided this month: a queue of mean length `review_months`, all of it when under a month, and no
    more than staff can decide.

    pending        (n, k) units
    review_months  (k,)
    capacity       units/month
    """
    decided, total = np.empty(pending.shape), 0.0
    for i in range(len(pending)):
        for k in range(len(review_months)):
            decided[i, k] = pending[i, k] / max(review_months[k], 1.0)
            total += decided[i, k]
    for i in range(len(pending)):
        for k in range(len(review_months)):
            decided[i, k] *= capacity / total if total > capacity else 1.0
    return decided


@elementwise
def affiliated(share: float, ownership: float) -> float:
    """Share of applicants that count as listed by their owners: `share` at half, in proportion to what lies above the
    line; none without a rule (an infinite line)."""
    return min(share * max(1 - ownership, 0.0) / 0.5, 1.0)


@compiled
def grant(decided: Floats, approval: Floats, standing: Floats) -> Floats:
    """Units granted: the approval standard of the policy times the applicant's standing.

    decided    (n, k) units
    approval   (k,) share granted to a civil, unlisted applicant
    standing   (n,) 1 for such an applicant, less for others, 0 for listed and military-linked ones
    """
    granted = np.empty(decided.shape)
    for i in range(len(standing)):
        for k in range(len(approval)):
            granted[i, k] = decided[i, k] * approval[k] * standing[i]
    return granted


@compiled
def ration_quota(granted: Floats, room: Floats) -> Floats:
    """Grants after a quota, cut pro rata within the month.

    granted   (n, k) units
    room      (k,) units still free under the quota this month
    """
    left, total = granted.copy(), np.zeros(len(room))
    for i in range(len(granted)):
        for k in range(len(room)):
            total[k] += granted[i, k]
    for i in range(len(granted)):
        for k in range(len(room)):
            if total[k] > room[k]:
                left[i, k] *= room[k] / total[k]
    return left
