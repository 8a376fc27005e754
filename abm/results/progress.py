"""A bar of runs on stderr: how many are done, and how long the rest will take as learnt from those done."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm

ANYWHERE = {"ncols": 80, "nrows": 24}
"""Size of a terminal that does not tell its own."""


class Bar:
    """Draws how far a number of runs is; its pace leaves out the first that comes, which compiles the model's loops."""

    def __init__(self, shown: "tqdm[None]") -> None:
        self.shown, self.start = shown, shown.n

    def draw(self, done: int, failed: int = 0) -> None:
        """So many runs are done since the bar began, and so many failed."""
        if failed:
            self.shown.set_postfix_str(f"{failed} failed", refresh=False)
        before = self.shown.n
        self.shown.update(self.start + done + failed - before)
        if before == self.start < self.shown.n:
            self.shown.initial, self.shown.start_t = self.shown.n, time.time()
            self.shown.last_print_t = self.shown.start_t  # else tqdm takes it for one that was never drawn


@contextmanager
def bar(total: int, done: int = 0, show: bool = True) -> Iterator[Bar]:
    """A bar for runs of which some are done; closed at the end, and not drawn where it is not to be shown."""
    from tqdm import tqdm

    options: dict[str, Any] = {"smoothing": 0.0, "disable": not show}
    with tqdm(total=total, initial=done, unit="run", **options, **_room(sys.stderr)) as shown:
        yield Bar(shown)


def _room(stream: TextIO) -> dict[str, Any]:
    """How often to draw, and how large the terminal is where it does not tell itself."""
    if not stream.isatty():
        return {"mininterval": 10.0}
    with suppress(OSError, ValueError):
        size = os.get_terminal_size(stream.fileno())
        return {} if size.columns and size.lines else ANYWHERE
    return {}
