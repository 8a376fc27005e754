"""What binds Chinese vendors' output, month by month: the share of runs in which each input is the scarce one."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from abm.figures import stack, theme
from abm.figures.theme import Box, Chart, Swatch, Width
from abm.results import wording
from abm.results.ensemble import Ensemble
from abm.results.series import known
from abm.runs.run import Array

METRIC = "binding_input"
NAMES = {"logic": "Logic dies", "hbm": "HBM", "packaging": "Packaging", "sales": "Sales"}
COLUMNS = ["vendor", "regime", "month", "key", "value", "unit"]
ACROSS: dict[str, int] = {"column": 2, "page": 3}  # panels side by side
TALL: dict[str, float] = {"column": 0.75, "page": 0.9}  # a panel's height, inches
GAP = 0.42  # between rows of panels, inches

type Pair = tuple[str, str]  # a vendor and a regime


def binding(
    ensemble: Ensemble,
    vendors: Sequence[str] = (),
    regimes: Sequence[str] = (),
    title: str = "",
    width: Width = "page",
) -> Chart:
    """Share of runs in which each input binds, stacked, a panel for each vendor and regime.

    What is missing to a hundred is the share of runs in which the vendor makes nothing that month: it stays blank.

    vendors    by default all that are held
    regimes    by default all
    """
    held, chosen = vendors_of(ensemble), list(regimes or ensemble.regimes)
    if len(ensemble):
        known("vendor", vendors, held)
    shown = [(vendor, regime) for vendor in vendors or held for regime in chosen]
    columns = across(shown, len(chosen), width)
    rows = -(-max(len(shown), 1) // columns)
    entries = [*(Swatch(NAMES[name], tone) for name, tone in theme.INPUTS.items())]
    entries.append(Swatch("Nothing made", theme.SOFT, hollow=True))
    head = 0.26 if len(shown) > 1 else 0.1

    heading = title or title_of(shown)
    height, note = rows * TALL[width] + (rows - 1) * GAP, footer(ensemble, chosen)
    margins = (0.36, 0.16, head + theme.key_height(entries, width), 0.24)
    chart, box = theme.page(width, height, heading, "Per cent of runs", note, margins)
    chart.data = table(ensemble, shown)
    if not shown:
        theme.nothing(theme.axes(chart, box, width), width)
        return chart
    theme.key(chart, box, head, entries, width)
    for number, (pair, place) in enumerate(zip(shown, box.split(rows, columns, 0.36, GAP), strict=False)):
        panel(chart, place, pair, ensemble, panel_name(pair, shown), width, number % columns == 0)
    return chart


def vendors_of(ensemble: Ensemble) -> list[str]:
    """The vendors whose binding inputs are all held, in their order."""
    keys = [wording.split(column) for column in ensemble.columns]
    names = dict.fromkeys(key.partition("/")[0] for metric, key in keys if metric == METRIC)
    return [name for name in names if all(f"{METRIC}[{name}/{one}]" in ensemble for one in theme.INPUTS)]


def across(shown: Sequence[Pair], regimes: int, width: Width) -> int:
    """Panels side by side: a vendor's regimes in a row where they fit, else as many as fit."""
    fits = min(max(len(shown), 1), ACROSS[width])
    return regimes if 1 < regimes <= fits else fits


def title_of(shown: Sequence[Pair]) -> str:
    """What the figure is about, with the vendor or regime that all its panels share."""
    shared = [names[0] for names in zip(*shown, strict=True) if len(set(names)) == 1]
    words = "What binds the output of Chinese vendors" if len({one for one, _ in shown}) != 1 else "What binds output"
    return ": ".join([words, ", ".join(wording.say(one) for one in shared)]) if shared else words


def panel_name(pair: Pair, shown: Sequence[Pair]) -> str:
    """What tells a panel from the others; nothing where it stands alone."""
    apart = [one for one, names in zip(pair, zip(*shown, strict=True), strict=True) if len(set(names)) > 1]
    return ", ".join(wording.say(one) for one in apart)


def footer(ensemble: Ensemble, regimes: Sequence[str]) -> str:
    """What the areas are, and the runs behind them."""
    column = next((one for one in ensemble.columns if wording.split(one)[0] == METRIC), None)
    if column is None or not regimes:
        return "No runs."
    words = "Areas: share of runs in which the input is the scarcest; sales: none is, the vendor makes what it sells."
    return theme.footer(ensemble[column].only(*regimes), words)


def table(ensemble: Ensemble, shown: Sequence[Pair]) -> pd.DataFrame:
    """What is stacked: one row a vendor, regime, month and input, in per cent of runs."""
    months = [str(month) for month in ensemble.months]
    frames = [
        pd.DataFrame({"month": months, "value": share, "unit": "per cent of runs"}).assign(
            vendor=vendor, regime=regime, key=name
        )
        for vendor, regime in shown
        for name in theme.INPUTS
        for share in [share_of(ensemble, vendor, regime, name)]
    ]
    return pd.concat(frames, ignore_index=True)[COLUMNS] if frames else pd.DataFrame(columns=COLUMNS)


def share_of(ensemble: Ensemble, vendor: str, regime: str, name: str) -> Array:
    """Per cent of a regime's runs in which an input binds a vendor, by month."""
    return np.asarray(100 * ensemble[f"{METRIC}[{vendor}/{name}]"].mean()[regime])


def panel(chart: Chart, place: Box, pair: Pair, ensemble: Ensemble, name: str, width: Width, first: bool) -> None:
    """One vendor's areas under one regime."""
    ax = theme.axes(chart, place, width, name=": ".join(pair))
    data, (vendor, regime) = chart.data, pair
    one = data[(data["vendor"] == vendor) & (data["regime"] == regime)]
    stack.draw(ax, one, list(theme.INPUTS), ensemble, width, steps=True)
    ax.set_ylim(0, 100)
    ax.set_yticks([0, 50, 100])
    if name:
        theme.heading(ax, name, width)
    ax.tick_params(axis="y", labelleft=first, length=2.5 if first else 0)
