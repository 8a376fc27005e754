"""Runs beside the page: collected in order, stopped when asked, limited."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest

from abm.foundation.errors import InputError
from abm.runs.run import Run
from abm.runs.scenario import Scenario
from abm.server import work
from abm.server.work import Job, Order, Workers

SHORT = Scenario.of("history", until="2022-01")


def finished(seed: int) -> "Future[Run]":
    future: Future[Run] = Future()
    future.set_result(Run("a", seed, np.array(["2022-01"], dtype="datetime64[M]"), {}))
    return future


def test_runs_come_in_order_and_each_is_reported() -> None:
    reported: list[int] = []
    job = Job([finished(seed) for seed in range(3)])
    job.follow(lambda: reported.append(job.done))
    assert [run.seed for run in job.finished] == [0, 1, 2]
    assert reported == [1, 2, 3]
    assert job.over


def test_a_run_that_fails_is_reported_and_the_others_go_on() -> None:
    wrong: Future[Run] = Future()
    wrong.set_exception(ArithmeticError("tables and ledger differ"))
    job = Job([finished(0), wrong, finished(2)])
    job.follow(lambda: None)
    assert (job.done, job.faults) == (3, ["ArithmeticError: tables and ledger differ"])


def test_a_job_that_is_cancelled_ends_at_once() -> None:
    job = Job([finished(0), Future()])
    thread = threading.Thread(target=job.follow, args=(lambda: None, 0.02))
    thread.start()
    while job.done < 1:
        time.sleep(0.005)
    job.cancel()
    thread.join(timeout=5)
    assert not thread.is_alive()
    assert (job.over, job.done, job.total) == (True, 1, 2)


def test_too_many_runs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers(1)
    with pytest.raises(InputError, match="a sweep can do more"):
        workers.order([Order(SHORT, "a")] * (work.MOST_RUNS + 1))
    monkeypatch.setattr(work, "MOST_WAITING", 1)
    with pytest.raises(InputError, match="too many runs are waiting"):
        workers.order([Order(SHORT, "a")] * 2)


def test_a_worker_does_the_run_that_was_ordered() -> None:
    workers = Workers(1)
    try:
        job = workers.order([Order(SHORT, "mine", ("china_compute",))])
        job.follow(lambda: None)
    finally:
        workers.close()
    (run,) = job.finished
    here = work.run_one(SHORT.to_dict(), "mine", ("china_compute",))
    assert (run.label, list(run.columns)) == ("mine", ["china_compute"])
    np.testing.assert_array_equal(run.columns["china_compute"], here.columns["china_compute"])
    assert run.flows is None


def test_no_process_is_left_behind() -> None:
    workers = Workers(1)
    worker = workers._ready().submit(os.getpid).result()
    job = workers.order([Order(SHORT, "a"), Order(SHORT, "b")])
    workers.close()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    assert all(future.done() for future in job.futures)


HOLDING = """
import os, time
from abm.server.work import Workers

if __name__ == "__main__":
    workers = Workers(1)
    print(workers._ready().submit(os.getpid).result(), flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_a_server_that_is_killed(how: signal.Signals, tmp_path: Path, repo: Path) -> None:
    script = tmp_path / "holding.py"
    script.write_text(HOLDING, encoding="utf-8")
    env = os.environ | {"PYTHONPATH": str(repo)}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env
    ) as server:
        assert server.stdout is not None
        worker = int(server.stdout.readline())
        os.kill(worker, 0)
        server.send_signal(how)
    until = time.monotonic() + 30
    while runs(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert not runs(worker)


def runs(process: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked about does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
