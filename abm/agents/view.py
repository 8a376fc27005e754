"""Rows of the tables as Mesa agents: what a reader of `model.agents` sees."""

from typing import Any

import mesa

from abm.foundation.tables import Table


class Row(mesa.Agent):
    """A Mesa agent whose attributes are its row of a table: reading and writing go to the columns.

    table   where its state stands
    row     its place there
    """

    def __init__(self, model: mesa.Model, table: Table, row: int) -> None:
        super().__init__(model)
        self.__dict__.update(table=table, row=row)

    def __getattr__(self, name: str) -> Any:
        table = self.__dict__.get("table")
        if table is None or name not in table.columns:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return getattr(table, name)[self.row]

    def __setattr__(self, name: str, value: Any) -> None:
        table = self.__dict__.get("table")
        if table is not None and name in table.columns:
            getattr(table, name)[self.row] = value
        else:
            super().__setattr__(name, value)

    @property
    def name(self) -> str:
        """The agent's name."""
        return str(self.table.names[self.row])

    def state(self) -> dict[str, Any]:
        """Every column of this row by name."""
        return {name: getattr(self, name) for name in self.table.columns}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


class Lab(Row):
    """A Chinese lab, cloud or buyer of compute."""


class ChipVendor(Row):
    """A designer of accelerators with what is made for it."""


class HbmMaker(Row):
    """A maker of HBM stacks."""


class FrontierLab(Row):
    """A US leader."""


class Broker(Row):
    """A grey-market dealer."""


class Workshop(Row):
    """A workshop that turns gaming cards into cards for servers."""


class Government(Row):
    """A government that reviews applications or imports and, where the regime says so, reacts."""


ROWS: dict[str, type[Row]] = {
    "labs": Lab,
    "vendors": ChipVendor,
    "makers": HbmMaker,
    "frontier": FrontierLab,
    "brokers": Broker,
    "workshops": Workshop,
    "governments": Government,
}
"""The type of agent for each table that holds agents."""
