"""Chips cut to a line: when a vendor designs one, what it is, where it takes its place, and what a rule strands."""

from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from abm.agents.products import renamed
from abm.facts.catalog import Chip
from abm.foundation.arrays import put
from abm.foundation.compiled import compiled, part
from abm.law import outlook
from abm.law.fit import fit_to
from abm.law.law import Law
from abm.law.levers import POLICIES
from abm.law.rulings import classify
from abm.markets import accelerators, settlement
from abm.records import Bools, Floats, Redesign, Rulings
from abm.rules import commerce, demand
from abm.rules.redesign import Designer
from abm.state import Market, seen, whole

Rows = NDArray[np.int64]


@whole
def look_ahead(market: Market, rulings: Rulings, redesign: Redesign, beyond: bool) -> Rows:
    """Vendors bear what stranded chips cost to make, and pay fines; roadmaps beyond the record come nearer as revenue
    from China adds to R&D; returns vendors' flagships, as in `_flagships`.

    beyond   whether the month lies beyond the record
    """
    market, rulings, redesign = seen(market), seen(rulings), seen(redesign)
    put(redesign.charges, _write_down_stranded(market, rulings.lawful))
    put(redesign.fines, _fines(market))
    settlement.spend(market, redesign.charges, settlement.CHARGES)
    settlement.spend(market, redesign.fines, settlement.FINES)
    if beyond:
        _accelerate_roadmap(market)
    return _flagships(market)


@part
def _write_down_stranded(market: Market, lawful: Bools) -> Floats:
    """What vendors lose on chips made for China alone when law shuts these out: those in work and in stock, at the cost
    of making them, USD (vendors,). After that vendors commit themselves again."""
    products, p = market.products, market.parameters.vendors
    return _write_down(
        market.axis.licensed.start, products.vendor, products.cut_down, products.released, products.price,
        products.orders, products.sales, products.committed, products.lawful, lawful, market.t,
        market.law.announced, 1 - p.margin, p.commit_months, np.zeros(len(market.vendors.cash)),
    )  # fmt: skip


@compiled
def _write_down(
    start: int, vendor: Rows, cut_down: Bools, released: Floats, price: Floats, orders: Floats, sales: Floats,
    committed: Floats, before: Bools, lawful: Bools, t: int, known: Floats, cost: float, months: float, lost: Floats,
) -> Floats:  # fmt: skip
    """Adds what is lost to what each vendor has lost, USD (vendors,)."""
    for k in range(len(lawful)):
        row = start + k
        if cut_down[row] and before[row] and not lawful[k]:
            lost[vendor[row]] += committed[row] * price[row] * cost
        if cut_down[row] and lawful[k] and released[row] <= t:
            committed[row] = commerce.commit(committed[row], orders[row], sales[row], known[t, k], months)
        else:
            committed[row] = 0.0
        before[row] = lawful[k]
    return lost


@part
def _fines(market: Market) -> Floats:
    """Fines of competition cases in China, due in the month they are imposed: a share of a year's revenue there, USD
    (vendors,)."""
    fine, t, earned = market.law.fine, market.t, market.vendors.from_china
    found = np.zeros(len(earned))
    for v in range(len(earned)):
        found[v] = max(fine[t, v] - (fine[t - 1, v] if t > 0 else 0.0), 0.0) * 12 * earned[v]
    return found


@part
def _accelerate_roadmap(market: Market) -> None:
    vendors, products, elasticity = market.vendors, market.products, market.parameters.vendors.rd_elasticity
    for row in market.setting.lined:
        if products.released[row] > market.t:
            v = products.vendor[row]
            products.released[row] -= (
                commerce.roadmap_pace(vendors.from_world[v], vendors.from_china[v], elasticity) - 1
            )


def start_redesign(market: Market, flagships: Rows) -> None:
    """Vendors look at the lines to come and cut a chip to them where that is worth it.

    While the lines are those of the record, the chips on record are the answer to them. Otherwise a vendor looks again
    when the lines or its flagships change.

    flagships   as in `_flagships`
    """
    t, p = market.t, market.parameters
    if market.law.recorded[t] or not p.vendors.spare_designs:
        return
    law = outlook.foreseen(market.regime, t, p.expectation.ahead_months).drawing
    for vendor in market.setting.lines:
        mine = tuple(row for row in flagships[vendor].tolist() if row >= 0)
        if market.designed_for.get(vendor) == (law, mine):
            continue
        market.designed_for[vendor] = (law, mine)
        best = _best(market, law, mine)
        if best and best[0] > (1 + p.vendors.redesign_gain) * _sold_anyway(market, vendor, law):
            _place(market, vendor, best[1])


@part
def _flagships(market: Market) -> Rows:
    """Rows of the chips that each vendor sells at home and could cut, (vendors, generations + 1): its newest
    generations with HBM, the newest last, and its newest card without; -1 where there is none."""
    products, axis = market.products, market.axis
    found = np.full((len(market.vendors.cash), market.parameters.vendors.cut_generations + 1), -1)
    _newest(
        axis.licensed.start, axis.spare.start, products.vendor, products.cut_down, products.released,
        products.packages, market.t, found,
    )  # fmt: skip
    return found


@compiled
def _newest(
    first: int, last: int, vendor: Rows, cut_down: Bools, released: Floats, packages: Floats, t: int, found: Rows
) -> None:
    generations = found.shape[1] - 1
    for row in range(first, last):
        mine = found[vendor[row]]
        if cut_down[row] or released[row] > t:
            continue
        if packages[row] <= 0:
            if mine[generations] < 0 or released[row] >= released[mine[generations]]:
                mine[generations] = row
            continue
        one = row
        for place in range(generations - 1, -1, -1):  # what is older moves down
            if mine[place] < 0 or released[one] >= released[mine[place]]:
                mine[place], one = one, mine[place]
            if one < 0:
                break


def _best(market: Market, law: Law, flagships: tuple[int, ...]) -> tuple[float, Chip] | None:
    """Of the chips cut from those that the law bars, one that takes the fewest packages among the most valuable; with
    its value to a lab, in H100s."""
    inference, packages, found = market.path("inference_share"), market.products.packages, []
    values, weight = accelerators.values(market, inference), accelerators.memory_weight(market, inference)
    d, accept = market.parameters.demand, market.parameters.vendors.redesign_for
    for row in flagships:
        flagship = market.chips[market.axis.skus[row]]
        chip = _cut(law.lines, flagship, accept, weight, inference, d.capacity_exponent, d.link_exponent)
        if chip and chip != flagship and chip.price_usd and flagship.price_usd:
            found.append((float(values[row]) * chip.price_usd / flagship.price_usd, -float(packages[row]), chip))
    top = max((value for value, _, _ in found), default=0.0)
    fine = [one for one in found if one[0] >= market.parameters.vendors.design_tolerance * top]
    best = max(fine, key=lambda one: (one[1], one[0]), default=None)
    return (best[0], best[2]) if best else None


@lru_cache(maxsize=4096)
def _cut(
    law: Law, flagship: Chip, accept: str, weight: float, inference: float, capacity: float, link: float
) -> Chip | None:
    """The best chip cut from a flagship to a law's lines, for labs that value chips so; worked out once a process."""
    worth = partial(
        demand.chip_value, memory_weight=weight, inference=inference, capacity_exponent=capacity, link_exponent=link
    )
    return fit_to(law, flagship, Designer(worth), accept)


def _sold_anyway(market: Market, vendor: int, law: Law) -> float:
    """Value of the best chip that a vendor may sell under a law without a new design, those on their way included."""
    products, p = market.products, market.parameters.vendors
    rows = np.arange(market.axis.licensed.start, market.axis.licensed.stop)
    ready = products.released[rows] <= market.t + p.redesign_months
    ready &= (products.vendor[rows] == vendor) & (products.shut[rows] < p.mothball_months)
    most = POLICIES.index(p.redesign_for)
    passing = [
        row
        for row in rows[ready]
        if POLICIES.index(classify(market.chips[market.axis.skus[row]], law).in_practice) <= most
    ]
    return float(accelerators.values(market, market.path("inference_share"))[passing].max(initial=0.0))


def _place(market: Market, vendor: int, chip: Chip) -> None:
    """Put a design into its vendor's next spare row, on sale after the time that a redesign takes."""
    spare = np.arange(market.axis.spare.start, market.axis.spare.stop)
    mine = spare[market.products.vendor[spare] == vendor]
    count = int(market.vendors.designs[vendor])
    if count == len(mine):
        return
    row = int(mine[count])
    named = renamed(chip, market.axis.skus[row])
    market.products.fill(row, named)
    market.products.released[row] = market.t + market.parameters.vendors.redesign_months
    market.vendors.designs[vendor] += 1
    market.chips[named.sku] = named
    market.law = market.law.with_product(row - market.axis.licensed.start, named, market.t)
