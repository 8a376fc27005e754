"""ChipMarket: the Mesa model, a shell over `Market`: agents as Mesa's users expect them, one step a month."""

import copyreg
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import Any, ClassVar, cast

import cloudpickle
import mesa
from pydantic import ValidationError

from abm.agents.view import ROWS, Row
from abm.foundation import dates
from abm.foundation.chance import seed_of
from abm.foundation.declaration import Group
from abm.foundation.errors import InputError, faults, raise_all, shorten, unknown
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
    rng          seed: a whole number from 0 or a generator (`abm.foundation.chance.seed_of`); None, as in Mesa, is a
                 fresh one. `case.seed` is the whole number, with which the run can be repeated
    until        last month
    strict       hold every phase to what it declares, and check the ledger each month
    scenario     a finished scenario, in place of regime, rng, until and parameters
    parameters   `group.name` of a parameter, or `law.<lever>@<date>`, and its value; `seed`, as older Mesa calls rng
    errors       InputError for what names nothing or is out of bounds, and for anything beside a scenario

    Chance has an address (`abm.foundation.chance`): the model draws nothing from Mesa's `rng` and `random`, which are
    seeded too, for phases of one's own. Agents are rows of tables: what they do is decided by methods of the table, and
    their number by `population.*`.
    """

    table_classes: dict[str, type[Table]] = AGENTS
    phases: tuple[Phase, ...] = PHASES
    groups: ClassVar[dict[str, type[Group]]] = {}
    metrics: dict[str, Metric] = METRICS
    more_tables: ClassVar[dict[str, Any]] = {}
    running: bool

    def __init__(
        self,
        regime: Any = "history",
        *,
        rng: Any = None,
        until: str = dates.DEFAULT_UNTIL,
        strict: bool = False,
        scenario: Scenario | None = None,
        **parameters: Any,
    ) -> None:
        # `seed` is none of the arguments above, for where it is one `mesa.batch_run` names its column so, not `rng`
        older = parameters.pop("seed", None)
        if rng is not None and older is not None:
            raise InputError("rng and seed are both given: one of them is wanted")
        chosen = rng if older is None else older
        if scenario is not None:
            _check_alone(scenario, {"rng": chosen, "regime": regime, "until": until} | parameters)
        groups = _groups(self.groups, parameters)
        seed = scenario.seed if scenario else seed_of(chosen, "rng" if older is None else "seed")
        self.case = one = scenario or Scenario.of(regime, seed=seed, until=until, sets=parameters)
        super().__init__(rng=one.seed)
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
        about = {"regime": one.label, "rng": one.seed} | ({"scenario": one.key} if scenario else {})
        self._recorder = self.datacollector = Recorder(self, about)

    def __getattr__(self, name: str) -> Any:
        market = self.__dict__.get("market")
        if market is None or not hasattr(market, name):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return getattr(market, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(self.__dict__.get("market"), name):
            raise AttributeError(f"{name!r} is read from the market: set it there, model.market.{name} = …")
        super().__setattr__(name, value)

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
        _check_kinds(phase, parameters, metrics, agents)
        names = [one.name for one in cls.phases]
        if not isinstance(after, str) or after not in names:
            raise InputError(unknown("phase", [after], names)[0])
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
        """One month: each phase in turn. InputError after the last one: step `while model.running`."""
        run_month(self.market, self.phases, self.strict)
        self.running = self.market.t + 1 < self.market.setting.months
        self._recorder.collect()

    def _advance_time(self, until: float) -> None:
        """Mesa's way from step to step; InputError beyond the last month, before anything is done."""
        if until > self.market.setting.months:
            raise InputError(
                f"step {until:g}: the run has {self.market.setting.months} months, to {self.case.until}; step while "
                "model.running, or make the model with a later until="
            )
        super()._advance_time(until)

    def reset_rng(self, rng: Any = None) -> None:
        """Reset Mesa's generator, from which the model draws nothing: another seed is another model."""
        self._warn_of_seed(rng)
        super().reset_rng(rng)

    def reset_randomizer(self, seed: Any = None) -> None:
        """Reset Mesa's older generator, from which the model draws nothing: another seed is another model."""
        self._warn_of_seed(seed)
        super().reset_randomizer(seed)

    def _warn_of_seed(self, given: Any) -> None:
        if given is not None:
            warnings.warn("the run keeps its seed: for another make another model, with rng=", stacklevel=3)

    def run(self) -> "ChipMarket":
        """Step to the last month."""
        while self.running:
            self.step()
        return self


def _check_alone(scenario: Any, given: Mapping[str, Any]) -> None:
    """InputError where a scenario is none, or where anything that it decides is given beside it."""
    if not isinstance(scenario, Scenario):
        raise InputError(f"scenario = {shorten(scenario)}: one made by abm.Scenario.of is wanted")
    left_out = {"rng": "None", "regime": "'history'", "until": repr(dates.DEFAULT_UNTIL)}
    if beside := [name for name, value in given.items() if shorten(value) != left_out.get(name)]:
        raise InputError(f"{', '.join(beside)} beside a scenario: put them into the scenario")


def _check_kinds(phase: Any, parameters: Any, metrics: Any, agents: Any) -> None:
    """InputError tells what of a phase of one's own is of another kind than it must be."""
    wrong = [] if isinstance(phase, Phase) else [f"phase = {shorten(phase)}: one made with abm.phase is wanted"]
    if parameters is not None and not (isinstance(parameters, type) and issubclass(parameters, Group)):
        wrong.append(f"parameters = {shorten(parameters)}: a subclass of abm.Group is wanted")
    if not isinstance(metrics, Sequence) or not all(isinstance(one, Metric) for one in metrics):
        wrong.append(f"metrics = {shorten(metrics)}: a list of those made with abm.metric is wanted")
    kinds = dict(agents or {}).values() if isinstance(agents, Mapping | None) else [agents]
    if not all(isinstance(kind, type) and issubclass(kind, Table) for kind in kinds):
        wrong.append(f"agents = {shorten(agents)}: a table of names and subclasses of abm.Table is wanted")
    raise_all(wrong)


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


def _view(of: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(of)


copyreg.pickle(Variant, _reduce)  # type: ignore[arg-type]
copyreg.pickle(MappingProxyType, lambda view: (_view, (dict(view),)))  # so that models can be, and copied
