"""What Chinese labs do with their cards: who is served, what is trained, planned and shelved, and what it earns."""

import math

from tests.reference.labs import Holdings, PlainLab
from tests.reference.market import PlainMarket


def labs_train(state: PlainMarket) -> None:
    """Fleets serve and train, leaders and labs complete the runs due this quarter, and users pay."""
    for lab in state.labs:
        use(state, lab)
    state.tally.sensitive = _sensitive(state)
    _leaders_run(state)
    _labs_run(state)
    frontier = max(leader.capability for leader in state.leaders)
    for lab in state.labs:
        served = sum(state.tally.serving[lab.name].values())
        behind = min(max(lab.capability - frontier, -10.0), 2.0)
        earned = served * 10 ** (state.p.budget.quality * behind) if math.isfinite(lab.capability) else 0.0
        lab.revenue += (earned - lab.revenue) / state.p.budget.revenue_months
    _measure_gap(state)


def use(state: PlainMarket, lab: PlainLab) -> None:
    """A lab's useful compute by product, some of it for users: first from the cards least fit for training."""
    p, tally = state.p, state.tally
    held = sum(lab.cards(name) * one.compute for name, one in state.products.items())
    young = sum(lab.fleet[name][0] * one.compute for name, one in state.products.items())
    tally.idle[lab.name] = lab.idle(held, young, p)
    useful, fit = {}, {}
    for name, one in state.products.items():
        software = state.vendors[one.vendor].software
        useful[name] = lab.cards(name) * one.compute * software * (1 - tally.idle[lab.name])
        fit[name] = fitness(state, name)
    share = lab.serves(state.now.paths["inference_share"], p)
    left = share * sum(useful.values())
    serving: Holdings = {}
    for level in sorted(set(fit.values())):
        alike = [name for name in useful if fit[name] == level]
        there = sum(useful[name] for name in alike)
        part = min(max(left, 0.0), there) / there if there > 0 else 0.0
        left -= there
        for name in alike:
            serving[name] = useful[name] * (p.compute.placement * part + (1 - p.compute.placement) * share)
    tally.serving[lab.name] = serving
    tally.training[lab.name] = {name: max(useful[name] - serving[name], 0.0) * fit[name] for name in useful}
    for name, share in lab.usable.items():
        tally.training[lab.name][name] *= share / state.products[name].training


def fitness(state: PlainMarket, name: str) -> float:
    """Worth of a card in large training runs over its worth in serving."""
    one, p = state.products[name], state.p
    worth = one.training * min(1.0, one.link / 600) ** p.compute.train_link
    if state.vendors[one.vendor].domestic:
        worth *= p.domestic.training_software
    return worth * p.compute.mfu_legacy if one.channel == "legacy" else worth


def _sensitive(state: PlainMarket) -> float:
    """Compute of military-linked and surveillance users, a share of what state buyers and holders of grey and licensed
    cards give, and licensed cards that slipped through."""
    x, licensed = state.p.licensing, state.channel("licensed")
    reached = x.resale * (x.remote_screening if state.now.law.remote else 1.0)
    total = sum(one.leaked * one.compute for one in licensed)
    for lab in state.labs:
        held = {name: lab.cards(name) * one.compute for name, one in state.products.items()}
        if lab.end_use in ("surveillance", "military"):
            total += sum(held.values())
            continue
        if lab.state_owned:
            total += state.p.compute.leakage * sum(held.values())
        else:
            total += reached * sum(held[one.name] for one in licensed)
            total += state.p.compute.leakage * sum(held[one.name] for one in state.channel("grey"))
    return total


# --- runs ---


def _leaders_run(state: PlainMarket) -> None:
    """Leaders complete runs; the largest so far is remembered."""
    paths, largest = state.now.paths, -math.inf
    for place, leader in enumerate(state.leaders):
        run = leader.run(place, state.t, paths["inference_share"], paths["run_share/US"], state.p)
        leader.capability = max(leader.capability, run)
        largest = max(largest, run - leader.efficiency)
    state.tally.largest_us = largest
    state.race.us_runs.append(max([largest, *state.race.us_runs[-1:]]))


def spills_over(state: PlainMarket) -> float:
    """How much of what leaders publish still reaches Chinese labs: less where closed weights are controlled."""
    i = state.p.innovation
    return i.openness * (1 - i.closed_weights if state.now.law.weights else 1.0)


def _labs_run(state: PlainMarket) -> None:
    """Labs complete the largest run they can; those below plan are shelved; published work spills over."""
    p, tally, largest = state.p, state.tally, -math.inf
    share = p.innovation.spillover * spills_over(state) * state.now.paths["spillover_onset"]
    before = max(leader.capability for leader in state.leaders)
    known = published(state, state.race.frontier, before, state.speed_before)
    grown = max(_trend(state), 0.0) / 4
    for lab in state.labs:
        i = p.innovation
        lab.effort = max(min(i.effort * (1 + i.scarcity_effect * lab.scarcity), i.effort_most), i.effort)
        run = lab.run(sum(tally.training[lab.name].values()), state.t, state.now.paths["run_share/CN"], p)
        if not math.isfinite(run):
            continue
        shelved = lab.planned > run + math.log10(p.compute.plan_stretch)
        tally.planned += math.isfinite(lab.planned)
        tally.shelved += shelved
        lab.shelved += shelved
        lab.planned = (run if shelved else max(lab.planned, run)) + grown
        able = run + lab.efficiency
        lab.capability = max(lab.capability, able + share * max(known - able, 0.0))
        largest = max(largest, run)
    tally.largest_china = largest


def _trend(state: PlainMarket) -> float:
    """Growth a year of the largest published US runs, log10."""
    runs = state.race.us_runs
    last = min(state.t - state.p.innovation.lag_months, len(runs) - 1)
    return math.log10(state.p.compute.plan_growth) if last < 12 else runs[last] - runs[last - 12]


def _measure_gap(state: PlainMarket) -> None:
    """Remember the best so far on both sides, and how far the one behind is from where it would stand level."""
    race, tally = state.race, state.tally
    race.frontier.append(max([*race.frontier[-1:], *(leader.capability for leader in state.leaders)]))
    race.china.append(max([-math.inf, *race.china[-1:], *(lab.capability for lab in state.labs)]))
    ours, theirs = race.frontier[-1], race.china[-1]
    if math.isfinite(ours) and math.isfinite(theirs):
        tally.shortfall = ours - theirs
        ahead, behind = (race.frontier, theirs) if theirs <= ours else (race.china, ours)
        months = _months_since(ahead, behind, state.speed_before)
        tally.gap = months if theirs <= ours else -months


def _months_since(record: list[float], level: float, speed: float) -> float:
    """Months since a record that only rises first stood at a level, between two months in proportion; carried back
    before its first month at a speed."""
    now = len(record) - 1
    if level >= record[-1]:
        return 0.0
    if level <= record[0]:
        return now + (record[0] - level) / speed
    after = next(month for month, value in enumerate(record) if value >= level)
    below, above = record[after - 1], record[after]
    return now - after + (above - level) / (above - below)


# --- what is published, and what revenue does to money ---


def published(state: PlainMarket, record: list[float], start: float, speed: float) -> float:
    """Where the frontier stood some months ago, carried back before its first month at its usual speed.

    start   where it stands, if there is no record yet
    """
    past = state.t - state.p.innovation.lag_months
    if past >= 0 and record:
        return record[min(past, len(record) - 1)]
    return (record[0] if record else start) + min(past, 0) * speed


def response(state: PlainMarket) -> float:
    """Factor by which money answers the revenue of all labs; none in the spin-up."""
    if state.t < state.report_from:
        return 1.0
    b = state.p.budget
    ratio = max(sum(lab.revenue for lab in state.labs), 1e-9) / max(state.now.paths["reference_revenue"], 1e-9)
    return min(max(ratio**b.elasticity, 1 / b.response_most), b.response_most)
