"""Every lever the law can set: name, scope, type, unit, bounds, default, and the phase of the month that reads it.

A lever with a scope holds one value for each SKU, vendor, buyer class, place or material; the scope "*" stands for
all of them. None means that no act has set it.
"""

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from abm.facts import catalog
from abm.foundation.errors import InputError, nearest, shorten, unknown

type Value = float | int | bool | str | None
type Kind = Literal["float", "int", "bool", "choice"]
type Scope = Literal["sku", "vendor", "buyer", "place", "material", "lab"]

POLICIES = ("free", "exempt", "notify", "case_by_case", "presume_deny", "deny")
LINE = ("off", *POLICIES)
GRANTS = ("none", "small", "regular")
IMPORT_MODES = ("open", "discourage", "case_by_case", "forbid_orders", "block")
BUYERS = ("state_datacentre", "national_grid")
PLACES = ("CN", "HK", "SG", "MY", "JP", "TW", "KR", "TH", "VN", "IN", "AE", "SA")
MATERIALS = ("gallium", "germanium", "antimony", "rare_earths", "lithium", "superhard")
ANY = "*"
TOPICS = {
    "HBM": ("hbm",),
    "Which chips are controlled": (
        "oct2022", "band_a", "band_b", "consumer", "nac", "corrections", "letter", "case_band", "named",
    ),
    "Licences, quotas and fees": ("licence", "quota", "fee"),
    "Cloud and reach abroad": ("scope", "cloud", "diffusion"),
    "Enforcement and Entity List": ("enforcement", "entity", "ascend"),
    "Foundries and tools": ("foundry", "tools"),
    "China": ("cn",),
    "Tariffs": ("tariff",),
}  # fmt: skip
"""What levers are about, and the first words of their names."""


@dataclass(frozen=True)
class Lever:
    """One thing the law can set; its label is what people read."""

    name: str
    label: str
    by: Literal["US", "CN", "both"]
    type: Kind
    unit: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    scope: Scope | None
    default: Value
    phase: str
    each: bool  # "*" stands for each scope, and not for all of them together
    help: str
    unset: Value = (
        None  # what a lever without a value counts as in a calendar, where that is not zero or the first choice
    )

    @property
    def topic(self) -> str:
        """What the lever is about, one of TOPICS."""
        return next(topic for topic, groups in TOPICS.items() if self.name.partition(".")[0] in groups)

    def fault(self, value: object) -> str | None:
        """What is wrong with a value, or None."""
        said = shorten(value)
        if self.type == "choice":
            fits = isinstance(value, str) and value in self.choices
            return None if fits else f"{said} is not one of its choices{nearest(said.strip("'"), self.choices)}"
        if self.type == "bool":
            return None if isinstance(value, bool) else f"{said} is not true or false"
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or (self.type == "int" and not isinstance(value, int))
        ):
            return f"{said} is not {'a whole number' if self.type == 'int' else 'a number'}"
        if not -1e300 <= value <= 1e300:
            return f"{said} is not finite"
        low, high = -math.inf if self.low is None else self.low, math.inf if self.high is None else self.high
        unit = f" {self.unit}" if self.unit not in ("", "1") else ""
        return None if low <= value <= high else f"{said} is outside {low:g} to {high:g}{unit}"

    def number(self, value: Value) -> float:
        """A value as a calendar holds it: the place of a choice, and days as months of 30 days."""
        if value is None:
            return 0.0 if self.unset is None else self.number(self.unset)
        if self.choices:
            return float(self.choices.index(str(value)))
        return float(value) / 30 if self.unit == "day" else float(value)

    def read(self, text: str) -> Value:
        """A value of this lever from text, as on the command line; InputError when it is none."""
        value: object = text
        if self.type == "bool":
            value = {"true": True, "false": False}.get(text.lower(), text)
        elif self.type in ("float", "int"):
            with suppress(ValueError):
                value = int(text) if self.type == "int" else float(text)
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
    if scope == "lab":
        return frozenset(catalog.labs())
    return frozenset({"buyer": BUYERS, "place": PLACES, "material": MATERIALS}[scope])


def _lever(name: str, label: str, phase: str, type: Kind, help: str, **more: Any) -> Lever:
    """A lever of the government its name says, with what is not said left empty."""
    plain = {"unit": "", "low": None, "high": None, "choices": (), "scope": None, "default": None, "each": True}
    more = {"by": "CN" if name.startswith("cn.") else "US"} | plain | more
    return Lever(name=name, label=label, phase=phase, type=type, help=help, **more)


def _number(name: str, label: str, phase: str, unit: str, help: str, **more: Any) -> Lever:
    return _lever(name, label, phase, "float", help, unit=unit, **{"low": 0.0} | more)


def _count(name: str, label: str, phase: str, unit: str, help: str, **more: Any) -> Lever:
    return _lever(name, label, phase, "int", help, unit=unit, low=0, **more)


def _flag(name: str, label: str, phase: str, help: str, **more: Any) -> Lever:
    return _lever(name, label, phase, "bool", help, **more)


def _choice(name: str, label: str, phase: str, choices: tuple[str, ...], help: str, **more: Any) -> Lever:
    return _lever(name, label, phase, "choice", help, choices=choices, **more)


# fmt: off
_LEVERS = (
    _number("oct2022.tpp_min", "2022 rule: performance from",
            "law", "TPP", "line of October 2022: TPP from here on, and the link test too"),
    _number("oct2022.link_min", "2022 rule: link bandwidth from",
            "law", "GB/s", "line of October 2022: link bandwidth from here on"),
    _choice("oct2022.policy", "2022 rule: what it does",
            "law", LINE, "what the line of October 2022 does"),
    _number("band_a.tpp_min", "Top band: performance from",
            "law", "TPP", "3A090.a: TPP from here on"),
    _number("band_a.dense_tpp_min", "Top band, dense chips: performance from",
            "law", "TPP", "3A090.a, dense chips: TPP from here on, and the density test too"),
    _number("band_a.density_min", "Top band, dense chips: performance density from",
            "law", "TPP/mm2", "3A090.a, dense chips: performance density from here on"),
    _choice("band_a.policy", "Top band: what it does",
            "law", LINE, "what 3A090.a does"),
    _number("band_b.tpp_min", "Lower band: performance from",
            "law", "TPP", "3A090.b: TPP from here on"),
    _number("band_b.tpp_below", "Lower band: performance below",
            "law", "TPP", "3A090.b: TPP below this"),
    _number("band_b.density_min", "Lower band: performance density from",
            "law", "TPP/mm2", "3A090.b: performance density from here on"),
    _number("band_b.dense_tpp_min", "Lower band, dense chips: performance from",
            "law", "TPP", "3A090.b, dense chips: TPP from here on"),
    _number("band_b.dense_density_min", "Lower band, dense chips: performance density from",
            "law", "TPP/mm2", "3A090.b, dense chips: performance density from here on"),
    _number("band_b.density_below", "Lower band: performance density below",
            "law", "TPP/mm2", "3A090.b: performance density below this"),
    _choice("band_b.policy", "Lower band: what it does",
            "law", LINE, "what 3A090.b does where no exception applies"),
    _number("consumer.tpp_below", "Consumer chips exempt: performance below",
            "law", "TPP", "chips not made for data centres leave the bands below this"),
    _choice("consumer.policy", "Consumer chips: what the exemption gives",
            "law", LINE, "what the consumer carve-out gives; off: there is none"),
    _choice("nac.policy", "Notice in place of a licence: what it gives",
            "law", LINE, "what notice under licence exception NAC gives; off: there is none"),
    _flag("nac.gaming_cleared", "Notice in place of a licence: gaming cards cleared",
          "law", "notice for gaming cards in 3A090.a is cleared in practice", default=False),
    _number("nac.review_days", "Notice in place of a licence: days of review",
            "apply", "day", "days of review after notice under NAC"),
    _choice("corrections.policy", "Controlled chips for other uses: licences",
            "law", LINE, "licences for controlled chips other than data-centre chips in 3A090.a"),
    _number("letter.bandwidth_min", "Letters of 2025: memory bandwidth from",
            "law", "GB/s", "letters of April 2025: memory bandwidth from here on"),
    _number("letter.link_min", "Letters of 2025: link bandwidth from",
            "law", "GB/s", "letters of April 2025: link bandwidth from here on"),
    _number("letter.sum_min", "Letters of 2025: memory and link bandwidth from",
            "law", "GB/s", "letters of April 2025: memory plus link bandwidth from here on"),
    _flag("letter.addressed", "Letters of 2025: sent to a vendor",
          "law", "the vendor got a letter; it binds no other", scope="vendor", default=False),
    _choice("letter.policy", "Letters of 2025: what they do",
            "law", LINE, "what the letters do"),
    _number("case_band.tpp_below", "H200 band of 2026: performance below",
            "law", "TPP", "band of January 2026: TPP below this"),
    _number("case_band.bandwidth_below", "H200 band of 2026: memory bandwidth below",
            "law", "GB/s", "band of January 2026: memory bandwidth below this"),
    _flag("case_band.sold_in_us", "H200 band of 2026: only chips also sold in the US",
          "law", "band of January 2026: only chips also sold in the US", default=True),
    _choice("case_band.policy", "H200 band of 2026: what it does",
            "law", LINE, "what 3A090.a and the letters do to chips in the band of January 2026"),
    _choice("licence.policy", "Review of a product by name",
            "law", POLICIES, "review of a product that some line catches, by name", scope="sku"),
    _choice("named.policy", "Licence duty for a product by name",
            "law", LINE, "a licence duty for a product by name, whatever its numbers", scope="sku"),
    _number("licence.approval", "Licences granted, share of complete applications",
            "apply", "1", "probability that a complete civil application under review is granted",
            high=1.0, default=0.8, scope="sku"),
    _number("licence.review_months", "Time from application to decision",
            "apply", "month", "time from application to decision under review",
            high=36.0, default=1.5),
    _number("quota.share_of_us", "Quota: share of shipments for US use",
            "apply", "1", "licensed shipments of a product over its shipments for US use, at most",
            scope="sku", unset=math.inf),
    _number("quota.units_per_month", "Quota: units a month",
            "apply", "unit/month", "licensed shipments of a product, under * of all together",
            scope="sku", each=False, unset=math.inf),
    _number("quota.units_per_buyer", "Quota: units for each buyer",
            "apply", "unit", "licensed shipments of a product to one buyer, in all",
            scope="sku", unset=math.inf),
    _number("fee.revenue_share", "Government's share of licensed revenue",
            "trade", "1", "share of the revenue of licensed sales that goes to the government",
            high=1.0, default=0.0, scope="sku"),
    _number("fee.duty", "Duty on licensed chips",
            "trade", "1", "duty on licensed chips that pass through the country, ad valorem",
            high=4.0, default=0.0, scope="sku"),
    _number("hbm.density_above", "HBM controlled above a bandwidth density",
            "law", "GB/s/mm2", "3A090.c: HBM above this bandwidth density"),
    _choice("hbm.policy", "HBM: review of applications",
            "law", LINE, "what the rule on HBM, 3A090.c, says of stacks that its line catches"),
    _number("hbm.exception_density_below", "HBM exception: bandwidth density below",
            "law", "GB/s/mm2", "licence exception HBM: density below this"),
    _choice("hbm.exception_policy", "HBM exception: what it gives",
            "law", LINE, "what licence exception HBM gives; off: there is none"),
    _flag("hbm.exception_ai_use", "HBM exception: also for AI chips",
          "law", "licence exception HBM reaches stacks for AI chips", default=False),
    _number("hbm.quota_share", "HBM quota: share of world output",
            "make_hbm", "1", "share of world HBM output that may be licensed to China under review",
            high=1.0, default=1.0),
    _flag("hbm.copackaged_excluded", "HBM packaged with logic follows the chip's rule",
          "make_hbm", "HBM packaged with logic falls under the chip's rule", default=False),
    _flag("foundry.diligence", "Foundries abroad must check Chinese designers",
          "make_chips", "foundries must ask: no more TSMC dies for Chinese designers",
          default=False),
    _number("tools.smic", "Slow-down of SMIC by tool controls",
            "make_chips", "1", "share of the tools for new advanced wafers kept from SMIC; what stands runs on",
            high=1.0, default=0.0),
    _number("tools.cxmt", "Slow-down of CXMT by tool controls",
            "make_hbm", "1", "share of the tools for new HBM wafers kept from CXMT; what stands runs on",
            high=1.0, default=0.0),
    _flag("entity.lab_listed", "Lab on the Entity List",
          "budget", "a lab is on the Entity List: no licence, less collaboration; unset: as known",
          scope="lab", unset=math.nan),
    _flag("entity.listed", "Firm on the Entity List",
          "apply", "listed by an act: foundries abroad make no dies for the firm", scope="vendor"),
    _count("entity.firms_added", "Firms listed in a round",
           "trade", "firm", "firms listed by a round; suppliers hold back from others too"),
    _number("cn.fab_subsidy_usd", "Subsidy for advanced wafers",
            "make_chips", "USD/month", "public money for advanced wafers beyond what pays",
            default=0.0),
    _number("cn.hbm_subsidy_usd", "Subsidy for HBM wafers",
            "make_hbm", "USD/month", "public money for HBM wafers beyond what pays",
            default=0.0),
    _choice("cn.import_mode", "Chinese imports, by product",
            "trade", IMPORT_MODES, "how China treats imports of a product",
            default="open", scope="sku"),
    _number("cn.domestic_share_min", "Domestic chips required of public buyers",
            "trade", "1", "domestic share of a buyer class's new accelerators, at least",
            high=1.0, default=0.0, scope="buyer"),
    _number("enforcement.budget", "Budget of enforcement, 2022 = 1",
            "divert", "1", "budget of enforcement against diversion, over that of 2022",
            high=20.0, default=1.0),
    _flag("scope.hq", "Licence duty follows the buyer's headquarters",
          "rent", "the licence duty follows the headquarters of the buyer", default=False),
    _flag("scope.subsidiaries_closed", "Subsidiaries abroad closed as a route",
          "rent", "Chinese firms' subsidiaries abroad are closed as a route in practice"),
    _choice("scope.outside_policy", "Re-exports and Chinese buyers abroad",
            "rent", POLICIES, "re-exports, transfers, and Chinese-headquartered buyers abroad"),
    _flag("scope.installed_base_may_run", "Installed centres abroad may run on",
          "rent", "centres that subsidiaries have installed abroad run on"),
    _flag("diffusion.model_weights", "Licences for weights of closed US models",
          "innovate", "weights of closed US models need a licence abroad"),
    _flag("diffusion.model_service", "No service of closed US models to China",
          "innovate", "US firms may not serve their closed models to Chinese users"),
    _flag("diffusion.worldwide", "Worldwide licence duty for top chips",
          "rent", "a licence duty for top-band chips towards the whole world"),
    _choice("cloud.policy", "Remote rental by Chinese firms",
            "rent", POLICIES, "remote rental of controlled chips by Chinese firms", default="free"),
    _count("enforcement.prosecutions", "Large smuggling prosecutions so far",
           "divert", "case", "large smuggling prosecutions made public so far"),
    _number("enforcement.authorised_buyers", "Authorised buyers in a country, before = 1",
            "divert", "1", "authorised buyers in a place, against before",
            high=1.0, default=1.0, scope="place"),
    _flag("cn.customs_inspection", "Chinese customs inspects a product",
          "divert", "customs inspects shipments of a product", scope="sku", default=False),
    _count("quota.buyers", "Buyers cleared for a product",
           "apply", "firm", "number of buyers cleared for a product", scope="sku",
           unset=math.inf),
    _choice("licence.grants", "How licences are issued",
            "apply", GRANTS, "how licences issued, as reported", scope="sku", unset="regular"),
    _flag("licence.named_customers", "Licences name their customers",
          "apply", "licences name their customers", scope="sku"),
    _flag("licence.kyc", "Customer checks",
          "apply", "licences need customer checks"),
    _flag("licence.remote_access_screening", "Screening of remote users",
          "apply", "licences need screening of remote users"),
    _flag("licence.military_allowed", "Military end use may be licensed",
          "apply", "military end use may be licensed"),
    _flag("licence.lab_test", "Test in a US laboratory",
          "apply", "licences need a test in an independent US laboratory"),
    _flag("licence.no_delay_to_us_orders", "Licensed sales may not delay US orders",
          "apply", "licensed sales may not delay US orders"),
    _flag("licence.no_foundry_diversion", "Licensed sales may not divert foundries",
          "apply", "licensed sales may not divert foundry capacity from US use"),
    _number("foundry.node_nm_max", "Foundry presumption: process node up to",
            "make_chips", "nm", "the foundries' presumption: nodes up to this"),
    _number("foundry.transistors_bn_below", "Foundry presumption: lifted below a transistor count",
            "make_chips", "billion", "the presumption falls below this count"),
    _number("foundry.no_hbm_transistors_bn_2027", "The same without HBM, from 2027",
            "make_chips", "billion", "without HBM, from 2027, below this count"),
    _number("foundry.no_hbm_transistors_bn_2029", "The same without HBM, from 2029",
            "make_chips", "billion", "without HBM, from 2029, below this count"),
    _number("tools.dram_cell_area_below", "Advanced memory: cell area below",
            "make_hbm", "um2", "tool controls reach DRAM with cells smaller than this"),
    _number("tools.dram_density_above", "Advanced memory: density above",
            "make_hbm", "Gb/mm2", "tool controls reach DRAM denser than this"),
    _number("entity.ownership_min", "Listed with their owners from a share of",
            "apply", "1", "firms owned by listed parties from this share on count as listed",
            high=1.0, unset=math.inf),
    _flag("ascend.use_risk", "Use of a Chinese chip risks a breach anywhere",
          "budget", "using the chip anywhere risks a breach of US rules", scope="sku"),
    _number("cn.approved_units", "Imports approved in all",
            "trade", "unit", "imports decided case by case that are approved, in all",
            scope="sku", unset=math.inf),
    _number("cn.domestic_share_by", "Year by which the domestic share is reached",
            "trade", "year", "year by which the domestic share is to be reached",
            scope="buyer"),
    _number("cn.remove_foreign_below", "Foreign chips removed from projects built up to",
            "deliver", "1", "projects below this completion must remove foreign chips",
            high=1.0, scope="buyer"),
    _flag("cn.government_list", "Vendor cleared for government buyers",
          "trade", "a vendor's chips are cleared for government buyers", scope="vendor"),
    _number("cn.subsidy_usd", "Public spending on computing",
            "budget", "USD", "public spending on computing"),
    _choice("cn.antitrust", "Competition case: stage",
            "design", ("none", "opened", "preliminary", "fined"),
            "stage of a competition case; a fine is charged to the vendor", scope="vendor", default="none"),
    _number("cn.antitrust_fine_low", "Competition case: lowest fine",
            "design", "1", "lowest fine, share of a year's revenue",
            high=1.0, scope="vendor"),
    _number("cn.antitrust_fine_high", "Competition case: highest fine",
            "design", "1", "highest fine, share of a year's revenue",
            high=1.0, scope="vendor"),
    _choice("cn.material", "Exports of a material to the US",
            "trade", ("open", "licence", "ban"), "exports to the United States",
            scope="material", default="open"),
    _number("cn.material_supply_share", "China's share of world supply of a material",
            "trade", "1", "China's share of world supply",
            high=1.0, scope="material"),
    _flag("cn.material_extraterritorial", "Material licences also for goods made abroad",
          "trade", "licences also for goods made abroad"),
    _number("tariff.fentanyl", "Fentanyl tariff",
            "regulate", "1", "fentanyl tariff on Chinese goods; enters payoffs only",
            high=2.0, default=0.2),
    _number("tariff.swap_usd", "Goods whose tariffs both sides cut",
            "regulate", "USD", "goods whose tariffs each side cuts; enters payoffs only", by="both"),
    _number("licence.staff", "Licensing staff, today = 1",
            "apply", "1", "licensing staff over today's", high=10.0, default=1.0),
    _number("cn.ip_commitments", "Commitments on intellectual property",
            "regulate", "1", "commitments on intellectual property, 1 all that is asked for; "
            "enters payoffs only", high=1.0, default=0.0),
)
# fmt: on

LEVERS: Mapping[str, Lever] = {one.name: one for one in _LEVERS}


def rows() -> list[dict[str, object]]:
    """A row for each lever, for tables."""
    shown = ("name", "by", "type", "unit", "low", "high", "scope", "default", "phase", "help")
    return [{key: getattr(one, key) for key in shown} | {"choices": " ".join(one.choices)} for one in LEVERS.values()]


def lever(name: str) -> Lever:
    """The lever of a name, or InputError with the nearest one."""
    if not isinstance(name, str) or name not in LEVERS:
        raise InputError(unknown("lever named", [name], LEVERS)[0])
    return LEVERS[name]


def faults(name: str, scope: str | None, value: object) -> list[str]:
    """What is wrong with setting a lever for a scope to a value; each names the lever and the nearest right name."""
    if name not in LEVERS:
        return unknown("lever named", [name], LEVERS)
    one, found = LEVERS[name], []
    label = name if scope is None else f"{name}[{shorten(scope).strip("'")}]"
    if one.scope is None and scope is not None:
        found.append(f"{label}: the lever has no scope")
    elif one.scope is not None and scope is None:
        found.append(f"{label}: the lever is set for each {one.scope}, or for {ANY!r}")
    elif one.scope is not None and scope != ANY and scope not in scope_names(one.scope):
        found.append(f"{label}: no {one.scope} named {shorten(scope)}{nearest(str(scope), scope_names(one.scope))}")
    if wrong := one.fault(value):
        found.append(f"{label}: {wrong}")
    return found
