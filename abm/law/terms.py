"""Terms on which a good may be sold, where they stand, and to which rulings they belong."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from abm.law.law import Law
from abm.law.rulings import Ruling

CASE_BAND = "case_band.policy"
SCREENING = (
    ("licence.lab_test", True, "a test in an independent laboratory in the United States"),
    ("licence.kyc", True, "know-your-customer checks"),
    ("licence.remote_access_screening", True, "screening of remote users"),
    ("licence.military_allowed", False, "no military end use or end user"),
    ("licence.no_delay_to_us_orders", True, "assured supply: no delay to US orders"),
    ("licence.no_foundry_diversion", True, "no foundry capacity diverted from US use"),
)
"""Terms of the review case by case of January 2026: lever, the value that sets the term, and the term."""
BY_NAME: tuple[tuple[str, Callable[[Any], str]], ...] = (
    ("fee.revenue_share", lambda share: f"{share:.0%} of the revenue goes to the US government"),
    ("fee.duty", lambda share: f"a duty of {share:.0%} on chips that enter the United States and leave again"),
    ("quota.units_per_buyer", lambda units: f"at most {units:,.0f} units to one buyer"),
    ("quota.units_per_month", lambda units: f"at most {units:,.0f} units a month"),
    ("quota.buyers", lambda many: f"{many} buyers cleared"),
    ("licence.grants", lambda how: f"licences issue in {how} amounts" if how != "none" else "no licences issue"),
    ("licence.named_customers", lambda named: "licences name their customers" if named else ""),
)
"""Terms of products by name: lever, and the term for a value of it."""


@dataclass(frozen=True)
class Term:
    """A term of a sale, the act where it stands, and the ids of that act's sources."""

    condition: str
    act: str
    source: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.condition} ({self.act})"

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain values."""
        return asdict(self) | {"source": list(self.source)}


def terms(law: Law, sku: str, rulings: Collection[Ruling]) -> tuple[Term, ...]:
    """The terms of a sale under any of some rulings on a good; none where it is free or barred in all of them."""
    levers = {one.lever for one in rulings}
    policies = {one.policy for one in rulings}
    found = [
        *(_band(law, sku) if CASE_BAND in levers else ()),
        *(_notice(law) if "nac.policy" in levers else ()),
        *(_memory(law) if "hbm.exception_policy" in levers else ()),
        *(_allowance(law) if "hbm.policy" in levers and "case_by_case" in policies else ()),
        *(_named(law, sku) if policies & {"notify", "case_by_case"} else ()),
    ]
    return tuple(dict.fromkeys(found))


def _term(law: Law, condition: str, lever: str, scope: str | None = None) -> Iterable[Term]:
    """A term with the act that sets its lever; none where no act does."""
    if condition and (act := law.act_of(lever, scope)):
        yield Term(condition, act.name, act.source)


def _band(law: Law, sku: str) -> Iterable[Term]:
    """Terms of the review case by case of January 2026."""
    if law.get("case_band.sold_in_us"):
        yield from _term(law, "commercially available in the United States", "case_band.sold_in_us")
    if outside := law.get("scope.outside_policy"):
        told = f"export from the United States; re-exports, transfers and Chinese buyers abroad meet {outside}"
        yield from _term(law, told, "scope.outside_policy")
    for lever, value, told in SCREENING:
        if law.get(lever) is value:
            yield from _term(law, told, lever)
    yield from _cap(law, sku)


def _cap(law: Law, sku: str) -> Iterable[Term]:
    """The cap on shipments: of a product on record, or the one that all of them have."""
    shares = law["quota.share_of_us"]
    named = sku if sku in shares else next(iter(shares), None)
    if named and (named == sku or len(set(shares.values())) == 1):
        told = f"shipments to China at most {shares[named]:.0%} of its shipments for US use"
        yield from _term(law, told, "quota.share_of_us", named)


def _notice(law: Law) -> Iterable[Term]:
    """Terms of a notice under licence exception NAC."""
    days = law.get("nac.review_days")
    told = f"notice to BIS and its answer, {days:g} days" if days else "notice to BIS and its answer"
    yield from _term(law, f"{told} (licence exception NAC)", "nac.policy")


def _memory(law: Law) -> Iterable[Term]:
    """Terms of licence exception HBM."""
    told = ["buyer or packaging site with headquarters in the United States or country group A:5"]
    told += [] if law.get("hbm.exception_ai_use") else ["not for AI chips"]
    for one in told:
        yield from _term(law, f"{one} (licence exception HBM)", "hbm.exception_policy")


def _allowance(law: Law) -> Iterable[Term]:
    """Terms of licences for memory."""
    told = f"licences for at most {law.get('hbm.quota_share'):.3g} of the world's output of HBM"
    yield from _term(law, told, "hbm.quota_share")


def _named(law: Law, sku: str) -> Iterable[Term]:
    """Terms that acts set for a product by name, or for all products."""
    for lever, wording in BY_NAME:
        if law.act_of(lever, sku):
            yield from _term(law, wording(law.get(lever, sku)), lever, sku)
