"""The bound: what a month spends in compiled functions, called from Python or standing for a whole phase."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from abm.foundation import compiled
from abm.month.phase import run_month
from abm.month.phases import PHASES
from abm.runs.scenario import Scenario
from abm.runs.simulate import market_of
from abm.state import Market
from benchmarks.clock import Sample, Samples, Trial, middle

NAME = "bound"
MONTHS = range(60, 72)


def trials(quick: bool) -> list[Trial]:
    """A year of a run, of which only what compiled functions take is counted."""
    begun: list[Market] = []
    return [Trial(NAME, lambda: inside(begun), 2 if quick else 15)]


def inside(begun: list[Market]) -> Sample:
    """Seconds a month within compiled functions, and their share of the whole, in a year that a market, made at first,
    is about to begin. Calls take microseconds, so the clock is the one that is read fastest."""
    if not begun:
        market = market_of(Scenario.of("history"))
        while market.t < MONTHS.start - 1:
            run_month(market, PHASES)
        begun.append(market)
        inside(begun)
    market, spent = begun[0].copy(), [0, 0]
    with timed(spent):
        began = time.perf_counter_ns()
        for _ in MONTHS:
            run_month(market, PHASES)
        whole = time.perf_counter_ns() - began
    return {"wall": spent[0] / 1e9 / len(MONTHS), "calls": spent[1] / len(MONTHS), "share": spent[0] / whole}


@contextmanager
def timed(spent: list[int]) -> Iterator[None]:
    """Have every module of the model call compiled functions through one that adds up nanoseconds and calls."""

    def timing(act: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            began = time.perf_counter_ns()
            found = act(*given)
            spent[0] += time.perf_counter_ns() - began
            spent[1] += 1
            return found

        return call

    known = [name.rpartition(".") for name in compiled.FUNCTIONS]
    acts = [vars(sys.modules[module])[name] for module, _, name in known if name in vars(sys.modules[module])]
    theirs = {id(act): timing(act) for act in acts}
    places = [
        (module, name, value)
        for module in [one for key, one in sys.modules.items() if key.startswith("abm.")]
        for name, value in vars(module).items()
        if id(value) in theirs
    ]
    for module, name, value in places:
        setattr(module, name, theirs[id(value)])
    try:
        yield
    finally:
        for module, name, value in places:
            setattr(module, name, value)


def answer(samples: Samples) -> dict[str, object]:
    """Milliseconds a month and a run, calls a month, and the share of the same months that they take."""
    month, months = 1e3 * middle(samples[NAME], "wall"), market_of(Scenario.of("history")).setting.months
    return {
        "ms_a_month": month,
        "ms_a_run": month * months,
        "calls": samples[NAME][0]["calls"],
        "share": middle(samples[NAME], "share"),
    }
