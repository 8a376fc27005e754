"""Every lever the law can set: name, scope, type, unit, bounds, default, and the phase of the month that reads it.

A lever with a scope holds one value for each SKU, vendor, buyer class, place or material; the scope "*" stands for all of
them. None means that no act has set it. A lever that is not active may be carried by the acts of a regime, where it keeps the
record whole and enters the time axis, but cannot be set or swept until its phase reads it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from abm.errors import InputError, nearest
from abm.facts import catalog

type Value = float | int | bool | str | None
type Scope = Literal["sku", "vendor", "buyer", "place", "material"]

POLICIES = ("free", "exempt", "notify", "case_by_case", "presume_deny", "deny")
LINE = ("off", *POLICIES)
IMPORT_MODES = ("open", "discourage", "case_by_case", "forbid_orders", "block")
BUYERS = ("state_datacentre", "national_grid")
PLACES = ("CN", "HK", "SG", "MY", "JP", "TW", "KR", "TH", "VN", "IN", "AE", "SA")
MATERIALS = ("gallium", "germanium", "antimony", "rare_earths", "lithium", "superhard")
ANY = "*"


@dataclass(frozen=True)
class Lever:
    """One thing the law can set."""

    name: str
    by: Literal["US", "CN", "both"]
    type: Literal["float", "int", "bool", "choice", "text"]
    unit: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    scope: Scope | None
    default: Value
    phase: str
    active: bool
    each: bool  # "*" stands for each scope, and not for all of them together
    help: str

    def fault(self, value: object) -> str | None:
        """What is wrong with a value, or None."""
        if self.type == "choice":
            return None if value in self.choices else f"{value!r} is not one of its choices{nearest(str(value), self.choices)}"
        if self.type in ("bool", "text"):
            kind = bool if self.type == "bool" else str
            return None if isinstance(value, kind) else f"{value!r} is not {'true or false' if kind is bool else 'text'}"
        if isinstance(value, bool) or not isinstance(value, int | float) or (self.type == "int" and not isinstance(value, int)):
            return f"{value!r} is not {'a whole number' if self.type == 'int' else 'a number'}"
        if not -1e300 <= value <= 1e300:
            return f"{value!r} is not finite"
        low, high = -math.inf if self.low is None else self.low, math.inf if self.high is None else self.high
        return None if low <= value <= high else f"{value!r} is outside {low:g} to {high:g} {self.unit}"

    def read(self, text: str) -> Value:
        """A value of this lever from text, as on the command line; InputError when it is none."""
        value: object = text
        if self.type == "bool":
            value = {"true": True, "false": False}.get(text.lower(), text)
        elif self.type in ("float", "int"):
            try:
                value = int(text) if self.type == "int" else float(text)
            except ValueError:
                pass
        if wrong := self.fault(value):
            raise InputError(f"law.{self.name}: {wrong}")
        return value  # type: ignore[return-value]


@lru_cache
def scope_names(scope: Scope) -> frozenset[str]:
    """What a scoped lever can be set for."""
    if scope == "sku":
        return frozenset(catalog.chips())
    if scope == "vendor":
        return frozenset(catalog.vendors()) | {chip.vendor for chip in catalog.chips().values()}
    return frozenset({"buyer": BUYERS, "place": PLACES, "material": MATERIALS}[scope])


def _number(name: str, by: str, phase: str, unit: str, help: str, high: float | None = None, **more: object) -> Lever:
    return _lever(name, by, phase, "float", help, unit=unit, low=0.0, high=high, **more)


def _flag(name: str, by: str, phase: str, help: str, **more: object) -> Lever:
    return _lever(name, by, phase, "bool", help, **more)


def _choice(name: str, by: str, phase: str, choices: tuple[str, ...], help: str, **more: object) -> Lever:
    return _lever(name, by, phase, "choice", help, choices=choices, **more)


def _lever(name: str, by: str, phase: str, type: str, help: str, **more: object) -> Lever:
    """A lever with what is not said left empty."""
    plain: dict[str, object] = dict(unit="", low=None, high=None, choices=(), scope=None, default=None, active=False, each=True)
    return Lever(name=name, by=by, phase=phase, type=type, help=help, **(plain | more))  # type: ignore[arg-type]


_ON: dict[str, object] = {"active": True}
_SKU: dict[str, object] = {"active": True, "scope": "sku"}

_CHIP_LINES = (
    _number("oct2022.tpp_min", "US", "law", "TPP", "line of October 2022: TPP from here on, and the link test too", **_ON),
    _number("oct2022.link_min", "US", "law", "GB/s", "line of October 2022: link bandwidth from here on", **_ON),
    _choice("oct2022.policy", "US", "law", LINE, "what the line of October 2022 does", **_ON),
    _number("band_a.tpp_min", "US", "law", "TPP", "3A090.a: TPP from here on", **_ON),
    _number("band_a.dense_tpp_min", "US", "law", "TPP", "3A090.a, dense chips: TPP from here on, and the density test too", **_ON),
    _number("band_a.density_min", "US", "law", "TPP/mm2", "3A090.a, dense chips: performance density from here on", **_ON),
    _choice("band_a.policy", "US", "law", LINE, "what 3A090.a does", **_ON),
    _number("band_b.tpp_min", "US", "law", "TPP", "3A090.b: TPP from here on", **_ON),
    _number("band_b.tpp_below", "US", "law", "TPP", "3A090.b: TPP below this", **_ON),
    _number("band_b.density_min", "US", "law", "TPP/mm2", "3A090.b: performance density from here on", **_ON),
    _number("band_b.dense_tpp_min", "US", "law", "TPP", "3A090.b, dense chips: TPP from here on", **_ON),
    _number("band_b.dense_density_min", "US", "law", "TPP/mm2", "3A090.b, dense chips: performance density from here on", **_ON),
    _number("band_b.density_below", "US", "law", "TPP/mm2", "3A090.b: performance density below this", **_ON),
    _choice("band_b.policy", "US", "law", LINE, "what 3A090.b does where no exception applies", **_ON),
    _number("consumer.tpp_below", "US", "law", "TPP", "chips not made for data centres leave the bands below this", **_ON),
    _choice("consumer.policy", "US", "law", LINE, "what the consumer carve-out gives; off: there is none", **_ON),
    _choice("nac.policy", "US", "law", LINE, "licence exception NAC: what notice gives; off: there is none", **_ON),
    _flag("nac.gaming_cleared", "US", "law", "notice under NAC is cleared for gaming cards in 3A090.a; false: refused in practice", default=False, **_ON),
    _number("nac.review_days", "US", "apply", "day", "days of review after notice under NAC", **_ON),
    _choice("corrections.policy", "US", "law", LINE, "review of licences for controlled chips other than data-centre chips in 3A090.a", **_ON),
    _number("letter.bandwidth_min", "US", "law", "GB/s", "letters of April 2025: memory bandwidth from here on", **_ON),
    _number("letter.link_min", "US", "law", "GB/s", "letters of April 2025: link bandwidth from here on", **_ON),
    _number("letter.sum_min", "US", "law", "GB/s", "letters of April 2025: memory plus link bandwidth from here on", **_ON),
    _flag("letter.addressed", "US", "law", "who got the letter; it binds no other vendor", active=True, scope="vendor", default=False),
    _choice("letter.policy", "US", "law", LINE, "what the letters do", **_ON),
    _number("case_band.tpp_below", "US", "law", "TPP", "band of January 2026: TPP below this", **_ON),
    _number("case_band.bandwidth_below", "US", "law", "GB/s", "band of January 2026: memory bandwidth below this", **_ON),
    _flag("case_band.sold_in_us", "US", "law", "band of January 2026: only chips commercially available in the United States", default=True, **_ON),
    _choice("case_band.policy", "US", "law", LINE, "how licences are reviewed in the band of January 2026, for chips that 3A090.a or the letters catch", **_ON),
)  # fmt: skip

_LICENCES = (
    _choice("licence.policy", "US", "law", POLICIES, "review of licences for a product by name, in place of what the lines say; it frees none and catches none", **_SKU),
    _choice("named.policy", "US", "law", LINE, "a licence duty for a product by name, whatever its numbers", **_SKU),
    _number("licence.approval", "US", "apply", "1", "probability that a complete civil application under case-by-case review is granted", high=1.0, default=0.8, **_SKU),
    _number("licence.review_months", "US", "apply", "month", "time from application to decision under case-by-case review", high=36.0, default=1.5, **_ON),
    _number("quota.share_of_us", "US", "apply", "1", "licensed shipments of a product at most this share of its shipments for US use; a large number lifts it", **_SKU),
    _number("quota.units_per_month", "US", "apply", "unit/month", "licensed shipments of a product a month, and under \"*\" of all products together; a large number lifts it", each=False, **_SKU),
    _number("quota.units_per_buyer", "US", "apply", "unit", "licensed shipments of a product to one buyer, in all; a large number lifts it", **_SKU),
    _lever("quota.buyers", "US", "apply", "int", "number of buyers cleared for a product", unit="firm", low=0, scope="sku"),
    _number("fee.revenue_share", "US", "trade", "1", "share of the revenue of licensed sales that goes to the government", high=1.0, default=0.0, **_SKU),
    _number("fee.duty", "US", "trade", "1", "duty on licensed chips that pass through the country, ad valorem", high=4.0, default=0.0, **_SKU),
    _choice("licence.grants", "US", "apply", ("none", "small", "regular"), "how licences issued in practice, as reported", scope="sku"),
    _flag("licence.named_customers", "US", "apply", "licences name their customers", scope="sku"),
    _flag("licence.kyc", "US", "apply", "licences need customer checks"),
    _flag("licence.remote_access_screening", "US", "apply", "licences need screening of remote users"),
    _flag("licence.military_allowed", "US", "apply", "military end use may be licensed"),
    _flag("licence.lab_test", "US", "apply", "licences need a test in an independent US laboratory"),
    _flag("licence.no_delay_to_us_orders", "US", "apply", "licensed sales may not delay US orders"),
    _flag("licence.no_foundry_diversion", "US", "apply", "licensed sales may not divert foundry capacity from US use"),
)  # fmt: skip

_MEMORY_AND_MAKING = (
    _number("hbm.density_above", "US", "law", "GB/s/mm2", "3A090.c: HBM above this bandwidth density", **_ON),
    _choice("hbm.policy", "US", "law", LINE, "what 3A090.c does", **_ON),
    _number("hbm.exception_density_below", "US", "law", "GB/s/mm2", "licence exception HBM: density below this", **_ON),
    _choice("hbm.exception_policy", "US", "law", LINE, "what licence exception HBM gives", **_ON),
    _number("hbm.quota_share", "US", "make_hbm", "1", "share of world HBM output that may be licensed to China under case-by-case review", high=1.0, default=1.0, **_ON),
    _flag("hbm.copackaged_excluded", "US", "make_hbm", "HBM already packaged with logic falls under the chip's rule, not this one"),
    _flag("hbm.exception_ai_use", "US", "law", "the exception reaches stacks for AI chips", default=False, **_ON),
    _flag("foundry.diligence", "US", "make_chips", "foundries presume advanced logic to be a controlled chip: no more TSMC dies for Chinese designers", default=False, **_ON),
    _number("foundry.node_nm_max", "US", "make_chips", "nm", "the presumption: nodes up to this"),
    _number("foundry.transistors_bn_below", "US", "make_chips", "billion", "the presumption is rebutted below this count"),
    _number("foundry.no_hbm_transistors_bn_2027", "US", "make_chips", "billion", "without HBM, from 2027, rebutted below this count"),
    _number("foundry.no_hbm_transistors_bn_2029", "US", "make_chips", "billion", "without HBM, from 2029, rebutted below this count"),
    _number("tools.smic", "US", "make_chips", "1", "slow-down of SMIC's advanced capacity against its sourced path", high=1.0, default=0.0, **_ON),
    _number("tools.cxmt", "US", "make_hbm", "1", "slow-down of CXMT's HBM output against its sourced path", high=1.0, default=0.0, **_ON),
    _number("tools.dram_cell_area_below", "US", "make_hbm", "um2", "tool controls reach DRAM with cells smaller than this"),
    _number("tools.dram_density_above", "US", "make_hbm", "Gb/mm2", "tool controls reach DRAM denser than this"),
)  # fmt: skip

_USERS_AND_PLACES = (
    _flag("entity.listed", "US", "apply", "a firm is on the Entity List by an act of the regime; where none says, the firm's fact row does", active=True, scope="vendor"),
    _lever("entity.firms_added", "US", "apply", "int", "firms listed by the last round", unit="firm", low=0),
    _number("entity.ownership_min", "US", "apply", "1", "firms owned by listed parties from this share on are treated as listed", high=1.0),
    _flag("scope.hq", "US", "rent", "the licence duty follows the headquarters of the buyer", default=False, **_ON),
    _flag("scope.subsidiaries_closed", "US", "rent", "deliveries to Chinese firms' subsidiaries abroad are closed in practice"),
    _choice("scope.outside_policy", "US", "rent", POLICIES, "re-exports, transfers in country and Chinese-headquartered buyers abroad"),
    _flag("scope.installed_base_may_run", "US", "rent", "centres already installed may run on"),
    _flag("diffusion.worldwide", "US", "rent", "a licence duty for top-band chips towards the whole world"),
    _flag("diffusion.model_weights", "US", "rent", "model weights are controlled"),
    _choice("cloud.policy", "US", "rent", POLICIES, "remote rental of controlled chips by Chinese firms", default="free"),
    _flag("ascend.use_risk", "US", "budget", "using the chip anywhere risks a breach of US rules", scope="sku"),
    _lever("enforcement.prosecutions", "US", "divert", "int", "large smuggling prosecutions made public so far", unit="case", low=0),
    _number("enforcement.authorised_buyers", "US", "divert", "1", "authorised buyers in a place, against before", high=1.0, scope="place", default=1.0),
)  # fmt: skip

_CHINA = (
    _choice("cn.import_mode", "CN", "trade", IMPORT_MODES, "how China treats imports of a product", default="open", **_SKU),
    _number("cn.approved_units", "CN", "trade", "unit", "imports approved so far", scope="sku"),
    _flag("cn.customs_inspection", "CN", "divert", "customs inspects shipments of a product", scope="sku", default=False),
    _number("cn.domestic_share_min", "CN", "trade", "1", "share of domestic chips in a buyer class's new accelerators, at least", high=1.0, active=True, scope="buyer", default=0.0),
    _number("cn.domestic_share_by", "CN", "trade", "year", "year by which the share is to be reached", scope="buyer"),
    _number("cn.remove_foreign_below", "CN", "deliver", "1", "projects below this completion must remove foreign chips", high=1.0, scope="buyer"),
    _flag("cn.government_list", "CN", "trade", "a vendor's chips are cleared for government buyers", scope="vendor"),
    _number("cn.subsidy_usd", "CN", "budget", "USD", "public spending on computing"),
    _choice("cn.antitrust", "CN", "close", ("none", "opened", "preliminary", "fined"), "stage of a competition case; enters payoffs only", scope="vendor", default="none"),
    _number("cn.antitrust_fine_low", "CN", "close", "1", "lowest fine, share of a year's revenue; enters payoffs only", high=1.0, scope="vendor"),
    _number("cn.antitrust_fine_high", "CN", "close", "1", "highest fine, share of a year's revenue; enters payoffs only", high=1.0, scope="vendor"),
    _choice("cn.material", "CN", "regulate", ("open", "licence", "ban"), "exports of a material to the United States; enters payoffs only", scope="material", default="open"),
    _number("cn.material_supply_share", "CN", "regulate", "1", "China's share of world supply; enters payoffs only", high=1.0, scope="material"),
    _flag("cn.material_extraterritorial", "CN", "regulate", "licences also for goods made abroad; enters payoffs only"),
    _number("tariff.fentanyl", "US", "regulate", "1", "fentanyl tariff on Chinese goods; enters payoffs only", high=2.0, default=0.2),
    _number("tariff.swap_usd", "both", "regulate", "USD", "value of goods whose tariffs each side cuts; enters payoffs only"),
)  # fmt: skip

LEVERS: Mapping[str, Lever] = {one.name: one for group in (_CHIP_LINES, _LICENCES, _MEMORY_AND_MAKING, _USERS_AND_PLACES, _CHINA) for one in group}


def rows() -> list[dict[str, object]]:
    """A row for each lever, for tables."""
    shown = ("name", "by", "type", "unit", "low", "high", "scope", "default", "phase", "active", "help")
    return [{key: getattr(one, key) for key in shown} | {"choices": " ".join(one.choices)} for one in LEVERS.values()]


def lever(name: str) -> Lever:
    """The lever of a name, or InputError with the nearest one."""
    if name not in LEVERS:
        raise InputError(f"no lever named {name!r}{nearest(name, LEVERS)}")
    return LEVERS[name]


def faults(name: str, scope: str | None, value: object, active_only: bool = False) -> list[str]:
    """What is wrong with setting a lever for a scope to a value; each names the lever and the nearest right name.

    active_only    refuse also a lever that no phase reads yet
    """
    if name not in LEVERS:
        return [f"no lever named {name!r}{nearest(name, LEVERS)}"]
    one, found = LEVERS[name], []
    label = name if scope is None else f"{name}[{scope}]"
    if one.scope is None and scope is not None:
        found.append(f"{label}: the lever has no scope")
    elif one.scope is not None and scope is None:
        found.append(f"{label}: the lever is set for each {one.scope}, or for {ANY!r}")
    elif one.scope is not None and scope != ANY and scope not in scope_names(one.scope):
        found.append(f"{label}: no {one.scope} named {scope!r}{nearest(str(scope), scope_names(one.scope))}")
    if wrong := one.fault(value):
        found.append(f"{label}: {wrong}")
    if active_only and not one.active:
        found.append(f"{label}: waits for the phase {one.phase!r}, which does not read it yet")
    return found
