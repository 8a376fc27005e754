"""Have every loop of the model compiled and kept: `python -m abm.runs.warm`, as `./run` does when it sets up."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

from abm.foundation.compiled import nothing_kept, plain
from abm.month.phase import Phase, run_month
from abm.month.phases import PHASES
from abm.runs.scenario import Scenario
from abm.runs.simulate import market_of, run_to_end
from abm.state import Market

SMALL = {"population.startups": 5, "population.state": 5}
PROCESSES = 2


def warm() -> None:
    """Run a small market under two regimes, whose months call every compiled function; where nothing is kept yet, each
    of two processes first compiles what half of the phases call."""
    if nothing_kept():
        with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as processes:
            list(processes.map(_compile_for, range(PROCESSES)))
    for regime in ("history", "negotiated"):
        run_to_end(Scenario.of(regime, sets=SMALL))


class _Unseen(Market):
    """A market that compiled functions do not see."""

    @property
    def at(self) -> int:
        return 0


def _compile_for(place: int) -> None:
    """Compile what every second phase calls, in a month whose other phases run as plain Python."""
    market = market_of(Scenario.of("history", sets=SMALL))
    run_month(market, [one if turn % PROCESSES == place else _plain(one) for turn, one in enumerate(PHASES)])


def _plain(step: Phase) -> Phase:
    act: Callable[..., Any] = step.act

    def run(market: Market, *given: object) -> Any:
        market.__class__ = _Unseen
        try:
            with plain():
                return act(market, *given)
        finally:
            market.__class__ = Market

    return replace(step, act=run)


if __name__ == "__main__":
    warm()
