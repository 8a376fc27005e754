"""What fleets do: the use of compute, training runs, the gap, efficiency."""

import math

import numpy as np

from abm.agents.frontier import FrontierLabs
from abm.agents.labs import END_USES, KINDS, Labs
from abm.agents.products import CHANNELS
from abm.agents.vendors import ChipVendors
from abm.foundation.arrays import put, put_rows, total, within
from abm.foundation.compiled import compiled, part
from abm.foundation.mirrors import behaviour
from abm.markets import accelerators
from abm.month import use
from abm.month.phase import phase
from abm.records import Bools, Deliveries, Floats, Offers, Progress, Rulings, Use
from abm.rules import capability, demand, expectation, proliferation, revenue
from abm.state import Jump, Market, Race, seen, whole

SURVEILLANCE = END_USES.index("surveillance")

lead = behaviour(FrontierLabs.train)
advance = behaviour(FrontierLabs.advance)
take_over = behaviour(FrontierLabs.learn)
mature = behaviour(ChipVendors.mature)
idle = behaviour(Labs.idle)
serve = behaviour(Labs.serve)
research = behaviour(Labs.research)
train = behaviour(Labs.train)
imitate = behaviour(Labs.imitate)
due = behaviour(Labs.due)
plan = behaviour(Labs.plan)
lack = behaviour(Labs.lack)
improve = behaviour(Labs.improve)
learn = behaviour(Labs.learn)
publish = behaviour(Labs.publish)
best = behaviour(Labs.best)
place = behaviour(Labs.place)

# --- compute and runs ---


@phase(
    """
    labs.run labs.own labs.capability labs.planned labs.shelved labs.delay labs.effort
    labs.revenue frontier.capability race.frontier race.china race.own race.us_runs race.china_runs
    """
)
def labs_train(market: Market, rulings: Rulings, offers: Offers, deliveries: Deliveries) -> Use:
    """Fleets become compute; users are served; labs and leaders complete runs; labs imitate what leaders serve."""
    race, made = market.race, market.blank(Use)
    inference, trend = market.path("inference_share"), _trend(market)
    screened = market.parameters.licensing.remote_screening if market.law.remote[market.t] else 1.0
    theirs, leading = _lead(market, inference, market.path("run_share/US"))
    _keep(race.us_runs, theirs)
    largest, china, own = _train(
        market, rulings, offers, deliveries, made, inference, market.path("run_share/CN"), trend,
        published_capability(market), published_run(market), leading, market.law.checks[market.t],
        screened,
    )  # fmt: skip
    _keep(race.china_runs, largest)
    made.largest[:] = theirs, largest
    made.gap, made.gap_own, made.gap_run = _measure_gaps(market, leading, china, own)
    made.frontier, made.china, made.own = race.frontier[-1], race.china[-1], race.own[-1]
    made.shortfall = _shortfall(race)
    return made


@whole
def _lead(market: Market, inference: float, share: float) -> tuple[float, float]:
    """Leaders complete the largest runs feasible; returns the largest of these and the best capability, log10 FLOP."""
    frontier = seen(market).frontier
    led = lead(frontier, inference, share)
    largest, best = -np.inf, -np.inf
    for i in range(len(led)):
        frontier.capability[i] = max(frontier.capability[i], led[i])
        largest, best = max(largest, led[i] - frontier.efficiency[i]), max(best, frontier.capability[i])
    return largest, best


@whole
def _train(
    market: Market, rulings: Rulings, offers: Offers, deliveries: Deliveries, made: Use, inference: float, share: float,
    trend: float, published: float, published_run: float, leading: float, checks: Floats, screened: float,
) -> tuple[float, float, float]:  # fmt: skip
    """What fleets do this month, and labs' runs; returns the largest run, the best capability, and the best that labs
    reach by themselves, log10 FLOP.

    inference, share           of compute that serves users, and of training compute in a lab's largest run
    trend                      log10 a year by which published runs grow
    published, published_run   as in `Labs.imitate`; leading: best capability of leaders, log10 FLOP
    checks, screened           (foreign,) and a share, as in `use.routes`
    """
    market, rulings, offers = seen(market), seen(rulings), seen(offers)
    deliveries, made = seen(deliveries), seen(made)
    labs, products, axis = market.labs, market.products, market.axis
    units = use.count_cards(labs.cards, labs.rented, products.compute, axis.offshore.start, made.fleet, made.held)
    put(made.unused, idle(labs, made.held, deliveries.young))
    serves, apart = serve(labs, inference), within(labs.end_use, SURVEILLANCE, len(END_USES))
    worth, fit = _appraise(market)
    by_product, by_lab = _put_to_use(market, made, units, serves, worth, fit, apart)
    served, trained = by_lab
    put(made.serving, by_product[0])
    put(labs.effort, research(labs))
    largest = _complete_runs(market, made, trained, share, trend)
    put(labs.capability, imitate(labs, published, published_run, rulings.access))
    _serve_users(market, served, leading)
    by_kind, made.idle, made.shares, made.effort, own_held, money = use.weigh(
        made.held, made.unused, trained, labs.effort, labs.kind, len(KINDS), labs.flow, labs.scarcity, apart
    )
    put_rows(made.used_by_kind, by_kind)
    china, own, active, open_to_all = use.bests(labs.capability, labs.own, labs.active, labs.open_weights)
    by_channel = use.by_channel(units, by_product, products.compute, worth, fit, axis.places, len(CHANNELS))
    put(made.compute_by_channel, by_channel[0])
    put(made.serving_by_channel, by_channel[1])
    put(made.training_by_channel, by_channel[2])
    put_rows(made.mfu, by_channel[3:])
    quality = _quality(open_to_all, active)
    put(made.sensitive, _sensitive(market, own_held, money, by_product, quality, inference, checks, screened))
    made.compute_value = accelerators.fleet_value(market, units, offers.value)
    for i in range(len(made.lab_runs)):
        made.lab_runs[i], made.lab_capability[i] = labs.run[i], labs.capability[i]
        made.lab_shelved[i], made.lab_delay[i] = labs.shelved[i], labs.delay[i]
    return largest, china, own


@part
def _appraise(market: Market) -> tuple[Floats, Floats]:
    """Useful compute of a card of each product, and its worth in a large training run over that in serving."""
    c, products, vendors = market.parameters.compute, market.products, market.vendors
    return use.appraise(
        products.compute, products.training, products.link, products.vendor, market.axis.legacy.start,
        vendors.software, vendors.domestic, c.train_link, market.parameters.domestic.training_software, c.mfu_legacy,
    )  # fmt: skip


@part
def _put_to_use(
    market: Market, made: Use, units: Floats, serves: Floats, worth: Floats, fit: Floats, apart: Bools
) -> tuple[Floats, Floats]:
    """Fleets serve users and train, as in `use.put_to_use`."""
    labs, products, c = market.labs, market.products, market.parameters.compute
    return use.put_to_use(
        made.fleet, units, made.unused, serves, worth, fit, c.placement, labs.usable, products.training,
        market.axis.gaming.start, labs.skill, c.mfu_cn, c.mfu_skill, apart, made.training,
    )  # fmt: skip


@part
def _sensitive(
    market: Market, own: float, money: float, by_product: Floats, quality: float, inference: float, checks: Floats,
    screened: float,
) -> Floats:  # fmt: skip
    """Compute of military-linked and surveillance users by route, as in `use.routes`.

    own, money, by_product   as in `use.weigh` and `use.put_to_use`
    quality                  of the best open model against the best of all
    """
    products, axis = market.products, market.axis
    x, c = market.parameters.licensing, market.parameters.compute
    month, part = np.empty(len(products.price)), demand.annuity(c.life_months, c.discount)
    for k in range(len(month)):
        month[k] = (products.price[k] + products.host[k]) * part
    return use.routes(
        own, money, proliferation.spared(money, 1 - inference, quality), by_product[3], by_product[4], products.compute,
        month, products.price[axis.offshore.start] / market.parameters.offshore.months, checks, x.check_effect,
        screened, x.reach, axis.grey.start, axis.grey.stop, axis.offshore.start,
    )  # fmt: skip


@compiled
def _quality(laid_open: float, best: float) -> float:
    """Capability of the best lab that publishes its weights over the best of all in business, 0 to 1."""
    return 10.0 ** min(laid_open - best, 0.0) if laid_open > -np.inf else 0.0


@part
def _complete_runs(market: Market, made: Use, training: Floats, share: float, trend: float) -> float:
    """Labs complete the largest runs feasible; returns log10 FLOP of the largest.

    Once a quarter a lab holds its plan against what it could do: a run out of reach is shelved, once.

    training   (labs,) H100e
    """
    labs = market.labs
    runs = train(labs, training, share)
    done, shelved, counts = use.hold_plans(
        labs.planned, runs, due(labs, market.t), market.parameters.compute.plan_stretch
    )
    put(made.runs, counts)
    plans, lacking = plan(labs, runs, shelved, trend), lack(labs, runs)
    return use.note_runs(
        runs, done, shelved, plans, lacking, labs.efficiency, labs.planned, labs.shelved, labs.delay, labs.run, labs.own
    )


@part
def _serve_users(market: Market, serving: Floats, leading: float) -> None:
    """What users are served with, (labs,) H100e, brings in revenue, the less the further a lab lags behind leaders'
    best capability, log10 FLOP."""
    labs, b = market.labs, market.parameters.budget
    earned = revenue.earn(serving, labs.capability, leading, b.quality)
    for i in range(len(earned)):
        labs.revenue[i] = expectation.smooth(labs.revenue[i], earned[i], 1 / b.revenue_months)


def _trend(market: Market) -> float:
    """Log10 a year by which the largest published US runs grew over their last year; declared before there is one."""
    runs = market.race.us_runs
    last = min(market.t - market.parameters.innovation.lag_months, len(runs) - 1)
    if last < 12:
        return math.log10(market.parameters.compute.plan_growth)
    return runs[last] - runs[last - 12]


def _measure_gaps(market: Market, leading: float, china: float, own: float) -> tuple[float, float, float]:
    """Keep both sides' records; how many months China stands behind the frontier, by capability, by what it reaches
    without imitation, and by the largest run alone.

    leading      best capability of leaders, log10 FLOP
    china, own   best of labs this month, log10 FLOP: capability, and what they reach without imitation
    """
    race, speed = market.race, market.setting.speed_before
    _keep(race.frontier, leading)
    _keep(race.china, china)
    _keep(race.own, own)
    grown = math.log10(market.parameters.compute.plan_growth) / 12
    return (
        _behind(race.frontier, race.china, speed),
        _behind(race.frontier, race.own, speed),
        _behind(race.us_runs, race.china_runs, grown),
    )


def _keep(record: list[float], best: float) -> None:
    """Add a month to a record of the best so far."""
    record.append(max(best, record[-1]) if record else best)


def _behind(ours: list[float], theirs: list[float], speed: float) -> float:
    """Months by which the record of their best stands behind ours; negative when they lead, undefined before a run."""
    us, them, t = ours[-1], theirs[-1], len(ours) - 1
    if not (math.isfinite(us) and math.isfinite(them)):
        return math.nan
    if them <= us:
        return capability.months_behind(ours, them, t, speed)
    return -capability.months_behind(theirs, us, t, speed)


def _shortfall(race: Race) -> float:
    """How far China stands below the frontier, log10; undefined before a run."""
    us, them = race.frontier[-1], race.china[-1]
    return us - them if math.isfinite(us) and math.isfinite(them) else math.nan


# --- what is published, and efficiency ---


def published_capability(market: Market) -> float:
    """Best capability of the frontier that is public by now, log10 FLOP."""
    return _published(market, market.race.frontier, market.frontier.capability, market.setting.speed_before)


def published_run(market: Market) -> float:
    """Largest run of the frontier that is public by now, log10 FLOP."""
    growth = math.log10(market.parameters.compute.plan_growth) / 12
    return _published(market, market.race.us_runs, market.frontier.capability, growth)


def published_efficiency(market: Market) -> float:
    """Best efficiency of the frontier that is public by now, log10."""
    growth = math.log10(market.parameters.innovation.frontier_growth) / 12
    return _published(market, market.race.frontier_efficiency, market.frontier.efficiency, growth)


def _published(market: Market, record: list[float], now: Floats, speed: float) -> float:
    """What the frontier stood at `innovation.lag_months` ago, carried back before the start at its usual speed."""
    past = market.t - market.parameters.innovation.lag_months
    if past >= 0 and record:
        return record[min(past, len(record) - 1)]
    start = record[0] if record else float(now.max())
    return float(start + min(past, 0) * speed)


@phase(
    """
    labs.efficiency frontier.efficiency vendors.software vendors.shipped race.jumps race.frontier_efficiency
    """
)
def labs_innovate(market: Market, deliveries: Deliveries, done: Use) -> Progress:
    """Labs find and learn efficiency; leaders move on and learn what is laid open; domestic software matures."""
    t, draws, progress = market.t, market.setting.draws, market.blank(Progress)
    _innovate(
        market, deliveries, done, progress, draws["improve"][t], draws["size"][t], draws["large"][t], draws["lead"][t],
        published_efficiency(market),
    )  # fmt: skip
    if progress.jumps > 0:
        rows = np.flatnonzero(progress.large)
        market.race.jumps += [Jump(market.date, market.labs.names[row], float(progress.found[row])) for row in rows]
    market.race.frontier_efficiency.append(progress.frontier_efficiency)
    return progress


@whole
def _innovate(
    market: Market, deliveries: Deliveries, done: Use, progress: Progress, u: Floats, size: Floats, kind: Floats,
    lead: Floats, published: float,
) -> None:  # fmt: skip
    """Labs find and learn efficiency, leaders move on, and cards are delivered from which vendors' software learns.

    u, size, kind   (labs,) uniforms, as in `Labs.improve`; lead: (leaders,)
    published       efficiency of leaders that is public by now, log10
    """
    market, deliveries, done, progress = seen(market), seen(deliveries), seen(done), seen(progress)
    labs, products, vendors, delivered = market.labs, market.products, market.vendors, deliveries.units
    weight = np.empty(len(u))
    for i in range(len(weight)):
        weight[i] = total(done.training[i])
    found, large = improve(labs, u, size, kind, weight)
    learnt = learn(labs, published)
    x, leaders = market.parameters.innovation, market.frontier
    given, progress.laid_open, jumps = use.lay_open(found, large, publish(labs), weight, x.to_frontier)
    for i in range(len(found)):
        labs.efficiency[i] += found[i] + learnt[i]
    shipped = np.zeros(len(vendors.shipped))
    for k in range(len(delivered)):
        shipped[products.vendor[k]] += delivered[k]
    for v in range(len(shipped)):
        vendors.shipped[v] += shipped[v]
    put(vendors.software, mature(vendors))
    put(progress.software, vendors.software)
    gained, learned, leading = advance(leaders, lead, x.frontier_growth), take_over(leaders, given), -np.inf
    for i in range(len(gained)):
        leaders.efficiency[i] += gained[i]
        leaders.efficiency[i] += learned[i]
        leading = max(leading, leaders.efficiency[i])
    put(progress.found, found)
    put(progress.large, large)
    progress.jumps, progress.frontier_efficiency, progress.china_efficiency = float(jumps), leading, best(labs)
    put(progress.lab_place, place(labs))
    put(progress.lab_efficiency, labs.efficiency[: len(progress.lab_efficiency)])
