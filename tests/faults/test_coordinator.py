"""The coordinator: killed at any point of a commit it loses nothing that was entered, and there is only one."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from sweep_fakes import FakePlan

from abm.foundation.errors import InputError
from abm.sweeps.scheduler import carry_out
from abm.sweeps.store import Store, is_store

SCRIPT = Path(__file__).with_name("coordinator.py")
PLAN = FakePlan(seeds=12)
POINTS = (
    "before the file is opened",
    "before it is flushed",
    "after it is flushed",
    "before the rename",
    "after the rename",
    "after the folder is flushed",
)


def start(*words: object) -> "subprocess.Popen[str]":
    command = [sys.executable, str(SCRIPT), *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    with carry_out(PLAN, tmp_path_factory.mktemp("truth"), serial=True) as store:
        return store.frame()


def test_killed_at_any_point_nothing_that_was_entered_is_lost(
    truth: pd.DataFrame, tmp_path: Path, trials: Callable[[int, int], int]
) -> None:
    for trial in range(trials(24, 120)):
        point, nth = POINTS[trial % len(POINTS)], trial // len(POINTS) * 2
        folder = tmp_path / str(trial)
        process = start(folder, point, nth)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL, f"{point}: {errors}"
        entered: dict[str, int] = {}
        if is_store(folder):
            with Store.open(folder) as store:
                assert store.verify().damaged == {}, point
                assert not store.running()
                files = [folder / "parts" / part.file for part in store.parts()]
                entered = {file.name: file.stat().st_mtime_ns for file in files}
        with carry_out(PLAN, folder, serial=True, size=1) as store:
            assert store.frame().equals(truth), point
            assert store.verify().damaged == {}
        after = {file.name: file.stat().st_mtime_ns for file in (folder / "parts").iterdir()}
        assert entered.items() <= after.items(), f"{point}: a part that was entered was done again"


def test_a_second_coordinator_is_refused_while_the_first_lives(
    truth: pd.DataFrame, tmp_path: Path, trials: Callable[[int, int], int]
) -> None:
    for trial in range(trials(3, 30)):
        folder = tmp_path / str(trial)
        first = start(folder, "hold")
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(InputError, match=f"in use by process {first.pid}"):
            carry_out(PLAN, folder, serial=True)
        with Store.open(folder) as store:
            assert store.running()
        first.kill()
        first.communicate()
        with carry_out(PLAN, folder, serial=True) as store:
            assert store.frame().equals(truth)
            assert not store.running()


def test_of_several_that_start_at_once_one_works_and_others_are_refused(truth: pd.DataFrame, tmp_path: Path) -> None:
    processes = [start(tmp_path / "s") for _ in range(3)]
    ends = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert any(code == 0 for _, code in ends)
    assert all(code == 0 or (code == 1 and "refused: " in errors) for errors, code in ends), ends
    with Store.open(tmp_path / "s") as store:
        assert store.frame().equals(truth)
