"""A run beside its base: what differs, in words and by size, and how both are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.figures import theme
from abm.results import headlines, wording
from abm.results.answer import Answer, answer
from abm.results.comparison import Comparison
from abm.results.ensemble import Ensemble
from abm.runs import metrics
from abm.server.charts import Side, trailing
from abm.server.setup import Setup

if TYPE_CHECKING:
    from abm.results.change import Change
    from abm.runs.run import Run

Floats = NDArray[np.float64]

BASE, CHANGED = "Base", "Changed"
WATCHED = ("china_compute_by_channel", "capability_gap", "vendor_china_revenue", "grey_premium", "hbm_stockpile",
           "hbm_to_china", "sensitive_compute", "cxmt_output", "self_sufficiency", "smuggled_compute",
           "offshore_rented", "hbm_maker_china_revenue", "domestic_units", "unmet_demand",
           "capability_gap_own")  # fmt: skip
"""What charts may show, in the order in which they stand where nothing differs."""
MOST_CHARTS = 8
MOST_CARDS = 5
WIDE, HIGH = 150.0, 34.0
"""Size of the small line of a difference."""


@dataclass(frozen=True, eq=False)
class Pair:
    """Both sides run to their end.

    runs    pairs of runs with the same chance, the base's first
    """

    setup: Setup
    base: Setup
    runs: tuple[tuple["Run", "Run"], ...]

    @property
    def same(self) -> bool:
        """Whether both sides are one."""
        return self.setup == self.base

    @property
    def answer(self) -> Answer:
        """What the change does to the headline lines."""
        told = {wording.split(line.column)[0] for line in headlines.LINES}
        each = [
            replace(run, columns={name: one for name, one in run.columns.items() if wording.split(name)[0] in told})
            for pair in self.runs
            for run in pair
        ]
        return answer(Comparison(Ensemble(each), BASE))

    @property
    def drawn(self) -> tuple[Side, Side | None]:
        """The changed run and its base as charts draw them; no base where both are one."""
        base, changed = self.runs[0]
        names, tones = names_of(self.setup, self.base), tones_of(self.setup, self.base)
        side = Side(names[CHANGED], tones[CHANGED], changed.columns)
        return side, None if self.same else Side(names[BASE], tones[BASE], base.columns)

    @property
    def months(self) -> list[str]:
        """The months of the runs, YYYY-MM."""
        return [str(one) for one in self.runs[0][0].months]


def names_of(setup: Setup, base: Setup) -> dict[str, str]:
    """What the sides are called: their regimes, or Base and Changed where these are one."""
    if setup.regime != base.regime:
        return {CHANGED: setup.short, BASE: base.short}
    return {CHANGED: setup.short, BASE: base.short + (" (base)" if base.short == setup.short else "")}


def tones_of(setup: Setup, base: Setup) -> dict[str, str]:
    """The colours of the sides: their regimes', unless by hand more than that was changed."""
    tones = {CHANGED: theme.colour(setup.regime if setup.plain and setup.regime != base.regime else CHANGED)}
    return tones | {BASE: theme.colour(base.regime if base.plain else BASE)}


def ordered(pair: Pair, names: Sequence[str] = WATCHED) -> list[str]:
    """The metrics to draw: those that the change moves by most steps first, at most MOST_CHARTS."""
    known = [name for name in names if name in metrics.METRICS]
    if not pair.same:
        known.sort(key=lambda name: -effect(pair, name))
    return known[:MOST_CHARTS]


def effect(pair: Pair, name: str) -> float:
    """By how many steps the change moves a metric, in that of its parts and years where it is most."""
    base, changed = pair.runs[0]
    found = 0.0
    for column, values in changed.columns.items():
        if wording.split(column)[0] == name and column in base.columns:
            one, other = trailing(values)[11::12], trailing(base.columns[column])[11::12]
            level = np.fmax(np.abs(one), np.abs(other))
            least = np.array([metrics.METRICS[name].least(float(x)) if np.isfinite(x) else 0.0 for x in level])
            steps = np.divide(np.abs(one - other), least, out=np.zeros(len(one)), where=least > 0)
            found = max(found, min(float(np.nan_to_num(steps).max(initial=0.0)), 1e3 if "[" not in column else 1e2))
    return found


# --- the head of the page ---


@dataclass(frozen=True)
class Card:
    """What the change does to one line: its title, the level it ends on, the change in words, and its course."""

    title: str
    level: str
    words: str
    when: str
    course: str
    zero: float
    material: bool


def cards(pair: Pair, most: int = MOST_CARDS) -> list[Card]:
    """The lines that an answer speaks of, each as a card."""
    if pair.same:
        return []
    found = pair.answer
    chosen = [_telling(*both) for both in found.chosen(CHANGED, most)]
    chosen += [one for one in found.changes if one.material]
    each: dict[str, Change] = {}
    for one in chosen:
        each.setdefault(wording.split(one.metric)[0], one)
    return [_card(pair, one) for one in list(each.values())[:most]]


def _telling(end: "Change", peak: "Change") -> "Change":
    """The change at the end, or where that is none in the year in which it was most."""
    return peak if peak.material and not end.material else end


def _card(pair: Pair, one: "Change") -> Card:
    course, zero = sparkline(difference(pair, one.metric))
    level = f"{one.number(one.level)} {one.level_unit}"
    return Card(one.line, level, one.words, when(one.when), course, zero, one.material)


def when(text: str) -> str:
    """At which month, or over which year, a line is read."""
    how, _, month = text.rpartition(" ")
    words = wording.month(month)
    return f"{how.removesuffix(' to')} to {words}" if how else words


def difference(pair: Pair, column: str) -> Floats:
    """The mean over pairs of the last twelve months' mean of the changed run less that of its base."""
    each = [[trailing(_values(run, column)) for run in runs] for runs in pair.runs]
    return np.mean([changed - base for base, changed in each], axis=0)


def _values(run: "Run", column: str) -> Floats:
    """A column, or the sum of all parts."""
    name, key = wording.split(column)
    if key != "*":
        return run.columns[column]
    return np.sum([values for one, values in run.columns.items() if wording.split(one)[0] == name], axis=0)


def sparkline(values: Floats) -> tuple[str, float]:
    """The points of a small line, and the height of zero in it."""
    known = np.nan_to_num(values)
    low, high = min(float(known.min(initial=0.0)), 0.0), max(float(known.max(initial=0.0)), 0.0)
    span = high - low or 1.0
    x = np.linspace(0, WIDE, len(known))
    y = 2 + (HIGH - 4) * (high - known) / span
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return points, round(2 + (HIGH - 4) * high / span, 1)


def head_seeds(setup: Setup, count: int) -> list[int]:
    """The seed shown, and those after it."""
    return [setup.seed + place for place in range(count)]
