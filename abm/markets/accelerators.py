"""The market for accelerators in China: what offers are worth, what is on sale, who may buy, and who gets it."""

import numpy as np
from numpy.typing import NDArray

from abm.agents.governments import US
from abm.agents.labs import KINDS
from abm.law.levers import POLICIES
from abm.markets import offshore
from abm.markets.clearing import DUST
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
    rows, products = market.axis.domestic, market.products

    def total(column: Floats) -> Floats:
        return np.bincount(products.vendor[rows], column[rows], len(market.vendors))

    sales = np.maximum(total(products.sales), market.parameters.domestic.least * packages)
    return np.maximum(market.parameters.domestic.stock_months * sales - total(products.stock), 0.0)
