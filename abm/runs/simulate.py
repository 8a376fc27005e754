"""Run a scenario to its end."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

from abm.foundation import dates
from abm.runs import checkpoint, metrics
from abm.runs.run import Run
from abm.runs.scenario import Scenario


def simulate(scenario: Scenario, keep: "tuple[str, ...] | list[str] | None" = None, flows: bool = False) -> "Run":
    """Run a scenario to its end, from where its law parts from history's if this process has been there.

    keep    metrics wanted, all when None
    flows   whether to keep every transfer of goods and money
    """
    from abm.model import ChipMarket
    from abm.runs.run import Run

    began = time.perf_counter()
    kind = ChipMarket.with_agents(**scenario.kinds) if scenario.agents else ChipMarket
    with _no_search_for_cycles():
        model = kind(scenario=scenario)
        checkpoint.catch_up(model)
        model.run()
        return Run(
            label=scenario.label,
            seed=scenario.seed,
            months=dates.reported(model.months),
            columns=metrics.evaluate(model, keep),
            flows=metrics.flows(model) if flows else None,
            scenario=scenario.to_dict(),
            key=scenario.key,
            seconds=time.perf_counter() - began,
        )


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
