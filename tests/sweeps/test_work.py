"""What a worker makes of a chunk: rows, labels and failures."""

import numpy as np
import pytest
from sweep_fakes import MONTHS, FakePlan

from abm.sweeps import parts
from abm.sweeps.parts import Damaged, Label
from abm.sweeps.work import Chunk, Harvest, Unable, months_to, perform


def chunk_of(plan: FakePlan, **more: str) -> Chunk:
    tasks = tuple(plan.task(run) for run in range(len(plan.cases)))
    return Chunk(3, tasks, plan.keep, plan.until, plan.months, plan.execute, **more)


def test_rows_come_out_as_they_were_computed() -> None:
    plan = FakePlan(seeds=4)
    harvest = perform(chunk_of(plan))
    assert harvest.part is not None
    table, label = parts.decode(harvest.part)
    assert label == harvest.label
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
    harvest = perform(chunk_of(plan))
    assert harvest.label.runs == (0, 4)
    assert [(one.run, one.stage) for one in harvest.failures] == [(1, "run"), (2, "run"), (3, "result")]
    assert harvest.failures[0].error == "ZeroDivisionError: seed 1 divides by nought"
    assert "in fail" in harvest.failures[0].traceback
    assert "SystemExit" in harvest.failures[1].error


def test_a_chunk_without_a_good_run_has_no_part() -> None:
    plan = FakePlan(seeds=1, regimes=("a",), execute="sweep_fakes:badly", more={"deeds": {"0": "raise"}})
    harvest: Harvest = perform(chunk_of(plan))
    assert harvest.part is None
    assert harvest.label.runs == ()


def test_the_phase_in_which_the_model_failed_is_named() -> None:
    from abm.runs.scenario import Scenario
    from abm.sweeps.work import Task

    scenario = Scenario.of("history", until="2022-02").to_dict()
    scenario["agents"] = {"labs": "sweep_agents:FailingLabs"}
    harvest = perform(Chunk(0, (Task(0, "k", scenario),), ("china_compute",), "2022-02", 2))
    assert [(one.stage, one.error) for one in harvest.failures] == [("labs_budget", "RuntimeError: no money")]


def test_a_worker_with_other_code_does_nothing() -> None:
    with pytest.raises(Unable, match="the sweep was begun with other code"):
        perform(chunk_of(FakePlan(), version="other code"))


def test_progress_is_noted_before_each_run() -> None:
    seen: list[tuple[int, int]] = []
    perform(chunk_of(FakePlan(seeds=2)), lambda run, done: seen.append((run, done)))
    assert seen == [(0, 0), (1, 1), (2, 2), (3, 3)]


def test_names_are_ordered_as_kept_then_by_key() -> None:
    assert parts.order(["b[z]", "a", "b[y]", "c"], ["c", "b", "a"]) == ["c", "b[y]", "b[z]", "a"]
    assert parts.order(["b[y]", "b[z]"], ["b[z]", "b[y]"]) == ["b[z]", "b[y]"]


@pytest.mark.parametrize(
    "label",
    [
        Label((0, 1), ("x",), MONTHS, 0.0),
        Label((0, 0), ("x", "y"), MONTHS, 0.0),
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


@pytest.mark.parametrize("data", [b"", b"PAR1", b"x" * 1000])
def test_bytes_that_are_no_part_are_damage(data: bytes) -> None:
    with pytest.raises(Damaged, match="cannot be read"):
        parts.decode(data)
