"""How efficiency arrives and spreads."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def improve(
    u: Floats, size: Floats, skill: Floats, scarcity: Floats, hazard: float, effect: float, jump: float
) -> Floats:
    """Improvements of efficiency this month, log10.

    One comes with probability hazard * skill * (1 + effect * scarcity); its size is exponential of mean `jump`.

    u, size   (n,) uniforms in [0, 1): whether, and how large
    skill     (n,) 1 at a mean lab
    scarcity  (n,) in [0, 1]
    """
    comes = u < hazard * skill * (1 + effect * scarcity)
    return np.where(comes, -jump * np.log1p(-size), 0.0)


def diffuse(
    own: Floats, published: float, best: float, from_frontier: float, between: float, lag: float = 0.1
) -> Floats:
    """Efficiency gained from others this month, log10: shares of the lag to published US work and to the best lab.

    own         (n,) log10 efficiency
    published   log10 efficiency of US work now in the open
    best        log10 efficiency of the best Chinese lab
    lag         what that lab keeps to itself, log10
    """
    up = from_frontier * np.maximum(published - own, 0.0)
    across = between * np.maximum(best - lag - own, 0.0)
    return up + across
