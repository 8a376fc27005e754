"""The bar of runs: shown in any terminal, its pace without the first run, and silent where it is not wanted."""

import fcntl
import io
import os
import pty
import re
import struct
import sys
import termios
import time

import pytest

from abm.results import progress

SIZES = [(0, 0), (24, 60), (0, 100)]


def drawn(rows: int, columns: int, monkeypatch: pytest.MonkeyPatch, first: float = 0.0) -> str:
    """What a bar of six runs draws into a terminal that tells this size."""
    reader, writer = pty.openpty()
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    with os.fdopen(writer, "w") as terminal, os.fdopen(reader, "rb", 0) as screen:
        monkeypatch.setattr(sys, "stderr", terminal)
        with progress.bar(6) as shown:
            for run in range(6):
                time.sleep(0.12 if run else first)
                shown.draw(run + 1)
        terminal.flush()
        monkeypatch.undo()
        os.set_blocking(reader, False)
        return b"".join(iter(lambda: screen.read(4096), None)).decode()


@pytest.mark.parametrize(("rows", "columns"), SIZES)
def test_a_bar_is_drawn_in_terminals_that_tell_no_size_too(
    rows: int, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = drawn(rows, columns, monkeypatch)
    assert "6/6" in text
    assert max(map(len, re.split(r"[\r\n]+", text))) <= (columns or 80)


def test_the_pace_leaves_out_the_first_run_which_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    last = drawn(24, 80, monkeypatch, first=1.5).rstrip().split("\r")[-1]
    found = re.search(r"([\d.]+)run/s", last)
    assert found
    assert float(found[1]) > 4


def test_where_it_is_not_wanted_nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream := io.StringIO())
    with progress.bar(3, done=1, show=False) as shown:
        shown.draw(2)
    assert stream.getvalue() == ""
