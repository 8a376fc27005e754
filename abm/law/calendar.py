"""The law month by month: every array that the market reads, one calendar for each regime and run.

A month is governed by the law of its first day. An array made straight from a lever is declared by that lever's name;
one that the law of a day says by a rule of its own, by that function of `conditions`; the rest come from `outlook`.
"""

# ruff: noqa: RUF009 -- the calls that give fields their defaults only declare how they are made

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from abm.facts.records import Chip
from abm.foundation.dates import first_day
from abm.law import conditions, outlook
from abm.law.acts import Act
from abm.law.law import Law
from abm.law.levers import ANY, LEVERS, Lever
from abm.law.outlook import Codes, Flags, Floats
from abm.law.regime import Regime
from abm.law.subjects import Subjects

type Arrays = Mapping[str, NDArray[np.generic]]

BLANK: Final = {"policy": outlook.CODE["deny"], "free": 1.0}
"""What rulings say of a product that is not designed yet, where that is not zero: it is barred."""

NONE: Final = frozenset[str]()
LINES: Final = frozenset(name for name, one in LEVERS.items() if one.phase == "law")
"""Levers that draw lines for goods."""
FOUNDRY: Final = tuple(name for name in LEVERS if name.startswith("foundry."))
FINES: Final = tuple(name for name in LEVERS if name.startswith("cn.antitrust"))
MATERIALS: Final = tuple(name for name in LEVERS if name.startswith("cn.material"))
"""Levers on foundries abroad, on competition cases in China, and on China's exports of materials."""


def _lever(name: str, over: str = "", at: str = "") -> Any:
    """An array of a lever's values: over its own scopes or another axis, or at one scope alone."""
    return field(metadata={"lever": LEVERS[name], "over": over or LEVERS[name].scope, "at": at})


def _rule(rule: Callable[..., object], *levers: str) -> Any:
    """An array of what a function of a law, its day and the subjects says, which reads some levers."""
    assert set(levers) <= LEVERS.keys()
    return field(metadata={"rule": rule, "reads": frozenset(levers)})


@dataclass(frozen=True, eq=False, kw_only=True)
class Calendar:
    """A regime month by month; arrays are read-only, and what changes the law makes a new calendar.

    T months, K foreign products, P places, V vendors, L labs, G generations of HBM, or gaming cards. A product designed
    in the run stands under what "*" says, and is barred until `with_product` tells what it is.

    designed    products designed in the run, by their place among products
    """

    regime: Regime
    subjects: Subjects
    designed: Mapping[int, Chip] = MappingProxyType({})

    # products (T, K)
    policy: Codes
    free: Floats
    refused: Flags
    announced: Floats
    leaked: Floats
    approval: Floats = _lever("licence.approval")
    grants: Codes = _lever("licence.grants")
    checks: Floats = _rule(conditions.checks, "licence.kyc", "licence.named_customers")
    quota: Floats = _lever("quota.units_per_month")
    quota_us: Floats = _lever("quota.share_of_us")
    quota_buyer: Floats = _lever("quota.units_per_buyer")
    buyers: Floats = _lever("quota.buyers")
    fee: Floats = _lever("fee.revenue_share")
    duty: Floats = _lever("fee.duty")
    import_mode: Codes = _lever("cn.import_mode")
    approved: Floats = _lever("cn.approved_units")
    inspected: Flags = _lever("cn.customs_inspection")

    # licences (T,); approval_other of what is no product, memory and rental
    quota_all: Floats = _lever("quota.units_per_month", at=ANY)
    approval_other: Floats = _lever("licence.approval", at=ANY)
    review: Floats = _lever("licence.review_months")
    notice: Floats = _lever("nac.review_days")
    staff: Floats = _lever("licence.staff")
    military: Flags = _lever("licence.military_allowed")
    remote: Flags = _lever("licence.remote_access_screening")
    lab_test: Flags = _lever("licence.lab_test")
    us_first: Flags = _lever("licence.no_delay_to_us_orders")
    foundry_first: Flags = _lever("licence.no_foundry_diversion")

    # HBM: policy and share of days (T, G), the rest (T,)
    hbm_policy: Codes
    hbm_free: Floats
    hbm_fear: Floats
    hbm_announced: Floats
    hbm_rush: Floats
    hbm_quota: Floats = _lever("hbm.quota_share")
    copackaged: Flags = _lever("hbm.copackaged_excluded")

    # makers: dies (T, 2) for packages with HBM and without, the rest (T,)
    dies: Flags = _rule(conditions.dies, *FOUNDRY)
    dram_free: Flags = _rule(conditions.dram_free, "tools.dram_cell_area_below", "tools.dram_density_above")
    smic: Floats = _lever("tools.smic")
    cxmt: Floats = _lever("tools.cxmt")
    fab_subsidy: Floats = _lever("cn.fab_subsidy_usd")
    hbm_subsidy: Floats = _lever("cn.hbm_subsidy_usd")
    materials: Floats = _rule(conditions.materials, *MATERIALS)

    # firms: vendors (T, V), labs (T, L), the Entity List (T,); lab_listed is NaN where no act has said anything
    listed: Flags = _lever("entity.listed")
    cleared: Flags = _rule(conditions.cleared, "cn.government_list")
    use_risk: Flags = _rule(conditions.use_risk, "ascend.use_risk")
    fine: Floats = _rule(conditions.fine, *FINES)
    lab_listed: Floats = _lever("entity.lab_listed")
    ownership: Floats = _lever("entity.ownership_min")
    firms: Floats

    # demands on buyers and public money (T,)
    mandate: Floats = _lever("cn.domestic_share_min", at="state_datacentre")
    remove: Floats = _lever("cn.remove_foreign_below", at="state_datacentre")
    grid: Floats = _rule(conditions.grid, "cn.domestic_share_min", "cn.domestic_share_by")
    subsidy: Floats = _lever("cn.subsidy_usd")

    # the ways around a licence: buyers authorised in a place (T, P), gaming cards (T, G), the rest (T,)
    authorised: Floats = _lever("enforcement.authorised_buyers")
    cards: Floats
    card_end: Flags
    card_mode: Codes = _lever("cn.import_mode", over="card")
    budget: Floats = _lever("enforcement.budget")
    cases: Floats = _lever("enforcement.prosecutions")
    outside: Flags = _rule(conditions.outside, "scope.outside_policy")
    worldwide: Flags = _lever("diffusion.worldwide")
    headquarters: Flags = _lever("scope.hq")
    closed: Flags = _lever("scope.subsidiaries_closed")
    installed: Flags = _lever("scope.installed_base_may_run")
    cloud: Codes = _lever("cloud.policy")
    weights: Flags = _lever("diffusion.model_weights")
    service: Flags = _lever("diffusion.model_service")

    # whether the lines to come catch the chips that those on record do (T,)
    recorded: Flags

    def __post_init__(self) -> None:
        for array in self.arrays.values():
            array.flags.writeable = False

    @property
    def arrays(self) -> Arrays:
        """Every array by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}

    @classmethod
    def of(cls, regime: Regime, subjects: Subjects) -> "Calendar":
        """The calendar of a regime for all months of a run; made once a process."""
        return _whole(regime, subjects)

    def after(self, *acts: Act, since: int) -> "Calendar":
        """The calendar once a government has added acts: what lies before a month stays, and so does what they do not
        touch; the rest is worked out again.

        What was known of gaming cards begins a month earlier: an act announced on a month's last day is known in it.
        """
        regime, months = self.regime.enacting(*acts), self.subjects.view.months
        if since >= months:
            return replace(self, regime=regime)
        levers = regime.touched_by(*acts)
        joined: dict[str, Any] = {
            name: np.concatenate([self.arrays[name][: months - len(ahead)], ahead])
            for name, ahead in _arrays(regime, self.subjects, since, levers).items()
        }
        made = replace(self, regime=regime, **joined)
        for place, chip in self.designed.items() if levers & LINES else ():
            made = made.with_product(place, chip, since)
        return made

    def with_product(self, place: int, chip: Chip, since: int = 0) -> "Calendar":
        """The calendar with a product's rulings, from a month on, put into its place; itself unchanged."""
        changed: dict[str, Any] = {}
        for name, column in outlook.products(self.regime, (chip,), self.subjects.view, since).items():
            changed[name] = self.arrays[name].copy()
            changed[name][since:, place] = column[:, 0]
        return replace(self, designed={**self.designed, place: chip}, **changed)


@lru_cache(maxsize=128)
def _whole(regime: Regime, subjects: Subjects) -> Calendar:
    return Calendar(regime=regime, subjects=subjects, **_arrays(regime, subjects, 0))


def _arrays(regime: Regime, subjects: Subjects, since: int, levers: Collection[str] = LEVERS.keys()) -> dict[str, Any]:
    """Every array that hangs on some levers, from a month on; what is known of gaming cards, from the one before."""
    view, touched, found = subjects.view, set(levers), dict[str, Any]()
    days = [first_day(t) for t in range(since, view.months)]
    laws = [regime.at(day) for day in days]
    for one in fields(Calendar):
        if touched & one.metadata.get("reads", NONE):
            rule = one.metadata["rule"]
            found[one.name] = np.array([rule(law, day, subjects) for law, day in zip(laws, days, strict=True)])
        elif "lever" in one.metadata and one.metadata["lever"].name in touched:
            found[one.name] = _by_lever(laws, subjects, **one.metadata)
    if touched & LINES:
        found |= _lines(regime, subjects, since)
    if touched & (LINES | {"licence.approval"}):
        found |= outlook.cards(regime, subjects.cards, view.months, max(since - 1, 0))
    if "entity.firms_added" in touched:
        found["firms"] = outlook.firms(regime, view.months)[since:]
    return found


def _lines(regime: Regime, subjects: Subjects, since: int) -> dict[str, Any]:
    """What hangs on lines for goods, from a month on."""
    view, chips = subjects.view, subjects.chips
    spare = len(subjects.skus) - len(chips)
    products = {
        name: np.pad(array, ((0, 0), (0, spare)), constant_values=BLANK.get(name, 0))
        for name, array in outlook.products(regime, chips, view, since).items()
    }
    memory = outlook.memory(regime, subjects.memory, view, since)
    return {**products, **memory, "recorded": outlook.recorded(regime, chips, view, since)}


def _by_lever(laws: list[Law], subjects: Subjects, lever: Lever, over: str, at: str) -> NDArray[np.generic]:
    """A lever's values as numbers, (T,), or (T, scopes) over an axis; worked out once for each law."""
    axis = bool(over) and not at
    scopes = subjects.axis(over) if axis else (at or None,)
    rows: dict[Law, Any] = {}
    for law in laws:
        if law not in rows:
            numbers = [lever.number(law.get(lever.name, scope)) for scope in scopes]
            rows[law] = numbers if axis else numbers[0]
    dtype = np.int8 if lever.choices else np.bool_ if lever.type == "bool" and lever.unset is None else np.float64
    return np.array([rows[law] for law in laws], dtype=dtype)
