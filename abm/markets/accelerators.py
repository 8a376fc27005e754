"""The market for accelerators in China: what offers are worth, what is on sale, who may buy, and who gets it."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.agents.lab import KINDS, rank
from abm.agents.regulator import US
from abm.law.levers import POLICIES
from abm.markets import dealers
from abm.markets.clearing import DUST, Book, Trades, clear, wanted
from abm.rules import demand, licensing

if TYPE_CHECKING:
    from abm.model import ChipMarket

Floats = NDArray[np.float64]

NOTIFY = POLICIES.index("notify")
SPENT = 1e-6
"""USD that rounding leaves of all labs' money when it is spent; no further round is held for it."""


def memory_weight(m: "ChipMarket") -> tuple[float, float]:
    """Share of compute that serves users, and the weight of memory bandwidth in value that follows."""
    d = m.p.demand
    inference = float(m.paths["inference_share"][m.t])
    return inference, d.memory_train * (1 - inference) + d.memory_infer * inference


def values(m: "ChipMarket") -> Floats:
    """Value of a card of each product to a lab, in H100s, software included, (products,)."""
    d, products = m.p.demand, m.products
    inference, weight = memory_weight(m)
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
    return hardware * m.vendors.software[products.vendor] * products.term


def appraise(m: "ChipMarket") -> tuple[Floats, Floats]:
    """What each card costs a buyer, with hosting and its part of fee and duty, and its utility, (products,).

    u = theta ln((value / cost) / best) - risk, best the value per dollar of the best product in the world at its list
    price, risk where using a chip may breach US rules
    """
    products, s, t = m.products, m.schedule, m.t
    levy = np.zeros(len(products))
    levy[m.foreign] = (s.fee[t] + s.duty[t]) * m.now.needs_licence
    m.now.price = products.price * (1 + m.p.licensing.fee_to_buyer * levy / np.maximum(1 - levy, 0.05))
    m.now.value = values(m)
    cost = m.now.price + products.host
    risk = m.p.demand.use_risk * m.conditions.use_risk[t][products.vendor]
    m.now.worth = m.now.value / (products.price + products.host)
    m.now.released = (products.released <= t) & (np.arange(len(products)) < m.home.stop)
    m.now.best = float(m.now.worth[m.now.released].max())
    return cost, m.p.demand.theta * np.log(m.now.value / (cost * m.now.best)) - risk


def staffing(m: "ChipMarket") -> float:
    """Cards whose applications the licensing staff can decide in a month."""
    return float(m.conditions.staff[m.t] * m.regulators.staff[US]) * m.p.licensing.cards_per_officer


def review_months(m: "ChipMarket") -> Floats:
    """Months of review by product: notification has its own clock, and a test in a laboratory adds to a licence's,
    (foreign products,)."""
    s, t = m.schedule, m.t
    licence = s.review[t] + m.p.licensing.lab_test_months * m.conditions.lab_test[t]
    return np.where(m.now.policy == NOTIFY, s.notice[t], licence)


def standing(m: "ChipMarket") -> Floats:
    """How each applicant fares against a civil one, (labs,): nothing when barred, less where owners may be listed."""
    c, x, t = m.conditions, m.p.licensing, m.t
    plain = m.kinds.lab.standing(m.labs, m.p, bool(c.military[t]))
    return np.asarray(plain * (1 - licensing.affiliated(x.affiliates, float(c.ownership[t]))))


def leaked(m: "ChipMarket") -> Floats:
    """Licensed cards in the hands of users whom law bars, (foreign products,): they leave like the others, and a share
    of what is delivered slips through the checks."""
    x, rows = m.p.licensing, m.foreign
    slips = licensing.slip_through(x.leak, x.check_effect, m.conditions.checks[m.t]) * m.now.needs_licence
    kept, gone = m.now.fleet[:, rows].sum(axis=0), m.now.retired[rows]
    stay = np.divide(kept, kept + gone, out=np.zeros_like(kept), where=kept + gone > 0)
    return np.asarray((m.products.leaked[rows] + slips * m.now.arrived[rows]) * stay)


def eligible(m: "ChipMarket", standing: Floats) -> NDArray[np.bool_]:
    """Who may buy what, (labs, products): foreign products those with some standing and, where only some buyers are
    cleared, the largest; government buyers only what is cleared for them."""
    c, t = m.conditions, m.t
    open_to = np.ones((len(m.labs), len(m.products)), dtype=bool)
    open_to[:, m.foreign] = (standing > 0)[:, None]
    open_to[:, m.offshore] = m.kinds.lab.may_rent(m.labs)[:, None]
    if np.isfinite(c.buyers[t]).any():
        open_to[:, m.foreign] &= rank(m.labs)[:, None] < c.buyers[t]
    if not c.cleared[t].all():
        state = m.labs.kind == KINDS.index("state")
        open_to[:, m.home] &= ~state[:, None] | c.cleared[t][m.products.vendor[m.home]]
    return open_to


def wish(m: "ChipMarket", rows: NDArray[np.int64]) -> Floats:
    """Units of some foreign products that each lab would buy this month if it were licensed, (labs, rows)."""
    now, live = m.now, np.flatnonzero(m.now.supply > 0)
    shares = np.zeros((len(m.labs), len(m.products)))
    shares[:, live] = m.kinds.lab.choose(
        m.labs, now.utility[live], now.eligible[:, live], m.place.nests[live], now.bias, m.p
    )
    return np.asarray(now.money[:, None] * shares[:, rows] * (now.accepted[rows] / now.cost[rows]))


def within_quotas(m: "ChipMarket", granted: Floats, rows: NDArray[np.int64]) -> Floats:
    """Grants (labs, rows) of some foreign products cut to what quotas leave: for a buyer, a product, all together."""
    s, t = m.schedule, m.t
    if all(np.isinf(limit[t]).all() for limit in (s.quota_all, s.quota_buyer, s.quota_us, s.quota)):
        return granted
    before = m.labs.granted[:, rows]
    own = np.minimum(granted, np.maximum(s.quota_buyer[t, rows] - before, 0.0))
    bound = np.isfinite(s.quota_us[t, rows])
    share = np.where(bound, s.quota_us[t, rows], 0.0)
    us = np.where(bound, np.maximum(share * m.products.abroad[rows] - before.sum(axis=0), 0.0), np.inf)
    own = licensing.ration_quota(own, np.minimum(s.quota[t, rows], us))
    total = float(own.sum())
    return own * min(1.0, s.quota_all[t] / total) if total > 0 else own


def supply(m: "ChipMarket") -> Floats:
    """Units of each product on sale this month, (products,)."""
    s, t, vendor = m.schedule, m.t, m.kinds.vendor
    ready = m.products.stock.copy()
    split = vendor.split(m.products, m.foreign, m.now.open[m.foreign], t, m.p)
    most = vendor.divide(m.vendors, _earned_in_china(m, split[0]), earned_abroad(m), float(s.firms[t]), m.p)
    made = vendor.supply_china(m.products, m.foreign, split, m.now.packages, most, m.p)
    ready[m.foreign] = _us_first(m, made) * s.free[t]
    ready[m.home.stop : m.sold] = dealers.on_sale(m)
    return np.where(m.now.open & (ready > DUST), ready, 0.0)


def _us_first(m: "ChipMarket", made: Floats) -> Floats:
    """Units for China (foreign products,) cut so that licensed sales take no more of a vendor's packages than licences
    allow that put US orders, or US use of foundries, first."""
    c, x, t = m.conditions, m.p.licensing, m.t
    most = min(x.us_first if c.us_first[t] else 1.0, x.foundry_first if c.foundry_first[t] else 1.0)
    if most >= 1:
        return made
    owner, taken = m.products.vendor[m.foreign], made * m.products.packages[m.foreign] * m.now.needs_licence
    total = np.bincount(owner, taken, len(m.vendors))
    keep = np.minimum(1.0, np.divide(most * m.now.packages, total, out=np.ones_like(total), where=total > 0))
    return np.where(taken > 0, made * keep[owner], made)


def _earned_in_china(m: "ChipMarket", share: Floats) -> Floats:
    """USD a package of what each foreign vendor offers China, its part of fee and duty taken off, (vendors,).

    share   (foreign products,) how it splits its packages
    """
    products, rows, t = m.products, m.foreign, m.t
    levy = (m.schedule.fee[t] + m.schedule.duty[t]) * m.now.needs_licence
    net = m.now.price[rows] * np.maximum(1 - levy, 0.0)
    packages = products.packages[rows]
    per = np.divide(share * net, packages, out=np.zeros_like(net), where=packages > 0)
    return np.bincount(products.vendor[rows], per, len(m.vendors))


def earned_abroad(m: "ChipMarket") -> Floats:
    """USD a package of what each foreign vendor sells to the rest of the world, (vendors,)."""
    products, rows = m.products, m.foreign
    packages = np.maximum(products.packages[rows], 1.0)
    per = m.now.world_line * products.price[rows] / packages
    return np.bincount(products.vendor[rows], per, len(m.vendors)) * m.vendors.world_price


def sales_room(m: "ChipMarket", packages: Floats) -> Floats:
    """Cards each Chinese vendor is ready to add to its unsold stock, (vendors,)."""
    rows, vendors = m.home, m.vendors
    total = lambda column: np.bincount(m.products.vendor[rows], column[rows], len(vendors))  # noqa: E731
    sales = np.maximum(total(m.products.sales), 0.1 * packages)
    return np.maximum(m.p.domestic.stock_months * sales - total(m.products.stock), 0.0)


def rounds(m: "ChipMarket", supply: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Labs spend their money in rounds; what an offer could not serve turns to others that still have stock.

    Money that a lab keeps is out of the later rounds. Where Beijing accepts only part of the orders for an import, the
    orders of the first round are all that a lab can get.

    supply    (products,) units
    returns   bought (labs, products), paid (products,) USD for cards, spent (labs,) USD with hosting, and the first
              round's orders (products,)
    """
    now, p, labs = m.now, m.p, m.labs
    live = np.flatnonzero(now.open & (supply > 0))
    nests, host, accepted, limit = m.place.nests[live], m.products.host[live], _accepted(m, live), _limit(m, live)
    home = (live >= m.home.start) & (live < m.home.stop)
    left, stock = now.money.copy(), supply[live]
    bought, paid = np.zeros((len(labs), len(live))), np.zeros(len(live))
    spent, orders, each = np.zeros(len(labs)), np.zeros(len(m.products)), np.ones(len(live))
    cap, least = _caps(m, live), max(float(m.schedule.mandate[m.t]), float(m.conditions.grid[m.t]))
    allowed = now.eligible[:, live]
    for turn in range(p.trade.rounds):
        open_to = allowed & (stock > DUST) & (cap > 1e-12)
        shares = m.kinds.lab.choose(labs, now.utility[live], open_to, nests, now.bias, p)
        shares = m.kinds.lab.keep_mandate(labs, shares, home, least)
        offered = left[:, None] * shares
        if turn == 0:
            dealers.call(m, live, _book(m, live, offered * accepted, stock, limit, cap))
        book = _book(m, live, offered * accepted, stock, limit, cap)
        trades = _cleared(m, live, book)
        if turn == 0:
            placed = wanted(book, book.price)
            orders[live] = placed.sum(axis=0)
            cap = np.minimum(cap, np.where(accepted < 1, placed, np.inf))
        cost = trades.units @ (trades.price + host)
        left = np.maximum(offered @ each - cost, 0.0)
        bought += trades.units
        units = trades.units.sum(axis=0)
        paid += units * trades.price
        spent += cost
        stock = np.maximum(stock - units, 0.0)
        cap = cap - trades.units
        if float(left.sum()) < SPENT:
            break
    whole, dollars = np.zeros((len(labs), len(m.products))), np.zeros(len(m.products))
    whole[:, live], dollars[live] = bought, paid
    return whole, dollars, spent, orders


def _caps(m: "ChipMarket", live: NDArray[np.int64]) -> Floats:
    """Units each lab may still take of each live offer: what it is licensed for where a licence is needed."""
    needs = np.zeros(len(m.products), dtype=bool)
    needs[m.foreign] = m.now.needs_licence
    return np.where(needs[live], m.labs.licensed[:, live], np.inf)


def _accepted(m: "ChipMarket", live: NDArray[np.int64]) -> Floats:
    """Share of orders for each live offer that Beijing accepts."""
    accepted = np.ones(len(m.products))
    accepted[m.foreign] = m.now.accepted
    return accepted[live]


def _book(m: "ChipMarket", live: NDArray[np.int64], offered: Floats, stock: Floats, limit: Floats, cap: Floats) -> Book:
    """The book at the prices asked now; of the money offered (labs, live) hosting takes its part."""
    price = m.now.price[live]
    return Book(offered * (price / m.now.cost[live]), price, stock, limit, m.labs.flow, cap)


def _limit(m: "ChipMarket", live: NDArray[np.int64]) -> Floats:
    """The most each lab would pay: where an offer is worth no more than keeping the money, (labs, live)."""
    now, d = m.now, m.p.demand
    keep = np.full(len(m.labs), d.outside)
    return demand.reservation_price(now.value[live] / now.best, m.products.host[live], keep, d.theta)


def _cleared(m: "ChipMarket", live: NDArray[np.int64], book: Book) -> Trades:
    """Trades of a book: vendors' offers by their mechanism, dealers' at the price called or posted, rent pro rata."""
    vendors, dealer = m.p.trade.mechanism, m.p.grey.mechanism
    dealer = "pro_rata" if dealer == "call_auction" else dealer
    trades = clear(book, vendors)
    for way, first, last in ((dealer, m.grey.start, m.gaming.stop), ("pro_rata", m.offshore.start, m.offshore.stop)):
        mine = (live >= first) & (live < last)
        if way != vendors and mine.any():
            other = clear(book, way)
            trades = Trades(np.where(mine, other.units, trades.units), np.where(mine, other.price, trades.price))
    return trades


def against_unrestricted(m: "ChipMarket") -> tuple[Floats, Floats, Floats]:
    """What labs got against an unrestricted buyer at list prices who faces no rationing.

    returns   obtained (2,): value got and value that buyer would have got, in H100s; felt (labs,) scarcity, 1 minus
              value per dollar got over value per dollar of that buyer; wanted (vendors,) USD that buyer would have paid
    """
    now, labs = m.now, m.labs
    rows = np.flatnonzero(now.released)
    utility = m.p.demand.theta * np.log(now.worth[rows] / now.best)
    everyone = np.ones(len(rows), dtype=bool)
    shares = m.kinds.lab.choose(labs, utility, everyone, m.place.nests[rows], now.bias, m.p)
    free = shares @ now.worth[rows]
    best = free / np.maximum(shares @ np.ones(len(rows)), 1e-12)
    got = now.bought @ now.value
    rate = np.divide(got, now.spent, out=np.zeros_like(got), where=now.spent > 0)
    felt = (1 - rate / np.maximum(best, 1e-30)).clip(0.0, 1.0)
    part = m.products.price[rows] / (m.products.price[rows] + m.products.host[rows])
    wanted = np.bincount(m.products.vendor[rows], labs.flow @ shares * part, len(m.vendors))
    return np.array([got.sum(), (labs.flow * free).sum()]), np.where(now.money > 0, felt, 0.0), wanted
