"""What a sweep gave at its horizon: each outcome by run, as a regime's level or the difference between two regimes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.results import wording
from abm.results.comparison import Comparison
from abm.runs.metrics import METRICS, PER_CENT, Metric
from abm.sweeps.design import beside, design
from abm.sweeps.errors import Unfinished
from abm.sweeps.scheduler import carry_out
from abm.sweeps.spec import Spec

if TYPE_CHECKING:
    from abm.results.ensemble import Ensemble

Floats = NDArray[np.float64]

YEAR = 12


@dataclass(frozen=True)
class Swept:
    """The runs of a sweep, and the seconds they took, added over processes."""

    spec: Spec
    runs: "Ensemble"
    seconds: float

    @property
    def cost(self) -> str:
        """How many runs, how long, and their key, in words."""
        size = wording.count(len(self.runs), "run")
        return f"{size}, {self.seconds / 60:,.1f} minutes of workers' time in all; key {self.runs.key}."

    @property
    def title(self) -> str:
        """What page and figures are called."""
        return self.spec.title or wording.say(self.spec.name)


@dataclass(frozen=True)
class Outcome:
    """An outcome by run: of a regime, less that of a base where there is one.

    rows    a row a point and seed: the inputs by name, `seed` and `value`
    months  months that were summed; 1 where they were not
    """

    column: str
    regime: str
    base: str
    rows: pd.DataFrame
    months: int

    @property
    def of(self) -> str:
        """Whose outcome it is, in words."""
        return said(self.regime, self.base)

    def scale(self, largest: float) -> wording.Scale:
        """The human unit for amounts as large as that; differences of shares are percentage points."""
        unit = unit_over(METRICS[wording.split(self.column)[0]], self.months)
        made = wording.scale(self.column, unit, largest)
        return replace(made, label="percentage points") if self.base and made.label == PER_CENT else made

    @property
    def title(self) -> str:
        """The outcome in words."""
        return wording.title(self.column)


def said(regime: str, base: str = "") -> str:
    """A regime, or a difference between two, in words."""
    return f"{wording.say(regime)} less {wording.inline(base)}" if base else wording.say(regime)


def column_of(name: str) -> str:
    """The column of an outcome: of a metric with keys the sum of all."""
    return f"{name}[*]" if "[" not in name and METRICS[name].keys else name


def columns_of(spec: Spec) -> list[str]:
    """The outcomes of a sweep: what it keeps."""
    return [column_of(name) for name in spec.keep]


def read_off(values: Floats, how: str) -> Floats:
    """A number a run from its months, (runs, months) -> (runs,); mean and max pass over undefined months."""
    if how == "end":
        return values[:, -1]
    if how == "sum":
        return values.sum(axis=1)
    known = [row[np.isfinite(row)] for row in values]
    return np.array([(row.max() if how == "max" else row.mean()) if len(row) else np.nan for row in known])


def unit_over(metric: Metric, months: int) -> str:
    """The unit of a metric that was summed over so many months."""
    if months == 1:
        return metric.unit
    return metric.unit.removesuffix("/month") + ("/year" if months == YEAR else "")


def outcomes(swept: Swept) -> Iterator[Outcome]:
    """Of two regimes the differences, second less first, then the levels of the first; of one regime its levels."""
    first, *others = swept.runs.regimes
    for regime, base in [*((other, first) for other in others), (first, "")]:
        for column in columns_of(swept.spec):
            yield outcome(swept.runs, column, regime, base)


def outcome(runs: "Ensemble", column: str, regime: str, base: str = "") -> Outcome:
    """An outcome at the horizon: flows summed over the last twelve months, shares and gaps their mean."""
    how = METRICS[wording.split(column)[0]].headline
    last = runs[column].values[:, -YEAR:]
    values, about = read_off(last, how), runs.runs
    if base:
        rows, bases = Comparison(runs.where(regime=[regime, base]), base).pairs
        held = np.flatnonzero(about["regime"].isin([regime, base]))
        rows, bases = held[rows], held[bases]
        values = values[rows] - values[bases]
    else:
        rows = np.flatnonzero(about["regime"] == regime)
        values = values[rows]
    table = about.iloc[rows][["seed", *runs.factors]].reset_index(drop=True).assign(value=values)
    return Outcome(column, regime, base, table, last.shape[1] if how == "sum" else 1)


def swept(spec: Spec | Path, out: Path, serial: bool = False, restart: bool = False, progress: bool = True) -> Swept:
    """Run a sweep, or what is missing of it; Unfinished where runs failed."""
    plan = design(spec)
    with carry_out(plan, out, plan.spec.workers, serial=serial, restart=restart, progress=progress) as store:
        if failures := store.failures():
            raise Unfinished(f"{len(failures)} of {len(plan)} runs failed; `abm status {out}` shows more")
        return Swept(plan.spec, store.ensemble(), sum(part.label.seconds for part in store.parts()))


def placed(spec: Spec, path: Path | None) -> Spec:
    """A specification whose files are found wherever it is read from."""

    def found(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(beside(name, path) for name in names)

    composed = {
        name: one.model_copy(update={"base": beside(one.base, path), "add": found(one.add)})
        for name, one in spec.compose.items()
    }
    return spec.model_copy(update={"regimes": found(spec.regimes), "compose": composed})


def unit(scale: wording.Scale) -> str:
    """A unit after a number or a name; none of an index or a count."""
    return "" if scale.label in ("index", "count") else scale.label
