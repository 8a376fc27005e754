"""ChipMarket: the Mesa model, a shell over `Market`: agents as Mesa's users expect them, one step a month."""

import copyreg
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, ClassVar, cast

import cloudpickle
import mesa
from pydantic import ValidationError

from abm.agents.view import ROWS, Row
from abm.foundation import dates
from abm.foundation.declaration import Group
from abm.foundation.errors import InputError, faults, nearest, raise_all
from abm.foundation.tables import Table
from abm.month.phase import Phase, run_month
from abm.month.phases import PHASES
from abm.runs.metrics import METRICS, Metric
from abm.runs.recorder import Recorder
from abm.runs.scenario import Scenario
from abm.setting import AGENTS, check_agents, open_market
from abm.state import Market


class Variant(type):
    """The type of model classes: those made by `with_agents` can be pickled, with the classes they hold."""


class ChipMarket(mesa.Model, metaclass=Variant):
    """The market for AI chips and HBM under export controls, one step a month.

    Whatever `Market` holds can be read from the model: `model.labs`, `model.history`, `model.ledger`.

    regime       name of a shipped regime, path of a TOML file, or a Regime
    rng          seed, a whole number
    until        last month
    strict       hold every phase to what it declares, and check the ledger each month
    scenario     a finished scenario, in place of regime, rng, until and parameters
    parameters   `group.name` of a parameter, or `law.<lever>@<date>`, and its value
    errors       InputError for what names nothing or is out of bounds, and for parameters beside a scenario
    """

    table_classes: dict[str, type[Table]] = AGENTS
    phases: tuple[Phase, ...] = PHASES
    groups: ClassVar[dict[str, type[Group]]] = {}
    metrics: dict[str, Metric] = METRICS
    more_tables: ClassVar[dict[str, Any]] = {}

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
        groups = _groups(self.groups, parameters)
        self.case = one = scenario or Scenario.of(regime, seed=seed, until=until, sets=parameters)
        self.strict = strict
        classes = self.table_classes | one.agent_classes
        self.market = open_market(one.regime, one.parameters, one.seed, one.until, classes)
        self.market.groups.update({type(group): group for group in groups})
        for name, kind in self.more_tables.items():
            setattr(self.market, name, kind.opening(self.market))
        views = ROWS | {name: getattr(kind, "row_type", Row) for name, kind in self.more_tables.items()}
        for name, view in views.items():
            table = self.market.tables[name]
            for row in range(len(table)):
                view(self, table, row)
        self.datacollector = Recorder(self.market, self.metrics)

    def __getattr__(self, name: str) -> Any:
        market = self.__dict__.get("market")
        if market is None or not hasattr(market, name):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return getattr(market, name)

    @classmethod
    def with_agents(cls, **tables: type[Table]) -> "type[ChipMarket]":
        """The model with some tables of agents replaced by subclasses: `ChipMarket.with_agents(labs=CautiousLabs)`.

        The class can be pickled, also with classes that stand in a notebook's cell, and so be handed to
        `mesa.batch_run` with several processes.
        """
        check_agents(tables)
        return _variant(cls, {"table_classes": {**cls.table_classes, **tables}})

    @classmethod
    def with_phase(
        cls,
        phase: Phase,
        *,
        after: str,
        parameters: type[Group] | None = None,
        metrics: Sequence[Metric] = (),
        agents: Mapping[str, type[Table]] | None = None,
    ) -> "type[ChipMarket]":
        """The model with one more phase in its month: a mechanism of one's own, in one file.

        phase        made with `abm.phase`; it may return a record of its own, or one in the place of an earlier one
        after        name of the phase after which it comes
        parameters   a group that the phase asks for by annotation; its values are given as `<group>.<name>`, the group
                     called by its class's name in lower case
        metrics      that are worked out beside the model's own
        agents       further tables by name, which phases find on the market; each class has `opening(market)`, and may
                     name the type of its rows as `row_type`
        errors       InputError where no phase is called `after`, one is called like the new one, what it reads is made
                     later, or a table has a name that the market uses
        """
        names = [one.name for one in cls.phases]
        if after not in names:
            raise InputError(f"no phase '{after}'{nearest(after, names)}")
        if phase.name in names:
            raise InputError(f"there is a phase '{phase.name}' already")
        place = names.index(after) + 1
        made = {one.makes for one in cls.phases[:place]} | {parameters, *cls.groups.values()}
        if early := [kind.__name__ for kind in phase.reads if kind not in made]:
            raise InputError(f"phase '{phase.name}' after '{after}' reads {', '.join(early)}: not made by then")
        if taken := [name for name in agents or {} if name in {one.name for one in fields(Market)}]:
            raise InputError(f"agents: {', '.join(taken)}: a market has that already; with_agents replaces it")
        changes: dict[str, Any] = {"phases": (*cls.phases[:place], phase, *cls.phases[place:])}
        if agents:
            changes["more_tables"] = {**cls.more_tables, **agents}
        if parameters:
            changes["groups"] = {**cls.groups, parameters.__name__.lower(): parameters}
        return _variant(cls, changes | {"metrics": {**cls.metrics, **{one.name: one for one in metrics}}})

    @property
    def reported_from(self) -> int:
        """The first month reported, after the spin-up."""
        return dates.REPORT_FROM

    def __repr__(self) -> str:
        return f"<ChipMarket {self.case.label!r}, seed {self.case.seed}, {self.date}: {len(self.labs)} labs>"

    def step(self) -> None:
        """One month: each phase in turn."""
        run_month(self.market, self.phases, self.strict)
        self.running = self.market.t + 1 < self.market.setting.months

    def run(self) -> "ChipMarket":
        """Step to the last month."""
        while self.running:
            self.step()
        return self


def _groups(known: Mapping[str, type[Group]], parameters: dict[str, Any]) -> list[Group]:
    """Groups of a phase of one's own from `<group>.<name>`, which are taken out of the parameters."""
    made, wrong = [], []
    for name, kind in known.items():
        mine = {key: parameters.pop(key) for key in list(parameters) if key.startswith(f"{name}.")}
        try:
            made.append(kind(**{key.partition(".")[2]: value for key, value in mine.items()}))
        except ValidationError as error:
            wrong += faults(error, where=name, model=kind)
    raise_all(wrong)
    return made


def _variant(base: type[ChipMarket], changes: dict[str, Any]) -> type[ChipMarket]:
    """A subclass that differs in some attributes."""
    made = Variant(base.__name__, (base,), {**changes, "variant_of": (base, changes)})
    return cast(type[ChipMarket], made)


def _reduce(model: type[ChipMarket]) -> Any:
    """How a class is pickled: by its name, or as what it differs in from the class it was made from."""
    made = vars(model).get("variant_of")
    return f"{model.__qualname__}" if made is None else (_restore, (made[0], cloudpickle.dumps(made[1])))


def _restore(base: type[ChipMarket], changes: bytes) -> type[ChipMarket]:
    return _variant(base, cloudpickle.loads(changes))


copyreg.pickle(Variant, _reduce)  # type: ignore[arg-type]
