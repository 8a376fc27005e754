"""A plain market copied out of a running `ChipMarket`, and the two compared column by column."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from abm.agents.lab import END_USES, KINDS, startups
from abm.agents.product import NESTS
from numpy.typing import NDArray

from abm.foundation.dates import REPORT_FROM
from abm.law.levers import GRANTS, IMPORT_MODES, PLACES, POLICIES
from abm.law.outlook import on_record
from abm.model import ChipMarket
from tests.reference.dealers import PlainBroker, PlainHosts, PlainRoutes, PlainShop, PlainWorkshop
from tests.reference.firms import INPUTS, PlainMaker, PlainVendor
from tests.reference.goods import Conditions, Month, PlainProduct, Rule
from tests.reference.labs import PlainLab, PlainLeader
from tests.reference.market import PlainMarket

HORIZON = 60
DATED = ("smic_wafers", "smic_ai_share", "foundry_abroad/Huawei", "foundry_abroad/others", "cxmt_wafers",
         "us_share", "own_chips", "run_share/US", "run_share/CN", "inference_share", "spillover_onset",
         "reference_revenue", "gaming_cards")  # fmt: skip
PRODUCT = ("compute", "bandwidth", "capacity", "link", "training", "term", "host", "list_price", "released", "packages",
           "dies", "stacks", "shut", "committed", "price", "factor", "stock", "orders", "sales", "abroad",
           "imported", "leaked")  # fmt: skip

LAB = ("listed_from", "weight", "skill", "cash", "flow", "efficiency", "capability", "scarcity", "effort", "planned",
       "shelved", "revenue")  # fmt: skip
SALES = ("contract", "from_china", "from_world", "world_price", "research", "lobby")

BY_PRODUCT = ("checks", "buyers", "approved")

Floats = NDArray[np.float64]


def copy_out(model: ChipMarket, months: int = 1) -> PlainMarket:
    """The market as plain objects, with law and inputs of the months to come."""
    t, products = model.t, list(_products(model))
    return PlainMarket(
        t=t,
        p=model.p,
        report_from=REPORT_FROM,
        months={at: _month(model, at) for at in range(t + 1, t + 1 + months)},
        products={one.name: one for one in products},
        labs=[_lab(model, row) for row in range(len(model.labs))],
        vendors=_vendors(model, products),
        makers=_makers(model),
        leaders=[_leader(model, row) for row in range(len(model.frontier))],
        world=model.world.fleet[0].tolist(),
        legacy_of=_legacy(model),
        cxmt_start=model.cxmt_start,
        speed_before=model.speed_before,
        frontier_record=list(model.frontier_record),
        frontier_efficiency=list(model.frontier_efficiency),
        us_runs=list(model.us_runs),
        startup_weight=model.startup_weight,
        brokers=[_broker(model, row) for row in range(len(model.brokers))],
        workshops=[_workshop(model, row) for row in range(len(model.workshops))],
        shops=_shops(model),
        hosts=PlainHosts(*(float(getattr(model.hosts, name)[0]) for name in ("own", "capacity", "rent", "cash"))),
        shop_cash=float(model.shops.cash.sum()),
    )


def _broker(model: ChipMarket, row: int) -> PlainBroker:
    table, names = model.brokers, model.products.names[model.grey]
    numbers = ("start", "capacity", "cost", "exposure", "caught_until", "cash")
    return PlainBroker(
        slot=int(table.slot[row]),
        source=PLACES[table.source[row]],
        active=bool(table.active[row]),
        premium=dict(zip(names, table.premium[row].tolist(), strict=True)),
        stock=dict(zip(names, table.stock[row].tolist(), strict=True)),
        **{column: float(getattr(table, column)[row]) for column in numbers},
    )


def _workshop(model: ChipMarket, row: int) -> PlainWorkshop:
    table, names = model.workshops, model.products.names[model.gaming]
    numbers = ("start", "capacity", "good", "cost", "margin", "cash")
    stock = dict(zip(names, table.stock[row].tolist(), strict=True))
    return PlainWorkshop(stock=stock, **{column: float(getattr(table, column)[row]) for column in numbers})


def _shops(model: ChipMarket) -> dict[str, PlainShop]:
    numbers = ("released", "price", "stock", "barred", "sold")
    return {
        name: PlainShop(*(float(getattr(model.shops, column)[row]) for column in numbers))
        for row, name in enumerate(model.products.names[model.gaming])
    }


def _routes(model: ChipMarket, t: int) -> PlainRoutes:
    r, names = model.routes, model.products.names
    foreign, cards = names[model.foreign], names[model.gaming]
    numbers = {name: float(getattr(r, name)[t]) for name in ("budget", "cases")}
    flags = {
        name: bool(getattr(r, name)[t]) for name in ("outside", "worldwide", "headquarters", "closed", "installed")
    }
    return PlainRoutes(
        approval=float(r.approval_other[t]),
        buyers=dict(zip(PLACES, r.authorised[t].tolist(), strict=True)),
        inspected=dict(zip(foreign, r.inspected[t].tolist(), strict=True)),
        cloud=POLICIES[r.cloud[t]],
        cards=dict(zip(cards, r.cards[t].tolist(), strict=True)),
        card_mode={name: IMPORT_MODES[mode] for name, mode in zip(cards, r.card_mode[t], strict=True)},
        card_end=dict(zip(cards, r.card_end[t].tolist(), strict=True)),
        **numbers,
        **flags,
    )


def _generations(model: ChipMarket) -> list[str]:
    return [model.ledger.goods[place] for place in model.memory]


def _month(model: ChipMarket, t: int) -> Month:
    s, labels = model.schedule, model.vendors.names
    ahead = model.packages[np.minimum(t + 1 + np.arange(HORIZON), len(model.packages) - 1)]
    generations = _generations(model)
    foreign = model.products.names[model.foreign]
    return Month(
        rules={name: _rule(model, t, place) for place, name in enumerate(foreign)},
        stacks={one: (POLICIES[s.hbm_policy[t, g]], float(s.hbm_free[t, g])) for g, one in enumerate(generations)},
        review=float(s.review[t]),
        notice=float(s.notice[t]),
        quota_all=float(s.quota_all[t]),
        mandate=float(s.mandate[t]),
        hbm_approval=float(s.approval_other[t]),
        hbm_quota=float(s.hbm_quota[t]),
        hbm_fear=float(s.hbm_fear[t]),
        hbm_announced=float(s.hbm_announced[t]),
        hbm_rush=float(s.hbm_rush[t]),
        smic=float(s.smic[t]),
        cxmt=float(s.cxmt[t]),
        conditions=_conditions(model, t),
        copackaged=bool(s.copackaged[t]),
        firms=float(s.firms[t]),
        fab_built=_built(s.fab_subsidy, t, model.p.domestic),
        hbm_built=_built(s.hbm_subsidy, t, model.p.hbm),
        on_record=on_record(t),
        listed=dict(zip(labels, s.listed[t].tolist(), strict=True)),
        lab_listed={
            name: None if np.isnan(said) else bool(said)
            for name, said in zip(model.labs.names, model.listings[t], strict=True)
        },
        spending=float(model.spending[t]),
        packages=dict(zip(labels, model.packages[t].tolist(), strict=True)),
        ahead=dict(zip(labels, ahead.T.tolist(), strict=True)),
        world_stacks=dict(zip(model.makers.names, model.stacks_world[t].tolist(), strict=True)),
        stack_mix=dict(zip(generations, model.hbm_mix[t].tolist(), strict=True)),
        stack_price=dict(zip(generations, model.hbm_price[t].tolist(), strict=True)),
        paths={name: float(model.paths[name][t]) for name in DATED},
        routes=_routes(model, t),
        draws={purpose: block[t].tolist() for purpose, block in model.draws.items()},
    )


def _conditions(model: ChipMarket, t: int) -> Conditions:
    c, vendors = model.conditions, model.vendors.names
    foreign = model.products.names[model.foreign]
    by_product = {name: dict(zip(foreign, getattr(c, name)[t].tolist(), strict=True)) for name in BY_PRODUCT}
    before, paid = max(t - 1, 0), round(model.p.budget.subsidy_months)
    return Conditions(
        **by_product,
        grants=dict(zip(foreign, [GRANTS[place] for place in c.grants[t]], strict=True)),
        cleared={name for name, yes in zip(vendors, c.cleared[t], strict=True) if yes},
        risky={name for name, yes in zip(vendors, c.use_risk[t], strict=True) if yes},
        posts=float(c.staff[t] * model.regulators.staff[0]),
        newly_removed=max(float(c.remove[t]) - float(c.remove[before]) * (t > 0), 0.0),
        fines=dict(zip(vendors, np.maximum(c.fine[t] - c.fine[before] * (t > 0), 0.0).tolist(), strict=True)),
        dies=(bool(c.dies[t, 0]), bool(c.dies[t, 1])),
        **{
            name: bool(getattr(c, name)[t])
            for name in ("military", "remote", "lab_test", "us_first", "foundry_first", "dram_free", "weights")
        },
        **{name: float(getattr(c, name)[t]) for name in ("ownership", "grid", "materials")},
        subsidy=max(float(c.subsidy[t] - (c.subsidy[t - paid] if t >= paid else 0.0)), 0.0),
    )


def _built(money: Floats, t: int, p: Any) -> float:
    """Wafers a month that public money paid some months before has added."""
    return sum(money[: max(t + 1 - p.subsidy_months, 0)].tolist()) / p.wafer_capex


def _rule(model: ChipMarket, t: int, place: int) -> Rule:
    s = model.schedule
    numbers = ("free", "approval", "quota", "quota_us", "quota_buyer", "fee", "duty", "announced", "leaked")
    return Rule(
        policy=POLICIES[s.policy[t, place]],
        refused=bool(s.refused[t, place]),
        import_mode=IMPORT_MODES[s.import_mode[t, place]],
        **{name: float(getattr(s, name)[t, place]) for name in numbers},
    )


def _products(model: ChipMarket) -> Iterator[PlainProduct]:
    table, place = model.products, model.place
    for row, name in enumerate(table.names):
        yield PlainProduct(
            name=name,
            sku=place.skus[row],
            channel=place.channels[row],
            vendor=model.vendors.names[table.vendor[row]],
            cut_down=bool(table.cut_down[row]),
            lawful=bool(table.lawful[row]),
            sold_in_us=bool(place.chips[place.skus[row]].sold_in_us),
            transit_usd=table.transit_usd[row].tolist(),
            **{column: float(getattr(table, column)[row]) for column in PRODUCT},
        )


def _lab(model: ChipMarket, row: int) -> PlainLab:
    labs, names = model.labs, model.products.names
    held: dict[str, Any] = {
        column: dict(zip(names, getattr(labs, column)[row].tolist(), strict=True))
        for column in ("fleet", "transit", "pending", "licensed", "granted")
    }
    return PlainLab(
        name=labs.names[row],
        slot=int(labs.slot[row]),
        state_owned=KINDS[labs.kind[row]] == "state",
        unnamed=bool(startups(labs)[row]),
        end_use=END_USES[labs.end_use[row]],
        listed=bool(labs.listed[row]),
        count=len(labs),
        rented=labs.rented[row].tolist(),
        active=bool(labs.active[row]),
        open_weights=bool(labs.open_weights[row]),
        **held,
        **{column: float(getattr(labs, column)[row]) for column in LAB},
    )


def _vendors(model: ChipMarket, products: list[PlainProduct]) -> dict[str, PlainVendor]:
    table, generations = model.vendors, _generations(model)
    numbers = ("cash", "dies", "use", "running", "shipped", "software", *SALES)
    return {
        name: PlainVendor(
            name=name,
            domestic=bool(table.domestic[row]),
            stock=dict(zip(generations, table.stock[row].tolist(), strict=True)),
            on_order=table.on_order[row].tolist(),
            limits=dict(zip(INPUTS, table.limits[row].tolist(), strict=True)),
            catalogue=[one for one in products if one.vendor == name and one.channel in NESTS[:2]],
            **{column: float(getattr(table, column)[row]) for column in numbers},
        )
        for row, name in enumerate(table.names)
    }


def _makers(model: ChipMarket) -> dict[str, PlainMaker]:
    table, generations = model.makers, _generations(model)
    return {
        name: PlainMaker(
            name=name,
            domestic=bool(table.domestic[row]),
            cash=float(table.cash[row]),
            output=dict(zip(generations, table.output[row].tolist(), strict=True)),
            stock=dict(zip(generations, table.stock[row].tolist(), strict=True)),
            standing=float(model.hbm_standing[row]),
            contract=float(table.contract[row]),
            capacity=float(table.capacity[row]),
        )
        for row, name in enumerate(table.names)
    }


def _leader(model: ChipMarket, row: int) -> PlainLeader:
    table = model.frontier
    numbers = ("weight", "efficiency", "capability")
    return PlainLeader(
        name=table.names[row],
        fleet=table.fleet[row].tolist(),
        **{column: float(getattr(table, column)[row]) for column in numbers},
    )


def _legacy(model: ChipMarket) -> dict[str, str]:
    names = model.products.names
    legacy = names[model.place.slices["legacy"]]
    return {names[source]: name for source, name in zip(model.legacy_source, legacy, strict=True)}


# --- comparison ---


def differences(model: ChipMarket, plain: PlainMarket) -> dict[str, float]:
    """Largest relative difference of every quantity that a month settles, between columns and objects."""
    return {
        name: _apart(np.asarray(ours, dtype=float), np.array(theirs)) for name, ours, theirs in _pairs(model, plain)
    }


def _apart(ours: Floats, theirs: Floats) -> float:
    """The largest difference over the larger value; of values below one unit, the difference itself."""
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    with np.errstate(invalid="ignore"):
        gap = np.abs(ours - theirs) / np.maximum(np.maximum(np.abs(ours), np.abs(theirs)), 1.0)
    return float(np.where(same, 0.0, gap).max(initial=0.0))


def _pairs(model: ChipMarket, plain: PlainMarket) -> Iterator[tuple[str, Any, Any]]:
    for part in (_month_pairs, _lab_pairs, _product_pairs, _firm_pairs, _frontier_pairs, _dealer_pairs):
        yield from part(model, plain)


def _month_pairs(model: ChipMarket, plain: PlainMarket) -> Iterator[tuple[str, Any, Any]]:
    """What is true of this month only: the law's meaning, fear, offers, licences, trades, deliveries."""
    now, tally, names = model.now, plain.tally, model.products.names
    foreign, home, sold = names[model.foreign], names[model.home], names[: model.sold]
    yield "approval", now.approval, [tally.approval[name] for name in foreign]
    yield "accepted", now.accepted, [tally.accepted[name] for name in foreign]
    yield "needs a licence", now.needs_licence, [name in tally.needs for name in foreign]
    yield "open", now.open, [name in tally.open for name in names]
    yield "fear", now.fear, tally.fear
    yield "HBM open", now.hbm_open, tally.hbm_open
    stacks = [[tally.hbm_sold.get(maker, {}).get(g, 0.0) for g in _generations(model)] for maker in model.makers.names]
    yield "HBM sold", now.hbm_sold, stacks
    yield "income of stacks", now.income, [tally.income[name] for name in model.vendors.names]
    yield "price of stacks", [now.hbm_spot, now.hbm_contract], [tally.hbm_spot, tally.hbm_contract]
    chinese = model.vendors.domestic
    shadow = [[tally.shadow[name][i] for i in INPUTS] for name in np.array(model.vendors.names)[chinese]]
    yield "shadow prices", now.shadow[chinese], shadow
    yield "fines", now.fines, [tally.fines[name] for name in model.vendors.names]
    yield "charges", now.charges, [tally.charges[name] for name in model.vendors.names]
    yield "wafers", now.wafers, tally.wafers
    yield "made", now.made, [tally.made[name] for name in home]
    yield "money", now.money, [tally.money[lab.name] for lab in plain.labs]
    yield "cost", now.cost[: model.sold], [tally.cost[name] for name in sold]
    yield "utility", now.utility[: model.sold], [tally.utility[name] for name in sold]
    for what in ("applied", "granted"):
        kept: dict[str, dict[str, float]] = getattr(tally, what)
        yield what, getattr(now, what), [[kept.get(lab.name, {}).get(k, 0.0) for k in foreign] for lab in plain.labs]
    yield "bought", now.bought, [[tally.bought[lab.name].get(name, 0.0) for name in names] for lab in plain.labs]
    yield "spent", now.spent, [tally.spent[lab.name] for lab in plain.labs]
    yield "fees", now.fees, tally.fees
    yield "obtained", now.obtained, tally.obtained
    yield "paid abroad", now.abroad_usd, [tally.abroad_usd.get(name, 0.0) for name in names]
    yield "abroad", now.abroad, [tally.abroad.get(name, 0.0) for name in names]
    yield "delivered", now.delivered.sum(axis=0), [tally.delivered[name] for name in names]
    yield "billed", now.billed, [tally.billed[name] for name in names]
    yield "retired", now.retired, [tally.retired[name] for name in names]
    yield "US added", now.us_added, tally.us_added
    yield from _use_pairs(model, plain)


def _use_pairs(model: ChipMarket, plain: PlainMarket) -> Iterator[tuple[str, Any, Any]]:
    """What labs do with their compute, and who is in business."""
    now, tally, names = model.now, plain.tally, model.products.names
    for what in ("serving", "training"):
        kept: dict[str, dict[str, float]] = getattr(tally, what)
        yield what, getattr(now, what), [[kept[lab.name][name] for name in names] for lab in plain.labs]
    yield "idle", now.idle, [tally.idle[lab.name] for lab in plain.labs]
    yield "runs planned and shelved", now.runs, [tally.planned, tally.shelved]
    yield "largest runs", now.largest, [tally.largest_us, tally.largest_china]
    yield "failed", now.failed, tally.failed
    yield "entered", now.entered, tally.entered
    yield "response of money", now.response, tally.response
    yield "sensitive compute", now.sensitive, tally.sensitive
    yield "laid open", now.laid_open, [tally.laid_open[lab.name] for lab in plain.labs]
    yield "large jumps", now.jumps, tally.jumps


def _lab_pairs(model: ChipMarket, plain: PlainMarket) -> Iterator[tuple[str, Any, Any]]:
    names = model.products.names
    for column in (*LAB, "listed", "active"):
        yield f"lab.{column}", getattr(model.labs, column), [getattr(lab, column) for lab in plain.labs]
    yield "lab.rented", model.labs.rented, [lab.rented for lab in plain.labs]
    for column in ("fleet", "transit", "pending", "licensed", "granted"):
        theirs = [[getattr(lab, column)[name] for name in names] for lab in plain.labs]
        yield f"lab.{column}", getattr(model.labs, column), theirs


def _product_pairs(model: ChipMarket, plain: PlainMarket) -> Iterator[tuple[str, Any, Any]]:
    rows = [plain.products[name] for name in model.products.names]
    for column in (
        "released",
        "shut",
        "lawful",
        "committed",
        "price",
        "factor",
        "list_price",
        "training",
        "stock",
        "orders",
        "sales",
        "abroad",
        "imported",
        "leaked",
        "transit_usd",
    ):
        yield f"product.{column}", getattr(model.products, column), [getattr(one, column) for one in rows]


def _firm_pairs(model: ChipMarket, plain: PlainMarket) -> Iterator[tuple[str, Any, Any]]:
    generations, vendors = _generations(model), list(plain.vendors.values())
    chinese = model.vendors.domestic
    for column in ("cash", "dies", "shipped", "software", "on_order", "from_china", "from_world", "research", "lobby"):
        yield f"vendor.{column}", getattr(model.vendors, column), [getattr(one, column) for one in vendors]
    yield "vendor.stock", model.vendors.stock, [[one.stock[g] for g in generations] for one in vendors]
    foreign = [one for one in vendors if not one.domestic]
    yield "vendor.world_price", model.vendors.world_price[~chinese], [one.world_price for one in foreign]
    yield "vendor.contract", model.vendors.contract, [one.contract for one in vendors]
    for column in ("use", "running"):
        yield (
            f"vendor.{column}",
            getattr(model.vendors, column)[chinese],
            [getattr(one, column) for one in plain.chinese],
        )
    limits = [[one.limits[name] for name in INPUTS] for one in plain.chinese]
    yield "vendor.limits", model.vendors.limits[chinese], limits
    makers = list(plain.makers.values())
    for column in ("cash", "contract", "capacity"):
        yield f"maker.{column}", getattr(model.makers, column), [getattr(one, column) for one in makers]
    for column in ("output", "stock"):
        theirs = [[getattr(one, column)[g] for g in generations] for one in makers]
        yield f"maker.{column}", getattr(model.makers, column), theirs


def _frontier_pairs(model: ChipMarket, plain: PlainMarket) -> Iterator[tuple[str, Any, Any]]:
    for column in ("fleet", "efficiency", "capability"):
        yield f"leader.{column}", getattr(model.frontier, column), [getattr(one, column) for one in plain.leaders]
    yield "world.fleet", model.world.fleet[0], plain.world


def _dealer_pairs(model: ChipMarket, plain: PlainMarket) -> Iterator[tuple[str, Any, Any]]:
    now, tally, names = model.now, plain.tally, model.products.names
    grey, gaming = names[model.grey], names[model.gaming]
    yield "cards free", now.cards_free, [tally.cards_free[name] for name in gaming]
    yield "diverted", now.diverted, [tally.diverted[name] for name in grey]
    yield "seized", now.seized, [tally.seized[name] for name in grey]
    yield "converted", now.converted, [tally.converted.get(name, 0.0) for name in gaming]
    for column in ("capacity", "caught_until", "active", "cash"):
        yield f"broker.{column}", getattr(model.brokers, column), [getattr(one, column) for one in plain.brokers]
    for column in ("premium", "stock"):
        theirs = [[getattr(one, column)[name] for name in grey] for one in plain.brokers]
        yield f"broker.{column}", getattr(model.brokers, column), theirs
    for column in ("capacity", "margin", "cash"):
        yield f"workshop.{column}", getattr(model.workshops, column), [getattr(one, column) for one in plain.workshops]
    theirs = [[one.stock[name] for name in gaming] for one in plain.workshops]
    yield "workshop.stock", model.workshops.stock, theirs
    for column in ("price", "stock", "barred", "sold"):
        yield f"shop.{column}", getattr(model.shops, column), [getattr(plain.shops[name], column) for name in gaming]
    yield "shop cash", model.shops.cash.sum(), plain.shop_cash
    for column in ("own", "capacity", "rent", "cash"):
        yield f"hosts.{column}", getattr(model.hosts, column)[0], getattr(plain.hosts, column)
