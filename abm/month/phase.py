"""What a phase of the month is, and how a month is run."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, get_type_hints

from abm.foundation.records import Month, Record
from abm.markets.settlement import audit
from abm.state import Market, Race

STATE = ("law", "deals", "chips", "designed_for", *(f"race.{one.name}" for one in fields(Race)))
"""State beside the tables: what changes it says so."""


@dataclass(frozen=True)
class Phase:
    """A step of the month: a function of the market and of records made earlier, which may make one.

    A record of a kind made before, or of a subclass, takes its place for the phases to come.

    reads    records it is handed, in the order of its arguments; and groups of parameters, in a phase of one's own
    makes    the record it returns, if any
    writes   columns (`table.column`) and state (of STATE) that it may change
    """

    name: str
    act: Callable[..., Record | None]
    reads: tuple[type[Any], ...]
    makes: type[Record] | None
    writes: frozenset[str]

    def __call__(self, market: Market, *given: object) -> Record | None:
        return self.act(market, *given)

    def given(self, market: Market) -> list[object]:
        """What it is handed this month."""
        month, groups = market.month.made, market.groups
        return [month[kind] if kind in month else groups[kind] for kind in self.reads]


def phase(writes: str = "") -> Callable[[Callable[..., Record | None]], Phase]:
    """Make a function of `market` and records a phase: what it reads and makes stands in its annotations, what it
    writes is declared here."""

    def made(act: Callable[..., Record | None]) -> Phase:
        hints = get_type_hints(act)
        result = hints.pop("return")
        if is_dataclass(result):
            raise TypeError(f"phase {act.__name__}: its record is a dataclass; declare it without @dataclass")
        reads = tuple(kind for name, kind in hints.items() if name != "market")
        return Phase(act.__name__, act, reads, None if result is type(None) else result, frozenset(writes.split()))

    return made


def run_month(market: Market, phases: Iterable[Phase], strict: bool = False) -> None:
    """One month: each phase in turn is handed the records it asks for, and what it makes is added to the month's.

    strict   hold every phase to what it declares, and the tables against the ledger: PermissionError or ArithmeticError
    """
    market.t += 1
    market.month = Month()
    for step in phases:
        given = step.given(market)
        record = run_strictly(market, step, given) if strict else step.act(market, *given)
        if record is not None:
            market.month.add(record)
    market.history.add(market.month)
    market.ledger.turn_page()
    if strict:
        audit(market)


def run_strictly(market: Market, step: Phase, given: list[object]) -> Record | None:
    """Run a phase and refuse columns and other state changed that it does not declare, and a record of another type."""
    before = _fingerprints(market)
    record = step(market, *given)
    now = _fingerprints(market)
    changed = {name for name in now if now[name] != before[name]} - step.writes
    if changed:
        raise PermissionError(f"phase {step.name} changes {', '.join(sorted(changed))} without declaring it")
    if type(record) is not (step.makes or type(None)):
        raise PermissionError(f"phase {step.name} returns {type(record).__name__}, which it does not declare")
    return record


def _fingerprints(market: Market) -> dict[str, object]:
    """What is in every column, and of every part of the state beside the tables something that differs once it has been
    replaced or has changed."""
    columns = {
        f"{name}.{column}": getattr(table, column).tobytes()
        for name, table in market.tables.items()
        for column in table.columns
    }
    return columns | {name: _fingerprint(market, name) for name in STATE}


def _fingerprint(market: Market, name: str) -> object:
    """Something that differs once a part of the state has been replaced or has changed."""
    owner: object = market
    for part in name.split("."):
        owner = getattr(owner, part)
    if isinstance(owner, dict):
        return tuple((key, id(value)) for key, value in owner.items())
    return tuple(map(id, owner)) if isinstance(owner, list) else id(owner)
