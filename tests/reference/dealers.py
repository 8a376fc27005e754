"""Brokers, shops, workshops and hosts as plain objects, and the months they have."""

import math
from typing import TYPE_CHECKING

from abm.foundation.parameters import Parameters
from tests.reference.goods import BARRED, PlainProduct, Row, fill, left, takeover
from tests.reference.labs import Holdings, PlainLab

if TYPE_CHECKING:
    from tests.reference.market import PlainMarket


class PlainBroker(Row):
    """One broker; stock and premium expected by product."""

    def cargo(self, room: Holdings) -> Holdings:
        """Shares of the products it would carry: by what is available and what it expects to earn."""
        weights = {name: units * max(self.premium[name] - self.cost, 0.0) for name, units in room.items()}
        whole = sum(weights.values())
        return {name: weight / whole if whole > 0 else 0.0 for name, weight in weights.items()}

    def risk(self, size: float, enforced: float) -> float:
        """Chance that a shipment is caught."""
        return -math.expm1(-enforced * self.exposure * math.sqrt(size))

    def margin(self, cargo: Holdings, room: Holdings, enforced: float) -> float:
        """What it expects to earn on a dollar of list price; nothing where nothing is available."""
        whole = sum(room.values())
        if whole <= 0:
            return 0.0
        mixed = cargo if any(cargo.values()) else {name: units / whole for name, units in room.items()}
        level = sum(share * self.premium[name] for name, share in mixed.items())
        size = self.capacity if self.active else self.start
        return (1 - self.risk(size, enforced)) * (1 + level) - 1 - self.cost

    def earns(self, margin: float, shipped: float, full: float, p: Parameters) -> float:
        """Profit over the list price of what it could ship; of one that is out, were it in."""
        size = self.capacity if self.active else self.start
        used = shipped / max(size, 1e-9) if self.active else full
        return margin * used - p.grey.overhead - p.grey.fixed / max(size, 1e-9)

    def answer(self, profit: float, full: float, caught: bool, luck: float, month: int, p: Parameters) -> None:
        """Grow or shrink, lie low, exit, enter."""
        was_out, g = not self.active, p.grey
        if not self.active:
            self.capacity = 0.0
        elif caught:
            self.capacity -= g.caught_loss * self.capacity
        else:
            self.capacity = grown(self.capacity, profit, full, g.growth, g.growth_scale, g.slack)
        if caught:
            self.caught_until = month + 1 + g.caught_months
        if self.capacity < g.least * self.start:
            self.active = False
        if was_out and luck < g.entry * full * max(math.tanh(profit / g.growth_scale), 0.0):
            self.active, self.capacity = True, self.start


class PlainWorkshop(Row):
    """One workshop; converted cards by product."""


class PlainShop(Row):
    """What the shops hold of one gaming card."""


class PlainHosts(Row):
    """Hosts abroad."""


def grown(capacity: float, profit: float, full: float, speed: float, scale: float, slack: float) -> float:
    """Capacity after a month; growth fades as goods for a part `slack` of it are missing."""
    drive = math.tanh(profit / scale)
    if drive > 0:
        drive *= min(max(1 - (1 - full) / slack, 0.0), 1.0)
    return capacity * math.exp(speed * drive)


def zeal(margin: float, capacity: float, stock: float, months: float, scale: float) -> float:
    """Part of its capacity that a dealer uses: by margin, and within what it is ready to hold."""
    room = months - stock / capacity if capacity > 0 else 0.0
    return math.tanh(max(margin, 0.0) / scale) * min(max(room, 0.0), 1.0)


def excess(price: float, demand: float, supply: float, speed: float, low: float, high: float) -> float:
    """A price after it answered excess demand."""
    pull = (demand - supply) / (demand + supply) if demand + supply > 0 else 0.0
    return min(max(price * math.exp(speed * pull), low), high)


# --- on sale ---


def to_let(state: "PlainMarket") -> float:
    """Compute abroad that may be rented and is free."""
    r = state.now.law
    some = 0.0 if r.cloud in BARRED else r.approval_other if r.cloud == "case_by_case" else 1.0
    return some * max(state.hosts.capacity - sum(sum(lab.rented[1:]) for lab in state.labs), 0.0)


def held(owners: list[PlainBroker] | list[PlainWorkshop], name: str) -> float:
    """What brokers or workshops hold of a product."""
    return sum(one.stock[name] for one in owners)


def on_sale(state: "PlainMarket") -> Holdings:
    """Units that dealers offer."""
    ready = {one.name: held(state.brokers, one.name) for one in state.channel("grey")}
    ready |= {one.name: held(state.workshops, one.name) for one in state.channel("gaming")}
    return ready | {one.name: to_let(state) for one in state.channel("offshore")}


def sell(state: "PlainMarket", one: PlainProduct, units: float, paid: float) -> None:
    """Dealers hand over what was bought of a product, each by its part of the stock."""
    if one.channel == "offshore":
        state.hosts.cash += paid
        return
    owners = state.brokers if one.channel == "grey" else state.workshops
    whole = held(owners, one.name)
    for owner in owners:
        sold = owner.stock[one.name] * min(units / whole, 1.0) if whole > 0 else 0.0
        owner.stock[one.name] = left(owner.stock[one.name], sold)
        owner.cash += sold * paid / units if units > 0 else 0.0


def adapt_posted_prices(state: "PlainMarket", supply: Holdings) -> None:
    """Posted prices of grey and converted cards answer the month's orders."""
    if state.p.grey.mechanism == "call_auction":
        return
    for one in [*state.channel("grey"), *state.channel("gaming")]:
        stock = supply.get(one.name, 0.0)
        orders = state.tally.orders.get(one.name, 0.0) if stock > 0 else 0.0
        listed = one.price / one.factor
        one.factor = excess(one.factor, orders, stock, 0.3, 1 + state.p.grey.floor, 20.0)
        one.price = listed * one.factor


# --- grey ---


def brokers_divert(state: "PlainMarket") -> None:
    """Brokers take from third countries what law denies China, ship, lose some, and grow or shrink."""
    p, r, tally, t = state.p, state.now.law, state.tally, state.t
    goods = state.channel("grey")
    left = p.grey.leak * (p.grey.outside if r.outside else 1.0) * (p.grey.worldwide if r.worldwide else 1.0)
    room = {}
    for one in goods:
        source = f"{one.sku}/licensed"
        bought = tally.abroad.get(source, 0.0) * (1 - state.now.paths["us_share"])
        room[one.name] = left * bought if source in tally.barred else 0.0
    whole = sum(room.values())
    looked = sum(units for name, units in room.items() if r.inspected[name.replace("/grey", "/licensed")])
    enforced = p.grey.detect * r.budget * (1 + p.grey.prosecution * r.cases)
    enforced *= 1 + p.grey.inspection * looked / max(whole, 1e-9)
    for broker in state.brokers:
        for one in goods:
            broker.premium[one.name] += p.grey.smoothing * (one.factor - 1 - broker.premium[one.name])
    cargo = [broker.cargo(room) for broker in state.brokers]
    margins = [broker.margin(load, room, enforced) for broker, load in zip(state.brokers, cargo, strict=True)]
    wanted = []
    for broker, load, margin in zip(state.brokers, cargo, margins, strict=True):
        works = broker.active and broker.caught_until <= t
        keen = zeal(margin, broker.capacity, sum(broker.stock.values()), p.grey.stock_months, p.grey.margin_scale)
        reach = broker.capacity * works * keen * r.authorised[broker.source]
        wanted.append({name: reach * share for name, share in load.items()})
    cut = {name: fill(room[name], sum(one[name] for one in wanted)) for name in room}
    at_work = sum(broker.capacity for broker in state.brokers if broker.active)
    tally.diverted = dict.fromkeys(room, 0.0)
    tally.seized = dict.fromkeys(room, 0.0)
    full = min(whole / max(at_work, 1e-9), 1.0)
    draws = state.now.draws
    state.tally.at_work = 0
    for place, broker in enumerate(state.brokers):
        load = {name: units * cut[name] for name, units in wanted[place].items()}
        size = sum(load.values())
        tally.shipped.append(size)
        caught = size > 0 and draws["seizure"][place] < broker.risk(size, enforced)
        for name, units in load.items():
            broker.cash -= units * (1 + broker.cost) * state.products[name.replace("/grey", "/licensed")].price
            tally.diverted[name] += units
            if caught:
                tally.seized[name] += units
            else:
                broker.stock[name] += units
        profit = broker.earns(margins[place], size, full, p)
        broker.answer(profit, full, caught, draws["entry"][place], t, p)
        state.tally.at_work += broker.active and broker.caught_until <= t
    for one in goods:
        if held(state.brokers, one.name) + tally.diverted[one.name] < 1:
            one.factor += 0.25 * (1 - one.factor)


# --- gaming ---


def workshops_convert(state: "PlainMarket") -> None:
    """Cards come to the shops, gamers and workshops take them, workshops convert."""
    goods = state.channel("gaming")
    base = state.now.paths["gaming_cards"] * state.p.gaming.cards_scale
    _fill_shops(state, goods, base)
    for one in goods:
        if held(state.workshops, one.name) < 1 and state.workshops:
            costs = sum(works.cost for works in state.workshops) / len(state.workshops)
            good = sum(works.good for works in state.workshops) / len(state.workshops)
            asked = (state.shops[one.name].price + costs) / good * (1 + state.p.gaming.trial_margin)
            one.factor += state.p.gaming.fade * (asked - one.factor)
            one.price = state.tally.listed[one.name] * one.factor
    listed = {one.name: state.tally.listed[one.name] for one in goods}
    gamers = _gamers(state, goods, base)
    orders = [_orders(state, works, goods, listed) for works in state.workshops]
    _serve(state, goods, listed, gamers, orders)
    for one in goods:
        _find_use(state, one)


def _fill_shops(state: "PlainMarket", goods: list[PlainProduct], base: float) -> None:
    tally, p = state.tally, state.p
    free = tally.cards_free
    ages = [state.t - state.shops[one.name].released if free[one.name] > 0 else -1.0 for one in goods]
    shares = takeover(ages, p.gaming.takeover_months)
    for one, share in zip(goods, shares, strict=True):
        shop = state.shops[one.name]
        barred = shop.released <= state.t and free[one.name] <= 0
        shop.barred = shop.barred + 1 if barred else -1.0
        trickle = p.gaming.trickle * shop.price * (1 - p.gaming.trickle_fade) ** shop.barred if barred else 0.0
        come = base * (share * free[one.name] + trickle)
        shop.stock += come
        tally.listed[one.name] = one.price / one.factor
        shop.cash -= come * tally.listed[one.name]


def _gamers(state: "PlainMarket", goods: list[PlainProduct], base: float) -> Holdings:
    g, r = state.p.gaming, state.now.law
    ages = [state.t - state.shops[one.name].released for one in goods]
    drawn = {
        one.name: share * state.shops[one.name].price ** -g.substitution
        for one, share in zip(goods, takeover(ages, g.takeover_months), strict=True)
    }
    whole = max(sum(drawn.values()), 1e-12)
    return {
        name: base * part / whole * state.shops[name].price ** -g.elasticity * (1 + g.rush * r.card_end[name])
        for name, part in drawn.items()
    }


def _orders(state: "PlainMarket", works: PlainWorkshop, goods: list[PlainProduct], listed: Holdings) -> Holdings:
    g = state.p.gaming
    for one in goods:
        outlay = listed[one.name] * (state.shops[one.name].price + works.cost)
        gain = listed[one.name] * one.factor * works.good / outlay - 1
        works.margin[one.name] += g.smoothing * (gain - works.margin[one.name])
    weights = {name: state.shops[name].stock * max(value, 0.0) for name, value in works.margin.items()}
    whole, best = sum(weights.values()), max([-1.0, *works.margin.values()])
    take = works.capacity * zeal(best, works.capacity, sum(works.stock.values()), g.stock_months, g.margin_scale)
    return {name: take * weight / whole if whole > 0 else 0.0 for name, weight in weights.items()}


def _serve(
    state: "PlainMarket", goods: list[PlainProduct], listed: Holdings, gamers: Holdings, orders: list[Holdings]
) -> None:
    tally, p = state.tally, state.p
    asked = sum(sum(one.values()) for one in orders)
    taken_in, earned = 0.0, [0.0] * len(state.workshops)
    for one in goods:
        name, shop = one.name, state.shops[one.name]
        wanted = gamers[name] + sum(order[name] for order in orders)
        share, price = fill(shop.stock, wanted), listed[name] * shop.price
        tally.converted[name] = 0.0
        for place, (works, order) in enumerate(zip(state.workshops, orders, strict=True)):
            took = order[name] * share
            taken_in += took
            earned[place] += took * works.margin[name]
            works.cash -= took * (price + works.cost * listed[name])
            works.stock[name] += took * works.good
            tally.converted[name] += took * works.good
        shop.sold = wanted * share
        shop.cash += shop.sold * price
        shop.price = excess(shop.price, wanted, shop.stock, p.gaming.speed, 0.7, 4.0)
        shop.stock = left(shop.stock, shop.sold)
    full = taken_in / asked if asked > 0 else 0.0
    g = p.gaming
    for works, usd in zip(state.workshops, earned, strict=True):
        profit = usd / max(works.capacity, 1e-9) - g.overhead
        larger = grown(works.capacity, profit, full, g.growth, g.growth_scale, g.slack)
        works.capacity = max(larger, g.least * works.start)


def _find_use(state: "PlainMarket", one: PlainProduct) -> None:
    """What each lab's training can use of a converted card, and the mean over those who hold it, or over money."""
    p, paths = state.p, state.now.paths
    reach = p.gaming.reach * one.capacity / 80 * (one.link / 900) ** 2
    for lab in state.labs:
        fleet = sum(sum(cards) * state.products[name].compute for name, cards in lab.fleet.items())
        training = fleet * (1 - lab.serves(paths["inference_share"], p))
        lab.usable[one.name] = 1 / (1 + training * paths["run_share/CN"] * p.compute.run_share_scale / reach)
    held = {lab.name: sum(lab.fleet[one.name]) for lab in state.labs}
    weight = held if any(held.values()) else {lab.name: lab.weight for lab in state.labs}
    whole = sum(weight.values())
    one.training = sum(weight[lab.name] * lab.usable[one.name] for lab in state.labs) / whole if whole > 0 else 1.0


def appeal(state: "PlainMarket", lab: PlainLab) -> float:
    """What a lab's size and money leave of the utility of converted cards."""
    g, share = state.p.gaming, lab.serves(state.now.paths["inference_share"], state.p)
    shelf = {one.name: held(state.workshops, one.name) for one in state.channel("gaming")}
    if not any(shelf.values()):
        shelf = dict.fromkeys(shelf, 1.0)
    useful = 0.0
    for name, units in shelf.items():
        use = lab.usable[name]
        serves = 1 / (1 + (1 / use - 1) ** g.serving_exponent)
        useful += units * (share * serves + (1 - share) * use)
    useful /= sum(shelf.values())
    return state.p.demand.theta * math.log(useful / (1 + g.fixed / max(lab.flow, 1.0)))


# --- offshore ---


def hosts_rent(state: "PlainMarket") -> None:
    """Contracts begin and end; hosts' capacity and rent follow the world, the law and demand."""
    o, r, tally = state.p.offshore, state.now.law, state.tally
    (good,) = state.channel("offshore")
    cut = r.cloud in BARRED
    for lab in state.labs:
        lab.rented = [0.0] * len(lab.rented) if cut else [*lab.rented[1:], 0.0]
        lab.rented[-1] += tally.bought[lab.name].get(good.name, 0.0)
    way = 0.0 if r.closed else o.left ** (int(r.headquarters) + int(r.outside))
    if not cut:
        state.hosts.rent = excess(state.hosts.rent, good.orders, to_let(state), o.speed, o.rent_low, o.rent_high)
    fleet = sum(state.world.fleet) * (o.worldwide if r.worldwide else 1.0)
    c, before = state.p.compute, state.hosts.own
    left = before * c.survival * (1 - 1 / c.life_months) if r.installed else 0.0
    state.hosts.own = max(fleet * o.own * way, left)
    state.hosts.capacity = fleet * o.share + state.hosts.own
    made = {name: units for name, units in tally.abroad.items() if units > 0}
    compute = sum(units * state.products[name].compute for name, units in made.items())
    if compute > 0:
        cost = sum(units * (state.products[name].price + state.products[name].host) for name, units in made.items())
        good.list_price = cost / compute / o.amortised * o.markup * o.months
    good.factor = state.hosts.rent
