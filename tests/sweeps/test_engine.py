"""The engine: the same rows whoever does the work, and nobody's trouble becomes another's."""

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest
from sweep_fakes import FakePlan

import abm.sweeps
from abm.foundation.errors import InputError
from abm.sweeps import engine
from abm.sweeps.crew import Alone, Broken, Crew, Dask, Event, Lost, Pulse
from abm.sweeps.design import design
from abm.sweeps.engine import Campaign, carry_out
from abm.sweeps.errors import Unfinished
from abm.sweeps.plan import Plan
from abm.sweeps.store import Store
from abm.sweeps.work import Chunk, perform

PLAN = FakePlan(seeds=30)


def work(plan: Plan, folder: Path, crew: Crew, **more: Any) -> Store:
    """Do what is missing with a crew that is there already."""
    with Store.start(folder, plan) as store:
        Campaign(plan, store, crew, **more).run(store.missing())
    return Store.open(folder)


def rows(plan: Plan, folder: Path, crew: Crew, **more: Any) -> pd.DataFrame:
    with work(plan, folder, crew, **more) as store:
        assert store.failures() == []
        assert store.verify().damaged == {}
        counts = store.frame()["run"].value_counts()
        assert set(counts) == {plan.months}, "no run twice"
        return store.frame()


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return rows(PLAN, tmp_path_factory.mktemp("truth") / "s", Alone())


@pytest.mark.parametrize("size", [None, 1, 7, 1000])
def test_workers_and_chunks_do_not_matter(size: int | None, truth: pd.DataFrame, tmp_path: Path, crew: Dask) -> None:
    assert rows(PLAN, tmp_path, crew, size=size).equals(truth)


@pytest.mark.parametrize("size", [None, 1, 13])
def test_alone_or_in_company_gives_the_same(size: int | None, truth: pd.DataFrame, tmp_path: Path) -> None:
    assert rows(PLAN, tmp_path, Alone(), size=size).equals(truth)


class Shuffling(Alone):
    """Hands its results in in any order, and late."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = random.Random(seed)

    def capacity(self) -> int:
        return 5

    def wait(self, seconds: float) -> list[Event]:
        self.random.shuffle(self.waiting)
        return [perform(self.waiting.pop())] if self.waiting else []


@pytest.mark.parametrize("seed", range(3))
def test_the_order_in_which_parts_arrive_does_not_matter(seed: int, truth: pd.DataFrame, tmp_path: Path) -> None:
    assert rows(PLAN, tmp_path, Shuffling(seed), size=4).equals(truth)


def test_the_model_gives_the_same_rows_in_both_ways(tmp_path: Path, crew: Dask) -> None:
    spec = {"name": "x", "regimes": ["history", "no_controls"], "seeds": 3, "until": "2023-03"}
    plan = design(spec | {"keep": ["china_compute", "law"]})
    assert rows(plan, tmp_path / "a", crew, size=2).equals(rows(plan, tmp_path / "b", Alone()))


# trouble


def killer(crew: Dask, times: int, stop: threading.Event, killed: list[int]) -> None:
    """Kill a worker now and then."""
    luck = random.Random(times)
    while len(killed) < times and not stop.wait(0.7 + luck.random()):
        assert crew.cluster is not None
        pids = [nanny.pid for nanny in crew.cluster.workers.values() if nanny.pid]
        with contextlib.suppress(ProcessLookupError, IndexError):
            os.kill(luck.choice(pids), signal.SIGKILL)
            killed.append(pids[0])


def test_killed_workers_lose_nothing(truth: pd.DataFrame, tmp_path: Path, crew: Dask, trials: Any) -> None:
    plan = FakePlan(seeds=30, execute="sweep_fakes:slowly", more={"seconds": 0.15})
    stop, killed = threading.Event(), list[int]()
    thread = threading.Thread(target=killer, args=(crew, trials(6, 100), stop, killed))
    thread.start()
    try:
        found = rows(plan, tmp_path, crew, size=5)
    finally:
        stop.set()
        thread.join()
    assert killed
    assert found.equals(truth)


def test_bad_runs_become_failures_and_the_others_are_done(truth: pd.DataFrame, tmp_path: Path, crew: Dask) -> None:
    deeds = {"3": "raise", "4": "exit", "5": "leave", "6": "kill", "7": "hang", "8": "spoil"}
    plan = FakePlan(seeds=15, regimes=("a",), execute="sweep_fakes:badly", more={"deeds": deeds})
    with work(plan, tmp_path, crew, limit=2.0) as store:
        failures = {one.seed: one for one in store.failures()}
        good = store.frame()
    assert set(failures) == {3, 4, 5, 6, 7, 8}
    assert {seed: one.stage for seed, one in failures.items()} == {
        3: "run", 4: "run", 5: "worker", 6: "worker", 7: "limit", 8: "result",
    }  # fmt: skip
    assert all(one.run == seed and one.traceback for seed, one in failures.items())
    assert "divides by nought" in failures[3].error
    assert "worker process died 3 times" in failures[6].error
    assert "in hang" in failures[7].traceback
    assert set(good["run"]) == set(range(15)) - set(failures)
    other = truth[truth["run"].isin([2 * run for run in set(good["run"])])]
    assert good["m"].to_list() == other["m"].to_list()


def test_a_run_that_kills_its_worker_once_is_done_the_next_time(tmp_path: Path, crew: Dask) -> None:
    (tmp_path / "marks").mkdir()
    more = {"deeds": {"2": "once", "5": "once"}, "marks": str(tmp_path / "marks")}
    plan = FakePlan(seeds=8, regimes=("a",), execute="sweep_fakes:badly", more=more)
    assert len(rows(plan, tmp_path / "s", crew, size=4)) == 8 * 12


def test_a_sweep_that_stopped_is_continued_by_others(truth: pd.DataFrame, tmp_path: Path, crew: Dask) -> None:
    class Enough(Exception):
        pass

    def stop(done: int, failed: int) -> None:
        if done >= 20:
            raise Enough

    with Store.start(tmp_path, PLAN) as store, pytest.raises(Enough):
        Campaign(PLAN, store, Alone(), size=5, watch=stop).run(store.missing())
    with Store.open(tmp_path) as store:
        assert 20 <= len(store.done()) < 60
    assert rows(PLAN, tmp_path, crew).equals(truth)


# the decisions, with a crew that is told what happens


class Scripted(Alone):
    """A crew to which happens what a test says."""

    seconds = 10.0

    def __init__(self, room: int = 2) -> None:
        super().__init__()
        self.room, self.there = room, True
        self.handed: list[Chunk] = []
        self.stopped: list[tuple[int, str]] = []

    def capacity(self) -> int:
        return self.room

    def alive(self) -> bool:
        return self.there

    def submit(self, chunk: Chunk) -> None:
        self.handed.append(chunk)

    def wait(self, seconds: float) -> list[Event]:
        return next(self.script)

    def stop(self, number: int, worker: str) -> None:
        self.stopped.append((number, worker))

    script: Iterator[list[Event]]


@pytest.fixture
def scripted(tmp_path: Path) -> Iterator[tuple[Campaign, Scripted]]:
    crew = Scripted()
    with Store.start(tmp_path, PLAN) as store:
        yield Campaign(PLAN, store, crew), crew


def test_chunks_begin_small_grow_with_experience_and_shrink_at_the_end(scripted: tuple[Campaign, Scripted]) -> None:
    campaign, _ = scripted
    assert campaign.pace(10_000) == engine.FIRST
    campaign.done, campaign.seconds = 100, 10.0
    assert campaign.pace(10_000) == engine.LARGEST
    campaign.done, campaign.seconds = 100, 100.0
    assert campaign.pace(10_000) == 10
    assert [campaign.pace(left) for left in (40, 16, 3, 1)] == [10, 4, 1, 1]
    campaign.done, campaign.seconds = 3, 600.0
    assert campaign.pace(10_000) == 1


def test_a_lost_chunk_is_halved_until_the_culprit_is_alone(scripted: tuple[Campaign, Scripted]) -> None:
    campaign, crew = scripted
    campaign.size, culprit, deaths = 16, 11, 0

    def script() -> Iterator[list[Event]]:
        nonlocal deaths
        while True:
            chunk = crew.handed.pop(0)
            deaths += culprit in chunk.runs
            yield [Lost(chunk.number, "the worker died") if culprit in chunk.runs else perform(chunk)]

    crew.script = script()
    campaign.run(list(range(60)))
    assert [one.run for one in campaign.store.failures()] == [culprit]
    assert campaign.store.missing() == [culprit]
    assert deaths == 4 + engine.TRIES, "halved 16, 8, 4, 2, then tried alone"


def test_a_silent_worker_is_stopped_and_its_chunk_halved(
    scripted: tuple[Campaign, Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, crew = scripted
    monkeypatch.setattr(engine, "SILENCE", -1.0)
    campaign.limit, campaign.size, crew.room = 0.9, 2, 1

    def script() -> Iterator[list[Event]]:
        yield []
        while True:
            yield [perform(crew.handed.pop())]

    crew.script = script()
    campaign.run([0, 1])
    assert crew.stopped[0] == (0, "")
    assert campaign.store.done() == {0, 1}


def test_a_run_over_its_limit_fails_and_the_rest_of_its_chunk_is_done(scripted: tuple[Campaign, Scripted]) -> None:
    campaign, crew = scripted
    campaign.limit, campaign.size, crew.room = 5.0, 3, 1

    def script() -> Iterator[list[Event]]:
        yield [Pulse(0, "w1", 1, 1, 4.9, "")]
        yield [Pulse(0, "w1", 1, 1, 5.1, "in hang")]
        crew.handed.pop(0)
        while True:
            yield [perform(crew.handed.pop(0))]

    crew.script = script()
    campaign.run([0, 1, 2])
    assert crew.stopped == [(0, "w1")]
    assert [(one.run, one.stage, one.traceback) for one in campaign.store.failures()] == [(1, "limit", "in hang")]
    assert campaign.store.done() == {0, 2}


def test_events_of_a_chunk_that_was_taken_back_are_not_counted(scripted: tuple[Campaign, Scripted]) -> None:
    campaign, crew = scripted
    crew.room, campaign.size = 1, 60

    def script() -> Iterator[list[Event]]:
        chunk = crew.handed.pop()
        done = perform(chunk)
        yield [Pulse(99, "w", 1, 1, 1e9, ""), Lost(99, "gone"), done, done, Lost(chunk.number, "late")]

    crew.script = script()
    campaign.run(list(range(60)))
    assert campaign.store.missing() == []
    campaign.store.book.check()


def test_rows_of_other_runs_are_not_taken(scripted: tuple[Campaign, Scripted]) -> None:
    campaign, crew = scripted
    crew.room, campaign.size = 1, 2

    def script() -> Iterator[list[Event]]:
        wrong = Chunk(0, (PLAN.task(0), PLAN.task(5)), PLAN.keep, PLAN.until, 12, PLAN.execute)
        crew.handed.pop(0)
        yield [perform(wrong)]
        while True:
            yield [perform(crew.handed.pop(0))]

    crew.script = script()
    campaign.run([0, 1, 2])
    assert campaign.store.done() == {0, 1, 2}
    chunk = Chunk(9, (PLAN.task(2), PLAN.task(3)), PLAN.keep, PLAN.until, 12, PLAN.execute)
    with pytest.raises(Unfinished, match=r"runs \[2\] are there already"):
        campaign.store.commit(perform(chunk))


def test_workers_that_cannot_do_the_sweep_stop_it(scripted: tuple[Campaign, Scripted]) -> None:
    campaign, crew = scripted
    crew.script = iter([[Broken(0, "ModuleNotFoundError: abm")]])
    with pytest.raises(Unfinished, match="cannot do this sweep: ModuleNotFoundError: abm"):
        campaign.run([0, 1])


def test_a_sweep_without_workers_stops_after_a_while(
    scripted: tuple[Campaign, Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, crew = scripted
    monkeypatch.setattr(engine, "NOBODY", 0.05)
    crew.there = False
    crew.script = iter(lambda: time.sleep(0.02) or [], None)
    with pytest.raises(Unfinished, match="no worker"):
        campaign.run([0, 1])


def test_progress_counts_the_finished_runs_of_unfinished_chunks(scripted: tuple[Campaign, Scripted]) -> None:
    campaign, crew = scripted
    crew.room, campaign.size = 1, 4
    seen: list[tuple[int, int]] = []
    campaign.watch = lambda done, failed: seen.append((done, failed))
    chunk = Chunk(0, tuple(map(PLAN.task, range(4))), PLAN.keep, PLAN.until, 12, PLAN.execute)
    crew.script = iter([[Pulse(0, "w", 3, 3, 0.1)], [perform(chunk)]])
    campaign.run([0, 1, 2, 3])
    assert seen == [(0, 0), (3, 0), (4, 0)]


# the function that people call


def test_sweep_returns_the_runs_and_goes_on(tmp_path: Path) -> None:
    spec = {"name": "x", "regimes": ["history"], "seeds": 2, "until": "2022-03", "keep": ["china_compute"]}
    first = abm.sweeps.sweep(spec, out=tmp_path, serial=True, progress=False)
    assert len(first) == 2
    more = abm.sweeps.sweep(spec | {"seeds": 3}, out=tmp_path, serial=True, progress=False)
    assert more.seeds == (0, 1, 2)
    assert abm.sweeps.load(tmp_path).key == more.key


def test_sweep_warns_of_failures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = {"name": "x", "regimes": ["history"], "seeds": 2, "until": "2022-03", "keep": ["china_compute"]}
    spec |= {"agents": {"labs": "sweep_agents:FailingLabs"}}
    with pytest.warns(UserWarning, match=r"2 of 2 runs failed; run 0, seed 0, with RuntimeError: no money"):
        ensemble = abm.sweeps.sweep(spec, out=tmp_path, serial=True, progress=False)
    assert len(ensemble) == 0


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    with Store.start(tmp_path, PLAN), pytest.raises(InputError, match="in use by process"):
        carry_out(PLAN, tmp_path, serial=True)


def test_an_address_where_nobody_answers_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--scheduler nowhere: no Dask scheduler"):
        carry_out(PLAN, tmp_path, scheduler="nowhere")
    with Store.open(tmp_path) as store:
        assert not store.running()


def test_a_scheduler_elsewhere_is_used(truth: pd.DataFrame, tmp_path: Path, crew: Dask) -> None:
    assert crew.cluster is not None
    with carry_out(PLAN, tmp_path, scheduler=crew.cluster.scheduler_address) as store:
        assert store.frame().equals(truth)
    assert crew.alive(), "workers that are not ours stay"


def test_a_local_crew_leaves_no_process_behind(tmp_path: Path) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with carry_out(FakePlan(seeds=3), tmp_path, workers=1) as store:
        assert store.missing() == []
    left = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
    assert [child for child in left if "resource_tracker" not in " ".join(child.cmdline())] == []
