"""One month of the market with plain objects: a second way to work out what `abm.month.phases` works out in columns.

Written from the specification's equations, one object an agent, one loop a decision. `step(state)` moves a
`PlainMarket` on by a month, phase by phase, in the model's order. It is slow on purpose: it is what the columnar model
is compared with, for its numbers and for its speed.
"""

import math

from tests.reference.dealers import divert, rent, repurpose
from tests.reference.goods import BARRED, LICENSED, aged
from tests.reference.market import PlainMarket, Tally
from tests.reference.purchase import apply, trade
from tests.reference.race import compute, published, response, spills_over
from tests.reference.startups import turn_over
from tests.reference.supply import make_chips, make_hbm


def step(state: PlainMarket) -> None:
    """One month: each phase in turn."""
    state.t += 1
    state.tally = Tally()
    for phase in PHASES:
        phase(state)


def law(state: PlainMarket) -> None:
    """What each foreign product's policy means: licence or not, chance of a grant, orders accepted, open or not."""
    tally, p, terms = state.tally, state.p, state.now.conditions
    lost = p.vendors.material_loss * terms.materials
    for vendor in state.vendors.values():
        tally.packages[vendor.name] = state.now.packages[vendor.name] * (1.0 if vendor.domestic else 1 - lost)
    accepted = {
        "open": 1.0,
        "discourage": p.china.discourage,
        "case_by_case": p.china.case_by_case,
        "forbid_orders": p.china.forbid_orders,
        "block": 0.0,
    }
    legal = set()
    for one in state.channel("licensed"):
        rule = state.now.rules[one.name]
        chance = {"case_by_case": rule.approval, "presume_deny": p.licensing.presumed_grants, "deny": 0.0}
        if rule.policy == "case_by_case":
            chance["case_by_case"] *= {"none": 0.0, "small": p.licensing.small_grants}.get(terms.grants[one.name], 1.0)
        tally.approval[one.name] = 0.0 if rule.refused else chance.get(rule.policy, 1.0)
        waved = rule.import_mode == "case_by_case" and one.imported < terms.approved[one.name]
        tally.accepted[one.name] = 1.0 if waved else accepted[rule.import_mode]
        if rule.policy in LICENSED:
            tally.needs.add(one.name)
        if rule.policy in BARRED or rule.refused or tally.approval[one.name] <= 0:
            tally.barred.add(one.name)
        elif rule.free > 0:
            tally.lawful.add(one.name)
        if tally.approval[one.name] > 0 and rule.free > 0 and one.released <= state.t:
            legal.add(one.name)
    for vendor in state.vendors.values():
        if not vendor.domestic:
            tally.open |= vendor.on_offer(legal, tally.lawful, state.t, p)
    for channel in ("domestic", "grey", "gaming"):
        tally.open |= {one.name for one in state.channel(channel) if one.released <= state.t}
    routes = state.now.routes
    if routes.cloud not in BARRED:
        tally.open |= {one.name for one in state.channel("offshore")}
    for one in state.channel("gaming"):
        way_in = routes.cards[one.name] * accepted[routes.card_mode[one.name]]
        tally.cards_free[one.name] = way_in if one.released <= state.t else 0.0


def expect(state: PlainMarket) -> None:
    """How much of what labs buy is under threat."""
    x, threatened, whole = state.p.expectation, 0.0, 0.0
    state.tally.hbm_rush = state.now.hbm_rush if x.rule != "none" else 0.0
    for one in state.products.values():
        whole += one.orders * one.price
        rule = state.now.rules.get(one.name)
        if rule is None or x.rule == "none":
            continue
        leak = x.leak_weight * rule.leaked if x.rule == "announced_and_leaked" else 0.0
        threatened += max(rule.announced, leak) * one.orders * one.price
    state.tally.fear = threatened / max(whole, 1.0)


def regulate(state: PlainMarket) -> None:
    """Nothing: what governments that react do is left out here, and no month compared is of such a regime."""


def design(state: PlainMarket) -> None:
    """A rule that came suddenly strands chips made for China; roadmaps beyond the record come nearer with revenue.

    New designs are the business of `tests/law/test_fit.py`: no month compared here begins one.
    """
    announced = {name: rule.announced for name, rule in state.now.rules.items()}
    for vendor in state.vendors.values():
        lost = 0.0
        if not vendor.domestic:
            lost = vendor.strand(state.tally.lawful, announced, state.t, state.p)
            if not state.now.on_record:
                vendor.hasten(state.t, state.p)
        vendor.cash -= lost
        state.tally.charges[vendor.name] = lost
        fined = state.now.conditions.fines[vendor.name] * 12 * vendor.from_china
        state.tally.fines[vendor.name] = fined
        vendor.cash -= fined


def budget(state: PlainMarket) -> None:
    """Firms come and go; money comes in by weight and standing in the race; each lab offers part of what it has."""
    for lab in state.labs:
        said = state.now.lab_listed[lab.name]
        lab.listed = lab.listed_from <= state.t if said is None else said
    turn_over(state)
    state.tally.response = response(state)
    best = max((lab.capability for lab in state.labs), default=-math.inf)
    weights = {}
    for lab in state.labs:
        behind = lab.capability - best if math.isfinite(lab.capability) else -2.0
        behind = min(max(behind, -2.0), 0.0) if best > 0 else 0.0
        weights[lab.name] = lab.weight * 10 ** (state.p.budget.feedback * behind)
    whole = sum(weights.values())
    for lab in state.labs:
        lab.flow = weights[lab.name] / whole * state.now.spending * state.tally.response
        if lab.state_owned:
            size = lab.weight / max(sum(one.weight for one in state.labs if one.state_owned), 1e-12)
            lab.flow += size * state.now.conditions.subsidy / state.p.budget.subsidy_months
        lab.cash += lab.flow
        state.tally.money[lab.name] = lab.offer_money(state.tally.fear, state.p)


# --- cards and what they do ---


def deliver(state: PlainMarket) -> None:
    """Cards bought a lead time ago arrive, fleets age, and leaders and the rest of the world get theirs."""
    tally, p = state.tally, state.p
    for one in state.products.values():
        tally.billed[one.name] = one.transit_usd.pop(0)
        one.transit_usd.append(0.0)
    for lab in state.labs:
        for name, pipeline in lab.transit.items():
            units = pipeline.pop(0)
            pipeline.append(0.0)
            tally.delivered[name] = tally.delivered.get(name, 0.0) + units
            joined = name if state.t >= state.report_from else state.legacy_of.get(name, name)
            lab.fleet[joined][0] += units
        for name, classes in lab.fleet.items():
            removed = 0.0
            if lab.state_owned and state.products[name].channel != "domestic":
                removed = classes[0] * state.now.conditions.newly_removed
                classes[0] -= removed
            lab.fleet[name], gone = aged(classes, p.compute.survival, p.compute.life_months)
            tally.retired[name] = tally.retired.get(name, 0.0) + gone + removed

    _leak(state)
    made = sum(units * state.products[name].compute for name, units in tally.abroad.items())
    us = state.now.paths["us_share"]
    tally.us_added = made * us + state.now.paths["own_chips"]
    for leader in state.leaders:
        leader.fleet[0] += leader.weight * tally.us_added
        leader.fleet, _ = aged(leader.fleet, p.compute.survival, p.compute.life_months)
    lost = sum(units * state.products[name].compute for name, units in tally.diverted.items())
    state.world[0] += made * (1 - us) - lost
    state.world, _ = aged(state.world, p.compute.survival, p.compute.life_months)


def _leak(state: PlainMarket) -> None:
    """Part of what is licensed slips through to users whom law bars, and leaves with the rest."""
    x, tally = state.p.licensing, state.tally
    for one in state.channel("licensed"):
        slips = x.leak * x.check_effect ** state.now.conditions.checks[one.name] if one.name in tally.needs else 0.0
        kept = sum(sum(lab.fleet[one.name]) for lab in state.labs)
        whole = kept + tally.retired[one.name]
        one.leaked = (one.leaked + slips * tally.delivered[one.name]) * (kept / whole if whole > 0 else 0.0)


def innovate(state: PlainMarket) -> None:
    """Labs find and learn efficiency, leaders move on, and the software of Chinese chips ripens with use.

    Leaders take over a share of the large jumps that are laid open.
    """
    p, draws, tally = state.p, state.now.draws, state.tally
    before = max(leader.efficiency for leader in state.leaders)
    known = published(state, state.frontier_efficiency, before, math.log10(p.innovation.frontier_growth) / 12)
    best, given = state.best_efficiency, 0.0
    for place, lab in enumerate(state.labs):
        learnt = lab.learn(known, best, spills_over(state), p)
        found, large = lab.improve(draws["improve"][place], draws["size"][place], draws["large"][place], p)
        lab.efficiency += found + learnt
        tally.laid_open[lab.name] = lab.lays_open(p)
        if large:
            tally.jumps += 1
            given += p.innovation.to_frontier * found * tally.laid_open[lab.name]
    for place, leader in enumerate(state.leaders):
        leader.efficiency += math.log10(p.innovation.frontier_growth) / 12 * (0.5 + draws["lead"][place]) + given
    for vendor in state.vendors.values():
        sold = [one.name for one in state.products.values() if one.vendor == vendor.name]
        vendor.shipped += sum(state.tally.delivered.get(name, 0.0) for name in sold)
        if vendor.domestic:
            d = p.domestic
            ripe = 1 - math.exp(-vendor.shipped / d.software_units - vendor.research / d.software_rd)
            vendor.software = d.software_start + (d.software_max - d.software_start) * ripe


def close(state: PlainMarket) -> None:
    """Owners take back idle cash, and prices move for next month."""
    p, d = state.p, state.p.domestic
    for lab in state.labs:
        lab.cash -= max(lab.cash - p.budget.cash_months * lab.flow, 0.0)
    for one in state.products.values():
        if one.channel == "domestic":
            cover = one.stock / max(one.sales, 1.0)
            step = 0.97 if cover > d.stock_months else 1.03 if cover < 0.25 * d.stock_months else 1.0
            one.factor = min(max(one.factor * step, d.price_low), d.price_high)
        age = state.t - one.released
        one.price = one.list_price * (1 - p.vendors.erosion) ** max(age - 12, 0.0) * one.factor
    state.frontier_efficiency.append(max(leader.efficiency for leader in state.leaders))


PHASES = (law, expect, regulate, make_hbm, make_chips, design, budget, apply, trade, divert, repurpose, rent)
PHASES += (deliver, compute, innovate, close)
