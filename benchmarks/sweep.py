"""Sweeps to disk with one and two workers: runs a second, and how much of the cores' time is inside model runs."""

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.clock import Sample, Samples, Trial, child, middle

WORKERS = (1, 2)
SPEC: dict[str, Any] = {
    "name": "bench",
    "ensemble": "none",
    "regimes": ["history", "hold_firm", "hbm_relief", "full_relaxation"],
    "keep": ["china_compute", "us_compute", "capability_gap", "vendor_china_revenue", "hbm_to_china", "scarcity"],
}
BAR = 0.85


def trials(quick: bool) -> list[Trial]:
    """A sweep in a process of its own, for each number of workers."""
    runs, until = ("8", "2022-06") if quick else ("400", "2030-12")
    return [Trial(name(n), lambda n=n: sample(str(n), runs, until), 1) for n in WORKERS]


def name(workers: int) -> str:
    """The trial of a number of workers."""
    return f"sweep {workers}"


def sample(workers: str, runs: str, until: str) -> Sample:
    """What the process below reports."""
    found: Sample = json.loads(child("-m", "benchmarks.sweep", workers, runs, until)[0].splitlines()[-1])
    return found


def carry_out(workers: int, runs: int, until: str) -> Sample:
    """Time of a sweep once its workers are there, and the workers' time inside runs; loading compiled loops counts as
    time inside the first runs."""
    from abm.sweeps.design import design
    from abm.sweeps.executor import LocalExecutor
    from abm.sweeps.scheduler import Scheduler, executor_of
    from abm.sweeps.store import Store

    plan = design(SPEC | {"seeds": -(-runs // len(SPEC["regimes"])), "until": until})
    with tempfile.TemporaryDirectory(prefix="bench-sweep-") as folder:
        with Store.start(Path(folder) / "out", plan, False) as store:
            began = time.perf_counter()
            with executor_of(workers, None, False) as executor:
                assert isinstance(executor, LocalExecutor)
                for one in [executor.processes.submit(os.getpid) for _ in range(workers)]:
                    one.result()
                ready = time.perf_counter()
                Scheduler(plan, store, executor).run(store.missing())
                done = time.perf_counter()
            parts = store.parts()
            inside = sum(part.label.seconds for part in parts)
            return {
                "runs": float(sum(len(part.runs) for part in parts)),
                "start": ready - began,
                "wall": done - ready,
                "inside": inside / (workers * (done - ready)),
                "bytes": float(sum(part.size for part in parts)),
            }


def answer(samples: Samples) -> dict[str, object]:
    """Runs a second, the share of the workers' time inside runs, and seconds until the workers are there."""
    return {
        str(workers): {
            "runs": taken[0]["runs"],
            "runs_a_second": taken[0]["runs"] / middle(taken, "wall"),
            "inside": middle(taken, "inside"),
            "start": middle(taken, "start"),
            "bytes_a_run": taken[0]["bytes"] / taken[0]["runs"],
            "bar": BAR,
        }
        for workers in WORKERS
        for taken in [samples[name(workers)]]
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(carry_out(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])) + "\n")
