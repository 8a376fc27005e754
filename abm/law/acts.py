"""Acts: what a government announced, what it sets, when it binds, and when it is known."""

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator

from abm.foundation.errors import InputError, raise_all, shorten
from abm.law import levers
from abm.law.levers import Value
from abm.law.reading import STRICT, Day, Flag, Names, Probability, Sources, Text, Word, read, to_day

__all__ = ["Act", "Setting", "Span", "add_months", "to_day"]

DATES = ("leaked", "announced", "effective", "ends")

type Span = tuple[date, date]


class Setting(NamedTuple):
    """A lever set to a value, for one scope where the lever has scopes."""

    lever: str
    scope: str | None
    value: Value


def _settings(sets: object) -> tuple[Setting, ...]:
    """Settings in canonical order from a table of levers; a scoped lever holds a table of its own."""
    if not isinstance(sets, Mapping):
        raise InputError(f"{shorten(sets)} is not a table")
    flat = [
        (lever, scope, value)
        for lever, held in sets.items()
        for scope, value in (held.items() if isinstance(held, Mapping) else [(None, held)])
    ]
    raise_all([fault for one in flat for fault in levers.faults(*one)])
    made = [Setting(lever, scope, _canonical(lever, value)) for lever, scope, value in flat]
    return tuple(sorted(made, key=lambda one: (one.lever, one.scope or "")))


def _canonical(lever: str, value: Any) -> Value:
    """Numbers of a float lever as floats, so that 4800 and 4800.0 are one act."""
    return float(value) if levers.LEVERS[lever].type == "float" else value


@dataclass(frozen=True)
class Act:
    """A dated act of a government.

    leaked       first credible report, before the announcement; credence is its probability until then
    announced    public and definite
    effective    first day it binds; None only while it is pending
    ends         first day it no longer binds, announced with the act; what a later act replaces is repealed by that act
    status       "withdrawn": announced, never binding, withdrawn on `ends`; "pending": announced without legal force
    sets         lever settings
    suspends     acts that do not bind while this one does, and bind again after it
    repeals      acts that end for good on the day this one takes effect
    label        a few words for lists and charts
    answers_us   a Chinese act, or a truce, that would not stand without the US controls
    """

    name: Word
    by: Literal["US", "CN", "both"]
    announced: Day
    effective: Day | None = None
    leaked: Day | None = None
    credence: Probability | None = None
    ends: Day | None = None
    status: Literal["withdrawn", "pending"] | None = None
    sets: Annotated[tuple[Setting, ...], BeforeValidator(_settings)] = ()
    suspends: Names = ()
    repeals: Names = ()
    answers_us: Flag = False
    label: Text = ""
    what: Text = ""
    source: Sources = ()
    grade: Literal["measured", "reported", "estimate", "derived", "assumed"] = "assumed"
    note: Text = ""

    __pydantic_config__ = STRICT

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Worked out once: laws and regimes are looked up by their acts."""
        return hash((self.name, self.announced, self.effective, self.ends, self.sets))

    @classmethod
    def of(cls, name: str, by: str = "US", **entries: Any) -> "Act":
        """An act from plain values, as in a TOML file.

        Example: Act.of("us-lift", announced="2026-11", sets={"band_a.policy": "off", "fee.duty": {"H200": 0.1}});
        `effective` is the day of announcement where it is not given.
        """
        entry = {"name": name, "by": by, **entries}
        pending = isinstance(entry.get("status"), str) and entry["status"] == "pending"
        if "effective" not in entry and not pending:
            entry["effective"] = entry.get("announced")
        return cls.from_dict(entry, "act")

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any], where: str = "act") -> "Act":
        """An act from a TOML or JSON table; InputError lists every fault, each after `where` and the act's name."""
        act, found = read_act(entry, where)
        raise_all(found)
        assert act is not None
        return act

    @property
    def title(self) -> str:
        """What people read: its label, or its name in words."""
        return self.label or self.name.replace("-", " ").replace("_", " ").capitalize()

    def to_dict(self) -> dict[str, Any]:
        """The act as a table that from_dict reads back; what is empty is left out."""
        entry: dict[str, Any] = {"name": self.name, "by": self.by}
        entry |= {key: getattr(self, key).isoformat() for key in DATES if getattr(self, key)}
        sets: dict[str, Any] = {}
        for lever, scope, value in self.sets:
            if scope is None:
                sets[lever] = value
            else:
                sets.setdefault(lever, {})[scope] = value
        rest: dict[str, Any] = {
            "credence": self.credence,
            "status": self.status,
            "sets": sets,
            "suspends": list(self.suspends),
        }
        rest |= {"repeals": list(self.repeals), "answers_us": self.answers_us, "label": self.label, "what": self.what}
        rest |= {"source": ";".join(self.source), "grade": self.grade, "note": self.note}
        return entry | {key: value for key, value in rest.items() if value not in (None, "", [], {}, False)}

    def shifted(self, months: int) -> "Act":
        """The act with all its dates moved by whole months."""
        moved: dict[str, Any] = {key: add_months(getattr(self, key), months) for key in DATES if getattr(self, key)}
        return replace(self, **moved)


def add_months(day: date, months: int) -> date:
    """The same day some months later, or the last day of a shorter month; InputError beyond the calendar."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9998:
        raise InputError(f"{day} moved by {shorten(months)} months leaves the calendar")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


# --- reading ---


def read_act(entry: object, where: str) -> tuple[Act | None, list[str]]:
    """The act of a table and no faults, or no act and every fault."""
    if not isinstance(entry, Mapping):
        return None, [f"{where}: {shorten(entry)} is not a table"]
    label = f"{where}: {entry['name']}" if isinstance(entry.get("name"), str) else where
    act, found = read(Act, entry)
    pending = isinstance(entry.get("status"), str) and entry["status"] == "pending"
    if entry.get("effective") is None and not pending:
        found.append("effective: is missing")
    if entry.get("credence") is not None and entry.get("leaked") is None:
        found.append("credence: is given without a leak")
    if act and not found:
        found += [*_order_faults(act), *_government_faults(act)]
    return (None, [f"{label}: {one}" for one in found]) if found else (act, [])


def _order_faults(act: Act) -> Iterable[str]:
    """Leak, announcement, effect and end must follow each other; only a Chinese or a joint act answers the US."""
    known = [(key, day) for key in DATES if (day := getattr(act, key)) is not None]
    for (first, earlier), (second, later) in pairwise(known):
        if later < earlier:
            yield f"{second}: {later} is before {first} {earlier}"
    if act.answers_us and act.by == "US":
        yield "answers_us: an act of the US answers no act of the US"


def _government_faults(act: Act) -> Iterable[str]:
    """A government sets its own levers; an act of both sets any."""
    for one in act.sets:
        owner = levers.LEVERS[one.lever].by
        if "both" not in (owner, act.by) and owner != act.by:
            yield f"sets: {one.lever}: is a lever of {owner}, not of {act.by}"


# --- when acts bind and are known ---


def start_of(act: Act) -> date:
    """The effective date of an act that has one, as every act of a regime does."""
    assert act.effective is not None
    return act.effective


def announced_order(act: Act) -> tuple[date, date, str]:
    """By announcement, then effect, then name."""
    return act.announced, act.effective or date.max, act.name


def effective_order(act: Act) -> tuple[date, date, str]:
    """By effect, then announcement, then name: the order in which acts override each other."""
    return start_of(act), act.announced, act.name


def spans_of(acts: Iterable[Act]) -> Mapping[str, Span]:
    """Name -> first day in force and first day out of force, of the acts that ever bind; suspensions not counted.

    An act ends on its announced end or on the day an act that repeals it takes effect, whichever comes first. A
    repeal is done once: an act stays repealed after the repealing act has ended.
    """
    ended: dict[str, date] = {}
    found: dict[str, Span] = {}
    for act in sorted(acts, key=effective_order):
        start, end = start_of(act), act.ends or date.max
        if act.status == "withdrawn" or start >= min(end, ended.get(act.name, date.max)):
            continue
        found[act.name] = (start, end)
        for name in act.repeals:
            ended[name] = min(start, ended.get(name, date.max))
    cut = {name: (start, min(end, ended.get(name, end))) for name, (start, end) in found.items()}
    return {name: (start, end) for name, (start, end) in cut.items() if start < end}


def binding_on(acts: Iterable[Act], within: Mapping[str, Span], day: date) -> tuple[Act, ...]:
    """The acts that bind on a day: begun, not ended, and not suspended by another that binds."""
    live = [act for act in acts if act.name in within and within[act.name][0] <= day < within[act.name][1]]
    suspended = {name for act in live for name in act.suspends}
    return tuple(act for act in live if act.name not in suspended)


def chance_of(act: Act, day: date, credence: float) -> float:
    """The probability traders give an act on a day: 1 once announced, its credence while leaked, zero before.

    credence    for a leaked act that states none
    """
    if act.announced <= day:
        return 1.0
    if act.leaked is None or act.leaked > day:
        return 0.0
    return credence if act.credence is None else act.credence


def heard_of(act: Act) -> date:
    """The first day on which anything is known of an act."""
    return min(day for day in (act.leaked, act.announced, act.effective) if day is not None)


def until(act: Act, within: Mapping[str, Span]) -> str:
    """When and why an act stops to bind, in words."""
    if act.name not in within:
        return "never in force"
    end = within[act.name][1]
    if end == date.max:
        return "no end"
    return f"ends {end}" if end == act.ends else f"repealed {end}"
