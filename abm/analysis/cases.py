"""Cases of `abm directions` as a file declares them: pairs of runs that differ in one thing, and what is expected."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, Strict

from abm.foundation import dates
from abm.foundation.errors import InputError, nearest, raise_all
from abm.law.regime import Regime
from abm.results import wording
from abm.runs.metrics import METRICS
from abm.runs.scenario import Scenario
from abm.sweeps.design import load_regimes, without_effect
from abm.sweeps.spec import Composed, Settings, Spec, SpecTable, Value, doubled, read_as

How = Literal["end", "sum", "mean", "max"]
Sign = Literal["+", "-", "0", "<=0", ">=0"]


class Expected(SpecTable):
    """What is expected of one outcome of a pair of runs.

    metric     "metric", "metric[key]", or the sum "metric[*]"
    sign       of changed less base; <=0 and >=0 are also met by no effect
    why        in a sentence, with its source where there is one
    when       year, month, or months "2023-11..2024-04"; by default the last twelve months
    how        how months become a number; by default as the metric's headline is read
    least      smallest difference that counts, in the metric's unit or "2%"; by default its step
    explained  why the result differs, where it does and stands; out of date where it is as expected after all
    """

    metric: str
    sign: Sign
    why: str
    when: str = ""
    how: How | None = None
    least: float | str | None = None
    explained: str = ""


class Case(SpecTable):
    """Two runs and what is expected of their difference.

    base, changed        regimes; without `changed` the two differ in settings alone
    both, base_set, set  settings of both runs, of the base, and of the changed run
    """

    group: str
    name: str
    base: str = "hold_firm"
    changed: str = ""
    both: Settings = Field(default_factory=dict)
    base_set: Settings = Field(default_factory=dict)
    set: Settings = Field(default_factory=dict)
    expect: Annotated[tuple[Expected, ...], Strict(False), Field(min_length=1)]

    @property
    def sides(self) -> "tuple[Side, Side]":
        """The base and the changed run."""
        base = Side(self.base, tuple((self.both | self.base_set).items()))
        return base, Side(self.changed or self.base, tuple((self.both | self.set).items()))


class Cases(SpecTable):
    """A file of cases: seeds, last month, regimes made of others as in a sweep, and the cases."""

    seeds: int = Field(3, ge=1)
    until: str = dates.DEFAULT_UNTIL
    compose: dict[str, Composed] = Field(default_factory=dict)
    case: Annotated[tuple[Case, ...], Strict(False), Field(min_length=1)]


@dataclass(frozen=True)
class Side:
    """A regime with settings."""

    regime: str
    sets: tuple[tuple[str, Value], ...] = ()

    @property
    def label(self) -> str:
        """Its name among the runs."""
        return ", ".join([self.regime, *(f"{name}={value}" for name, value in self.sets)])

    def scenario(self, regimes: Mapping[str, Regime], seed: int, until: str) -> Scenario:
        """Its scenario for a seed."""
        return Scenario.of(regimes[self.regime], seed=seed, until=until, sets=dict(self.sets))


def read(path: Path) -> tuple[Cases, dict[str, Regime]]:
    """The cases of a file and the regimes they use; InputError lists all that is wrong with it."""
    cases = read_as(Cases, path)
    found: list[str] = []
    names = tuple(dict.fromkeys(side.regime for case in cases.case for side in case.sides))
    made = {"name": "directions", "regimes": names, "seeds": 1, "keep": ("china_compute",), "compose": cases.compose}
    loaded = load_regimes(Spec.model_validate(made), path, found)
    regimes = dict(zip(names, loaded.values(), strict=True)) if not found else {}
    found += [f"case: the name {name!r} is there twice" for name in doubled(case.name for case in cases.case)]
    for case in cases.case:
        wrong = [*wrong_settings(case, regimes, cases.until), *wrong_outcomes(case, cases.until)]
        found += [f"case {case.name!r}: {fault}" for fault in dict.fromkeys(wrong)]
    raise_all(found, heading=f"{path}:")
    return cases, regimes


def wrong_settings(case: Case, regimes: Mapping[str, Regime], until: str) -> Iterator[str]:
    """What is wrong with a case's settings, or that its two runs are one."""
    if case.sides[0] == case.sides[1]:
        yield "base and changed are the same run"
    for side in case.sides if regimes else ():
        try:
            made = side.scenario(regimes, 0, until)
        except InputError as fault:
            yield from (line.strip() for line in str(fault).splitlines())
        else:
            yield from (text for name, value in side.sets for text in without_effect(made, name, value))


def wrong_outcomes(case: Case, until: str) -> Iterator[str]:
    """What is wrong with the outcomes of a case."""
    for one in case.expect:
        metric = wording.split(one.metric)[0]
        if metric not in METRICS:
            yield f"metric = {one.metric!r}: no metric '{metric}'{nearest(metric, METRICS)}"
            continue
        try:
            window(one.when, until)
            if one.least is not None:
                replace(METRICS[metric], step=one.least)
        except ValueError as fault:
            yield str(fault)


def window(when: str, until: str) -> slice:
    """The places of the months that a year, a month or a span of months names, among those reported."""
    last = dates.end_month(until) - dates.REPORT_FROM
    if not when:
        return slice(max(last - 12, 0), last)
    whole_year = len(when) == 4 and when.isdigit()
    first, _, end = (f"{when}-01", "..", f"{when}-12") if whole_year else when.partition("..")
    span = [dates.month_of(dates.parse_day(day, "when")) - dates.REPORT_FROM for day in (first, end or first)]
    if not 0 <= span[0] <= span[1] < last:
        raise InputError(f"when = {when!r}: a year, a month, or 2023-11..2024-04, from 2022-01 to {until}, is wanted")
    return slice(span[0], span[1] + 1)
