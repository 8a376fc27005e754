"""Regimes as TOML files: the shipped ones by name, and anyone's own by path.

Keys of a file: `name`, `title`, `base` (a shipped regime, or a path beside the file), `from` (the day its own acts
start at the earliest), `adaptive` (governments that react, each with the day from which it does), `drop` (acts of the
base to leave out), `drop_by` (governments whose acts of the base to leave out), `drop_answers` (leave out acts of the
base marked as answers to the US) and `[[act]]` entries.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from abm.foundation.errors import InputError, nearest, raise_all, shorten, unknown
from abm.foundation.files import toml_of
from abm.law.acts import Act, read_act
from abm.law.reading import STRICT, Day, Flag, Names, Text, read, to_day

FOLDER = Path(__file__).parent / "regimes"
NO_REGIME = "no regime named {}{}; for your own regime, give a .toml file"
GOVERNMENTS = ("US", "CN", "both")
PLAYERS = ("US", "CN")


@cache
def shipped() -> tuple[str, ...]:
    """The names of the regimes that ship, listed once a process."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def _base(value: object) -> str:
    """A shipped regime or a TOML file."""
    if not isinstance(value, str):
        raise InputError(f"{shorten(value)} is not text")
    if value not in shipped() and not value.endswith(".toml"):
        raise InputError(NO_REGIME.format(shorten(value), nearest(value, shipped())))
    return value


def _governments(names: tuple[str, ...]) -> tuple[str, ...]:
    lost = [one for one in names if one not in GOVERNMENTS]
    raise_all([f"{shorten(one)} is no government{nearest(one, GOVERNMENTS)}" for one in lost])
    return names


def _adaptive(table: object) -> tuple[tuple[str, date], ...]:
    """Governments that react, each with the day from which it does."""
    if not isinstance(table, Mapping):
        raise InputError(f"{shorten(table)} is not a table of governments and dates")
    found = [f"{shorten(who)} is no government{nearest(str(who), PLAYERS)}" for who in table if who not in PLAYERS]
    days: dict[str, date] = {}
    for who, day in table.items():
        try:
            days[who] = to_day(day)
        except InputError as fault:
            found.append(f"{who}: {fault}")
    raise_all(found)
    return tuple(sorted(days.items()))


def _acts(entries: object, info: ValidationInfo) -> tuple[Act, ...]:
    """The acts of a file, by their number in it; none may stand twice, or bind before its `from`."""
    if not isinstance(entries, list | tuple):
        raise InputError(f"act: {shorten(entries)} is not a list of acts, each written [[act]]")
    acts: list[Act] = []
    names: set[str] = set()
    found: list[str] = []
    start = info.data.get("start", date.min)
    for number, entry in enumerate(entries, 1):
        act, wrong = read_act(entry, f"act {number}")
        found += wrong
        if act is None:
            continue
        if act.effective is not None and act.effective < start:
            found.append(f"act {number}: {act.name}: effective {act.effective} is before the regime's from {start}")
        if act.name in names:
            found.append(f"act {number}: {act.name}: stands twice")
        names.add(act.name)
        acts.append(act)
    raise_all(found)
    return tuple(acts)


type Adaptive = Annotated[tuple[tuple[str, date], ...], BeforeValidator(_adaptive)]
type Acts = Annotated[tuple[Act, ...], BeforeValidator(_acts)]


@dataclass(frozen=True)
class RegimeFile:
    """What a file says."""

    name: Text
    title: Text
    base: Annotated[str | None, BeforeValidator(_base)] = None
    start: Annotated[Day, Field(alias="from")] = date.min
    drop: Names = ()
    drop_by: Annotated[Names, AfterValidator(_governments)] = ()
    drop_answers: Flag = False
    adaptive: Adaptive = ()
    acts: Annotated[Acts, Field(alias="act")] = ()

    __pydantic_config__ = STRICT

    def kept(self, acts: Iterable[Act]) -> tuple[Act, ...]:
        """The acts of the base that stay."""
        stay = (act for act in acts if act.name not in self.drop and act.by not in self.drop_by)
        return tuple(act for act in stay if not (self.drop_answers and act.answers_us))

    def base_faults(self, acts: tuple[Act, ...], pending: tuple[Act, ...]) -> Iterable[str]:
        """Names to drop must be in the base, names of own acts new, and those they suspend or repeal must exist."""
        names = {act.name for act in acts}
        lost = [one for one in self.drop if one not in names]
        yield from (f"drop: the base has {fault}" for fault in unknown("act named", lost, names))
        taken = {act.name for act in (*self.kept(acts), *pending)}
        known = names | taken | {act.name for act in self.acts}
        for act in self.acts:
            if act.name in taken:
                yield f"act {act.name}: stands in the base already; drop it there first"
            for key in ("suspends", "repeals"):
                lost = [one for one in getattr(act, key) if one not in known]
                yield from (f"act {act.name}: {key}: {fault}" for fault in unknown("act named", lost, known))


@dataclass(frozen=True)
class RegimeTable:
    """A regime as data, with every act written out."""

    name: Text
    title: Text
    acts: Acts = ()
    adaptive: Adaptive = ()

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class ActsFile:
    """What a file of acts alone says."""

    acts: Annotated[Acts, Field(alias="act")]

    __pydantic_config__ = STRICT


def read_table[T: (RegimeFile, RegimeTable, ActsFile)](kind: type[T], table: Mapping[str, Any], where: str) -> T:
    """What a table says; InputError names where it stands and every fault."""
    if not isinstance(table, Mapping):
        raise InputError(f"{where}: {shorten(table)} is not a table")
    made, found = read(kind, table)
    found = ["holds no [[act]]" if fault == "act: is missing" else fault for fault in found]
    raise_all([f"{where}: {re.sub('^acts?: (?=act)', '', fault)}" for fault in found])
    assert made is not None
    return made


def read_file(path: Path) -> RegimeFile:
    """A regime file, checked by itself; InputError names the file and every fault."""
    return read_table(RegimeFile, toml_of(path), path.name)


def read_acts(path: Path) -> tuple[Act, ...]:
    """The acts of a TOML file of `[[act]]` entries alone; InputError names the file and every fault."""
    return read_table(ActsFile, toml_of(path), path.name).acts
