"""Mirrors: what compiled functions see of tables and parameters, by the names that these have in Python.

    MARKET = Shape("Market", {"labs": Shape("Labs", {"cash": "float64[1]"}), "t": "int"})
    seen = mirrored(MARKET)

    @compiled
    def saved(at):                      # called with a mirror's address; in plain Python with the market itself
        return seen(at).labs.cash.sum()

A mirror is a block of memory that says where each column stands, so that a function is handed one number in place of
tens of arrays. It is as large as what it shows, not more: columns are written in place, never replaced.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import ON

NUMBERS = ("int", "float", "bool")


class Shape:
    """What a mirror shows, in the order in which it stands in memory.

    name     of the kind of thing mirrored
    fields   by name: int, float or bool; `float64[2]` for an array with two axes; or a shape
    lasting  whether things of the kind never change, so that one mirror shows a thing in all that it is a part of
    inside   whether arrays stand behind the mirror itself, in one block with it, as those of records do
    """

    def __init__(
        self, name: str, fields: "Mapping[str, str | Shape]", lasting: bool = False, inside: bool = False
    ) -> None:
        self.name, self.fields, self.lasting, self.inside = name, dict(fields), lasting, inside
        self.slots: dict[str, int] = {}
        self.size = 0
        for field, kind in self.fields.items():
            self.slots[field] = self.size
            self.size += 1 + axes(kind)

    def __repr__(self) -> str:
        told = ", ".join(f"{name} {kind!r}" for name, kind in self.fields.items())
        return f"{self.name} {crc32(told.encode()):x}"


def axes(kind: str | Shape) -> int:
    """Axes of a field's array; none of a number or a shape."""
    return int(kind.partition("[")[2][:-1]) if isinstance(kind, str) and kind not in NUMBERS else 0


def kind_of(array: NDArray[Any]) -> str:
    """An array's kind of field."""
    return f"{_name(array.dtype)}[{array.ndim}]"


@cache
def _name(dtype: np.dtype[Any]) -> str:
    return dtype.name


class Mirror:
    """A mirror of one thing, by its shape; `at` is its address. What it shows lives as long as it does.

    made   mirrors made for the same whole with what each shows, by its id: one for each thing
    """

    def __init__(self, shape: Shape, thing: Any, made: "dict[int, tuple[Mirror, Any]] | None" = None) -> None:
        self._shape, self._kept = shape, dict[str, Any]()
        made = {} if made is None else made
        self._words = np.zeros(shape.size + 1, dtype=np.int64)
        self._floats = self._words.view(np.float64)
        self.at = self._words.ctypes.data
        for name in shape.fields:
            self._show(name, getattr(thing, name), made)

    def show(self, name: str, value: Any) -> None:
        """Show another value in a field; TypeError where it is not of the field's kind."""
        self._show(name, value, {})

    def _show(self, name: str, value: Any, made: "dict[int, tuple[Mirror, Any]]") -> None:
        kind, slot = self._shape.fields[name], self._shape.slots[name]
        if isinstance(kind, Shape):
            self._kept[name] = inner = _part(kind, value, made)
            self._words[slot] = inner.at
        elif kind == "float":
            self._floats[slot] = value
        elif kind in NUMBERS:
            self._words[slot] = value
        else:
            if kind_of(value) != kind or (value.flags.writeable and not value.flags.c_contiguous):
                raise TypeError(f"{self._shape.name}.{name}: {kind_of(value)} in place of {kind}")
            value = np.ascontiguousarray(value)  # a copy of what nobody may write to shows the same
            self._kept[name] = value
            self._words[slot : slot + 1 + value.ndim] = value.__array_interface__["data"][0], *value.shape


LASTING = 8
"""Mirrors kept of things that never change: those of the latest runs."""
_lasting: dict[int, tuple[Mirror, Any]] = {}


def _part(shape: Shape, thing: Any, made: dict[int, tuple[Mirror, Any]]) -> Mirror:
    """The mirror of a part of what is mirrored: the one made before, if there is one."""
    known = _lasting if shape.lasting else made
    if id(thing) not in known:
        known[id(thing)] = Mirror(shape, thing, {} if shape.lasting else made), thing
        for oldest in list(_lasting)[:-LASTING]:
            del _lasting[oldest]
    return known[id(thing)][0]


def see_block(tag: str, shape: Shape) -> None:
    """Have compiled functions see blocks of this tag as mirrors of a shape, read-only where the block is."""
    if ON:
        from abm.foundation import numba_mirrors

        numba_mirrors.BLOCKS[tag] = shape


def mirrored(shape: Shape) -> Callable[[Any], Any]:
    """A function that compiled functions use to see the mirror at an address, or in a block; in plain Python it hands
    back what it is handed, which is then the thing itself."""

    def seen(at: Any) -> Any:
        return at

    if ON:
        from abm.foundation import numba_mirrors

        numba_mirrors.see(seen, shape)
    return seen


def behaviour[F: Callable[..., Any]](method: F) -> F:
    """A function that calls a method of a table by its name, so that a subclass may replace it; compiled functions,
    which see a mirror of the table, call the method as it stands."""
    name = method.__name__

    def call(table: Any, *given: Any) -> Any:
        return getattr(table, name)(*given)

    stand_in(call, method)
    return call  # type: ignore[return-value]


def stand_in(call: Callable[..., Any], act: Callable[..., Any]) -> None:
    """Have compiled functions that call a function call another."""
    if ON:
        from numba.extending import overload

        @overload(call, strict=False)
        def compiled(*given: Any, **named: Any) -> Any:
            return act
