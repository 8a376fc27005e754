"""Labs are given money and buy cards; vendors, dealers and the rest of the world settle with them."""

import numpy as np
from numpy.typing import NDArray

from abm.agents.governments import US
from abm.foundation.compiled import compiled, part
from abm.markets.settlement.booking import book, left_over, pay, pay_cost
from abm.state import Market

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
CardMoney = tuple[float, float, float, float]
"""USD for cards, for hosting, of fees and duties, and for making cards."""


@part
def pay_budgets(market: Market) -> None:
    """Owners and the state pay in what labs are given this month."""
    labs = market.labs
    for i in range(len(labs.cash)):
        labs.cash[i] += labs.flow[i]


def book_budgets(market: Market) -> None:
    """Book what `pay_budgets` moved."""
    pay(market, "outside", "labs", market.labs.flow.sum(), "budget")


@part
def return_idle_cash(market: Market) -> float:
    """Owners take back what labs hold beyond some months of their money; returns it, USD."""
    labs = market.labs
    return _return_idle_cash(labs.cash, labs.flow, market.parameters.budget.cash_months)


def book_idle_cash(market: Market, returned: float) -> None:
    """Book what `return_idle_cash` moved."""
    pay(market, "labs", "outside", returned, "returned")


@compiled
def _return_idle_cash(cash: Floats, flow: Floats, months: float) -> float:
    returned = 0.0
    for i in range(len(cash)):
        excess = max(cash[i] - months * flow[i], 0.0)
        cash[i] -= excess
        returned += excess
    return returned


@part
def move_cards(
    market: Market, rows: Rows, bought: Floats, units: Floats, paid: Floats, spent: Floats, levied: Floats
) -> tuple[Floats, Floats, CardMoney]:
    """Labs take what they bought and pay: vendors for cards, the outside for hosting; fee and duty go to the US.

    rows      (live,) products that were on sale
    bought    (labs, products) units, (products,) in all
    paid      (products,) USD for the cards
    spent     (labs,) USD, hosting included
    levied    (foreign,) fee and duty, a share of the price
    returns   USD earned by vendors, and owed by them for fees and duties, (vendors,) both, and what is to be booked
    """
    labs, products, vendors, p, home = (
        market.labs,
        market.products,
        market.vendors,
        market.parameters,
        market.axis.domestic,
    )
    _hand_out(rows, bought, spent, market.axis.gaming.stop, labs.transit, labs.cash)
    earned, owed = np.zeros(len(vendors.cash)), np.zeros(len(vendors.cash))
    usd, fees, hosting = _bill(
        rows, units, paid, levied, products.host, products.vendor, home.start, home.stop, products.stock,
        products.transit_usd, vendors.cash, earned, owed,
    )  # fmt: skip
    making = pay_cost(earned, vendors.domestic, p.vendors.margin, p.domestic.margin, vendors.cash)
    market.governments.takings[US] += fees
    return earned, owed, (usd, hosting, fees, making)


def book_cards(market: Market, units: Floats, money: CardMoney) -> None:
    """Book what `move_cards` moved, units (products,)."""
    goods, foreign, own = market.setting.accounts, market.axis.licensed, market.axis.domestic.stop
    usd, hosting, fees, making = money
    book(market, "outside", "vendors", goods[foreign], units[foreign])
    book(market, "vendors", "transit", goods[:own], units[:own], None, market.axis.channels[:own])
    pay(market, "labs", "vendors", usd, "cards")
    pay(market, "labs", "outside", hosting, "hosting")
    pay(market, "vendors", "government", fees, "fees")
    pay(market, "vendors", "outside", making, "making")


@compiled
def _hand_out(rows: Rows, bought: Floats, spent: Floats, cards: int, transit: Floats, cash: Floats) -> None:
    """Cards bought, (labs, products) units, leave for their buyers, who pay what they spent, (labs,) USD, from cash.

    rows      (live,) products that were on sale; cards: where those that are no cards begin
    transit   (labs, products, lead) units
    """
    last = transit.shape[2] - 1
    for i in range(len(bought)):
        cash[i] -= spent[i]
        for row in rows:
            if row < cards:
                transit[i, row, last] += bought[i, row]


@compiled
def _bill(
    rows: Rows, units: Floats, paid: Floats, levied: Floats, host: Floats, vendor: Rows, first: int, last: int,
    stock: Floats, transit_usd: Floats, cash: Floats, earned: Floats, owed: Floats,
) -> tuple[float, float, float]:  # fmt: skip
    """Add up what vendors earn, and owe in fees and duties, (vendors,) USD both, which moves their cash; returns USD
    earned, owed, and of hosting.

    rows              (live,) products that were on sale; from first to last they are Chinese vendors'
    units to vendor   (products,) units; USD; (foreign,) a share; USD/card; place of the vendor
    stock             (products,) units; transit_usd: (products, lead) USD of cards on their way
    """
    hosting, new = 0.0, transit_usd.shape[1] - 1
    for row in rows:
        hosting += units[row] * host[row]
        if first <= row < last:
            stock[row] = max(stock[row] - units[row], 0.0)
        if row < last:
            transit_usd[row, new] += paid[row]
            earned[vendor[row]] += paid[row]
        if row < len(levied):
            owed[vendor[row]] += paid[row] * levied[row]
    usd, fees = 0.0, 0.0
    for v in range(len(cash)):
        cash[v] += earned[v] - owed[v]
        usd += earned[v]
        fees += owed[v]
    return usd, fees, hosting


@part
def pay_dealers(market: Market, units: Floats, paid: Floats) -> tuple[float, float]:
    """Brokers, workshops and hosts hand over what labs bought and are paid, (products,) both; returns USD to brokers
    and to workshops."""
    brokers, works, axis = market.brokers, market.workshops, market.axis
    grey, gaming, rent = axis.grey, axis.gaming, axis.offshore.start
    smuggled = _sell_alike(units[grey.start : grey.stop], paid[grey.start : grey.stop], brokers.stock, brokers.cash)
    converted = _sell_alike(
        units[gaming.start : gaming.stop], paid[gaming.start : gaming.stop], works.stock, works.cash
    )
    if units[rent] > 0:
        market.hosts.cash[0] += paid[rent]
    return smuggled, converted


def book_dealers(market: Market, units: Floats, paid: Floats, smuggled: float, converted: float) -> None:
    """Book what `pay_dealers` moved."""
    axis, goods = market.axis, market.setting.accounts
    for dealers, rows, usd, channel in (
        ("brokers", axis.grey, smuggled, "grey"),
        ("workshops", axis.gaming, converted, "gaming"),
    ):
        if usd > 0:
            book(market, dealers, "transit", goods[rows], units[rows], None, channel)
            pay(market, "labs", dealers, usd, "cards")
    rent = axis.offshore
    if units[rent.start] > 0:
        book(market, "outside", "hosts", goods[rent], units[rent])
        book(market, "hosts", "labs", goods[rent], units[rent], paid[rent], "offshore")


@compiled
def _sell_alike(units: Floats, paid: Floats, stock: Floats, cash: Floats) -> float:
    """Dealers sell by what they hold and are paid; returns USD.

    units, paid   (k,) sold of each good; USD for them
    stock         (dealers, k) units; cash: (dealers,) USD
    """
    usd = 0.0
    for k in range(len(units)):
        usd += paid[k]
        held = 0.0
        for b in range(len(stock)):
            held += stock[b, k]
        if units[k] > 0 and held > 0:
            part, price = min(units[k] / held, 1.0), paid[k] / units[k]
            for b in range(len(stock)):
                sold = stock[b, k] * part
                stock[b, k] = left_over(stock[b, k], sold)
                cash[b] += sold * price
    return usd


@part
def sell_abroad(market: Market, units: Floats, usd: Floats, us: float) -> tuple[Floats, Floats, float]:
    """The rest of the world and US leaders buy what China does not take.

    units, usd   (products,) sold and paid; us: share that goes to the United States
    returns      USD earned, (vendors,); units and USD there, and in the rest of the world, (4, foreign); USD that
                 making it all costs
    """
    products, vendors, p, foreign = market.products, market.vendors, market.parameters, market.axis.licensed.stop
    earned, parts = np.zeros(len(vendors.cash)), np.empty((4, foreign))
    _sell(units[:foreign], usd[:foreign], us, products.vendor, products.abroad, vendors.cash, earned, parts)
    return earned, parts, pay_cost(earned, vendors.domestic, p.vendors.margin, p.domestic.margin, vendors.cash)


def book_abroad(market: Market, units: Floats, parts: Floats, making: float) -> None:
    """Book what `sell_abroad` moved."""
    rows = market.axis.licensed
    goods = market.setting.accounts[rows]
    book(market, "outside", "vendors", goods, units[rows])
    book(market, "vendors", "frontier", goods, parts[0], parts[1], "world")
    book(market, "vendors", "world", goods, parts[2], parts[3], "world")
    pay(market, "vendors", "outside", making, "making")


@compiled
def _sell(
    units: Floats, usd: Floats, us: float, vendor: Rows, abroad: Floats, cash: Floats, earned: Floats, parts: Floats
) -> None:
    """Vendors are paid, (vendors,) USD, for foreign products, which stand first; a share goes to the United States.

    units, usd       (foreign,); us: the share
    vendor, abroad   (products,) place of the vendor; units sold for use in the United States
    parts            (4, foreign) units and USD there, and in the rest of the world
    """
    for k in range(len(units)):
        cash[vendor[k]] += usd[k]
        earned[vendor[k]] += usd[k]
        abroad[k] += units[k] * us
        parts[0, k], parts[1, k] = units[k] * us, usd[k] * us
        parts[2, k], parts[3, k] = units[k] * (1 - us), usd[k] * (1 - us)
