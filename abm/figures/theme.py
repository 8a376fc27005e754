"""The look of all figures: colours, a page with title and footer around its panels, keys, and files with their data."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib import rc_context, rc_params_from_file, rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.gridspec import SubplotSpec
from matplotlib.lines import Line2D
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from abm.figures.svg import light
from abm.foundation.files import replacing, together
from abm.foundation.version import VERSION
from abm.results import files, wording
from abm.results.series import DRAWN, Series, untold

Width = Literal["column", "page"]
type Inches = NDArray[np.float64]

INCHES: dict[str, float] = {"column": 3.5, "page": 7.0}
TITLE: dict[str, float] = {"column": 9.0, "page": 11.0}  # size of a title, points
SIZES: dict[str, float] = {"column": 7.2, "page": 8.0}  # of text, points; other sizes are relative to it
STYLE = rc_params_from_file(Path(__file__).with_name("abm.mplstyle"), use_default_template=False)
LONGEST_FILE = 200  # bytes of a file's name without its ending
DPI: float = STYLE["figure.dpi"]
EDGE = 0.08  # inches between a page's texts and its edge
PAD = 0.05  # inches around each panel with its labels

INK, SOFT, FAINT, PALE = "#222222", "#666666", "#d9d9d9", "#f4f4f2"

SOURCE = f"Source: chip-export-abm {VERSION}."
"""What every figure says of where it comes from."""

PALETTE = pd.read_csv(Path(__file__).with_name("palette.csv"), keep_default_na=False)
"""One colour for each regime, channel, firm, lab and government; inputs that can bind a Chinese vendor's output; what
the law says of a good, mildest first; and the sides of a comparison that have no colour of their own."""


def palette(kind: str, column: str = "colour") -> dict[str, str]:
    """What a column of the palette says of each name of a kind: its colour, marker or words."""
    rows = PALETTE[PALETTE["kind"] == kind]
    return dict(zip(rows["name"], rows[column], strict=True))


REGIMES, CHANNELS, INPUTS, POLICIES = map(palette, ("regime", "channel", "input", "policy"))
VENDORS, MAKERS, LABS, GOVERNMENTS = map(palette, ("vendor", "maker", "lab", "government"))
SIDES = palette("side")
MARKERS, SHAPES = palette("regime", "marker"), palette("policy", "marker")  # so that colour does not stand alone
PUBLISHED = "Published"  # the name and colour of what is no model's: figures from the record
FIXED = REGIMES | CHANNELS | INPUTS | POLICIES | VENDORS | MAKERS | LABS | GOVERNMENTS | SIDES | {PUBLISHED: "#111111"}
OTHERS = ("#8020e0", "#802010", "#90b060", "#c46fa0", "#603010", "#0b8f6c", "#e3a008", "#1f5fa8")


@contextmanager
def look(width: Width) -> Iterator[None]:
    """Whatever is made inside looks like our figures of a width."""
    with rc_context(STYLE | {"font.size": SIZES[width]}):
        yield


class Chart(Figure):
    """A figure that knows the data it shows, and is as high as its panels and texts need.

    data         what is plotted, in the units of the axes
    description  what the figure shows, for those who cannot see it
    width        its look
    tall         height of each panel, inches
    above        inches for title and key
    below        inches for the footer
    across       panels side by side
    """

    data: pd.DataFrame
    description: str
    width: Width
    tall: float
    above: float
    below: float
    across: int

    def draw(self, renderer: Any) -> None:
        """Draw in the look of the figure's width, whatever the caller has set."""
        with look(self.width):
            super().draw(renderer)

    def savefig(self, fname: Any, **options: Any) -> None:
        """Save as matplotlib does, but a file whole or not at all; InputError where it cannot be written."""
        if not isinstance(fname, str | os.PathLike):
            super().savefig(fname, **options)
            return
        path = Path(fname)
        path = path if path.suffix else path.with_name(f"{path.name}.{rcParams['savefig.format']}")
        with replacing(path) as part:
            super().savefig(part, **{"format": path.suffix[1:], **options})

    def arrange(self) -> None:
        """Lay the panels out between title and footer, `tall` and equally wide, with room for what is around each."""
        panels = [(ax, spec.rowspan.start, spec.colspan.start) for ax, spec in self._panels]
        (_, spec), *_ = self._panels
        left, right = np.zeros((2, spec.get_gridspec().ncols))
        over, under = np.zeros((2, spec.get_gridspec().nrows))
        for ax, row, column in panels:
            inner, outer = ax.get_window_extent(), ax.get_tightbbox(for_layout_only=True) or ax.bbox
            left[column] = max(left[column], (inner.x0 - outer.x0) / self.dpi)
            right[column] = max(right[column], (outer.x1 - inner.x1) / self.dpi)
            over[row] = max(over[row], (outer.y1 - inner.y1) / self.dpi)
            under[row] = max(under[row], (inner.y0 - outer.y0) / self.dpi)
        self.place(left, right, over, under)

    def place(self, left: Inches, right: Inches, over: Inches, under: Inches) -> None:
        """Put the panels where they have so many inches around them, by column and by row, and size the page."""
        left, right, over, under = (room + PAD for room in (left, right, over, under))
        page, sides = INCHES[self.width], 2 * (EDGE - PAD)
        high = self.above + self.below + (over + under + self.tall).sum()
        wide = (page - sides - (left + right).sum()) / len(left)
        starts = EDGE - PAD + np.cumsum(left + right + wide) - right - wide
        ends = self.above + np.cumsum(over + under + self.tall) - under
        self.set_size_inches(page, high)
        for ax, spec in self._panels:
            start, end = starts[spec.colspan.start], ends[spec.rowspan.start]
            ax.set_position((start / page, 1 - end / high, wide / page, self.tall / high))
            ax.set_in_layout(True)

    @property
    def _panels(self) -> list[tuple[Axes, SubplotSpec]]:
        return [(ax, spec) for ax in self.axes if (spec := ax.get_subplotspec()) is not None]

    def _repr_png_(self) -> bytes:
        return render(self, "png")


def styled[**P](draw: Callable[P, Chart]) -> Callable[P, Chart]:
    """Draw in the look of the keyword `width`, and lay the page out."""

    @wraps(draw)
    def drawn(*args: P.args, **options: P.kwargs) -> Chart:
        width: Any = options.get("width", "page")
        with look(width):
            chart = draw(*args, **options)
            chart.arrange()
        return chart

    return drawn


def page(
    title: str,
    subtitle: str,
    note: str,
    tall: float,
    panels: Sequence[str] = ("",),
    most: int = 1,
    empty: str = "no data to show",
    *,
    width: Width,
    **options: Any,
) -> tuple[Chart, list[Axes]]:
    """A figure with title, subtitle and footer, and its panels row by row.

    subtitle  says the unit
    tall      height of a panel, inches; the page grows with what stands around them
    panels    a label for each; where there is none the page says `empty`, and has no axes to draw into
    most      panels side by side at most
    options   further ones of `Figure.subplots`
    """  # fmt: skip
    chart = Chart()
    FigureCanvasAgg(chart)
    chart.data, chart.description = pd.DataFrame(), f"{title}. {subtitle}."
    chart.width, chart.tall, chart.above, chart.below = width, tall, 0.07, 0.05
    chart.across = max(min(len(panels), most), 1)
    for words, size, style in ((title, TITLE[width], {"weight": "bold"}), (subtitle, "medium", {"color": SOFT})):
        chart.above += _lines(chart, words, size, chart.above, **style)
    chart.above += 0.04
    chart.below += _lines(chart, f"{note} {SOURCE}".strip(), "small", chart.below, color=SOFT, va="bottom")
    rows = max(-(-len(panels) // chart.across), 1)
    axes: list[Axes] = [*chart.subplots(rows, chart.across, squeeze=False, **options).flat]
    guess = np.full(chart.across, 0.4), np.full(chart.across, 0.1), np.full(rows, 0.2), np.full(rows, 0.2)
    chart.place(*guess)  # ticks depend on the size of panels: near to what it will be
    for spine in (spine for ax in axes for spine in ax.spines.values()):
        spine.set_in_layout(False)  # they lie on the edges of the panel, and measuring them is slow
    if not panels:
        nothing(axes[0], empty)
    for spare in axes[max(len(panels), 1) :]:
        spare.remove()
    axes = axes[: len(panels)]
    for ax, name in zip(axes, panels, strict=True):
        ax.set_label(name)
    return chart, axes


def _lines(chart: Chart, words: str, size: str | float, start: float, **style: Any) -> float:
    """Wrapped text `start` inches from the top (or the bottom, as `va` says); returns its height in inches."""
    room = 0.98 * (INCHES[chart.width] - 2 * EDGE)  # drawn as pixels, letters are a little wider
    lines = wrap(words, room, size, style.get("weight", "normal"))
    top = style.setdefault("va", "top") == "top"
    place = chart.transFigure + ScaledTranslation(EDGE, -start if top else start, chart.dpi_scale_trans)
    chart.text(
        0, int(top), "\n".join(lines), transform=place, fontsize=size, linespacing=1.25, in_layout=False, **style
    )
    return len(lines) * points(size) * 1.32 / 72


def size_of(ax: Axes) -> tuple[float, float]:
    """Width and height of axes in inches, once the page is settled."""
    figure = figure_of(ax)
    if isinstance(figure, Chart):
        figure.arrange()
        return float(figure.get_size_inches()[0] * ax.get_position().width), figure.tall
    box = ax.get_window_extent()
    return box.width / figure.dpi, box.height / figure.dpi


def height_of(ax: Axes) -> float:
    """Height of axes in inches, once the page is settled."""
    figure = figure_of(ax)
    return figure.tall if isinstance(figure, Chart) else size_of(ax)[1]


def figure_of(ax: Axes) -> Figure:
    """The figure that axes stand on."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def above(ax: Axes, lift: float) -> Any:
    """Coordinates across in the data, up in shares of the axes and `lift` points more."""
    return ax.get_xaxis_transform() + ScaledTranslation(0, lift / 72, figure_of(ax).dpi_scale_trans)


def heading(ax: Axes, words: str, unit: str = "", lift: float = 3.0) -> None:
    """The name of a panel, of a line or more, `lift` points over its upper left corner, and its unit beneath."""
    plain: dict[str, Any] = {"textcoords": "offset points", "xycoords": "axes fraction", "va": "bottom", "zorder": 5}
    plain["bbox"] = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    if unit:
        ax.annotate(unit, (0, 1), (0, lift), fontsize="small", color=SOFT, **plain).set_in_layout(False)
        lift += points("small") * 1.3
    ax.annotate(words, (0, 1), (0, lift), weight="bold", **plain).set_in_layout(False)
    reserve(ax, lift + points("medium") * (1 + 1.2 * words.count("\n")))


def reserve(ax: Axes, height: float) -> None:
    """Keep `height` points free over axes, for words whose length is not to push panels apart."""
    ax.annotate(" ", (0, 1), (0, height), xycoords="axes fraction", textcoords="offset points", va="top")


def swatch(words: str, tone: str, marker: str = "s", hollow: bool = False) -> Line2D:
    """An entry of a key: a marker in a colour, and what it stands for."""
    face = "white" if hollow else tone
    return Line2D([], [], ls="", marker=marker, ms=5, mec=tone, mew=0.8, mfc=face, label=words)


def key(chart: Chart, swatches: Sequence[Line2D]) -> None:
    """Write a key under the subtitle, in as few rows as fit."""
    if not swatches:
        return
    room, wide = INCHES[chart.width] - 2 * EDGE, [extent(str(one.get_label())) + 0.3 for one in swatches]
    rows = next(
        rows
        for rows in range(1, len(wide) + 1)
        if sum(max(wide[start : start + rows]) for start in range(0, len(wide), rows)) <= room or rows == len(wide)
    )
    place = chart.transFigure + ScaledTranslation(EDGE, -chart.above - 0.03, chart.dpi_scale_trans)
    options: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (0, 1), "bbox_transform": place}
    legend = chart.legend(handles=[*swatches], ncols=-(-len(wide) // rows), **options)
    legend.set_in_layout(False)
    chart.above += legend.get_window_extent().height / chart.dpi + 0.05


def colour(name: str, known: Sequence[str] = ()) -> str:
    """The fixed colour of a regime, channel, firm, lab or government; for another name one that depends on its place
    among `known`."""
    if name in FIXED:
        return FIXED[name]
    others = [other for other in known if other not in FIXED]
    return OTHERS[others.index(name) % len(OTHERS)] if name in others else OTHERS[0]


def ink(name: str, known: Sequence[str] = (), contrast: float = 4.5) -> str:
    """The colour darkened until text in it reads on white (contrast ratio as in WCAG 2)."""
    rgb = np.array(to_rgb(colour(name, known)))
    while 1.05 / (luminance(rgb) + 0.05) < contrast:
        rgb = rgb * 0.95
    return to_hex(tuple(rgb))


def luminance(rgb: "np.ndarray[Any, Any]") -> float:
    """Relative luminance of a colour (sRGB, 0 to 1)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def years(months: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Months as decimal years, each at its middle."""
    count = months.astype("datetime64[M]").astype(int)
    return np.asarray(1970 + (count + 0.5) / 12)


def year_axis(ax: Axes, months: "np.ndarray[Any, Any]") -> None:
    """Ticks at the starts of years, as many as stand clear."""
    if len(months) == 0:
        ax.set_xticks([])
        return
    ax.set_xlim(float(years(months)[0]) - 1 / 24, float(years(months)[-1]) + 1 / 24)
    ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 4, 5, 10]))
    ax.xaxis.set_major_formatter("{x:.0f}")


def points(size: str | float) -> float:
    """A size of text in points: "small", "medium" and so on are relative to the look."""
    return float(FontProperties(size=size).get_size_in_points())


def extent(words: str, size: str | float = "medium", weight: str = "normal") -> float:
    """Width of a line of text in inches."""
    return _extent(words, points(size), weight, tuple(rcParams["font.family"]))


@cache
def _extent(words: str, size: float, weight: str, family: tuple[str, ...]) -> float:
    font = FontProperties(family=family, size=size, weight=weight)
    return float(text_to_path.get_text_width_height_descent(words, font, ismath=False)[0]) / 72


def fitted(name: str, share: float = 0.3) -> str:
    """A name in words that takes at most a share of the page's width, its middle left out where it is longer."""
    width = next((one for one, size in SIZES.items() if size == rcParams["font.size"]), "page")
    words = wording.say(name)
    while len(words) > 3 and extent(words) > share * INCHES[width]:
        keep = (len(words) - 2) // 2
        words = f"{words[:keep]}…{words[-keep:]}"
    return words


def wrap(words: str, room: float, size: str | float = "medium", weight: str = "normal") -> list[str]:
    """Lines of text no wider than `room` inches."""
    lines: list[str] = []
    pieces = [word for word in words.split(" ") if word]
    while pieces:
        word = pieces.pop(0)
        if len(word) > 1 and extent(word, size, weight) > room:
            pieces[:0] = [word[: len(word) // 2], word[len(word) // 2 :]]
        elif lines and extent(f"{lines[-1]} {word}", size, weight) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def footer(outcome: Series, shown: str, noun: str = "runs") -> str:
    """What a figure must say of its data: what is shown, runs (or pairs), seeds, what varies, and the set of runs."""
    counts = sorted(set(outcome.counts.values()))
    if not counts:
        return f"No {noun}."
    each = "" if len(outcome.regimes) == 1 else " for each regime" if len(counts) == 1 else ", by regime"
    count = "–".join(str(one) for one in dict.fromkeys((counts[0], counts[-1])))
    noun = noun.removesuffix("s") if counts[-1] == 1 else noun
    drawn = max(outcome.draws.values())
    held = f"over {drawn} draws of parameters" if drawn >= DRAWN else f"chance alone: {untold(drawn)}"
    runs = f"n\u00a0=\u00a0{count} {noun}{each}, {seeds_in_words(outcome.runs['seed'])}, {held}"
    return f"{shown} {runs}. Run set {outcome.key}."


def seeds_in_words(seeds: Iterable[int]) -> str:
    """Seeds as a range where they are one: 'seeds 0–49'."""
    numbers = sorted({int(seed) for seed in seeds})
    if len(numbers) == 1:
        return f"seed {numbers[0]}"
    whole = numbers and numbers == list(range(numbers[0], numbers[-1] + 1))
    return f"seeds {numbers[0]}–{numbers[-1]}" if whole else f"{len(numbers)} seeds"


def nothing(ax: Axes, words: str = "no data to show") -> None:
    """Say on empty axes that there is nothing to show."""
    ax.set_axis_off()
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", color=SOFT)


def render(chart: Chart, kind: Literal["png", "svg"]) -> bytes:
    """The figure as PNG or SVG bytes, the same for the same figure."""
    buffer = BytesIO()
    with look(chart.width):
        chart.savefig(buffer, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return buffer.getvalue() if kind == "png" else light(buffer.getvalue().decode()).encode()


def save(chart: Chart, path: Path | str) -> list[Path]:
    """Write the figure as PNG and SVG, and its data as CSV beside them; returns the three paths.

    A name longer than a file may have is cut to LONGEST_FILE bytes.
    """
    stem = Path(path)
    stem = stem.with_suffix("") if stem.suffix in (".png", ".svg", ".csv") else stem
    stem = stem.with_name(stem.name.encode()[:LONGEST_FILE].decode(errors="ignore"))
    png, svg, csv = (f"{stem.name}.{kind}" for kind in ("png", "svg", "csv"))
    with together(stem.parent) as fresh:
        (fresh / png).write_bytes(render(chart, "png"))
        (fresh / svg).write_bytes(render(chart, "svg"))
        files.write_csv(chart.data.apply(rounded), fresh / csv)
    return [stem.with_name(name) for name in (png, svg, csv)]


def rounded(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Numbers in six digits, as exact as a drawing needs them; other columns as they are."""
    return column.map("{:.6g}".format).astype(float) if column.dtype.kind == "f" else column
