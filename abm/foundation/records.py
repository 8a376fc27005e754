"""Records: what a step of a month hands on, frozen from then on, and what a run remembers of them.

    class Power(Record):
        drawn: float = kept("GW", "power that compute draws")
        by_lab: Floats = handed("GW", "power that each lab's compute draws", "labs")

A field made with `kept` is remembered for every month, under its own name; one made with `handed` lives for the month.
A record is one block of memory: compiled functions are handed it as a whole, read its fields by their names, and fill
them where the record is still blank.
"""

import math
from collections.abc import Iterator, Mapping
from copy import copy
from functools import lru_cache
from struct import pack_into, unpack_from
from typing import Any, ClassVar, TypeVar, dataclass_transform
from zlib import crc32

import numpy as np
from numpy.typing import DTypeLike, NDArray

from abm.foundation.errors import nearest
from abm.foundation.mirrors import Shape, see_block

Floats = NDArray[np.float64]
Lengths = tuple[int, ...]

WORD = np.dtype(np.int64).itemsize
KINDS = {"f": "float", "i": "int", "b": "bool"}
ROOM = 128
"""Months that a history has room for before it grows."""


class Field:
    """What a record's field is.

    unit    of the value; help: what it is
    axes    of an array: their names in a market's `sizes`, or their lengths; none of a number
    dtype   of the array, or of the number: float, int or bool
    kept    whether the history keeps it
    """

    def __init__(self, unit: str, help: str, axes: tuple[str | int, ...], dtype: DTypeLike, kept: bool) -> None:
        self.unit, self.help, self.axes, self.dtype, self.kept = unit, help, axes, np.dtype(dtype), kept
        if self.dtype.kind not in KINDS:
            raise TypeError(f"dtype = {self.dtype}: a record holds floats, integers, booleans, and arrays of these")

    @property
    def kind(self) -> str:
        """The kind of field that a mirror shows."""
        if self.axes:
            return f"{self.dtype.name}[{len(self.axes)}]"
        return KINDS[self.dtype.kind]


def handed(unit: str, help: str, *axes: str | int, dtype: DTypeLike = float) -> Any:
    """A field that later phases of the month may read."""
    return Field(unit, help, axes, dtype, kept=False)


def kept(unit: str, help: str, *axes: str | int, dtype: DTypeLike = float) -> Any:
    """A field that later phases may read and the history keeps: of the same shape each month."""
    return Field(unit, help, axes, dtype, kept=True)


@dataclass_transform(kw_only_default=True, field_specifiers=(handed, kept))
class Record:
    """What a phase makes of a month; `block` is where it stands. Once handed on it is read-only: what no phase made, no
    phase can change."""

    fields: ClassVar[dict[str, Field]] = {}
    shape: ClassVar[Shape]
    kinds: ClassVar[tuple[type["Record"], ...]] = ()
    layout: "Layout"
    block: NDArray[Any]

    def __init_subclass__(cls) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        for name in own:
            delattr(cls, name)
            if hasattr(cls, name) or name in Record.__annotations__:
                raise TypeError(f"{cls.__name__}.{name}: every record has something of that name; take another")
        cls.fields = cls.fields | own
        cls.shape = Shape(cls.__qualname__, {name: one.kind for name, one in cls.fields.items()}, inside=True)
        cls.kinds = cls.__mro__[: cls.__mro__.index(Record)]
        see_block(tag(cls), cls.shape)

    def __init__(self, like: "Record | None" = None, /, **values: Any) -> None:
        """A record of these values, and of those of another record for the fields not named; TypeError where one is
        missing, or is none of its fields."""
        given = (like.values() if like else {}) | values
        for name in given.keys() - self.fields.keys():
            raise TypeError(f"{type(self).__name__} has no field {name!r}{nearest(name, self.fields)}")
        for name in self.fields.keys() - given.keys():
            raise TypeError(f"{type(self).__name__}.{name} is missing")
        shapes = {name: np.shape(given[name]) for name in self.fields}
        for name, one in self.fields.items():
            if len(shapes[name]) != len(one.axes):
                axes = f"({', '.join(map(str, one.axes))})"
                raise TypeError(f"{type(self).__name__}.{name} has the shape {shapes[name]}; its axes are {axes}")
        self.__dict__.update(layout(type(self), tuple(shapes.values())).blank())  # type: ignore[arg-type]
        for name, value in given.items():
            setattr(self, name, value)
        self.freeze()

    def values(self) -> dict[str, Any]:
        """Its fields' values by name."""
        return {name: getattr(self, name) for name in type(self).fields}

    def freeze(self) -> None:
        """Nothing writes to it from now on."""
        had = self.__dict__
        had["block"].setflags(False)
        if len(had) > 2:  # arrays that were looked at while they could be written to
            state = self.__getstate__()
            had.clear()
            had.update(state)

    def __getattr__(self, name: str) -> Any:
        if name not in type(self).fields:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}")
        value = self.layout.places[name].read(self.block)
        if isinstance(value, np.ndarray) or not self.block.flags.writeable:
            self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        """What is assigned to a field is written into it, as long as the record is not handed on."""
        if name not in type(self).fields:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}")
        if not self.block.flags.writeable:
            raise AttributeError(f"{type(self).__name__}.{name}: a record that was handed on is read-only")
        self.layout.places[name].write(self.block, value)

    def __getstate__(self) -> dict[str, Any]:
        return {"layout": self.layout, "block": self.block}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.freeze()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(self.fields)}>"


R = TypeVar("R", bound=Record)


class Place:
    """Where a field stands in a block.

    slot    word of a number, or of what a mirror shows of an array
    words   those of an array; its shape
    """

    def __init__(self, one: Field, shape: Lengths, slot: int, start: int) -> None:
        self.one, self.shape, self.slot, self.count = one, shape, slot, math.prod(shape)
        length = -(-self.count * one.dtype.itemsize // WORD) if one.axes else 0
        self.words = slice(start, start + length)
        self._code = "d" if one.dtype.kind == "f" else "q"

    def read(self, block: NDArray[Any]) -> Any:
        """Its value in a block."""
        if not self.one.axes:
            return self.one.dtype.type(unpack_from(self._code, block, WORD * self.slot)[0]).item()
        return block[self.words].view(self.one.dtype)[: self.count].reshape(self.shape)

    def read_all(self, words: NDArray[np.int64]) -> Any:
        """Its values in the words of many blocks, (blocks, words)."""
        if not self.one.axes:
            return (words.view(np.float64) if self.one.dtype.kind == "f" else words)[:, self.slot]
        return words[:, self.words].view(self.one.dtype)[:, : self.count].reshape(len(words), *self.shape)

    def write(self, block: NDArray[Any], value: Any) -> None:
        """Write a value into a block."""
        if self.one.axes:
            self.read(block)[...] = value
        else:
            pack_into(self._code, block, WORD * self.slot, value if self.one.dtype.kind == "f" else int(value))


class Layout:
    """How a record of a kind lies in memory, its arrays as long as shapes say: a head of numbers and of what mirrors
    show, arrays that the history keeps, and the others.

    kept   words from the start on that the history keeps
    """

    def __init__(self, kind: type[Record], shapes: tuple[Lengths, ...]) -> None:
        self.kind, self.shapes, self.tag = kind, shapes, tag(kind)
        self.dtype = np.dtype([(self.tag, np.int64)])
        self.places: dict[str, Place] = {}
        self.words = self.kept = kind.shape.size
        of = dict(zip(kind.fields, shapes, strict=True))
        for name in sorted(kind.fields, key=lambda name: not kind.fields[name].kept):
            place = self.places[name] = Place(kind.fields[name], of[name], kind.shape.slots[name], self.words)
            self.words = place.words.stop
            if kind.fields[name].kept:
                self.kept = self.words
        head = np.zeros(kind.shape.size, np.int64)
        for place in self.places.values():
            if place.one.axes:
                head[place.slot : place.slot + 1 + len(place.shape)] = WORD * place.words.start, *place.shape
        self._head = head.view(self.dtype)

    def blank(self) -> dict[str, Any]:
        """The state of a record of this layout: zeros."""
        block = np.zeros(self.words, self.dtype)
        block[: len(self._head)] = self._head
        return {"layout": self, "block": block}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and (self.kind, self.shapes) == (other.kind, other.shapes)

    def __hash__(self) -> int:
        return hash((self.kind, self.shapes))

    def __reduce__(self) -> tuple[Any, ...]:
        return layout, (self.kind, self.shapes)


@lru_cache(maxsize=256)
def layout(kind: type[Record], shapes: tuple[Lengths, ...]) -> Layout:
    """The layout of a kind of record with arrays of these shapes."""
    return Layout(kind, shapes)


def tag(kind: type[Record]) -> str:
    """What tells compiled functions of which kind a block is."""
    return f"{kind.__qualname__}_{crc32(f'{kind.__module__} {kind.shape!r}'.encode()):x}"


class Blanks:
    """Makes records to be filled: zeros for now, with arrays as long as sizes say."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self.sizes = dict(sizes)
        self._layouts: dict[type[Record], Layout] = {}

    def __call__(self, kind: type[R]) -> R:
        found = object.__new__(kind)
        found.__dict__.update((self._layouts.get(kind) or self._layout(kind)).blank())
        return found

    def _layout(self, kind: type[Record]) -> Layout:
        axes = [one.axes for one in kind.fields.values()]
        shapes = (tuple(self.sizes[one] if isinstance(one, str) else one for one in several) for several in axes)
        found = self._layouts[kind] = layout(kind, tuple(shapes))  # type: ignore[arg-type]
        return found


class Month:
    """The records of a month by their type: `month[Sales].units`."""

    def __init__(self) -> None:
        self.made: dict[type[Record], Record] = {}

    def add(self, record: Record) -> None:
        """Put a record in its place; one of a subclass also takes the place of what it was made from."""
        record.freeze()
        for kind in type(record).kinds:
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
        self._layouts: list[Layout] = []
        self._places: dict[str, tuple[slice, Place]] = {}
        self._table = np.zeros((0, 0), np.int64)
        self._months = 0

    def add(self, month: Month) -> None:
        """Keep a month; ValueError where an array's shape is not that of the months before."""
        records = list(month)
        layouts = [record.layout for record in records]
        if not self._layouts:
            self._begin(layouts)
        if layouts != self._layouts:
            one = next(now for now, before in zip(layouts, self._layouts, strict=True) if now != before)
            raise ValueError(f"{one.kind.__name__}: what the history keeps has the same shape in every month")
        if self._months == len(self._table):
            self._table = np.concatenate((self._table, np.empty((ROOM, self._table.shape[1]), np.int64)))
        kept = [record.block[record.layout.tag][: record.layout.kept] for record in records]
        np.concatenate(kept, out=self._table[self._months])
        self._months += 1

    def _begin(self, layouts: list[Layout]) -> None:
        self._layouts, start = layouts, 0
        for one in layouts:
            part = slice(start, start + one.kept)
            own = {name: (part, place) for name, place in one.places.items() if place.one.kept}
            if twice := own.keys() & self._places.keys():
                raise ValueError(f"{one.kind.__name__}.{min(twice)}: the history keeps something else under that name")
            self._places |= own
            start += one.kept
        self._table = np.empty((ROOM, start), np.int64)

    def copy(self) -> "History":
        """Another history with the same months so far."""
        return self._since(0)

    def latest(self, months: int) -> "History":
        """The history of the latest months alone."""
        return self._since(max(self._months - months, 0))

    def _since(self, first: int) -> "History":
        found = copy(self)
        found._table, found._months = self._table[first:].copy(), self._months - first
        return found

    def __getitem__(self, name: str) -> Floats:
        part, place = self._places[name]
        return np.array(place.read_all(self._table[: self._months, part]), dtype=np.float64)

    def last(self, name: str) -> float | Floats:
        """The latest value."""
        part, place = self._places[name]
        value: float | Floats = place.read(self._table[self._months - 1, part])
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def __len__(self) -> int:
        return self._months
