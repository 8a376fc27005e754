"""Marks on a time axis: acts of the law with labels in rows above the axes, and where history ends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from abm.figures import theme
from abm.foundation.errors import InputError
from abm.law.regime import load_regime
from abm.results import wording
from abm.results.ensemble import Ensemble
from abm.runs.run import Months

HISTORY_ENDS = "2026-10"

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
LINE: dict[str, Any] = {"color": theme.SOFT, "lw": 0.5, "ls": (0, (3, 2))}
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


def label_acts(
    ax: Axes, acts: Sequence[Act], months: Months, rows: int, lift: float = 0.0, room: float | None = None
) -> float:
    """A thin line for each act, up to its label over the axes; where not all fit, the weightiest stay.

    Call it when the names of lines are written: they take room from the axes.

    rows     of labels at most
    lift     points from the axes to the first row
    room     width of the axes in inches, where it is known
    returns  points from the axes to the top of the last row
    """
    high, places = theme.points("small") * 1.3, tiers(acts, months, room or theme.size_of(ax)[0], rows)
    for place in places:
        up = lift + 2 + high * (place.row + 0.5)
        words, side = (f" {place.act.label}", "left") if place.side > 0 else (f"{place.act.label} ", "right")
        ax.annotate(
            words, (place.act.when, 0), (place.act.when, 1), xycoords=ax.get_xaxis_transform(),
            textcoords=theme.above(ax, up), fontsize="small", color=theme.SOFT, va="center", ha=side, zorder=1,
            arrowprops=LINE | {"arrowstyle": "-", "relpos": (int(side == "right"), 0.5), "shrinkA": 0, "shrinkB": 0,
                               "patchA": None},
        ).set_in_layout(False)  # fmt: skip
    top = lift + (2 + high * (1 + max(place.row for place in places)) if places else 0.0)
    theme.reserve(ax, top)
    return top


def rule_acts(ax: Axes, acts: Sequence[Act]) -> None:
    """The lines of acts without labels, for a panel under the first."""
    low, high = ax.get_xlim()
    for act in acts:
        if low <= act.when <= high:
            ax.axvline(act.when, zorder=1, **LINE)


def tiers(acts: Sequence[Act], months: Months, room: float, rows: int) -> tuple[Place, ...]:
    """Places for labels in a few rows over an axis `room` inches wide; where not all fit, the weightiest stay."""
    if len(months) == 0:
        return ()
    first, last = theme.years(months)[[0, -1]] + [-1 / 24, 1 / 24]
    options = []
    for act in acts:
        x, size = (act.when - first) / (last - first) * room, theme.extent(f" {act.label}", "small")
        if 0 <= x <= room:
            each = (Place(act, x, size, row, side) for row in range(rows) for side in (1, -1))
            options.append([place for place in each if place.span[0] > -0.25])
    return fitted(options)


def fitted(options: Sequence[Sequence[Place]], tries: int = 20_000) -> tuple[Place, ...]:
    """One place an act with no clash, the weightiest first: a search in depth, given up after `tries` steps.

    An act outweighs all those after it together, so the search keeps an act whenever it can.
    """
    values = [2.0**-depth for depth in range(len(options) + 1)]
    best: tuple[Place, ...] = ()
    most = 0.0
    stack: list[tuple[int, float, tuple[Place, ...]]] = [(0, 0.0, ())]
    while stack and tries:
        tries -= 1
        depth, weight, chosen = stack.pop()
        if weight > most:
            best, most = chosen, weight
        if depth == len(options) or weight + sum(values[depth:-1]) <= most:
            continue
        free = [place for place in options[depth] if not any(place.clashes(other) for other in chosen)]
        stack.append((depth + 1, weight, chosen))
        stack.extend((depth + 1, weight + values[depth], (*chosen, place)) for place in reversed(free))
    return best


def acts_of(acts: Iterable[Mapping[str, Any]], history_ends: str = HISTORY_ENDS) -> list[Act]:
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


def future(ax: Axes, months: Months, history_ends: str | None = HISTORY_ENDS) -> None:
    """Shade what lies after the recorded history."""
    edge = edge_of(months, history_ends)
    if edge is not None:
        ax.axvspan(edge, ax.get_xlim()[1], color=theme.PALE, zorder=-5, linewidth=0)


def edge_of(months: Months, history_ends: str | None = HISTORY_ENDS) -> float | None:
    """Where history ends on the axis, or None where it ends before or after what is shown."""
    if history_ends is None or len(months) == 0:
        return None
    edge = float(theme.years(np.array([history_ends], dtype="datetime64[M]"))[0]) + 1 / 24
    first, last = theme.years(months)[[0, -1]]
    return edge if first < edge < last else None


def with_edge(acts: Sequence[Act], months: Months, history_ends: str | None = HISTORY_ENDS) -> list[Act]:
    """The mark where history ends, joined with what takes effect there, and then the other acts."""
    edge = edge_of(months, history_ends)
    if edge is None:
        return [*acts]
    near = [act for act in acts if abs(act.when - edge) < 0.04]
    words = ", ".join(["history ends", *(act.label for act in near)])
    return [Act(edge, words), *(act for act in acts if act not in near)]


def acts_on_memory(acts: Iterable[Mapping[str, Any]], history_ends: str = HISTORY_ENDS) -> list[Act]:
    """The acts on HBM worth marking: those that `acts_of` marks that set a lever for HBM, and leaks of them.

    acts  dictionaries with name, sets, effective, leaked and status
    """
    on_memory = [act for act in acts if any(lever.startswith("hbm.") for lever in act.get("sets", {}))]
    leaks = [
        Act(decimal(str(act["leaked"])), f"{LANDMARKS[act['name']]} leaked")
        for act in on_memory
        if act.get("leaked") and act["name"] in LANDMARKS
    ]
    return [*acts_of(on_memory, history_ends), *leaks]


def acts_for(ensemble: Ensemble) -> list[Act]:
    """The acts that charts mark: the landmarks of history, and the acts to come where there is only one regime."""
    regimes = {
        scenario["regime"]["name"]: scenario["regime"] for scenario in ensemble.scenarios if scenario.get("regime")
    }
    if len(regimes) == 1:
        return acts_of(next(iter(regimes.values())).get("acts", []))
    if "history" in regimes:
        return acts_of(regimes["history"].get("acts", []))
    return acts_of(shipped("history").get("acts", []))


def regime_of(name: str, ensemble: Ensemble) -> dict[str, Any]:
    """A regime as the runs hold it, or as it ships."""
    held = (scenario["regime"] for scenario in ensemble.scenarios if scenario.get("regime", {}).get("name") == name)
    return next(held, None) or shipped(name)


def shipped(name: str) -> dict[str, Any]:
    """A shipped regime as a dictionary; empty when no such regime ships."""
    try:
        return load_regime(name).to_dict()
    except InputError:
        return {}
