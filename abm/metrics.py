"""Every metric, declared once: name, unit, definition, and how it follows from the recorded history.

Metrics are worked out once, at the end of a run. A metric whose phase is not in the model does not appear.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from abm import dates
from abm.errors import nearest, raise_all

if TYPE_CHECKING:
    import pandas as pd

    from abm.model import ChipMarket

Floats = NDArray[np.float64]
Found = Floats | Mapping[str, Floats]
NAME = re.compile(r"(?P<metric>[a-z0-9_]+)(\[(?P<key>.+)\])?")


@dataclass(frozen=True)
class Metric:
    """A quantity a run reports.

    kind   stock at month's end, flow over the month, or a ratio
    keys   what the keys of its parts are, empty for a plain number
    of     its value over all months of a run, spin-up included: (months,), or one array for each key
    """

    name: str
    unit: str
    kind: Literal["stock", "flow", "ratio"]
    definition: str
    of: Callable[["ChipMarket"], Found]
    keys: str = ""


def _ratio(top: Floats, bottom: Floats) -> Floats:
    return np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0)


def _year(flow: Floats) -> Floats:
    """Sums over the twelve months up to each."""
    sums = np.cumsum(np.concatenate([[0.0], flow]))
    start = np.maximum(np.arange(1, len(sums)) - 12, 0)
    return np.asarray(sums[1:] - sums[start])


def _channels(m: "ChipMarket", name: str, apart: tuple[str, ...] = ()) -> dict[str, Floats]:
    """A quantity by those channels that have products."""
    from abm.agents.product import CHANNELS

    whole = m.history[name]
    live = [(i, c) for i, c in enumerate(CHANNELS) if m.place.slices[c].stop > m.place.slices[c].start and c not in apart]
    return {channel: whole[:, place] for place, channel in live}


def _vendors(m: "ChipMarket", column: str, rows: slice) -> dict[str, Floats]:
    """A quantity recorded by product, summed over each vendor's products in a channel."""
    whole, owner = m.history[column][:, rows], m.products.vendor[rows]
    return {name: whole[:, owner == place].sum(axis=1) for place, name in enumerate(m.vendors.names) if (owner == place).any()}


def _china_revenue(m: "ChipMarket") -> dict[str, Floats]:
    return _vendors(m, "billed", slice(0, m.sold))


def _revenue(m: "ChipMarket") -> dict[str, Floats]:
    abroad = m.history["abroad_usd"]
    return {name: usd + abroad[:, m.vendors.index[name]] for name, usd in _china_revenue(m).items()}


def _units(m: "ChipMarket", rows: slice) -> Floats:
    return np.asarray(m.history["units"][:, rows].sum(axis=1))


def _large(m: "ChipMarket", rows: slice) -> Floats:
    """Units of cards with HBM, or of at least a quarter of an H100's compute."""
    large = (m.products.stacks[rows] > 0) | (m.products.compute[rows] >= 0.25)
    return np.asarray(m.history["units"][:, rows][:, large].sum(axis=1))


def _share(m: "ChipMarket", of: Callable[["ChipMarket", slice], Floats]) -> Floats:
    home, foreign = of(m, m.home), of(m, m.foreign)
    return _ratio(home, home + foreign)


def _value_share(m: "ChipMarket") -> Floats:
    billed = m.history["billed"]
    home, foreign = billed[:, m.home].sum(axis=1), billed[:, m.foreign].sum(axis=1)
    return _ratio(home, home + foreign)


def _self_sufficiency(m: "ChipMarket") -> Floats:
    added = _channels(m, "added_by_channel")
    return _ratio(_year(added["domestic"]), _year(added["domestic"] + added["licensed"]))


def _binding(m: "ChipMarket") -> dict[str, Floats]:
    """One-hot shares of the input that binds each Chinese vendor; all zero while it makes nothing."""
    from abm.rules.production import INPUTS

    limits, made = m.history["limits"], m.history["made"]
    least = np.argmin(limits, axis=2)
    homes = [place for place, yes in enumerate(m.vendors.domestic) if yes]
    return {
        f"{m.vendors.names[v]}/{name}": ((least[:, v] == i) & (made[:, v] > 0)).astype(float)
        for v in homes
        for i, name in enumerate(INPUTS)
    }


def _makers(m: "ChipMarket", name: str, foreign_only: bool = False) -> dict[str, Floats]:
    whole = m.history[name]
    return {
        maker: whole[:, place]
        for place, maker in enumerate(m.makers.names)
        if not (foreign_only and m.makers.domestic[place])
    }


def _hbm_revenue(m: "ChipMarket") -> dict[str, Floats]:
    china, abroad = _makers(m, "hbm_usd"), _makers(m, "hbm_abroad")
    return {name: china[name] + abroad[name] for name in china}


def _law(m: "ChipMarket") -> dict[str, Floats]:
    """Levers that are set at any time: the value of numbers, and one-hot shares of the choices of the others."""
    found: dict[str, Floats] = {}
    laws = [m.case.regime.at(dates.first_day(t)) for t in range(len(m.history))]
    for t, law in enumerate(laws):
        for lever, scope, value in law.settings():
            key = lever if scope is None else f"{lever}:{scope}"
            number = isinstance(value, int | float) and not isinstance(value, bool)
            key, amount = (key, float(value)) if number else (f"{key}/{_word(value)}", 1.0)  # type: ignore[arg-type]
            found.setdefault(key, np.full(len(laws), np.nan if number else 0.0))[t] = amount
    return found


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _speed(m: "ChipMarket") -> Floats:
    record = m.history["frontier"]
    past = np.concatenate([np.full(12, np.nan), record[:-12]])[: len(record)]
    return np.asarray(record - past)


def _log_ratio(name: str) -> Callable[["ChipMarket"], Floats]:
    return lambda m: 10 ** m.history[name]


def _total(name: str) -> Callable[["ChipMarket"], Floats]:
    return lambda m: np.asarray(m.history[name].sum(axis=1))


def _plain(name: str) -> Callable[["ChipMarket"], Floats]:
    return lambda m: m.history[name]


def _world(m: "ChipMarket") -> Floats:
    h = m.history
    return np.asarray(h["us_compute"] + h["rest_compute"] + h["compute_by_channel"].sum(axis=1))


def _unmet(m: "ChipMarket") -> Floats:
    got = m.history["obtained"]
    return np.clip(1 - _ratio(got[:, 0], got[:, 1]), 0.0, 1.0)


def _cost(m: "ChipMarket") -> Floats:
    return _ratio(m.history["cost_by_channel"].sum(axis=1), m.history["bought_by_channel"].sum(axis=1))


def _cost_by_channel(m: "ChipMarket") -> dict[str, Floats]:
    cost, bought = _channels(m, "cost_by_channel", ("legacy",)), _channels(m, "bought_by_channel", ("legacy",))
    return {channel: _ratio(cost[channel], bought[channel]) for channel in cost}


def _units_to_china(m: "ChipMarket") -> dict[str, Floats]:
    units = m.history["units"]
    return {m.place.skus[row]: units[:, row] for row in range(m.foreign.start, m.foreign.stop)}


_DECLARED = (
    Metric("china_compute", "H100e", "stock", "dense 16-bit compute of cards in Chinese labs' fleets, not failed or retired", _total("compute_by_channel")),
    Metric("china_compute_by_channel", "H100e", "stock", "the same by the channel through which the cards came; legacy is the fleet of January 2022", lambda m: _channels(m, "compute_by_channel"), "channel"),
    Metric("us_compute", "H100e", "stock", "compute of the six frontier labs and their clouds", _plain("us_compute")),
    Metric("world_compute", "H100e", "stock", "compute of everyone", _world),
    Metric("china_compute_added", "H100e/month", "flow", "compute of cards delivered to Chinese labs", _total("added_by_channel")),
    Metric("us_compute_added", "H100e/month", "flow", "compute delivered to the frontier labs and their clouds", _plain("us_added")),
    Metric("vendor_china_revenue", "USD/month", "flow", "accelerators billed in China at delivery", _china_revenue, "vendor"),
    Metric("vendor_revenue", "USD/month", "flow", "accelerators sold worldwide", _revenue, "vendor"),
    Metric("hbm_maker_china_revenue", "USD/month", "flow", "HBM stacks sold to Chinese vendors", lambda m: _makers(m, "hbm_usd", foreign_only=True), "maker"),
    Metric("hbm_maker_revenue", "USD/month", "flow", "HBM stacks sold worldwide", _hbm_revenue, "maker"),
    Metric("licence_fees", "USD/month", "flow", "revenue share and duty to the US government", _plain("fees")),
    Metric("licence_applications", "unit/month", "flow", "cards applied for", _plain("applied")),
    Metric("licence_grants", "unit/month", "flow", "cards licensed", _plain("granted")),
    Metric("licence_delay", "month", "ratio", "mean time from filing to decision of what is filed; undefined when nothing is", _plain("delay")),
    Metric("units_to_china", "unit/month", "flow", "foreign accelerators delivered to Chinese labs through legal channels", _units_to_china, "sku"),
    Metric("domestic_units", "unit/month", "flow", "Chinese accelerators delivered", lambda m: _vendors(m, "units", m.home), "vendor"),
    Metric("domestic_share_units", "1", "ratio", "Chinese share of accelerators delivered through legal channels, cards", lambda m: _share(m, _units)),
    Metric("domestic_share_units_large", "1", "ratio", "the same without small inference cards (no HBM and under a quarter of an H100)", lambda m: _share(m, _large)),
    Metric("domestic_share_value", "1", "ratio", "the same in dollars billed", _value_share),
    Metric("self_sufficiency", "1", "ratio", "Chinese share of compute added, ratio of 12-month sums", _self_sufficiency),
    Metric("hbm_to_china", "stack/month", "flow", "HBM stacks of foreign makers delivered to Chinese vendors", _total("hbm_to_china")),
    Metric("hbm_stockpile", "stack", "stock", "HBM stacks held by Chinese vendors", _total("hbm_stock")),
    Metric("cxmt_output", "stack/month", "flow", "good stacks made by CXMT", _plain("cxmt")),
    Metric("smic_wafers", "wafer/month", "flow", "advanced wafers started for AI dies", _plain("wafers")),
    Metric("binding_input", "1", "ratio", "share of a Chinese vendor's output limited by an input: logic, hbm, packaging or sales", _binding, "vendor/input"),
    Metric("capability_frontier", "log10 FLOP", "stock", "running maximum of training FLOP times efficiency over the leaders' completed runs", _plain("frontier")),
    Metric("capability_china", "log10 FLOP", "stock", "the same over Chinese labs, with what spills over from published work", _plain("china")),
    Metric("capability_shortfall", "log10", "stock", "frontier less China", _plain("shortfall")),
    Metric("largest_run", "log10 FLOP", "stock", "largest training run completed so far, before efficiency", lambda m: dict(zip(("US", "China"), np.maximum.accumulate(m.history["largest"]).T, strict=True)), "side"),
    Metric("frontier_speed", "log10/year", "flow", "rise of the frontier over twelve months", _speed),
    Metric("capability_gap", "month", "stock", "how long before this month the frontier first stood where China stands; negative when China leads", _plain("gap")),
    Metric("efficiency_china", "1", "stock", "algorithmic efficiency of the best Chinese lab, the frontier of January 2022 = 1", _log_ratio("china_efficiency")),
    Metric("efficiency_frontier", "1", "stock", "the same of the best leader", _log_ratio("frontier_efficiency")),
    Metric("efficiency_jumps", "1/month", "flow", "improvements above four times the mean size", _plain("jumps")),
    Metric("scarcity", "1", "ratio", "1 less value per dollar got over value per dollar of an unrestricted buyer at list, weighted by money", _plain("scarcity")),
    Metric("unmet_demand", "1", "ratio", "1 less value obtained over value that the month's money would give an unrestricted buyer", _unmet),
    Metric("idle_compute", "1", "ratio", "share of Chinese compute not used", _plain("idle")),
    Metric("sensitive_compute", "H100e", "stock", "compute held by military-linked and surveillance end users", _plain("sensitive")),
    Metric("concentration", "1", "ratio", "Herfindahl index of Chinese compute over labs", _plain("shares")),
    Metric("cost_per_compute", "USD/H100e-month", "ratio", "price and hosting of the month's purchases over their life, at a discount rate", _cost),
    Metric("cost_per_compute_by_channel", "USD/H100e-month", "ratio", "the same by channel", _cost_by_channel, "channel"),
    Metric("lab_spending", "USD/month", "flow", "labs' spending on compute with hosting, all channels", _plain("spent")),
    Metric("software_readiness", "1", "stock", "value of a Chinese vendor's software, CUDA = 1", lambda m: {m.vendors.names[v]: m.history["software"][:, v] for v in range(len(m.vendors)) if m.vendors.domestic[v]}, "vendor"),
    Metric("law", "1 or value", "stock", "levers set by acts in force on the first day: numbers by value, choices as one-hot shares", _law, "lever:scope/value"),
)  # fmt: skip

METRICS: dict[str, Metric] = {one.name: one for one in _DECLARED}


def parse(column: str) -> tuple[str, str]:
    """`metric[key]` as metric and key, the key empty for a plain metric."""
    match = NAME.fullmatch(column)
    return (match["metric"], match["key"] or "") if match else (column, "")


def check(keep: Iterable[str]) -> None:
    """Refuse names of metrics that do not exist; InputError tells all."""
    raise_all([f"no metric '{one}'{nearest(parse(one)[0], METRICS)}" for one in keep if parse(one)[0] not in METRICS])


def evaluate(m: "ChipMarket", keep: Iterable[str] | None = None) -> dict[str, Floats]:
    """Columns `metric` or `metric[key]` of a model's months from January 2022 on, each (months,).

    keep   metrics or single columns; all when None
    """
    if keep is not None:
        keep = list(keep)
        check(keep)
    wanted = set(METRICS) if keep is None else {parse(one)[0] for one in keep}
    single = None if keep is None else set(keep)
    columns: dict[str, Floats] = {}
    for name in (one for one in METRICS if one in wanted):
        found = METRICS[name].of(m)
        parts = {f"{name}[{key}]": value for key, value in found.items()} if isinstance(found, Mapping) else {name: found}
        columns |= {one: value for one, value in parts.items() if single is None or one in single or name in single}
    return {name: np.ascontiguousarray(value[dates.REPORT_FROM :], dtype=np.float64) for name, value in columns.items()}


def flows(m: "ChipMarket") -> "pd.DataFrame":
    """Every transfer of the reported months: month, good, sku, channel, from, to, units, usd."""
    import pandas as pd

    names = np.array(m.ledger.goods)
    chips = len(m.memory) and int(m.memory[0])
    kinds = np.array(["accelerator"] * chips + ["hbm"] * len(m.memory) + ["die", "money"])
    rows: list[dict[str, Any]] = []
    for one in m.ledger.flows:
        if one.month < dates.REPORT_FROM:
            continue
        for good, units, usd in zip(one.goods, one.units, one.usd, strict=True):
            if units or usd:
                rows.append(
                    {"month": dates.label(one.month), "good": kinds[good], "sku": names[good], "channel": one.channel,
                     "from": one.sender, "to": one.receiver, "units": units, "usd": usd}
                )  # fmt: skip
    return pd.DataFrame(rows, columns=["month", "good", "sku", "channel", "from", "to", "units", "usd"])
