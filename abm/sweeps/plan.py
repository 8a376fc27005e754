"""What store and scheduler know of a sweep: numbered runs, what is kept of each, and how a folder remembers both."""

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from abm.results.draws import Drawn
from abm.sweeps.parts import Damaged
from abm.sweeps.spec import Spec, Value, parse
from abm.sweeps.work import Task, Terms

if TYPE_CHECKING:
    from abm.law.regime import Regime
    from abm.runs.scenario import Scenario

FORMAT = 2
CHANGES = {
    "code": "the model's code",
    "data": "the data",
    "keep": "the metrics kept",
    "until": "the last month",
    "execute": "the function that does a run",
}


@dataclass(frozen=True)
class Case:
    """One run of a sweep, as the table of runs lists it."""

    run: int
    key: str
    regime: str
    seed: int
    factors: Mapping[str, Value]


@dataclass(frozen=True)
class Plan:
    """Runs to do. Run numbers are 0 to N-1; a longer plan may continue a shorter one that it begins with.

    cases    the runs, by number
    text     the specification as written
    version  hashes of code and data, with a space between; empty when the runs do not depend on them
    recipe   all that is needed besides `cases` to make the runs' scenarios again, as JSON values: regimes, set, agents,
             and what is drawn of an ensemble
    """

    name: str
    cases: Sequence[Case]
    terms: Terms
    version: str
    recipe: Mapping[str, Any]
    text: str = field(default="", compare=False)

    def __len__(self) -> int:
        return len(self.cases)

    def __repr__(self) -> str:
        regimes, seeds = ({getattr(case, name) for case in self.cases} for name in ("regime", "seed"))
        points = len(self) // max(len(regimes) * len(seeds), 1)
        return (
            f"{type(self).__name__}({self.name!r}: {len(self)} runs = {len(regimes)} regimes x {points} points x "
            f"{len(seeds)} seeds)"
        )

    @cached_property
    def spec(self) -> Spec:
        """The specification."""
        return parse(tomllib.loads(self.text), self.name)

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of what is varied beside regime and seed."""
        return tuple(self.cases[0].factors)

    @cached_property
    def regimes(self) -> "dict[str, Regime]":
        """The regimes by name."""
        from abm.law.regime import Regime

        return {name: Regime.from_dict(table) for name, table in self.recipe["regimes"].items()}

    def scenario(self, run: int) -> "Scenario":
        """The scenario of a run."""
        case = self.cases[run]
        return scenario_of(self.regimes[case.regime], case.seed, self.terms.until, self.recipe, case.factors)

    def task(self, run: int) -> Task:
        """What a worker needs to do a run."""
        return Task(run, self.cases[run].key, self.scenario(run).to_dict())

    @property
    def facts(self) -> dict[str, Any]:
        """What concerns the whole sweep, as the first row of its file."""
        code, _, data = self.version.partition(" ")
        facts = {"format": FORMAT, "name": self.name, **vars(self.terms), "keep": list(self.terms.keep)}
        return facts | {"code": code, "data": data, "recipe": self.recipe}

    def to_bytes(self) -> bytes:
        """A file of JSON lines: the SHA-256 of all others, the facts, and a line a run."""
        rows = [self.facts, *({**vars(case), "factors": dict(case.factors)} for case in self.cases)]
        body = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
        return f'{{"sha256": "{hashlib.sha256(body).hexdigest()}"}}\n'.encode() + body

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The plan in a file; Damaged when it is not what was written."""
        head, _, body = data.partition(b"\n")
        if head != f'{{"sha256": "{hashlib.sha256(body).hexdigest()}"}}'.encode():
            raise Damaged("is damaged (its SHA-256 differs)")
        facts, *rows = map(json.loads, body.splitlines())
        if facts.get("format") != FORMAT:
            raise Damaged("has a format that this version does not read")
        terms = Terms(tuple(facts["keep"]), facts["until"], facts["months"], facts["execute"])
        version = f"{facts['code']} {facts['data']}".strip()
        return cls(facts["name"], [Case(**row) for row in rows], terms, version, facts["recipe"])

    def differences(self, new: "Plan") -> list[str]:
        """Why these runs are not (the first) runs of another plan; empty when they are."""
        then, now = self.facts, new.facts
        found = [
            f"{words}: {shown(then[name])} then, {shown(now[name])} now"
            for name, words in CHANGES.items()
            if then[name] != now[name]
        ]
        pairs = list(zip(self.cases, new.cases, strict=False))
        moved = sum((one.regime, one.seed, one.factors) != (two.regime, two.seed, two.factors) for one, two in pairs)
        if moved:
            found.append(f"the plan: {moved} of {len(self.cases)} runs have another regime, seed or parameters")
        if (gone := len(self.cases) - len(new.cases)) > 0:
            found.append(f"the plan: {gone} runs are no longer in it")
        before, after = drawn_by(self.recipe), drawn_by(new.recipe)
        if before.ensemble != after.ensemble:
            found.append(f"the ensemble of parameters: {before.ensemble} then, {after.ensemble} now")
        elif any(before.of(one.seed) != after.of(one.seed) for one, _ in pairs):
            found.append(f"the draws of the ensemble {before.ensemble}")
        others = {one.regime for one, two in pairs if one.key != two.key}
        if others and not found:
            found.append(f"the acts or common settings of {', '.join(sorted(others))}")
        return found


def scenario_of(
    regime: "Regime", seed: int, until: str, recipe: Mapping[str, Any], factors: Mapping[str, Value]
) -> "Scenario":
    """The scenario of a run: its regime, and its factors beside what the recipe sets for all or draws for its seed."""
    from abm.runs.scenario import Scenario

    sets = {**drawn_by(recipe).of(seed), **recipe["set"], **factors}
    return Scenario.of(regime, seed=seed, until=until, sets=sets, agents=recipe["agents"])


def drawn_by(recipe: Mapping[str, Any]) -> Drawn:
    """What is drawn of an ensemble; earlier versions, and plans made by analyses, hold draws among the factors."""
    return Drawn(**recipe.get("drawn", {}))


def shown(fact: Any) -> str:
    """A fact of a plan as text."""
    return fact if isinstance(fact, str) else json.dumps(fact, ensure_ascii=False)
