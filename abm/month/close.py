"""The end of the month: idle cash goes back, stocks are counted, and prices move for the next."""

from abm.agents.vendors import ChipVendors
from abm.foundation.arrays import put, totals
from abm.foundation.mirrors import behaviour
from abm.markets import settlement
from abm.month.phase import phase
from abm.records import Closing
from abm.state import Market, seen, whole

price_products = behaviour(ChipVendors.price_products)


@phase("labs.cash products.price products.factor")
def close(market: Market) -> Closing:
    """Owners take back idle cash, stocks are counted, and prices move for the next month."""
    closing = market.blank(Closing)
    _close(market, closing)
    return closing


@whole
def _close(market: Market, closing: Closing) -> None:
    market, closing = seen(market), seen(closing)
    settlement.return_idle_cash(market)
    price_products(market.vendors, market.products, market.axis, market.t)
    put(closing.hbm_stock, totals(market.vendors.stock))
    put(closing.cash, market.vendors.cash)
