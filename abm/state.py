"""The state of a market as a plain value: what a month changes, and beside it the setting, which no month changes."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, fields
from functools import cached_property, wraps
from inspect import signature
from itertools import takewhile
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.agents.brokers import Brokers
from abm.agents.frontier import FrontierLabs
from abm.agents.governments import Governments
from abm.agents.labs import Labs
from abm.agents.makers import HbmMakers
from abm.agents.products import ProductAxis, Products
from abm.agents.resources import Hosts, Shops, World
from abm.agents.vendors import ChipVendors
from abm.agents.workshops import Workshops
from abm.facts.catalog import Chip
from abm.foundation import dates
from abm.foundation.compiled import ON, compiled
from abm.foundation.declaration import Group, about, members
from abm.foundation.ledger import PAGE, Ledger
from abm.foundation.mirrors import Mirror, Shape, mirrored, stand_in
from abm.foundation.parameters import Parameters
from abm.foundation.records import Blanks, History, Month, Record
from abm.foundation.tables import Table, shape_of
from abm.law.calendar import Calendar
from abm.law.regime import Regime

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


HORIZON = 60
"""Months that buyers of HBM look ahead."""


@dataclass(frozen=True)
class Setting:
    """What a run is given: the same in every month.

    parameters       of the run; seed: of its chance; months: from January 2021 to its end
    axis             where things stand on the product axis
    paths            dated inputs by name, (months,) each
    draws            uniforms by purpose, (months, slots)
    spending         (months,) USD a month that Chinese labs would spend at list prices if all were served
    revenue_growth   (months,) factor a month of the revenue that this embodies; 0 while spending is on record
    packages         (months + HORIZON, vendors) packages a month
    stacks_world     (months, makers) stacks a month; none for Chinese makers
    hbm_mix          (months, generations) shares of output; hbm_price: USD a stack
    hbm_standing     (makers,) share in sales to China
    cxmt_generation  place of the generation that CXMT makes; cxmt_start: its first month; cxmt_record: the last on
                     record of its wafers; foundry_record: of the foundry's
    packages_record  (vendors,) of packages; what comes later is built
    speed_before     log10 a month by which the frontier moved before the start
    startup_weight   weight of an unnamed start-up of size 1
    lines            for each foreign vendor the products, oldest first, that make up its line for the rest of the world
    accounts         place of each product in the ledger; stacks, dies, money: those of generations, dies and money
    blank            makes records to be filled, of the sizes of the run's tables
    """

    parameters: Parameters
    seed: int
    months: int
    axis: ProductAxis
    paths: dict[str, list[float]]
    draws: dict[str, Floats]
    spending: Floats
    revenue_growth: Floats
    packages: Floats
    stacks_world: Floats
    hbm_mix: Floats
    hbm_price: Floats
    hbm_standing: Floats
    cxmt_generation: int
    cxmt_start: int
    cxmt_record: int
    foundry_record: int
    packages_record: Rows
    speed_before: float
    startup_weight: float
    lines: dict[int, Rows]
    accounts: Rows
    stacks: Rows
    dies: Rows
    money: Rows
    blank: Blanks

    @cached_property
    def lined(self) -> Rows:
        """Products of the lines of all vendors, line by line."""
        return np.concatenate([np.arange(0), *self.lines.values()])


SLICE = Shape("Slice", {"start": "int", "stop": "int"})
PARAMETERS = Shape(
    "Parameters",
    {
        group: Shape(group, {name: one.kind for name, one in members(group).items() if one.kind != "choice"})
        for group in about()
    },
    lasting=True,
)
AXIS = Shape(
    "Axis",
    dict.fromkeys(("licensed", "spare", "domestic", "grey", "gaming", "offshore", "legacy"), SLICE)
    | dict.fromkeys(("grey_source", "legacy_source", "nests", "places"), "int64[1]"),
)
SETTING = Shape(
    "Setting",
    dict.fromkeys(("packages", "stacks_world", "hbm_mix", "hbm_price"), "float64[2]")
    | dict.fromkeys(("spending", "revenue_growth", "hbm_standing"), "float64[1]")
    | dict.fromkeys(("cxmt_generation", "cxmt_start", "cxmt_record", "foundry_record"), "int")
    | dict.fromkeys(("packages_record", "accounts", "stacks", "dies", "money", "lined"), "int64[1]")
    | {"startup_weight": "float"},
)
TABLES: dict[str, type[Table]] = {
    "labs": Labs,
    "vendors": ChipVendors,
    "makers": HbmMakers,
    "frontier": FrontierLabs,
    "brokers": Brokers,
    "workshops": Workshops,
    "shops": Shops,
    "hosts": Hosts,
    "governments": Governments,
    "products": Products,
    "world": World,
}
LAW = Shape(
    "Law",
    {
        name: kind
        for kind, names in {
            "int8[2]": "policy grants import_mode hbm_policy card_mode",
            "int8[1]": "cloud",
            "bool[2]": "refused inspected dies listed cleared use_risk card_end",
            "bool[1]": "military copackaged dram_free outside worldwide headquarters closed installed lab_test weights "
            "service",
            "float64[2]": "fee duty fine announced leaked free approval quota quota_us quota_buyer buyers approved "
            "hbm_free authorised cards",
            "float64[1]": "quota_all approval_other review notice hbm_quota smic cxmt fab_subsidy hbm_subsidy "
            "materials ownership firms budget cases hbm_announced hbm_rush hbm_fear mandate grid",
        }.items()
        for name in names.split()
    },
    lasting=True,
)
MARKET = Shape(
    "Market",
    {name: shape_of(kind, PARAMETERS) for name, kind in TABLES.items()}
    | {"parameters": PARAMETERS, "axis": AXIS, "setting": SETTING, "law": LAW, "ledger": PAGE, "t": "int"},
)
"""What compiled functions see of a market."""

seen = mirrored(MARKET)


class Jump(NamedTuple):
    """A large jump in efficiency: when, at which lab, how large in log10."""

    month: str
    lab: str
    size: float


class Deal(NamedTuple):
    """A package in force: the act's name, the month of the summit, the months from which and until which it binds, its
    terms, and those of law when it was agreed on."""

    name: str
    agreed: int
    since: int
    until: int
    terms: Floats
    before: Floats
    left: bool = False


@dataclass
class Race:
    """What is remembered of the race, one entry a month, each the best so far: capability of both sides, log10 FLOP,
    and that of China without imitation; the leaders' efficiency; both sides' largest run; and every large jump."""

    frontier: list[float] = field(default_factory=list)
    china: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    frontier_efficiency: list[float] = field(default_factory=list)
    us_runs: list[float] = field(default_factory=list)
    china_runs: list[float] = field(default_factory=list)
    jumps: list[Jump] = field(default_factory=list)

    def copy(self) -> "Race":
        """The same entries, apart from these."""
        return Race(*(list(getattr(self, one.name)) for one in fields(self)))


@dataclass
class Market:
    """A market at the end of month `t` (-1 before the first).

    law                 acts in force or announced, and what they say month by month; replaced, never edited
    deals               between the governments, the one in force last
    chips               every chip by name, those designed in the run among them
    designed_for        for each vendor the lines and flagships it last looked at
    month               the records of month `t`
    groups              parameters of phases that a researcher has added, by their class
    """

    setting: Setting
    law: Calendar
    labs: Labs
    vendors: ChipVendors
    makers: HbmMakers
    frontier: FrontierLabs
    brokers: Brokers
    workshops: Workshops
    shops: Shops
    hosts: Hosts
    governments: Governments
    products: Products
    world: World
    ledger: Ledger
    chips: dict[str, Chip]
    designed_for: dict[int, object] = field(default_factory=dict)
    deals: list[Deal] = field(default_factory=list)
    race: Race = field(default_factory=Race)
    history: History = field(default_factory=History)
    month: Month = field(default_factory=Month)
    groups: dict[type[Group], Group] = field(default_factory=dict)
    t: int = -1

    @property
    def at(self) -> int:
        """Where compiled functions see it; 0 where a subclass stands for a table, or where nothing is compiled."""
        mirror: Mirror | None = self.__dict__.get("_mirror")
        if mirror is None:
            if not ON or any(type(getattr(self, name)) is not kind for name, kind in TABLES.items()):
                return 0
            mirror = self.__dict__["_mirror"] = Mirror(MARKET, self)
        return mirror.at

    def __setattr__(self, name: str, value: Any) -> None:
        """Another month, law, table or setting is seen from then on."""
        super().__setattr__(name, value)
        if name not in ("t", "law"):
            if name in MARKET.fields:
                self.__dict__.pop("_mirror", None)
        elif (mirror := self.__dict__.get("_mirror")) is not None:
            mirror.show(name, value)

    def __getstate__(self) -> dict[str, Any]:
        """What of it is copied and pickled: not where it stands in memory."""
        return {name: value for name, value in vars(self).items() if name != "_mirror"}

    @property
    def regime(self) -> Regime:
        """The acts in force or announced."""
        return self.law.regime

    @property
    def parameters(self) -> Parameters:
        """The run's parameters."""
        return self.setting.parameters

    @property
    def months(self) -> int:
        """Months of the run, the spin-up included."""
        return self.setting.months

    @property
    def axis(self) -> ProductAxis:
        """Where things stand on the product axis."""
        return self.setting.axis

    @property
    def date(self) -> str:
        """The month at hand, `YYYY-MM`."""
        return dates.label(max(self.t, 0))

    @property
    def tables(self) -> dict[str, Table]:
        """Every table by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Table)}

    def blank[R: Record](self, kind: type[R]) -> R:
        """A record to be filled."""
        return self.setting.blank(kind)

    def path(self, name: str) -> float:
        """The month's value of a dated input."""
        return self.setting.paths[name][self.t]

    def copy(self) -> "Market":
        """A market in the same state, apart from this one: what months change is copied, what they do not is shared."""
        found = copy(self)
        for name in (*self.tables, "race", "history", "ledger", "chips", "designed_for", "deals"):
            setattr(found, name, getattr(self, name).copy())
        return found

    def __repr__(self) -> str:
        return f"<Market, {self.regime.name!r}, seed {self.setting.seed}, {self.date}: {len(self.labs)} labs>"


def whole[F: Callable[..., Any]](act: F) -> F:
    """Compile a function of a market and records, which stand first and of which it begins by seeing the mirrors; where
    a subclass stands for a table it is run as it is, so that the subclass's methods are called."""
    fast, count = compiled(act), _records(act)

    @wraps(act)
    def call(market: Market, *given: Any) -> Any:
        at = market.at
        return fast(at, *[one.block for one in given[:count]], *given[count:]) if at else act(market, *given)

    stand_in(call, act)
    return call  # type: ignore[return-value]


def _records(act: Callable[..., Any]) -> int:
    """How many records a function takes after the market."""
    kinds = [one.annotation for one in list(signature(act).parameters.values())[1:]]
    return len(list(takewhile(lambda kind: isinstance(kind, type) and issubclass(kind, Record), kinds)))
