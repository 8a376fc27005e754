"""Tables of columns: one NumPy array for each attribute of a type, first axis its rows.

A type declares its state once, as `Column`s on its table class, beside the behaviours that act on the whole table:

    class CautiousLabs(Labs):
        def offer_money(self, fear):
            return 0.8 * super().offer_money(fear)
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from abm.foundation.mirrors import Shape
from abm.foundation.parameters import Parameters


class Column:
    """One attribute of a type, kept as an array over all its rows.

    unit   unit of the value
    help   what it is
    axes   names of further axes; their lengths are given when the table is made
    dtype  float64 unless said
    """

    def __init__(self, unit: str, help: str, *axes: str, dtype: type = np.float64) -> None:
        self.unit, self.help, self.axes, self.dtype = unit, help, axes, dtype

    if TYPE_CHECKING:  # a table's own array of the name stands before its class's Column

        def __get__(self, table: Any, owner: type | None = None) -> NDArray[Any]: ...
        def __set__(self, table: Any, value: Any) -> None: ...


def columns_of(kind: type) -> dict[str, Column]:
    """Every column a type declares, its bases' first."""
    found = {}
    for base in reversed(kind.__mro__):
        found.update({name: one for name, one in vars(base).items() if isinstance(one, Column)})
    return found


def shape_of(kind: type, parameters: Shape) -> Shape:
    """What a mirror shows of a table: every column, and the parameters."""
    fields: dict[str, str | Shape] = {
        name: f"{np.dtype(one.dtype).name}[{1 + len(one.axes)}]" for name, one in columns_of(kind).items()
    }
    return Shape(kind.__name__, fields | {"parameters": parameters})


class Table:
    """The state of all rows of one type: one array per declared column, first axis the rows.

    names        of the rows
    axes         length of each further axis
    parameters   those of the run, for behaviours
    """

    def __init__(self, names: Iterable[str], axes: Mapping[str, int], parameters: Parameters) -> None:
        self.names = tuple(names)
        self.index = {name: row for row, name in enumerate(self.names)}
        self.columns = columns_of(type(self))
        self.parameters = parameters
        for name, column in self.columns.items():
            shape = (len(self.names), *(axes[axis] for axis in column.axes))
            self.__dict__[name] = np.zeros(shape, dtype=column.dtype)

    def __setattr__(self, name: str, value: Any) -> None:
        """What is assigned to a column is written into it: a column stays where it stands."""
        if name not in self.__dict__.get("columns", ()):
            super().__setattr__(name, value)
        elif value is not self.__dict__[name]:
            self.__dict__[name][...] = value

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, {len(self)} rows: {', '.join(self.columns)}>"

    def copy(self) -> Self:
        """A table with the same state, apart from this one."""
        found = object.__new__(type(self))
        found.__dict__.update(self.__dict__)
        for name in self.columns:
            found.__dict__[name] = getattr(self, name).copy()
        return found
