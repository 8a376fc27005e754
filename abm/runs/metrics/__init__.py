"""Every metric, declared once: a function of a run's history with name, unit, title, definition, step and headline.

Metrics are worked out once, at the end of a run. A metric whose phase is not in the model does not appear.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from abm.foundation import dates
from abm.foundation.errors import nearest, raise_all
from abm.foundation.ledger import SECTORS
from abm.runs.metrics import compute, demand, governments, race, supply, trade
from abm.runs.metrics.declare import PER_CENT, Floats, Metric, Window, metric
from abm.state import Market

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["METRICS", "PER_CENT", "Metric", "Window", "check", "evaluate", "flows", "metric", "parse"]

NAME = re.compile(r"(?P<metric>[a-z0-9_]+)(\[(?P<key>.+)\])?")
SUBJECTS = (compute, supply, trade, demand, race, governments)
METRICS: dict[str, Metric] = {
    one.name: one for subject in SUBJECTS for one in vars(subject).values() if isinstance(one, Metric)
}


def parse(column: str) -> tuple[str, str]:
    """`metric[key]` as metric and key, the key empty for a plain metric."""
    match = NAME.fullmatch(column)
    return (match["metric"], match["key"] or "") if match else (column, "")


def check(keep: Iterable[str], known: Mapping[str, Metric] = METRICS) -> None:
    """Refuse names of metrics that do not exist; InputError names all."""
    raise_all([f"no metric '{one}'{nearest(parse(one)[0], known)}" for one in keep if parse(one)[0] not in known])


def evaluate(
    market: Market, keep: Iterable[str] | None = None, known: Mapping[str, Metric] = METRICS
) -> dict[str, Floats]:
    """Columns `metric` or `metric[key]` of a model's months from January 2022 on, each (months,).

    keep    metrics or single columns; all when None
    known   the metrics to choose from
    """
    if keep is not None:
        keep = list(keep)
        check(keep, known)
    wanted = set(known) if keep is None else {parse(one)[0] for one in keep}
    single = None if keep is None else set(keep)
    columns: dict[str, Floats] = {}
    for name in (one for one in known if one in wanted):
        found = known[name].of(market)
        parts = (
            {f"{name}[{key}]": value for key, value in found.items()} if isinstance(found, Mapping) else {name: found}
        )
        columns |= {one: value for one, value in parts.items() if single is None or one in single or name in single}
    return {name: np.ascontiguousarray(value[dates.REPORT_FROM :], dtype=np.float64) for name, value in columns.items()}


def flows(market: Market) -> "pd.DataFrame":
    """Every transfer of the reported months: month, good, sku, channel, from, to, units, usd."""
    import pandas as pd

    ledger = market.ledger
    names, sectors, channels = np.array(ledger.goods), np.array(SECTORS), np.array(ledger.channels)
    chips = len(market.setting.stacks) and int(market.setting.stacks[0])
    kinds = np.array(["accelerator"] * chips + ["hbm"] * len(market.setting.stacks) + ["die", "money"])
    kinds[market.setting.accounts[market.axis.offshore]] = "compute"
    entries = ledger.entries
    entries = entries[entries[:, 0] >= dates.REPORT_FROM]
    (month, sender, receiver, channel, good), (units, usd) = entries[:, :5].T.astype(np.int64), entries[:, 5:].T
    months = np.array([dates.label(t) for t in range(market.setting.months)])
    return pd.DataFrame(
        {
            "month": months[month], "good": kinds[good], "sku": names[good], "channel": channels[channel],
            "from": sectors[sender], "to": sectors[receiver], "units": units, "usd": usd,
        }
    )  # fmt: skip
