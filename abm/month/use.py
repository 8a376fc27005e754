"""Loops over labs and their cards: what fleets are worth, whom they serve, what they train, and what comes of it."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled
from abm.rules import capability, innovation, proliferation, utilisation

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]


# --- cards ---


@compiled
def count_cards(own: Floats, rented: Floats, compute: Floats, offshore: int, cards: Floats, held: Floats) -> Floats:
    """Count cards in use, rented compute among them, (labs, products), and H100e held, (labs,); returns cards of all
    labs, (products,).

    own, rented   (labs, products) units; (labs, term) H100e
    offshore      row of rented compute
    """
    units = np.zeros(len(compute))
    for i in range(len(cards)):
        for k in range(len(compute)):
            cards[i, k] = own[i, k]
        for month in range(rented.shape[1]):
            cards[i, offshore] += rented[i, month]
        for k in range(len(compute)):
            units[k] += cards[i, k]
    rows, count = held_by_any(units)
    for i in range(len(cards)):
        whole = 0.0
        for n in range(count):
            whole += cards[i, rows[n]] * compute[rows[n]]
        held[i] = whole
    return units


@compiled
def appraise(
    compute: Floats,
    training: Floats,
    link: Floats,
    vendor: Rows,
    legacy: int,
    software: Floats,
    domestic: Bools,
    exponent: float,
    training_software: float,
    aged: float,
) -> tuple[Floats, Floats]:
    """Useful compute of a card of each product, H100e, and its worth in a large training run over that in serving,
    (products,).

    compute, training, link   (products,); legacy: first of the rows of the oldest fleet, which are the last
    vendor                    (products,) row in software and domestic, (vendors,)
    """
    worth, chinese, old = np.zeros(len(compute)), np.zeros(len(compute), np.bool_), np.zeros(len(compute), np.bool_)
    for k in range(len(compute)):
        worth[k], chinese[k], old[k] = compute[k] * software[vendor[k]], domestic[vendor[k]], k >= legacy
    return worth, utilisation.fitness(training, link, chinese, old, exponent, training_software, aged)


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
    trained: Floats,
) -> tuple[Floats, Floats]:
    """Note H100e that train, (labs, products); returns sums over labs by product, (5, products): H100e serving users,
    training, and got out of these by labs' skill; cards and H100e serving of labs that do not stand apart; and H100e
    serving and training by lab, (2, labs).

    usable   (labs, gaming) share of a converted card that a lab's runs can use, in place of the mean in `training`
    gaming   first of their rows
    skill, base, exponent   (labs,) as in `capability.mfu`; apart: (labs,) who stands apart
    """
    labs, products = cards.shape
    rows, count = held_by_any(units)
    by_product, by_lab = np.zeros((5, products)), np.zeros((2, labs))
    useful, fitness = np.zeros(count), np.zeros(count)
    for n in range(count):
        fitness[n] = fit[rows[n]]
    level, levels = utilisation.steps(fitness)

    share = np.zeros(levels)
    for i in range(labs):
        for n in range(count):
            useful[n] = cards[i, rows[n]] * worth[rows[n]] * (1 - unused[i])
        utilisation.place(useful, inference[i], level, placement, share)
        reached, served, left = capability.mfu(base, skill[i], exponent), 0.0, 0.0
        for n in range(count):
            k = rows[n]
            serves = useful[n] * share[level[n]]
            trains = max(useful[n] - serves, 0.0) * fitness[n]
            if gaming <= k < gaming + usable.shape[1]:
                trains *= usable[i, k - gaming] / training[k]
            trained[i, k] = trains
            served += serves
            left += trains
            by_product[0, k] += serves
            by_product[1, k] += trains
            by_product[2, k] += trains * reached
            if not apart[i]:
                by_product[3, k] += cards[i, k]
                by_product[4, k] += serves
        by_lab[0, i], by_lab[1, i] = served, left
    return by_product, by_lab


@compiled
def held_by_any(units: Floats) -> tuple[Rows, int]:
    """Rows of products that labs hold, first, and how many they are; units (products,) of all labs."""
    rows, count = np.zeros(len(units), dtype=np.int64), 0
    for k in range(len(units)):
        if units[k] > 0:
            rows[count] = k
            count += 1
    return rows, count


@compiled
def by_channel(
    units: Floats,
    by_product: Floats,
    compute: Floats,
    worth: Floats,
    fit: Floats,
    channel: Rows,
    channels: int,
) -> Floats:
    """Sums by channel, (5, channels) H100e: held, serving, training, got out of these by labs' skill, and what cards in
    training could do.

    units, by_product   (products,) cards, and sums as in `put_to_use`
    worth, fit          (products,) as in `appraise`
    channel             (products,) place of each one's channel
    """
    found = np.zeros((5, channels))
    for k in range(len(units)):
        found[0, channel[k]] += units[k] * compute[k]
        for row in range(3):
            found[1 + row, channel[k]] += by_product[row, k]
        if worth[k] * fit[k] > 0:
            found[4, channel[k]] += by_product[1, k] * compute[k] / (worth[k] * fit[k])
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
def lay_open(found: Floats, large: Bools, laid_open: Floats, training: Floats, part: float) -> tuple[float, float, int]:
    """What leaders gain from large jumps laid open, log10; share of improvements laid open, by training compute; and
    how many jumps there are.

    found, large, laid_open   (labs,) log10, whether it is a large jump, and the share of it that a lab publishes
    training                  (labs,) H100e; part: as in `innovation.give_back`
    """
    jumps, count, opened, whole = np.zeros(len(found)), 0, 0.0, 0.0
    for i in range(len(found)):
        if large[i]:
            jumps[i] = found[i]
            count += 1
        opened += laid_open[i] * training[i]
        whole += training[i]
    return innovation.give_back(jumps, laid_open, part), opened / max(whole, 1e-9), count


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
    found = np.zeros(5)
    found[0], found[3], found[4] = own, got[-1], saved / min(last, cost[-1])
    for way in range(len(got) - 1):
        found[1 if way < foreign else 2] += got[way]
    return found
