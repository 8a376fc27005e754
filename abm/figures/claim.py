"""A claim over futures: where it holds on the plane of two inputs, with the border at which it flips."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.figures import theme
from abm.figures.theme import Chart, Width

Floats = NDArray[np.float64]

HOLDS, FAILS = "#1f5fa8", "#c4651a"


@theme.styled
def claim(
    inputs: pd.DataFrame,
    holds: NDArray[np.bool_],
    border: tuple[Floats, Floats, Floats],
    labels: tuple[str, str],
    title: str,
    subtitle: str,
    note: str,
    *,
    width: Width = "page",
) -> Chart:
    """Futures as points, filled where the claim holds, and the border between the two.

    inputs   two columns, across and up, a row a future
    border   values across (n,), up (n,), and the claim's margin over them (n, n), 0 where it flips
    labels   of the two axes
    """
    chart, (ax,) = theme.page(title, subtitle, note, 3.2, ["futures"], width=width)
    across, up, margin = border
    ax.contourf(across, up, margin, levels=[-np.inf, 0, np.inf], colors=[FAILS, HOLDS], alpha=0.1)
    if margin.min() < 0 < margin.max():
        ax.contour(across, up, margin, levels=[0], colors=theme.INK, linewidths=1.2)
    x, y = inputs.columns
    for inside, tone, word in ((holds, HOLDS, "holds"), (~holds, FAILS, "does not")):
        rows = inputs[inside]
        face = tone if word == "holds" else "white"
        marker = "o" if word == "holds" else "X"
        ax.scatter(rows[x], rows[y], 16, facecolors=face, edgecolors=tone, marker=marker, linewidths=0.8, label=word)
    ax.set_xlabel(f"Across: {labels[0]}")
    theme.heading(ax, "", f"Up: {labels[1]}")
    ax.set_xlim(across[0], across[-1])
    ax.set_ylim(up[0], up[-1])
    ax.legend(loc="upper right", ncols=2, handletextpad=0.2, framealpha=0.9, edgecolor="none")
    chart.data = inputs.assign(holds=holds)
    return chart
