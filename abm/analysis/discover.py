"""When a policy fails its aims, and which policy holds up over the same futures: a question, its sweep, and a page.

What is asked stands in the experiment's file, [discover], before it is run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from abm.analysis import pages, prim
from abm.analysis.discern import DEPTH, FOLDS, Found, find
from abm.analysis.futures import Futures, futures
from abm.analysis.outcomes import Swept, column_of, outcome, placed, said, unit
from abm.ensembles import NONE
from abm.foundation.errors import InputError, nearest, raise_all
from abm.results import draws, wording
from abm.results.headlines import columns, printed
from abm.runs.metrics import METRICS
from abm.sweeps import sampling
from abm.sweeps.design import beside
from abm.sweeps.sampling import find_dimensions
from abm.sweeps.spec import Spec, read

if TYPE_CHECKING:
    from abm.figures.theme import Chart


def study(source: Path, n: int | None = None, seeds: int | None = None, ensemble: str | None = None) -> Spec:
    """A specification with a question; InputError where what it asks for is not in its sweep.

    n, seeds, ensemble   take the place of what the file says
    """
    spec, _, path = read(source)
    faults, asked = [], spec.discover
    if asked is None:
        raise InputError(f"{source}: [discover] is missing: regime, base and aims")
    if spec.sample is None or spec.sample.method != "latin_hypercube":
        faults.append("[sample]: futures are drawn by method = 'latin_hypercube'")
    for key, name in (("regime", asked.regime), ("base", asked.base)):
        if name not in spec.regimes:
            faults.append(f"[discover] {key} = {name!r}: not among regimes{nearest(name, spec.regimes)}")
    if asked.regime == asked.base:
        faults.append(f"[discover] regime = {asked.regime!r}: the base is another regime")
    kept = {*spec.keep, *(wording.split(one)[0] for one in spec.keep)}
    for number, aim in enumerate(asked.aims):
        if aim.metric not in kept or wording.split(aim.metric)[0] not in METRICS:
            faults.append(
                f"[discover] aims[{number}].metric = {aim.metric!r}: not in keep{nearest(aim.metric, spec.keep)}"
            )
    raise_all(faults, heading=f"{source}:")
    assert spec.sample is not None
    chosen = beside(ensemble or spec.ensemble, path)
    update = {"sample": spec.sample.model_copy(update={"n": n or spec.sample.n}), "seeds": seeds or spec.seeds}
    made = placed(spec, path).model_copy(update=update | {"ensemble": chosen})
    return made if chosen == NONE else with_draws(made)


def with_draws(spec: Spec) -> Spec:
    """The same with each future written out: a draw of the ensemble, by weight, and what that does not hold sampled."""
    sample, faults = spec.sample, list[str]()
    assert sample is not None
    taken = draws.drawn(spec.ensemble, range(sample.n), spec.set)
    rest = [one for one in find_dimensions(sample, faults) if one.name not in taken.names]
    if not rest and not faults:
        faults.append(f"[sample]: an input that the ensemble {spec.ensemble} does not hold is wanted among others")
    raise_all(faults, heading=f"{spec.name}:")
    rows = [{**taken.of(future), **point} for future, point in enumerate(sampling.draw(sample, rest))]
    points = {name: tuple(row[name] for row in rows) for name in rows[0]}
    return spec.model_copy(update={"points": {**spec.points, **points}, "sample": None})


FIRM = 0.5
"""Share of bootstrap samples in which a limit recurs that may be relied on."""


@dataclass(frozen=True)
class Discovery:
    """The answer to a question: what tells failures from other futures, or why nothing does, and policies compared."""

    swept: Swept
    futures: Futures
    found: Found | None
    why: str = ""

    @property
    def aims(self) -> list[tuple[str, wording.Scale]]:
        """Each aim's outcome in words, and the unit of its changes."""
        asked, made = self.futures.asked, []
        for place, aim in enumerate(asked.aims):
            one = outcome(self.swept.runs, column_of(aim.metric), asked.regime, asked.base)
            largest = max(float(np.abs(values[:, place]).max()) for values in self.futures.changes.values())
            made.append((one.title, one.scale(largest)))
        return made

    @property
    def criterion(self) -> str:
        """When the policy fails, in words."""
        asked, parts = self.futures.asked, []
        for (title, scale), aim in zip(self.aims, asked.aims, strict=True):
            verb = "rises" if (aim.better == "high") == (aim.least >= 0) else "falls"
            than = "less" if aim.least >= 0 else "more"
            parts.append(f"{title} {verb} by {than} than {abs(scale.of(aim.least)):g} {unit(scale)}".rstrip())
        return f"{said(asked.regime, asked.base)}: {' and '.join(parts)}"

    @property
    def size(self) -> str:
        """The sweep in words."""
        inputs, seeds = len(self.futures.inputs.columns), len(self.swept.runs.seeds)
        drawn = f"{len(self.futures.inputs)} futures {self.source} of {wording.count(inputs, 'input')}"
        return f"{drawn}, {len(self.futures.changes)} policies, {wording.count(seeds, 'seed')}"

    @property
    def source(self) -> str:
        """What futures are drawn from, in words before the number of inputs."""
        spec = self.swept.spec
        if spec.sample is not None:
            return "drawn from the declared ranges"
        return f"drawn from the ensemble {spec.ensemble}, and from declared ranges where it holds nothing,"

    @property
    def weighing(self) -> str:
        """How often a future is drawn, in words."""
        fitted = "as the fit to the past weighs them, and evenly where it is silent"
        return "evenly from declared ranges" if self.swept.spec.sample is not None else fitted

    @property
    def data(self) -> pd.DataFrame:
        """A row a future: its inputs, changes from the base by policy and aim, and whether the policy fails."""
        table = self.futures.inputs.copy()
        for name, values in self.futures.changes.items():
            for place, aim in enumerate(self.futures.asked.aims):
                table[f"{name}: {aim.metric}"] = values[:, place] * (1 if aim.better == "high" else -1)
        return table.assign(fails=self.futures.fails)

    @property
    def limits(self) -> list[tuple[str, str, str, str]]:
        """The box: input, limit, how often it recurs, how likely without it."""
        if self.found is None:
            return []
        rows = []
        for name, likely in self.found.chance.items():
            recurs, chance = f"{self.found.recurrence[name]:.0%}", f"{likely:.2g}"
            rows.append((name, limit(self.futures.inputs[name], self.found.box.limits[name]), recurs, chance))
        return rows

    def table(self, width: int | None = None) -> str:
        """The box and the policies as plain text, for a terminal."""
        fails, shown = self.futures.fails, []
        notes = [
            self.size,
            f"{self.criterion}: in {int(fails.sum())} of {len(fails)} futures",
            *filter(None, [self.why]),
        ]
        if self.found is not None:
            box = self.found.box
            notes.append(f"box: coverage {box.coverage:.0%}, density {box.density:.0%}, of {fails.mean():.0%} over all")
            part = columns("limits of the box", "", "recurs", "by chance")
            for cells in self.limits:
                part.add_row(*cells)
            shown.append(part)
        heads = [f"meets {title}" for title, _ in self.aims]
        part = columns("share of futures", *heads, "meets all", "unbeaten")
        for name, row in self.futures.policies.iterrows():
            keys = [*(f"meets_{place}" for place in range(len(heads))), "meets_all", "unbeaten"]
            part.add_row(wording.say(str(name)), *(f"{float(row[key]):.0%}" for key in keys))
        return printed(notes, [*shown, part], width)

    def page(self, command: str, figures: Sequence[str]) -> str:
        """The findings as a Markdown page."""
        fails = self.futures.fails
        if self.found is None:
            told = [f"{self.why[:1].upper()}{self.why[1:]}."]
        else:
            told = [f"![{self.swept.title}]({figures[0]})", *self.box_page(), *self.tree_page()]
        return pages.page([
            f"# {self.swept.title}",
            f"Made by `{command}`: {self.size}; outcomes at {self.swept.spec.until}, differences paired by future.",
            f"**{self.criterion}, in {int(fails.sum())} of {len(fails)} futures ({fails.mean():.0%}).** The aims stand"
            f" in the experiment's file. Shares are of futures drawn {self.weighing}: they say in how much of what is"
            " held possible something happens, and are no probabilities.",
            *told,
            *self.policies_page(figures[-1]),
            self.swept.cost,
        ])  # fmt: skip

    def box_page(self) -> list[str]:
        """What PRIM found."""
        assert self.found is not None
        box = self.found.box
        others = self.found.recurrence.drop(list(box.limits)).sort_values(ascending=False).head(3)
        also = ", ".join(f"`{name}` {share:.0%}" for name, share in others.items())
        rows = ((f"{wording.factor(name)} (`{name}`)", *cells) for name, *cells in self.limits)
        return [
            "## The box that PRIM finds",
            f"It holds {box.coverage:.0%} of the failures (coverage), and {box.density:.0%} of what it holds are"
            f" failures (density), against {self.futures.fails.mean():.0%} over all. It is the box of the peeling with"
            " the highest harmonic mean of the two, without limits that may be chance. Recurs: share of bootstrap"
            " samples of the futures in whose box the input is limited. By chance: how likely so many failures are"
            " without that limit.",
            pages.table("Input | limit | recurs | by chance", rows),
            f"{self.standing} Limited most often otherwise: {also}.",
        ]

    @property
    def standing(self) -> str:
        """Which limits recur often enough to be relied on."""
        assert self.found is not None
        firm = [f"`{name}`" for name in self.found.box.limits if self.found.recurrence[name] >= FIRM]
        if firm:
            return f"What recurs in at least half of the samples may be relied on: {', '.join(firm)}."
        failures = wording.count(int(self.futures.fails.sum()), "failure")
        return f"No limit recurs in half of the samples: with {failures} the box is a hint and no finding."

    def tree_page(self) -> list[str]:
        """What the tree found."""
        assert self.found is not None
        known = np.isfinite(self.found.accuracy)
        tested = f"{self.found.accuracy:.0%}" if known else "not known, for there are too few cases"
        rows = ((words, count, f"{share:.0%}") for words, count, share in self.found.rules)
        return [
            "## The tree",
            f"A classification tree of {DEPTH} levels, for comparison. Its balanced accuracy on futures that it has not"
            f" seen ({FOLDS} parts in turn) is {tested}; a guess has 50%.",
            pages.table("Where | futures | of which fail", rows),
        ]

    def policies_page(self, figure: str) -> list[str]:
        """Every policy over the same futures: satisficing, regret and the front."""
        base, table, aims = wording.inline(self.futures.asked.base), self.futures.policies, self.aims
        heads = ["Policy", *(f"meets: {title}" for title, _ in aims), "meets all", "unbeaten", "on the front"]
        heads += [axis(title, scale) for title, scale in aims]
        heads += [f"regret: {axis(title, scale)}" for title, scale in aims]
        rows = []
        for name, row in table.iterrows():
            shares = [*(f"meets_{place}" for place in range(len(aims))), "meets_all", "unbeaten"]
            cells = [*(f"{float(row[key]):.0%}" for key in shares), "yes" if row["front"] else "no"]
            for place, (_, scale) in enumerate(aims):
                sign = 1 if self.futures.asked.aims[place].better == "high" else -1
                mean, half = scale.of(sign * float(row[f"mean_{place}"])), scale.of(float(row[f"half_{place}"]))
                shown = wording.places(half, 2)
                cells.append(f"{wording.number(mean, True, shown)} ± {wording.number(half, decimals=shown)}")
            for place, (_, scale) in enumerate(aims):
                middle, high = (scale.of(float(row[f"{key}_{place}"])) for key in ("regret", "regret90"))
                cells.append(f"{wording.number(middle)}, {wording.number(high)}")
            rows.append([wording.say(str(name)), *cells])
        return [
            "## Policies over the same futures",
            f"Meets: share of futures in which the change from {base} reaches the aim. Unbeaten: share in which"
            " no other policy does as well for every aim and better for one; on the front: the same of the means."
            " Changes are means over futures with the half-width of their 95 % interval. Regret: what the best policy"
            " for that aim in a future gives more, median and in nine of ten futures at most.",
            f"![Policies over the same futures]({figure})",
            pages.table(" | ".join(heads), rows),
        ]

    def charts(self) -> "list[Chart]":
        """The peeling with the futures, where something was found, and the policies."""
        from abm.figures import discover as figures

        note = f"{self.size}. Run set {self.swept.runs.key}."
        subtitle = f"{self.criterion}; {wording.month(self.swept.spec.until)}"
        made = []
        if self.found is not None:
            boxes = pd.DataFrame([{"coverage": one.coverage, "density": one.density} for one in self.found.boxes])
            box = {"coverage": self.found.box.coverage, "density": self.found.box.density}
            shown = self.futures.inputs[self.axes].rename(columns=wording.factor)
            held = {wording.factor(name): self.found.box.limits.get(name) for name in self.axes}
            limits = {name: one for name, one in held.items() if isinstance(one, tuple)}
            title = f"{wording.say(self.futures.asked.regime)} {figures.finding(self.futures.fails, box)}"
            made.append(figures.failures(boxes, box, shown, self.futures.fails, limits, title, subtitle, note))
        made.append(figures.policies(self.means, figures.best(self.means), self.against, note))
        return made

    @property
    def axes(self) -> list[str]:
        """The two numbers by which futures are drawn: those limited most surely, then those limited most often."""
        assert self.found is not None
        often = self.found.recurrence.sort_values(ascending=False).index
        ranked = dict.fromkeys([*self.found.chance, *often])
        return [name for name in ranked if prim.numeric(self.futures.inputs[name])][:2]

    @property
    def means(self) -> pd.DataFrame:
        """By policy: mean change and half-width for the first two aims in their units, and shares that meet them."""
        table, aims = self.futures.policies, self.futures.asked.aims
        found: dict[str, pd.Series[float]] = {}
        for place, way in enumerate(("up", "across")):
            sign, scale = (1 if aims[place].better == "high" else -1), self.aims[place][1]
            found |= {
                way: table[f"mean_{place}"] * sign / scale.divisor,
                f"{way}_half": table[f"half_{place}"] / scale.divisor,
            }
        shares = {title: table[f"meets_{place}"] for place, (title, _) in enumerate(self.aims)}
        return pd.DataFrame(found | shares | {"All aims": table["meets_all"]})

    @property
    def against(self) -> tuple[str, str, str]:
        """The base, and the two axes with their units."""
        up, across = (axis(title, scale) for title, scale in self.aims[:2])
        return (
            f"Change from {wording.inline(self.futures.asked.base)}, {wording.month(self.swept.spec.until)}",
            across,
            up,
        )


def axis(title: str, scale: wording.Scale) -> str:
    """An outcome with its unit."""
    return ", ".join(filter(None, [title, unit(scale)]))


def limit(values: "pd.Series[Any]", held: prim.Limit) -> str:
    """A limit of a box in words."""
    if isinstance(held, frozenset):
        return " or ".join(sorted(map(str, held)))
    low, high = held
    ends = [f"at least {wording.number(low)}"] * bool(low > values.min())
    ends += [f"at most {wording.number(high)}"] * bool(high < values.max())
    least, most = (wording.number(float(value)) for value in (values.min(), values.max()))
    return f"{' and '.join(ends)} (drawn from {least} to {most})"


def discover(swept: Swept) -> Discovery:
    """The answer to the question of a sweep."""
    made = futures(swept)
    try:
        return Discovery(swept, made, find(made.inputs, made.fails))
    except InputError as fault:
        if made.fails.any() and not made.fails.all():
            raise
        return Discovery(swept, made, None, str(fault))
