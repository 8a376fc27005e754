"""What the law of a day says of a good to a person who asks: the ruling, what it hangs on, its terms and its sources.

A ruling (`abm.law.rulings`) is what the model's market meets, and takes what is unknown not to catch. An answer never
does: where the policy is the same whatever the unknown may be it is that policy, and else it is `unknown`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from abm.facts import catalog
from abm.facts.records import Chip, HbmGeneration
from abm.law.law import Law
from abm.law.levers import POLICIES
from abm.law.lines import WORDS, Clause, Comparison, amount, lines
from abm.law.outlook import RECORD_ENDS
from abm.law.regime import Regime, load_regime
from abm.law.rulings import FREE, Ruling, classify, classify_hbm
from abm.law.terms import Term, terms
from abm.law.unknowns import ATTRIBUTES, CARD_LINK, bound_card, may_be_addressed, possible, possible_stacks

UNKNOWN = "unknown"
OF_MEASURE = {
    "tpp": ("tpp",), "density": ("performance_density", "tpp"), "bandwidth": ("bandwidth_gb_s",),
    "link": ("link_gb_s",), "sum": ("bandwidth_gb_s", "link_gb_s"), "stack": ("density_gb_s_mm2",),
}  # fmt: skip
"""Columns that a measure follows from."""


@dataclass(frozen=True)
class Answer:
    """What the law of a day says about selling a chip or stack to China.

    policy                 one of POLICIES, or "unknown"
    band                   the ECCN paragraph, where one decides
    rule                   the act that decides and what it does
    caught_by              the comparisons that caught it, with numbers
    tpp, performance_density, memory_bandwidth    in TPP, TPP/mm2 and GB/s; None where unknown
    passes_if              the smallest change under which it would pass
    source                 ids of the sources of that act
    in_practice            the policy that sellers meet: a route that is never granted counts as presumption of denial;
                           of the catalogue's goods what the model's market meets, where what is unknown does not catch
    could_be               the policies it could be, mildest first: one, unless `policy` is "unknown"
    hangs_on               what would settle an unknown policy, and how
    conditions             terms of a sale, each with the act where it stands and that act's sources
    note                   caveats
    sources                the sources of all that is said: id, title and address
    """

    sku: str
    on: str
    policy: str
    band: str | None
    rule: str | None
    caught_by: str
    tpp: float | None
    performance_density: float | None
    memory_bandwidth: float | None
    passes_if: str
    source: tuple[str, ...]
    in_practice: str
    could_be: tuple[str, ...]
    hangs_on: tuple[str, ...]
    conditions: tuple[Term, ...]
    note: str
    sources: tuple[dict[str, str | None], ...]

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain values, as they stand in JSON."""
        lists = ("source", "could_be", "hangs_on", "sources")
        plain = asdict(self) | {name: list(getattr(self, name)) for name in lists}
        return plain | {"conditions": [one.to_dict() for one in self.conditions]}

    def to_row(self) -> dict[str, object]:
        """The fields as cells of a table, lists joined by semicolons."""
        texts: dict[str, Sequence[str]] = {
            "source": self.source,
            "could_be": self.could_be,
            "hangs_on": self.hangs_on,
            "conditions": [str(one) for one in self.conditions],
            "sources": [described(one) for one in self.sources],
        }
        return asdict(self) | {name: "; ".join(parts) for name, parts in texts.items()}


def described(source: dict[str, str | None]) -> str:
    """A source in a line."""
    return ", ".join(filter(None, (f"{source['id']}: {source['title']}", source["address"])))


class _Case(NamedTuple):
    """What is unknown in one case, and the ruling there."""

    unknown: dict[str, Any]
    ruling: Ruling


def answer(good: Chip | HbmGeneration, regime: Regime, day: date, remarks: Iterable[str] = ()) -> Answer:
    """What the law of a day under a regime says of a chip or a generation of memory.

    remarks    what is to be said of the good itself, before the caveats of the law
    """
    law = regime.at(day)
    if isinstance(good, Chip):
        taken = classify(replace(good, vendor="") if may_be_addressed(good, law) else good, law)
    else:
        taken = classify_hbm(good, law)
    begins = record_begins(regime)
    if day < begins:
        return _outside(taken, day, begins, remarks)

    cases = _cases(good, law)
    could_be = _in_order(one.ruling.policy for one in cases)
    practice = _in_order(one.ruling.in_practice for one in cases)
    settled = len(could_be) == 1
    acts = {one.ruling.act: one.ruling for one in cases if settled and one.ruling.act}
    source = tuple(dict.fromkeys(name for one in acts.values() for name in one.source))
    held = terms(law, taken.sku, [one.ruling for one in cases])
    return Answer(
        sku=taken.sku,
        on=day.isoformat(),
        policy=could_be[0] if settled else UNKNOWN,
        band=_shared(one.ruling.band for one in cases),
        rule=" or ".join(str(one.rule) for one in acts.values()) or None,
        caught_by=taken.caught_by,
        tpp=taken.tpp,
        performance_density=taken.performance_density,
        memory_bandwidth=taken.memory_bandwidth,
        passes_if="it passes" if settled and could_be[0] in FREE else taken.passes_if,
        source=source,
        in_practice=taken.in_practice if _on_sale(good) else practice[0] if len(practice) == 1 else UNKNOWN,
        could_be=could_be,
        hangs_on=() if settled else tuple(_hangs_on(good, cases, law, taken)),
        conditions=held,
        note="; ".join(dict.fromkeys((*remarks, *_remarks(good, law, day, regime, taken, could_be), *taken.caveats))),
        sources=_sources([*source, *(name for one in held for name in one.source)]),
    )


@lru_cache(maxsize=64)
def record_begins(regime: Regime) -> date:
    """The first day on which anything is known of the law: that of the first act of history, or of the regime."""
    firsts = [one.breakpoints()[:1] for one in (load_regime("history"), regime)]
    return min(day for first in firsts for day in first)


def _outside(taken: Ruling, day: date, begins: date, remarks: Iterable[str]) -> Answer:
    """The answer for a day before the record: none."""
    could_be = ("free", "presume_deny")
    why = f"the law before {begins}, where the record begins"
    letters = "letters of 26 August 2022 to Nvidia and AMD on the A100, the H100 and their like are not on record"
    return Answer(
        sku=taken.sku, on=day.isoformat(), policy=UNKNOWN, band=None, rule=None, caught_by="", tpp=taken.tpp,
        performance_density=taken.performance_density, memory_bandwidth=taken.memory_bandwidth,
        passes_if="outside the record", source=(), in_practice=UNKNOWN, could_be=could_be, hangs_on=(why,),
        conditions=(), note="; ".join((*remarks, f"outside the record, which begins on {begins}: {letters}")),
        sources=(),
    )  # fmt: skip


def _cases(good: Chip | HbmGeneration, law: Law) -> list[_Case]:
    """The ruling in every case that may differ."""
    if isinstance(good, Chip):
        return [_Case(unknown, classify(chip, law)) for unknown, chip in possible(good, law)]
    return [_Case(unknown, classify_hbm(stack, law)) for unknown, stack in possible_stacks(good, law)]


def _on_sale(good: Chip | HbmGeneration) -> bool:
    """Whether the model's market knows a good: it is the catalogue's."""
    if isinstance(good, Chip):
        return catalog.chips().get(good.sku) == good
    return catalog.memory().get(good.generation) == good


def _in_order(policies: Iterable[str]) -> tuple[str, ...]:
    """Different policies, mildest first."""
    return tuple(sorted(set(policies), key=POLICIES.index))


def _shared[T](values: Iterable[T]) -> T | None:
    """The one value there is, or None."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


# --- what an unknown policy hangs on ---


def _hangs_on(good: Chip | HbmGeneration, cases: Sequence[_Case], law: Law, taken: Ruling) -> Iterable[str]:
    """What would settle the policy: each unknown attribute that can change it, and what catches there."""
    told: set[str] = set()
    for name in cases[0].unknown:
        if _matters(name, cases):
            ways = [*_lines_on(name, good, law, taken), *_other_ways(name, law)]
            new = "; ".join(way for way in dict.fromkeys(ways) if way not in told)
            yield ATTRIBUTES[name] + (f": {new}" if new else "")
            told.update(ways)


def _lines_on(name: str, good: Chip | HbmGeneration, law: Law, taken: Ruling) -> Iterable[str]:
    """The lines that may catch for what an attribute may be."""
    spared = _spared(good, law)
    for line in taken.undecided:
        for clause in line.undecided(taken.values):
            if spared and line.name in ("band_a", "band_b") and spared not in clause:
                continue
            if any(name in OF_MEASURE[one.measure] for one in clause):
                yield f"{line.label} would catch {_wording(clause)}"


def _spared(good: Chip | HbmGeneration, law: Law) -> Comparison | None:
    """What a band must ask of a chip that is not made for data centres to catch it; None for other goods."""
    limit: float | None = law.get("consumer.tpp_below")
    carved = limit is not None and law.get("consumer.policy") not in (None, "off")
    outside = isinstance(good, Chip) and good.kind != "datacentre"
    return Comparison("tpp", ">=", limit) if limit is not None and carved and outside else None


def _other_ways(name: str, law: Law) -> Iterable[str]:
    """What hangs on an attribute besides lines that may catch."""
    measures: dict[str, Literal["tpp", "bandwidth"]] = {"tpp": "tpp", "bandwidth_gb_s": "bandwidth"}
    measure = measures.get(name)
    limit: float | None = law.get(f"case_band.{measure}_below") if measure else None
    if measure and limit is not None and law.get("case_band.policy") not in (None, "off"):
        yield f"review case by case needs {_wording((Comparison(measure, '<', limit),))}"
    if name == "sold_in_us":
        yield "review case by case needs that"


def _matters(name: str, cases: Sequence[_Case]) -> bool:
    """Whether the policy changes with an attribute while all others stay."""
    groups: dict[tuple[Any, ...], set[str]] = {}
    for one in cases:
        others = tuple(value for key, value in one.unknown.items() if key != name)
        groups.setdefault(others, set()).add(one.ruling.policy)
    return any(len(found) > 1 for found in groups.values())


def _wording(clause: Clause) -> str:
    """The limits of a clause in words, the lower and upper one of a measure together."""
    parts: dict[str, list[str]] = {}
    for one in sorted(clause, key=lambda one: one.sign == "<"):
        limit = f"{amount(one.measure, one.limit)}{WORDS[one.measure][1]}"
        word = {"<": f"below {limit}", ">": f"above {limit}", ">=": f"{limit} or more"}[one.sign]
        parts.setdefault(one.measure, []).append(word)
    return " and ".join(f"{WORDS[measure][0]} {' but '.join(words)}" for measure, words in parts.items())


# --- what else is to be said ---


def _remarks(
    good: Chip | HbmGeneration, law: Law, day: date, regime: Regime, taken: Ruling, could_be: Collection[str]
) -> Iterable[str]:
    """What an answer rests on that nobody said."""
    if isinstance(good, Chip) and "letter" in lines(law):
        if not good.vendor:
            yield "no vendor given: the letters of April 2025 are taken to reach it"
        elif may_be_addressed(good, law):
            got = " and ".join(sorted(law["letter.addressed"]))
            yield f"unknown vendor {good.vendor!r}: letters to {got} are on record, whether it got one is not"
        if bound_card(good):
            yield f"link unknown: below {CARD_LINK:g} GB/s, as on every card with GDDR memory so far"
    if _on_sale(good) and could_be != (taken.policy,):
        yield f"the model's market takes what is unknown not to catch, and meets {taken.in_practice}"
    if isinstance(good, Chip) and (mode := law.get("cn.import_mode", good.sku)) != "open":
        act = law.source_of("cn.import_mode", good.sku)
        yield f"China's own answer to imports of it: {mode} ({act})"
    if day > RECORD_ENDS:
        yield f"the record ends on {RECORD_ENDS}: this is the law as regime {regime.name} carries it on"


@lru_cache(maxsize=512)
def _source(name: str) -> tuple[str, str, str | None]:
    """A source's id, title and address."""
    one = catalog.sources().get(name)
    return name, one.title if one else "", one.address if one else None


def _sources(names: Iterable[str]) -> tuple[dict[str, str | None], ...]:
    """Sources, each once."""
    return tuple(dict(zip(("id", "title", "address"), _source(name), strict=True)) for name in dict.fromkeys(names))
