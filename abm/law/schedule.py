"""A regime as arrays: for each month and product what the law allows, and what traders know of the law to come.

A month is governed by the law of its first day; supply of what an act catches later in the month is scaled by the share
of days still free. What is known is what was announced, or leaked with its probability, by the month's last day.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.facts.catalog import Chip, HbmGeneration
from abm.foundation.dates import days_in, first_day, month_of
from abm.law.classify import classify, classify_hbm
from abm.law.levers import IMPORT_MODES, POLICIES
from abm.law.regime import Law, Regime, load_regime

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
    announced      (T, K) where an announced act will bar a product that is open now, the share of the month's days left
                   to it on which that is known: 1 unless the announcement falls into the month
    leaked         (T, K) probability that a leaked act will
    hbm_policy     (T, G) place in POLICIES; hbm_free (T, G) share of days
    hbm_approval   (T,)   approval standard of licences for HBM
    hbm_quota      (T,)   share of world output that may be licensed
    hbm_fear       (T,)   probability that the supply of HBM ends; hbm_announced (T,) the share of days, as for products
    hbm_rush       (T,)   the part of it that lies in the month after the announcement
    listed         (T, V) vendor on the Entity List
    mandate        (T,)   least domestic share of state buyers
    smic, cxmt     (T,)   slow-down by tool controls
    copackaged     (T,)   whether stacks packaged with logic fall under the chip's rule and not under that for HBM
    firms          (T,)   firms put on the Entity List, those of older rounds fading out of mind
    fab_subsidy, hbm_subsidy  (T,) USD/month of public money for advanced wafers and for HBM
    recorded       (T,)   whether the lines to come, as far as known, catch the same chips as on record: then the chips
                          on record are the answer to them
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
    hbm_announced: Floats
    hbm_rush: Floats
    listed: NDArray[np.bool_]
    mandate: Floats
    smic: Floats
    cxmt: Floats
    copackaged: NDArray[np.bool_]
    firms: Floats
    fab_subsidy: Floats
    hbm_subsidy: Floats
    recorded: NDArray[np.bool_]

    def with_product(self, place: int, columns: "dict[str, Any]") -> "Schedule":
        """The schedule with one product's columns put in place; itself unchanged."""
        changed = {}
        for name, column in columns.items():
            whole = getattr(self, name).copy()
            whole[:, place] = column
            changed[name] = whole
        return replace(self, **changed)

    def followed_by(self, later: "Schedule", since: int) -> "Schedule":
        """The schedule up to a month, and from it on another one whose first row is that month."""
        return Schedule(
            **{
                one.name: np.concatenate([getattr(self, one.name)[:since], getattr(later, one.name)])
                for one in fields(self)
            }
        )


@dataclass(frozen=True)
class Goods:
    """What the schedule is made for; hashable, so that it is made once a process.

    spare   products not designed yet, at the end: all barred until `with_product` says more of one
    """

    chips: tuple[Chip, ...]
    memory: tuple[HbmGeneration, ...]
    vendors: tuple[str, ...]
    spare: int = 0


RECORD_ENDS = date(2026, 10, 31)
"""The last day of the record: what vendors made until then is in the catalogue of chips."""
FADING_MONTHS = 6.0
"""Half-life of a round of listings in the minds of suppliers that might be next: assumed."""


@lru_cache(maxsize=128)
def schedule(regime: Regime, goods: Goods, months: int, credence: float, ahead: int = 24, since: int = 0) -> Schedule:
    """The schedule of a regime over so many months.

    credence   probability of a leaked act that states none
    ahead      months that traders look ahead
    since      its first month: what an act changes during a run lies ahead
    """
    laws = [regime.at(first_day(t)) for t in range(since, months)]
    known = [_known(regime, t, credence, ahead) for t in range(since, months)]
    rulings = _Rulings(goods)
    hbm_policy = np.array([rulings.hbm(law) for law in laws], dtype=np.int8)
    hbm_sure, hbm_leaked = _coming(known, rulings.hbm, hbm_policy)
    return Schedule(
        **_products(regime, laws, known, rulings, since),
        review=_series(laws, "licence.review_months"),
        notice=np.array([_zero(law["nac.review_days"]) / 30 for law in laws]),
        quota_all=np.array([_limit(law.get("quota.units_per_month", "*")) for law in laws]),
        hbm_policy=hbm_policy,
        hbm_free=_free(regime, rulings.hbm, hbm_policy, since),
        hbm_approval=np.array([_zero(law.get("licence.approval", "*")) for law in laws]),
        hbm_quota=_series(laws, "hbm.quota_share"),
        hbm_fear=np.maximum(hbm_sure > 0, hbm_leaked).max(axis=1, initial=0.0),
        hbm_announced=hbm_sure.max(axis=1, initial=0.0),
        hbm_rush=_rush(hbm_sure.max(axis=1, initial=0.0)),
        listed=np.array([[bool(law.get("entity.listed", name)) for name in goods.vendors] for law in laws]),
        mandate=np.array([_zero(law.get("cn.domestic_share_min", "state_datacentre")) for law in laws]),
        smic=_series(laws, "tools.smic"),
        cxmt=_series(laws, "tools.cxmt"),
        copackaged=np.array([bool(law["hbm.copackaged_excluded"]) for law in laws]),
        firms=_firms(regime, months)[since:],
        fab_subsidy=_series(laws, "cn.fab_subsidy_usd"),
        hbm_subsidy=_series(laws, "cn.hbm_subsidy_usd"),
        recorded=_recorded([one.expected for one in known], rulings, ahead, since),
    )


@lru_cache(maxsize=512)
def columns(
    regime: Regime, chip: Chip, months: int, credence: float, ahead: int = 24, since: int = 0
) -> dict[str, Any]:
    """What a regime says of one more product: the columns of `Schedule` that run over products, (T - since,) each."""
    laws = [regime.at(first_day(t)) for t in range(since, months)]
    known = [_known(regime, t, credence, ahead) for t in range(since, months)]
    found = _products(regime, laws, known, _Rulings(Goods((chip,), (), ())), since)
    return {name: array[:, 0] for name, array in found.items()}


def _products(
    regime: Regime, laws: list[Law], known: "list[_Known]", rulings: "_Rulings", since: int
) -> dict[str, Any]:
    """The arrays that run over products, (T, K)."""
    skus = [chip.sku for chip in rulings.goods.chips]
    policy = np.array([rulings.policies(law) for law in laws], dtype=np.int8)
    announced, leaked = _coming(known, rulings.policies, policy)
    modes = [[_mode(law.get("cn.import_mode", sku)) for sku in skus] for law in laws]
    found: dict[str, NDArray[Any]] = {
        "policy": policy,
        "free": _free(regime, rulings.policies, policy, since),
        "refused": np.array([rulings.refused(law) for law in laws]),
        "approval": _numbers(laws, "licence.approval", skus),
        "import_mode": np.array(modes, dtype=np.int8),
        "quota": np.array([[_own(law, "quota.units_per_month", sku) for sku in skus] for law in laws]),
        "quota_us": _limits(laws, "quota.share_of_us", skus),
        "quota_buyer": _limits(laws, "quota.units_per_buyer", skus),
        "fee": _numbers(laws, "fee.revenue_share", skus),
        "duty": _numbers(laws, "fee.duty", skus),
        "announced": announced,
        "leaked": leaked,
    }
    blank = {"policy": CODE["deny"], "free": 1.0, "quota": np.inf, "quota_us": np.inf, "quota_buyer": np.inf}
    return {
        name: np.hstack([array, np.full((len(laws), rulings.goods.spare), blank.get(name, 0), array.dtype)])
        for name, array in found.items()
    }


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


def _free(regime: Regime, policies: "Policies", policy: Codes, since: int) -> Floats:
    """Share of days on which what is open on the first day stays open, (T, goods)."""
    free = np.ones(policy.shape)
    for day in regime.breakpoints():
        t = month_of(day) - since
        if day.day == 1 or not 0 <= t < len(policy):
            continue
        shut = _barred(policies(regime.at(day))) & ~_barred(policy[t])
        free[t] = np.where(shut, np.minimum(free[t], (day.day - 1) / days_in(t + since)), free[t])
    return free


type Policies = Callable[[Law], Sequence[int]]


@dataclass(frozen=True)
class _Known:
    """What is known in a month: laws announced, a tuple for each day on which something was, with the share of days on
    which they are known if they are what bars a good; laws leaked, with their probability and the law without the act
    that brings them; the law expected at the end of the months looked ahead."""

    announced: tuple[tuple[tuple[float, Law], ...], ...]
    leaked: tuple[tuple[float, Law, Law], ...]
    expected: Law


def _known(regime: Regime, t: int, credence: float, ahead: int) -> _Known:
    """What is announced, or leaked with a probability, by the last day of a month: the beginning of acts, and the end
    of those that announced one, a truce's among them."""
    first, after, limit = first_day(t), first_day(t + 1), first_day(t + ahead)
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
                chance = credence if act.credence is None else act.credence
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
            told = np.isfinite(share)
            announced[t] = np.maximum(announced[t], np.where(told, share, 0.0)) * told
        for probability, law, otherwise in month.leaked:
            leaked[t] = np.maximum(leaked[t], probability * (_barred(policies(law)) & ~_barred(policies(otherwise))))
    return announced * ~_barred(policy), leaked * ~_barred(policy)


@lru_cache(maxsize=1024)
def foreseen(regime: Regime, t: int, ahead: int) -> Law:
    """The law at the end of the months looked ahead, should nothing more be announced after a month."""
    return regime.foreseen(first_day(t + 1) - timedelta(days=1)).at(first_day(t + ahead))


def on_record(t: int) -> bool:
    """Whether a month lies in the record."""
    return t <= month_of(RECORD_ENDS)


def _recorded(expected: list[Law], rulings: _Rulings, ahead: int, since: int) -> NDArray[np.bool_]:
    """Whether the lines expected in each month catch the same products as those expected then on record."""
    record, policies = load_regime("history"), rulings.policies
    return np.array(
        [
            on_record(t) and policies(law) == policies(foreseen(record, t, ahead))
            for t, law in enumerate(expected, since)
        ]
    )


def _rush(announced: Floats) -> Floats:
    """The part of each month in which an end is known that lies in the month after its announcement, (T,)."""
    rush, spent = np.zeros(len(announced)), 0.0
    for t, share in enumerate(announced):
        spent = 0.0 if share == 0 else spent
        rush[t] = min(share, 1 - spent)
        spent += rush[t]
    return rush


def _firms(regime: Regime, months: int) -> Floats:
    """Firms listed so far, each round halved in so many months, (T,)."""
    total = np.zeros(months)
    for act in regime.acts:
        count = next((float(one.value or 0) for one in act.sets if one.lever == "entity.firms_added"), 0.0)
        if count and act.effective is not None and act.name in regime.spans:
            since = np.arange(months) - month_of(act.effective)
            total += np.where(since > 0, count * 0.5 ** (np.maximum(since, 0) / FADING_MONTHS), 0.0)
    return total


def _barred(policy: Sequence[int] | Codes) -> NDArray[np.bool_]:
    return np.asarray(policy) > OPEN_AT_MOST


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
