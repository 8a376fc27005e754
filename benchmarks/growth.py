"""How the time of a run grows with the number of labs."""

from itertools import pairwise

import numpy as np

from abm.model import ChipMarket
from benchmarks.clock import Sample, Samples, Trial, measure, middle

NAMED, STATE = 12, 40
SIZES = {50: 9, 150: 9, 1_000: 5, 10_000: 2}
"""Labs, and how often each size is timed."""
FROM = 150
"""The exponent is fitted from here on: below, most of a month's time does not depend on labs."""


def trials(quick: bool) -> list[Trial]:
    """A run of four years at each size; of one year, and at two sizes, when quick."""
    until = "2022-06" if quick else "2024-12"
    sizes = {50: 1, 150: 1, 1_000: 1} if quick else SIZES
    market(min(sizes), until)
    return [Trial(name(labs), lambda labs=labs: grown(labs, until), repeats) for labs, repeats in sizes.items()]


def name(labs: int) -> str:
    """The trial of a size."""
    return f"growth {labs}"


def market(labs: int, until: str) -> ChipMarket:
    """The market with so many labs: the named ones, and start-ups and state buyers in their usual proportion."""
    state = round((labs - NAMED) * STATE / 138)
    sets = {"population.startups": labs - NAMED - state, "population.state": state}
    return ChipMarket("history", rng=0, until=until, **sets)


def grown(labs: int, until: str) -> Sample:
    """Times of a run of so many labs, the building left out."""
    model = market(labs, until)
    sample = measure(model.run)
    return sample | {"months": float(model.setting.months)}


def answer(samples: Samples) -> dict[str, object]:
    """Milliseconds a month by number of labs, and the exponent b of time ~ labs^b from 150 labs on."""
    sizes = [int(one.removeprefix("growth ")) for one in samples if one.startswith("growth ")]
    month = {labs: middle(samples[name(labs)]) / samples[name(labs)][0]["months"] for labs in sizes}
    large = [labs for labs in sizes if labs >= FROM]
    slope = float(np.polyfit(np.log(large), np.log([month[labs] for labs in large]), 1)[0])
    steep = [float(np.log(month[b] / month[a]) / np.log(b / a)) for a, b in pairwise(sizes)]
    return {
        "ms_a_month": {str(labs): 1e3 * seconds for labs, seconds in month.items()},
        "exponent": slope,
        "steepest": max(steep),
        "bar": 1.0,
    }
