"""A disk that is full, fails or may not be written: a clear error, nothing corrupt accepted, and the sweep goes on."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sweep_fakes import FakePlan

from abm.foundation.errors import InputError
from abm.sweeps import files
from abm.sweeps.errors import Unfinished
from abm.sweeps.scheduler import carry_out
from abm.sweeps.store import Store, is_store

PLAN = FakePlan(seeds=10)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    with carry_out(PLAN, tmp_path_factory.mktemp("truth"), serial=True, size=4) as store:
        return store.frame()


class Fails:
    """A function that fails with an error of the system at its nth call and after."""

    def __init__(self, real: Callable[..., Any], nth: int, number: int) -> None:
        self.real, self.left, self.number = real, nth, number

    def __call__(self, *args: Any, **named: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise OSError(self.number, os.strerror(self.number))
        return self.real(*args, **named)


def method(function: Callable[..., Any]) -> Callable[..., Any]:
    """A callable object as a method of a class."""
    return lambda self: function(self)


class HalfWritten:
    """A file that takes half of what it is given, then says that the disk is full."""

    def __init__(self, path: Path, mode: str) -> None:
        self.file = open(path, mode)  # noqa: SIM115

    def __enter__(self) -> "HalfWritten":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def write(self, data: bytes) -> None:
        self.file.write(data[: len(data) // 2])
        self.file.flush()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


POINTS: list[tuple[str, Callable[[pytest.MonkeyPatch, int], None]]] = [
    ("flush", lambda patch, nth: patch.setattr(files.os, "fsync", Fails(os.fsync, 2 * nth, errno.EIO))),
    ("rename", lambda patch, nth: patch.setattr(files.os, "replace", Fails(os.replace, nth, errno.ENOSPC))),
    ("open", lambda patch, nth: patch.setattr(files, "open", Fails(open, nth, errno.EACCES), raising=False)),
    ("write", lambda patch, nth: patch.setattr(files, "open", Fails(open, nth, errno.ENOSPC), raising=False)),
    ("half", lambda patch, nth: patch.setattr(files, "open", HalfWritten, raising=False)),
    ("read back", lambda patch, nth: patch.setattr(Path, "read_bytes", method(Fails(Path.read_bytes, nth, errno.EIO)))),
    ("folder", lambda patch, nth: patch.setattr(files.os, "open", Fails(os.open, nth + 1, errno.EIO))),
]


@pytest.mark.parametrize("point, break_it", POINTS, ids=[name for name, _ in POINTS])
def test_a_failing_disk_stops_the_sweep_and_loses_nothing(
    point: str,
    break_it: Callable[[pytest.MonkeyPatch, int], None],
    truth: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trials: Callable[[int, int], int],
) -> None:
    for nth in range(trials(4, 9)):
        folder = tmp_path / str(nth)
        with monkeypatch.context() as patch:
            break_it(patch, nth)
            with pytest.raises((Unfinished, InputError), match="cannot write into"):
                carry_out(PLAN, folder, serial=True, size=2)
        if is_store(folder):
            with Store.open(folder) as store:
                assert store.verify().damaged == {}
                assert len(store.done()) < 20
                assert not store.running()
        with carry_out(PLAN, folder, serial=True, size=2) as store:
            assert store.frame().equals(truth)


def test_a_limit_on_file_size_is_a_clear_error(truth: pd.DataFrame, tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from sweep_fakes import FakePlan; "
        "from abm.sweeps.scheduler import carry_out; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); "
        "carry_out(FakePlan(seeds=10), Path(sys.argv[1]), serial=True, size=4)"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1] / "sweeps"), os.getcwd()]),
    }
    found = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "s")], capture_output=True, text=True, env=environment, check=False
    )
    assert found.returncode != 0
    assert "cannot write into" in found.stderr
    with carry_out(PLAN, tmp_path / "s", serial=True, size=4) as store:
        assert store.frame().equals(truth)
