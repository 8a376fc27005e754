"""HBM in China over time: what its vendors hold, what foreign makers deliver, and what CXMT makes, against the acts."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import batched
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from abm.figures import fan, marks, theme
from abm.figures.marks import Act, Tiers
from abm.figures.theme import Box, Chart, Width
from abm.results import wording
from abm.results.ensemble import Ensemble
from abm.results.series import Outcome

METRICS = ("hbm_stockpile", "hbm_to_china", "cxmt_output")
NAMES = {
    "hbm_stockpile": "Stacks held by Chinese vendors",
    "hbm_to_china": "Delivered by foreign makers",
    "cxmt_output": "Made by CXMT",
}
ACROSS: dict[str, int] = {"column": 2, "page": 3}  # regimes side by side
TALL: dict[str, float] = {"column": 0.85, "page": 1.0}  # a panel's height, inches
HEAD = 0.34  # room over a panel for its name and unit, inches
RIGHT, GAP, BETWEEN = 0.16, 0.34, 0.42  # room on the right, between columns, between blocks of regimes, inches
LEFT: dict[str, float] = {"column": 0.36, "page": 0.42}


def stacks(
    ensemble: Ensemble,
    acts: Mapping[str, Sequence[Act]] | None = None,
    regimes: Sequence[str] = (),
    title: str = "",
    width: Width = "page",
) -> Chart:
    """HBM held, delivered and made, one below the other; a column for each regime, one scale in a row.

    acts     the acts to mark in each regime's column (see `acts_on_memory`)
    regimes  those shown, by default all
    """
    shown = list(regimes or ensemble.regimes)
    outcomes = [ensemble[name].only(*shown) for name in METRICS if name in ensemble] if shown else []
    columns = min(max(len(shown), 1), ACROSS[width])
    blocks = [list(part) for part in batched(shown, columns)] or [[]]
    room = (theme.INCHES[width] - LEFT[width] - RIGHT) / columns - GAP
    tiers = {name: tiers_of((acts or {}).get(name, ()), outcomes, room, len(shown) == 1, width) for name in shown}
    panels = max(len(outcomes), 1) * (TALL[width] + HEAD)
    overs = [max((tiers[name].height for name in names), default=0.0) + 0.2 * (len(shown) > 1) for names in blocks]

    heading = title or "HBM in China" + (f": {wording.say(shown[0])}" if len(shown) == 1 else "")
    note = theme.footer(outcomes[0], words(outcomes[0])) if outcomes else "No runs."
    height = len(blocks) * (panels + BETWEEN) - BETWEEN + sum(overs)
    chart, box = theme.page(width, height, heading, "By month", note, (LEFT[width], RIGHT, 0.02, 0.24))
    if not outcomes:
        theme.nothing(theme.axes(chart, box, width), width)
        return chart
    bottom = box.bottom + height + BETWEEN
    for over, names in zip(overs, blocks, strict=True):
        bottom -= BETWEEN + over + panels
        draw(chart, Box(box.left, bottom, box.width, panels), outcomes, names, tiers, columns, width)
    chart.data = pd.concat([fan.table(one) for one in outcomes], ignore_index=True)
    chart.description = f"{heading}: {', '.join(wording.title(one.name) for one in outcomes)} by month."
    return chart


def words(outcome: Outcome) -> str:
    """What lines and shading are, whatever the number of regimes: each has its own panel."""
    if outcome.rule is None:
        return fan.shown(outcome)
    return f"Line: median; shading: {outcome.rule.words} of runs."


def tiers_of(acts: Sequence[Act], outcomes: Sequence[Outcome], room: float, alone: bool, width: Width) -> Tiers:
    """The labels of a column's acts; where history ends is said only where there is one column."""
    if not outcomes:
        return Tiers((), width)
    months = outcomes[0].months
    return marks.tiers(marks.with_edge(acts, months, fan.HISTORY_ENDS) if alone else acts, months, room, width)


def draw(
    chart: Chart,
    box: Box,
    outcomes: Sequence[Outcome],
    regimes: Sequence[str],
    tiers: Mapping[str, Tiers],
    columns: int,
    width: Width,
) -> None:
    """The panels of a few regimes side by side: a row for each metric, names and acts over the first."""
    places = box.split(len(outcomes), columns, GAP, 0.0)
    over = HEAD + max(tiers[name].height for name in regimes) + 0.04
    for row, outcome in enumerate(outcomes):
        for column, regime in enumerate(regimes):
            place = places[row * columns + column]
            inner = Box(place.left, place.bottom, place.width, place.height - HEAD)
            ax = theme.axes(chart, inner, width, name=f"{regime}: {outcome.name}")
            panel(ax, outcome, regime, width)
            if column == 0:
                theme.heading(ax, NAMES[outcome.name], width, outcome.scale().label)
            if row == 0 and len(tiers) > 1:
                theme.heading(ax, wording.say(regime), width, above=over)
            tiers[regime].draw(ax, HEAD) if row == 0 else tiers[regime].rules(ax)
            ax.tick_params(axis="y", labelleft=column == 0)
            ax.tick_params(axis="x", labelbottom=row == len(outcomes) - 1)


def panel(ax: Axes, outcome: Outcome, regime: str, width: Width) -> None:
    """One metric under one regime, on the scale of all."""
    theme.year_axis(ax, outcome.months, width)
    theme.thin_years(ax, width)
    if not np.isfinite(outcome.values).any():
        theme.nothing(ax, width)
        return
    marks.future(ax, outcome.months, fan.HISTORY_ENDS)
    fan.curve(ax, outcome, regime)
    fan.limits(ax, outcome, outcome.scale())


def acts_on_memory(acts: Iterable[Mapping[str, Any]], history_ends: str = fan.HISTORY_ENDS) -> list[Act]:
    """The acts on HBM worth marking: those `marks.acts_of` marks that set a lever for HBM, and leaks of them.

    acts  dictionaries with name, sets, effective, leaked and status
    """
    on_memory = [act for act in acts if any(lever.startswith("hbm.") for lever in act.get("sets", {}))]
    leaks = [
        Act(marks.decimal(str(act["leaked"])), f"{marks.LANDMARKS[act['name']]} leaked")
        for act in on_memory
        if act.get("leaked") and act["name"] in marks.LANDMARKS
    ]
    return [*marks.acts_of(on_memory, history_ends), *leaks]
