"""The ways around a licence: brokers, workshops and hosts."""

import numpy as np

from abm.agents.brokers import Brokers
from abm.agents.workshops import Workshops
from abm.foundation.arrays import plus, product, total
from abm.foundation.mirrors import behaviour
from abm.markets import gaming, grey, offshore, settlement
from abm.month.phase import phase
from abm.records import Bools, Conversions, Floats, Rentals, Rulings, Sales, Smuggling
from abm.state import Market, seen, whole

allocate = behaviour(Brokers.allocate)
expect = behaviour(Brokers.expect)
ship = behaviour(Brokers.ship)
adapt_brokers = behaviour(Brokers.adapt)
order, adapt_workshops = behaviour(Workshops.order), behaviour(Workshops.adapt)


@phase(
    """
    brokers.stock brokers.cash brokers.capacity brokers.premium brokers.active brokers.caught_until products.factor
    """
)
def brokers_divert(market: Market, rulings: Rulings, sales: Sales) -> Smuggling:
    """Brokers bring what law denies; part of it is seized; they grow, shrink, exit and enter."""
    t, draws = market.t, market.setting.draws
    units, diverted, landed, seized, at_work = _divert(
        market, rulings.barred, sales.abroad, market.path("us_share"), draws["seizure"][t], draws["entry"][t]
    )
    return Smuggling(
        shipped=units,
        diverted=diverted,
        smuggled=landed,
        seized=seized,
        brokers=at_work,
    )


@whole
def _divert(
    market: Market, barred: Bools, abroad: Floats, us: float, seizure: Floats, entry: Floats
) -> tuple[Floats, Floats, Floats, float, float]:
    """What brokers bring.

    barred, abroad    fields of Rulings and Sales; us: share of the world's purchases that is the US leaders'
    seizure, entry    (brokers,) uniforms
    returns           units shipped by broker, (brokers,), and by product, and landed, (grey,); units seized in all, and
                      how many brokers are at work
    """
    market = seen(market)
    t, brokers, grey_rows = market.t, market.brokers, market.axis.grey
    factor = market.products.factor[grey_rows.start : grey_rows.stop]
    room = grey.leaking(market, barred, abroad, us)
    cargo, enforcement = (
        allocate(brokers, plus(factor, np.full(len(factor), -1.0)), room),
        grey.enforcement(market, room),
    )
    margin = expect(brokers, cargo, room, enforcement)
    shipped = ship(brokers, margin, cargo, room, market.law.authorised[t], t)
    units, lost, diverted = grey.seize(shipped, brokers.exposure, enforcement, seizure)
    landed, seized = settlement.smuggle(market, shipped, lost)
    grey.fade(brokers.stock, diverted, market.parameters.grey.fade, factor)
    adapt_brokers(brokers, margin, units, grey.filled(room, brokers.capacity, brokers.active), lost, entry, t)
    at_work = 0.0
    for b in range(len(brokers.active)):
        at_work += brokers.active[b] and brokers.caught_until[b] <= t
    return units, diverted, landed, total(seized), at_work


@phase(
    """
    shops.stock shops.cash shops.price shops.barred shops.sold workshops.stock workshops.cash workshops.capacity
    workshops.margin labs.usable products.training products.factor products.price
    """
)
def workshops_convert(market: Market, rulings: Rulings) -> Conversions:
    """Gaming cards reach the shops; gamers and workshops buy them; workshops convert what pays."""
    shops, path = market.shops, market.path
    base = path("gaming_cards") * market.parameters.gaming.cards_scale
    cards, converted = _convert(market, base, rulings.cards_free, path("inference_share"), path("run_share/CN"))
    return Conversions(
        cards=cards,
        converted=converted,
        shop_sold=shops.sold.copy(),
        shop_price=shops.price.copy(),
    )


@whole
def _convert(market: Market, base: float, free: Floats, inference: float, share: float) -> tuple[Floats, float]:
    """What shops and workshops do with gaming cards.

    base                cards/month of the tier
    free                (gaming,) share that law lets in
    inference, share    of compute that serves users, and of training compute in a lab's largest run
    returns             cards converted, (gaming,), and in all
    """
    market = seen(market)
    shops, workshops, rows = market.shops, market.workshops, market.axis.gaming
    price = market.products.price[rows.start : rows.stop]
    listed, gamers = gaming.open_shops(market, base, free)
    orders = order(workshops, price, product(listed, shops.price), listed, shops.stock)
    paid = product(listed, shops.price)
    taken, gone, made, scrap, cost, full = gaming.serve(market, gamers, orders, listed)
    settlement.sell_gaming(market, taken, gone, paid)
    converted = settlement.convert_cards(market, made, scrap, cost)
    adapt_workshops(workshops, taken, full)
    gaming.find_use(market, inference, share)
    return converted, total(converted)


@phase("labs.rented hosts.own hosts.capacity hosts.rent products.list_price products.factor")
def hosts_rent(market: Market, sales: Sales) -> Rentals:
    """Contracts for compute abroad begin and end; hosts' capacity and rent follow the world's fleet, law and demand."""
    rented, capacity = _rent(market, sales.bought, sales.abroad)
    return Rentals(rented=rented, hosts=capacity)


@whole
def _rent(market: Market, bought: Floats, abroad: Floats) -> tuple[float, float]:
    """Contracts are signed and run out, and hosts follow; returns fields of Rentals.

    bought, abroad   fields of Sales
    """
    market = seen(market)
    offshore.renew(market, bought[:, market.axis.offshore.start])
    offshore.equip(market, abroad)
    return total(market.labs.rented.ravel()), market.hosts.capacity[0]
