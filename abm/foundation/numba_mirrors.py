"""How numba reads a mirror: the type of a shape, and where its fields stand. Imported only where loops are compiled."""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import from_dtype, types
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic, models, overload, register_model
from numba.np.arrayobj import make_array, populate_array

from abm.foundation.mirrors import Shape, axes

WORD = ir.IntType(64)


class MirrorType(types.Type):
    """A mirror of a shape: the address of its words."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        super().__init__(name=repr(shape))


@register_model(MirrorType)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, WORD.as_pointer())


def type_of(kind: str | Shape) -> types.Type:
    """The type of a field."""
    if isinstance(kind, Shape):
        return MirrorType(kind)
    numbers = {"int": types.int64, "float": types.float64, "bool": types.boolean}
    return numbers.get(kind) or types.Array(from_dtype(np.dtype(kind.partition("[")[0])), axes(kind), "C")


@infer_getattr
class _Fields(AttributeTemplate):
    key = MirrorType

    def generic_resolve(self, mirror: MirrorType, name: str) -> types.Type | None:
        kind = mirror.shape.fields.get(name)
        return None if kind is None else type_of(kind)


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
    return _array(context, builder, type_of(kind), first, lengths)


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
    """Have a function, where it is compiled, turn an address into the mirror there."""
    kind = MirrorType(shape)

    @intrinsic
    def cast(context: Any, at: Any) -> Any:
        return kind(types.int64), lambda context, builder, sig, given: builder.inttoptr(given[0], WORD.as_pointer())

    @overload(seen, strict=False)
    def look(at: Any) -> Any:
        return (lambda at: cast(at)) if isinstance(at, types.Integer) else (lambda at: at)
