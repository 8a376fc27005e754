"""Run a scenario to its end."""

import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from abm.foundation import dates
from abm.month.phase import run_month
from abm.month.phases import PHASES
from abm.runs import checkpoint, metrics
from abm.runs.run import Run
from abm.runs.scenario import Scenario
from abm.setting import open_market
from abm.state import Market


def simulate(scenario: Scenario, keep: Sequence[str] | None = None, flows: bool = False) -> Run:
    """Run a scenario to its end, from where its law parts from history's if this process has been there.

    keep    metrics wanted, all when None
    flows   whether to keep every transfer of goods and money
    """
    began = time.perf_counter()
    with _no_search_for_cycles():
        return run_of(run_to_end(scenario), scenario, keep, flows, began)


def run_to_end(scenario: Scenario) -> Market:
    """The market of a scenario after its last month."""
    with _no_search_for_cycles():
        market = checkpoint.fork(market_of(scenario), scenario)
        while market.t + 1 < market.setting.months:
            run_month(market, PHASES)
        return market


def run_of(
    market: Market, scenario: Scenario, keep: Sequence[str] | None, flows: bool, began: float = float("nan")
) -> Run:
    """A finished market as a Run; began: time.perf_counter() when its simulation began."""
    return Run(
        label=scenario.label,
        seed=scenario.seed,
        months=dates.reported(market.setting.months),
        columns=metrics.evaluate(market, keep),
        flows=metrics.flows(market) if flows else None,
        scenario=scenario.to_dict(),
        key=scenario.key,
        seconds=time.perf_counter() - began,
    )


def market_of(scenario: Scenario) -> Market:
    """The market of a scenario before its first month."""
    return open_market(scenario.regime, scenario.parameters, scenario.seed, scenario.until, scenario.agent_classes)


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Pause the garbage collector: what a run makes lives to its end, and looking for cycles takes a tenth of it."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()
