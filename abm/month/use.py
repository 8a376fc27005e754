"""Loops over labs and their cards: what fleets are worth, whom they serve, what they train, and what comes of it."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled
from abm.rules import ageing, capability, proliferation, utilisation

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]


# --- cards ---


@compiled
def count_cards(fleet: Floats, rented: Floats, compute: Floats, offshore: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Cards in use, rented compute among them: (labs, products), and of all labs, (products,); H100e held, and in the
    youngest class, (labs,).

    fleet, rented   (labs, products, classes) units; (labs, term) H100e
    offshore        row of rented compute
    """
    labs, products, _ = fleet.shape
    cards, units = np.zeros((labs, products)), np.zeros(products)
    held, young = np.zeros(labs), np.zeros(labs)
    for i in range(labs):
        whole, new = 0.0, 0.0
        for k in range(products):
            here = 0.0
            for age in range(ageing.CLASSES):
                here += fleet[i, k, age]
            if here == 0:
                continue
            cards[i, k] = here
            whole += here * compute[k]
            new += fleet[i, k, 0] * compute[k]
        for month in range(rented.shape[1]):
            cards[i, offshore] += rented[i, month]
            whole += rented[i, month] * compute[offshore]

        held[i], young[i] = whole, new
        for k in range(products):
            units[k] += cards[i, k]
    return cards, units, held, young


@compiled
def put_to_use(
    cards: Floats,
    units: Floats,
    unused: Floats,
    inference: Floats,
    worth: Floats,
    fit: Floats,
    placement: float,
    usable: Floats,
    training: Floats,
    gaming: int,
    skill: Floats,
    base: float,
    exponent: float,
    apart: Bools,
) -> tuple[Floats, Floats, Floats, Floats]:
    """H100e that serve users, and that train, (labs, products); sums of `add_up`; H100e of both by lab, (2, labs).

    usable   (labs, gaming) share of a converted card that a lab's runs can use, in place of the mean in `training`
    gaming   first of their rows
    skill, base, exponent   (labs,) as in `utilisation.mfu`; apart: (labs,) as in `add_up`
    """
    labs, products = cards.shape
    rows = held_by_any(units)
    serving, trained, by_lab = np.zeros((labs, products)), np.zeros((labs, products)), np.zeros((2, labs))
    useful, fitness = np.zeros(len(rows)), np.zeros(len(rows))
    for n in range(len(rows)):
        fitness[n] = fit[rows[n]]
    level, levels = utilisation.steps(fitness)

    share = np.zeros(levels)
    for i in range(labs):
        sum_serving, sum_trained = 0.0, 0.0
        for n in range(len(rows)):
            useful[n] = cards[i, rows[n]] * worth[rows[n]] * (1 - unused[i])
        utilisation.serve_users(useful, inference[i], level, placement, share)
        for n in range(len(rows)):
            k, served = rows[n], useful[n] * share[level[n]]
            left = max(useful[n] - served, 0.0) * fitness[n]
            if gaming <= k < gaming + usable.shape[1]:
                left *= usable[i, k - gaming] / training[k]
            serving[i, k], trained[i, k] = served, left
            sum_serving += served
            sum_trained += left
        by_lab[0, i], by_lab[1, i] = sum_serving, sum_trained
    return serving, trained, add_up(cards, serving, trained, skill, base, exponent, apart), by_lab


@compiled
def held_by_any(units: Floats) -> Rows:
    """Rows of products that labs hold; units (products,) of all labs."""
    rows, count = np.zeros(len(units), dtype=np.int64), 0
    for k in range(len(units)):
        if units[k] > 0:
            rows[count] = k
            count += 1
    return rows[:count].copy()


@compiled
def add_up(
    cards: Floats, serving: Floats, training: Floats, skill: Floats, base: float, exponent: float, apart: Bools
) -> Floats:
    """Sums over labs by product, (5, products): H100e serving, training, and got out of these by labs' skill; cards and
    H100e serving of labs that do not stand apart.

    cards, serving, training   (labs, products)
    """
    total = np.zeros((5, cards.shape[1]))
    for i in range(len(cards)):
        add(total, 0, serving, i, 1.0)
        add(total, 1, training, i, 1.0)
        add(total, 2, training, i, utilisation.mfu(base, skill[i], exponent))
        if not apart[i]:
            add(total, 3, cards, i, 1.0)
            add(total, 4, serving, i, 1.0)
    return total


@compiled
def add(total: Floats, row: int, values: Floats, i: int, factor: float) -> None:
    """Add a lab's values, times a factor, to a row of sums by product."""
    for k in range(values.shape[1]):
        total[row, k] += values[i, k] * factor


@compiled
def by_channel(
    units: Floats, by_product: Floats, compute: Floats, worth: Floats, channel: Rows, channels: int
) -> Floats:
    """Sums by channel, (5, channels) H100e: held, serving, training, got out of these by labs' skill, and what cards in
    training could do.

    units, by_product   (products,) cards, and sums as in `add_up`
    worth               (products,) of an H100e of a card in training
    channel             (products,) place of each one's channel
    """
    found = np.zeros((5, channels))
    for k in range(len(units)):
        found[0, channel[k]] += units[k] * compute[k]
        for row in range(3):
            found[1 + row, channel[k]] += by_product[row, k]
        if worth[k] > 0:
            found[4, channel[k]] += by_product[1, k] / worth[k]
    return found


# --- runs ---


@compiled
def hold_plans(planned: Floats, runs: Floats, due: Bools, stretch: float) -> tuple[Bools, Bools, Floats]:
    """Labs that hold their plan against what they can do, those that shelve it, (labs,), and how many of each do that
    had a plan, (2,)."""
    done, shelved, counts = np.zeros(len(due), dtype=np.bool_), np.zeros(len(due), dtype=np.bool_), np.zeros(2)
    for i in range(len(due)):
        done[i] = due[i] and runs[i] > -np.inf
        if done[i] and planned[i] > -np.inf:
            shelved[i] = capability.shelve(planned[i], runs[i], stretch)
            counts[0] += 1
            counts[1] += shelved[i]
    return done, shelved, counts


@compiled
def note_runs(
    runs: Floats,
    done: Bools,
    shelved: Bools,
    plans: Floats,
    lacking: Floats,
    efficiency: Floats,
    planned: Floats,
    count: Floats,
    delay: Floats,
    run: Floats,
    own: Floats,
) -> float:
    """Labs' columns `planned`, `shelved`, `delay`, `run` and `own` after the month's runs; the largest of these."""
    largest = -np.inf
    for i in range(len(runs)):
        if done[i]:
            planned[i] = plans[i]
        if shelved[i]:
            count[i] += 1
            delay[i] += lacking[i]
        run[i] = max(run[i], runs[i])
        own[i] = max(own[i], runs[i] + efficiency[i])
        largest = max(largest, runs[i])
    return largest


@compiled
def weigh(
    held: Floats,
    unused: Floats,
    training: Floats,
    effort: Floats,
    kind: Rows,
    kinds: int,
    flow: Floats,
    scarcity: Floats,
    apart: Bools,
) -> tuple[Floats, float, float, float, float, float]:
    """H100e at work and held by kind of lab, (2, kinds); share of compute that is idle, its concentration, effort by
    training compute; H100e held by labs that stand apart, and USD that shortage leaves these."""
    by_kind = np.zeros((2, kinds))
    total, idle, square, trained, worked, own, money = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(len(held)):
        by_kind[0, kind[i]] += held[i] * (1 - unused[i])
        by_kind[1, kind[i]] += held[i]
        total += held[i]
        idle += held[i] * unused[i]
        square += held[i] * held[i]
        trained += training[i]
        worked += training[i] * effort[i]
        if apart[i]:
            own += held[i]
            money += flow[i] * scarcity[i]
    total = max(total, 1e-9)
    return by_kind, idle / total, square / (total * total), worked / max(trained, 1e-9), own, money


@compiled
def bests(level: Floats, own: Floats, active: Bools, open_weights: Bools) -> tuple[float, float, float, float]:
    """Best capability of all labs, best by own runs, best in business, best of these with open weights, log10 FLOP."""
    best = best_own = best_active = best_open = -np.inf
    for i in range(len(level)):
        best, best_own = max(best, level[i]), max(best_own, own[i])
        if active[i]:
            best_active = max(best_active, level[i])
            if open_weights[i]:
                best_open = max(best_open, level[i])
    return best, best_own, best_active, best_open


@compiled
def mean(value: Floats, weight: Floats) -> float:
    """Mean of labs' values by a weight; 0 without any."""
    total, whole = 0.0, 0.0
    for i in range(len(value)):
        total += value[i] * weight[i]
        whole += weight[i]
    return total / max(whole, 1e-9)


# --- sensitive users ---


@compiled
def routes(
    own: float,
    money: float,
    saved: float,
    cards: Floats,
    serving: Floats,
    compute: Floats,
    month: Floats,
    rent: float,
    checks: Floats,
    check_effect: float,
    screened: float,
    share: float,
    grey: int,
    gaming: int,
    offshore: int,
) -> Floats:
    """Compute of military-linked and surveillance users by route, (routes,) H100e: their own, and what they get from
    others, of licensed cards through fronts, of grey cards resold, rented, and spared by open weights.

    Each check of customers cuts what fronts get of licensed cards, and screening of remote users what is rented of
    licensed cards and abroad.

    own, money, saved   H100e of their own; USD that shortage leaves them, and what of it open weights save them
    cards, serving      (products,) of others: in their fleets, and H100e serving users
    compute, month      (products,) H100e of a card, and USD a month of owning one; rent: USD a month for an H100e
    checks              (foreign,) of customers, and what each leaves; screened: share of remote users screening leaves
    share               of others' compute that is within reach
    grey, gaming        where the rows of grey cards begin and end; offshore: row of rented compute
    """
    foreign = len(checks)
    there, cost = np.zeros(foreign + gaming - grey + 1), np.ones(foreign + gaming - grey + 1)
    for way in range(len(there) - 1):
        k = way if way < foreign else grey + way - foreign
        there[way] = share * cards[k] * compute[k] * (check_effect ** checks[k] if way < foreign else 1.0)
        if compute[k] > 0:
            cost[way] = max(month[k] / compute[k], 1.0)
    for k in range(len(cards)):
        there[-1] += share * serving[k] * (screened if k < foreign or k == offshore else 1.0)
    cost[-1] = max(rent, 1.0)

    got, last = proliferation.reach(money - saved, there, cost)
    found = np.array([own, 0.0, 0.0, got[-1], saved / min(last, cost[-1])])
    for way in range(len(got) - 1):
        found[1 if way < foreign else 2] += got[way]
    return found
