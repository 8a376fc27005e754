"""When a policy fails, and policies over the same futures: the peeling of PRIM, failures, and the front."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from abm.figures import labels, theme
from abm.figures.theme import Chart, Width
from abm.results import wording

TONE = "limited_licensing"
TALL = 2.4  # height of a panel, inches


@theme.styled
def failures(
    boxes: pd.DataFrame,
    box: Mapping[str, float],
    futures: pd.DataFrame,
    fails: NDArray[np.bool_],
    limits: Mapping[str, tuple[float, float]],
    title: str,
    subtitle: str,
    note: str,
    *,
    width: Width = "page",
) -> Chart:
    """The trade between coverage and density along the peeling, and the futures over two inputs with the box.

    boxes    coverage and density, from the whole to the smallest; box: those of the one chosen
    futures  two columns: the inputs in words, across and up
    fails    which futures fail
    limits   of the box for those inputs
    """
    words = "Ring: the box chosen. Shaded: its limits on these two inputs; other limits, if any, are not drawn."
    across = 2 if width == "page" else 1
    chart, (trade, plane) = theme.page(
        title, subtitle, f"{words} {note}", TALL, ["peeling", "futures"], across, width=width
    )  # fmt: skip
    theme.key(chart, [theme.swatch("fails", theme.colour(TONE), "o"), theme.swatch("does not", theme.SOFT, "o", True)])
    theme.heading(trade, "Boxes of the peeling", "per cent of failures held (coverage), of futures held (density)")
    trade.plot(100 * boxes["coverage"], 100 * boxes["density"], color=theme.colour(TONE), marker="o", ms=2.6, lw=1.0)
    trade.plot(100 * box["coverage"], 100 * box["density"], "o", ms=9, mfc="none", mec=theme.INK, mew=1.2)
    trade.set_xlabel("Coverage")
    trade.set_ylabel("Density")
    trade.set_xlim(0, 104)
    trade.set_ylim(0, 104)
    scatter(plane, futures, fails, limits)
    points = futures.assign(fails=fails, of="futures")
    chart.data = pd.concat([boxes.assign(of="peeling"), points], ignore_index=True)
    return chart


def finding(fails: NDArray[np.bool_], box: Mapping[str, float]) -> str:
    """What the first figure shows of a policy: how often it fails, and how often in the box."""
    return f"fails in {fails.mean():.0%} of futures, and in {box['density']:.0%} of those in the box"


def best(means: pd.DataFrame) -> str:
    """What the second figure shows: the policy that meets all aims in the most futures."""
    met = means["All aims"].sort_values(ascending=False, kind="stable")
    name, share = str(met.index[0]), float(met.iloc[0])
    if not share:
        return "No policy meets all aims in any future"
    others = [wording.say(str(one)) for one in met.index[1:] if met[one] == share]
    names = wording.joined([wording.say(name), *map(wording.within, others)])
    each = " each" if others else ""
    return f"{names}{each} meet{'' if others else 's'} all aims most often: in {share:.0%} of futures"


def scatter(
    ax: Axes, futures: pd.DataFrame, fails: NDArray[np.bool_], limits: Mapping[str, tuple[float, float]]
) -> None:
    """Futures over two inputs: failures filled, others hollow, and the box shaded."""
    theme.heading(ax, "Futures")
    across, up = futures.columns
    (left, right), (low, high) = (
        limits.get(name, (float(futures[name].min()), float(futures[name].max()))) for name in (across, up)
    )
    box = Rectangle((left, low), right - left, high - low, color=theme.colour(TONE), alpha=0.12, lw=0)
    ax.add_patch(box)
    style: dict[str, Any] = {"marker": "o", "ls": "", "ms": 3.2}
    ax.plot(futures[across][~fails], futures[up][~fails], mfc="white", mec=theme.SOFT, mew=0.6, **style)
    ax.plot(futures[across][fails], futures[up][fails], color=theme.colour(TONE), **style)
    ax.set_xlabel("\n".join(theme.wrap(across, 2.6)))
    ax.set_ylabel("\n".join(theme.wrap(up, TALL)))


@theme.styled
def policies(
    means: pd.DataFrame, title: str, against: tuple[str, str, str], note: str, *, width: Width = "page"
) -> Chart:
    """Mean changes of two outcomes with intervals, and the share of futures in which each policy meets each aim.

    means    by policy: across, up and their half-widths in the axes' units, then a share for each aim
    against  the subtitle, and the names of both axes with units
    """
    subtitle, across, up = against
    words = "Markers: means over futures; bars: share of futures."
    chart, axes = theme.page(
        title, subtitle, f"{words} {note}", TALL, ["front", "aims"], 2 if width == "page" else 1, width=width
    )
    names = [str(name) for name in means.index]
    ax, bars = axes
    theme.heading(ax, "Means over futures", "with their 95 % intervals")
    for name, row in zip(names, means.to_dict("records"), strict=True):
        tone = theme.colour(name, names)
        ax.errorbar(row["across"], row["up"], row["up_half"], row["across_half"], color=tone, lw=1.2, capsize=0,
                    marker=theme.MARKERS.get(name, "o"), ms=4)  # fmt: skip
    ax.axhline(0, color=theme.FAINT, lw=0.8, zorder=0)
    ax.axvline(0, color=theme.FAINT, lw=0.8, zorder=0)
    ax.margins(0.15)
    ax.set_xlabel("\n".join(theme.wrap(across, 2.8)))
    ax.set_ylabel("\n".join(theme.wrap(up, TALL)))
    places = zip(means["across"].astype(float), means["up"].astype(float), strict=True)
    labels.label_points(ax, dict(zip(names, places, strict=True)), size="small")
    shares(bars, means.drop(columns=["across", "up", "across_half", "up_half"]), chart)
    chart.data = means.rename_axis("policy").reset_index()
    return chart


def shares(ax: Axes, means: pd.DataFrame, chart: Chart) -> None:
    """A row a policy, its name in its colour, and a bar an aim."""
    names = [str(name) for name in means.index]
    theme.heading(ax, "Futures in which the aim is met", "per cent")
    tones = ["#9bb7d4", "#3b6ea5", theme.INK][-len(means.columns) :] or [theme.INK]
    tall = 0.76 / max(len(means.columns), 1)
    for number, (_, values) in enumerate(means.items()):
        places = np.arange(len(means)) + (number - (len(means.columns) - 1) / 2) * tall
        ax.barh(places, 100 * values.to_numpy(dtype=float), tall * 0.9, color=tones[number % len(tones)], lw=0)
    theme.key(chart, [theme.swatch(str(aim), tones[number % len(tones)]) for number, aim in enumerate(means)])
    ax.set_yticks(range(len(means)), [wording.say(str(name)) for name in means.index])
    for words, name in zip(ax.get_yticklabels(), names, strict=True):
        words.set_color(theme.colour(name, names))
    ax.set_ylim(len(means) - 0.5, -0.5)
    ax.set_xlim(0, 100)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    ax.spines["left"].set_visible(False)
