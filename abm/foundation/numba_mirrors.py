"""How numba reads a mirror: the type of a shape, and where its fields stand. Imported only where loops are compiled."""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import from_dtype, types
from numba.core.errors import TypingError
from numba.core.imputils import lower_getattr_generic, lower_setattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic, models, overload, register_model
from numba.np.arrayobj import make_array, populate_array

from abm.foundation.mirrors import NUMBERS, Shape, axes

WORD = ir.IntType(64)


BLOCKS: dict[str, Shape] = {}
"""Shapes of blocks by the name of the only field of their dtype."""


class MirrorType(types.Type):
    """A mirror of a shape: the address of its words; whether what it shows may be written to."""

    def __init__(self, shape: Shape, writable: bool = True) -> None:
        self.shape, self.writable = shape, writable
        super().__init__(name=f"{shape!r}{'' if writable else ' read-only'}")


@register_model(MirrorType)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, WORD.as_pointer())


def type_of(kind: str | Shape, writable: bool = True) -> types.Type:
    """The type of a field."""
    if isinstance(kind, Shape):
        return MirrorType(kind)
    numbers = {"int": types.int64, "float": types.float64, "bool": types.boolean}
    return numbers.get(kind) or types.Array(
        from_dtype(np.dtype(kind.partition("[")[0])), axes(kind), "C", readonly=not writable
    )


@infer_getattr
class _Fields(AttributeTemplate):
    key = MirrorType

    def generic_resolve(self, mirror: MirrorType, name: str) -> types.Type | None:
        kind = mirror.shape.fields.get(name)
        return None if kind is None else type_of(kind, mirror.writable)


@lower_getattr_generic(MirrorType)
def _read(context: Any, builder: Any, mirror: MirrorType, words: Any, name: str) -> Any:
    kind, slot = mirror.shape.fields[name], mirror.shape.slots[name]
    count = 1 + axes(kind)
    first, *lengths = (builder.load(builder.gep(words, [WORD(slot + place)])) for place in range(count))
    if isinstance(kind, Shape):
        return builder.inttoptr(first, WORD.as_pointer())
    if not lengths:
        return {"int": lambda: first, "bool": lambda: builder.trunc(first, ir.IntType(1))}.get(
            kind, lambda: builder.bitcast(first, ir.DoubleType())
        )()
    if mirror.shape.inside:
        first = builder.add(first, builder.ptrtoint(words, WORD))
    return _array(context, builder, type_of(kind, mirror.writable), first, lengths)


@lower_setattr_generic(MirrorType)
def _write(context: Any, builder: Any, sig: Any, given: Any, name: str) -> None:
    mirror, (words, value) = sig.args[0], given
    kind, slot = mirror.shape.fields[name], mirror.shape.slots[name]
    if not mirror.writable or kind not in NUMBERS:
        raise TypingError(f"{mirror.shape.name}.{name}: only numbers of a record that is being made are assigned")
    if kind == "float":
        value = builder.bitcast(value, WORD)
    elif kind == "bool":
        value = builder.zext(value, WORD)
    builder.store(value, builder.gep(words, [WORD(slot)]))


def _array(context: Any, builder: Any, kind: Any, start: Any, lengths: list[Any]) -> Any:
    """An array that stands somewhere in memory; whoever owns it keeps it."""
    found = make_array(kind)(context, builder)
    size = WORD(np.dtype(str(kind.dtype)).itemsize)
    steps = [size]
    for length in reversed(lengths[1:]):
        steps.insert(0, builder.mul(steps[0], length))
    populate_array(
        found, data=builder.inttoptr(start, found.data.type), shape=lengths, strides=steps, itemsize=size, meminfo=None
    )
    return found._getvalue()


def see(seen: Callable[[Any], Any], shape: Shape) -> None:
    """Have a function, where it is compiled, turn an address, or a block, into the mirror there."""
    kind = MirrorType(shape)

    @intrinsic
    def cast(context: Any, at: Any) -> Any:
        return kind(types.int64), lambda context, builder, sig, given: builder.inttoptr(given[0], WORD.as_pointer())

    @overload(seen, strict=False)
    def look(at: Any) -> Any:
        if isinstance(at, types.Integer):
            return lambda at: cast(at)
        return (lambda at: _cast_block(at)) if isinstance(at, types.Array) else (lambda at: at)


@intrinsic
def _cast_block(context: Any, block: Any) -> Any:
    (tag,) = block.dtype.fields

    def cast(context: Any, builder: Any, sig: Any, given: Any) -> Any:
        return builder.bitcast(make_array(block)(context, builder, given[0]).data, WORD.as_pointer())

    return MirrorType(BLOCKS[tag], block.mutable)(block), cast
