"""The model against the record: a metric summed over the windows of published figures, with the figures beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from abm.facts.records import Observation
from abm.figures import labels, marks, theme
from abm.figures.marks import Act
from abm.figures.theme import Chart, Width
from abm.figures.time import TALL, capital
from abm.foundation.errors import InputError, nearest
from abm.results import wording
from abm.results.series import Series
from abm.runs.run import Array, Months

# Units of published series: how many of the model's unit they stand for, and which that is.
UNITS = {
    "usd_bn": (1e9, "USD"), "usd_million": (1e6, "USD"), "cards": (1.0, "unit"), "chips": (1.0, "unit"),
    "thousand_cards": (1e3, "unit"), "packages": (1.0, "unit"), "gpus": (1.0, "unit"), "percent": (0.01, "1"),
    "months": (1.0, "month"), "million_stacks": (1e6, "stack"), "thousand_h100e": (1e3, "H100e"),
    "million_h100e": (1e6, "H100e"), "wafers_per_month": (1.0, "wafer"), "cards_per_month": (1.0, "card"),
}  # fmt: skip


@dataclass(frozen=True)
class Window:
    """One published figure in the model's unit, and the share of each month that it covers."""

    first: date
    last: date
    value: float
    low: float
    high: float
    weights: Array


@theme.styled
def against(
    outcome: Series,
    published: Sequence[Observation],
    acts: Sequence[Act] = (),
    title: str | None = None,
    *,
    width: Width = "page",
) -> Chart:
    """The model's median and band in each window, beside the published figure.

    A flow is summed over a window, by days; a stock or share is its mean over it. Figures without both dates, without
    value, or outside the model's months are left out.
    """
    windows = [window for one in published if (window := window_of(one, outcome)) is not None]
    flow, months = outcome.unit.endswith("/month"), shown(outcome, windows)
    unit = f"{outcome.unit.removesuffix('/month')}{per(windows)}" if flow else outcome.unit
    data, scale = table(replace(outcome, unit=unit), windows, totals(outcome, windows, flow))

    sources = sorted({source for one in published for source in one.source})
    note = f"{theme.footer(outcome, model_words(outcome))} Published: {', '.join(sources) or 'none'}."
    heading = f"{title or outcome.title}: {miss(data, outcome.regimes, scale)}"
    chart, (ax,) = theme.page(heading, capital(scale.label), note, TALL[width], width=width)
    theme.year_axis(ax, months)
    draw(ax, data, outcome.regimes)
    marks.label_acts(ax, acts, months, marks.ROWS[width])
    chart.data = data.drop(columns=["from", "to"])
    return chart


def window_of(one: Observation, outcome: Series) -> Window | None:
    """A published figure as a window on the outcome's months; None when it has no dates or value, or falls outside."""
    if one.unit not in UNITS:
        raise InputError(f"series: unit {one.unit!r} cannot be set beside {outcome.unit!r}{nearest(one.unit, UNITS)}")
    factor, unit = UNITS[one.unit]
    if unit != outcome.unit.removesuffix("/month"):
        raise InputError(f"series: unit {one.unit!r} is of another kind than {outcome.unit!r}")
    if one.start is None or one.end is None or one.value is None:
        return None
    weights = covered(outcome.months, one.start, one.end)
    whole = covered(months_of(one.start, one.end), one.start, one.end)
    if weights.sum() < whole.sum() - 1e-9:
        return None
    low, high = (factor * bound if bound is not None else float("nan") for bound in (one.low, one.high))
    return Window(one.start, one.end, factor * one.value, low, high, weights)


def covered(months: Months, first: date, last: date) -> Array:
    """Share of each month's days that lie in a window, ends included."""
    starts = months.astype("datetime64[D]")
    ends = (months.astype("datetime64[M]") + np.timedelta64(1, "M")).astype("datetime64[D]")
    begin = np.maximum(starts, np.datetime64(first))
    stop = np.minimum(ends, np.datetime64(last) + np.timedelta64(1, "D"))
    days = np.maximum((stop - begin).astype(float), 0.0)
    return np.asarray(days / (ends - starts).astype(float))


def totals(outcome: Series, windows: Sequence[Window], flow: bool) -> Array:
    """The model's sum (mean, when not a flow) in each window: (runs, windows)."""
    weights = np.array([one.weights for one in windows]).reshape(len(windows), len(outcome.months))
    if not flow:
        weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    used = np.where(weights[None] > 0, outcome.values[:, None, :], 0.0)
    return np.asarray((used * weights[None]).sum(axis=2))


def table(outcome: Series, windows: Sequence[Window], values: Array) -> tuple[pd.DataFrame, wording.Scale]:
    """What is plotted: by window, the published figure and each regime's median and band."""
    summed = replace(outcome, months=np.arange(len(windows)).astype("datetime64[M]"), values=values)
    sizes = np.abs(np.concatenate([values.ravel(), [one.value for one in windows]]))
    scale = wording.scale(outcome.name, outcome.unit, float(sizes[np.isfinite(sizes)].max(initial=0.0)))
    data: dict[str, object] = {"start": [str(one.first) for one in windows], "end": [str(one.last) for one in windows]}
    data |= {"from": [marks.decimal(str(one.first)) for one in windows]}
    data |= {"to": [marks.decimal(str(one.last + timedelta(days=1))) for one in windows], "unit": scale.label}
    for name in ("value", "low", "high"):
        column = "published" if name == "value" else f"published {name}"
        data[column] = np.array([getattr(one, name) for one in windows]) / scale.divisor
    median, band = summed.median() / scale.divisor, summed.band()
    for regime in outcome.regimes:
        data[regime] = median[regime].to_numpy()
        if band is not None:
            data |= {f"{regime} {edge}": band[regime, edge].to_numpy() / scale.divisor for edge in ("low", "high")}
    return pd.DataFrame(data), scale


def miss(data: pd.DataFrame, regimes: Sequence[str], scale: wording.Scale) -> str:
    """How far the model is from what was published, as the rest of a title: the median error of the first regime."""
    if not len(data):
        return "nothing published to hold it against"
    apart = (data[regimes[0]] - data["published"]).abs()
    relative = (data["published"] > 0).all() and scale.label not in ("per cent", "months")
    middle = float((100 * apart / data["published"] if relative else apart).median())
    size = f"{middle:.0f}" if relative else f"{middle:.2g}"
    unit = "per cent" if relative else scale.label.removesuffix("s") if size == "1" else scale.label
    return f"the median error is {size} {unit} over {wording.count(len(data), 'published figure')}"


def draw(ax: Axes, data: pd.DataFrame, regimes: Sequence[str]) -> None:
    """Steps for the model, dots for what was published."""
    if not len(data):
        theme.nothing(ax, "no published figure falls into the months simulated")
        return
    for regime in regimes:
        tone = theme.colour(regime, regimes)
        if f"{regime} low" in data:
            low, high, long = data[f"{regime} low"], data[f"{regime} high"], data["to"] - data["from"]
            ax.bar(data["from"], high - low, long, low, align="edge", color=tone, alpha=0.25)
        ax.hlines(data[regime], data["from"], data["to"], color=tone)
    middle, dark = (data["from"] + data["to"]) / 2, theme.colour(theme.PUBLISHED)
    ax.vlines(middle, data["published low"], data["published high"], color=dark, linewidth=0.8)
    ax.plot(middle, data["published"], linestyle="", marker="D", ms=3.2, color=dark)
    most = np.nanmax(data.drop(columns=["start", "end", "unit", "from", "to"]).to_numpy(dtype=float))
    ax.set_ylim(min(0.0, float(np.nanmin(data["published"]))), 1.08 * most or 1.0)
    ends = {regime: (float(data["to"].iloc[-1]), float(data[regime].iloc[-1])) for regime in regimes}
    labels.label_ends(ax, ends | {theme.PUBLISHED: (float(middle.iloc[-1]), float(data["published"].iloc[-1]))})


def shown(outcome: Series, windows: Sequence[Window]) -> Months:
    """The months from the first window to the last."""
    if not windows:
        return outcome.months
    return months_of(min(one.first for one in windows), max(one.last for one in windows))


def months_of(first: date, last: date) -> Months:
    """The months that the days from first to last touch."""
    months: Months = np.arange(np.datetime64(first, "M"), np.datetime64(last, "M") + np.timedelta64(1, "M"))
    return months


def per(windows: Sequence[Window]) -> str:
    """What windows are: all quarters, all years, or neither."""
    days = sorted((one.last - one.first).days + 1 for one in windows)
    if days and days[0] >= 88 and days[-1] <= 93:
        return "/quarter"
    return "/year" if days and days[0] >= 364 and days[-1] <= 366 else ""


def model_words(outcome: Series) -> str:
    """What the steps are."""
    return (
        "Steps: median of runs." if outcome.rule is None else f"Steps: median; shading: {outcome.rule.words} of runs."
    )
