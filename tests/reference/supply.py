"""Memory and Chinese chips: what is made, and what of it Chinese vendors get."""

from tests.reference.firms import PlainMaker, PlainVendor, cxmt_stacks
from tests.reference.goods import BARRED, Month, learning
from tests.reference.labs import Holdings
from tests.reference.market import PlainMarket


def make_hbm(state: PlainMarket) -> None:
    """Makers turn out stacks; Chinese vendors get what law and output allow of what is due; the world buys the rest."""
    now, tally, p = state.now, state.tally, state.p
    stock, use = sum(one.held() for one in state.vendors.values()), sum(one.use for one in state.vendors.values())
    cxmt = cxmt_stacks(now, state.t, state.cxmt_start, stock, use, p)
    for maker in state.makers.values():
        maker.produce(now, cxmt)

    abroad = [one for one in state.makers.values() if not one.domestic]
    may = {generation: _sellable(now, generation) for generation in now.stacks}
    tally.hbm_open = any(may[generation] * one.stock[generation] > 0 for one in abroad for generation in may)
    due = {vendor.name: _due(state, vendor) for vendor in state.vendors.values()}
    _sell_to_china(state, abroad, may, due)
    _sell_at_home(state)
    for maker in abroad:
        for generation in maker.stock:
            sold = max(maker.stock[generation] - max(p.hbm.expedite - 1, 0.0) * maker.output[generation], 0.0)
            maker.stock[generation] -= sold
            maker.cash += sold * now.stack_price[generation]


def _sellable(now: Month, generation: str) -> float:
    """Share of the stacks at hand that foreign makers may sell to China."""
    policy, free = now.stacks[generation]
    if policy in BARRED:
        return 0.0
    return free if policy != "case_by_case" or (now.hbm_approval > 0 and now.hbm_quota > 0) else 0.0


def _due(state: PlainMarket, vendor: PlainVendor) -> float:
    """Stacks due to a vendor, after its new order joins the pipeline; all at once when the end is announced."""
    order = vendor.order_stacks(state.t, state.now, state.p)
    due, *rest = vendor.on_order
    vendor.on_order = [*rest, order]
    if state.tally.hbm_announced:
        due += sum(vendor.on_order)
        vendor.on_order = [0.0 for _ in vendor.on_order]
    if not state.tally.hbm_open:
        due = 0.0
        vendor.on_order = [0.0 for _ in vendor.on_order]
    return due * _approved(state.now)


def _approved(now: Month) -> float:
    """Share of the stacks ordered for which licences are granted; all where none is needed."""
    reviewed = any(policy == "case_by_case" for policy, _ in now.stacks.values())
    return now.hbm_approval if reviewed else 1.0


def _room(state: PlainMarket, share: float) -> float:
    """Stacks that foreign makers may sell to China this month: a share of their output, within the quota."""
    world = sum(sum(one.output.values()) for one in state.makers.values() if not one.domestic)
    reviewed = any(policy == "case_by_case" for policy, _ in state.now.stacks.values())
    return world * (min(share, state.now.hbm_quota) if reviewed else share)


def _sell_to_china(state: PlainMarket, abroad: list[PlainMaker], may: Holdings, due: Holdings) -> None:
    """Oldest generation first, makers by their standing as far as their stock goes; what is unserved stays due."""
    p, tally = state.p, state.tally
    room = _room(state, p.hbm.expedite if tally.hbm_announced else p.hbm.china_share)
    asked = sum(due.values())
    left = min(asked, room)
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
    _hand_over(state, tally.hbm_sold, due)
    sold = sum(sum(stacks.values()) for stacks in tally.hbm_sold.values())
    if tally.hbm_open:
        for vendor in state.vendors.values():
            vendor.on_order[0] += due[vendor.name] * max(1 - sold / max(asked, 1e-9), 0.0)


def _sell_at_home(state: PlainMarket) -> None:
    """CXMT sells all it has, to vendors by next month's need; nothing if nobody needs any."""
    need = {
        one.name: one.per_chip(state.t, state.p)[1] * state.now.ahead[one.name][0] if one.domestic else 0.0
        for one in state.vendors.values()
    }
    wanted = sum(need.values()) > 0
    sold = {one.name: dict(one.stock) for one in state.makers.values() if one.domestic and wanted}
    state.tally.income = _hand_over(state, sold, need)


def _hand_over(state: PlainMarket, sold: dict[str, Holdings], claims: Holdings) -> Holdings:
    """Book stacks sold by maker and generation, shared among vendors by their claims; returns stacks by vendor."""
    whole = max(sum(claims.values()), 1e-9)
    received = {}
    for vendor in state.vendors.values():
        part = claims[vendor.name] / whole
        received[vendor.name] = 0.0
        for stacks in sold.values():
            for generation, units in stacks.items():
                vendor.stock[generation] += part * units
                vendor.cash -= part * units * state.now.stack_price[generation]
                received[vendor.name] += part * units
    for name, stacks in sold.items():
        for generation, units in stacks.items():
            state.makers[name].stock[generation] -= units
            state.makers[name].cash += units * state.now.stack_price[generation]
    return received


# --- chips made in China ---


def make_chips(state: PlainMarket) -> None:
    """Chinese vendors receive dies and make what the scarcest input allows."""
    now, tally, p, d = state.now, state.tally, state.p, state.p.domestic
    need = {
        one.name: one.capacity(state.t, now, p) * one.per_chip(state.t, p)[0] if one.domestic else 0.0
        for one in state.vendors.values()
    }
    wafers = now.paths["smic_wafers"] * d.smic_scale * (1 - now.smic) * now.paths["smic_ai_share"]
    per_wafer = d.dies_per_wafer * learning(state.t / 12 - 1, d.yield_start, d.yield_max, d.learning)
    abroad, at_home = _dies_abroad(state, need), 0.0
    for vendor in state.vendors.values():
        room = max(d.die_months * need[vendor.name] - vendor.dies, 0.0)
        foreign = min(abroad[vendor.name], room)
        share = need[vendor.name] / max(sum(need.values()), 1e-9)
        smic = min(share * wafers * per_wafer, room - foreign)
        vendor.dies += foreign + smic
        at_home += smic
    tally.wafers = at_home / max(per_wafer, 1e-12)
    covered = _covered(state)
    for vendor in state.chinese:
        made = vendor.make(state.t, now, tally.income[vendor.name], covered, p)
        for one in vendor.catalogue:
            one.stock += made[one.name]
        tally.made |= made


def _covered(state: PlainMarket) -> float:
    """Share of what Chinese vendors need next month that law and output let foreign makers bring in an ordinary one."""
    if not state.tally.hbm_open:
        return 0.0
    need = sum(one.per_chip(state.t, state.p)[1] * state.now.ahead[one.name][0] * one.running for one in state.chinese)
    return min(1.0, _room(state, state.p.hbm.china_share) / max(need, 1.0))


def _dies_abroad(state: PlainMarket, need: Holdings) -> Holdings:
    """Huawei's own path and, by need, the others'; none under due diligence, the others' not for listed firms."""
    now = state.now
    if now.diligence:
        return dict.fromkeys(need, 0.0)
    claims = {name: 0.0 if now.listed[name] or name == "Huawei" else need[name] for name in need}
    whole = max(sum(claims.values()), 1e-9)
    dies = {name: claim / whole * now.paths["foundry_abroad/others"] for name, claim in claims.items()}
    return dies | {"Huawei": now.paths["foundry_abroad/Huawei"]}
