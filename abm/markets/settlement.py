"""Settlement, where goods and money change hands: each function books a transfer and moves the columns that hold it.

Nothing else assigns cash, stocks, fleets, cards in transit or rented compute (tests/test_settlement.py looks).
"""

import numpy as np
from numpy.typing import NDArray

from abm.agents.governments import US
from abm.foundation.compiled import compiled
from abm.markets import fleets
from abm.markets.clearing import DUST
from abm.markets.hbm import Sales
from abm.rules import rental
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


def sell_stacks(market: Market, sales: Sales) -> tuple[Floats, Floats]:
    """Makers sell stacks to Chinese vendors and to the rest of the world.

    returns   Chinese stacks received (vendors,), and USD earned in China and in the rest of the world (2, makers)
    """
    makers, vendors, goods = market.makers, market.vendors, market.setting.stacks
    received, moved, earned = _sell_stacks(
        makers.stock, makers.cash, vendors.stock, vendors.cash, market.setting.hbm_price[market.t], sales.to_china,
        sales.due, sales.paid, sales.at_home, sales.use, sales.home, sales.abroad, sales.away,
    )  # fmt: skip
    _book(market, "makers", "vendors", goods, moved[0, 0], moved[0, 1], "hbm")
    _book(market, "makers", "outside", goods, moved[1, 0], moved[1, 1], "world")
    return received, earned


@compiled
def _sell_stacks(
    stock: Floats, cash: Floats, held: Floats, purse: Floats, price: Floats, to_china: Floats, due: Floats,
    paid: Floats, at_home: Floats, use: Floats, home: float, abroad: Floats, away: float,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """Makers' and vendors' stacks and cash after the sales; returns Chinese stacks received (vendors,), and for China
    and the world stacks and USD by generation (2, 2, generations) and USD by maker (2, makers)."""
    received, moved, earned = np.zeros((2, len(use))), np.zeros((2, 2, len(price))), np.zeros((2, len(cash)))
    mean = _take_in(held, purse, to_china, price, due, paid, received[0])
    _hand_over(stock, cash, to_china, price, mean, moved[0], earned[0])
    mean = _take_in(held, purse, at_home, price, use, np.full(len(use), home), received[1])
    _hand_over(stock, cash, at_home, price, mean, moved[0], earned[0])
    _hand_over(stock, cash, abroad, price, away, moved[1], earned[1])
    return received[1], moved, earned


@compiled
def _take_in(
    held: Floats, purse: Floats, sold: Floats, price: Floats, claims: Floats, paid: Floats, received: Floats
) -> float:
    """Vendors share out stacks sold (makers, generations) by their claims and pay for them, each so much over the
    reference price; returns what they pay over it on average."""
    whole, mean = 0.0, 0.0
    for v in range(len(claims)):
        whole += claims[v]
    for v in range(len(claims)):
        part = claims[v] / max(whole, 1e-9)
        mean += part * paid[v]
        for maker in range(sold.shape[0]):
            for generation in range(sold.shape[1]):
                stacks = part * sold[maker, generation]
                held[v, generation] += stacks
                purse[v] -= stacks * price[generation] * paid[v]
                received[v] += stacks
    return mean


@compiled
def _hand_over(
    stock: Floats, cash: Floats, sold: Floats, price: Floats, paid: float, moved: Floats, earned: Floats
) -> None:
    """Makers hand over stacks sold (makers, generations) and are paid so much over the reference price; what moves adds
    to stacks and USD by generation (2, generations) and to USD by maker."""
    for maker in range(sold.shape[0]):
        for generation in range(sold.shape[1]):
            usd = sold[maker, generation] * price[generation] * paid
            stock[maker, generation] = max(stock[maker, generation] - sold[maker, generation], 0.0)
            moved[0, generation] += sold[maker, generation]
            moved[1, generation] += usd
            cash[maker] += usd
            earned[maker] += usd


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
    gone, used = _use_up(vendors.stock, vendors.dies, stacks, dies)
    vendors.note_use(used)
    _book(market, "vendors", "outside", market.setting.dies, np.array([dies.sum()]))
    _book(market, "vendors", "outside", market.setting.stacks, gone)
    market.products.stock[home] += cards
    _book(market, "outside", "vendors", accounts[home], cards)


@compiled
def _use_up(stock: Floats, held: Floats, stacks: Floats, dies: Floats) -> tuple[Floats, Floats]:
    """Stacks and dies (vendors,) leave stock; returns stacks used, by generation and by vendor."""
    gone, used = np.zeros(stock.shape[1]), np.zeros(len(dies))
    for v in range(len(dies)):
        whole = 0.0
        for generation in range(stock.shape[1]):
            whole += stock[v, generation]
        part = min(stacks[v] / whole, 1.0) if whole > 0 else 0.0
        for generation in range(stock.shape[1]):
            taken = stock[v, generation] * part
            stock[v, generation] -= taken
            gone[generation] += taken
            used[v] += taken
        held[v] = max(held[v] - dies[v], 0.0)
    return gone, used


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
    landed, lost, owed = _smuggle(
        shipped, caught, brokers.cost, market.products.price, market.axis.grey_source, brokers.stock, brokers.cash
    )
    _book_rows(market, "world", "brokers", rows, landed + lost, owed, "grey")
    _book_rows(market, "brokers", "government", rows, lost, None, "seized")
    return landed, lost


@compiled
def _smuggle(
    shipped: Floats, caught: Bools, cost: Floats, price: Floats, source: Rows, stock: Floats, cash: Floats
) -> tuple[Floats, Floats, Floats]:
    """Move shipments that are not caught into stock (brokers, grey) and what all cost out of cash (brokers,); returns
    what landed, what was lost and USD owed, (grey,)."""
    landed, lost, owed = np.zeros(len(source)), np.zeros(len(source)), np.zeros(len(source))
    for b in range(len(cost)):
        for k in range(len(source)):
            usd = shipped[b, k] * (1 + cost[b]) * price[source[k]]
            owed[k] += usd
            cash[b] -= usd
            if caught[b]:
                lost[k] += shipped[b, k]
            else:
                landed[k] += shipped[b, k]
                stock[b, k] += shipped[b, k]
    return landed, lost, owed


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


def deliver_cards(market: Market, joined: Rows, removal: float) -> tuple[Floats, Floats, Floats, Floats]:
    """What is due leaves transit and joins fleets; state buyers remove foreign cards, fleets age and some cards leave.

    joined    (products,) the row of the fleet that each product joins
    removal   share of their young foreign cards that state buyers take out
    returns   units delivered, (labs, products) and (products,), and what they are worth, USD (products,); units that
              left fleets, (products,)
    """
    labs, coming, c, home = market.labs, market.products.transit_usd, market.parameters.compute, market.axis.domestic
    delivered, arrived, retired = fleets.pass_month(
        labs.transit,
        labs.fleet,
        joined,
        labs.in_projects(),
        home.start,
        home.stop,
        removal,
        c.survival,
        c.life_months,
    )
    billed = coming[:, 0].copy()
    coming[:, :-1] = coming[:, 1:]
    coming[:, -1] = 0.0
    _book_by_channel(market, "transit", "labs", arrived)
    _book_by_channel(market, "labs", "outside", retired)
    return delivered, arrived, billed, retired


def deliver_abroad(market: Market, us: float, rest: float) -> None:
    """Leaders and the rest of the world take delivery, H100e, and their fleets age."""
    c, frontier = market.parameters.compute, market.frontier
    for table, joining in ((frontier, frontier.weight * us), (market.world, np.array([rest]))):
        fleets.join_abroad(table.fleet, joining, c.survival, c.life_months)


def wind_up(market: Market, failing: Bools) -> None:
    """Firms that exit sell cards second-hand to the other labs, by their weight, and the rest is scrapped.

    Cards on their way go to the buyers too, already paid for. Owners take what money is left; debt is written off.
    Named labs never fail, so that there always is a buyer.

    failing   (labs,)
    """
    labs, s, offshore = market.labs, market.parameters.startups, market.axis.offshore
    claim = labs.weight / labs.weight.sum()
    cards = fleets.hand_over(labs.fleet, failing, claim, s.resale)
    fleets.hand_over(labs.transit, failing, claim, 1.0)
    rented = np.array([labs.rented[failing].sum()])
    _book(market, "labs", "outside", market.setting.accounts[offshore], rented, None, "offshore")
    labs.rented[failing] = 0.0
    sold = s.resale * cards
    usd = sold * market.products.price * s.resale_price
    _book_by_channel(market, "labs", "labs", sold, usd)
    _book_by_channel(market, "labs", "outside", (1 - s.resale) * cards)
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
