"""How much of a run is spent inside `rules/`: the most that compiling rules could save."""

import cProfile
import pstats
from pathlib import Path

import abm.rules
from abm.runs.scenario import Scenario
from abm.runs.simulate import simulate
from benchmarks.clock import Sample, Samples, Trial, middle

INSIDE = "rules"
COSTLIEST = 3
BAR = 1.5
"""How many times as fast a whole run must become to justify compiled rules."""
HERE = str(Path(abm.rules.__file__).parent)


def trials(quick: bool) -> list[Trial]:
    """A run under the profiler."""
    scenario = Scenario.of("history")
    return [Trial(INSIDE, lambda: shares(scenario), 1 if quick else 5)]


def shares(scenario: Scenario) -> Sample:
    """Each rule's share of a run's time as a profiler sees it, with what the rule calls in turn."""
    profile = cProfile.Profile()
    profile.runcall(simulate, scenario)
    stats = pstats.Stats(profile)
    found: Sample = {}
    for (file, _, name), (*_, callers) in stats.stats.items():  # type: ignore[attr-defined]
        if not file.startswith(HERE):
            continue
        entered = sum(spent for (caller, _, _), (*_, spent) in callers.items() if not caller.startswith(HERE))
        rule = f"{Path(file).stem}.{name}"
        found[rule] = found.get(rule, 0.0) + entered / stats.total_tt  # type: ignore[attr-defined]
    return found


def answer(samples: Samples) -> dict[str, object]:
    """Shares of all rules and of the costliest, and how much faster a run would be if these took no time at all."""
    taken = samples[INSIDE]
    by_rule = {name: middle(taken, name) for name in sorted(set.intersection(*map(set, taken)))}
    costliest = dict(sorted(by_rule.items(), key=lambda one: -one[1])[:COSTLIEST])
    every, some = sum(by_rule.values()), sum(costliest.values())
    return {
        "all": every,
        "costliest": costliest,
        "gain_all": 1 / (1 - every),
        "gain_costliest": 1 / (1 - some),
        "bar": BAR,
    }
