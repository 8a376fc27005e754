"""One run as a value."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.foundation import dates

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Months = NDArray[np.datetime64]


@dataclass(frozen=True, eq=False)
class Run:
    """One simulated run: its metrics by month, and where they came from.

    label     name of the regime
    seed      the run's seed
    months    (T,) datetime64[M]
    columns   "metric" or "metric[key]" -> (T,) float64
    flows     month, good, sku, channel, from, to, units, usd; None when not kept
    scenario  the scenario as a dictionary, from which the run can be repeated
    key       hash of scenario, code and data
    seconds   time the simulation took
    """

    label: str
    seed: int
    months: Months
    columns: dict[str, Array]
    flows: "pd.DataFrame | None" = None
    scenario: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    seconds: float = float("nan")

    def __repr__(self) -> str:
        return f"Run({self.label!r}, seed {self.seed}: {len(self.columns)} columns, {dates.span(self.months)})"
