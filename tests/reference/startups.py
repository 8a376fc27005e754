"""Start-ups that exit and new ones, firm by firm."""

import math

from tests.reference.labs import PlainLab
from tests.reference.market import PlainMarket


def turn_over(state: PlainMarket) -> None:
    """Failing firms leave and their cards are shared out; then new ones take slots that were empty before."""
    draws, p = state.now.draws, state.p
    failing = [lab for place, lab in enumerate(state.labs) if _fails(state, lab, draws["fail"][place])]
    places = [
        place for place, lab in enumerate(state.labs) if not lab.active and draws["enter"][place] < p.startups.entry
    ]
    state.tally.failed, state.tally.entered = len(failing), len(places)
    for lab in failing:
        lab.active, lab.weight, lab.flow = False, 0.0, 0.0
    if failing:
        _wind_up(state, failing)
    best = state.best_efficiency
    for place in places:
        lab = state.labs[place]
        size = min((1 - draws["new size"][place]) ** (-1 / p.population.tail), 200.0)
        lab.active, lab.weight = True, state.startup_weight * p.startups.entry_size * size
        lab.skill = 0.5 + draws["new skill"][place]
        lab.efficiency = best - p.startups.entry_lag


def _fails(state: PlainMarket, lab: PlainLab, luck: float) -> bool:
    """An unnamed start-up exits when debt is beyond its limit, or by chance when it is far behind."""
    if not (lab.active and lab.unnamed):
        return False
    s, excess = state.p.startups, 0.0
    if math.isfinite(lab.capability):
        excess = max(max(one.capability for one in state.labs) - lab.capability - s.tolerance, 0.0)
    risk = 1 - math.exp(-s.failure * excess / (1 + excess))
    return luck < risk or lab.cash < -(12 * state.p.budget.borrow + 1) * lab.flow


def _wind_up(state: PlainMarket, failing: list[PlainLab]) -> None:
    """Cards are sold to all others by weight, or scrapped; those on their way go to the same buyers."""
    s, whole = state.p.startups, sum(lab.weight for lab in state.labs)
    bill = 0.0
    for name, one in state.products.items():
        cards = [sum(classes) for classes in zip(*(lab.fleet[name] for lab in failing), strict=True)]
        coming = [sum(months) for months in zip(*(lab.transit[name] for lab in failing), strict=True)]
        bill += s.resale * sum(cards) * one.price * s.resale_price
        for lab in failing:
            lab.fleet[name], lab.transit[name] = [0.0] * len(cards), [0.0] * len(coming)
            lab.pending[name] = lab.licensed[name] = 0.0
        for lab in state.labs:
            share = lab.weight / whole
            lab.fleet[name] = [
                held + share * s.resale * more for held, more in zip(lab.fleet[name], cards, strict=True)
            ]
            lab.transit[name] = [held + share * more for held, more in zip(lab.transit[name], coming, strict=True)]
    for lab in state.labs:
        lab.cash -= lab.weight / whole * bill
    for lab in failing:
        lab.cash = lab.scarcity = lab.revenue = lab.shelved = lab.delay = 0.0
        lab.run = lab.own = lab.capability = lab.planned = -math.inf
        lab.rented = [0.0] * len(lab.rented)
