"""How applications for licences are processed, and what quotas leave."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def file(wish: Floats, pending: Floats, licensed: Floats, review_months: Floats) -> Floats:
    """Units applied for this month, so that what is under review and licensed covers the wish until the decision.

    a = max(0, (1 + max(review, 1)) wish - pending - licensed)

    wish                (n, k) units/month a lab would buy
    pending, licensed   (n, k) units
    review_months       (k,)
    """
    return np.maximum((1 + np.maximum(review_months, 1.0)) * wish - pending - licensed, 0.0)


def queue_months(review_months: Floats, pending: Floats, capacity: float) -> Floats:
    """Months that an application waits: the time a review takes, or the time staff needs for everything pending.

    max(review, pending / capacity)

    review_months  (k,)
    pending        (n, k) units
    capacity       units/month that staff can decide
    """
    backlog = float(pending.sum())
    needed = backlog / capacity if capacity > 0 else np.inf if backlog > 0 else 0.0
    return np.maximum(review_months, needed)


def review(pending: Floats, review_months: Floats, capacity: float = np.inf) -> Floats:
    """Applications decided this month: a queue of mean length `review_months`, all of it when under a month, and no
    more than staff can decide.

    pending        (n, k) units
    review_months  (k,)
    capacity       units/month
    """
    decided = pending / np.maximum(review_months, 1.0)
    total = float(decided.sum())
    return decided * (capacity / total) if total > capacity else decided


def affiliated(share: float, ownership: float) -> float:
    """Share of applicants that count as listed by their owners: `share` at half, in proportion to what lies above the
    line; none without a rule (an infinite line)."""
    return min(share * max(1 - ownership, 0.0) / 0.5, 1.0)


def grant(decided: Floats, approval: Floats, standing: Floats) -> Floats:
    """Units granted: the approval standard of the policy times the applicant's standing.

    decided    (n, k) units
    approval   (k,) share granted to a civil, unlisted applicant
    standing   (n,) 1 for such an applicant, less for others, 0 for listed and military-linked ones
    """
    return decided * approval * standing[:, None]


def ration_quota(granted: Floats, room: Floats) -> Floats:
    """Grants after a quota, cut pro rata within the month.

    granted   (n, k) units
    room      (k,) units still free under the quota this month
    """
    total = granted.sum(axis=0)
    return granted * np.minimum(1.0, np.divide(room, total, out=np.ones_like(total), where=total > 0))
