"""The market of a month as a picture: who stands where, and what went from whom to whom.

Suppliers stand on the left and buyers on the right, in bands for the United States and its allies, third countries and
China; positions never change, so that the eye can follow. What is drawn is read from the tables: a channel, vendor or
lab that the model gains appears by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.agents.labs import KINDS, Labs
from abm.agents.products import CHANNELS
from abm.records import HbmMonth, Sales, Use
from abm.results import wording

if TYPE_CHECKING:
    from abm.model import ChipMarket

Floats = NDArray[np.float64]

WIDE, HIGH = 1200.0, 480.0
BANDS = (("United States and allies", 0.0, 146.0), ("Third countries", 146.0, 214.0), ("China", 214.0, HIGH))
X = {"makers": 120.0, "store": 290.0, "vendors": 430.0, "channels": 680.0, "buyers": 965.0}
LARGEST = {"makers": 14.0, "store": 23.0, "vendors": 13.0, "channels": 22.0, "labs": 9.0, "leaders": 10.0}
"""Largest radius of a kind of node."""
APART = 92.0
"""Between ways through third countries, where there is room."""
MEMORY = "memory"


@dataclass(frozen=True)
class Node:
    """Someone or something with a place.

    key     `table/name` of an agent, or `channel/name`; what a click on it tells
    share   its size over the largest of its kind, 0 to 1
    side    where its name stands: left, right, above or below
    """

    key: str
    name: str
    kind: str
    x: float
    y: float
    share: float
    side: str
    note: str


@dataclass(frozen=True)
class Edge:
    """What went from one node to another in a month.

    what    channel, `world` or `memory`: decides the colour
    amount  H100e/month, or stacks/month for memory
    """

    start: str
    end: str
    what: str
    amount: float


@dataclass(frozen=True)
class Picture:
    """Nodes and edges of a month, and the amounts that make the widest edges."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    widest: float
    widest_memory: float


def picture(m: "ChipMarket") -> Picture:
    """The market at the end of the month at hand."""
    groups = lab_groups(m.labs)
    nodes = (*_makers(m), *_store(m), *_vendors(m), *_channels(m), *_buyers(m, groups))
    edges = [one for one in (*_memory(m), *_chips(m, groups), *_abroad(m)) if one.amount >= 0.5]
    history = m.history
    most = max((float(history[name].max(initial=0.0)) for name in ("added_by_channel", "us_added")), default=0.0)
    stacks = float(history["hbm_to_china"].sum(axis=1).max(initial=0.0))
    return Picture(nodes, tuple(edges), max(most, 1.0), max(stacks, float(history["cxmt"].max(initial=0.0)), 1.0))


def lab_groups(labs: Labs) -> dict[str, NDArray[np.int64]]:
    """The labs with a name of their own, each for itself, and the others by kind: name -> rows."""
    numbered = [name.rpartition(" ")[2].isdigit() for name in labs.names]
    found = {name: np.array([row]) for row, name in enumerate(labs.names) if not numbered[row]}
    rest = np.array(numbered, dtype=bool)
    for place, kind in enumerate(KINDS):
        rows = np.flatnonzero(rest & (labs.kind == place))
        if len(rows):
            found[f"{len(rows)} {GROUPS.get(kind, kind)}"] = rows
    return found


GROUPS = {"startup": "start-ups", "state": "state and telecom buyers"}


def spaced(count: int, top: float, bottom: float) -> list[float]:
    """Heights of so many nodes, evenly between two lines."""
    step = (bottom - top) / max(count, 1)
    return [top + step * (place + 0.5) for place in range(count)]


def shares(values: Sequence[float] | Floats) -> list[float]:
    """Values over the largest, as radii see them: square roots, 0 where there is nothing."""
    whole = np.nan_to_num(np.maximum(np.asarray(values, dtype=float), 0.0))
    return list(np.sqrt(whole / max(float(whole.max(initial=0.0)), 1e-12)))


def _two_bands(names: Sequence[str], domestic: Iterable[bool], top: float = 30.0) -> dict[str, float]:
    """Heights of suppliers: those abroad in the upper band, Chinese ones in the lower."""
    at_home = list(domestic)
    abroad = [name for name, home in zip(names, at_home, strict=True) if not home]
    local = [name for name, home in zip(names, at_home, strict=True) if home]
    heights = dict(zip(abroad, spaced(len(abroad), top, BANDS[0][2] - 22), strict=True))
    return heights | dict(zip(local, spaced(len(local), BANDS[2][1] + 14, HIGH - 10), strict=True))


def _makers(m: "ChipMarket") -> Iterable[Node]:
    heights = _two_bands(m.makers.names, m.makers.domestic)
    made = m.makers.output.sum(axis=1)
    for name, share, amount in zip(m.makers.names, shares(made), made, strict=True):
        note = f"{say(amount)} HBM stacks made this month"
        yield Node(f"makers/{name}", name, "makers", X["makers"], heights[name], share, "left", note)


def _store(m: "ChipMarket") -> Iterable[Node]:
    held = m.history["hbm_stock"].sum(axis=1)
    share = float(np.sqrt(held[-1] / max(float(held.max()), 1e-9)))
    note = f"{say(held[-1])} stacks held by Chinese vendors"
    yield Node("store/HBM", "HBM stock", "store", X["store"], BANDS[2][1] + 76, share, "below", note)


def _vendors(m: "ChipMarket") -> Iterable[Node]:
    heights = _two_bands(m.vendors.names, m.vendors.domestic)
    china = np.bincount(m.products.vendor, m.month[Sales].bought.sum(axis=0) * m.products.compute, len(m.vendors))
    abroad = np.bincount(m.products.vendor, m.month[Sales].abroad * m.products.compute, len(m.vendors))
    for place, (name, share) in enumerate(zip(m.vendors.names, shares(china + abroad), strict=True)):
        note = f"{say(china[place])} H100e sold in China this month, {say(abroad[place])} elsewhere"
        yield Node(f"vendors/{name}", name, "vendors", X["vendors"], heights[name], share, "above", note)


def channel_rows(m: "ChipMarket") -> dict[str, slice]:
    """The rows of each channel that cards are bought through; the fleet of January 2022 is none."""
    slices = m.axis.slices
    return {name: slices[name] for name in CHANNELS if name != "legacy" and slices[name].stop > slices[name].start}


def _channels(m: "ChipMarket") -> Iterable[Node]:
    """Imports stand at China's border, domestic sales inside, and every other way in third countries."""
    held = dict(zip(CHANNELS, m.history["compute_by_channel"][-1], strict=True))
    rows = channel_rows(m)
    others = [name for name, part in rows.items() if part not in (m.axis.licensed, m.axis.domestic)]
    border, inside = BANDS[2][1], (BANDS[2][1] + HIGH) / 2 + 40
    middle, apart = (BANDS[1][1] + BANDS[1][2]) / 2 + 8, min(APART, 2.4 * APART / max(len(others), 1))
    aside = {name: (place - (len(others) - 1) / 2) * apart for place, name in enumerate(others)}
    for name, share in zip(rows, shares([held[name] for name in rows]), strict=True):
        x, y = X["channels"] + aside.get(name, 0.0), middle
        if name not in others:
            y = border + 46 if rows[name] == m.axis.licensed else inside
        note = f"{say(held[name])} H100e in Chinese fleets came this way"
        side = "above" if name in others else "below"
        yield Node(f"channel/{name}", wording.say(name), "channels", x, y, share, side, note)


def _buyers(m: "ChipMarket", groups: dict[str, NDArray[np.int64]]) -> Iterable[Node]:
    held = [float(m.month[Use].held[rows].sum()) for rows in groups.values()]
    heights = spaced(len(groups), BANDS[2][1] + 6, HIGH - 6)
    for name, y, amount, share in zip(groups, heights, held, shares(held), strict=True):
        note = f"{say(amount)} H100e in use"
        yield Node(f"labs/{name}", name, "labs", X["buyers"], y, share, "right", note)
    fleet = m.frontier.fleet.sum(axis=1)
    tall = spaced(len(m.frontier), 22.0, BANDS[0][2] - 4)
    for name, y, amount, share in zip(m.frontier.names, tall, fleet, shares(fleet), strict=True):
        yield Node(f"frontier/{name}", name, "leaders", X["buyers"], y, share, "right", f"{say(amount)} H100e")
    rest = float(m.world.fleet.sum())
    middle = (BANDS[1][1] + BANDS[1][2]) / 2
    yield Node("world/world", "Rest of the world", "leaders", X["buyers"], middle, 1.0, "right", f"{say(rest)} H100e")


def _memory(m: "ChipMarket") -> Iterable[Edge]:
    """Stacks delivered into Chinese vendors' stock, and used from it."""
    delivered = m.month[HbmMonth].sold.sum(axis=1) + m.month[HbmMonth].home.sum(axis=1)
    for name, amount in zip(m.makers.names, delivered, strict=True):
        yield Edge(f"makers/{name}", "store/HBM", MEMORY, float(amount))
    for name, amount in zip(m.vendors.names, m.vendors.use, strict=True):
        yield Edge("store/HBM", f"vendors/{name}", MEMORY, float(amount))


def _chips(m: "ChipMarket", groups: dict[str, NDArray[np.int64]]) -> Iterable[Edge]:
    """Compute bought from each vendor through each channel by each lab or group of labs."""
    for name, rows in channel_rows(m).items():
        bought = m.month[Sales].bought[:, rows] * m.products.compute[rows]
        by_vendor = np.bincount(m.products.vendor[rows], bought.sum(axis=0), len(m.vendors))
        for vendor, amount in zip(m.vendors.names, by_vendor, strict=True):
            yield Edge(f"vendors/{vendor}", f"channel/{name}", name, float(amount))
        for group, members in groups.items():
            yield Edge(f"channel/{name}", f"labs/{group}", name, float(bought[members].sum()))


def _abroad(m: "ChipMarket") -> Iterable[Edge]:
    """Compute that vendors sold to the US leaders and to the rest of the world."""
    made = np.bincount(m.products.vendor, m.month[Sales].abroad * m.products.compute, len(m.vendors))
    us = m.path("us_share")
    for vendor, amount in zip(m.vendors.names, made, strict=True):
        for leader, weight in zip(m.frontier.names, m.frontier.weight, strict=True):
            yield Edge(f"vendors/{vendor}", f"frontier/{leader}", "world", float(amount * us * weight))
        yield Edge(f"vendors/{vendor}", "world/world", "world", float(amount * (1 - us)))


def say(value: float) -> str:
    """A quantity for people: 3 significant digits with the words for its size."""
    size = wording.scale("", "H100e", abs(float(value)))
    return f"{wording.number(size.of(float(value)))} {size.label.removesuffix('H100e')}".strip()
