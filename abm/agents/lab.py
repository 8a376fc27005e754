"""Chinese developers and clouds: how much compute they want, through which channel, and what they make of it."""

import numpy as np
from numpy.typing import NDArray

from abm.agents.columns import Column, Row, Table
from abm.agents.frontier import opening_ages
from abm.agents.product import NESTS, Axis
from abm.facts import catalog, paths
from abm.foundation import chance
from abm.foundation.dates import month_of
from abm.foundation.parameters import Parameters
from abm.rules import capability, demand, entry, expectation, innovation, utilisation

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

KINDS = ("hyperscaler", "startup", "state")
END_USES = ("civil", "state", "surveillance", "military")
START_UP_SLOTS, STATE_SLOTS = 1_000_000, 2_000_000
"""Where the addresses of unnamed labs begin, so that one more of a kind changes no other lab's chance."""
SURVEILLANCE = ("iFlytek", "SenseTime")


class Lab(Row):
    """A Chinese lab, cloud or buyer of compute."""

    slot = Column("", "stable address of the lab's chance", dtype=np.int64)
    weight = Column("1", "share of all labs' money")
    kind = Column("", "place in KINDS", dtype=np.int64)
    end_use = Column("", "place in END_USES", dtype=np.int64)
    listed = Column("", "on the Entity List", dtype=np.bool_)
    listed_from = Column("month", "month from which the lab is on the Entity List; infinite if it is not")
    active = Column("", "in business; the slot of a start-up that gave up waits for a new one", dtype=np.bool_)
    open_weights = Column("", "publishes its weights", dtype=np.bool_)
    skill = Column("1", "skill at efficiency work, mean lab = 1")
    cash = Column("USD", "money saved, or owed when negative")
    flow = Column("USD/month", "money that comes in")
    fleet = Column("unit", "cards in use, by product and age class", "products", "classes")
    transit = Column("unit", "cards bought and not yet delivered, by months to go", "products", "lead")
    pending = Column("unit", "licence applications not yet decided", "products")
    licensed = Column("unit", "units a lab holds a licence for and has not bought", "products")
    granted = Column("unit", "units granted in all", "products")
    efficiency = Column("log10", "algorithmic efficiency, 0 = the US frontier in January 2022")
    capability = Column("log10 FLOP", "best completed run times efficiency, with what spills over")
    scarcity = Column("1", "shortage felt, smoothed, 0 to 1")
    rented = Column("H100e", "compute rented abroad, by months still to run", "term")
    effort = Column("1", "share of training compute put into efficiency research")
    planned = Column("log10 FLOP", "run planned for the next quarter, before efficiency; -inf before the first run")
    shelved = Column("run", "planned runs that could not be done, in all")
    revenue = Column("H100e", "compute that serves users, at the frontier's quality, smoothed")

    @classmethod
    def offer_money(cls, labs: Table, fear: float, p: Parameters) -> Floats:
        """Money each lab offers for compute this month, USD, (labs,)."""
        alarm = np.full(len(labs), fear)
        b = p.budget
        return expectation.offered_money(labs.flow, labs.cash, alarm, b.draw, b.prebuy, b.borrow)

    @classmethod
    def bias(cls, labs: Table, p: Parameters) -> Floats:
        """What a lab adds to the utility of each nest, (labs, nests)."""
        bias = np.zeros((len(labs), len(NESTS)))
        state = labs.kind == KINDS.index("state")
        bias[:, NESTS.index("domestic")] = p.demand.home_bias + p.demand.state_bias * state
        size = np.clip(np.log10(np.maximum(labs.weight * len(labs), 1e-3)), -1.0, 1.5)
        bias[:, NESTS.index("grey")] = p.grey.bias - p.grey.size_effect * size
        bias[:, NESTS.index("gaming")] = p.gaming.bias - p.gaming.size_effect * size
        bias[:, NESTS.index("offshore")] = p.offshore.bias - p.offshore.state_effect * state
        return bias

    @classmethod
    def may_rent(cls, labs: Table) -> Bools:
        """Who may rent compute abroad: neither listed nor military-linked labs, (labs,)."""
        return ~labs.listed & (labs.end_use != END_USES.index("military"))

    @classmethod
    def choose(
        cls, labs: Table, utility: Floats, open_to: Bools, inside: Floats, bias: Floats, p: Parameters
    ) -> Floats:
        """Share of its money that each lab turns to each offer, (labs, offers); arguments as in `nested_shares`."""
        return demand.nested_shares(utility, open_to, inside, bias, p.demand.lam, p.demand.outside)

    @classmethod
    def keep_mandate(cls, labs: Table, shares: Floats, domestic: Bools, least: float) -> Floats:
        """Shares with state buyers' foreign purchases cut so that domestic ones are at least `least` of the money."""
        if least <= 0:
            return shares
        home = shares[:, domestic].sum(axis=1)
        abroad = shares.sum(axis=1) - home
        most = home * (1 - least) / max(least, 1e-9)
        state = labs.kind == KINDS.index("state")
        factor = np.where(state & (abroad > most), most / np.maximum(abroad, 1e-300), 1.0)
        return np.where(domestic, shares, shares * factor[:, None])

    @classmethod
    def standing(cls, labs: Table, p: Parameters, military: bool = False) -> Floats:
        """How an applicant fares against a civil one: nothing for listed and military-linked labs, (labs,).

        military   whether law lets military-linked users be licensed like state buyers
        """
        linked = labs.end_use == END_USES.index("military")
        barred = (labs.listed | linked) & ~(linked & military)
        state = (labs.end_use == END_USES.index("state")) | linked
        return np.where(barred, 0.0, np.where(state, p.licensing.state_approval, 1.0))

    @classmethod
    def share_subsidy(cls, labs: Table, money: float) -> Floats:
        """Public money for computing, which goes to state buyers by size, USD (labs,)."""
        weight = labs.weight * (labs.kind == KINDS.index("state"))
        return money * weight / max(float(weight.sum()), 1e-12)

    @classmethod
    def remove_foreign(cls, labs: Table, domestic: slice, share: float) -> Floats:
        """State buyers take foreign cards out of incomplete projects: a share of their youngest, units (products,)."""
        removed = np.zeros(labs.fleet.shape[1])
        if share > 0:
            foreign = np.ones(len(removed), dtype=bool)
            foreign[domestic] = False
            rows = np.ix_(labs.kind == KINDS.index("state"), foreign, [0])
            removed[foreign] = share * labs.fleet[rows].sum(axis=(0, 2))
            labs.fleet[rows] *= 1 - share
        return removed

    @classmethod
    def idle(cls, labs: Table, held: Floats, young: Floats, p: Parameters) -> Floats:
        """Share of a lab's compute that stands idle: state buyers build ahead of demand, (labs,).

        held, young   (labs,) H100e, all and in the youngest age class
        """
        built = utilisation.idle(held, young, p.compute.idle_state, p.compute.idle_state_new)
        return np.where(labs.kind == KINDS.index("state"), built, p.compute.idle_private)

    @classmethod
    def serve(cls, labs: Table, usual: float, p: Parameters) -> Floats:
        """Share of its useful compute that a lab lets serve users; state buyers train little themselves, (labs,)."""
        state = labs.kind == KINDS.index("state")
        return np.where(state, usual + (1 - usual) * p.compute.serving_state, usual)

    @classmethod
    def research(cls, labs: Table, p: Parameters) -> Floats:
        """Share of its training compute that a lab puts into efficiency research, (labs,)."""
        i = p.innovation
        return innovation.work(labs.scarcity, i.effort, i.scarcity_effect, i.effort_most)

    @classmethod
    def train(cls, labs: Table, training: Floats, month: int, share: float, p: Parameters) -> Floats:
        """Log10 FLOP of the largest runs that labs can complete this month, one a quarter each; -inf for the others.

        training   (labs,) H100e of compute for training, as far as cards, links and software let a large run use it
        """
        c = p.compute
        left = training * (1 - labs.effort) / (1 - p.innovation.effort)
        reached = utilisation.mfu(c.mfu_cn, labs.skill, c.mfu_skill)
        run = capability.run_flop(left, share * c.run_share_scale, reached, c.run_days)
        due = (labs.slot + month) % 3 == 0
        return np.where(due & (training > 0), run, -np.inf)

    @classmethod
    def plan(cls, labs: Table, run: Floats, shelved: Bools, trend: float, p: Parameters) -> Floats:
        """The run that each lab plans for its next quarter to stay in the race, log10 FLOP, (labs,).

        run      (labs,) log10 FLOP that it could do now; shelved (labs,) whether that was less than planned
        trend    log10 a year by which the largest published US runs grow
        """
        return capability.plan(labs.planned, run, shelved, trend)

    @classmethod
    def improve(
        cls, labs: Table, u: Floats, size: Floats, kind: Floats, p: Parameters
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Improvements of efficiency that labs find themselves, log10, and which are large jumps, (labs,) each."""
        i = p.innovation
        effort = labs.effort / i.effort * np.where(labs.listed, 1 - i.listing_loss, 1.0) * labs.active
        return innovation.improve(u, size, kind, labs.skill, effort, i.hazard, i.jump, i.large_share, i.large_times)

    @classmethod
    def learn(cls, labs: Table, published: float, openness: float, p: Parameters) -> Floats:
        """Efficiency that labs gain from others, log10, (labs,).

        published   log10 efficiency of US work now in the open
        openness    how much of it still spills over
        """
        i = p.innovation
        learnt = innovation.diffuse(
            labs.efficiency, published, cls.best(labs), openness * i.from_frontier, i.between_labs
        )
        return learnt * labs.active

    @classmethod
    def publish(cls, labs: Table, p: Parameters) -> Floats:
        """Share of its improvements that each lab lays open, (labs,)."""
        return innovation.publish(labs.open_weights, labs.scarcity, p.innovation.open_scarcity)

    @classmethod
    def best(cls, labs: Table) -> float:
        """Log10 efficiency of the best lab in business."""
        return float(labs.efficiency.max(where=labs.active, initial=-np.inf))

    @classmethod
    def fail(cls, labs: Table, u: Floats, p: Parameters) -> Bools:
        """Which unnamed start-ups give up, far behind in the race or out of money, (labs,)."""
        best = float(labs.capability.max(initial=-np.inf))
        behind = np.where(np.isfinite(labs.capability), best - np.maximum(labs.capability, -1e9), np.nan)
        debt = (12 * p.budget.borrow + 1) * labs.flow
        going = entry.fail(u, behind, labs.cash, debt, p.startups.failure, p.startups.tolerance)
        return going & labs.active & startups(labs)

    @classmethod
    def enter(cls, labs: Table, u: Floats, p: Parameters) -> Bools:
        """Which empty slots a new start-up takes, (labs,)."""
        return ~labs.active & (u < p.startups.entry)


def startups(labs: Table) -> Bools:
    """Slots of unnamed start-ups, in business or not, (labs,)."""
    return (labs.slot >= START_UP_SLOTS) & (labs.slot < STATE_SLOTS)


def build(kind: type[Row], axes: dict[str, int], place: Axis, seed: int, p: Parameters) -> Table:
    """Named labs from the facts, then start-ups with Pareto sizes, then state and telecom buyers."""
    named = list(catalog.labs().values())
    pop = p.population
    names = [lab.name for lab in named]
    names += [f"startup {i + 1}" for i in range(pop.startups)] + [f"state {i + 1}" for i in range(pop.state)]
    labs = Table(kind, names, axes)
    labs.slot[:] = [
        *range(len(named)),
        *range(START_UP_SLOTS, START_UP_SLOTS + pop.startups),
        *range(STATE_SLOTS, STATE_SLOTS + pop.state),
    ]
    first, state = slice(0, len(named)), slice(len(named) + pop.startups, len(names))
    labs.kind[:] = KINDS.index("startup")
    labs.kind[first] = [KINDS.index(lab.kind) for lab in named]
    labs.kind[state] = KINDS.index("state")
    labs.listed_from[:] = np.inf
    labs.listed_from[first] = [_listing(lab.name, lab.on_entity_list == "yes") for lab in named]
    labs.active[:] = True
    labs.open_weights[first] = [lab.open_weights == "yes" for lab in named]
    _end_uses(labs, state, pop.military_share)
    labs.weight[:] = _weights(labs, first, state, seed, pop.tail)
    labs.skill[:] = _skills(labs, seed)
    labs.efficiency[:] = START_EFFICIENCY + np.minimum(0.1 * np.log(labs.skill), 0.1)
    labs.open_weights[startups(labs)] = chance.fixed(seed, "open habit", labs.slot[startups(labs)]) < pop.open_share
    labs.capability[:] = labs.planned[:] = -np.inf
    labs.effort[:] = p.innovation.effort
    labs.listed[:] = labs.listed_from <= 0
    _install(labs, place)
    return labs


def rank(labs: Table) -> NDArray[np.int64]:
    """Place of each lab by size among those that law does not bar, which come first, (labs,)."""
    barred = labs.listed | (labs.end_use == END_USES.index("military"))
    place = np.empty(len(labs), dtype=np.int64)
    place[np.lexsort((-labs.weight, barred))] = np.arange(len(labs))
    return place


START_EFFICIENCY = -0.75
"""Log10 efficiency of a mean Chinese lab at the start of 2021 against the US frontier of January 2022: assumed."""


def _listing(name: str, listed: bool) -> float:
    """First month that begins with a lab on the list: its date in `inputs.csv`, else the beginning if it is listed."""
    if paths.has(f"lab_listed/{name}"):
        day = paths.day(f"lab_listed/{name}")
        return float(max(month_of(day) + (day.day > 1), 0))
    return 0.0 if listed else np.inf


def _end_uses(labs: Table, state: slice, military_share: float) -> None:
    labs.end_use[state] = END_USES.index("state")
    count = round(military_share * (state.stop - state.start))
    military = slice(state.stop - count, state.stop)
    labs.end_use[military] = END_USES.index("military")
    labs.listed_from[military] = 0.0
    watchers = [labs.index[name] for name in SURVEILLANCE]
    labs.end_use[watchers] = END_USES.index("surveillance")


def unit_weight(labs: Table, seed: int, p: Parameters) -> float:
    """Weight of an unnamed start-up of size 1; 0 when there are none."""
    mine = startups(labs)
    if not mine.any():
        return 0.0
    size = entry.size(chance.fixed(seed, "lab size", labs.slot), p.population.tail)
    return float(labs.weight[mine].sum() / size[mine].sum())


def _weights(labs: Table, first: slice, state: slice, seed: int, tail: float) -> Floats:
    """Shares of the money: named labs and state buyers as in `inputs.csv`, start-ups the rest, unnamed ones Pareto."""
    weight = np.zeros(len(labs))
    weight[first] = [paths.value(f"lab_weight/{name}") for name in labs.names[first]]
    size = entry.size(chance.fixed(seed, "lab size", labs.slot), tail)
    whole_state = paths.value("lab_weight/state") * (state.stop > state.start)
    weight[state] = whole_state * size[state] / max(size[state].sum(), 1e-12)
    rest = slice(first.stop, state.start)
    left = max(1 - weight.sum(), 0.0)
    weight[rest] = left * size[rest] / max(size[rest].sum(), 1e-12)
    return weight / weight.sum()


def _skills(labs: Table, seed: int) -> Floats:
    u = chance.fixed(seed, "lab skill", labs.slot)
    known = [f"lab_skill/{name}" for name in labs.names]
    drawn = 0.5 + u
    return np.array([paths.value(one) if paths.has(one) else drawn[i] for i, one in enumerate(known)])


def _install(labs: Table, place: Axis) -> None:
    """The fleet at the start of 2021: A100s, by weight, over age classes."""
    row = place.names.index("A100/legacy")
    compute = catalog.chips()["A100"].fp16_tflops or 0.0
    cards = paths.value("installed/China") / (compute / 989)
    labs.fleet[:, row, :] = (labs.weight * cards)[:, None] * opening_ages()
