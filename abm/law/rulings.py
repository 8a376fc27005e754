"""Is a chip, or a stack of memory, controlled under the law of a day.

Precedence. The consumer carve-out (Note 2 to 3A090) beats 3A090.a and .b, and .a goes before .b. Inside the bands,
licence exception NAC goes before review of a licence, and the corrections of April 2024 set that review for all but
data-centre chips in 3A090.a. The letters of April 2025 bind on top of the bands, for the vendors that got them. From
15 January 2026 a chip inside the band of review case by case leaves 3A090.a and the letters. Of what is left the
strictest counts. `licence.policy` for a product replaces the review of a chip that some line catches. A chip no line
catches is free.

What is unknown catches nothing here: this is what the model's market meets, where a maker sells until a line is known
to catch. A ruling names the lines it left undecided so, and `abm.law.answers` says what they may come to.

The rulings are about sales to China of goods subject to US rules. A chip of a Chinese vendor is classified by its
numbers all the same: the answer says what the rules would say of it, not that they reach its sale at home.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from abm.facts import catalog
from abm.facts.records import Chip, HbmGeneration
from abm.law.law import Law
from abm.law.levers import POLICIES
from abm.law.lines import WORDS, Comparison, Line, Measures, cost, escapes, lines, measures, needed, worded

FREE = ("free", "exempt")


@dataclass(frozen=True)
class Verdict:
    """What a line comes to for a good.

    line       the line that catches, or the carve-out that frees
    policy     what follows
    lever      the lever whose act decides; by_name where it is set for the product
    refused    the policy is a route that is never granted in practice
    """

    line: Line
    policy: str
    lever: str
    by_name: bool = False
    refused: bool = False

    @property
    def in_practice(self) -> str:
        """The policy the market meets."""
        return "presume_deny" if self.refused else self.policy


@dataclass(frozen=True)
class Case:
    """A good before a law: its name, what is measured of it, and the lines that could catch it.

    chip    the chip, for the exceptions that ask what it is made for; None for memory
    """

    name: str
    values: Measures
    lines: tuple[Line, ...]
    law: Law
    chip: Chip | None = None

    def exists(self, lever: str) -> bool:
        """Whether the law has an exception."""
        return self.law.get(lever) not in (None, "off")

    def frees(self, verdict: Verdict | None) -> str:
        """The smallest change that would make the good pass, and the one that would open review case by case."""
        passes = verdict is None or verdict.policy in FREE
        if verdict and not passes and verdict.line.name == "named":
            return "its name is taken off"
        ways = [
            (one, {name: limit for name, limit in one.items() if self.values[name] is None}) for one in self._ways()
        ]
        best, unknown = min(ways, key=lambda way: (cost(way[0], self.values), len(way[1]), len(way[0])))
        if verdict is None or passes:
            return f"it passes if, unknown here, {worded(unknown)}" if unknown else "it passes"
        answer = worded(needed(best, self.values))
        answer += f"; and, unknown here, {worded(unknown)}" if unknown else ""
        review = "" if verdict.policy == "case_by_case" else self._review(verdict)
        return f"{answer}; review case by case if {review}" if review else answer

    def _ways(self) -> Iterable[dict[str, float]]:
        """Every set of bounds under which no line would catch the good, through the consumer carve-out too."""
        yield from escapes(self.lines)
        limit = self.law.get("consumer.tpp_below")
        if self.chip and self.chip.kind != "datacentre" and limit is not None and self.exists("consumer.policy"):
            for bounds in escapes(one for one in self.lines if one.name not in ("band_a", "band_b")):
                yield bounds | {"tpp": min(limit, bounds.get("tpp", limit))}

    def _review(self, verdict: Verdict) -> str:
        """What a denied chip lacks for the band of review case by case."""
        if not self.chip or not self.exists("case_band.policy") or verdict.line.name not in ("band_a", "letter"):
            return ""
        limits = {"tpp": self.law.get("case_band.tpp_below"), "bandwidth": self.law.get("case_band.bandwidth_below")}
        lacks = needed({name: limit for name, limit in limits.items() if limit is not None}, self.values)
        sold = self.chip.sold_in_us or not self.law.get("case_band.sold_in_us")
        return " and ".join(filter(None, (worded(lacks), "" if sold else "commercially available in the US")))


@dataclass(frozen=True)
class Ruling:
    """What the law says about selling a chip or stack to China.

    policy                 the legal label, one of POLICIES
    band                   the ECCN paragraph, or None
    act                    name of the act that decides, or None for a free good
    rule                   that act's name and what it does
    refused_in_practice    the label gives a route that is never granted in practice
    source                 ids of the sources of the act
    undecided              the lines that hang on an unknown value, and are taken not to catch for want of it
    caveats                what else is to be known
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
    undecided: tuple[Line, ...]
    caveats: tuple[str, ...]
    _case: Case = field(repr=False, compare=False)
    _verdict: Verdict | None = field(repr=False, compare=False)

    @classmethod
    def on(cls, case: Case, verdict: Verdict | None, undecided: Iterable[Line], caveats: Iterable[str]) -> "Ruling":
        """The ruling a verdict comes to; without a verdict the good is free."""
        act = None
        if verdict:
            act = case.law.act_of(verdict.lever, case.name if verdict.by_name else None)
        return cls(
            sku=case.name,
            policy=verdict.policy if verdict else "free",
            band=verdict.line.band if verdict else None,
            act=act.name if act else None,
            rule=f"{act.name}: {act.what}" if act else None,
            refused_in_practice=bool(verdict and verdict.refused),
            tpp=case.values["tpp"],
            performance_density=case.values["density"],
            memory_bandwidth=case.values["bandwidth"],
            source=act.source if act else (),
            undecided=tuple(undecided),
            caveats=tuple(caveats),
            _case=case,
            _verdict=verdict,
        )

    @property
    def in_practice(self) -> str:
        """The policy the market meets: presumed denial where the legal route is never granted."""
        return self._verdict.in_practice if self._verdict else self.policy

    @property
    def free(self) -> bool:
        """Whether it may go without notice or licence."""
        return self.in_practice in FREE

    @property
    def caught_by(self) -> str:
        """The comparisons that caught it, or by which it is exempt, with numbers; empty for a good no line catches."""
        if self._verdict is None:
            return ""
        held = self._verdict.line.caught_by(self._case.values) or "named in the act"
        return f"not made for data centres and {held}" if self._verdict.line.name == "consumer" else held

    @property
    def values(self) -> Measures:
        """What the lines measure of the good."""
        return self._case.values

    @property
    def lever(self) -> str:
        """The lever whose act decides; empty for a good no line catches."""
        return self._verdict.lever if self._verdict else ""

    @property
    def passes_if(self) -> str:
        """The smallest cut of its numbers that would free it, and what would open review case by case."""
        return self._case.frees(self._verdict)

    @property
    def note(self) -> str:
        """What was left undecided, and caveats."""
        wants = (
            f"{_missing(line, self._case.values)} unknown: {line.label} does not catch it for want of that"
            for line in self.undecided
        )
        return "; ".join((*wants, *self.caveats))


def _missing(line: Line, values: Measures) -> str:
    """The measures that a line asks for and that are unknown."""
    asked = dict.fromkeys(one.measure for clause in line.clauses for one in clause)
    return " and ".join(WORDS[name][0] for name in asked if values[name] is None)


def classify(chip: Chip, law: Law) -> Ruling:
    """The ruling on a chip under a law.

    A comparison with an unknown attribute does not catch, and the note says what hangs on it. A chip without a vendor
    is a design: the letters are taken to reach it.
    """
    return _classify(chip, law.drawing)


@lru_cache(maxsize=8192)
def _classify(chip: Chip, law: Law) -> Ruling:
    """The ruling under a law's lines, made once."""
    addressed = not chip.vendor or law.get("letter.addressed", chip.vendor)
    drawn = tuple(line for line in lines(law).values() if line.name != "letter" or addressed)
    case = Case(chip.sku, measures(chip), drawn, law, chip)

    verdicts, unknown = _verdicts(case, chip)
    verdict = max(verdicts, key=lambda one: (POLICIES.index(one.in_practice), POLICIES.index(one.policy)), default=None)
    override = law.get("licence.policy", chip.sku)
    if override is not None and verdict is not None and verdict.policy not in FREE:
        verdict = Verdict(verdict.line, override, "licence.policy", by_name=True)
    return Ruling.on(case, verdict, unknown, _caveats(case, chip, verdict))


def _verdicts(case: Case, chip: Chip) -> tuple[list[Verdict], list[Line]]:
    """What each line comes to, bands first, and the lines that hang on an unknown value."""
    found: list[Verdict] = []
    unknown: list[Line] = []
    if consumer := _consumer(case, chip):
        found.append(consumer)
    for line in case.lines:
        if line.name in ("band_a", "band_b") and any(one.line.name in ("consumer", "band_a") for one in found):
            continue
        catches = line.catches(case.values)
        if catches:
            found.append(_within(case, chip, line))
        elif catches is None:
            unknown.append(line)
    named = case.law.get("named.policy", chip.sku)
    if named not in (None, "off", "free"):
        found.append(Verdict(Line("named", None, named, ()), named, "named.policy", by_name=True))
    return found, unknown


def _consumer(case: Case, chip: Chip) -> Verdict | None:
    """The carve-out for chips not made for data centres."""
    limit = case.law.get("consumer.tpp_below")
    if chip.kind == "datacentre" or limit is None or not case.exists("consumer.policy"):
        return None
    line = Line("consumer", None, case.law.get("consumer.policy"), ((Comparison("tpp", "<", limit),),))
    return Verdict(line, line.policy, "consumer.policy") if line.catches(case.values) else None


def _within(case: Case, chip: Chip, line: Line) -> Verdict:
    """What a line that catches comes to after its exceptions."""
    law, centres = case.law, chip.kind == "datacentre"
    if line.name in ("band_a", "letter") and _in_case_band(case, chip):
        return Verdict(line, law.get("case_band.policy"), "case_band.policy")
    if line.name not in ("band_a", "band_b"):
        return Verdict(line, line.policy, f"{line.name}.policy")

    above = (case.values["tpp"] or 0.0) >= (law.get("band_a.tpp_min") or 0.0)
    noticed = line.name == "band_b" if centres else line.name == "band_a" and above
    if noticed and case.exists("nac.policy"):
        refused = not centres and not law.get("nac.gaming_cleared")
        return Verdict(line, law.get("nac.policy"), "nac.policy", refused=refused)
    if case.exists("corrections.policy") and not (centres and line.name == "band_a"):
        return Verdict(line, law.get("corrections.policy"), "corrections.policy")
    return Verdict(line, line.policy, f"{line.name}.policy")


def _in_case_band(case: Case, chip: Chip) -> bool:
    """Whether the band of review case by case, if there is one, takes a chip in; what is unknown does not."""
    if not case.exists("case_band.policy"):
        return False
    limits = (("tpp", case.law.get("case_band.tpp_below")), ("bandwidth", case.law.get("case_band.bandwidth_below")))
    inside = all(limit is not None and Comparison(name, "<", limit).holds(case.values) for name, limit in limits)
    return inside and bool(chip.sold_in_us or not case.law.get("case_band.sold_in_us"))


def _caveats(case: Case, chip: Chip, verdict: Verdict | None) -> Iterable[str]:
    """Caveats of a ruling on a chip."""
    if verdict and verdict.refused:
        yield "notice was never cleared for such cards in practice: treat as refused"
    if verdict and verdict.lever == "nac.policy":
        review = f", reviewed as {case.law.get('corrections.policy')}" if case.exists("corrections.policy") else ""
        yield f"BIS may answer the notice by asking for a licence{review}"
    vendor = catalog.vendors().get(chip.vendor)
    if verdict and vendor and vendor.jurisdiction == "CN":
        yield "made by a Chinese vendor: classified by number, US rules do not reach its sale at home"


def classify_hbm(stack: HbmGeneration, law: Law) -> Ruling:
    """The ruling on stacks of a generation of memory, sold by themselves.

    The exception for older stacks needs a buyer or packager from a trusted country and a use other than AI chips, so
    for what Chinese makers of AI chips want it counts as refused. Stacks already packaged with logic fall under the
    chip's ruling.
    """
    return _classify_hbm(stack, law.drawing)


@lru_cache(maxsize=1024)
def _classify_hbm(stack: HbmGeneration, law: Law) -> Ruling:
    """The ruling under a law's line for memory, made once."""
    limit, policy = law.get("hbm.density_above"), law.get("hbm.policy")
    drawn = limit is not None and policy not in (None, "off", "free")
    line = Line("hbm", "3A090.c", policy, ((Comparison("stack", ">", limit),),) if drawn else ())
    values = dict.fromkeys(WORDS) | {"stack": stack.density_gb_s_mm2, "bandwidth": stack.bandwidth_gb_s_per_stack}
    case = Case(stack.generation, values, (line,), law)
    catches = line.catches(values)

    verdict = Verdict(line, policy, "hbm.policy") if catches else None
    caveats = []
    if verdict and _excepted(case):
        verdict = Verdict(
            line, law.get("hbm.exception_policy"), "hbm.exception_policy", refused=not law.get("hbm.exception_ai_use")
        )
        caveats = ["the exception is not for AI chips, nor for buyers outside trusted countries: treat as refused"]
    return Ruling.on(case, verdict, [line] if catches is None else [], caveats if verdict and verdict.refused else [])


def _excepted(case: Case) -> bool:
    """Whether licence exception HBM is there, reaches a stack, and gives more than the line itself."""
    below = case.law.get("hbm.exception_density_below")
    if below is None or not case.exists("hbm.exception_policy"):
        return False
    given, held = (POLICIES.index(case.law.get(lever)) for lever in ("hbm.exception_policy", "hbm.policy"))
    return given < held and bool(Comparison("stack", "<", below).holds(case.values))
