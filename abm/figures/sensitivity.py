"""What outcomes are sensitive to: tornado, Morris's plane, and bars of Sobol' indices, a panel an outcome."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from abm.figures import labels, theme
from abm.figures.theme import Chart, Width
from abm.results import wording

ROW = 0.2  # height of a bar's row, inches
TALL = 2.6  # height of a plane, inches
NAMED = 8  # points of a plane that have a name
TONE = "hbm_relief"


@dataclass(frozen=True)
class Panel:
    """One outcome: its name, its unit, and measures by input in words, the strongest first.

    dummy  the row that stands for an input without effect; none where nothing is known of it
    """

    heading: str
    unit: str
    table: pd.DataFrame
    dummy: str = ""


@theme.styled
def sensitivity(
    method: str, panels: Sequence[Panel], title: str, subtitle: str, note: str, *, width: Width = "page"
) -> Chart:
    """A panel an outcome, drawn as the method wants: one_at_a_time, morris or sobol.

    note  what else is to be said of the runs, after how the figure is to be read
    """
    draw, words = DRAWN[method]
    rows = max((len(one.table) for one in panels), default=1)
    tall = TALL if method == "morris" else ROW * rows
    chart, axes = theme.page(
        title, subtitle, f"{words} {note}", tall, [one.heading for one in panels], empty="no outcome to show",
        width=width,
    )  # fmt: skip
    if axes:
        theme.key(chart, KEYS[method]())
    for ax, panel in zip(axes, panels, strict=True):
        theme.heading(ax, panel.heading, panel.unit)
        draw(ax, panel)
    parts = [one.table.assign(outcome=one.heading, unit=one.unit) for one in panels]
    chart.data = pd.concat(parts).rename_axis("input").reset_index() if parts else pd.DataFrame()
    return chart


def finding(panels: Sequence[Panel], measure: str) -> str:
    """What a figure shows: the input that comes first for the most outcomes by a measure; nothing without panels."""
    firsts: dict[str, list[str]] = {}
    for one in panels:
        strength = one.table[measure]
        inputs = strength.drop(one.dummy, errors="ignore")
        if len(inputs) and inputs.iloc[0] > strength.get(one.dummy, 0.0):
            firsts.setdefault(str(inputs.index[0]), []).append(one.heading)
    if not firsts:
        return "No input does more than one without effect" if panels else ""
    first = max(firsts, key=lambda name: len(firsts[name]))
    led = firsts[first]
    whose = f"{led[0]} turns" if len(led) == 1 else f"{len(led)} of {len(panels)} outcomes turn"
    return f"{whose} most on {wording.inside(first)}"


def rows_of(ax: Axes, panel: Panel) -> None:
    """A row an input, its name to the left."""
    ax.set_yticks(range(len(panel.table)), list(panel.table.index))
    ax.set_ylim(len(panel.table) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    ax.spines["left"].set_visible(False)
    for words in ax.get_yticklabels():
        if words.get_text() == panel.dummy:
            words.set_color(theme.SOFT)


def tones(panel: Panel) -> list[str]:
    """The colour of each row."""
    return [theme.SOFT if name == panel.dummy else theme.colour(TONE) for name in panel.table.index]


def tornado(ax: Axes, panel: Panel) -> None:
    """A bar an input, from the change at its low end, hollow, to that at its high end."""
    rows_of(ax, panel)
    for place, (tone, row) in enumerate(zip(tones(panel), panel.table.to_dict("records"), strict=True)):
        ax.barh(place, row["high"], 0.62, color=tone, edgecolor=tone, linewidth=0.8)
        ax.barh(place, row["low"], 0.62 if row["low"] * row["high"] < 0 else 0.34, color="white", edgecolor=tone,
                linewidth=0.8)  # fmt: skip
    ax.axvline(0, color=theme.SOFT, linewidth=0.9)
    ax.margins(x=0.04)


def plane(ax: Axes, panel: Panel) -> None:
    """A point an input: the mean of the sizes of its effects across, how much they differ up."""
    table = panel.table
    for tone, row in zip(tones(panel), table.to_dict("records"), strict=True):
        ends = [max(row["mu_star"] - row["interval"], 0.0), row["mu_star"] + row["interval"]]
        ax.plot(ends, [row["sigma"]] * 2, color=tone, lw=1.4, alpha=0.4, solid_capstyle="butt")
        ax.plot(row["mu_star"], row["sigma"], "o", color=tone, ms=4, mfc="white" if row["mu"] < 0 else tone)
    far = max(1.08 * float((table["mu_star"] + table["interval"]).max()), 1e-12)
    high = max(1.15 * float(table["sigma"].max()), 0.05 * far)
    ax.set_xlim(0, far)
    ax.set_ylim(0, high)
    ax.plot([0, min(far, high)], [0, min(far, high)], color=theme.SOFT, linewidth=0.8, linestyle=(0, (2, 2)))
    ax.set_xlabel("Mean size of effects, µ*")
    ax.set_ylabel("Their spread, σ")
    points = {str(name): (row["mu_star"], row["sigma"]) for name, row in table.iterrows()}
    named = dict(list(points.items())[:NAMED]) | {name: at for name, at in points.items() if name == panel.dummy}
    nameless = [at for name, at in points.items() if name not in named]
    labels.label_points(ax, named, dict.fromkeys(named, theme.INK), "small", nameless=nameless)


def bars(ax: Axes, panel: Panel) -> None:
    """Two bars an input with their intervals: the total index, pale, and within it the first-order index."""
    rows_of(ax, panel)
    for place, (tone, row) in enumerate(zip(tones(panel), panel.table.to_dict("records"), strict=True)):
        for measure, tall, alpha, shift in (("total", 0.7, 0.35, 0.18), ("first", 0.34, 1.0, -0.08)):
            ax.barh(place, row[measure], tall, color=tone, alpha=alpha, lw=0)
            half = row[f"{measure}_interval"]
            ax.plot([row[measure] - half, row[measure] + half], [place + shift] * 2, color=theme.INK, lw=0.8)
    ax.axvline(0, color=theme.SOFT, linewidth=0.9)
    ax.set_xlim(right=max(1.0, ax.get_xlim()[1]))


def ends_key() -> list[Line2D]:
    """The two ends of a range."""
    tone = theme.colour(TONE)
    return [theme.swatch("at the low end", tone, hollow=True), theme.swatch("at the high end", tone)]


def signs_key() -> list[Line2D]:
    """More of an input raises the outcome, or lowers it."""
    tone = theme.colour(TONE)
    return [
        theme.swatch("raises it on average", tone, "o"), theme.swatch("lowers it on average", tone, "o", hollow=True)
    ]  # fmt: skip


def orders_key() -> list[Line2D]:
    """The two indices."""
    pale = theme.swatch("total, interactions included", theme.colour(TONE))
    pale.set_alpha(0.35)
    return [theme.swatch("first order, by itself", theme.colour(TONE)), pale]


KEYS: Mapping[str, Callable[[], list[Line2D]]] = {
    "one_at_a_time": ends_key, "morris": signs_key, "sobol": orders_key,
}  # fmt: skip
DRAWN: Mapping[str, tuple[Callable[[Axes, Panel], None], str]] = {
    "one_at_a_time": (tornado, "Bars: change from the outcome with all inputs at their defaults."),
    "morris": (
        plane,
        "Dots: mean size of the effect of an input's whole range; bars: its 95 % interval; above the dotted line an "
        "effect differs from place to place by more than its size.",
    ),
    "sobol": (bars, "Bars: share of the variance between points; lines: 95 % intervals."),
}
