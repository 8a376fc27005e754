"""Every metric, declared once: name, unit, definition, and how it follows from the recorded history.

Metrics are worked out once, at the end of a run. A metric whose phase is not in the model does not appear.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from abm.foundation import dates
from abm.foundation.errors import nearest, raise_all
from abm.month import objectives
from abm.runs import measures

if TYPE_CHECKING:
    import pandas as pd

    from abm.state import Market

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
    of: Callable[["Market"], Found]
    keys: str = ""


_DECLARED = (
    Metric(
        "china_compute",
        "H100e",
        "stock",
        "dense 16-bit compute of cards in Chinese labs' fleets, not failed or retired, and compute rented abroad",
        measures.total("compute_by_channel"),
    ),
    Metric(
        "china_compute_by_channel",
        "H100e",
        "stock",
        "compute in Chinese labs' fleets by the channel the cards came through, and rented offshore; legacy is the "
        "fleet of January 2022",
        lambda m: measures.channels(m, "compute_by_channel"),
        "channel",
    ),
    Metric(
        "us_compute",
        "H100e",
        "stock",
        "compute of the six frontier labs and their clouds",
        measures.plain("us_compute"),
    ),
    Metric("world_compute", "H100e", "stock", "compute of everyone", measures.world),
    Metric(
        "china_compute_added",
        "H100e/month",
        "flow",
        "compute of cards delivered to Chinese labs",
        measures.total("added_by_channel"),
    ),
    Metric(
        "us_compute_added",
        "H100e/month",
        "flow",
        "compute delivered to the frontier labs and their clouds",
        measures.plain("us_added"),
    ),
    Metric(
        "vendor_china_revenue",
        "USD/month",
        "flow",
        "accelerators billed in China at delivery",
        measures.china_revenue,
        "vendor",
    ),
    Metric("vendor_revenue", "USD/month", "flow", "accelerators sold worldwide", measures.revenue, "vendor"),
    Metric(
        "hbm_maker_china_revenue",
        "USD/month",
        "flow",
        "HBM stacks that foreign makers sold to Chinese vendors",
        lambda m: measures.makers(m, "hbm_usd", foreign_only=True),
        "maker",
    ),
    Metric("hbm_maker_revenue", "USD/month", "flow", "HBM stacks sold worldwide", measures.hbm_revenue, "maker"),
    Metric(
        "vendor_profit",
        "USD/month",
        "flow",
        "revenue less cost of making, memory, fee and duty, R&D, charges and fines",
        measures.profit,
        "vendor",
    ),
    Metric(
        "vendor_charges",
        "USD/month",
        "flow",
        "written off for chips made for China alone that a rule stranded",
        measures.of_vendors("charges", foreign_only=True),
        "vendor",
    ),
    Metric("vendor_rd", "USD/month", "flow", "R&D paid for from revenue", measures.of_vendors("research"), "vendor"),
    Metric(
        "vendor_lobbying",
        "USD",
        "stock",
        "lobbying at work against what law keeps from a vendor",
        measures.of_vendors("lobby", foreign_only=True),
        "vendor",
    ),
    Metric(
        "design_tpp",
        "TPP",
        "stock",
        "total processing performance of a chip that its vendor cut to the law during the run; undefined before its "
        "release",
        measures.designs(lambda chip: chip.tpp),
        "sku",
    ),
    Metric(
        "design_bandwidth",
        "GB/s",
        "stock",
        "memory bandwidth of a chip that its vendor cut to the law during the run; undefined before its release",
        measures.designs(lambda chip: chip.bandwidth_gb_s),
        "sku",
    ),
    Metric(
        "hbm_price_index",
        "1",
        "ratio",
        "price of foreign stacks over the reference price, on contract and on the spot",
        measures.price_index,
        "market",
    ),
    Metric(
        "vendor_china_billing",
        "USD/month",
        "flow",
        "billed in China as in filings: accelerators and an assumed share of world gaming revenue; undefined where "
        "no filing says what that was",
        measures.billing,
        "vendor",
    ),
    Metric("licence_fees", "USD/month", "flow", "revenue share and duty to the US government", measures.plain("fees")),
    Metric("licence_applications", "unit/month", "flow", "cards applied for", measures.plain("applied")),
    Metric("licence_grants", "unit/month", "flow", "cards licensed", measures.plain("granted")),
    Metric(
        "licence_delay",
        "month",
        "ratio",
        "mean time from filing to decision of what is filed; undefined when nothing is",
        measures.plain("delay"),
    ),
    Metric(
        "units_to_china",
        "unit/month",
        "flow",
        "foreign accelerators delivered to Chinese labs through legal channels",
        measures.units_to_china,
        "sku",
    ),
    Metric(
        "domestic_units",
        "unit/month",
        "flow",
        "Chinese accelerators delivered",
        lambda m: measures.vendors(m, "units", m.axis.domestic),
        "vendor",
    ),
    Metric(
        "domestic_share_units",
        "1",
        "ratio",
        "Chinese share of accelerators delivered through legal channels, cards",
        lambda m: measures.share(m, measures.units),
    ),
    Metric(
        "domestic_share_units_large",
        "1",
        "ratio",
        "Chinese share of legal cards without small inference cards (no HBM and under a quarter of an H100)",
        lambda m: measures.share(m, measures.large),
    ),
    Metric(
        "domestic_share_value",
        "1",
        "ratio",
        "Chinese share of accelerators delivered through legal channels, dollars billed",
        measures.value_share,
    ),
    Metric(
        "self_sufficiency",
        "1",
        "ratio",
        "Chinese share of compute added, ratio of 12-month sums",
        measures.self_sufficiency,
    ),
    Metric(
        "hbm_to_china",
        "stack/month",
        "flow",
        "HBM stacks of foreign makers delivered to Chinese vendors",
        measures.total("hbm_to_china"),
    ),
    Metric("hbm_stockpile", "stack", "stock", "HBM stacks held by Chinese vendors", measures.total("hbm_stock")),
    Metric("cxmt_output", "stack/month", "flow", "good stacks made by CXMT", measures.plain("cxmt")),
    Metric("smic_wafers", "wafer/month", "flow", "advanced wafers started for AI dies", measures.plain("wafers")),
    Metric(
        "binding_input",
        "1",
        "ratio",
        "share of a Chinese vendor's output limited by an input: logic, hbm, packaging or sales",
        measures.binding,
        "vendor/input",
    ),
    Metric(
        "input_shadow_price",
        "USD",
        "ratio",
        "worth to a Chinese vendor of one more die, stack, package or sale: 0 where another input binds",
        measures.shadow_prices,
        "vendor/input",
    ),
    Metric(
        "smuggled_units",
        "unit/month",
        "flow",
        "cards that brokers landed in China, those seized left out",
        measures.total("smuggled"),
    ),
    Metric(
        "smuggled_compute",
        "H100e/month",
        "flow",
        "compute of cards that brokers landed in China",
        measures.smuggled_compute,
    ),
    Metric("seized_units", "unit/month", "flow", "cards seized on their way to China", measures.plain("seized")),
    Metric("brokers_active", "broker", "stock", "brokers at work", measures.plain("brokers")),
    Metric(
        "grey_premium",
        "1",
        "ratio",
        "price of grey cards over the US list price, weighted by units sold, less 1; undefined when none is sold",
        measures.grey_premium,
    ),
    Metric(
        "gaming_repurposed", "card/month", "flow", "gaming cards converted for servers", measures.plain("converted")
    ),
    Metric(
        "gaming_price_premium",
        "1",
        "ratio",
        "shop price of gaming cards over list, weighted by units sold, less 1; undefined when none is sold",
        measures.gaming_premium,
    ),
    Metric(
        "gaming_price",
        "1",
        "ratio",
        "shop price of a gaming card in China over its list price; undefined in months without a sale",
        measures.shop_prices,
        "sku",
    ),
    Metric("offshore_rented", "H100e", "stock", "compute abroad rented by Chinese labs", measures.plain("rented")),
    Metric(
        "offshore_capacity",
        "H100e",
        "stock",
        "compute abroad that hosts and subsidiaries can let to Chinese firms",
        measures.plain("hosts"),
    ),
    Metric(
        "capability_frontier",
        "log10 FLOP",
        "stock",
        "running maximum of training FLOP times efficiency over the leaders' completed runs",
        measures.plain("frontier"),
    ),
    Metric(
        "capability_china",
        "log10 FLOP",
        "stock",
        "running maximum over Chinese labs' completed runs, with what spills over from published work",
        measures.plain("china"),
    ),
    Metric("capability_shortfall", "log10", "stock", "frontier less China", measures.plain("shortfall")),
    Metric(
        "largest_run",
        "log10 FLOP",
        "stock",
        "largest training run completed so far, before efficiency",
        measures.largest_run,
        "side",
    ),
    Metric("frontier_speed", "log10/year", "flow", "rise of the frontier over twelve months", measures.speed),
    Metric(
        "capability_gap",
        "month",
        "stock",
        "how long before this month the frontier first stood where China stands; negative when China leads",
        measures.plain("gap"),
    ),
    Metric(
        "efficiency_china",
        "1",
        "stock",
        "algorithmic efficiency of the best Chinese lab, the frontier of January 2022 = 1",
        measures.log_ratio("china_efficiency"),
    ),
    Metric(
        "efficiency_frontier",
        "1",
        "stock",
        "algorithmic efficiency of the best leader, the frontier of January 2022 = 1",
        measures.log_ratio("frontier_efficiency"),
    ),
    Metric("efficiency_jumps", "1/month", "flow", "large jumps in efficiency at Chinese labs", measures.plain("jumps")),
    Metric(
        "efficiency_effort",
        "1",
        "ratio",
        "share of training compute that Chinese labs put into efficiency research, weighted by that compute",
        measures.plain("effort"),
    ),
    Metric(
        "published_share",
        "1",
        "ratio",
        "share of their own improvements that Chinese labs lay open, weighted by training compute",
        measures.plain("laid_open"),
    ),
    Metric(
        "shelved_runs",
        "1",
        "ratio",
        "share of the runs planned over twelve months that compute could not do; undefined if none was planned",
        measures.shelved,
    ),
    Metric(
        "training_by_channel",
        "H100e",
        "stock",
        "Chinese compute that trains, software and fitness for large runs included, by channel",
        lambda m: measures.channels(m, "training_by_channel"),
        "channel",
    ),
    Metric(
        "serving_by_channel",
        "H100e",
        "stock",
        "Chinese compute that serves users, software included, by channel",
        lambda m: measures.channels(m, "serving_by_channel"),
        "channel",
    ),
    Metric(
        "domestic_share_training",
        "1",
        "ratio",
        "share of Chinese chips in the compute that trains",
        lambda m: measures.domestic_part(m, "training_by_channel"),
    ),
    Metric(
        "domestic_share_inference",
        "1",
        "ratio",
        "share of Chinese chips in the compute that serves users",
        lambda m: measures.domestic_part(m, "serving_by_channel"),
    ),
    Metric(
        "mfu_by_channel",
        "1",
        "ratio",
        "model FLOP utilisation of the Chinese cards that train, software included, by channel; undefined before it "
        "has any",
        measures.mfu_by_channel,
        "channel",
    ),
    Metric(
        "utilisation",
        "1",
        "ratio",
        "share of compute in use by kind of Chinese lab",
        measures.used_by_kind,
        "kind",
    ),
    Metric("startups_failed", "lab/month", "flow", "unnamed start-ups that give up", measures.plain("failed")),
    Metric("startups_active", "lab", "stock", "unnamed start-ups in business", measures.plain("active")),
    Metric(
        "money_response",
        "1",
        "ratio",
        "factor by which Chinese labs' money answers their revenue; 1 on the path that the declared money embodies",
        measures.plain("response"),
    ),
    Metric(
        "scarcity",
        "1",
        "ratio",
        "1 less value per dollar got over value per dollar of an unrestricted buyer at list, weighted by money",
        measures.plain("scarcity"),
    ),
    Metric(
        "unmet_demand",
        "1",
        "ratio",
        "1 less value obtained over value that the month's money would give an unrestricted buyer",
        measures.unmet,
    ),
    Metric("idle_compute", "1", "ratio", "share of Chinese compute not used", measures.plain("idle")),
    Metric(
        "sensitive_compute",
        "H100e",
        "stock",
        "compute held by military-linked and surveillance end users, and resold or leased to them",
        measures.plain("sensitive"),
    ),
    Metric("concentration", "1", "ratio", "Herfindahl index of Chinese compute over labs", measures.plain("shares")),
    Metric(
        "cost_per_compute",
        "USD/H100e-month",
        "ratio",
        "price and hosting of the month's purchases over their life, at a discount rate",
        measures.cost,
    ),
    Metric(
        "cost_per_compute_by_channel",
        "USD/H100e-month",
        "ratio",
        "price and hosting of a channel's purchases over their life, at a discount rate",
        measures.cost_by_channel,
        "channel",
    ),
    Metric(
        "lab_spending",
        "USD/month",
        "flow",
        "labs' spending on compute with hosting, all channels",
        measures.plain("spent"),
    ),
    Metric(
        "software_readiness",
        "1",
        "stock",
        "value of a Chinese vendor's software, CUDA = 1",
        measures.software,
        "vendor",
    ),
    Metric(
        "vendor_fines",
        "USD/month",
        "flow",
        "fines of competition cases in China",
        measures.of_vendors("fines", foreign_only=True),
        "vendor",
    ),
    Metric(
        "security_index",
        "1",
        "stock",
        "mean of log10 of the US lead in capability, of US over Chinese compute and of US over sensitive compute, "
        "by the weights objectives.lead, compute and sensitive",
        objectives.security,
    ),
    Metric(
        "commerce_index",
        "1",
        "ratio",
        "US vendors' net revenue in China, allied makers' of HBM, and fees, less charges, over Chinese labs' spending "
        "on compute, in twelve months, by the weights objectives.chips, memory, fees and charges",
        objectives.commerce,
    ),
    Metric(
        "payoff",
        "1",
        "stock",
        "a government's objective by its plain weights (objectives.us_*, objectives.cn_*); it includes terms that "
        "enter nothing else: tariffs and commitments on intellectual property",
        objectives.payoffs,
        "government",
    ),
    Metric(
        "stance",
        "1",
        "stock",
        "rungs by which a government that reacts has moved by itself: licences and imports, above 0 looser; materials, "
        "above 0 harsher",
        objectives.stances,
        "government or government/subject",
    ),
    Metric(
        "deal",
        "1 or value",
        "stock",
        "terms of the deal in force: HBM over world output, H100e a month in licensed chips, fee, orders accepted, "
        "tariffs, commitments, materials held back; nought without a deal, in_force 1 with one",
        objectives.deals,
        "term",
    ),
    Metric(
        "law",
        "1 or value",
        "stock",
        "levers set by acts in force on the first day: numbers by value, choices as one-hot shares",
        measures.law,
        "lever:scope/value",
    ),
)

METRICS: dict[str, Metric] = {one.name: one for one in _DECLARED}


def parse(column: str) -> tuple[str, str]:
    """`metric[key]` as metric and key, the key empty for a plain metric."""
    match = NAME.fullmatch(column)
    return (match["metric"], match["key"] or "") if match else (column, "")


def check(keep: Iterable[str]) -> None:
    """Refuse names of metrics that do not exist; InputError tells all."""
    raise_all([f"no metric '{one}'{nearest(parse(one)[0], METRICS)}" for one in keep if parse(one)[0] not in METRICS])


def evaluate(m: "Market", keep: Iterable[str] | None = None) -> dict[str, Floats]:
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
        parts = (
            {f"{name}[{key}]": value for key, value in found.items()} if isinstance(found, Mapping) else {name: found}
        )
        columns |= {one: value for one, value in parts.items() if single is None or one in single or name in single}
    return {name: np.ascontiguousarray(value[dates.REPORT_FROM :], dtype=np.float64) for name, value in columns.items()}


def flows(m: "Market") -> "pd.DataFrame":
    """Every transfer of the reported months: month, good, sku, channel, from, to, units, usd."""
    import pandas as pd

    names = np.array(m.ledger.goods)
    chips = len(m.setting.stacks) and int(m.setting.stacks[0])
    kinds = np.array(["accelerator"] * chips + ["hbm"] * len(m.setting.stacks) + ["die", "money"])
    kinds[m.setting.accounts[m.axis.offshore]] = "compute"
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
