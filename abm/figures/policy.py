"""Policies against a base: paired differences with their intervals, at the horizon, over time, and as a trade-off."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from abm.figures import fan, labels, marks, theme
from abm.figures.theme import Box, Chart, Swatch, Width
from abm.results import wording
from abm.results.comparison import Comparison, Difference
from abm.results.headlines import WINDOWS, Line, difference_rows, lines_of, reading
from abm.runs.run import Array

if TYPE_CHECKING:
    from abm.figures.marks import Act

COURSE = "Line: mean of paired differences; shading: its 95 % interval."
DOT = "Dot: mean of paired differences; bar: its 95 % interval."
ROW: dict[str, float] = {"column": 0.17, "page": 0.19}
LEFT, RIGHT, GAP_X, GAP_Y, HEAD, TALL = 0.46, 0.14, 0.56, 0.62, 0.34, 1.25  # of panels over time, inches


def dots(
    comparison: Comparison, lines: "Sequence[Line | str] | None" = None, title: str = "", width: Width = "page"
) -> Chart:
    """Dots with 95 % intervals of paired mean differences from the base: a panel a metric, a row a regime.

    lines  metrics, or headline lines; by default the first eight headline lines that are held
    """
    wanted = lines or lines_of(comparison, 8) if len(comparison.pairs[0]) else []
    chosen = [Line(line) if isinstance(line, str) else line for line in wanted]
    regimes = comparison.regimes
    columns = 2 if width == "page" and len(chosen) > 1 else 1
    rows = max(-(-len(chosen) // columns), 1)
    tall = max(len(regimes), 1) * ROW[width]
    gap = 0.62

    left = 0.2 + max((theme.extent(wording.say(name), theme.TEXT[width]) for name in regimes), default=0.5)
    heading = title or "What each policy changes"
    note = footer(comparison, chosen)
    height = rows * tall + (rows - 1) * gap
    chart, box = theme.page(width, height, heading, when(comparison), note, (left, 0.12, 0.36, 0.2))
    boxes = box.split(rows, columns, 0.25, gap)
    tables = [
        panel(chart, boxes[place], comparison, line, width, place % columns == 0) for place, line in enumerate(chosen)
    ]
    if not chosen:
        theme.nothing(theme.axes(chart, box, width), width, "no pairs of runs to compare")
    chart.data = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return chart


def panel(chart: Chart, box: Box, comparison: Comparison, line: Line, width: Width, named: bool) -> pd.DataFrame:
    """One metric: a dot and an interval for each regime, beside a line at no difference; returns what is plotted."""
    data = difference_rows(comparison, line)
    unit = data["unit"].iloc[0] if len(data) else ""
    ax = theme.axes(chart, box, width, name=line.column)
    wide, tall = box.width, box.height
    level = f"; {wording.say(comparison.base).lower()}: {wording.number(data['base'].iloc[0])}" if len(data) else ""
    head = {"transform": ax.transAxes, "ha": "left", "va": "bottom", "fontweight": "bold"}
    theme.write(ax, 0, 1 + 0.18 / tall, wording.title(line.column), theme.TEXT[width], **head)
    ax.set_xlabel(f"{unit}{level}", fontsize=theme.SMALL[width], color=theme.SOFT, family=theme.FAMILY, ha="left")
    ax.xaxis.set_label_coords(0, 1 + 0.16 / tall)
    rows(ax, data, comparison.regimes, width, named, wide)
    ax.xaxis.set_major_locator(MaxNLocator(max(int(wide / 0.5), 2), steps=[1, 2, 5, 10]))
    return data


def rows(ax: Axes, data: pd.DataFrame, regimes: Sequence[str], width: Width, named: bool, wide: float) -> None:
    """The dots, intervals and numbers of a panel."""
    ax.set_ylim(max(len(regimes), 1) - 0.4, -0.6)
    ax.set_yticks(range(len(regimes)), [wording.say(name) for name in regimes] if named else [])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", color=theme.FAINT, linewidth=0.5)
    ax.spines["left"].set_visible(False)
    ax.axvline(0, color=theme.SOFT, linewidth=0.9)
    if not np.isfinite(data["mean"]).any():
        theme.nothing(ax, width, "no pairs to compare")
        return

    for row in data.to_dict("records"):
        place, tone = regimes.index(row["regime"]), theme.colour(row["regime"], regimes)
        ax.plot([row["low"], row["high"]], [place, place], color=tone, lw=2.0, alpha=0.6, solid_capstyle="butt")
        ax.plot([row["mean"]], [place], marker=theme.MARKERS.get(row["regime"], "o"), color=tone, ms=4.2)
    numbers(ax, data, regimes, width, wide)


def numbers(ax: Axes, data: pd.DataFrame, regimes: Sequence[str], width: Width, wide: float) -> None:
    """Write each mean beside its interval, and make room for it within the panel."""
    decimals = wording.places(data["mean"].abs().max())
    said = {row["regime"]: wording.number(row["mean"], True, decimals) for row in data.to_dict("records")}
    ends = data[["mean", "low", "high"]]
    low, high = min(float(ends.min().min()), 0.0), max(float(ends.max().max()), 0.0)
    span = (high - low) or 1.0
    most = max(theme.extent(words, theme.SMALL[width]) for words in said.values()) + 0.12
    share = min(most / wide, 0.4)
    ax.set_xlim(low - 0.04 * span, high + 0.02 * span + span * share / (1 - share))
    reach = ends.max(axis=1).clip(lower=0.0)
    for regime, end in zip(data["regime"], reach, strict=True):
        ax.annotate(
            said[regime], (end, regimes.index(regime)), (6, 0), textcoords="offset points", va="center_baseline",
            fontsize=theme.SMALL[width], family=theme.FAMILY, color=theme.SOFT,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )  # fmt: skip


def over_time(
    difference: Difference, acts: "Sequence[Act]" = (), title: str | None = None, width: Width = "page"
) -> Chart:
    """Paired differences over time: the mean of each regime, its 95 % interval shaded, a line at no difference."""
    heading = title or f"{difference.title}: difference from {wording.say(difference.base).lower()}"
    note = theme.footer(difference, COURSE, "pairs")
    marked = marks.with_edge(acts, difference.months, fan.HISTORY_ENDS)
    unit = fan.unit_words(difference)
    chart, ax = marks.time_page(difference.months, difference.regimes, marked, heading, unit, note, width)
    chart.data = draw_means(ax, difference, width)
    return chart


def courses(
    comparison: Comparison,
    lines: "Sequence[Line | str]",
    acts: "Sequence[Act]" = (),
    title: str = "",
    width: Width = "page",
) -> Chart:
    """Paired differences of several metrics over time, a panel each, from the year in which the first regime parts."""
    differences = cropped(comparison, lines)
    count, regimes = max(len(differences), 1), comparison.regimes
    columns = 2 if width == "page" and count > 1 else 1
    rows, room = -(-count // columns), (theme.INCHES[width] - LEFT - RIGHT - GAP_X * (columns - 1)) / columns
    tiers = marks.tiers(acts, differences[0].months, room, width) if differences else marks.Tiers((), width)
    entries = [Swatch(wording.say(name), theme.colour(name, regimes)) for name in regimes if len(regimes) > 1]

    over, height = tiers.height + HEAD, rows * TALL + (rows - 1) * GAP_Y
    margins = (LEFT, RIGHT, over + theme.key_height(entries, width), 0.24)
    heading = title or (f"What {wording.say(regimes[0])} changes" if len(regimes) == 1 else "What each policy changes")
    subtitle = f"Difference from {wording.say(comparison.base).lower()} by month"
    note = theme.footer(differences[0], COURSE, "pairs") if differences else "No pairs of runs."
    chart, box = theme.page(width, height, heading, subtitle, note, margins)
    if not differences:
        theme.nothing(theme.axes(chart, box, width), width, "no pairs of runs to compare")
        return chart
    theme.key(chart, box, over, entries, width)
    places, tables = box.split(rows, columns, GAP_X, GAP_Y), []
    for number, (one, place) in enumerate(zip(differences, places, strict=False)):
        ax = theme.axes(chart, place, width, name=one.name)
        tables.append(draw_means(ax, one, width, named=False))
        theme.thin_years(ax, width)
        theme.heading(ax, one.title, width, fan.unit_words(one))
        tiers.draw(ax, HEAD) if number < columns else tiers.rules(ax)
    chart.data = pd.concat(tables, ignore_index=True)
    return chart


def cropped(comparison: Comparison, lines: "Sequence[Line | str]") -> list[Difference]:
    """The differences of the lines that are held, from the January before the first of them leaves zero."""
    chosen = [Line(line) if isinstance(line, str) else line for line in lines]
    held = [reading(comparison, line) for line in chosen if line.column in comparison and len(comparison.pairs[0])]
    begin = min((parting(one) for one in held), default=0)
    return [replace(one, months=one.months[begin:], values=one.values[:, begin:]) for one in held]


def parting(difference: Difference) -> int:
    """The place of the January before the first difference that is not zero; the last January where none is."""
    away = np.flatnonzero((np.nan_to_num(difference.values) != 0).any(axis=0))
    if not len(difference.months):
        return 0
    year = difference.months[away[0] if len(away) else -1].astype("datetime64[Y]").astype("datetime64[M]")
    return int(np.searchsorted(difference.months, year))


def draw_means(ax: Axes, difference: Difference, width: Width = "page", named: bool = True) -> pd.DataFrame:
    """Draw mean and interval of each regime, with its name where the line ends; returns what is plotted."""
    theme.year_axis(ax, difference.months, width)
    scale, x = difference.scale(), theme.years(difference.months)
    mean, sides = difference.mean() / scale.divisor, difference.interval() / scale.divisor
    common = {"month": [str(month) for month in difference.months], "metric": difference.name, "unit": scale.label}
    edges = {name: {edge: sides[name, edge].to_numpy() for edge in ("low", "high")} for name in difference.regimes}
    parts = [
        pd.DataFrame({"regime": name, **common, "mean": mean[name].to_numpy(), **edges[name]})
        for name in difference.regimes
    ]
    if not np.isfinite(difference.values).any():
        theme.nothing(ax, width, "no pairs to compare")
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    marks.future(ax, difference.months, fan.HISTORY_ENDS)
    ax.axhline(0, color=theme.SOFT, linewidth=0.9)
    for part in parts:
        tone, kept = (
            theme.colour(part["regime"].iloc[0], difference.regimes),
            slice(leaves(part["mean"].to_numpy()), None),
        )
        ax.fill_between(x[kept], part["low"][kept], part["high"][kept], color=tone, alpha=0.22, linewidth=0)
        ax.plot(x[kept], part["mean"][kept], color=tone, linewidth=1.5)
    ax.margins(y=0.06)
    if named:
        marks.label_ends(ax, fan.last_points(mean), width)
    return pd.concat(parts, ignore_index=True)


def leaves(line: Array) -> int:
    """The month before a line leaves zero."""
    away = np.flatnonzero(line != 0)
    return max(int(away[0]) - 1, 0) if len(away) else max(len(line) - 1, 0)


def tradeoff(comparison: Comparison, across: Line, up: Line, title: str = "", width: Width = "page") -> Chart:
    """Two paired differences at once, each with its 95 % interval: what a policy buys, and what it costs."""
    tables = {axis: difference_rows(comparison, line) for axis, line in (("x", across), ("y", up))}
    both = tables["x"].merge(tables["y"], on="regime", suffixes=("_x", "_y"))
    heading = title or "What each policy buys, and what it costs"
    note = footer(comparison, [across, up])
    tall = 3.0 if width == "page" else 2.3
    chart, box = theme.page(width, tall, heading, when(comparison), note, (0.5, 0.25, 0.3, 0.46))
    xlabel, ylabel = (_with_unit(wording.title(line.column), tables[axis]) for axis, line in (("x", across), ("y", up)))
    ax = theme.axes(chart, box, width, xlabel, "", "tradeoff")
    theme.unit_on_top(ax, f"↑ {ylabel}", width, 0.04)
    chart.data = both
    if not np.isfinite(both[["mean_x", "mean_y"]]).all(axis=1).any():
        theme.nothing(ax, width, "no pairs to compare")
        return chart

    ax.grid(axis="x", color=theme.FAINT, linewidth=0.5)
    ax.axhline(0, color=theme.SOFT, linewidth=0.7)
    ax.axvline(0, color=theme.SOFT, linewidth=0.7)
    for row in both.to_dict("records"):
        cross(ax, row, comparison.regimes)
    ax.margins(0.10, 0.12)
    points = {row["regime"]: (row["mean_x"], row["mean_y"]) for row in both.to_dict("records")}
    ax.autoscale_view()
    labels.label_points(ax, points, width)
    return chart


def cross(ax: Axes, row: "dict[Any, Any]", regimes: Sequence[str]) -> None:
    """One policy in the plane: a marker and its two intervals."""
    tone, name = theme.colour(row["regime"], regimes), row["regime"]
    ax.plot([row["low_x"], row["high_x"]], [row["mean_y"]] * 2, color=tone, lw=1.4, alpha=0.6)
    ax.plot([row["mean_x"]] * 2, [row["low_y"], row["high_y"]], color=tone, lw=1.4, alpha=0.6)
    ax.plot([row["mean_x"]], [row["mean_y"]], marker=theme.MARKERS.get(name, "o"), color=tone, ms=5)


def when(comparison: Comparison) -> str:
    """The month the differences stand for."""
    months = comparison.ensemble.months
    if not len(months):
        return "No months"
    return f"Difference from {wording.say(comparison.base).lower()} in {wording.month(str(months[-1]))}"


def footer(comparison: Comparison, lines: Sequence[Line]) -> str:
    """What the dots are, how flows were summed, and the runs behind them."""
    if not len(comparison.pairs[0]):
        return "No pairs of runs."
    held = next((line for line in lines if line.column in comparison), None)
    summed = f" {WINDOWS.capitalize()}." if any(line.window != "end" for line in lines) else ""
    few = max(comparison[held.column].counts.values()) < 2 if held else True
    dot = "Dot: the one paired difference, which has no interval." if few else DOT
    about = f"{dot}{summed}"
    return about if held is None else theme.footer(comparison[held.column], about, "pairs")


def _with_unit(title: str, table: pd.DataFrame) -> str:
    """A title with the unit of its table, where it does not name it itself."""
    unit = str(table["unit"].iloc[0]) if len(table) else ""
    return title if not unit or title.endswith(unit) else f"{title}, {unit}"
