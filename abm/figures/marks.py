"""Marks on a time axis: the acts of the law with short labels, where history ends, and names where lines end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from abm.figures import theme
from abm.figures.theme import Chart, Width
from abm.results import wording

# Acts of the recorded history that a chart marks, weightiest first, and what it calls them.
LANDMARKS = {
    "us-oct2022-chip-rule": "Oct 2022 rule",
    "us-oct2023-band-a": "Oct 2023 rule",
    "us-hbm-rule": "HBM rule",
    "us-h20-letter": "H20 letter",
    "us-h200-band": "H200 rule",
    "us-h20-resumption": "H20 licences",
}
CLEAR = 0.04  # inches kept free around a label
HEIGHT: dict[str, float] = {"column": 1.9, "page": 2.6}  # of a time axis, inches
LEFT: dict[str, float] = {"column": 0.38, "page": 0.44}
BAR = 0.065  # inches between intervals at the right edge
ROWS: dict[str, int] = {"column": 2, "page": 3}


@dataclass(frozen=True)
class Act:
    """An act to mark: the day it takes effect as a decimal year, and a short label."""

    when: float
    label: str


@dataclass(frozen=True)
class Place:
    """Where an act's label sits: inches along the axis, the row above the axes, and the side of its line."""

    act: Act
    x: float
    size: float
    row: int
    side: int

    @property
    def span(self) -> tuple[float, float]:
        """From where to where the label reaches, inches."""
        ends = (self.x, self.x + self.side * (self.size + CLEAR))
        return min(ends), max(ends)

    def clashes(self, other: "Place") -> bool:
        """Whether one label lies over the other's label or line; a line passes all rows below its label."""
        (low, high), (from_, to) = self.span, other.span
        over = self.row == other.row and low < to and from_ < high
        crossed = other.row >= self.row and low < other.x < high
        crossing = self.row >= other.row and from_ < self.x < to
        return over or crossed or crossing


@dataclass(frozen=True)
class Tiers:
    """Act labels laid out above the axes in rows, none over another."""

    places: tuple[Place, ...]
    width: Width

    @property
    def height(self) -> float:
        """Room needed above the axes, inches."""
        rows = max((place.row + 1 for place in self.places), default=0)
        return rows * line_height(self.width) + (0.04 if rows else 0.0)

    def draw(self, ax: Axes, lift: float = 0.0) -> None:
        """A thin line for each act, up to its label; the labels start `lift` inches over the axes."""
        _, tall = theme.size_of(ax)
        across = ax.get_xaxis_transform()
        size = theme.SMALL[self.width]
        for place in self.places:
            top = 1 + (lift + 0.03 + line_height(self.width) * (place.row + 0.5)) / tall
            rule(ax, place.act.when, top)
            words, side = (f" {place.act.label}", "left") if place.side > 0 else (f"{place.act.label} ", "right")
            theme.write(ax, place.act.when, top, words, size, transform=across, va="center", ha=side, color=theme.SOFT)

    def rules(self, ax: Axes) -> None:
        """The lines of the same acts without labels, for a panel under the first."""
        for place in self.places:
            rule(ax, place.act.when, 1.0)


def rule(ax: Axes, when: float, top: float) -> None:
    """A thin line at a date, from the axis up to `top` times the height of the axes."""
    style: dict[str, Any] = {"color": theme.SOFT, "lw": 0.5, "ls": (0, (3, 2)), "clip_on": False, "zorder": 1}
    ax.plot([when] * 2, [0, top], transform=ax.get_xaxis_transform(), **style)


def time_page(
    months: "np.ndarray[Any, Any]",
    names: Sequence[str],
    acts: Sequence[Act],
    heading: str,
    unit: str,
    note: str,
    width: Width,
    beside: float = 0.0,
) -> tuple[Chart, Axes]:
    """A page with one time axis: act marks above, the unit under the title, room on the right for the lines' names.

    beside  inches to leave between the axes and the names
    """
    right = 0.25 + max((theme.extent(wording.say(name), theme.TEXT[width]) for name in names), default=0.3) + beside
    rows = tiers(acts, months, theme.INCHES[width] - right - LEFT[width], width)
    margins = (LEFT[width], right, rows.height + 0.06, 0.24)
    chart, box = theme.page(width, HEIGHT[width], heading, "", note, margins)
    ax = theme.axes(chart, box, width)
    theme.year_axis(ax, months, width)
    theme.unit_on_top(ax, unit, width, rows.height + 0.06)
    rows.draw(ax)
    chart.description = f"{heading}: {unit}, {', '.join(wording.say(name) for name in names)}."
    return chart, ax


def tiers(acts: Sequence[Act], months: "np.ndarray[Any, Any]", room: float, width: Width) -> Tiers:
    """Lay labels out in a few rows over an axis `room` inches wide; where not all fit, the weightiest stay."""
    if len(months) == 0:
        return Tiers((), width)
    first, last = theme.years(months)[[0, -1]] + [-1 / 24, 1 / 24]
    options = []
    for act in acts:
        x, size = (act.when - first) / (last - first) * room, theme.extent(f" {act.label}", theme.SMALL[width])
        if 0 <= x <= room:
            each = (Place(act, x, size, row, side) for row in range(ROWS[width]) for side in (1, -1))
            options.append([place for place in each if place.span[0] > -0.3])
    return Tiers(fitted(options), width)


def fitted(options: Sequence[Sequence[Place]], tries: int = 20_000) -> tuple[Place, ...]:
    """One place an act with no clash, the weightiest first: a search in depth, given up after `tries` steps.

    An act outweighs all those after it together, so the search keeps an act whenever it can.
    """
    worth = [2.0**-depth for depth in range(len(options) + 1)]
    best: tuple[Place, ...] = ()
    most = 0.0
    stack: list[tuple[int, float, tuple[Place, ...]]] = [(0, 0.0, ())]
    while stack and tries:
        tries -= 1
        depth, weight, chosen = stack.pop()
        if weight > most:
            best, most = chosen, weight
        if depth == len(options) or weight + sum(worth[depth:-1]) <= most:
            continue
        free = [place for place in options[depth] if not any(place.clashes(other) for other in chosen)]
        stack.append((depth + 1, weight, chosen))
        stack.extend((depth + 1, weight + worth[depth], (*chosen, place)) for place in reversed(free))
    return best


def line_height(width: Width) -> float:
    """Height of a row of labels, inches."""
    return theme.SMALL[width] * 1.3 / 72


def acts_of(acts: Iterable[Mapping[str, Any]], history_ends: str = "2026-10") -> list[Act]:
    """The acts worth marking, from dictionaries with name, effective and status: all acts to come, then landmarks.

    Acts to come that take effect on one day are marked as one.
    """
    landmarks: dict[str, Act] = {}
    later: dict[str, list[str]] = {}
    for act in acts:
        day, name = str(act.get("effective") or ""), str(act["name"])
        if not day or act.get("status") in ("withdrawn", "pending"):
            continue
        if name in LANDMARKS:
            landmarks[name] = Act(decimal(day), LANDMARKS[name])
        elif day[:7] > history_ends:
            later.setdefault(day, []).append(short(name))
    ahead = [Act(decimal(day), names[0] if len(names) == 1 else f"{len(names)} acts") for day, names in later.items()]
    return ahead + [landmarks[name] for name in LANDMARKS if name in landmarks]


def short(name: str, most: int = 24) -> str:
    """An act's name in words: 'us-hbm-quota' -> 'HBM quota'."""
    said = wording.say(name.replace("-", "_").removeprefix("us_").removeprefix("cn_"))
    return said if len(said) <= most else said[: most - 1].rstrip() + "…"


def decimal(day: str) -> float:
    """A date YYYY-MM or YYYY-MM-DD as a decimal year."""
    stamp = np.datetime64(day, "D")
    year = stamp.astype("datetime64[Y]")
    return float(1970 + year.astype(int) + (stamp - year.astype("datetime64[D]")).astype(int) / 365.25)


def future(ax: Axes, months: "np.ndarray[Any, Any]", history_ends: str | None) -> None:
    """Shade what lies after the recorded history."""
    edge = edge_of(months, history_ends)
    if edge is not None:
        ax.axvspan(edge, ax.get_xlim()[1], color=theme.PALE, zorder=-5, linewidth=0)


def edge_of(months: "np.ndarray[Any, Any]", history_ends: str | None) -> float | None:
    """Where history ends on the axis, or None where it ends before or after what is shown."""
    if history_ends is None or len(months) == 0:
        return None
    edge = float(theme.years(np.array([history_ends], dtype="datetime64[M]"))[0]) + 1 / 24
    first, last = theme.years(months)[[0, -1]]
    return edge if first < edge < last else None


def with_edge(acts: Sequence[Act], months: "np.ndarray[Any, Any]", history_ends: str | None) -> list[Act]:
    """The mark where history ends, joined with what takes effect there, and then the other acts."""
    edge = edge_of(months, history_ends)
    if edge is None:
        return [*acts]
    near = [act for act in acts if abs(act.when - edge) < 0.04]
    words = ", ".join(["history ends", *(act.label for act in near)])
    return [Act(edge, words), *(act for act in acts if act not in near)]


def label_ends(ax: Axes, ends: Mapping[str, tuple[float, float]], width: Width, skip: float = 0.0) -> None:
    """Write the names of lines at the right edge, `skip` inches out, spread so that none overlaps.

    ends  regime -> (x, y) of the line's last point
    """
    wide, tall = theme.size_of(ax)
    low, high = ax.get_ylim()
    gap = theme.TEXT[width] * 1.25 / 72 / tall * (high - low)
    places = theme.spread([y for _, y in ends.values()], gap, low + gap / 2, high - gap / 2)
    first, last = ax.get_xlim()
    inch = (last - first) / wide

    for (regime, (x, y)), place in zip(ends.items(), places, strict=True):
        tone = theme.ink(regime, list(ends))
        begin, bend, stop = (last + (skip + step) * inch for step in (0.0, 0.05, 0.13))
        ax.plot([begin if skip else x, bend, stop], [y, place, place], color=tone, lw=0.5, clip_on=False)
        theme.write(ax, stop + 0.04 * inch, place, wording.say(regime), theme.TEXT[width], color=tone, va="center")


def bars(ax: Axes, edges: Mapping[str, tuple[float, float, float]]) -> float:
    """Intervals at the right edge, one beside the other; returns how many inches they take.

    edges  regime -> (low, middle, high) at the horizon
    """
    first, last = ax.get_xlim()
    inch = (last - first) / theme.size_of(ax)[0]
    for place, (regime, (low, middle, high)) in enumerate(edges.items()):
        x, tone = last + (0.08 + BAR * place) * inch, theme.colour(regime, list(edges))
        ax.plot([x, x], [low, high], color=tone, lw=2.2, alpha=0.55, clip_on=False, solid_capstyle="butt")
        ax.plot([x], [middle], marker="o", ms=2.6, color=tone, clip_on=False)
    return 0.08 + BAR * len(edges)
