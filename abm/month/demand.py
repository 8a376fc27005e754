"""What labs do with money: how much they have, what they apply for, and what they buy."""

import math

import numpy as np

from abm.agents.labs import Labs
from abm.agents.products import CHANNELS
from abm.agents.vendors import ChipVendors
from abm.foundation.arrays import both, put, total
from abm.foundation.compiled import compiled, part
from abm.foundation.mirrors import behaviour
from abm.markets import accelerators, gaming, grey, licences, settlement, shortage, trade
from abm.markets.clearing import DUST
from abm.markets.trade import Bought
from abm.month.phase import phase
from abm.records import Bools, Budgets, Floats, Offers, Outlook, Rulings, Sales
from abm.rules import commerce, demand, entry, expectation, revenue
from abm.state import Market, Rows, seen, whole

OFFSHORE = CHANNELS.index("offshore")

account = behaviour(ChipVendors.account)
fail = behaviour(Labs.fail)
enter = behaviour(Labs.enter)
empty = behaviour(Labs.empty)
set_up = behaviour(Labs.found)
share_subsidy = behaviour(Labs.share_subsidy)
startups = behaviour(Labs.startups)
offer_money = behaviour(Labs.offer_money)
bias = behaviour(Labs.bias)

# --- money ---


@phase(
    """
    labs.listed labs.active labs.weight labs.skill labs.flow labs.cash labs.fleet labs.cards labs.transit labs.pending
    labs.licensed labs.efficiency labs.run labs.own labs.capability labs.planned labs.shelved labs.delay labs.scarcity
    labs.revenue labs.usual labs.rented
    """
)
def labs_budget(market: Market, outlook: Outlook) -> Budgets:
    """Start-ups exit or enter; money answers revenue, more of it for labs that stand out; each offers a part."""
    t, draws, budgets = market.t, market.setting.draws, market.blank(Budgets)
    _budget(
        market, outlook, budgets, market.law.lab_listed[t], draws["fail"][t], draws["enter"][t], draws["new size"][t],
        draws["new skill"][t], _newly_promised(market) / market.parameters.budget.subsidy_months,
        market.path("inference_share"),
    )  # fmt: skip
    return budgets


@whole
def _budget(
    market: Market, outlook: Outlook, budgets: Budgets, said: Floats, failing: Floats, entering: Floats, size: Floats,
    skill: Floats, promised: float, inference: float,
) -> None:  # fmt: skip
    """Start-ups exit and enter, labs are given money, and offer a part of it.

    said               whether law says that a lab is on the Entity List, (labs,); NaN where it says nothing
    failing to skill   (labs,) uniforms: who exits and who enters, and size and skill of those that do
    promised           USD a month of public money
    inference          share of compute that serves users
    """
    market, outlook, budgets = seen(market), seen(outlook), seen(budgets)
    labs = market.labs
    for i in range(len(said)):
        labs.listed[i] = labs.listed_from[i] <= market.t if np.isnan(said[i]) else said[i] > 0
    failed, entered = fail(labs, failing), enter(labs, entering)
    budgets.failed, budgets.entered = float(np.count_nonzero(failed)), float(np.count_nonzero(entered))
    if budgets.failed > 0:
        empty(labs, failed)
        settlement.wind_up(market, failed)
    if budgets.entered > 0:
        _set_up(market, entered, size, skill)
    budgets.response = _respond(market)
    _fund(market, market.setting.spending[market.t] * budgets.response, promised)
    settlement.pay_budgets(market)
    budgets.active = float(np.count_nonzero(both(labs.active, startups(labs))))
    liked = bias(labs, gaming.appeal(market, inference))
    for i in range(len(liked)):
        for nest in range(liked.shape[1]):
            budgets.odds[i, nest] = math.exp(liked[i, nest])
    put(budgets.money, offer_money(labs, outlook.fear))


@part
def _set_up(market: Market, entering: Bools, size: Floats, skill: Floats) -> None:
    """New, small start-ups take empty slots, (labs,); uniforms (labs,)."""
    small = market.setting.startup_weight * market.parameters.startups.entry_size
    weight, skills = np.zeros(len(size)), np.zeros(len(size))
    for i in range(len(size)):
        weight[i], skills[i] = small * entry.size(size[i], market.parameters.population.tail), 0.5 + skill[i]
    set_up(market.labs, entering, weight, skills)


@part
def _respond(market: Market) -> float:
    """Factor by which all labs' money answers revenue; 1 as long as their spending is on record."""
    labs, b, growth = market.labs, market.parameters.budget, market.setting.revenue_growth[market.t]
    for i in range(len(labs.usual)):
        labs.usual[i] = labs.usual[i] * growth if growth > 0 else labs.revenue[i]
    return revenue.respond(total(labs.revenue), total(labs.usual), b.elasticity, b.response_most)


@part
def _fund(market: Market, money: float, promised: float) -> None:
    """Labs are given money, and public money that has been promised, USD both."""
    labs = market.labs
    share = revenue.share(labs.weight, labs.capability, market.parameters.budget.feedback)
    public = share_subsidy(labs, promised)
    for i in range(len(share)):
        labs.flow[i] = share[i] * money + public[i]


def _newly_promised(market: Market) -> float:
    """Public money for computing that has been promised and is still being paid out, USD in all."""
    promised = market.law.subsidy
    before = market.t - round(market.parameters.budget.subsidy_months)
    return max(float(promised[market.t] - (promised[before] if before >= 0 else 0.0)), 0.0)


# --- licences ---


@phase("labs.pending labs.licensed labs.granted")
def labs_apply(market: Market, rulings: Rulings, budgets: Budgets) -> Offers:
    """Labs apply for licences for what they would buy; some applications are decided, within quotas.

    Applications and licences for what needs none, or is not available, lapse.
    """
    offers = market.blank(Offers)
    _apply(
        market, rulings, budgets, offers, market.path("inference_share"), accelerators.us_first(market),
        licences.staffing(market),
    )  # fmt: skip
    return offers


@whole
def _apply(
    market: Market, rulings: Rulings, budgets: Budgets, offers: Offers, inference: float, most_us: float, staff: float
) -> None:
    """What is on sale and at what terms, who may buy it, and what is decided of applications.

    inference to staff   share of compute that serves users; as in `accelerators` and `licences`
    """
    market, rulings, budgets, offers = seen(market), seen(rulings), seen(budgets), seen(offers)
    levied, fares = accelerators.levy(market, rulings.needs_licence), licences.standing(market)
    put(offers.world_line, accelerators.world_line(market))
    accelerators.appraise(market, offers, levied, inference)
    put(offers.supply, accelerators.supply(market, rulings, offers, levied, most_us))
    accelerators.let_in(market, fares, offers.eligible)
    licences.process(market, rulings, budgets, offers, fares, staff)


# --- purchases ---


@phase(
    """
    labs.cash labs.transit labs.licensed labs.scarcity products.stock products.orders products.sales
    products.imported products.transit_usd products.abroad products.price products.factor vendors.cash
    vendors.from_china vendors.from_world vendors.world_price vendors.research vendors.lobby brokers.stock brokers.cash
    workshops.stock workshops.cash hosts.cash governments.takings
    """
)
def labs_buy(market: Market, rulings: Rulings, budgets: Budgets, offers: Offers) -> Sales:
    """Labs spend their money in rounds; what China does not take goes to the rest of the world."""
    sales = market.blank(Sales)
    _purchase(market, rulings, budgets, offers, sales, *trade.called(market), market.path("us_share"))
    grey.adapt_posted_prices(market, sales, offers)
    return sales


@whole
def _purchase(
    market: Market, rulings: Rulings, budgets: Budgets, offers: Offers, sales: Sales, way: int, dealers: int,
    calling: bool, us: float,
) -> None:  # fmt: skip
    """Labs buy, sellers are paid, the rest of the world takes the rest, and vendors' books are closed.

    way to calling   as in `trade.called`; us: share of the rest of the world's purchases that is the US leaders'
    """
    market, rulings, budgets = seen(market), seen(rulings), seen(budgets)
    offers, sales = seen(offers), seen(sales)
    labs, products, axis, p = market.labs, market.products, market.axis, market.parameters
    bought = trade.hold_rounds(market, rulings, budgets, offers, way, dealers, calling)
    put(sales.orders, bought.orders)
    put(sales.price, bought.price)
    put(sales.paid, bought.paid)
    sales.spent = total(bought.spent)
    units = _remember(
        bought.rows, bought.units, sales.orders, rulings.needs_licence, p.trade.order_smoothing,
        p.trade.sales_smoothing, products.orders, products.sales, products.imported, labs.licensed, sales.bought,
        sales.units,
    )  # fmt: skip
    china, owed = settlement.move_cards(
        market, bought.rows, bought.units, units, bought.paid, bought.spent,
        accelerators.levy(market, rulings.needs_licence),
    )  # fmt: skip
    settlement.pay_dealers(market, units, bought.paid)
    lack = shortage.against_unrestricted(market, budgets, offers, bought)
    sales.obtained[0], sales.obtained[1] = lack.got, lack.free
    sales.scarcity = _feel(lack.felt, labs.flow, p.innovation.scarcity_smoothing, labs.scarcity)
    usd = _world_buys(market, rulings, offers, sales)
    world = settlement.sell_abroad(market, sales.abroad, usd, us)
    put(sales.abroad_usd, world)
    put(sales.research, account(market.vendors, china, world, lack.wanted))
    settlement.spend(market, sales.research, settlement.RESEARCH)
    put(sales.lobby, market.vendors.lobby)
    put(sales.levied, owed)
    sales.fees = total(owed)
    _own(market, bought, sales)
    for k in range(len(sales.grey_sold)):
        row = axis.grey.start + k
        sales.grey_sold[k] = units[row]
        sales.grey_paid[k] = bought.price[row] / products.price[axis.grey_source[k]]


@part
def _world_buys(market: Market, rulings: Rulings, offers: Offers, sales: Sales) -> Floats:
    """The rest of the world buys what vendors' packages make beyond China's orders; returns USD, (products,)."""
    products, vendors, v = market.products, market.vendors, market.parameters.vendors
    usd = np.zeros(len(sales.units))
    _sell_rest(
        sales.units, products.packages, products.vendor, products.price, offers.world_line, rulings.packages,
        vendors.domestic, market.setting.packages[market.t], v.world_demand, v.world_elasticity, vendors.world_price,
        sales.abroad, usd,
    )  # fmt: skip
    return usd


@part
def _own(market: Market, bought: Bought, sales: Sales) -> None:
    """USD a month of owning what was bought, the price paid and hosting spread over a card's life, and H100e bought, by
    channel."""
    products, c = market.products, market.parameters.compute
    _add_up_by_channel(
        bought.rows, market.axis.nests, sales.units, bought.paid, bought.price, products.host, products.compute,
        c.life_months, c.discount, market.parameters.offshore.months, sales.cost_by_channel, sales.bought_by_channel,
    )  # fmt: skip


# --- the loops of purchases ---


@compiled
def _remember(
    rows: Rows, bought: Floats, placed: Floats, needs_licence: Bools, order_weight: float, sales_weight: float,
    orders: Floats, sales: Floats, imported: Floats, licensed: Floats, sold: Floats, units: Floats,
) -> Floats:  # fmt: skip
    """Note what was ordered and sold of each product, and use licences up; returns units sold, (products,).

    rows       (live,) of what was on sale
    bought     (labs, products) units; placed: (products,) units ordered
    needs_licence   (foreign,), which stand first among products
    orders, sales, imported   (products,) units; licensed: (labs, products) units
    sold, units      (labs, products) and (products,) units sold, to be noted
    """
    foreign = len(needs_licence)
    for i in range(len(bought)):
        for row in rows:
            units[row] += bought[i, row]
            sold[i, row] = bought[i, row]
            if row < foreign and needs_licence[row]:
                licensed[i, row] = max(licensed[i, row] - bought[i, row], 0.0)
    for row in range(len(orders)):
        orders[row] = expectation.smooth(orders[row], placed[row], order_weight)
        sales[row] = expectation.smooth(sales[row], units[row], sales_weight)
        if row < foreign:
            imported[row] += units[row]
    return units


@compiled
def _feel(short: Floats, flow: Floats, weight: float, scarcity: Floats) -> float:
    """Labs' scarcity, (labs,), smoothed, follows what each is short of; returns its mean by money, flow (labs,) USD."""
    whole, money = 0.0, 0.0
    for i in range(len(short)):
        scarcity[i] = expectation.smooth(scarcity[i], short[i], weight)
        whole += scarcity[i] * flow[i]
        money += flow[i]
    return whole / max(money, 1.0)


@compiled
def _sell_rest(
    china: Floats, packages: Floats, vendor: Rows, price: Floats, line: Floats, made: Floats, domestic: Bools,
    planned: Floats, wanted: float, elasticity: float, world_price: Floats, units: Floats, usd: Floats,
) -> None:  # fmt: skip
    """Price over list in the rest of the world, (vendors,), and units sold there and USD paid, (products,) both.

    china to price   (products,) units sold to China, packages a unit, place of the vendor, USD at list
    line             (foreign,) share of a vendor's packages abroad that goes to a product; these stand first
    made, domestic   (vendors,) packages; whether it is Chinese
    planned, wanted  (vendors,) packages; what is wanted of them at list, over them
    """
    left, demanded = made.copy(), planned.copy()
    for row in range(len(line)):
        left[vendor[row]] -= china[row] * packages[row]
    for v in range(len(left)):
        left[v] = 0.0 if domestic[v] else max(left[v], 0.0)
        demanded[v] *= wanted
    put(world_price, commerce.world_price(demanded, left, elasticity))
    for row in range(len(line)):
        units[row] = left[vendor[row]] * line[row] / max(packages[row], 1.0)
        usd[row] = units[row] * price[row] * world_price[vendor[row]]


@compiled
def _add_up_by_channel(
    rows: Rows, nest: Rows, units: Floats, paid: Floats, price: Floats, host: Floats, compute: Floats,
    life: float, discount: float, rent_months: float, owning: Floats, bought: Floats,
) -> None:  # fmt: skip
    """USD a month of owning what was bought, and H100e, added up by channel, (channels,) both.

    rows            (live,) of what was on sale; nest: (products,) place of the channel
    units to compute   (products,) units; USD in all; USD asked; USD/card; H100e/card
    rent_months     for which compute abroad is rented
    """
    part = demand.annuity(life, discount)
    for row in rows:
        each = paid[row] / units[row] if units[row] > DUST else price[row]
        rented = nest[row] == OFFSHORE
        month = each / rent_months if rented else (each + host[row]) * part
        owning[nest[row]] += units[row] * month
        bought[nest[row]] += units[row] * compute[row]
