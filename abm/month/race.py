"""What arrives and what it does: deliveries, the use of fleets, training runs, the gap, efficiency."""

import math

import numpy as np

from abm.agents.labs import END_USES, KINDS
from abm.agents.products import CHANNELS
from abm.foundation.dates import REPORT_FROM
from abm.markets import accelerators, settlement
from abm.month import use
from abm.month.phase import phase
from abm.records import Deliveries, Floats, Progress, Rulings, Sales, Smuggling, Use
from abm.rules import capability, demand, expectation, innovation, proliferation, revenue, utilisation
from abm.state import Jump, Market, Race, Rows

# --- deliveries ---


@phase("labs.fleet labs.transit products.transit_usd frontier.fleet world.fleet")
def deliver(market: Market, sales: Sales, smuggling: Smuggling) -> Deliveries:
    """Cards arrive, fleets age and some cards leave."""
    products, axis = market.products, market.axis
    removal = _newly_to_remove(market)
    delivered, arrived, billed, retired = settlement.deliver_cards(market, _joined(market), removal)
    made, us = float((sales.abroad * products.compute).sum()), market.path("us_share")
    us_added = made * us + market.path("own_chips")
    diverted = float((smuggling.diverted * products.compute[axis.grey]).sum())
    settlement.deliver_abroad(market, us_added, made * (1 - us) - diverted)
    return Deliveries(
        delivered=delivered,
        retired=retired,
        units=arrived,
        billed=billed,
        us_added=us_added,
        added_by_channel=axis.by_channel(arrived * products.compute),
        us_compute=float(market.frontier.fleet.sum()),
        rest_compute=float(market.world.fleet.sum()),
    )


def _joined(market: Market) -> Rows:
    """The row of the fleet that each product joins: its own, but during the spin-up the legacy row of the same chip."""
    rows, axis = np.arange(len(market.products)), market.axis
    if market.t < REPORT_FROM:
        rows[axis.legacy_source] = rows[axis.legacy]
    return rows


def _newly_to_remove(market: Market) -> float:
    """Completion below which state projects must from this month on remove foreign chips, beyond what held before."""
    remove, t = market.law.remove, market.t
    return max(float(remove[t] - (remove[t - 1] if t else 0.0)), 0.0)


# --- compute and runs ---


@phase(
    """
    labs.run labs.own labs.capability labs.planned labs.shelved labs.delay labs.effort
    labs.revenue frontier.capability race.frontier race.china race.own race.us_runs race.china_runs
    """
)
def labs_train(market: Market, rulings: Rulings) -> Use:
    """Fleets become compute; users are served; labs and leaders complete runs; labs imitate what leaders serve."""
    labs, products, axis, c = market.labs, market.products, market.axis, market.parameters.compute
    fleet, units, held, young = use.count_cards(labs.fleet, labs.rented, products.compute, axis.offshore.start)
    unused, inference = labs.idle(held, young), labs.serve(market.path("inference_share"))
    software, fit = market.vendors.software[products.vendor], _fitness(market)
    apart = labs.end_use >= END_USES.index("surveillance")
    serving, training, by_product, (served, trained) = use.put_to_use(
        fleet,
        units,
        unused,
        inference,
        products.compute * software,
        fit,
        c.placement,
        labs.usable,
        products.training,
        axis.gaming.start,
        labs.skill,
        c.mfu_cn,
        c.mfu_skill,
        apart,
    )
    runs, largest = _complete_runs(market, rulings, trained)
    _serve_users(market, served)
    by_kind, idle, shares, effort, own_held, money = use.weigh(
        held, unused, trained, labs.effort, labs.kind, len(KINDS), labs.flow, labs.scarcity, apart
    )
    china, own, active, open_to_all = use.bests(labs.capability, labs.own, labs.active, labs.open_weights)
    gap, gap_own, gap_run = _measure_gaps(market, china, own)
    by_channel = use.by_channel(units, by_product, products.compute, software * fit, axis.places, len(CHANNELS))
    named = labs.named()
    return Use(
        fleet=fleet,
        held=held,
        unused=unused,
        serving=serving,
        training=training,
        compute_by_channel=by_channel[0],
        compute_value=accelerators.fleet_value(market, units),
        idle=idle,
        shares=shares,
        sensitive=_sensitive(market, own_held, money, by_product, _quality(open_to_all, active)),
        serving_by_channel=by_channel[1],
        training_by_channel=by_channel[2],
        used_by_kind=by_kind,
        effort=effort,
        runs=runs,
        largest=largest,
        frontier=market.race.frontier[-1],
        china=market.race.china[-1],
        own=market.race.own[-1],
        shortfall=_shortfall(market.race),
        gap=gap,
        gap_own=gap_own,
        gap_run=gap_run,
        mfu=by_channel[3:],
        lab_runs=labs.run[named].copy(),
        lab_capability=labs.capability[named].copy(),
        lab_shelved=labs.shelved[named].copy(),
        lab_delay=labs.delay[named].copy(),
    )


def _fitness(market: Market) -> Floats:
    """What useful compute of each product is worth in a large training run over its worth in serving, (products,)."""
    c, products, axis = market.parameters.compute, market.products, market.axis
    chinese, old = market.vendors.domestic[products.vendor], axis.places == CHANNELS.index("legacy")
    software = market.parameters.domestic.training_software
    return utilisation.fitness(products.training, products.link, chinese, old, c.train_link, software, c.mfu_legacy)


def _sensitive(market: Market, own: float, money: float, by_product: Floats, quality: float) -> Floats:
    """Compute of military-linked and surveillance users by route, as in `use.routes`.

    own, money, by_product   as in `use.weigh` and `use.add_up`; quality: of the best open model against the best of all
    """
    products, axis, t = market.products, market.axis, market.t
    x, c = market.parameters.licensing, market.parameters.compute
    return use.routes(
        own,
        money,
        proliferation.spared(money, 1 - market.path("inference_share"), quality),
        by_product[3],
        by_product[4],
        products.compute,
        demand.monthly_cost(products.price, products.host, c.life_months, c.discount),
        products.price[axis.offshore.start] / market.parameters.offshore.months,
        market.law.checks[t],
        x.check_effect,
        x.remote_screening if market.law.remote[t] else 1.0,
        x.reach,
        axis.grey.start,
        axis.grey.stop,
        axis.offshore.start,
    )


def _quality(laid_open: float, best: float) -> float:
    """Capability of the best lab that publishes its weights over the best of all in business, 0 to 1."""
    return float(10.0 ** min(laid_open - best, 0.0)) if laid_open > -np.inf else 0.0


def _complete_runs(market: Market, rulings: Rulings, training: Floats) -> tuple[Floats, Floats]:
    """Leaders and labs complete the largest runs feasible, and labs imitate what the frontier serves.

    Once a quarter a lab holds its plan against what it could do: a run out of reach is shelved, once.

    training   (labs,) H100e
    returns    planned runs that were due, and those shelved; log10 FLOP of the largest of leaders and of labs
    """
    labs, frontier, p, race = market.labs, market.frontier, market.parameters, market.race
    led = frontier.train(market.path("inference_share"), market.path("run_share/US"))
    frontier.capability[:] = np.maximum(frontier.capability, led)
    labs.effort[:] = labs.research()
    runs = labs.train(training, market.path("run_share/CN"))
    done, shelved, counts = use.hold_plans(labs.planned, runs, labs.due(market.t), p.compute.plan_stretch)
    plans, lacking = labs.plan(runs, shelved, _trend(market)), labs.lack(runs)
    ours = use.note_runs(
        runs,
        done,
        shelved,
        plans,
        lacking,
        labs.efficiency,
        labs.planned,
        labs.shelved,
        labs.delay,
        labs.run,
        labs.own,
    )
    theirs = float((led - frontier.efficiency).max())
    _keep(race.us_runs, theirs)
    _keep(race.china_runs, ours)
    labs.capability[:] = labs.imitate(published_capability(market), published_run(market), rulings.access)
    return counts, np.array([theirs, ours])


def _serve_users(market: Market, serving: Floats) -> None:
    """What users are served with, (labs,) H100e, brings in revenue, the less the further a lab lags behind."""
    labs, b = market.labs, market.parameters.budget
    earned = revenue.earn(serving, labs.capability, float(market.frontier.capability.max()), b.quality)
    labs.revenue[:] = expectation.smooth(labs.revenue, earned, 1 / b.revenue_months)


def _trend(market: Market) -> float:
    """Log10 a year by which the largest published US runs grew over their last year; declared before there is one."""
    runs = market.race.us_runs
    last = min(market.t - market.parameters.innovation.lag_months, len(runs) - 1)
    if last < 12:
        return math.log10(market.parameters.compute.plan_growth)
    return runs[last] - runs[last - 12]


def _measure_gaps(market: Market, china: float, own: float) -> tuple[float, float, float]:
    """Keep both sides' records; how many months China stands behind the frontier, by capability, by what it reaches
    without imitation, and by the largest run alone.

    china, own   best of labs this month, log10 FLOP: capability, and what they reach without imitation
    """
    race, speed = market.race, market.setting.speed_before
    _keep(race.frontier, float(market.frontier.capability.max()))
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
    labs, frontier, vendors, t, i = market.labs, market.frontier, market.vendors, market.t, market.parameters.innovation
    draws = market.setting.draws
    weight = done.training.sum(axis=1)
    found, large = labs.improve(draws["improve"][t], draws["size"][t], draws["large"][t], weight)
    learnt = labs.learn(published_efficiency(market))
    market.race.jumps += [Jump(market.date, labs.names[row], float(found[row])) for row in np.flatnonzero(large)]
    laid_open = labs.publish()
    given = innovation.give_back(found * large, laid_open, i.to_frontier)
    labs.efficiency += found + learnt
    frontier.efficiency += frontier.advance(draws["lead"][t], i.frontier_growth)
    frontier.efficiency += frontier.learn(given)
    market.race.frontier_efficiency.append(float(frontier.efficiency.max()))
    vendors.shipped += np.bincount(market.products.vendor, deliveries.units, len(vendors))
    vendors.software[:] = vendors.mature()
    return Progress(
        jumps=float(np.count_nonzero(large)),
        laid_open=use.mean(laid_open, weight),
        frontier_efficiency=float(frontier.efficiency.max()),
        china_efficiency=labs.best(),
        lab_efficiency=labs.efficiency[labs.named()].copy(),
        lab_place=labs.place(),
        software=vendors.software.copy(),
    )
