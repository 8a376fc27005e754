"""Charts as options for ECharts: plain dictionaries, finite numbers, every axis with its unit."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.figures import theme
from abm.results import wording
from abm.results.comparison import Difference
from abm.results.series import Series
from abm.runs import metrics
from abm.server.live import Marker

Floats = NDArray[np.float64]
Option = dict[str, Any]

INK, SOFT, FAINT = theme.INK, theme.SOFT, "#e4e4e0"
FONT = {"fontFamily": "Inter, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif", "color": INK}
MOST_SERIES = 7
"""Lines that one chart shows; the smallest beyond them are left out."""
LETTER, ITEM_GAP = 10.5, 8
"""Size of letters of a legend, and pixels between its entries."""
NARROW, BROAD = 225, 520
"""Pixels that a legend may be wide in a small and in a large chart."""
YEAR = 12
"""Months over which what jumps from month to month is averaged."""


@dataclass(frozen=True)
class Line:
    """A named line.

    values   one a month
    dashed   whether it is the run it is compared with
    ghost    whether it is the single months behind a mean: thin, pale, and in no legend
    """

    name: str
    values: Floats
    colour: str
    dashed: bool = False
    ghost: bool = False


@dataclass(frozen=True)
class Side:
    """A run that is drawn: its name, its colour where it is one line, and its columns."""

    name: str
    colour: str
    columns: Mapping[str, Floats]


def numbers(values: Iterable[float], divisor: float = 1.0) -> list[float | None]:
    """Values for JSON: four significant digits, nothing for what is undefined."""
    return [float(f"{one / divisor:.4g}") if math.isfinite(one) else None for one in values]


def titled(title: str, unit: str, name: str = "") -> Option:
    """A chart with a title and a unit below it, and nothing else.

    name   of the metric, by which the chart is linked and its files are called
    """
    heading = {"fontSize": 13, "fontWeight": 600, **FONT}
    return {
        "animation": False, "textStyle": FONT, "abm": {"name": name or title, "acts": {}},
        "title": {"text": title, "subtext": unit, "left": 4, "top": 0, "itemGap": 7, "textStyle": heading,
                  "subtextStyle": {"fontSize": 11, "color": SOFT}},
        "tooltip": {"confine": True, "textStyle": {"fontSize": 11}},
    }  # fmt: skip


def frame(title: str, unit: str, months: Sequence[str], legend: bool = True, name: str = "") -> Option:
    """A chart over months without its series."""
    small = {"color": SOFT, "fontSize": 10}
    option = titled(title, unit, name)
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
        "lineStyle": {"width": 1.8, "type": "dashed" if line.dashed else "solid", "color": line.colour},
        "itemStyle": {"color": line.colour}, "emphasis": {"disabled": True},
    }  # fmt: skip
    if line.ghost:
        made |= {"silent": True, "showSymbol": False}
        made["lineStyle"] |= {"width": 0.7, "opacity": 0.45}
    if stack:
        made |= {"stack": "all", "areaStyle": {"color": line.colour, "opacity": 0.75}}
        made["lineStyle"]["width"] = 0.5
    return made


def mark(option: Option, acts: Sequence[Marker]) -> None:
    """Put a line where acts take effect, dotted for landmarks, solid for what differs; the tooltip names them."""
    data = [
        {"xAxis": one.month, "lineStyle": {"type": "solid" if one.differs else "dotted", "opacity": 0.7,
         "width": 1.4 if one.differs else 1, "color": theme.SIDES["Changed"] if one.differs else SOFT}}
        for one in acts
    ]  # fmt: skip
    option["abm"]["acts"] = {one.month: one.words for one in acts}
    for seen in [one for one in option["series"] if not one.get("silent")][:1]:
        seen["markLine"] = {"symbol": "none", "silent": True, "label": {"show": False}, "data": data}


# --- one run, month by month ---


def over_months(
    column: str,
    unit: str,
    months: Sequence[str],
    lines: Sequence[Line],
    acts: Sequence[Marker] = (),
    stack: bool = False,
    note: str = "",
) -> Option:
    """Lines over months in a human unit, or areas on one another, with markers where acts take effect.

    column   the metric; its title and unit head the chart
    note     what stands after the unit
    """
    values = np.stack([line.values for line in lines]) if lines else np.zeros((0, 1))
    defined = values[np.isfinite(values)]
    sizes = np.abs(np.nan_to_num(values))
    scale = wording.scale(column, unit, float((sizes.sum(axis=0) if stack else sizes).max(initial=0.0)))
    named = [line.name for line in lines if not line.ghost]
    option = frame(wording.title(column), f"{scale.label}{note}", months, legend=len(named) > 1, name=column)
    fit_legend(option, named)
    option["graphic"] = empty(not len(defined))
    option["series"] = [drawn_line(line, scale.divisor, stack and not line.dashed) for line in lines]
    mark(option, acts)
    # An axis from zero would hide how values change that lie far from it.
    option["yAxis"]["scale"] = not stack and len(defined) > 0 and bool(0 < defined.max() < 2 * defined.min())
    return option


def sides(
    metric: str, unit: str, months: Sequence[str], changed: Side, base: Side | None, acts: Sequence[Marker] = ()
) -> Option:
    """A metric of a run, and dashed of the one it is compared with.

    A stock by channel is drawn as areas, with the whole of the base over them; other parts are lines, each in the
    colour of what it is of. What is read at the horizon as a sum or mean of a year is drawn as the mean of the last
    twelve months, and where it is one line, single months stand thin behind.
    """
    own, past = parts(changed.columns, metric), parts(base.columns, metric) if base else {}
    smooth = metrics.METRICS[metric].headline != "end"
    draw: Callable[[Floats], Floats] = trailing if smooth else np.asarray
    note = "; mean of twelve months" if smooth else ""
    if metric in own:
        each = [side for side in (changed, base) if side is not None]
        names = {changed.name: changed.name} | ({base.name: f"{base.name} (dashed)"} if base else {})
        lines = [Line(names[side.name], draw(side.columns[metric]), side.colour, side is base) for side in each]
        ghost = [Line(f"{changed.name}, single months", changed.columns[metric], changed.colour, ghost=True)] * smooth
        return over_months(metric, unit, months, ghost + lines, acts, note=note + "; single months thin" * smooth)
    stack = metric.endswith("_by_channel") and unit == "H100e"
    known = [wording.split(name)[1] for name in changed.columns if wording.split(name)[0] == metric]
    lines = [Line(said(key), draw(values), tone(key, known)) for key, values in own.items()]
    if stack and past and base:
        whole: Floats = np.nansum(list(past.values()), axis=0)
        lines.append(Line(f"All, {base.name} (dashed)", whole, INK, dashed=True))
    elif base:
        shared = [key for key in own if key in past]
        lines += [Line(f"{said(key)}, {base.name}", draw(past[key]), tone(key, known), True) for key in shared]
        note += "; dashed: base" * bool(shared)
    option = over_months(metric, unit, months, lines, acts, stack, note)
    if not stack:
        fit_legend(option, [line.name for line in lines if not line.dashed])
    return option


def trailing(values: Floats) -> Floats:
    """The mean of the last twelve months, or of as many as there are, of what is defined."""
    defined = np.isfinite(values)
    sums, counts = (np.cumsum(one) for one in (np.where(defined, values, 0.0), defined.astype(float)))
    sums[YEAR:], counts[YEAR:] = sums[YEAR:] - sums[:-YEAR], counts[YEAR:] - counts[:-YEAR]
    return np.divide(sums, counts, out=np.full(len(values), np.nan), where=(counts > 0) & defined)


def said(key: str) -> str:
    """A part of a metric in words."""
    return ", ".join(wording.say(one) for one in key.replace(":", "/").split("/"))


def parts(columns: Mapping[str, Floats], metric: str) -> dict[str, Floats]:
    """The largest of a metric's columns by key, the whole under its own name when it has no keys.

    What is nil throughout is left out, unless everything is.
    """
    found = {name: values for name, values in columns.items() if wording.split(name)[0] == metric}
    shown = {name: values for name, values in found.items() if np.nan_to_num(values).any()} or dict(
        [*found.items()][:1]
    )
    ranked = sorted(shown, key=lambda name: -float(np.abs(np.nan_to_num(shown[name])).sum()))[:MOST_SERIES]
    return {wording.split(name)[1] or name: values for name, values in shown.items() if name in ranked}


def tone(key: str, known: Sequence[str]) -> str:
    """The colour of a part: its own, that of the input it names, or by its place among all the parts of a metric."""
    last = key.rpartition("/")[2]
    return theme.colour(last if last in theme.INPUTS else key, known)


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
    option = frame(title, words, [str(month) for month in outcome.months], legend, outcome.name)
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
