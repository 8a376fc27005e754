"""The market for accelerators in China: what offers are worth, what is on sale, who may buy, and who gets it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.agents.governments import US
from abm.agents.labs import KINDS
from abm.foundation.compiled import compiled
from abm.law.levers import POLICIES
from abm.markets import grey, offshore
from abm.markets.clearing import DUST, Book, Trades, clear, wanted
from abm.records import Budgets, Offers, Rulings
from abm.rules import demand, licensing, production
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]

NOTIFY = POLICIES.index("notify")
SPENT = 1e-6
"""USD that rounding leaves of all labs' money when it is spent; no further round is held for it."""


# --- what offers are worth ---


def memory_weight(market: Market) -> tuple[float, float]:
    """Share of compute that serves users, and the weight of memory bandwidth in value that follows."""
    d, inference = market.parameters.demand, market.path("inference_share")
    return inference, d.memory_train * (1 - inference) + d.memory_infer * inference


def values(market: Market) -> Floats:
    """Value of a card of each product to a lab, in H100s, software included, (products,)."""
    d, products = market.parameters.demand, market.products
    inference, weight = memory_weight(market)
    hardware = demand.chip_value(
        products.compute,
        products.bandwidth,
        products.capacity,
        products.link,
        weight,
        inference,
        d.capacity_exponent,
        d.link_exponent,
    )
    return hardware * market.vendors.software[products.vendor] * products.term


def fleet_value(market: Market, cards: Floats) -> float:
    """Value of all labs' cards, (products,) units, rented ones among them, in H100s."""
    return float(cards @ (values(market) / market.products.term))


def levy(market: Market, rulings: Rulings) -> Floats:
    """Fee and duty on each foreign product, a share of its price, (foreign,)."""
    law, t = market.law, market.t
    return np.asarray((law.fee[t] + law.duty[t]) * rulings.needs_licence)


def asked(market: Market, rulings: Rulings) -> Floats:
    """What each card costs a buyer before hosting, with its part of fee and duty, USD (products,)."""
    products = market.products
    share = np.zeros(len(products))
    share[market.axis.licensed] = levy(market, rulings)
    return products.price * (1 + market.parameters.licensing.fee_to_buyer * share / np.maximum(1 - share, 0.05))


def utility(market: Market, value: Floats, cost: Floats, best: float, rows: Rows | slice = slice(None)) -> Floats:
    """Utility of some products: theta ln((value / cost) / best), best the value per dollar of the best product in the
    world at its list price."""
    return np.asarray(market.parameters.demand.theta * np.log(value[rows] / (cost[rows] * best)))


def considered(market: Market, utility: Floats, worth: Floats, dollars: Floats, money: float) -> Floats:
    """Utility of offers, less where they are worth far less per dollar than what is on sale, (offers,)."""
    return utility + demand.disregard(worth, dollars, money, market.parameters.demand.consideration)


def use_risk(market: Market) -> Floats:
    """Utility lost where using a chip may breach US rules, (products,)."""
    risky = market.law.use_risk[market.t][market.products.vendor]
    return np.asarray(market.parameters.demand.use_risk * risky)


# --- licences ---


def staffing(market: Market) -> float:
    """Cards whose applications the licensing staff can decide in a month."""
    posts = market.law.staff[market.t] * market.governments.staff[US]
    return float(posts) * market.parameters.licensing.cards_per_officer


def review_months(market: Market, rulings: Rulings) -> Floats:
    """Months of review by product: notification has its own clock, and a test in a laboratory adds to a licence's,
    (foreign,)."""
    law, t = market.law, market.t
    test = market.parameters.licensing.lab_test_months * law.lab_test[t]
    return np.where(rulings.policy == NOTIFY, law.notice[t], law.review[t] + test)


def standing(market: Market) -> Floats:
    """How each applicant fares against a civil one, (labs,): nothing when barred, less where owners may be listed."""
    law, x, t = market.law, market.parameters.licensing, market.t
    plain = market.labs.standing(bool(law.military[t]))
    return np.asarray(plain * (1 - licensing.affiliated(x.affiliates, float(law.ownership[t]))))


def eligible(market: Market, standing: Floats) -> Bools:
    """Who may buy what, (labs, products): foreign products those with some standing and, where only some buyers are
    cleared, the largest; government buyers only what is cleared for them."""
    law, t, axis, labs = market.law, market.t, market.axis, market.labs
    open_to = np.ones((len(labs), len(market.products)), dtype=bool)
    open_to[:, axis.licensed] = (standing > 0)[:, None]
    open_to[:, axis.offshore] = labs.may_rent()[:, None]
    if np.isfinite(law.buyers[t]).any():
        open_to[:, axis.licensed] &= labs.rank()[:, None] < law.buyers[t]
    if not law.cleared[t].all():
        state = labs.kind == KINDS.index("state")
        open_to[:, axis.domestic] &= ~state[:, None] | law.cleared[t][market.products.vendor[axis.domestic]]
    return open_to


def within_quotas(market: Market, granted: Floats, rows: Rows) -> Floats:
    """Grants (labs, rows) of some foreign products cut to what quotas leave: for a buyer, a product, all together."""
    law, t = market.law, market.t
    if all(np.isinf(limit[t]).all() for limit in (law.quota_all, law.quota_buyer, law.quota_us, law.quota)):
        return granted
    before = market.labs.granted[:, rows]
    own = np.minimum(granted, np.maximum(law.quota_buyer[t, rows] - before, 0.0))
    bound = np.isfinite(law.quota_us[t, rows])
    share = np.where(bound, law.quota_us[t, rows], 0.0)
    us = np.where(bound, np.maximum(share * market.products.abroad[rows] - before.sum(axis=0), 0.0), np.inf)
    own = licensing.ration_quota(own, np.minimum(law.quota[t, rows], us))
    total = float(own.sum())
    return own * min(1.0, law.quota_all[t] / total) if total > 0 else own


def wish(market: Market, rulings: Rulings, budgets: Budgets, offers: Offers, rows: Rows) -> Floats:
    """Units of some foreign products for which each lab would seek a licence this month, (labs, rows).

    It weighs an offer by the chance of a grant: few apply for what is hardly ever licensed.
    """
    labs, live, chance = market.labs, np.flatnonzero(offers.supply > 0), np.ones(len(market.products))
    chance[market.axis.licensed] = rulings.approval
    shares = np.zeros((len(labs), len(market.products)))
    cost = offers.cost[live]
    utility = considered(
        market, offers.utility[live], offers.value[live] / cost, (chance * offers.supply)[live] * cost,
        float(budgets.money.sum()),
    )  # fmt: skip
    utility += np.log(chance[live])
    shares[:, live] = labs.choose(
        utility, offers.eligible[:, live].astype(float), market.axis.nests[live], budgets.bias
    )
    return np.asarray(budgets.money[:, None] * shares[:, rows] * (rulings.accepted[rows] / offers.cost[rows]))


# --- what is on sale ---


def supply(market: Market, rulings: Rulings, price: Floats, world_line: Floats) -> Floats:
    """Units of each product on sale this month, (products,).

    price        (products,) USD asked
    world_line   (foreign,) share of a vendor's packages abroad that goes to a product
    """
    law, t, vendors, axis = market.law, market.t, market.vendors, market.axis
    products, foreign = market.products, market.axis.licensed
    ready = products.stock.copy()
    split = vendors.split(products, foreign, rulings.open[foreign], rulings.lawful, t)
    earned = _earned_in_china(market, rulings, price, split[0]), earned_abroad(market, world_line)
    most = vendors.allocate(*earned, float(law.firms[t]))
    made = vendors.supply_china(products, foreign, split, rulings.packages, most)
    ready[foreign] = np.minimum(_us_first(market, rulings, made) * law.free[t], rulings.room)
    ready[axis.grey] = market.brokers.stock.sum(axis=0)
    ready[axis.gaming] = market.workshops.stock.sum(axis=0)
    ready[axis.offshore] = offshore.free(market)
    return np.where(rulings.open & (ready > DUST), ready, 0.0)


def _us_first(market: Market, rulings: Rulings, made: Floats) -> Floats:
    """Units for China (foreign,) cut so that licensed sales take no more of a vendor's packages than licences allow
    that put US orders, or US use of foundries, first."""
    law, x, t = market.law, market.parameters.licensing, market.t
    most = min(x.us_first if law.us_first[t] else 1.0, x.foundry_first if law.foundry_first[t] else 1.0)
    if most >= 1:
        return made
    rows = market.axis.licensed
    owner, taken = market.products.vendor[rows], made * market.products.packages[rows] * rulings.needs_licence
    total = np.bincount(owner, taken, len(market.vendors))
    keep = np.minimum(1.0, np.divide(most * rulings.packages, total, out=np.ones_like(total), where=total > 0))
    return np.where(taken > 0, made * keep[owner], made)


def _earned_in_china(market: Market, rulings: Rulings, price: Floats, share: Floats) -> Floats:
    """USD a package of what each foreign vendor offers China, its part of fee and duty taken off, (vendors,).

    share   (foreign,) how it splits its packages
    """
    products, rows = market.products, market.axis.licensed
    net = price[rows] * np.maximum(1 - levy(market, rulings), 0.0)
    packages = products.packages[rows]
    per = np.divide(share * net, packages, out=np.zeros_like(net), where=packages > 0)
    return np.bincount(products.vendor[rows], per, len(market.vendors))


def earned_abroad(market: Market, world_line: Floats) -> Floats:
    """USD a package of what each foreign vendor sells to the rest of the world, (vendors,)."""
    products, rows = market.products, market.axis.licensed
    packages = np.maximum(products.packages[rows], 1.0)
    per = world_line * products.price[rows] / packages
    return np.bincount(products.vendor[rows], per, len(market.vendors)) * market.vendors.world_price


def world_line(market: Market) -> Floats:
    """Share of a vendor's packages abroad that goes to each of its products, (foreign,)."""
    products, share = market.products, np.zeros(len(market.products))
    rows = np.concatenate(list(market.setting.lines.values()) or [np.arange(0)])
    age = market.t - products.released[rows]
    share[rows] = production.world_mix(age, market.parameters.vendors.takeover_months, products.vendor[rows])
    return share[market.axis.licensed]


def sales_room(market: Market, packages: Floats) -> Floats:
    """Cards each Chinese vendor is ready to add to its unsold stock, (vendors,)."""
    rows, products, d = market.axis.domestic, market.products, market.parameters.domestic
    return _sales_room(
        products.vendor[rows], products.sales[rows], products.stock[rows], packages, d.least, d.stock_months
    )


@compiled
def _sales_room(vendor: Rows, sales: Floats, stock: Floats, packages: Floats, least: float, months: float) -> Floats:
    room = np.zeros(len(packages))
    for v in range(len(packages)):
        sold, unsold = 0.0, 0.0
        for k in range(len(vendor)):
            if vendor[k] == v:
                sold += sales[k]
                unsold += stock[k]
        room[v] = max(months * max(sold, least * packages[v]) - unsold, 0.0)
    return room


# --- who gets it ---


class Bought(NamedTuple):
    """What the rounds of a month come to.

    units    (labs, products); paid: (products,) USD for cards; spent: (labs,) USD with hosting
    orders   (products,) of the first round
    price    (products,) USD asked after dealers have called theirs
    """

    units: Floats
    paid: Floats
    spent: Floats
    orders: Floats
    price: Floats


class _Asked(NamedTuple):
    """Price, cost with hosting, and utility of each product, (products,), as they stand in the rounds."""

    price: Floats
    cost: Floats
    utility: Floats


@dataclass
class _Till:
    """What the rounds have come to for live offers: units (labs, live) bought, USD paid (live,) for cards and spent
    (labs,) with hosting (live,), and what is left on the shelf (live,) and of what each lab may take (labs, live)."""

    units: Floats
    paid: Floats
    spent: Floats
    host: Floats
    shelf: Floats
    cap: Floats

    def take(self, trades: Trades) -> Floats:
        """Trades go through; returns what they cost each lab, USD (labs,)."""
        cost, sold = trades.units @ (trades.price + self.host), trades.units.sum(axis=0)
        self.units += trades.units
        self.paid += sold * trades.price
        self.spent += cost
        self.shelf = np.maximum(self.shelf - sold, 0.0)
        self.cap = self.cap - trades.units
        return np.asarray(cost)


def rounds(market: Market, rulings: Rulings, budgets: Budgets, offers: Offers) -> Bought:
    """Labs spend their money in rounds; what an offer could not serve turns to others that still have stock.

    Money that a lab keeps is out of the later rounds. Where Beijing accepts only part of the orders for an import, the
    orders of the first round are all that a lab can get. Money that turns to dealers, in whichever round, waits until
    vendors and hosts have served what they can; dealers then call a price, and what they leave unserved is kept.
    """
    labs, products, axis = market.labs, market.products, market.axis
    live = np.flatnonzero(rulings.open & (offers.supply > 0))
    ask = _Asked(offers.price.copy(), offers.cost.copy(), offers.utility.copy())
    accepted, limit = _accepted(market, rulings, live), _limit(market, offers, live)
    home = (live >= axis.domestic.start) & (live < axis.domestic.stop)
    dealt = (live >= axis.grey.start) & (live < axis.gaming.stop)
    till, orders = _till(market, rulings, offers, live), np.zeros(len(products))
    left, waiting, at_once = budgets.money.copy(), np.zeros_like(till.units), (~dealt).astype(float)
    least = max(float(market.law.mandate[market.t]), float(market.law.grid[market.t]))
    for turn in range(market.parameters.trade.rounds):
        shares = _aims(market, budgets, offers, ask, live, accepted, till, left)
        offered = left[:, None] * labs.keep_mandate(shares, home, least)
        waiting += offered * dealt
        book = _book(market, ask, live, offered * (accepted * at_once), limit, till)
        if turn == 0:
            placed = wanted(book, book.price)
            orders[live] = placed.sum(axis=0)
        left = np.maximum(offered @ at_once - till.take(_cleared(market, live, book)), 0.0)
        if turn == 0:
            passed = placed - till.units
            till.cap = np.minimum(till.cap, np.where(accepted < 1, passed, np.inf))
        if float(left.sum()) < SPENT:
            break
    orders[live[dealt]] = _deal(market, offers, ask, live, waiting, limit, till)[dealt]
    whole, dollars = np.zeros((len(labs), len(products))), np.zeros(len(products))
    whole[:, live], dollars[live] = till.units, till.paid
    return Bought(whole, dollars, till.spent, orders, ask.price)


def _deal(
    market: Market, offers: Offers, ask: _Asked, live: Rows, waiting: Floats, limit: Floats, till: _Till
) -> Floats:
    """Dealers call their prices over the money that waits for them (labs, live) and sell; returns orders, (live,)."""
    _call(market, offers, ask, live, _book(market, ask, live, waiting, limit, till))
    book = _book(market, ask, live, waiting, limit, till)
    till.take(_cleared(market, live, book))
    return np.asarray(wanted(book, book.price).sum(axis=0))


def _till(market: Market, rulings: Rulings, offers: Offers, live: Rows) -> _Till:
    """Nothing bought yet, everything on sale."""
    none = np.zeros((len(market.labs), len(live)))
    host, cap = market.products.host[live], _caps(market, rulings, live)
    return _Till(none, np.zeros(len(live)), np.zeros(len(none)), host, offers.supply[live], cap)


def _aims(
    market: Market, budgets: Budgets, offers: Offers, ask: _Asked, live: Rows, accepted: Floats, till: _Till,
    left: Floats,
) -> Floats:  # fmt: skip
    """Share of its money left that each lab turns to each live offer, (labs, live); where licences would run out, it
    thinks again and turns what they cannot take to others."""
    labs, nests, cost = market.labs, market.axis.nests[live], ask.cost[live]
    open_to = offers.eligible[:, live] & (till.shelf > DUST) & (till.cap > DUST)
    within = np.minimum(till.shelf, np.where(offers.eligible[:, live], till.cap, 0.0).sum(axis=0))
    utility = considered(market, ask.utility[live], offers.value[live] / cost, within * cost, float(left.sum()))
    shares = labs.choose(utility, open_to.astype(float), nests, budgets.bias)
    asked = shares * left[:, None] * accepted
    fit = np.divide(till.cap * cost, asked, out=np.ones_like(asked), where=asked > 0)
    return labs.choose(utility, np.asarray(open_to * np.minimum(fit, 1.0)), nests, budgets.bias)


def _caps(market: Market, rulings: Rulings, live: Rows) -> Floats:
    """Units each lab may still take of each live offer: what it is licensed for where a licence is needed."""
    needs = np.zeros(len(market.products), dtype=bool)
    needs[market.axis.licensed] = rulings.needs_licence
    return np.where(needs[live], market.labs.licensed[:, live], np.inf)


def _accepted(market: Market, rulings: Rulings, live: Rows) -> Floats:
    """Share of orders for each live offer that Beijing accepts."""
    accepted = np.ones(len(market.products))
    accepted[market.axis.licensed] = rulings.accepted
    return accepted[live]


def _book(market: Market, ask: _Asked, live: Rows, offered: Floats, limit: Floats, till: _Till) -> Book:
    """The book at the prices asked now; of the money offered (labs, live) hosting takes its part."""
    price = ask.price[live]
    return Book(offered * (price / ask.cost[live]), price, till.shelf, limit, market.labs.flow, till.cap)


def _limit(market: Market, offers: Offers, live: Rows) -> Floats:
    """The most each lab would pay, (labs, live): up to where an offer is worth no more than keeping the money, and in
    any case the price asked when it turned to the offer."""
    d = market.parameters.demand
    keep = np.full(len(market.labs), d.outside)
    worth = demand.reservation_price(offers.value[live] / offers.best, market.products.host[live], keep, d.theta)
    return np.maximum(worth, offers.price[live])


def _call(market: Market, offers: Offers, ask: _Asked, live: Rows, book: Book) -> None:
    """Dealers call their prices where they hold a call auction; what offers cost and are worth follows."""
    rows, price = grey.call_prices(market, live, book)
    if len(rows):
        ask.price[rows] = price
        ask.cost[rows] = price + market.products.host[rows]
        ask.utility[rows] = utility(market, offers.value, ask.cost, offers.best, rows)


def _cleared(market: Market, live: Rows, book: Book) -> Trades:
    """Trades of a book: vendors' offers by their mechanism, dealers' at the price called or posted, rent pro rata."""
    axis, vendors, dealer = market.axis, market.parameters.trade.mechanism, market.parameters.grey.mechanism
    dealer = "pro_rata" if dealer == "call_auction" else dealer
    trades = clear(book, vendors)
    for way, first, last in (
        (dealer, axis.grey.start, axis.gaming.stop),
        ("pro_rata", axis.offshore.start, axis.offshore.stop),
    ):
        mine = (live >= first) & (live < last)
        if way != vendors and mine.any():
            other = clear(book, way)
            trades = Trades(np.where(mine, other.units, trades.units), np.where(mine, other.price, trades.price))
    return trades


def against_unrestricted(
    market: Market, budgets: Budgets, offers: Offers, bought: Bought
) -> tuple[Floats, Floats, Floats]:
    """What labs got against an unrestricted buyer at list prices who faces no rationing.

    returns   obtained (2,): value got and value that buyer would have got, in H100s; scarcity (labs,), 1 minus value
              per dollar got over value per dollar of that buyer; wanted (vendors,) USD that buyer would have paid
    """
    labs, products = market.labs, market.products
    rows = np.flatnonzero(offers.released)
    free_utility = market.parameters.demand.theta * np.log(offers.worth[rows] / offers.best)
    everyone = np.ones((len(labs), len(rows)))
    shares = labs.choose(free_utility, everyone, market.axis.nests[rows], budgets.bias)
    free = shares @ offers.worth[rows]
    best = free / np.maximum(shares @ np.ones(len(rows)), 1e-12)
    got = bought.units @ offers.value
    rate = np.divide(got, bought.spent, out=np.zeros_like(got), where=bought.spent > 0)
    short = (1 - rate / np.maximum(best, 1e-30)).clip(0.0, 1.0)
    part = products.price[rows] / (products.price[rows] + products.host[rows])
    wanted = np.bincount(products.vendor[rows], labs.flow @ shares * part, len(market.vendors))
    obtained = np.array([got.sum(), (labs.flow * free).sum()])
    return obtained, np.where(budgets.money > 0, short, 0.0), wanted
