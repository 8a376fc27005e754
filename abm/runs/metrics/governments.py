"""Metrics of governments: indices of security and commerce, payoffs, stances, deals, and the law itself."""

from functools import lru_cache
from itertools import groupby

import numpy as np

from abm.foundation import dates
from abm.law.law import Law
from abm.law.regime import Regime
from abm.month import objectives
from abm.runs.metrics.declare import Floats, metric
from abm.state import Market


@metric("1", "stock", "Security index", 0.02)
def security_index(market: Market) -> Floats:
    """Mean of log10 of the US lead in capability, of US over Chinese compute and of US over sensitive compute, by the
    weights objectives.lead, compute and sensitive."""
    return objectives.security(market)


@metric("1", "ratio", "Commerce index", 0.01)
def commerce_index(market: Market) -> Floats:
    """US vendors' net revenue in China, allied makers' of HBM, and fees, less charges, over Chinese labs' spending on
    compute, in twelve months, by the weights objectives.chips, memory, fees and charges."""
    return objectives.commerce(market)


@metric("1", "stock", "Payoff of a government", 0.03, keys="government")
def payoff(market: Market) -> dict[str, Floats]:
    """A government's objective by its plain weights (objectives.us_*, objectives.cn_*); it includes terms that enter
    nothing else: tariffs and commitments on intellectual property."""
    return objectives.payoffs(market)


@metric("1", "stock", "Stance of a government", 1, keys="government or government/subject")
def stance(market: Market) -> dict[str, Floats]:
    """Rungs by which a government that reacts has moved by itself: licences and imports, above 0 looser; materials,
    above 0 harsher."""
    return objectives.stances(market)


@metric("1 or value", "stock", "Deal in force", "1%", keys="term")
def deal(market: Market) -> dict[str, Floats]:
    """Terms of the deal in force: HBM over world output, H100e a month in licensed chips, fee, orders accepted,
    tariffs, commitments, materials held back; zero without a deal, in_force 1 with one."""
    return objectives.deals(market)


@metric("1 or value", "stock", "Law in force", "1%", keys="lever:scope/value")
def law(market: Market) -> dict[str, Floats]:
    """Levers set by acts in force on the first day: numbers by value, undefined while unset, and choices as one-hot
    shares."""
    return {name: column.copy() for name, column in _in_force(market.regime, len(market.history)).items()}


@lru_cache(maxsize=64)
def _in_force(regime: Regime, months: int) -> dict[str, Floats]:
    """The columns of `law`, worked out once for all runs of a regime."""
    laws = [regime.at(dates.first_day(t)) for t in range(months)]
    found: dict[str, Floats] = {}
    start = 0
    for one, alike in groupby(laws):
        stop = start + len(list(alike))
        for key, amount, unset in _amounts(one):
            if key not in found:
                found[key] = np.full(len(laws), unset)
            found[key][start:stop] = amount
        start = stop
    return found


@lru_cache(maxsize=4096)
def _amounts(law: Law) -> tuple[tuple[str, float, float], ...]:
    """What acts have set, by key: a number as it is and a choice as 1, and what stands for it while it is not set."""
    found = []
    for lever, scope, value in law.settings():
        key = lever if scope is None else f"{lever}:{scope}"
        if isinstance(value, int | float) and not isinstance(value, bool):
            found.append((key, float(value), np.nan))
        else:
            found.append((f"{key}/{str(value).lower() if isinstance(value, bool) else value}", 1.0, 0.0))
    return tuple(found)
