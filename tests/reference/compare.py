"""What a month of the model makes, record by record and column by column, against the plain month's own account of it.

`COUNTERPARTS` says for every field of every record how it is read off the plain market; a field that is missing there
is an error. Columns are compared with the attributes of the same name.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.agents.labs import KINDS
from abm.agents.products import CHANNELS, NESTS, SPARE
from abm.facts import catalog
from abm.law.levers import POLICIES
from abm.month.phases import PHASES
from abm.state import Market
from tests.reference.firms import INPUTS, feared
from tests.reference.labs import PlainLab
from tests.reference.market import PlainMarket
from tests.reference.purchase import may_buy
from tests.reference.race import access

type Count = Callable[[PlainMarket], Any]

WRITTEN = {name for phase in PHASES for name in phase.writes}
"""Columns and state that some phase of the month may change."""
APART = {
    "deals": "struck by governments that react",
    "law": "changed by governments that react and by new designs, and left to tests/law/test_fit.py",
    "chips": "added to by new designs",
    "designed_for": "what a vendor looked at for its new designs",
}
"""State that is not compared, and why."""
ROWS: dict[str, Count] = {
    "labs": lambda m: m.labs,
    "vendors": lambda m: m.vendors.values(),
    "makers": lambda m: m.makers.values(),
    "frontier": lambda m: m.leaders,
    "brokers": lambda m: m.brokers,
    "workshops": lambda m: m.workshops,
    "shops": lambda m: m.shops.values(),
    "hosts": lambda m: [m.hosts],
    "products": lambda m: m.products.values(),
    "world": lambda m: [m.world],
    "governments": lambda m: m.governments,
}
"""Objects in the order of a table's rows."""


# --- along the axes of records ---


def foreign(m: PlainMarket) -> Iterable[str]:
    """Foreign products."""
    return m.now.law.policy


def channel(name: str) -> Callable[[PlainMarket], Iterable[str]]:
    """The products of a channel."""
    return lambda m: [one.name for one in m.channel(name)]


def products(m: PlainMarket) -> Iterable[str]:
    """All products."""
    return m.products


def vendors(m: PlainMarket) -> Iterable[str]:
    """All vendors."""
    return m.vendors


home, grey, gaming = channel("domestic"), channel("grey"), channel("gaming")


def of(what: str, axis: Callable[[PlainMarket], Iterable[str]]) -> Count:
    """A dictionary of the tally along an axis, zero where it says nothing."""
    return lambda m: [getattr(m.tally, what).get(name, 0.0) for name in axis(m)]


def within(what: str, axis: Callable[[PlainMarket], Iterable[str]]) -> Count:
    """Whether a set of the tally holds what stands along an axis."""
    return lambda m: [name in getattr(m.tally, what) for name in axis(m)]


def total(what: str) -> Count:
    """The sum of a dictionary of the tally."""
    return lambda m: _sum(getattr(m.tally, what))


def tally(what: str) -> Count:
    """A number of the tally."""
    return lambda m: getattr(m.tally, what)


def offered(what: str) -> Count:
    """What the tally keeps of an offer before dealers call their prices."""
    return lambda m: [m.tally.offered[what][name] for name in products(m)]


def by_lab(what: str) -> Count:
    """Dictionaries of the tally by lab and product."""
    return lambda m: [[getattr(m.tally, what)[lab.name].get(name, 0.0) for name in products(m)] for lab in m.labs]


def stacks(what: str) -> Count:
    """Dictionaries of the tally by maker and generation."""
    return lambda m: [
        [getattr(m.tally, what).get(maker, {}).get(one, 0.0) for one in m.now.stack_mix] for maker in m.makers
    ]


def by_channel(count: Callable[[PlainMarket, str], float]) -> Count:
    """Sums by channel of what is counted by product."""
    return lambda m: [sum(count(m, one.name) for one in m.channel(name)) for name in CHANNELS]


def _sum(values: Any) -> float:
    return sum(map(_sum, values.values())) if isinstance(values, dict) else values


# --- what takes more than reading off ---


def held(m: PlainMarket, lab: PlainLab) -> float:
    """Compute of a lab, rented compute among it."""
    return sum(lab.cards(name) * one.compute for name, one in m.products.items())


def weighed(m: PlainMarket, value: Callable[[PlainLab], float]) -> float:
    """A mean over labs by their training compute."""
    weights = {lab.name: sum(m.tally.training[lab.name].values()) for lab in m.labs}
    return sum(value(lab) * weights[lab.name] for lab in m.labs) / max(sum(weights.values()), 1e-9)


def by_kind(m: PlainMarket) -> list[list[float]]:
    """Compute at work and held, by kind of lab."""
    mine = {kind: [lab for lab in m.labs if lab.kind == kind] for kind in KINDS}
    working = [sum(held(m, lab) * (1 - m.tally.idle[lab.name]) for lab in labs) for labs in mine.values()]
    return [working, [sum(held(m, lab) for lab in labs) for labs in mine.values()]]


def named(m: PlainMarket) -> list[PlainLab]:
    """Labs that the facts name."""
    return [lab for lab in m.labs if lab.name in catalog.labs()]


def felt(m: PlainMarket) -> float:
    """Shortage felt, weighted by money."""
    return sum(lab.scarcity * lab.flow for lab in m.labs) / max(sum(lab.flow for lab in m.labs), 1.0)


def concentration(m: PlainMarket) -> float:
    """Sum of squared shares in compute."""
    own = [held(m, lab) for lab in m.labs]
    return sum(one * one for one in own) / max(sum(own), 1e-9) ** 2


def world_line(m: PlainMarket) -> list[float]:
    """Shares of foreign vendors' packages abroad, by foreign product."""
    lines: dict[str, float] = {}
    for vendor in m.vendors.values():
        lines |= {} if vendor.domestic else vendor.world_line(m.t, m.p)
    return [lines.get(name, 0.0) for name in foreign(m)]


COUNTERPARTS: dict[str, Count] = {
    "Rulings.policy": lambda m: [POLICIES.index(policy) for policy in m.now.law.policy.values()],
    "Rulings.needs_licence": within("needs", foreign),
    "Rulings.approval": of("approval", foreign),
    "Rulings.accepted": of("accepted", foreign),
    "Rulings.room": of("room", foreign),
    "Rulings.barred": within("barred", foreign),
    "Rulings.lawful": within("lawful", foreign),
    "Rulings.open": within("open", products),
    "Rulings.cards_free": of("cards_free", gaming),
    "Rulings.packages": of("packages", vendors),
    "Rulings.access": access,
    "Outlook.threat": of("threat", foreign),
    "Outlook.fear": tally("fear"),
    "Outlook.hbm_rush": tally("hbm_rush"),
    "Outlook.hbm_fear": lambda m: feared(m.now, m.p),
    "Reviews.moved": lambda m: [one.moved for one in m.governments],
    "Reviews.answered": lambda m: [one.answered for one in m.governments],
    "HbmMonth.mix": of("mix", home),
    "HbmMonth.need": lambda m: [m.tally.need[name] for name in m.vendors],
    "HbmMonth.income": of("income", vendors),
    "HbmMonth.open": tally("hbm_open"),
    "HbmMonth.sold": stacks("hbm_sold"),
    "HbmMonth.home": stacks("hbm_home"),
    "HbmMonth.spot": tally("hbm_spot"),
    "HbmMonth.hbm_to_china": lambda m: [sum(m.tally.hbm_sold.get(name, {}).values()) for name in m.makers],
    "HbmMonth.hbm_usd": of("hbm_usd", lambda m: m.makers),
    "HbmMonth.hbm_abroad": of("hbm_abroad", lambda m: m.makers),
    "HbmMonth.hbm_index": lambda m: [m.tally.hbm_contract, m.tally.hbm_spot],
    "HbmMonth.cxmt": lambda m: sum(_sum(one.output) for one in m.makers.values() if one.domestic),
    "Output.cards": of("made", home),
    "Output.dies": of("dies", vendors),
    "Output.made": lambda m: [sum(m.tally.made[one.name] for one in vendor.home) for vendor in m.vendors.values()],
    "Output.wafers": tally("wafers"),
    "Output.limits": lambda m: [[one.limits[name] for name in INPUTS] for one in m.vendors.values()],
    "Output.shadow": lambda m: [[m.tally.shadow[name][one] for one in INPUTS] for name in m.vendors],
    "Redesign.charges": of("charges", vendors),
    "Redesign.fines": of("fines", vendors),
    "Redesign.released": lambda m: [one.released for one in m.channel("licensed") if one.sku.endswith(SPARE)],
    "Budgets.money": lambda m: [m.tally.money[lab.name] for lab in m.labs],
    "Budgets.odds": lambda m: [[math.exp(lab.bias(nest, m.p)) for nest in NESTS] for lab in m.labs],
    "Budgets.response": tally("response"),
    "Budgets.failed": tally("failed"),
    "Budgets.entered": tally("entered"),
    "Budgets.active": lambda m: sum(lab.active and lab.unnamed for lab in m.labs),
    "Offers.price": offered("price"),
    "Offers.cost": offered("cost"),
    "Offers.value": of("value", products),
    "Offers.utility": offered("utility"),
    "Offers.worth": of("worth", products),
    "Offers.released": within("released", products),
    "Offers.best": tally("best"),
    "Offers.supply": of("supply", products),
    "Offers.eligible": lambda m: [[may_buy(m, lab, name) for name in products(m)] for lab in m.labs],
    "Offers.world_line": world_line,
    "Offers.applied": total("applied"),
    "Offers.granted": total("granted"),
    "Offers.delay": tally("delay"),
    "Sales.bought": by_lab("bought"),
    "Sales.orders": of("orders", products),
    "Sales.units": lambda m: [m.tally.units(name) for name in products(m)],
    "Sales.paid": of("paid", products),
    "Sales.abroad": of("abroad", products),
    "Sales.abroad_usd": lambda m: [
        sum(m.tally.abroad_usd.get(one.name, 0.0) for one in vendor.catalogue) for vendor in m.vendors.values()
    ],
    "Sales.price": of("price", products),
    "Sales.research": of("research", vendors),
    "Sales.lobby": lambda m: [one.lobby for one in m.vendors.values()],
    "Sales.fees": tally("fees"),
    "Sales.levied": of("levied", vendors),
    "Sales.obtained": tally("obtained"),
    "Sales.spent": total("spent"),
    "Sales.scarcity": felt,
    "Sales.cost_by_channel": by_channel(lambda m, name: m.tally.owning[name]),
    "Sales.bought_by_channel": by_channel(lambda m, name: m.tally.units(name) * m.products[name].compute),
    "Sales.grey_sold": lambda m: [m.tally.units(name) for name in grey(m)],
    "Sales.grey_paid": of("grey_paid", grey),
    "Smuggling.diverted": of("diverted", grey),
    "Smuggling.shipped": tally("shipped"),
    "Smuggling.smuggled": lambda m: [m.tally.diverted[name] - m.tally.seized[name] for name in grey(m)],
    "Smuggling.seized": total("seized"),
    "Smuggling.brokers": lambda m: m.tally.at_work,
    "Conversions.cards": of("converted", gaming),
    "Conversions.converted": total("converted"),
    "Conversions.shop_sold": lambda m: [one.sold for one in m.shops.values()],
    "Conversions.shop_price": lambda m: [one.price for one in m.shops.values()],
    "Rentals.rented": lambda m: sum(sum(lab.rented) for lab in m.labs),
    "Rentals.hosts": lambda m: m.hosts.capacity,
    "Deliveries.retired": of("retired", products),
    "Deliveries.young": lambda m: [
        sum(lab.fleet[name][0] * one.compute for name, one in m.products.items()) for lab in m.labs
    ],
    "Deliveries.units": lambda m: [m.tally.arrived(name) for name in products(m)],
    "Deliveries.billed": of("billed", products),
    "Deliveries.us_added": tally("us_added"),
    "Deliveries.added_by_channel": by_channel(lambda m, name: m.tally.arrived(name) * m.products[name].compute),
    "Deliveries.us_compute": lambda m: sum(sum(one.fleet) for one in m.leaders),
    "Deliveries.rest_compute": lambda m: sum(m.world.fleet),
    "Use.fleet": lambda m: [[lab.cards(name) for name in products(m)] for lab in m.labs],
    "Use.held": lambda m: [held(m, lab) for lab in m.labs],
    "Use.unused": lambda m: [m.tally.idle[lab.name] for lab in m.labs],
    "Use.serving": lambda m: [sum(one[name] for one in m.tally.serving.values()) for name in products(m)],
    "Use.training": by_lab("training"),
    "Use.compute_by_channel": by_channel(
        lambda m, name: sum(lab.cards(name) for lab in m.labs) * m.products[name].compute
    ),
    "Use.compute_value": lambda m: sum(
        lab.cards(one.name) * m.tally.value[one.name] / one.term for lab in m.labs for one in m.products.values()
    ),
    "Use.idle": lambda m: (
        sum(held(m, lab) * m.tally.idle[lab.name] for lab in m.labs) / max(sum(held(m, lab) for lab in m.labs), 1e-9)
    ),
    "Use.shares": concentration,
    "Use.sensitive": tally("sensitive"),
    "Use.serving_by_channel": by_channel(lambda m, name: sum(one[name] for one in m.tally.serving.values())),
    "Use.training_by_channel": by_channel(lambda m, name: sum(one[name] for one in m.tally.training.values())),
    "Use.used_by_kind": by_kind,
    "Use.effort": lambda m: weighed(m, lambda lab: lab.effort),
    "Use.runs": lambda m: [m.tally.planned, m.tally.shelved],
    "Use.largest": lambda m: [m.tally.largest_us, m.tally.largest_china],
    "Use.frontier": lambda m: m.race.frontier[-1],
    "Use.china": lambda m: m.race.china[-1],
    "Use.own": lambda m: m.race.own[-1],
    "Use.shortfall": tally("shortfall"),
    "Use.gap": tally("gap"),
    "Use.gap_own": tally("gap_own"),
    "Use.gap_run": tally("gap_run"),
    "Use.mfu": tally("mfu"),
    "Use.lab_runs": lambda m: [lab.run for lab in named(m)],
    "Use.lab_capability": lambda m: [lab.capability for lab in named(m)],
    "Use.lab_shelved": lambda m: [lab.shelved for lab in named(m)],
    "Use.lab_delay": lambda m: [lab.delay for lab in named(m)],
    "Progress.found": lambda m: [m.tally.found[lab.name] for lab in m.labs],
    "Progress.large": lambda m: [lab.name in m.tally.large for lab in m.labs],
    "Progress.jumps": tally("jumps"),
    "Progress.laid_open": lambda m: weighed(m, lambda lab: m.tally.laid_open[lab.name]),
    "Progress.frontier_efficiency": lambda m: max(one.efficiency for one in m.leaders),
    "Progress.china_efficiency": lambda m: max((lab.efficiency for lab in m.labs if lab.active), default=-math.inf),
    "Progress.lab_efficiency": lambda m: [lab.efficiency for lab in named(m)],
    "Progress.lab_place": lambda m: [
        1 + sum(lab.active and lab.efficiency > mine.efficiency for lab in m.labs) for mine in named(m)
    ],
    "Progress.software": lambda m: [one.software for one in m.vendors.values()],
    "Closing.hbm_stock": lambda m: [one.held() for one in m.vendors.values()],
    "Closing.cash": lambda m: [one.cash for one in m.vendors.values()],
}
"""Field of a record -> its value in the plain market at the end of the month."""


def differences(market: Market, plain: PlainMarket) -> dict[str, float]:
    """Largest relative difference of every field of a record, and of every column and record of the race that a month
    may write, between columns and objects; what is in APART is left out."""
    return {
        name: _apart(np.asarray(ours, float), np.array(theirs, float)) for name, ours, theirs in _pairs(market, plain)
    }


def _pairs(market: Market, plain: PlainMarket) -> Iterator[tuple[str, Any, Any]]:
    for record in market.month:
        for field, value in record.values().items():
            name = f"{type(record).__name__}.{field}"
            yield name, value, COUNTERPARTS[name](plain)
    for name in WRITTEN - APART.keys():
        yield name, *_written(name, market, plain)


def _written(name: str, market: Market, plain: PlainMarket) -> tuple[Any, Any]:
    """A column, or a record of the race, of both."""
    table, column = name.split(".")
    if name == "race.jumps":
        return [(market.labs.index[jump.lab], jump.size) for jump in market.race.jumps], plain.race.jumps
    ours = getattr(getattr(market, table), column)
    if name == "labs.cards":  # which the plain lab does not keep
        return ours, [[sum(classes) for classes in lab.fleet.values()] for lab in plain.labs]
    return ours, getattr(plain.race, column) if table == "race" else [
        _flat(getattr(one, column)) for one in ROWS[table](plain)
    ]


def _flat(value: Any) -> Any:
    return [_flat(one) for one in value.values()] if isinstance(value, dict) else value


def _apart(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    """The largest difference over the larger value; of values below one unit, the difference itself."""
    if ours.shape != theirs.shape and ours.size + theirs.size:
        return math.inf
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    with np.errstate(invalid="ignore"):
        gap = np.abs(ours - theirs) / np.maximum(np.maximum(np.abs(ours), np.abs(theirs)), 1.0)
    return float(np.where(same, 0.0, gap).max(initial=0.0))
