"""What the model of the past is held against: targets as a file declares them, and what runs give for each."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, Strict, model_validator

from abm.analysis.cases import window
from abm.analysis.outcomes import placed, read_off
from abm.ensembles import NONE
from abm.facts import catalog
from abm.foundation.errors import InputError, nearest, raise_all
from abm.results import wording
from abm.runs.metrics import METRICS
from abm.sweeps.design import check_keep, design
from abm.sweeps.spec import Composed, Names, Settings, Spec, SpecTable, doubled, read_as

if TYPE_CHECKING:
    from abm.facts.records import Observation
    from abm.results.ensemble import Ensemble

Floats = NDArray[np.float64]
How = Literal["sum", "mean", "end", "max", "growth", "match"]

PATH = Path("experiments/targets.toml")
FAR = 30.0
DEVIATIONS = 3.0
"""Standard deviations of the model's error from the middle of a target's band to its ends."""


class Quantity(SpecTable):
    """A number that a run gives: columns added up, and what is made of their months."""

    metric: Annotated[Names, Field(min_length=1)]
    how: How
    share_of: Names = ()
    when: str = ""
    regime: str = "history"

    def renamed(self, names: Mapping[str, str]) -> Self:
        """The same of other columns, by the names of these."""
        return self.model_copy(update={"metric": tuple(names.get(one, one) for one in self.metric)})

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to keep for it; a sum over all keys needs the metric."""
        return tuple(dict.fromkeys(name.removesuffix("[*]") for name in (*self.metric, *self.share_of)))

    def of(self, runs: "Ensemble", until: str, when: str = "") -> Floats:
        """The number by run of its regime, in the order of runs; over the months `when` where it names none."""
        part, span = runs.where(regime=self.regime), window(self.when or when, until)
        if self.how == "match":
            return matched(part, span.start)
        found, whole = (
            reduced(sum((raised(name, part[name].values[:, span]) for name in names), np.zeros(1)), self.how)
            for names in (self.metric, self.share_of or self.metric)
        )
        return found / np.where(whole, whole, math.nan) if self.share_of else found


def reduced(months: Floats, how: How) -> Floats:
    """A number a run from its months, (runs, months) -> (runs,)."""
    if how == "growth":
        return np.asarray((months[:, -1] / months[:, 0]) ** (12 / (months.shape[1] - 1)))
    return read_off(months, how)


def raised(name: str, values: Floats) -> Floats:
    """A column's values, those in log10 raised."""
    return np.asarray(10.0**values) if METRICS[wording.split(name)[0]].unit.startswith("log10") else values


def matched(runs: "Ensemble", start: int) -> Floats:
    """Months from one until China stands where the frontier stood in it, by run; undefined where it never does."""
    china, frontier = runs["capability_china"].values, runs["capability_frontier"].values
    there = china >= frontier[:, [start]]
    return np.where(there.any(axis=1), there.argmax(axis=1) - start, math.nan)


class Declared(Quantity):
    """A target as the file declares it, or several that differ in their period."""

    name: str
    title: str
    block: Literal["market", "innovation"]
    use: Literal["fit", "check"]
    over: Quantity | None = None
    observed: str = ""
    periods: Names = ()
    scale: float = Field(1.0, gt=0)
    value: float | None = None
    low: float | None = None
    high: float | None = None
    within: float | None = Field(None, gt=1)
    margin: float | None = Field(None, gt=0)
    range: float | None = Field(None, ge=1)
    bound: bool = False
    fact: str = ""
    source: Names = ()
    grade: str = ""
    weight: float = Field(1.0, gt=0)
    trend: bool = False

    @model_validator(mode="after")
    def whole(self) -> "Declared":
        """One place for what was observed, and one for how far off it is near."""
        told = self.low is not None and self.high is not None
        if bool(self.observed) == told:
            raise ValueError("either `observed`, or `low` and `high`, is wanted")
        if self.observed and sum([bool(self.within), bool(self.margin), bool(self.range), self.bound]) != 1:
            raise ValueError("one of `within`, `margin`, `range` and `bound` is wanted")
        return self


class Null(SpecTable):
    """A market without the behaviour that the model is about, beside the model on the card."""

    title: str
    set: Settings


class Limit(Quantity):
    """A limiting case: a market whose answer is known without a model.

    set       what makes it one
    quantity  the number in words; must: what it must be, up to `within`
    """

    title: str
    set: Settings = Field(default_factory=dict)
    quantity: str
    must: float
    within: float = Field(0.0, ge=0)


class File(SpecTable):
    """A file of targets, and of limiting cases."""

    until: str
    null: Null
    limit: Annotated[tuple[Limit, ...], Strict(False)] = ()
    compose: dict[str, Composed] = Field(default_factory=dict)
    target: Annotated[tuple[Declared, ...], Strict(False), Field(min_length=1)]


@dataclass(frozen=True)
class Target:
    """One number of the past, and the band in which the model's is near it.

    observed   in the model's units; undefined where only a range is told
    low, high  the band
    when       the months, `2023-11..2024-01`
    """

    declared: Declared
    label: str
    when: str
    observed: float
    low: float
    high: float
    source: tuple[str, ...]
    grade: str

    @property
    def last(self) -> str:
        """The last month it looks at."""
        return self.when.rpartition("..")[2][:7]

    @property
    def log(self) -> bool:
        """Whether distances are those of logarithms."""
        return self.low > 0

    @property
    def middle(self) -> float:
        """The middle of the band, in logarithms where those are its measure."""
        return float((self.measure(self.low) + self.measure(self.high)) / 2)

    @property
    def deviation(self) -> float:
        """The model's error as a standard deviation: the band reaches DEVIATIONS of it to either side."""
        return float(self.measure(self.high) - self.measure(self.low)) / (2 * DEVIATIONS)

    def measure(self, value: Any) -> Any:
        """A value in the measure of the distances; how far beyond FAR times an end of the band is all the same."""
        return np.log(np.clip(value, self.low / FAR, self.high * FAR)) if self.log else value

    def off(self, measured: Floats, variance: float = 0.0) -> Floats:
        """Standard deviations between measured values and the middle of the band; `variance` is added to the error."""
        return np.asarray(np.abs(measured - self.middle) / np.sqrt(self.deviation**2 + variance))

    def implausibility(self, values: Floats) -> Floats:
        """Standard deviations between values and the middle of the band; infinite where they are undefined."""
        found = self.off(self.measure(values))
        return np.where(np.isfinite(found), found, np.inf)

    def apart(self, values: Floats, truth: int) -> Floats:
        """Standard deviations between values and one of them."""
        found = np.abs(self.measure(values) - self.measure(values[truth])) / self.deviation
        return np.where(np.isfinite(found), found, np.inf)

    def inside(self, values: Floats) -> NDArray[np.bool_]:
        """Whether values lie in the band."""
        return np.asarray((values >= self.low) & (values <= self.high))

    def of(self, runs: "Ensemble", until: str) -> Floats:
        """Its number in the unit of the observation's, by run of `history`; a divisor is paired with them."""
        values = self.declared.of(runs, until, self.when)
        if self.declared.over:
            below = self.declared.over.of(runs, until, self.when)
            values = values / np.where(below, below, math.nan)
        return values


@dataclass(frozen=True)
class Targets:
    """The targets of a file."""

    file: File
    path: Path
    targets: tuple[Target, ...]

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """All that is read off the runs."""
        own = [one.declared for one in self.targets]
        return (*own, *(one.over for one in own if one.over))

    @property
    def regimes(self) -> tuple[str, ...]:
        """The regimes that they look at, history first."""
        return tuple(dict.fromkeys(("history", *(one.regime for one in self.quantities))))

    @property
    def keep(self) -> tuple[str, ...]:
        """The columns that they need."""
        names = [name for one in self.quantities for name in one.columns]
        names += ["capability_china", "capability_frontier"] * any(one.how == "match" for one in self.quantities)
        return tuple(dict.fromkeys(names))

    def of(self, runs: "Ensemble", until: str = "") -> pd.DataFrame:
        """What each run of `history` gives, a column a target; `until` is the runs' last month, if not the file's."""
        return pd.DataFrame({one.label: one.of(runs, until or self.file.until) for one in self.targets})

    def some(self, block: str | None = None, use: str | None = None, until: str = "9999") -> "Targets":
        """Those of a block and a use whose months are over by a date."""
        left = tuple(
            one
            for one in self.targets
            if block in (None, one.declared.block) and use in (None, one.declared.use) and one.last <= until
        )
        return replace(self, targets=left)

    def spec(self, name: str, **more: Any) -> Spec:
        """A sweep that gives what the targets need, at the defaults unless its other keys, `more`, say otherwise."""
        regimes = more.get("regimes", self.regimes)
        composed = {key: one for key, one in self.file.compose.items() if key in regimes}
        body = {"name": name, "regimes": regimes, "until": self.file.until, "keep": self.keep, "compose": composed}
        return placed(Spec.model_validate({"ensemble": NONE} | body | more), self.path)


def read_targets(path: Path = PATH) -> Targets:
    """The targets of a file; InputError lists all that is wrong with it."""
    file = read_as(File, path)
    wrong: list[str] = []
    found: list[Target] = []
    for one in file.target:
        try:
            found += expanded(one, file.until)
        except InputError as fault:
            wrong.append(f"target {one.name!r}: {fault}")
    wrong += [f"target: the label {label!r} is there twice" for label in doubled(one.label for one in found)]
    made = Targets(file, path, tuple(found))
    if not wrong:
        spec = made.spec("targets", seeds=1)
        check_keep(spec, wrong)
        wrong += wrong_settings(spec, file.null)
        for case in file.limit:
            wrong += wrong_limit(made, case)
    raise_all(wrong, heading=f"{path}:")
    return made


def wrong_settings(spec: Spec, null: Null) -> Iterator[str]:
    """What is wrong with the regimes and with the settings of blind choice."""
    try:
        design(spec.model_copy(update={"set": null.set}))
    except InputError as fault:
        yield from (line.strip() for line in str(fault).splitlines()[1:])


def wrong_limit(targets: Targets, case: Limit) -> Iterator[str]:
    """What is wrong with a limiting case."""
    try:
        window(case.when, targets.file.until)
        design(targets.spec("limit", regimes=(case.regime,), keep=case.columns, set=case.set, seeds=1))
    except InputError as fault:
        yield from (f"limit {case.title!r}: {line.strip()}" for line in str(fault).splitlines()[-1:])


def expanded(one: Declared, until: str) -> Iterator[Target]:
    """The targets that a declaration stands for, one a period."""
    if not one.observed:
        low, high = (one.scale * (end or 0.0) for end in (one.low, one.high))
        stretch = one.range or 1.0
        value = math.nan if one.value is None else one.scale * one.value
        source, grade = fact(one) if one.fact else (one.source, one.grade)
        window(one.when, until)
        yield Target(one, one.title, one.when, value, low / stretch, high * stretch, source, grade)
        return
    name, _, item = one.observed.partition("/")
    rows = [row for row in catalog.series(name) if row.item == item]
    if not rows:
        items = {row.item for row in catalog.series(name)}
        raise InputError(f"observed = {one.observed!r}: no such item in series/{name}.csv{nearest(item, items)}")
    for period in one.periods or [str(rows[0].period)]:
        row = next((row for row in rows if str(row.period) == period and known(row)), None)
        if row is None:
            periods = [str(row.period) for row in rows if known(row)]
            raise InputError(f"periods: {one.observed} has no value for {period!r}{nearest(period, periods)}")
        when = one.when or months_of(row)
        window(when, until)
        label = f"{one.title}, {period}" if one.periods else one.title
        yield Target(one, label, when, *band(one, row), row.source, row.grade)


def known(row: "Observation") -> bool:
    """Whether an observation tells a value or a range."""
    return row.value is not None or row.low is not None or row.high is not None


def months_of(row: "Observation") -> str:
    """The months of an observation."""
    if row.start is None or row.end is None:
        raise InputError(f"{row.item}, {row.period}: the months are not in the series; `when` must say them")
    return f"{row.start.isoformat()[:7]}..{row.end.isoformat()[:7]}"


def band(one: Declared, row: "Observation") -> tuple[float, float, float]:
    """What was observed, and the ends of the band, in the model's unit."""
    value = math.nan if row.value is None else one.scale * row.value
    if one.within:
        return value, value / one.within, value * one.within
    if one.margin:
        return value, value - one.margin, value + one.margin
    if row.high is None or (row.low is None and not one.bound):
        raise InputError(f"{row.item}, {row.period}: no range is told in the series")
    if one.bound:
        return math.nan, 0.0, one.scale * row.high
    stretch = one.range or 1.0
    return value, one.scale * (row.low or 0.0) / stretch, one.scale * row.high * stretch


def fact(one: Declared) -> tuple[tuple[str, ...], str]:
    """Source and grade of a stylised fact."""
    facts = {row.id: row for row in catalog.stylised_facts()}
    if one.fact not in facts:
        raise InputError(f"fact = {one.fact!r}: no such stylised fact{nearest(one.fact, facts)}")
    return facts[one.fact].source, facts[one.fact].grade
