"""What `mesa.batch_run` and Mesa's pages expect of a data collector, answered from the run's own history."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from abm.foundation import dates
from abm.runs import metrics
from abm.state import Market

if TYPE_CHECKING:
    import pandas as pd


class Recorder:
    """A reader with the face of `mesa.DataCollector`; nothing is collected twice.

    Steps count from the first month of the spin-up, so that the first one reported is step 13.
    """

    def __init__(self, market: Market, known: Mapping[str, metrics.Metric]) -> None:
        self._market = market
        self._metrics = {name: one for name, one in known.items() if name != "law"}
        self.model_reporters = dict.fromkeys(known)
        self.agent_reporters: dict[str, Any] = {}
        self.agenttype_reporters: dict[str, Any] = {}
        self._agent_records: dict[int, Any] = {}
        self._agenttype_records: dict[int, Any] = {}

    @property
    def _collection_steps(self) -> list[int]:
        return list(range(dates.REPORT_FROM + 1, len(self._market.history) + 1))

    @property
    def model_vars(self) -> dict[str, list[Any]]:
        """Every metric but the law, a list over the months from January 2022 on, and the month's name."""
        steps = len(self._market.history)
        if steps <= dates.REPORT_FROM:
            return {}
        if getattr(self, "_seen", None) != steps:
            columns = metrics.evaluate(self._market, known=self._metrics)
            self._vars: dict[str, list[Any]] = {"month": [dates.label(t) for t in range(dates.REPORT_FROM, steps)]}
            self._vars |= {name: value.tolist() for name, value in columns.items()}
            self._seen = steps
        return self._vars

    def get_model_vars_dataframe(self) -> "pd.DataFrame":
        """The metrics by month, as a frame."""
        import pandas as pd

        return pd.DataFrame(self.model_vars)
