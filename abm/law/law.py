"""The law of a day: what the acts in force set, and which of two settings counts."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any

from abm.law.acts import Act, Setting
from abm.law.levers import ANY, LEVERS, Value, lever


class Law:
    """An immutable mapping from levers to values.

    Of two settings of one lever for one scope the act with the later effective date counts, then the later
    announcement, then the name later in the alphabet. The scope "*" covers every scope: between it and an exact one,
    the act effective later counts, and on one day the exact one. A lever for which "*" means all scopes together
    keeps the two apart. A lever no act has set has its default.

    caught    the acts in force, in that order
    """

    def __init__(self, acts: Iterable[Act]) -> None:
        self.caught = tuple(sorted(acts, key=_rank))
        self._set: dict[str, dict[str | None, tuple[Act, Value]]] = {}
        for act in self.caught:
            for setting in act.sets:
                self._set.setdefault(setting.lever, {})[setting.scope] = (act, setting.value)

    def __repr__(self) -> str:
        return f"<Law of {len(self.caught)} acts setting {len(self._set)} levers>"

    def __iter__(self) -> Iterator[str]:
        return iter(LEVERS)

    def __len__(self) -> int:
        return len(LEVERS)

    def __getitem__(self, name: str) -> Any:
        """The value of a lever without scopes; of one with scopes, what counts for each scope acts have named."""
        if lever(name).scope is None:
            return self.get(name)
        return MappingProxyType(
            {scope: self.get(name, scope) for scope in sorted(str(one) for one in self._set.get(name, {}))}
        )

    def get(self, name: str, scope: str | None = None) -> Any:
        """The value of a lever, for a scope where it has scopes; its default where no act in force has set it."""
        default = lever(name).default
        found = self._setting(name, scope if isinstance(scope, str) else None)
        return default if found is None else found[1]

    def source_of(self, name: str, scope: str | None = None) -> str | None:
        """The name of the act that set a lever for a scope."""
        found = self.act_of(name, scope)
        return None if found is None else found.name

    def act_of(self, name: str, scope: str | None = None) -> Act | None:
        """The act that set a lever for a scope."""
        found = self._setting(name, scope)
        return None if found is None else found[0]

    @cached_property
    def drawing(self) -> "Law":
        """The law of the acts that draw lines for goods, all that rulings need: most acts leave it as it was."""
        return law_of(tuple(act for act in self.caught if any(LEVERS[one.lever].phase == "law" for one in act.sets)))

    @cached_property
    def lines(self) -> "Law":
        """The same lines as if one act drew them: laws that draw the same share it, and whatever is worked out from it
        that names no act."""
        sets = tuple(one for one in self.drawing.settings() if LEVERS[one.lever].phase == "law")
        return law_of((Act("lines", "both", date.min, date.min, sets=sets),))

    def settings(self) -> tuple[Setting, ...]:
        """Everything that acts in force set and that counts, in order of lever and scope."""
        items = ((name, scope, self.get(name, scope)) for name, scopes in self._set.items() for scope in scopes)
        return tuple(Setting(*one) for one in sorted(items, key=lambda one: (one[0], one[1] or "")))

    def _setting(self, name: str, scope: str | None) -> tuple[Act, Value] | None:
        """The setting that counts."""
        scopes = self._set.get(name)
        if scopes is None:
            lever(name)
            return None
        exact, general = scopes.get(scope), scopes.get(ANY)
        if not LEVERS[name].each:
            return exact
        if exact is None or general is None:
            return exact or general
        return general if _day(general[0]) > _day(exact[0]) else exact


@lru_cache(maxsize=4096)
def law_of(acts: tuple[Act, ...]) -> Law:
    """The law of acts in force; regimes that share acts share the law, and whatever is worked out from it."""
    return Law(acts)


def _day(act: Act) -> int:
    """The effective day as a number; an act without one never comes into force."""
    return act.effective.toordinal() if act.effective else 0


def _rank(act: Act) -> tuple[int, int, str]:
    """The order in which acts override each other."""
    return _day(act), act.announced.toordinal(), act.name
