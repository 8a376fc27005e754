"""The state of the plain market: what lasts, and what is true of one month only."""

import math
from dataclasses import dataclass, field
from types import SimpleNamespace

from abm.foundation.parameters import Parameters
from tests.reference.dealers import PlainBroker, PlainHosts, PlainShop, PlainWorkshop
from tests.reference.firms import PlainMaker, PlainVendor
from tests.reference.goods import Month, PlainProduct, Row
from tests.reference.labs import Holdings, PlainLab, PlainLeader

NESTS = ("licensed", "domestic", "grey", "gaming", "offshore")


class Tally(SimpleNamespace):
    """What is true of one month only: numbers, sets of names, and values by name."""

    SETS = "needs lawful barred open released large"
    """Of products, and of labs."""
    BY_PRODUCT = """
        approval accepted room threat cards_free mix made price cost value worth utility supply orders paid owning
        grey_paid abroad abroad_usd listed diverted seized converted billed retired waits
    """
    BY_FIRM = """
        packages places need income dies shadow charges fines levied wanted research hbm_sold hbm_home hbm_usd
        hbm_abroad
        money applied granted bought passed spent delivered idle serving training laid_open found
    """
    """By vendor, maker or lab; some of them by product, generation or input in turn."""

    def __init__(self) -> None:
        books = (*self.BY_PRODUCT.split(), *self.BY_FIRM.split())
        super().__init__(**{name: set() for name in self.SETS.split()}, **{name: {} for name in books})
        self.fear = self.hbm_rush = self.wafers = self.best = self.backlog = self.fees = self.at_work = 0.0
        self.us_added = 0.0
        self.sensitive: list[float] = []
        self.hbm_spot = self.hbm_contract = self.response = 1.0
        self.hbm_open = False
        self.offered: dict[str, Holdings] = {}
        self.obtained = (0.0, 0.0)
        self.shipped: list[float] = []
        self.failed = self.entered = self.planned = self.shelved = self.jumps = 0
        self.delay = self.shortfall = self.gap = self.gap_own = self.gap_run = math.nan
        self.mfu: list[list[float]] = []
        self.largest_us = self.largest_china = -math.inf

    def units(self, name: str) -> float:
        """Units of a product that labs bought."""
        return sum(bought.get(name, 0.0) for bought in self.bought.values())

    def arrived(self, name: str) -> float:
        """Units of a product delivered to labs."""
        return sum(units[name] for units in self.delivered.values())


class PlainGovernment(Row):
    """A government; none that reacts is compared, so that it only takes money."""


@dataclass
class PlainRace:
    """What is remembered of the race, month by month; jumps as the lab's place and their size."""

    frontier: list[float]
    china: list[float]
    own: list[float]
    frontier_efficiency: list[float]
    us_runs: list[float]
    china_runs: list[float]
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
    world: Row
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
