"""What a regime says beside who may sell what: conditions of licences, Chinese demands on buyers, materials, fines.

Arrays month by month, by the law of each month's first day. A product designed during a run stands under what "*" says.
"""

from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from abm.facts import catalog
from abm.foundation.dates import first_day, month_of
from abm.law.inforce import Law
from abm.law.levers import ANY, GRANTS, MATERIALS
from abm.law.regime import Regime

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

STATE, GRID = "state_datacentre", "national_grid"
SEVERITY = {"open": 0.0, "licence": 0.2, "ban": 1.0}
"""Share of a material's supply to the United States that a mode of export holds back: a ban all; a licence assumed."""
EXTRATERRITORIAL = 2.0
"""How much further a licence reaches that also covers goods made abroad: assumed."""


@dataclass(frozen=True)
class Conditions:
    """A regime's conditions month by month. T months, K foreign products, V vendors.

    checks       (T, K) checks of a licence that keep listed and military-linked users from posing as others
    military     (T,)   military-linked users may be licensed like state buyers
    remote       (T,)   licences need screening of remote users
    lab_test     (T,)   licences need a test in a laboratory
    us_first     (T,)   licensed sales may not delay US orders; foundry_first (T,) nor take foundry capacity from US use
    staff        (T,)   licensing staff over today's
    grants       (T, K) place in GRANTS of how licences issue
    buyers       (T, K) number of buyers cleared
    ownership    (T,)   least share of a listed owner from which on a firm counts as listed; infinite without the rule
    approved     (T, K) imports approved so far by China, in units
    cleared      (T, V) vendor's chips are cleared for government buyers; all where there is no list
    use_risk     (T, V) using some of the vendor's chips risks a breach of US rules
    grid         (T,)   least domestic share of buyers for the national grid, phased in to the year it is due
    remove       (T,)   completion below which state projects must remove foreign chips
    subsidy      (T,)   USD of public spending on computing, in all
    fine         (T, V) fine of a competition case over a year's revenue; nothing before it is fined
    materials    (T,)   severity of China's export controls on materials, 0 to 1
    dram_free    (T,)   tool controls do not reach the DRAM that CXMT's stacks need
    weights      (T,)   weights of closed US models are controlled
    dies         (T, 2) foundries abroad may make dies for packages with HBM, and without
    """

    checks: Floats
    military: Flags
    remote: Flags
    lab_test: Flags
    us_first: Flags
    foundry_first: Flags
    staff: Floats
    grants: NDArray[np.int8]
    buyers: Floats
    ownership: Floats
    approved: Floats
    cleared: Flags
    use_risk: Flags
    grid: Floats
    remove: Floats
    subsidy: Floats
    fine: Floats
    materials: Floats
    dram_free: Flags
    weights: Flags
    dies: Flags

    def followed_by(self, later: "Conditions", since: int) -> "Conditions":
        """These conditions up to a month, and from it on others whose first row is that month."""
        joined = {
            one.name: np.concatenate([getattr(self, one.name)[:since], getattr(later, one.name)])
            for one in fields(self)
        }
        return Conditions(**joined)


@dataclass(frozen=True)
class Design:
    """What is assumed of Chinese dies and of CXMT's DRAM, which the lines of the rules are held against.

    node_nm             node of the dies; transistors_bn, plain_bn of a package with HBM, and without
    cell_area, density  um2 of a DRAM cell and Gb/mm2
    """

    node_nm: float
    transistors_bn: float
    plain_bn: float
    cell_area: float
    density: float


@lru_cache(maxsize=128)
def conditions(
    regime: Regime, skus: tuple[str, ...], vendors: tuple[str, ...], design: Design, months: int, since: int = 0
) -> Conditions:
    """The conditions of a regime from a month on.

    skus      foreign products in their order; ANY for one that is not designed yet
    vendors   names in their order
    """
    days = [first_day(t) for t in range(since, months)]
    laws = [regime.at(day) for day in days]
    return Conditions(
        checks=np.array([[_checks(law, sku) for sku in skus] for law in laws], dtype=np.float64),
        military=_flags(laws, "licence.military_allowed"),
        remote=_flags(laws, "licence.remote_access_screening"),
        lab_test=_flags(laws, "licence.lab_test"),
        us_first=_flags(laws, "licence.no_delay_to_us_orders"),
        foundry_first=_flags(laws, "licence.no_foundry_diversion"),
        staff=np.array([float(law["licence.staff"]) for law in laws]),
        grants=np.array([[_grants(law, sku) for sku in skus] for law in laws], dtype=np.int8),
        buyers=_numbers(laws, "quota.buyers", skus, np.inf),
        ownership=np.array([_or(law["entity.ownership_min"], np.inf) for law in laws]),
        approved=_numbers(laws, "cn.approved_units", skus, 0.0),
        cleared=np.array([_cleared(law, vendors) for law in laws]),
        use_risk=np.array([_risky(law, vendors) for law in laws]),
        grid=np.array([_grid(law, day) for law, day in zip(laws, days, strict=True)]),
        remove=np.array([_or(law.get("cn.remove_foreign_below", STATE), 0.0) for law in laws]),
        subsidy=np.array([_or(law["cn.subsidy_usd"], 0.0) for law in laws]),
        fine=np.array([[_fine(law, vendor) for vendor in vendors] for law in laws]),
        materials=np.array([materials(law) for law in laws]),
        dram_free=np.array([not _dram_caught(law, design) for law in laws]),
        weights=_flags(laws, "diffusion.model_weights"),
        dies=np.array([_dies(law, day, design) for law, day in zip(laws, days, strict=True)]),
    )


def materials(law: Law) -> float:
    """Severity of China's export controls on materials: mean over materials of what is held back, each weighted by
    China's share of its supply; licences that cover goods made abroad hold back more."""
    reach = EXTRATERRITORIAL if law["cn.material_extraterritorial"] else 1.0
    held = [
        min(SEVERITY[law.get("cn.material", one)] * (reach if law.get("cn.material", one) == "licence" else 1.0), 1.0)
        * _or(law.get("cn.material_supply_share", one), 1.0)
        for one in MATERIALS
    ]
    return sum(held) / len(MATERIALS)


def _checks(law: Law, sku: str) -> int:
    return int(bool(law["licence.kyc"])) + int(bool(law.get("licence.named_customers", sku)))


def _grants(law: Law, sku: str) -> int:
    return GRANTS.index(law.get("licence.grants", sku) or "regular")


def _cleared(law: Law, vendors: tuple[str, ...]) -> list[bool]:
    listed = [bool(law.get("cn.government_list", vendor)) for vendor in vendors]
    return listed if any(listed) else [True] * len(vendors)


def _risky(law: Law, vendors: tuple[str, ...]) -> list[bool]:
    caught = {catalog.chips()[sku].vendor for sku, yes in law["ascend.use_risk"].items() if yes and sku != ANY}
    return [vendor in caught for vendor in vendors]


def _grid(law: Law, day: date) -> float:
    """The share due, in proportion to the time gone from the act's beginning to the year in which it is due."""
    share, act = law.get("cn.domestic_share_min", GRID), law.act_of("cn.domestic_share_min", GRID)
    due = law.get("cn.domestic_share_by", GRID)
    if not share or act is None or act.effective is None:
        return 0.0
    start = month_of(act.effective)
    whole = (float(due) - 2021) * 12 - start if due else 0.0
    return float(share) * (min(max((month_of(day) + 1 - start) / whole, 0.0), 1.0) if whole > 0 else 1.0)


def _fine(law: Law, vendor: str) -> float:
    """The middle of the range of fines once a case is fined."""
    if law.get("cn.antitrust", vendor) != "fined":
        return 0.0
    low, high = (_or(law.get(f"cn.antitrust_fine_{end}", vendor), 0.0) for end in ("low", "high"))
    return (low + max(high, low)) / 2


def _dram_caught(law: Law, design: Design) -> bool:
    """Whether the tool controls reach CXMT's DRAM: its cells are small or dense."""
    area, density = law["tools.dram_cell_area_below"], law["tools.dram_density_above"]
    return design.cell_area < _or(area, 0.0) or design.density > _or(density, np.inf)


def _dies(law: Law, day: date, design: Design) -> list[bool]:
    """Whether a foundry abroad that asks may still make dies for packages with HBM, and without."""
    if not law["foundry.diligence"] or design.node_nm > _or(law["foundry.node_nm_max"], np.inf):
        return [True, True]
    least = _or(law["foundry.transistors_bn_below"], 0.0)
    later = f"foundry.no_hbm_transistors_bn_{2029 if day.year >= 2029 else 2027}"
    plain = max(least, _or(law[later], 0.0)) if day.year >= 2027 else least
    return [design.transistors_bn < least, design.plain_bn < plain]


def _or(value: object, otherwise: float) -> float:
    return otherwise if value is None else float(value)  # type: ignore[arg-type]


def _flags(laws: list[Law], lever: str) -> Flags:
    return np.array([bool(law[lever]) for law in laws])


def _numbers(laws: list[Law], lever: str, skus: tuple[str, ...], otherwise: float) -> Floats:
    return np.array([[_or(law.get(lever, sku), otherwise) for sku in skus] for law in laws])
