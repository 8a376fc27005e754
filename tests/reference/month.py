"""One month of the market with plain objects: a second way to work out what `abm.month` works out in columns.

Written from the specification's equations, one object an agent, one loop a decision. `step(state)` moves a
`PlainMarket` on by a month, phase by phase, in the model's order. It is slow on purpose: it is what the columnar model
is compared with, for its numbers and for its speed.
"""

import math

from tests.reference import dealers
from tests.reference.dealers import brokers_divert, hosts_rent, workshops_convert
from tests.reference.goods import BARRED, LICENSED, aged
from tests.reference.market import PlainMarket, Tally
from tests.reference.purchase import labs_apply, labs_buy
from tests.reference.race import labs_train, published, response
from tests.reference.startups import turn_over
from tests.reference.supply import hbm_market, vendors_produce


def step(state: PlainMarket) -> None:
    """One month: each phase in turn."""
    state.t += 1
    state.tally = Tally()
    for phase in PHASES:
        phase(state)


def read_law(state: PlainMarket) -> None:
    """What each foreign product's policy means: licence or not, chance of a grant, orders accepted, open or not."""
    tally, p, said = state.tally, state.p, state.now.law
    lost = p.vendors.material_loss * said.materials
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
        policy, mode, free = said.policy[one.name], said.import_mode[one.name], said.free[one.name]
        chance = {"case_by_case": said.approval[one.name], "presume_deny": p.licensing.presumed_grants, "deny": 0.0}
        if policy == "case_by_case":
            chance["case_by_case"] *= {"none": 0.0, "small": p.licensing.small_grants}.get(said.grants[one.name], 1.0)
        tally.approval[one.name] = 0.0 if said.refused[one.name] else chance.get(policy, 1.0)
        tally.accepted[one.name] = accepted[mode]
        left = max(said.approved[one.name] - one.imported, 0.0)
        tally.room[one.name] = left if mode == "case_by_case" else math.inf
        if policy in LICENSED:
            tally.needs.add(one.name)
        if policy in BARRED or said.refused[one.name] or tally.approval[one.name] <= 0:
            tally.barred.add(one.name)
        elif free > 0:
            tally.lawful.add(one.name)
        if tally.approval[one.name] > 0 and free > 0 and one.released <= state.t:
            legal.add(one.name)
    for vendor in state.vendors.values():
        if not vendor.domestic:
            tally.open |= vendor.on_offer(legal, tally.lawful, state.t, p)
    for channel in ("domestic", "grey", "gaming"):
        tally.open |= {one.name for one in state.channel(channel) if one.released <= state.t}
    if said.cloud not in BARRED:
        tally.open |= {one.name for one in state.channel("offshore")}
    for one in state.channel("gaming"):
        way_in = said.cards[one.name] * accepted[said.card_mode[one.name]]
        tally.cards_free[one.name] = way_in if one.released <= state.t else 0.0


def form_expectations(state: PlainMarket) -> None:
    """How much of what labs buy is under threat."""
    x, said, tally = state.p.expectation, state.now.law, state.tally
    tally.hbm_rush = said.hbm_rush if x.rule != "none" else 0.0
    for name, announced in said.announced.items():
        leak = x.leak_weight * said.leaked[name] if x.rule == "announced_and_leaked" else 0.0
        tally.threat[name] = max(announced, leak) if x.rule != "none" else 0.0
    whole = sum(one.orders * one.price for one in state.products.values())
    threatened = sum(
        threat * state.products[name].orders * state.products[name].price for name, threat in tally.threat.items()
    )
    tally.fear = threatened / max(whole, 1.0)


def governments_review(state: PlainMarket) -> None:
    """Nothing: what governments that react do is left out here, and no month compared is of such a regime."""


def vendors_redesign(state: PlainMarket) -> None:
    """A rule that came suddenly strands chips made for China; roadmaps beyond the record come nearer with revenue.

    New designs are the business of `tests/law/test_fit.py`: no month compared here begins one.
    """
    for vendor in state.vendors.values():
        lost = 0.0
        if not vendor.domestic:
            lost = vendor.write_down(state.tally.lawful, state.now.law.announced, state.t, state.p)
            if not state.now.on_record:
                vendor.accelerate_roadmap(state.t, state.p)
        vendor.cash -= lost
        state.tally.charges[vendor.name] = lost
        fined = state.now.newly_fined[vendor.name] * 12 * vendor.from_china
        state.tally.fines[vendor.name] = fined
        vendor.cash -= fined


def labs_budget(state: PlainMarket) -> None:
    """Start-ups exit and enter; money comes in by weight and standing in the race; each lab offers a part."""
    for lab in state.labs:
        said = state.now.law.lab_listed[lab.name]
        lab.listed = lab.listed_from <= state.t if math.isnan(said) else said > 0
    turn_over(state)
    weighed = max(sum(lab.weight for lab in state.labs), 1e-12)
    mean = {
        name: sum(getattr(lab, name) * lab.weight for lab in state.labs) / weighed
        for name in ("exposure", "listed", "maker")
    }
    for lab in state.labs:
        lab.above = {name: getattr(lab, name) - usual for name, usual in mean.items()}
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
            lab.flow += size * state.now.subsidy / state.p.budget.subsidy_months
        lab.cash += lab.flow
        lab.appeal = dealers.appeal(state, lab)
        state.tally.money[lab.name] = lab.offer_money(state.tally.fear, state.p)


# --- cards and what they do ---


def deliver(state: PlainMarket) -> None:
    """Cards bought a lead time ago arrive, fleets age, and leaders and the rest of the world get theirs."""
    tally, p = state.tally, state.p
    for one in state.products.values():
        tally.billed[one.name] = one.transit_usd.pop(0)
        one.transit_usd.append(0.0)
    for lab in state.labs:
        tally.delivered[lab.name] = {}
        for name, pipeline in lab.transit.items():
            tally.delivered[lab.name][name] = units = pipeline.pop(0)
            pipeline.append(0.0)
            joined = name if state.t >= state.report_from else state.legacy_of.get(name, name)
            lab.fleet[joined][0] += units
        for name, classes in lab.fleet.items():
            removed = 0.0
            if lab.state_owned and state.products[name].channel != "domestic":
                removed = classes[0] * state.now.newly_removed
                classes[0] -= removed
            lab.fleet[name], gone = aged(classes, p.compute.survival, p.compute.life_months)
            tally.retired[name] = tally.retired.get(name, 0.0) + gone + removed

    made = sum(units * state.products[name].compute for name, units in tally.abroad.items())
    us = state.now.paths["us_share"]
    tally.us_added = made * us + state.now.paths["own_chips"]
    for leader in state.leaders:
        leader.fleet[0] += leader.weight * tally.us_added
        leader.fleet, _ = aged(leader.fleet, p.compute.survival, p.compute.life_months)
    lost = sum(units * state.products[name].compute for name, units in tally.diverted.items())
    state.world.fleet[0] += made * (1 - us) - lost
    state.world.fleet, _ = aged(state.world.fleet, p.compute.survival, p.compute.life_months)


def labs_innovate(state: PlainMarket) -> None:
    """Labs find and learn efficiency, leaders move on, and the software of Chinese chips matures with use.

    Leaders take over a share of the large jumps that are laid open.
    """
    p, draws, tally = state.p, state.now.draws, state.tally
    before = max(leader.efficiency for leader in state.leaders)
    known = published(state, state.race.frontier_efficiency, before, math.log10(p.innovation.frontier_growth) / 12)
    best, given = state.best_efficiency, 0.0
    whole = sum(sum(one.values()) for one in tally.training.values())
    for place, lab in enumerate(state.labs):
        learnt = lab.learn(known, best, p)
        share = sum(tally.training[lab.name].values()) / max(whole, 1e-9)
        found, large = lab.improve(draws["improve"][place], draws["size"][place], draws["large"][place], share, p)
        lab.efficiency += found + learnt
        tally.found[lab.name] = found
        tally.laid_open[lab.name] = lab.lays_open(p)
        if large:
            tally.jumps += 1
            tally.large.add(lab.name)
            state.race.jumps.append((place, found))
            given += p.innovation.to_frontier * found * tally.laid_open[lab.name]
    for place, leader in enumerate(state.leaders):
        leader.efficiency += math.log10(p.innovation.frontier_growth) / 12 * (0.5 + draws["lead"][place]) + given
    state.race.frontier_efficiency.append(max(leader.efficiency for leader in state.leaders))
    for vendor in state.vendors.values():
        sold = [one.name for one in state.products.values() if one.vendor == vendor.name]
        vendor.shipped += sum(tally.arrived(name) for name in sold)
        if vendor.domestic:
            d = p.domestic
            matured = 1 - math.exp(-vendor.shipped / d.software_units - vendor.research / d.software_rd)
            vendor.software = d.software_start + (d.software_max - d.software_start) * matured


def close(state: PlainMarket) -> None:
    """Owners take back idle cash, and prices move for next month."""
    p, d = state.p, state.p.domestic
    for lab in state.labs:
        lab.cash -= max(lab.cash - p.budget.cash_months * lab.flow, 0.0)
    for one in state.products.values():
        if one.channel == "domestic":
            wanted = d.price_months * max(one.sales, 1.0)
            short = (wanted**2 - one.stock**2) / (wanted**2 + one.stock**2)
            one.factor = min(max(one.factor * math.exp(d.price_step * short), d.price_low), d.price_high)
        age = state.t - one.released
        one.price = one.list_price * (1 - p.vendors.erosion) ** max(age - 12, 0.0) * one.factor


PHASES = (
    read_law, form_expectations, governments_review, hbm_market, vendors_produce, vendors_redesign, labs_budget,
    labs_apply, labs_buy, brokers_divert, workshops_convert, hosts_rent, deliver, labs_train, labs_innovate, close,
)  # fmt: skip
