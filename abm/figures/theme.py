"""The look of all figures: sizes, colours, a page with title and footer, labels that keep clear of one another."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.textpath import text_to_path

from abm.results import files

if TYPE_CHECKING:
    from abm.results.series import Outcome

Width = Literal["column", "page"]

INCHES: dict[str, float] = {"column": 3.5, "page": 7.0}
TITLE: dict[str, float] = {"column": 9.0, "page": 11.0}
TEXT: dict[str, float] = {"column": 7.0, "page": 8.0}
SMALL: dict[str, float] = {"column": 6.2, "page": 6.8}
KEY_LINE: dict[str, float] = {"column": 0.14, "page": 0.16}  # height of a row of a key, inches
FAMILY = "DejaVu Sans"  # comes with matplotlib, so figures look alike on every machine
DPI = 200

INK, SOFT, FAINT, PALE = "#222222", "#666666", "#d9d9d9", "#f4f4f2"

REGIMES = {
    "history": "#3b3b3b",
    "no_controls": "#e3a008",
    "hold_firm": "#1f5fa8",
    "limited_licensing": "#5ab4e5",
    "hbm_relief": "#0b8f6c",
    "hbm_for_concessions": "#c46fa0",
    "full_relaxation": "#cf4a1d",
    "tighten": "#2d1e66",
    "negotiated": "#603010",
}
CHANNELS = {
    "legacy": "#c4c4c4",
    "licensed": "#1f5fa8",
    "domestic": "#cf4a1d",
    "grey": "#4d4d4d",
    "gaming": "#e3b23c",
    "offshore": "#5ab4e5",
}
INPUTS = {  # what can bind a Chinese vendor's output
    "logic": "#1f5fa8",
    "hbm": "#0b8f6c",
    "packaging": "#e3b23c",
    "sales": "#b9a9c9",
}
POLICIES = {  # what the law says of a good, mildest first
    "free": "#2f7fc1",
    "exempt": "#8cc1e6",
    "notify": "#e8c547",
    "case_by_case": "#e07b39",
    "presume_deny": "#a3212c",
    "deny": "#3d0c14",
}
PUBLISHED = "Published"  # the name and colour of what is no model's: figures from the record
OTHERS = ("#8020e0", "#802010", "#90b060", "#c46fa0", "#603010", "#0b8f6c", "#e3a008", "#1f5fa8")
MARKERS = dict(zip(REGIMES, "osD^vPXdh", strict=True))
SHAPES = dict(zip(POLICIES, "od^sXP", strict=True))  # markers of policies, so that colour does not stand alone


class Chart(Figure):
    """A figure that knows the data it shows.

    data         what is plotted, in the units of the axes
    description  what the figure shows, for those who cannot see it
    """

    data: pd.DataFrame
    description: str

    def _repr_png_(self) -> bytes:
        return render(self, "png")


@dataclass(frozen=True)
class Box:
    """A rectangle on the page, in inches from its lower left corner."""

    left: float
    bottom: float
    width: float
    height: float

    def split(self, rows: int, columns: int, gap_x: float, gap_y: float) -> "list[Box]":
        """Equal boxes, row by row from the top."""
        width = (self.width - gap_x * (columns - 1)) / columns
        height = (self.height - gap_y * (rows - 1)) / rows
        return [
            Box(self.left + (width + gap_x) * column, self.bottom + (height + gap_y) * (rows - 1 - row), width, height)
            for row in range(rows)
            for column in range(columns)
        ]


def page(
    width: Width, height: float, title: str, subtitle: str, footer: str, margins: tuple[float, float, float, float]
) -> tuple[Chart, Box]:
    """A figure with title, subtitle and footer, and the box left for axes.

    subtitle  says the unit; where it is empty, room is left for a label of the vertical axis (see `unit_on_top`)

    height   of the box, inches; the figure grows with its texts
    margins  left, right, top and bottom of the box, inches, for tick labels and direct labels
    """
    wide = INCHES[width]
    room = wide - 0.16
    heads = [(line, TITLE[width], "bold", INK) for line in wrap(title, room, TITLE[width], "bold")]
    heads += [(line, TEXT[width], "normal", SOFT) for line in wrap(subtitle, room, TEXT[width]) or [""]]
    foots = wrap(footer, room, SMALL[width])
    left, right, top, bottom = margins
    above = sum(size * 1.32 / 72 for _, size, _, _ in heads) + 0.07
    below = len(foots) * SMALL[width] * 1.3 / 72 + 0.10
    tall = above + top + height + bottom + below

    chart = Chart(figsize=(wide, tall), dpi=DPI, facecolor="white")
    FigureCanvasAgg(chart)
    chart.data, chart.description = pd.DataFrame(), f"{title}. {subtitle}."
    _stack(chart, heads, tall - 0.07, wide, tall)
    _stack(chart, [(line, SMALL[width], "normal", SOFT) for line in foots], below - 0.05, wide, tall)
    return chart, Box(left, below + bottom, wide - left - right, height)


def axes(chart: Chart, box: Box, width: Width, xlabel: str = "", ylabel: str = "", name: str = "") -> Axes:
    """Axes in a box: open to the top and right, faint horizontal lines, labels in human units."""
    wide, tall = chart.get_size_inches()
    ax = chart.add_axes((box.left / wide, box.bottom / tall, box.width / wide, box.height / tall), label=name)
    style(ax, width)
    ax.set_xlabel(xlabel, fontsize=TEXT[width], color=INK, family=FAMILY)
    ax.set_ylabel(ylabel, fontsize=TEXT[width], color=INK, family=FAMILY)
    return ax


def unit_on_top(ax: Axes, words: str, width: Width, above: float) -> None:
    """Write the label of the vertical axis level, under the title, `above` inches over the axes."""
    figure = figure_of(ax)
    wide, tall = figure.get_size_inches()
    label = ax.set_ylabel(words[:1].upper() + words[1:], rotation=0, ha="left", va="bottom")
    label.set(fontsize=TEXT[width], color=SOFT, family=FAMILY)
    ax.yaxis.set_label_coords(0.08 / wide, ax.get_position().y1 + (above + 0.03) / tall, transform=figure.transFigure)


def figure_of(ax: Axes) -> Figure:
    """The figure that axes stand on."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def size_of(ax: Axes) -> tuple[float, float]:
    """Width and height of axes, inches."""
    wide, tall = figure_of(ax).get_size_inches()
    return wide * ax.get_position().width, tall * ax.get_position().height


def style(ax: Axes, width: Width) -> None:
    """Quiet axes: no box, thin lines, small ticks."""
    for side, spine in ax.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(SOFT)
        spine.set_linewidth(0.6)
    ax.tick_params(labelsize=TEXT[width], colors=SOFT, labelcolor=INK, width=0.6, length=2.5, labelfontfamily=FAMILY)
    ax.grid(axis="y", color=FAINT, linewidth=0.5)
    ax.set_axisbelow(True)


def write(ax: Axes, x: float, y: float, words: str, size: float, **options: Any) -> Any:
    """Text on axes in the figures' fonts."""
    plain: dict[str, Any] = {"fontsize": size, "family": FAMILY, "color": INK}
    return ax.text(x, y, words, **plain | options)


def colour(name: str, known: Sequence[str] = ()) -> str:
    """The fixed colour of a regime or channel; for another name one that depends on its place among `known`."""
    fixed = REGIMES | CHANNELS | INPUTS | POLICIES | {PUBLISHED: "#111111"}
    if name in fixed:
        return fixed[name]
    strange = [other for other in known if other not in fixed]
    return OTHERS[strange.index(name) % len(OTHERS)] if name in strange else OTHERS[0]


def ink(name: str, known: Sequence[str] = (), contrast: float = 4.5) -> str:
    """The colour darkened until text in it reads on white (contrast ratio as in WCAG 2)."""
    red = np.array(to_rgb(colour(name, known)))
    while 1.05 / (luminance(red) + 0.05) < contrast:
        red = red * 0.95
    return to_hex((float(red[0]), float(red[1]), float(red[2])))


def luminance(rgb: "np.ndarray[Any, Any]") -> float:
    """Relative luminance of a colour (sRGB, 0 to 1)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def years(months: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Months as decimal years, each at its middle."""
    count = months.astype("datetime64[M]").astype(int)
    return np.asarray(1970 + (count + 0.5) / 12)


def year_axis(ax: Axes, months: "np.ndarray[Any, Any]", width: Width) -> None:
    """Ticks at the starts of years, two figures a year where room is short."""
    if len(months) == 0:
        ax.set_xticks([])
        return
    first, last = float(years(months)[0]) - 1 / 24, float(years(months)[-1]) + 1 / 24
    ticks = np.arange(np.ceil(first - 1e-9), last + 1e-9)
    step = max(1, round(len(ticks) / (10 if width == "page" else 5)))
    ax.set_xlim(first, last)
    ax.set_xticks(ticks[::step], [f"{tick:.0f}" for tick in ticks[::step]])


def thin_years(ax: Axes, width: Width) -> None:
    """Keep as many of a narrow panel's years as stand clear of one another."""
    ticks = ax.get_xticks()
    room = size_of(ax)[0] / (extent("2030", TEXT[width]) * 2.3)
    ticks = ticks[:: max(1, math.ceil(len(ticks) / max(room, 1)))]
    ax.set_xticks(ticks, [f"{tick:.0f}" for tick in ticks])


def heading(ax: Axes, words: str, width: Width, unit: str = "", above: float = 0.04) -> None:
    """The name of a panel, `above` inches over its upper left corner, and its unit in small letters beneath."""
    tall = size_of(ax)[1]
    plain: dict[str, Any] = {"transform": ax.transAxes, "va": "bottom", "zorder": 5}
    plain["bbox"] = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    if unit:
        write(ax, 0, 1 + above / tall, unit, SMALL[width], **plain | {"color": SOFT})
    lift = SMALL[width] * 1.25 / 72 if unit else 0.0
    write(ax, 0, 1 + (above + lift) / tall, words, TEXT[width], **plain | {"fontweight": "bold"})


@dataclass(frozen=True)
class Swatch:
    """An entry of a key: a marker in a colour, and what it stands for."""

    words: str
    colour: str
    marker: str = "s"
    hollow: bool = False


def key(chart: Chart, box: Box, above: float, swatches: Sequence[Swatch], width: Width) -> None:
    """Write a key whose rows end `above` inches over a box; it takes `key_height`."""
    wide, tall = chart.get_size_inches()
    rows = key_rows(swatches, width)
    for row, entries in enumerate(rows):
        x, y = 0.13, box.bottom + box.height + above + (len(rows) - row - 0.5) * KEY_LINE[width]
        for one in entries:
            dot: dict[str, Any] = {"marker": one.marker, "ms": 5, "mec": one.colour, "mew": 0.8, "ls": ""}
            dot["mfc"] = "white" if one.hollow else one.colour
            chart.add_artist(Line2D([x / wide], [y / tall], transform=chart.transFigure, **dot))
            words: dict[str, Any] = {"fontsize": TEXT[width], "family": FAMILY, "color": INK, "va": "center_baseline"}
            chart.text((x + 0.08) / wide, y / tall, one.words, **words)
            x += _entry(one, width)


def key_height(swatches: Sequence[Swatch], width: Width) -> float:
    """Height of a key, inches."""
    return len(key_rows(swatches, width)) * KEY_LINE[width]


def key_rows(swatches: Sequence[Swatch], width: Width) -> list[list[Swatch]]:
    """The entries of a key in rows no wider than the page."""
    rows: list[list[Swatch]] = []
    left = 0.0
    for one in swatches:
        if not rows or left < _entry(one, width):
            rows.append([])
            left = INCHES[width] - 0.16
        rows[-1].append(one)
        left -= _entry(one, width)
    return rows


def _entry(one: Swatch, width: Width) -> float:
    """Width of an entry of a key, inches."""
    return extent(one.words, TEXT[width]) + 0.25


@cache
def extent(words: str, size: float, weight: str = "normal") -> float:
    """Width of a line of text in inches."""
    font = FontProperties(family=FAMILY, size=size, weight=weight)
    points, _, _ = text_to_path.get_text_width_height_descent(words.replace("$", r"\$"), font, ismath=False)
    return float(points) / 72


def wrap(words: str, room: float, size: float, weight: str = "normal") -> list[str]:
    """Lines of text no wider than `room` inches."""
    lines: list[str] = []
    for word in filter(None, words.split(" ")):
        if lines and extent(f"{lines[-1]} {word}", size, weight) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def spread(wanted: Iterable[float], gap: float, low: float, high: float) -> list[float]:
    """Positions at least `gap` apart, within [low, high] where they fit, as near as can be to those wanted.

    Neighbours that would touch form a block, which sits at the mean of what its members want.
    """
    wanted = list(wanted)
    order = np.argsort(wanted, kind="stable")
    blocks: list[list[int]] = []

    def start(block: list[int]) -> float:
        middle = float(np.mean([wanted[one] - gap * place for place, one in enumerate(block)]))
        return max(low, min(middle, high - gap * (len(block) - 1)))

    for one in order:
        blocks.append([int(one)])
        while len(blocks) > 1 and start(blocks[-2]) + gap * len(blocks[-2]) > start(blocks[-1]):
            tail = blocks.pop()
            blocks[-1] += tail
    places = {one: start(block) + gap * place for block in blocks for place, one in enumerate(block)}
    return [places[one] for one in range(len(wanted))]


def footer(outcome: "Outcome", shown: str, noun: str = "runs") -> str:
    """What a figure must say of its data: what is shown, runs (or pairs), seeds, and the set of runs."""
    counts = sorted(set(outcome.counts.values()))
    if not counts:
        return f"No {noun}."
    each = "" if len(outcome.regimes) == 1 else " for each regime" if len(counts) == 1 else ", by regime"
    count = "–".join(str(one) for one in dict.fromkeys((counts[0], counts[-1])))
    noun = noun.removesuffix("s") if counts[-1] == 1 else noun
    return f"{shown} n\u00a0=\u00a0{count} {noun}{each}, {seeds_in_words(outcome.runs['seed'])}. Run set {outcome.key}."


def seeds_in_words(seeds: "Iterable[int]") -> str:
    """Seeds as a range where they are one: 'seeds 0–49'."""
    numbers = sorted({int(seed) for seed in seeds})
    if len(numbers) == 1:
        return f"seed {numbers[0]}"
    whole = numbers and numbers == list(range(numbers[0], numbers[-1] + 1))
    return f"seeds {numbers[0]}–{numbers[-1]}" if whole else f"{len(numbers)} seeds"


def nothing(ax: Axes, width: Width, words: str = "no data to show") -> None:
    """Say on empty axes that there is nothing to show."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    write(ax, 0.5, 0.5, words, TEXT[width], transform=ax.transAxes, ha="center", va="center", color=SOFT)


def render(chart: Figure, kind: Literal["png", "svg"]) -> bytes:
    """The figure as PNG or SVG bytes, the same for the same figure."""
    from io import BytesIO

    buffer = BytesIO()
    with rc_context({"svg.hashsalt": "abm"}):
        chart.savefig(buffer, format=kind, dpi=DPI, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return buffer.getvalue()


def save(chart: Chart, path: Path | str) -> list[Path]:
    """Write the figure as PNG and SVG, and its data as CSV beside them; returns the three paths."""
    stem = Path(path)
    stem = stem.with_suffix("") if stem.suffix in (".png", ".svg", ".csv") else stem
    stem.parent.mkdir(parents=True, exist_ok=True)
    png, svg, csv = (stem.with_name(f"{stem.name}.{kind}") for kind in ("png", "svg", "csv"))
    png.write_bytes(render(chart, "png"))
    svg.write_bytes(render(chart, "svg"))
    files.write_csv(chart.data, csv)
    return [png, svg, csv]


def _stack(chart: Figure, lines: list[tuple[str, float, str, str]], start: float, wide: float, tall: float) -> None:
    """Lines of text down the page from `start` inches."""
    for words, size, weight, tone in lines:
        place: dict[str, Any] = {"x": 0.08 / wide, "y": start / tall, "s": words.replace("$", r"\$")}
        chart.text(**place, fontsize=size, fontweight=weight, color=tone, family=FAMILY, va="top", ha="left")
        start -= size * (1.32 if weight == "bold" else 1.3) / 72
