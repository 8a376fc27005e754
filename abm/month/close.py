"""The end of the month: idle cash goes back, stocks are counted, and prices move for the next."""

from abm.agents.vendors import ChipVendors
from abm.foundation.mirrors import behaviour
from abm.markets import settlement
from abm.month.phase import phase
from abm.records import Closing
from abm.state import Market, seen, whole

price_products = behaviour(ChipVendors.price_products)


@phase("labs.cash products.price products.factor")
def close(market: Market) -> Closing:
    """Owners take back idle cash, stocks are counted, and prices move for the next month."""
    settlement.book_idle_cash(market, _close(market))
    return Closing(
        hbm_stock=market.vendors.stock.sum(axis=1),
        cash=market.vendors.cash.copy(),
    )


@whole
def _close(market: Market) -> float:
    """Idle cash goes back, and prices move; returns the cash, USD."""
    market = seen(market)
    returned = settlement.return_idle_cash(market)
    price_products(market.vendors, market.products, market.axis, market.t)
    return returned
