"""The lock of a folder: one owner, and a stale one does not stand in the way."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from abm.foundation.errors import InputError
from abm.sweeps import lock
from abm.sweeps.lock import Lock, alive, owner

MYSELF = {"host": socket.gethostname(), "pid": os.getpid()}


def test_a_second_owner_is_refused_and_told_the_first(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with Lock(path):
        assert owner(path) == MYSELF
        assert alive(path)
        with pytest.raises(InputError, match=f"in use by process {os.getpid()}"):
            Lock(path).__enter__()
        assert alive(path), "the refusal leaves the first owner's lock alone"
    assert owner(path) is None
    assert not alive(path)
    with Lock(path):
        pass


def test_a_lock_left_by_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = (
        "import os, signal, sys; from pathlib import Path; from abm.sweeps.lock import Lock; "
        "Lock(Path(sys.argv[1])).__enter__(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert owner(path) is not None
    assert not alive(path), "whatever process has its number now"
    with Lock(path):
        assert owner(path) == MYSELF


def test_an_owner_on_another_machine_is_believed_until_it_is_silent(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text(json.dumps(MYSELF | {"host": "elsewhere"}))
    assert alive(path)
    with pytest.raises(InputError, match="elsewhere"):
        Lock(path).__enter__()
    long_ago = time.time() - lock.SILENT - 1
    os.utime(path, (long_ago, long_ago))
    assert not alive(path)
    with Lock(path) as held:
        held.touch()
        assert owner(path) == MYSELF


@pytest.mark.parametrize("text", ["", "{", "[]", '{"host": 1}', '{"host": "x", "pid": "y"}'])
def test_a_lock_that_cannot_be_read_is_nobody_s(text: str, tmp_path: Path) -> None:
    (tmp_path / "lock").write_text(text)
    assert owner(tmp_path / "lock") is None
    with Lock(tmp_path / "lock"):
        pass
