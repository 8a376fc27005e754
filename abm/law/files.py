"""Regimes as TOML files: the shipped ones by name, and anyone's own by path.

Keys of a file: `name`, `title`, `base` (a shipped regime, or a path beside the file), `from` (the day its own acts
start at the earliest), `adaptive` (governments that react, each with the day from which it does), `drop` (acts of the
base to leave out), `drop_by` (governments whose acts of the base to leave out), `drop_answers` (leave out acts of the
base marked as answers to the US) and `[[act]]` entries.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from abm.foundation.errors import InputError, nearest, raise_all
from abm.law.acts import GOVERNMENTS, Act, read_act, to_day

FOLDER = Path(__file__).parent / "regimes"
PLAYERS = ("US", "CN")
KEYS = ("name", "title", "base", "from", "adaptive", "drop", "drop_by", "drop_answers", "act")


@dataclass(frozen=True)
class RegimeFile:
    """What a file says."""

    name: str
    title: str
    base: str | None
    drop: tuple[str, ...]
    drop_by: tuple[str, ...]
    drop_answers: bool
    acts: tuple[Act, ...]
    adaptive: tuple[tuple[str, date], ...] = ()

    def kept(self, acts: Iterable[Act]) -> tuple[Act, ...]:
        """The acts of the base that stay."""
        stay = (act for act in acts if act.name not in self.drop and act.by not in self.drop_by)
        return tuple(act for act in stay if not (self.drop_answers and act.answers_us))

    def base_faults(self, acts: tuple[Act, ...], pending: tuple[Act, ...]) -> Iterable[str]:
        """Names to drop must be in the base, names of own acts new, and those they suspend or repeal must exist."""
        names = {act.name for act in acts}
        yield from (
            f"drop: the base has no act named {one!r}{nearest(one, names)}" for one in self.drop if one not in names
        )
        taken = {act.name for act in (*self.kept(acts), *pending)}
        known = names | taken | {act.name for act in self.acts}
        for act in self.acts:
            if act.name in taken:
                yield f"act {act.name}: stands in the base already; drop it there first"
            for key in ("suspends", "repeals"):
                yield from (
                    f"act {act.name}: {key}: no act named {one!r}{nearest(one, known)}"
                    for one in getattr(act, key)
                    if one not in known
                )


def shipped() -> tuple[str, ...]:
    """The names of the regimes that ship."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def read_file(path: Path) -> RegimeFile:
    """A regime file, checked by itself; InputError names the file and every fault."""
    table = _parse(path)
    raise_all([f"{path.name}: {fault}" for fault in _key_faults(table)])
    acts, found = _acts(path, table)
    raise_all(found)
    return RegimeFile(
        name=table["name"],
        title=table["title"],
        base=table.get("base"),
        drop=tuple(table.get("drop", ())),
        drop_by=tuple(table.get("drop_by", ())),
        drop_answers=table.get("drop_answers", False),
        acts=tuple(acts),
        adaptive=tuple(sorted((who, to_day(day)) for who, day in table.get("adaptive", {}).items())),
    )


def read_acts(path: Path) -> tuple[Act, ...]:
    """The acts of a TOML file of `[[act]]` entries alone; InputError names the file and every fault."""
    table = _parse(path)
    found = [f"{path.name}: no key named {key!r}{nearest(key, ('act',))}" for key in table if key != "act"]
    if not isinstance(table.get("act"), list):
        found.append(f"{path.name}: holds no [[act]]")
    raise_all(found)
    acts, found = _acts(path, table)
    raise_all(found)
    return tuple(acts)


def _parse(path: Path) -> dict[str, Any]:
    """The table of a TOML file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise InputError(f"{path}: cannot be read ({fault.strerror})") from None
    except UnicodeDecodeError as fault:
        raise InputError(f"{path}: is not UTF-8 ({fault.reason} at byte {fault.start})") from None
    except RecursionError:
        raise InputError(f"{path}: is nested too deeply") from None
    except ValueError as fault:  # TOMLDecodeError, and numbers too long to convert
        raise InputError(f"{path}: is not TOML ({fault})") from None


def _key_faults(table: Mapping[str, Any]) -> list[str]:
    """Unknown and missing keys, and values of the wrong kind."""
    found = [f"no key named {key!r}{nearest(key, KEYS)}" for key in table if key not in KEYS]
    found += [f"{key}: is missing" for key in ("name", "title") if key not in table]
    found += [
        f"{key}: {table[key]!r} is not text"
        for key in ("name", "title", "base")
        if not isinstance(table.get(key, ""), str)
    ]
    if not isinstance(table.get("drop_answers", False), bool):
        found.append(f"drop_answers: {table['drop_answers']!r} is not true or false")
    for key in ("drop", "drop_by"):
        names = table.get(key, [])
        if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
            found.append(f"{key}: {names!r} is not a list of names")
        elif key == "drop_by":
            found += [
                f"drop_by: {one!r} is no government{nearest(one, GOVERNMENTS)}"
                for one in names
                if one not in GOVERNMENTS
            ]
    if not isinstance(table.get("act", []), list):
        found.append("act: is written [[act]], once for each")
    return found + _base_name_faults(table) + _start_faults(table) + adaptive_faults(table.get("adaptive", {}))


def _base_name_faults(table: Mapping[str, Any]) -> list[str]:
    """The base must be a shipped regime or a TOML file."""
    base = table.get("base")
    if not isinstance(base, str) or base in shipped() or base.endswith(".toml"):
        return []
    return [f"base: no regime named {base!r}{nearest(base, shipped())}; a file of one's own ends in .toml"]


def _start_faults(table: Mapping[str, Any]) -> list[str]:
    """`from` must be a date."""
    try:
        to_day(table.get("from", "2022-01"))
    except InputError as fault:
        return [f"from: {fault}"]
    return []


def adaptive_faults(table: object) -> list[str]:
    """Each government that reacts must be one, and have a date."""
    if not isinstance(table, Mapping):
        return [f"adaptive: {table!r} is not a table of governments and dates"]
    found = [f"adaptive: {who!r} is no government{nearest(str(who), PLAYERS)}" for who in table if who not in PLAYERS]
    for who, day in table.items():
        try:
            to_day(day)
        except InputError as fault:
            found.append(f"adaptive: {who}: {fault}")
    return found


def _acts(path: Path, table: Mapping[str, Any]) -> tuple[list[Act], list[str]]:
    """The acts of a file and the faults in them."""
    acts: list[Act] = []
    found: list[str] = []
    start = to_day(table.get("from", date.min))
    for number, entry in enumerate(table.get("act", []), 1):
        where = f"{path.name}: act {number}"
        act, wrong = read_act(entry, where)
        found += wrong
        if act is None:
            continue
        if act.effective is not None and act.effective < start:
            found.append(f"{where}: {act.name}: effective {act.effective} is before the regime's from {start}")
        if act.name in {one.name for one in acts}:
            found.append(f"{where}: {act.name}: stands twice")
        acts.append(act)
    return acts, found
