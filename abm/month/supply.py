"""What is made: HBM stacks, Chinese chips, and chips that vendors cut to the lines of the law."""

import numpy as np
from numpy.typing import NDArray

from abm.agents.makers import HbmMakers
from abm.agents.vendors import ChipVendors
from abm.foundation.arrays import product, put, put_rows, sums, times, total, totals
from abm.foundation.compiled import compiled, part
from abm.foundation.mirrors import behaviour
from abm.law import outlook
from abm.markets import accelerators, capacity, hbm, settlement
from abm.month import designs
from abm.month.phase import phase
from abm.records import Bools, Floats, HbmMonth, Outlook, Output, Redesign, Rulings
from abm.rules import production
from abm.state import Market, seen, whole

Rows = NDArray[np.int64]

LOGIC = production.INPUTS.index("logic")

domestic_mix = behaviour(ChipVendors.domestic_mix)
expected_use = behaviour(ChipVendors.expected_use)
order_stacks = behaviour(ChipVendors.order_stacks)
plan_output = behaviour(ChipVendors.plan_output)
sell_to_china = behaviour(HbmMakers.sell_to_china)


@phase(
    """
    makers.output makers.stock makers.cash makers.contract makers.capacity makers.begun vendors.stock vendors.on_order
    vendors.cash vendors.contract
    """
)
def hbm_market(market: Market, outlook: Outlook) -> HbmMonth:
    """Makers turn out stacks; Chinese vendors get what they ordered as far as law and output go, the world the rest."""
    memory, path = market.blank(HbmMonth), market.path
    _sell_memory(market, outlook, memory, path("smic_wafers"), path("cxmt_wafers"))
    return memory


@whole
def _sell_memory(market: Market, outlook: Outlook, memory: HbmMonth, wafers: float, memory_wafers: float) -> None:
    """The month of HBM stacks; dated inputs: wafers a month on record for logic, and for memory."""
    market, outlook, memory = seen(market), seen(outlook), seen(memory)
    makers, vendors, rush = market.makers, market.vendors, outlook.hbm_rush
    mix = domestic_mix(vendors, market.products, market.axis, market.t)
    need = hbm.needed_ahead(market, mix, capacity.added(market, wafers))
    use = expected_use(vendors, need[:, 0])
    at_home = capacity.stacks(market, memory_wafers)
    cxmt, filled, income = hbm.turn_out(market, at_home, use)
    settlement.make_stacks(market)
    foreign = hbm.foreign(market)
    due = hbm.due(market, foreign, order_stacks(vendors, need, income, foreign.price, outlook.hbm_fear), rush)
    most = hbm.most(market, foreign, rush)
    to_china = sell_to_china(makers, total(due), foreign.allowed, market.setting.hbm_standing, most)
    sales = hbm.sell(market, foreign, to_china, due, use, rush)
    received, earned = settlement.sell_stacks(market, sales)
    hbm.renew_contracts(market, sales.spot, filled)
    capacity.expand(market, hbm.shortage(market, foreign, need, at_home), memory_wafers)
    put(memory.mix, mix)
    put_rows(memory.need, need)
    put(memory.income, received)
    put_rows(memory.sold, to_china)
    put_rows(memory.home, sales.at_home)
    put(memory.hbm_to_china, totals(to_china))
    put(memory.hbm_usd, earned[0])
    put(memory.hbm_abroad, earned[1])
    memory.open, memory.spot, memory.cxmt = foreign.open, sales.spot, cxmt
    memory.hbm_index[0], memory.hbm_index[1] = sales.contract, sales.spot


@phase(
    """
    vendors.dies vendors.limits vendors.running vendors.stock vendors.use vendors.cash vendors.wafers vendors.packaging
    vendors.wafers_begun vendors.packaging_begun products.stock
    """
)
def vendors_produce(market: Market, memory: HbmMonth) -> Output:
    """Chinese vendors make what the scarcest of dies, stacks, packaging and sales allows, and build what is short."""
    output, path = market.blank(Output), market.path
    _produce(
        market, memory, output, path("smic_wafers"), path("smic_wafers") * path("smic_ai_share"),
        path("foundry_abroad/Huawei"), path("foundry_abroad/others"), market.vendors.index["Huawei"],
    )  # fmt: skip
    return output


@whole
def _produce(
    market: Market, memory: HbmMonth, output: Output, record: float, ai_wafers: float, abroad: float,
    others_abroad: float, huawei: int,
) -> None:  # fmt: skip
    """The month of Chinese vendors.

    record to huawei     dated inputs: wafers a month on record in all and for AI, good dies a month that foundries
                         abroad make for Huawei and for others, and Huawei's place
    """
    market, memory, output = seen(market), seen(memory), seen(output)
    vendors, home, d, added = (
        market.vendors,
        market.axis.domestic,
        market.parameters.domestic,
        capacity.added(market, record),
    )
    average = _average_card(market, memory.mix, added)
    packages, per_die, per_stack, price, listed, stacked = (
        average[0], average[1], average[2], average[3], average[4], average[5],
    )  # fmt: skip
    need = product(packages, per_die)
    wafers, received, could = _dies(
        market, need, stacked, ai_wafers * d.smic_scale, added, abroad, others_abroad, huawei
    )
    settlement.receive_dies(market, received)
    foreign = hbm.foreign(market)
    stacks = hbm.usable(market, foreign, memory.need, memory.income, memory.open)
    made = plan_output(vendors, packages, stacks, per_die, per_stack, accelerators.sales_room(market, packages))
    for k in range(len(output.cards)):
        output.cards[k] = made[market.products.vendor[home.start + k]] * memory.mix[k]
    shadow = hbm.shadow_prices(market, foreign.price * memory.spot, per_die, per_stack, times(price, d.margin))
    settlement.make_cards(market, output.cards, product(made, per_die), product(made, per_stack))
    earns = np.zeros(len(made))
    for v in range(len(made)):
        earns[v] = production.earns(price[v], listed[v], d.margin, per_stack[v] * foreign.price, memory.spot)
    capacity.invest(market, could, need, earns)
    output.wafers = wafers
    put(output.dies, received)
    put(output.made, sums(output.cards, market.products.vendor[home.start : home.stop], len(made)))
    put_rows(output.limits, vendors.limits)
    put_rows(output.shadow, shadow)


@part
def _average_card(market: Market, mix: Floats, added: float) -> Floats:
    """Of each Chinese vendor, (6, vendors): cards that it can package in a month; of its average card the good dies,
    packaging losses included, and stacks that it takes, its price, and its list price; and stacks of all its cards."""
    products, vendors = market.products, market.vendors
    return _average(
        market.setting.packages, market.t, vendors.domestic, vendors.packaging, added,
        market.parameters.domestic.survival, mix, market.axis.domestic.start, products.vendor, products.dies,
        products.stacks, products.price, products.factor,
    )  # fmt: skip


@compiled
def _average(
    record: Floats, t: int, domestic: Bools, built: Floats, added: float, survival: float, mix: Floats, start: int,
    vendor: Rows, dies: Floats, stacks: Floats, price: Floats, factor: Floats,
) -> Floats:  # fmt: skip
    found = np.zeros((6, len(domestic)))
    for k in range(len(mix)):
        row, v = start + k, vendor[start + k]
        if mix[k] > 0:
            found[0, v] = capacity.packages(record[t, v], built[v], added) * domestic[v]
        found[1, v] += mix[k] * dies[row]
        found[2, v] += mix[k] * stacks[row]
        found[3, v] += mix[k] * price[row]
        found[4, v] += mix[k] * price[row] / factor[row]
        found[5, v] += stacks[row]
    for v in range(len(domestic)):
        found[1, v] = max(found[1, v], 1e-9) / survival
    return found


@part
def _dies(
    market: Market, need: Floats, stacked: Floats, wafers: float, added: float, abroad: float, others_abroad: float,
    huawei: int,
) -> tuple[float, Floats, Floats]:  # fmt: skip
    """The foundry's good dies, in proportion to need, and those made abroad while allowed.

    A vendor takes dies from abroad up to `domestic.die_months` of what full packaging needs, since they may end, and
    dies made in China up to as many months of the use that the other inputs and sales would allow.

    need      (vendors,) dies/month at full packaging
    stacked   (vendors,) above 0 where a vendor has products with HBM; wafers: a month on record for AI
    added     capacity that public money has added, over that on record
    abroad, others_abroad   dies/month made abroad for Huawei, whose place is `huawei`, and for others
    returns   wafers started for AI dies, dies received and dies that capacity would give, (vendors,) both
    """
    t, d, vendors, law = market.t, market.parameters.domestic, market.vendors, market.law
    per_wafer = d.dies_per_wafer * production.die_yield(t / 12 - 1, d.yield_start, d.yield_max, d.learning)
    started, received, could = _shared_dies(
        need, stacked, vendors.dies, vendors.running, vendors.wafers, added, wafers * per_wafer, d.die_months,
        d.least, t, law.dies, law.listed, huawei, abroad, others_abroad,
    )  # fmt: skip
    return started / max(per_wafer, 1e-12), received, could


@compiled
def _shared_dies(
    need: Floats, stacked: Floats, held: Floats, running: Floats, built: Floats, added: float, made: float,
    months: float, least: float, t: int, allowed: Bools, listed: Bools, huawei: int, path: float, others: float,
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
        share = counted[v] / max(whole, 1e-9) * (built[v] + added) * made
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
    redesign = market.blank(Redesign)
    flagships = designs.look_ahead(market, rulings, redesign, not outlook.on_record(market.t))
    designs.start_redesign(market, flagships)
    redesign.released = market.products.released[market.axis.spare]
    return redesign
