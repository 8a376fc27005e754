"""Signals: one ends the work, more do not disturb the closing, and none is lost."""

import signal
import subprocess
import sys

import pytest

from abm.sweeps import signals

PROGRAMS = {
    "one raises": ("signals.interruptible(); press(); never()", 1),
    "two count as one": (
        "signals.interruptible()\ntry:\n press()\nexcept KeyboardInterrupt:\n press(); press(SIGTERM); print('closed')",
        0,
    ),
    "later ones count": (
        "signals.SAME = 0.01; signals.interruptible()\n"
        "try:\n press()\nexcept KeyboardInterrupt:\n time.sleep(0.1); press()",
        1,
    ),
    "a dropped one is remembered": (
        "signals.interruptible()\nclass Careless:\n def __del__(self): press()\n"
        "Careless(); signals.check_interrupt(); never()",
        1,
    ),
    "nothing pressed, nothing raised": ("signals.interruptible(); signals.check_interrupt(); print('closed')", 0),
    "ignored to the end": ("signals.ignore(); press(); press(SIGTERM); print('closed')", 0),
    "closing is not disturbed": ("with signals.uninterrupted():\n press(); press(SIGTERM); print('closed')", 0),
    "a library call ends on SIGTERM": ("with signals.terminable():\n press(SIGTERM)\nnever()", 1),
}
PREAMBLE = """
import os, sys, time
from signal import SIGINT, SIGTERM
from abm.sweeps import signals
def press(number=SIGINT): os.kill(os.getpid(), number); time.sleep(0.05)
def never(): print("went on")
"""


@pytest.mark.parametrize("name", PROGRAMS)
def test_signals(name: str) -> None:
    program, code = PROGRAMS[name]
    text = f"{PREAMBLE}\ntry:\n" + "".join(f"    {line}\n" for line in program.splitlines())
    text += "except KeyboardInterrupt:\n    os._exit(1)\n"
    found = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert found.returncode == code, found.stderr
    assert "went on" not in found.stdout
    if code == 0:
        assert "closed" in found.stdout


def test_outside_the_main_thread_nothing_changes() -> None:
    import threading

    before = [signal.getsignal(number) for number in signals.BOTH]
    seen = []

    def work() -> None:
        with signals.terminable(), signals.uninterrupted():
            seen.append([signal.getsignal(number) for number in signals.BOTH])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
