"""What arrives and what it does: deliveries, the use of fleets, training runs, the gap, efficiency."""

import numpy as np

from abm.agents.labs import END_USES, KINDS
from abm.foundation.dates import REPORT_FROM
from abm.markets import accelerators, settlement
from abm.month.phase import phase
from abm.records import Deliveries, Floats, Progress, Rulings, Sales, Smuggling, Use
from abm.rules import ageing, capability, demand, expectation, innovation, proliferation, revenue, utilisation
from abm.state import Jump, Market, Race

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
    labs.run labs.own labs.capability labs.planned labs.shelved labs.delay labs.effort
    labs.revenue frontier.capability race.frontier race.china race.own race.us_runs race.china_runs
    """
)
def labs_train(market: Market, rulings: Rulings) -> Use:
    """Fleets become compute; users are served; labs and leaders complete runs; labs imitate what leaders serve."""
    labs, products, axis = market.labs, market.products, market.axis
    fleet = ageing.whole(labs.fleet)
    fleet[:, axis.offshore.start] += labs.rented.sum(axis=1)
    held = fleet @ products.compute
    unused = labs.idle(held, labs.fleet[:, :, 0] @ products.compute)
    worth = products.compute * market.vendors.software[products.vendor]
    useful = fleet * worth * (1 - unused)[:, None]
    fit = _fitness(market)
    inference = labs.serve(market.path("inference_share"))
    serving = utilisation.place(useful, inference, fit, market.parameters.compute.placement)
    training = np.maximum(useful - serving, 0.0) * fit
    training[:, axis.gaming] *= labs.usable / products.training[axis.gaming]
    runs, largest = _complete_runs(market, rulings, training)
    _serve_users(market, serving)
    gap, gap_own, gap_run = _measure_gaps(market)
    total, running, weight = max(float(held.sum()), 1e-9), held * (1 - unused), training.sum(axis=1)
    kind = np.arange(len(KINDS))[:, None] == labs.kind
    return Use(
        fleet=fleet,
        held=held,
        unused=unused,
        serving=serving,
        training=training,
        compute_by_channel=axis.by_channel(fleet.sum(axis=0) * products.compute),
        compute_value=accelerators.fleet_value(market, fleet),
        idle=float(held @ unused) / total,
        shares=float(held @ held) / total**2,
        sensitive=_sensitive(market, fleet, held, serving),
        serving_by_channel=axis.by_channel(serving.sum(axis=0)),
        training_by_channel=axis.by_channel(training.sum(axis=0)),
        used_by_kind=np.stack([kind @ running, kind @ held]),
        effort=float(labs.effort @ weight / max(float(weight.sum()), 1e-9)),
        runs=runs,
        largest=largest,
        frontier=market.race.frontier[-1],
        china=market.race.china[-1],
        own=market.race.own[-1],
        shortfall=_shortfall(market.race),
        gap=gap,
        gap_own=gap_own,
        gap_run=gap_run,
        mfu=_mfu(market, training, fit),
        lab_runs=labs.run[labs.named()].copy(),
        lab_capability=labs.capability[labs.named()].copy(),
        lab_shelved=labs.shelved[labs.named()].copy(),
        lab_delay=labs.delay[labs.named()].copy(),
    )


def _fitness(market: Market) -> Floats:
    """What useful compute of each product is worth in a large training run over its worth in serving, (products,)."""
    c, products = market.parameters.compute, market.products
    old = np.zeros(len(products), dtype=bool)
    old[market.axis.legacy] = True
    chinese = market.vendors.domestic[products.vendor]
    software = market.parameters.domestic.training_software
    return utilisation.fitness(products.training, products.link, chinese, old, c.train_link, software, c.mfu_legacy)


def _mfu(market: Market, training: Floats, fit: Floats) -> Floats:
    """Training FLOP that labs get out of cards over what those cards could do, by channel: (2, channels) H100e."""
    labs, c, axis = market.labs, market.parameters.compute, market.axis
    reached = utilisation.mfu(c.mfu_cn, labs.skill, c.mfu_skill)
    worth = market.vendors.software[market.products.vendor] * fit
    nominal = np.divide(training.sum(axis=0), worth, out=np.zeros_like(worth), where=worth > 0)
    return np.stack([axis.by_channel(reached @ training), axis.by_channel(nominal)])


def _sensitive(market: Market, fleet: Floats, held: Floats, serving: Floats) -> Floats:
    """Compute of military-linked and surveillance users by route, (routes,) H100e: their own, and what they get from
    others for the money that shortage leaves them."""
    labs, path = market.labs, market.path("inference_share")
    users = labs.end_use >= END_USES.index("surveillance")
    money = float((labs.flow * labs.scarcity)[users].sum())
    there, cost = _ways(market, fleet[~users].sum(axis=0), serving[~users].sum(axis=0))
    saved = proliferation.spared(money, 1 - path, _open_quality(market))
    got, last = proliferation.reach(money - saved, there, cost)
    fronts, own = market.law.checks.shape[1], float(held[users].sum())
    return np.array([own, got[:fronts].sum(), got[fronts:-1].sum(), got[-1], saved / min(last, cost[-1])])


def _ways(market: Market, cards: Floats, serving: Floats) -> tuple[Floats, Floats]:
    """What other labs have within reach of sensitive users, H100e, and what an H100e costs there, USD a month: licensed
    cards by product through fronts, grey cards by product resold, and compute rented, (foreign + grey + 1,) each.

    Each check of customers cuts what fronts get of licensed cards, and screening of remote users what is rented of
    licensed cards and abroad.

    cards, serving   (products,) of others: in their fleets, and H100e serving users
    """
    products, axis, t = market.products, market.axis, market.t
    x, c = market.parameters.licensing, market.parameters.compute
    compute = cards * products.compute
    month = demand.monthly_cost(products.price, products.host, c.life_months, c.discount)
    dear = np.divide(month, products.compute, out=np.ones_like(month), where=products.compute > 0)
    watched = np.zeros(len(products), dtype=bool)
    watched[axis.licensed] = watched[axis.offshore] = True
    rented = np.where(watched & bool(market.law.remote[t]), x.remote_screening, 1.0) @ serving
    rent = float(products.price[axis.offshore].mean()) / market.parameters.offshore.months
    fronts = compute[axis.licensed] * x.check_effect ** market.law.checks[t]
    there = x.reach * np.concatenate([fronts, compute[axis.grey], [rented]])
    return there, np.maximum(np.concatenate([dear[axis.licensed], dear[axis.grey], [rent]]), 1.0)


def _open_quality(market: Market) -> float:
    """Capability of the best lab that publishes its weights over the best of all, 0 to 1."""
    labs = market.labs
    best = labs.capability.max(initial=-np.inf, where=labs.active)
    laid_open = labs.capability.max(initial=-np.inf, where=labs.active & labs.open_weights)
    return float(10.0 ** min(laid_open - best, 0.0)) if np.isfinite(laid_open) else 0.0


def _complete_runs(market: Market, rulings: Rulings, training: Floats) -> tuple[Floats, Floats]:
    """Leaders and labs complete the largest runs feasible, and labs imitate what the frontier serves.

    Once a quarter a lab holds its plan against what it could do: a run out of reach is shelved, once.

    training   (labs, products) H100e
    returns    planned runs that were due, and those shelved; log10 FLOP of the largest of leaders and of labs
    """
    labs, frontier, p, race = market.labs, market.frontier, market.parameters, market.race
    led = frontier.train(market.path("inference_share"), market.path("run_share/US"))
    frontier.capability[:] = np.maximum(frontier.capability, led)
    labs.effort[:] = labs.research()
    runs = labs.train(training.sum(axis=1), market.path("run_share/CN"))
    done = np.isfinite(runs) & labs.due(market.t)
    shelved = done & capability.shelve(labs.planned, runs, p.compute.plan_stretch)
    due = float((done & np.isfinite(labs.planned)).sum())
    labs.shelved += shelved
    labs.delay[shelved] += labs.lack(runs)[shelved]
    labs.planned[done] = labs.plan(runs, shelved, _trend(market))[done]
    labs.run[:] = np.maximum(labs.run, runs)
    labs.own[:] = np.maximum(labs.own, runs + labs.efficiency)
    largest = np.array([(led - frontier.efficiency).max(), runs.max(initial=-np.inf)])
    for record, run in zip((race.us_runs, race.china_runs), largest, strict=True):
        record.append(max([float(run), *record[-1:]]))
    labs.capability[:] = labs.imitate(published_capability(market), published_run(market), rulings.access)
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


def _measure_gaps(market: Market) -> tuple[float, float, float]:
    """Keep both sides' records; how many months China stands behind the frontier, by capability, by what it reaches
    without imitation, and by the largest run alone."""
    race, labs, speed = market.race, market.labs, market.setting.speed_before
    for kept, column in ((race.frontier, market.frontier.capability), (race.china, labs.capability),
                         (race.own, labs.own)):  # fmt: skip
        kept.append(max([float(column.max(initial=-np.inf)), *kept[-1:]]))
    grown = np.log10(market.parameters.compute.plan_growth) / 12
    return (
        _behind(race.frontier, race.china, speed),
        _behind(race.frontier, race.own, speed),
        _behind(race.us_runs, race.china_runs, grown),
    )


def _behind(ours: list[float], theirs: list[float], speed: float) -> float:
    """Months by which the record of their best stands behind ours; negative when they lead, undefined before a run."""
    us, them, t = ours[-1], theirs[-1], len(ours) - 1
    if not (np.isfinite(us) and np.isfinite(them)):
        return np.nan
    if them <= us:
        return capability.months_behind(np.array(ours), them, t, speed)
    return -capability.months_behind(np.array(theirs), us, t, speed)


def _shortfall(race: Race) -> float:
    """How far China stands below the frontier, log10; undefined before a run."""
    us, them = race.frontier[-1], race.china[-1]
    return us - them if np.isfinite(us) and np.isfinite(them) else np.nan


# --- what is published, and efficiency ---


def published_capability(market: Market) -> float:
    """Best capability of the frontier that is public by now, log10 FLOP."""
    return _published(market, market.race.frontier, market.frontier.capability, market.setting.speed_before)


def published_run(market: Market) -> float:
    """Largest run of the frontier that is public by now, log10 FLOP."""
    growth = np.log10(market.parameters.compute.plan_growth) / 12
    return _published(market, market.race.us_runs, market.frontier.capability, growth)


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
def labs_innovate(market: Market, deliveries: Deliveries, use: Use) -> Progress:
    """Labs find and learn efficiency; leaders move on and learn what is laid open; domestic software matures."""
    labs, frontier, vendors, t, i = market.labs, market.frontier, market.vendors, market.t, market.parameters.innovation
    draws = market.setting.draws
    weight = use.training.sum(axis=1)
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
        jumps=float(large.sum()),
        laid_open=float(laid_open @ weight / max(float(weight.sum()), 1e-9)),
        frontier_efficiency=float(frontier.efficiency.max()),
        china_efficiency=labs.best(),
        lab_efficiency=labs.efficiency[labs.named()].copy(),
        lab_place=labs.place(),
        software=vendors.software.copy(),
    )
