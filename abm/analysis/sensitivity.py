"""What outcomes of one regime, or differences between two, are sensitive to: a sweep made for indices, and a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from abm.analysis import pages
from abm.analysis.indices import DUMMY, RANKED, Design, Indices, indices
from abm.analysis.outcomes import Outcome, Swept, outcomes, placed
from abm.foundation.errors import InputError, nearest, raise_all
from abm.results import wording
from abm.results.headlines import columns, printed
from abm.sweeps.sampling import find_dimensions
from abm.sweeps.spec import Sample, Spec, read

if TYPE_CHECKING:
    from abm.figures.theme import Chart

METHODS = {"one_at_a_time": 2, "morris": 10, "sobol": 64}
"""Methods, and values of each input, trajectories or base points where none are asked for."""
TOLD, FIRST = 10, 5
"""Inputs in a table or panel of a page, and on the terminal."""
NAMES = {"one_at_a_time": "one input at a time", "morris": "Morris", "sobol": "Sobol'"}
SIZES = {"one_at_a_time": "values of each input", "morris": "trajectories", "sobol": "base points"}
HEADS: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "one_at_a_time": [("low end", ("low",)), ("high end", ("high",)), ("swing", ("swing",)), ("±", ("interval",))],
    "morris": [("µ*", ("mu_star", "interval")), ("µ", ("mu",)), ("σ", ("sigma",))],
    "sobol": [("first order", ("first", "first_interval")), ("total", ("total", "total_interval"))],
}
"""The columns of a table: headings, and a measure with the half-width of its interval."""
SIGNED = ("low", "high", "mu")
"""Measures that are written with their sign."""


def study(source: Path, method: str | None = None, n: int | None = None, seeds: int | None = None) -> Spec:
    """A specification as a study by one method; InputError where it asks for what a study cannot be made of.

    method  in place of the one in [sample], with as many points as METHODS says
    n       number of points in place of those
    seeds   number of seeds in place of the file's
    """
    spec, _, path = read(source)
    sample, faults = spec.sample, []
    if method is not None and method not in METHODS:
        raise InputError(f"--method {method}{nearest(method, METHODS)}")
    if sample is None:
        faults.append("[sample] is missing: it names the inputs to vary, by parameters or ranges")
    elif method is None and sample.method not in METHODS:
        faults.append(f"[sample] method = {sample.method!r} is no design for indices; --method {'|'.join(METHODS)} is")
    if spec.factorial:
        faults.append(f"[factorial] {', '.join(spec.factorial)}: a study varies inputs in [sample] alone")
    if len(spec.regimes) > 2:
        faults.append(f"regimes: {len(spec.regimes)}; one is wanted, or two whose difference is looked at")
    raise_all(faults, heading=f"{source}:")
    assert sample is not None
    name = spec.name
    if method is not None and method != sample.method:
        sample = sample.model_copy(update={"method": method, "n": METHODS[method]})
        name = f"{name}-{method}"
    update = {"name": name, "sample": sample.model_copy(update={"n": n or sample.n}), "seeds": seeds or spec.seeds}
    return Spec.model_validate(placed(spec, path).model_copy(update=update).model_dump())


def arranged(sample: Sample) -> Design:
    """The design of a sweep's points."""
    return Design(sample, tuple(find_dimensions(sample, [])))


@dataclass(frozen=True)
class Finding:
    """The indices of an outcome, or why there are none."""

    outcome: Outcome
    indices: Indices | None
    why: str = ""

    @property
    def title(self) -> str:
        """The outcome, and whose it is."""
        return f"{self.outcome.title}, {self.outcome.of}"

    @property
    def known(self) -> Indices:
        """The indices of an outcome that has them."""
        assert self.indices is not None
        return self.indices

    @property
    def scale(self) -> wording.Scale:
        """The unit of the measures: none of Sobol' indices, else that of the outcome."""
        if self.known.method == "sobol":
            return wording.Scale(1.0, "share of variance")
        return self.outcome.scale(float(self.known.inputs[RANKED[self.known.method]].max()))

    @property
    def decimals(self) -> int:
        """Digits after the point of all measures."""
        if self.known.method == "sobol":
            return 2
        return wording.places(self.scale.of(float(self.known.inputs[RANKED[self.known.method]].max())))

    def top(self, most: int) -> pd.DataFrame:
        """The measures of the strongest inputs, and of the dummy, in the unit of `scale`."""
        table = self.known.table
        return pd.concat([self.known.inputs.head(most), table.loc[table.index == DUMMY]]) / self.scale.divisor

    def cells(self, row: "pd.Series[Any]") -> list[str]:
        """An input's measures as text, those of HEADS."""
        said = []
        for _, (first, *halves) in HEADS[self.known.method]:
            number = wording.number(float(row[first]), first in SIGNED, self.decimals)
            said.append(
                " ± ".join([number, *(wording.number(float(row[one]), False, self.decimals) for one in halves)])
            )
        return said

    def section(self, most: int = TOLD) -> list[str]:
        """For a page the table, with the measure that ranks from parts of the points, and what chance is."""
        if self.indices is None:
            return [f"No indices: {self.why}."]
        settled = self.indices.convergence / self.scale.divisor
        sizes, measure = list(settled.index)[-2::-1][:2], RANKED[self.indices.method].replace("mu_star", "µ*")
        unit = "" if self.indices.method == "sobol" else f", {self.scale.label}"
        measures = [one for one, _ in HEADS[self.indices.method]]
        heads = " | ".join([f"Input{unit}", *measures, *(f"{measure} from {n}" for n in sizes)])
        rows = []
        for name, row in rows_of(self.top(most)):
            parts = [wording.number(float(settled[name][size]), False, self.decimals) for size in sizes]
            rows.append([named(name), *self.cells(row), *parts])
        single, means = self.indices.chance
        if not np.isfinite(single):
            return [pages.table(heads, rows)]
        of = f"of the variance of single runs over these points, and {percent(means)} of that of means over seeds."
        return [pages.table(heads, rows), f"Chance is {percent(single)} {of}"]


def rows_of(table: pd.DataFrame) -> "Iterator[tuple[str, pd.Series[Any]]]":
    """The rows of a table of measures by input."""
    return ((str(name), row) for name, row in table.iterrows())


def named(name: str) -> str:
    """An input in a page's table."""
    if name == DUMMY:
        return "dummy: no effect, other draws"
    return f"{wording.factor(name)} (`{name}`)" if "." in name else wording.factor(name)


@dataclass(frozen=True)
class Sensitivity:
    """What was found of each outcome."""

    swept: Swept
    design: Design
    found: tuple[Finding, ...]

    @property
    def note(self) -> str:
        """What stands under each figure."""
        return f"{self.size[0].upper()}{self.size[1:]}. Run set {self.swept.runs.key}."

    @property
    def parts(self) -> dict[str, list[Finding]]:
        """The outcomes by whose they are, in words."""
        whose = dict.fromkeys(one.outcome.of for one in self.found)
        return {words: [one for one in self.found if one.outcome.of == words] for words in whose}

    @property
    def size(self) -> str:
        """The design in words."""
        sample, inputs = self.design.sample, len(self.design.dimensions)
        grouped = f" in {len(self.design.names)} groups" if sample.by != "input" else ""
        return (
            f"{NAMES[sample.method]}, {sample.n} {SIZES[sample.method]}, {wording.count(inputs, 'input')}{grouped}, "
            f"{wording.count(len(self.design.points), 'point')}, {seeds_of(self.swept)}"
        )

    @property
    def data(self) -> pd.DataFrame:
        """All measures: a row an outcome and input, in units of the model."""
        return pd.concat([frame(one) for one in self.found if one.indices], ignore_index=True)

    def table(self, width: int | None = None) -> str:
        """The first inputs of each outcome as plain text, for a terminal."""
        shown = []
        for one in self.found:
            if one.indices:
                unit = "" if one.indices.method == "sobol" else f", {one.scale.label}"
                part = columns(f"{one.title}{unit}", *(heading for heading, _ in HEADS[one.indices.method]))
                for name, row in rows_of(one.top(FIRST)):
                    part.add_row(f"  {name}", *one.cells(row))
                if np.isfinite(one.indices.chance[0]):
                    part.add_row("  (chance, of the variance of single runs)", percent(one.indices.chance[0]))
                shown.append(part)
        return printed([self.size, *(f"{one.title}: {one.why}" for one in self.found if one.why)], shown, width)

    def page(self, command: str, figures: Sequence[str]) -> str:
        """The findings as a Markdown page, with a figure for each of `parts` at paths beside it."""
        blocks = [f"# {self.swept.title}", f"Made by `{command}`: {self.size}."]
        blocks.append(f"{WORDS[self.design.method]} {explained(self.swept)}")
        for (whose, found), figure in zip(self.parts.items(), figures, strict=True):
            blocks += [f"## {whose}", f"![{self.swept.title}: {whose}]({figure})"]
            for one in found:
                blocks += [f"### {one.outcome.title}", *one.section()]
        return pages.page([*blocks, self.swept.cost])

    def charts(self) -> "list[Chart]":
        """A figure for each of `parts`."""
        from abm.figures import sensitivity as figures

        made, dummy = [], wording.factor(DUMMY)
        for whose, found in self.parts.items():
            panels = [
                figures.Panel(one.outcome.title, one.scale.label, one.top(TOLD).rename(wording.factor), dummy)
                for one in found
                if one.indices
            ]
            subtitle = f"{self.swept.title}: {wording.within(whose)}, {wording.month(self.swept.spec.until)}"
            title = figures.finding(panels, RANKED[self.design.method]) or self.swept.title
            made.append(figures.sensitivity(self.design.method, panels, title, subtitle, self.note))
        return made


def frame(one: Finding) -> pd.DataFrame:
    """The measures of an outcome as rows that say whose they are."""
    single, means = one.known.chance
    about = {"outcome": one.outcome.column, "regime": one.outcome.regime, "base": one.outcome.base}
    about |= {"method": one.known.method}
    table = one.known.table.rename_axis("input").reset_index()
    return table.assign(**about).assign(chance_of_runs=single, chance_of_means=means)


def sensitivity(swept: Swept) -> Sensitivity:
    """The indices of each outcome; InputError where none has any."""
    assert swept.spec.sample is not None
    design, found = arranged(swept.spec.sample), []
    for one in outcomes(swept):
        try:
            found.append(Finding(one, indices(design, one.rows)))
        except InputError as fault:
            found.append(Finding(one, None, str(fault)))
    if not any(one.indices for one in found):
        raise InputError("\n".join(f"{one.title}: {one.why}" for one in found))
    return Sensitivity(swept, design, tuple(found))


def seeds_of(swept: Swept) -> str:
    """How many seeds stand behind each point, and how they are used."""
    count = len(swept.runs.seeds)
    return f"means over {count} seeds" if count > 1 else "one seed"


def percent(share: float) -> str:
    """A share in per cent, small ones as such."""
    return "less than 0.1 %" if 0 < share < 0.001 else f"{wording.number(100 * share, decimals=1)} %"


WORDS = {
    "one_at_a_time": (
        "Each input is moved over its range, or through its choices, the others at their defaults; changes are from the"
        " outcome with all at their defaults. ±: half-width of the 95 % interval of the largest change over seeds."
        " Interactions do not show."
    ),
    "morris": (
        "An elementary effect is the change of the outcome along a step, scaled to an input's whole range; µ* is the"
        " mean of their sizes with the half-width of its 95 % interval, µ their mean, σ their standard deviation: where"
        " σ is as large as µ*, the effect bends or depends on other inputs."
    ),
    "sobol": (
        "First order: the share of the variance between points that an input accounts for by itself; total: with all"
        " its interactions; ±: half-widths of 95 % intervals (bootstrap over base points). Where a first order exceeds"
        " its total, or either moves with the number of base points, the indices have not settled."
    ),
}


def explained(swept: Swept) -> str:
    """What is said of the sweep under every method."""
    dummy = "The dummy is an input that changes nothing but the draws of chance: what does not exceed it may be that."
    none = "With one seed nothing is known of chance, and there is no dummy."
    return (
        f"Outcomes at {swept.spec.until}: flows over the last twelve months, shares and the gap as their mean. Inputs"
        " are drawn from their declared ranges unless the file gives one; differences are paired by point and seed."
        f" {dummy if len(swept.runs.seeds) > 1 else none}"
    )
