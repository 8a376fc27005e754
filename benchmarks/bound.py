"""The bound: the compiled loops of a month called alone, with what they were called with, summed."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from abm.foundation import compiled
from abm.month.phase import run_month
from abm.month.phases import PHASES
from abm.runs.scenario import Scenario
from abm.runs.simulate import market_of
from benchmarks.clock import Sample, Samples, Trial, middle

NAME = "bound"
MONTHS = range(60, 72)
Call = tuple[Any, tuple[Any, ...]]


def trials(quick: bool) -> list[Trial]:
    """A year of a run, and its loops alone."""
    calls: list[Call] = []
    return [Trial(NAME, lambda: alone(calls), 2 if quick else 15)]


def alone(calls: list[Call]) -> Sample:
    """Seconds a month of the loops alone; what they are called with is taken from a run at first. Calls take
    microseconds, so the clock is the one that is read fastest."""
    if not calls:
        calls += record()
        alone(calls)
    spent = 0.0
    for act, given in calls:
        copies = copied(given)
        began = time.perf_counter_ns()
        act(*copies)
        spent += (time.perf_counter_ns() - began) / 1e9
    return {"wall": spent / len(MONTHS), "calls": len(calls) / len(MONTHS)}


def copied(given: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a function is handed, with copies of the arrays that it may write to."""
    return tuple(one.copy() if isinstance(one, np.ndarray) and one.flags.writeable else one for one in given)


def record() -> list[Call]:
    """Every call of a compiled function from Python in some months of a run, with copies of what it was handed."""
    calls: list[Call] = []
    market = market_of(Scenario.of("history"))
    while market.t < MONTHS.start - 1:
        run_month(market, PHASES)
    with heard(calls):
        for _ in MONTHS:
            run_month(market, PHASES)
    return calls


@contextmanager
def heard(calls: list[Call]) -> Iterator[None]:
    """Have every module of the model call compiled functions through one that notes it."""

    def noting(act: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            calls.append((act, copied(given)))
            return act(*given)

        return call

    theirs = {id(act): noting(act) for act in compiled.FUNCTIONS.values()}
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
    """Milliseconds a month and a run, and calls a month."""
    month, months = 1e3 * middle(samples[NAME], "wall"), market_of(Scenario.of("history")).setting.months
    return {"ms_a_month": month, "ms_a_run": month * months, "calls": samples[NAME][0]["calls"]}
