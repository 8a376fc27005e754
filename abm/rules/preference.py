"""What a lab's traits add to the utility of the ways in which it can get compute.

What a lab's business abroad, a listing and chips of its own add counts against the mean lab by money, so that they part
labs and leave the market where it is.
"""

import math

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@compiled
def home(
    weight: Floats,
    state: Bools,
    listed: Bools,
    maker: Bools,
    base: float,
    state_effect: float,
    listed_effect: float,
    maker_effect: float,
) -> Floats:
    """Of Chinese chips, (n,): more for state buyers, and for who is listed or makes chips.

    b = base + e_s s + e_l (l - mean l) + e_m (m - mean m)

    weight                 (n,) of labs' money
    state, listed, maker   (n,) s, l, m
    """
    mean_listed, mean_maker = mean(listed, weight), mean(maker, weight)
    bias = np.zeros(len(weight))
    for i in range(len(weight)):
        above = listed_effect * (listed[i] - mean_listed) + maker_effect * (maker[i] - mean_maker)
        bias[i] = base + state_effect * state[i] + above
    return bias


@compiled
def grey(
    weight: Floats, exposure: Floats, base: float, usual: float, size_effect: float, exposure_effect: float
) -> Floats:
    """Of smuggled cards, (n,): less for large labs, which are watched, and for who stands abroad.

    b = base - e_z log10(w / usual) - e_x (x - mean x), the logarithm between -1 and 1.5

    weight, exposure   (n,) w, and x, part of a lab's business that lies abroad; usual: weight of a usual lab
    """
    mean_exposure, bias = mean(exposure, weight), np.zeros(len(weight))
    for i in range(len(weight)):
        size = min(max(math.log10(max(weight[i] / usual, 1e-3)), -1.0), 1.5)
        bias[i] = base - size_effect * size - exposure_effect * (exposure[i] - mean_exposure)
    return bias


@compiled
def rent(
    weight: Floats, exposure: Floats, state: Bools, base: float, exposure_effect: float, state_effect: float
) -> Floats:
    """Of compute rented abroad, (n,): more for who stands abroad, less for state buyers.

    b = base + e_x (x - mean x) - e_s s
    """
    mean_exposure, bias = mean(exposure, weight), np.zeros(len(weight))
    for i in range(len(weight)):
        bias[i] = base + exposure_effect * (exposure[i] - mean_exposure) - state_effect * state[i]
    return bias


@compiled
def mean(trait: Floats | Bools, weight: Floats) -> float:
    """Mean of a trait over labs' money."""
    total, whole = 0.0, 0.0
    for i in range(len(trait)):
        total += trait[i] * weight[i]
        whole += weight[i]
    return total / max(whole, 1e-12)
