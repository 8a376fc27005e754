"""Chips cut to a line: when a vendor designs one, what it is, where it takes its place, and what a rule strands."""

from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.agents import product
from abm.facts.catalog import Chip
from abm.law import outlook
from abm.law.calendar import Calendar
from abm.law.fit import fit_to
from abm.law.law import Law
from abm.law.levers import POLICIES
from abm.law.rulings import classify
from abm.markets import accelerators
from abm.rules import commerce, demand
from abm.rules.redesign import Designer

if TYPE_CHECKING:
    from abm.model import ChipMarket

Floats = NDArray[np.float64]

GENERATIONS = 3
"""How many generations of chips with HBM a vendor can still cut down."""
NEARLY = 0.95
"""Value over the best design's from which on a vendor rather saves packages: assumed."""


def strand(m: "ChipMarket") -> Floats:
    """What vendors lose on chips made for China alone when law shuts these out: those in work and in stock, at the cost
    of making them, USD (vendors,). After that vendors commit themselves anew."""
    products, rows, t, p = m.products, m.foreign, m.t, m.p.vendors
    made, lawful = products.cut_down[rows], m.now.lawful
    shut = made & products.lawful[rows] & ~lawful
    lost = np.where(shut, products.committed[rows] * products.price[rows] * (1 - p.margin), 0.0)
    known = m.schedule.announced[t]
    committed = commerce.commit(
        products.committed[rows], products.orders[rows], products.sales[rows], known, p.commit_months
    )
    products.committed[rows] = np.where(made & lawful & (products.released[rows] <= t), committed, 0.0)
    products.lawful[rows] = lawful
    return np.bincount(products.vendor[rows], lost, len(m.vendors))


def hasten(m: "ChipMarket") -> None:
    """Foreign roadmaps beyond the record come nearer as revenue from China adds to R&D."""
    vendors, products = m.vendors, m.products
    if outlook.on_record(m.t):
        return
    pace = commerce.roadmap_pace(vendors.from_world, vendors.from_china, m.p.vendors.rd_elasticity)
    for vendor, rows in m.line_rows.items():
        ahead = rows[products.released[rows] > m.t]
        products.released[ahead] -= pace[vendor] - 1


def begin(m: "ChipMarket") -> None:
    """Vendors look at the lines to come and cut a chip to them where that is worth it.

    While the lines are those of the record, the chips on record are the answer to them. Otherwise a vendor looks anew
    when the lines or its flagships change.
    """
    t, p = m.t, m.p
    if m.schedule.recorded[t] or not p.vendors.spare_designs:
        return
    law = outlook.foreseen(m.regime, t, p.expectation.ahead_months).drawing
    for vendor in m.line_rows:
        flagships = _flagships(m, vendor)
        if m.designed_for.get(vendor) == (law, flagships):
            continue
        m.designed_for[vendor] = (law, flagships)
        best = _best(m, law, flagships)
        if best and best[0] > (1 + p.vendors.redesign_gain) * _sold_anyway(m, vendor, law):
            _place(m, vendor, best[1])


def _flagships(m: "ChipMarket", vendor: int) -> tuple[int, ...]:
    """Rows of the chips that a vendor sells at home and could cut: its newest generations with HBM, and its newest card
    without."""
    products, rows = m.products, np.arange(m.foreign.start, m.place.spare.start)
    mine = rows[(products.vendor[rows] == vendor) & ~products.cut_down[rows] & (products.released[rows] <= m.t)]
    newest = mine[np.argsort(products.released[mine], kind="stable")]
    packaged = products.packages[newest] > 0
    return (*newest[packaged][-GENERATIONS:].tolist(), *newest[~packaged][-1:].tolist())


def _best(m: "ChipMarket", law: Law, flagships: tuple[int, ...]) -> tuple[float, Chip] | None:
    """Of the chips cut from those that the law bars, one that takes the fewest packages among the most valuable; with
    its value to a lab, in H100s."""
    values, packages, found = accelerators.values(m), m.products.packages, []
    inference, weight = accelerators.memory_weight(m)
    d, accept = m.p.demand, m.p.vendors.redesign_for
    for row in flagships:
        flagship = m.place.chips[m.place.skus[row]]
        chip = _cut(law, flagship, accept, weight, inference, d.capacity_exponent, d.link_exponent)
        if chip and chip != flagship and chip.price_usd and flagship.price_usd:
            found.append((float(values[row]) * chip.price_usd / flagship.price_usd, -float(packages[row]), chip))
    top = max((value for value, _, _ in found), default=0.0)
    fine = [one for one in found if one[0] >= NEARLY * top]
    best = max(fine, key=lambda one: (one[1], one[0]), default=None)
    return (best[0], best[2]) if best else None


@lru_cache(maxsize=4096)
def _cut(
    law: Law, flagship: Chip, accept: str, weight: float, inference: float, capacity: float, link: float
) -> Chip | None:
    """The best chip cut from a flagship for labs that value chips so; worked out once a process."""
    worth = partial(
        demand.chip_value, memory_weight=weight, inference=inference, capacity_exponent=capacity, link_exponent=link
    )
    return fit_to(law, flagship, Designer(worth), accept)


def _sold_anyway(m: "ChipMarket", vendor: int, law: Law) -> float:
    """Value of the best chip that a vendor may sell under a law without a new design, those on their way included."""
    products, p = m.products, m.p.vendors
    rows = np.arange(m.foreign.start, m.foreign.stop)
    ready = products.released[rows] <= m.t + p.redesign_months
    ready &= (products.vendor[rows] == vendor) & (products.shut[rows] < p.mothball_months)
    most = POLICIES.index(p.redesign_for)
    passing = [
        row
        for row in rows[ready]
        if POLICIES.index(classify(m.place.chips[m.place.skus[row]], law).in_practice) <= most
    ]
    return float(accelerators.values(m)[passing].max(initial=0.0))


def _place(m: "ChipMarket", vendor: int, chip: Chip) -> None:
    """Put a design into its vendor's next spare row, on sale after the time that a redesign takes."""
    spare = np.arange(m.place.spare.start, m.place.spare.stop)
    mine = spare[m.products.vendor[spare] == vendor]
    count = int(m.vendors.designs[vendor])
    if count == len(mine):
        return
    row, d = int(mine[count]), m.p.demand
    named = product.renamed(chip, m.place.skus[row])
    product.fill(m.products, row, named, d.host_base, d.host_per_watt)
    m.products.released[row] = m.t + m.p.vendors.redesign_months
    m.vendors.designs[vendor] += 1
    m.place.chips[named.sku] = named
    m.schedule = m.schedule.with_product(row - m.foreign.start, named)


def ruled(m: "ChipMarket", law: Calendar) -> Calendar:
    """A calendar with what it says of the chips that vendors have designed in the run."""
    for row in range(m.place.spare.start, m.place.spare.stop):
        if np.isfinite(m.products.released[row]):
            law = law.with_product(row - m.foreign.start, m.place.chips[m.place.skus[row]])
    return law
