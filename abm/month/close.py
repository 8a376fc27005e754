"""The end of the month: idle cash goes back, stocks are counted, and prices move for the next."""

from abm.agents.vendors import ChipVendors
from abm.foundation.arrays import totals
from abm.foundation.mirrors import behaviour
from abm.markets import settlement
from abm.month.phase import phase
from abm.records import Closing, Floats
from abm.state import Market, seen, whole

price_products = behaviour(ChipVendors.price_products)


@phase("labs.cash products.price products.factor")
def close(market: Market) -> Closing:
    """Owners take back idle cash, stocks are counted, and prices move for the next month."""
    return Closing(hbm_stock=_close(market), cash=market.vendors.cash.copy())


@whole
def _close(market: Market) -> Floats:
    """Idle cash goes back, and prices move; returns stacks that vendors hold, (vendors,)."""
    market = seen(market)
    settlement.return_idle_cash(market)
    price_products(market.vendors, market.products, market.axis, market.t)
    return totals(market.vendors.stock)
