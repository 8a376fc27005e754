"""The scheduler: the same rows whoever does the work, and nobody's trouble becomes another's."""

import contextlib
import gc
import os
import random
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest
from distributed import Client, LocalCluster
from sweep_fakes import FakePlan

from abm.foundation.errors import InputError
from abm.sweeps import executor as executing
from abm.sweeps import scheduler as scheduling
from abm.sweeps.design import design
from abm.sweeps.errors import Unfinished
from abm.sweeps.executor import Event, Executor, LocalExecutor, Lost, SerialExecutor
from abm.sweeps.loading import load
from abm.sweeps.plan import Plan
from abm.sweeps.scheduler import Scheduler, carry_out
from abm.sweeps.store import Store
from abm.sweeps.work import Chunk, run_chunk

PLAN = FakePlan(seeds=30)


def work(plan: Plan, folder: Path, executor: Executor, **more: Any) -> Store:
    """Do what is missing with an executor that is there already."""
    with Store.start(folder, plan) as store:
        Scheduler(plan, store, executor, **more).run(store.missing())
    return Store.open(folder)


def rows(plan: Plan, folder: Path, executor: Executor, **more: Any) -> pd.DataFrame:
    with work(plan, folder, executor, **more) as store:
        assert store.failures() == []
        assert store.verify().damaged == {}
        counts = store.frame()["run"].value_counts()
        assert set(counts) == {plan.terms.months}, "no run twice"
        return store.frame()


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return rows(PLAN, tmp_path_factory.mktemp("truth") / "s", SerialExecutor())


@pytest.mark.parametrize("size", [None, 1, 7, 1000])
def test_workers_and_chunks_do_not_matter(
    size: int | None, truth: pd.DataFrame, tmp_path: Path, executor: LocalExecutor
) -> None:
    assert rows(PLAN, tmp_path, executor, size=size).equals(truth)


@pytest.mark.parametrize("size", [None, 1, 13])
def test_one_process_or_several_give_the_same(size: int | None, truth: pd.DataFrame, tmp_path: Path) -> None:
    assert rows(PLAN, tmp_path, SerialExecutor(), size=size).equals(truth)


class Shuffling(SerialExecutor):
    """Hands its results in in any order, and late."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random, self.waiting = random.Random(seed), list[Chunk]()

    def submit(self, chunk: Chunk) -> None:
        self.waiting.append(chunk)

    def capacity(self) -> int:
        return 5

    def wait(self, seconds: float) -> list[Event]:
        self.random.shuffle(self.waiting)
        return [run_chunk(self.waiting.pop())] if self.waiting else []


@pytest.mark.parametrize("seed", range(3))
def test_the_order_in_which_parts_arrive_does_not_matter(seed: int, truth: pd.DataFrame, tmp_path: Path) -> None:
    assert rows(PLAN, tmp_path, Shuffling(seed), size=4).equals(truth)


def test_the_model_gives_the_same_rows_in_both_ways(tmp_path: Path, executor: LocalExecutor) -> None:
    spec = {"name": "x", "regimes": ["history", "no_controls"], "seeds": 3, "until": "2023-03"}
    plan = design(spec | {"keep": ["china_compute", "law"]})
    assert rows(plan, tmp_path / "a", executor, size=2).equals(rows(plan, tmp_path / "b", SerialExecutor()))


# trouble


def killer(executor: LocalExecutor, times: int, stop: threading.Event, killed: list[int]) -> None:
    """Kill a worker now and then."""
    luck = random.Random(times)
    while len(killed) < times and not stop.wait(0.7 + luck.random()):
        pids = list(executor.processes.pids.values())
        with contextlib.suppress(ProcessLookupError, IndexError):
            os.kill(luck.choice(pids), signal.SIGKILL)
            killed.append(pids[0])


def test_killed_workers_lose_nothing(truth: pd.DataFrame, tmp_path: Path, executor: LocalExecutor, trials: Any) -> None:
    plan = FakePlan(seeds=30, execute="sweep_fakes:slowly", more={"seconds": 0.15})
    stop, killed = threading.Event(), list[int]()
    thread = threading.Thread(target=killer, args=(executor, trials(6, 100), stop, killed))
    thread.start()
    try:
        found = rows(plan, tmp_path, executor, size=5)
    finally:
        stop.set()
        thread.join()
    assert killed
    assert found.equals(truth)


def test_bad_runs_become_failures_and_the_others_are_done(
    truth: pd.DataFrame, tmp_path: Path, executor: LocalExecutor
) -> None:
    deeds = {"3": "raise", "4": "exit", "5": "leave", "6": "kill", "7": "hang", "8": "spoil"}
    plan = FakePlan(seeds=15, regimes=("a",), execute="sweep_fakes:badly", more={"deeds": deeds})
    with work(plan, tmp_path, executor, limit=2.0) as store:
        failures = {one.seed: one for one in store.failures()}
        good = store.frame()
    assert set(failures) == {3, 4, 5, 6, 7, 8}
    assert {seed: one.stage for seed, one in failures.items()} == {
        3: "run", 4: "run", 5: "worker", 6: "worker", 7: "limit", 8: "result",
    }  # fmt: skip
    assert all(one.run == seed and one.traceback for seed, one in failures.items())
    assert "divides by zero" in failures[3].error
    assert "worker process died 3 times" in failures[6].error
    assert failures[7].error == "TooLong: the run took longer than 2 s and was stopped"
    assert "in hang" in failures[7].traceback
    assert set(good["run"]) == set(range(15)) - set(failures)
    other = truth[truth["run"].isin([2 * run for run in set(good["run"])])]
    assert good["m"].to_list() == other["m"].to_list()


def test_a_run_that_kills_its_worker_once_is_done_the_next_time(tmp_path: Path, executor: LocalExecutor) -> None:
    (tmp_path / "marks").mkdir()
    more = {"deeds": {"2": "once", "5": "once"}, "marks": str(tmp_path / "marks")}
    plan = FakePlan(seeds=8, regimes=("a",), execute="sweep_fakes:badly", more=more)
    assert len(rows(plan, tmp_path / "s", executor, size=4)) == 8 * 12


def test_a_sweep_that_stopped_is_continued_by_others(
    truth: pd.DataFrame, tmp_path: Path, executor: LocalExecutor
) -> None:
    class Enough(Exception):
        pass

    def stop(done: int, failed: int) -> None:
        if done >= 20:
            raise Enough

    with Store.start(tmp_path, PLAN) as store, pytest.raises(Enough):
        Scheduler(PLAN, store, SerialExecutor(), size=5, watch=stop).run(store.missing())
    with Store.open(tmp_path) as store:
        assert 20 <= len(store.done()) < 60
    assert rows(PLAN, tmp_path, executor).equals(truth)


# the decisions, with an executor that is told what happens


class Scripted(SerialExecutor):
    """An executor to which happens what a test says."""

    seconds = 10.0

    def __init__(self, room: int = 2) -> None:
        super().__init__()
        self.room, self.there = room, True
        self.handed: list[Chunk] = []

    def capacity(self) -> int:
        return self.room

    def alive(self) -> bool:
        return self.there

    def submit(self, chunk: Chunk) -> None:
        self.handed.append(chunk)

    def wait(self, seconds: float) -> list[Event]:
        return next(self.script)

    script: Iterator[list[Event]]


@pytest.fixture
def scripted(tmp_path: Path) -> Iterator[tuple[Scheduler, Scripted]]:
    executor = Scripted()
    with Store.start(tmp_path, PLAN) as store:
        yield Scheduler(PLAN, store, executor), executor


def test_chunks_begin_small_grow_with_experience_and_shrink_at_the_end(scripted: tuple[Scheduler, Scripted]) -> None:
    scheduler, _ = scripted
    assert scheduler.pace(10_000) == scheduling.FIRST
    scheduler.done, scheduler.seconds = 100, 10.0
    assert scheduler.pace(10_000) == scheduling.LARGEST
    scheduler.done, scheduler.seconds = 100, 100.0
    assert scheduler.pace(10_000) == 10
    assert [scheduler.pace(left) for left in (40, 16, 3, 1)] == [10, 4, 1, 1]
    scheduler.done, scheduler.seconds = 3, 600.0
    assert scheduler.pace(10_000) == 1


def test_a_lost_chunk_is_halved_until_the_culprit_is_alone(scripted: tuple[Scheduler, Scripted]) -> None:
    scheduler, executor = scripted
    scheduler.size, culprit, deaths = 16, 11, 0

    def script() -> Iterator[list[Event]]:
        nonlocal deaths
        while True:
            chunk = executor.handed.pop(0)
            deaths += culprit in chunk.runs
            yield [Lost(chunk.number, "the worker died") if culprit in chunk.runs else run_chunk(chunk)]

    executor.script = script()
    scheduler.run(list(range(60)))
    assert [one.run for one in scheduler.store.failures()] == [culprit]
    assert scheduler.store.missing() == [culprit]
    assert deaths == 4 + scheduling.TRIES, "halved 16, 8, 4, 2, then tried alone"


def test_events_of_a_chunk_that_is_not_in_flight_are_not_counted(scripted: tuple[Scheduler, Scripted]) -> None:
    scheduler, executor = scripted
    executor.room, scheduler.size = 1, 60

    def script() -> Iterator[list[Event]]:
        chunk = executor.handed.pop()
        done = run_chunk(chunk)
        yield [Lost(99, "gone"), done, done, Lost(chunk.number, "late")]

    executor.script = script()
    scheduler.run(list(range(60)))
    assert scheduler.store.missing() == []


def test_rows_of_other_runs_are_not_taken(scripted: tuple[Scheduler, Scripted]) -> None:
    scheduler, executor = scripted
    executor.room, scheduler.size = 1, 2

    def script() -> Iterator[list[Event]]:
        number = executor.handed.pop(0).number
        wrong = Chunk(number, (PLAN.task(0), PLAN.task(5)), PLAN.terms)
        yield [run_chunk(wrong)]
        while True:
            yield [run_chunk(executor.handed.pop(0))]

    executor.script = script()
    scheduler.run([0, 1, 2])
    assert scheduler.store.done() == {0, 1, 2}
    chunk = Chunk(9, (PLAN.task(2), PLAN.task(3)), PLAN.terms)
    with pytest.raises(Unfinished, match=r"there already: \[2\]"):
        scheduler.store.commit(run_chunk(chunk))


@pytest.mark.parametrize("what", [{"execute": "sweep_fakes:nothing"}, {"version": "other code"}])
def test_workers_that_cannot_do_the_sweep_stop_it(what: Any, tmp_path: Path, executor: LocalExecutor) -> None:
    with pytest.raises(Unfinished, match=r"the workers cannot do this sweep: (Attribute|Unable)"):
        work(FakePlan(**what), tmp_path, executor)


def test_a_sweep_without_workers_stops_after_a_while(
    scripted: tuple[Scheduler, Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler, executor = scripted
    monkeypatch.setattr(scheduling, "NOBODY", 0.05)
    executor.there = False
    executor.script = iter(lambda: time.sleep(0.02) or [], None)
    with pytest.raises(Unfinished, match="no worker"):
        scheduler.run([0, 1])


# the function that people call


def test_sweep_returns_the_runs_and_goes_on(tmp_path: Path) -> None:
    spec = {"name": "x", "regimes": ["history"], "seeds": 2, "until": "2022-03", "keep": ["china_compute"]}
    first = scheduling.sweep(spec, out=tmp_path, serial=True, progress=False)
    assert len(first) == 2
    more = scheduling.sweep(spec | {"seeds": 3}, out=tmp_path, serial=True, progress=False)
    assert more.seeds == (0, 1, 2)
    assert load(tmp_path).key == more.key


def test_sweep_warns_of_failures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = {"name": "x", "regimes": ["history"], "seeds": 2, "until": "2022-03", "keep": ["china_compute"]}
    spec |= {"agents": {"labs": "sweep_agents:FailingLabs"}}
    with pytest.warns(UserWarning, match=r"2 of 2 runs failed; run 0, seed 0, with RuntimeError: no money"):
        ensemble = scheduling.sweep(spec, out=tmp_path, serial=True, progress=False)
    assert len(ensemble) == 0


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    with Store.start(tmp_path, PLAN), pytest.raises(InputError, match="in use by process"):
        carry_out(PLAN, tmp_path, serial=True)


@pytest.mark.parametrize("address", ["", "nowhere", "tcp://127.0.0.1:1", "udp://127.0.0.1:80", "tcp://:x"])
def test_an_address_where_nobody_answers_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(executing, "PATIENCE", 0.5)
    with pytest.raises(InputError, match=re.escape(f"--scheduler {address}: no Dask scheduler")):
        carry_out(PLAN, tmp_path / "out", scheduler=address)
    assert not (tmp_path / "out").exists(), "nothing was begun"
    assert [one for one in gc.get_objects() if isinstance(one, Client)] == [], "no client is left to be closed later"


def test_a_scheduler_elsewhere_is_used(truth: pd.DataFrame, tmp_path: Path) -> None:
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None)
    with cluster, carry_out(PLAN, tmp_path, scheduler=cluster.scheduler_address) as store:
        assert store.frame().equals(truth)
        assert len(cluster.scheduler.workers) == 2, "workers that are not ours stay"


def test_a_local_cluster_leaves_no_process_behind(tmp_path: Path) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with carry_out(FakePlan(seeds=3), tmp_path, workers=1) as store:
        assert store.missing() == []
    left = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
    assert [child for child in left if "resource_tracker" not in " ".join(child.cmdline())] == []
