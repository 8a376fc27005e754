"""A claim over futures: where it holds on the plane of two inputs, with the border at which it flips."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.figures import theme
from abm.figures.theme import Chart, Width

Floats = NDArray[np.float64]

HOLDS, FAILS = "#1f5fa8", "#c4651a"
TALL = 3.2  # height of the panel, inches


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
    border   values across (n,), up (n,), and the claim's margin over them (n, n): 0 where it flips
    labels   of the two axes
    """
    across, up, margin = border
    flips = margin.min() < 0 < margin.max()
    words = "The line, between the shades, is where the claim flips." if flips else "On this plane it nowhere flips."
    chart, (ax,) = theme.page(title, subtitle, f"{words} {note}", TALL, ["futures"], width=width)
    ax.contourf(across, up, margin, levels=[-np.inf, 0, np.inf], colors=[FAILS, HOLDS], alpha=0.1)
    if flips:
        ax.contour(across, up, margin, levels=[0], colors=theme.INK, linewidths=1.2)
    x, y = inputs.columns
    for inside, tone, marker in ((~holds, FAILS, "X"), (holds, HOLDS, "o")):
        face = tone if marker == "o" else "white"
        rows = inputs[inside]
        ax.scatter(rows[x], rows[y], 16, facecolors=face, edgecolors=tone, marker=marker, linewidths=0.8, clip_on=False)
    theme.key(chart, [theme.swatch("holds", HOLDS, "o"), theme.swatch("does not hold", FAILS, "X", True)])
    ax.set_xlabel(f"Across: {labels[0]}")
    theme.heading(ax, "", f"Up: {labels[1]}")
    ax.set_xlim(across[0], across[-1])
    ax.set_ylim(up[0], up[-1])
    chart.data = inputs.assign(holds=holds)
    return chart
