"""Tables of columns, and the Mesa agents that are views of their rows.

A type declares its state once, as `Column`s on its class; a `Table` holds one NumPy array for each; an agent reads
and writes its row of them. Behaviours are class methods of the type that take the table, so that a subclass can
replace one:

    class CautiousLab(Lab):
        @classmethod
        def offer_money(cls, labs, fear, p):
            return 0.8 * super().offer_money(labs, fear, p)
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from abm.model import ChipMarket


class Column:
    """One attribute of a type, kept as an array over all its rows.

    unit   unit of the value
    help   what it is
    axes   names of further axes; their lengths are given when the table is made
    dtype  float64 unless said
    """

    def __init__(self, unit: str, help: str, *axes: str, dtype: type = np.float64) -> None:
        self.unit, self.help, self.axes, self.dtype = unit, help, axes, dtype

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, row: Any, owner: type | None = None) -> Any:
        return self if row is None else getattr(row.table, self.name)[row.place]

    def __set__(self, row: Any, value: Any) -> None:
        getattr(row.table, self.name)[row.place] = value


def columns_of(kind: type) -> dict[str, Column]:
    """Every column a type declares, its bases' first."""
    found = {}
    for base in reversed(kind.__mro__):
        found.update({name: one for name, one in vars(base).items() if isinstance(one, Column)})
    return found


class Table:
    """The state of all rows of one type: one array per declared column, first axis the rows."""

    def __init__(self, kind: type, names: Iterable[str], axes: Mapping[str, int]) -> None:
        self.row_type = kind
        self.names = tuple(names)
        self.index = {name: place for place, name in enumerate(self.names)}
        self.columns = columns_of(kind)
        for name, column in self.columns.items():
            shape = (len(self.names), *(axes[axis] for axis in column.axes))
            setattr(self, name, np.zeros(shape, dtype=column.dtype))

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> NDArray[Any]: ...
        def __setattr__(self, name: str, value: Any) -> None: ...

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __repr__(self) -> str:
        return f"<Table of {len(self)} {self.row_type.__name__}: {', '.join(self.columns)}>"

    @contextmanager
    def writing_only(self, allowed: set[str]) -> Iterator[None]:
        """Make every other column read-only for a while."""
        shut = [getattr(self, name) for name in self.columns if name not in allowed]
        for array in shut:
            array.flags.writeable = False
        try:
            yield
        finally:
            for array in shut:
                array.flags.writeable = True


class Row(mesa.Agent):
    """A Mesa agent whose attributes are its row of a table."""

    def __init__(self, model: "ChipMarket", table: Table, place: int) -> None:
        super().__init__(model)
        self.table = table
        self.place = place

    @property
    def name(self) -> str:
        """The agent's name."""
        return self.table.names[self.place]

    def state(self) -> dict[str, Any]:
        """Every column of this row by name."""
        return {name: getattr(self, name) for name in self.table.columns}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"
