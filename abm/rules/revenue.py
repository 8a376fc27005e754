"""What served users bring in, and how money responds."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise

Floats = NDArray[np.float64]


@compiled
def earn(serving: Floats, capability: Floats, frontier: float, weight: float) -> Floats:
    """Value of a lab's services to users: compute that serves them, discounted by how far its model lags behind.

    r = serving 10^(weight (capability - frontier)); nothing before a lab's first model

    serving     (n,) H100e
    capability  (n,) log10 FLOP, -inf before the first run
    frontier    log10 FLOP
    returns     (n,) H100e at the frontier's quality
    """
    earned = np.zeros(len(serving))
    for i in range(len(serving)):
        if capability[i] > -np.inf:
            lead = min(max(capability[i] - frontier, -10.0), 2.0)
            earned[i] = serving[i] * 10.0 ** (weight * lead)
    return earned


@compiled
def share(weight: Floats, capability: Floats, feedback: float) -> Floats:
    """Part of all labs' money that each is given, (n,): by its weight, and more where it stands out.

    s ~ w 10^(feedback max(c - best c, -2)); by weight alone before anyone's first model

    weight, capability   (n,) w, and c, log10 FLOP, -inf before the first run
    """
    best, total, part = -np.inf, 0.0, np.zeros(len(weight))
    for i in range(len(weight)):
        best = max(best, capability[i])
    for i in range(len(weight)):
        lag = max(capability[i] - best, -2.0) if best > 0 else 0.0
        part[i] = weight[i] * 10.0 ** (feedback * lag)
        total += part[i]
    for i in range(len(weight)):
        part[i] /= total
    return part


@elementwise
def respond(earned: float, reference: float, elasticity: float, most: float) -> float:
    """Factor by which money responds to revenue, within [1/most, most]: 1 where revenue is what the declared money
    embodies.

    m = (earned / reference)^elasticity

    earned      H100e, of all labs
    reference   H100e, what they earned when spending was last on record, grown as the declared money and the compute
                that it buys
    """
    ratio = max(earned, 1e-9) / max(reference, 1e-9)
    return min(max(ratio**elasticity, 1 / most), most)
