"""One run of `history` as `abm.run` does it, and where its time goes."""

import time
from collections.abc import Callable

from abm.model import PHASES, ChipMarket
from abm.runs import metrics
from abm.runs.scenario import Scenario
from abm.runs.simulate import simulate
from benchmarks.clock import Sample, Samples, Trial, least, measure, middle, noise

WHOLE, PARTS = "run", "run by phase"
BAR, AIM = 0.120, 0.060


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

    def clocked(name: str, act: Callable[[], object]) -> None:
        began = time.process_time()
        act()
        spent[name] = spent.get(name, 0.0) + time.process_time() - began

    models: list[ChipMarket] = []
    clocked("build", lambda: models.append(ChipMarket(scenario=scenario)))
    model = models[0]
    while model.running:
        model.t += 1
        model.now = type(model.now)()
        for phase in PHASES:
            clocked(phase.name, lambda phase=phase: phase.act(model))
        model.running = model.t + 1 < model.months
    clocked("metrics", lambda: metrics.evaluate(model, None))
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
        "aim": AIM,
        "shares": {name: seconds / total for name, seconds in by_part.items()},
    }
