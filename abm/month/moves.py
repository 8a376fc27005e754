"""What governments that react can do: rungs that each climbs on its own, packages both can agree on, and the acts that
make either law. The values are assumed; the rung `held` is the law of October 2026."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.facts import catalog
from abm.foundation.dates import first_day, label
from abm.law.acts import Act
from abm.law.conditions import SEVERITY
from abm.rules.bargaining import TERMS

Floats = NDArray[np.float64]

H100 = 989.0
"""Dense 16-bit TFLOP/s of an H100."""
IMPORTS = ("block", "forbid_orders", "case_by_case", "open")
"""Beijing's rungs on imports, the strictest first."""
ANSWERS = ("open", "licence", "ban")
"""Beijing's rungs on materials, the mildest first."""


@dataclass(frozen=True)
class Rung:
    """What Washington licenses: chips like `card` up to a quota, at a fee.

    tpp, bandwidth   lines below which chips are reviewed case by case; nothing is where there is no quota
    quota            cards a month; approval the standard of review; months of review
    """

    name: str
    card: str
    tpp: float
    bandwidth: float
    sold_in_us: bool
    quota: float
    approval: float
    months: float
    fee: float

    @property
    def chips(self) -> float:
        """H100e a month that the rung lets in."""
        return self.quota * self.approval * (catalog.chips()[self.card].fp16_tflops or 0.0) / H100

    def sets(self) -> dict[str, Any]:
        """The levers it sets."""
        if not self.quota:
            return {"case_band.policy": "off"}
        return {
            "case_band.policy": "case_by_case",
            "case_band.tpp_below": self.tpp,
            "case_band.bandwidth_below": self.bandwidth,
            "case_band.sold_in_us": self.sold_in_us,
            "licence.approval": {"*": self.approval},
            "licence.review_months": self.months,
            "licence.grants": {"*": "regular"},
            "quota.units_per_month": {"*": self.quota},
            "quota.units_per_buyer": {"*": 1e9},
            "quota.buyers": {"*": 1_000_000},
            "quota.share_of_us": {"*": 1e6},
            "fee.duty": {"*": self.fee},
            "fee.revenue_share": {"*": 0.0},
        }


RUNGS = (
    Rung("shut", "H200", 0, 0, True, 0, 0.0, 1.5, 0.25),
    Rung("strict", "H200", 21_000, 6500, True, 20_000, 0.5, 3.0, 0.25),
    Rung("held", "H200", 21_000, 6500, True, 62_500, 0.4, 2.0, 0.25),
    Rung("eased", "B30A", 32_000, 6500, False, 62_500, 0.8, 1.5, 0.25),
    Rung("wide", "B300", 61_000, 10_000, False, 80_000, 0.8, 1.5, 0.15),
)
"""Washington's rungs, the strictest first. Under the law of October 2026 ten firms may buy 75,000 H200 each, taken
here as a year's, and half of what would be approved is granted (reuters-2026-05-14)."""
HELD = [one.name for one in RUNGS].index("held")


def of_rung(rung: Rung, now: Floats) -> Floats:
    """The terms now (terms,) with chips and fee as on a rung."""
    return changed(now, chips=rung.chips, fee=rung.fee)


def changed(terms: Floats, **values: float) -> Floats:
    """Terms (terms,) with some of them changed."""
    found = terms.copy()
    for name, value in values.items():
        found[TERMS.index(name)] = value
    return found


HBM = (0.0, 0.02, 0.05, 0.1)
FEES = (0.15, 0.25)
COMMITMENTS = (0.0, 0.5, 1.0)
SWAPS = (0.0, 0.3)
DEAL_RUNGS = (None, HELD, HELD + 1, HELD + 2)
"""Chips of a deal: as they are, or on a rung that is looser."""
FREED = (None, "licence", "open")
"""Materials of a deal: as they are, or more freely."""
TARIFF = 0.2
"""The fentanyl tariff before Busan (evertiq-busan), all of which Beijing asks to drop."""
WHOLE = dict.fromkeys(TERMS, 1.0) | {"hbm": HBM[-1], "chips": RUNGS[-1].chips, "tariff": TARIFF}
"""All that is asked for on an issue."""
GIVES = (
    {"hbm": 1, "chips": 1, "tariff": -1, "swap": 1},
    {"imports": 1, "swap": 1, "commitments": 1, "materials": -1},
)
"""What Washington and Beijing concede, and in which direction."""
CONTROLS = [TERMS.index(name) for name in ("hbm", "chips")]
"""Concessions that are export controls relaxed."""


@dataclass(frozen=True)
class Package:
    """What both governments can agree on; None leaves a thing as it is.

    hbm, fee, swap, commitments   as in TERMS; rung of chips; whether China opens imports, Washington drops the fentanyl
                                  tariff; how China frees its materials
    """

    hbm: float
    rung: int | None
    fee: float
    imports: bool
    tariff: bool
    swap: float
    commitments: float
    materials: str | None

    def gives(self, now: Floats) -> bool:
        """Whether it takes back nothing that there is now: HBM, chips, materials."""
        return bool(gains(self.values()[None, :], now)[0])

    def values(self) -> Floats:
        """The terms that it sets, undefined where it leaves one as it is, (terms,)."""
        set_to: dict[str, float] = {"swap": self.swap, "commitments": self.commitments}
        set_to |= {"hbm": self.hbm} if self.hbm else {}
        set_to |= {} if self.rung is None else {"chips": RUNGS[self.rung].chips, "fee": self.fee}
        set_to |= ({"imports": 1.0} if self.imports else {}) | ({"tariff": 0.0} if self.tariff else {})
        set_to |= {"materials": SEVERITY[self.materials]} if self.materials else {}
        return np.array([set_to.get(name, np.nan) for name in TERMS])

    def terms(self, now: Floats) -> Floats:
        """The terms it makes of those now, (terms,)."""
        return made_of(self.values(), now)

    def sets(self) -> dict[str, Any]:
        """The levers it sets."""
        found: dict[str, Any] = {"tariff.swap_usd": self.swap * 1e11, "cn.ip_commitments": self.commitments}
        if self.hbm:
            found |= {"hbm.policy": "case_by_case", "hbm.quota_share": self.hbm}
        if self.rung is not None:
            found |= RUNGS[self.rung].sets() | {"fee.duty": {"*": self.fee}}
        found |= {"cn.import_mode": {"*": "open"}} if self.imports else {}
        found |= {"tariff.fentanyl": 0.0} if self.tariff else {}
        return found | ({"cn.material": {"*": self.materials}} if self.materials else {})


def made_of(values: Floats, now: Floats) -> Floats:
    """The terms that packages (..., terms) make of those now."""
    return np.where(np.isnan(values), now, values)


def gains(values: Floats, now: Floats) -> NDArray[np.bool_]:
    """Which packages (n, terms) take back nothing that there is now: HBM, chips, materials."""
    at = {name: values[:, TERMS.index(name)] for name in ("hbm", "chips", "materials")}
    there = {name: now[TERMS.index(name)] for name in at}
    back = (at["hbm"] <= there["hbm"]) | (at["chips"] <= there["chips"]) | (at["materials"] >= there["materials"])
    return ~back


def within(terms: Floats, now: Floats, lines: dict[str, tuple[float, int]]) -> NDArray[np.bool_]:
    """Which terms (n, terms) cross no red line; what stands already crosses none.

    lines   for a term the value beyond which a government never concedes, and 1 where more is beyond, -1 where less is
    """
    fine = np.ones(len(terms), dtype=bool)
    for name, (limit, way) in lines.items():
        value, there = terms[:, TERMS.index(name)], now[TERMS.index(name)]
        fine &= (way * (value - limit) <= 0) | (value == there)
    return fine


@cache
def packages() -> tuple[Package, ...]:
    """Every package: a fee is bargained over with chips alone."""
    yes = (False, True)
    grid = product(HBM, DEAL_RUNGS, FEES, yes, yes, SWAPS, COMMITMENTS, FREED)
    return tuple(Package(*one) for one in grid if one[1] is not None or one[2] == FEES[0])


@cache
def offered() -> Floats:
    """What every package sets, (packages, terms)."""
    return np.stack([one.values() for one in packages()])


def by_term(values: Mapping[str, float]) -> Floats:
    """Values by name in the order of TERMS, zero where none is named, (terms,)."""
    return np.array([float(values.get(name, 0.0)) for name in TERMS])


def ended(t: int) -> date:
    """The last day of a month, on which a government announces."""
    return first_day(t + 1) - timedelta(1)


def act_of(name: str, by: str, t: int, notice: int, sets: dict[str, Any], repeals: tuple[str, ...], **more: Any) -> Act:
    """An act announced in month t that binds some months later."""
    entry = {"announced": str(ended(t)), "effective": str(first_day(t + notice)), "repeals": list(repeals), **more}
    return Act.of(f"{name}-{label(t)}", by, sets=sets, grade="assumed", **entry)


def severity(answer: int) -> float:
    """Severity of controls on materials on a rung of ANSWERS."""
    return SEVERITY[ANSWERS[answer]]
