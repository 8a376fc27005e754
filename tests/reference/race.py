"""What Chinese labs do with their cards: who is served, what is trained, planned and shelved, and what it earns."""

import math

from abm.agents.products import CHANNELS
from tests.reference.labs import Holdings, PlainLab
from tests.reference.market import PlainMarket


def labs_train(state: PlainMarket) -> None:
    """Fleets serve and train, leaders and labs complete runs, and users pay."""
    for lab in state.labs:
        use(state, lab)
    tally, by_channel = state.tally, [state.channel(name) for name in CHANNELS]
    tally.mfu = [[sum(count(state, one.name) for one in part) for part in by_channel] for count in (reached, nominal)]
    _leaders_run(state)
    _labs_run(state)
    state.tally.sensitive = _sensitive(state)
    frontier = max(leader.capability for leader in state.leaders)
    for lab in state.labs:
        served = sum(state.tally.serving[lab.name].values())
        behind = min(max(lab.capability - frontier, -10.0), 2.0)
        earned = served * 10 ** (state.p.budget.quality * behind) if math.isfinite(lab.capability) else 0.0
        lab.revenue += (earned - lab.revenue) / state.p.budget.revenue_months
    _measure_gaps(state)


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


def reached(state: PlainMarket, name: str) -> float:
    """Training compute that labs get out of a product, with their skill."""
    return sum(state.tally.training[lab.name][name] * lab.mfu(state.p) for lab in state.labs)


def nominal(state: PlainMarket, name: str) -> float:
    """Compute put into training, before the software and the links that large runs lose some of it to."""
    worth = state.vendors[state.products[name].vendor].software * fitness(state, name)
    return sum(state.tally.training[lab.name][name] for lab in state.labs) / worth if worth > 0 else 0.0


def _sensitive(state: PlainMarket) -> list[float]:
    """Compute of sensitive users: their own, through fronts, resold, rented, and spared by weights."""
    x, own, money, seen = state.p.licensing, 0.0, 0.0, state.now.law
    rents = [one.price / state.p.offshore.months for one in state.channel("offshore")]
    rent = max(sum(rents) / len(rents), 1.0)
    there, cost = {"rent": 0.0}, {"rent": rent}
    for lab in state.labs:
        watched = lab.end_use in ("surveillance", "military")
        money += lab.flow * lab.scarcity if watched else 0.0
        for name, one in state.products.items():
            compute = lab.cards(name) * one.compute
            if watched:
                own += compute
                continue
            if one.channel in ("licensed", "grey"):
                left = x.check_effect ** seen.checks[name] if one.channel == "licensed" else 1.0
                there[name] = there.get(name, 0.0) + x.reach * compute * left
                cost[name] = max(month(state, name) / one.compute, 1.0) if one.compute else 1.0
            kept = x.remote_screening if seen.remote and one.channel in ("licensed", "offshore") else 1.0
            there["rent"] += x.reach * state.tally.serving[lab.name][name] * kept
    saved = money * (1 - state.now.paths["inference_share"]) * _laid_open(state)
    ready = sorted((way for way in there if there[way] > 1e-6), key=lambda way: cost[way])
    levels = [_level(money - saved, [(there[way], cost[way]) for way in ready[: n + 1]]) for n in range(len(ready))]
    last, got = min(levels, default=-math.inf), {"licensed": 0.0, "grey": 0.0, "rent": 0.0}
    for way in ready:
        route = way if way == "rent" else state.products[way].channel
        got[route] += there[way] * max(1 - math.exp(math.log(cost[way]) - last), 0.0)
    return [own, *got.values(), saved / (min(math.exp(min(last, 50.0)), rent) if ready else rent)]


def _level(money: float, ways: list[tuple[float, float]]) -> float:
    """Logarithm of what the last H100e costs when money is spent on these ways, each dearer the more it is used."""
    return (money + sum(units * usd * math.log(usd) for units, usd in ways)) / sum(units * usd for units, usd in ways)


def month(state: PlainMarket, name: str) -> float:
    """USD a month that a card costs at the price asked, as an annuity over its life."""
    one, c = state.products[name], state.p.compute
    rate = c.discount / 12
    factor = 1 / c.life_months if rate == 0 else rate / (1 - (1 + rate) ** -c.life_months)
    return (one.price + one.host) * factor


def _laid_open(state: PlainMarket) -> float:
    """Capability of the best lab with open weights over the best, 0 to 1."""
    active = [lab for lab in state.labs if lab.active]
    best = max((lab.capability for lab in active), default=-math.inf)
    laid_open = max((lab.capability for lab in active if lab.open_weights), default=-math.inf)
    return 10 ** min(laid_open - best, 0.0) if math.isfinite(laid_open) else 0.0


# --- runs ---


def _leaders_run(state: PlainMarket) -> None:
    """Leaders complete runs; the largest so far is remembered."""
    paths, largest = state.now.paths, -math.inf
    for leader in state.leaders:
        run = leader.run(paths["inference_share"], paths["run_share/US"], state.p)
        leader.capability = max(leader.capability, run)
        largest = max(largest, run - leader.efficiency)
    state.tally.largest_us = largest
    state.race.us_runs.append(max([largest, *state.race.us_runs[-1:]]))


def access(state: PlainMarket) -> float:
    """How much of what leaders serve reaches Chinese labs: less where closed weights or service are denied."""
    i, law = state.p.innovation, state.now.law
    left = i.served * state.now.paths["models_served"]
    left *= 1 - i.closed_weights if law.weights else 1.0
    return left * (1 - i.closed_service if law.service else 1.0)


def _labs_run(state: PlainMarket) -> None:
    """Labs complete the largest run they can and imitate what is served; each quarter those below plan are shelved."""
    p, tally, largest = state.p, state.tally, -math.inf
    i = p.innovation
    before = max(leader.capability for leader in state.leaders)
    known = published(state, state.race.frontier, before, state.speed_before)
    leading = published(state, state.race.us_runs, before, math.log10(p.compute.plan_growth) / 12)
    for lab in state.labs:
        lab.effort = max(min(i.effort * (1 + i.scarcity_effect * lab.scarcity), i.effort_most), i.effort)
        run = lab.able(sum(tally.training[lab.name].values()), state.now.paths["run_share/CN"], p)
        if math.isfinite(run):
            if (lab.slot + state.t) % 3 == 0:
                _plan(state, lab, run)
            lab.run = max(lab.run, run)
            lab.own = max(lab.own, run + lab.efficiency)
            largest = max(largest, run)
        lab.capability = lab.absorb(known, leading, access(state), p)
    tally.largest_china = largest
    state.race.china_runs.append(max([largest, *state.race.china_runs[-1:]]))


def _plan(state: PlainMarket, lab: PlainLab, run: float) -> None:
    """Hold the plan of a quarter against what can be done, and make the next."""
    tally = state.tally
    shelved = lab.planned > run + math.log10(state.p.compute.plan_stretch)
    tally.planned += math.isfinite(lab.planned)
    tally.shelved += shelved
    lab.shelved += shelved
    lab.delay += 3 * (1 - 10 ** (run - lab.planned)) if shelved else 0.0
    lab.planned = (run if shelved else max(lab.planned, run)) + max(_trend(state), 0.0) / 4


def _trend(state: PlainMarket) -> float:
    """Growth a year of the largest published US runs, log10."""
    runs = state.race.us_runs
    last = min(state.t - state.p.innovation.lag_months, len(runs) - 1)
    return math.log10(state.p.compute.plan_growth) if last < 12 else runs[last] - runs[last - 12]


def _measure_gaps(state: PlainMarket) -> None:
    """Remember the best so far on both sides, and how far the one behind is from where it would stand level."""
    race, tally = state.race, state.tally
    race.frontier.append(max([*race.frontier[-1:], *(leader.capability for leader in state.leaders)]))
    race.china.append(max([-math.inf, *race.china[-1:], *(lab.capability for lab in state.labs)]))
    race.own.append(max([-math.inf, *race.own[-1:], *(lab.own for lab in state.labs)]))
    tally.gap = _behind(race.frontier, race.china, state.speed_before)
    tally.gap_own = _behind(race.frontier, race.own, state.speed_before)
    tally.gap_run = _behind(race.us_runs, race.china_runs, math.log10(state.p.compute.plan_growth) / 12)
    if math.isfinite(tally.gap):
        tally.shortfall = race.frontier[-1] - race.china[-1]


def _behind(ours: list[float], theirs: list[float], speed: float) -> float:
    """Months that the second record stands behind the first, or less than zero by how far the first does."""
    if not (math.isfinite(ours[-1]) and math.isfinite(theirs[-1])):
        return math.nan
    if theirs[-1] <= ours[-1]:
        return _months_since(ours, theirs[-1], speed)
    return -_months_since(theirs, ours[-1], speed)


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
    """Factor by which money answers the revenue of all labs, none as long as spending is on record."""
    b, growth = state.p.budget, state.now.revenue_growth
    for lab in state.labs:
        lab.usual = lab.usual * growth if growth > 0 else lab.revenue
    ratio = max(sum(lab.revenue for lab in state.labs), 1e-9) / max(sum(lab.usual for lab in state.labs), 1e-9)
    return min(max(ratio**b.elasticity, 1 / b.response_most), b.response_most)
