"""A run as a value: regime, parameters, seed, horizon and agent types; and the run it gives."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any

from abm.foundation import dates
from abm.foundation.chance import seed_of
from abm.foundation.classes import import_path, load_class, named, source_of
from abm.foundation.errors import InputError, raise_all, shorten, unknown
from abm.foundation.parameters import Parameters
from abm.foundation.version import code_version, data_version
from abm.law.acts import Act
from abm.law.regime import Regime, load_regime
from abm.setting import check_agents

LAW_KEY = re.compile(r"law\.(?P<lever>[a-z0-9_.]+?)(\[(?P<scope>[^\]]+)\])?@(?P<day>.+)")


@dataclass(frozen=True)
class Scenario:
    """Everything that decides a run.

    agents   pairs of agent type and the import path `module:Class` of the subclass that takes its place, or the
             class itself where it has none, made in a function: a run with it can be repeated in its process alone
    """

    regime: Regime
    parameters: Parameters
    seed: int = 0
    until: str = dates.DEFAULT_UNTIL
    agents: tuple[tuple[str, str | type], ...] = ()

    @classmethod
    def of(
        cls,
        regime: "str | Regime" = "history",
        *,
        seed: Any = 0,
        until: str = dates.DEFAULT_UNTIL,
        sets: Mapping[str, Any] | None = None,
        agents: "Mapping[str, str | type] | None" = None,
    ) -> "Scenario":
        """A scenario from names and values; InputError tells every fault.

        seed    a whole number from 0, a generator, or None for a fresh one (`abm.foundation.chance.seed_of`)
        sets    `group.name` of a parameter, or `law.<lever>[<scope>]@<date>`, and its value
        agents  by type (`labs`), the subclass that takes its place, or its import path `module:Class`
        """
        chosen = regime if isinstance(regime, Regime) else load_regime(regime)
        values, kinds = _table("sets", sets), _table("agents", agents)
        law = {name: value for name, value in values.items() if str(name).startswith("law.")}
        rest = {name: value for name, value in values.items() if name not in law}
        faults: list[str] = []
        number = _tried(lambda: seed_of(seed), faults)
        _tried(lambda: dates.end_month(until), faults)
        parameters = _tried(lambda: Parameters.of(rest), faults)
        acts = _tried(lambda: law_act(law), faults)
        pairs = _tried(lambda: _agents(kinds), faults)
        raise_all(faults)
        for act in acts or ():
            chosen = with_act(chosen, act)
        assert number is not None
        assert parameters is not None
        return cls(chosen, parameters, number, until, pairs or ())

    @property
    def label(self) -> str:
        """The regime's name."""
        return self.regime.name

    def to_dict(self) -> dict[str, Any]:
        """The scenario as JSON values: the whole regime, and the parameters that differ from their defaults."""
        return {
            "regime": self.regime.to_dict(),
            "parameters": self.parameters.changed(),
            "seed": self.seed,
            "until": self.until,
            "agents": {name: named(kind) for name, kind in self.agents},
        }

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> "Scenario":
        """The scenario that `to_dict` wrote; InputError tells what is missing or out of place."""
        wanted = {"regime": dict, "parameters": dict, "seed": int, "until": str, "agents": dict}
        table = _table("scenario", table)
        lost = unknown("key named", [key for key in table if key not in wanted], wanted)
        faults = [f"scenario: {fault}" for fault in lost]
        for key, kind in wanted.items():
            value = table.get(key, {} if key == "agents" else None)
            if not isinstance(value, kind) or isinstance(value, bool):
                faults.append(f"scenario: {key} = {shorten(value)}: {kind.__name__} is wanted")
        raise_all(faults)
        return cls.of(
            Regime.from_dict(table["regime"]),
            seed=table["seed"],
            until=table["until"],
            sets=table["parameters"],
            agents=table.get("agents"),
        )

    @cached_property
    def key(self) -> str:
        """32 hexadecimal digits: the same for the same regime, parameters, seed, horizon, agents, code and data."""
        agents = [(name, named(kind)) for name, kind in self.agents]
        parts = [_told(self.regime), self.parameters.flat(), self.seed, self.until, agents]
        parts += [[source_of(kind) for kind in self.agent_classes.values()], code_version(), data_version()]
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def agent_classes(self) -> dict[str, type]:
        """The table classes that take others' places."""
        return {name: load_class(kind) for name, kind in self.agents}


@lru_cache(maxsize=64)
def _told(regime: Regime) -> str:
    """A regime's acts as text; worked out once for all runs of it."""
    return json.dumps(regime.to_dict(), sort_keys=True, ensure_ascii=False)


def _table(name: str, given: Any) -> Mapping[str, Any]:
    """A table that may be left out; InputError where it is none."""
    if given is not None and not isinstance(given, Mapping):
        raise InputError(f"{name} = {shorten(given)}: a table of names and values is wanted")
    return given or {}


def _tried[T](make: Callable[[], T], faults: list[str]) -> T | None:
    """What is made, or None and one more fault."""
    try:
        return make()
    except InputError as error:
        faults.append(str(error).strip())
        return None


def _agents(given: Mapping[str, Any]) -> tuple[tuple[str, str | type], ...]:
    """Agent types with import paths, or with classes that have none; InputError tells all that do not fit."""
    faults: list[str] = []
    found = {name: _tried(partial(load_class, kind), faults) for name, kind in given.items()}
    _tried(lambda: check_agents({name: kind for name, kind in found.items() if kind is not None}), faults)
    raise_all([f"agents: {line}" for fault in faults for line in map(str.strip, fault.splitlines())])
    paths = {name: kind if isinstance(kind, str) else import_path(kind) or kind for name, kind in given.items()}
    return tuple(sorted(paths.items()))


def law_act(sets: Mapping[str, Any]) -> list[Act]:
    """Acts for `law.<lever>[<scope>]@<date>` = value, one for each date; InputError tells every fault.

    Their names begin with `what-if`, which on one day stands after, and so above, those of both governments' acts.
    """
    from abm.law.levers import faults as lever_faults

    faults, by_day = [], {}  # type: ignore[var-annotated]
    for name, value in sets.items():
        match = LAW_KEY.fullmatch(name)
        if not match:
            faults.append(
                f"{shorten(name)} = {shorten(value)}: written law.<lever>=value@2026-11, "
                "or law.<lever>[<scope>]=value@2026-11"
            )
            continue
        lever, scope = match["lever"], match["scope"]
        wrong = lever_faults(lever, scope, value)
        faults += [f"law.{one}" for one in wrong]
        try:
            day = dates.parse_day(match["day"], name)
        except InputError as error:
            faults.append(str(error))
            continue
        entry = by_day.setdefault(day, {})
        if scope is None:
            entry[lever] = value
        else:
            entry.setdefault(lever, {})[scope] = value
    raise_all(faults)
    return [
        Act.of(f"what-if-{day}", by="both", announced=str(day), sets=entry, what="set by hand", source="basis-note")
        for day, entry in sorted(by_day.items())
    ]


def with_act(regime: Regime, act: Act) -> Regime:
    """The regime with an act set by hand, which keeps the regime's name."""
    from dataclasses import replace

    return replace(regime | act, name=regime.name)
