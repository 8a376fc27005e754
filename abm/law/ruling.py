"""Rulings: what the law says about selling a good to China, why, and what would make it pass."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from abm.facts.records import Chip
from abm.law import lines as plane
from abm.law.inforce import Law
from abm.law.lines import Line, Measures

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

    def frees(self, verdict: Verdict) -> str:
        """The smallest change that would make the good pass, and the one that would open review case by case."""
        if verdict.policy in FREE:
            return "it passes"
        if verdict.line.name == "named":
            return "its name is taken off"
        best = min(self._ways(), key=lambda one: (plane.cost(one, self.values), len(one)))
        answer = plane.worded(plane.needed(best, self.values))
        unknown = {name: limit for name, limit in best.items() if self.values[name] is None and name != "sum"}
        answer += f"; and, unknown here, {plane.worded(unknown)}" if unknown else ""
        review = "" if verdict.policy == "case_by_case" else self._review(verdict)
        return f"{answer}; review case by case if {review}" if review else answer

    def _ways(self) -> Iterable[dict[str, float]]:
        """Every set of bounds under which no line would catch the good, through the consumer carve-out too."""
        yield from plane.escapes(self.lines)
        limit = self.law.get("consumer.tpp_below")
        if self.chip and self.chip.kind != "datacentre" and limit is not None and self.exists("consumer.policy"):
            for bounds in plane.escapes(one for one in self.lines if one.name not in ("band_a", "band_b")):
                yield bounds | {"tpp": min(limit, bounds.get("tpp", limit))}

    def _review(self, verdict: Verdict) -> str:
        """What a denied chip lacks for the band of review case by case."""
        if not self.chip or not self.exists("case_band.policy") or verdict.line.name not in ("band_a", "letter"):
            return ""
        limits = {"tpp": self.law.get("case_band.tpp_below"), "bandwidth": self.law.get("case_band.bandwidth_below")}
        lacks = plane.needed({name: limit for name, limit in limits.items() if limit is not None}, self.values)
        sold = self.chip.sold_in_us or not self.law.get("case_band.sold_in_us")
        return " and ".join(filter(None, (plane.worded(lacks), "" if sold else "commercially available in the US")))


@dataclass(frozen=True)
class Ruling:
    """What the law says about selling a chip or stack to China.

    policy                 the legal label, one of POLICIES
    band                   the ECCN paragraph, or None
    act                    name of the act that decides, or None for a free good
    rule                   that act's name and what it does
    refused_in_practice    the label gives a route that is never granted in practice
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
    _case: Case = field(repr=False, compare=False)
    _verdict: Verdict | None = field(repr=False, compare=False)

    @classmethod
    def on(cls, case: Case, verdict: Verdict | None, notes: Iterable[str]) -> "Ruling":
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
            note="; ".join(notes),
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
    def passes_if(self) -> str:
        """The smallest cut of its numbers that would free it, and what would open review case by case."""
        return self._case.frees(self._verdict) if self._verdict else "it passes"

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
