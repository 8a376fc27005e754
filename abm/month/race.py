"""What arrives and what it does: deliveries, the use of fleets, training runs, the gap, efficiency."""

import numpy as np

from abm.agents.labs import END_USES, KINDS
from abm.foundation.dates import REPORT_FROM
from abm.markets import accelerators, settlement
from abm.month.phase import phase
from abm.records import Deliveries, Floats, Progress, Rulings, Sales, Smuggling, Use
from abm.rules import ageing, capability, expectation, innovation, licensing, revenue, utilisation
from abm.state import Jump, Market

# --- deliveries ---


@phase("labs.fleet labs.transit products.transit_usd frontier.fleet world.fleet")
def deliver(market: Market, sales: Sales, smuggling: Smuggling) -> Deliveries:
    """Cards arrive, fleets age and some cards leave."""
    labs, products, axis = market.labs, market.products, market.axis
    delivered = labs.transit[:, :, 0].copy()
    arrived, billed = delivered.sum(axis=0), products.transit_usd[:, 0].copy()
    settlement.deliver_cards(market, _joins(market, delivered))
    retired = settlement.retire_cards(market, _newly_to_remove(market))
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


def _joins(market: Market, delivered: Floats) -> Floats:
    """Where deliveries (labs, products) join the fleet: during the spin-up, in the legacy rows."""
    if market.t >= REPORT_FROM:
        return delivered
    joined = delivered.copy()
    joined[:, market.axis.legacy] += delivered[:, market.axis.legacy_source]
    joined[:, market.axis.legacy_source] = 0.0
    return joined


def _newly_to_remove(market: Market) -> float:
    """Completion below which state projects must from this month on remove foreign chips, beyond what held before."""
    remove, t = market.law.remove, market.t
    return max(float(remove[t] - (remove[t - 1] if t else 0.0)), 0.0)


# --- compute and runs ---


@phase(
    """
    products.leaked labs.capability labs.planned labs.shelved labs.effort labs.revenue frontier.capability
    race.frontier race.china race.us_runs
    """
)
def labs_train(market: Market, rulings: Rulings, deliveries: Deliveries) -> Use:
    """Fleets become compute; users are served; labs and leaders complete the runs due this quarter."""
    labs, products, axis = market.labs, market.products, market.axis
    fleet = ageing.whole(labs.fleet)
    fleet[:, axis.offshore.start] += labs.rented.sum(axis=1)
    products.leaked[axis.licensed] = _leaked(market, rulings, deliveries, fleet)
    held = fleet @ products.compute
    unused = labs.idle(held, labs.fleet[:, :, 0] @ products.compute)
    worth = products.compute * market.vendors.software[products.vendor]
    useful = fleet * worth * (1 - unused)[:, None]
    fit = _fitness(market)
    inference = labs.serve(market.path("inference_share"))
    serving = utilisation.place(useful, inference, fit, market.parameters.compute.placement)
    training = np.maximum(useful - serving, 0.0) * fit
    runs, largest = _complete_runs(market, rulings, training)
    _serve_users(market, serving)
    shortfall, gap = _measure_gap(market)
    total, running, weight = max(float(held.sum()), 1e-9), held * (1 - unused), training.sum(axis=1)
    kind = np.arange(len(KINDS))[:, None] == labs.kind
    return Use(
        fleet=fleet,
        held=held,
        unused=unused,
        fit=fit,
        serving=serving,
        training=training,
        compute_by_channel=axis.by_channel(fleet.sum(axis=0) * products.compute),
        compute_value=accelerators.fleet_value(market, fleet),
        idle=float(held @ unused) / total,
        shares=float(held @ held) / total**2,
        sensitive=_sensitive(market, fleet, held),
        serving_by_channel=axis.by_channel(serving.sum(axis=0)),
        training_by_channel=axis.by_channel(training.sum(axis=0)),
        used_by_kind=np.stack([kind @ running, kind @ held]),
        effort=float(labs.effort @ weight / max(float(weight.sum()), 1e-9)),
        runs=runs,
        largest=largest,
        frontier=market.race.frontier[-1],
        china=market.race.china[-1],
        shortfall=shortfall,
        gap=gap,
    )


def _leaked(market: Market, rulings: Rulings, deliveries: Deliveries, fleet: Floats) -> Floats:
    """Licensed cards in the hands of users whom law bars, (foreign,): they leave like the others, and a share of what
    is delivered slips through the checks."""
    x, rows = market.parameters.licensing, market.axis.licensed
    checks = market.law.checks[market.t]
    slips = licensing.slip_through(x.leak, x.check_effect, checks) * rulings.needs_licence
    kept, gone = fleet[:, rows].sum(axis=0), deliveries.retired[rows]
    stay = np.divide(kept, kept + gone, out=np.zeros_like(kept), where=kept + gone > 0)
    return np.asarray((market.products.leaked[rows] + slips * deliveries.units[rows]) * stay)


def _fitness(market: Market) -> Floats:
    """What useful compute of each product is worth in a large training run over its worth in serving, (products,)."""
    c, products = market.parameters.compute, market.products
    old = np.zeros(len(products), dtype=bool)
    old[market.axis.legacy] = True
    chinese = market.vendors.domestic[products.vendor]
    software = market.parameters.domestic.training_software
    return utilisation.fitness(products.training, products.link, chinese, old, c.train_link, software, c.mfu_legacy)


def _sensitive(market: Market, fleet: Floats, held: Floats) -> float:
    """Compute of military-linked and surveillance users, H100e, with what leaks to them from others.

    A share of the compute of state buyers, and of what others hold in grey cards, is resold or leased to them; so are
    licensed cards of these others, less where remote users are screened, and licensed cards slip through to fronts.
    """
    labs, products, rows, x = market.labs, market.products, market.axis.licensed, market.parameters.licensing
    users, state = labs.end_use >= END_USES.index("surveillance"), labs.kind == KINDS.index("state")
    grey = market.axis.grey
    open_to = np.where(state, held, fleet[:, grey] @ products.compute[grey])
    reached = x.resale * (x.remote_screening if market.law.remote[market.t] else 1.0)
    licensed = reached * fleet[~users & ~state, rows].sum(axis=0) + products.leaked[rows]
    leaked = market.parameters.compute.leakage * open_to[~users].sum() + licensed @ products.compute[rows]
    return float(held[users].sum() + leaked)


def _complete_runs(market: Market, rulings: Rulings, training: Floats) -> tuple[Floats, Floats]:
    """Leaders and labs complete the runs due this quarter; a planned run that cannot be done is shelved, once.

    The largest feasible run completes. What the frontier has published spills over to those who complete one.

    training   (labs, products) H100e
    returns    planned runs that were due, and those shelved; log10 FLOP of the largest of leaders and of labs
    """
    labs, frontier, p, race = market.labs, market.frontier, market.parameters, market.race
    t = market.t
    led = frontier.train(t, market.path("inference_share"), market.path("run_share/US"))
    frontier.capability[:] = np.maximum(frontier.capability, led)
    labs.effort[:] = labs.research()
    runs = labs.train(training.sum(axis=1), t, market.path("run_share/CN"))
    done = np.isfinite(runs)
    shelved = done & capability.shelve(labs.planned, runs, p.compute.plan_stretch)
    due = float((done & np.isfinite(labs.planned)).sum())
    labs.shelved += shelved
    labs.planned[done] = labs.plan(runs, shelved, _trend(market))[done]
    share = p.innovation.spillover * rulings.openness * market.path("spillover_onset")
    reached = capability.spill_over(runs[done] + labs.efficiency[done], published_capability(market), share)
    labs.capability[done] = np.maximum(labs.capability[done], reached)
    largest = np.array([(led - frontier.efficiency).max(), runs.max(initial=-np.inf)])
    race.us_runs.append(max([float(largest[0]), *race.us_runs[-1:]]))
    return np.array([due, float(shelved.sum())]), largest


def _serve_users(market: Market, serving: Floats) -> None:
    """What users are served with, (labs, products) H100e, brings in revenue, the less the further a lab lags behind."""
    labs, b = market.labs, market.parameters.budget
    earned = revenue.earn(serving.sum(axis=1), labs.capability, float(market.frontier.capability.max()), b.quality)
    labs.revenue[:] = expectation.smooth(labs.revenue, earned, 1 / b.revenue_months)


def _trend(market: Market) -> float:
    """Log10 a year by which the largest published US runs grew over their last year; declared before there is one."""
    runs = market.race.us_runs
    last = min(market.t - market.parameters.innovation.lag_months, len(runs) - 1)
    if last < 12:
        return float(np.log10(market.parameters.compute.plan_growth))
    return runs[last] - runs[last - 12]


def _measure_gap(market: Market) -> tuple[float, float]:
    """Keep both sides' records of capability; how far China stands below the frontier, log10, and behind it, months."""
    race, speed = market.race, market.setting.speed_before
    for kept, table in ((race.frontier, market.frontier), (race.china, market.labs)):
        best = float(table.capability.max(initial=-np.inf))
        kept.append(best if not kept else max(kept[-1], best))
    ours, theirs, t = race.frontier, race.china[-1], market.t
    if not (np.isfinite(theirs) and np.isfinite(ours[-1])):
        return np.nan, np.nan
    if theirs <= ours[-1]:
        return ours[-1] - theirs, capability.months_behind(np.array(ours), theirs, t, speed)
    return ours[-1] - theirs, -capability.months_behind(np.array(race.china), ours[-1], t, speed)


# --- what is published, and efficiency ---


def published_capability(market: Market) -> float:
    """Best capability of the frontier that is public by now, log10 FLOP."""
    return _published(market, market.race.frontier, market.frontier.capability, market.setting.speed_before)


def published_efficiency(market: Market) -> float:
    """Best efficiency of the frontier that is public by now, log10."""
    growth = np.log10(market.parameters.innovation.frontier_growth) / 12
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
def labs_innovate(market: Market, rulings: Rulings, deliveries: Deliveries, use: Use) -> Progress:
    """Labs find and learn efficiency; leaders move on and learn what is laid open; domestic software matures."""
    labs, frontier, vendors, t, i = market.labs, market.frontier, market.vendors, market.t, market.parameters.innovation
    draws = market.setting.draws
    found, large = labs.improve(draws["improve"][t], draws["size"][t], draws["large"][t])
    learnt = labs.learn(published_efficiency(market), rulings.openness)
    market.race.jumps += [Jump(market.date, labs.names[row], float(found[row])) for row in np.flatnonzero(large)]
    laid_open = labs.publish()
    given = innovation.give_back(found * large, laid_open, i.to_frontier)
    labs.efficiency += found + learnt
    frontier.efficiency += frontier.advance(draws["lead"][t], i.frontier_growth)
    frontier.efficiency += frontier.learn(given)
    market.race.frontier_efficiency.append(float(frontier.efficiency.max()))
    vendors.shipped += np.bincount(market.products.vendor, deliveries.units, len(vendors))
    vendors.software[:] = vendors.mature()
    weight = use.training.sum(axis=1)
    return Progress(
        jumps=float(large.sum()),
        laid_open=float(laid_open @ weight / max(float(weight.sum()), 1e-9)),
        frontier_efficiency=float(frontier.efficiency.max()),
        china_efficiency=labs.best(),
        software=vendors.software.copy(),
    )
