"""From regime, parameters and seed to a market ready for its first month: tables, law by month, dated inputs, books."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.agents.brokers import Brokers
from abm.agents.frontier import FrontierLabs
from abm.agents.governments import Governments
from abm.agents.labs import KINDS, Labs
from abm.agents.makers import HbmMakers
from abm.agents.products import CHANNELS, NESTS, ProductAxis, Products, product_axis
from abm.agents.resources import Hosts, Shops, World
from abm.agents.vendors import ChipVendors
from abm.agents.workshops import Workshops
from abm.facts import catalog, paths
from abm.foundation import chance, dates
from abm.foundation.errors import raise_all, shorten, unknown
from abm.foundation.ledger import Ledger
from abm.foundation.parameters import Parameters
from abm.foundation.records import Blanks
from abm.foundation.tables import Table
from abm.law.calendar import Calendar
from abm.law.levers import ANY
from abm.law.regime import Regime
from abm.law.subjects import Dies, Subjects, View
from abm.markets.settlement import WAYS
from abm.rules import ageing, production
from abm.rules.proliferation import ROUTES
from abm.state import HORIZON, Market, Setting

Floats = NDArray[np.float64]

AGENTS: dict[str, type[Table]] = {
    "labs": Labs,
    "vendors": ChipVendors,
    "makers": HbmMakers,
    "frontier": FrontierLabs,
    "brokers": Brokers,
    "workshops": Workshops,
    "governments": Governments,
}
"""Tables of agents, in the order of their numbers in Mesa; a researcher may replace them by subclasses."""
CXMT_GENERATION = "HBM3"
PATHS = (
    "ai_share", "us_share", "own_chips", "smic_wafers", "smic_ai_share", "foundry_abroad/Huawei",
    "foundry_abroad/others", "cxmt_wafers", "run_share/US", "run_share/CN", "inference_share", "models_served",
    "gaming_cards",
)  # fmt: skip


def check_agents(tables: Mapping[str, type]) -> None:
    """Refuse unknown names of tables and classes that are not subclasses of what they replace."""
    faults = unknown("agent type", [name for name in tables if name not in AGENTS], AGENTS)
    for name, kind in tables.items():
        wanted = AGENTS.get(name, Table)
        if not isinstance(kind, type) or not issubclass(kind, wanted):
            told = getattr(kind, "__name__", None) or shorten(kind)
            faults.append(f"{told} is not a subclass of {wanted.__name__}: written class Mine(abm.{wanted.__name__})")
    raise_all(faults)


def open_market(
    regime: Regime, parameters: Parameters, seed: int, until: str, agents: Mapping[str, type[Table]] | None = None
) -> Market:
    """A market before its first month.

    agents   table classes that take the places of those in AGENTS, by name; InputError where they do not fit
    """
    check_agents(agents or {})
    tables, axis = _tables(parameters, seed, AGENTS | dict(agents or {}))
    setting = _setting(regime, parameters, seed, dates.end_month(until), axis, tables)
    market = Market(
        setting=setting,
        law=Calendar.of(regime, _subjects(parameters, setting.months, axis, tables)),
        chips=dict(axis.chips),
        ledger=_books(setting, tables["labs"]),
        **tables,
    )
    return market


def _tables(p: Parameters, seed: int, kinds: dict[str, Any]) -> tuple[dict[str, Any], ProductAxis]:
    """Every table, and the product axis."""
    home_of = {name: one.domestic for name, one in catalog.firms("chip").items()}
    axis = product_axis(home_of, p.vendors.spare_designs)
    axes = _axes(p, axis)
    tables = {
        "vendors": kinds["vendors"].opening(axes, p),
        "makers": kinds["makers"].opening(axes, p),
        "frontier": kinds["frontier"].opening(axes, p),
        "products": Products.opening(axes, axis, home_of, p),
        "brokers": kinds["brokers"].opening(axes, seed, p),
        "workshops": kinds["workshops"].opening(axes, seed, p),
        "shops": Shops.opening(axes, axis, p),
        "hosts": Hosts.opening(axes, p),
        "labs": kinds["labs"].opening(axes, axis, seed, p),
        "world": World.opening(axes, p),
        "governments": kinds["governments"].opening(axes, p),
    }
    tables["frontier"].efficiency[:] = p.innovation.frontier_start
    tables["frontier"].capability[:] = -np.inf
    return tables, axis


def _subjects(p: Parameters, months: int, axis: ProductAxis, tables: dict[str, Any]) -> Subjects:
    """What the law of a run is asked about."""
    x, d, h, named = p.expectation, p.domestic, p.hbm, tuple(catalog.labs())
    return Subjects(
        view=View(months, x.credence, x.ahead_months),
        dies=Dies(d.node_nm, d.transistors_bn, d.plain_bn, h.cell_area, h.cell_density),
        skus=axis.skus[axis.licensed],
        chips=tuple(axis.chips[sku] for sku in axis.skus[axis.licensed.start : axis.spare.start]),
        memory=tuple(catalog.memory().values()),
        cards=tuple(axis.chips[sku] for sku in axis.skus[axis.gaming]),
        vendors=tables["vendors"].names,
        labs=(*named, *(ANY for _ in range(len(tables["labs"]) - len(named)))),
    )


def _setting(
    regime: Regime, p: Parameters, seed: int, months: int, axis: ProductAxis, tables: dict[str, Any]
) -> Setting:
    """Dated inputs, scaled by parameters, and the blocks of chance."""
    labs, firms, generations = tables["labs"], tables["vendors"], catalog.memory()
    dated = {name: paths.path(name, months) for name in PATHS}
    started = dated["cxmt_wafers"] > 0
    scale = np.where(firms.domestic, p.domestic.packaging_scale, p.vendors.packages_scale)
    skus = tuple(dict.fromkeys(axis.skus))
    b = p.budget
    spending = paths.latent_money(months, b.capex_scale, b.growth_2030, b.latent)
    return Setting(
        parameters=p,
        seed=seed,
        months=months,
        axis=axis,
        paths={name: path.tolist() for name, path in dated.items()},
        draws=_draws(regime, seed, months, tables),
        spending=spending,
        revenue_growth=paths.embodied_growth(spending, p.budget.cheapening),
        packages=np.stack([paths.path(f"packages/{name}", months + HORIZON) for name in firms.names], axis=1) * scale,
        stacks_world=_stacks(tables["makers"].names, months) * p.hbm.world_scale,
        hbm_mix=_normal(np.stack([_mix(name, months) for name in generations], axis=1)),
        hbm_price=np.stack(
            [_hbm_price(name, one.price_usd_per_stack, months) for name, one in generations.items()], axis=1
        ),
        hbm_standing=np.array(
            [
                0.0 if one.domestic else paths.value(f"hbm_china_share/{name}")
                for name, one in catalog.firms("hbm").items()
            ]
        ),
        cxmt_generation=list(generations).index(CXMT_GENERATION),
        cxmt_start=int(np.argmax(started)) if started.any() else months,
        cxmt_record=paths.end("cxmt_wafers"),
        foundry_record=paths.end("smic_wafers"),
        packages_record=np.array([paths.end(f"packages/{name}") for name in firms.names]),
        speed_before=(np.log10(5.0) + np.log10(p.innovation.frontier_growth)) / 12,
        startup_weight=labs.unit_weight(seed),
        lines=_lines(axis, tables["products"], firms.names),
        accounts=np.array([skus.index(sku) for sku in axis.skus]),
        stacks=np.arange(len(skus), len(skus) + len(generations)),
        dies=np.array([len(skus) + len(generations)]),
        money=np.array([len(skus) + len(generations) + 1]),
        blank=Blanks(_axes(p, axis) | {name: len(table) for name, table in tables.items()}),
    )


def _axes(p: Parameters, axis: ProductAxis) -> dict[str, int]:
    """Lengths of the axes of tables and records, their rows left out."""
    rows = {"foreign": axis.licensed, "home": axis.domestic, "spare": axis.spare, "grey": axis.grey}
    rows |= dict.fromkeys(("gaming", "cards"), axis.gaming)
    lists = {"generations": catalog.memory(), "inputs": production.INPUTS, "nests": NESTS, "channels": CHANNELS}
    lists |= {"kinds": KINDS, "routes": ROUTES, "named": catalog.labs(), "products": axis.skus}
    found = {name: one.stop - one.start for name, one in rows.items()} | {name: len(one) for name, one in lists.items()}
    found |= {"hbm_lead": p.hbm.lead_months, "lead": p.trade.lead_months, "term": p.offshore.months}
    return found | {"classes": ageing.CLASSES, "horizon": HORIZON}


def _draws(regime: Regime, seed: int, months: int, tables: dict[str, Any]) -> dict[str, Floats]:
    """The blocks of chance: uniforms by purpose, (months, slots)."""
    labs, brokers = tables["labs"].slot, tables["brokers"].slot
    slots = {"improve": labs, "size": labs, "lead": np.arange(len(tables["frontier"]))}
    if regime.adaptive:
        slots["judgement"] = np.arange(5)
    slots |= {"seizure": brokers, "entry": brokers}
    slots |= dict.fromkeys(("large", "fail", "enter", "new size", "new skill"), labs)
    return {purpose: chance.uniforms(seed, purpose, months, place) for purpose, place in slots.items()}


def _books(setting: Setting, labs: Labs) -> Ledger:
    """The ledger, opened with the fleet of 2021."""
    axis = setting.axis
    ledger = Ledger((*dict.fromkeys(axis.skus), *catalog.memory(), "die"), WAYS)
    held = labs.fleet.sum(axis=(0, 2))[axis.legacy]
    ledger.transfer(0, "outside", "labs", setting.accounts[axis.legacy], held, None, "legacy")
    return ledger


def _stacks(names: tuple[str, ...], months: int) -> Floats:
    """Stacks made a month by each maker's share of world output, (months, makers); none for Chinese makers."""
    firms = catalog.firms("hbm")
    shares = [np.zeros(months) if firms[name].domestic else paths.path(f"hbm_share/{name}", months) for name in names]
    return _normal(np.stack(shares, axis=1)) * paths.path("hbm_output", months)[:, None]


def _mix(generation: str, months: int) -> Floats:
    series = f"hbm_mix/{generation}"
    return paths.path(series, months) if paths.has(series) else np.zeros(months)


def _normal(shares: Floats) -> Floats:
    return shares / shares.sum(axis=1, keepdims=True)


def _hbm_price(generation: str, listed: float | None, months: int) -> Floats:
    series = f"hbm_price/{generation}"
    if listed is not None:
        return np.full(months, listed)
    return paths.path(series, months) if paths.has(series) else np.zeros(months)


def _lines(axis: ProductAxis, products: Products, names: tuple[str, ...]) -> dict[int, NDArray[np.int64]]:
    """For each foreign vendor the products, oldest first, that make up its line for the rest of the world."""
    found = {}
    for place, name in enumerate(names):
        mine = [
            row
            for row in range(axis.licensed.start, axis.licensed.stop)
            if products.vendor[row] == place and axis.chips[axis.skus[row]].sold_in_us and products.packages[row] > 0
        ]
        if mine and not catalog.firms("chip")[name].domestic:
            found[place] = np.array(mine)
    return found
