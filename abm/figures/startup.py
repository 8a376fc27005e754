"""What a start-up faces: how much of a card's compute a training run can use, and what usable compute costs."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from abm.figures import labels, theme
from abm.figures.theme import Chart, Width
from abm.results import wording
from abm.rules import repurposing

SIZES = np.geomspace(1, 10_000, 81)
"""Runs looked at, H100e that work on one."""
CONVERTED = "gaming"
PANELS = {"% of a card's compute": "usable share", "USD a month per H100e in use": "USD/usable H100e-month"}


def table(cost: Mapping[str, float], memory: float, link: float, reach: float) -> pd.DataFrame:
    """Usable share, and USD per usable H100e-month, by channel and size of run.

    cost           USD/H100e-month by channel
    memory, link   GB and GB/s of the converted card
    reach          `gaming.reach`
    """
    whole = np.ones(len(SIZES))
    part = repurposing.training_use(SIZES, np.array(memory), np.array(link), reach)
    rows = [
        pd.DataFrame({"channel": name, "run, H100e": SIZES, "usable share": use, "USD/usable H100e-month": usd / use})
        for name, usd in cost.items()
        if np.isfinite(usd)
        for use in (part if name == CONVERTED else whole,)
    ]
    columns = ["channel", "run, H100e", "usable share", "USD/usable H100e-month"]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=columns)


@theme.styled
def by_run(data: pd.DataFrame, note: str, title: str = "", *, width: Width = "page") -> Chart:
    """Over the size of a training run: the share of a card that it can use, and the cost of what it can.

    data   as `table` gives it
    """
    chart, axes = theme.page(title or finding(data), "", note, 2.1, list(PANELS), len(PANELS), width=width)
    chart.data = data
    for ax, (name, column) in zip(axes, PANELS.items(), strict=True):
        ax.set_xlabel("H100e that work on one run")
        ax.set_title(name, color=theme.SOFT, fontweight="normal")
        if len(data):
            _draw(ax, data, column)
        else:
            theme.nothing(ax)
    return chart


def finding(data: pd.DataFrame) -> str:
    """Up to which size of run converted cards are the cheapest, as a title."""
    cost = data.pivot(index="run, H100e", columns="channel", values="USD/usable H100e-month")
    if CONVERTED not in cost or cost.shape[1] < 2:
        return "What usable compute costs, by the size of a training run"
    best = cost.index[cost[CONVERTED] < cost.drop(columns=CONVERTED).min(axis=1)]
    if not len(best):
        return "Converted gaming cards are the cheapest compute for no training run"
    most = wording.number(float(f"{best[-1]:.1g}"), decimals=0)
    return f"Converted gaming cards are the cheapest compute for training runs up to about {most} H100e"


def _draw(ax: Axes, data: pd.DataFrame, column: str) -> None:
    """One line a channel, named at its end; logarithms are drawn on even axes, so that names can be spread."""
    share, ends = column == "usable share", {}
    for channel, part in data.groupby("channel", sort=False):
        values = part[column] * 100 if share else np.log10(part[column])
        sizes = np.log10(part["run, H100e"])
        ax.plot(sizes, values, color=theme.colour(str(channel)))
        ends[str(channel)] = (float(sizes.iloc[-1]), float(values.iloc[-1]))
    ax.set_xlim(*np.log10(SIZES[[0, -1]]))
    ax.set_xticks(range(5), ["1", "10", "100", "1,000", "10,000"])
    if share:
        ax.set_ylim(0, 104)
    else:
        low, high = (float(np.log10(one)) for one in (data[column].min(), data[column].max()))
        ticks = np.arange(np.floor(low), np.ceil(high) + 1)
        ax.set_ylim(ticks[0], ticks[-1])
        ax.set_yticks(ticks, [f"{10**one:,.0f}" for one in ticks])
    labels.label_ends(ax, ends)
