"""Metrics of the race: capability, training runs and algorithmic efficiency on both sides."""

import math

import numpy as np

from abm.month.measures import ratio, year
from abm.rules.capability import months_behind
from abm.runs.metrics.declare import PER_CENT, Floats, metric
from abm.state import Market

FRONTIER_2022 = "times the frontier of January 2022"


@metric("log10 FLOP", "stock", "Capability of the frontier", 0.05)
def capability_frontier(market: Market) -> Floats:
    """Running maximum of training FLOP times efficiency over the leaders' completed runs."""
    return market.history["frontier"]


@metric("log10 FLOP", "stock", "Capability of China's best lab", 0.05)
def capability_china(market: Market) -> Floats:
    """Running maximum over Chinese labs' completed runs, with what they absorb by imitating the frontier."""
    return market.history["china"]


@metric("log10 FLOP", "stock", "Capability of China's best lab without imitation", 0.05)
def capability_china_own(market: Market) -> Floats:
    """Running maximum over Chinese labs of training FLOP times efficiency, what they absorb by imitation left out."""
    return market.history["own"]


@metric("log10", "stock", "Capability shortfall of China", 0.02, headline="mean", rank=21)
def capability_shortfall(market: Market) -> Floats:
    """Frontier less China."""
    return market.history["shortfall"]


@metric("month", "stock", "China's capability gap to the frontier", 0.5, headline="mean", rank=2)
def capability_gap(market: Market) -> Floats:
    """How long before this month the frontier first stood where China stands; negative when China leads."""
    return market.history["gap"]


@metric("month", "stock", "China's capability gap without imitation", 0.5, headline="mean", rank=3)
def capability_gap_own(market: Market) -> Floats:
    """The capability gap of what Chinese labs reach by runs and efficiency of their own, imitation left out.

    Efficiency learnt from published work is in it; what they absorb of the frontier's capability is not.
    """
    return market.history["gap_own"]


@metric("month", "stock", "China's gap in training compute", 0.5, headline="mean")
def run_gap(market: Market) -> Floats:
    """How long before this month the leaders' largest run first was as large as China's largest now."""
    return market.history["gap_run"]


@metric("log10/year", "flow", "Speed of the frontier", 0.02, headline="end")
def frontier_speed(market: Market) -> Floats:
    """Rise of the frontier over twelve months."""
    record = market.history["frontier"]
    past = np.concatenate([np.full(12, np.nan), record[:-12]])[: len(record)]
    return np.asarray(record - past)


@metric("log10 FLOP", "stock", "Largest training run", 0.02, keys="side")
def largest_run(market: Market) -> dict[str, Floats]:
    """Largest training run completed so far, before efficiency."""
    return dict(zip(("US", "China"), np.maximum.accumulate(market.history["largest"]).T, strict=True))


@metric("1", "ratio", "Planned training runs shelved", 0.01, shown=PER_CENT, rank=19)
def shelved_runs(market: Market) -> Floats:
    """Share of the runs planned over twelve months that compute could not do; undefined if none was planned.

    Each lab plans four times in twelve months.
    """
    counts = market.history["runs"]
    return ratio(year(counts[:, 1]), year(counts[:, 0]))


@metric("1", "stock", "Algorithmic efficiency, China's best lab", "20%", shown=FRONTIER_2022)
def efficiency_china(market: Market) -> Floats:
    """Algorithmic efficiency of the best Chinese lab, the frontier of January 2022 = 1."""
    return np.asarray(10 ** market.history["china_efficiency"])


@metric("1", "stock", "Algorithmic efficiency, frontier", "10%", shown=FRONTIER_2022)
def efficiency_frontier(market: Market) -> Floats:
    """Algorithmic efficiency of the best leader, the frontier of January 2022 = 1."""
    return np.asarray(10 ** market.history["frontier_efficiency"])


@metric("1/month", "flow", "Large efficiency jumps", 0.07)
def efficiency_jumps(market: Market) -> Floats:
    """Large jumps in efficiency at Chinese labs."""
    return market.history["jumps"]


@metric("1", "ratio", "Training compute spent on efficiency research", 0.01, shown=PER_CENT)
def efficiency_effort(market: Market) -> Floats:
    """Share of training compute that Chinese labs put into efficiency research, weighted by that compute."""
    return market.history["effort"]


@metric("1", "ratio", "Improvements that Chinese labs publish", 0.01, shown=PER_CENT)
def published_share(market: Market) -> Floats:
    """Share of their own improvements that Chinese labs publish, weighted by training compute."""
    return market.history["laid_open"]


# --- named labs ---


@metric("log10 FLOP", "stock", "Largest training run of a lab", 0.02, keys="lab")
def lab_run(market: Market) -> dict[str, Floats]:
    """Largest training run that each named lab has completed so far, before efficiency; undefined before the first."""
    runs = market.history["lab_runs"]
    return _by_lab(market, np.where(np.isfinite(runs), runs, np.nan))


@metric("log10 FLOP", "stock", "Compute a lab needs for the frontier of a year ago", 0.02, keys="lab")
def lab_compute_needed(market: Market) -> dict[str, Floats]:
    """Training FLOP that each named lab would need, at its efficiency, for the frontier's capability of twelve months
    before; undefined in the first twelve months."""
    record = market.history["frontier"]
    past = np.concatenate([np.full(12, np.nan), record[:-12]])[: len(record)]
    return _by_lab(market, past[:, None] - market.history["lab_efficiency"])


@metric("1", "stock", "Rank of a lab by efficiency", 1, keys="lab")
def lab_rank(market: Market) -> dict[str, Floats]:
    """Place of each named lab among all Chinese labs in business by algorithmic efficiency, 1 the best."""
    return _by_lab(market, market.history["lab_place"].astype(float))


@metric("month", "stock", "Capability gap of a lab", 0.5, keys="lab")
def lab_gap(market: Market) -> dict[str, Floats]:
    """How long before this month the frontier first stood where each named lab stands; zero when it leads, undefined
    before its first run."""
    record, speed = market.history["frontier"].tolist(), market.setting.speed_before
    gaps = [
        [months_behind(record, level, t, speed) if math.isfinite(level) else math.nan for level in levels]
        for t, levels in enumerate(market.history["lab_capability"].tolist())
    ]
    return _by_lab(market, np.array(gaps))


@metric("run", "stock", "Training runs shelved by a lab", 1, keys="lab")
def lab_shelved(market: Market) -> dict[str, Floats]:
    """Planned training runs that compute could not do, by named lab, since the start."""
    return _by_lab(market, market.history["lab_shelved"])


@metric("month", "stock", "Training that a lab's shelved runs lacked", 0.5, keys="lab")
def lab_delay(market: Market) -> dict[str, Floats]:
    """Months of training that the shelved runs of each named lab lacked, since the start: for each, the part of its
    quarter's plan that compute could not do."""
    return _by_lab(market, market.history["lab_delay"])


def _by_lab(market: Market, values: Floats) -> dict[str, Floats]:
    """Columns (months, named) by the names of labs."""
    return dict(zip(market.labs.names[market.labs.named], values.T, strict=True))
