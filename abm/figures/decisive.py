"""What a difference turns on: the inputs that account for most of it, and its course along the first of them."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from abm.figures import theme
from abm.figures.theme import Chart, Width
from abm.results import wording

SHOWN = 8
TONE = "hbm_relief"


@theme.styled
def decisive(
    shares: pd.DataFrame,
    courses: Mapping[str, pd.DataFrame],
    defaults: Mapping[str, float],
    title: str,
    subtitle: str,
    unit: str,
    note: str,
    *,
    width: Width = "page",
) -> Chart:
    """Bars of the inputs' shares, and beside them a panel for each of the first inputs.

    shares    share and rank correlation by input, the most first
    courses   by input: value, mean and spread of the difference in its unit, and the least worth a word
    defaults  the inputs' defaults
    """
    across = 2 if width == "page" else 1
    chart, axes = theme.page(title, subtitle, note, 1.6, ["shares", *courses], across, width=width)
    bars(axes[0], shares.head(SHOWN))
    for ax, (name, table) in zip(axes[1:], courses.items(), strict=True):
        words = theme.wrap(name, 0.54 * theme.INCHES[width] / across, weight="bold")
        line(ax, "\n".join(words), table, defaults[name], unit)
    parts = [table.assign(input=name) for name, table in courses.items()]
    chart.data = pd.concat([shares.head(SHOWN).rename_axis("input").reset_index(), *parts], ignore_index=True)
    return chart


def finding(shares: pd.DataFrame, luck: float, courses: Mapping[str, pd.DataFrame], unit: str) -> str:
    """What the figure shows: the input that decides most, and the difference at both ends of its range."""
    if shares["share"].iloc[0] <= luck:
        return "No input by itself decides the difference more than chance would"
    first = str(shares.index[0])
    words = f"The difference turns most on {wording.inside(first)}"
    if first not in courses:
        return words
    ends = courses[first].sort_values("value").iloc[[0, -1]].to_dict("records")
    places = wording.places(max(abs(one["mean"]) for one in ends), 2)
    low, high = (f"{wording.number(one['mean'], True, places)} at {one['value']:g}" for one in ends)
    return f"{words}: {low}, {high} ({unit})"


def bars(ax: Axes, shares: pd.DataFrame) -> None:
    """A bar an input: its share in per cent, hollow where more of the input lowers the difference."""
    theme.heading(ax, "Share of the variance", "per cent; hollow: the more of it, the less")
    tone, ways = theme.colour(TONE), shares["rank"].to_numpy(dtype=float)
    faces = ["white" if way < 0 else tone for way in ways]
    ax.barh(range(len(shares)), 100 * shares["share"].to_numpy(dtype=float), 0.62, color=faces, edgecolor=tone)
    ax.set_yticks(range(len(shares)), list(shares.index))
    ax.set_ylim(len(shares) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    ax.spines["left"].set_visible(False)


def line(ax: Axes, name: str, table: pd.DataFrame, default: float, unit: str) -> None:
    """The mean difference along an input with its spread, the band in which it is not worth a word, and the default."""
    theme.heading(ax, name, unit)
    x, mean = table["value"], table["mean"]
    ax.fill_between(x, -table["least"], table["least"], color=theme.FAINT, lw=0)
    ax.axhline(0, color=theme.SOFT, linewidth=0.9)
    ax.axvline(default, color=theme.SOFT, linewidth=0.9, linestyle=(0, (2, 2)))
    tone = theme.colour(TONE)
    ax.fill_between(x, mean - table["spread"], mean + table["spread"], color=tone, alpha=0.2, lw=0)
    ax.plot(x, mean, color=tone, marker="o", ms=2.6)
