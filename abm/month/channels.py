"""The ways around a licence: brokers, workshops and hosts."""

from abm.markets import gaming, grey, offshore, settlement
from abm.month.phase import phase
from abm.records import Conversions, Rentals, Rulings, Sales, Smuggling
from abm.state import Market


@phase(
    """
    brokers.stock brokers.cash brokers.capacity brokers.premium brokers.active brokers.caught_until products.factor
    """
)
def brokers_divert(market: Market, rulings: Rulings, sales: Sales) -> Smuggling:
    """Brokers bring what law denies; part of it is seized; they grow, shrink, exit and enter."""
    t, brokers, draws = market.t, market.brokers, market.setting.draws
    room = grey.leaking(market, rulings, sales.abroad)
    cargo = brokers.allocate(market.products.factor[market.axis.grey] - 1, room)
    enforcement = grey.enforcement(market, room)
    margin = brokers.expect(cargo, room, enforcement)
    shipped = brokers.ship(margin, cargo, room, market.law.authorised[t], t)
    units, lost, diverted = grey.seize(market, shipped, enforcement)
    landed, seized = settlement.smuggle(market, shipped, lost > 0)
    grey.decay_premium(market, diverted)
    full = float(room.sum()) / max(float((brokers.capacity * brokers.active).sum()), 1e-9)
    brokers.adapt(margin, units, min(full, 1.0), lost, draws["entry"][t], t)
    return Smuggling(
        shipped=units,
        diverted=diverted,
        smuggled=landed,
        seized=float(seized.sum()),
        brokers=float((brokers.active & (brokers.caught_until <= t)).sum()),
    )


@phase(
    """
    shops.stock shops.cash shops.price shops.barred shops.sold workshops.stock workshops.cash workshops.capacity
    workshops.margin labs.usable products.training products.factor products.price
    """
)
def workshops_convert(market: Market, rulings: Rulings) -> Conversions:
    """Gaming cards reach the shops; gamers and workshops buy them; workshops convert what pays."""
    products, shops, workshops, rows = market.products, market.shops, market.workshops, market.axis.gaming
    g = market.parameters.gaming
    base = market.path("gaming_cards") * g.cards_scale
    listed = gaming.list_prices(market)
    gaming.fill_shops(market, base, rulings.cards_free, listed)
    gamers = gaming.gamers_want(market, base)
    gaming.reprice_idle(market, listed)
    orders = workshops.order(products.price[rows], listed * shops.price, listed, shops.stock)
    taken, full = gaming.serve(market, gamers, orders, listed)
    converted = gaming.convert(market, taken, listed)
    workshops.adapt(taken, full)
    gaming.find_use(market)
    return Conversions(
        cards=converted,
        converted=float(converted.sum()),
        shop_sold=shops.sold.copy(),
        shop_price=shops.price.copy(),
    )


@phase("labs.rented hosts.own hosts.capacity hosts.rent products.list_price products.factor")
def hosts_rent(market: Market, sales: Sales) -> Rentals:
    """Contracts for compute abroad begin and end; hosts' capacity and rent follow the world's fleet, law and demand."""
    offshore.renew(market, sales.bought[:, market.axis.offshore.start])
    offshore.equip(market, sales.abroad)
    return Rentals(rented=float(market.labs.rented.sum()), hosts=float(market.hosts.capacity[0]))
