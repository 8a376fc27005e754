"""Against the plain reference: a month of the market with one object an agent, from the same state."""

from benchmarks.clock import Sample, Samples, Trial, measure, middle
from benchmarks.growth import market
from tests.reference import month
from tests.reference.snapshot import copy_out

SIZES = (150, 1_000)
AT = "2026-12"
BACK = 12
"""Months before the end at which both start."""


def trials(quick: bool) -> list[Trial]:
    """Some months of both, at each size."""
    months, repeats = (1, 1) if quick else (4, 3)
    until = "2022-12" if quick else AT
    sizes = SIZES[:1] if quick else SIZES
    return [Trial(name(labs), lambda labs=labs: both(labs, until, months), repeats) for labs in sizes]


def name(labs: int) -> str:
    """The trial of a size."""
    return f"plain {labs}"


def both(labs: int, until: str, months: int) -> Sample:
    """Seconds a month of the plain market and of the model, from one state."""
    model = market(labs, until)
    while model.t < model.setting.months - BACK:
        model.step()
    state = copy_out(model, months)
    plain = measure(lambda: [month.step(state) for _ in range(months)])
    ours = measure(lambda: [model.step() for _ in range(months)])
    return {"plain": plain["cpu"] / months, "model": ours["cpu"] / months}


def answer(samples: Samples) -> dict[str, object]:
    """Milliseconds a month of both, and how many times longer the plain one takes."""
    found = {}
    for labs in SIZES:
        if taken := samples.get(name(labs)):
            plain, ours = middle(taken, "plain"), middle(taken, "model")
            found[str(labs)] = {"plain_ms": 1e3 * plain, "model_ms": 1e3 * ours, "times": plain / ours}
    return found
