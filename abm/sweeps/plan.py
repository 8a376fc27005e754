"""What store and engine know of a sweep: numbered runs, and what is kept of each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from abm.sweeps.work import Task

Value = bool | int | float | str


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
    keep     metrics to keep
    until    last month, YYYY-MM
    months   months a run reports
    execute  import path of the function that does a run
    version  hashes of code and data, with a space between; empty when the function does not depend on them
    """

    @property
    def name(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def cases(self) -> Sequence[Case]: ...
    @property
    def keep(self) -> tuple[str, ...]: ...
    @property
    def until(self) -> str: ...
    @property
    def months(self) -> int: ...
    @property
    def execute(self) -> str: ...
    @property
    def version(self) -> str: ...
    def task(self, run: int) -> Task:
        """What a worker needs to do a run."""
        ...

    def recipe(self) -> dict[str, Any]:
        """All that is needed besides the table of runs to make the runs' scenarios again, as JSON values."""
        ...


def facts(plan: Plan) -> dict[str, str]:
    """What a sweep folder remembers of a plan as a whole."""
    code, _, data = plan.version.partition(" ")
    return {
        "name": plan.name,
        "count": str(len(plan.cases)),
        "keep": json.dumps(plan.keep, ensure_ascii=False),
        "until": plan.until,
        "months": str(plan.months),
        "execute": plan.execute,
        "code": code,
        "data": data,
        "recipe": json.dumps(plan.recipe(), sort_keys=True),
    }
