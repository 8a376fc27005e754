"""Maps of an outcome over two swept factors, with the line where it crosses a threshold."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize, TwoSlopeNorm
from matplotlib.patheffects import withStroke

from abm.figures import theme
from abm.figures.theme import Chart, Width
from abm.figures.time import capital
from abm.results import headlines, wording
from abm.results.change import NIL, decimals_of
from abm.results.comparison import Difference
from abm.results.headlines import Line
from abm.results.series import Series, known

# One hue from pale to dark; and two hues about a pale middle for differences, blue less and orange more.
SEQUENTIAL = LinearSegmentedColormap.from_list("abm", ["#f3f6f4", "#a5cfc4", "#3f9c8f", "#0d5c63", "#07323a"])
DIVERGING = LinearSegmentedColormap.from_list("abm2", ["#0b4a8f", "#7fb2dd", "#f5f5f2", "#f0a878", "#a83a0c"])
CELLS = 12  # a factor with more values than this is cut into as many bins
WRITTEN = 42  # with no more cells than this the numbers stand in them


@theme.styled
def heat(
    outcome: Series,
    x: str,
    y: str,
    month: str | None = None,
    threshold: float | None = None,
    title: str | None = None,
    step: float | None = None,
    *,
    width: Width = "page",
) -> Chart:
    """Map of the mean outcome, or of the mean paired difference, over two factors; one panel a regime.

    x, y       factors: columns of the outcome's runs
    month      the month shown, by default the last
    threshold  in the human unit of the figure; the line where the outcome crosses it is drawn
    step       the smallest difference worth a word, by default as declared: no colours are made of less
    """
    known("factor", [x, y], [name for name in outcome.runs.columns if "." in name])
    place, scale = outcome.position(month) if len(outcome.months) else 0, outcome.scale()
    maps = {regime: means(outcome.only(regime), x, y, place) / scale.divisor for regime in outcome.regimes}
    least = (smallest(outcome, place) if step is None else step) / scale.divisor
    norm = shades(maps.values(), isinstance(outcome, Difference), least)
    line = f"; line: {threshold:g} {scale.label}" if threshold is not None else ""
    note = theme.footer(outcome, f"Cell: mean of {per_cell(outcome, x, y)}{line}.", _noun(outcome))
    heading, said, most = title or outcome.title, subtitle(outcome, place), {"column": 1, "page": 3}[width]
    chart, axes = theme.page(heading, said, note, 2.0, list(maps), most, width=width)
    chart.data = long(maps, x, y, outcome.name, scale.label)
    for ax, (regime, cells) in zip(axes, maps.items(), strict=True):
        draw(ax, cells, norm, threshold, least)
        theme.heading(ax, wording.say(regime))
    if norm is not None:
        colour_bar(chart, axes[chart.across - 1], norm, isinstance(outcome, Difference))
    for number, (ax, cells) in enumerate(zip(axes, maps.values(), strict=True)):
        name_axes(ax, cells, x, y, number % chart.across == 0)
    return chart


def subtitle(outcome: Series, place: int) -> str:
    """The unit, the month, and the base of a difference."""
    when = f" in {wording.month(str(outcome.months[place]))}" if len(outcome.months) else ""
    window = f", {outcome.window}," if outcome.window else ""
    base = f", difference from {wording.inline(outcome.base)}" if isinstance(outcome, Difference) else ""
    return f"{capital(outcome.scale().label)}{window}{when}{base}"


def means(outcome: Series, x: str, y: str, place: int) -> pd.DataFrame:
    """Mean over runs in each cell: values of y down, of x across."""
    values = outcome.values[:, place] if outcome.values.shape[1] else np.full(len(outcome.runs), np.nan)
    table = pd.DataFrame({"x": levels(outcome.runs[x]), "y": levels(outcome.runs[y]), "value": values})
    table = table.dropna(subset=["x", "y"])
    return table.pivot_table(index="y", columns="x", values="value", aggfunc="mean", dropna=False)


def per_cell(outcome: Series, x: str, y: str) -> str:
    """How many runs (or pairs) a cell holds, in words."""
    table = pd.DataFrame({"regime": outcome.runs["regime"], "x": levels(outcome.runs[x]), "y": levels(outcome.runs[y])})
    sizes = table.groupby(["regime", "x", "y"]).size()
    if not len(sizes):
        return f"no {_noun(outcome)}"
    least, most = int(sizes.min()), int(sizes.max())
    count = str(least) if least == most else f"{least} to {most}"
    return f"{count} {_noun(outcome) if most > 1 else _noun(outcome).removesuffix('s')}"


def levels(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """A factor's values as they are, or the middles of equal bins where there are many."""
    if column.nunique() <= CELLS or not pd.api.types.is_numeric_dtype(column):
        return column
    edges = np.linspace(column.min(), column.max(), CELLS + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    return column.map(lambda value: middles[min(int(np.searchsorted(edges, value, "right")) - 1, CELLS - 1)])


def smallest(outcome: Series, place: int) -> float:
    """The smallest difference worth a word at the levels of a month; nothing where there are none."""
    sizes = np.abs(outcome.values[:, place]) if outcome.values.shape[1] else np.empty(0)
    sizes = sizes[np.isfinite(sizes)]
    line = Line(outcome.name, "sum" if outcome.window.startswith("sum") else "end")
    return headlines.least(line, outcome, float(sizes.mean())) if len(sizes) else 0.0


def shades(maps: Iterable[pd.DataFrame], paired: bool, least: float = 0.0) -> Normalize | None:
    """One colour scale for all panels, with differences pale at zero; None when nothing is finite.

    It spans four times the least difference worth a word at least, so that what is less shows no colours.
    """
    every = np.concatenate([cells.to_numpy(dtype=float).ravel() for cells in maps] or [np.empty(0)])
    every = every[np.isfinite(every)]
    if not len(every):
        return None
    if paired:
        most = max(float(np.abs(every).max()), 2 * least) or 1.0
        return TwoSlopeNorm(0.0, -most, most)
    low, high = float(every.min()), float(every.max())
    if high - low < 4 * least:
        low, high = (low + high) / 2 - 2 * least, (low + high) / 2 + 2 * least
    return Normalize(low, high if high > low else low + (abs(low) or 1.0))


def draw(ax: Axes, cells: pd.DataFrame, norm: Normalize | None, threshold: float | None, least: float = 0.0) -> None:
    """The cells of one panel, their numbers where there is room, and the threshold's line."""
    ax.grid(visible=False)
    values = cells.to_numpy(dtype=float)
    if norm is None or not np.isfinite(values).any():
        theme.nothing(ax)
        return
    shade = DIVERGING if isinstance(norm, TwoSlopeNorm) else SEQUENTIAL
    ax.pcolormesh(np.ma.masked_invalid(values), cmap=shade, norm=norm, edgecolors="white", linewidth=0.6)
    if values.size <= WRITTEN:
        decimals = decimals_of(least, float(np.nanmax(np.abs(values))))
        for (row, column), value in np.ndenumerate(values):
            dark = theme.luminance(np.array(shade(norm(value))[:3])) < 0.3
            tone, words = "white" if dark else theme.INK, wording.number(value, decimals=decimals)
            words = NIL if isinstance(norm, TwoSlopeNorm) and abs(value) < least else words
            options: dict[str, Any] = {"ha": "center", "va": "center", "color": tone, "zorder": 4}
            options["path_effects"] = [withStroke(linewidth=1.6, foreground=shade(norm(value)))]
            ax.text(column + 0.5, row + 0.5, words, fontsize="small", **options)
    if threshold is not None and min(values.shape) > 1:
        across, up = (np.concatenate([[0], np.arange(size) + 0.5, [size]]) for size in values.shape[::-1])
        ax.contour(across, up, np.pad(values, 1, mode="edge"), levels=[threshold], colors=[theme.INK], linewidths=1.6)


def name_axes(ax: Axes, cells: pd.DataFrame, x: str, y: str, named: bool) -> None:
    """Ticks at the factors' values, and the factors in words."""
    if not cells.size:
        return
    ax.tick_params(length=0)
    ax.set_xticks(np.arange(len(cells.columns)) + 0.5, [_level(value) for value in cells.columns])
    ax.set_yticks(np.arange(len(cells.index)) + 0.5, [_level(value) for value in cells.index] if named else [])
    room, tall = theme.size_of(ax)
    ax.set_xlabel("\n".join(theme.wrap(wording.factor(x), room)))
    if named:
        ax.set_ylabel("\n".join(theme.wrap(wording.factor(y), tall)))
    ax.spines[:].set_visible(False)


def colour_bar(chart: Chart, ax: Axes, norm: Normalize, paired: bool) -> None:
    """The scale of colours beside a panel."""
    scale = ScalarMappable(norm, DIVERGING if paired else SEQUENTIAL)
    bar = chart.colorbar(scale, cax=ax.inset_axes((1.05, 0.0, 0.05, 1.0)))
    bar.outline.set_visible(False)
    bar.ax.set_label("scale")
    bar.ax.tick_params(labelsize="small", length=2)


def long(maps: dict[str, pd.DataFrame], x: str, y: str, metric: str, unit: str) -> pd.DataFrame:
    """What the map shows: one row a regime and cell."""
    columns = ["regime", x, y, "metric", "mean", "unit"]
    if not maps:
        return pd.DataFrame(columns=columns)
    rows = pd.concat(maps, names=["regime", y]).rename_axis(columns=x).melt(value_name="mean", ignore_index=False)
    return rows.reset_index().assign(metric=metric, unit=unit)[columns]


def _noun(outcome: Series) -> str:
    """What an outcome's rows are."""
    return "pairs" if isinstance(outcome, Difference) else "runs"


def _level(value: Any) -> str:
    """A factor's value as a tick label."""
    return f"{value:.3g}" if isinstance(value, (int, float)) else str(value)
