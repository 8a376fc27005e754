"""ChipMarket: the Mesa model. Builds the agents from facts, parameters and a regime, and steps through the months."""

from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from abm import setting
from abm.agents.broker import Broker
from abm.agents.columns import Row, Table
from abm.agents.frontier import FrontierLab
from abm.agents.lab import Lab
from abm.agents.maker import HbmMaker
from abm.agents.product import Axis
from abm.agents.regulator import Regulator
from abm.agents.vendor import ChipVendor
from abm.agents.workshop import Workshop
from abm.foundation import dates
from abm.foundation.errors import InputError
from abm.foundation.ledger import Ledger
from abm.foundation.parameters import Parameters
from abm.law.calendar import Calendar
from abm.law.regime import Regime
from abm.markets import dealers
from abm.markets.settlement import audit
from abm.month import phases
from abm.month.history import History, Jump
from abm.month.moves import Deal
from abm.runs.recorder import Recorder
from abm.runs.scenario import Scenario

PHASES: tuple[phases.Phase, ...] = (
    phases.law,
    phases.expect,
    phases.regulate,
    phases.make_hbm,
    phases.make_chips,
    phases.design,
    phases.budget,
    phases.apply,
    phases.trade,
    phases.divert,
    phases.repurpose,
    phases.rent,
    phases.deliver,
    phases.compute,
    phases.innovate,
    phases.close,
)
"""The order of a month."""

KINDS: dict[str, type[Row]] = {"lab": Lab, "vendor": ChipVendor, "maker": HbmMaker, "frontier": FrontierLab}
KINDS |= {"broker": Broker, "workshop": Workshop, "regulator": Regulator}
"""Agent types that a researcher may replace by subclasses."""
FIRMS = ("labs", "vendors", "makers", "frontier", "brokers", "workshops")
TABLES = (*FIRMS, "shops", "hosts", "regulators", "products", "world")


class ChipMarket(mesa.Model):
    """The market for AI chips and HBM under export controls, one step a month.

    regime       name of a shipped regime, path of a TOML file, or a Regime
    rng          seed, a whole number
    until        last month
    strict       make every column read-only but those a phase declares, and check the ledger each month
    scenario     a finished scenario, in place of regime, rng, until and parameters
    parameters   `group.name` of a parameter, or `law.<lever>@<date>`, and its value
    errors       InputError for what names nothing or is out of bounds, and for parameters beside a scenario
    """

    kinds_in_use: dict[str, type[Row]] = KINDS

    labs: Table
    vendors: Table
    makers: Table
    frontier: Table
    regulators: Table
    products: Table
    world: Table
    brokers: Table
    workshops: Table
    shops: Table
    hosts: Table
    place: Axis
    regime: Regime
    schedule: Calendar
    conditions: Calendar
    deals: list[Deal]
    routes: Calendar
    ledger: Ledger
    history: History
    foreign: slice
    home: slice
    grey: slice
    gaming: slice
    offshore: slice
    grey_source: NDArray[np.int64]
    sold: int
    goods: NDArray[np.int64]
    memory: NDArray[np.int64]
    die: NDArray[np.int64]
    legacy_source: NDArray[np.int64]
    line_rows: dict[int, NDArray[np.int64]]
    designed_for: dict[int, object]
    paths: dict[str, NDArray[np.float64]]
    draws: dict[str, NDArray[np.float64]]
    spending: NDArray[np.float64]
    packages: NDArray[np.float64]
    stacks_world: NDArray[np.float64]
    hbm_mix: NDArray[np.float64]
    hbm_price: NDArray[np.float64]
    hbm_standing: NDArray[np.float64]
    cxmt_generation: int
    cxmt_start: int
    speed_before: float
    startup_weight: float
    listings: NDArray[np.float64]
    us_runs: list[float]
    jumps: list[Jump]
    frontier_record: list[float]
    china_record: list[float]
    frontier_efficiency: list[float]

    def __init__(
        self,
        regime: Any = "history",
        *,
        rng: int | None = 0,
        until: str = dates.DEFAULT_UNTIL,
        strict: bool = False,
        scenario: Scenario | None = None,
        **parameters: Any,
    ) -> None:
        if scenario and parameters:
            raise InputError(f"{', '.join(parameters)} beside a scenario: put them into the scenario")
        seed = int(rng if rng is not None else 0)
        super().__init__(rng=seed)
        self.case = scenario or Scenario.of(regime, seed=seed, until=until, sets=parameters)
        self.strict = strict
        self.p: Parameters = self.case.parameters
        self.months = dates.end_month(self.case.until)
        self.t = -1
        self.now = SimpleNamespace()
        self.history = History()
        self.kinds = SimpleNamespace(**self.kinds_in_use)
        setting.tables(self)
        setting.law(self)
        setting.inputs(self)
        setting.books(self)
        self.datacollector = Recorder(self)

    @classmethod
    def with_agents(cls, **kinds: type[Row]) -> type["ChipMarket"]:
        """The model with some agent types replaced by subclasses: `ChipMarket.with_agents(lab=CautiousLab)`."""
        from abm.runs.scenario import check_agents

        check_agents(kinds, KINDS)
        return type(cls.__name__, (cls,), {"kinds_in_use": {**cls.kinds_in_use, **kinds}})

    @property
    def reported_from(self) -> int:
        """The first month reported, after the spin-up."""
        return dates.REPORT_FROM

    @property
    def date(self) -> str:
        """The month at hand, `YYYY-MM`."""
        return dates.label(max(self.t, 0))

    @property
    def tables(self) -> dict[str, Table]:
        """Every table by name."""
        return {name: getattr(self, name) for name in TABLES}

    def __repr__(self) -> str:
        return f"<ChipMarket {self.case.label!r}, seed {self.case.seed}, {self.date}: {len(self.labs)} labs>"

    def step(self) -> None:
        """One month: each phase in turn."""
        self.t += 1
        self.now = SimpleNamespace()
        for phase in PHASES:
            phases.run_strictly(self, phase) if self.strict else phase.act(self)
        if self.strict:
            audit(self, dealers.differences(self))
        self.running = self.t + 1 < self.months

    def spin_up(self) -> None:
        """Step to the end of 2021, before the first reported month."""
        while self.t + 1 < dates.REPORT_FROM:
            self.step()

    def run(self) -> "ChipMarket":
        """Step to the last month."""
        while self.running:
            self.step()
        return self

    def arriving(self, delivered: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where deliveries (labs, products) join the fleet: during the spin-up, in the legacy rows."""
        if self.t >= dates.REPORT_FROM:
            return delivered
        joined = delivered.copy()
        joined[:, self.place.slices["legacy"]] += delivered[:, self.legacy_source]
        joined[:, self.legacy_source] = 0.0
        return joined
