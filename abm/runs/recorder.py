"""What `mesa.batch_run` and Mesa's pages expect of a data collector, answered from the run's own history."""

import warnings
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.agents.view import Row
from abm.foundation import dates
from abm.foundation.errors import InputError, shorten
from abm.runs import metrics
from abm.state import Market

if TYPE_CHECKING:
    import pandas as pd


class Recorder:
    """A reader with the face of `mesa.DataCollector`; metrics are worked out from the history when asked for.

    Steps count from the first month of the spin-up, so that the first one reported is step 13; before it there is
    nothing to read, and a warning says so. Reporters of one's own: `model.datacollector = mesa.DataCollector(...)`,
    with its `collect` called after each step.

    model   a ChipMarket with its agents, whose numbers are remembered month by month
    about   what else stands beside the metrics: in rows of `mesa.batch_run` it takes the place of objects
    """

    def __init__(self, model: Any, about: Mapping[str, Any]) -> None:
        self._model, self._about = model, dict(about)
        self._market: Market = model.market
        self._tables = [list(rows) for _, rows in groupby(model.agents, key=lambda one: one.table)]
        self._remembered: dict[int, list[dict[str, Any]]] = {}
        self.model_reporters = dict.fromkeys(model.metrics)
        self.agent_reporters: dict[str, Any] = {}  # empty, or batch runs would have a row for each agent
        self.agenttype_reporters: dict[str, Any] = {}
        self._agent_records: dict[int, Any] = {}
        self._agenttype_records: dict[int, Any] = {}

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"the model's data collector has no {name!r}: it reads every metric, and agents' numbers; "
            "for reporters or tables of your own set model.datacollector = mesa.DataCollector(...)"
        )

    @property
    def _collection_steps(self) -> list[int]:
        """The steps reported so far."""
        steps = len(self._market.history)
        if steps <= dates.REPORT_FROM:
            warnings.warn(
                f"nothing to report: months before {dates.label(dates.REPORT_FROM)} are a spin-up, so that step "
                f"{dates.REPORT_FROM + 1} is the first reported; {steps} are done",
                stacklevel=3,
            )
        return list(range(dates.REPORT_FROM + 1, steps + 1))

    @property
    def model_vars(self) -> dict[str, list[Any]]:
        """Regime, seed (`rng`), month and every metric but the law, each a list over the months reported."""
        steps = self._collection_steps
        if steps and self.__dict__.get("_seen") != len(steps):
            known = {name: one for name, one in self._model.metrics.items() if name != "law"}
            columns = metrics.evaluate(self._market, known=known)
            self._vars: dict[str, list[Any]] = {name: [value] * len(steps) for name, value in self._about.items()}
            self._vars |= {"month": [dates.label(step - 1) for step in steps]}
            self._vars |= {name: value.tolist() for name, value in columns.items()}
            self._seen = len(steps)
        return self._vars if steps else {}

    def get_model_vars_dataframe(self) -> "pd.DataFrame":
        """The metrics by month, as a frame."""
        import pandas as pd

        return pd.DataFrame(self.model_vars)

    def collect(self, _: Any = None) -> None:
        """Keep the month's numbers of agents, once it is one that is reported; the model calls it after each step."""
        step = len(self._market.history)
        if step > dates.REPORT_FROM:
            self._remembered[step] = [_numbers(rows[0]) for rows in self._tables]

    def get_agent_vars_dataframe(self) -> "pd.DataFrame":
        """Every number of every agent at the end of each month reported: index (Step, AgentID).

        Columns: month, the agent's type and name, then the columns of all tables with one number an agent, undefined
        for types that lack them; what is an array, such as a lab's fleet, is read from `model.labs.fleet`.
        """
        return self._frame(range(len(self._tables)))

    def get_agenttype_vars_dataframe(self, agent_type: type) -> "pd.DataFrame":
        """The same for one type of agent, such as `abm.Lab`, with its own columns alone."""
        types = [type(rows[0]) for rows in self._tables]
        if not any(kind is agent_type for kind in types):
            raise InputError(
                f"no agents of type {shorten(agent_type)}; one of {', '.join(one.__name__ for one in types)}"
            )
        return self._frame([place for place, kind in enumerate(types) if kind is agent_type])

    def _frame(self, places: Iterable[int]) -> "pd.DataFrame":
        """The months remembered of some tables."""
        import pandas as pd

        frames = [self._of_table(place) for place in places] if self._collection_steps else [pd.DataFrame()]
        return pd.concat(frames).sort_index(kind="stable")

    def _of_table(self, place: int) -> "pd.DataFrame":
        """The months remembered of one table."""
        import pandas as pd

        rows, steps = self._tables[place], list(self._remembered)
        months = [self._remembered[step][place] for step in steps]
        index = pd.MultiIndex.from_product([steps, [row.unique_id for row in rows]], names=["Step", "AgentID"])
        columns: dict[str, Any] = {
            "month": np.repeat([dates.label(step - 1) for step in steps], len(rows)),
            "type": type(rows[0]).__name__,
            "name": [row.name for row in rows] * len(steps),
        }
        columns |= {name: np.concatenate([month[name] for month in months]) for name in months[0]}
        return pd.DataFrame(columns, index=index)


def _numbers(row: Row) -> dict[str, Any]:
    """The columns of a row's table that hold one number a row, as they are now."""
    values = {name: getattr(row.table, name) for name in row.table.columns}
    return {name: value.copy() for name, value in values.items() if value.ndim == 1}
