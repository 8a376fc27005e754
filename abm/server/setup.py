"""What a person has chosen on a page: a regime, acts dropped and moved, changes of the law, parameters, a seed."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from abm.foundation import dates
from abm.foundation.errors import InputError
from abm.foundation.parameters import Parameters, declarations
from abm.law import levers
from abm.law.regime import Regime, load_regime
from abm.results import wording
from abm.runs.scenario import Scenario
from abm.server import words

MOST_CHANGES = 40
MOST_SHIFT = 60
"""Limits of what one person may ask for: changes of the law, and months by which an act may be moved."""


@dataclass(frozen=True)
class Change:
    """A lever set by hand from the first day of a month on.

    scope   what it is set for; None for a lever without scopes
    month   YYYY-MM
    """

    lever: str
    scope: str | None
    value: levers.Value
    month: str

    @property
    def name(self) -> str:
        """The change's name as a scenario takes it: `law.<lever>[<scope>]@<month>`."""
        return f"law.{self.lever}{'' if self.scope is None else f'[{self.scope}]'}@{self.month}"

    @property
    def words(self) -> str:
        """The change for people."""
        scope = {None: "", levers.ANY: " for all"}.get(self.scope, f" for {self.scope}")
        value = f"{words.value(self.value)}{words.unit(levers.lever(self.lever).unit)}"
        return f"{wording.factor(f'law.{self.lever}')}{scope}: {value}"


@dataclass(frozen=True)
class Setup:
    """Everything that decides a run shown on a page.

    dropped      acts of the regime left out
    moved        acts of the regime and the months by which they are moved
    adopted      pending acts made law
    changes      levers set by hand
    parameters   names and values that differ from the defaults
    """

    regime: str = "history"
    seed: int = 0
    until: str = dates.DEFAULT_UNTIL
    dropped: tuple[str, ...] = ()
    moved: tuple[tuple[str, int], ...] = ()
    adopted: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    parameters: tuple[tuple[str, Any], ...] = ()

    @cached_property
    def law(self) -> Regime:
        """The regime with acts dropped, moved and adopted; changes by hand are not in it yet."""
        regime = load_regime(self.regime)
        for name in self.adopted:
            regime = regime.adopt(name, _day_of(regime, name))
        for name in self.dropped:
            regime = regime.without(name)
        for name, months in self.moved:
            regime = regime.shift(name, months)
        return replace(regime, name=self.regime)

    @cached_property
    def whole(self) -> Regime:
        """The regime with everything chosen, changes by hand too; InputError tells every fault."""
        return self.scenario().regime

    def scenario(self, seed: int | None = None) -> Scenario:
        """The scenario of a run; InputError tells every fault."""
        sets = {change.name: change.value for change in self.changes} | dict(self.parameters)
        return Scenario.of(self.law, seed=self.seed if seed is None else seed, until=self.until, sets=sets)

    @property
    def words(self) -> str:
        """The setup in a line."""
        return "; ".join([
            wording.say(self.regime),
            *(f"without {name}" for name in self.dropped),
            *(f"{name} {months:+d} months" for name, months in self.moved),
            *(f"with {name}" for name in self.adopted),
            *(f"{change.words} from {wording.month(change.month)}" for change in self.changes),
            *(f"{name} = {value}" for name, value in self.parameters),
        ])  # fmt: skip

    # --- what a page does ---

    def on(self, regime: str) -> "Setup":
        """Another regime; dropped, moved and adopted acts that it has not are forgotten."""
        law = load_regime(regime)
        names, pending = {act.name for act in law.acts}, {act.name for act in law.pending}
        return replace(
            self,
            regime=regime,
            dropped=tuple(name for name in self.dropped if name in names),
            moved=tuple(pair for pair in self.moved if pair[0] in names),
            adopted=tuple(name for name in self.adopted if name in pending),
        )

    def drop(self, act: str) -> "Setup":
        """An act left out, or put back where it was left out."""
        if act in self.dropped:
            return replace(self, dropped=tuple(name for name in self.dropped if name != act))
        return replace(self.move(act, 0), dropped=(*self.dropped, act))

    def move(self, act: str, months: int) -> "Setup":
        """An act moved by whole months from where the regime has it."""
        if abs(months) > MOST_SHIFT:
            raise InputError(f"{act}: at most {MOST_SHIFT} months to either side, not {months:+d}")
        moved = dict(self.moved) | {act: months}
        return replace(
            self,
            moved=tuple((name, by) for name, by in moved.items() if by),
            dropped=tuple(name for name in self.dropped if name != act),
        )

    def adopt(self, act: str) -> "Setup":
        """A pending act made law, or offered again where it was made law."""
        kept = tuple(name for name in self.adopted if name != act)
        return replace(self, adopted=kept if act in self.adopted else (*kept, act))

    def change(self, change: Change) -> "Setup":
        """A lever set by hand; one change of a lever, scope and month stands. InputError for a wrong value."""
        found = levers.faults(change.lever, change.scope, change.value)
        if found:
            raise InputError("\n".join(found))
        kept = tuple(one for one in self.changes if one.name != change.name)
        if len(kept) >= MOST_CHANGES:
            raise InputError(f"at most {MOST_CHANGES} changes of the law; take one back first")
        return replace(self, changes=(*kept, change))

    def undo(self, change: Change) -> "Setup":
        """A change taken back."""
        return replace(self, changes=tuple(one for one in self.changes if one != change))

    def put(self, name: str, value: float | int | str) -> "Setup":
        """A parameter set; its default is the same as nothing. InputError for a value out of bounds."""
        Parameters.of({name: value})
        rest: dict[str, Any] = {key: old for key, old in self.parameters if key != name}
        added = {} if value == declarations()[name].default else {name: value}
        return replace(self, parameters=tuple((rest | added).items()))


def _day_of(regime: Regime, act: str) -> str | None:
    """The first day of a pending act: its own, or the month after its announcement when it names none."""
    found = next((one for one in regime.pending if one.name == act), None)
    if found is None or found.effective is not None:
        return None
    return str(dates.first_day(dates.month_of(found.announced) + 1))
