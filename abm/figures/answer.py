"""What a changed law does, in one figure: the two courses of a telling metric, and every change with its intervals."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from abm.figures import labels, marks, theme
from abm.figures.theme import Chart, Width
from abm.foundation.errors import InputError
from abm.results import headlines, wording
from abm.results.answer import Answer
from abm.results.change import SAME, Change
from abm.results.headlines import Line, reading
from abm.results.series import Series

BARS = 7
MOST, AT_PEAK = 100.0, 60.0
"""Per cent of the base up to which bars, and years of most change, are drawn; beyond is an arrow, and words."""
ROW: dict[str, float] = {"column": 0.36, "page": 0.34}  # height of a bar's row, inches
NAME: dict[str, float] = {"column": 1.05, "page": 1.35}  # width of a line's name, inches
SAID: dict[str, float] = {"column": 1.15, "page": 1.6}  # width of what is said beside a bar, inches


@theme.styled
def figure(answer: Answer, regime: str = "", title: str = "", *, width: Width = "page") -> Chart:
    """Left the courses of the first line that changes; right a bar for each line, most steps first, in per cent.

    regime  the one that is drawn, where the answer holds several
    """
    chosen = regime_of(answer, regime)
    pairs = bars_of(answer, chosen)
    telling = next((one for one, peak in pairs_of(answer, chosen) if one.material or peak.material), pairs[0][0])
    heading = title or f"{wording.say(chosen)} {answer.finding(chosen, more=0, brief=True)}"
    against = f"{wording.say(chosen)} against {wording.inline(answer.base)}, {answer.when}"
    across, tall = 2 if width == "page" else 1, ROW[width] * max(len(pairs), 5)
    chart, (left, right) = theme.page(
        heading, against, note(answer, chosen, pairs), tall, ["courses", "changes"], across, width=width
    )
    courses = draw_courses(left, answer, chosen, telling)
    rows = draw_bars(right, pairs, chosen, answer, width)
    chart.data = pd.concat([courses, rows], ignore_index=True)
    chart.description = f"{heading}. {answer.of(chosen)}"
    return chart


def regime_of(answer: Answer, regime: str) -> str:
    """The regime that is drawn; InputError where it is to be named."""
    if regime in answer.regimes:
        return regime
    if regime or len(answer.regimes) != 1:
        raise InputError(f"regime = {regime!r}: one of {', '.join(answer.regimes)} is wanted")
    return answer.regimes[0]


def pairs_of(answer: Answer, regime: str) -> list[tuple[Change, Change]]:
    """Every change of a regime, each with that of the year in which it is most, in the order of the headline lines."""
    most = {one.metric: one for one in answer.peaks if one.regime == regime}
    return [(one, most.get(one.metric, one)) for one in answer.changes if one.regime == regime]


def bars_of(answer: Answer, regime: str) -> list[tuple[Change, Change]]:
    """The changes that are drawn: those of which the answer speaks first, and those of most steps; the most first."""
    spoken = [one.metric for one, _ in answer.chosen(regime, BARS)][:BARS]
    shown = [pair for pair in pairs_of(answer, regime) if pair[0].metric in spoken]
    return sorted(shown, key=lambda pair: -abs(pair[0].steps))


def draw_courses(ax: Axes, answer: Answer, regime: str, one: Change) -> pd.DataFrame:
    """The mean under both regimes from the year before they part, and the area between them."""
    line = next(line for line in headlines.LINES if line.column == one.metric)
    outcome = cropped(reading(answer.comparison.ensemble, line).only(answer.base, regime), answer, regime, line)
    scale, x = outcome.scale(), theme.years(outcome.months)
    theme.year_axis(ax, outcome.months)
    mean = outcome.mean() / scale.divisor
    theme.heading(ax, outcome.title, ", ".join(filter(None, [scale.label, outcome.window])))
    marks.future(ax, outcome.months)
    base, changed = (mean[name].to_numpy() for name in (answer.base, regime))
    ax.fill_between(x, base, changed, color=theme.colour(regime, outcome.regimes), alpha=0.25, linewidth=0)
    for name in (answer.base, regime):
        ax.plot(x, mean[name], color=theme.colour(name, outcome.regimes))
    low = float(np.nanmin(mean.to_numpy()))
    ax.set_ylim(0 if 0 <= low < 0.6 * float(np.nanmax(mean.to_numpy())) else None)
    labels.label_ends(ax, {name: (float(x[-1]), float(mean[name].iloc[-1])) for name in (answer.base, regime)})
    table = mean.rename_axis("month").reset_index().melt("month", var_name="regime", value_name="mean")
    return table.assign(month=table["month"].astype(str), metric=one.metric, unit=scale.label)


def cropped(outcome: Series, answer: Answer, regime: str, line: Line) -> Series:
    """The months from the January before the two regimes part."""
    away = np.flatnonzero(np.nan_to_num(reading(answer.comparison, line).only(regime).values).any(axis=0))
    first = outcome.months[away[0] if len(away) else 0].astype("datetime64[Y]").astype("datetime64[M]")
    begin = int(np.searchsorted(outcome.months, first))
    return replace(outcome, months=outcome.months[begin:], values=outcome.values[:, begin:])


def draw_bars(
    ax: Axes, pairs: Sequence[tuple[Change, Change]], regime: str, answer: Answer, width: Width
) -> pd.DataFrame:
    """A bar for each change, its two intervals, the year in which it was most, and the least worth a word in grey."""
    tone, limits = theme.colour(regime, answer.regimes), reach(pairs)
    theme.heading(ax, f"Change by {answer.when}", f"per cent of {wording.inline(answer.base)}")
    ax.set_ylim(len(pairs) - 0.4, -0.6)
    ax.set_xlim(*limits)
    names = ["\n".join(theme.wrap(one.line, NAME[width])) for one, _ in pairs]
    ax.set_yticks(range(len(pairs)), names, fontsize="small")
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    ax.spines["left"].set_visible(False)
    ax.axvline(0, color=theme.SOFT, linewidth=0.9)
    for place, (one, peak) in enumerate(pairs):
        bar(ax, place, one, peak, tone, limits)
        words = "\n".join(line for part in said(one, peak) for line in theme.wrap(part, SAID[width], "small"))
        ax.annotate(
            words, (1, place), (9, 0), xycoords=ax.get_yaxis_transform(), textcoords="offset points", va="center",
            fontsize="small", linespacing=1.15, annotation_clip=False,
        )  # fmt: skip
    rows = [{"metric": one.metric, "regime": regime, **per_cent(one), "unit": "per cent of base", "when": one.when}
            for pair in pairs for one in dict.fromkeys(pair)]  # fmt: skip
    return pd.DataFrame(rows)


def bar(ax: Axes, place: int, one: Change, peak: Change, tone: str, limits: tuple[float, float]) -> None:
    """One row: the step in grey, the change as a bar, chance and futures as lines, and the year of most change."""
    base = abs(one.base) or math.nan
    low, high = np.clip([-100 * one.step / base, 100 * one.step / base], *limits)
    ax.barh(place, high - low, 0.72, low, color=theme.FAINT, lw=0, zorder=1)
    if one.material:
        inside, within = kept(one, limits)
        ax.barh(place, inside, 0.46, color=tone, alpha=0.55, lw=0, zorder=2)
        if not within:
            ax.plot([inside], [place], marker="><"[inside < 0], color=tone, ms=6, clip_on=False, zorder=5)
    for ends, wide in ((one.futures, 0.9), (one.chance, 3.2)):
        if ends and one.base:
            x = np.clip([100 * end / base for end in ends], *limits)
            ax.plot(x, [place, place], color=theme.INK, solid_capstyle="butt", zorder=4, lw=wide)
    if beyond(one, peak):
        inside, within = kept(peak, limits)
        shape: dict[str, Any] = {"marker": "D" if within else "><"[inside < 0], "mec": tone, "mew": 1.1, "ms": 5}
        ax.plot([inside], [place], color="white", clip_on=False, zorder=5, **shape)


def kept(one: Change, limits: tuple[float, float]) -> tuple[float, bool]:
    """A change in per cent of the base held within limits, and whether it lies there by itself."""
    share = one.share if math.isfinite(one.share) else math.copysign(math.inf, one.mean)
    return float(np.clip(share, *limits)), limits[0] <= share <= limits[1]


def said(one: Change, peak: Change) -> list[str]:
    """A change in a few words, and that of the year in which it is most."""
    found = [one.words.partition(" (")[0] if one.material else SAME]
    if beyond(one, peak):
        found.append(f"{peak.words.partition(' (')[0]} {peak.year.removeprefix('at the ')}")
    return [words.replace("percentage point", "point") for words in found]


def beyond(one: Change, peak: Change) -> bool:
    """Whether the year of most change says more than the last."""
    return peak.when != one.when and peak.clear and abs(peak.steps) > 1.5 * abs(one.steps)


def per_cent(one: Change) -> dict[str, float]:
    """Mean and intervals in per cent of the base."""
    base = abs(one.base) or math.nan
    ends = {name: getattr(one, name) for name in ("mean", "low", "high", "p5", "p95")}
    return {name: 100 * value / base for name, value in ends.items()}


def reach(pairs: Sequence[tuple[Change, Change]]) -> tuple[float, float]:
    """From where to where the axis goes: over all shares, up to MOST, and AT_PEAK for years of most change."""
    said = [one for one, _ in pairs if one.material and not one.leads]
    ends = [np.clip(value, -MOST, MOST) for one in said for value in per_cent(one).values()]
    ends += [np.clip(peak.share, -AT_PEAK, AT_PEAK) for one, peak in pairs if beyond(one, peak)]
    ends = [float(value) for value in ends if math.isfinite(value)]
    low, high = min(ends, default=0.0), max(ends, default=0.0)
    wide = max(high, 0.0) - min(low, 0.0) or 10.0
    return min(1.05 * low, -0.12 * wide), max(1.05 * high, 0.12 * wide)


def note(answer: Answer, regime: str, pairs: Sequence[tuple[Change, Change]]) -> str:
    """What bars and lines are, how many runs stand behind them, and what the intervals hold."""
    one = answer.comparison[pairs[0][0].metric].only(regime)
    held = "Thin: futures, 5–95 % of single pairs. " if answer.draws else ""
    most = "Diamond: the year of most change. " if any(beyond(*pair) for pair in pairs) else ""
    words = (
        "Lines on the left: means. Bar: mean of paired differences; grey: not material. Thick line: chance, "
        f"the 95 % interval of that mean. {held}{most}Arrow: beyond the axis."
    )
    return theme.footer(one, words, "pairs")
