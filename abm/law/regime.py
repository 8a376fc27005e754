"""Regimes: lists of acts, folded into the law of a day, known in advance as far as announced, and composed.

Every operation is pure and returns a new regime. A counterfactual is an expression:
load_regime("history").without("us-hbm-rule"), .shift("us-hbm-rule", 6), .before("2024-12-01") | an_act.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from abm.foundation.errors import InputError, listed, nearest, path_of, raise_all, shorten, unknown
from abm.law.acts import (
    Act,
    Span,
    add_months,
    announced_order,
    binding_on,
    chance_of,
    effective_order,
    spans_of,
    start_of,
    to_day,
    until,
)  # fmt: skip
from abm.law.files import FOLDER, NO_REGIME, RegimeFile, RegimeTable, read_acts, read_file, read_table, shipped
from abm.law.law import Law, law_of

MOST_BASES = 100
"""Files that build one on another at most."""

__all__ = ["Act", "Law", "Regime", "load_regime", "shipped"]


@dataclass(frozen=True)
class Regime:
    """A named list of acts, kept in order of announcement, effect and name.

    pending    acts announced without legal force: not law here, and offered to `adopt`
    adaptive   governments that review the law and add acts during a run, each with the day from which it does
    """

    name: str
    title: str
    acts: tuple[Act, ...] = ()
    pending: tuple[Act, ...] = ()
    adaptive: tuple[tuple[str, date], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "acts", tuple(sorted(self.acts, key=announced_order)))
        if not isinstance(self.name, str) or not self.name.isprintable():
            raise InputError(f"regime {shorten(self.name)}: a name of letters that can be printed is wanted")
        times = Counter(act.name for act in self.acts)
        found = [f"act {name!r} stands twice" for name in sorted(times) if times[name] > 1]
        found += [
            f"act {act.name!r} has no effective date; give it one to add it"
            for act in self.acts
            if act.effective is None
        ]
        truces = {act.name for act in self.acts if act.suspends}
        found += [
            f"act {act.name!r} suspends {one!r}, which itself suspends acts: repeal it instead"
            for act in self.acts
            for one in act.suspends
            if one in truces
        ]
        raise_all([f"regime {self.name}: {fault}" for fault in found])

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Worked out once: what follows from a regime is looked up by it every month."""
        return hash((self.name, self.acts))

    def __repr__(self) -> str:
        return f"<Regime {self.name!r}: {len(self.acts)} acts>"

    # --- the law of a day ---

    @cached_property
    def spans(self) -> Mapping[str, Span]:
        """Name -> first day in force and first day out of force, of acts that ever bind; suspensions not counted."""
        return spans_of(self.acts)

    def in_force(self, day: date | str) -> tuple[Act, ...]:
        """The acts that bind on a day: begun, not ended, not suspended."""
        return binding_on(self.acts, self.spans, to_day(day))

    def breakpoints(self) -> tuple[date, ...]:
        """The days on which the law can change, in order."""
        return self._breaks

    @cached_property
    def _breaks(self) -> tuple[date, ...]:
        return tuple(sorted({day for span in self.spans.values() for day in span} - {date.max}))

    @cached_property
    def _laws(self) -> dict[int, Law]:
        """Laws already asked for, by the number of breakpoints before."""
        return {}

    def at(self, day: date | str) -> Law:
        """The law that binds on a day."""
        before = bisect_right(self._breaks, to_day(day))
        if before not in self._laws:
            self._laws[before] = law_of(self.in_force(self._breaks[before - 1] if before else date.min))
        return self._laws[before]

    # --- what is known ---

    def known(self, day: date | str, credence: float = 1.0) -> tuple[tuple[Act, float], ...]:
        """Acts to come that are known on a day, with their probability: 1 once announced, their credence while leaked.

        credence    for a leaked act that states none
        """
        on = to_day(day)
        if isinstance(credence, bool) or not isinstance(credence, int | float) or not 0 <= credence <= 1:
            raise InputError(f"credence = {shorten(credence)}: a probability is wanted")
        gone = {name for act in self.acts if act.announced <= on for name in act.repeals}
        coming = [act for act in self.acts if start_of(act) > on and act.name not in gone]
        return tuple((act, chance) for act in coming if (chance := chance_of(act, on, credence)) > 0)

    def foreseen(self, day: date | str, leaks: bool = False) -> "Regime":
        """The regime as known on a day: foreseen(day).at(later) is the law that follows if nothing more is announced.

        Announced ends are known; an act withdrawn only after the day is still expected to bind.

        leaks    count acts leaked by then too, as if they were announced
        """
        on = to_day(day)
        count = bisect_right(self.acts, on, key=lambda act: act.announced)
        acts = self.acts[:count]
        if leaks:
            acts += tuple(act for act in self.acts[count:] if act.leaked is not None and act.leaked <= on)
        if any(act.ends is not None and on < act.ends for act in self._withdrawn):
            acts = tuple(_as_hoped(act, on) for act in acts)
        if acts == self.acts:
            return self
        known = self._foreseen.get(acts)
        if known is None:
            known = self._foreseen[acts] = replace(self, acts=acts, name=f"{self.name} as known on {on}")
        return known

    @cached_property
    def _withdrawn(self) -> tuple[Act, ...]:
        return tuple(act for act in self.acts if act.status == "withdrawn")

    @cached_property
    def _foreseen(self) -> "dict[tuple[Act, ...], Regime]":
        """Regimes already foreseen, by the acts known."""
        return {}

    # --- composition ---

    def act(self, name: str) -> Act:
        """The act of a name, or InputError with the nearest one."""
        if isinstance(name, str) and (found := [act for act in self.acts if act.name == name]):
            return found[0]
        lost = unknown("act named", [name], [act.name for act in self.acts])
        raise InputError(f"regime {self.name}: {lost[0]}")

    def without(self, *names: str) -> "Regime":
        """The regime with acts dropped, as if they had never been announced."""
        for name in names:
            self.act(name)
        names = tuple(dict.fromkeys(names))
        kept = tuple(act for act in self.acts if act.name not in names)
        return replace(self, acts=kept, name=f"{self.name} without {' and '.join(names)}") if names else self

    def shift(self, name: str, months: int) -> "Regime":
        """The regime with an act moved by whole months: its leak, announcement, effect and announced end together."""
        if isinstance(months, bool) or not isinstance(months, int | np.integer):
            raise InputError(f"regime {self.name}: {name} moved by {shorten(months)} months: a whole number is wanted")
        moved = self.act(name).shifted(int(months))
        acts = tuple(moved if act.name == name else act for act in self.acts)
        return replace(self, acts=acts, name=f"{self.name}, {name} {months:+d} months") if months else self

    def before(self, day: date | str) -> "Regime":
        """The regime that leaves this one on a day: acts announced on it or later are out, leaked ones among them.

        Acts announced earlier still take effect and end as announced.
        """
        on = to_day(day)
        acts = tuple(act for act in self.acts if act.announced < on)
        return self if len(acts) == len(self.acts) else replace(self, acts=acts, name=f"{self.name} before {on}")

    def add(self, *acts: Act) -> "Regime":
        """The regime with more acts, whose names must be new."""
        raise_all([f"regime {self.name}: {shorten(one)} is not an act" for one in acts if not isinstance(one, Act)])
        return replace(self, acts=self.acts + acts, name=" + ".join([self.name, *(act.name for act in acts)]))

    def adopt(self, name: str, effective: date | str | None = None) -> "Regime":
        """The regime with one of its pending acts made law, from its own effective date or the one given."""
        found = [act for act in self.pending if isinstance(name, str) and act.name == name]
        if not found:
            lost = unknown("pending act named", [name], [act.name for act in self.pending])
            raise InputError(f"regime {self.name}: {lost[0]}")
        start = to_day(effective) if effective is not None else found[0].effective
        rest = tuple(act for act in self.pending if act.name != name)
        return replace(self, pending=rest).add(replace(found[0], status=None, effective=start))

    def __or__(self, other: "Regime | Act") -> "Regime":
        """The acts of both; where both have an act of one name, the right one stands."""
        if not isinstance(other, Regime | Act):
            raise InputError(f"regime {self.name}: {shorten(other)} is neither a regime nor an act")
        more = other.acts if isinstance(other, Regime) else (other,)
        merged = {act.name: act for act in self.acts} | {act.name: act for act in more}
        pending = {act.name: act for act in self.pending} | {
            act.name: act for act in (other.pending if isinstance(other, Regime) else ())
        }
        offered = tuple(act for name, act in pending.items() if name not in merged)
        adaptive = dict(self.adaptive) | dict(other.adaptive if isinstance(other, Regime) else ())
        players = tuple(sorted(adaptive.items()))
        if set(merged.values()) == set(self.acts) and offered == self.pending and players == self.adaptive:
            return self
        name = f"{self.name} | {other.name}"
        return replace(self, acts=tuple(merged.values()), pending=offered, adaptive=players, name=name)

    def enacting(self, *acts: Act) -> "Regime":
        """The regime, under its own name, with acts that a government adds during a run."""
        return replace(self, acts=self.acts + acts)

    def touched_by(self, *acts: Act) -> frozenset[str]:
        """The levers that some acts among these may move: what they set, and what is set by acts that they repeal or
        suspend, or that these in turn had."""
        by_name, reached, ahead = {act.name: act for act in self.acts}, set(acts), list(acts)
        while ahead:
            one = ahead.pop()
            ends = {by_name[name] for name in (*one.repeals, *one.suspends) if name in by_name} - reached
            reached |= ends
            ahead += ends
        return frozenset(setting.lever for act in reached for setting in act.sets)

    # --- as data and as text ---

    def to_dict(self) -> dict[str, Any]:
        """The whole regime, acts included, as a JSON-able table."""
        table: dict[str, Any] = {"name": self.name, "title": self.title, "acts": [act.to_dict() for act in self.acts]}
        return table | ({"adaptive": {who: str(day) for who, day in self.adaptive}} if self.adaptive else {})

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> "Regime":
        """The regime to_dict wrote."""
        one = read_table(RegimeTable, table, "regime")
        return cls(one.name, one.title, one.acts, (), one.adaptive)

    def timeline(self) -> str:
        """The acts in order of effect, one a line, with how each ended."""
        return "\n".join(
            f"{row['effective']}  {row['by']:<4}  {row['name']:<28}  {row['until']:<24}  {row['what']}"
            for row in self.rows()
        )

    def rows(self) -> list[dict[str, object]]:
        """A row for each act, for tables."""
        return [
            {
                "name": act.name,
                "by": act.by,
                "announced": act.announced.isoformat(),
                "effective": start_of(act).isoformat(),
                "until": until(act, self.spans),
                "sets": "; ".join(
                    f"{one.lever}{f'[{one.scope}]' if one.scope else ''} = {one.value}" for one in act.sets
                ),
                "suspends": "; ".join(act.suspends),
                "what": act.what,
                "source": ";".join(act.source),
                "grade": act.grade,
                "note": act.note,
            }
            for act in sorted(self.acts, key=effective_order)
        ]


def _as_hoped(act: Act, day: date) -> Act:
    """An act as expected on a day: one withdrawn only later is still thought to bind."""
    withdrawn_later = act.status == "withdrawn" and act.ends is not None and day < act.ends
    return replace(act, status=None, ends=None) if withdrawn_later else act


def load_regime(name: str | Path) -> Regime:
    """A shipped regime by name, or the regime of a TOML file by its path.

    InputError names the file, the act and every fault in it, with the nearest right names.
    """
    if not isinstance(name, str | Path):
        raise InputError(f"regime = {shorten(name)}: a name or the path of a TOML file is wanted")
    text = str(name)
    if text in shipped():
        return _shipped(text)
    if not text.endswith(".toml"):
        raise InputError(NO_REGIME.format(shorten(text), nearest(text, shipped())))
    return _build(Path(text))


@lru_cache
def _shipped(name: str) -> Regime:
    """A shipped regime, read once."""
    return _build(FOLDER / f"{name}.toml")


def _build(path: Path) -> Regime:
    """The regime of a file on top of its bases."""
    chain, made = _chain(path)
    for place, file in reversed(chain):
        made = _on(made, place, file)
    return made


def _chain(path: Path) -> tuple[list[tuple[Path, RegimeFile]], Regime]:
    """A file and those that it builds on, and what the last of them builds on."""
    chain: list[tuple[Path, RegimeFile]] = []
    places: set[Path] = set()
    while True:
        file = read_file(path)
        if (place := path.resolve()) in places:
            raise InputError(f"{path}: base: builds on itself through {' and '.join(one.name for one, _ in chain)}")
        if len(chain) == MOST_BASES:
            raise InputError(f"{chain[0][0]}: base: more than {MOST_BASES} files build one on another")
        chain.append((path, file))
        places.add(place)
        if file.base is None:
            return chain, Regime("", "")
        if file.base in shipped() and path.parent != FOLDER:
            return chain, _shipped(file.base)
        folder = FOLDER if file.base in shipped() else path.parent
        path = folder / f"{file.base.removesuffix('.toml')}.toml"


def _on(base: Regime, path: Path, file: RegimeFile) -> Regime:
    """The regime of a file on top of its base."""
    raise_all([f"{path.name}: {fault}" for fault in file.base_faults(base.acts, base.pending)])
    law = tuple(act for act in file.acts if act.status != "pending")
    offered = tuple(act for act in file.acts if act.status == "pending")
    acts, pending = (*file.kept(base.acts), *law), (*base.pending, *offered)
    return Regime(file.name, file.title, acts, pending, file.adaptive or base.adaptive)


def compose(
    base: "str | Path | Regime",
    without: Iterable[str] = (),
    shift: Mapping[str, int] | None = None,
    before: str = "",
    add: Iterable[Path] = (),
    name: str = "",
    adopt: Iterable[str] = (),
) -> Regime:
    """A regime made of another: pending acts adopted, acts left out, moved, cut off at a date and added, in this order.

    adopt     pending acts made law, from their own day or else from the month after their announcement on
    without   acts left out; shift months by which acts are moved
    before    acts announced on this day or later are out
    add       TOML files of `[[act]]` entries
    name      its name; by default one that says what was done
    errors    InputError says what is wrong
    """
    made = base if isinstance(base, Regime) else load_regime(base)
    if shift is not None and not isinstance(shift, Mapping):
        raise InputError(f"shift = {shorten(shift)}: a table of acts and months is wanted")
    for one in listed(adopt, "adopt"):
        made = made.adopt(one, _soonest(made, one))
    gone = listed(without, "without")
    made = made.without(*gone)
    for act, months in (shift or {}).items():
        made = made.shift(act, months)
    made = made if isinstance(before, str) and not before else made.before(before)
    for path in listed(add, "add"):
        made = made.add(*read_acts(path_of(path, "add")))
    return made if isinstance(name, str) and not name else replace(made, name=name)


def _soonest(regime: Regime, name: str) -> date | None:
    """The first day of the month after a pending act's announcement, where it names no day of its own."""
    found = next((act for act in regime.pending if act.name == name), None)
    if found is None or found.effective is not None:
        return None
    return add_months(found.announced.replace(day=1), 1)
