"""The ways around a licence: brokers, workshops and hosts."""

import numpy as np

from abm.agents.brokers import Brokers
from abm.agents.workshops import Workshops
from abm.foundation.arrays import plus, product, put, total
from abm.foundation.mirrors import behaviour
from abm.markets import gaming, grey, offshore, settlement
from abm.month.phase import phase
from abm.records import Conversions, Floats, Rentals, Rulings, Sales, Smuggling
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
    smuggling = market.blank(Smuggling)
    _divert(market, rulings, sales, smuggling, market.path("us_share"), draws["seizure"][t], draws["entry"][t])
    return smuggling


@whole
def _divert(
    market: Market, rulings: Rulings, sales: Sales, smuggling: Smuggling, us: float, seizure: Floats, entry: Floats
) -> None:
    """What brokers bring.

    us               share of the world's purchases that is the US leaders'
    seizure, entry   (brokers,) uniforms
    """
    market, rulings, sales, smuggling = seen(market), seen(rulings), seen(sales), seen(smuggling)
    t, brokers, grey_rows = market.t, market.brokers, market.axis.grey
    factor = market.products.factor[grey_rows.start : grey_rows.stop]
    room = grey.leaking(market, rulings.barred, sales.abroad, us)
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
    put(smuggling.shipped, units)
    put(smuggling.diverted, diverted)
    put(smuggling.smuggled, landed)
    smuggling.seized = total(seized)
    for b in range(len(brokers.active)):
        smuggling.brokers += brokers.active[b] and brokers.caught_until[b] <= t


@phase(
    """
    shops.stock shops.cash shops.price shops.barred shops.sold workshops.stock workshops.cash workshops.capacity
    workshops.margin labs.usable products.training products.factor products.price
    """
)
def workshops_convert(market: Market, rulings: Rulings) -> Conversions:
    """Gaming cards reach the shops; gamers and workshops buy them; workshops convert what pays."""
    conversions, path = market.blank(Conversions), market.path
    base = path("gaming_cards") * market.parameters.gaming.cards_scale
    _convert(market, rulings, conversions, base, path("inference_share"), path("run_share/CN"))
    return conversions


@whole
def _convert(
    market: Market, rulings: Rulings, conversions: Conversions, base: float, inference: float, share: float
) -> None:
    """What shops and workshops do with gaming cards.

    base                cards/month of the tier
    inference, share    of compute that serves users, and of training compute in a lab's largest run
    """
    market, rulings, conversions = seen(market), seen(rulings), seen(conversions)
    shops, workshops, rows = market.shops, market.workshops, market.axis.gaming
    price = market.products.price[rows.start : rows.stop]
    listed, gamers = gaming.open_shops(market, base, rulings.cards_free)
    orders = order(workshops, price, product(listed, shops.price), listed, shops.stock)
    paid = product(listed, shops.price)
    taken, gone, made, scrap, cost, full = gaming.serve(market, gamers, orders, listed)
    settlement.sell_gaming(market, taken, gone, paid)
    put(conversions.cards, settlement.convert_cards(market, made, scrap, cost))
    adapt_workshops(workshops, taken, full)
    gaming.find_use(market, inference, share)
    conversions.converted = total(conversions.cards)
    put(conversions.shop_sold, shops.sold)
    put(conversions.shop_price, shops.price)


@phase("labs.rented hosts.own hosts.capacity hosts.rent products.list_price products.factor")
def hosts_rent(market: Market, sales: Sales) -> Rentals:
    """Contracts for compute abroad begin and end; hosts' capacity and rent follow the world's fleet, law and demand."""
    rentals = market.blank(Rentals)
    _rent(market, sales, rentals)
    return rentals


@whole
def _rent(market: Market, sales: Sales, rentals: Rentals) -> None:
    """Contracts are signed and run out, and hosts follow."""
    market, sales, rentals = seen(market), seen(sales), seen(rentals)
    offshore.renew(market, sales.bought[:, market.axis.offshore.start])
    offshore.equip(market, sales.abroad)
    rentals.rented, rentals.hosts = total(market.labs.rented.ravel()), market.hosts.capacity[0]
