"""The past that runs share: a run whose law parts from history's late begins where another with the same past stood.

Runs with the same parameters, seed and horizon are equal to the last bit until the first month in which something
different is known. The market at the end of the month before is kept for the latest few and copied for the next such
run, whose law is its own.
"""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

from abm.foundation.dates import first_day, month_of
from abm.law.acts import heard_of
from abm.law.regime import load_regime
from abm.month.phase import run_month
from abm.month.phases import PHASES
from abm.runs.scenario import Scenario
from abm.state import Market

KEPT = 4
"""Pasts kept by a process: sweeps do the runs of a seed one after another."""
_pasts: OrderedDict[Hashable, Market] = OrderedDict()
_lock = Lock()


def fork(market: Market, scenario: Scenario) -> Market:
    """A new market brought to the month in which its law parts from history's; its state is kept for others."""
    parting = parts_from_history(scenario)
    if parting is None or scenario.agents:
        return market
    key = _key(scenario, parting)
    with _lock:
        past = _pasts.get(key)
        if past is not None:
            _pasts.move_to_end(key)
    if past is not None:
        return _continued(past, market)
    while market.t + 1 < min(parting, market.setting.months):
        run_month(market, PHASES)
    if market.t >= 0:
        with _lock:
            _pasts[key] = market.copy()
            while len(_pasts) > KEPT:
                _pasts.popitem(last=False)
    return market


def _continued(past: Market, fresh: Market) -> Market:
    """The past with the regime and the law of a market that has not begun, chips designed in it ruled on."""
    found = past.copy()
    found.setting, found.law = fresh.setting, fresh.law
    for place, chip in past.law.designed.items():
        found.law = found.law.with_product(place, chip)
    return found


def clear_cache() -> None:
    """Drop the pasts that are kept."""
    with _lock:
        _pasts.clear()


def parts_from_history(scenario: Scenario) -> int | None:
    """The first month in which what is known of a scenario's law may differ from history's; None if it never does."""
    history = load_regime("history")
    days = [heard_of(act) for act in set(scenario.regime.acts) ^ set(history.acts)]
    days += [day for _, day in set(scenario.regime.adaptive) ^ set(history.adaptive)]
    return max(month_of(min(days)), 0) if days else None


def _key(scenario: Scenario, parting: int) -> Hashable:
    """What decides the months before the parting."""
    known = tuple(act for act in scenario.regime.acts if heard_of(act) < first_day(parting))
    return parting, known, tuple(scenario.parameters.changed().items()), scenario.seed, scenario.until
