"""A plain market copied out of a running one."""

from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.agents.labs import END_USES, KINDS
from abm.agents.products import NESTS
from abm.foundation.dates import REPORT_FROM
from abm.foundation.tables import Table
from abm.law.calendar import Calendar
from abm.law.levers import GRANTS, IMPORT_MODES, PLACES, POLICIES
from abm.law.outlook import on_record
from abm.state import HORIZON, Market
from tests.reference.dealers import PlainBroker, PlainHosts, PlainShop, PlainWorkshop
from tests.reference.firms import INPUTS, PlainMaker, PlainVendor
from tests.reference.goods import Month, PlainProduct, Row
from tests.reference.labs import PlainLab, PlainLeader
from tests.reference.market import PlainGovernment, PlainMarket, PlainRace

type Names = dict[str, list[str]]

SAID_OF = {
    "foreign": ("policy", "free", "refused", "approval", "grants", "checks", "quota", "quota_us", "quota_buyer",
                 "buyers", "fee", "duty", "import_mode", "approved", "inspected", "announced", "leaked"),
    "vendors": ("listed", "cleared", "use_risk"),
    "generations": ("hbm_policy", "hbm_free"),
    "cards": ("cards", "card_mode", "card_end"),
    "places": ("authorised",),
    "labs": ("lab_listed",),
}  # fmt: skip
"""Arrays of the law with an entry for each of these."""
CODES = {"policy": POLICIES, "hbm_policy": POLICIES, "cloud": POLICIES, "grants": GRANTS} | dict.fromkeys(
    ("import_mode", "card_mode"), IMPORT_MODES
)
"""Arrays of the law whose entries are places in these."""


def copy_out(market: Market, months: int = 1) -> PlainMarket:
    """The market as plain objects, with law and inputs of the months to come; a model does as well."""
    t, s, race, names = market.t, market.setting, market.race, _names(market)
    products = _products(market, names)
    return PlainMarket(
        t=t,
        p=s.parameters,
        report_from=REPORT_FROM,
        months={at: _month(market, at, names) for at in range(t + 1, t + 1 + months)},
        products={one.name: one for one in products},
        labs=_labs(market, names),
        vendors={one.name: one for one in _vendors(market, products, names)},
        makers={one.name: one for one in _rows(PlainMaker, market.makers, names, standing=s.hbm_standing.tolist())},
        leaders=_rows(PlainLeader, market.frontier, names),
        world=_rows(Row, market.world, names)[0],
        legacy_of=_legacy(market),
        cxmt_start=s.cxmt_start,
        speed_before=s.speed_before,
        race=PlainRace(
            **{one.name: list(getattr(race, one.name)) for one in fields(race) if one.name != "jumps"},
            jumps=[(market.labs.index[jump.lab], jump.size) for jump in race.jumps],
        ),
        governments=_rows(PlainGovernment, market.governments, names),
        startup_weight=s.startup_weight,
        brokers=_rows(PlainBroker, market.brokers, names, source=[PLACES[at] for at in market.brokers.source]),
        workshops=_rows(PlainWorkshop, market.workshops, names),
        shops=dict(zip(names["cards"], _rows(PlainShop, market.shops, names), strict=True)),
        hosts=_rows(PlainHosts, market.hosts, names)[0],
    )


def _names(market: Market) -> Names:
    """Names along the axes whose entries stand in dictionaries."""
    axis, goods = market.axis, market.ledger.goods
    return {
        "products": list(axis.names),
        "foreign": list(axis.names[axis.licensed]),
        "grey": list(axis.names[axis.grey]),
        "cards": list(axis.names[axis.gaming]),
        "generations": [goods[place] for place in market.setting.stacks],
        "inputs": list(INPUTS),
        "vendors": list(market.vendors.names),
        "makers": list(market.makers.names),
        "labs": list(market.labs.names),
        "places": list(PLACES),
    }


# --- tables ---


WORKED_OUT = ("cards",)
"""Columns that plain objects work out whenever they are asked."""


def _rows[P: Row](kind: type[P], table: Table, names: Names, /, **more: Any) -> list[P]:
    """An object for each row of a table with its name and columns, and with what is said here."""
    values = {name: getattr(table, name).tolist() for name in table.columns if name not in {*more, *WORKED_OUT}}
    return [
        kind(
            name=table.names[row],
            **{name: _keyed(column[row], table.columns[name].axes, names) for name, column in values.items()},
            **{name: given[row] for name, given in more.items()},
        )
        for row in range(len(table))
    ]


def _keyed(value: Any, axes: tuple[str, ...], names: Names) -> Any:
    """Entries of a column by the names of its axes, or as lists where these have none."""
    if not axes:
        return value
    parts = [_keyed(part, axes[1:], names) for part in value]
    return dict(zip(names[axes[0]], parts, strict=True)) if axes[0] in names else parts


def _products(market: Market, names: Names) -> list[PlainProduct]:
    axis, table = market.axis, market.products
    return _rows(
        PlainProduct,
        table,
        names,
        sku=axis.skus,
        channel=axis.channels,
        vendor=[market.vendors.names[place] for place in table.vendor],
        sold_in_us=[bool(axis.chips[sku].sold_in_us) for sku in axis.skus],
    )


def _labs(market: Market, names: Names) -> list[PlainLab]:
    labs = market.labs
    return _rows(
        PlainLab,
        labs,
        names,
        kind=[KINDS[place] for place in labs.kind],
        end_use=[END_USES[place] for place in labs.end_use],
        unnamed=labs.startups().tolist(),
    )


def _vendors(market: Market, products: list[PlainProduct], names: Names) -> list[PlainVendor]:
    own = [[one for one in products if one.vendor == name and one.channel in NESTS[:2]] for name in names["vendors"]]
    return _rows(PlainVendor, market.vendors, names, catalogue=own)


def _legacy(market: Market) -> dict[str, str]:
    names, axis = market.axis.names, market.axis
    return {names[source]: name for source, name in zip(axis.legacy_source, names[axis.legacy], strict=True)}


# --- law and inputs ---


def arrays(law: Calendar) -> dict[str, NDArray[Any]]:
    """Every array of the law by name, its first axis the months."""
    return {name: value for name, value in vars(law).items() if isinstance(value, np.ndarray)}


def _said(law: dict[str, NDArray[Any]], t: int, names: Names) -> SimpleNamespace:
    """What the law of a month says, codes as words, by the names of what it is said of."""
    found = {name: array[t].tolist() for name, array in law.items()}
    for name, words in CODES.items():
        found[name] = [words[place] for place in found[name]] if isinstance(found[name], list) else words[found[name]]
    for axis, said in SAID_OF.items():
        found |= {name: dict(zip(names[axis], found[name], strict=True)) for name in said}
    return SimpleNamespace(**found)


def _month(market: Market, t: int, names: Names) -> Month:
    s, p, law = market.setting, market.parameters, arrays(market.law)
    ahead = s.packages[np.minimum(t + 1 + np.arange(HORIZON), len(s.packages) - 1)]
    paid = round(p.budget.subsidy_months)

    def since(name: str, months: int) -> Any:
        return law[name][t] - (law[name][t - months] if t >= months else 0.0)

    def by(axis: str, values: NDArray[Any]) -> dict[str, Any]:
        return dict(zip(names[axis], values.tolist(), strict=True))

    return Month(
        law=_said(law, t, names),
        newly_removed=max(float(since("remove", 1)), 0.0),
        newly_fined=by("vendors", np.maximum(since("fine", 1), 0.0)),
        subsidy=max(float(since("subsidy", paid)), 0.0),
        added=_built(law["fab_subsidy"], law["smic"], t, p.domestic)
        / (s.paths["smic_wafers"][t] * p.domestic.smic_scale),
        hbm_built=_built(law["hbm_subsidy"], law["cxmt"], t, p.hbm),
        on_record=on_record(t),
        spending=float(s.spending[t]),
        revenue_growth=float(s.revenue_growth[t]),
        packages=by("vendors", s.packages[t]),
        ahead=by("vendors", ahead.T),
        world_stacks=by("makers", s.stacks_world[t]),
        stack_mix=by("generations", s.hbm_mix[t]),
        stack_price=by("generations", s.hbm_price[t]),
        paths={name: float(values[t]) for name, values in s.paths.items()},
        record={"foundry": s.foundry_record, "cxmt": s.cxmt_record} | by("vendors", s.packages_record),
        draws={purpose: block[t].tolist() for purpose, block in s.draws.items()},
    )


def _built(money: NDArray[Any], slow: NDArray[Any], t: int, p: Any) -> float:
    """Wafers a month that public money paid some months before has added, as far as there were tools."""
    paid = max(t + 1 - p.subsidy_months, 0)
    return sum((money[:paid] * (1 - slow[t + 1 - paid : t + 1])).tolist()) / p.wafer_capex
