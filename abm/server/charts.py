"""Charts as options for ECharts: plain dictionaries, finite numbers, every axis with its unit."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.figures import theme
from abm.results import wording
from abm.server.live import Marker

if TYPE_CHECKING:
    from abm.results.series import Outcome

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


def frame(title: str, unit: str, months: Sequence[str], legend: bool = True) -> Option:
    """A chart over months without its series."""
    return {
        "animation": False,
        "textStyle": FONT,
        "title": {
            "text": title, "subtext": unit, "left": 4, "top": 0, "itemGap": 7,
            "textStyle": {"fontSize": 13, "fontWeight": 600, **FONT}, "subtextStyle": {"fontSize": 11, "color": SOFT},
        },
        "grid": {"left": 8, "right": 14, "top": 50, "bottom": 30 if legend else 6, "containLabel": True},
        "graphic": empty(False),
        "tooltip": {"trigger": "axis", "confine": True, "textStyle": {"fontSize": 11}},
        "legend": {"show": legend, "bottom": 0, "left": 4, "itemWidth": 11, "itemHeight": 7, "itemGap": ITEM_GAP,
                   "icon": "roundRect", "textStyle": {"fontSize": LETTER, "color": SOFT}},
        "xAxis": {
            "type": "category", "data": list(months), "boundaryGap": False,
            "axisLabel": {"color": SOFT, "fontSize": 10, "hideOverlap": True,
                          "interval": 11 if len(months) > 12 else 2},
            "axisLine": {"lineStyle": {"color": SOFT}}, "axisTick": {"show": False},
        },
        "yAxis": {"type": "value", "scale": False, "axisLabel": {"color": SOFT, "fontSize": 10},
                  "splitLine": {"lineStyle": {"color": FAINT}}},
        "series": [],
    }  # fmt: skip


def empty(shown: bool, words: str = "Nothing to show yet") -> list[Option]:
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
    largest = _largest([line.values for line in lines], stack)
    scale = wording.scale(column, unit, largest)
    solid = [line.name for line in lines if not line.dashed]
    words = scale.label + ("; dashed: pinned run" if len(solid) < len(lines) else "")
    option = frame(wording.title(column), words, months, legend=len(solid) > 1)
    fit_legend(option, solid)
    option["graphic"] = empty(not any(np.isfinite(line.values).any() for line in lines))
    option["series"] = [_series(line, scale.divisor, stack and not line.dashed) for line in lines]
    if option["series"]:
        option["series"][0] |= _marks(acts)
    option["yAxis"]["scale"] = not stack and _level(lines)
    return option


def _largest(values: Sequence[Floats], stack: bool) -> float:
    whole = [np.abs(np.nan_to_num(one)) for one in values if len(one)]
    if not whole:
        return 0.0
    size = min(len(one) for one in whole)
    tops = [one[:size].max(initial=0.0) for one in whole]
    return float(np.sum([one[:size] for one in whole], axis=0).max(initial=0.0)) if stack else float(max(tops))


def _level(lines: Sequence[Line]) -> bool:
    """Whether values lie so far from zero that an axis from zero would hide their change."""
    whole = np.concatenate([line.values[np.isfinite(line.values)] for line in lines]) if lines else np.zeros(0)
    return bool(len(whole)) and float(whole.min()) > 0 and float(whole.max()) < 2 * float(whole.min())


def _series(line: Line, divisor: float, stack: bool) -> Option:
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


def _marks(acts: Sequence[Marker]) -> Option:
    """Thin lines in the months in which acts take effect, named when pointed at."""
    style = {"type": "dotted", "width": 1}
    data = [
        {
            "xAxis": one.month,
            "name": one.words,
            "lineStyle": style | {"color": GOVERNMENT[one.acts[0].by], "opacity": 0.5},
        }
        for one in acts
    ]
    label = {"show": False, "formatter": "{b}", "position": "insideEndTop", "fontSize": 10, "backgroundColor": "#fff",
             "borderColor": SOFT, "borderWidth": 0.5, "padding": 4, "rotate": 0}  # fmt: skip
    emphasis = {"label": {"show": True}, "lineStyle": {"width": 2, "opacity": 1}}
    return {"markLine": {"symbol": "none", "label": label, "lineStyle": style, "emphasis": emphasis, "data": data}}


def parts(columns: Mapping[str, Floats], metric: str) -> dict[str, Floats]:
    """A metric's columns by key, the whole under its own name when it has no keys; what is nil throughout left out."""
    found = {name: values for name, values in columns.items() if wording.split(name)[0] == metric}
    live = {name: values for name, values in found.items() if np.nanmax(np.abs(np.nan_to_num(values)), initial=0.0) > 0}
    shown = live or dict(list(found.items())[:1])
    ranked = sorted(shown, key=lambda name: -float(np.nan_to_num(shown[name]).sum()))[:MOST_SERIES]
    return {wording.split(name)[1] or name: values for name, values in shown.items() if name in ranked}


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
    stack = metric.endswith("_by_channel") and unit == "H100e"
    names = list(own)
    whole = stack and pinned is not None
    lines = [Line(_name(key, metric), own[key], tone(key, names)) for key in names]
    if whole:
        lines.append(Line("Pinned, all", _sum(parts(pinned or {}, metric), len(months)), INK, dashed=True))
    elif pinned is not None:
        past = parts(pinned, metric)
        lines += [
            Line(f"{_name(key, metric)}, pinned", past[key][: len(months)], tone(key, names), dashed=True)
            for key in past
        ]
    return over_months(metric, unit, months, lines, acts, stack)


def _name(key: str, metric: str) -> str:
    return "This run" if key == metric else wording.say(key)


def _sum(columns: Mapping[str, Floats], months: int) -> Floats:
    return np.asarray(np.sum([np.nan_to_num(one[:months]) for one in columns.values()] or [np.zeros(0)], axis=0))


def tone(key: str, names: Sequence[str]) -> str:
    """The colour of a part: a channel's own, else by its place."""
    if key in theme.CHANNELS:
        return theme.CHANNELS[key]
    return PALETTE[list(names).index(key) % len(PALETTE)] if key in names else PALETTE[0]


# --- several runs ---


def fan(
    outcome: "Outcome", colours: Mapping[str, str], acts: Sequence[Marker] = (), names: Mapping[str, str] | None = None
) -> Option:
    """Each regime's median over months, with the band that the number of runs allows.

    names   what to call the regimes, where not by their own names
    """
    called = _called(outcome, names)
    scale = outcome.scale()
    months = [str(month) for month in outcome.months]
    rule = outcome.rule
    words = f"{scale.label}; median" + (f" and {rule.words} of runs" if rule else "")
    option = frame(outcome.title, words, months)
    median, band = outcome.median(), outcome.band()
    for regime in outcome.regimes:
        tone = colours[regime]
        if band is not None:
            sides = band[regime]["low"].to_numpy(), band[regime]["high"].to_numpy()
            option["series"] += _ribbon(regime, *sides, scale.divisor, tone)
        option["series"].append(
            _series(Line(called[regime], median[regime].to_numpy(), tone), scale.divisor, stack=False)
        )
    fit_legend(option, list(called.values()), BROAD)
    _mark_first_line(option, acts)
    return option


def difference(
    outcome: Any, colours: Mapping[str, str], acts: Sequence[Marker] = (), names: Mapping[str, str] | None = None
) -> Option:
    """Mean paired differences from the base over months, with the 95 % interval of the mean."""
    called = _called(outcome, names)
    scale = outcome.scale()
    months = [str(month) for month in outcome.months]
    words = f"{scale.label}; mean of paired differences and its 95 % interval"
    option = frame(f"Difference: {outcome.title}", words, months, legend=len(outcome.regimes) > 1)
    mean, sides = outcome.mean(), outcome.interval()
    for regime in outcome.regimes:
        low, high = sides[regime]["low"].to_numpy(), sides[regime]["high"].to_numpy()
        option["series"] += _ribbon(regime, low, high, scale.divisor, colours[regime])
        line = Line(called[regime], mean[regime].to_numpy(), colours[regime])
        option["series"].append(_series(line, scale.divisor, stack=False))
    fit_legend(option, list(called.values()), BROAD)
    _mark_first_line(option, acts)
    return option


def _called(outcome: Any, names: Mapping[str, str] | None) -> dict[str, str]:
    """What each regime of an outcome is called."""
    return {regime: (names or {}).get(regime) or wording.say(regime) for regime in outcome.regimes}


def _ribbon(name: str, low: Floats, high: Floats, divisor: float, colour: str) -> list[Option]:
    """A band: an unseen line along its lower edge, and an area of its width on that.

    ECharts stacks values of one sign only, so a band across zero is cut there: one ribbon above zero, one below.
    """
    made = []
    edges = {
        "over": (np.maximum(low, 0.0), np.maximum(high, 0.0)),
        "under": (np.minimum(high, 0.0), np.minimum(low, 0.0)),
    }
    for side, (near, far) in edges.items():
        defined = np.isfinite(near) & np.isfinite(far)
        if not defined.any() or not np.abs(far[defined]).any():
            continue
        common: Option = {
            "type": "line", "stack": f"{name} {side}", "showSymbol": False, "silent": True, "lineStyle": {"opacity": 0},
            "itemStyle": {"color": colour}, "emphasis": {"disabled": True}, "tooltip": {"show": False},
        }  # fmt: skip
        made.append(common | {"name": f"{name} {side} from", "data": numbers(near, divisor)})
        area = {"areaStyle": {"color": colour, "opacity": 0.18}, "data": numbers(far - near, divisor)}
        made.append(common | {"name": f"{name} {side} to"} | area)
    return made


def _mark_first_line(option: Option, acts: Sequence[Marker]) -> None:
    """Put the markers of acts on the first line that is seen."""
    seen = [one for one in option["series"] if "opacity" not in one["lineStyle"]]
    if seen:
        seen[0] |= _marks(acts)


# --- flows ---


def sankey(title: str, unit: str, links: Sequence[tuple[str, str, float]], colours: Mapping[str, str]) -> Option:
    """Flows from node to node, widths by amount; nodes stand in the order of the links."""
    names = dict.fromkeys(name for start, end, _ in links for name in (start, end))
    data = [{"name": name, "itemStyle": {"color": colours.get(name, "#2b3a4a")}} for name in names]
    return {
        "animation": False,
        "textStyle": FONT,
        "title": {"text": title, "subtext": unit, "left": 4, "top": 0, "textStyle": {"fontSize": 14, **FONT}},
        "tooltip": {"trigger": "item", "confine": True, "textStyle": {"fontSize": 12}},
        "series": [{
            "type": "sankey", "data": data, "top": 54, "bottom": 12, "left": 8, "right": 118, "nodeGap": 12,
            "links": [{"source": a, "target": b, "value": float(f"{amount:.4g}")} for a, b, amount in links],
            "lineStyle": {"color": "source", "opacity": 0.42},
            "label": {"fontSize": 12, "color": INK, "textBorderColor": "#fff", "textBorderWidth": 3},
            "emphasis": {"focus": "adjacency"}, "draggable": False, "layoutIterations": 24,
        }],
    }  # fmt: skip
