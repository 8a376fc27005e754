"""Play waits for the page: the next month is played when the browser has drawn the last one.

Without that, months that the model plays faster than a browser draws pile up on the way, and Pause comes late.
"""

from collections.abc import Callable
from threading import Condition

import solara.util

PATIENCE = 1.5
"""Seconds that Play waits for a page that does not answer: it is hidden, or its browser is busy."""


class Screen:
    """What a page has drawn: the last month it reported, as YYYY-MM."""

    def __init__(self) -> None:
        self.month = ""
        self._changed = Condition()

    def drawn(self, month: str) -> None:
        """The browser has drawn a month."""
        self.month = month
        self.wake()

    def wake(self) -> None:
        """Let those who wait look again."""
        with self._changed:
            self._changed.notify_all()

    def wait(self, month: str, unless: Callable[[], bool]) -> None:
        """Wait until a month is drawn or `unless` comes true, at most `PATIENCE`."""
        with self._changed:
            self._changed.wait_for(lambda: self.month == month or unless(), PATIENCE)


class Pace:
    """The interval between months, as Mesa's Play reads it: `value`, in ms, before each month, in a thread of its own.

    month    what month the model is in, as YYYY-MM
    gap      ms that the page has to itself between months
    """

    def __init__(self, screen: Screen, month: Callable[[], str], gap: Callable[[], int]) -> None:
        self.screen, self.month, self.gap = screen, month, gap
        self.over = False

    @property
    def value(self) -> int:
        """The gap, once the month at hand is drawn; ends the thread that asks when the controls are gone."""
        if not self.over:
            self.screen.wait(self.month(), lambda: self.over)
        if self.over:
            raise solara.util.CancelledError
        return self.gap()

    def stop(self) -> None:
        """The controls that play at this pace are gone: another setup, another page, or the end of the session."""
        self.over = True
        self.screen.wake()
