"""Points of a design as regimes of their own: laws of a grid are compared with one of them, and criteria judged.

A criterion is a question with a rule: between two points, does a line change the way that is named by at least so much?
"""

import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from abm.foundation.errors import InputError
from abm.results import headlines, wording
from abm.results.change import Change
from abm.results.comparison import Comparison
from abm.results.ensemble import Ensemble
from abm.results.headlines import Line
from abm.runs.metrics import METRICS

type Point = Mapping[str, Any]

BASE, OTHER = "start", "end"
YES, NO, OPEN = "yes", "no", "not clear"


@dataclass(frozen=True)
class Criterion:
    """What is asked, and what decides it.

    says        the claim, as a sentence without a full stop
    metric      a column; way: whether it is to become more or less
    start, end  two points of the design: regime, levers and parameters with their values; what neither names is paired
    percent     the least change of the start's level that counts; by default the metric's step
    when        the month; by default the last
    """

    says: str
    metric: str
    way: Literal["more", "less"]
    start: Point
    end: Point
    percent: float | None = None
    when: str = ""


@dataclass(frozen=True)
class Verdict:
    """What runs say to a criterion: the change between its points, and the word for it.

    beside   the change of the line that is told beside it, as in `headlines.BESIDE`, where it is held
    """

    criterion: Criterion
    change: Change
    beside: Change | None = None

    @property
    def least(self) -> float:
        """The least change that counts, in the change's unit."""
        percent = self.criterion.percent
        return self.change.step if percent is None else percent / 100 * abs(self.change.base)

    @property
    def word(self) -> str:
        """yes, no, or not clear: the mean reaches the least and chance leaves its sign; chance does not reach it."""
        one, sign = self.change, 1 if self.criterion.way == "more" else -1
        if one.chance is None:
            return OPEN
        if sign * one.mean >= self.least and one.clear:
            return YES
        return NO if max(sign * end for end in one.chance) < self.least else OPEN

    @property
    def numbers(self) -> str:
        """The numbers behind the word."""
        one, decimals = self.change, max(self.change.decimals, wording.places(self.least, 1)) + 1
        said, *beside = (
            wording.interval(each.mean, each.low, each.high, decimals) for each in (one, self.beside) if each
        )
        least = f"{wording.number(self.least, decimals=max(wording.places(self.least, 2), 0))} {one.unit}"
        when = wording.month(one.when[-7:])
        ends = f"from {worded(self.criterion.start)} to {worded(self.criterion.end)}"
        more = f"; {wording.inside(self.beside.metric)}: {beside[0]}" if self.beside else ""
        return (
            f"{one.line}, {ends}: {said} {one.unit} in {when} "
            f"({wording.count(one.pairs, 'pair')}, 95 % interval); {least} {self.criterion.way} counts{more}"
        )


def worded(point: Point) -> str:
    """A point in words: 'HBM quota share 0.1'; of several levers the last part of each name, where that tells them."""
    leaves = [short(name, 1) for name in point]
    said = [short(name) for name in point] if len(leaves) == 1 or len(set(leaves)) < len(leaves) else leaves
    values = [f"{one:g}" if isinstance(one, float) else str(one) for one in point.values()]
    parts = [
        wording.say(value) if key == "regime" else f"{name} {value}"
        for key, name, value in zip(point, said, values, strict=True)
    ]
    return ", ".join(parts)


def short(name: str, parts: int = 9) -> str:
    """The last parts of the name of a lever or parameter: 'law.hbm.quota_share@2026-11' -> 'HBM quota share'."""
    path = name.removeprefix("law.").partition("@")[0].partition("[")[0]
    words = wording.say(" ".join(path.split(".")[-parts:]))
    return words if parts > 1 else wording.within(words)


def judge(ensemble: Ensemble, criterion: Criterion) -> Verdict:
    """What the runs say to a criterion; InputError where they do not hold its metric or points."""
    ends = {BASE: criterion.start, OTHER: criterion.end}
    labels = np.full(len(ensemble), "", dtype=object)
    for label, point in ends.items():
        rows = ensemble.rows_where(**point)
        if not len(rows):
            raise InputError(f"criterion: no runs at {worded(point)}")
        labels[rows] = label
    free = [name for name in ensemble.factors if name in criterion.start or name in criterion.end]
    comparison = Comparison(relabelled(ensemble, labels, BASE, free), BASE)
    change = _change(comparison, criterion.metric, criterion.when)
    if not change:
        raise InputError(f"criterion: the runs do not hold {criterion.metric}, or no two of them can be paired")
    return Verdict(criterion, change, _change(comparison, headlines.BESIDE.get(criterion.metric, ""), criterion.when))


def _change(comparison: Comparison, column: str, when: str) -> Change | None:
    """The change of a column, as headlines read it, in a month or the last; None where the runs do not hold it."""
    window = next((line.window for line in headlines.LINES if line.column == column), None)
    metric = METRICS.get(wording.split(column)[0])
    line = Line(column, window or (metric.headline if metric else "end"))
    return next(iter(comparison.changes(line, *filter(None, [when]))), None)


def overall(verdicts: Sequence[Verdict]) -> str:
    """yes or no where all say so, partly where they differ, and not clear where none is."""
    words = {one.word for one in verdicts}
    return words.pop() if len(words) == 1 else "partly"


def is_grid(ensemble: Ensemble) -> bool:
    """Whether levers of the law were varied within a regime."""
    return any(name.startswith("law.") for name in ensemble.factors)


def comparison(ensemble: Ensemble, base: str | Point | None = None) -> Comparison:
    """Regimes against the base, by default as ever; each law of a grid against the one that is named."""
    if base is None or isinstance(base, str):
        return Comparison(ensemble, base)
    if base and is_grid(ensemble):
        return by_law(ensemble, base)
    return Comparison(ensemble, base.get("regime"))


def told(question: str, verdicts: Sequence[Verdict], width: int | None = None) -> str:
    """The question, the word for all criteria, and each with its numbers."""
    lines = [f"{question or 'All criteria'} {overall(verdicts).capitalize()}."]
    lines += [f"- {one.criterion.says}: {one.word}. {one.numbers}." for one in verdicts]
    fit = [textwrap.fill(line, width or 100, subsequent_indent="  " * line.startswith("- ")) for line in lines]
    return "\n".join([*fit, ""])


def by_law(ensemble: Ensemble, base: Point) -> Comparison:
    """Each law of a design as a regime of its own, against one of them; InputError where no run is at the base.

    base  the regime, if there are several, and the value of each lever that was varied
    """
    levers = [name for name in ensemble.factors if name.startswith("law.")]
    names = [*(["regime"] if len(ensemble.regimes) > 1 else []), *levers]
    chosen = {name: base[name] for name in names if name in base}
    if missing := [name for name in names if name not in base]:
        raise InputError(f"base: {', '.join(missing)} is to be named too, as it was varied")
    rows, runs = ensemble.rows_where(**chosen), ensemble.runs
    if not len(rows):
        raise InputError(f"base: no runs at {worded(chosen)}")
    points = runs[names].to_dict("records")
    labels = np.array([worded({str(name): one[name] for name in names}) for one in points], dtype=object)
    return Comparison(relabelled(ensemble, labels, labels[rows[0]], levers), labels[rows[0]])


def relabelled(ensemble: Ensemble, labels: "np.ndarray[Any, Any]", base: str, free: Collection[str]) -> Ensemble:
    """The runs that have a label, which is their regime; those of the base carry none of the free factors."""
    part = ensemble.taken(np.flatnonzero(labels != ""))
    kept = labels[labels != ""]
    coords: dict[str, Any] = {"regime": ("run", kept)}
    for name in free:
        values = part.data[name].to_numpy()
        blank: Any = np.nan if values.dtype.kind in "fiu" else None
        coords[name] = ("run", np.where(kept == base, blank, values))
    part.data = part.data.assign_coords(coords)
    return part
