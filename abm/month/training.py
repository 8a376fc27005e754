"""What fleets do: how much of them runs, who is served, which runs are planned, shelved and completed."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.agents.lab import END_USES, KINDS
from abm.markets import accelerators
from abm.month.history import published
from abm.rules import ageing, capability, expectation, revenue, utilisation

if TYPE_CHECKING:
    from abm.model import ChipMarket

Floats = NDArray[np.float64]


def fitness(m: "ChipMarket") -> Floats:
    """What useful compute of each product is worth in a large training run over its worth in serving, (products,)."""
    c, products = m.p.compute, m.products
    old = np.zeros(len(products), dtype=bool)
    old[m.place.slices["legacy"]] = True
    chinese = m.vendors.domestic[products.vendor]
    software = m.p.domestic.training_software
    return utilisation.fitness(products.training, products.link, chinese, old, c.train_link, software, c.mfu_legacy)


def use_fleets(m: "ChipMarket") -> None:
    """Labs use what does not stand idle, and split it between users and training by what each card is fit for.

    fleet              (labs, products) cards
    serving, training  (labs, products) H100e, worth of the software included
    """
    now, labs, products = m.now, m.labs, m.products
    now.fleet = ageing.whole(labs.fleet)
    now.fleet[:, m.offshore.start] += labs.rented.sum(axis=1)
    products.leaked[m.foreign] = accelerators.leaked(m)
    now.held = now.fleet @ products.compute
    now.idle = m.kinds.lab.idle(labs, now.held, labs.fleet[:, :, 0] @ products.compute, m.p)
    worth = products.compute * m.vendors.software[products.vendor]
    useful = now.fleet * worth * (1 - now.idle)[:, None]
    now.fit = fitness(m)
    inference = m.kinds.lab.serve(labs, float(m.paths["inference_share"][m.t]), m.p)
    now.serving = utilisation.place(useful, inference, now.fit, m.p.compute.placement)
    now.training = np.maximum(useful - now.serving, 0.0) * now.fit
    now.sensitive = _sensitive(m)


def complete_runs(m: "ChipMarket") -> None:
    """Leaders and labs complete the runs due this quarter; a planned run that cannot be done is shelved, once.

    The largest feasible run completes. What the frontier has published spills over to those who complete one.
    """
    now, labs, t, p = m.now, m.labs, m.t, m.p
    inference = float(m.paths["inference_share"][t])
    led = m.kinds.frontier.train(m.frontier, t, inference, float(m.paths["run_share/US"][t]), p)
    m.frontier.capability[:] = np.maximum(m.frontier.capability, led)
    labs.effort[:] = m.kinds.lab.research(labs, p)
    runs = m.kinds.lab.train(labs, now.training.sum(axis=1), t, float(m.paths["run_share/CN"][t]), p)
    done = np.isfinite(runs)
    shelved = done & capability.shelve(labs.planned, runs, p.compute.plan_stretch)
    now.runs = np.array([float((done & np.isfinite(labs.planned)).sum()), float(shelved.sum())])
    labs.shelved += shelved
    labs.planned[done] = m.kinds.lab.plan(labs, runs, shelved, _trend(m), p)[done]
    share = p.innovation.spillover * now.openness * float(m.paths["spillover_onset"][t])
    known = published(m, "capability_frontier")
    reached = capability.spill_over(runs[done] + labs.efficiency[done], known, share)
    labs.capability[done] = np.maximum(labs.capability[done], reached)
    now.largest = np.array([(led - m.frontier.efficiency).max(), runs.max(initial=-np.inf)])
    m.us_runs.append(max([float(now.largest[0]), *m.us_runs[-1:]]))


def serve_users(m: "ChipMarket") -> None:
    """What users are served with brings in revenue, the less the further a lab's model lags behind."""
    labs, b = m.labs, m.p.budget
    earned = revenue.earn(m.now.serving.sum(axis=1), labs.capability, float(m.frontier.capability.max()), b.quality)
    labs.revenue[:] = expectation.smooth(labs.revenue, earned, 1 / b.revenue_months)


def response(m: "ChipMarket") -> float:
    """Factor by which all labs' money answers revenue; 1 until the first month reported."""
    if m.t < m.reported_from:
        return 1.0
    b = m.p.budget
    reference = float(m.paths["reference_revenue"][m.t])
    return revenue.respond(float(m.labs.revenue.sum()), reference, b.elasticity, b.response_most)


def _trend(m: "ChipMarket") -> float:
    """Log10 a year by which the largest published US runs grew over their last year; declared before there is one."""
    last = min(m.t - m.p.innovation.lag_months, len(m.us_runs) - 1)
    if last < 12:
        return float(np.log10(m.p.compute.plan_growth))
    return m.us_runs[last] - m.us_runs[last - 12]


def _sensitive(m: "ChipMarket") -> float:
    """Compute of military-linked and surveillance users, H100e, with what leaks to them from others.

    A share of the compute of state buyers, and of what others hold in grey cards, is resold or leased to them; so are
    licensed cards of these others, less where remote users are screened, and licensed cards slip through to fronts.
    """
    labs, now = m.labs, m.now
    users = labs.end_use >= END_USES.index("surveillance")
    grey = m.place.slices["grey"]
    open_to = np.where(labs.kind == KINDS.index("state"), now.held, now.fleet[:, grey] @ m.products.compute[grey])
    x, rows = m.p.licensing, m.foreign
    reached = x.resale * (x.remote_screening if m.conditions.remote[m.t] else 1.0)
    private = ~users & (labs.kind != KINDS.index("state"))
    licensed = reached * now.fleet[private, rows].sum(axis=0) + m.products.leaked[rows]
    leaked = m.p.compute.leakage * open_to[~users].sum() + licensed @ m.products.compute[rows]
    return float(now.held[users].sum() + leaked)
