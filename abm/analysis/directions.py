"""Which way things move: pairs of runs that differ in one thing, held against the direction that is expected.

A run that several cases ask for is done once.
"""

import math
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.analysis import pages
from abm.analysis.cases import Case, Cases, Expected, read, window
from abm.analysis.outcomes import read_off, unit_over
from abm.foundation import dates
from abm.foundation.errors import nearest, raise_all
from abm.law.regime import Regime
from abm.results import wording
from abm.runs.metrics import METRICS, PER_CENT, Metric
from abm.sweeps.errors import Unfinished
from abm.sweeps.plan import Case as Run
from abm.sweeps.plan import Plan
from abm.sweeps.scheduler import carry_out
from abm.sweeps.spec import Value
from abm.sweeps.work import Terms, version

if TYPE_CHECKING:
    from abm.results.ensemble import Ensemble

Floats = NDArray[np.float64]
SIDE = {"+": 1, "-": -1, "0": 0, "<=0": -1, ">=0": 1}
"""Sign of the difference that an expectation is about."""
WEAK = ("<=0", ">=0")
"""Expectations that no difference meets too."""
NOISE = 2.0
"""Standard errors of its mean over seeds that a difference must exceed to count."""
TRIFLE = 0.01
"""Part of a step below which a difference is nothing, on whichever side it stands."""
RIGHT, NO_EFFECT, BELOW_STEP = "right", "no effect", "opposite sign below the step"
MET = (RIGHT, f"{RIGHT}, {NO_EFFECT}")
"""Verdicts on expectations that are met."""


def sign_of(metric: Metric, base: float, differences: Floats, months: int = 1) -> int:
    """Sign of the mean difference: 0 unless it is worth a word and stands clear of chance.

    base, differences, months   as in Found
    """
    known = differences[np.isfinite(differences)]
    return clear(known) if len(known) and metric.material(known.mean() / months, base / months) else 0


def clear(differences: Floats) -> int:
    """Sign of the mean of differences by seed, (seeds,): 0 unless it stands clear of chance."""
    mean, error = differences.mean(), 0.0
    if len(differences) > 1:
        error = differences.std(ddof=1) / math.sqrt(len(differences))
    return int(np.sign(mean)) if abs(mean) > NOISE * error else 0


@dataclass(frozen=True)
class Found:
    """What a pair of runs gave for one outcome.

    base         mean of the base run over seeds
    differences  changed less base, by seed
    months       months that were summed; 1 where they were not
    seeds        seeds that the file of cases asks for; 0 where there is none
    """

    case: Case
    expected: Expected
    base: float
    differences: Floats
    months: int = 1
    seeds: int = 0

    @property
    def metric(self) -> Metric:
        """The metric, with the step that counts here."""
        metric = METRICS[wording.split(self.expected.metric)[0]]
        return metric if self.expected.least is None else replace(metric, step=self.expected.least)

    @property
    def mean(self) -> float:
        """Mean difference; undefined where it is for every seed."""
        known = self.differences[np.isfinite(self.differences)]
        return float(known.mean()) if len(known) else math.nan

    @property
    def spread(self) -> float:
        """Standard deviation of the differences over seeds."""
        known = self.differences[np.isfinite(self.differences)]
        return float(known.std(ddof=1)) if len(known) > 1 else 0.0

    @property
    def sign(self) -> int:
        """Sign of the difference: 0 unless it is worth a word and stands clear of chance."""
        return sign_of(self.metric, self.base, self.differences, self.months)

    @property
    def slight(self) -> int:
        """Sign of the difference where it stands clear of chance and is no trifle, worth a word or not."""
        known = self.differences[np.isfinite(self.differences)]
        least = TRIFLE * self.metric.least(self.base / self.months)
        return clear(known) if len(known) and abs(self.mean) / self.months >= least else 0

    @property
    def standing(self) -> str:
        """right, no effect, an effect, opposite sign, opposite sign below the step, or undefined."""
        side = SIDE[self.expected.sign]
        if math.isnan(self.mean):
            return "undefined"
        if self.sign == side:
            return RIGHT
        if self.sign:
            return "opposite sign" if side else "an effect"
        return BELOW_STEP if self.slight == -side else NO_EFFECT

    @property
    def verdict(self) -> str:
        """right; right, no effect; or explained or wrong with how the difference stands to what is expected."""
        if self.standing == RIGHT:
            return RIGHT
        if self.standing == NO_EFFECT and self.expected.sign in WEAK:
            return f"{RIGHT}, {NO_EFFECT}"
        return f"{'explained' if self.expected.explained else 'wrong'}, {self.standing}"

    @property
    def explained(self) -> bool:
        """Whether the outcome differs from what is expected, and the case says why."""
        return self.verdict not in MET and bool(self.expected.explained)

    @property
    def stale(self) -> bool:
        """Whether what is explained is as expected after all, over as many seeds as the file asks for."""
        return self.verdict in MET and bool(self.expected.explained) and len(self.differences) == self.seeds


def choose(cases: Cases, only: Sequence[str]) -> tuple[Case, ...]:
    """Cases of some names or groups, all without any; InputError naming what is neither."""
    names = {case.name for case in cases.case} | {case.group for case in cases.case}
    raise_all([f"--only {one!r}: no case and no group{nearest(one, names)}" for one in only if one not in names])
    return tuple(case for case in cases.case if not only or case.name in only or case.group in only)


def judge(
    path: Path,
    seeds: int | None = None,
    only: Sequence[str] = (),
    workers: int | None = None,
    serial: bool = False,
    progress: bool = False,
) -> list[Found]:
    """Run the cases of a file, or some of them, and read off what is expected; Unfinished when runs failed."""
    cases, regimes = read(path)
    chosen = choose(cases, only)
    plan = plan_of(chosen, regimes, range(seeds or cases.seeds), cases.until)
    with tempfile.TemporaryDirectory() as folder:
        with carry_out(plan, Path(folder), workers, serial=serial, progress=progress) as store:
            if failed := store.failures():
                case, fault = plan.cases[failed[0].run], failed[0].error
                raise Unfinished(f"{len(failed)} runs failed; {case.regime}, seed {case.seed}, with {fault}")
            runs = store.ensemble()
    results = (found(runs, case, one, cases.until) for case in chosen for one in case.expect)
    return [replace(one, seeds=cases.seeds) for one in results]


def plan_of(chosen: Sequence[Case], regimes: Mapping[str, Regime], seeds: Iterable[int], until: str) -> Plan:
    """The runs that cases ask for, each once; those with the same parameters are neighbours, and share their past."""
    wanted = dict.fromkeys(side for case in chosen for side in case.sides)
    sides = sorted(wanted, key=lambda side: str([one for one in side.sets if not one[0].startswith("law.")]))
    pairs = [(seed, side) for seed in seeds for side in sides]
    runs = [
        Run(run, side.scenario(regimes, seed, until).key, side.label, seed, dict(side.sets))
        for run, (seed, side) in enumerate(pairs)
    ]
    keep = dict.fromkeys(wording.split(one.metric)[0] for case in chosen for one in case.expect)
    terms = Terms(tuple(keep), until, dates.end_month(until) - dates.REPORT_FROM)
    tables = {side.label: regimes[side.regime].to_dict() for side in sides}
    return Plan("directions", runs, terms, version(), {"regimes": tables, "set": {}, "agents": {}})


def found(runs: "Ensemble", case: Case, expected: Expected, until: str) -> Found:
    """What the runs say of one outcome of a case; those of its two sides are in the order of their seeds."""
    how = expected.how or METRICS[wording.split(expected.metric)[0]].headline
    span = window(expected.when, until)
    parts = (runs.where(regime=side.label)[expected.metric] for side in case.sides)
    base, changed = (read_off(part.values[:, span], how) for part in parts)
    level = float(read_off(base[None, :], "mean")[0])
    return Found(case, expected, level, changed - base, span.stop - span.start if how == "sum" else 1)


def page(results: Sequence[Found]) -> str:
    """The results as a Markdown page."""
    counts = {word: sum(one.verdict == word for one in results) for word in dict.fromkeys(r.verdict for r in results)}
    tally = "; ".join(f"{count} {word}" for word, count in sorted(counts.items(), key=lambda item: -item[1]))
    pairs = len({one.case.name for one in results})
    blocks = [
        "# Which way things move",
        "Made by `abm directions --write docs/directions.md` from the cases in"
        " [`experiments/directions.toml`](../experiments/directions.toml). A case is two runs that differ in one thing;"
        f" the difference is the mean over {wording.count(len(results[0].differences), 'seed')}, paired by seed, with"
        " its standard deviation between seeds. A sign counts where the mean is at least the step of the metric, or the"
        f" case's own, and exceeds {NOISE:g} standard errors. Inputs stand at their defaults otherwise.",
        f"*{MET[1]}*: ≤ 0 or ≥ 0 is expected, and no sign counts. *{BELOW_STEP}*: no sign counts, but the mean exceeds"
        f" {NOISE:g} standard errors on the side that is not expected. What is *explained* is not as expected; under"
        " its table stands why.",
        f"**{wording.count(pairs, 'case')}, {wording.count(len(results), 'outcome')}: {tally}.**",
    ]
    for group in dict.fromkeys(one.case.group for one in results):
        blocks += [f"## {group}", *section([one for one in results if one.case.group == group])]
    return pages.page(blocks)


def section(results: Sequence[Found]) -> list[str]:
    """A table of outcomes, and under it the explanations of those that need one."""
    rows, said = [], set[str]()
    for one in results:
        case = "" if one.case.name in said else f"**{one.case.name}**: {pair(one.case)}"
        said.add(one.case.name)
        rows.append([case, outcome(one), *numbers(one), reason(one), one.verdict])
    notes = [f"- *{one.case.name}, {outcome(one)}*: {one.expected.explained}" for one in results if one.explained]
    table = pages.table("Case | Outcome | Base | Difference | Expected | Verdict", rows)
    return [table, "\n".join(notes)] if notes else [table]


def pair(case: Case) -> str:
    """The two runs of a case in words."""
    base, _ = case.sides
    own = dict(case.both)
    change = [f"`{case.changed}`"] * bool(case.changed and case.changed != case.base) + settings(case.set)
    words = f"{', '.join(change) or 'as it stands'} against {', '.join([f'`{base.regime}`', *settings(case.base_set)])}"
    return words + (f", both with {', '.join(settings(own))}" if own else "")


def settings(sets: Mapping[str, Value]) -> list[str]:
    """Settings as code."""
    return [f"`{name}={str(value).lower() if isinstance(value, bool) else value}`" for name, value in sets.items()]


def outcome(one: Found) -> str:
    """The outcome and its months in words."""
    how = one.expected.how
    words = {"max": "highest", "mean": "mean", "end": "end"}.get(how or "", "")
    when = one.expected.when.replace("..", " to ")
    return ", ".join(filter(None, [wording.title(one.expected.metric), " ".join(filter(None, [words, when]))]))


def reason(one: Found) -> str:
    """The expected sign, the step where it is the case's own, and why."""
    sign = {"-": "−", "<=0": "≤ 0", ">=0": "≥ 0"}.get(one.expected.sign, one.expected.sign)
    least = one.expected.least
    if isinstance(least, str):
        sign += f", step {least.removesuffix('%')} %"
    elif least is not None:
        unit = METRICS[one.metric.name].unit
        sign += f", step {least:g} {unit}{'s' * (unit == 'month')}"
    return f"{sign} ({one.expected.why})"


def numbers(one: Found) -> tuple[str, str]:
    """The base's level, and the difference with its spread: in per cent of an amount, else in its unit."""
    declared = METRICS[one.metric.name]
    unit = unit_over(declared, one.months)
    sizes = [abs(value) for value in (one.base, one.mean) if math.isfinite(value)]
    scale = wording.scale(one.expected.metric, unit, max(sizes, default=0.0))
    label = "" if unit.startswith("1") and scale.label != PER_CENT else f" {scale.label}"
    level = f"{wording.number(scale.of(one.base))}{label}"
    amount = isinstance(declared.step, str) or not unit.startswith(("1", "month", "log10"))
    if amount and 0 < abs(one.mean) < 10 * one.base:
        return level, f"{spread(100 * one.mean / one.base, 100 * one.spread / one.base)} %"
    return level, f"{spread(scale.of(one.mean), scale.of(one.spread))}{label.replace(PER_CENT, 'points')}"


def spread(mean: float, deviation: float) -> str:
    """A signed mean and its standard deviation."""
    shown = min(wording.places(mean, 2), 4)
    return f"{wording.number(mean, True, shown)} ± {wording.number(deviation, decimals=shown)}"


def failing(results: Iterable[Found]) -> list[str]:
    """A line for each outcome that is neither as expected nor explained, or whose explanation is out of date."""
    return [
        f"{one.case.name}, {outcome(one)}: {numbers(one)[1]}, expected {one.expected.sign}: {one.verdict}"
        + ", though explained" * one.stale
        for one in results
        if one.stale or (one.verdict not in MET and not one.explained)
    ]
