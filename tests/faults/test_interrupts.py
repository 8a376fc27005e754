"""Ctrl-C and SIGTERM: exit 130 in five seconds, a sound store, no process left; also twice, and while workers start."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from abm.sweeps.store import Store, is_store

SPEC = 'name = "many"\nregimes = ["history"]\nseeds = 1500\nuntil = "2022-03"\nkeep = ["china_compute"]\n'

WAYS = [
    ("Ctrl-C in a terminal", signal.SIGINT, True, 1, "work"),
    ("SIGTERM twice while workers start", signal.SIGTERM, False, 2, "start"),
    ("Ctrl-C twice", signal.SIGINT, True, 2, "work"),
    ("SIGTERM", signal.SIGTERM, False, 1, "work"),
    ("Ctrl-C while workers start", signal.SIGINT, True, 1, "start"),
    ("SIGINT to the coordinator alone", signal.SIGINT, False, 1, "work"),
]


def ready(folder: Path, moment: str) -> bool:
    """Whether the sweep has come so far: workers are being started, or first rows are in."""
    if moment == "start":
        return (folder / "session.json").exists()
    if not is_store(folder):
        return False
    with Store.open(folder) as store:
        return bool(store.done())


def interrupt(tmp_path: Path, number: int, group: bool, times: int, moment: str, late: float) -> None:
    """Start a sweep, interrupt it, and look at what is left."""
    spec, folder = tmp_path / "many.toml", tmp_path / "s"
    spec.write_text(SPEC)
    command = [sys.executable, "-m", "abm.cli", "sweep", str(spec), "--out", str(folder), "--workers", "2"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not ready(folder, moment) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(late)
    family = [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
    began = time.monotonic()
    for _ in range(times):
        os.killpg(process.pid, number) if group else process.send_signal(number)
        time.sleep(0.05)
    _, errors = process.communicate(timeout=30)
    elapsed = time.monotonic() - began
    assert process.returncode == 130, errors
    assert elapsed < 5 or moment == "start"
    assert "the same command continues" in errors
    assert "Traceback" not in errors
    assert "distributed" not in errors
    time.sleep(0.3)
    left = [pid for pid in family if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]
    assert left == []
    with Store.open(folder) as store:
        assert store.verify().damaged == {}
        assert not store.running()
        assert store.session()["outcome"] == "interrupted"


def test_an_interrupted_sweep_ends_in_good_order(tmp_path: Path, trials: Callable[[int, int], int]) -> None:
    for trial in range(trials(6, 30)):
        (tmp_path / str(trial)).mkdir()
        _, number, group, times, moment = WAYS[trial % len(WAYS)]
        interrupt(tmp_path / str(trial), number, group, times, moment, late=0.2 * (trial // len(WAYS)))
