"""Settlement, where goods and money change hands: each function books a transfer and moves the columns that hold it.

Nothing else assigns cash, stocks, fleets, cards in transit or rented compute (tests/test_settlement.py looks).
"""

import numpy as np
from numpy.typing import NDArray

from abm.agents.governments import US
from abm.foundation.compiled import compiled
from abm.markets.clearing import DUST
from abm.rules import ageing, rental
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]


# --- booking ---


def _book(
    market: Market,
    sender: str,
    receiver: str,
    goods: NDArray[np.int64],
    units: Floats,
    usd: Floats | None = None,
    channel: str | tuple[str, ...] = "",
) -> None:
    market.ledger.transfer(market.t, sender, receiver, goods, units, usd, channel)


def _book_rows(
    market: Market,
    sender: str,
    receiver: str,
    rows: slice,
    units: Floats,
    usd: Floats | None = None,
    channel: str = "",
) -> None:
    """Book a transfer of some rows of the product axis, if there is any."""
    if units.any():
        _book(market, sender, receiver, market.setting.accounts[rows], units, usd, channel)


def _book_by_channel(market: Market, sender: str, receiver: str, units: Floats, usd: Floats | None = None) -> None:
    """Book a transfer of products, each through its channel, units (products,)."""
    _book(market, sender, receiver, market.setting.accounts, units, usd, market.axis.channels)


def _pay(market: Market, payer: str, payee: str, usd: float, channel: str) -> None:
    market.ledger.pay(market.t, payer, payee, usd, channel)


@compiled
def _left(stock: float, sold: float) -> float:
    """What is left of a stock of which some was sold; of what is sold out, nothing, whatever rounding leaves."""
    return stock - sold if stock - sold > DUST else 0.0


def _vendors_spend(market: Market, usd: Floats, channel: str) -> None:
    """Vendors pay the outside, USD (vendors,)."""
    market.vendors.cash -= usd
    _pay(market, "vendors", "outside", float(usd.sum()), channel)


def _pay_for_making(market: Market, revenue: Floats) -> None:
    """Vendors pay the outside what cards of this revenue, USD (vendors,), cost them to make."""
    p, vendors = market.parameters, market.vendors
    cost = _pay_cost(revenue, vendors.domestic, p.vendors.margin, p.domestic.margin, vendors.cash)
    _pay(market, "vendors", "outside", cost, "making")


@compiled
def _pay_cost(revenue: Floats, domestic: Bools, margin: float, home_margin: float, cash: Floats) -> float:
    """What is not margin of revenue is paid from cash, (vendors,) USD; returns USD in all."""
    whole = 0.0
    for v in range(len(revenue)):
        cost = revenue[v] * (1 - (home_margin if domestic[v] else margin))
        cash[v] -= cost
        whole += cost
    return whole


# --- HBM ---


def make_stacks(market: Market, made: Floats) -> None:
    """Makers take what they have made, (makers, generations) stacks, into stock."""
    market.makers.stock += made
    _book(market, "outside", "makers", market.setting.stacks, made.sum(axis=0))


def deliver_stacks(market: Market, sold: Floats, claims: Floats, index: Floats) -> tuple[Floats, Floats]:
    """Makers sell stacks to Chinese vendors, shared among these by their claims.

    sold      (makers, generations) stacks
    claims    (vendors,)
    index     (vendors,) price paid over the reference price
    returns   stacks received (vendors,), and USD earned (makers,)
    """
    makers, vendors = market.makers, market.vendors
    part = claims / max(float(claims.sum()), 1e-9)
    by_generation = sold.sum(axis=0)
    usd = sold * market.setting.hbm_price[market.t] * float((part * index).sum())
    makers.stock[:] = np.maximum(makers.stock - sold, 0.0)
    makers.cash += usd.sum(axis=1)
    vendors.stock += part[:, None] * by_generation[None, :]
    vendors.cash -= part * index / max(float((part * index).sum()), 1e-12) * usd.sum()
    _book(market, "makers", "vendors", market.setting.stacks, by_generation, usd.sum(axis=0), "hbm")
    return np.asarray(part * by_generation.sum()), usd.sum(axis=1)


def sell_stacks_abroad(market: Market, sold: Floats, usd: Floats) -> None:
    """The rest of the world buys stacks, (makers, generations) both."""
    makers = market.makers
    makers.stock[:] = np.maximum(makers.stock - sold, 0.0)
    makers.cash += usd.sum(axis=1)
    _book(market, "makers", "outside", market.setting.stacks, sold.sum(axis=0), usd.sum(axis=0), "world")


# --- Chinese chips ---


def receive_dies(market: Market, received: Floats) -> None:
    """Chinese vendors receive good dies, (vendors,)."""
    market.vendors.dies += received
    _book(market, "outside", "vendors", market.setting.dies, np.array([received.sum()]))


def make_cards(market: Market, cards: Floats, dies: Floats, stacks: Floats) -> None:
    """Dies and stacks go into chips; stacks leave stock in proportion to the generations held.

    cards         (home,) cards made
    dies, stacks  (vendors,) used
    """
    vendors, accounts, home = market.vendors, market.setting.accounts, market.axis.domestic
    held = vendors.stock.sum(axis=1)
    part = np.divide(stacks, held, out=np.zeros_like(held), where=held > 0)
    used = vendors.stock * np.minimum(part, 1.0)[:, None]
    vendors.stock -= used
    vendors.dies[:] = np.maximum(vendors.dies - dies, 0.0)
    vendors.note_use(used.sum(axis=1))
    _book(market, "vendors", "outside", market.setting.dies, np.array([dies.sum()]))
    _book(market, "vendors", "outside", market.setting.stacks, used.sum(axis=0))
    market.products.stock[home] += cards
    _book(market, "outside", "vendors", accounts[home], cards)


def write_off(market: Market, charges: Floats) -> None:
    """Vendors bear what stranded chips cost to make, USD (vendors,)."""
    _vendors_spend(market, charges, "charges")


def fine(market: Market, fines: Floats) -> None:
    """Vendors pay fines, USD (vendors,)."""
    _vendors_spend(market, fines, "fines")


def pay_research(market: Market, research: Floats) -> None:
    """Vendors pay for R&D, USD (vendors,)."""
    _vendors_spend(market, research, "research")


# --- labs ---


def pay_budgets(market: Market) -> None:
    """Owners and the state pay in what labs are given this month."""
    market.labs.cash += market.labs.flow
    _pay(market, "outside", "labs", market.labs.flow.sum(), "budget")


def return_idle_cash(market: Market) -> None:
    """Owners take back what labs hold beyond some months of their money."""
    labs = market.labs
    excess = np.maximum(labs.cash - market.parameters.budget.cash_months * labs.flow, 0.0)
    labs.cash -= excess
    _pay(market, "labs", "outside", excess.sum(), "returned")


def pay_for_cards(
    market: Market, rows: Rows, bought: Floats, units: Floats, paid: Floats, spent: Floats, levied: Floats
) -> tuple[Floats, Floats, float]:
    """Labs take what they bought and pay: vendors for cards, the outside for hosting; fee and duty go to the US.

    rows      (live,) products that were on sale
    bought    (labs, products) units, (products,) in all
    paid      (products,) USD for the cards
    spent     (labs,) USD, hosting included
    levied    (foreign,) fee and duty, a share of the price
    returns   USD earned by vendors, and owed by them for fees and duties, (vendors,) both, and these in all
    """
    labs, products, vendors, axis = market.labs, market.products, market.vendors, market.axis
    foreign, home = axis.licensed, axis.domestic
    _hand_out(rows, bought, spent, axis.gaming.stop, labs.transit, labs.cash)
    earned, owed = np.zeros(len(vendors)), np.zeros(len(vendors))
    usd, fees, hosting = _bill(
        rows, units, paid, levied, products.host, products.vendor, home.start, home.stop, products.stock,
        products.transit_usd, vendors.cash, earned, owed,
    )  # fmt: skip
    goods, cards = market.setting.accounts, units[: home.stop]
    _book(market, "outside", "vendors", goods[foreign], units[foreign])
    _book(market, "vendors", "transit", goods[: home.stop], cards, None, axis.channels[: home.stop])
    _pay(market, "labs", "vendors", usd, "cards")
    _pay(market, "labs", "outside", hosting, "hosting")
    _pay(market, "vendors", "government", fees, "fees")
    _pay_for_making(market, earned)
    market.governments.takings[US] += fees
    return earned, owed, fees


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


def pay_dealers(market: Market, units: Floats, paid: Floats) -> None:
    """Brokers, workshops and hosts hand over what labs bought and are paid; (products,) each."""
    axis, brokers, works, goods = market.axis, market.brokers, market.workshops, market.setting.accounts
    grey, gaming, rent = axis.grey, axis.gaming, axis.offshore
    usd = _sell_alike(units[grey], paid[grey], brokers.stock, brokers.cash)
    if usd > 0:
        _book(market, "brokers", "transit", goods[grey], units[grey], None, "grey")
        _pay(market, "labs", "brokers", usd, "cards")
    usd = _sell_alike(units[gaming], paid[gaming], works.stock, works.cash)
    if usd > 0:
        _book(market, "workshops", "transit", goods[gaming], units[gaming], None, "gaming")
        _pay(market, "labs", "workshops", usd, "cards")
    if units[rent.start] > 0:
        market.hosts.cash[0] += paid[rent.start]
        _book(market, "outside", "hosts", goods[rent], units[rent])
        _book(market, "hosts", "labs", goods[rent], units[rent], paid[rent], "offshore")


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
                stock[b, k] = _left(stock[b, k], sold)
                cash[b] += sold * price
    return usd


def sell_abroad(market: Market, units: Floats, usd: Floats) -> Floats:
    """The rest of the world and US leaders buy what China does not take; returns USD earned, (vendors,).

    units, usd   (products,) sold and paid
    """
    rows, products, vendors = market.axis.licensed, market.products, market.vendors
    goods, sold, earned = market.setting.accounts[rows], units[rows], np.zeros(len(vendors))
    parts = np.empty((4, len(sold)))
    _sell(sold, usd[rows], market.path("us_share"), products.vendor, products.abroad, vendors.cash, earned, parts)
    _book(market, "outside", "vendors", goods, sold)
    _book(market, "vendors", "frontier", goods, parts[0], parts[1], "world")
    _book(market, "vendors", "world", goods, parts[2], parts[3], "world")
    _pay_for_making(market, earned)
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


# --- the ways around a licence ---


def smuggle(market: Market, shipped: Floats, caught: Bools) -> tuple[Floats, Floats]:
    """Brokers buy from the rest of the world and ship; returns what landed and what was seized, (grey,).

    shipped   (brokers, grey) units
    caught    (brokers,) whose shipment is seized
    """
    brokers, rows = market.brokers, market.axis.grey
    total = shipped.sum(axis=0)
    lost = shipped[caught].sum(axis=0)
    brokers.stock += shipped * ~caught[:, None]
    owed = shipped * (1 + brokers.cost)[:, None] * market.products.price[market.axis.grey_source]
    brokers.cash -= owed.sum(axis=1)
    _book_rows(market, "world", "brokers", rows, total, owed.sum(axis=0), "grey")
    _book_rows(market, "brokers", "government", rows, lost, None, "seized")
    return total - lost, lost


def stock_shops(market: Market, cards: Floats, usd: Floats) -> None:
    """Shops take in gaming cards and pay for them, (gaming,) both."""
    market.shops.stock += cards
    market.shops.cash -= usd
    _book_rows(market, "outside", "shops", market.axis.gaming, cards, usd, "gaming")


def sell_gaming(market: Market, taken: Floats, gone: Floats, price: Floats) -> None:
    """Shops sell to workshops (workshops, gaming) and to gamers (gaming,) at a price (gaming,) USD."""
    shops, works, rows = market.shops, market.workshops, market.axis.gaming
    worked = _sell_gaming(taken, gone, price, shops.stock, shops.sold, shops.cash, works.cash)
    _book_rows(market, "shops", "outside", rows, gone, gone * price, "gamers")
    _book_rows(market, "shops", "workshops", rows, worked, worked * price, "gaming")


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
        stock[k] = _left(stock[k], sold[k])
    return worked


def convert_cards(market: Market, made: Floats, scrap: Floats, cost: Floats) -> Floats:
    """Workshops stock the cards they converted, (gaming,) returned, scrap the others and pay for the work.

    made, scrap   (workshops, gaming) cards
    cost          (workshops,) USD
    """
    works = market.workshops
    found, lost, paid = _stock_converted(made, scrap, cost, works.stock, works.cash)
    _pay(market, "workshops", "outside", paid, "conversion")
    _book_rows(market, "workshops", "outside", market.axis.gaming, lost, None, "scrap")
    return found


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


def roll_contracts(market: Market, signed: Floats, cut: bool) -> None:
    """Contracts for compute abroad (labs,) H100e begin, others run out; all end where access itself is cut."""
    after, ended = rental.roll(market.labs.rented, signed, cut)
    market.labs.rented[:] = after
    _book_rows(market, "labs", "outside", market.axis.offshore, np.array([ended.sum()]), None, "offshore")


# --- deliveries ---


def deliver_cards(market: Market, joins: Floats) -> None:
    """What is due leaves transit; it joins the fleet as `joins` (labs, products) units, young."""
    labs, products = market.labs, market.products
    arrived = labs.transit[:, :, 0].sum(axis=0)
    for pipeline in (labs.transit, products.transit_usd):
        pipeline[..., :-1] = pipeline[..., 1:]
        pipeline[..., -1] = 0.0
    labs.fleet[:, :, 0] += joins
    _book_by_channel(market, "transit", "labs", arrived)


def retire_cards(market: Market, removal: float) -> Floats:
    """State buyers remove foreign cards, fleets age and some cards leave; returns these, (products,) units.

    removal   share of their young foreign cards that state buyers take out
    """
    labs, c = market.labs, market.parameters.compute
    removed = np.zeros(len(market.products))
    if removal > 0:
        rows = labs.removable(market.axis.domestic)
        removed[rows[1].ravel()] = removal * labs.fleet[rows].sum(axis=(0, 2))
        labs.fleet[rows] *= 1 - removal
    retired = ageing.gone(labs.fleet.sum(axis=0), c.survival, c.life_months) + removed
    labs.fleet[:] = ageing.age(labs.fleet, c.survival, c.life_months)
    _book_by_channel(market, "labs", "outside", retired)
    return retired


def deliver_abroad(market: Market, us: float, rest: float) -> None:
    """Leaders and the rest of the world take delivery, H100e, and their fleets age."""
    c = market.parameters.compute
    market.frontier.fleet[:, 0] += market.frontier.weight * us
    market.world.fleet[:, 0] += rest
    for table in (market.frontier, market.world):
        table.fleet[:] = ageing.age(table.fleet, c.survival, c.life_months)


def wind_up(market: Market, failing: Bools) -> None:
    """Firms that exit sell cards second-hand to the other labs, by their weight, and the rest is scrapped.

    Cards on their way go to the buyers too, already paid for. Owners take what money is left; debt is written off.
    Named labs never fail, so that there always is a buyer.

    failing   (labs,)
    """
    labs, s, offshore = market.labs, market.parameters.startups, market.axis.offshore
    claim = labs.weight / labs.weight.sum()
    cards, coming = labs.fleet[failing].sum(axis=0), labs.transit[failing].sum(axis=0)
    labs.fleet[failing] = labs.transit[failing] = 0.0
    rented = np.array([labs.rented[failing].sum()])
    _book(market, "labs", "outside", market.setting.accounts[offshore], rented, None, "offshore")
    labs.rented[failing] = 0.0
    labs.fleet += claim[:, None, None] * s.resale * cards
    labs.transit += claim[:, None, None] * coming
    sold = s.resale * cards.sum(axis=1)
    usd = sold * market.products.price * s.resale_price
    _book_by_channel(market, "labs", "labs", sold, usd)
    _book_by_channel(market, "labs", "outside", (1 - s.resale) * cards.sum(axis=1))
    estate = float(labs.cash[failing].sum() + usd.sum())
    labs.cash[failing] = 0.0
    labs.cash -= claim * usd.sum()
    _pay(market, "labs", "outside", max(estate, 0.0), "returned")
    _pay(market, "outside", "labs", max(-estate, 0.0), "written off")


# --- the proof ---


def audit(market: Market) -> None:
    """Compare every table with the ledger; ArithmeticError where they differ by more than 1e-9 of the turnover."""
    wrong = {name: gap for name, gap in differences(market).items() if not gap <= 1e-9}
    if wrong:
        raise ArithmeticError(f"{market.date}: tables and ledger differ: {wrong}")


def differences(market: Market) -> dict[str, float]:
    """How far each sector's table is from the ledger's, over the turnover."""
    products, vendors, labs, ledger = market.products, market.vendors, market.labs, market.ledger
    setting, axis = market.setting, market.axis
    held = np.zeros((3, len(ledger.goods)))
    np.add.at(held[0], setting.accounts, products.stock)
    held[2, setting.accounts[axis.offshore]] = labs.rented.sum()
    held[0, setting.stacks] = vendors.stock.sum(axis=0)
    held[0, setting.dies] = vendors.dies.sum()
    np.add.at(held[1], setting.accounts, labs.transit.sum(axis=(0, 2)))
    np.add.at(held[2], setting.accounts, labs.fleet.sum(axis=(0, 2)))
    every = np.arange(held.shape[1])
    gaps = {
        name: ledger.difference(name, every, row)
        for name, row in zip(("vendors", "transit", "labs"), held, strict=True)
    }
    gaps["makers"] = ledger.difference("makers", setting.stacks, market.makers.stock.sum(axis=0))
    for name, rows in (("brokers", axis.grey), ("shops", axis.gaming), ("workshops", axis.gaming)):
        stock = getattr(market, name).stock
        by_row = stock if name == "shops" else stock.sum(axis=0)
        gaps[name] = ledger.difference(name, setting.accounts[rows], by_row)
    for name in ("labs", "vendors", "makers", "brokers", "shops", "workshops", "hosts"):
        gaps[f"{name}' money"] = ledger.money_difference(name, float(getattr(market, name).cash.sum()))
    return gaps
