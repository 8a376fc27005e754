"""Rulings month by month, and what is known of those to come.

A month is governed by the law of its first day; supply of what an act catches later in the month is scaled by the share
of days still free. What is known is what was announced, or leaked with its probability, by the month's last day.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from abm.facts.records import Chip, HbmGeneration
from abm.foundation.dates import days_in, first_day, month_of
from abm.law.acts import Act
from abm.law.conditions import DENIED
from abm.law.law import Law
from abm.law.levers import POLICIES
from abm.law.regime import Regime, load_regime
from abm.law.rulings import classify, classify_hbm
from abm.law.subjects import View

type Floats = NDArray[np.float64]
type Codes = NDArray[np.int8]
type Flags = NDArray[np.bool_]
type Policies = Callable[[Law], Codes]
"""Places in POLICIES of some goods under a law, (goods,)."""

CODE = {name: place for place, name in enumerate(POLICIES)}
OPEN_AT_MOST = DENIED - 1
"""Policies up to this one leave a way in; presumption of denial and denial do not."""
RECORD_ENDS = date(2026, 10, 31)
"""The last day of the record: what vendors made until then is in the catalogue of chips."""
FADING_MONTHS = 6.0
"""Half-life of a round of listings in the minds of suppliers that might be next: assumed."""
CARDS_AHEAD = 12
"""Months that dealers in gaming cards look ahead."""


def laws(regime: Regime, months: int, since: int) -> list[Law]:
    """The law of the first day of each month from one on."""
    return [regime.at(first_day(t)) for t in range(since, months)]


# --- rulings ---


@lru_cache(maxsize=512)
def products(regime: Regime, chips: tuple[Chip, ...], view: View, since: int = 0) -> dict[str, NDArray[np.generic]]:
    """Of each chip from a month on, (T, K) each.

    policy       place in POLICIES on the first day
    free         share of the month's days on which a product that is open on the first day stays open
    refused      licence duty that is never granted in practice, although the policy is notification
    announced    where an announced act will bar a product that is open now, the share of the month's days left to it
                 on which that is known: 1 unless the announcement falls into the month
    leaked       probability that a leaked act will
    """
    ruled = cache(lambda law: [classify(chip, law.lines) for chip in chips])
    policies = cache(lambda law: np.array([CODE[one.policy] for one in ruled(law)], dtype=np.int8))
    refusals = cache(lambda law: [CODE[one.in_practice] > OPEN_AT_MOST >= CODE[one.policy] for one in ruled(law)])
    in_force = laws(regime, view.months, since)
    policy = np.array([policies(law) for law in in_force])
    announced, leaked = _coming(_known(regime, view, since), policies, policy)
    return {
        "policy": policy,
        "free": _free(regime, policies, policy, since),
        "refused": np.array([refusals(law) for law in in_force]),
        "announced": announced,
        "leaked": leaked,
    }


@lru_cache(maxsize=128)
def memory(
    regime: Regime, generations: tuple[HbmGeneration, ...], view: View, since: int = 0
) -> dict[str, NDArray[np.generic]]:
    """Of stacks of HBM sold by themselves, from a month on.

    hbm_policy      (T, G) place in POLICIES; hbm_free (T, G) share of days, as for products
    hbm_fear        (T,)   probability that the supply of HBM ends; hbm_announced (T,) the share of days
    hbm_rush        (T,)   the part of it that lies in the month after the announcement
    """
    policies = cache(
        lambda law: np.array([CODE[classify_hbm(one, law.lines).in_practice] for one in generations], dtype=np.int8)
    )
    policy = np.array([policies(law) for law in laws(regime, view.months, since)])
    announced, leaked = _coming(_known(regime, view, since), policies, policy)
    known = announced.max(axis=1, initial=0.0)
    return {
        "hbm_policy": policy,
        "hbm_free": _free(regime, policies, policy, since),
        "hbm_fear": np.maximum(announced > 0, leaked).max(axis=1, initial=0.0),
        "hbm_announced": known,
        "hbm_rush": _rush(known),
    }


@lru_cache(maxsize=128)
def cards(regime: Regime, chips: tuple[Chip, ...], months: int, since: int = 0) -> dict[str, NDArray[np.generic]]:
    """Of gaming cards, ruled on like any chip, from a month on.

    cards       (T, G) share of the month in which a card may go to China; what is barred in a month goes until then
    card_end    (T, G) an act announced by the month's last day bars, within a year, a card that may go on its first
    """
    ways = cache(lambda law: _way_in(law, chips))
    way = np.array([ways(law) for law in laws(regime, months, since)]).reshape(-1, len(chips))
    free, end = way.copy(), np.zeros(way.shape, dtype=bool)
    for t, day in _within(regime, months, since):
        shut = (ways(regime.at(day)) == 0) & (free[t] > 0)
        free[t] = np.where(shut, np.minimum(free[t], (day.day - 1) / days_in(t + since)), free[t])
    for act, t in _coming_within(regime, CARDS_AHEAD, months, since):
        assert act.effective is not None
        seen = regime.foreseen(first_day(t + since + 1) - timedelta(days=1))
        shut = ways(seen.at(act.effective)) == 0
        otherwise = ways(seen.without(act.name).at(act.effective)) == 0
        end[t] |= (way[t] > 0) & shut & ~otherwise
    return {"cards": free, "card_end": end}


def _coming_within(regime: Regime, ahead: int, months: int, since: int) -> Iterator[tuple[Act, int]]:
    """Acts announced by a month's last day that bind later, within some months of its first, with the month's row."""
    for act in regime.acts:
        assert act.effective is not None
        binds = month_of(act.effective)
        last = binds if act.effective.day > 1 else binds - 1
        first = max(since, month_of(act.announced), binds - ahead + 1)
        yield from ((act, t - since) for t in range(first, min(last + 1, months)))


def _way_in(law: Law, chips: tuple[Chip, ...]) -> Floats:
    """How far a law lets each card in: wholly, by the approval standard of a review, or not at all."""
    found = np.ones(len(chips))
    for place, chip in enumerate(chips):
        policy = classify(chip, law.lines).in_practice
        if policy == "case_by_case":
            found[place] = law.get("licence.approval", chip.sku) or 0.0
        elif CODE[policy] >= DENIED:
            found[place] = 0.0
    return found


def _within(regime: Regime, months: int, since: int) -> Iterator[tuple[int, date]]:
    """Days inside months, past the first, on which the law changes, with the row of the month."""
    days = ((month_of(day) - since, day) for day in regime.breakpoints() if day.day > 1)
    return ((t, day) for t, day in days if 0 <= t < months - since)


def _free(regime: Regime, policies: Policies, policy: Codes, since: int) -> Floats:
    """Share of days on which what is open on the first day stays open, (T, goods)."""
    free = np.ones(policy.shape)
    for t, day in _within(regime, len(policy) + since, since):
        shut = _barred(policies(regime.at(day))) & ~_barred(policy[t])
        free[t] = np.where(shut, np.minimum(free[t], (day.day - 1) / days_in(t + since)), free[t])
    return free


def _barred(policy: Codes) -> Flags:
    return policy > OPEN_AT_MOST


# --- what is known ---


@dataclass(frozen=True)
class _Known:
    """What is known in a month: laws announced, a tuple for each day on which something was, with the share of days on
    which they are known if they are what bars a good; laws leaked, with their probability and the law without the act
    that brings them; the law expected at the end of the months looked ahead."""

    announced: tuple[tuple[tuple[float, Law], ...], ...]
    leaked: tuple[tuple[float, Law, Law], ...]
    expected: Law


def _known(regime: Regime, view: View, since: int) -> list[_Known]:
    """What is known in each month from one on."""
    by_month = _by_month(regime, view)
    for t in range(since, view.months):
        if t not in by_month:
            by_month[t] = _known_in(regime, t, view)
    return [by_month[t] for t in range(since, view.months)]


@lru_cache(maxsize=16)
def _by_month(regime: Regime, view: View) -> dict[int, _Known]:
    """What is known in the months for which that was asked so far."""
    return {}


def _known_in(regime: Regime, t: int, view: View) -> _Known:
    """What is announced, or leaked with a probability, by the last day of a month: the beginning of acts, and the end
    of those that announced one, a truce's among them."""
    first, after, limit = first_day(t), first_day(t + 1), first_day(t + view.ahead)
    last = after - timedelta(days=1)
    days = {first, last, *(act.announced for act in regime.acts if first < act.announced <= last)}
    announced = [
        tuple(
            (_share(first, day, min(start, after)), law) for start, law in _changes(regime.foreseen(day), first, limit)
        )
        for day in sorted(days)
    ]
    leaked = []
    for act in regime.acts:
        if act.leaked is not None and act.leaked <= last < act.announced:
            assert act.effective is not None
            if act.effective <= limit:
                rumoured = regime.foreseen(last, leaks=True)
                chance = view.credence if act.credence is None else act.credence
                without = rumoured.without(act.name).at(act.effective)
                leaked.append((chance, rumoured.at(act.effective), without))
    return _Known(tuple(announced), tuple(leaked), regime.foreseen(last).at(limit))


def _changes(seen: Regime, first: date, limit: date) -> Iterator[tuple[date, Law]]:
    """Days after the first on which the law will change, and what it will be."""
    return ((day, seen.at(day)) for day in seen.breakpoints() if first < day <= limit)


def _share(first: date, known: date, end: date) -> float:
    """Share of the days from the first to an end on which something was known."""
    return max((end - known).days, 0) / (end - first).days


def _coming(known: list[_Known], policies: Policies, policy: Codes) -> tuple[Floats, Floats]:
    """Of goods open now: share of days on which their announced end is known, and the probability of a leaked one."""
    announced, leaked = np.zeros(policy.shape), np.zeros(policy.shape)
    for t, month in enumerate(known):
        for day in month.announced:
            share = np.full(policy.shape[1], np.inf)
            for one, law in day:
                share = np.where(_barred(policies(law)), np.minimum(share, one), share)
            ends = np.isfinite(share)
            announced[t] = np.maximum(announced[t], np.where(ends, share, 0.0)) * ends
        for probability, law, otherwise in month.leaked:
            leaked[t] = np.maximum(leaked[t], probability * (_barred(policies(law)) & ~_barred(policies(otherwise))))
    return announced * ~_barred(policy), leaked * ~_barred(policy)


def _rush(announced: Floats) -> Floats:
    """The part of each month in which an end is known that lies in the month after its announcement, (T,)."""
    rush, spent = np.zeros(len(announced)), 0.0
    for t, share in enumerate(announced):
        spent = 0.0 if share == 0 else spent
        rush[t] = min(share, 1 - spent)
        spent += rush[t]
    return rush


# --- the record ---


@lru_cache(maxsize=1024)
def foreseen(regime: Regime, t: int, ahead: int) -> Law:
    """The law at the end of the months looked ahead, should nothing more be announced after a month."""
    return regime.foreseen(first_day(t + 1) - timedelta(days=1)).at(first_day(t + ahead))


def on_record(t: int) -> bool:
    """Whether a month lies in the record."""
    return t <= month_of(RECORD_ENDS)


@lru_cache(maxsize=128)
def recorded(regime: Regime, chips: tuple[Chip, ...], view: View, since: int = 0) -> Flags:
    """Whether the lines to come, as far as known in each month, catch the same chips as those expected then on record:
    then the chips on record are the answer to them, (T,)."""
    record, policies = load_regime("history"), cache(lambda law: [classify(chip, law.lines).policy for chip in chips])
    return np.array(
        [
            on_record(t) and policies(known.expected) == policies(foreseen(record, t, view.ahead))
            for t, known in enumerate(_known(regime, view, since), since)
        ]
    )


def firms(regime: Regime, months: int) -> Floats:
    """Firms put on the Entity List so far, each round halved in so many months, (T,)."""
    total = np.zeros(months)
    for act in regime.acts:
        count = next((float(one.value or 0) for one in act.sets if one.lever == "entity.firms_added"), 0.0)
        if count and act.effective is not None and act.name in regime.spans:
            since = np.arange(months) - month_of(act.effective)
            total += np.where(since > 0, count * 0.5 ** (np.maximum(since, 0) / FADING_MONTHS), 0.0)
    return total
