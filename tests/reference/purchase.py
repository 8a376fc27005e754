"""Licences and trade: what labs ask for, what they may have, and what they get."""

import math

from tests.reference import dealers
from tests.reference.goods import Bid, chip_value, clear, fill, ordered
from tests.reference.labs import Holdings, PlainLab
from tests.reference.market import NESTS, PlainMarket


def appraise(state: PlainMarket) -> None:
    """What a card costs with hosting and the buyer's part of fee and duty, what it is worth, and its utility."""
    tally, d, s = state.tally, state.p.demand, state.now.paths["inference_share"]
    memory = d.memory_train * (1 - s) + d.memory_infer * s
    for one in state.products.values():
        levy = state.levy(one.name)
        tally.price[one.name] = one.price * (1 + state.p.licensing.fee_to_buyer * levy / max(1 - levy, 0.05))
        tally.cost[one.name] = tally.price[one.name] + one.host
        hardware = chip_value(one, memory, s, d.capacity_exponent, d.link_exponent)
        tally.value[one.name] = hardware * state.vendors[one.vendor].software * one.term
        tally.worth[one.name] = tally.value[one.name] / (one.price + one.host)
        if one.channel in ("licensed", "domestic") and one.released <= state.t:
            tally.released.add(one.name)
    tally.best = max(tally.worth[name] for name in tally.released)
    for name, cost in tally.cost.items():
        risk = d.use_risk * state.now.law.use_risk[state.products[name].vendor]
        tally.utility[name] = d.theta * math.log(tally.value[name] / (cost * tally.best)) - risk
    tally.offered = {what: dict(getattr(tally, what)) for what in ("price", "cost", "utility")}


def labs_apply(state: PlainMarket) -> None:
    """Labs file for what they would buy beyond what they hold and wait for; part is decided, granted within quotas."""
    appraise(state)
    tally, p = state.tally, state.p
    tally.places = _places(state)
    asked, tally.supply = tally.needs & tally.open, _supply(state)
    tally.waits = _waits(state)
    for lab in state.labs:
        for name in state.now.law.policy.keys() - asked:
            lab.pending[name] = lab.licensed[name] = 0.0
    if not asked:
        return
    for lab in state.labs:
        tally.applied[lab.name] = _file(state, lab, asked)
    share = fill(_staff(state), sum(sum(_due(state, lab).values()) for lab in state.labs))
    for lab in state.labs:
        decided = {name: share * units for name, units in _due(state, lab).items()}
        fares = standing(state, lab)
        tally.granted[lab.name] = {name: units * tally.approval[name] * fares for name, units in decided.items()}
        for name, units in decided.items():
            tally.backlog += lab.pending[name] + tally.applied[lab.name][name]
            lab.pending[name] += tally.applied[lab.name][name] - units
    tally.delay = _delay(state, asked)
    _keep_quotas(state)
    for lab in state.labs:
        for name, units in tally.granted[lab.name].items():
            lab.licensed[name] = lab.licensed[name] * (1 - 1 / p.licensing.validity_months) + units
            lab.granted[name] += units


def standing(state: PlainMarket, lab: PlainLab) -> float:
    """How a lab fares as an applicant: less where its owners may be listed."""
    p, terms = state.p.licensing, state.now.law
    return lab.standing(state.p, terms.military) * (1 - min(p.affiliates * max(1 - terms.ownership, 0.0) / 0.5, 1.0))


def may_buy(state: PlainMarket, lab: PlainLab, name: str) -> bool:
    """Whether a lab may buy a product: with some standing, among the largest if only some are cleared; a state buyer
    only from vendors cleared for it."""
    terms = state.now.law
    if name in terms.policy:
        return standing(state, lab) > 0 and state.tally.places[lab.name] < terms.buyers[name]
    one = state.products[name]
    if one.channel == "offshore":
        return lab.may_rent()
    return one.channel != "domestic" or not lab.state_owned or terms.cleared[one.vendor]


def _places(state: PlainMarket) -> dict[str, int]:
    """Place of each lab by size, those who may not buy last."""
    sizes = [((one.listed or one.end_use == "military"), -one.weight, place) for place, one in enumerate(state.labs)]
    return {state.labs[lab].name: place for place, (_, _, lab) in enumerate(sorted(sizes))}


def _waits(state: PlainMarket) -> Holdings:
    """Months of review by product, a test in a laboratory among them."""
    law = state.now.law
    licence = law.review + (state.p.licensing.lab_test_months if law.lab_test else 0.0)
    return {name: law.notice if policy == "notify" else licence for name, policy in law.policy.items()}


def _staff(state: PlainMarket) -> float:
    """Cards on which staff can decide in a month."""
    return state.now.law.staff * state.governments[0].staff * state.p.licensing.cards_per_officer


def _delay(state: PlainMarket, asked: set[str]) -> float:
    """Mean months from filing to decision of what was filed: a review's own, or as long as staff needs for all that it
    has before it; undefined where nothing was filed or nothing is ever decided."""
    tally = state.tally
    filed = {name: sum(units[name] for units in tally.applied.values()) for name in asked}
    backlog = tally.backlog / _staff(state) if _staff(state) > 0 else math.inf if tally.backlog > 0 else 0.0
    waited = sum(units * max(tally.waits[name], backlog, 1.0) for name, units in filed.items() if units > 0)
    mean = waited / sum(filed.values()) if sum(filed.values()) > 0 else math.nan
    return mean if math.isfinite(mean) else math.nan


def _file(state: PlainMarket, lab: PlainLab, asked: set[str]) -> Holdings:
    """What a lab applies for: what it would buy until the answer comes, beyond what it holds and waits for."""
    tally, found = state.tally, {}
    chance = {name: tally.approval.get(name, 1.0) for name in tally.supply}
    felt = considered(state, {name: units * chance[name] for name, units in tally.supply.items()}, tally.money)
    offers = {name: felt[name] + math.log(chance[name]) for name in tally.supply if may_buy(state, lab, name)}
    shares = lab.choose(offers, _nests(state), state.p)
    for name in asked:
        wish = tally.money[lab.name] * shares.get(name, 0.0) / tally.cost[name] * tally.accepted[name]
        months = max(tally.waits[name], 1.0)
        found[name] = max((1 + months) * wish - lab.pending[name] - lab.licensed[name], 0.0)
    return found


def _due(state: PlainMarket, lab: PlainLab) -> Holdings:
    """Part of a lab's applications that is due for decision this month, if staff comes to it."""
    tally = state.tally
    filed = tally.applied[lab.name].items()
    return {name: (lab.pending[name] + units) / max(tally.waits[name], 1.0) for name, units in filed}


def _keep_quotas(state: PlainMarket) -> None:
    """Cut grants to what is left for a buyer, for a product (a month, and of shipments for US use), and for all."""
    granted, law = state.tally.granted, state.now.law
    for name in next(iter(granted.values())):
        for lab in state.labs:
            left = max(law.quota_buyer[name] - lab.granted[name], 0.0)
            granted[lab.name][name] = min(granted[lab.name][name], left)
        room = law.quota[name]
        if math.isfinite(law.quota_us[name]):
            before = sum(lab.granted[name] for lab in state.labs)
            room = min(room, max(law.quota_us[name] * state.products[name].abroad - before, 0.0))
        share = fill(room, sum(granted[lab.name][name] for lab in state.labs))
        for lab in state.labs:
            granted[lab.name][name] *= share
    share = fill(law.quota_all, sum(sum(units.values()) for units in granted.values()))
    for lab in state.labs:
        granted[lab.name] = {name: units * share for name, units in granted[lab.name].items()}


def _nests(state: PlainMarket) -> dict[str, list[str]]:
    return {nest: [one.name for one in state.channel(nest)] for nest in NESTS}


# --- trade ---


def labs_buy(state: PlainMarket) -> None:
    """Labs spend their money in rounds; vendors are paid and pay; the rest of the world takes what is left."""
    tally = state.tally
    stock = dict(tally.supply)
    tally.bought = {lab.name: {} for lab in state.labs}
    tally.spent = {lab.name: 0.0 for lab in state.labs}
    left = dict(tally.money)
    waiting: dict[str, Holdings] = {lab.name: {} for lab in state.labs}
    for turn in range(state.p.trade.rounds):
        _round(state, stock, left, waiting, first=turn == 0)
    _deal(state, stock, waiting)
    tally.grey_paid = {
        one.name: tally.price[one.name] / state.products[f"{one.sku}/licensed"].price for one in state.channel("grey")
    }
    _own(state)
    _settle(state)
    for one in state.channel("licensed"):
        one.imported += tally.units(one.name)
    dealers.adapt_posted_prices(state, tally.supply)
    _feel_scarcity(state)
    _sell_abroad(state)


def _supply(state: PlainMarket) -> Holdings:
    """Units on sale of each open product that has any."""
    ready = {one.name: one.stock for one in state.channel("domestic")}
    for vendor in state.vendors.values():
        if not vendor.domestic:
            available = state.tally.packages[vendor.name]
            made = vendor.supply(
                state.tally.open, state.tally.lawful, _net(state), available, state.t, state.now, state.p
            )
            made = _us_first(state, made, available)
            ready |= {
                name: min(units * state.now.law.free[name], state.tally.room[name]) for name, units in made.items()
            }
    ready |= dealers.on_sale(state)
    return {name: units for name, units in ready.items() if name in state.tally.open and units > 1e-9}


def _us_first(state: PlainMarket, made: Holdings, available: float) -> Holdings:
    """What a vendor makes for China, licensed sales cut to the share of its packages that licences allow them."""
    x, terms, tally = state.p.licensing, state.now.law, state.tally
    most = min(x.us_first if terms.us_first else 1.0, x.foundry_first if terms.foundry_first else 1.0)
    packages = {name: state.products[name].packages * (name in tally.needs) for name in made}
    keep = fill(most * available, sum(units * packages[name] for name, units in made.items())) if most < 1 else 1.0
    return {name: units * (keep if packages[name] > 0 else 1.0) for name, units in made.items()}


def _net(state: PlainMarket) -> Holdings:
    """What each foreign product brings its vendor, fee and duty taken off, USD."""
    return {name: state.tally.price[name] * (1 - state.levy(name)) for name in state.now.law.policy}


def considered(state: PlainMarket, stock: Holdings, left: Holdings) -> Holdings:
    """Utility of each offer, less by the square of how far it lies below the value per dollar of what is on sale."""
    tally, money = state.tally, sum(left.values())
    worth = {name: tally.value[name] / tally.cost[name] for name in stock}
    dollars = {name: min(units * tally.cost[name], money) for name, units in stock.items()}
    whole = sum(dollars.values())
    if whole <= 0:
        return {name: tally.utility[name] for name in stock}
    typical = sum(dollars[name] * worth[name] for name in stock) / whole
    gap = {name: max(math.log(typical / worth[name]), 0.0) / state.p.demand.consideration for name in stock}
    return {name: tally.utility[name] - gap[name] ** 2 for name in stock}


def _round(state: PlainMarket, stock: Holdings, left: Holdings, waiting: dict[str, Holdings], first: bool) -> None:
    """One round: every lab divides its money; what goes to dealers waits, the other bids are cleared, product by
    product, and what was not served is kept."""
    tally, home = state.tally, {one.name for one in state.channel("domestic")}
    bids: dict[str, list[Bid]] = {name: [] for name in stock if not _dealt(state, name)}
    aimed = {}
    within = {name: min(units, sum(_cap(state, lab, name) for lab in state.labs)) for name, units in stock.items()}
    felt = considered(state, within, left)
    for lab in state.labs:
        open_to = {name: felt[name] for name in stock if stock[name] > 1e-9 and _cap(state, lab, name) > 1e-9}
        shares = _think_again(state, lab, open_to, left[lab.name])
        shares = lab.keep_mandate(shares, home, max(state.now.law.mandate, state.now.law.grid))
        aimed[lab.name] = sum(share for name, share in shares.items() if name in bids)
        for name in stock:
            money = left[lab.name] * shares.get(name, 0.0)
            if name not in bids:
                waiting[lab.name][name] = waiting[lab.name].get(name, 0.0) + money
                continue
            money *= tally.price[name] / tally.cost[name] * tally.accepted.get(name, 1.0)
            bids[name].append(Bid(lab.name, money, _cap(state, lab, name), _limit(state, name), lab.flow))
    cost = dict.fromkeys(left, 0.0)
    for name, offers in bids.items():
        if first:
            tally.orders[name] = sum(ordered(bid, tally.price[name]) for bid in offers)
            if tally.accepted.get(name, 1.0) < 1:
                tally.passed[name] = {bid.buyer: ordered(bid, tally.price[name]) for bid in offers}
        _trade(state, stock, name, offers, cost)
    for buyer, usd in cost.items():
        left[buyer] = max(left[buyer] * aimed[buyer] - usd, 0.0)


def _trade(state: PlainMarket, stock: Holdings, name: str, offers: list[Bid], cost: Holdings) -> None:
    """One product's bids are cleared, and what they cost is noted."""
    tally = state.tally
    price, got = clear(_mechanism(state, name), tally.price[name], stock[name], offers)
    for buyer, units in got.items():
        tally.bought[buyer][name] = tally.bought[buyer].get(name, 0.0) + units
        cost[buyer] += units * (price + state.products[name].host)
        tally.spent[buyer] += units * (price + state.products[name].host)
    whole = sum(got.values())
    tally.paid[name] = tally.paid.get(name, 0.0) + price * whole
    stock[name] = max(stock[name] - whole, 0.0)


def _dealt(state: PlainMarket, name: str) -> bool:
    """Whether dealers sell a product."""
    return state.products[name].channel in ("grey", "gaming")


def _deal(state: PlainMarket, stock: Holdings, waiting: dict[str, Holdings]) -> None:
    """Dealers call prices over the money that waits for them, and sell."""
    tally = state.tally
    _call(state, stock, waiting)
    for name in [name for name in stock if _dealt(state, name)]:
        offers = []
        for lab in state.labs:
            money = waiting[lab.name].get(name, 0.0) * tally.price[name] / tally.cost[name]
            offers.append(Bid(lab.name, money, _cap(state, lab, name), _limit(state, name), lab.flow))
        tally.orders[name] = sum(ordered(bid, tally.price[name]) for bid in offers)
        _trade(state, stock, name, offers, dict.fromkeys(waiting, 0.0))


def _think_again(state: PlainMarket, lab: PlainLab, open_to: Holdings, money: float) -> Holdings:
    """Shares of a lab's money, chosen twice: what licences cannot take of the first choice weighs less in the other."""
    tally, lam = state.tally, state.p.demand.lam
    weighed = {}
    for name, share in lab.choose(open_to, _nests(state), state.p).items():
        asked = share * money * tally.accepted.get(name, 1.0)
        fit = min(_cap(state, lab, name) * tally.cost[name] / asked, 1.0) if asked > 0 else 1.0
        weighed[name] = open_to[name] + lam * math.log(fit) if fit > 0 else -math.inf
    return lab.choose({name: value for name, value in weighed.items() if value > -math.inf}, _nests(state), state.p)


def _call(state: PlainMarket, stock: Holdings, waiting: dict[str, Holdings]) -> None:
    """Prices of grey and converted cards move part of the way to what a call of the bids finds."""
    g, d, tally = state.p.grey, state.p.demand, state.tally
    if g.mechanism != "call_auction":
        return
    for name, units in stock.items():
        one = state.products[name]
        if not _dealt(state, name):
            continue
        money = sum(bids.get(name, 0.0) for bids in waiting.values())
        money *= tally.price[name] / tally.cost[name]
        found = min(_limit(state, name), money / max(g.release * units, 1e-12)) if money > 0 else 0.0
        listed = one.price / one.factor
        floor = listed * (1 + g.floor)
        price = max(one.price * (max(found, floor) / one.price) ** g.step, floor)
        one.price, one.factor, tally.price[name] = price, price / listed, price
        tally.cost[name] = price + one.host
        tally.utility[name] = d.theta * math.log(tally.value[name] / (tally.cost[name] * tally.best))


def _mechanism(state: PlainMarket, name: str) -> str:
    """How a product's bids are cleared."""
    channel, grey = state.products[name].channel, state.p.grey.mechanism
    if channel == "offshore":
        return "pro_rata"
    if channel in ("grey", "gaming"):
        return "pro_rata" if grey == "call_auction" else grey
    return state.p.trade.mechanism


def _limit(state: PlainMarket, name: str) -> float:
    """The most a buyer would pay in an auction: where the offer is worth no more than keeping the money, or what was
    asked when it made its choice."""
    d = state.p.demand
    worth = state.tally.value[name] / state.tally.best * math.exp(-d.outside / d.theta)
    return max(worth - state.products[name].host, state.tally.offered["price"][name])


def _cap(state: PlainMarket, lab: PlainLab, name: str) -> float:
    """Units a lab may still take.

    None abroad for listed and military ones; what is licensed where that is needed; where China turns orders down, no
    more than what it let pass of the first round's.
    """
    tally = state.tally
    if not may_buy(state, lab, name):
        return 0.0
    most = lab.licensed[name] if name in tally.needs else math.inf
    if name in tally.passed:
        most = min(most, tally.passed[name][lab.name])
    return most - tally.bought[lab.name].get(name, 0.0)


def _settle(state: PlainMarket) -> None:
    """Cards leave stock for transit, money changes hands, fee and duty go to the government."""
    tally, p = state.tally, state.p
    for lab in state.labs:
        lab.cash -= tally.spent[lab.name]
        for name, units in tally.bought[lab.name].items():
            if state.products[name].channel != "offshore":
                lab.transit[name][-1] += units
            if name in tally.needs:
                lab.licensed[name] -= units
        lab.licensed = {name: max(units, 0.0) for name, units in lab.licensed.items()}
    for one in state.products.values():
        units = tally.units(one.name)
        one.orders += 0.5 * (tally.orders.get(one.name, 0.0) - one.orders)
        one.sales += 0.25 * (units - one.sales)
        paid = tally.paid.get(one.name, 0.0)
        if one.channel in ("grey", "gaming", "offshore"):
            dealers.sell(state, one, units, paid)
            continue
        one.transit_usd[-1] += paid
        fees = paid * state.levy(one.name)
        tally.fees += fees
        tally.levied[one.vendor] = tally.levied.get(one.vendor, 0.0) + fees
        state.governments[0].takings += fees
        vendor = state.vendors[one.vendor]
        vendor.cash += paid * (p.domestic.margin if vendor.domestic else p.vendors.margin) - fees
        if one.channel == "domestic":
            one.stock -= units


def _own(state: PlainMarket) -> None:
    """USD a month that owning what was bought costs: price paid and hosting as an annuity over a card's life; of rented
    compute, the rent of a month."""
    c, tally = state.p.compute, state.tally
    rate = c.discount / 12
    factor = 1 / c.life_months if rate == 0 else rate / (1 - (1 + rate) ** -c.life_months)
    for one in state.products.values():
        units = tally.units(one.name)
        price = tally.paid[one.name] / units if units > 1e-9 else tally.price[one.name]
        rented = one.channel == "offshore"
        month = price / state.p.offshore.months if rented else (price + one.host) * factor
        tally.owning[one.name] = units * month


def _feel_scarcity(state: PlainMarket) -> None:
    """What each lab got for a dollar against an unrestricted buyer at list prices."""
    tally, p = state.tally, state.p
    utility = {name: p.demand.theta * math.log(tally.worth[name] / tally.best) for name in tally.released}
    got_all, free_all = 0.0, 0.0
    for lab in state.labs:
        shares = lab.choose(utility, _nests(state), p)
        free = sum(share * tally.worth[name] for name, share in shares.items())
        got = sum(units * tally.value[name] for name, units in tally.bought[lab.name].items())
        rate = got / tally.spent[lab.name] if tally.spent[lab.name] > 0 else 0.0
        for name, share in shares.items():
            one = state.products[name]
            usd = lab.flow * share * one.price / (one.price + one.host)
            tally.wanted[one.vendor] = tally.wanted.get(one.vendor, 0.0) + usd
        felt = min(max(1 - rate / max(free / max(sum(shares.values()), 1e-12), 1e-30), 0.0), 1.0)
        lab.scarcity += 0.25 * ((felt if tally.money[lab.name] > 0 else 0.0) - lab.scarcity)
        got_all += got
        free_all += lab.flow * free
    tally.obtained = (got_all, free_all)


def _sell_abroad(state: PlainMarket) -> None:
    """The rest of the world buys what a foreign vendor's packages make beyond China's orders, at the price that clears;
    then vendors book their revenue."""
    tally, p = state.tally, state.p
    for vendor in state.vendors.values():
        china = sum(tally.units(one.name) * one.packages for one in vendor.catalogue)
        packages = state.now.packages[vendor.name]
        left = 0.0 if vendor.domestic else max(tally.packages[vendor.name] - china, 0.0)
        demand = p.vendors.world_demand * packages
        scarce = (demand / left) ** (1 / p.vendors.world_elasticity) if left > 0 else math.inf
        vendor.world_price = min(max(scarce, 0.7), 1.5)
        for name, share in vendor.world_line(state.t, p).items():
            one = state.products[name]
            units = left * share / max(one.packages, 1.0)
            tally.abroad[name] = units
            usd = units * one.price * vendor.world_price
            tally.abroad_usd[name] = usd
            vendor.cash += usd * p.vendors.margin
            one.abroad += units * state.now.paths["us_share"]
    for vendor in state.vendors.values():
        paid = sum(tally.paid.get(one.name, 0.0) for one in vendor.catalogue)
        world = sum(tally.abroad_usd.get(one.name, 0.0) for one in vendor.catalogue)
        tally.research[vendor.name] = vendor.account(paid, world, tally.wanted.get(vendor.name, 0.0), p)
