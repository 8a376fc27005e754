"""Settlement, where goods and money change hands: each function books a transfer and the columns it moves."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.agents.product import CHANNELS
from abm.rules import ageing, commerce, production

if TYPE_CHECKING:
    from abm.model import ChipMarket

Floats = NDArray[np.float64]


def settle(
    m: "ChipMarket",
    sender: str,
    receiver: str,
    goods: NDArray[np.int64],
    units: Floats,
    usd: Floats | None = None,
    channel: str = "",
) -> None:
    """Book a transfer of goods in the month at hand."""
    m.ledger.transfer(m.t, sender, receiver, goods, units, usd, channel)


def by_channel(m: "ChipMarket", sender: str, receiver: str, units: Floats, usd: Floats | None = None) -> None:
    """Book a transfer of products channel by channel, units (products,)."""
    for name, total in zip(CHANNELS, units @ m.place.members, strict=True):
        rows = m.place.slices[name]
        if total:
            settle(m, sender, receiver, m.goods[rows], units[rows], None if usd is None else usd[rows], name)


def receive_dies(m: "ChipMarket", need: Floats) -> tuple[float, Floats]:
    """Chinese vendors receive the foundry's good dies, in proportion to need, and those made abroad while allowed.

    No more are made than fill a vendor's stock of `domestic.die_months` of its need.

    need      (vendors,) dies/month at full packaging
    returns   wafers started for AI dies, and dies received (vendors,)
    """
    t, d, vendors = m.t, m.p.domestic, m.vendors
    built = production.subsidised(m.schedule.fab_subsidy[: t + 1], d.subsidy_months, d.wafer_capex)
    capacity = (m.paths["smic_wafers"][t] * d.smic_scale + built) * (1 - m.schedule.smic[t])
    wafers = capacity * m.paths["smic_ai_share"][t]
    rate = production.die_yield(t / 12 - 1, d.yield_start, d.yield_max, d.learning)
    room = np.maximum(d.die_months * need - vendors.dies, 0.0)
    abroad = np.minimum(_dies_abroad(m, need), room)
    wanted = np.minimum(need / max(need.sum(), 1e-9) * wafers * d.dies_per_wafer * rate, room - abroad)
    received = abroad + wanted
    vendors.dies += received
    settle(m, "outside", "vendors", m.die, np.array([received.sum()]))
    return float(wanted.sum() / max(d.dies_per_wafer * rate, 1e-12)), received


def _dies_abroad(m: "ChipMarket", need: Floats) -> Floats:
    """Dies from foundries abroad: Huawei's own path, the others' by need; none when listed, nor for packages that due
    diligence catches."""
    t, vendors = m.t, m.vendors
    with_memory, without = m.conditions.dies[t]
    if not (with_memory or without):
        return np.zeros(len(vendors))
    huawei = vendors.index["Huawei"]
    stacked = np.bincount(m.products.vendor[m.home], m.products.stacks[m.home], len(vendors)) > 0
    unlisted = np.where(m.schedule.listed[t], 0.0, need)
    unlisted[huawei] = 0.0
    claim = np.where(np.where(stacked, with_memory, without), unlisted, 0.0)
    dies = claim / max(float(unlisted.sum()), 1e-9) * float(m.paths["foundry_abroad/others"][t])
    dies[huawei] = m.paths["foundry_abroad/Huawei"][t] * with_memory
    return np.asarray(dies)


def consume(m: "ChipMarket", dies: Floats, stacks: Floats) -> None:
    """Dies and stacks go into chips; stacks leave stock in proportion to the generations held. (vendors,) each."""
    vendors = m.vendors
    held = vendors.stock.sum(axis=1)
    part = np.divide(stacks, held, out=np.zeros_like(held), where=held > 0)
    used = vendors.stock * np.minimum(part, 1.0)[:, None]
    vendors.stock -= used
    vendors.dies[:] = np.maximum(vendors.dies - dies, 0.0)
    vendors.use[:] += 0.25 * (used.sum(axis=1) - vendors.use)
    settle(m, "vendors", "outside", m.die, np.array([dies.sum()]))
    settle(m, "vendors", "outside", m.memory, used.sum(axis=0))


def pay_for(m: "ChipMarket", units: Floats, paid: Floats) -> float:
    """Labs pay vendors for cards and the outside for hosting; fee and duty go to the US government.

    units    (products,) units
    paid     (products,) USD for the cards
    returns  fees, USD
    """
    labs, products, vendors, t = m.labs, m.products, m.vendors, m.t
    foreign = m.foreign
    settle(m, "outside", "vendors", m.goods[foreign], units[foreign])
    own = slice(0, m.home.stop)
    by_channel(m, "vendors", "transit", np.where(np.arange(len(units)) < own.stop, units, 0.0))
    m.ledger.pay(t, "labs", "vendors", float(paid[own].sum()), "cards")
    hosting = float((units * products.host).sum())
    m.ledger.pay(t, "labs", "outside", hosting, "hosting")
    labs.cash -= m.now.spent
    products.transit_usd[own, -1] += paid[own]
    earned = np.bincount(products.vendor[own], paid[own], len(vendors))
    fees = paid[foreign] * (m.schedule.fee[t] + m.schedule.duty[t]) * m.now.needs_licence
    owed = np.bincount(products.vendor[foreign], fees, len(vendors))
    m.ledger.pay(t, "vendors", "government", float(fees.sum()), "fees")
    _costs(m, earned)
    vendors.cash += earned - owed
    return float(fees.sum())


def write_off(m: "ChipMarket", charges: Floats) -> None:
    """Vendors bear what stranded chips cost to make, USD (vendors,)."""
    _spend(m, charges, "charges")


def fine(m: "ChipMarket") -> Floats:
    """Vendors pay fines of competition cases in China in the month they are fined: a share of a year's revenue there,
    USD (vendors,)."""
    share = m.conditions.fine[m.t] - (m.conditions.fine[m.t - 1] if m.t else 0.0)
    fines = np.maximum(share, 0.0) * 12 * m.vendors.from_china
    _spend(m, fines, "fines")
    return fines


def pay_research(m: "ChipMarket", research: Floats) -> None:
    """Vendors pay for R&D, USD (vendors,)."""
    _spend(m, research, "research")


def _spend(m: "ChipMarket", usd: Floats, channel: str) -> None:
    m.vendors.cash -= usd
    m.ledger.pay(m.t, "vendors", "outside", float(usd.sum()), channel)


def _costs(m: "ChipMarket", revenue: Floats) -> None:
    """Vendors pay the outside what cards of this revenue cost them to make."""
    margin = np.where(m.vendors.domestic, m.p.domestic.margin, m.p.vendors.margin)
    _spend(m, revenue * (1 - margin), "making")


def sell_abroad(m: "ChipMarket", china: Floats) -> Floats:
    """The rest of the world buys what vendors' packages make beyond China's orders; returns units (products,).

    china   (products,) units sold to China
    """
    products, vendors, t, rows = m.products, m.vendors, m.t, m.foreign
    used = np.bincount(products.vendor[rows], (china * products.packages)[rows], len(vendors))
    left = np.maximum(m.now.packages * ~vendors.domestic - used, 0.0)
    demand = m.p.vendors.world_demand * m.packages[t]
    vendors.world_price[:] = commerce.world_price(demand, left, m.p.vendors.world_elasticity)
    units = np.zeros(len(products))
    units[rows] = left[products.vendor[rows]] * m.now.world_line / np.maximum(products.packages[rows], 1.0)
    usd = units * products.price * vendors.world_price[products.vendor]
    m.now.abroad_usd = usd
    us = float(m.paths["us_share"][t])
    settle(m, "outside", "vendors", m.goods[rows], units[rows])
    settle(m, "vendors", "frontier", m.goods[rows], units[rows] * us, usd[rows] * us, "world")
    settle(m, "vendors", "world", m.goods[rows], units[rows] * (1 - us), usd[rows] * (1 - us), "world")
    earned = np.bincount(products.vendor, usd, len(vendors))
    vendors.cash += earned
    _costs(m, earned)
    products.abroad += units * us
    return units


def world_line(m: "ChipMarket") -> Floats:
    """Share of a vendor's packages abroad that goes to each of its products, (foreign products,)."""
    share = np.zeros(len(m.products))
    rows = np.concatenate(list(m.line_rows.values()) or [np.arange(0)])
    age = m.t - m.products.released[rows]
    share[rows] = production.world_mix(age, m.p.vendors.takeover_months, m.products.vendor[rows])
    return share[m.foreign]


def deliver_abroad(m: "ChipMarket") -> float:
    """Leaders and the rest of the world take delivery, and their fleets age; returns the leaders' new H100e."""
    made, us = float((m.now.abroad * m.products.compute).sum()), float(m.paths["us_share"][m.t])
    added = made * us + float(m.paths["own_chips"][m.t])
    m.frontier.fleet[:, 0] += m.frontier.weight * added
    m.world.fleet[:, 0] += made * (1 - us) - float((m.now.diverted * m.products.compute[m.grey]).sum())
    for table in (m.frontier, m.world):
        table.fleet[:] = ageing.age(table.fleet, m.p.compute.survival, m.p.compute.life_months)
    return added


def wind_up(m: "ChipMarket", failing: NDArray[np.bool_]) -> None:
    """Firms that give up sell cards second-hand to the other labs, by their weight, and the rest is scrapped.

    Cards on their way go to the buyers too, already paid for. Owners take what money is left; debt is written off.
    Named labs never fail, so that there always is a buyer.

    failing   (labs,)
    """
    labs, s, t = m.labs, m.p.startups, m.t
    claim = labs.weight / labs.weight.sum()
    cards, coming = labs.fleet[failing].sum(axis=0), labs.transit[failing].sum(axis=0)
    labs.fleet[failing] = labs.transit[failing] = 0.0
    settle(m, "labs", "outside", m.goods[m.offshore], np.array([labs.rented[failing].sum()]), None, "offshore")
    labs.rented[failing] = 0.0
    labs.fleet += claim[:, None, None] * s.resale * cards
    labs.transit += claim[:, None, None] * coming
    sold = s.resale * cards.sum(axis=1)
    usd = sold * m.products.price * s.resale_price
    by_channel(m, "labs", "labs", sold, usd)
    by_channel(m, "labs", "outside", (1 - s.resale) * cards.sum(axis=1))
    estate = float(labs.cash[failing].sum() + usd.sum())
    labs.cash[failing] = 0.0
    labs.cash -= claim * usd.sum()
    m.ledger.pay(t, "labs", "outside", max(estate, 0.0), "returned")
    m.ledger.pay(t, "outside", "labs", max(-estate, 0.0), "written off")


def audit(m: "ChipMarket", others: Mapping[str, float] | None = None) -> None:
    """Compare every table with the ledger; ArithmeticError where they differ by more than 1e-9 of the turnover.

    others   differences of further tables
    """
    products, vendors, labs = m.products, m.vendors, m.labs
    held = np.zeros((3, len(m.ledger.goods)))
    np.add.at(held[0], m.goods, products.stock)
    held[2, m.goods[m.offshore]] = labs.rented.sum()
    held[0, m.memory] = vendors.stock.sum(axis=0)
    held[0, m.die] = vendors.dies.sum()
    np.add.at(held[1], m.goods, labs.transit.sum(axis=(0, 2)))
    np.add.at(held[2], m.goods, labs.fleet.sum(axis=(0, 2)))
    every = np.arange(held.shape[1])
    gaps = {
        name: m.ledger.difference(name, every, row)
        for name, row in zip(("vendors", "transit", "labs"), held, strict=True)
    }
    gaps["makers"] = m.ledger.difference("makers", m.memory, m.makers.stock.sum(axis=0))
    cash = {"labs": labs.cash, "vendors": vendors.cash, "makers": m.makers.cash}
    gaps |= {f"{name}' money": m.ledger.money_difference(name, float(column.sum())) for name, column in cash.items()}
    gaps |= others or {}
    wrong = {name: gap for name, gap in gaps.items() if not gap <= 1e-9}
    if wrong:
        raise ArithmeticError(f"{m.date}: tables and ledger differ: {wrong}")
