"""What a total is made of: the parts of a metric stacked over time, one panel a regime."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from abm.figures import marks, theme
from abm.figures.theme import Box, Chart, Width
from abm.foundation.errors import InputError
from abm.results import wording
from abm.results.ensemble import Ensemble

ORDER = ("legacy", "licensed", "domestic", "grey", "gaming", "offshore")


def parts(
    ensemble: Ensemble,
    metric: str,
    regimes: Sequence[str] = (),
    share: bool = False,
    title: str | None = None,
    width: Width = "page",
) -> Chart:
    """Means of a metric's parts, stacked; as shares of their sum when asked.

    Means, not medians: they add up to the mean of the total.
    """
    shown = list(regimes or ensemble.regimes)
    keys = ordered(ensemble, metric)
    data, unit = table(ensemble, metric, keys, shown, share)
    columns = min(max(len(shown), 1), 3 if width == "page" else 2)
    rows = -(-max(len(shown), 1) // columns)
    note = theme.footer(ensemble[f"{metric}[{keys[0]}]"].only(*shown), "Areas: mean of runs.") if keys else "No runs."
    right = 0.24 + max((theme.extent(wording.say(key), theme.TEXT[width]) for key in keys), default=0.3)
    height = rows * TALL[width] + (rows - 1) * 0.45
    chart, box = theme.page(width, height, title or wording.title(metric), "", note, (0.42, right, 0.24, 0.24))
    chart.data = data
    if not shown or not keys:
        theme.nothing(theme.axes(chart, box, width), width)
        return chart

    totals = data.groupby(["regime", "month"], sort=False)["value"].sum()
    most = 100.0 if share else 1.04 * float(totals.max()) or 1.0
    for number, (regime, place) in enumerate(zip(shown, box.split(rows, columns, 0.2, 0.45), strict=False)):
        ax = panel(chart, place, data, keys, regime, ensemble, width, number % columns == 0)
        ax.set_ylim(0, most)
    theme.unit_on_top(chart.axes[0], unit, width, 0.24)
    name_parts(chart, data, keys, shown[columns - 1], width)
    return chart


TALL: dict[str, float] = {"column": 1.1, "page": 1.35}  # a panel's height, inches


def panel(
    chart: Chart,
    place: Box,
    data: pd.DataFrame,
    keys: Sequence[str],
    regime: str,
    ensemble: Ensemble,
    width: Width,
    first: bool,
) -> Axes:
    """One regime's areas, with numbers on the vertical axis where it is the first of its row."""
    ax = theme.axes(chart, place, width, name=regime)
    draw(ax, data[data["regime"] == regime], keys, ensemble, width)
    theme.heading(ax, wording.say(regime), width)
    ax.tick_params(axis="y", labelleft=first, length=2.5 if first else 0)
    return ax


def ordered(ensemble: Ensemble, metric: str) -> list[str]:
    """The metric's keys: channels in their order, other keys as they come."""
    found = [key for column in ensemble.columns for name, key in [wording.split(column)] if name == metric and key]
    if not found and len(ensemble):
        raise InputError(f"{metric}: has no parts to stack")
    return sorted(found, key=lambda key: ORDER.index(key) if key in ORDER else len(ORDER))


def table(
    ensemble: Ensemble, metric: str, keys: Sequence[str], regimes: Sequence[str], share: bool
) -> tuple[pd.DataFrame, str]:
    """What is stacked: regime, month, key, value, unit; and the unit."""
    means = {key: ensemble[f"{metric}[{key}]"].mean() for key in keys}
    if not keys or not regimes:
        return pd.DataFrame(columns=["regime", "month", "key", "value", "unit"]), ""
    total = sum(list(means.values())[1:], start=means[keys[0]])
    scale = wording.scale(
        metric, ensemble.units.get(f"{metric}[{keys[0]}]", ""), float(np.nanmax(total.to_numpy(), initial=0.0))
    )
    unit = "per cent of the total" if share else scale.label
    months = [str(month) for month in ensemble.months]
    frames = [
        pd.DataFrame({
            "regime": regime, "month": months, "key": key, "unit": unit,
            "value": (100 * mean[regime] / total[regime] if share else mean[regime] / scale.divisor).to_numpy(),
        })
        for regime in regimes
        for key, mean in means.items()
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)[["regime", "month", "key", "value", "unit"]], unit


def draw(
    ax: Axes, data: pd.DataFrame, keys: Sequence[str], ensemble: Ensemble, width: Width, steps: bool = False
) -> None:
    """One regime's areas; as steps where a month has nothing to do with the next."""
    theme.year_axis(ax, ensemble.months, width)
    theme.thin_years(ax, width)
    areas = [np.nan_to_num(data.loc[data["key"] == key, "value"].to_numpy()) for key in keys]
    colours = [theme.colour(key, keys) for key in keys]
    edge: dict[str, Any] = {"linewidth": 0.2, "edgecolor": "white"}
    x = theme.years(ensemble.months)
    if steps and len(x):
        x, areas = np.append(x, x[-1] + 1 / 12) - 1 / 24, [np.append(area, area[-1]) for area in areas]
        edge = {"step": "post", "linewidth": 0}
    ax.stackplot(x, *areas, colors=colours, **edge)
    marks.future(ax, ensemble.months, "2026-10")


def name_parts(chart: Chart, data: pd.DataFrame, keys: Sequence[str], regime: str, width: Width) -> None:
    """Write the parts' names beside the panel of a regime, each at the height of its area."""
    ax = next(one for one in chart.axes if one.get_label() == regime)
    last = data[(data["regime"] == regime) & (data["month"] == data["month"].max())].set_index("key")["value"]
    tops = last.reindex(keys).fillna(0.0).cumsum()
    middles = tops - last.reindex(keys).fillna(0.0) / 2
    edge = ax.get_xlim()[1]
    marks.label_ends(ax, {key: (edge, float(middles[key])) for key in keys}, width)
