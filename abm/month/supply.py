"""What is made: HBM stacks, Chinese chips, and chips that vendors cut to the lines of the law."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled
from abm.markets import accelerators, capacity, hbm, settlement
from abm.month import designs
from abm.month.phase import phase
from abm.records import Bools, Floats, HbmMonth, Outlook, Output, Redesign, Rulings
from abm.rules import production
from abm.state import Market

Rows = NDArray[np.int64]

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
    cxmt, filled, income = hbm.turn_out(market, at_home, use)
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
        cxmt=cxmt,
    )


@phase(
    """
    vendors.dies vendors.limits vendors.running vendors.stock vendors.use vendors.cash vendors.wafers vendors.packaging
    products.stock
    """
)
def vendors_produce(market: Market, memory: HbmMonth) -> Output:
    """Chinese vendors make what the scarcest of dies, stacks, packaging and sales allows, and build what is short."""
    vendors, home, added = market.vendors, market.axis.domestic, capacity.added(market)
    owner, margin = market.products.vendor[home], market.parameters.domestic.margin
    packages, per_die, per_stack, price, pays, stacked = _average_card(market, memory.mix, added)
    need = packages * per_die
    wafers, dies, could = _dies(market, need, stacked, added)
    settlement.receive_dies(market, dies)
    foreign = hbm.foreign(market)
    stacks = hbm.usable(market, foreign, memory)
    room = accelerators.sales_room(market, packages)
    made = vendors.plan_output(packages, stacks, per_die, per_stack, room)
    cards = made[owner] * memory.mix
    shadow = hbm.shadow_prices(market, foreign.price * memory.spot, per_die, per_stack, price * margin)
    settlement.make_cards(market, cards, made * per_die, made * per_stack)
    capacity.invest(market, could, need, pays)
    return Output(
        cards=cards,
        dies=dies,
        made=np.bincount(owner, cards, len(vendors)),
        wafers=wafers,
        limits=vendors.limits.copy(),
        shadow=shadow,
    )


def _average_card(market: Market, mix: Floats, added: float) -> Floats:
    """Of each Chinese vendor, (6, vendors): cards that it can package in a month; of its average card the good dies,
    packaging losses included, and stacks that it takes, its price, and that over list; and stacks of all its cards."""
    products, vendors, d = market.products, market.vendors, market.parameters.domestic
    return _average(
        market.setting.packages, market.t, vendors.domestic, vendors.packaging, added, d.survival, mix,
        market.axis.domestic.start, products.vendor, products.dies, products.stacks, products.price, products.factor,
    )  # fmt: skip


@compiled
def _average(
    plan: Floats, t: int, domestic: Bools, built: Floats, added: float, survival: float, mix: Floats, start: int,
    vendor: Rows, dies: Floats, stacks: Floats, price: Floats, factor: Floats,
) -> Floats:  # fmt: skip
    found = np.zeros((6, len(domestic)))
    for k in range(len(mix)):
        row, v = start + k, vendor[start + k]
        if mix[k] > 0:
            found[0, v] = capacity.packages(plan[t, v], built[v], added) * domestic[v]
        found[1, v] += mix[k] * dies[row]
        found[2, v] += mix[k] * stacks[row]
        found[3, v] += mix[k] * price[row]
        found[4, v] += mix[k] * factor[row]
        found[5, v] += stacks[row]
    for v in range(len(domestic)):
        found[1, v] = max(found[1, v], 1e-9) / survival
    return found


def _dies(market: Market, need: Floats, stacked: Floats, added: float) -> tuple[float, Floats, Floats]:
    """The foundry's good dies, in proportion to need, and those made abroad while allowed.

    A vendor takes dies from abroad up to `domestic.die_months` of what full packaging needs, since they may end, and
    dies made in China up to as many months of the use that the other inputs and sales would allow.

    need      (vendors,) dies/month at full packaging
    stacked   (vendors,) above 0 where a vendor has products with HBM; added: what public money adds, over the plan
    returns   wafers started for AI dies, dies received and dies that capacity would give, (vendors,) both
    """
    t, d, vendors, law = market.t, market.parameters.domestic, market.vendors, market.law
    per_wafer = d.dies_per_wafer * production.die_yield(t / 12 - 1, d.yield_start, d.yield_max, d.learning)
    started, received, could = _shared_dies(
        need, stacked, vendors.dies, vendors.running, vendors.wafers, capacity.wafers(market, added) * per_wafer,
        d.die_months, d.least, t, law.dies, law.listed, vendors.index["Huawei"],
        market.path("foundry_abroad/Huawei"), market.path("foundry_abroad/others"),
    )  # fmt: skip
    return started / max(per_wafer, 1e-12), received, could


@compiled
def _shared_dies(
    need: Floats, stacked: Floats, held: Floats, running: Floats, built: Floats, made: float, months: float,
    least: float, t: int, allowed: Bools, listed: Bools, huawei: int, path: float, others: float,
) -> tuple[float, Floats, Floats]:  # fmt: skip
    """Dies wanted from the foundry in all, those received, and those that capacity would give, (vendors,)."""
    abroad = _dies_abroad(need, stacked, t, allowed, listed, huawei, path, others)
    counted, whole, wanted = np.zeros(len(need)), 0.0, 0.0
    for v in range(len(need)):
        counted[v] = need[v] * max(running[v, LOGIC], least)
        whole += counted[v]

    received, could = np.zeros(len(need)), np.zeros(len(need))
    for v in range(len(need)):
        foreign = min(abroad[v], max(months * need[v] - held[v], 0.0))
        share = counted[v] / max(whole, 1e-9) * built[v] * made
        own = min(share, max(months * counted[v] - held[v] - foreign, 0.0))
        received[v], could[v] = foreign + own, foreign + share
        wanted += own
    return wanted, received, could


@compiled
def _dies_abroad(
    need: Floats, stacked: Floats, t: int, allowed: Bools, listed: Bools, huawei: int, path: float, others: float
) -> Floats:
    """Dies from foundries abroad: Huawei's own path, the others' by need; none when listed, nor for packages that due
    diligence catches."""
    dies, whole = np.zeros(len(need)), 0.0
    for v in range(len(need)):
        if v != huawei and not listed[t, v]:
            whole += need[v]
    for v in range(len(need)):
        if v == huawei:
            dies[v] = path if allowed[t, 0] else 0.0
        elif not listed[t, v] and allowed[t, 0 if stacked[v] > 0 else 1]:
            dies[v] = need[v] / max(whole, 1e-9) * others
    return dies


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
