"""How many chips and stacks can be made, and which input binds."""

import math

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

INPUTS = ("logic", "hbm", "packaging", "sales")
HBM = INPUTS.index("hbm")
TINY = 1e-300
"""What nothing is divided by."""


@elementwise
def ramp(age: Floats, months: Floats | float) -> Floats:
    """Volume of a product over its full volume: 0 before release, then linear up to `months` after it.

    age      (k,) months since release, negative before
    months   (k,) or a number
    """
    return np.minimum(np.maximum((age + 1) / np.maximum(months, 1.0), 0.0), 1.0) * (age >= 0)


@compiled
def world_mix(age: Floats, months: float, line: Rows | None = None) -> Floats:
    """Shares of each vendor's line among products that follow each other: the newest takes over as it ramps.

    s_k = r_k prod_(newer j) (1 - r_j),  r = min(1, (age + 1) / months), and 1 for the oldest

    age      (k,) months since release, negative before; within a line the oldest product first
    months   until a product has taken over
    line     (k,) the line that a product belongs to; one line when left out
    returns  (k,) summing to 1 over a line when any of it is released
    """
    share = np.zeros(len(age))
    for k in range(len(age)):
        if age[k] < 0:
            continue
        share[k], ramped = 1.0, min(1.0, (age[k] + 1) / months)
        for older in range(k):
            if age[older] >= 0 and (line is None or line[older] == line[k]):
                share[k] = ramped
                share[older] *= 1 - ramped
    return share


@elementwise
def die_yield(years: float, start: float, most: float, rate: float) -> float:
    """Yield after so many years of learning: most - (most - start) exp(-rate years)."""
    return most - (most - start) * math.exp(-rate * max(years, 0.0))


@compiled
def output(dies: Floats, stacks: Floats, packages: Floats, sales: Floats, per_die: Floats, per_stack: Floats) -> Floats:
    """Chips each input would allow, in the order of `INPUTS`; the minimum is made.

    dies, stacks   (v,) good dies and HBM stacks held
    packages       (v,) packaging capacity, chips/month
    sales          (v,) chips the vendor is ready to add to its stock
    per_die        (v,) good dies per chip, packaging losses included
    per_stack      (v,) stacks per chip, 0 for chips without HBM
    returns        (inputs, v)
    """
    found = np.full((len(INPUTS), len(dies)), np.inf)
    for v in range(len(dies)):
        found[0, v] = dies[v] / per_die[v]
        if per_stack[v] > 0:
            found[HBM, v] = stacks[v] / per_stack[v]
        found[2, v], found[3, v] = packages[v], sales[v]
    return found


@compiled
def without_each(limits: Floats) -> Floats:
    """Chips that could be made if one input were no limit, (v, inputs): the least of what the others allow.

    limits   (v, inputs) chips each input would allow
    """
    could = np.full(limits.shape, np.inf)
    for v in range(limits.shape[0]):
        for one in range(limits.shape[1]):
            for other in range(limits.shape[1]):
                if other != one:
                    could[v, one] = min(could[v, one], limits[v, other])
    return could


@compiled
def run(running: Floats, limits: Floats, packages: Floats, most: float, smoothing: float) -> Floats:
    """Share of packaging that all but one input would allow to run, smoothed, (v, inputs).

    r' = r + smoothing (min(most, without each / packages) - r)

    running    (v, inputs) r of last month
    limits     (v, inputs) chips each input would allow; packages: (v,) packaging capacity, chips/month
    """
    could, found = without_each(limits), np.zeros(limits.shape)
    for v in range(limits.shape[0]):
        for one in range(limits.shape[1]):
            share = min(could[v, one] / packages[v], most) if packages[v] > 0 else 0.0
            found[v, one] = running[v, one] + smoothing * (share - running[v, one])
    return found


@compiled
def plan(
    dies: Floats, stacks: Floats, packages: Floats, sales: Floats, per_die: Floats, per_stack: Floats, running: Floats,
    most: float, smoothing: float,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """Chips made, (v,), the chips that each input would allow, and the share of packaging that all but one would allow
    to run, (v, inputs) both; arguments are those of `output` and `run`."""
    allowed = output(dies, stacks, packages, sales, per_die, per_stack)
    made, limits = np.full(len(dies), np.inf), np.zeros(running.shape)
    for v in range(len(dies)):
        for one in range(len(INPUTS)):
            limits[v, one] = allowed[one, v]
            made[v] = min(made[v], allowed[one, v])
    return made, limits, run(running, limits, packages, most, smoothing)


@compiled
def shadow_prices(limits: Floats, per: Floats, worth: Floats, memory_cost: Floats) -> Floats:
    """Value of one more unit of each input to a vendor, USD/unit: zero where another input binds.

    An input that binds allows 1 / per more chips, each worth its contribution; a stack of memory is valued before its
    own price is paid, the other inputs after it.

    limits        (v, inputs) chips each input would allow
    per           (v, inputs) units of each input a chip takes
    worth         (v,) USD/chip, price less cost of making, memory excluded
    memory_cost   (v,) USD/chip for memory at the market's price
    returns       (v, inputs)
    """
    found = np.zeros(limits.shape)
    for v in range(limits.shape[0]):
        binds = 0
        for one in range(limits.shape[1]):
            if limits[v, one] < limits[v, binds]:
                binds = one
        cost = 0.0 if binds == HBM else memory_cost[v]
        if per[v, binds] > 0:
            found[v, binds] = max(worth[v] - cost, 0.0) / per[v, binds]
    return found


@compiled
def subsidised(money: Floats, slow: Floats, lead: int, capex: float) -> float:
    """Wafers a month that public money has added so far: what was paid until `lead` months ago, over cost, less what
    tool controls kept away when it was to be installed.

    money   (months,) USD/month up to this month; slow: (months,) share of tools that controls keep away
    capex   USD for a wafer a month of capacity
    """
    paid = 0.0
    for month in range(len(money) - lead):
        paid += money[month] * (1 - slow[month + lead])
    return paid / capex


@elementwise
def earns(price: Floats, listed: Floats, margin: float, memory: Floats, index: float) -> Floats:
    """What a chip earns over what it would at its list price and with memory at the reference price, (v,); 0 where it
    would earn nothing.

    w = (m p - c x)+ / (m l - c)

    price    (v,) p, USD/chip; listed: l
    margin   m, what is left of the price before memory
    memory   (v,) c, USD/chip at the reference price; index: x, price of memory over it
    """
    usual = margin * listed - memory
    return np.where(usual > 0, np.maximum(margin * price - memory * index, 0.0) / np.maximum(usual, TINY), 0.0)


@elementwise
def software(shipped: Floats, research: Floats, start: float, most: float, units: float, usd: float) -> Floats:
    """Value of a Chinese vendor's software, CUDA = 1: it matures with cards in use and with R&D.

    w = start + (most - start) (1 - exp(-shipped / units - research / usd))

    shipped   cards in all; research: USD in all
    """
    return start + (most - start) * (1 - np.exp(-shipped / units - research / usd))


@elementwise
def begun(
    capacity: Floats | float,
    under_way: Floats | float,
    pull: Floats | float,
    least: Floats | float,
    most: float,
    elasticity: float,
) -> Floats:
    """Capacity on which work begins: what a pull asks for beyond what stands and is under way.

    b = (max(k, least) (min(p, most)^e - 1) - u)+

    capacity   k; under_way: u
    pull       p, a price or a shortage over that at which nothing is built
    least      smallest capacity that plans are made from
    """
    wanted = np.maximum(capacity, least) * (np.minimum(pull, most) ** elasticity - 1)
    return np.maximum(wanted - under_way, 0.0)


@elementwise
def finished(under_way: Floats, slow: Floats | float, months: float) -> Floats:
    """Capacity that comes on line in a month, of what is under way: it takes so many months on average, and longer as
    tool controls keep a share of the tools away."""
    return under_way * (1 - slow) / months


@elementwise
def respond(capacity: Floats, price: Floats, most: float, elasticity: float, pace: float) -> Floats:
    """Capacity over a given path, moving towards what a price pays for.

    k' = k + pace (p^e - k)

    price   p over the reference price, kept within [1 / most, most]
    pace    1/month
    """
    return capacity + pace * (np.minimum(np.maximum(price, 1 / most), most) ** elasticity - capacity)
