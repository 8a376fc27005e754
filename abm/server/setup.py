"""What a person has chosen on a page: a regime, acts dropped and moved, changes of the law, parameters, a seed."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from abm.foundation import dates
from abm.foundation.errors import InputError
from abm.foundation.parameters import Parameters, declarations
from abm.law import levers
from abm.law.regime import Regime, compose, load_regime
from abm.results import wording
from abm.runs.scenario import Scenario
from abm.server import words

MOST_CHANGES = 40
MOST_SHIFT = 60
MOST_SEED = 9999
"""Limits of what one person may ask for: changes of the law, months by which an act may be moved, and seeds."""


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
        one = levers.lever(self.lever)
        value = f"{words.value(self.value)}{words.unit(one.unit)}"
        return f"{one.label}{words.scope(self.scope)}: {value}"


@dataclass(frozen=True)
class Dial:
    """A main lever, as a slider from nothing to `most` that counts from November 2026 on.

    scale  what a value is shown in: its divisor, and the words after it
    asks   a lever that stands on `on` where the dial is above nothing, and on `off` where it is not
    """

    lever: str
    most: float
    step: float
    scale: tuple[float, str] = (0.01, " %")
    scope: str | None = None
    asks: tuple[str, str, str] | None = None

    @property
    def name(self) -> str:
        """The name of its change."""
        return Change(self.lever, self.scope, None, DIALLED).name

    def say(self, value: float) -> str:
        """A value in words: '10 %'."""
        return f"{value / self.scale[0]:,.4g}{self.scale[1]}"

    def standing(self, law: Regime) -> float:
        """What is law in November 2026."""
        now = law.at(f"{DIALLED}-01")
        if self.asks and now.get(self.asks[0]) != self.asks[1]:
            return 0.0
        return min(float(now.get(self.lever, self.scope) or 0.0), self.most)


DIALLED = "2026-11"
DIALS = (
    Dial("hbm.quota_share", 0.4, 0.02, asks=("hbm.policy", "case_by_case", "presume_deny")),
    Dial("licence.approval", 1.0, 0.05, scope=levers.ANY),
    Dial("fee.revenue_share", 0.5, 0.05, scope=levers.ANY),
    Dial("enforcement.budget", 10.0, 0.5, scale=(1.0, " times 2022")),
    Dial("tools.smic", 1.0, 0.05),
    Dial("cn.fab_subsidy_usd", 3e9, 1e8, scale=(1e9, " billion USD a month")),
)
SWITCHES = (("cloud.policy", None), ("cn.import_mode", levers.ANY))
"""Main levers with choices, and for what they are set."""


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
        return compose(self.regime, self.dropped, dict(self.moved), name=self.regime, adopt=self.adopted)

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
            *(f"without {words.act(name)}" for name in self.dropped),
            *(f"{words.act(name)} {words.shift(months)}" for name, months in self.moved),
            *(f"with {words.act(name)}" for name in self.adopted),
            *(f"{change.words} from {wording.month(change.month)}" for change in self.changes),
            *(f"{words.parameter(name)} {words.value(value)}" for name, value in self.parameters),
        ])  # fmt: skip

    @property
    def plain(self) -> bool:
        """Whether it is a shipped regime as it stands."""
        return self == Setup(self.regime, self.seed, self.until)

    @property
    def short(self) -> str:
        """The setup in a few words: its regime, and whether more was changed."""
        return wording.say(self.regime) + ("" if self.plain else ", changed")

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
        """An act left out."""
        return replace(self.move(act, 0), dropped=(*self.restore(act).dropped, act))

    def restore(self, act: str) -> "Setup":
        """An act put back that was left out."""
        return replace(self, dropped=tuple(name for name in self.dropped if name != act))

    def move(self, act: str, months: int) -> "Setup":
        """An act moved by whole months from where the regime has it."""
        if abs(months) > MOST_SHIFT:
            raise InputError(f"{act}: at most {MOST_SHIFT} months to either side, not {months:+d}")
        moved = dict(self.moved) | {act: months}
        return replace(self.restore(act), moved=tuple((name, by) for name, by in moved.items() if by))

    def adopt(self, act: str, yes: bool = True) -> "Setup":
        """A pending act made law, or offered again where it was made law."""
        kept = tuple(name for name in self.adopted if name != act)
        return replace(self, adopted=(*kept, act) if yes else kept)

    def change(self, change: Change) -> "Setup":
        """A lever set by hand; one change of a lever, scope and month stands. InputError for a wrong value."""
        found = levers.faults(change.lever, change.scope, change.value)
        if found:
            raise InputError("\n".join(found))
        kept = tuple(one for one in self.changes if one.name != change.name)
        if len(kept) >= MOST_CHANGES:
            raise InputError(f"at most {MOST_CHANGES} changes of the law; take one back first")
        return replace(self, changes=(*kept, change))

    def dial(self, dial: Dial, value: float) -> "Setup":
        """A main lever turned, with what it asks; to where the law has it, it is no change."""
        levels = {dial.lever: (dial.scope, value)}
        if dial.asks:
            name, on, off = dial.asks
            levels |= {name: (None, on if value else off)}  # type: ignore[dict-item]
        found = self.turned(*((name, scope) for name, (scope, _) in levels.items()))
        if dial.standing(found.whole) == value:
            return found
        for name, (scope, level) in levels.items():
            found = found.change(Change(name, scope, level, DIALLED))
        return found

    def turned(self, *names: tuple[str, str | None]) -> "Setup":
        """Main levers back where the law has them."""
        return replace(self, changes=tuple(
            one for one in self.changes if (one.lever, one.scope) not in names or one.month != DIALLED
        ))  # fmt: skip

    def undo(self, change: Change) -> "Setup":
        """A change taken back."""
        return replace(self, changes=tuple(one for one in self.changes if one != change))

    def put(self, name: str, value: float | int | str) -> "Setup":
        """A parameter set; its default is the same as nothing. InputError for a value out of bounds."""
        Parameters.of({name: value})
        rest: dict[str, Any] = {key: old for key, old in self.parameters if key != name}
        added = {} if value == declarations()[name].default else {name: value}
        return replace(self, parameters=tuple((rest | added).items()))
