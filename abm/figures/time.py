"""A metric over time: medians and bands, the acts of the law marked, and the future set apart from history."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from abm.figures import labels, marks, theme
from abm.figures.marks import HISTORY_ENDS, Act
from abm.figures.theme import Chart, Width
from abm.results import wording
from abm.results.series import Series

TALL: dict[str, float] = {"column": 1.9, "page": 2.6}  # height of a panel that stands alone, inches


@theme.styled
def fan(
    outcome: Series,
    acts: Sequence[Act] = (),
    title: str | None = None,
    history_ends: str | None = HISTORY_ENDS,
    *,
    width: Width = "page",
) -> Chart:
    """Fan chart of an outcome: the median of each regime, the band its number of runs allows, and direct labels.

    Regimes that share a past are drawn apart only where they part. Under ten runs every run is a thin line.
    """
    heading, unit = title or outcome.finding, unit_words(outcome)
    chart, (ax,) = theme.page(heading, capital(unit), theme.footer(outcome, shown(outcome)), TALL[width], width=width)
    chart.data = draw(ax, outcome, history_ends)
    marks.label_acts(ax, marks.with_edge(acts, outcome.months, history_ends), outcome.months, marks.ROWS[width])
    chart.description = f"{heading}: {unit}, {', '.join(wording.say(name) for name in outcome.regimes)}."
    return chart


def capital(words: str) -> str:
    """Words with a capital in front."""
    return words[:1].upper() + words[1:]


def unit_words(outcome: Series) -> str:
    """The human unit, and how months were drawn together."""
    return outcome.scale().label + (f", {outcome.window}" if outcome.window else "")


def crowded(outcome: Series) -> bool:
    """Whether bands would cover one another, so that intervals at the horizon stand in for them."""
    return outcome.rule is not None and len(outcome.regimes) > 3


def shown(outcome: Series) -> str:
    """What the lines and the shading are."""
    if outcome.rule is None:
        return "Thin lines: single runs; thick: median." if len(outcome.runs) > len(outcome.regimes) else "Single runs."
    bars = (
        f"bars on the right: {outcome.rule.words} of runs in {wording.month(str(outcome.months[-1]))}"
        if len(outcome.months)
        else ""
    )
    return f"Line: median; {bars if crowded(outcome) else f'shading: {outcome.rule.words} of runs'}."


def draw(ax: Axes, outcome: Series, history_ends: str | None = HISTORY_ENDS) -> pd.DataFrame:
    """Draw the fan into axes; returns what is plotted."""
    scale = outcome.scale()
    theme.year_axis(ax, outcome.months)
    if not np.isfinite(outcome.values).any():
        theme.nothing(ax)
        return table(outcome)

    marks.future(ax, outcome.months, history_ends)
    starts, median = branches(outcome), outcome.median() / scale.divisor
    for regime in outcome.regimes:
        curve(ax, outcome, regime, starts[regime], not crowded(outcome))

    limits(ax, outcome, scale)
    skip = labels.bars(ax, horizon(outcome)) if crowded(outcome) else 0.0
    labels.label_ends(ax, last_points(median), skip)
    return table(outcome)


def curve(ax: Axes, outcome: Series, regime: str, start: int = 0, banded: bool = True) -> None:
    """One regime's median from a month on, with its band, or its single runs where there are too few for a band."""
    divisor, kept = outcome.scale().divisor, slice(start, None)
    x, tone = theme.years(outcome.months)[kept], theme.colour(regime, outcome.regimes)
    one, rule = outcome.only(regime), outcome.rule
    if rule is None:
        ax.plot(x, one.values[:, kept].T / divisor, color=tone, linewidth=0.5, alpha=0.45)
    elif banded:
        low, high = (one.quantile(share)[regime].to_numpy()[kept] / divisor for share in (rule.low, rule.high))
        ax.fill_between(x, low, high, color=tone, alpha=0.22, linewidth=0)
    ax.plot(x, one.median()[regime].to_numpy()[kept] / divisor, color=tone)


def horizon(outcome: Series) -> dict[str, tuple[float, float, float]]:
    """Low end, median and high end of each regime's band in the last month, in human units."""
    band, median, scale = outcome.band(), outcome.median(), outcome.scale()
    if band is None:
        return {}
    last = band.iloc[-1] / scale.divisor
    return {name: (last[name, "low"], scale.of(median[name].iloc[-1]), last[name, "high"]) for name in outcome.regimes}


def last_points(lines: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Where each line ends: its last finite point."""
    x = theme.years(pd.PeriodIndex(lines.index).to_timestamp().to_numpy())
    ends = {}
    for name in lines.columns:
        fine = np.flatnonzero(np.isfinite(lines[name].to_numpy()))
        if len(fine):
            ends[str(name)] = (float(x[fine[-1]]), float(lines[name].iloc[fine[-1]]))
    return ends


def branches(outcome: Series) -> dict[str, int]:
    """The month from which to draw each regime: where it leaves the first (or history), and one month before."""
    stem = "history" if "history" in outcome.regimes else next(iter(outcome.regimes), "")
    medians = outcome.median().to_numpy()
    trunk = medians[:, outcome.regimes.index(stem)] if stem else np.empty(0)
    found = {}
    for place, regime in enumerate(outcome.regimes):
        apart = np.flatnonzero(~np.isclose(medians[:, place], trunk, rtol=1e-12, atol=0, equal_nan=True))
        found[regime] = 0 if regime == stem else max(int(apart[0]) - 1, 0) if len(apart) else len(trunk) - 1
    return found


def limits(ax: Axes, outcome: Series, scale: wording.Scale) -> None:
    """Start at zero where the values stand on it; keep room above."""
    parts = [outcome.quantile(0.0 if outcome.rule is None else outcome.rule.low),
             outcome.quantile(1.0 if outcome.rule is None else outcome.rule.high), outcome.median()]  # fmt: skip
    every = np.concatenate([part.to_numpy().ravel() for part in parts]) / scale.divisor
    low, high = float(np.nanmin(every)), float(np.nanmax(every))
    pad = 0.05 * (high - low) or abs(high) * 0.1 or 1.0
    grounded = low >= 0 and low < 0.5 * high
    ax.set_ylim(0 if grounded else low - pad, high + pad)
    if low < 0 < high:
        ax.axhline(0, color=theme.SOFT, linewidth=0.7)


def table(outcome: Series) -> pd.DataFrame:
    """What a fan shows: by regime and month the median and band, or the single runs, in human units."""
    scale, months = outcome.scale(), [str(month) for month in outcome.months]
    common: dict[str, Any] = {"metric": outcome.name, "unit": scale.label}
    median, band = outcome.median() / scale.divisor, outcome.band()
    parts = []
    for regime in outcome.regimes:
        rows = {"regime": regime, "month": months, **common, "median": median[regime].to_numpy()}
        if band is not None:
            rows |= {edge: band[regime, edge].to_numpy() / scale.divisor for edge in ("low", "high")}
        else:
            each = outcome.only(regime)
            rows |= {
                f"seed {seed}": values / scale.divisor
                for seed, values in zip(each.runs["seed"], each.values, strict=True)
            }
        parts.append(pd.DataFrame(rows))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["regime", "month", "median"])
