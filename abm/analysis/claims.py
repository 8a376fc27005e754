"""Claims of the public debate, each with a rule that was written before it is run, over futures.

A future is a draw of parameters (from an ensemble, and of what it does not hold over declared ranges) with a seed of
its own; its runs differ in law alone. A claim holds in a future where all of its tests do. It is supported where it
holds in enough of them, contradicted where in few, and else depends: on the inputs that account for most of the margin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, Strict, model_validator

from abm.analysis import decide, pages
from abm.analysis.border import Border, Flip
from abm.analysis.calibrate import latin_hypercube, ranges_of, scaled
from abm.analysis.cases import window
from abm.analysis.targets import Quantity
from abm.ensembles import NONE, USUAL
from abm.foundation import dates
from abm.foundation.errors import InputError, raise_all
from abm.foundation.parameters import declarations
from abm.results import draws, headlines, wording
from abm.sweeps.design import check_keep, load_regimes
from abm.sweeps.plan import Case, Plan, scenario_of
from abm.sweeps.spec import Composed, Names, Settings, Spec, SpecTable, read_as
from abm.sweeps.work import Terms, version

if TYPE_CHECKING:
    from abm.results.ensemble import Ensemble

Floats = NDArray[np.float64]

SHOWN = 3
"""Inputs named as those on which a claim depends."""


class Side(SpecTable):
    """A regime with settings, by a name of its own."""

    regime: str
    set: Settings = Field(default_factory=dict)


class Test(Quantity):
    """What a claim asks of a future: a number on one side, less or over one on another, at least or at most so much.

    say   the test in words, after "that"
    """

    say: str
    less: Quantity | None = None
    over: Quantity | None = None
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def one_bound(self) -> "Test":
        """Exactly one bound, and one other side at most."""
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("one of `at_least` and `at_most` is wanted")
        if self.less and self.over:
            raise ValueError("`less` or `over` is wanted, not both")
        return self

    def renamed(self, names: Mapping[str, str]) -> Self:
        """The same test of other columns, on both sides."""
        sides = {"less": self.less and self.less.renamed(names), "over": self.over and self.over.renamed(names)}
        return super().renamed(names).model_copy(update=sides)

    def margin(self, runs: "Ensemble", until: str) -> Floats:
        """By how much each future passes, in the unit of the number; negative where it fails."""
        values = self.of(runs, until)
        other = self.less or self.over
        if other:
            base = other.of(runs, until, self.when)
            values = values - base if self.less else values / np.where(base, base, np.nan)
        if self.at_least is not None:
            return np.asarray(values - self.at_least)
        return np.asarray((self.at_most or 0.0) - values)


class Claim(SpecTable):
    """A claim as its file states it.

    statement     what is claimed
    futures       how many
    ensemble      whose draws of parameters they take; "none" for the defaults
    axes          the inputs on which the answer may turn: those that the ensemble holds are drawn with it, the others
                  over their declared ranges
    map           the two axes over which the claim's border is drawn
    border        a design of its own for that border, over whole ranges, where what the past leaves shows none
    supported     share of futures from which on it is supported; contradicted: up to which it is not
    """

    name: str
    title: str
    statement: str
    futures: int = Field(ge=30)
    until: str
    ensemble: str = USUAL
    axes: Annotated[Names, Field(min_length=2)]
    map: Names = ()
    border: Border | None = None
    supported: float = Field(0.8, gt=0.5, le=1)
    contradicted: float = Field(0.2, ge=0, lt=0.5)
    compose: dict[str, Composed] = Field(default_factory=dict)
    side: dict[str, Side] = Field(min_length=1)
    test: Annotated[tuple[Test, ...], Strict(False), Field(min_length=1)]

    @property
    def beside(self) -> tuple[Test, ...]:
        """The tests of what is told beside, as in `headlines.BESIDE`: they do not enter the verdict."""
        return tuple(one.renamed(headlines.BESIDE) for one in self.test if set(one.metric) & set(headlines.BESIDE))

    @property
    def keep(self) -> tuple[str, ...]:
        """The columns that the tests need, and those told beside."""
        parts = [part for one in (*self.test, *self.beside) for part in (one, one.less, one.over) if part is not None]
        return tuple(dict.fromkeys(name for part in parts for name in part.columns))


@dataclass(frozen=True)
class Verdict:
    """What the futures say of a claim.

    inputs    a row a future, the axes
    margins   by test, a future each, in the test's unit; beside: the same of what is told beside some
    flip      the border over whole ranges, where the claim asks for one
    """

    claim: Claim
    inputs: pd.DataFrame
    margins: Mapping[str, Floats]
    beside: Mapping[str, Floats]
    key: str
    flip: Flip | None = None

    @cached_property
    def margin(self) -> Floats:
        """The least margin of a future over the tests, as `least` measures it."""
        return least(self.margins)

    @property
    def holds(self) -> NDArray[np.bool_]:
        """Whether the claim holds, by future; what is undefined does not."""
        return np.asarray(np.all([values >= 0 for values in self.margins.values()], axis=0))

    @property
    def share(self) -> float:
        """Share of futures in which it holds."""
        return float(self.holds.mean())

    @property
    def word(self) -> str:
        """supported, contradicted or depends."""
        if self.share >= self.claim.supported:
            return "supported"
        return "contradicted" if self.share <= self.claim.contradicted else "depends"

    @cached_property
    def ranked(self) -> tuple[pd.DataFrame, float]:
        """The axes by the share of the margin's variance that each accounts for, and what chance gives."""
        return decide.shares(self.inputs, self.margin)

    @property
    def decisive(self) -> dict[str, float]:
        """The first axes whose share is clear of chance, with it."""
        table, luck = self.ranked
        return {str(name): share for name, share in table["share"].head(SHOWN).items() if share > luck}

    def by_third(self, name: str) -> tuple[float, float]:
        """Share of futures in which it holds, in the lowest and in the highest third of an axis."""
        groups = decide.thirds(self.inputs[name])
        return float(self.holds[groups == 0].mean()), float(self.holds[groups == groups.max()].mean())

    @cached_property
    def line(self) -> Flip:
        """The border that is drawn: over whole ranges, or over what the futures draw, on the plane the claim names."""
        if self.flip is not None:
            return self.flip
        return Flip(self.inputs, self.margin, ranges_of(self.claim.axes), self.claim.map)

    def draw(self, path: Path) -> None:
        """Draw the plane of two axes with the futures and the border, and write the figure."""
        from abm.figures import claim, theme

        line = self.line
        over = f"{len(line.margin)} points over whole ranges" if self.flip is not None else "the futures"
        note = (
            f"Shades: a Gaussian process fitted to {over}, other inputs at their defaults; it puts {line.right:.0%} of"
            f" those it has not seen on the right side. Points: {len(self.holds)} futures, each with its own chance and"
            f" values of {len(self.claim.axes)} inputs. Set {self.key}."
        )
        title = f"{self.word.capitalize()} ({self.share:.0%} of futures): {wording.within(self.claim.title)}"
        names = list(line.plane)
        inputs = self.inputs.reindex(columns=names).fillna({one: declarations()[one].default for one in names})
        labels = (f"{wording.factor(names[0])} ({names[0]})", f"{wording.factor(names[1])} ({names[1]})")
        theme.save(claim.claim(inputs, self.holds, line.map(), labels, title, self.claim.statement, note), path)

    def lines(self) -> list[str]:
        """The verdict, what it rests on, and on what it turns, as lines of text."""
        spread = 1.96 * np.sqrt(self.share * (1 - self.share) / len(self.holds))
        found = [
            f"{self.claim.title}: {self.word}",
            f"holds in {self.share:.0%} (± {spread:.0%}) of {len(self.holds)} futures; supported from"
            f" {self.claim.supported:.0%}, contradicted up to {self.claim.contradicted:.0%}",
        ]
        for one, values in self.margins.items():
            other = self.beside.get(one)
            own = "" if other is None else f" ({(other >= 0).mean():.0%} if imitation is left out)"
            found.append(f"  {(values >= 0).mean():.0%}: that {one}{own}")
        for name, share in self.decisive.items():
            low, high = self.by_third(name)
            found.append(
                f"  turns on {name} ({share:.0%} of the margin's variance): holds in {low:.0%} of its lowest third,"
                f" {high:.0%} of its highest"
            )
        return found + self.beyond()

    def beyond(self) -> list[str]:
        """Where the border lies, as lines of text; none where the claim asks for none."""
        if self.flip is None:
            return []
        ends = ", ".join(f"{name} {low:g} to {high:g}" for name, (low, high) in self.flip.ranges.items())
        found = [
            f"  beyond what the past leaves: holds at {self.flip.share:.0%} of {len(self.flip.margin)} points over"
            f" {ends}, all else at the defaults; flips over {' and '.join(self.flip.plane)}",
        ]
        if self.claim.ensemble != NONE:
            share = self.flip.within(draws.read(self.claim.ensemble))
            found.append(
                f"  of the ensemble {self.claim.ensemble} {share:.0%} (by weight) lies on the side of that line where"
                f" it holds, {1 - share:.0%} on the other"
            )
        return found


def least(margins: Mapping[str, Floats], inner: bool = False) -> Floats:
    """The least margin over tests, each in its standard deviations; what is undefined fails by one.

    inner   in the width of its inner four fifths instead, one at most either way: over whole ranges a few points are
            so far off that they would hide where the sign changes
    """
    parts = []
    for values in margins.values():
        width = np.subtract(*np.nanquantile(values, (0.9, 0.1))) if inner else np.nanstd(values)
        part = values / (width or 1.0)
        parts.append(np.clip(part, -1, 1) if inner else part)
    return np.asarray(np.nan_to_num(np.min(parts, axis=0), nan=-1.0))


def read(path: Path) -> tuple[Claim, dict[str, Any]]:
    """A claim and the regimes of its sides; InputError lists all that is wrong with the file."""
    claim = read_as(Claim, path)
    wrong: list[str] = []
    names = tuple(dict.fromkeys(one.regime for one in claim.side.values()))
    asked = {"regimes": names, "seeds": 1, "keep": claim.keep, "compose": claim.compose, "until": claim.until}
    spec = Spec.model_validate(asked | {"name": "claim"})
    loaded = load_regimes(spec, path, wrong)
    check_keep(spec, wrong)
    wrong += _faults(claim)
    raise_all(wrong, heading=f"{path}:")
    regimes = dict(zip(names, loaded.values(), strict=True))
    for name, side in claim.side.items():
        try:
            scenario_of(regimes[side.regime], 0, claim.until, {"set": side.set, "agents": {}}, {})
        except InputError as fault:
            wrong.append(f"side.{name}: {fault}")
    raise_all(wrong, heading=f"{path}:")
    return claim, regimes


def _faults(claim: Claim) -> list[str]:
    """What is wrong with a claim's sides, axes and months."""
    found, known = [], declarations()
    for one in claim.test:
        for part in (one, one.less, one.over):
            if part is None:
                continue
            if part.regime not in claim.side:
                found.append(f"test {one.say!r}: regime = {part.regime!r} is no side; one of {', '.join(claim.side)}")
            try:
                window(part.when or one.when, claim.until)
            except InputError as fault:
                found.append(f"test {one.say!r}: {fault}")
    for name in (*claim.axes, *claim.map):
        if name not in known or known[name].range is None or known[name].kind == "choice":
            found.append(f"axes: {name}: no number with a declared range")
    found += claim.border.faults() if claim.border else []
    if claim.map and (len(claim.map) != 2 or not set(claim.map) <= set(claim.axes)):
        found.append("map: two of the axes are wanted")
    return found


def futures_of(claim: Claim) -> pd.DataFrame:
    """The parameters of the futures, a row each: the ensemble's draw for its number, and the other axes."""
    numbers = range(claim.futures)
    taken = draws.drawn(claim.ensemble, numbers)
    drawn = pd.DataFrame([dict(taken.of(seed)) for seed in numbers])
    own = [name for name in claim.axes if name not in drawn]
    return (
        pd.concat([scaled(latin_hypercube(claim.futures, len(own)), ranges_of(own)), drawn], axis=1) if own else drawn
    )


def plan_of(claim: Claim, regimes: Mapping[str, Any], futures: pd.DataFrame) -> Plan:
    """The runs of a claim: each future on every side."""
    cases: list[Case] = []
    for seed, row in enumerate(futures.to_dict("records")):
        point = {str(name): value for name, value in row.items()}
        for name, side in claim.side.items():
            factors = point | side.set
            key = scenario_of(regimes[side.regime], seed, claim.until, {"set": {}, "agents": {}}, factors).key
            cases.append(Case(len(cases), key, name, seed, factors))
    terms = Terms(claim.keep, claim.until, dates.end_month(claim.until) - dates.REPORT_FROM)
    tables = {name: regimes[side.regime].to_dict() for name, side in claim.side.items()}
    return Plan(claim.name, cases, terms, version(), {"regimes": tables, "set": {}, "agents": {}})


def judge(path: Path, out: Path, workers: int | None = None, serial: bool = False, progress: bool = True) -> Verdict:
    """Run a claim's futures, or what is missing of them, and apply its rule; Unfinished when runs failed."""
    from abm.sweeps.errors import Unfinished
    from abm.sweeps.scheduler import carry_out

    claim, regimes = read(path)

    def runs_of(points: pd.DataFrame, folder: Path) -> "Ensemble":
        with carry_out(plan_of(claim, regimes, points), folder, workers, serial=serial, progress=progress) as store:
            if failed := store.failures():
                raise Unfinished(f"{len(failed)} runs failed; the first, seed {failed[0].seed}, with {failed[0].error}")
            return store.ensemble()

    futures, found = futures_of(claim), None
    if claim.border:
        points = claim.border.design()
        margin = least(margins_of(claim.test, runs_of(points, out / "border"), claim.until), inner=True)
        found = Flip(points, margin, claim.border.ranges)
    return verdict_of(claim, futures, runs_of(futures, out), found)


def verdict_of(claim: Claim, futures: pd.DataFrame, runs: "Ensemble", flip: Flip | None = None) -> Verdict:
    """The claim's rule applied to runs."""
    margins, beside = (margins_of(tests, runs, claim.until) for tests in (claim.test, claim.beside))
    return Verdict(claim, futures[list(claim.axes)], margins, beside, runs.key, flip)


def margins_of(tests: Sequence[Test], runs: "Ensemble", until: str) -> dict[str, Floats]:
    """By how much each run passes each test."""
    return {one.say: one.margin(runs, until) for one in tests}


def page(verdicts: Sequence[Verdict], figures: Mapping[str, str]) -> str:
    """The verdicts as a Markdown page; figures: paths of maps by the claim's name."""
    rows = []
    for one in verdicts:
        first = [f"`{name}` {share:.0%}" for name, share in one.decisive.items()]
        rows.append([one.claim.title, f"**{one.word}**", f"{one.share:.0%}", ", ".join(first) or "chance"])
    blocks = [
        "# Claims",
        "Made by `abm claims --write docs/claims.md` from `experiments/claims/`. Each file holds a claim of the public"
        " debate and the rule that judges it, written before it was run. A future draws what the ensemble holds from it"
        " and the other axes over their declared ranges, has its own chance, and is run under each law; a claim holds"
        " in it where all tests do. In brackets stands the same test of the gap that China's own runs and efficiency"
        " leave, which does not enter the verdict. Maps: futures on the plane of the two inputs named, with the border"
        " at which the claim flips. Where nearly all or no futures lie on one side of it, it is looked for over whole"
        " ranges of a few inputs, far beyond what the past leaves of them.",
        pages.table("Claim | Verdict | holds in | turns on", rows),
    ]
    for one in verdicts:
        blocks += [f"## {one.claim.title}", f"> {one.claim.statement}", *told(one)]
        if one.claim.name in figures:
            blocks.append(f"![Where the claim holds]({figures[one.claim.name]})")
    return pages.page(blocks)


def told(one: Verdict) -> list[str]:
    """A claim's rule and what the futures gave, for a page."""
    _, shares, *rest = one.lines()
    sides = "; ".join(
        f"*{name}*: {', '.join([f'`{side.regime}`', *(f'`{key} = {value}`' for key, value in side.set.items())])}"
        for name, side in one.claim.side.items()
    )
    axes = ", ".join(f"`{name}`" for name in one.claim.axes)
    rest_of_it = f"; ensemble `{one.claim.ensemble}`" if one.claim.ensemble != NONE else ""
    tests = "\n".join(f"- {line.strip()}" for line in rest)
    rule = f"Sides: {sides}. Axes: {axes}{rest_of_it}."
    return [f"**{one.word.capitalize()}**: {shares}.", rule, tests, f"Set {one.key}."]
