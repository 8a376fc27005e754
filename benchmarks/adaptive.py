"""A run in which governments decide, each time with a seed not seen before, against a plain one."""

from itertools import count

from abm.runs.scenario import Scenario
from abm.runs.simulate import simulate
from benchmarks.clock import Sample, Samples, Trial, measure, middle

REGIMES = {"plain": "history", "adaptive": "negotiated"}
BAR = 2.0


def trials(quick: bool) -> list[Trial]:
    """A run of each a turn."""
    seeds = count(1_000)
    return [Trial("adaptive", lambda: both(next(seeds)), 2 if quick else 9)]


def both(seed: int) -> Sample:
    """Processor time of both with one seed."""
    return {
        name: measure(lambda regime=regime: simulate(Scenario.of(regime, seed=seed)))["cpu"]
        for name, regime in REGIMES.items()
    }


def answer(samples: Samples) -> dict[str, object]:
    """Seconds of both, and how many times longer the adaptive run takes."""
    plain, adaptive = (middle(samples["adaptive"], name) for name in REGIMES)
    return {"plain": plain, "adaptive": adaptive, "times": adaptive / plain, "bar": BAR}
