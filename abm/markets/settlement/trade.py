"""Labs are given money and buy cards; vendors, dealers and the rest of the world settle with them."""

import numpy as np
from numpy.typing import NDArray

from abm.agents.governments import US
from abm.foundation.arrays import total
from abm.foundation.compiled import compiled, part
from abm.foundation.ledger import (
    BROKERS,
    FRONTIER,
    GOVERNMENT,
    HOSTS,
    LABS,
    OUTSIDE,
    TRANSIT,
    VENDORS,
    WORKSHOPS,
    WORLD,
)
from abm.markets.settlement.booking import (
    ABROAD,
    BUDGET,
    CARDS,
    FEES,
    FREE,
    GAMING,
    GREY,
    HOSTING,
    OFFSHORE,
    PLAIN,
    RETURNED,
    book,
    book_products,
    left_over,
    pay,
    pay_cost,
)
from abm.state import Market

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@part
def pay_budgets(market: Market) -> None:
    """Owners and the state pay in what labs are given this month."""
    labs = market.labs
    for i in range(len(labs.cash)):
        labs.cash[i] += labs.flow[i]
    pay(market, OUTSIDE, LABS, total(labs.flow), BUDGET)


@part
def return_idle_cash(market: Market) -> None:
    """Owners take back what labs hold beyond some months of their money."""
    labs = market.labs
    returned = _return_idle_cash(labs.cash, labs.flow, market.parameters.budget.cash_months)
    pay(market, LABS, OUTSIDE, returned, RETURNED)


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
) -> tuple[Floats, Floats]:
    """Labs take what they bought and pay: vendors for cards, the outside for hosting; fee and duty go to the US.

    rows      (live,) products that were on sale
    bought    (labs, products) units, (products,) in all
    paid      (products,) USD for the cards
    spent     (labs,) USD, hosting included
    levied    (foreign,) fee and duty, a share of the price
    returns   USD earned by vendors, and owed by them for fees and duties, (vendors,) both
    """
    labs, products, vendors, home, goods = (
        market.labs, market.products, market.vendors, market.axis.domestic, market.setting.accounts,
    )  # fmt: skip
    _hand_out(rows, bought, spent, market.axis.gaming.stop, labs.transit, labs.cash)
    earned, owed = np.zeros(len(vendors.cash)), np.zeros(len(vendors.cash))
    usd, fees, hosting = _bill(
        rows, units, paid, levied, products.host, products.vendor, home.start, home.stop, products.stock,
        products.transit_usd, vendors.cash, earned, owed,
    )  # fmt: skip
    foreign = market.axis.licensed.stop
    book(market, OUTSIDE, VENDORS, PLAIN, goods[:foreign], units[:foreign], FREE)
    book_products(market, VENDORS, TRANSIT, np.arange(home.stop), units[: home.stop], FREE)
    pay(market, LABS, VENDORS, usd, CARDS)
    pay(market, LABS, OUTSIDE, hosting, HOSTING)
    pay(market, VENDORS, GOVERNMENT, fees, FEES)
    pay_cost(market, earned)
    market.governments.takings[US] += fees
    return earned, owed


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
def pay_dealers(market: Market, units: Floats, paid: Floats) -> None:
    """Brokers, workshops and hosts hand over what labs bought and are paid, (products,) both."""
    brokers, works, axis, goods = market.brokers, market.workshops, market.axis, market.setting.accounts
    first, last = axis.grey.start, axis.grey.stop
    usd = _sell_alike(units[first:last], paid[first:last], brokers.stock, brokers.cash)
    book(market, BROKERS, TRANSIT, GREY, goods[first:last], units[first:last], FREE)
    pay(market, LABS, BROKERS, usd, CARDS)
    first, last = axis.gaming.start, axis.gaming.stop
    usd = _sell_alike(units[first:last], paid[first:last], works.stock, works.cash)
    book(market, WORKSHOPS, TRANSIT, GAMING, goods[first:last], units[first:last], FREE)
    pay(market, LABS, WORKSHOPS, usd, CARDS)
    first, last = axis.offshore.start, axis.offshore.stop
    if units[first] > 0:
        market.hosts.cash[0] += paid[first]
        book(market, OUTSIDE, HOSTS, PLAIN, goods[first:last], units[first:last], FREE)
        book(market, HOSTS, LABS, OFFSHORE, goods[first:last], units[first:last], paid[first:last])


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
def sell_abroad(market: Market, units: Floats, usd: Floats, us: float) -> Floats:
    """The rest of the world and US leaders buy what China does not take.

    units, usd   (products,) sold and paid; us: share that goes to the United States
    returns      USD earned, (vendors,)
    """
    products, vendors, foreign = market.products, market.vendors, market.axis.licensed.stop
    earned, parts, goods = np.zeros(len(vendors.cash)), np.empty((4, foreign)), market.setting.accounts[:foreign]
    _sell(units[:foreign], usd[:foreign], us, products.vendor, products.abroad, vendors.cash, earned, parts)
    book(market, OUTSIDE, VENDORS, PLAIN, goods, units[:foreign], FREE)
    book(market, VENDORS, FRONTIER, ABROAD, goods, parts[0], parts[1])
    book(market, VENDORS, WORLD, ABROAD, goods, parts[2], parts[3])
    pay_cost(market, earned)
    return earned


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
