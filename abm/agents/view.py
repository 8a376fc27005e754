"""Rows of the tables as Mesa agents: what a reader of `model.agents` sees."""

from typing import Any, NoReturn

import mesa

from abm.foundation.errors import InputError, shorten
from abm.foundation.tables import Table

HOW_MANY = "population.startups and population.state set how many labs there are"


class Row(mesa.Agent):
    """A Mesa agent whose attributes are its row of a table: reading and writing go to the columns.

    What agents do is decided by methods of the table for all its rows at once, and how many there are when the model is
    made: steps, removals and agents without a row are refused with what to use.

    table   where its state stands
    row     its place there
    """

    def __init__(self, model: mesa.Model, table: Table | None = None, row: int = -1) -> None:
        if table is None:
            raise InputError(f"a {type(self).__name__} is a row of a table, made with the model: {HOW_MANY}")
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
            try:
                getattr(table, name)[self.row] = value
            except (TypeError, ValueError) as error:
                raise InputError(f"{self!r}: {name} = {shorten(value)}: {error}") from None
        else:
            super().__setattr__(name, value)

    def step(self) -> NoReturn:
        """InputError: a month is a step of the model."""
        table = type(self.table).__name__
        raise InputError(
            f"{self!r} takes no step by itself: call model.step(); what it decides is a method of abm.{table}, "
            "replaced by ChipMarket.with_agents, and more to do in a month is a phase, added by ChipMarket.with_phase"
        )

    def remove(self) -> NoReturn:
        """InputError: rows stay."""
        raise InputError(
            f"{self!r} is a row of a table and stays; population.startups and population.state set how many"
        )

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
