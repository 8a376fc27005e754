"""Workers killed at any moment, their start included: they come back, and a sweep loses and doubles nothing."""

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import wait
from pathlib import Path

import pytest
from sweep_fakes import FakePlan

from abm.sweeps import work
from abm.sweeps.executor import LocalExecutor
from abm.sweeps.scheduler import Scheduler, carry_out
from abm.sweeps.store import Store


def kill_one(executor: LocalExecutor, luck: random.Random) -> bool:
    """Kill a worker process, whatever it is doing; False when there is none."""
    pids = list(executor.processes.pids.values())
    if not pids:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(luck.choice(pids), signal.SIGKILL)
    return True


@pytest.mark.slow
def test_workers_come_back_from_any_kill(trials: Callable[[int, int], int]) -> None:
    luck = random.Random(2)
    executor = LocalExecutor(2)
    try:
        for _ in range(trials(30, 200)):
            time.sleep(luck.random() * 2.5)
            executor.processes.submit(os.getpid)
            kill_one(executor, luck)
        found = [executor.processes.submit(os.getpid) for _ in range(6)]
        wait(found, timeout=60)
        failed = sum(one.exception(timeout=0) is not None for one in found)
        assert failed <= 2, "a call may meet each process that has just died"
    finally:
        executor.close(at_once=True)


@pytest.mark.slow
def test_a_sweep_under_constant_kills_gives_the_same_rows(tmp_path: Path, trials: Callable[[int, int], int]) -> None:
    plan = FakePlan(seeds=150, execute="sweep_fakes:slowly", more={"seconds": 0.1})
    with carry_out(FakePlan(seeds=150), tmp_path / "truth", serial=True) as store:
        truth = store.frame()
    executor, luck, stop, kills = LocalExecutor(2), random.Random(3), threading.Event(), [0]
    most = trials(12, 100)

    def killer() -> None:
        while kills[0] < most and not stop.wait(0.3 + luck.random()):
            kills[0] += kill_one(executor, luck)

    thread = threading.Thread(target=killer)
    thread.start()
    try:
        with Store.start(tmp_path / "s", plan) as store:
            Scheduler(plan, store, executor, size=6).run(store.missing())
            failed = {one.run for one in store.failures()}
            assert all(one.stage == "worker" for one in store.failures())
            if failed:
                Scheduler(plan, store, executor, size=6).run(store.missing())
            assert store.failures() == []
            assert store.frame().equals(truth)
    finally:
        stop.set()
        thread.join()
        executor.close(at_once=True)
    assert kills[0] >= most // 2


@pytest.mark.slow
def test_a_coordinator_of_many_runs_stays_small(tmp_path: Path) -> None:
    import psutil

    plan = FakePlan(seeds=10_000)
    sizes: dict[int, int] = {}
    process = psutil.Process()

    def watch(done: int, failed: int) -> None:
        for mark in (1_000, 20_000):
            if done >= mark:
                sizes.setdefault(mark, process.memory_info().rss)

    executor = LocalExecutor(2)
    try:
        with Store.start(tmp_path, plan) as store:
            Scheduler(plan, store, executor, size=50, watch=watch).run(store.missing())
            assert store.missing() == []
    finally:
        executor.close()
    assert (sizes[20_000] - sizes[1_000]) / 1e6 < 50


@pytest.mark.slow
def test_a_frozen_worker_is_replaced_and_its_chunk_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "GRACE", 0.5)
    plan = FakePlan(seeds=10, execute="sweep_fakes:slowly", more={"seconds": 0.2})
    executor = LocalExecutor(1)
    try:
        worker = executor.processes.submit(os.getpid).result()
        threading.Timer(1.0, os.kill, (worker, signal.SIGSTOP)).start()
        with Store.start(tmp_path, plan) as store:
            Scheduler(plan, store, executor, limit=1.0).run(store.missing())
            assert (store.missing(), store.failures()) == ([], [])
    finally:
        executor.close(at_once=True)
