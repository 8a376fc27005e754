"""A plan without a model: runs whose rows are known, and runs that raise, leave, kill, hang or spoil."""

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from abm.sweeps.plan import Case, Plan
from abm.sweeps.work import Columns, Task, Terms

MONTHS = 12


def rows(scenario: dict[str, Any], keep: Sequence[str]) -> Columns:
    """Numbers that only this run has; every third seed has a column more."""
    seed, regime = scenario["seed"], scenario["regime"]
    base = seed + 1000 * (regime == "b") + scenario["factors"].get("group.x", 0) / 7
    found = {name: base + np.arange(MONTHS) / 3 + len(name) for name in keep if "[" not in name}
    if seed % 3 == 0:
        found[f"{keep[0]}[extra]"] = np.where(np.arange(MONTHS) % 2, np.nan, base)
    return found


def slowly(scenario: dict[str, Any], keep: Sequence[str]) -> Columns:
    """The same after a while."""
    time.sleep(scenario.get("seconds", 0.05))
    return rows(scenario, keep)


def badly(scenario: dict[str, Any], keep: Sequence[str]) -> Columns:
    """Do what the scenario's `deed` says, in the seeds it names; in others, give rows after a moment."""
    time.sleep(0.01)
    deed = scenario.get("deeds", {}).get(str(scenario["seed"]))
    if deed:
        DEEDS[deed](scenario)
    return {"m": np.zeros(MONTHS - 1)} if deed == "spoil" else rows(scenario, keep)


def fail(scenario: dict[str, Any]) -> None:
    raise ZeroDivisionError(f"seed {scenario['seed']} divides by zero")


def hang(scenario: dict[str, Any]) -> None:
    while True:
        time.sleep(0.1)


def seize(scenario: dict[str, Any]) -> None:
    """Hang, and let no other thread of the process run."""
    sys.setswitchinterval(1e6)
    sum(1 for _ in iter(int, 1))


def once(scenario: dict[str, Any]) -> None:
    """Kill the worker the first time only."""
    mark = Path(scenario["marks"]) / str(scenario["seed"])
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def leave(*_: object) -> None:
    os._exit(7)


def die_twice(*_: object) -> None:
    """Die while starting, but for the third that tries."""
    marks = Path(os.environ["MARKS"])
    if len(list(marks.iterdir())) < 2:
        (marks / str(os.getpid())).touch()
        os.kill(os.getpid(), signal.SIGKILL)


DEEDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "raise": fail,
    "exit": lambda scenario: sys.exit(7),
    "leave": leave,
    "kill": lambda scenario: os.kill(os.getpid(), signal.SIGKILL),
    "once": once,
    "hang": hang,
    "seize": seize,
    "spoil": lambda scenario: None,
}


class FakePlan(Plan):
    """Regimes a and b, some points, some seeds, as a design would number them."""

    def __init__(
        self,
        seeds: int = 10,
        regimes: tuple[str, ...] = ("a", "b"),
        points: tuple[Mapping[str, float], ...] = ({},),
        keep: tuple[str, ...] = ("m", "other"),
        execute: str = "sweep_fakes:rows",
        version: str = "",
        until: str = "2030-12",
        more: Mapping[str, Any] = {},
        salt: str = "",
    ) -> None:
        places = [(s, r, p) for s in range(seeds) for r in regimes for p in points]
        cases = [Case(n, f"{r}-{s}-{sorted(p.items())}{salt}", r, s, p) for n, (s, r, p) in enumerate(places)]
        super().__init__("fake", cases, Terms(keep, until, MONTHS, execute), version, dict(more), 'name = "fake"\n')

    def task(self, run: int) -> Task:
        case = self.cases[run]
        scenario = {"regime": case.regime, "seed": case.seed, "factors": dict(case.factors), **self.recipe}
        return Task(run, case.key, scenario)
