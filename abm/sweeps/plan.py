"""What store and scheduler know of a sweep: numbered runs, what is kept of each, and how a folder remembers both."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from abm.sweeps.parts import Damaged
from abm.sweeps.work import Task, Terms

Value = bool | int | float | str

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


class Plan(Protocol):
    """Runs to do. Run numbers are 0 to N-1; a longer plan may continue a shorter one that it begins with.

    text     the specification, for the folder's copy
    version  hashes of code and data, with a space between; empty when the runs do not depend on them
    """

    @property
    def name(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def cases(self) -> Sequence[Case]: ...
    @property
    def terms(self) -> Terms: ...
    @property
    def version(self) -> str: ...
    def task(self, run: int) -> Task:
        """What a worker needs to do a run."""
        ...

    def recipe(self) -> dict[str, Any]:
        """All that is needed besides the table of runs to make the runs' scenarios again, as JSON values."""
        ...


@dataclass(frozen=True)
class StoredPlan:
    """A plan as a sweep folder remembers it: a file of JSON lines whose first is the SHA-256 of all others.

    facts  what concerns the whole sweep
    cases  the runs, by number
    """

    facts: dict[str, Any]
    cases: tuple[Case, ...]

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """What is to be remembered of a plan."""
        code, _, data = plan.version.partition(" ")
        facts = {"format": FORMAT, "name": plan.name, **vars(plan.terms), "keep": list(plan.terms.keep)}
        facts |= {"code": code, "data": data, "recipe": plan.recipe()}
        return cls(facts, tuple(plan.cases))

    @property
    def terms(self) -> Terms:
        """The terms under which its runs are done."""
        keep, until, months, execute = (self.facts[name] for name in ("keep", "until", "months", "execute"))
        return Terms(tuple(keep), until, months, execute)

    def to_bytes(self) -> bytes:
        """The file's contents."""
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
        return cls(facts, tuple(Case(**row) for row in rows))

    def differences(self, new: "StoredPlan") -> list[str]:
        """Why these runs are not (the first) runs of another plan; empty when they are."""
        found = [
            f"{words}: {self.shown(name)} then, {new.shown(name)} now"
            for name, words in CHANGES.items()
            if self.facts[name] != new.facts[name]
        ]
        pairs = list(zip(self.cases, new.cases, strict=False))
        moved = sum((one.regime, one.seed, one.factors) != (two.regime, two.seed, two.factors) for one, two in pairs)
        if moved:
            found.append(f"the plan: {moved} of {len(self.cases)} runs have another regime, seed or parameters")
        if (gone := len(self.cases) - len(new.cases)) > 0:
            found.append(f"the plan: {gone} runs are no longer in it")
        others = {one.regime for one, two in pairs if one.key != two.key}
        if others and not found:
            found.append(f"the acts or common settings of {', '.join(sorted(others))}")
        return found

    def shown(self, name: str) -> str:
        """One of its facts as text."""
        value = self.facts[name]
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
