"""HBM in China over time: what its vendors hold, what foreign makers deliver, and what CXMT makes, against the acts."""

from collections.abc import Mapping, Sequence
from itertools import batched

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from abm.figures import marks, theme, time
from abm.figures.marks import Act
from abm.figures.theme import Chart, Width
from abm.results import wording
from abm.results.ensemble import Ensemble
from abm.results.series import Series

METRICS = {
    "hbm_stockpile": "Stacks held by Chinese vendors",
    "hbm_to_china": "Delivered by foreign makers",
    "cxmt_output": "Made by CXMT",
}
ACROSS: dict[str, int] = {"column": 2, "page": 3}  # regimes side by side
TALL: dict[str, float] = {"column": 0.85, "page": 1.0}  # height of a panel, inches


@theme.styled
def stacks(
    ensemble: Ensemble,
    acts: Mapping[str, Sequence[Act]] | None = None,
    regimes: Sequence[str] = (),
    title: str = "",
    *,
    width: Width = "page",
) -> Chart:
    """HBM held, delivered and made, one below the other; a column for each regime, one scale in a row.

    acts     the acts to mark in each regime's column (see `marks.acts_on_memory`)
    regimes  those shown, by default all
    """
    shown = list(regimes or ensemble.regimes)
    outcomes = [ensemble[name].only(*shown) for name in METRICS if name in ensemble] if shown else []
    most = min(len(shown), ACROSS[width])
    blocks = list(batched(shown, ACROSS[width]))
    heading = title or finding(outcomes)
    note = theme.footer(outcomes[0], words(outcomes[0])) if outcomes else "No runs."
    gaps = {names: [""] * (most - len(names)) for names in blocks}
    panels = [f"{name}: {one.name}" for names in blocks for one in outcomes for name in (*names, *gaps[names])]
    chart, axes = theme.page(heading, "By month", note, TALL[width], panels, most, width=width)
    if not axes:
        return chart
    groups = list(zip(blocks, batched(batched(axes, most), len(outcomes)), strict=True))
    for names, rows in groups:
        draw(rows, outcomes, names)
    room = theme.size_of(axes[0])[0]
    for names, rows in groups:
        chosen = {name: chosen_acts((acts or {}).get(name, ()), outcomes[0], len(shown) == 1) for name in names}
        name_columns(rows, outcomes[0], chosen, len(shown) > 1, room, marks.ROWS[width])
    chart.data = pd.concat([time.table(one) for one in outcomes], ignore_index=True)
    chart.description = f"{heading}: {', '.join(wording.title(one.name) for one in outcomes)} by month."
    return chart


def finding(outcomes: Sequence[Series]) -> str:
    """What foreign makers deliver after history, as a title."""
    foreign = next((one for one in outcomes if one.name == "hbm_to_china"), None)
    edge = None if foreign is None else marks.edge_of(foreign.months)
    if foreign is None or edge is None:
        return outcomes[0].finding if outcomes else "HBM in China"
    coming = foreign.median()[theme.years(foreign.months) >= edge].sum()
    scale = wording.scale(foreign.name, "stack", float(coming.max()))
    digits = wording.places(scale.of(float(coming.max())))
    said = [f"{wording.number(scale.of(total), decimals=digits)} under {wording.inline(str(name))}"
            for name, total in coming.items()]  # fmt: skip
    return f"Foreign HBM for China after {wording.month(marks.HISTORY_ENDS[:7])}, {scale.label}: {wording.joined(said)}"


def words(outcome: Series) -> str:
    """What lines and shading are, whatever the number of regimes: each has its own panel."""
    if outcome.rule is None:
        return time.shown(outcome)
    return f"Line: median; shading: {outcome.rule.words} of runs."


def chosen_acts(acts: Sequence[Act], outcome: Series, alone: bool) -> list[Act]:
    """The acts of a column; where history ends is said only where there is one column."""
    return marks.with_edge(acts, outcome.months) if alone else [*acts]


def draw(rows: Sequence[Sequence[Axes]], outcomes: Sequence[Series], regimes: Sequence[str]) -> None:
    """The panels of a few regimes side by side: a row for each metric, its name over the first."""
    for row, outcome in zip(rows, outcomes, strict=True):
        for spare in row[len(regimes) :]:
            spare.remove()
        for number, (ax, regime) in enumerate(zip(row, regimes, strict=False)):
            panel(ax, outcome, regime)
            if number == 0 and row is not rows[0]:
                theme.heading(ax, METRICS[outcome.name], outcome.scale().label)
            ax.tick_params(labelleft=number == 0, labelbottom=row is rows[-1])


def panel(ax: Axes, outcome: Series, regime: str) -> None:
    """One metric under one regime, on the scale of all."""
    theme.year_axis(ax, outcome.months)
    if not np.isfinite(outcome.values).any():
        theme.nothing(ax)
        return
    marks.future(ax, outcome.months)
    time.curve(ax, outcome, regime)
    time.limits(ax, outcome, outcome.scale())


def name_columns(
    rows: Sequence[Sequence[Axes]],
    outcome: Series,
    acts: Mapping[str, Sequence[Act]],
    named: bool,
    room: float,
    most: int,
) -> None:
    """The acts of each column over its first panel, in `most` rows; over them the metric, and the name of its regime.

    room  width of a panel in inches
    """
    tops = [
        marks.label_acts(ax, acts[name], outcome.months, most, 0.0, room)
        for ax, name in zip(rows[0], acts, strict=False)
    ]
    theme.heading(rows[0][0], METRICS[outcome.name], outcome.scale().label, lift=max(tops) + 3)
    over = max(tops) + 6 + 1.3 * (theme.points("small") + theme.points("medium"))
    for ax, name in zip(rows[0], acts, strict=False):
        if named:
            theme.heading(ax, wording.say(name), lift=over)
    for row in rows[1:]:
        for ax, name in zip(row, acts, strict=False):
            marks.rule_acts(ax, acts[name])
