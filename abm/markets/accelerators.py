"""The market for accelerators in China: what offers are worth, what is on sale, and who may buy."""

import math

import numpy as np
from numpy.typing import NDArray

from abm.agents.labs import KINDS, Labs
from abm.agents.vendors import ChipVendors
from abm.foundation.arrays import plus, product, put
from abm.foundation.compiled import compiled, part
from abm.foundation.mirrors import behaviour
from abm.markets import offshore
from abm.markets.clearing import DUST
from abm.records import Offers, Rulings
from abm.rules import demand, production
from abm.state import Market, seen, whole

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]

STATE = KINDS.index("state")

may_rent, rank = behaviour(Labs.may_rent), behaviour(Labs.rank)
split, allocate, supply_china = (
    behaviour(ChipVendors.split),
    behaviour(ChipVendors.allocate),
    behaviour(ChipVendors.supply_china),
)


# --- what offers are worth ---


@part
def memory_weight(market: Market, inference: float) -> float:
    """Weight of memory bandwidth in value that follows from the share of compute that serves users."""
    d = market.parameters.demand
    return d.memory_train * (1 - inference) + d.memory_infer * inference


@whole
def values(market: Market, inference: float) -> Floats:
    """Value of a card of each product to a lab, in H100s, software included, (products,)."""
    market = seen(market)
    d, products = market.parameters.demand, market.products
    return _values(
        products.compute, products.bandwidth, products.capacity, products.link, products.term, products.vendor,
        market.vendors.software, memory_weight(market, inference), inference, d.capacity_exponent, d.link_exponent,
    )  # fmt: skip


@part
def fleet_value(market: Market, cards: Floats, value: Floats) -> float:
    """Value of all labs' cards, (products,) units, rented ones among them, in H100s; value of each, (products,)."""
    whole, term = 0.0, market.products.term
    for k in range(len(cards)):
        whole += cards[k] * value[k] / term[k]
    return whole


@part
def levy(market: Market, needs_licence: Bools) -> Floats:
    """Fee and duty on each foreign product, a share of its price, (foreign,), where it needs a licence."""
    return product(plus(market.law.fee[market.t], market.law.duty[market.t]), needs_licence)


@part
def appraise(market: Market, offers: Offers, levied: Floats, inference: float) -> None:
    """What each card costs a buyer, with its part of fee and duty (foreign,), and is worth to a lab.

    inference  share of compute that serves users
    """
    products, d = market.products, market.parameters.demand
    put(offers.price, _asked(products.price, levied, market.parameters.licensing.fee_to_buyer))
    put(offers.value, values(market, inference))
    offers.best = _appraise(
        offers.price, offers.value, products.price, products.host, products.released, products.vendor,
        market.law.use_risk[market.t], market.t, market.axis.domestic.stop, d.theta, d.use_risk, offers.cost,
        offers.utility, offers.worth, offers.released,
    )  # fmt: skip


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


@part
def places(market: Market) -> Rows:
    """Places of labs by size, (labs,), where only the largest buyers are cleared for some product; else all 0."""
    for most in market.law.buyers[market.t]:
        if most < np.inf:
            return rank(market.labs)
    return np.zeros(len(market.labs.weight), dtype=np.int64)


@part
def let_in(market: Market, standing: Floats, eligible: Bools) -> None:
    """Say who may buy what, (labs, products): foreign products those with some standing, (labs,), and, where only some
    buyers are cleared, the largest; government buyers only what is cleared for them."""
    axis, labs, law, t = market.axis, market.labs, market.law, market.t
    _let_in(
        standing, places(market), may_rent(labs), labs.kind, law.buyers[t], law.cleared[t], market.products.vendor,
        axis.domestic.start, axis.domestic.stop, axis.offshore.start, eligible,
    )  # fmt: skip


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


@part
def supply(market: Market, rulings: Rulings, offers: Offers, levied: Floats, most_us: float) -> Floats:
    """Units of each product on sale this month, (products,).

    levied       (foreign,) fee and duty, a share of the price
    most_us      as in `us_first`
    """
    vendors, products, axis, law, t = market.vendors, market.products, market.axis, market.law, market.t
    foreign = slice(axis.licensed.start, axis.licensed.stop)
    shared = split(vendors, products, foreign, rulings.open[: axis.licensed.stop], rulings.lawful, t)
    china, world = _earned(
        shared[0], offers.world_line, offers.price, levied, products.price, products.packages, products.vendor,
        vendors.world_price,
    )  # fmt: skip
    most = allocate(vendors, china, world, law.firms[t])
    made = supply_china(vendors, products, foreign, shared, rulings.packages, most)
    if most_us < 1:
        made = _keep_for_us(made, rulings.needs_licence, products.packages, products.vendor, rulings.packages, most_us)
    return _on_sale(
        made, law.free[t], rulings.room, rulings.open, products.stock, market.brokers.stock, market.workshops.stock,
        offshore.free(market, offshore.let(market)), axis.domestic.start, axis.grey.start, axis.gaming.start,
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


def us_first(market: Market) -> float:
    """Share of a vendor's packages that licensed sales may take where licences put US orders, or US use of foundries,
    first."""
    law, x, t = market.law, market.parameters.licensing, market.t
    return min(x.us_first if law.us_first[t] else 1.0, x.foundry_first if law.foundry_first[t] else 1.0)


@compiled
def _keep_for_us(
    made: Floats, needs_licence: Bools, packages: Floats, vendor: Rows, whole: Floats, most: float
) -> Floats:
    """Units for China, (foreign,), cut so that licensed sales take no more of a vendor's packages than they may.

    made, needs_licence   (foreign,) units; whether a licence is needed
    packages, vendor      (products,); whole: (vendors,) packages, of which licensed sales may take a share `most`
    """
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


@part
def world_line(market: Market) -> Floats:
    """Share of a vendor's packages abroad that goes to each of its products, (foreign,)."""
    products, rows = market.products, market.setting.lined
    share, age, vendor = np.zeros(market.axis.licensed.stop), np.empty(len(rows)), np.empty(len(rows), np.int64)
    for k in range(len(rows)):
        age[k], vendor[k] = market.t - products.released[rows[k]], products.vendor[rows[k]]
    mix = production.world_mix(age, market.parameters.vendors.takeover_months, vendor)
    for k in range(len(rows)):
        share[rows[k]] = mix[k]
    return share


@part
def sales_room(market: Market, packages: Floats) -> Floats:
    """Cards each Chinese vendor is ready to add to its unsold stock, (vendors,)."""
    home, products, d = market.axis.domestic, market.products, market.parameters.domestic
    rows = slice(home.start, home.stop)
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
