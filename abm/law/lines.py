"""The lines a law draws through the plane of chips, as clauses of comparisons that can be tested, worded and undone.

A line catches a chip when every comparison of one of its clauses holds. A comparison with an unknown value is
unknown: it neither catches nor frees, and the ruling says so.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Literal

from abm.facts.records import Chip
from abm.law.law import Law

type Measures = Mapping[str, float | None]

WORDS = {
    "tpp": ("TPP", "", 0),
    "density": ("performance density", "", 2),
    "bandwidth": ("memory bandwidth", " GB/s", 0),
    "link": ("link bandwidth", " GB/s", 0),
    "sum": ("bandwidth + link", " GB/s", 0),
    "stack": ("bandwidth density", " GB/s/mm2", 2),
}


BITS = {
    "fp64": 64, "int64": 64, "fp32": 32, "tf32": 32, "int32": 32, "fp16": 16, "bf16": 16, "int16": 16, "fp8": 8,
    "int8": 8, "fp6": 6, "fp4": 4, "int4": 4, "int2": 2, "int1": 1,
}  # fmt: skip
"""Bit length of the inputs of a multiplication, by format. TF32 is stored in 32 bits and multiplies 19 of them: the
rule does not say which counts, and 32 is the stricter reading."""


def tpp(**rates: float | None) -> float | None:
    """Total processing performance: dense tera-operations per second x bit length, the largest over formats.

    rates    format -> tera-operations per second, a multiplication with its addition counted as two, without sparsity;
             the formats are those of BITS
    Source: technical note on TPP to ECCN 3A090 (88 FR 73458): 2 x MacTOPS x bit length of the operation.
    """
    return max((rate * BITS[name] for name, rate in rates.items() if rate is not None), default=None)


def performance_density(tpp: float | None, die_mm2: float | None) -> float | None:
    """TPP / applicable die area in mm2, the area of dies made at 16 nm or below.

    Source: Note 3 to ECCN 3A090 (88 FR 73458).
    """
    return None if tpp is None or not die_mm2 else tpp / die_mm2


def measures(chip: Chip) -> dict[str, float | None]:
    """What the lines measure of a chip; the stated TPP and density go before those that follow from other cells."""
    total = chip.tpp if chip.tpp is not None else tpp(fp16=chip.fp16_tflops, fp8=chip.fp8_tops, fp4=chip.fp4_tops)
    density = chip.performance_density
    bandwidth, link = chip.bandwidth_gb_s, chip.link_gb_s
    return {
        "tpp": total,
        "density": density if density is not None else performance_density(total, chip.die_mm2),
        "bandwidth": bandwidth,
        "link": link,
        "sum": None if bandwidth is None or link is None else bandwidth + link,
    }


@dataclass(frozen=True)
class Comparison:
    """One measure against one limit."""

    measure: str
    sign: Literal[">=", ">", "<"]
    limit: float

    def holds(self, values: Measures) -> bool | None:
        """Whether it holds, or None where the measure is unknown."""
        value = values[self.measure]
        if value is None:
            return None
        return (
            value < self.limit
            if self.sign == "<"
            else value > self.limit or (self.sign == ">=" and value == self.limit)
        )

    def worded(self, values: Measures) -> str:
        """The measure, its value and the limit, in words."""
        name, unit, _ = WORDS[self.measure]
        relation = {">=": "at or above", ">": "above", "<": "below"}[self.sign]
        value, limit = amount(self.measure, values[self.measure]), amount(self.measure, self.limit)
        return f"{name} {value}{unit} {relation} {limit}{unit}"


def amount(measure: str, value: float | None) -> str:
    """A value of a measure with thousands separated."""
    return (
        "unknown"
        if value is None
        else f"{value:,.{WORDS[measure][2]}f}"
        if WORDS[measure][2] or value.is_integer()
        else f"{value:,.1f}"
    )


type Clause = tuple[Comparison, ...]


@dataclass(frozen=True)
class Line:
    """A line of the law: what it is called, the ECCN paragraph, what it does, and the clauses that catch."""

    name: str
    band: str | None
    policy: str
    clauses: tuple[Clause, ...]

    @property
    def label(self) -> str:
        """What the line is called in words."""
        return self.band or "the letter"

    def catches(self, values: Measures) -> bool | None:
        """Whether a clause holds; None where that hangs on an unknown value."""
        if any(all(one.holds(values) for one in clause) for clause in self.clauses):
            return True
        return None if self.undecided(values) else False

    def undecided(self, values: Measures) -> list[Clause]:
        """What is left of the clauses that hang on unknown values alone: the comparisons with those."""
        held = [[(one, one.holds(values)) for one in clause] for clause in self.clauses]
        open_ones = [clause for clause in held if all(verdict is not False for _, verdict in clause)]
        return [part for clause in open_ones if (part := tuple(one for one, verdict in clause if verdict is None))]

    def caught_by(self, values: Measures) -> str:
        """The clauses that hold, with numbers; upper limits are given only where a clause has no others."""
        held = (clause for clause in self.clauses if all(one.holds(values) for one in clause))
        named = ([one for one in clause if one.sign != "<"] or clause for clause in held)
        return "; ".join(" and ".join(one.worded(values) for one in clause) for clause in named)


def _clause(*parts: tuple[str, Literal[">=", ">", "<"], float | None]) -> tuple[Clause, ...]:
    """A clause, or none where the law gives no limit for one of its comparisons."""
    return (
        (tuple(Comparison(name, sign, limit) for name, sign, limit in parts if limit is not None),)
        if all(one[2] is not None for one in parts)
        else ()
    )


def compared(law: Law) -> dict[str, set[float]]:
    """The limits at which a ruling on a chip may change, by measure."""
    found: dict[str, set[float]] = {name: set() for name in WORDS}
    for line in lines(law).values():
        for clause in line.clauses:
            for one in clause:
                found[one.measure].add(one.limit)
    levers = (("tpp", "consumer.tpp_below"), ("tpp", "case_band.tpp_below"), ("bandwidth", "case_band.bandwidth_below"))
    for measure, lever in levers:
        if (limit := law.get(lever)) is not None:
            found[measure].add(limit)
    return found


@lru_cache(maxsize=1024)
def lines(law: Law) -> dict[str, Line]:
    """The lines a law draws for chips, by name; a line without a policy, or that is off or free, is not drawn."""
    of = law.get
    old = _clause(("link", ">=", of("oct2022.link_min")), ("tpp", ">=", of("oct2022.tpp_min")))
    top = _clause(("tpp", ">=", of("band_a.tpp_min")))
    top += _clause(("tpp", ">=", of("band_a.dense_tpp_min")), ("density", ">=", of("band_a.density_min")))
    below = of("band_b.density_below")
    low = _clause(
        ("tpp", ">=", of("band_b.tpp_min")),
        ("tpp", "<", of("band_b.tpp_below")),
        ("density", ">=", of("band_b.density_min")),
        ("density", "<", below),
    )
    low += _clause(
        ("tpp", ">=", of("band_b.dense_tpp_min")),
        ("density", ">=", of("band_b.dense_density_min")),
        ("density", "<", below),
    )
    letter = _clause(("bandwidth", ">=", of("letter.bandwidth_min")))
    letter += _clause(("link", ">=", of("letter.link_min"))) + _clause(("sum", ">=", of("letter.sum_min")))

    drawn = (
        Line("oct2022", "3A090", of("oct2022.policy"), old),
        Line("band_a", "3A090.a", of("band_a.policy"), top),
        Line("band_b", "3A090.b", of("band_b.policy"), low),
        Line("letter", None, of("letter.policy"), letter),
    )
    return {one.name: one for one in drawn if one.policy not in (None, "off", "free")}


def escapes(drawn: Iterable[Line]) -> Iterator[dict[str, float]]:
    """Every way to pass all lines by lowering measures: measure -> the limit it must stay below."""
    clauses = [[one for one in clause if one.sign != "<"] for line in drawn for clause in line.clauses]
    for choice in product(*clauses):
        bounds: dict[str, float] = {}
        for one in choice:
            bounds[one.measure] = min(one.limit, bounds.get(one.measure, math.inf))
        yield bounds


def cost(bounds: Mapping[str, float], values: Measures) -> float:
    """How far a chip must be cut to stay below bounds: the sum of log ratios, TPP and density sharing one cut.

    A measure that is unknown catches nothing and costs nothing.
    """
    cuts = {
        name: max(0.0, math.log(value / limit)) if limit else math.inf
        for name, limit in bounds.items()
        if (value := values[name])
    }
    shared = max(cuts.pop("tpp", 0.0), cuts.pop("density", 0.0))
    return shared + sum(cuts.values())


def needed(bounds: Mapping[str, float], values: Measures) -> dict[str, float]:
    """The bounds a chip is known not to meet, without those that follow from others."""
    unmet = {name: limit for name, limit in bounds.items() if (value := values[name]) is not None and value >= limit}
    parts = [min(unmet.get(name, math.inf), values[name] or 0.0) for name in ("bandwidth", "link")]
    if "sum" in unmet and len(unmet) > 1 and sum(parts) <= unmet["sum"]:
        del unmet["sum"]
    return unmet


def worded(bounds: Mapping[str, float]) -> str:
    """Bounds in words, in the order in which the rules name the measures."""
    asked = ((name, "at most" if name == "stack" else "below") for name in WORDS if name in bounds)
    return " and ".join(
        f"{WORDS[name][0]} {relation} {amount(name, bounds[name])}{WORDS[name][1]}" for name, relation in asked
    )
