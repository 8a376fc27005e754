"""Settlement, where goods and money change hands: each function books a transfer and moves the columns that hold it.

Nothing else assigns cash, stocks, fleets, cards in transit or rented compute (tests/test_settlement.py looks).
"""

from abm.markets.settlement.booking import spend
from abm.markets.settlement.channels import (
    Moved,
    book_expired,
    book_gaming,
    book_smuggled,
    convert_cards,
    roll_contracts,
    sell_gaming,
    smuggle,
    stock_shops,
)
from abm.markets.settlement.chips import book_chips, book_research, fine, make_cards, receive_dies, write_off
from abm.markets.settlement.deliveries import book_deliveries, deliver_abroad, deliver_cards, wind_up
from abm.markets.settlement.memory import book_stacks, make_stacks, sell_stacks
from abm.markets.settlement.proof import audit, differences
from abm.markets.settlement.trade import (
    CardMoney,
    book_abroad,
    book_budgets,
    book_cards,
    book_dealers,
    book_idle_cash,
    move_cards,
    pay_budgets,
    pay_dealers,
    return_idle_cash,
    sell_abroad,
)

__all__ = [
    "CardMoney",
    "Moved",
    "audit",
    "book_abroad",
    "book_budgets",
    "book_cards",
    "book_chips",
    "book_dealers",
    "book_deliveries",
    "book_expired",
    "book_gaming",
    "book_idle_cash",
    "book_research",
    "book_smuggled",
    "book_stacks",
    "convert_cards",
    "deliver_abroad",
    "deliver_cards",
    "differences",
    "fine",
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
    "write_off",
]
