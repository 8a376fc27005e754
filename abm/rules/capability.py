"""From compute to capability, and from capabilities to a gap."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

H100_FLOPS = 9.89e14


def run_flop(training: Floats, share: float, mfu: Floats | float, days: float) -> Floats:
    """Training FLOP of a lab's largest run, log10.

    F = training fleet x share x MFU x 9.89e14 x seconds

    training   (n,) H100e in use for training
    """
    flop = training * share * mfu * H100_FLOPS * days * 86_400
    return np.log10(np.maximum(flop, 1.0))


def imitate(
    before: Floats, own: Floats, run: Floats, published: float, leading: float, rate: float, exponent: float
) -> Floats:
    """Capability after a month of imitating what the frontier serves, log10 FLOP, (n,): a lab absorbs the more of its
    lag, the nearer its own runs come to those of the frontier.

    c = max(before, own),  c' = c + rate min(1, R / R_F)^exponent max(0, F - c)

    before     (n,) log10 FLOP, what it stood at; -inf before its first run, without which nothing is imitated
    own        (n,) log10 FLOP, the best of its own runs times efficiency
    run        (n,) log10 FLOP R, its largest run; leading, R_F: that of the frontier, as published
    published  log10 FLOP F, the frontier as published
    rate       1/month, share of the lag that a lab with runs of the frontier's size absorbs
    """
    best = np.maximum(before, own)
    started = np.isfinite(best)
    absorbed = rate * 10 ** (exponent * np.minimum(np.where(started, run, 0.0) - leading, 0.0))
    return np.where(started, best + absorbed * np.maximum(published - np.where(started, best, 0.0), 0.0), best)


def shelve(planned: Floats, feasible: Floats, stretch: float) -> NDArray[np.bool_]:
    """Which planned runs training compute cannot do, even if they ran `stretch` times as long as usual, (n,).

    planned, feasible   (n,) log10 FLOP; -inf where nothing is planned, and so nothing shelved
    """
    return planned > feasible + np.log10(stretch)


def lack(planned: Floats, feasible: Floats) -> Floats:
    """Part of a planned run that training compute cannot do in the time planned, (n,): 1 - 10^(feasible - planned).

    planned, feasible   (n,) log10 FLOP; -inf where nothing is planned, and so nothing lacks
    """
    planning = np.isfinite(planned)
    short = np.minimum(feasible - np.where(planning, planned, 0.0), 0.0)
    return np.where(planning, -np.expm1(np.log(10.0) * short), 0.0)


def plan(planned: Floats, run: Floats, shelved: NDArray[np.bool_], trend: float) -> Floats:
    """The run to plan for the next quarter so as to stay in the race, log10 FLOP.

    It grows from this quarter's plan, or from what was done where that is more or the plan was shelved.

    planned, run   (n,) log10 FLOP, this quarter's
    shelved        (n,) whether the plan could not be done; it is dropped then, so that it counts once
    trend          log10 a year by which published runs grow; a shrinking frontier is no reason to plan less
    """
    return np.where(shelved, run, np.maximum(planned, run)) + max(trend, 0.0) / 4


def months_behind(record: Floats, level: float, month: int, speed_before: float) -> float:
    """How long before `month` the frontier's record first reached `level`, in months, interpolated.

    record         (months,) the frontier's running maximum up to and including `month`, log10 FLOP
    speed_before   log10 a month, by which the record is carried back before its first month
    returns        0 when level; when `level` is above the record, minus the months since the level's owner passed it is
                   the caller's business, so the shortfall is returned as 0 here
    """
    if level >= record[month]:
        return 0.0
    if level <= record[0]:
        return month + (record[0] - level) / speed_before
    after = int(np.searchsorted(record[: month + 1], level, side="left"))
    below, above = record[after - 1], record[after]
    return month - (after - 1 + (level - below) / (above - below))
