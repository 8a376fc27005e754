"""After a sweep, and while it runs: status, export and replay."""

import csv
import io
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sweep_fakes import FakePlan

from abm.foundation.errors import InputError
from abm.sweeps import export, replay, status
from abm.sweeps.design import design
from abm.sweeps.lock import Lock
from abm.sweeps.plan import Plan
from abm.sweeps.scheduler import carry_out
from abm.sweeps.store import Store

SPEC = {
    "name": "small", "regimes": ["history", "no_controls"], "seeds": 2, "until": "2022-04",
    "keep": ["china_compute", "china_compute_by_channel"], "set": {"demand.lam": 0.8},
    "factorial": {"demand.theta": [1.5, 2.5], "law.licence.review_months@2022-02": [0, 3]},
}  # fmt: skip


@pytest.fixture(scope="module")
def small() -> Plan:
    return design(SPEC)


@pytest.fixture(scope="module")
def folder(small: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("after") / "s"
    carry_out(small, path, serial=True, size=5).close()
    return path


# status


def test_the_status_of_a_finished_sweep(folder: Path) -> None:
    with Store.open(folder) as store:
        found = status.status(store)
    assert (found["runs"], found["done"], found["missing"], found["failed"]) == (16, 16, 0, 0)
    assert (found["running"], found["workers"], found["seconds_left"], found["last"]) == (False, None, None, "done")
    assert "16 of 16 runs done" in status.worded(found)


def test_the_status_of_a_sweep_at_work_has_a_pace(tmp_path: Path) -> None:
    plan = FakePlan(seeds=10)
    with Store.start(tmp_path, plan) as store:
        store.note(workers=2)
        from abm.sweeps.scheduler import Scheduler

        class Enough(Exception):
            pass

        def stop(done: int, failed: int) -> None:
            if done >= 5:
                raise Enough

        from abm.sweeps.executor import SerialExecutor

        with pytest.raises(Enough):
            Scheduler(plan, store, SerialExecutor(), size=5, watch=stop).run(store.missing())
        time.sleep(0.05)
        with Store.open(tmp_path) as reader:
            found = status.status(reader)
    assert found["running"]
    assert found["workers"] == 2
    assert found["done"] == 5
    assert found["seconds_left"] == pytest.approx(15 / found["runs_per_second"])
    assert "running with 2 workers" in status.worded(found)
    assert "left" in status.worded(found)


def test_a_coordinator_that_was_killed_is_not_running(tmp_path: Path) -> None:
    plan = FakePlan(seeds=2)
    with Store.start(tmp_path, plan) as store:
        store.lock = None
    with Store.open(tmp_path) as store:
        found = status.status(store)
    assert not found["running"]
    assert found["last"] == "stopped"


def test_failures_are_listed_with_run_seed_and_stage(tmp_path: Path) -> None:
    plan = FakePlan(seeds=30, execute="sweep_fakes:badly", more={"deeds": {str(seed): "raise" for seed in range(15)}})
    with carry_out(plan, tmp_path, serial=True) as store:
        found = status.status(store)
    assert len(found["failures"]) == 30
    assert found["failures"][0] == {
        "run": 0, "regime": "a", "seed": 0, "stage": "run", "tries": 1,
        "error": "ZeroDivisionError: seed 0 divides by zero",
    }  # fmt: skip
    words = status.worded(found)
    assert "failed: run 1 (b, seed 0) in run: ZeroDivisionError" in words
    assert "... and 10 more" in words


@pytest.mark.parametrize("seconds, words", [(4, "4 s"), (89, "89 s"), (600, "10 min"), (7200, "2.0 h")])
def test_times_are_said_in_the_right_unit(seconds: float, words: str) -> None:
    assert status.span(seconds) == words


def test_an_estimate_tells_runs_time_and_room(small: Plan, folder: Path, tmp_path: Path) -> None:
    lines = "\n".join(status.estimate(small, tmp_path / "new", 4))
    assert "16, of which the folder holds 0" in lines
    assert "with 4 workers" in lines
    assert "MB" in lines
    assert not (tmp_path / "new").exists()
    assert status.estimate(small, folder, 4) == ["runs      16, of which the folder holds 16"]


def test_an_estimate_says_when_the_trial_run_fails(tmp_path: Path) -> None:
    plan = design(SPEC | {"agents": {"labs": "sweep_agents:FailingLabs"}})
    assert "a trial run failed with RuntimeError: no money" in "\n".join(status.estimate(plan, tmp_path, 1))


# export


def test_a_csv_is_tidy_and_complete(folder: Path, tmp_path: Path) -> None:
    with Store.open(folder) as store:
        wide, runs, columns = store.frame(), store.runs(), store.columns()
        rows = export.export(store, "csv", tmp_path / "x.csv")
    table = pd.read_csv(tmp_path / "x.csv", keep_default_na=False, na_values=[""], dtype={"key": str})
    names = [
        "regime",
        "seed",
        "month",
        "metric",
        "key",
        "value",
        "unit",
        "demand.theta",
        "law.licence.review_months@2022-02",
    ]
    assert list(table.columns) == names
    assert len(table) == rows == 16 * 4 * len(columns)
    assert set(table["month"]) == {"2022-01", "2022-02", "2022-03", "2022-04"}
    one = table[(table["metric"] == "china_compute") & (table["seed"] == 1) & (table["month"] == "2022-03")]
    one = one[(one["regime"] == "no_controls") & (one["demand.theta"] == 2.5) & (one[names[-1]] == 3)]
    run = runs[
        (runs["seed"] == 1) & (runs["regime"] == "no_controls") & (runs["demand.theta"] == 2.5) & (runs[names[-1]] == 3)
    ]
    expected = wide[(wide["run"] == run["run"].iloc[0]) & (wide["month"] == "2022-03-01")]["china_compute"]
    assert one["value"].tolist() == expected.tolist()
    assert set(one["unit"]) == {"H100e"}


def test_a_few_runs_at_a_time_give_the_same_file(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(folder) as store:
        export.export(store, "csv", tmp_path / "whole.csv")
        export.export(store, "parquet", tmp_path / "whole.parquet")
        monkeypatch.setattr(export, "RUNS", 3)
        export.export(store, "csv", tmp_path / "pieces.csv")
        export.export(store, "parquet", tmp_path / "pieces.parquet")
    whole, pieces = ((tmp_path / f"{name}.csv").read_text().splitlines() for name in ("whole", "pieces"))
    assert whole[0] == pieces[0]
    assert sorted(whole) == sorted(pieces)
    tables = [pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("whole", "pieces")]
    assert len(tables[0]) == len(tables[1]) == len(whole) - 1
    assert list(tables[0].columns) == next(csv.reader(io.StringIO(whole[0])))


def test_what_cannot_be_exported_is_told(folder: Path, tmp_path: Path) -> None:
    Store.start(tmp_path / "s", FakePlan()).close()
    with Store.open(tmp_path / "s") as store, pytest.raises(InputError, match="no run is finished yet"):
        export.export(store, "csv", tmp_path / "x.csv")
    (tmp_path / "file").touch()
    with (
        Store.open(folder) as store,
        pytest.raises(InputError, match="file is no folder"),
    ):
        export.export(store, "csv", tmp_path / "file" / "x.csv")
    assert not (tmp_path / "x.csv").exists()


# replay


@pytest.mark.parametrize("run", [0, 7, 15])
def test_a_run_done_again_gives_the_same_bits(folder: Path, run: int) -> None:
    with Store.open(folder) as store:
        found = replay.replay(store, run)
    assert found.same, found.text
    assert "are the same to the last bit" in found.text
    assert found.ensemble is not None
    assert len(found.ensemble.columns) > 20, "all metrics, not only those kept"


def test_a_scenario_is_remade_from_the_folder_alone(small: Plan, folder: Path) -> None:
    with Store.open(folder) as store:
        for case in store.cases():
            assert store.plan.scenario(case.run).key == case.key == small.cases[case.run].key


def test_other_rows_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(folder) as store:
        frame = store.frame([3])
        frame.loc[2, "china_compute"] = np.nextafter(frame.loc[2, "china_compute"], 1e9)
        monkeypatch.setattr(Store, "frame", lambda store, runs: frame)
        found = replay.replay(store, 3)
    assert not found.same
    assert "columns stored differ, the first china_compute" in found.text


def test_a_failed_run_fails_again_with_its_traceback(tmp_path: Path) -> None:
    plan = design(SPEC | {"agents": {"labs": "sweep_agents:FailingLabs"}, "seeds": 1})
    with carry_out(plan, tmp_path, serial=True) as store:
        assert len(store.failures()) == 8
        found = replay.replay(store, 2)
    assert not found.same
    assert "RuntimeError: no money" in found.text
    assert "in offer_money" in found.text


def test_a_change_of_code_is_mentioned(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abm.sweeps.work.version", lambda: "other data")
    with Store.open(folder) as store:
        assert any("the code has changed since" in line for line in replay.changes(store))


@pytest.mark.parametrize("run", [-1, 16, 10**9])
def test_a_run_that_is_not_there_is_named(folder: Path, run: int) -> None:
    with Store.open(folder) as store, pytest.raises(InputError, match=f"run {run}: .* has runs 0 to 15"):
        replay.replay(store, run)


def test_reading_needs_no_lock(folder: Path) -> None:
    before = os.stat(folder / "lock").st_mtime_ns
    with Lock(folder / "lock"), Store.open(folder) as store:
        assert store.running()
        assert len(store.frame()) == 64
    assert os.stat(folder / "lock").st_mtime_ns >= before
