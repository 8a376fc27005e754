"""Ctrl-C and SIGTERM: both end a sweep in good order, wherever they arrive and however often."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

BOTH = (signal.SIGINT, signal.SIGTERM)
SAME = 4.0


_pressed = threading.Event()


def interruptible() -> None:
    """Let both signals raise KeyboardInterrupt for the rest of the program; within SAME seconds they count as one.

    A second Ctrl-C, or a SIGTERM after it, therefore does not disturb the closing that the first one began. That one
    was pressed is also remembered, for Python drops an exception that a signal raises while it collects garbage.
    """
    last = -SAME

    def interrupt(number: int, frame: object) -> None:
        nonlocal last
        again, last = time.monotonic() - last < SAME, time.monotonic()
        _pressed.set()
        if not again:
            raise KeyboardInterrupt

    for number in BOTH:
        signal.signal(number, interrupt)
    sys.unraisablehook = silent_when_interrupted


def silent_when_interrupted(dropped: "sys.UnraisableHookArgs") -> None:
    """Say nothing of an interrupt that Python dropped, which `check_interrupt` makes good; all else as ever."""
    if not issubclass(dropped.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)


def check_interrupt() -> None:
    """Raise KeyboardInterrupt if a signal came whose exception was dropped."""
    if _pressed.is_set():
        raise KeyboardInterrupt


def ignore() -> None:
    """Finish what is left to do whatever is pressed."""
    for number in BOTH:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM raise KeyboardInterrupt for a while, unless the program has its own way with it."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    ours = in_main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if ours:
        signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Finish closing whatever is pressed meanwhile."""
    with replaced(signal.SIG_IGN):
        yield


@contextmanager
def postponed() -> Iterator[None]:
    """Finish a step that must be whole, and only then let what was pressed meanwhile have its way."""
    pressed: list[int] = []
    with replaced(lambda number, _: pressed.append(number)):
        yield
    if pressed:
        signal.raise_signal(pressed[0])


@contextmanager
def replaced(action: Callable[[int, Any], Any] | signal.Handlers) -> Iterator[None]:
    """Let both signals do something else for a while; outside the main thread, where Python forbids it, nothing."""
    before = {number: signal.signal(number, action) for number in BOTH} if in_main_thread() else {}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def in_main_thread() -> bool:
    """Whether this is the thread that signals reach."""
    return threading.current_thread() is threading.main_thread()
