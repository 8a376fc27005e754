"""A regime on the ways around a licence, month by month: enforcement, third countries, gaming cards, rental.

A month is governed by the law of its first day. Gaming cards are ruled on like any chip; what is known of their end is
what was announced by the month's last day.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from abm.facts.catalog import Chip
from abm.foundation.dates import days_in, first_day, month_of
from abm.law.classify import classify
from abm.law.levers import IMPORT_MODES, PLACES, POLICIES
from abm.law.regime import Law, Regime

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DENIED = POLICIES.index("presume_deny")
"""Policies from this one on leave no way in."""
AHEAD = 12
"""Months that dealers in gaming cards look ahead."""


@dataclass(frozen=True)
class Routes:
    """T months, P places, K foreign products, G gaming cards.

    budget        (T,)   enforcement budget over the base; cases (T,) prosecutions made public so far
    buyers        (T, P) authorised buyers in a place over before
    inspected     (T, K) Chinese customs inspects the product
    outside       (T,)   re-exports and transfers are denied; worldwide (T,) a licence duty towards third countries
    headquarters  (T,)   the licence duty follows the headquarters; closed (T,) subsidiaries are closed as a route
    installed     (T,)   what subsidiaries have installed may run on
    cloud         (T,)   place in POLICIES of remote rental; approval (T,) approval standard where it is reviewed
    cards         (T, G) share of the month in which a gaming card may go to China
    card_mode     (T, G) place in IMPORT_MODES of gaming cards
    card_end      (T, G) an announced act will bar a gaming card that may go now
    """

    budget: Floats
    cases: Floats
    buyers: Floats
    inspected: Flags
    outside: Flags
    worldwide: Flags
    headquarters: Flags
    closed: Flags
    installed: Flags
    cloud: NDArray[np.int8]
    approval: Floats
    cards: Floats
    card_mode: NDArray[np.int8]
    card_end: Flags


@lru_cache(maxsize=128)
def routes(regime: Regime, skus: tuple[str, ...], cards: tuple[Chip, ...], months: int) -> Routes:
    """The routes of a regime over so many months, for foreign products by name and gaming cards."""
    laws = [regime.at(first_day(t)) for t in range(months)]
    flag = lambda lever: np.array([bool(law[lever]) for law in laws])  # noqa: E731
    modes = [[IMPORT_MODES.index(law.get("cn.import_mode", one.sku) or "open") for one in cards] for law in laws]
    outside = [_place(law["scope.outside_policy"]) >= DENIED for law in laws]
    return Routes(
        budget=np.array([float(law["enforcement.budget"]) for law in laws]),
        cases=np.array([float(law["enforcement.prosecutions"] or 0) for law in laws]),
        buyers=np.array([[law.get("enforcement.authorised_buyers", place) for place in PLACES] for law in laws]),
        inspected=np.array([[bool(law.get("cn.customs_inspection", sku)) for sku in skus] for law in laws]),
        outside=np.array(outside),
        worldwide=flag("diffusion.worldwide"),
        headquarters=flag("scope.hq"),
        closed=flag("scope.subsidiaries_closed"),
        installed=flag("scope.installed_base_may_run"),
        cloud=np.array([_place(law["cloud.policy"]) for law in laws], dtype=np.int8),
        approval=np.array([float(law.get("licence.approval", "*") or 0.0) for law in laws]),
        cards=_cards(regime, laws, cards),
        card_mode=np.array(modes, dtype=np.int8).reshape(months, len(cards)),
        card_end=_ends(regime, laws, cards),
    )


def _place(policy: str | None) -> int:
    return POLICIES.index(policy or "free")


def _way_in(law: Law, cards: tuple[Chip, ...]) -> Floats:
    """How far a law lets each card in: wholly, by the approval standard of a review, or not at all."""
    standard = {"case_by_case": [float(law.get("licence.approval", one.sku) or 0.0) for one in cards]}
    found = [classify(one, law).in_practice for one in cards]
    return np.array(
        [
            0.0 if _place(policy) >= DENIED else standard.get(policy, [1.0] * len(cards))[place]
            for place, policy in enumerate(found)
        ]
    )


def _cards(regime: Regime, laws: list[Law], cards: tuple[Chip, ...]) -> Floats:
    """Share of each month in which a card may go: what is barred during a month goes until then."""
    free = np.array([_way_in(law, cards) for law in laws]).reshape(len(laws), len(cards))
    for day in regime.breakpoints():
        t = month_of(day)
        if day.day > 1 and 0 <= t < len(laws):
            shut = (_way_in(regime.at(day), cards) == 0) & (free[t] > 0)
            free[t] = np.where(shut, np.minimum(free[t], (day.day - 1) / days_in(t)), free[t])
    return free


def _ends(regime: Regime, laws: list[Law], cards: tuple[Chip, ...]) -> Flags:
    """Whether an act announced by a month's last day bars, within a year, a card that may go on its first day."""
    found = np.zeros((len(laws), len(cards)), dtype=bool)
    for t, law in enumerate(laws):
        first, last = first_day(t), first_day(t + 1) - timedelta(days=1)
        for act in regime.acts:
            if act.effective is None or act.announced > last or not first < act.effective < first_day(t + AHEAD):
                continue
            seen, now = regime.foreseen(last), _way_in(law, cards)
            shut = _way_in(seen.at(act.effective), cards) == 0
            otherwise = _way_in(seen.without(act.name).at(act.effective), cards) == 0
            found[t] |= (now > 0) & shut & ~otherwise
    return found
