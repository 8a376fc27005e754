"""Memory: the peak of a process over a run, and what a sweep's coordinator adds from run to run."""

import json
import resource
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.clock import Sample, Samples, Trial, child

SIZES = (150, 10_000)
MONTHS = 108
COORDINATOR = "memory coordinator"
BAR = 50.0


def trials(quick: bool) -> list[Trial]:
    """Each in a process of its own, once: memory does not scatter."""
    until, sizes, runs = ("2022-03", SIZES[:1], (50, 200)) if quick else ("2022-12", SIZES, (1_000, 20_000))
    of_runs = [Trial(name(labs), lambda labs=labs: ask("run", str(labs), until), 1) for labs in sizes]
    return [*of_runs, Trial(COORDINATOR, lambda: ask("coordinator", *map(str, runs)), 1)]


def name(labs: int) -> str:
    """The trial of a size."""
    return f"memory {labs}"


def ask(*words: str) -> Sample:
    """What the process below reports."""
    found: Sample = json.loads(child("-m", "benchmarks.memory", *words)[0].splitlines()[-1])
    return found


def most() -> float:
    """The most memory that this process ever held, MB.

    Linux counts what a process inherits in `ru_maxrss`, so its own count is read where there is one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        words = status.read_text().split()
        return int(words[words.index("VmHWM:") + 1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def of_run(labs: int, until: str) -> Sample:
    """Memory at most before and after a run."""
    from benchmarks.growth import market

    before = most()
    market(labs, until).run()
    return {"imports": before, "most": most()}


def plan_of(count: int) -> Any:
    """A sweep without a model: its runs are numbers, so that what is left is the coordinator's own."""
    from abm.sweeps.plan import Case, Plan
    from abm.sweeps.work import Task, Terms

    class Numbers(Plan):
        def task(self, run: int) -> Task:
            return Task(run, self.cases[run].key, {"seed": run})

    cases = [Case(n, f"{n:032x}", "history", n, {}) for n in range(count)]
    return Numbers("numbers", cases, Terms(("m",), "2030-12", MONTHS, "benchmarks.memory:rows"), "", {})


def rows(scenario: dict[str, Any], keep: Sequence[str]) -> dict[str, Any]:
    """Columns as wide as a usual sweep's."""
    return {f"{keep[0]}[{part}]": np.full(MONTHS, float(scenario["seed"])) for part in range(10)}


def of_coordinator(first: int, last: int) -> Sample:
    """Memory at most after the first runs of a sweep and after all of them; the runs are done in the coordinator."""
    from abm.sweeps.executor import SerialExecutor
    from abm.sweeps.scheduler import LIMIT, Scheduler
    from abm.sweeps.store import Store

    plan, seen = plan_of(last), Sample()

    class Watched(Scheduler):
        def enter(self, result: Any) -> None:
            super().enter(result)
            if self.done >= first:
                seen.setdefault("first", most())

    with tempfile.TemporaryDirectory(prefix="bench-memory-") as folder:
        with Store.start(Path(folder) / "out", plan, False) as store:
            Watched(plan, store, SerialExecutor(), LIMIT, 50).run(store.missing())
    return seen | {"last": most(), "runs": float(last)}


def answer(samples: Samples) -> dict[str, object]:
    """MB that a process holds at most by number of labs, and that a coordinator adds."""
    one = samples[COORDINATOR][0]
    return {
        "run_mb": {str(labs): taken[0]["most"] for labs in SIZES if (taken := samples.get(name(labs)))},
        "imports_mb": samples[name(SIZES[0])][0]["imports"],
        "coordinator_mb": one["last"] - one["first"],
        "coordinator_runs": one["runs"],
        "bar": BAR,
    }


if __name__ == "__main__":
    kind, *numbers = sys.argv[1:]
    result = of_run(int(numbers[0]), numbers[1]) if kind == "run" else of_coordinator(*map(int, numbers))
    sys.stdout.write(json.dumps(result) + "\n")
