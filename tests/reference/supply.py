"""Memory and Chinese chips: what is made, and what of it Chinese vendors get."""

from tests.reference.firms import PlainMaker, PlainVendor, cxmt_pace, cxmt_stacks
from tests.reference.goods import BARRED, Month, build, learning, respond
from tests.reference.labs import Holdings
from tests.reference.market import PlainMarket


def hbm_market(state: PlainMarket) -> None:
    """Makers turn out stacks; Chinese vendors get what law and output allow of what is due; the world buys the rest."""
    now, tally, p = state.now, state.tally, state.p
    for vendor in state.vendors.values():
        tally.mix |= vendor.mix(state.t, p)
        tally.need[vendor.name] = vendor.needs(state.t, now, p)
    use = {name: state.vendors[name].expected_use(months[0], p) for name, months in tally.need.items()}
    chinese = [one for one in state.makers.values() if one.domestic]
    at_home = cxmt_stacks(now, state.t, state.cxmt_start, sum(one.capacity for one in chinese), p)
    held = sum(one.held() for one in state.vendors.values())
    filled = held / max(p.hbm.cxmt_stock * max(sum(use.values()), 1.0), 1e-9)
    pace = cxmt_pace(filled, p)
    for maker in state.makers.values():
        maker.produce(now, at_home * pace)
    abroad = [one for one in state.makers.values() if not one.domestic]
    packaged = now.law.copackaged and p.hbm.copackaged_share > 0
    may = {generation: _sellable(now, generation, packaged) for generation in now.law.hbm_policy}
    tally.hbm_open = any(may[generation] * one.stock[generation] > 0 for one in abroad for generation in may)
    income = {name: one / max(sum(use.values()), 1e-9) * at_home for name, one in use.items()}
    orders = {one.name: one.order_stacks(state.t, now, income[one.name], p) for one in state.vendors.values()}
    coming = sum(sum(one.on_order) for one in state.vendors.values())
    room = max(_queue(state) - coming, 0.0)
    accepted = min(1.0, room / max(sum(orders.values()), 1e-9))
    due = {one.name: _due(state, one, orders[one.name] * accepted) for one in state.vendors.values()}
    _sell_to_china(state, abroad, may, due)
    _sell_at_home(state, use)
    _sell_abroad(state, abroad)
    _renew(state, filled, at_home)


def _renew(state: PlainMarket, filled: float, at_home: float) -> None:
    """Contract prices follow the spot price, at CXMT its customers' stocks; makers build what these pay for."""
    now, h, d = state.now, state.p.hbm, state.p.domestic
    home = min(max(max(filled, 1e-9) ** (-1 / h.spot_elasticity), 1 / h.spot_most), h.spot_most)
    for maker in state.makers.values():
        paid = home if maker.domestic else state.tally.hbm_spot
        maker.contract += (paid - maker.contract) / h.renewal_months
        if not maker.domestic:
            maker.capacity = respond(
                maker.capacity, maker.contract, h.spot_most, h.supply_elasticity, h.expansion_months
            )
        elif state.t >= now.record["cxmt"]:
            wanted = sum(months[0] * state.vendors[name].running["hbm"] for name, months in state.tally.need.items())
            short = wanted / max(at_home + (_room(state, h.china_share) if state.tally.hbm_open else 0.0), 1.0)
            pull = min(maker.contract * short / h.cxmt_pull, d.build_most) ** d.build_elasticity
            tools = (1 - now.law.cxmt) / (1 - (h.tool_drag if now.law.dram_free else 0.0))
            base = max(maker.capacity, h.cxmt_line / max(now.paths["cxmt_wafers"], 1.0))
            plant = (maker.capacity, maker.begun)
            maker.capacity, maker.begun = build(plant, base, pull, tools, d.build_months)


def _sell_abroad(state: PlainMarket, abroad: list[PlainMaker]) -> None:
    """What makers hold beyond what they can rush goes to the world: contracts at their price, the rest on the spot."""
    p, tally = state.p.hbm, state.tally
    sold = {
        one.name: {g: max(one.stock[g] - max(p.expedite - 1, 0.0) * one.output[g], 0.0) for g in one.stock}
        for one in abroad
    }
    taken = sum(sum(stacks.values()) for stacks in tally.hbm_sold.values())
    free = p.china_share * sum(sum(one.output.values()) for one in abroad) - taken
    spot = min(max(free / max(sum(sum(stacks.values()) for stacks in sold.values()), 1e-9), 0.0), 1.0)
    index = spot * tally.hbm_spot + (1 - spot) * tally.hbm_contract
    for maker in abroad:
        for generation, stacks in sold[maker.name].items():
            maker.stock[generation] -= stacks
            usd = stacks * state.now.stack_price[generation] * index
            maker.cash += usd
            tally.hbm_abroad[maker.name] = tally.hbm_abroad.get(maker.name, 0.0) + usd


def _sellable(now: Month, generation: str, packaged: bool) -> float:
    """Share of the stacks at hand that foreign makers may sell to China, by themselves or packaged with logic."""
    policy, free = now.law.hbm_policy[generation], now.law.hbm_free[generation]
    if policy in BARRED:
        return free if packaged else 0.0
    return free if policy != "case_by_case" or (now.law.approval_other > 0 and now.law.hbm_quota > 0) else 0.0


def _most(state: PlainMarket) -> float:
    """Stacks that foreign makers may sell to China this month, rushed ones included."""
    rush, usual = state.tally.hbm_rush, state.p.hbm.china_share
    return _room(state, (1 - rush) * usual + rush * max(state.p.hbm.expedite, usual))


def _queue(state: PlainMarket) -> float:
    """Stacks that makers keep on order: this month's, those of the delivery time, and those of a month more."""
    return (2 + state.p.hbm.lead_months) * _most(state)


def _due(state: PlainMarket, vendor: PlainVendor, order: float) -> float:
    """Stacks due to a vendor, after its new order joins the pipeline; all at once when the end is announced."""
    due, *rest = vendor.on_order
    vendor.on_order = [*rest, order]
    if state.tally.hbm_rush > 0:
        due += sum(vendor.on_order)
        vendor.on_order = [0.0 for _ in vendor.on_order]
    if not state.tally.hbm_open:
        due = 0.0
        vendor.on_order = [0.0 for _ in vendor.on_order]
    return due * _approved(state.now)


def _approved(now: Month) -> float:
    """Share of the stacks ordered for which licences are granted; all where none is needed."""
    return now.law.approval_other if "case_by_case" in now.law.hbm_policy.values() else 1.0


def _room(state: PlainMarket, share: float) -> float:
    """Stacks that foreign makers may sell to China this month: a share of their output, within the quota; where all
    that is made is barred, what comes packaged with logic."""
    world = sum(sum(one.output.values()) for one in state.makers.values() if not one.domestic)
    law = state.now.law
    if all(law.hbm_policy[one] in BARRED for one, part in state.now.stack_mix.items() if part > 0):
        return world * min(share, state.p.hbm.copackaged_share)
    return world * (min(share, law.hbm_quota) if "case_by_case" in law.hbm_policy.values() else share)


def _sell_to_china(state: PlainMarket, abroad: list[PlainMaker], may: Holdings, due: Holdings) -> None:
    """Oldest generation first, makers by their standing as far as their stock goes; what is unserved stays due."""
    p, tally = state.p, state.tally
    asked = sum(due.values())
    left = min(asked, _most(state))
    tally.hbm_sold = {one.name: {} for one in abroad}
    for generation, share in may.items():
        ready = {one.name: one.stock[generation] * share for one in abroad}
        take = {one.name: min(ready[one.name], one.standing * left) for one in abroad}
        spare = {name: ready[name] - take[name] for name in ready}
        rest = min(left - sum(take.values()), sum(spare.values()))
        for one in abroad:
            more = spare[one.name] * rest / sum(spare.values()) if rest > 0 else 0.0
            tally.hbm_sold[one.name][generation] = take[one.name] + more
        left = max(left - sum(tally.hbm_sold[one.name][generation] for one in abroad), 0.0)
    sold = sum(sum(stacks.values()) for stacks in tally.hbm_sold.values())
    tally.hbm_spot = _spot(p.hbm.china_share * sum(sum(one.output.values()) for one in abroad), sold, state)
    tally.hbm_contract = sum(one.contract for one in abroad) / len(abroad)
    index = {}
    for vendor in state.vendors.values():
        received = due[vendor.name] / max(asked, 1e-9) * sold
        within = min(received, vendor.contract) / received if received > 0 else 0.0
        index[vendor.name] = within * tally.hbm_contract + (1 - within) * tally.hbm_spot
        vendor.contract += (received - vendor.contract) / p.hbm.renewal_months
        vendor.contract *= tally.hbm_open
    _hand_over(state, tally.hbm_sold, due, index)
    left = min(1 - sold / max(asked, 1e-9), _queue(state) / max(asked, 1e-9))
    for vendor in state.vendors.values():
        vendor.on_order[0] += due[vendor.name] * (left if left > 1e-9 else 0.0)


def _spot(free: float, taken: float, state: PlainMarket) -> float:
    """Price over the reference at which buyers abroad leave what China takes of the uncontracted stacks."""
    p = state.p.hbm
    if taken <= 0:
        return 1.0
    left = (free - taken) / free if free > 0 else 0.0
    return min(left ** (-1 / p.spot_elasticity), p.spot_most) if left > 0 else p.spot_most


def _sell_at_home(state: PlainMarket, use: Holdings) -> None:
    """CXMT sells all it has, to vendors by the use they count on next month; nothing if nobody needs any."""
    tally = state.tally
    (price,) = (one.contract for one in state.makers.values() if one.domestic)
    wanted = sum(use.values()) > 0
    tally.hbm_home = {one.name: dict(one.stock) for one in state.makers.values() if one.domestic and wanted}
    tally.income = _hand_over(state, tally.hbm_home, use, dict.fromkeys(use, price))


def _hand_over(state: PlainMarket, sold: dict[str, Holdings], claims: Holdings, index: Holdings) -> Holdings:
    """Book stacks sold by maker and generation, shared among vendors by their claims; returns stacks by vendor.

    index   price over the reference price that each vendor pays
    """
    whole = max(sum(claims.values()), 1e-9)
    received = {}
    for vendor in state.vendors.values():
        part = claims[vendor.name] / whole
        received[vendor.name] = 0.0
        for stacks in sold.values():
            for generation, units in stacks.items():
                vendor.stock[generation] += part * units
                vendor.cash -= part * units * state.now.stack_price[generation] * index[vendor.name]
                received[vendor.name] += part * units
    for name, stacks in sold.items():
        for generation, units in stacks.items():
            state.makers[name].stock[generation] -= units
            paid = sum(claims[vendor] / whole * index[vendor] for vendor in claims)
            usd = units * state.now.stack_price[generation] * paid
            state.makers[name].cash += usd
            state.tally.hbm_usd[name] = state.tally.hbm_usd.get(name, 0.0) + usd
    return received


# --- chips made in China ---


def vendors_produce(state: PlainMarket) -> None:
    """Chinese vendors receive dies and make what the scarcest input allows."""
    now, tally, p, d = state.now, state.tally, state.p, state.p.domestic
    need = {
        one.name: one.capacity(state.t, now, p) * one.per_chip(state.t, p)[0] if one.domestic else 0.0
        for one in state.vendors.values()
    }
    wafers = now.paths["smic_wafers"] * now.paths["smic_ai_share"] * d.smic_scale
    per_wafer = d.dies_per_wafer * learning(state.t / 12 - 1, d.yield_start, d.yield_max, d.learning)
    abroad, at_home, could = _dies_abroad(state, need), 0.0, {}
    counted = {name: one * max(state.vendors[name].running["logic"], d.least) for name, one in need.items()}
    for vendor in state.vendors.values():
        foreign = min(abroad[vendor.name], max(d.die_months * need[vendor.name] - vendor.dies, 0.0))
        room = max(d.die_months * counted[vendor.name] - vendor.dies - foreign, 0.0)
        share = counted[vendor.name] / max(sum(counted.values()), 1e-9) * (vendor.wafers + now.added)
        smic = min(share * wafers * per_wafer, room)
        could[vendor.name] = foreign + share * wafers * per_wafer
        tally.dies[vendor.name] = foreign + smic
        vendor.dies += foreign + smic
        at_home += smic
    tally.wafers = at_home / max(per_wafer, 1e-12)
    covered = _covered(state)
    for vendor in state.vendors.values():
        made = vendor.make(state.t, now, tally.income[vendor.name], covered, p)
        for one in vendor.home:
            one.stock += made[one.name]
        tally.made |= made
        mix = vendor.mix(state.t, p)
        worth = d.margin * sum(mix[one.name] * one.price for one in vendor.home)
        tally.shadow[vendor.name] = vendor.shadow(worth, now.mean_stack() * tally.hbm_spot)
        if vendor.domestic:
            vendor.invest(state.t, now, could[vendor.name], need[vendor.name], tally.hbm_spot, p)


def _covered(state: PlainMarket) -> float:
    """Share of what Chinese vendors need next month that law and output let foreign makers bring in an ordinary one."""
    if not state.tally.hbm_open:
        return 0.0
    need = sum(state.tally.need[one.name][0] * one.running["hbm"] for one in state.chinese)
    return min(1.0, _room(state, state.p.hbm.china_share) / max(need, 1.0))


def _dies_abroad(state: PlainMarket, need: Holdings) -> Holdings:
    """Huawei's own path and, by need, the others'; none for packages that due diligence catches, nor the others' for
    listed firms."""
    now = state.now
    with_memory, without = now.law.dies
    claims = {name: 0.0 if now.law.listed[name] or name == "Huawei" else need[name] for name in need}
    whole, dies = max(sum(claims.values()), 1e-9), {}
    for name, claim in claims.items():
        stacked = any(one.stacks > 0 and one.channel == "domestic" for one in state.vendors[name].catalogue)
        may = with_memory if stacked else without
        dies[name] = claim / whole * now.paths["foundry_abroad/others"] if may else 0.0
    return dies | {"Huawei": now.paths["foundry_abroad/Huawei"] if with_memory else 0.0}
