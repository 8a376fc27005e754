"""Chinese developers and clouds: how much compute they want, through which channel, and what they make of it."""

from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from abm.agents.frontier import opening_ages
from abm.agents.products import NESTS, ProductAxis
from abm.facts import catalog, paths
from abm.foundation import chance
from abm.foundation.arrays import both, clear, clear_rows, descending, product, times, total, within
from abm.foundation.compiled import compiled
from abm.foundation.dates import month_of
from abm.foundation.mirrors import behaviour
from abm.foundation.parameters import Parameters
from abm.foundation.tables import Column, Table
from abm.rules import capability, demand, entry, expectation, innovation, preference, utilisation

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]

KINDS = ("hyperscaler", "startup", "state")
END_USES = ("civil", "state", "surveillance", "military")
HOME, GREY, GAMING, RENT = (NESTS.index(one) for one in ("domestic", "grey", "gaming", "offshore"))
STATE_BUYER = KINDS.index("state")
STATE, MILITARY = END_USES.index("state"), END_USES.index("military")
START_UP_SLOTS, STATE_SLOTS = 1_000_000, 2_000_000
"""Where the addresses of unnamed labs begin, so that one more of a kind changes no other lab's chance."""
SURVEILLANCE = ("iFlytek", "SenseTime")
QUARTER = 3
"""Months for which a lab plans a run."""


class Labs(Table):
    """A Chinese lab, cloud or buyer of compute."""

    slot = Column("", "stable address of the lab's chance", dtype=np.int64)
    weight = Column("1", "share of all labs' money")
    kind = Column("", "place in KINDS", dtype=np.int64)
    end_use = Column("", "place in END_USES", dtype=np.int64)
    listed = Column("", "on the Entity List", dtype=np.bool_)
    listed_from = Column("month", "month from which the lab is on the Entity List; infinite if it is not")
    active = Column("", "in business; the slot of a start-up that left waits for a new one", dtype=np.bool_)
    open_weights = Column("", "publishes its weights", dtype=np.bool_)
    exposure = Column("1", "part of its business and finance that lies abroad, within reach of US law")
    maker = Column("", "makes accelerators of its own, or its owner does", dtype=np.bool_)
    skill = Column("1", "skill at efficiency work, mean lab = 1")
    cash = Column("USD", "money saved, or owed when negative")
    flow = Column("USD/month", "money that comes in")
    fleet = Column("unit", "cards in use, by product and age class", "products", "classes")
    cards = Column("unit", "cards in use, by product, of all age classes", "products")
    transit = Column("unit", "cards bought and not yet delivered, by months to go", "products", "lead")
    pending = Column("unit", "licence applications not yet decided", "products")
    licensed = Column("unit", "units a lab holds a licence for and has not bought", "products")
    granted = Column("unit", "units granted in all", "products")
    efficiency = Column("log10", "algorithmic efficiency, 0 = the US frontier in January 2022")
    run = Column("log10 FLOP", "largest run completed, before efficiency; -inf before the first")
    own = Column("log10 FLOP", "best completed run times efficiency then; -inf before the first")
    capability = Column("log10 FLOP", "the same with what is absorbed by imitation of the frontier")
    scarcity = Column("1", "shortage, smoothed, 0 to 1")
    rented = Column("H100e", "compute rented abroad, by months still to run", "term")
    usable = Column("1", "share of a converted gaming card that its training runs can use, by card", "cards")
    effort = Column("1", "share of training compute put into efficiency research")
    planned = Column("log10 FLOP", "run planned for the next quarter, before efficiency; -inf before the first run")
    shelved = Column("run", "planned runs that could not be done, in all")
    delay = Column("month", "training that these runs lacked, in all")
    revenue = Column("H100e", "compute that serves users, at the frontier's quality, smoothed")
    usual = Column("H100e", "revenue that the declared money embodies: a lab's own as long as spending is on record")

    def offer_money(self, fear: float) -> Floats:
        """Money each lab offers for compute this month, USD, (labs,)."""
        p = self.parameters
        alarm = np.full(len(self.flow), fear)
        b = p.budget
        return expectation.offered_money(self.flow, self.cash, alarm, b.draw, b.prebuy, b.borrow)

    def bias(self, converted: Floats) -> Floats:
        """What a lab adds to the utility of each nest, (labs, nests).

        Who stands abroad shuns grey goods and rents abroad; who is listed, or makes chips, buys at home.

        converted   (labs,) what its size and money leave of the utility of converted gaming cards
        """
        d, grey, rent = self.parameters.demand, self.parameters.grey, self.parameters.offshore
        return _side_by_side(
            preference.home(
                self.weight, state_buyers(self), self.listed, self.maker, d.home_bias, d.state_bias, d.listed_bias,
                d.maker_bias,
            ),
            preference.grey(
                self.weight, self.exposure, grey.bias, d.usual_share, grey.size_effect, grey.exposure_effect
            ),
            self.parameters.gaming.bias,
            converted,
            preference.rent(
                self.weight, self.exposure, state_buyers(self), rent.bias, rent.exposure_effect, rent.state_effect
            ),
        )  # fmt: skip

    def may_rent(self) -> Bools:
        """Who may rent compute abroad: neither listed nor military-linked labs, (labs,)."""
        return _may_rent(self.listed, self.end_use)

    def choose(self, utility: Floats, open_to: Floats, nest: NDArray[np.int64], odds: Floats) -> Floats:
        """Share of its money that each lab turns to each offer, (labs, offers); arguments as in `nested_shares`."""
        p = self.parameters
        return demand.nested_shares(utility, open_to, nest, odds, p.demand.lam, p.demand.outside)

    def keep_mandate(self, shares: Floats, domestic: Bools, least: float) -> Floats:
        """Shares with state buyers' foreign purchases cut so that domestic ones are at least `least` of the money."""
        if least <= 0:
            return shares
        return demand.keep_mandate(shares, domestic, state_buyers(self), least)

    def standing(self, military: bool = False) -> Floats:
        """How an applicant fares against a civil one: nothing for listed and military-linked labs, (labs,).

        military   whether law lets military-linked users be licensed like state buyers
        """
        return _standing(self.listed, self.end_use, military, self.parameters.licensing.state_approval)

    def share_subsidy(self, money: float) -> Floats:
        """Public money for computing, which goes to state buyers by size, USD (labs,)."""
        return _by_weight(money, self.weight, state_buyers(self))

    def in_projects(self) -> Bools:
        """Who builds state projects, whose young foreign cards Beijing may have removed, (labs,)."""
        return state_buyers(self)

    def state_buyers(self) -> Bools:
        """Who is a buyer of the state, (labs,)."""
        return within(self.kind, STATE_BUYER, STATE_BUYER + 1)

    def idle(self, held: Floats, young: Floats) -> Floats:
        """Share of a lab's compute that stands idle: state buyers build ahead of demand, (labs,).

        held, young   (labs,) H100e, all and in the youngest age class
        """
        p = self.parameters
        c, state = p.compute, state_buyers(self)
        return utilisation.idle_of_labs(held, young, state, c.idle_state, c.idle_state_new, c.idle_private)

    def serve(self, usual: float) -> Floats:
        """Share of its useful compute that a lab lets serve users; state buyers train little themselves, (labs,)."""
        p = self.parameters
        return utilisation.serve(state_buyers(self), usual, p.compute.serving_state)

    def research(self) -> Floats:
        """Share of its training compute that a lab puts into efficiency research, (labs,)."""
        p = self.parameters
        i = p.innovation
        return innovation.work(self.scarcity, i.effort, i.scarcity_effect, i.effort_most)

    def train(self, training: Floats, share: float) -> Floats:
        """Log10 FLOP of the largest run that each lab can complete this month; -inf without compute. Its runs overlap.

        training   (labs,) H100e of compute for training, as far as cards, links and software let a large run use it
        """
        p = self.parameters
        c = p.compute
        usual, part = p.innovation.effort, share * c.run_share_scale
        return capability.run_beside_research(
            training, self.effort, usual, part, self.skill, c.mfu_cn, c.mfu_skill, c.run_days
        )

    def due(self, month: int) -> Bools:
        """Labs whose quarter ends this month, when the plan for it is held against what could be done, (labs,)."""
        return _due(self.slot, month)

    def imitate(self, published: float, leading: float, access: float) -> Floats:
        """Capability of labs after a month of imitating what the frontier serves, log10 FLOP, (labs,).

        published, leading   log10 FLOP, capability and largest run of the frontier that are public by now
        access               how much of what is served labs can query or take over
        """
        p = self.parameters
        i = p.innovation
        rate = access * i.spillover
        return capability.imitate(self.capability, self.own, self.run, published, leading, rate, i.absorption)

    def plan(self, run: Floats, shelved: Bools, trend: float) -> Floats:
        """The run that each lab plans for its next quarter to stay in the race, log10 FLOP, (labs,).

        run      (labs,) log10 FLOP that it could do now; shelved (labs,) whether that was less than planned
        trend    log10 a year by which the largest published US runs grow
        """
        return capability.plan(self.planned, run, shelved, trend)

    def lack(self, run: Floats) -> Floats:
        """Months of training that runs as planned would lack, (labs,); run is what could be done, log10 FLOP."""
        return times(capability.lack(self.planned, run), QUARTER)

    def improve(self, u: Floats, size: Floats, kind: Floats, training: Floats) -> tuple[Floats, Bools]:
        """Improvements of efficiency that labs find themselves, log10, and which are large jumps, (labs,) each.

        Labs that train at scale find more, and more of the large ones.

        u, size, kind   (labs,) uniforms; training (labs,) H100e that train
        """
        i = self.parameters.innovation
        return innovation.improve_at_scale(
            u,
            size,
            kind,
            training,
            i.scale,
            self.skill,
            self.effort,
            i.effort,
            self.listed,
            i.listing_loss,
            self.active,
            i.hazard,
            i.jump,
            i.large_share,
            i.large_times,
        )

    def learn(self, published: float) -> Floats:
        """Efficiency that labs gain from others, log10, (labs,); published is the efficiency of US work now public."""
        p = self.parameters
        i = p.innovation
        up = i.openness * i.from_frontier
        learnt = innovation.diffuse(self.efficiency, published, best(self), up, i.between_labs, i.secret)
        return product(learnt, self.active)

    def publish(self) -> Floats:
        """Share of its improvements that each lab lays open, (labs,)."""
        p = self.parameters
        return innovation.publish(self.open_weights, self.scarcity, p.innovation.open_scarcity)

    def best(self) -> float:
        """Log10 efficiency of the best lab in business."""
        return innovation.best(self.efficiency, self.active)

    def fail(self, u: Floats) -> Bools:
        """Which unnamed start-ups exit, far behind in the race or out of money, (labs,)."""
        s, firms = self.parameters.startups, both(self.active, startups(self))
        years = self.parameters.budget.borrow
        return entry.fail_behind(u, self.capability, self.cash, self.flow, firms, s.failure, s.tolerance, years)

    def enter(self, u: Floats) -> Bools:
        """Which empty slots a new start-up takes, (labs,)."""
        p = self.parameters
        return _enter(u, self.active, p.startups.entry)

    def empty(self, slots: Bools) -> None:
        """Close firms in some slots, (labs,), and forget what they had got hold of; units granted stay counted, since
        quotas are over all firms ever."""
        _close(slots, self.active)
        clear(self.weight, slots, 0.0)
        clear(self.flow, slots, 0.0)
        clear(self.scarcity, slots, 0.0)
        clear(self.revenue, slots, 0.0)
        clear(self.shelved, slots, 0.0)
        clear(self.delay, slots, 0.0)
        clear_rows(self.pending, slots)
        clear_rows(self.licensed, slots)
        clear(self.run, slots, -np.inf)
        clear(self.own, slots, -np.inf)
        clear(self.capability, slots, -np.inf)
        clear(self.planned, slots, -np.inf)

    def found(self, slots: Bools, weight: Floats, skill: Floats) -> None:
        """New start-ups in some slots, (labs,) each: efficiency a lag below that of the best lab, and no cards."""
        level = best(self) - self.parameters.startups.entry_lag
        _begin(slots, weight, skill, level, self.active, self.weight, self.skill, self.efficiency)

    @cached_property
    def named(self) -> slice:
        """Rows of the labs that the facts name, which come first."""
        return slice(0, int(np.count_nonzero(within(self.slot, 0, START_UP_SLOTS))))

    def place(self) -> NDArray[np.int64]:
        """Place of each named lab among all in business by efficiency, 1 the best, (named,)."""
        return innovation.place(
            self.efficiency, self.active, int(np.count_nonzero(within(self.slot, 0, START_UP_SLOTS)))
        )

    def startups(self) -> Bools:
        """Slots of unnamed start-ups, in business or not, (labs,)."""
        return within(self.slot, START_UP_SLOTS, STATE_SLOTS)

    def rank(self) -> NDArray[np.int64]:
        """Place of each lab by size among those that law does not bar, which come first, (labs,)."""
        return _rank(self.weight, self.listed, self.end_use)

    def unit_weight(self, seed: int) -> float:
        """Weight of an unnamed start-up of size 1; 0 when there are none."""
        mine = self.startups()
        if not mine.any():
            return 0.0
        size = entry.size(chance.fixed(seed, "lab size", self.slot), self.parameters.population.tail)
        return float(self.weight[mine].sum() / size[mine].sum())

    @classmethod
    def opening(cls, axes: dict[str, int], axis: ProductAxis, seed: int, p: Parameters) -> Self:
        """Named labs from the facts, then start-ups with Pareto sizes, then state and telecom buyers."""
        named = list(catalog.labs().values())
        pop = p.population
        names = [lab.name for lab in named]
        names += [f"startup {i + 1}" for i in range(pop.startups)] + [f"state {i + 1}" for i in range(pop.state)]
        labs = cls(names, axes, p)
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
        labs.active[:] = labs.usable[:] = True
        labs.open_weights[first] = [lab.open_weights == "yes" for lab in named]
        _stand(labs, first, state)
        _end_uses(labs, state, pop.military_share)
        labs.weight[:] = _weights(labs, first, state, seed, pop.tail)
        labs.skill[:] = _skills(labs, seed)
        labs.efficiency[:] = p.innovation.china_start + np.minimum(0.1 * np.log(labs.skill), 0.1)
        unnamed = labs.startups()
        labs.open_weights[unnamed] = chance.fixed(seed, "open habit", labs.slot[unnamed]) < pop.open_share
        labs.run[:] = labs.own[:] = labs.capability[:] = labs.planned[:] = -np.inf
        labs.effort[:] = p.innovation.effort
        labs.listed[:] = labs.listed_from <= 0
        _install(labs, axis)
        return labs


startups, state_buyers, best = behaviour(Labs.startups), behaviour(Labs.state_buyers), behaviour(Labs.best)


def _stand(labs: Labs, first: slice, state: slice) -> None:
    """How far labs stand abroad, and which make chips of their own, as in `inputs.csv`."""
    labs.exposure[:] = paths.value("lab_exposure/startup")
    labs.exposure[state] = paths.value("lab_exposure/state")
    labs.exposure[first] = [paths.value(f"lab_exposure/{name}") for name in labs.names[first]]
    labs.maker[first] = [paths.has(f"lab_chips/{name}") for name in labs.names[first]]


def _listing(name: str, listed: bool) -> float:
    """First month that begins with a lab on the list: its date in `inputs.csv`, else the beginning if it is listed."""
    if paths.has(f"lab_listed/{name}"):
        day = paths.day(f"lab_listed/{name}")
        return float(max(month_of(day) + (day.day > 1), 0))
    return 0.0 if listed else np.inf


def _end_uses(labs: Labs, state: slice, military_share: float) -> None:
    labs.end_use[state] = STATE
    count = round(military_share * (state.stop - state.start))
    military = slice(state.stop - count, state.stop)
    labs.end_use[military] = MILITARY
    labs.listed_from[military] = 0.0
    watchers = [labs.index[name] for name in SURVEILLANCE]
    labs.end_use[watchers] = END_USES.index("surveillance")


def _weights(labs: Labs, first: slice, state: slice, seed: int, tail: float) -> Floats:
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


def _skills(labs: Labs, seed: int) -> Floats:
    u = chance.fixed(seed, "lab skill", labs.slot)
    known = [f"lab_skill/{name}" for name in labs.names]
    drawn = 0.5 + u
    return np.array([paths.value(one) if paths.has(one) else drawn[i] for i, one in enumerate(known)])


def _install(labs: Labs, axis: ProductAxis) -> None:
    """The fleet at the start of 2021: A100s, by weight, over age classes."""
    row = axis.names.index("A100/legacy")
    compute = catalog.chips()["A100"].fp16_tflops or 0.0
    cards = paths.value("installed/China") / (compute / 989)
    labs.fleet[:, row, :] = (labs.weight * cards)[:, None] * opening_ages()
    labs.cards[:] = labs.fleet.sum(axis=2)


@compiled
def _side_by_side(home: Floats, grey: Floats, base: float, converted: Floats, rent: Floats) -> Floats:
    """What labs add to the utility of nests, (labs, nests), nest by nest; for gaming cards more of the same base."""
    bias = np.zeros((len(home), len(NESTS)))
    for i in range(len(home)):
        bias[i, HOME], bias[i, GREY], bias[i, GAMING], bias[i, RENT] = home[i], grey[i], base + converted[i], rent[i]
    return bias


@compiled
def _may_rent(listed: Bools, end_use: Rows) -> Bools:
    """The loop of `Labs.may_rent`: columns of labs."""
    may = np.empty(len(listed), np.bool_)
    for i in range(len(listed)):
        may[i] = not listed[i] and end_use[i] != MILITARY
    return may


@compiled
def _due(slot: Rows, month: int) -> Bools:
    """The loop of `Labs.due`."""
    due = np.empty(len(slot), np.bool_)
    for i in range(len(slot)):
        due[i] = (slot[i] + month) % QUARTER == 0
    return due


@compiled
def _enter(u: Floats, active: Bools, hazard: float) -> Bools:
    """The loop of `Labs.enter`: uniforms, and a column of labs."""
    comes = np.empty(len(u), np.bool_)
    for i in range(len(u)):
        comes[i] = not active[i] and u[i] < hazard
    return comes


@compiled
def _by_weight(money: float, weight: Floats, claims: Bools) -> Floats:
    """The loop of `Labs.share_subsidy`: who has a claim, (labs,)."""
    counted = product(weight, claims)
    whole = max(total(counted), 1e-12)
    for i in range(len(counted)):
        counted[i] = money * counted[i] / whole
    return counted


@compiled
def _close(slots: Bools, active: Bools) -> None:
    for i in range(len(slots)):
        active[i] = active[i] and not slots[i]


@compiled
def _begin(
    slots: Bools, weight: Floats, skill: Floats, level: float, active: Bools, weights: Floats, skills: Floats,
    efficiency: Floats,
) -> None:  # fmt: skip
    """The loop of `Labs.found`: columns of labs; level: of efficiency, log10."""
    for i in range(len(slots)):
        if slots[i]:
            active[i], weights[i], skills[i], efficiency[i] = True, weight[i], skill[i], level


@compiled
def _rank(weight: Floats, listed: Bools, end_use: Rows) -> Rows:
    """The loop of `Labs.rank`: columns of labs."""
    place, count, order = np.empty(len(weight), np.int64), 0, descending(weight)
    for barred in (False, True):
        for i in order:
            if (listed[i] or end_use[i] == MILITARY) == barred:
                place[i] = count
                count += 1
    return place


@compiled
def _standing(listed: Bools, end_use: Rows, military: bool, state_approval: float) -> Floats:
    """The loop of `Labs.standing`: columns of labs."""
    fares = np.ones(len(listed))
    for i in range(len(listed)):
        linked = end_use[i] == MILITARY
        if listed[i] or linked:
            fares[i] = 0.0
        if (linked and military) or (end_use[i] == STATE and not listed[i]):
            fares[i] = state_approval
    return fares
