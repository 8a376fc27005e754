"""Processes that do what they are handed: one that dies or is silent takes no other call with it."""

import os
import time
from concurrent.futures.process import BrokenProcessPool

import psutil
import pytest
import sweep_fakes

from abm.sweeps import processes
from abm.sweeps.processes import NoProcess, Processes


def test_a_death_is_its_call_s_alone_and_the_process_comes_back() -> None:
    workers = Processes(2)
    try:
        other = workers.submit(time.sleep, 3)
        with pytest.raises(BrokenProcessPool):
            workers.submit(os._exit, 7).result()
        assert workers.submit(max, 1, 2).result() == 2
        assert other.result() is None
    finally:
        workers.close()


def test_one_that_is_silent_for_too_long_is_killed() -> None:
    workers = Processes(1)
    try:
        with pytest.raises(BrokenProcessPool):
            workers.submit(time.sleep, 60, patience=0.2).result()
    finally:
        workers.close()


def test_closing_at_once_does_not_wait_for_what_they_do() -> None:
    workers = Processes(1)
    pid = workers.submit(os.getpid).result()
    workers.submit(time.sleep, 60)
    late = workers.submit(time.sleep, 60)
    began = time.monotonic()
    workers.close(at_once=True)
    assert time.monotonic() - began < 5
    assert late.cancelled()
    assert not psutil.pid_exists(pid)


def test_processes_that_never_start_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_begin", sweep_fakes.leave)
    workers = Processes(1)
    try:
        with pytest.raises(NoProcess, match="ended 3 times while it started"):
            workers.submit(os.getpid).result()
    finally:
        workers.close()
