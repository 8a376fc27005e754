"""One run of `history` as `abm.run` does it, and where its time goes."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from abm.month.phase import run_month
from abm.month.phases import PHASES
from abm.runs import metrics
from abm.runs.scenario import Scenario
from abm.runs.simulate import market_of, simulate
from abm.state import Market
from benchmarks.clock import Sample, Samples, Trial, least, measure, middle, noise

WHOLE, PARTS = "run", "run by phase"
BAR = 0.090


def trials(quick: bool) -> list[Trial]:
    """A whole run, and one taken apart."""
    scenario = Scenario.of("history")
    simulate(scenario)
    repeats = 2 if quick else 15
    whole = Trial(WHOLE, lambda: measure(lambda: simulate(scenario)), repeats)
    return [whole, Trial(PARTS, lambda: apart(scenario), repeats)]


def apart(scenario: Scenario) -> Sample:
    """Processor time of building the model, of each phase over all months, and of the metrics at the end."""
    spent: Sample = {}

    def clocked(name: str, act: Callable[..., Any], *given: object) -> Any:
        began = time.process_time()
        found = act(*given)
        spent[name] = spent.get(name, 0.0) + time.process_time() - began
        return found

    markets: list[Market] = []
    clocked("build", lambda: markets.append(market_of(scenario)))
    market = markets[0]
    timed = [replace(phase, act=lambda *given, phase=phase: clocked(phase.name, phase.act, *given)) for phase in PHASES]
    while market.t + 1 < market.setting.months:
        run_month(market, timed)
    clocked("metrics", lambda: metrics.evaluate(market))
    return spent


def answer(samples: Samples) -> dict[str, object]:
    """Seconds a run, their noise, the bar, and each part's share of the processor time."""
    whole, parts = samples[WHOLE], samples[PARTS]
    by_part = {name: middle(parts, name) for name in parts[0]}
    total = sum(by_part.values())
    return {
        "cpu": middle(whole),
        "least": least(whole),
        "wall": middle(whole, "wall"),
        "noise": noise(whole),
        "bar": BAR,
        "shares": {name: seconds / total for name, seconds in by_part.items()},
    }
