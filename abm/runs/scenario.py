"""A run as a value: regime, parameters, seed, horizon and agent types; and the run it gives."""

import hashlib
import inspect
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any

from abm.foundation import dates
from abm.foundation.errors import InputError, nearest, raise_all
from abm.foundation.parameters import Parameters
from abm.foundation.version import code_version, data_version
from abm.law.acts import Act
from abm.law.regime import Regime, load_regime

LAW_KEY = re.compile(r"law\.(?P<lever>[a-z0-9_.]+?)(\[(?P<scope>[^\]]+)\])?@(?P<day>.+)")


@dataclass(frozen=True)
class Scenario:
    """Everything that decides a run.

    agents   pairs of agent type and the import path `module:Class` of the subclass that takes its place
    """

    regime: Regime
    parameters: Parameters
    seed: int = 0
    until: str = dates.DEFAULT_UNTIL
    agents: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
        cls,
        regime: "str | Regime" = "history",
        *,
        seed: int = 0,
        until: str = dates.DEFAULT_UNTIL,
        sets: Mapping[str, Any] | None = None,
        agents: Mapping[str, str] | None = None,
    ) -> "Scenario":
        """A scenario from names and values; InputError tells every fault.

        sets   `group.name` of a parameter, or `law.<lever>[<scope>]@<date>`, and its value
        """
        chosen = regime if isinstance(regime, Regime) else load_regime(regime)
        sets = sets or {}
        law = {name: value for name, value in sets.items() if name.startswith("law.")}
        faults: list[str] = []
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            faults.append(f"seed = {seed!r}: a whole number from 0 is wanted")
        for check in (
            lambda: dates.end_month(until),
            lambda: Parameters.of({name: value for name, value in sets.items() if name not in law}),
            lambda: law_act(law) if law else None,
        ):
            try:
                check()
            except InputError as error:
                faults.append(str(error).strip())
        raise_all(faults)
        for act in law_act(law):
            chosen = with_act(chosen, act)
        parameters = Parameters.of({name: value for name, value in sets.items() if name not in law})
        return cls(chosen, parameters, seed, until, tuple(sorted((agents or {}).items())))

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
            "agents": dict(self.agents),
        }

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> "Scenario":
        """The scenario that `to_dict` wrote; InputError tells what is missing or out of place."""
        wanted = {"regime": dict, "parameters": dict, "seed": int, "until": str, "agents": dict}
        faults = [f"scenario: no key named {key!r}{nearest(key, wanted)}" for key in table if key not in wanted]
        for key, kind in wanted.items():
            value = table.get(key, {} if key == "agents" else None)
            if not isinstance(value, kind) or isinstance(value, bool):
                faults.append(f"scenario: {key} = {value!r}: {kind.__name__} is wanted")
        raise_all(faults)
        dates.end_month(table["until"])
        return cls(
            Regime.from_dict(table["regime"]),
            Parameters.of(table["parameters"]),
            int(table["seed"]),
            str(table["until"]),
            tuple(sorted(table.get("agents", {}).items())),
        )

    @cached_property
    def key(self) -> str:
        """32 hexadecimal digits: the same for the same regime, parameters, seed, horizon, agents, code and data."""
        parts = [self.regime.to_dict(), self.parameters.flat(), self.seed, self.until, list(self.agents)]
        parts += [[source_of(path) for _, path in self.agents], code_version(), data_version()]
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def agent_classes(self) -> dict[str, type]:
        """The table classes that take others' places."""
        return {name: load_class(path) for name, path in self.agents}


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
                f"{name} = {value!r}: written law.<lever>=value@2026-11, or law.<lever>[<scope>]=value@2026-11"
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


def load_class(path: str) -> type:
    """The class at `module:Class`; InputError when it is not there."""
    module, _, name = path.partition(":")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"agent class '{path}': {error}; written module:Class") from error
    if not isinstance(found, type):
        raise InputError(f"agent class '{path}' is not a class")
    return found


def source_of(path: str) -> str:
    """The source text of a class given by its import path."""
    return inspect.getsource(load_class(path))
