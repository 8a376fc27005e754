"""The end of the month: idle cash goes back, stocks are counted, and prices move for the next."""

import numpy as np

from abm.markets import settlement
from abm.month.phase import phase
from abm.records import Closing, Floats, Use
from abm.rules import utilisation
from abm.state import Market


@phase("labs.cash products.price products.factor")
def close(market: Market, use: Use) -> Closing:
    """Owners take back idle cash, stocks are counted, and prices move for the next month."""
    settlement.return_idle_cash(market)
    market.vendors.price_products(market.products, market.axis, market.t)
    return Closing(
        hbm_stock=market.vendors.stock.sum(axis=1),
        cash=market.vendors.cash.copy(),
        mfu=_mfu(market, use),
    )


def _mfu(market: Market, use: Use) -> Floats:
    """Training FLOP that labs get out of cards over what those cards could do, by channel: (2, channels) H100e."""
    labs, c, axis = market.labs, market.parameters.compute, market.axis
    training = use.training.sum(axis=0)
    reached = utilisation.mfu(c.mfu_cn, labs.skill, c.mfu_skill)
    worth = market.vendors.software[market.products.vendor] * use.fit
    nominal = np.divide(training, worth, out=np.zeros_like(worth), where=worth > 0)
    return np.stack([axis.by_channel(reached @ use.training), axis.by_channel(nominal)])
