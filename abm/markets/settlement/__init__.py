"""Settlement, where goods and money change hands: each function moves the columns that hold them and books it.

Nothing else assigns cash, stocks, fleets, cards in transit or rented compute (tests/test_settlement.py looks).
"""

from abm.markets.settlement.booking import CHARGES, FINES, RESEARCH, WAYS, spend
from abm.markets.settlement.channels import convert_cards, roll_contracts, sell_gaming, smuggle, stock_shops
from abm.markets.settlement.chips import make_cards, receive_dies
from abm.markets.settlement.deliveries import deliver_abroad, deliver_cards, wind_up
from abm.markets.settlement.memory import make_stacks, sell_stacks
from abm.markets.settlement.proof import audit, differences
from abm.markets.settlement.trade import move_cards, pay_budgets, pay_dealers, return_idle_cash, sell_abroad

__all__ = [
    "CHARGES",
    "FINES",
    "RESEARCH",
    "WAYS",
    "audit",
    "convert_cards",
    "deliver_abroad",
    "deliver_cards",
    "differences",
    "make_cards",
    "make_stacks",
    "move_cards",
    "pay_budgets",
    "pay_dealers",
    "receive_dies",
    "return_idle_cash",
    "roll_contracts",
    "sell_abroad",
    "sell_gaming",
    "sell_stacks",
    "smuggle",
    "spend",
    "stock_shops",
    "wind_up",
]
