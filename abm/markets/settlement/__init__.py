"""Settlement, where goods and money change hands: each function books a transfer and moves the columns that hold it.

Nothing else assigns cash, stocks, fleets, cards in transit or rented compute (tests/test_settlement.py looks).
"""

from abm.markets.settlement.channels import convert_cards, roll_contracts, sell_gaming, smuggle, stock_shops
from abm.markets.settlement.chips import fine, make_cards, pay_research, receive_dies, write_off
from abm.markets.settlement.deliveries import deliver_abroad, deliver_cards, wind_up
from abm.markets.settlement.memory import make_stacks, sell_stacks
from abm.markets.settlement.proof import audit, differences
from abm.markets.settlement.trade import pay_budgets, pay_dealers, pay_for_cards, return_idle_cash, sell_abroad

__all__ = [
    "audit",
    "convert_cards",
    "deliver_abroad",
    "deliver_cards",
    "differences",
    "fine",
    "make_cards",
    "make_stacks",
    "pay_budgets",
    "pay_dealers",
    "pay_for_cards",
    "pay_research",
    "receive_dies",
    "return_idle_cash",
    "roll_contracts",
    "sell_abroad",
    "sell_gaming",
    "sell_stacks",
    "smuggle",
    "stock_shops",
    "wind_up",
    "write_off",
]
