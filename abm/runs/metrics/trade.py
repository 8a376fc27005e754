"""Metrics of trade: licences, cards sold and smuggled, gaming cards, Chinese shares, prices."""

import numpy as np

from abm.markets.clearing import DUST
from abm.month import measures
from abm.runs.metrics import parts
from abm.runs.metrics.declare import PER_CENT, Floats, metric
from abm.state import Market


@metric("USD/month", "flow", "Revenue share and duty paid to Washington", 200_000, rank=26)
def licence_fees(market: Market) -> Floats:
    """Revenue share and duty to the US government."""
    return market.history["fees"]


@metric("unit/month", "flow", "Units applied for under licence", 500)
def licence_applications(market: Market) -> Floats:
    """Cards applied for."""
    return market.history["applied"]


@metric("unit/month", "flow", "Units granted under licence", 400)
def licence_grants(market: Market) -> Floats:
    """Cards licensed."""
    return market.history["granted"]


@metric("month", "ratio", "Licence delay", 0.1)
def licence_delay(market: Market) -> Floats:
    """Mean time from filing to decision of what is filed; undefined when nothing is."""
    return market.history["delay"]


@metric("unit/month", "flow", "Foreign accelerators delivered to China", "1%", keys="sku", rank=25, part="*")
def units_to_china(market: Market) -> dict[str, Floats]:
    """Foreign accelerators delivered to Chinese labs through legal channels."""
    units = market.history["units"]
    return {
        market.axis.skus[row]: units[:, row] for row in range(market.axis.licensed.start, market.axis.licensed.stop)
    }


@metric("1", "ratio", "Domestic share of accelerators (units)", 0.01, shown=PER_CENT)
def domestic_share_units(market: Market) -> Floats:
    """Chinese share of accelerators delivered through legal channels, cards."""
    return parts.domestic_share(market, market.history["units"])


@metric("1", "ratio", "Domestic share of large accelerators (units)", 0.01, shown=PER_CENT)
def domestic_share_units_large(market: Market) -> Floats:
    """Chinese share of legal cards without small inference cards (no HBM and under a quarter of an H100)."""
    large = (market.products.stacks > 0) | (market.products.compute >= 0.25)
    return parts.domestic_share(market, market.history["units"], large)


@metric("1", "ratio", "Domestic share of accelerators (value)", 0.01, shown=PER_CENT, rank=8)
def domestic_share_value(market: Market) -> Floats:
    """Chinese share of accelerators delivered through legal channels, dollars billed."""
    return parts.domestic_share(market, market.history["billed"])


@metric("1", "ratio", "Chinese self-sufficiency in new compute", 0.01, shown=PER_CENT, headline="end", rank=11)
def self_sufficiency(market: Market) -> Floats:
    """Chinese share of compute added, ratio of 12-month sums."""
    return measures.self_sufficiency(market)


@metric("unit/month", "flow", "Smuggled accelerators", 700)
def smuggled_units(market: Market) -> Floats:
    """Cards that brokers landed in China, those seized left out."""
    return np.asarray(market.history["smuggled"].sum(axis=1))


@metric("H100e/month", "flow", "Smuggled compute", 900, rank=9)
def smuggled_compute(market: Market) -> Floats:
    """Compute of cards that brokers landed in China."""
    return np.asarray(market.history["smuggled"] @ market.products.compute[market.axis.grey])


@metric("unit/month", "flow", "Seized accelerators", 400)
def seized_units(market: Market) -> Floats:
    """Cards seized on their way to China."""
    return market.history["seized"]


@metric("broker", "stock", "Active brokers", 1)
def brokers_active(market: Market) -> Floats:
    """Brokers at work."""
    return market.history["brokers"]


@metric("1", "ratio", "Grey-market premium over list", 0.04, shown=PER_CENT, rank=18)
def grey_premium(market: Market) -> Floats:
    """Price of grey cards over the US list price, weighted by units sold, less 1; undefined when none is sold."""
    return parts.mean_by(market.history["grey_sold"], market.history["grey_paid"]) - 1


@metric("card/month", "flow", "Gaming cards repurposed", 500, rank=17)
def gaming_repurposed(market: Market) -> Floats:
    """Gaming cards converted for servers."""
    return market.history["converted"]


@metric("1", "ratio", "Gaming-card price premium over list", 0.03, shown=PER_CENT)
def gaming_price_premium(market: Market) -> Floats:
    """Shop price of gaming cards over list, weighted by units sold, less 1; undefined when none is sold."""
    return parts.mean_by(market.history["shop_sold"], market.history["shop_price"]) - 1


@metric("1", "ratio", "Shop price of gaming cards over list", 0.03, keys="sku")
def gaming_price(market: Market) -> dict[str, Floats]:
    """Shop price of a gaming card in China over its list price; undefined in months without a sale."""
    price = np.where(market.history["shop_sold"] > DUST, market.history["shop_price"], np.nan)
    return dict(zip(market.shops.names, price.T, strict=True))
