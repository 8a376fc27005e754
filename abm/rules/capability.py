"""From compute to capability, and from capabilities to a gap."""

import math
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

H100_FLOPS = 9.89e14


@elementwise
def mfu[X: (float, Floats)](base: float, skill: X, exponent: float) -> X:
    """Model FLOP utilisation that labs reach, at most 0.6: base skill^exponent, (n,)."""
    return np.minimum(base * skill**exponent, np.maximum(base, 0.6))


@compiled
def run_flop(training: Floats, share: float, mfu: Floats, days: float) -> Floats:
    """Training FLOP of a lab's largest run, log10, (n,).

    F = training fleet x share x MFU x 9.89e14 x seconds

    training   (n,) H100e in use for training
    mfu        (n,) model FLOP utilisation that it reaches
    """
    run = np.zeros(len(training))
    for i in range(len(training)):
        run[i] = math.log10(max(training[i] * share * mfu[i] * H100_FLOPS * days * 86_400, 1.0))
    return run


@compiled
def run_beside_research(
    training: Floats,
    effort: Floats,
    usual: float,
    share: float,
    skill: Floats,
    base: float,
    exponent: float,
    days: float,
) -> Floats:
    """The same of labs that put more than usual into research on efficiency, log10 FLOP, (n,); -inf without compute.

    effort                  (n,) share of training compute that goes into research; usual: that without shortage
    skill, base, exponent   (n,) as in `mfu`
    """
    left, reached = np.zeros(len(training)), np.zeros(len(training))
    for i in range(len(training)):
        left[i] = training[i] * (1 - effort[i]) / (1 - usual)
        reached[i] = mfu(base, skill[i], exponent)
    run = run_flop(left, share, reached, days)
    for i in range(len(training)):
        if training[i] <= 0:
            run[i] = -np.inf
    return run


@compiled
def run_of_fleet(fleet: Floats, working: float, share: float, mfu: float, days: float) -> Floats:
    """The same of the part of fleets that trains, log10 FLOP, (n,).

    fleet     (n, classes) H100e; working: share of it that trains
    """
    training, reached = np.zeros(len(fleet)), np.full(len(fleet), mfu)
    for i in range(len(fleet)):
        for age in range(fleet.shape[1]):
            training[i] += fleet[i, age] * working
    return run_flop(training, share, reached, days)


@compiled
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
    after = np.maximum(before, own)
    for i in range(len(after)):
        if after[i] > -np.inf:
            absorbed = rate * 10.0 ** (exponent * min(run[i] - leading, 0.0))
            after[i] += absorbed * max(published - after[i], 0.0)
    return after


@elementwise
def shelve(planned: Floats, feasible: Floats, stretch: float) -> Bools:
    """Which planned runs training compute cannot do, even if they ran `stretch` times as long as usual, (n,).

    planned, feasible   (n,) log10 FLOP; -inf where nothing is planned, and so nothing shelved
    """
    return planned > feasible + math.log10(stretch)


@compiled
def lack(planned: Floats, feasible: Floats) -> Floats:
    """Part of a planned run that training compute cannot do in the time planned, (n,): 1 - 10^(feasible - planned).

    planned, feasible   (n,) log10 FLOP; -inf where nothing is planned, and so nothing lacks
    """
    part = np.zeros(len(planned))
    for i in range(len(planned)):
        if planned[i] > feasible[i]:
            part[i] = 1 - 10.0 ** (feasible[i] - planned[i])
    return part


@compiled
def plan(planned: Floats, run: Floats, shelved: Bools, trend: float) -> Floats:
    """The run to plan for the next quarter so as to stay in the race, log10 FLOP.

    It grows from this quarter's plan, or from what was done where that is more or the plan was shelved.

    planned, run   (n,) log10 FLOP, this quarter's
    shelved        (n,) whether the plan could not be done; it is dropped then, so that it counts once
    trend          log10 a year by which published runs grow; a shrinking frontier is no reason to plan less
    """
    plans = np.zeros(len(run))
    for i in range(len(run)):
        plans[i] = (run[i] if shelved[i] else max(planned[i], run[i])) + max(trend, 0.0) / 4
    return plans


def months_behind(record: Sequence[float] | Floats, level: float, month: int, speed_before: float) -> float:
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
    after = bisect_left(record, level, 0, month)
    below, above = record[after - 1], record[after]
    return month - (after - 1 + (level - below) / (above - below))
