"""Licences: how labs fare as applicants, what they apply for, what is decided, and what quotas leave."""

import math

import numpy as np
from numpy.typing import NDArray

from abm.agents.governments import US
from abm.agents.labs import Labs
from abm.foundation.arrays import times
from abm.foundation.compiled import compiled, part
from abm.foundation.mirrors import behaviour
from abm.law.levers import POLICIES
from abm.records import Budgets, Offers, Rulings
from abm.rules import demand, licensing
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]
Codes = NDArray[np.int8]

NOTIFY = POLICIES.index("notify")

choose, fares_of = behaviour(Labs.choose), behaviour(Labs.standing)


@part
def standing(market: Market) -> Floats:
    """How each applicant fares against a civil one, (labs,): nothing when barred, less where owners may be listed."""
    law, t = market.law, market.t
    plain = fares_of(market.labs, law.military[t])
    return times(plain, 1 - licensing.affiliated(market.parameters.licensing.affiliates, law.ownership[t]))


def staffing(market: Market) -> float:
    """Cards whose applications the licensing staff can decide in a month."""
    posts = market.law.staff[market.t] * market.governments.staff[US]
    return float(posts) * market.parameters.licensing.cards_per_officer


@part
def process(market: Market, rulings: Rulings, budgets: Budgets, offers: Offers, fares: Floats, staff: float) -> None:
    """Labs file for what they would buy and lack; some is decided and granted within quotas; what is no longer needed
    or to be had lapses.

    fares   (labs,) how each stands as an applicant; staff: as in `staffing`
    """
    labs, axis, p, law, t = market.labs, market.axis, market.parameters, market.law, market.t
    review = law.review[t] + p.licensing.lab_test_months * law.lab_test[t]
    rows, months = _needed(rulings.needs_licence, rulings.open, rulings.policy, review, law.notice[t])
    if len(rows) == 0:
        labs.pending[:] = 0.0
        labs.licensed[:] = 0.0
        offers.delay = np.nan
        return
    live = _live(offers.supply)
    open_to, utility = _weigh_chances(
        live, offers.eligible, offers.supply, offers.cost, offers.value, offers.utility, rulings.approval,
        budgets.money, p.demand.consideration,
    )  # fmt: skip
    nest = np.empty(len(live), np.int64)
    for k in range(len(live)):
        nest[k] = axis.nests[live[k]]
    shares = choose(labs, utility, open_to, nest, budgets.odds)
    offers.applied, offers.granted, offers.delay = _decide(
        shares, live, rows, budgets.money, offers.cost, rulings.accepted, rulings.approval, months, staff, fares,
        1 - 1 / p.licensing.validity_months, market.products.abroad, law.quota_buyer[t], law.quota_us[t], law.quota[t],
        law.quota_all[t], labs.pending, labs.licensed, labs.granted,
    )  # fmt: skip


# --- the loops ---


@compiled
def _live(supply: Floats) -> Rows:
    """Products on sale, of which there are some units, (products,)."""
    count, rows = 0, np.empty(len(supply), np.int64)
    for row in range(len(supply)):
        if supply[row] > 0:
            rows[count] = row
            count += 1
    return rows[:count]


@compiled
def _needed(needs_licence: Bools, way_in: Bools, policy: Codes, review: float, notice: float) -> tuple[Rows, Floats]:
    """Foreign products, which stand first, that need a licence and may be sold, and months of review, (rows,) both:
    notification has its own clock.

    needs_licence, policy   (foreign,); place in POLICIES
    way_in                  (products,) whether it may be sold
    """
    count, rows = 0, np.empty(len(policy), dtype=np.int64)
    for row in range(len(policy)):
        if needs_licence[row] and way_in[row]:
            rows[count] = row
            count += 1
    months = np.empty(count)
    for k in range(count):
        months[k] = notice if policy[rows[k]] == NOTIFY else review
    return rows[:count], months


@compiled
def _decide(
    shares: Floats, live: Rows, rows: Rows, money: Floats, cost: Floats, accepted: Floats, approval: Floats,
    months: Floats, staff: float, fares: Floats, valid: float, abroad: Floats, buyer: Floats, us: Floats, each: Floats,
    whole: float, pending: Floats, licensed: Floats, given: Floats,
) -> tuple[float, float, float]:  # fmt: skip
    """Labs file, some is decided, and what quotas leave is granted; returns units applied for and granted, and months
    from filing to decision. Arguments as in the loops that follow; approval (foreign,) chance of a grant."""
    filed, queue = _file(shares, live, rows, money, cost, accepted, months, pending, licensed)
    decided, chance = licensing.review(queue, months, staff), np.empty(len(rows))
    for k in range(len(rows)):
        chance[k] = approval[rows[k]]
    granted = licensing.grant(decided, chance, fares)
    granted = _within_quotas(granted, rows, given, abroad, buyer, us, each, whole)
    total = _enter(rows, len(accepted), queue, decided, granted, valid, pending, licensed, given)
    delay, applied = _delay(filed, licensing.queue_months(months, queue, staff)), 0.0
    for k in range(len(rows)):
        applied += filed[k]
    return applied, total, delay


@compiled
def _weigh_chances(
    live: Rows, eligible: Bools, supply: Floats, cost: Floats, value: Floats, utility: Floats, approval: Floats,
    money: Floats, width: float,
) -> tuple[Floats, Floats]:  # fmt: skip
    """What is on sale, (live,), is open to whom, (labs, live), and its utility, (live,), less where a licence is
    unlikely or an offer worth far less per dollar than others.

    eligible           (labs, products)
    supply to utility  (products,) units, USD, H100s, utility
    approval           (foreign,) chance of a grant; foreign products stand first
    money              (labs,) USD; width: as in `demand.disregard`
    """
    open_to, whole = np.zeros((len(money), len(live))), 0.0
    for i in range(len(money)):
        whole += money[i]
        for k in range(len(live)):
            if eligible[i, live[k]]:
                open_to[i, k] = 1.0
    worth, dollars, chance = np.empty(len(live)), np.empty(len(live)), np.ones(len(live))
    for k in range(len(live)):
        row = live[k]
        if row < len(approval):
            chance[k] = approval[row]
        worth[k], dollars[k] = value[row] / cost[row], chance[k] * supply[row] * cost[row]
    felt = demand.disregard(worth, dollars, whole, width)
    for k in range(len(live)):
        felt[k] += utility[live[k]] + math.log(chance[k])
    return open_to, felt


@compiled
def _file(
    shares: Floats, live: Rows, rows: Rows, money: Floats, cost: Floats, accepted: Floats, months: Floats,
    pending: Floats, licensed: Floats,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Units applied for of what needs a licence, (rows,), and all that is under review then, (labs, rows).

    shares              (labs, live) of money, (labs,) USD, that would be turned to what is on sale
    cost                (products,) USD/card; accepted: (foreign,) share of orders; foreign products stand first
    months              (rows,) of review
    pending, licensed   (labs, products) units
    """
    filed, queue = np.zeros(len(rows)), np.zeros((len(money), len(rows)))
    for k in range(len(rows)):
        row, column = rows[k], 0
        while column < len(live) and live[column] < row:
            column += 1
        there = column < len(live) and live[column] == row
        for i in range(len(money)):
            share = shares[i, column] if there else 0.0
            wish = money[i] * share * (accepted[row] / cost[row])
            units = licensing.file(wish, pending[i, row], licensed[i, row], months[k])
            filed[k] += units
            queue[i, k] = pending[i, row] + units
    return filed, queue


@compiled
def _within_quotas(
    granted: Floats, rows: Rows, given: Floats, abroad: Floats, buyer: Floats, us: Floats, each: Floats, whole: float
) -> Floats:
    """Grants (labs, rows) cut to what quotas leave: for a buyer, a product, all together.

    granted, given   (labs, rows) units this month; (labs, products) in all before
    abroad           (products,) units sold for use in the United States
    buyer, us, each  (foreign,) limits: units for a buyer, a share of US use, units a month; infinite without
    whole            units a month of all products
    """
    own, room, total = granted.copy(), np.empty(len(rows)), 0.0
    for k in range(len(rows)):
        row, before = rows[k], 0.0
        for i in range(len(granted)):
            before += given[i, row]
            own[i, k] = min(granted[i, k], max(buyer[row] - given[i, row], 0.0))
        room[k] = each[row]
        if us[row] < np.inf:
            room[k] = min(room[k], max(us[row] * abroad[row] - before, 0.0))
    own = licensing.ration_quota(own, room)
    for i in range(len(own)):
        for k in range(len(rows)):
            total += own[i, k]
    for i in range(len(own)):
        for k in range(len(rows)):
            own[i, k] *= whole / total if total > whole else 1.0
    return own


@compiled
def _enter(
    rows: Rows, foreign: int, queue: Floats, decided: Floats, granted: Floats, valid: float, pending: Floats,
    licensed: Floats, given: Floats,
) -> float:  # fmt: skip
    """Write down what is decided and granted, (labs, rows) units; all else lapses; returns units granted.

    rows       of the foreign products, which stand first
    queue      (labs, rows) units under review
    valid      share of licences held that stay valid
    pending, licensed, given   (labs, products) units
    """
    total = 0.0
    for i in range(len(queue)):
        k = 0
        for row in range(foreign):
            if k < len(rows) and rows[k] == row:
                pending[i, row] = queue[i, k] - decided[i, k]
                licensed[i, row] = licensed[i, row] * valid + granted[i, k]
                given[i, row] += granted[i, k]
                total += granted[i, k]
                k += 1
            else:
                pending[i, row] = licensed[i, row] = 0.0
    return total


@compiled
def _delay(filed: Floats, wait: Floats) -> float:
    """Mean months from filing to decision of what was filed, (rows,) units: undefined when nothing was, or is ever
    decided; wait (rows,) months."""
    whole, waited = 0.0, 0.0
    for k in range(len(filed)):
        if filed[k] > 0:
            whole += filed[k]
            waited += filed[k] * max(wait[k], 1.0)
    return waited / whole if whole > 0 and waited < np.inf else np.nan
