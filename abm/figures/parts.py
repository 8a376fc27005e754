"""What a whole is made of, stacked over time: a metric's parts, and the share of runs in which each input binds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from abm.figures import labels, marks, theme
from abm.figures.theme import Chart, Width
from abm.figures.time import capital
from abm.foundation.errors import InputError
from abm.results import wording
from abm.results.ensemble import Ensemble
from abm.results.series import known
from abm.runs.run import Months

ORDER = ("legacy", "licensed", "domestic", "grey", "gaming", "offshore")
BINDING = "binding_input"
INPUTS = theme.palette("input", "words")
ACROSS: dict[str, int] = {"column": 2, "page": 3}  # panels side by side
TALL: dict[str, float] = {"column": 1.1, "page": 1.35}  # height of a panel, inches
LOW: dict[str, float] = {"column": 0.75, "page": 0.9}  # the same where areas always sum to a hundred

SALES = "sales"  # binds where no input does
FEW = 4  # panels of whose inputs a title speaks

type Pair = tuple[str, str]  # a vendor and a regime


@theme.styled
def parts(
    ensemble: Ensemble,
    metric: str,
    regimes: Sequence[str] = (),
    share: bool = False,
    title: str | None = None,
    *,
    width: Width = "page",
) -> Chart:
    """Means of a metric's parts, stacked; as shares of their sum when asked.

    Means, not medians: they add up to the mean of the total.
    """
    shown = list(regimes or ensemble.regimes)
    keys = ordered(ensemble, metric)
    data, unit = table(ensemble, metric, keys, shown, share)
    note = theme.footer(ensemble[f"{metric}[{keys[0]}]"].only(*shown), "Areas: mean of runs.") if keys else "No runs."
    heading, panels = title or wording.title(metric), shown if keys else []
    chart, axes = theme.page(heading, capital(unit), note, TALL[width], panels, ACROSS[width], width=width, sharey=True)
    chart.data = data
    if not axes:
        return chart

    for ax, regime in zip(axes, shown, strict=True):
        areas(ax, data[data["regime"] == regime], keys, ensemble.months)
        theme.heading(ax, wording.say(regime))
    most = data.groupby(["regime", "month"], sort=False)["value"].sum().max()
    axes[0].set_ylim(0, 100.0 if share else 1.04 * float(most) or 1.0)
    name_parts(axes[chart.across - 1], data, keys, shown[chart.across - 1])
    return chart


def ordered(ensemble: Ensemble, metric: str) -> list[str]:
    """The metric's keys: channels in their order, other keys as they come."""
    found = [key for column in ensemble.columns for name, key in [wording.split(column)] if name == metric and key]
    if not found and len(ensemble):
        raise InputError(f"{metric}: has no parts to stack")
    return sorted(found, key=lambda key: ORDER.index(key) if key in ORDER else len(ORDER))


def table(
    ensemble: Ensemble, metric: str, keys: Sequence[str], regimes: Sequence[str], share: bool
) -> tuple[pd.DataFrame, str]:
    """What is stacked, one row a regime, month and key; and the unit."""
    means = {key: ensemble[f"{metric}[{key}]"].mean() for key in keys}
    total: Any = sum(means.values())
    most = float(np.nanmax(np.asarray(total, dtype=float), initial=0.0))
    scale = wording.scale(metric, ensemble.units.get(f"{metric}[{keys[0]}]", "") if keys else "", most)
    unit = "per cent of the total" if share else scale.label
    parts = {key: 100 * mean / total if share else mean / scale.divisor for key, mean in means.items()}
    return long(parts, regimes, unit), unit


def long(parts: Mapping[str, pd.DataFrame], regimes: Sequence[str], unit: str, **about: str) -> pd.DataFrame:
    """Parts, each with months down and regimes across, as one row a regime, month and key; `about` stands in each."""
    frames = [
        pd.DataFrame(
            about
            | {"regime": regime, "month": part.index.astype(str), "key": key, "value": part[regime].array, "unit": unit}
        )
        for regime in regimes
        for key, part in parts.items()
    ]
    columns = [*about, "regime", "month", "key", "value", "unit"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def areas(ax: Axes, data: pd.DataFrame, keys: Sequence[str], months: Months, steps: bool = False) -> None:
    """Stacked areas; as steps where a month has nothing to do with the next."""
    theme.year_axis(ax, months)
    values = [np.nan_to_num(data.loc[data["key"] == key, "value"].to_numpy()) for key in keys]
    colours = [theme.colour(key, keys) for key in keys]
    edge: dict[str, Any] = {"linewidth": 0.2, "edgecolor": "white"}
    x = theme.years(months)
    if steps and len(x):
        x, values = np.append(x, x[-1] + 1 / 12) - 1 / 24, [np.append(one, one[-1]) for one in values]
        edge = {"step": "post", "linewidth": 0}
    ax.stackplot(x, *values, colors=colours, **edge)
    marks.future(ax, months)


def name_parts(ax: Axes, data: pd.DataFrame, keys: Sequence[str], regime: str) -> None:
    """Write the parts' names beside the panel of a regime, each at the height of its area."""
    last = data[(data["regime"] == regime) & (data["month"] == data["month"].max())].set_index("key")["value"]
    held = last.reindex(keys).fillna(0.0)
    middles = held.cumsum() - held / 2
    labels.label_ends(ax, {key: (ax.get_xlim()[1], float(middles[key])) for key in keys})


@theme.styled
def binding(
    ensemble: Ensemble,
    vendors: Sequence[str] = (),
    regimes: Sequence[str] = (),
    title: str = "",
    *,
    width: Width = "page",
) -> Chart:
    """Share of runs in which each input binds, stacked, a panel for each vendor and regime.

    What is missing to a hundred is the share of runs in which the vendor makes nothing that month: it stays blank.

    vendors    by default all that are held
    regimes    by default all
    """
    held, chosen = vendors_of(ensemble), list(regimes or ensemble.regimes)
    if len(ensemble):
        known("vendor", vendors, held)
    shown = [(vendor, regime) for vendor in vendors or held for regime in chosen]
    most = len(chosen) if 1 < len(chosen) <= ACROSS[width] else ACROSS[width]  # a vendor's regimes in a row
    data = binding_table(ensemble, shown)
    chart, axes = theme.page(
        title or finding(data, shown), "Per cent of runs", binding_note(ensemble, chosen), LOW[width],
        [f"{vendor}: {regime}" for vendor, regime in shown], most, width=width, sharey=True,
    )  # fmt: skip
    chart.data = data
    if not axes:
        return chart
    entries = [theme.swatch(INPUTS[name], tone) for name, tone in theme.INPUTS.items()]
    theme.key(chart, [*entries, theme.swatch("Nothing made", theme.SOFT, hollow=True)])
    axes[0].set_ylim(0, 100)
    axes[0].set_yticks([0, 50, 100])
    for ax, (vendor, regime) in zip(axes, shown, strict=True):
        one = chart.data[(chart.data["vendor"] == vendor) & (chart.data["regime"] == regime)]
        areas(ax, one, list(theme.INPUTS), ensemble.months, steps=True)
        theme.heading(ax, panel_name((vendor, regime), shown))
    return chart


def vendors_of(ensemble: Ensemble) -> list[str]:
    """The vendors whose binding inputs are all held, in their order."""
    keys = [wording.split(column) for column in ensemble.columns]
    names = dict.fromkeys(key.partition("/")[0] for metric, key in keys if metric == BINDING)
    return [name for name in names if all(f"{BINDING}[{name}/{one}]" in ensemble for one in theme.INPUTS)]


def finding(data: pd.DataFrame, shown: Sequence[Pair]) -> str:
    """For how long the input that binds most limits output, as a title, where the panels are few.

    data   as `binding_table` gives it
    """
    binding = data[(data["value"] >= 50) & (data["key"] != SALES)]
    if not 0 < len(shown) <= FEW or not len(binding):
        return title_of(shown)
    most = str(binding["key"].value_counts().idxmax())
    months = binding[binding["key"] == most].groupby(["vendor", "regime"]).size()
    said = [
        f"{int(months.get(pair, 0))} under {wording.inline(pair[1])}"
        + (f" at {wording.say(pair[0])}" if len({vendor for vendor, _ in shown}) > 1 else "")
        for pair in shown
    ]
    owner = f"{wording.say(shown[0][0])}'s" if len({vendor for vendor, _ in shown}) == 1 else "Chinese vendors'"
    return f"Months in which {wording.within(INPUTS[most])} limits {owner} output: {wording.joined(said)}"


def title_of(shown: Sequence[Pair]) -> str:
    """What the figure is about, with the vendor or regime that all its panels share."""
    shared = [names[0] for names in zip(*shown, strict=True) if len(set(names)) == 1]
    words = "What binds the output of Chinese vendors" if len({one for one, _ in shown}) != 1 else "What binds output"
    return ": ".join([words, ", ".join(wording.say(one) for one in shared)]) if shared else words


def panel_name(pair: Pair, shown: Sequence[Pair]) -> str:
    """What tells a panel from the others; nothing where it stands alone."""
    apart = [one for one, names in zip(pair, zip(*shown, strict=True), strict=True) if len(set(names)) > 1]
    return ", ".join(wording.say(one) for one in apart)


def binding_note(ensemble: Ensemble, regimes: Sequence[str]) -> str:
    """What the areas are, and the runs behind them."""
    column = next((one for one in ensemble.columns if wording.split(one)[0] == BINDING), None)
    if column is None or not regimes:
        return "No runs."
    words = "Areas: share of runs in which the input is the scarcest; sales: none is, the vendor makes what it sells."
    return theme.footer(ensemble[column].only(*regimes), words)


def binding_table(ensemble: Ensemble, shown: Sequence[Pair]) -> pd.DataFrame:
    """What is stacked: one row a vendor, regime, month and input, in per cent of runs."""
    regimes, unit = list(dict.fromkeys(regime for _, regime in shown)), "per cent of runs"
    tables = []
    for vendor in dict.fromkeys(vendor for vendor, _ in shown):
        shares = {name: 100 * ensemble[f"{BINDING}[{vendor}/{name}]"].mean() for name in theme.INPUTS}
        tables.append(long(shares, regimes, unit, vendor=vendor))
    return pd.concat(tables, ignore_index=True) if tables else long({}, regimes, unit, vendor="")
