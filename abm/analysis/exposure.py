"""What outcomes rest on: shares of variance by grade of input, and the input whose value would be worth knowing next.

Sobol' indices of grades come from a design that moves all inputs of a grade together. On the same runs, those of its
two base matrices, which are independent draws, each input is ranked by itself.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm.analysis import pages
from abm.analysis.decide import shares
from abm.analysis.indices import DUMMY, matched
from abm.analysis.outcomes import Outcome, Swept
from abm.analysis.sensitivity import Finding, Sensitivity, percent, seeds_of, sensitivity, study
from abm.facts import catalog
from abm.foundation.declaration import GRADES
from abm.foundation.parameters import declarations
from abm.results import wording
from abm.results.headlines import columns, printed
from abm.sweeps.arranged import LAW, memberships
from abm.sweeps.spec import Spec

if TYPE_CHECKING:
    from abm.figures.theme import Chart

NEXT, LED = 12, 3
"""Inputs in the list of facts to find, and for each outcome."""
SCALED = {
    "china_capex": ("budget.capex_scale",),
    "ai_share": ("budget.capex_scale",),
    "latent_money": ("budget.latent",),
    "packages": ("vendors.packages_scale", "domestic.packaging_scale"),
    "smic_wafers": ("domestic.smic_scale",),
    "smic_ai_share": ("domestic.smic_scale",),
    "hbm_output": ("hbm.world_scale",),
    "hbm_share": ("hbm.world_scale",),
    "cxmt_wafers": ("hbm.cxmt_scale",),
    "run_share": ("compute.run_share_scale",),
    "gaming_cards": ("gaming.cards_scale",),
}
"""Dated inputs, by the first part of a series' name, and the parameters that multiply them or what they make up."""


def graded(source: Path, n: int | None = None, seeds: int | None = None) -> Spec:
    """A specification as a study by grade; InputError where it asks for what none can be made of."""
    spec = study(source, "sobol", n, seeds)
    assert spec.sample is not None
    if spec.sample.by == "grade":
        return spec
    name = f"{spec.name.removesuffix('-sobol')}-exposure"
    return spec.model_copy(update={"sample": spec.sample.model_copy(update={"by": "grade"}), "name": name})


@dataclass(frozen=True)
class Exposure:
    """Indices by grade of each outcome, and inputs ranked on the same runs."""

    graded: Sensitivity

    @property
    def swept(self) -> Swept:
        """The runs."""
        return self.graded.swept

    @cached_property
    def ranked(self) -> dict[str, tuple[pd.DataFrame, float]]:
        """By outcome: each input's share of the variance of ranks, and the luckiest share by chance."""
        return {one.title: rank_inputs(self.graded, one.outcome) for one in self.graded.found if one.indices}

    @cached_property
    def facts(self) -> pd.DataFrame:
        """Inputs, those first whose share is clear of chance for most outcomes, then by the mean of their shares.

        clear: for how many outcomes; share: the mean; most: the largest, of: its outcome; the rest as declared
        """
        table = pd.DataFrame({title: found["share"] for title, (found, _) in self.ranked.items()})
        luck = pd.Series({title: lucky for title, (_, lucky) in self.ranked.items()})
        rows = {"clear": (table > luck).sum(axis=1), "share": table.mean(axis=1)}
        rows |= {"most": table.max(axis=1), "of": table.idxmax(axis=1)}
        rows["grade"] = self.members[table.index]
        known = declarations()
        for key in ("source", "help"):
            rows[key] = pd.Series({name: getattr(known[name], key) if name in known else "" for name in table.index})
        return pd.DataFrame(rows).sort_values(["clear", "share"], ascending=False, kind="stable")

    @property
    def members(self) -> "pd.Series[str]":
        """The grade of each input that is varied."""
        design = self.graded.design
        names = [one.name for one in design.dimensions]
        return pd.Series(memberships(design.sample, design.dimensions), names)

    @property
    def data(self) -> pd.DataFrame:
        """Indices by grade, then inputs by rank: a row an outcome and grade, and a row an input."""
        inputs = self.facts.rename_axis("input").reset_index()
        return pd.concat([self.graded.data.rename(columns={"input": "grade"}), inputs], ignore_index=True)

    def table(self, width: int | None = None) -> str:
        """Total indices by grade and the first facts to find as plain text, for a terminal."""
        shown = columns("share of variance, total", *self.grades)
        for one in self.graded.found:
            if one.indices:
                shown.add_row(one.title, *(cell(one, grade, ("total", "total_interval")) for grade in self.grades))
        facts = columns("next facts to find", f"clear of chance, of {len(self.ranked)}", "mean share", "grade")
        for name, row in self.facts.head(NEXT).iterrows():
            facts.add_row(str(name), str(row["clear"]), percent(float(row["share"])), str(row["grade"]))
        why = [f"{one.title}: {one.why}" for one in self.graded.found if one.why]
        return printed([self.graded.size, *why], [shown, facts], width)

    @property
    def grades(self) -> list[str]:
        """The grades that occur, best known first."""
        return [one for one in (*GRADES, LAW) if one in set(self.members)]

    def page(self, command: str, figures: Sequence[str]) -> str:
        """The findings as a Markdown page."""
        counts = ", ".join(f"{int((self.members == one).sum())} {one}" for one in self.grades)
        blocks = [
            f"# {self.swept.title}",
            f"Made by `{command}`: {self.graded.size}: {counts}.",
            "All inputs of a grade are moved together over their declared ranges. First order: the share of the"
            " variance of an outcome between points that a grade accounts for by itself; total: with all interactions;"
            " both with the half-widths of their 95 % intervals. Ranges are what a modeller declared, wide where little"
            " is known: the share of a grade says what the answer rests on here, not how good the facts of a grade"
            " are.",
            f"![{self.swept.title}]({figures[0]})",
        ]
        for whose, found in self.graded.parts.items():
            blocks += [f"## {whose}", self.shares_table(found)]
        return pages.page([*blocks, *self.next_facts(figures[1]), *self.what_is_varied(), self.swept.cost])

    def shares_table(self, found: Sequence[Finding]) -> str:
        """A row an outcome, first order and total of each grade, then the dummy and chance."""
        heads, rows = " | ".join(f"{one}: first, total" for one in self.grades), []
        for one in found:
            if one.indices is None:
                rows.append([one.outcome.title, f"no indices: {one.why}", *[""] * (len(self.grades) + 1)])
                continue
            cells = [
                f"{cell(one, grade, ('first', 'first_interval'))}, {cell(one, grade, ('total', 'total_interval'))}"
                for grade in self.grades
            ]
            dummy = cell(one, DUMMY, ("total",)) if DUMMY in one.indices.table.index else "–"
            single = one.indices.chance[0]
            cells += [dummy, percent(single) if np.isfinite(single) else "–"]
            rows.append([one.outcome.title, *cells])
        return pages.table(f"Outcome | {heads} | dummy, total | chance, single runs", rows)

    def next_facts(self, figure: str) -> list[str]:
        """The inputs whose values would be worth knowing most, over all outcomes and for each."""
        draws = base_rows(self.graded).sum()
        facts, first = [], []
        for name, row in self.facts.head(NEXT).iterrows():
            parts = [percent(float(row[key])) for key in ("share", "most")]
            facts.append([f"`{name}`", row["clear"], *parts, *row[["of", "grade", "source", "help"]]])
        for title, (found, luck) in self.ranked.items():
            led = [f"`{name}` {share:.0%}" for name, share in found["share"].head(LED).items()]
            first.append([title, *led, f"{luck:.0%}"])
        heads = f"Input | clear, of {len(self.ranked)} | mean share | most | of | grade | source | what it is"
        return [
            "## The next fact to find",
            f"On {draws} independent draws of the same runs ({seeds_of(self.swept)}): the share of the variance of an"
            " outcome's ranks between the lower, middle and upper third of an input (or between its choices), less what"
            " as many groups have by chance. It is what knowing the input would remove, others left as they are. Inputs"
            " are ordered by the number of outcomes for which that is clear of chance, then by its mean over all of"
            " them.",
            f"![The next fact to find]({figure})",
            pages.table(heads, facts),
            pages.table("Outcome | first | second | third | chance", first),
            "Chance: the largest share that any of as many inputs without effect reaches in 95 of 100 shuffles.",
        ]

    def what_is_varied(self) -> list[str]:
        """Which declared parameters and dated inputs are varied, through what, and which are not."""
        held = whole_groups([name for name in declarations() if name not in self.members.index])
        rows = []
        for name, counts in dated().items():
            grades = ", ".join(f"{count} {grade}" for grade, count in counts.items())
            through = ", ".join(f"`{one}` ({self.members[one]})" for one in SCALED.get(name, ()) if one in self.members)
            rows.append([f"`{name}`", grades, through or "not varied"])
        return [
            "## What is varied, and what is not",
            f"{len(self.members)} of {len(declarations())} declared parameters are drawn. Held at their defaults:"
            f" {', '.join(f'`{name}`' for name in held)}.",
            "Dated inputs (`abm/facts/inputs.csv`) have grades of their own, row by row. They are varied only as a"
            " whole, and only where a parameter multiplies them or what they make up; their uncertainty then counts"
            " under the grade of that parameter. Their course over time, and the tables of chips, memory, labs and"
            " vendors, are held.",
            pages.table("Dated input | rows by grade | varied through (its grade)", rows),
        ]

    def charts(self) -> "list[Chart]":
        """Total indices by grade, and the next facts to find."""
        from abm.figures import exposure as figures

        shares_by = {
            whose: {one.outcome.title: (one.indices.table, one.indices.chance[0]) for one in found if one.indices}
            for whose, found in self.graded.parts.items()
            if any(one.indices for one in found)
        }
        note = self.graded.note
        month = wording.month(self.swept.spec.until)
        subtitle = f"{self.swept.title}: share of variance, {month}"
        first = figures.by_grade(shares_by, self.grades, figures.finding(shares_by, self.grades), subtitle, note)
        facts = self.facts.head(NEXT)[["share", "most", "grade"]].rename(wording.factor)
        return [first, figures.facts(facts, self.grades, figures.next_fact(facts), f"Outcomes in {month}", note)]


def exposure(swept: Swept) -> Exposure:
    """The exposure of each outcome; InputError where none has indices."""
    return Exposure(sensitivity(swept))


def whole_groups(names: Sequence[str]) -> list[str]:
    """Names of parameters, a group whose members are all among them in one word."""
    groups = {name: name.partition(".")[0] for name in declarations()}
    lost = {group for name, group in groups.items() if name not in names}
    return list(dict.fromkeys(name if groups[name] in lost else f"{groups[name]}.*" for name in names))


def base_rows(graded: Sensitivity) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which rows of the design belong to its two base matrices, and are independent draws of all inputs."""
    steps = len(graded.design.names) + 2
    place = np.arange(len(graded.design.rows)) % steps
    return np.asarray((place == 0) | (place == steps - 1))


def rank_inputs(graded: Sensitivity, outcome: Outcome) -> tuple[pd.DataFrame, float]:
    """Inputs ranked by their share of the variance of an outcome over the independent draws."""
    rows, base = graded.design.rows, base_rows(graded)
    return shares(rows[base].infer_objects(), matched(rows, outcome.rows).mean(axis=1)[base])


def cell(one: Finding, name: str, measures: tuple[str, ...]) -> str:
    """A measure of a grade with the half-width of its interval."""
    return " ± ".join(wording.number(float(one.known.table[measure][name]), decimals=2) for measure in measures)


def dated() -> dict[str, Counter[str]]:
    """The dated inputs by the first part of their series' names, with their rows by grade."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for series, points in catalog.inputs().items():
        found[series.partition("/")[0]].update(point.grade for point in points)
    return found
