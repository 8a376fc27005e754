"""What labs do with money: how much they have, what they apply for, and what they buy."""

import numpy as np

from abm.agents.products import CHANNELS
from abm.foundation.compiled import compiled
from abm.markets import accelerators, gaming, grey, licences, settlement, shortage, trade
from abm.markets.clearing import DUST
from abm.markets.trade import Bought
from abm.month.phase import phase
from abm.records import Bools, Budgets, Floats, Offers, Outlook, Rulings, Sales
from abm.rules import commerce, demand, entry, expectation, revenue
from abm.state import Market, Rows

OFFSHORE = CHANNELS.index("offshore")

# --- money ---


@phase(
    """
    labs.listed labs.active labs.weight labs.skill labs.flow labs.cash labs.fleet labs.transit labs.pending
    labs.licensed labs.efficiency labs.run labs.own labs.capability labs.planned labs.shelved labs.delay labs.scarcity
    labs.revenue labs.usual labs.rented
    """
)
def labs_budget(market: Market, outlook: Outlook) -> Budgets:
    """Start-ups exit or enter; money answers revenue, more of it for labs that stand out; each offers a part."""
    labs, t, p = market.labs, market.t, market.parameters
    said = market.law.lab_listed[t]
    labs.listed[:] = np.where(np.isnan(said), labs.listed_from <= t, said > 0)
    failed, entered = _churn(market)
    response = _response(market)
    share = revenue.share(labs.weight, labs.capability, p.budget.feedback)
    labs.flow[:] = share * (market.setting.spending[t] * response)
    if (money := _newly_promised(market)) > 0:
        labs.flow += labs.share_subsidy(money / p.budget.subsidy_months)
    settlement.pay_budgets(market)
    return Budgets(
        money=labs.offer_money(outlook.fear),
        bias=labs.bias(gaming.appeal(market)),
        response=response,
        failed=float(failed),
        entered=float(entered),
        active=float(np.count_nonzero(labs.active & labs.startups())),
    )


def _churn(market: Market) -> tuple[int, int]:
    """Some start-ups exit and are wound up; some empty slots are taken by new, small ones; returns how many exit
    and enter."""
    labs, t = market.labs, market.t
    failing = labs.fail(market.setting.draws["fail"][t])
    entering = labs.enter(market.setting.draws["enter"][t])
    if failed := int(np.count_nonzero(failing)):
        labs.active &= ~failing
        labs.weight[failing] = labs.flow[failing] = 0.0
        settlement.wind_up(market, failing)
        labs.empty(failing)
    if entered := int(np.count_nonzero(entering)):
        draws, s = market.setting.draws, market.parameters.startups
        size = entry.size(draws["new size"][t], market.parameters.population.tail)
        weight = market.setting.startup_weight * s.entry_size * size[entering]
        labs.found(entering, weight, 0.5 + draws["new skill"][t][entering])
    return failed, entered


def _response(market: Market) -> float:
    """Factor by which all labs' money answers revenue; 1 as long as their spending is on record."""
    labs, b, growth = market.labs, market.parameters.budget, market.setting.revenue_growth[market.t]
    labs.usual[:] = labs.usual * growth if growth > 0 else labs.revenue
    return revenue.respond(float(labs.revenue.sum()), float(labs.usual.sum()), b.elasticity, b.response_most)


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
    fares, levied = licences.standing(market), accelerators.levy(market, rulings)
    goods, world_line = accelerators.appraise(market, levied), accelerators.world_line(market)
    supply = accelerators.supply(market, rulings, goods.price, levied, world_line)
    eligible = accelerators.eligible(market, fares)
    decided = licences.process(market, rulings, budgets, goods, supply, eligible, fares)
    return Offers(
        price=goods.price,
        cost=goods.cost,
        value=goods.value,
        utility=goods.utility,
        worth=goods.worth,
        released=goods.released,
        best=goods.best,
        supply=supply,
        eligible=eligible,
        world_line=world_line,
        applied=decided.applied,
        granted=decided.granted,
        delay=decided.delay,
    )


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
    labs, products, vendors, axis, p = market.labs, market.products, market.vendors, market.axis, market.parameters
    bought = trade.rounds(market, rulings, budgets, offers)
    units = _remember(
        bought.rows, bought.units, bought.orders, rulings.needs_licence, p.trade.order_smoothing,
        p.trade.sales_smoothing, products.orders, products.sales, products.imported, labs.licensed,
    )  # fmt: skip
    levied = accelerators.levy(market, rulings)
    earned, owed, fees = settlement.pay_for_cards(
        market, bought.rows, bought.units, units, bought.paid, bought.spent, levied
    )
    settlement.pay_dealers(market, units, bought.paid)
    grey.adapt_posted_prices(market, bought.orders, offers.supply)
    lack = shortage.against_unrestricted(market, budgets, offers, bought)
    scarcity = _feel(lack.felt, labs.flow, p.innovation.scarcity_smoothing, labs.scarcity)
    abroad, abroad_usd = _sell_abroad(market, rulings, offers, units)
    research = vendors.account(earned, abroad_usd, lack.wanted)
    settlement.pay_research(market, research)
    owning, compute = _by_channel(market, bought, units)
    return Sales(
        bought=bought.units,
        units=units,
        price=bought.price,
        paid=bought.paid,
        abroad=abroad,
        abroad_usd=abroad_usd,
        research=research,
        lobby=vendors.lobby.copy(),
        fees=fees,
        levied=owed,
        obtained=np.array([lack.got, lack.free]),
        spent=float(bought.spent.sum()),
        scarcity=scarcity,
        cost_by_channel=owning,
        bought_by_channel=compute,
        grey_sold=units[axis.grey],
        grey_paid=bought.price[axis.grey] / products.price[axis.grey_source],
    )


def _sell_abroad(market: Market, rulings: Rulings, offers: Offers, china: Floats) -> tuple[Floats, Floats]:
    """The rest of the world buys what vendors' packages make beyond China's orders; returns units (products,) and USD
    (vendors,).

    china   (products,) units sold to China
    """
    products, vendors, v = market.products, market.vendors, market.parameters.vendors
    units, usd = np.zeros(len(products)), np.zeros(len(products))
    _sell_rest(
        china, products.packages, products.vendor, products.price, offers.world_line, rulings.packages,
        vendors.domestic, market.setting.packages[market.t], v.world_demand, v.world_elasticity, vendors.world_price,
        units, usd,
    )  # fmt: skip
    return units, settlement.sell_abroad(market, units, usd)


def _by_channel(market: Market, bought: Bought, units: Floats) -> tuple[Floats, Floats]:
    """USD a month of owning what was bought, the price paid and hosting spread over a card's life, and H100e bought,
    (channels,) both."""
    products, c, axis = market.products, market.parameters.compute, market.axis
    owning, compute = np.zeros(len(CHANNELS)), np.zeros(len(CHANNELS))
    _own(
        bought.rows, axis.nests, units, bought.paid, bought.price, products.host, products.compute, c.life_months,
        c.discount, market.parameters.offshore.months, owning, compute,
    )  # fmt: skip
    return owning, compute


# --- the loops of purchases ---


@compiled
def _remember(
    rows: Rows, bought: Floats, placed: Floats, needs_licence: Bools, order_weight: float, sales_weight: float,
    orders: Floats, sales: Floats, imported: Floats, licensed: Floats,
) -> Floats:  # fmt: skip
    """Note what was ordered and sold of each product, and use licences up; returns units sold, (products,).

    rows       (live,) of what was on sale
    bought     (labs, products) units; placed: (products,) units ordered
    needs_licence   (foreign,), which stand first among products
    orders, sales, imported   (products,) units; licensed: (labs, products) units
    """
    units, foreign = np.zeros(len(orders)), len(needs_licence)
    for i in range(len(bought)):
        for row in rows:
            units[row] += bought[i, row]
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
    world_price[:] = commerce.world_price(demanded, left, elasticity)
    for row in range(len(line)):
        units[row] = left[vendor[row]] * line[row] / max(packages[row], 1.0)
        usd[row] = units[row] * price[row] * world_price[vendor[row]]


@compiled
def _own(
    rows: Rows, nest: Rows, units: Floats, paid: Floats, price: Floats, host: Floats, compute: Floats,
    life: float, discount: float, rent_months: float, owning: Floats, bought: Floats,
) -> None:  # fmt: skip
    """USD a month of owning what was bought, and H100e, added up by channel, (channels,) both.

    rows            (live,) of what was on sale; nest: (products,) place of the channel
    units to compute   (products,) units; USD in all; USD asked; USD/card; H100e/card
    rent_months     for which compute abroad is rented
    """
    for row in rows:
        each = paid[row] / units[row] if units[row] > DUST else price[row]
        rented = nest[row] == OFFSHORE
        month = each / rent_months if rented else demand.monthly_cost(each, host[row], life, discount)
        owning[nest[row]] += units[row] * month
        bought[nest[row]] += units[row] * compute[row]
