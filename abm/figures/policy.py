"""Policies against a base: paired differences with their intervals, at the horizon, over time, and as a trade-off."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from abm.figures import labels, marks, theme, time
from abm.figures.marks import Act
from abm.figures.theme import Chart, Width
from abm.figures.time import capital
from abm.results import wording
from abm.results.change import NIL, SAME, Change
from abm.results.comparison import Comparison, Difference
from abm.results.headlines import WINDOWS, Line, lines_of, reading
from abm.results.series import DRAWN
from abm.runs.run import Array

COURSE = "Line: mean of paired differences; shading: its 95 % interval."
DOT = "Dot: mean of paired differences; bar: its 95 % interval."
ROW: dict[str, float] = {"column": 0.17, "page": 0.19}  # height of a regime's row, inches
ACROSS: dict[str, int] = {"column": 1, "page": 2}  # panels side by side
NO_PAIRS = "no pairs of runs to compare"
LOW = 1.25  # height of a panel over time that stands among others, inches


@theme.styled
def dots(
    comparison: Comparison, lines: Sequence[Line | str] | None = None, title: str = "", *, width: Width = "page"
) -> Chart:
    """Dots with 95 % intervals of paired mean differences from the base: a panel a metric, a row a regime.

    lines  metrics, or headline lines; by default the first eight headline lines that are held
    """
    wanted = lines or lines_of(comparison, 8) if len(comparison.pairs[0]) else []
    chosen = [Line(line) if isinstance(line, str) else line for line in wanted]
    tall = max(len(comparison.regimes), 1) * ROW[width]
    heading, note = title or finding(comparison, chosen), footer(comparison, chosen)
    panels = [line.column for line in chosen]
    chart, axes = theme.page(heading, when(comparison), note, tall, panels, ACROSS[width], NO_PAIRS, width=width)
    if not axes:
        return chart
    tables = [
        panel(ax, comparison, line, number % chart.across == 0)
        for number, (ax, line) in enumerate(zip(axes, chosen, strict=True))
    ]
    wide = theme.size_of(axes[0])[0]
    for ax, data in zip(axes, tables, strict=True):
        if np.isfinite(data["mean"]).any():
            numbers(ax, data, comparison.regimes, wide)
    chart.data = pd.concat(tables, ignore_index=True)
    return chart


def finding(comparison: Comparison, lines: Sequence[Line]) -> str:
    """Which regime changes the first line most, where one does, as a title."""
    changes = comparison.changes(lines[0]) if lines else []
    moved = sorted((one for one in changes if one.material and one.clear), key=lambda one: -abs(one.mean))
    if not moved:
        return "What each policy changes"
    one = moved[0]
    most = " most" if len(changes) > 1 else ""
    return f"{wording.say(one.regime)} changes {wording.inside(one.metric)}{most}: {one.words.partition(' (')[0]}"


def panel(ax: Axes, comparison: Comparison, line: Line, named: bool) -> pd.DataFrame:
    """One metric: a dot and an interval for each regime, beside a line at no difference; returns what is plotted."""
    data, regimes = comparison.rows(line), comparison.regimes
    base = f"; {wording.inline(comparison.base)}: {wording.number(data['base'].iloc[0])}" if len(data) else ""
    theme.heading(ax, wording.title(line.column), f"{data['unit'].iloc[0] if len(data) else ''}{base}")
    ax.set_ylim(max(len(regimes), 1) - 0.4, -0.6)
    ax.set_yticks(range(len(regimes)), [theme.fitted(name) for name in regimes] if named else [])
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    ax.spines["left"].set_visible(False)
    if not np.isfinite(data["mean"]).any():
        theme.nothing(ax, "no pairs to compare")
        return data
    ax.axvline(0, color=theme.SOFT, linewidth=0.9)
    for row in data.to_dict("records"):
        place, tone = regimes.index(row["regime"]), theme.colour(row["regime"], regimes)
        if np.isfinite(row["p5"]):
            ax.plot([row["p5"], row["p95"]], [place, place], color=tone, lw=0.8)
        ax.plot([row["low"], row["high"]], [place, place], color=tone, lw=2.0, alpha=0.6, solid_capstyle="butt")
        ax.plot([row["mean"]], [place], marker=theme.MARKERS.get(row["regime"], "o"), color=tone, ms=4.2)
    return data


def numbers(ax: Axes, data: pd.DataFrame, regimes: Sequence[str], wide: float) -> None:
    """Write each mean to its step beside its intervals, and make room for it within the panel, `wide` inches."""
    rows = [{str(name): value for name, value in row.items()} for row in data.to_dict("records")]
    said = {row["regime"]: Change(**row).cells()[0] for row in rows}
    ends = data[["mean", "low", "high", "p5", "p95"]]
    low, high = min(float(ends.min().min()), 0.0), max(float(ends.max().max()), 0.0)
    span = (high - low) or 1.0
    share = min((max(theme.extent(words, "small") for words in said.values()) + 0.12) / wide, 0.4)
    ax.set_xlim(low - 0.04 * span, high + 0.02 * span + span * share / (1 - share))
    ax.xaxis.set_major_locator(MaxNLocator(max(int(wide / 0.5), 2), steps=[1, 2, 5, 10]))
    reach = ends.max(axis=1).clip(lower=0.0)
    for regime, end in zip(data["regime"], reach, strict=True):
        ax.annotate(
            said[regime], (end, regimes.index(regime)), (6, 0), textcoords="offset points", va="center_baseline",
            fontsize="small", color=theme.SOFT, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )  # fmt: skip


@theme.styled
def over_time(
    difference: Difference, acts: Sequence[Act] = (), title: str | None = None, *, width: Width = "page"
) -> Chart:
    """Paired differences over time: the mean of each regime, its 95 % interval shaded, a line at no difference."""
    heading = title or difference.finding
    unit, note = time.unit_words(difference), theme.footer(difference, COURSE, "pairs")
    chart, (ax,) = theme.page(heading, capital(unit), note, time.TALL[width], width=width)
    chart.data = draw_means(ax, difference)
    marks.label_acts(ax, marks.with_edge(acts, difference.months), difference.months, marks.ROWS[width])
    chart.description = f"{heading}: {unit}, {', '.join(wording.say(name) for name in difference.regimes)}."
    return chart


@theme.styled
def courses(
    comparison: Comparison,
    lines: Sequence[Line | str],
    acts: Sequence[Act] = (),
    title: str = "",
    *,
    width: Width = "page",
) -> Chart:
    """Paired differences of several metrics over time, a panel each, from the year in which the first regime parts."""
    differences, regimes = cropped(comparison, lines), comparison.regimes
    heading = title or finding(comparison, [Line(one) if isinstance(one, str) else one for one in lines])
    subtitle = f"Difference from {wording.inline(comparison.base)} by month"
    note = theme.footer(differences[0], COURSE, "pairs") if differences else "No pairs of runs."
    panels = [one.name for one in differences]
    chart, axes = theme.page(heading, subtitle, note, LOW, panels, ACROSS[width], NO_PAIRS, width=width)
    if not axes:
        return chart
    if len(regimes) > 1:
        theme.key(chart, [theme.swatch(theme.fitted(name), theme.colour(name, regimes)) for name in regimes])
    tables = []
    for ax, one in zip(axes, differences, strict=True):
        tables.append(draw_means(ax, one, named=False))
    room = theme.size_of(axes[0])[0]
    for number, (ax, one) in enumerate(zip(axes, differences, strict=True)):
        top = 0.0
        if number < chart.across:
            top = marks.label_acts(ax, acts, one.months, marks.ROWS[width], room=room)
        else:
            marks.rule_acts(ax, acts)
        theme.heading(ax, one.title, time.unit_words(one), lift=top + 3)
    chart.data = pd.concat(tables, ignore_index=True)
    return chart


def cropped(comparison: Comparison, lines: Sequence[Line | str]) -> list[Difference]:
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


def draw_means(ax: Axes, difference: Difference, named: bool = True) -> pd.DataFrame:
    """Draw mean and interval of each regime, with its name where the line ends; returns what is plotted."""
    theme.year_axis(ax, difference.months)
    x, parts = theme.years(difference.months), means(difference)
    whole = pd.concat(parts.values(), ignore_index=True) if parts else pd.DataFrame()
    if not np.isfinite(difference.values).any():
        theme.nothing(ax, "no pairs to compare")
        return whole

    marks.future(ax, difference.months)
    ax.axhline(0, color=theme.SOFT, linewidth=0.9)
    for name, part in parts.items():
        tone, kept = theme.colour(name, difference.regimes), slice(leaves(part["mean"].to_numpy()), None)
        ax.fill_between(x[kept], part["low"][kept], part["high"][kept], color=tone, alpha=0.22, linewidth=0)
        ax.plot(x[kept], part["mean"][kept], color=tone)
    ax.margins(y=0.06)
    if named:
        labels.label_ends(ax, time.last_points(difference.mean() / difference.scale().divisor))
    return whole


def means(difference: Difference) -> dict[str, pd.DataFrame]:
    """Mean and interval of each regime by month, in human units."""
    scale = difference.scale()
    mean, sides = difference.mean() / scale.divisor, difference.interval() / scale.divisor
    common = {"month": [str(month) for month in difference.months], "metric": difference.name, "unit": scale.label}
    edges = {name: {edge: sides[name, edge].to_numpy() for edge in ("low", "high")} for name in difference.regimes}
    return {
        name: pd.DataFrame({"regime": name, **common, "mean": mean[name].to_numpy(), **edges[name]})
        for name in difference.regimes
    }


def leaves(line: Array) -> int:
    """The month before a line leaves zero."""
    away = np.flatnonzero(line != 0)
    return max(int(away[0]) - 1, 0) if len(away) else max(len(line) - 1, 0)


@theme.styled
def tradeoff(comparison: Comparison, across: Line, up: Line, title: str = "", *, width: Width = "page") -> Chart:
    """Two paired differences at once, each with its 95 % interval: what a policy buys, and what it costs."""
    tables = {axis: comparison.rows(line) for axis, line in (("x", across), ("y", up))}
    both = tables["x"].merge(tables["y"], on="regime", suffixes=("_x", "_y"))
    heading, note = title or trade(comparison, across, up), footer(comparison, [across, up])
    tall = {"column": 2.3, "page": 3.0}[width]
    chart, (ax,) = theme.page(heading, when(comparison), note, tall, ["tradeoff"], width=width)
    xlabel, ylabel = (_with_unit(wording.title(line.column), tables[axis]) for axis, line in (("x", across), ("y", up)))
    ax.set_xlabel(f"{xlabel} →")
    ax.set_title(f"↑ {ylabel}", fontweight="normal")
    chart.data = both
    if not np.isfinite(both[["mean_x", "mean_y"]]).all(axis=1).any():
        theme.nothing(ax, "no pairs to compare")
        return chart

    ax.grid(visible=True, axis="both")
    ax.axhline(0, color=theme.SOFT, linewidth=0.7)
    ax.axvline(0, color=theme.SOFT, linewidth=0.7)
    for row in both.to_dict("records"):
        cross(ax, row, comparison.regimes)
    ax.margins(0.10, 0.12)
    ax.autoscale_view()
    labels.label_points(ax, {row["regime"]: (row["mean_x"], row["mean_y"]) for row in both.to_dict("records")})
    return chart


def trade(comparison: Comparison, across: Line, up: Line) -> str:
    """Which regimes clearly raise both, as a title; where none does, which raise one and lower the other."""
    pairs = [
        (one, other)
        for one in (comparison.changes(across) if len(comparison.pairs[0]) else [])
        for other in comparison.changes(up)
        if one.regime == other.regime and all(way.material and way.clear for way in (one, other))
    ]
    base, axes = wording.inline(comparison.base), (wording.inside(across.column), wording.inside(up.column))
    both = [wording.say(one.regime) for one, other in pairs if one.mean > 0 < other.mean]
    if both:
        return f"{wording.joined(both)} {'raises' if len(both) == 1 else 'raise'} both {wording.joined(axes)}"
    opposed = sum(one.mean * other.mean < 0 for one, other in pairs)
    beside = f"; {opposed} of {len(comparison.regimes)} raise one and lower the other" if opposed else ""
    return f"Against {base} no policy raises both {wording.joined(axes)}{beside}"


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
    return f"Difference from {wording.inline(comparison.base)} in {wording.month(str(months[-1]))}"


def footer(comparison: Comparison, lines: Sequence[Line]) -> str:
    """What the dots are, how flows were summed, and the runs behind them."""
    if not len(comparison.pairs[0]):
        return "No pairs of runs."
    held = next((line for line in lines if line.column in comparison), None)
    summed = f" {WINDOWS.capitalize()}." if any(line.window != "end" for line in lines) else ""
    few = max(comparison[held.column].counts.values()) < 2 if held else True
    dot = "Dot: the one paired difference, which has no interval." if few else DOT
    drawn = held is not None and max(comparison[held.column].draws.values()) >= DRAWN
    dot += f" {'Thin line: futures, 5–95 % of single pairs. ' if drawn else ''}{NIL}: {SAME}."
    about = f"{dot}{summed}"
    return about if held is None else theme.footer(comparison[held.column], about, "pairs")


def _with_unit(title: str, table: pd.DataFrame) -> str:
    """A title with the unit of its table, where it does not name it itself."""
    unit = str(table["unit"].iloc[0]) if len(table) else ""
    return title if not unit or title.endswith(unit) else f"{title}, {unit}"
