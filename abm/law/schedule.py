"""A regime as arrays: for each month and product what the law allows, and what traders know of the law to come.

A month is governed by the law of its first day; supply of what an act catches later in the month is scaled by the share
of days still free. What is known is what was announced, or leaked with its probability, by the month's last day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from abm.dates import days_in, first_day, month_of
from abm.facts.catalog import Chip, HbmGeneration
from abm.law.classify import classify, classify_hbm
from abm.law.levers import IMPORT_MODES, POLICIES
from abm.law.regime import Law, Regime

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]

CODE = {name: place for place, name in enumerate(POLICIES)}
OPEN_AT_MOST = CODE["case_by_case"]
"""Policies up to this one leave a way in; presumption of denial and denial do not."""


@dataclass(frozen=True)
class Schedule:
    """A regime month by month. T months, K products, G generations of HBM, V vendors.

    policy         (T, K) place in POLICIES on the first day
    free           (T, K) share of the month's days on which a product that is open on the first day stays open
    refused        (T, K) licence duty that is never granted in practice, although the policy is notification
    approval       (T, K) approval standard of case-by-case review
    review         (T,)   months of review of a licence; notice (T,) of a notification
    import_mode    (T, K) place in IMPORT_MODES
    quota          (T, K) units/month; quota_all (T,) for all licensed products together
    quota_us       (T, K) share of US shipments
    quota_buyer    (T, K) units for one buyer in all
    fee, duty      (T, K) share of the price that goes to the US government
    announced      (T, K) 1 where an announced act will bar a product that is open now
    leaked         (T, K) probability that a leaked act will
    hbm_policy     (T, G) place in POLICIES; hbm_free (T, G) share of days
    hbm_approval   (T,)   approval standard of licences for HBM
    hbm_quota      (T,)   share of world output that may be licensed
    hbm_fear       (T,)   probability that the supply of HBM ends; hbm_announced (T,) whether by an announced act
    listed         (T, V) vendor on the Entity List
    mandate        (T,)   least domestic share of state buyers
    smic, cxmt     (T,)   slow-down by tool controls; diligence (T,) whether foundries abroad must ask
    """

    policy: Codes
    free: Floats
    refused: NDArray[np.bool_]
    approval: Floats
    review: Floats
    notice: Floats
    import_mode: Codes
    quota: Floats
    quota_all: Floats
    quota_us: Floats
    quota_buyer: Floats
    fee: Floats
    duty: Floats
    announced: Floats
    leaked: Floats
    hbm_policy: Codes
    hbm_free: Floats
    hbm_approval: Floats
    hbm_quota: Floats
    hbm_fear: Floats
    hbm_announced: NDArray[np.bool_]
    listed: NDArray[np.bool_]
    mandate: Floats
    smic: Floats
    cxmt: Floats
    diligence: NDArray[np.bool_]


@dataclass(frozen=True)
class Goods:
    """What the schedule is made for; hashable, so that it is made once a process."""

    chips: tuple[Chip, ...]
    memory: tuple[HbmGeneration, ...]
    vendors: tuple[str, ...]


@lru_cache(maxsize=128)
def schedule(regime: Regime, goods: Goods, months: int, credence: float) -> Schedule:
    """The schedule of a regime over so many months.

    credence   probability of a leaked act that states none
    """
    laws = [regime.at(first_day(t)) for t in range(months)]
    rulings = _Rulings(goods)
    policy = np.array([rulings.policies(law) for law in laws], dtype=np.int8)
    hbm_policy = np.array([rulings.hbm(law) for law in laws], dtype=np.int8)
    free, hbm_free = _free(regime, rulings, policy, hbm_policy)
    announced, leaked, hbm_fear, hbm_announced = _coming(regime, rulings, policy, hbm_policy, credence)
    skus = [chip.sku for chip in goods.chips]
    modes = [[_mode(law.get("cn.import_mode", sku)) for sku in skus] for law in laws]
    return Schedule(
        policy=policy,
        free=free,
        refused=np.array([rulings.refused(law) for law in laws]),
        approval=_numbers(laws, "licence.approval", skus),
        review=_series(laws, "licence.review_months"),
        notice=np.array([_zero(law["nac.review_days"]) / 30 for law in laws]),
        import_mode=np.array(modes, dtype=np.int8),
        quota=np.array([[_own(law, "quota.units_per_month", sku) for sku in skus] for law in laws]),
        quota_all=np.array([_limit(law.get("quota.units_per_month", "*")) for law in laws]),
        quota_us=_limits(laws, "quota.share_of_us", skus),
        quota_buyer=_limits(laws, "quota.units_per_buyer", skus),
        fee=_numbers(laws, "fee.revenue_share", skus),
        duty=_numbers(laws, "fee.duty", skus),
        announced=announced,
        leaked=leaked,
        hbm_policy=hbm_policy,
        hbm_free=hbm_free,
        hbm_approval=np.array([_zero(law.get("licence.approval", "*")) for law in laws]),
        hbm_quota=_series(laws, "hbm.quota_share"),
        hbm_fear=hbm_fear,
        hbm_announced=hbm_announced,
        listed=np.array([[bool(law.get("entity.listed", name)) for name in goods.vendors] for law in laws]),
        mandate=np.array([_zero(law.get("cn.domestic_share_min", "state_datacentre")) for law in laws]),
        smic=_series(laws, "tools.smic"),
        cxmt=_series(laws, "tools.cxmt"),
        diligence=np.array([bool(law["foundry.diligence"]) for law in laws]),
    )


class _Rulings:
    """Classifications under each law, worked out once."""

    def __init__(self, goods: Goods) -> None:
        self.goods = goods
        self._chips: dict[Law, tuple[list[int], list[bool]]] = {}
        self._memory: dict[Law, list[int]] = {}

    def _both(self, law: Law) -> tuple[list[int], list[bool]]:
        if law not in self._chips:
            made = [classify(chip, law) for chip in self.goods.chips]
            refused = [CODE[one.in_practice] > OPEN_AT_MOST >= CODE[one.policy] for one in made]
            self._chips[law] = [CODE[one.policy] for one in made], refused
        return self._chips[law]

    def policies(self, law: Law) -> list[int]:
        return self._both(law)[0]

    def refused(self, law: Law) -> list[bool]:
        return self._both(law)[1]

    def hbm(self, law: Law) -> list[int]:
        if law not in self._memory:
            self._memory[law] = [CODE[classify_hbm(one, law).in_practice] for one in self.goods.memory]
        return self._memory[law]


def _free(regime: Regime, rulings: _Rulings, policy: Codes, hbm_policy: Codes) -> tuple[Floats, Floats]:
    """Share of days on which what is open on the first day stays open, for products and for HBM."""
    free, hbm_free = np.ones(policy.shape), np.ones(hbm_policy.shape)
    for day in regime.breakpoints():
        t = month_of(day)
        if day.day == 1 or not 0 <= t < len(policy):
            continue
        law, share = regime.at(day), (day.day - 1) / days_in(t)
        for closed, start, left in (
            (rulings.policies(law), policy, free),
            (rulings.hbm(law), hbm_policy, hbm_free),
        ):
            shut = (np.array(closed) > OPEN_AT_MOST) & (start[t] <= OPEN_AT_MOST)
            left[t] = np.where(shut, np.minimum(left[t], share), left[t])
    return free, hbm_free


def _coming(
    regime: Regime, rulings: _Rulings, policy: Codes, hbm_policy: Codes, credence: float
) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """What is known of the end of products and of HBM that are open now."""
    months = len(policy)
    announced, leaked = np.zeros(policy.shape), np.zeros(policy.shape)
    fear, sure = np.zeros(months), np.zeros(months, dtype=bool)
    for t in range(months):
        for start, probability, expected, without in _known(regime, t, credence):
            law, otherwise = expected.at(start), without.at(start)
            shut = _barred(rulings.policies(law)) & ~_barred(rulings.policies(otherwise)) & ~_barred(policy[t])
            into = announced if probability >= 1 else leaked
            into[t] = np.maximum(into[t], shut * probability)
            if (_barred(rulings.hbm(law)) & ~_barred(rulings.hbm(otherwise)) & ~_barred(hbm_policy[t])).any():
                fear[t] = max(fear[t], probability)
                sure[t] |= probability >= 1
    return announced, leaked, fear, sure


def _barred(policy: Sequence[int] | Codes) -> NDArray[np.bool_]:
    return np.asarray(policy) > OPEN_AT_MOST


def _known(regime: Regime, t: int, credence: float) -> Iterator[tuple[date, float, Regime, Regime]]:
    """Acts that take effect after the first of a month and are known by its last: effective day, probability, and the
    regime foreseen with and without the act."""
    first, last = first_day(t), first_day(t + 1) - timedelta(days=1)
    for act in regime.acts:
        if act.effective is None or act.effective <= first:
            continue
        if act.announced <= last:
            seen = regime.foreseen(last)
            yield act.effective, 1.0, seen, seen.without(act.name)
        elif act.leaked is not None and act.leaked <= last:
            seen = regime.foreseen(last, leaks=True)
            yield act.effective, credence if act.credence is None else act.credence, seen, seen.without(act.name)


def _zero(value: object) -> float:
    return 0.0 if value is None else float(value)  # type: ignore[arg-type]


def _limit(value: object) -> float:
    return np.inf if value is None else float(value)  # type: ignore[arg-type]


def _numbers(laws: list[Law], lever: str, skus: list[str]) -> Floats:
    return np.array([[_zero(law.get(lever, sku)) for sku in skus] for law in laws])


def _mode(value: object) -> int:
    return IMPORT_MODES.index(str(value or "open"))


def _own(law: Law, lever: str, sku: str) -> float:
    """A product's own limit, not the one for all together."""
    return _limit(law[lever].get(sku))


def _limits(laws: list[Law], lever: str, skus: list[str]) -> Floats:
    return np.array([[_limit(law.get(lever, sku)) for sku in skus] for law in laws])


def _series(laws: list[Law], lever: str) -> Floats:
    return np.array([_zero(law[lever]) for law in laws])
