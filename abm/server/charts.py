"""Charts as options for ECharts: plain dictionaries, finite numbers, every axis with its unit."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.figures import theme
from abm.results import wording
from abm.results.comparison import Difference
from abm.results.series import Series
from abm.server.live import Marker

Floats = NDArray[np.float64]
Option = dict[str, Any]

PALETTE = ("#1f5fa8", "#cf4a1d", "#0b8f6c", "#8a4fbf", "#e3a008", "#5ab4e5", "#603010", "#c46fa0", "#4d4d4d", "#90b060")
GOVERNMENT = {"US": "#1f5fa8", "CN": "#cf4a1d", "both": "#4d4d4d"}
INK, SOFT, FAINT = theme.INK, theme.SOFT, "#e4e4e0"
FONT = {"fontFamily": "Inter, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif", "color": INK}
MOST_SERIES = 7
"""Lines that one chart shows; the smallest beyond them are left out."""
LETTER, ITEM_GAP = 10.5, 8
"""Size of letters of a legend, and pixels between its entries."""
NARROW, BROAD = 225, 520
"""Pixels that a legend may be wide in a small and in a large chart."""


@dataclass(frozen=True)
class Line:
    """A named line.

    values   one a month
    dashed   whether it is the run it is compared with
    """

    name: str
    values: Floats
    colour: str
    dashed: bool = False


def numbers(values: Iterable[float], divisor: float = 1.0) -> list[float | None]:
    """Values for JSON: four significant digits, nothing for what is undefined."""
    return [float(f"{one / divisor:.4g}") if math.isfinite(one) else None for one in values]


def titled(title: str, unit: str) -> Option:
    """A chart with a title and a unit below it, and nothing else."""
    heading = {"fontSize": 13, "fontWeight": 600, **FONT}
    return {
        "animation": False, "textStyle": FONT,
        "title": {"text": title, "subtext": unit, "left": 4, "top": 0, "itemGap": 7, "textStyle": heading,
                  "subtextStyle": {"fontSize": 11, "color": SOFT}},
        "tooltip": {"confine": True, "textStyle": {"fontSize": 11}},
    }  # fmt: skip


def frame(title: str, unit: str, months: Sequence[str], legend: bool = True) -> Option:
    """A chart over months without its series."""
    small = {"color": SOFT, "fontSize": 10}
    option = titled(title, unit)
    option["tooltip"]["trigger"] = "axis"
    return option | {
        "grid": {"left": 8, "right": 14, "top": 50, "bottom": 30 if legend else 6, "containLabel": True},
        "graphic": empty(False),
        "legend": {"show": legend, "bottom": 0, "left": 4, "itemWidth": 11, "itemHeight": 7, "itemGap": ITEM_GAP,
                   "icon": "roundRect", "textStyle": {"fontSize": LETTER, "color": SOFT}},
        "xAxis": {"type": "category", "data": list(months), "boundaryGap": False, "axisTick": {"show": False},
                  "axisLabel": small | {"hideOverlap": True, "interval": 11 if len(months) > 12 else 2},
                  "axisLine": {"lineStyle": {"color": SOFT}}},
        "yAxis": {"type": "value", "scale": False, "axisLabel": small, "splitLine": {"lineStyle": {"color": FAINT}}},
        "series": [],
    }  # fmt: skip


def empty(shown: bool, words: str = "No data yet") -> list[Option]:
    """Words in the middle of a chart that has no values."""
    style = {"text": words if shown else "", "fontSize": 12, "fill": SOFT}
    return [{"id": "empty", "type": "text", "left": "center", "top": "middle", "style": style, "silent": True}]


def fit_legend(option: Option, names: Sequence[str], across: int = NARROW) -> None:
    """Make room below a chart for the rows that its legend takes, by the length of the names.

    across   pixels of the chart
    """
    rows, used = 1, 0.0
    for name in names:
        wide = 11 + 5 + 0.55 * LETTER * len(name) + ITEM_GAP
        rows, used = (rows + 1, wide) if used and used + wide > across else (rows, used + wide)
    option["legend"]["data"] = list(names)
    option["grid"]["bottom"] = 14 + 17 * rows if option["legend"]["show"] else 6


def drawn_line(line: Line, divisor: float, stack: bool = False) -> Option:
    """A line as a series, one month as a dot; or an area on those before it."""
    made: Option = {
        "type": "line", "name": line.name, "data": numbers(line.values, divisor),
        "showSymbol": int(np.isfinite(line.values).sum()) == 1, "symbolSize": 5,
        "lineStyle": {"width": 1.6, "type": "dashed" if line.dashed else "solid", "color": line.colour},
        "itemStyle": {"color": line.colour}, "emphasis": {"disabled": True},
    }  # fmt: skip
    if stack:
        made |= {"stack": "all", "areaStyle": {"color": line.colour, "opacity": 0.75}}
        made["lineStyle"]["width"] = 0.5
    return made


def mark(option: Option, acts: Sequence[Marker]) -> None:
    """Put thin lines where acts take effect, named when pointed at, on the first series that is seen."""
    style = {"type": "dotted", "width": 1, "opacity": 0.5}
    label = {"show": False, "formatter": "{b}", "position": "insideEndTop", "fontSize": 10, "backgroundColor": "#fff",
             "borderColor": SOFT, "borderWidth": 0.5, "padding": 4, "rotate": 0}  # fmt: skip
    data = [
        {"xAxis": one.month, "name": one.words, "lineStyle": style | {"color": GOVERNMENT[one.acts[0].by]}}
        for one in acts
    ]
    emphasis = {"label": {"show": True}, "lineStyle": {"width": 2, "opacity": 1}}
    for seen in [one for one in option["series"] if not one.get("silent")][:1]:
        seen["markLine"] = {"symbol": "none", "label": label, "emphasis": emphasis, "data": data}


# --- one run, month by month ---


def over_months(
    column: str,
    unit: str,
    months: Sequence[str],
    lines: Sequence[Line],
    acts: Sequence[Marker] = (),
    stack: bool = False,
) -> Option:
    """Lines over months in a human unit, or areas on one another, with markers where acts take effect.

    column   the metric; its title and unit head the chart
    """
    values = np.stack([line.values for line in lines]) if lines else np.zeros((0, 1))
    defined = values[np.isfinite(values)]
    sizes = np.abs(np.nan_to_num(values))
    scale = wording.scale(column, unit, float((sizes.sum(axis=0) if stack else sizes).max(initial=0.0)))
    solid = [line.name for line in lines if not line.dashed]
    words = scale.label + ("; dashed: pinned run" if len(solid) < len(lines) else "")
    option = frame(wording.title(column), words, months, legend=len(solid) > 1)
    fit_legend(option, solid)
    option["graphic"] = empty(not len(defined))
    option["series"] = [drawn_line(line, scale.divisor, stack and not line.dashed) for line in lines]
    mark(option, acts)
    # An axis from zero would hide how values change that lie far from it.
    option["yAxis"]["scale"] = not stack and len(defined) > 0 and bool(0 < defined.max() < 2 * defined.min())
    return option


def live(
    metric: str,
    unit: str,
    months: Sequence[str],
    columns: Mapping[str, Floats],
    pinned: Mapping[str, Floats] | None,
    acts: Sequence[Marker],
) -> Option:
    """A metric so far: parts of a stock by channel on one another, else lines; a pinned run's dashed beside them."""
    own = parts(columns, metric)
    past = {key: values[: len(months)] for key, values in parts(pinned or {}, metric).items()}
    stack = metric.endswith("_by_channel") and unit == "H100e"
    names = {key: "This run" if key == metric else wording.say(key) for key in own | past}
    lines = [Line(names[key], values, tone(key, own)) for key, values in own.items()]
    if stack and past:
        lines.append(Line("Pinned, all", np.nansum(list(past.values()), axis=0), INK, dashed=True))
    else:
        lines += [Line(f"{names[key]}, pinned", past[key], tone(key, own), dashed=True) for key in past]
    return over_months(metric, unit, months, lines, acts, stack)


def parts(columns: Mapping[str, Floats], metric: str) -> dict[str, Floats]:
    """The largest of a metric's columns by key, the whole under its own name when it has no keys.

    What is nil throughout is left out, unless everything is.
    """
    found = {name: values for name, values in columns.items() if wording.split(name)[0] == metric}
    shown = {name: values for name, values in found.items() if np.nan_to_num(values).any()} or dict(
        [*found.items()][:1]
    )
    ranked = sorted(shown, key=lambda name: -float(np.nan_to_num(shown[name]).sum()))[:MOST_SERIES]
    return {wording.split(name)[1] or name: values for name, values in shown.items() if name in ranked}


def tone(key: str, names: Iterable[str]) -> str:
    """The colour of a part: a channel's own, else by its place."""
    places = {name: place for place, name in enumerate(names)}
    return theme.CHANNELS.get(key) or PALETTE[places.get(key, 0) % len(PALETTE)]


# --- several runs ---


def bands(
    outcome: Series, colours: Mapping[str, str], acts: Sequence[Marker] = (), names: Mapping[str, str] | None = None
) -> Option:
    """Each regime's median over months, with the band that the number of runs allows.

    Of differences the mean of the pairs, with its 95 % interval.

    names   what to call the regimes, where not by their own names
    """
    scale, title, middle, sides = outcome.scale(), outcome.title, outcome.median(), outcome.band()
    words = f"{scale.label}; median" + (f" and {outcome.rule.words} of runs" if outcome.rule else "")
    if isinstance(outcome, Difference):
        title, middle, sides = f"Difference: {title}", outcome.mean(), outcome.interval()
        words = f"{scale.label}; mean of paired differences and its 95 % interval"
    legend = len(outcome.regimes) > 1 or not isinstance(outcome, Difference)
    option = frame(title, words, [str(month) for month in outcome.months], legend)
    called = {regime: (names or {}).get(regime) or wording.say(regime) for regime in outcome.regimes}
    for regime, name in called.items():
        if sides is not None:
            low, high = (sides[regime][side].to_numpy() for side in ("low", "high"))
            option["series"] += ribbon(regime, low, high, scale.divisor, colours[regime])
        option["series"].append(drawn_line(Line(name, middle[regime].to_numpy(), colours[regime]), scale.divisor))
    fit_legend(option, list(called.values()), BROAD)
    mark(option, acts)
    return option


def ribbon(name: str, low: Floats, high: Floats, divisor: float, colour: str) -> list[Option]:
    """A band: an unseen line along its lower edge, and an area of its width on that; nothing where it has no width."""
    if not np.nan_to_num(high - low).any():
        return []
    common: Option = {
        "type": "line", "stack": name, "stackStrategy": "all", "showSymbol": False, "silent": True,
        "lineStyle": {"opacity": 0}, "itemStyle": {"color": colour}, "emphasis": {"disabled": True},
        "tooltip": {"show": False},
    }  # fmt: skip
    area = {"areaStyle": {"color": colour, "opacity": 0.18}}
    lower, width = numbers(low, divisor), numbers(high - low, divisor)
    return [common | {"name": f"{name}, from", "data": lower}, common | {"name": f"{name}, to", "data": width} | area]


# --- flows ---


def sankey(title: str, unit: str, links: Sequence[tuple[str, str, float]], colours: Mapping[str, str]) -> Option:
    """Flows from node to node, widths by amount; nodes stand in the order of the links."""
    names = dict.fromkeys(name for start, end, _ in links for name in (start, end))
    series = {
        "type": "sankey", "top": 54, "bottom": 12, "left": 8, "right": 118, "nodeGap": 12,
        "data": [{"name": name, "itemStyle": {"color": colours.get(name, "#2b3a4a")}} for name in names],
        "links": [{"source": a, "target": b, "value": float(f"{amount:.4g}")} for a, b, amount in links],
        "lineStyle": {"color": "source", "opacity": 0.42},
        "label": {"fontSize": 12, "color": INK, "textBorderColor": "#fff", "textBorderWidth": 3},
        "emphasis": {"focus": "adjacency"}, "draggable": False, "layoutIterations": 24,
    }  # fmt: skip
    return titled(title, unit) | {"series": [series]}
