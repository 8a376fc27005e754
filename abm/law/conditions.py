"""What the law of a day comes to where no lever says it by itself: checks, shares due, fines, severity, dies.

Each is a function of the law of a month's first day, that day, and the subjects that a calendar is made for.
"""

from datetime import date

from abm.facts import catalog
from abm.foundation.dates import month_of
from abm.law.law import Law
from abm.law.levers import ANY, MATERIALS, POLICIES
from abm.law.subjects import Subjects

GRID = "national_grid"
DENIED = POLICIES.index("presume_deny")
"""Policies from this one on leave no way in."""
SEVERITY = {"open": 0.0, "licence": 0.2, "ban": 1.0}
"""Share of a material's supply to the United States that a mode of export holds back: a ban all; a licence assumed."""
EXTRATERRITORIAL = 2.0
"""How much further a licence reaches that also covers goods made abroad: assumed."""


def checks(law: Law, day: date, subjects: Subjects) -> list[float]:
    """Checks of a licence that keep listed and military-linked users from posing as others, by product."""
    return [bool(law["licence.kyc"]) + bool(law.get("licence.named_customers", sku)) + 0.0 for sku in subjects.skus]


def cleared(law: Law, day: date, subjects: Subjects) -> list[bool]:
    """Whether a vendor's chips are cleared for government buyers: all where there is no list."""
    listed = [bool(law.get("cn.government_list", vendor)) for vendor in subjects.vendors]
    return listed if any(listed) else [True] * len(listed)


def use_risk(law: Law, day: date, subjects: Subjects) -> list[bool]:
    """Whether using some of a vendor's chips risks a breach of US rules."""
    caught = {catalog.chips()[sku].vendor for sku, yes in law["ascend.use_risk"].items() if yes and sku != ANY}
    return [vendor in caught for vendor in subjects.vendors]


def fine(law: Law, day: date, subjects: Subjects) -> list[float]:
    """A vendor's fine over a year's revenue: the middle of its range once a case is fined, nothing before."""
    return [_fine(law, vendor) for vendor in subjects.vendors]


def _fine(law: Law, vendor: str) -> float:
    if law.get("cn.antitrust", vendor) != "fined":
        return 0.0
    low, high = (law.get(f"cn.antitrust_fine_{end}", vendor) or 0.0 for end in ("low", "high"))
    return float((low + max(high, low)) / 2)


def grid(law: Law, day: date, subjects: Subjects) -> float:
    """Least domestic share of buyers for the national grid, in proportion to the time gone from the beginning of its
    act to the year in which it is due."""
    share, act = law.get("cn.domestic_share_min", GRID), law.act_of("cn.domestic_share_min", GRID)
    due = law.get("cn.domestic_share_by", GRID)
    if not share or act is None or act.effective is None:
        return 0.0
    start = month_of(act.effective)
    whole = (float(due) - 2021) * 12 - start if due else 0.0
    return float(share) * (min(max((month_of(day) + 1 - start) / whole, 0.0), 1.0) if whole > 0 else 1.0)


def outside(law: Law, day: date, subjects: Subjects) -> bool:
    """Whether re-exports and transfers are denied."""
    return POLICIES.index(law["scope.outside_policy"] or "free") >= DENIED


def materials(law: Law, day: date, subjects: Subjects) -> float:
    """Severity of China's export controls on materials, 0 to 1: mean over materials of what is held back, each weighted
    by China's share of its supply; licences that cover goods made abroad hold back more."""
    reach = EXTRATERRITORIAL if law["cn.material_extraterritorial"] else 1.0
    held = [
        min(SEVERITY[law.get("cn.material", one)] * (reach if law.get("cn.material", one) == "licence" else 1.0), 1.0)
        * _or(law.get("cn.material_supply_share", one), 1.0)
        for one in MATERIALS
    ]
    return sum(held) / len(MATERIALS)


def dram_free(law: Law, day: date, subjects: Subjects) -> bool:
    """Whether the tool controls leave CXMT's DRAM alone: its cells are neither small nor dense."""
    area, density = law["tools.dram_cell_area_below"], law["tools.dram_density_above"]
    return subjects.dies.cell_area >= _or(area, 0.0) and subjects.dies.density <= _or(density, float("inf"))


def dies(law: Law, day: date, subjects: Subjects) -> list[bool]:
    """Whether a foundry abroad that asks may still make dies for packages with HBM, and without, before any approval or
    attestation rebuts its presumption. Source: the fact row us-2025-foundry."""
    made = subjects.dies
    if not law["foundry.diligence"] or made.node_nm > _or(law["foundry.node_nm_max"], float("inf")):
        return [True, True]
    least = _or(law["foundry.transistors_bn_below"], 0.0)
    later = f"foundry.no_hbm_transistors_bn_{2029 if day.year >= 2029 else 2027}"
    plain = max(least, _or(law[later], 0.0)) if day.year >= 2027 else least
    return [made.transistors_bn < least, made.plain_bn < plain]


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else float(value)
