"""Records: what a step of a month hands on, frozen from birth, and what a run remembers of them.

    @dataclass(frozen=True)
    class Power(Record):
        drawn: float = kept("GW", "power that compute draws")

A field made with `kept` is remembered for every month, under its own name; one made with `handed` lives for the month.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, field, fields
from functools import cache
from inspect import Parameter, Signature
from itertools import chain
from operator import itemgetter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NUMBERS = (bool, int, float, "bool", "int", "float")


def handed(unit: str, help: str) -> Any:
    """A field that later phases of the month may read."""
    return field(metadata={"unit": unit, "help": help, "kept": False})


def kept(unit: str, help: str) -> Any:
    """A field that later phases may read and the history keeps: a number, or an array of the same shape each month."""
    return field(metadata={"unit": unit, "help": help, "kept": True})


class Record:
    """What a phase makes of a month. Its arrays are read-only from birth: what no phase made, no phase can change."""

    def __init_subclass__(cls) -> None:
        cls.__init__ = _fill  # type: ignore[assignment,method-assign]  # which `dataclass` leaves as it is


def _fill(record: Record, *given: Any, **named: Any) -> None:
    """Fill a new record at once: an assignment for each field would take four times as long."""
    kind: Any = type(record)
    if given or named.keys() != _names(kind):
        bound = _signature(kind).bind(*given, **named)
        bound.apply_defaults()
        named = bound.arguments
    for name in _not_numbers(kind):
        value = named[name]
        if isinstance(value, np.ndarray):
            value.setflags(False)  # type: ignore[call-arg]  # half the time it takes with a name
    record.__dict__.update(named)


R = TypeVar("R", bound=Record)


@cache
def _names(kind: type[Record]) -> frozenset[str]:
    return frozenset(one.name for one in fields(kind))  # type: ignore[arg-type]


@cache
def _signature(kind: type[Record]) -> Signature:
    """With what a record is made: its fields in order."""
    missing, usual = Parameter.empty, Parameter.POSITIONAL_OR_KEYWORD
    return Signature(
        [
            Parameter(one.name, usual, default=missing if one.default is MISSING else one.default)
            for one in fields(kind)  # type: ignore[arg-type]
        ]
    )


@cache
def _not_numbers(kind: type[Record]) -> tuple[str, ...]:
    """The fields of a record that may hold arrays: all that are not declared to be numbers."""
    return tuple(one.name for one in fields(kind) if one.type not in NUMBERS)  # type: ignore[arg-type]


@cache
def kept_names(kind: type[Record]) -> tuple[str, ...]:
    """The fields of a record that the history keeps."""
    return tuple(one.name for one in fields(kind) if one.metadata["kept"])  # type: ignore[arg-type]


@cache
def _kinds(kind: type[Record]) -> tuple[type[Record], ...]:
    """A type of record and those it was made from."""
    return kind.__mro__[: kind.__mro__.index(Record)]


class Month:
    """The records of a month by their type: `month[Sales].units`."""

    def __init__(self) -> None:
        self.made: dict[type[Record], Record] = {}

    def add(self, record: Record) -> None:
        """Put a record in its place; one of a subclass also takes the place of what it was made from."""
        for kind in _kinds(type(record)):  # type: ignore[arg-type]
            self.made[kind] = record

    def __getitem__(self, kind: type[R]) -> R:
        return self.made[kind]  # type: ignore[return-value]

    def __iter__(self) -> Iterator[Record]:
        return iter({id(record): record for record in self.made.values()}.values())

    def __repr__(self) -> str:
        return f"<Month: {', '.join(kind.__name__ for kind in self.made)}>"


class History:
    """The kept fields of a run's records, one entry a month: numbers, or arrays whose shape stays the same."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._rows: list[tuple[Any, ...]] = []
        self._read: dict[str, Floats] = {}

    def add(self, month: Month) -> None:
        """Keep a month."""
        records = list(month)
        if not self._rows:
            names = [name for record in records for name in kept_names(type(record))]  # type: ignore[arg-type]
            self._places = {name: place for place, name in enumerate(names)}
        kept = [_values(type(record))(record.__dict__) for record in records]  # type: ignore[arg-type]
        self._rows.append(tuple(chain.from_iterable(kept)))
        self._read.clear()

    def copy(self) -> "History":
        """Another history with the same months so far."""
        found = History()
        found._places, found._rows = self._places, list(self._rows)
        return found

    def latest(self, months: int) -> "History":
        """The history of the latest months alone."""
        found = History()
        found._places, found._rows = self._places, self._rows[-months:]
        return found

    def __getitem__(self, name: str) -> Floats:
        if name not in self._read:
            self._read[name] = self._column(self._places[name])
        return self._read[name].copy()

    def _column(self, place: int) -> Floats:
        values = [row[place] for row in self._rows]
        if not np.ndim(values[0]):
            return np.array(values, dtype=np.float64)
        return np.concatenate(values, dtype=np.float64, casting="unsafe").reshape(len(values), *values[0].shape)

    def last(self, name: str) -> float | Floats:
        """The latest value."""
        value: float | Floats = self._rows[-1][self._places[name]]
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def __len__(self) -> int:
        return len(self._rows)


@cache
def _values(kind: type[Record]) -> Callable[[dict[str, Any]], Iterable[Any]]:
    """A function that takes from a record's fields by name what the history keeps of them."""
    names = kept_names(kind)  # type: ignore[arg-type]
    return itemgetter(*names) if len(names) > 1 else lambda given: [given[name] for name in names]
