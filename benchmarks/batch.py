"""Against `mesa.batch_run`: the same model, seeds and monthly outputs, in one process."""

from typing import Any

import mesa

from abm.model import ChipMarket
from abm.runs import checkpoint
from abm.runs.metrics import METRICS
from abm.runs.scenario import Scenario
from abm.runs.simulate import simulate
from benchmarks.clock import Sample, Samples, Trial, measure, middle

MESA, OURS = "batch mesa", "batch ours"
REGIMES = ("history", "hbm_relief")
RESULTS = [name for name in METRICS if name != "law"]


def trials(quick: bool) -> list[Trial]:
    """Some seeds of two regimes, each way."""
    until, seeds, repeats = ("2022-03", 1, 1) if quick else ("2030-12", 2, 5)
    return [
        Trial(MESA, lambda: by_mesa(until, seeds), repeats),
        Trial(OURS, lambda: by_us(until, seeds), repeats),
    ]


def by_mesa(until: str, seeds: int) -> Sample:
    """`mesa.batch_run` with a row for every month."""
    rows: list[dict[str, Any]] = []
    grid = {"regime": list(REGIMES), "until": until}
    sample = measure(
        lambda: rows.extend(
            mesa.batch_run(
                ChipMarket, grid, rng=list(range(seeds)), number_processes=1, data_collection_period=1,
                display_progress=False,
            )
        )
    )  # fmt: skip
    return sample | {"runs": float(len({row["RunId"] for row in rows}))}


def by_us(until: str, seeds: int) -> Sample:
    """`simulate`, scenario by scenario, as `abm.run` does; with the cache of the last time cleared."""
    checkpoint.clear_cache()
    runs = []
    cases = [(regime, seed) for regime in REGIMES for seed in range(seeds)]
    sample = measure(
        lambda: runs.extend(
            simulate(Scenario.of(regime, seed=seed, until=until), keep=RESULTS) for regime, seed in cases
        )
    )
    return sample | {"runs": float(len(runs))}


def answer(samples: Samples) -> dict[str, object]:
    """Seconds a run each way, their ratio, and runs that either way lost."""
    mesa_s, ours = (middle(samples[name]) / samples[name][0]["runs"] for name in (MESA, OURS))
    lost = samples[OURS][0]["runs"] - samples[MESA][0]["runs"]
    return {"mesa": mesa_s, "ours": ours, "times": mesa_s / ours, "lost": lost, "bar": 1.0}
