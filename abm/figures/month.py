"""The month as a drawing: phases from top to bottom, the records each makes, and who reads them."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abm.figures.theme import DPI, FAINT, INK, SOFT
from abm.month.phase import Phase

INCHES = (7.6, 5.0)


def draw(phases: Sequence[Phase]) -> Figure:
    """A dot where a phase makes a record, a ring where a later one reads it, a line from the one to the last other."""
    figure = Figure(figsize=INCHES, dpi=DPI, layout="constrained")
    axes = figure.subplots()
    kinds = [one.makes for one in phases if one.makes]
    for column, kind in enumerate(kinds):
        made = next(row for row, one in enumerate(phases) if one.makes is kind)
        read = [row for row, one in enumerate(phases) if kind in one.reads]
        axes.plot([column] * 2, [made, max(read, default=made)], color=INK, lw=1)
        axes.plot([column], [made], "o", color=INK, ms=7)
        axes.plot([column] * len(read), read, "o", mfc="white", mec=INK, ms=6)
    _label(axes, [kind.__name__ for kind in kinds], [one.name for one in phases])
    return figure


def _label(axes: Axes, records: Sequence[str], phases: Sequence[str]) -> None:
    """Records above, phases to the left."""
    axes.set_xticks(range(len(records)), records, rotation=40, ha="left", rotation_mode="anchor")
    axes.set_yticks(range(len(phases)), phases)
    axes.xaxis.tick_top()
    axes.invert_yaxis()
    axes.grid(axis="y", color=FAINT, lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelcolor=INK, color=SOFT, labelsize=8.5)
    for side in axes.spines.values():
        side.set_visible(False)
