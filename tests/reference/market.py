"""The state of the plain market: what lasts, and what is true of one month only."""

import math
from dataclasses import dataclass, field

from abm.foundation.parameters import Parameters
from tests.reference.dealers import PlainBroker, PlainHosts, PlainShop, PlainWorkshop
from tests.reference.firms import PlainMaker, PlainVendor
from tests.reference.goods import Month, PlainProduct
from tests.reference.labs import Holdings, PlainLab, PlainLeader

NESTS = ("licensed", "domestic", "grey", "gaming", "offshore")


@dataclass
class Tally:
    """What is true of one month only."""

    approval: Holdings = field(default_factory=dict)
    accepted: Holdings = field(default_factory=dict)
    needs: set[str] = field(default_factory=set)
    lawful: set[str] = field(default_factory=set)
    barred: set[str] = field(default_factory=set)
    places: dict[str, int] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    fear: float = 0.0
    hbm_rush: float = 0.0
    hbm_open: bool = False
    threat: Holdings = field(default_factory=dict)
    mix: Holdings = field(default_factory=dict)
    need: dict[str, list[float]] = field(default_factory=dict)
    hbm_sold: dict[str, Holdings] = field(default_factory=dict)
    hbm_home: dict[str, Holdings] = field(default_factory=dict)
    hbm_usd: Holdings = field(default_factory=dict)
    hbm_abroad: Holdings = field(default_factory=dict)
    hbm_spot: float = 1.0
    hbm_contract: float = 1.0
    income: Holdings = field(default_factory=dict)
    dies: Holdings = field(default_factory=dict)
    wafers: float = 0.0
    made: Holdings = field(default_factory=dict)
    shadow: dict[str, Holdings] = field(default_factory=dict)
    charges: Holdings = field(default_factory=dict)
    fines: Holdings = field(default_factory=dict)
    packages: Holdings = field(default_factory=dict)
    waits: Holdings = field(default_factory=dict)
    money: Holdings = field(default_factory=dict)
    price: Holdings = field(default_factory=dict)
    cost: Holdings = field(default_factory=dict)
    value: Holdings = field(default_factory=dict)
    worth: Holdings = field(default_factory=dict)
    utility: Holdings = field(default_factory=dict)
    offered: dict[str, Holdings] = field(default_factory=dict)
    released: set[str] = field(default_factory=set)
    best: float = 0.0
    supply: Holdings = field(default_factory=dict)
    backlog: float = 0.0
    delay: float = math.nan
    applied: dict[str, Holdings] = field(default_factory=dict)
    granted: dict[str, Holdings] = field(default_factory=dict)
    bought: dict[str, Holdings] = field(default_factory=dict)
    orders: Holdings = field(default_factory=dict)
    passed: dict[str, Holdings] = field(default_factory=dict)
    paid: Holdings = field(default_factory=dict)
    spent: Holdings = field(default_factory=dict)
    grey_paid: Holdings = field(default_factory=dict)
    owning: Holdings = field(default_factory=dict)
    research: Holdings = field(default_factory=dict)
    fees: float = 0.0
    obtained: tuple[float, float] = (0.0, 0.0)
    wanted: Holdings = field(default_factory=dict)
    abroad: Holdings = field(default_factory=dict)
    abroad_usd: Holdings = field(default_factory=dict)
    delivered: dict[str, Holdings] = field(default_factory=dict)
    billed: Holdings = field(default_factory=dict)
    retired: Holdings = field(default_factory=dict)
    us_added: float = 0.0
    cards_free: Holdings = field(default_factory=dict)
    listed: Holdings = field(default_factory=dict)
    diverted: Holdings = field(default_factory=dict)
    seized: Holdings = field(default_factory=dict)
    converted: Holdings = field(default_factory=dict)
    idle: Holdings = field(default_factory=dict)
    serving: dict[str, Holdings] = field(default_factory=dict)
    training: dict[str, Holdings] = field(default_factory=dict)
    planned: int = 0
    shelved: int = 0
    largest_us: float = 0.0
    largest_china: float = 0.0
    failed: int = 0
    response: float = 1.0
    sensitive: float = 0.0
    laid_open: Holdings = field(default_factory=dict)
    jumps: int = 0
    shortfall: float = math.nan
    gap: float = math.nan

    def units(self, name: str) -> float:
        """Units of a product that labs bought."""
        return sum(bought.get(name, 0.0) for bought in self.bought.values())

    def arrived(self, name: str) -> float:
        """Units of a product delivered to labs."""
        return sum(units[name] for units in self.delivered.values())


@dataclass
class PlainGovernment:
    """A government; none that reacts is compared, so that it only takes money."""

    name: str
    staff: float
    takings: float
    stance: int
    moved: int
    answer: int
    answered: int
    acted: int
    tightened: float


@dataclass
class PlainRace:
    """What is remembered of the race, month by month; jumps as the lab's place and their size."""

    frontier: list[float]
    china: list[float]
    frontier_efficiency: list[float]
    us_runs: list[float]
    jumps: list[tuple[int, float]]


@dataclass
class PlainMarket:
    """The state of the market at the end of month `t`, and the law and inputs of months to come.

    legacy_of   licensed or domestic product -> the legacy product it joins while the market spins up
    """

    t: int
    p: Parameters
    report_from: int
    months: dict[int, Month]
    products: dict[str, PlainProduct]
    labs: list[PlainLab]
    vendors: dict[str, PlainVendor]
    makers: dict[str, PlainMaker]
    leaders: list[PlainLeader]
    world: list[float]
    legacy_of: dict[str, str]
    cxmt_start: int
    speed_before: float
    race: PlainRace
    governments: list[PlainGovernment]
    brokers: list[PlainBroker]
    workshops: list[PlainWorkshop]
    shops: dict[str, PlainShop]
    hosts: PlainHosts
    startup_weight: float
    tally: Tally = field(default_factory=Tally)

    @property
    def best_efficiency(self) -> float:
        """Log10 efficiency of the best lab in business."""
        return max((lab.efficiency for lab in self.labs if lab.active), default=-math.inf)

    @property
    def now(self) -> Month:
        """Law and inputs of the month at hand."""
        return self.months[self.t]

    def levy(self, name: str) -> float:
        """Fee and duty on a product, a share of its price."""
        return self.now.law.fee[name] + self.now.law.duty[name] if name in self.tally.needs else 0.0

    def channel(self, name: str) -> list[PlainProduct]:
        """The products of a channel."""
        return [one for one in self.products.values() if one.channel == name]

    @property
    def chinese(self) -> list[PlainVendor]:
        """Chinese vendors."""
        return [one for one in self.vendors.values() if one.domestic]
