"""The ways around a licence: smuggled cards, gaming cards and their conversion, compute rented abroad."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.arrays import plus, product, put, total
from abm.foundation.compiled import compiled, part
from abm.foundation.ledger import BROKERS, GOVERNMENT, LABS, OUTSIDE, SHOPS, WORKSHOPS, WORLD
from abm.markets.settlement.booking import (
    CONVERSION,
    FREE,
    GAMERS,
    GAMING,
    GREY,
    OFFSHORE,
    SCRAP,
    SEIZED,
    book,
    left_over,
    pay,
)
from abm.rules import rental
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]


@part
def smuggle(market: Market, shipped: Floats, seized: Floats) -> tuple[Floats, Floats]:
    """Brokers buy from the rest of the world and ship; returns what landed and what was seized, (grey,).

    shipped   (brokers, grey) units
    seized    (brokers,) units seized of each broker's shipment
    """
    brokers, rows = market.brokers, market.axis.grey
    landed, lost, owed = _smuggle(
        shipped, seized, brokers.cost, market.products.price, market.axis.grey_source, brokers.stock, brokers.cash
    )
    goods = market.setting.accounts[rows.start : rows.stop]
    book(market, WORLD, BROKERS, GREY, goods, plus(landed, lost), owed)
    book(market, BROKERS, GOVERNMENT, SEIZED, goods, lost, FREE)
    return landed, lost


@compiled
def _smuggle(
    shipped: Floats, seized: Floats, cost: Floats, price: Floats, source: Rows, stock: Floats, cash: Floats
) -> tuple[Floats, Floats, Floats]:
    """Move shipments that are not caught into stock (brokers, grey) and what all cost out of cash (brokers,); returns
    what landed, what was lost and USD owed, (grey,)."""
    landed, lost, owed = np.zeros(len(source)), np.zeros(len(source)), np.zeros(len(source))
    for b in range(len(cost)):
        for k in range(len(source)):
            usd = shipped[b, k] * (1 + cost[b]) * price[source[k]]
            owed[k] += usd
            cash[b] -= usd
            if seized[b] > 0:
                lost[k] += shipped[b, k]
            else:
                landed[k] += shipped[b, k]
                stock[b, k] += shipped[b, k]
    return landed, lost, owed


@part
def stock_shops(market: Market, cards: Floats, price: Floats) -> None:
    """Shops take in gaming cards and pay for them, (gaming,) both, at a price in USD."""
    shops, rows, usd = market.shops, market.axis.gaming, product(cards, price)
    for k in range(len(cards)):
        shops.stock[k] += cards[k]
        shops.cash[k] -= usd[k]
    book(market, OUTSIDE, SHOPS, GAMING, market.setting.accounts[rows.start : rows.stop], cards, usd)


@part
def sell_gaming(market: Market, taken: Floats, gone: Floats, price: Floats) -> None:
    """Shops sell to workshops (workshops, gaming) and to gamers (gaming,) at a price (gaming,) USD."""
    shops, works, rows = market.shops, market.workshops, market.axis.gaming
    worked = _sell_gaming(taken, gone, price, shops.stock, shops.sold, shops.cash, works.cash)
    goods = market.setting.accounts[rows.start : rows.stop]
    book(market, SHOPS, OUTSIDE, GAMERS, goods, gone, product(gone, price))
    book(market, SHOPS, WORKSHOPS, GAMING, goods, worked, product(worked, price))


@compiled
def _sell_gaming(
    taken: Floats, gone: Floats, price: Floats, stock: Floats, sold: Floats, cash: Floats, spent_from: Floats
) -> Floats:
    """Move cards out of shops' stock (gaming,) and money to their cash (gaming,) from workshops', (workshops,); note
    what was sold, (gaming,), and return what of it went to workshops, (gaming,)."""
    worked = np.zeros_like(gone)
    for k in range(len(gone)):
        for w in range(len(taken)):
            worked[k] += taken[w, k]
            spent_from[w] -= taken[w, k] * price[k]
        sold[k] = gone[k] + worked[k]
        cash[k] += sold[k] * price[k]
        stock[k] = left_over(stock[k], sold[k])
    return worked


@part
def convert_cards(market: Market, made: Floats, scrap: Floats, cost: Floats) -> Floats:
    """Workshops stock the cards they converted, scrap the others and pay for the work; returns the former, (gaming,).

    made, scrap   (workshops, gaming) cards
    cost          (workshops,) USD
    """
    works, rows = market.workshops, market.axis.gaming
    converted, lost, spent = _stock_converted(made, scrap, cost, works.stock, works.cash)
    pay(market, WORKSHOPS, OUTSIDE, spent, CONVERSION)
    book(market, WORKSHOPS, OUTSIDE, SCRAP, market.setting.accounts[rows.start : rows.stop], lost, FREE)
    return converted


@compiled
def _stock_converted(
    made: Floats, scrap: Floats, cost: Floats, stock: Floats, cash: Floats
) -> tuple[Floats, Floats, float]:
    """Move converted cards into stock (workshops, gaming) and their cost out of cash (workshops,); returns the cards
    converted and scrapped, (gaming,), and USD paid."""
    found, lost, paid = np.zeros(made.shape[1]), np.zeros(made.shape[1]), 0.0
    for w in range(len(made)):
        for k in range(made.shape[1]):
            stock[w, k] += made[w, k]
            found[k] += made[w, k]
            lost[k] += scrap[w, k]
        cash[w] -= cost[w]
        paid += cost[w]
    return found, lost, paid


@part
def roll_contracts(market: Market, signed: Floats, cut: bool) -> None:
    """Contracts for compute abroad (labs,) H100e begin, others run out; all end where access itself is cut."""
    after, ended = rental.roll(market.labs.rented, signed, cut)
    for i in range(len(after)):
        put(market.labs.rented[i], after[i])
    rows = market.axis.offshore
    goods = market.setting.accounts[rows.start : rows.stop]
    book(market, LABS, OUTSIDE, OFFSHORE, goods, np.full(1, total(ended)), FREE)
