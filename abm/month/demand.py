"""What labs do with money: how much they have, what they apply for, and what they buy."""

from dataclasses import replace

import numpy as np

from abm.markets import accelerators, gaming, grey, settlement
from abm.markets.accelerators import Bought
from abm.markets.clearing import DUST
from abm.month.phase import phase
from abm.records import Budgets, Floats, Offers, Outlook, Rulings, Sales
from abm.rules import commerce, demand, entry, expectation, licensing, revenue
from abm.state import Market

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
    standing = accelerators.standing(market)
    offers = _offers(market, rulings, standing)
    applied, granted, delay = _licences(market, rulings, budgets, offers, standing)
    return replace(offers, applied=applied, granted=granted, delay=delay)


def _licences(
    market: Market, rulings: Rulings, budgets: Budgets, offers: Offers, standing: Floats
) -> tuple[float, float, float]:
    """Labs file what they lack, some is decided; returns cards applied for, granted, and the mean delay."""
    labs, p, foreign = market.labs, market.parameters.licensing, market.axis.licensed
    rows = np.flatnonzero(rulings.needs_licence & rulings.open[foreign])
    pending, licensed = labs.pending[:, rows], labs.licensed[:, rows]
    labs.pending[:] = labs.licensed[:] = 0.0
    if not len(rows):
        return 0.0, 0.0, np.nan
    months, staff = accelerators.review_months(market, rulings)[rows], accelerators.staffing(market)
    filed = licensing.file(accelerators.wish(market, rulings, budgets, offers, rows), pending, licensed, months)
    queue = pending + filed
    decided = licensing.review(queue, months, staff)
    granted = accelerators.within_quotas(market, licensing.grant(decided, rulings.approval[rows], standing), rows)
    labs.pending[:, rows] = queue - decided
    labs.licensed[:, rows] = licensed * (1 - 1 / p.validity_months) + granted
    labs.granted[:, rows] += granted
    applications, grants = np.zeros((2, len(labs), foreign.stop))
    applications[:, rows], grants[:, rows] = filed, granted
    wait = np.zeros(foreign.stop)
    wait[rows] = licensing.queue_months(months, queue, staff)
    return float(applications.sum()), float(grants.sum()), _delay(applications.sum(axis=0), wait)


def _delay(filed: Floats, months: Floats) -> float:
    """Mean months from filing to decision of what was filed, undefined when nothing was, or is decided."""
    some = filed > 0
    if not some.any():
        return np.nan
    mean = float((filed[some] * np.maximum(months[some], 1.0)).sum() / filed[some].sum())
    return mean if np.isfinite(mean) else np.nan


def _offers(market: Market, rulings: Rulings, standing: Floats) -> Offers:
    """What is on sale and who may buy it, before anyone has applied."""
    products = market.products
    price, value = accelerators.asked(market, rulings), accelerators.values(market)
    cost, worth = price + products.host, value / (products.price + products.host)
    released = (products.released <= market.t) & (np.arange(len(products)) < market.axis.domestic.stop)
    best = float(worth[released].max())
    world_line = accelerators.world_line(market)
    return Offers(
        price=price,
        cost=cost,
        value=value,
        utility=accelerators.utility(market, value, cost, best) - accelerators.use_risk(market),
        worth=worth,
        released=released,
        best=best,
        supply=accelerators.supply(market, rulings, price, world_line),
        eligible=accelerators.eligible(market, standing),
        world_line=world_line,
        applied=0.0,
        granted=0.0,
        delay=np.nan,
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
    labs, products, vendors, foreign = market.labs, market.products, market.vendors, market.axis.licensed
    p = market.parameters
    bought = accelerators.rounds(market, rulings, budgets, offers)
    units = bought.units.sum(axis=0)
    products.orders[:] = expectation.smooth(products.orders, bought.orders, p.trade.order_smoothing)
    products.sales[:] = expectation.smooth(products.sales, units, p.trade.sales_smoothing)
    products.imported[foreign] += units[foreign]
    labs.licensed[:, foreign] -= bought.units[:, foreign] * rulings.needs_licence
    labs.licensed[:] = np.maximum(labs.licensed, 0.0)
    levied = accelerators.levy(market, rulings)
    fees = settlement.pay_for_cards(market, bought.units, bought.paid, bought.spent, levied)
    settlement.pay_dealers(market, units, bought.paid)
    grey.adapt_posted_prices(market, bought.orders, offers.supply)
    obtained, short, wanted = accelerators.against_unrestricted(market, budgets, offers, bought)
    labs.scarcity[:] = expectation.smooth(labs.scarcity, short, p.innovation.scarcity_smoothing)
    abroad, abroad_usd = _sell_abroad(market, rulings, offers, units)
    own = np.where(np.arange(len(units)) < market.axis.domestic.stop, bought.paid, 0.0)
    earned = np.bincount(products.vendor, own, len(vendors))
    research = vendors.account(earned, abroad_usd, wanted)
    settlement.pay_research(market, research)
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
        levied=np.bincount(products.vendor[foreign], bought.paid[foreign] * levied, len(vendors)),
        obtained=obtained,
        spent=float(bought.spent.sum()),
        scarcity=float((labs.scarcity * labs.flow).sum() / max(float(labs.flow.sum()), 1.0)),
        cost_by_channel=market.axis.by_channel(units * _monthly_cost(market, bought, units)),
        bought_by_channel=market.axis.by_channel(units * products.compute),
        grey_sold=units[market.axis.grey],
        grey_paid=bought.price[market.axis.grey] / products.price[market.axis.grey_source],
    )


def _sell_abroad(market: Market, rulings: Rulings, offers: Offers, china: Floats) -> tuple[Floats, Floats]:
    """The rest of the world buys what vendors' packages make beyond China's orders; returns units (products,) and USD
    (vendors,).

    china   (products,) units sold to China
    """
    products, vendors, t, rows, v = (
        market.products,
        market.vendors,
        market.t,
        market.axis.licensed,
        market.parameters.vendors,
    )
    used = np.bincount(products.vendor[rows], (china * products.packages)[rows], len(vendors))
    left = np.maximum(rulings.packages * ~vendors.domestic - used, 0.0)
    vendors.world_price[:] = commerce.world_price(v.world_demand * market.setting.packages[t], left, v.world_elasticity)
    units = np.zeros(len(products))
    units[rows] = left[products.vendor[rows]] * offers.world_line / np.maximum(products.packages[rows], 1.0)
    usd = units * products.price * vendors.world_price[products.vendor]
    return units, settlement.sell_abroad(market, units, usd)


def _monthly_cost(market: Market, bought: Bought, units: Floats) -> Floats:
    """USD a month of owning a card, the price paid and hosting spread over its life, (products,)."""
    c, offshore = market.parameters.compute, market.axis.offshore
    price = np.divide(bought.paid, units, out=bought.price.copy(), where=units > DUST)
    cost = demand.monthly_cost(price, market.products.host, c.life_months, c.discount)
    cost[offshore] = price[offshore] / market.parameters.offshore.months
    return cost
