"""How fast the page answers; measured and told, never asserted."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest

from abm.results import wording

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

MONTH = "document.querySelector('.abm-month')?.innerText"


def place(month: str) -> int:
    """A month in words as a number."""
    name, year = month.split()
    return int(year) * 12 + wording.MONTHS.index(name)


def test_step_and_play_are_timed(visit: Callable[[], Any], record_property: Callable[[str, Any], None]) -> None:
    visitor = visit()
    visitor.open("?regime=history&at=2022-01")
    visitor.until("document.querySelectorAll('.abm-chart canvas').length >= 6")
    steps = []
    for _ in range(10):
        before, began = visitor.month(), time.perf_counter()
        visitor.press("Step one month")
        visitor.until(f"{MONTH} != '{before}'")
        steps.append(time.perf_counter() - began)
    visitor.press("Play")
    began = time.perf_counter()
    first = place(visitor.month())
    time.sleep(4)
    rate = (place(visitor.month()) - first) / (time.perf_counter() - began)
    record_property("step_seconds", round(statistics.median(steps), 3))
    record_property("play_months_a_second", round(rate, 1))
    print(f"step to redraw {statistics.median(steps):.3f} s (median of 10); play {rate:.1f} months a second")
    assert rate > 0
