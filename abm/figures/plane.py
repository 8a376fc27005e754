"""Chips on the plane of compute and memory bandwidth, over the ground that the law of a day denies or licenses.

from abm.law.regime import load_regime
from abm.figures import plane, theme

history = load_regime("history")
theme.save(plane.plane(history, ["2022-11", "2023-12", "2025-05", "2026-11"]), "plane")
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, NullLocator

from abm.facts.records import Chip
from abm.figures import ground, labels, theme
from abm.figures.ground import Area, Place, Span
from abm.figures.theme import Chart, Width
from abm.foundation import dates
from abm.law.regime import Regime
from abm.law.rulings import FREE
from abm.results import wording

WORDS = theme.palette("policy", "words")
CLEAR = 0.001  # square inches that a name may cover of others
TINT = (0.09, 0.24)  # how much of a policy's colour the ground has: caught with links only, and without them too
TALL: dict[str, tuple[float, float]] = {"column": (2.5, 1.9), "page": (3.5, 2.7)}  # inches, alone and among others
ACROSS: dict[str, int] = {"column": 1, "page": 2}
STEPS = [digit * 10.0**power for power in range(1, 7) for digit in (1, 2, 5)]


@theme.styled
def plane(
    regime: Regime,
    days: str | Sequence[str],
    chips: Sequence[Chip] | None = None,
    designs: Mapping[str, Sequence[Chip]] | None = None,
    title: str = "",
    *,
    width: Width = "page",
) -> Chart:
    """Chips released by a day, by TPP and memory bandwidth, in the colour of their policy; a panel for each day.

    days      YYYY-MM-DD, or YYYY-MM for the first of the month
    chips     by default those of the catalogue
    designs   day -> generated chips to show besides (see `ground.cut_downs`)
    """
    given = list(days) if isinstance(days, Iterable) and not isinstance(days, str) else [days]
    for day in given:
        dates.parse_day(day, "day")
    asked = list(dict.fromkeys(given))
    laws = {day: regime.at(dates.parse_day(day)) for day in asked}
    sold = {day: ground.on_sale(dates.parse_day(day), chips) for day in asked}
    points = {day: ground.places(law, sold[day], (designs or {}).get(day, ())) for day, law in laws.items()}
    spans = ground.spans(one for part in points.values() for one in part)
    areas = {day: ground.areas(law, *spans) for day, law in laws.items()}

    heading = title or finding(points)
    subtitle, note = "Memory bandwidth, GB/s, against total processing performance (TPP)", footer(regime, sold, points)
    tall, panels = TALL[width][len(asked) > 1], asked if any(points.values()) else []
    chart, axes = theme.page(heading, subtitle, note, tall, panels, ACROSS[width], "no chip to show", width=width)
    chart.data = ground.table(points, areas)
    if not axes:
        return chart
    theme.key(chart, key(points, areas))
    for ax, day in zip(axes, asked, strict=True):
        lay_ground(ax, areas[day], spans, said(day) if len(asked) > 1 else "")
    for ax in axes[-chart.across :]:
        ax.set_xlabel("TPP")
    room = theme.size_of(axes[0])
    for ax, day in zip(axes, asked, strict=True):
        ticks(ax, room)
        numbers(ax, areas[day], room)
    room = theme.size_of(axes[0])
    for ax, day in zip(axes, asked, strict=True):
        spots = apart(ax, points[day], room[1])
        for one in points[day]:
            dot(ax, one, spots[one.name])
        label(ax, points[day], spots, room, crowded=len(asked) > 1)
    return chart


def finding(points: Mapping[str, Sequence[Place]]) -> str:
    """What the figure shows: of the chips that the rules reach, how many the law catches on the first and last day."""
    days = list(dict.fromkeys([*list(points)[:1], *list(points)[-1:]]))
    parts: list[str] = []
    for day in days:
        reached = [one for one in points[day] if one.what in ("chip", "cut-down")]
        caught = sum(one.policy not in FREE for one in reached)
        chips = f"{len(reached)}" if parts else wording.count(len(reached), "chip")
        parts.append(f"{caught} of {chips} {'in' if len(day) == 7 else 'on'} {said(day)}")
    if not any(points.values()):
        return ", ".join(["Chips and the law", *map(said, days)])
    return f"The law catches {wording.joined(parts)}"


def lay_ground(ax: Axes, areas: Sequence[Area], spans: tuple[Span, Span], name: str) -> None:
    """The plane of one day with its ground, under its name where it has one."""
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(*spans[0])
    ax.set_ylim(*spans[1])
    ax.grid(visible=False)
    shade(ax, areas)
    if name:
        theme.heading(ax, name, lift=12)


def said(day: str) -> str:
    """A day in words: '2022-11' -> 'November 2022', '2025-05-15' -> '15 May 2025'."""
    month, number = wording.month(day[:7]), day[8:].lstrip("0")
    return f"{number} {month}" if number else month


def ticks(ax: Axes, room: tuple[float, float]) -> None:
    """Round numbers on both axes, as many as stand clear."""
    wide, high = room
    for axis, span, fit in ((ax.xaxis, ax.get_xlim(), wide / 0.42), (ax.yaxis, ax.get_ylim(), high / 0.2)):
        inside = [step for step in STEPS if span[0] <= step <= span[1]]
        if len(inside) > fit:
            inside = [step for step in inside if f"{step:.0f}"[0] == "1"]
        axis.set_major_locator(FixedLocator(inside))
        axis.set_minor_locator(NullLocator())
        axis.set_ticks(inside, [f"{step:,.0f}" for step in inside])


def tint(area: Area) -> str:
    """The colour of a part of the ground: white where it is free, deeper where links do not matter."""
    if area.linked in FREE:
        return "#ffffff"
    share = TINT[area.bare not in FREE]
    red, green, blue = (1 - share * (1 - part) for part in to_rgb(theme.POLICIES[area.linked]))
    return to_hex((red, green, blue))


def shade(ax: Axes, areas: Sequence[Area]) -> None:
    """The ground."""
    for area in areas:
        wide, high = area.tpp[1] - area.tpp[0], area.bandwidth[1] - area.bandwidth[0]
        patch: dict[str, Any] = {"facecolor": tint(area), "linewidth": 0, "antialiased": False, "zorder": 0.1}
        ax.add_patch(Rectangle((area.tpp[0], area.bandwidth[0]), wide, high, **patch))
    segments = [[(x, one[0]), (x, one[1])] for x, one in borders(areas, "tpp")]
    segments += [[(one[0], y), (one[1], y)] for y, one in borders(areas, "bandwidth")]
    ax.add_collection(LineCollection(segments, colors=theme.INK, linewidths=0.6, zorder=0.5))


def borders(areas: Sequence[Area], measure: str) -> list[tuple[float, Span]]:
    """Where the ground changes along a measure: the limit, and the stretch of the other measure it holds for."""
    other = "bandwidth" if measure == "tpp" else "tpp"
    ordered = sorted(areas, key=lambda area: (getattr(area, other), getattr(area, measure)))
    rows = groupby(ordered, key=lambda area: getattr(area, other))
    return [
        (getattr(after, measure)[0], stretch)
        for stretch, row in rows
        for before, after in pairwise(row)
        if tint(before) != tint(after)
    ]


def numbers(ax: Axes, areas: Sequence[Area], room: tuple[float, float]) -> None:
    """The limits at which the ground changes, over the axes and on their right."""
    wide, high = room
    for measure, length in (("tpp", wide), ("bandwidth", high)):
        found = sorted({limit for limit, _ in borders(areas, measure)})
        shares = [float((ax.transScale + ax.transLimits).transform((one, one))[int(measure != "tpp")]) for one in found]
        words = [f"{one:,.0f}" for one in found]
        gap = max((theme.extent(one, "small") for one in words), default=0.0) + 0.06
        gap = gap if measure == "tpp" else theme.points("small") / 60
        for share, one in zip(labels.spread(shares, gap / length, 0.0, 1.0), words, strict=True):
            x, y = (share, 1 + 0.03 / high) if measure == "tpp" else (1 + 0.04 / wide, share)
            ha, va = ("center", "bottom") if measure == "tpp" else ("left", "center")
            ax.text(x, y, one, transform=ax.transAxes, fontsize="small", color=theme.SOFT, ha=ha, va=va)


def apart(ax: Axes, points: Sequence[Place], tall: float, step: float = 0.09) -> dict[str, tuple[float, float]]:
    """Where to draw chips on axes `tall` inches high: the second at a place `step` inches over the first, and so on."""
    low, high = ax.get_ylim()
    inch = np.log(high / low) / tall
    spots = {}
    place = lambda one: (one.tpp, one.bandwidth)  # noqa: E731
    for (tpp, bandwidth), group in groupby(sorted(points, key=place), key=place):
        for number, one in enumerate(group):
            spots[one.name] = (tpp, bandwidth * float(np.exp(number * step * inch)))
    return spots


def dot(ax: Axes, one: Place, spot: tuple[float, float]) -> None:
    """A chip: filled with the colour of its policy; hollow and grey for one that US rules do not reach."""
    home, design = one.what == "home", one.what == "design"
    style: dict[str, Any] = {"marker": "*" if design else theme.SHAPES[one.policy], "ms": 8 if design else 4.6}
    tone = theme.POLICIES[one.policy]
    if home:
        style |= {"marker": "o", "ms": 3.2}
    ax.plot(*spot, ls="", mfc="white" if home else tone, mec=theme.SOFT if home else "white", in_layout=False,
            mew=0.7 if home else 0.5, zorder=3 if home else 4, clip_on=False, **style)  # fmt: skip


def label(
    ax: Axes,
    points: Sequence[Place],
    spots: Mapping[str, tuple[float, float]],
    room: tuple[float, float],
    crowded: bool,
) -> None:
    """The names that stand clear, of designs and cut-downs first; in small panels none of Chinese vendors' chips."""
    order = ("design", "cut-down", "chip", "home")
    named = [one for one in points if not (crowded and one.what == "home")]
    named.sort(key=lambda one: (order.index(one.what), -spots[one.name][0], -spots[one.name][1]))
    tones = {one.name: theme.SOFT if one.what == "home" else theme.ink(one.policy) for one in named}
    places = {one.name: spots[one.name] for one in named}
    rest = [spot for name, spot in spots.items() if name not in places]
    labels.label_points(ax, places, tones, theme.points("small") - 0.6, CLEAR, rest, room)


def key(points: Mapping[str, Sequence[Place]], areas: Mapping[str, Sequence[Area]]) -> list[Line2D]:
    """The policies that occur, mildest first, and the kinds of chips that are drawn otherwise."""
    held = [one for part in points.values() for one in part]
    met = {one.policy for one in held if one.what != "home"} | {one.linked for part in areas.values() for one in part}
    entries = [
        theme.swatch(WORDS[name], theme.POLICIES[name], theme.SHAPES[name]) for name in theme.POLICIES if name in met
    ]
    if any(one.what == "design" for one in held):
        entries.append(theme.swatch("Design", theme.INK, "*"))
    if any(one.what == "home" for one in held):
        entries.append(theme.swatch("Chinese vendor's", theme.SOFT, "o", hollow=True))
    return entries


def footer(regime: Regime, sold: Mapping[str, Sequence[Chip]], points: Mapping[str, Sequence[Place]]) -> str:
    """What colours and ground mean, and which chips are not drawn."""
    drawn = {one.name for part in points.values() for one in part}
    missing = dict.fromkeys(chip.sku for part in sold.values() for chip in part if chip.sku not in drawn)
    left = f" Not shown (TPP or bandwidth unknown): {', '.join(missing)}." if missing else ""
    return (
        f"Ground: what the law says of a chip that is like the {ground.LIKE} in all but TPP and memory bandwidth; "
        "deeper where it says so without links between chips too. Numbers at the edge: where it changes. "
        "Chips: policy in practice, one over the other where they share a place; as many names as fit. "
        f"Law: {wording.inline(regime.name)}.{left}"
    )
