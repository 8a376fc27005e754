"""Acts: what a government announced, when it binds, and what it sets."""

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from abm.facts import catalog
from abm.facts.tables import day as read_day
from abm.foundation.errors import InputError, nearest, raise_all
from abm.law import levers
from abm.law.levers import Value

GOVERNMENTS = ("US", "CN", "both")
STATUSES = ("withdrawn", "pending")
GRADES = ("measured", "reported", "estimate", "derived", "assumed")
DATES = ("leaked", "announced", "effective", "ends")


class Setting(NamedTuple):
    """A lever set to a value, for one scope where the lever has scopes."""

    lever: str
    scope: str | None
    value: Value


@dataclass(frozen=True)
class Act:
    """A dated act of a government.

    leaked       first credible report, before the announcement; credence is its probability until then
    announced    public and definite
    effective    first day it binds; None only while it is pending
    ends         first day it no longer binds, announced with the act; what a later act replaces is repealed by that act
    status       "withdrawn": announced, never binding, given up on `ends`; "pending": announced without legal force
    sets         lever settings
    suspends     acts that do not bind while this one does, and bind again after it
    repeals      acts that end for good on the day this one takes effect
    answers_us   a Chinese act, or a truce, that would not stand without the US controls
    """

    name: str
    by: Literal["US", "CN", "both"]
    announced: date
    effective: date | None
    leaked: date | None = None
    credence: float | None = None
    ends: date | None = None
    status: Literal["withdrawn", "pending"] | None = None
    sets: tuple[Setting, ...] = ()
    suspends: tuple[str, ...] = ()
    repeals: tuple[str, ...] = ()
    answers_us: bool = False
    what: str = ""
    source: tuple[str, ...] = ()
    grade: str = "assumed"
    note: str = ""

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
        if "effective" not in entry and entry.get("status") != "pending":
            entry["effective"] = entry.get("announced")
        return cls.from_dict(entry, "act")

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any], where: str = "act") -> "Act":
        """An act from a TOML or JSON table; InputError lists every fault, each after `where` and the act's name."""
        act, found = read_act(entry, where)
        raise_all(found)
        assert act is not None
        return act

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
        rest |= {"repeals": list(self.repeals), "answers_us": self.answers_us, "what": self.what}
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
        raise InputError(f"{day} moved by {months} months leaves the calendar")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def to_day(value: object) -> date:
    """A date, or text YYYY-MM-DD or YYYY-MM (the first of the month); InputError otherwise."""
    if isinstance(value, datetime) or not isinstance(value, date | str):
        raise InputError(f"{value!r} is not a date written YYYY-MM-DD or YYYY-MM")
    if isinstance(value, date):
        return value
    try:
        return read_day(value)
    except ValueError as fault:
        raise InputError(f"{value!r} {fault}") from None


def read_act(entry: object, where: str) -> tuple[Act | None, list[str]]:
    """The act of a table and no faults, or no act and every fault."""
    if not isinstance(entry, Mapping):
        return None, [f"{where}: {entry!r} is not a table"]
    label = f"{where}: {entry['name']}" if isinstance(entry.get("name"), str) else where
    names = {one.name for one in fields(Act)}
    found = [f"no key named {key!r}{nearest(str(key), names)}" for key in entry if key not in names]
    values: dict[str, Any] = {}
    for reading in (_read_texts, _read_dates, _read_rest):
        more, wrong = reading(entry)
        values |= more
        found += wrong
    values["sets"], wrong = _read_sets(entry.get("sets", {}))
    found += wrong
    if not found:
        found += [*_order_faults(values), *_government_faults(values)]
    return (None, [f"{label}: {one}" for one in found]) if found else (Act(**values), [])


def _read_texts(entry: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Name, government, status, grade and prose."""
    values = {key: entry.get(key, "") for key in ("name", "by", "what", "note")}
    values |= {"status": entry.get("status"), "grade": entry.get("grade", "assumed")}
    told = {key: value for key, value in values.items() if key != "status" or value is not None}
    found = [f"{key}: {value!r} is not text" for key, value in told.items() if not isinstance(value, str)]
    name = values["name"]
    if not isinstance(name, str) or not name or not all(mark.isalnum() or mark in "-_." for mark in name):
        found.append(f"name: {name!r} is not a word of letters, digits, '-', '_' and '.'")
    for key, options in (("by", GOVERNMENTS), ("status", STATUSES), ("grade", GRADES)):
        if values[key] not in options and not (key == "status" and values[key] is None):
            found.append(f"{key}: {values[key]!r} is not known{nearest(str(values[key]), options)}")
    return values, found


def _read_dates(entry: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The four dates; `announced` must be there, and `effective` unless the act is pending."""
    values: dict[str, Any] = dict.fromkeys(DATES)
    found = []
    for key in DATES:
        if entry.get(key) is None:
            if key == "announced" or (key == "effective" and entry.get("status") != "pending"):
                found.append(f"{key}: is missing")
            continue
        try:
            values[key] = to_day(entry[key])
        except InputError as fault:
            found.append(f"{key}: {fault}")
    return values, found


def _read_rest(entry: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Credence, the flag, names of other acts, and sources."""
    found: list[str] = []
    credence = entry.get("credence")
    if credence is not None and (
        isinstance(credence, bool) or not isinstance(credence, int | float) or not 0 <= credence <= 1
    ):
        found.append(f"credence: {credence!r} is not a probability")
    elif credence is not None and not entry.get("leaked"):
        found.append("credence: is given without a leak")
    if not isinstance(entry.get("answers_us", False), bool):
        found.append(f"answers_us: {entry['answers_us']!r} is not true or false")

    lists: dict[str, tuple[str, ...]] = {}
    for key in ("suspends", "repeals"):
        names = entry.get(key, [])
        fine = isinstance(names, list | tuple) and all(isinstance(one, str) for one in names)
        lists[key] = tuple(names) if fine else ()
        if not fine:
            found.append(f"{key}: {names!r} is not a list of acts")
    lists["source"], wrong = _read_sources(entry.get("source", ""))
    return {"credence": credence, "answers_us": entry.get("answers_us", False), **lists}, found + wrong


def _read_sources(text: object) -> tuple[tuple[str, ...], list[str]]:
    """Ids of sources.csv separated by semicolons; an act of one's own may name none."""
    if not isinstance(text, str):
        return (), [f"source: {text!r} is not text"]
    names = tuple(text.split(";")) if text else ()
    known = catalog.sources()
    return names, [f"source: {one!r} is no id of sources.csv{nearest(one, known)}" for one in names if one not in known]


def _read_sets(sets: object) -> tuple[tuple[Setting, ...], list[str]]:
    """Settings in canonical order from a table of levers; a scoped lever holds a table of its own."""
    if not isinstance(sets, Mapping):
        return (), [f"sets: {sets!r} is not a table"]
    flat: list[tuple[str, str | None, Any]] = []
    for lever, value in sets.items():
        flat += (
            [(lever, scope, one) for scope, one in value.items()]
            if isinstance(value, Mapping)
            else [(lever, None, value)]
        )
    found = [f"sets: {wrong}" for one in flat for wrong in levers.faults(*one)]
    if found:
        return (), found
    return tuple(
        sorted((Setting(lever, scope, _canonical(lever, value)) for lever, scope, value in flat), key=_setting_key)
    ), []


def _canonical(lever: str, value: Any) -> Value:
    """Numbers of a float lever as floats, so that 4800 and 4800.0 are one act."""
    return float(value) if levers.LEVERS[lever].type == "float" else value


def _setting_key(one: Setting) -> tuple[str, str]:
    return one.lever, one.scope or ""


def _order_faults(values: Mapping[str, Any]) -> Iterable[str]:
    """Leak, announcement, effect and end must follow each other; only a Chinese or a joint act answers the US."""
    known = [(key, values[key]) for key in DATES if values[key] is not None]
    for (first, earlier), (second, later) in pairwise(known):
        if later < earlier:
            yield f"{second}: {later} is before {first} {earlier}"
    if values["answers_us"] and values["by"] == "US":
        yield "answers_us: an act of the US answers no act of the US"


def _government_faults(values: Mapping[str, Any]) -> Iterable[str]:
    """A government sets its own levers; an act of both sets any."""
    for one in values["sets"]:
        owner = levers.LEVERS[one.lever].by
        if "both" not in (owner, values["by"]) and owner != values["by"]:
            yield f"sets: {one.lever}: is a lever of {owner}, not of {values['by']}"
