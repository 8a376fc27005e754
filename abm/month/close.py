"""The end of the month: idle cash goes back, stocks are counted, and prices move for the next."""

from abm.markets import settlement
from abm.month.phase import phase
from abm.records import Closing
from abm.state import Market


@phase("labs.cash products.price products.factor")
def close(market: Market) -> Closing:
    """Owners take back idle cash, stocks are counted, and prices move for the next month."""
    settlement.return_idle_cash(market)
    market.vendors.price_products(market.products, market.axis, market.t)
    return Closing(
        hbm_stock=market.vendors.stock.sum(axis=1),
        cash=market.vendors.cash.copy(),
    )
