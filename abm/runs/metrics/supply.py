"""Metrics of supply: what vendors and makers of HBM sell and earn, what they design, and what limits them."""

from functools import lru_cache

import numpy as np

from abm.facts import catalog
from abm.foundation import dates
from abm.runs.metrics import parts
from abm.runs.metrics.declare import PER_CENT, Floats, metric
from abm.state import Market


def _china_revenue(market: Market) -> dict[str, Floats]:
    return parts.by_owner(market, market.history["billed"], slice(0, market.axis.domestic.stop))


@metric("USD/month", "flow", "Accelerator revenue in China", "1%", keys="vendor")
def vendor_china_revenue(market: Market) -> dict[str, Floats]:
    """Accelerators billed in China at delivery."""
    return _china_revenue(market)


@metric("USD/month", "flow", "Net revenue in China", "1%, at least 8e6", keys="vendor", rank=4, part="Nvidia")
def vendor_china_revenue_net(market: Market) -> dict[str, Floats]:
    """Accelerators billed in China at delivery, less the fees and duties owed on them."""
    late = market.parameters.trade.lead_months - 1
    owed = parts.vendors(market, np.pad(market.history["levied"], ((late, 0), (0, 0))))
    return {name: usd - owed[name][: len(usd)] for name, usd in _china_revenue(market).items()}


@metric("USD/month", "flow", "Accelerator revenue worldwide", "1%", keys="vendor")
def vendor_revenue(market: Market) -> dict[str, Floats]:
    """Accelerators sold worldwide."""
    abroad = parts.vendors(market, market.history["abroad_usd"])
    return {name: usd + abroad[name] for name, usd in _china_revenue(market).items()}


@metric("USD/month", "flow", "Billing in China as filed", "1%", keys="vendor")
def vendor_china_billing(market: Market) -> dict[str, Floats]:
    """Billed in China as in filings: accelerators and an assumed share of world gaming revenue.

    A third of a filed quarter each month; after the last one the mean of the last four goes on, an assumption.
    """
    gaming = _gaming_revenue(len(market.history))
    return {"Nvidia": _china_revenue(market)["Nvidia"] + market.parameters.vendors.gaming_share * gaming}


@lru_cache
def _gaming_revenue(months: int) -> Floats:
    """World gaming revenue of Nvidia month by month, USD (months,)."""
    quarters = sorted(
        (dates.month_of(one.start), one.value * 1e9 / 3)
        for one in catalog.series("nvidia_segments")
        if one.item == "gaming_revenue" and one.start and one.end and one.value and (one.end - one.start).days < 100
    )
    gaming = np.full(months, np.mean([usd for _, usd in quarters[-4:]]))
    for first, usd in quarters:
        gaming[max(first, 0) : max(first + 3, 0)] = usd
    return gaming


@metric("USD/month", "flow", "Profit", "1%", keys="vendor")
def vendor_profit(market: Market) -> dict[str, Floats]:
    """Revenue less cost of making, memory, fee and duty, R&D, charges and fines."""
    return parts.vendors(market, np.diff(market.history["cash"], axis=0, prepend=0.0))


@metric("USD/month", "flow", "Charges for stranded stock", "1%", keys="vendor")
def vendor_charges(market: Market) -> dict[str, Floats]:
    """Written off for chips made for China alone that a rule stranded."""
    return parts.vendors(market, market.history["charges"], domestic=False)


@metric("USD/month", "flow", "R&D spending", "1%", keys="vendor")
def vendor_rd(market: Market) -> dict[str, Floats]:
    """R&D paid for from revenue."""
    return parts.vendors(market, market.history["research"])


@metric("USD", "stock", "Lobbying in Washington", "2%", keys="vendor")
def vendor_lobbying(market: Market) -> dict[str, Floats]:
    """Lobbying at work against what law keeps from a vendor."""
    return parts.vendors(market, market.history["lobby"], domestic=False)


@metric("USD/month", "flow", "Competition fines in China", "1%", keys="vendor")
def vendor_fines(market: Market) -> dict[str, Floats]:
    """Fines of competition cases in China."""
    return parts.vendors(market, market.history["fines"], domestic=False)


def _designs(market: Market, numbers: dict[str, float | None]) -> dict[str, Floats]:
    """A number of each chip that may be designed during the run, undefined until it is on sale."""
    released = market.history["released"]
    months = np.arange(len(released))
    return {
        sku: np.where(released[:, place] <= months, np.nan if number is None else number, np.nan)
        for place, (sku, number) in enumerate(numbers.items())
    }


@metric("TPP", "stock", "Performance of cut-down chips", "1%", keys="sku")
def design_tpp(market: Market) -> dict[str, Floats]:
    """Total processing performance of a chip that its vendor cut to the law during the run; undefined before its
    release."""
    axis = market.axis
    return _designs(market, {sku: market.chips[sku].tpp for sku in axis.skus[axis.spare]})


@metric("GB/s", "stock", "Memory bandwidth of cut-down chips", "1%", keys="sku")
def design_bandwidth(market: Market) -> dict[str, Floats]:
    """Memory bandwidth of a chip that its vendor cut to the law during the run; undefined before its release."""
    axis = market.axis
    return _designs(market, {sku: market.chips[sku].bandwidth_gb_s for sku in axis.skus[axis.spare]})


@metric("USD/month", "flow", "HBM revenue in China", "1%, at least 8e6", keys="maker", rank=5, part="*|Micron")
def hbm_maker_china_revenue(market: Market) -> dict[str, Floats]:
    """HBM stacks that foreign makers sold to Chinese vendors."""
    return parts.makers(market, market.history["hbm_usd"], domestic=False)


@metric("USD/month", "flow", "HBM revenue worldwide", "1%", keys="maker")
def hbm_maker_revenue(market: Market) -> dict[str, Floats]:
    """HBM stacks sold worldwide."""
    return parts.makers(market, market.history["hbm_usd"] + market.history["hbm_abroad"])


@metric("1", "ratio", "HBM price over the reference price", 0.01, keys="market")
def hbm_price_index(market: Market) -> dict[str, Floats]:
    """Price of foreign stacks over the reference price, on contract and on the spot."""
    return dict(zip(("contract", "spot"), market.history["hbm_index"].T, strict=True))


@metric("stack/month", "flow", "HBM delivered to China", "1%, at least 8e3", rank=15)
def hbm_to_china(market: Market) -> Floats:
    """HBM stacks of foreign makers delivered to Chinese vendors."""
    return np.asarray(market.history["hbm_to_china"].sum(axis=1))


@metric("stack", "stock", "Chinese HBM stockpile", 80_000)
def hbm_stockpile(market: Market) -> Floats:
    """HBM stacks held by Chinese vendors."""
    return np.asarray(market.history["hbm_stock"].sum(axis=1))


@metric("stack/month", "flow", "HBM output of CXMT", "1%, at least 8e3", rank=6)
def cxmt_output(market: Market) -> Floats:
    """Good stacks made by CXMT."""
    return market.history["cxmt"]


@metric("wafer/month", "flow", "Advanced wafers at SMIC", 90)
def smic_wafers(market: Market) -> Floats:
    """Advanced wafers started for AI dies."""
    return market.history["wafers"]


@metric("unit/month", "flow", "Domestic accelerators delivered", "1%", keys="vendor", rank=7, part="*")
def domestic_units(market: Market) -> dict[str, Floats]:
    """Chinese accelerators delivered."""
    return parts.by_owner(market, market.history["units"], market.axis.domestic)


@metric("1", "ratio", "Input that binds domestic output", 0.01, keys="vendor/input", shown=PER_CENT)
def binding_input(market: Market) -> dict[str, Floats]:
    """Share of a Chinese vendor's output limited by an input: logic, hbm, packaging or sales.

    All of them are zero while it makes nothing.
    """
    limits, made = market.history["limits"], market.history["made"]
    least = np.argmin(limits, axis=2)[..., None] == np.arange(limits.shape[2])
    return parts.inputs(market, (least & (made > 0)[..., None]).astype(float))


@metric("USD", "ratio", "Shadow price of an input", 20, keys="vendor/input")
def input_shadow_price(market: Market) -> dict[str, Floats]:
    """Value to a Chinese vendor of one more die, stack, package or sale: 0 where another input binds."""
    return parts.inputs(market, market.history["shadow"])


@metric("1", "stock", "Software readiness", 0.01, keys="vendor")
def software_readiness(market: Market) -> dict[str, Floats]:
    """Value of a Chinese vendor's software, CUDA = 1."""
    return parts.vendors(market, market.history["software"], domestic=True)
