"""The phases of a month, in the order of `model.PHASES`: each says what it does, and declares what it writes.

A phase brings agents, rules, markets and the ledger together; what an agent decides stands in its class, how stands in
`rules/`. `m.now` holds what is true for this month only.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.agents.regulator import US
from abm.law.levers import IMPORT_MODES, POLICIES
from abm.markets import accelerators, dealers, hbm_market, settlement
from abm.month import designs, governing, startups, training
from abm.month.history import measure_gap, note_jumps, published, record
from abm.rules import ageing, diversion, expectation, hbm, innovation, licensing, repurposing

if TYPE_CHECKING:
    from abm.model import ChipMarket

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Phase:
    """A step of the month: its name, what it does, and the columns (`table.column`) and month values it writes."""

    name: str
    act: Callable[["ChipMarket"], None]
    writes: frozenset[str]


def phase(writes: str) -> Callable[[Callable[["ChipMarket"], None]], Phase]:
    """Declare a phase and what it writes."""
    return lambda act: Phase(act.__name__, act, frozenset(writes.split()))


NOTIFY, CASE = POLICIES.index("notify"), POLICIES.index("case_by_case")
IMPORT_CASE = IMPORT_MODES.index("case_by_case")


@phase(
    """
    products.shut now.policy now.needs_licence now.approval now.accepted now.barred now.lawful now.open now.cards_free
    now.packages now.openness
    """
)
def law(m: "ChipMarket") -> None:
    """The law of the month's first day decides which foreign products need a licence and how likely it is."""
    now, s, c, t, p = m.now, m.schedule, m.conditions, m.t, m.p
    now.policy = s.policy[t]
    standard = {"presume_deny": p.licensing.presumed_grants, "deny": 0.0}
    granted = np.array([standard.get(name, 1.0) for name in POLICIES])
    approval = np.where(now.policy == CASE, s.approval[t], granted[now.policy])
    grants = np.array([0.0, p.licensing.small_grants, 1.0])[c.grants[t]]
    now.approval = np.where(s.refused[t], 0.0, approval * np.where(now.policy == CASE, grants, 1.0))
    now.needs_licence = now.policy >= NOTIFY
    strength = {"open": 1.0, "block": 0.0} | p.china.model_dump()
    modes = np.array([strength[mode] for mode in IMPORT_MODES])
    now.accepted = modes[s.import_mode[t]]
    if c.approved[t].any():
        waved = (s.import_mode[t] == IMPORT_CASE) & (m.products.imported[m.foreign] < c.approved[t])
        now.accepted = np.where(waved, 1.0, now.accepted)
    now.packages = m.packages[t] * np.where(m.vendors.domestic, 1.0, 1 - p.vendors.material_loss * c.materials[t])
    now.openness = p.innovation.openness * (1 - p.innovation.closed_weights * c.weights[t])
    now.barred = (now.policy > CASE) | s.refused[t] | (now.approval <= 0)
    now.lawful = ~now.barred & (s.free[t] > 0)
    now.open = np.zeros(len(m.products), dtype=bool)
    now.open[m.foreign] = (now.approval > 0) & (s.free[t] > 0)
    now.open[m.home.start : m.gaming.stop] = True
    now.open &= m.products.released <= t
    now.open[m.offshore] = m.routes.cloud[t] <= CASE
    now.cards_free = m.routes.cards[t] * modes[m.routes.card_mode[t]] * (m.shops.released <= t)
    now.open[m.foreign] &= m.kinds.vendor.offer(m.products, m.foreign, now.open[m.foreign], now.lawful, t, p)


@phase("now.threat now.fear now.hbm_fear now.hbm_rush")
def expect(m: "ChipMarket") -> None:
    """What is announced or leaked tells buyers which products they may lose, weighted by what they spend on them."""
    now, s, t, p = m.now, m.schedule, m.t, m.p
    now.threat = expectation.threat(s.announced[t], s.leaked[t], p.expectation.rule, p.expectation.leak_weight)
    spent = m.products.orders * m.products.price
    now.fear = float((now.threat * spent[m.foreign]).sum() / max(spent.sum(), 1.0))
    known = {"none": 0.0, "announced": float(s.hbm_announced[t] > 0)}
    now.hbm_rush = float(s.hbm_rush[t]) * (p.expectation.rule != "none")
    now.hbm_fear = float(s.hbm_fear[t]) * known.get(p.expectation.rule, 1.0)


@phase("regulators.stance regulators.moved regulators.answer regulators.answered regulators.acted regulators.tightened")
def regulate(m: "ChipMarket") -> None:
    """Governments that react meet at summits and review the law; what they decide is announced, and binds later."""
    if not m.regime.adaptive or m.t < governing.begins(m):
        return
    if m.t == governing.begins(m):
        governing.open_stances(m)
    acts = governing.summit(m) or governing.review(m)
    if acts:
        governing.enact(m, acts)


@phase(
    """
    makers.output makers.stock makers.cash makers.contract makers.capacity vendors.stock vendors.on_order vendors.cash
    vendors.contract now.mix now.need now.income now.hbm_open now.hbm_sold now.hbm_home now.hbm_usd now.hbm_abroad
    now.hbm_contract now.hbm_spot
    """
)
def make_hbm(m: "ChipMarket") -> None:
    """Makers turn out stacks; Chinese vendors get what they ordered as far as law and output go, the world the rest."""
    p, makers, vendors, now = m.p, m.makers, m.vendors, m.now
    now.hbm_usd = np.zeros(len(makers))
    now.mix = m.kinds.vendor.domestic_mix(m.products, m.place, m.t, vendors, p.vendors.ramp_months)
    now.need = hbm_market.needed_ahead(m)
    makers.output[:] = hbm_market.made(m)
    makers.stock += makers.output
    settlement.settle(m, "outside", "makers", m.memory, makers.output.sum(axis=0))
    allowed = hbm_market.allowed(m)
    now.hbm_open = bool((allowed * makers.stock[~makers.domestic].sum(axis=0)).sum() > 0)
    ordered = m.kinds.vendor.order_stacks(vendors, now.need, now.hbm_fear, p)
    due = vendors.on_order[:, 0].copy()
    vendors.on_order[:, :-1] = vendors.on_order[:, 1:]
    vendors.on_order[:, -1] = ordered
    if now.hbm_rush > 0:
        due += vendors.on_order.sum(axis=1)
        vendors.on_order[:] = 0.0
    if not now.hbm_open:
        due[:] = 0.0
        vendors.on_order[:] = 0.0
    now.hbm_sold = hbm_market.sell(m, due * hbm_market.approved(m), allowed)
    now.income = hbm_market.sell_domestic(m)
    hbm_market.sell_abroad(m, max(p.hbm.expedite - 1, 0.0))
    hbm_market.renew(m)


@phase(
    """
    vendors.dies vendors.limits vendors.running vendors.stock vendors.use vendors.cash products.stock now.made
    now.wafers now.dies now.shadow
    """
)
def make_chips(m: "ChipMarket") -> None:
    """Chinese vendors make what the scarcest of dies, stacks, packaging and sales allows."""
    t, p, vendors, products, now = m.t, m.p, m.vendors, m.products, m.now
    mix, owner = now.mix, products.vendor[m.home]
    per = lambda column: np.bincount(owner, mix * column[m.home], len(vendors))  # noqa: E731
    packages = m.packages[t] * vendors.domestic * (per(np.ones(len(products))) > 0)
    per_die = np.maximum(per(products.dies), 1e-9) / p.domestic.survival
    now.wafers, now.dies = settlement.receive_dies(m, packages * per_die)
    wait = hbm_market.months_to_delivery(m)
    stacks = hbm.usable(vendors.stock.sum(axis=1), now.income, p.hbm.release, wait, hbm_market.covered(m))
    made = m.kinds.vendor.plan_output(
        vendors, packages, stacks, per_die, per(products.stacks), accelerators.sales_room(m, packages)
    )
    now.made = made[owner] * mix
    now.shadow = hbm_market.shadow_prices(m, per_die, per(products.stacks), per(products.price) * p.domestic.margin)
    settlement.consume(m, made * per_die, made * per(products.stacks))
    products.stock[m.home] += now.made
    settlement.settle(m, "outside", "vendors", m.goods[m.home], now.made)


@phase(
    """
    products.compute products.bandwidth products.capacity products.link products.host products.list_price products.price
    products.released products.stacks products.packages products.dies products.lawful products.committed
    vendors.designs vendors.cash now.charges now.fines
    """
)
def design(m: "ChipMarket") -> None:
    """A rule that came suddenly strands chips made for China; vendors cut new ones to the lines to come."""
    m.now.charges = designs.strand(m)
    settlement.write_off(m, m.now.charges)
    m.now.fines = settlement.fine(m)
    designs.hasten(m)
    designs.begin(m)


@phase(
    """
    labs.listed labs.active labs.weight labs.skill labs.flow labs.cash labs.fleet labs.transit labs.pending
    labs.licensed labs.efficiency labs.capability labs.planned labs.shelved labs.scarcity labs.revenue labs.rented
    now.failed now.entered now.response now.money now.bias
    """
)
def budget(m: "ChipMarket") -> None:
    """Start-ups give up or enter; money answers revenue, more of it for labs that stand out; each offers a part."""
    labs, t, p = m.labs, m.t, m.p
    labs.listed[:] = np.where(np.isnan(m.listings[t]), labs.listed_from <= t, m.listings[t] > 0)
    startups.turn_over(m)
    m.now.response = training.response(m)
    best = labs.capability.max(initial=-np.inf)
    lag = np.maximum(labs.capability - best, -2.0) if best > 0 else 0.0
    weight = labs.weight * 10 ** (p.budget.feedback * lag)
    labs.flow[:] = weight / weight.sum() * (m.spending[t] * m.now.response)
    if (money := _newly_promised(m)) > 0:
        labs.flow += m.kinds.lab.share_subsidy(labs, money / p.budget.subsidy_months)
    labs.cash += labs.flow
    m.ledger.pay(t, "outside", "labs", labs.flow.sum(), "budget")
    m.now.money = m.kinds.lab.offer_money(labs, m.now.fear, p)
    m.now.bias = m.kinds.lab.bias(labs, p)


def _newly_promised(m: "ChipMarket") -> float:
    """Public money for computing that has been promised and is still being paid out, USD in all."""
    before = m.t - round(m.p.budget.subsidy_months)
    return max(float(m.conditions.subsidy[m.t] - (m.conditions.subsidy[before] if before >= 0 else 0.0)), 0.0)


@phase(
    """
    labs.pending labs.licensed labs.granted now.applied now.granted now.utility now.cost now.eligible now.price
    now.value now.worth now.released now.best now.supply now.review now.world_line
    """
)
def apply(m: "ChipMarket") -> None:
    """Labs apply for licences for what they would buy; some applications are decided, within quotas.

    Applications and licences for what needs none, or is not to be had, lapse.
    """
    labs, now, p = m.labs, m.now, m.p
    now.cost, now.utility = accelerators.appraise(m)
    now.world_line = settlement.world_line(m)
    now.supply = accelerators.supply(m)
    standing = accelerators.standing(m)
    now.eligible = accelerators.eligible(m, standing)
    now.review = accelerators.review_months(m)
    now.applied, now.granted = np.zeros((2, len(labs), m.foreign.stop))
    rows = np.flatnonzero(now.needs_licence & now.open[m.foreign])
    pending, licensed = labs.pending[:, rows], labs.licensed[:, rows]
    labs.pending[:] = labs.licensed[:] = 0.0
    if not len(rows):
        return
    months, staff, kept = now.review[rows], accelerators.staffing(m), 1 - 1 / p.licensing.validity_months
    filed = licensing.file(accelerators.wish(m, rows), pending, licensed, months)
    queue = pending + filed
    decided = licensing.review(queue, months, staff)
    granted = accelerators.within_quotas(m, licensing.grant(decided, now.approval[rows], standing), rows)
    now.applied[:, rows], now.granted[:, rows] = filed, granted
    now.review[rows] = licensing.queue_months(months, queue, staff)
    labs.pending[:, rows] = queue - decided
    labs.licensed[:, rows] = licensed * kept + granted
    labs.granted[:, rows] += granted


@phase(
    """
    labs.cash labs.transit labs.licensed labs.scarcity products.stock products.orders products.sales
    products.imported products.transit_usd products.abroad products.price products.factor vendors.cash
    vendors.from_china vendors.from_world vendors.world_price vendors.research vendors.lobby brokers.stock brokers.cash
    workshops.stock workshops.cash hosts.cash regulators.takings now.bought now.units now.paid now.spent now.fees
    now.obtained now.abroad now.abroad_usd now.research
    """
)
def trade(m: "ChipMarket") -> None:
    """Labs spend their money in rounds; what China does not take goes to the rest of the world."""
    labs, now = m.labs, m.now
    bought, paid, now.spent, orders = accelerators.rounds(m, now.supply)
    now.bought, now.units = bought, bought.sum(axis=0)
    units, now.paid = now.units, paid
    m.products.stock[m.home] = np.maximum(m.products.stock[m.home] - units[m.home], 0.0)
    m.products.orders[:] = expectation.smooth(m.products.orders, orders, 0.5)
    m.products.sales[:] = expectation.smooth(m.products.sales, units, 0.25)
    m.products.imported[m.foreign] += units[m.foreign]
    labs.licensed[:, m.foreign] -= bought[:, m.foreign] * now.needs_licence
    labs.licensed[:] = np.maximum(labs.licensed, 0.0)
    labs.transit[:, : m.gaming.stop, -1] += bought[:, : m.gaming.stop]
    now.fees = settlement.pay_for(m, units, paid)
    m.regulators.takings[US] += now.fees
    dealers.sell(m, units, paid)
    dealers.answer_demand(m, orders, now.supply)
    now.obtained, felt, wanted = accelerators.against_unrestricted(m)
    labs.scarcity[:] = expectation.smooth(labs.scarcity, felt, 0.25)
    now.abroad = settlement.sell_abroad(m, units)
    owner, vendors = m.products.vendor, m.vendors
    own = np.where(np.arange(len(paid)) < m.home.stop, paid, 0.0)
    earned = [np.bincount(owner, usd, len(vendors)) for usd in (own, now.abroad_usd)]
    now.research = m.kinds.vendor.account(vendors, *earned, wanted, m.p)
    settlement.pay_research(m, now.research)


@phase(
    """
    brokers.stock brokers.cash brokers.capacity brokers.premium brokers.active brokers.caught_until products.factor
    now.shipped now.diverted now.smuggled now.seized
    """
)
def divert(m: "ChipMarket") -> None:
    """Brokers bring what law denies; part of it is seized; they grow, shrink, leave and come in."""
    now, t, p, brokers = m.now, m.t, m.p, m.brokers
    room, premium = dealers.leaking(m), m.products.factor[m.grey] - 1
    cargo = m.kinds.broker.divide(brokers, premium, room, p)
    enforced = dealers.strictness(m, room)
    margin = m.kinds.broker.expect(brokers, cargo, room, enforced)
    shipped = m.kinds.broker.ship(brokers, margin, cargo, room, m.routes.authorised[t], t)
    now.shipped = shipped.sum(axis=1)
    _, lost = diversion.seize(now.shipped, brokers.exposure, enforced, m.draws["seizure"][t])
    now.diverted = shipped.sum(axis=0)
    now.smuggled, now.seized = dealers.land(m, shipped, lost > 0)
    dealers.forget(m, now.diverted)
    full = float(room.sum()) / max(float((brokers.capacity * brokers.active).sum()), 1e-9)
    m.kinds.broker.answer(brokers, margin, min(full, 1.0), lost, m.draws["entry"][t], t, p)


@phase(
    """
    shops.stock shops.cash shops.price shops.barred shops.sold workshops.stock workshops.cash workshops.capacity
    workshops.margin products.training products.factor products.price
    now.converted
    """
)
def repurpose(m: "ChipMarket") -> None:
    """Gaming cards reach the shops; gamers and workshops buy them; workshops convert what pays."""
    p, products, rows = m.p, m.products, m.gaming
    base = float(m.paths["gaming_cards"][m.t]) * p.gaming.cards_scale
    dealers.fill_shops(m, base)
    gamers = dealers.gamers_want(m, base)
    dealers.ask_anew(m)
    listed = dealers.listed(m)
    shop = listed * m.shops.price
    orders = m.kinds.workshop.order(m.workshops, products.price[rows], shop, listed, m.shops.stock, p)
    taken, full = dealers.serve(m, gamers, orders)
    m.now.converted = dealers.convert(m, taken)
    m.kinds.workshop.answer(m.workshops, full, p)
    use = repurposing.training_use(dealers.largest_run(m), products.capacity[rows], products.link[rows], p.gaming.reach)
    products.training[rows] = use


@phase("labs.rented hosts.own hosts.capacity hosts.rent products.list_price products.factor")
def rent(m: "ChipMarket") -> None:
    """Contracts for compute abroad begin and end; hosts' capacity and rent follow the world's fleet, law and demand."""
    dealers.renew(m, m.now.bought[:, m.offshore.start])
    dealers.equip(m)


@phase(
    """
    labs.fleet labs.transit products.transit_usd frontier.fleet world.fleet now.delivered now.arrived now.billed
    now.retired
    now.us_added
    """
)
def deliver(m: "ChipMarket") -> None:
    """Cards arrive, fleets age and some cards leave."""
    labs, now, p = m.labs, m.now, m.p
    now.delivered = labs.transit[:, :, 0].copy()
    now.arrived = now.delivered.sum(axis=0)
    now.billed = m.products.transit_usd[:, 0].copy()
    for pipeline in (labs.transit, m.products.transit_usd):
        pipeline[..., :-1] = pipeline[..., 1:]
        pipeline[..., -1] = 0.0
    labs.fleet[:, :, 0] += m.arriving(now.delivered)
    settlement.by_channel(m, "transit", "labs", now.arrived)
    removed = m.kinds.lab.remove_foreign(labs, m.place.slices["domestic"], _newly_to_remove(m))
    now.retired = ageing.gone(labs.fleet.sum(axis=0), p.compute.survival, p.compute.life_months) + removed
    labs.fleet[:] = ageing.age(labs.fleet, p.compute.survival, p.compute.life_months)
    settlement.by_channel(m, "labs", "outside", now.retired)
    now.us_added = settlement.deliver_abroad(m)


def _newly_to_remove(m: "ChipMarket") -> float:
    """Completion below which state projects must from this month on remove foreign chips, beyond what held before."""
    before = m.conditions.remove[m.t - 1] if m.t else 0.0
    return max(float(m.conditions.remove[m.t] - before), 0.0)


@phase(
    """
    products.leaked labs.capability labs.planned labs.shelved labs.effort labs.revenue frontier.capability now.fleet
    now.held now.idle now.fit now.serving now.training now.sensitive now.runs now.largest now.shortfall now.gap
    """
)
def compute(m: "ChipMarket") -> None:
    """Fleets become compute; users are served; labs and leaders complete the runs due this quarter."""
    training.use_fleets(m)
    training.complete_runs(m)
    training.serve_users(m)
    m.now.shortfall, m.now.gap = measure_gap(m)


@phase("labs.efficiency frontier.efficiency vendors.software vendors.shipped now.jumps now.laid_open")
def innovate(m: "ChipMarket") -> None:
    """Labs find and learn efficiency; leaders move on and learn what is laid open; domestic software ripens."""
    labs, now, t, p = m.labs, m.now, m.t, m.p
    own, leap = m.kinds.lab.improve(labs, m.draws["improve"][t], m.draws["size"][t], m.draws["large"][t], p)
    learnt = m.kinds.lab.learn(labs, published(m, "efficiency_frontier"), now.openness, p)
    now.jumps = float(leap.sum())
    note_jumps(m, own, leap)
    now.laid_open = m.kinds.lab.publish(labs, p)
    given = innovation.give_back(own * leap, now.laid_open, p.innovation.to_frontier)
    labs.efficiency += own + learnt
    m.frontier.efficiency += m.kinds.frontier.advance(m.frontier, m.draws["lead"][t], p.innovation.frontier_growth)
    m.frontier.efficiency += m.kinds.frontier.learn(m.frontier, given)
    m.vendors.shipped += np.bincount(m.products.vendor, now.arrived, len(m.vendors))
    m.vendors.software[:] = m.kinds.vendor.ripen(m.vendors, p)


@phase("labs.cash products.price products.factor")
def close(m: "ChipMarket") -> None:
    """Owners take back idle cash, the month is recorded, and prices move for the next."""
    labs, p = m.labs, m.p
    excess = np.maximum(labs.cash - p.budget.cash_months * labs.flow, 0.0)
    labs.cash -= excess
    m.ledger.pay(m.t, "labs", "outside", excess.sum(), "returned")
    record(m)
    m.kinds.vendor.price_products(m.products, m.place, m.t, p)


def run_strictly(m: "ChipMarket", step: Phase) -> None:
    """Run a phase with every column read-only that it does not declare, and refuse month values it does not declare."""
    before = set(vars(m.now))
    with ExitStack() as stack:
        for name, table in m.tables.items():
            allowed = {one.removeprefix(f"{name}.") for one in step.writes if one.startswith(f"{name}.")}
            stack.enter_context(table.writing_only(allowed))
        step.act(m)
    extra = {f"now.{name}" for name in set(vars(m.now)) - before} - step.writes
    if extra:
        raise PermissionError(f"phase {step.name} writes {', '.join(sorted(extra))} without declaring it")
