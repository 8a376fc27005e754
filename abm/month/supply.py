"""What is made: HBM stacks, Chinese chips, and chips that vendors cut to the lines of the law."""

import numpy as np

from abm.markets import accelerators, capacity, hbm, settlement
from abm.month import designs
from abm.month.phase import phase
from abm.records import Floats, HbmMonth, Outlook, Output, Redesign, Rulings
from abm.rules import hbm as hbm_rules
from abm.rules import production
from abm.state import Market

LOGIC = production.INPUTS.index("logic")


@phase(
    """
    makers.output makers.stock makers.cash makers.contract makers.capacity vendors.stock vendors.on_order vendors.cash
    vendors.contract
    """
)
def hbm_market(market: Market, outlook: Outlook) -> HbmMonth:
    """Makers turn out stacks; Chinese vendors get what they ordered as far as law and output go, the world the rest."""
    makers, vendors, rush = market.makers, market.vendors, outlook.hbm_rush
    mix = vendors.domestic_mix(market.products, market.axis, market.t)
    need = hbm.needed_ahead(market, mix)
    use, at_home = vendors.expected_use(need[:, 0]), capacity.stacks(market)
    filled, income = hbm.turn_out(market, at_home, use)
    settlement.make_stacks(market, makers.output)
    foreign = hbm.foreign(market)
    due = hbm.due(market, foreign, vendors.order_stacks(need, income, foreign.price, outlook.hbm_fear), rush)
    to_china = makers.sell_to_china(
        float(due.sum()), foreign.allowed, market.setting.hbm_standing, hbm.most(market, foreign, rush)
    )
    sales = hbm.sell(market, foreign, to_china, due, use, rush)
    received, earned = settlement.sell_stacks(market, sales)
    hbm.renew_contracts(market, sales.spot, filled)
    return HbmMonth(
        mix=mix,
        need=need,
        income=received,
        open=foreign.open,
        sold=to_china,
        home=sales.at_home,
        spot=sales.spot,
        hbm_to_china=to_china.sum(axis=1),
        hbm_usd=earned[0],
        hbm_abroad=earned[1],
        hbm_index=np.array([sales.contract, sales.spot]),
        cxmt=float(makers.output.sum()) - foreign.made,
    )


@phase(
    """
    vendors.dies vendors.limits vendors.running vendors.stock vendors.use vendors.cash vendors.wafers vendors.packaging
    products.stock
    """
)
def vendors_produce(market: Market, memory: HbmMonth) -> Output:
    """Chinese vendors make what the scarcest of dies, stacks, packaging and sales allows, and build what is short."""
    p, vendors, products, home = market.parameters, market.vendors, market.products, market.axis.domestic
    owner = products.vendor[home]

    def per_card(column: Floats) -> Floats:
        return np.bincount(owner, memory.mix * column[home], len(vendors))

    plan, added = market.setting.packages[market.t] * vendors.domestic, capacity.added(market)
    packages = capacity.packages(plan, vendors.packaging, added) * (per_card(np.ones(len(products))) > 0)
    per_die = np.maximum(per_card(products.dies), 1e-9) / p.domestic.survival
    per_stack = per_card(products.stacks)
    need = packages * per_die
    wafers, dies, could = _dies(market, need)
    settlement.receive_dies(market, dies)
    covered = hbm.covered(market, memory.need) if memory.open else 0.0
    wait = hbm.months_to_delivery(market)
    stacks = hbm_rules.usable(vendors.stock.sum(axis=1), memory.income, p.hbm.release, wait, covered)
    room = accelerators.sales_room(market, packages)
    made = vendors.plan_output(packages, stacks, per_die, per_stack, room)
    cards = made[owner] * memory.mix
    worth = per_card(products.price) * p.domestic.margin
    shadow = hbm.shadow_prices(market, memory.spot, per_die, per_stack, worth)
    settlement.make_cards(market, cards, made * per_die, made * per_stack)
    capacity.invest(market, could, need, per_card(products.factor))
    return Output(
        cards=cards,
        dies=dies,
        made=np.bincount(owner, cards, len(vendors)),
        wafers=wafers,
        limits=vendors.limits.copy(),
        shadow=shadow,
    )


def _dies(market: Market, need: Floats) -> tuple[float, Floats, Floats]:
    """The foundry's good dies, in proportion to need, and those made abroad while allowed.

    A vendor takes dies from abroad up to `domestic.die_months` of what full packaging needs, since they may end, and
    dies made in China up to as many months of the use that the other inputs and sales would allow.

    need      (vendors,) dies/month at full packaging
    returns   wafers started for AI dies, dies received and dies that capacity would give, (vendors,) both
    """
    t, d, vendors = market.t, market.parameters.domestic, market.vendors
    rate = production.die_yield(t / 12 - 1, d.yield_start, d.yield_max, d.learning)
    abroad = np.minimum(_dies_abroad(market, need), np.maximum(d.die_months * need - vendors.dies, 0.0))
    counted = need * np.maximum(vendors.running[:, LOGIC], d.least)
    room = np.maximum(d.die_months * counted - vendors.dies - abroad, 0.0)
    share = counted / max(counted.sum(), 1e-9) * vendors.wafers
    could = share * capacity.wafers(market) * d.dies_per_wafer * rate
    wanted = np.minimum(could, room)
    return float(wanted.sum() / max(d.dies_per_wafer * rate, 1e-12)), abroad + wanted, abroad + could


def _dies_abroad(market: Market, need: Floats) -> Floats:
    """Dies from foundries abroad: Huawei's own path, the others' by need; none when listed, nor for packages that due
    diligence catches."""
    t, vendors, products, home = market.t, market.vendors, market.products, market.axis.domestic
    with_memory, without = market.law.dies[t]
    if not (with_memory or without):
        return np.zeros(len(vendors))
    huawei = vendors.index["Huawei"]
    stacked = np.bincount(products.vendor[home], products.stacks[home], len(vendors)) > 0
    unlisted = np.where(market.law.listed[t], 0.0, need)
    unlisted[huawei] = 0.0
    claim = np.where(np.where(stacked, with_memory, without), unlisted, 0.0)
    dies = claim / max(float(unlisted.sum()), 1e-9) * market.path("foundry_abroad/others")
    dies[huawei] = market.setting.paths["foundry_abroad/Huawei"][t] * with_memory
    return np.asarray(dies)


@phase(
    """
    products.compute products.bandwidth products.capacity products.link products.host products.list_price products.price
    products.released products.stacks products.packages products.dies products.lawful products.committed
    vendors.designs vendors.cash law chips designed_for
    """
)
def vendors_redesign(market: Market, rulings: Rulings) -> Redesign:
    """A rule that came suddenly strands chips made for China; vendors cut new ones to the lines to come."""
    charges = designs.write_down_stranded(market, rulings)
    settlement.write_off(market, charges)
    fines = designs.fines(market)
    settlement.fine(market, fines)
    designs.accelerate_roadmap(market)
    designs.start_redesign(market)
    return Redesign(charges=charges, fines=fines, released=market.products.released[market.axis.spare].copy())
