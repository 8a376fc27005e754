"""What a run remembers of each month, from which every metric is worked out at the end."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.agents.lab import KINDS, startups
from abm.markets.clearing import DUST
from abm.rules import capability, demand, utilisation

if TYPE_CHECKING:
    from abm.model import ChipMarket

Floats = NDArray[np.float64]


class History:
    """Named quantities, one entry a month: numbers or arrays whose length stays the same."""

    def __init__(self) -> None:
        self._kept: dict[str, list[float | Floats]] = {}

    def copy(self) -> "History":
        """Another history with the same months so far."""
        found = History()
        found._kept = {name: list(values) for name, values in self._kept.items()}
        return found

    def put(self, **values: float | Floats) -> None:
        """Add this month's values."""
        for name, value in values.items():
            self._kept.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> Floats:
        return np.array(self._kept[name], dtype=np.float64)

    def last(self, name: str) -> float | Floats:
        """The latest value."""
        return self._kept[name][-1]

    def __contains__(self, name: str) -> bool:
        return name in self._kept

    def __len__(self) -> int:
        return len(next(iter(self._kept.values()), []))


class Jump(NamedTuple):
    """A large jump in efficiency: when, at which lab, how large in log10."""

    month: str
    lab: str
    size: float


def note_jumps(m: "ChipMarket", found: Floats, leap: NDArray[np.bool_]) -> None:
    """Keep large jumps with the names of the labs that made them, for inspection as `model.jumps`."""
    m.jumps += [Jump(m.date, m.labs.names[row], float(found[row])) for row in np.flatnonzero(leap)]


def published(m: "ChipMarket", name: str) -> float:
    """What the frontier stood at `innovation.lag_months` ago, carried back before the start at its usual speed."""
    past = m.t - m.p.innovation.lag_months
    own = name == "capability_frontier"
    record = m.frontier_record if own else m.frontier_efficiency
    if past >= 0 and record:
        return record[min(past, len(record) - 1)]
    speed = m.speed_before if own else np.log10(m.p.innovation.frontier_growth) / 12
    start = record[0] if record else float((m.frontier.capability if own else m.frontier.efficiency).max())
    return float(start + min(past, 0) * speed)


def measure_gap(m: "ChipMarket") -> tuple[float, float]:
    """Keep both sides' records of capability; how far China stands below the frontier, log10, and behind it, months."""
    for kept, table in ((m.frontier_record, m.frontier), (m.china_record, m.labs)):
        best = float(table.capability.max(initial=-np.inf))
        kept.append(best if not kept else max(kept[-1], best))
    ours, theirs, t = m.frontier_record, m.china_record[-1], m.t
    if not (np.isfinite(theirs) and np.isfinite(ours[-1])):
        return np.nan, np.nan
    if theirs <= ours[-1]:
        return ours[-1] - theirs, capability.months_behind(np.array(ours), theirs, t, m.speed_before)
    return ours[-1] - theirs, -capability.months_behind(np.array(m.china_record), ours[-1], t, m.speed_before)


def record(m: "ChipMarket") -> None:
    """Put the month into the history."""
    now, products, home = m.now, m.products, m.home
    units, bought, held = now.arrived, now.units, max(float(now.held.sum()), 1e-9)
    added = units * products.compute
    m.frontier_efficiency.append(float(m.frontier.efficiency.max()))
    m.history.put(
        compute_by_channel=_by_channel(m, now.fleet.sum(axis=0) * products.compute),
        us_compute=float(m.frontier.fleet.sum()),
        rest_compute=float(m.world.fleet.sum()),
        added_by_channel=_by_channel(m, added),
        us_added=now.us_added,
        units=units,
        billed=now.billed,
        abroad_usd=np.bincount(products.vendor, now.abroad_usd, len(m.vendors)),
        hbm_to_china=now.hbm_sold.sum(axis=1),
        hbm_usd=now.hbm_usd,
        hbm_index=np.array([now.hbm_contract, now.hbm_spot]),
        hbm_abroad=now.hbm_abroad,
        cxmt=float(m.makers.output[m.makers.domestic].sum()),
        hbm_stock=m.vendors.stock.sum(axis=1),
        wafers=now.wafers,
        limits=m.vendors.limits.copy(),
        shadow=now.shadow,
        charges=now.charges,
        research=now.research,
        lobby=m.vendors.lobby.copy(),
        released=products.released[m.place.spare].copy(),
        made=np.bincount(products.vendor[home], now.made, len(m.vendors)),
        fees=now.fees,
        cash=m.vendors.cash.copy(),
        applied=float(now.applied.sum()),
        granted=float(now.granted.sum()),
        delay=_delay(m),
        frontier=m.frontier_record[-1],
        china=m.china_record[-1],
        largest=now.largest,
        shortfall=now.shortfall,
        gap=now.gap,
        frontier_efficiency=float(m.frontier.efficiency.max()),
        china_efficiency=m.kinds.lab.best(m.labs),
        jumps=now.jumps,
        scarcity=float((m.labs.scarcity * m.labs.flow).sum() / max(float(m.labs.flow.sum()), 1.0)),
        obtained=now.obtained,
        spent=float(now.spent.sum()),
        idle=float(now.held @ now.idle) / held,
        sensitive=now.sensitive,
        shares=float(now.held @ now.held) / held**2,
        cost_by_channel=_by_channel(m, bought * _monthly_cost(m)),
        bought_by_channel=_by_channel(m, bought * products.compute),
        software=m.vendors.software.copy(),
        smuggled=now.smuggled.copy(),
        seized=float(now.seized.sum()),
        grey_sold=bought[m.grey],
        grey_paid=now.price[m.grey] / products.price[m.grey_source],
        converted=float(now.converted.sum()),
        shop_sold=m.shops.sold.copy(),
        shop_price=m.shops.price.copy(),
        rented=float(m.labs.rented.sum()),
        hosts=float(m.hosts.capacity[0]),
        brokers=float(m.brokers.active.sum()),
        fear=now.fear,
        fines=now.fines,
        moved=m.regulators.moved.astype(np.float64),
        answered=m.regulators.answered.astype(np.float64),
        **_labs(m),
    )


def _labs(m: "ChipMarket") -> dict[str, float | Floats]:
    """What labs do with their compute and money."""
    now, labs = m.now, m.labs
    running = now.held * (1 - now.idle)
    kind = np.arange(len(KINDS))[:, None] == labs.kind
    training, weight = now.training.sum(axis=0), now.training.sum(axis=1)
    return {
        "failed": now.failed,
        "active": float((labs.active & startups(labs)).sum()),
        "runs": now.runs,
        "serving_by_channel": _by_channel(m, now.serving.sum(axis=0)),
        "training_by_channel": _by_channel(m, training),
        "used_by_kind": np.stack([kind @ running, kind @ now.held]),
        "effort": float(labs.effort @ weight / max(float(weight.sum()), 1e-9)),
        "laid_open": float(now.laid_open @ weight / max(float(weight.sum()), 1e-9)),
        "response": now.response,
        "mfu": _mfu(m, training),
    }


def _mfu(m: "ChipMarket", training: Floats) -> Floats:
    """Training FLOP that labs get out of cards over what those cards could do, by channel: (2, channels) H100e.

    training   (products,) H100e in use for training
    """
    now, products, c = m.now, m.products, m.p.compute
    reached = utilisation.mfu(c.mfu_cn, m.labs.skill, c.mfu_skill)
    software = m.vendors.software[products.vendor]
    worth = software * now.fit
    nominal = np.divide(training, worth, out=np.zeros_like(worth), where=worth > 0)
    return np.stack([_by_channel(m, reached @ now.training), _by_channel(m, nominal)])


def _by_channel(m: "ChipMarket", values: Floats) -> Floats:
    return np.asarray(values @ m.place.members)


def _monthly_cost(m: "ChipMarket") -> Floats:
    """USD a month of owning a card, the price paid and hosting spread over its life, (products,)."""
    c, now = m.p.compute, m.now
    price = np.divide(now.paid, now.units, out=now.price.copy(), where=now.units > DUST)
    cost = demand.monthly_cost(price, m.products.host, c.life_months, c.discount)
    cost[m.offshore] = price[m.offshore] / m.p.offshore.months
    return cost


def _delay(m: "ChipMarket") -> float:
    """Mean months from filing to decision of what was filed this month, undefined when nothing was, or is decided."""
    filed = m.now.applied.sum(axis=0)
    some = filed > 0
    if not some.any():
        return np.nan
    mean = float((filed[some] * np.maximum(m.now.review[some], 1.0)).sum() / filed[some].sum())
    return mean if np.isfinite(mean) else np.nan
