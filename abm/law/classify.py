"""Is a chip, or a stack of memory, controlled under the law of a day, and what would free it.

Precedence. The consumer carve-out (Note 2 to 3A090) beats 3A090.a and .b. Inside the bands, licence exception NAC beats review
of a licence, and the corrections of April 2024 set that review for all but data-centre chips in 3A090.a. The letters of April
2025 bind on top of the bands, for the vendors that got them. From 15 January 2026 a chip inside the case-by-case band leaves
3A090.a and the letters. `licence.policy` for a product replaces the review of a chip that some line catches. Of what is left the
strictest counts; a chip no line catches is free.

The rulings are about sales to China of goods subject to US rules. A chip of a Chinese vendor is classified by its numbers all
the same: the answer says what the rules would say of it, not that they reach its sale at home.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from abm.facts import catalog
from abm.facts.records import Chip, HbmGeneration
from abm.law import lines as plane
from abm.law.acts import Act
from abm.law.inforce import Law
from abm.law.levers import POLICIES
from abm.law.lines import Comparison, Line, Measures, performance_density, tpp

__all__ = ["POLICIES", "Ruling", "classify", "classify_hbm", "performance_density", "presumed_controlled", "tpp"]

FREE = ("free", "exempt")


@dataclass(frozen=True)
class Ruling:
    """What the law says about selling a chip or stack to China.

    policy                 the legal label, one of POLICIES
    band                   the ECCN paragraph, or None
    act                    name of the act that decides, or None for a free chip
    rule                   that act's name and what it does
    refused_in_practice    the label gives a route that was never granted in practice
    caught_by              the comparison that caught it, with numbers; for a free chip empty
    passes_if              what would make it pass: the smallest cut in the measures
    source                 ids of the sources of the act
    note                   what is unknown, and caveats
    """

    sku: str
    policy: str
    band: str | None
    act: str | None
    rule: str | None
    refused_in_practice: bool
    tpp: float | None
    performance_density: float | None
    memory_bandwidth: float | None
    source: tuple[str, ...]
    note: str
    _case: "_Case" = field(repr=False, compare=False)

    @property
    def in_practice(self) -> str:
        """The policy the market meets: presumed denial where the legal route was never granted."""
        return "presume_deny" if self.refused_in_practice else self.policy

    @property
    def free(self) -> bool:
        """Whether it may go without notice or licence."""
        return self.in_practice in FREE

    @property
    def caught_by(self) -> str:
        """The comparisons that caught it, or by which it is exempt, with numbers."""
        return self._case.caught_by()

    @property
    def passes_if(self) -> str:
        """The smallest change of its numbers that would free it, and that would open review case by case."""
        return self._case.passes_if(self)

    def to_dict(self, on: date) -> dict[str, Any]:
        """The fields the command line gives, for the day it was asked about."""
        return {
            "sku": self.sku,
            "on": on.isoformat(),
            "policy": self.policy,
            "band": self.band,
            "rule": self.rule,
            "caught_by": self.caught_by,
            "tpp": self.tpp,
            "performance_density": self.performance_density,
            "memory_bandwidth": self.memory_bandwidth,
            "passes_if": self.passes_if,
            "source": list(self.source),
        }


@dataclass(frozen=True)
class _Verdict:
    """What one line comes to for a chip: the lever whose act decides, and the exception taken, if any."""

    line: Line
    policy: str
    decided_by: str
    refused: bool = False


@dataclass(frozen=True)
class _Case:
    """A chip or stack before a law, for the wording of its ruling."""

    good: Chip | HbmGeneration
    values: Measures
    lines: tuple[Line, ...]  # those that could catch it
    caught: Line | None
    law: Law

    def caught_by(self) -> str:
        if self.caught is None:
            return ""
        return self.caught.caught_by(self.values) or "named in the act"

    def passes_if(self, ruling: Ruling) -> str:
        if ruling.policy in FREE:
            return "it passes"
        if self.caught is not None and self.caught.name == "named":
            return "its name is taken off"
        options = [(plane.cost(one, self.values), len(one), one) for one in self._ways()]
        best = min(options, key=lambda one: one[:2])[2]
        answer = plane.worded(plane.needed(best, self.values))
        open_ends = plane.worded({name: limit for name, limit in best.items() if self.values[name] is None and name != "sum"})
        answer += f"; and, unknown here, {open_ends}" if open_ends else ""
        review = self._review() if ruling.policy != "case_by_case" else ""
        return f"{answer}; review case by case if {review}" if review else answer

    def _ways(self) -> Iterable[dict[str, float]]:
        """Every set of bounds under which no line would catch the chip, through the carve-out too."""
        yield from plane.escapes(self.lines)
        limit = self.law.get("consumer.tpp_below")
        if isinstance(self.good, Chip) and self.good.kind != "datacentre" and _on(self.law, "consumer.policy") and limit is not None:
            for bounds in plane.escapes(one for one in self.lines if one.name not in ("band_a", "band_b")):
                yield bounds | {"tpp": min(limit, bounds.get("tpp", limit))}

    def _review(self) -> str:
        """What a denied chip lacks for the band of review case by case."""
        if not isinstance(self.good, Chip) or not _on(self.law, "case_band.policy"):
            return ""
        if self.caught is None or self.caught.name not in ("band_a", "letter"):
            return ""
        bounds = {"tpp": self.law.get("case_band.tpp_below"), "bandwidth": self.law.get("case_band.bandwidth_below")}
        lacks = plane.worded(plane.needed({name: limit for name, limit in bounds.items() if limit is not None}, self.values))
        sold = "" if self.good.sold_in_us or not self.law.get("case_band.sold_in_us") else "commercially available in the United States"
        return " and ".join(one for one in (lacks, sold) if one)


def classify(chip: Chip, law: Law) -> Ruling:
    """The ruling on a chip under a law.

    A comparison with an unknown attribute does not catch, and the note says what hangs on it. A chip without a vendor is a
    design: the letters are taken to reach it.
    """
    return _classify(chip, law.drawing)


@lru_cache(maxsize=8192)
def _classify(chip: Chip, law: Law) -> Ruling:
    """The ruling under a law's lines, made once."""
    values = plane.measures(chip)
    drawn = _lines_for(chip, law)
    verdicts, unknown = _verdicts(chip, law, values, drawn)
    if not verdicts:
        return _ruling(chip, law, values, drawn, None, unknown)
    verdict = max(verdicts, key=lambda one: (POLICIES.index(_practice(one)), -drawn.index(one.line) if one.line in drawn else 0))
    override = law.get("licence.policy", chip.sku)
    if override is not None and verdict.policy not in FREE:
        verdict = _Verdict(verdict.line, override, "licence.policy")
    return _ruling(chip, law, values, drawn, verdict, unknown)


def _practice(verdict: _Verdict) -> str:
    return "presume_deny" if verdict.refused else verdict.policy


def _on(law: Law, lever: str) -> bool:
    """Whether an exception exists."""
    return law.get(lever) not in (None, "off")


def _lines_for(chip: Chip, law: Law) -> tuple[Line, ...]:
    """The lines drawn for a chip: all, but the letters for those who did not get one."""
    drawn = plane.lines(law)
    addressed = not chip.vendor or law.get("letter.addressed", chip.vendor)
    return tuple(line for line in drawn.values() if line.name != "letter" or addressed)


def _verdicts(chip: Chip, law: Law, values: Measures, drawn: tuple[Line, ...]) -> tuple[list[_Verdict], list[Line]]:
    """What each line comes to, and the lines that hang on an unknown value."""
    found: list[_Verdict] = []
    unknown: list[Line] = []
    consumer = _consumer(chip, law, values)
    if consumer is not None:
        found.append(consumer)
    for line in drawn:
        if line.name in ("band_a", "band_b") and (consumer or any(one.line.name == "band_a" for one in found)):
            continue
        catches = line.catches(values)
        if catches:
            found.append(_within(chip, law, values, line))
        elif catches is None:
            unknown.append(line)
    if (named := law.get("named.policy", chip.sku)) not in (None, "off", "free"):
        found.append(_Verdict(Line("named", None, named, ()), named, "named.policy"))
    return found, unknown


def _consumer(chip: Chip, law: Law, values: Measures) -> _Verdict | None:
    """The carve-out for chips not made for data centres."""
    limit = law.get("consumer.tpp_below")
    if chip.kind == "datacentre" or limit is None or not _on(law, "consumer.policy"):
        return None
    below = Comparison("tpp", "<", limit)
    return _Verdict(Line("consumer", None, "", ((below,),)), law.get("consumer.policy"), "consumer.policy") if below.holds(values) else None


def _within(chip: Chip, law: Law, values: Measures, line: Line) -> _Verdict:
    """What a line that catches comes to after its exceptions."""
    if line.name in ("band_a", "letter") and _in_case_band(chip, law, values):
        return _Verdict(line, law.get("case_band.policy"), "case_band.policy")
    if line.name not in ("band_a", "band_b"):
        return _Verdict(line, line.policy, f"{line.name}.policy")

    total, top = values["tpp"] or 0.0, law.get("band_a.tpp_min") or 0.0
    made_for_centres = chip.kind == "datacentre"
    if _on(law, "nac.policy") and made_for_centres == (line.name == "band_b") and (made_for_centres or total >= top):
        return _Verdict(line, law.get("nac.policy"), "nac.policy", refused=not made_for_centres and not law.get("nac.gaming_cleared"))
    if _on(law, "corrections.policy") and not (made_for_centres and line.name == "band_a"):
        return _Verdict(line, law.get("corrections.policy"), "corrections.policy")
    return _Verdict(line, line.policy, f"{line.name}.policy")


def _in_case_band(chip: Chip, law: Law, values: Measures) -> bool:
    """Whether the band of review case by case, if there is one, takes a chip in; what is unknown does not."""
    if not _on(law, "case_band.policy"):
        return False
    limits = (("tpp", law.get("case_band.tpp_below")), ("bandwidth", law.get("case_band.bandwidth_below")))
    inside = all(limit is not None and Comparison(name, "<", limit).holds(values) for name, limit in limits)
    return inside and bool(chip.sold_in_us or not law.get("case_band.sold_in_us"))


def _ruling(chip: Chip, law: Law, values: Measures, drawn: tuple[Line, ...], verdict: _Verdict | None, unknown: list[Line]) -> Ruling:
    """The ruling a verdict comes to."""
    act = _deciding(law, verdict, chip.sku)
    return Ruling(
        sku=chip.sku,
        policy=verdict.policy if verdict else "free",
        band=verdict.line.band if verdict else None,
        act=act.name if act else None,
        rule=f"{act.name}: {act.what}" if act else None,
        refused_in_practice=bool(verdict and verdict.refused),
        tpp=values["tpp"],
        performance_density=values["density"],
        memory_bandwidth=values["bandwidth"],
        source=act.source if act else (),
        note="; ".join(_notes(chip, values, verdict, unknown)),
        _case=_Case(chip, values, drawn, verdict.line if verdict else None, law),
    )


def _deciding(law: Law, verdict: _Verdict | None, sku: str) -> Act | None:
    """The act whose setting decides."""
    if verdict is None:
        return None
    return law.act_of(verdict.decided_by, sku if verdict.decided_by in ("licence.policy", "named.policy") else None)


def _notes(chip: Chip, values: Measures, verdict: _Verdict | None, unknown: list[Line]) -> Iterable[str]:
    """Caveats of a ruling."""
    for line in unknown:
        missing = [plane.WORDS[name][0] for name in dict.fromkeys(one.measure for clause in line.clauses for one in clause) if values[name] is None]
        yield f"{' and '.join(missing)} unknown: {line.band or 'the letter'} does not catch it for want of that"
    if verdict and verdict.refused:
        yield "notice was never cleared for such cards in practice: treat as refused"
    if verdict and verdict.decided_by == "nac.policy":
        yield "BIS may answer the notice by asking for a licence"
    vendor = catalog.vendors().get(chip.vendor)
    if verdict and vendor and vendor.jurisdiction == "CN":
        yield "made by a Chinese vendor: classified by number, US rules do not reach its sale at home"


def classify_hbm(stack: HbmGeneration, law: Law) -> Ruling:
    """The ruling on stacks of a generation of memory, sold by themselves.

    The exception for older stacks needs a buyer or packager from a trusted country and a use other than AI chips, so for what
    Chinese makers of AI chips want it counts as refused. Stacks already packaged with logic fall under the chip's ruling.
    """
    return _classify_hbm(stack, law.drawing)


@lru_cache(maxsize=1024)
def _classify_hbm(stack: HbmGeneration, law: Law) -> Ruling:
    """The ruling under a law's line for memory, made once."""
    values = dict.fromkeys(plane.WORDS) | {"stack": stack.density_gb_s_mm2, "bandwidth": stack.bandwidth_gb_s_per_stack}
    limit, policy = law.get("hbm.density_above"), law.get("hbm.policy")
    line = Line("hbm", "3A090.c", policy, ((Comparison("stack", ">", limit or 0.0),),))
    drawn = (line,) if limit is not None and policy not in (None, "off", "free") else ()
    verdict, unknown = None, [line] if drawn and stack.density_gb_s_mm2 is None else []
    if drawn and line.catches(values):
        below = law.get("hbm.exception_density_below")
        excepted = _on(law, "hbm.exception_policy") and below is not None and Comparison("stack", "<", below).holds(values)
        verdict = _Verdict(line, policy, "hbm.policy")
        if excepted and POLICIES.index(law.get("hbm.exception_policy")) < POLICIES.index(policy):
            verdict = _Verdict(line, law.get("hbm.exception_policy"), "hbm.exception_policy", not law.get("hbm.exception_ai_use"))
    return _hbm_ruling(stack, law, values, drawn, verdict, unknown)


def _hbm_ruling(stack: HbmGeneration, law: Law, values: Measures, drawn: tuple[Line, ...], verdict: _Verdict | None, unknown: list[Line]) -> Ruling:
    """The ruling on a stack a verdict comes to."""
    act = _deciding(law, verdict, stack.generation)
    notes = ["bandwidth density unknown: 3A090.c does not catch it for want of that"] if unknown else []
    if verdict and verdict.refused:
        notes.append("the exception is not for AI chips, nor for buyers outside trusted countries: treat as refused")
    return Ruling(
        sku=stack.generation,
        policy=verdict.policy if verdict else "free",
        band="3A090.c" if verdict else None,
        act=act.name if act else None,
        rule=f"{act.name}: {act.what}" if act else None,
        refused_in_practice=bool(verdict and verdict.refused),
        tpp=None,
        performance_density=None,
        memory_bandwidth=values["bandwidth"],
        source=act.source if act else (),
        note="; ".join(notes),
        _case=_Case(stack, values, drawn, verdict.line if verdict else None, law),
    )


def presumed_controlled(law: Law, node_nm: float, transistors_bn: float, hbm_stacks: float, year: int) -> bool:
    """Whether a foundry must presume a logic die to be in 3A090.a, before any approval or attestation rebuts it.

    node_nm           process node
    transistors_bn    billions of transistors of the aggregated package
    hbm_stacks        stacks in the package
    year              of the order
    Source: 90 FR on foundry due diligence, as in the fact row us-2025-foundry.
    """
    if not law.get("foundry.diligence"):
        return False
    limit = law.get("foundry.transistors_bn_below") or 0.0
    if hbm_stacks == 0:
        later = [law.get(f"foundry.no_hbm_transistors_bn_{start}") for start in (2027, 2029) if year >= start]
        limit = max([limit, *(one for one in later if one is not None)])
    node = law.get("foundry.node_nm_max")
    return node is not None and node_nm <= node and transistors_bn >= limit
