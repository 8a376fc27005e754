"""What a worker makes of a chunk: rows, labels and failures."""

import contextlib
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sweep_fakes import MONTHS, FakePlan

from abm.sweeps import parts, work
from abm.sweeps.parts import Damaged, Label
from abm.sweeps.work import Chunk, Terms, Unable, months_to, run_chunk


def chunk_of(plan: FakePlan, **more: Any) -> Chunk:
    tasks = tuple(plan.task(run) for run in range(len(plan.cases)))
    return Chunk(3, tasks, plan.terms, **more)


def test_rows_come_out_as_they_were_computed() -> None:
    plan = FakePlan(seeds=4)
    result = run_chunk(chunk_of(plan))
    table, label = parts.decode(result.part)
    assert label == result.label
    assert label.runs == tuple(range(8))
    assert label.keys == tuple(case.key for case in plan.cases)
    assert table.column_names == ["run", "month", "m", "m[extra]", "other"]
    frame = table.to_pandas()
    days = [str(day) for day in months_to("2030-12", MONTHS).astype("M8[D]")]
    assert list(frame["month"].astype(str)[:MONTHS]) == days
    for case in plan.cases:
        rows = frame[frame["run"] == case.run]
        expected = case.seed + 1000 * (case.regime == "b") + np.arange(MONTHS) / 3 + 1
        assert np.array_equal(rows["m"], expected)
        assert rows["m[extra]"].notna().any() == (case.seed % 3 == 0)


@pytest.mark.parametrize("until, first", [("2030-12", "2030-01"), ("2024-02", "2023-03"), ("2024-02-29", "2023-03")])
def test_months_end_with_the_last(until: str, first: str) -> None:
    months = months_to(until, 12)
    assert (str(months[0]), str(months[-1])) == (first, until[:7])


def test_a_run_that_fails_is_a_row_and_the_others_go_on() -> None:
    deeds = {"1": "raise", "2": "exit", "3": "spoil"}
    plan = FakePlan(seeds=5, regimes=("a",), execute="sweep_fakes:badly", more={"deeds": deeds})
    result = run_chunk(chunk_of(plan))
    assert result.label.runs == (0, 4)
    failures = result.label.failures
    assert [(one.run, one.stage) for one in failures] == [(1, "run"), (2, "run"), (3, "result")]
    assert failures[0].error == "ZeroDivisionError: seed 1 divides by zero"
    assert "in fail" in failures[0].traceback
    assert "SystemExit" in failures[1].error
    assert parts.decode(result.part)[1] == result.label


def test_a_chunk_without_a_good_run_is_a_part_without_rows() -> None:
    plan = FakePlan(seeds=1, regimes=("a",), execute="sweep_fakes:badly", more={"deeds": {"0": "raise"}})
    table, label = parts.decode(run_chunk(chunk_of(plan)).part)
    assert (table.num_rows, label.runs, list(label.tried)) == (0, (), [0])


def test_the_phase_in_which_the_model_failed_is_named() -> None:
    from abm.runs.scenario import Scenario
    from abm.sweeps.work import Task

    scenario = Scenario.of("history", until="2022-02").to_dict()
    scenario["agents"] = {"labs": "sweep_agents:FailingLabs"}
    result = run_chunk(Chunk(0, (Task(0, "k", scenario),), Terms(("china_compute",), "2022-02", 2)))
    assert [(one.stage, one.error) for one in result.label.failures] == [("labs_budget", "RuntimeError: no money")]


def test_a_worker_with_other_code_does_nothing() -> None:
    with pytest.raises(Unable, match="the sweep began with other code"):
        run_chunk(chunk_of(FakePlan(), version="other code"))


def test_a_run_over_its_limit_is_a_failure_and_the_others_go_on() -> None:
    plan = FakePlan(seeds=3, regimes=("a",), execute="sweep_fakes:badly", more={"deeds": {"1": "hang"}})
    result = run_chunk(chunk_of(plan, limit=0.5))
    (one,) = result.label.failures
    assert (one.run, one.stage, one.error) == (1, "limit", "TooLong: the run took longer than 0.5 s and was stopped")
    assert "in hang" in one.traceback
    assert result.label.runs == (0, 2)


def test_a_limit_reached_at_the_very_end_stops_nothing_else() -> None:
    for delay in np.linspace(0.0095, 0.0105, 40):
        with contextlib.suppress(work.TooLong):
            work.within(0.01, partial(time.sleep, delay), expendable=False)
        assert sum(range(10_000)) == 49_995_000


STUCK = """
import sys
sys.path.insert(0, sys.argv[1])
from sweep_fakes import FakePlan
from abm.sweeps import work
work.GRACE = 0.2
plan = FakePlan(seeds=2, regimes=("a",), execute="sweep_fakes:badly", more={"deeds": {"1": "seize"}})
work.run_chunk(work.Chunk(1, tuple(map(plan.task, range(2))), plan.terms, limit=0.3), expendable=True)
"""


def test_a_worker_that_a_run_does_not_give_back_ends_itself() -> None:
    fakes = str(Path(__file__).parent)
    found = subprocess.run([sys.executable, "-c", STUCK, fakes], capture_output=True, text=True, timeout=30)
    assert (found.returncode, found.stdout, found.stderr) == (1, "", "")


def test_names_are_ordered_as_kept_then_by_key() -> None:
    assert parts.order(["b[z]", "a", "b[y]", "c"], ["c", "b", "a"]) == ["c", "b[y]", "b[z]", "a"]
    assert parts.order(["b[y]", "b[z]"], ["b[z]", "b[y]"]) == ["b[z]", "b[y]"]


@pytest.mark.parametrize(
    "label",
    [
        Label((0,), ("x",), MONTHS, 0.0),
        Label((0, 2), ("x", "y"), MONTHS, 0.0),
        Label((1, 0), ("x", "y"), MONTHS, 0.0),
    ],
)
def test_rows_that_are_not_those_of_the_label_are_damage(label: Label) -> None:
    block = {"m": np.zeros(MONTHS)}
    right = Label((0, 1), ("x", "y"), MONTHS, 0.0)
    table, _ = parts.decode(parts.encode([block, block], right, months_to("2030-12", 12), ["m"]))
    with pytest.raises(Damaged):
        parts.check(table, label)


@pytest.mark.parametrize("runs, keys", [((0, 1), ("x",)), ((0, 0), ("x", "y"))])
def test_a_label_with_a_run_twice_or_without_a_key_is_damage(runs: tuple[int, ...], keys: tuple[str, ...]) -> None:
    blocks = [{"m": np.zeros(MONTHS)}] * 2
    data = parts.encode(blocks, Label(runs, keys, MONTHS, 0.0), months_to("2030-12", 12), ["m"])
    with pytest.raises(Damaged, match="a run twice or without a key"):
        parts.schema(data)


@pytest.mark.parametrize("data", [b"", b"PAR1", b"x" * 1000])
def test_bytes_that_are_no_part_are_damage(data: bytes) -> None:
    with pytest.raises(Damaged, match="cannot be read"):
        parts.decode(data)
