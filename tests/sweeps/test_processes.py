"""Processes that do what they are handed: one that dies or is silent takes no other call with it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import psutil
import pytest
import sweep_fakes

from abm.sweeps import processes
from abm.sweeps.processes import NoProcess, Processes
from abm.sweeps.store import Store

SPEC = 'name = "tiny"\nregimes = ["history"]\nseeds = 2\nuntil = "2022-02"\nkeep = ["china_compute"]\n'
SCRIPT = """
import abm
import multiprocessing as several
{before}
    abm.sweep("tiny.toml", out="r", workers=2, progress=False)
{after}
"""


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


def test_an_interrupt_while_a_thread_starts_leaves_none_that_closing_does_not_know(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start, before = threading.Thread.start, set(threading.enumerate())

    def start_and_be_interrupted(self: threading.Thread) -> None:
        start(self)
        if threading.current_thread() is threading.main_thread():
            signal.raise_signal(signal.SIGINT)

    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    workers = Processes(1)
    monkeypatch.setattr(threading.Thread, "start", start_and_be_interrupted)
    try:
        with pytest.raises(KeyboardInterrupt):
            workers.submit(time.sleep, 60)
    finally:
        monkeypatch.undo()
        signal.signal(signal.SIGINT, usual)
        workers.close(at_once=True)
    assert set(threading.enumerate()) <= before


def test_processes_that_never_start_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_begin", sweep_fakes.leave)
    workers = Processes(1)
    try:
        with pytest.raises(NoProcess, match="ended 3 times while it started"):
            workers.submit(os.getpid).result()
    finally:
        workers.close()


def test_one_that_is_killed_while_it_starts_is_started_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(processes, "_begin", sweep_fakes.die_twice)
    monkeypatch.setenv("MARKS", str(tmp_path))
    workers = Processes(1)
    try:
        assert workers.submit(max, 1, 2).result() == 2
    finally:
        workers.close()
    assert len(list(tmp_path.iterdir())) == 2


def test_one_that_is_killed_before_it_is_told_what_to_do_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    start, left = processes.SpawnProcess.start, [2]

    def start_or_find_it_dead(self: processes.SpawnProcess) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise BrokenPipeError
        start(self)

    monkeypatch.setattr(processes.SpawnProcess, "start", start_or_find_it_dead)
    workers = Processes(1)
    try:
        assert workers.submit(max, 1, 2).result() == 2
    finally:
        workers.close()


def test_workers_killed_at_any_moment_of_their_start_come_back() -> None:
    workers, me = Processes(1), psutil.Process()
    before = set(me.children())

    def kill_first() -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for one in set(me.children()) - before:
                if "spawn_main" in " ".join(one.cmdline()):
                    one.kill()
                    return

    killer = threading.Thread(target=kill_first)
    killer.start()
    try:
        assert workers.submit(max, 1, 2).result() == 2
    finally:
        killer.join()
        workers.close()


def script(folder: Path, before: str, after: str = "") -> "subprocess.CompletedProcess[str]":
    (folder / "tiny.toml").write_text(SPEC)
    (folder / "script.py").write_text(SCRIPT.format(before=before, after=after))
    path = {"PYTHONPATH": os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "script.py"]
    return subprocess.run(command, cwd=folder, env=os.environ | path, capture_output=True, text=True, check=False)


def test_a_script_without_a_main_guard_is_told_so_and_sweeps_once(tmp_path: Path) -> None:
    found = script(tmp_path, "if True:")
    assert found.returncode == 1
    assert found.stderr.splitlines()[-1].startswith(
        'abm.foundation.errors.InputError: put the sweep under `if __name__ == "__main__":`'
    )
    assert found.stderr.count("Traceback") == 1
    assert "lock" not in found.stderr
    with Store.open(tmp_path / "r") as store:
        assert store.done() == set()
        assert not store.running()
    before = json.loads((tmp_path / "r" / "session.json").read_text())
    found = script(tmp_path, 'if __name__ == "__main__":')
    assert (found.returncode, found.stderr) == (0, "")
    assert json.loads((tmp_path / "r" / "session.json").read_text())["pid"] != before["pid"]
    with Store.open(tmp_path / "r") as store:
        assert len(store.done()) == 2


def test_a_script_from_standard_input_sweeps_too(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(SPEC)
    path = {"PYTHONPATH": os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")])}
    text = 'import abm; print(len(abm.sweep("tiny.toml", out="r", workers=2, progress=False)))'
    found = subprocess.run(
        [sys.executable, "-"],
        cwd=tmp_path,
        env=os.environ | path,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout.strip(), found.stderr) == (0, "2", "")


def test_processes_of_one_s_own_that_would_sweep_as_they_start_are_told_too(tmp_path: Path) -> None:
    found = script(tmp_path, "if several.current_process().name != 'MainProcess':", """
process = several.get_context("spawn").Process(target=print)
if several.current_process().name == "MainProcess":
    process.start()
    process.join()
""")  # fmt: skip
    assert 'InputError: put the sweep under `if __name__ == "__main__":`' in found.stderr
    assert not (tmp_path / "r").exists()
