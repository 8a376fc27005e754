"""The market for accelerators in China: what offers are worth, what is on sale, and who may buy."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.agents.labs import KINDS
from abm.foundation.compiled import compiled
from abm.markets import offshore
from abm.markets.clearing import DUST
from abm.records import Rulings
from abm.rules import demand, production
from abm.state import Market

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]

STATE = KINDS.index("state")


# --- what offers are worth ---


class Appraisal(NamedTuple):
    """What cards cost and are worth, (products,) each, as in `Offers`; best of what is released."""

    price: Floats
    cost: Floats
    value: Floats
    utility: Floats
    worth: Floats
    released: Bools
    best: float


def memory_weight(market: Market) -> tuple[float, float]:
    """Share of compute that serves users, and the weight of memory bandwidth in value that follows."""
    d, inference = market.parameters.demand, market.path("inference_share")
    return inference, d.memory_train * (1 - inference) + d.memory_infer * inference


def values(market: Market) -> Floats:
    """Value of a card of each product to a lab, in H100s, software included, (products,)."""
    d, products = market.parameters.demand, market.products
    inference, weight = memory_weight(market)
    return _values(
        products.compute, products.bandwidth, products.capacity, products.link, products.term, products.vendor,
        market.vendors.software, weight, inference, d.capacity_exponent, d.link_exponent,
    )  # fmt: skip


def fleet_value(market: Market, cards: Floats) -> float:
    """Value of all labs' cards, (products,) units, rented ones among them, in H100s."""
    return float(cards @ (values(market) / market.products.term))


def levy(market: Market, rulings: Rulings) -> Floats:
    """Fee and duty on each foreign product, a share of its price, (foreign,)."""
    law, t = market.law, market.t
    return np.asarray((law.fee[t] + law.duty[t]) * rulings.needs_licence)


def appraise(market: Market, levied: Floats) -> Appraisal:
    """What each card costs a buyer, with its part of fee and duty (foreign,), and is worth to a lab."""
    products, d, t, n = market.products, market.parameters.demand, market.t, len(market.products)
    price, value = _asked(products.price, levied, market.parameters.licensing.fee_to_buyer), values(market)
    cost, utility, worth, released = np.empty(n), np.empty(n), np.empty(n), np.empty(n, dtype=np.bool_)
    best = _appraise(
        price, value, products.price, products.host, products.released, products.vendor, market.law.use_risk[t], t,
        market.axis.domestic.stop, d.theta, d.use_risk, cost, utility, worth, released,
    )  # fmt: skip
    return Appraisal(price, cost, value, utility, worth, released, best)


@compiled
def _values(
    compute: Floats, bandwidth: Floats, capacity: Floats, link: Floats, term: Floats, vendor: Rows, software: Floats,
    weight: float, inference: float, capacity_exponent: float, link_exponent: float,
) -> Floats:  # fmt: skip
    """The loop of `values`: columns of products, software (vendors,), and the numbers of `demand.chip_value`."""
    value = np.empty(len(compute))
    for k in range(len(value)):
        hardware = demand.chip_value(
            compute[k], bandwidth[k], capacity[k], link[k], weight, inference, capacity_exponent, link_exponent
        )
        value[k] = hardware * software[vendor[k]] * term[k]
    return value


@compiled
def _asked(price: Floats, levied: Floats, to_buyer: float) -> Floats:
    """Price with the buyer's part of fee and duty, (products,) USD, of which foreign ones, (foreign,), stand first."""
    asked = price.copy()
    for k in range(len(levied)):
        asked[k] *= 1 + to_buyer * levied[k] / max(1 - levied[k], 0.05)
    return asked


@compiled
def _appraise(
    asked: Floats, value: Floats, price: Floats, host: Floats, release: Floats, vendor: Rows, risky: Bools, month: int,
    own: int, theta: float, use_risk: float, cost: Floats, utility: Floats, worth: Floats, released: Bools,
) -> float:  # fmt: skip
    """Cost with hosting; utility theta ln((value / cost) / best), less where using a chip may breach US law, and value
    per dollar at list price, (products,) each; returns the largest of that among released chips that vendors sell.

    asked to vendor   (products,) USD asked, H100s, USD at list, USD of hosting, month, place
    risky             (vendors,) whether using its chips may breach US law
    own               where products begin that vendors do not sell
    """
    best = 0.0
    for k in range(len(asked)):
        cost[k] = asked[k] + host[k]
        worth[k] = value[k] / (price[k] + host[k])
        released[k] = k < own and release[k] <= month
        if released[k]:
            best = max(best, worth[k])
    for k in range(len(asked)):
        utility[k] = theta * math.log(value[k] / (cost[k] * best)) - use_risk * risky[vendor[k]]
    return best


# --- who may buy ---


def eligible(market: Market, standing: Floats) -> Bools:
    """Who may buy what, (labs, products): foreign products those with some standing and, where only some buyers are
    cleared, the largest; government buyers only what is cleared for them."""
    law, t, axis, labs = market.law, market.t, market.axis, market.labs
    limited = law.buyers[t].min(initial=np.inf) < np.inf
    place = labs.rank() if limited else np.zeros(len(labs), dtype=np.int64)
    open_to = np.empty((len(labs), len(market.products)), dtype=np.bool_)
    _let_in(
        standing, place, labs.may_rent(), labs.kind, law.buyers[t], law.cleared[t], market.products.vendor,
        axis.domestic.start, axis.domestic.stop, axis.offshore.start, open_to,
    )  # fmt: skip
    return open_to


@compiled
def _let_in(
    standing: Floats, place: Rows, may_rent: Bools, kind: Rows, buyers: Floats, cleared: Bools, vendor: Rows, home: int,
    home_end: int, rent: int, open_to: Bools,
) -> None:  # fmt: skip
    """Say who may buy what, (labs, products).

    standing, place, may_rent, kind   (labs,) as applicants, by size, whether it may rent abroad, place in KINDS
    buyers     (foreign,) how many, the largest, may buy; foreign products stand first
    cleared    (vendors,) whether for the state
    vendor     (products,) place; Chinese ones from home to home_end; rent: what is rented abroad
    """
    for i in range(len(standing)):
        open_to[i, :] = True
        for k in range(len(buyers)):
            open_to[i, k] = standing[i] > 0 and place[i] < buyers[k]
        if kind[i] == STATE:
            for k in range(home, home_end):
                open_to[i, k] = cleared[vendor[k]]
        open_to[i, rent] = may_rent[i]


# --- what is on sale ---


def supply(market: Market, rulings: Rulings, price: Floats, levied: Floats, world_line: Floats) -> Floats:
    """Units of each product on sale this month, (products,).

    price        (products,) USD asked
    levied       (foreign,) fee and duty, a share of the price
    world_line   (foreign,) share of a vendor's packages abroad that goes to a product
    """
    law, t, vendors, axis = market.law, market.t, market.vendors, market.axis
    products, foreign = market.products, market.axis.licensed
    split = vendors.split(products, foreign, rulings.open[foreign], rulings.lawful, t)
    china, world = _earned(
        split[0], world_line, price, levied, products.price, products.packages, products.vendor, vendors.world_price
    )
    most = vendors.allocate(china, world, float(law.firms[t]))
    made = vendors.supply_china(products, foreign, split, rulings.packages, most)
    return _on_sale(
        _us_first(market, rulings, made), law.free[t], rulings.room, rulings.open, products.stock, market.brokers.stock,
        market.workshops.stock, offshore.free(market), axis.domestic.start, axis.grey.start, axis.gaming.start,
        axis.offshore.start,
    )  # fmt: skip


@compiled
def _on_sale(
    made: Floats, free: Floats, room: Floats, way_in: Bools, stock: Floats, brokers: Floats, workshops: Floats,
    rent: float, domestic: int, grey: int, gaming: int, offshore: int,
) -> Floats:  # fmt: skip
    """Units on sale, (products,), of what may be sold; dust is no offer.

    made, free, room     (foreign,) units let go, share of the month that is free, units that Beijing lets in
    way_in, stock        (products,) whether it may be sold; units
    brokers, workshops   (dealers, k) units; rent: H100e
    domestic to offshore   where channels begin, foreign products first
    """
    ready = np.zeros(len(way_in))
    for k in range(len(made)):
        ready[k] = min(made[k] * free[k], room[k])
    for k in range(domestic, grey):
        ready[k] = stock[k]
    for b in range(len(brokers)):
        for k in range(brokers.shape[1]):
            ready[grey + k] += brokers[b, k]
    for w in range(len(workshops)):
        for k in range(workshops.shape[1]):
            ready[gaming + k] += workshops[w, k]
    ready[offshore] = rent
    for k in range(len(ready)):
        if ready[k] <= DUST or not way_in[k]:
            ready[k] = 0.0
    return ready


def _us_first(market: Market, rulings: Rulings, made: Floats) -> Floats:
    """Units for China (foreign,) cut so that licensed sales take no more of a vendor's packages than licences allow
    that put US orders, or US use of foundries, first."""
    law, x, t, products = market.law, market.parameters.licensing, market.t, market.products
    most = min(x.us_first if law.us_first[t] else 1.0, x.foundry_first if law.foundry_first[t] else 1.0)
    if most >= 1:
        return made
    return _keep_for_us(made, rulings.needs_licence, products.packages, products.vendor, rulings.packages, most)


@compiled
def _keep_for_us(
    made: Floats, needs_licence: Bools, packages: Floats, vendor: Rows, whole: Floats, most: float
) -> Floats:
    """The loop of `_us_first`: (foreign,) units and whether a licence is needed; columns of products; whole (vendors,)
    packages, of which most is the share that licensed sales may take."""
    taken, kept = np.zeros(len(whole)), made.copy()
    for k in range(len(made)):
        taken[vendor[k]] += made[k] * packages[k] * needs_licence[k]
    for k in range(len(made)):
        v = vendor[k]
        if needs_licence[k] and packages[k] > 0 and taken[v] > most * whole[v]:
            kept[k] *= most * whole[v] / taken[v]
    return kept


@compiled
def _earned(
    share: Floats, world_line: Floats, asked: Floats, levied: Floats, price: Floats, packages: Floats, vendor: Rows,
    world_price: Floats,
) -> tuple[Floats, Floats]:  # fmt: skip
    """USD a package of what each foreign vendor offers China, its part of fee and duty taken off, and of what it sells
    to the rest of the world, (vendors,) both.

    share, world_line, levied   (foreign,) how it splits its packages here and there; a share of the price
    asked to vendor   (products,) USD asked in China, USD at list, packages a unit, place of the vendor
    world_price       (vendors,) over list
    """
    china, world = np.zeros(len(world_price)), np.zeros(len(world_price))
    for k in range(len(share)):
        v = vendor[k]
        if packages[k] > 0:
            china[v] += share[k] * asked[k] * max(1 - levied[k], 0.0) / packages[k]
        world[v] += world_line[k] * price[k] / max(packages[k], 1.0) * world_price[v]
    return china, world


def world_line(market: Market) -> Floats:
    """Share of a vendor's packages abroad that goes to each of its products, (foreign,)."""
    products, share = market.products, np.zeros(market.axis.licensed.stop)
    rows = np.concatenate(list(market.setting.lines.values()) or [np.arange(0)])
    age = market.t - products.released[rows]
    share[rows] = production.world_mix(age, market.parameters.vendors.takeover_months, products.vendor[rows])
    return share


def sales_room(market: Market, packages: Floats) -> Floats:
    """Cards each Chinese vendor is ready to add to its unsold stock, (vendors,)."""
    rows, products, d = market.axis.domestic, market.products, market.parameters.domestic
    return _sales_room(
        products.sales[rows], products.stock[rows], products.vendor[rows], packages, d.least, d.stock_months
    )


@compiled
def _sales_room(sales: Floats, stock: Floats, vendor: Rows, packages: Floats, least: float, months: float) -> Floats:
    """The loop of `sales_room`: columns of Chinese products; packages (vendors,) a month; sales of at least a share of
    them are counted on, for some months."""
    sold, room = np.zeros(len(packages)), np.zeros(len(packages))
    for k in range(len(sales)):
        sold[vendor[k]] += sales[k]
        room[vendor[k]] -= stock[k]
    for v in range(len(packages)):
        room[v] = max(months * max(sold[v], least * packages[v]) + room[v], 0.0)
    return room
