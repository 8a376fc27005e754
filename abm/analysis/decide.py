"""What the difference between two regimes turns on: inputs ranked over a sample, and where the difference changes sign.

The share of an input is that of the variance of the difference's ranks between the lower, middle and upper third of
the input (or between its choices), less what as many groups have by chance. The first inputs are then varied one by
one, the others at their defaults.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.analysis import pages
from abm.analysis.directions import sign_of, spread
from abm.analysis.outcomes import columns_of, read_off, said, unit_over
from abm.analysis.prim import numeric
from abm.foundation import chance
from abm.foundation.parameters import declarations
from abm.results import wording
from abm.results.comparison import Comparison
from abm.runs.metrics import METRICS, Metric
from abm.sweeps.dimension import Dimension
from abm.sweeps.sampling import find_dimensions

if TYPE_CHECKING:
    from abm.results.ensemble import Ensemble
    from abm.sweeps.spec import Spec

Floats = NDArray[np.float64]

FIRST = 3
"""Inputs that are varied one by one."""
STEPS, SEEDS = 7, 3
"""Values of each over its range beside the default, and seeds at each."""
SHUFFLES = 200
"""Shuffles of the difference that tell what share chance gives the luckiest input."""
WORDS = {1: "up", 0: "none", -1: "down"}


@dataclass(frozen=True)
class Pairs:
    """One outcome of the second regime less that of the first.

    base, differences  (pairs,)
    months             months that were summed; 1 where they were not
    """

    column: str
    base: Floats
    differences: Floats
    months: int

    @property
    def metric(self) -> Metric:
        """The metric that the column is of."""
        return METRICS[wording.split(self.column)[0]]

    @property
    def level(self) -> float:
        """Mean of the base."""
        return float(np.nanmean(self.base))

    @property
    def signs(self) -> NDArray[np.int64]:
        """Sign of each difference, 0 where it is not worth a word."""
        pairs = zip(self.differences, self.base, strict=True)
        return np.array([sign_of(self.metric, level, np.array([one]), self.months) for one, level in pairs])

    @property
    def sign(self) -> int:
        """Sign of the mean difference, 0 where it is not worth a word or may be chance."""
        return sign_of(self.metric, self.level, self.differences, self.months)

    @property
    def scale(self) -> wording.Scale:
        """The unit in which differences are said."""
        unit = unit_over(self.metric, self.months)
        return wording.scale(self.column, unit, float(np.nanmax(np.abs(self.differences), initial=0.0)))


@dataclass(frozen=True)
class Course:
    """The differences along one input: a row a value, with mean, spread and sign, and where the sign changes."""

    table: pd.DataFrame
    flips: tuple[tuple[float, int, int], ...]


def pairs_of(runs: "Ensemble", spec: "Spec", column: str) -> Pairs:
    """The paired differences of an outcome at the horizon, in the order of the sweep's points."""
    rows, bases = Comparison(runs, spec.regimes[0]).pairs
    how = METRICS[wording.split(column)[0]].headline
    values = read_off(runs[column].values[:, -12:], how)
    return Pairs(column, values[bases], values[rows] - values[bases], 12 if how == "sum" else 1)


def inputs_of(runs: "Ensemble", spec: "Spec") -> pd.DataFrame:
    """The inputs of those pairs, a column each."""
    rows, _ = Comparison(runs, spec.regimes[0]).pairs
    return runs.runs.iloc[rows][list(runs.factors)].reset_index(drop=True)


def shares(inputs: pd.DataFrame, differences: Floats) -> tuple[pd.DataFrame, float]:
    """How much of a difference each input accounts for by itself, the most first, and what chance gives the luckiest.

    returns   share of the variance of ranks, and Spearman's rank correlation (undefined for choices), by input
    """
    ranks = pd.Series(differences).rank().to_numpy()
    ranks = (ranks - ranks.mean()) / (ranks.std() or 1.0)
    shuffled = ranks[np.argsort(chance.uniforms(0, "shuffle", SHUFFLES, len(ranks)), axis=1)]
    every = np.vstack([ranks, shuffled]).T
    found = np.array([between(thirds(inputs[name]), every) for name in inputs])
    table = pd.DataFrame({"share": found[:, 0], "rank": [rank(inputs[name], ranks) for name in inputs]}, inputs.columns)
    return table.sort_values("share", ascending=False, kind="stable"), float(
        np.quantile(found[:, 1:].max(axis=0), 0.95)
    )


def thirds(values: "pd.Series[Any]") -> NDArray[np.int64]:
    """The group of each value: its third, or its choice."""
    if not numeric(values):
        return np.asarray(pd.factorize(values)[0])
    return np.asarray(np.minimum((values.rank(method="first") - 1) * 3 // len(values), 2), dtype=np.int64)


def between(groups: NDArray[np.int64], ranks: Floats) -> Floats:
    """Share of the variance of standard ranks between groups, less that of chance: (n,), (n, m) -> (m,)."""
    counts = np.bincount(groups)
    means = np.array([ranks[groups == one].mean(axis=0) for one in range(len(counts))])
    share = (counts[:, None] * means**2).sum(axis=0) / len(groups)
    return np.asarray(np.maximum(1 - (1 - share) * (len(groups) - 1) / (len(groups) - len(counts)), 0.0))


def rank(values: "pd.Series[Any]", ranks: Floats) -> float:
    """Spearman's rank correlation with standard ranks; undefined for choices."""
    if not pd.api.types.is_numeric_dtype(values) or values.nunique() < 2:
        return math.nan
    return float(np.corrcoef(values.rank(), ranks)[0, 1])


def dimension(spec: "Spec", factor: str) -> Dimension:
    """The range over which the sweep draws an input."""
    return next(one for one in find_dimensions(spec.sample, []) if one.name == factor)


def along(spec: "Spec", factor: str) -> dict[str, Any]:
    """The sweep over an input that is a number, its default among the values, with the others at their defaults."""
    one = dimension(spec, factor)
    even = np.linspace(float(one.options[0]), float(one.options[-1]), STEPS)
    both = [float(value) for value in (*even, declarations()[factor].default)]
    values = sorted({round(value) if one.kind == "int" else float(f"{value:.4g}") for value in both})
    name = f"{spec.name}-{factor.replace('.', '-')}"
    common = {"name": name, "regimes": list(spec.regimes), "seeds": SEEDS, "until": spec.until, "keep": list(spec.keep)}
    return common | {"set": spec.set, "ensemble": spec.ensemble, "factorial": {factor: values}}


def course(runs: "Ensemble", spec: "Spec", factor: str, column: str) -> Course:
    """The differences of an outcome along an input."""
    parts = {value: pairs_of(part, spec, column) for value, part in runs.groups(factor).items()}
    rows = [
        {"value": value, "mean": one.differences.mean(), "spread": one.differences.std(ddof=1), "sign": one.sign,
         "least": least(one)}
        for value, one in parts.items()
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    return Course(table, tuple(flips(table)))


def least(one: Pairs) -> float:
    """The smallest difference worth a word at the base's level."""
    return one.months * one.metric.least(one.level / one.months)


def flips(table: pd.DataFrame) -> Iterator[tuple[float, int, int]]:
    """Where the sign changes between neighbouring values, and from what to what.

    The mean is taken as linear between them: a sign ends where it crosses the least that is worth a word, or zero
    where the other sign follows.
    """
    for (_, one), (_, two) in zip(table.iloc[:-1].iterrows(), table.iloc[1:].iterrows(), strict=True):
        signs = int(one["sign"]), int(two["sign"])
        if signs[0] == signs[1]:
            continue
        target = sum(signs) * (one["least"] + two["least"]) / 2
        way = (target - one["mean"]) / ((two["mean"] - one["mean"]) or math.inf)
        yield float(one["value"] + np.clip(way, 0.0, 1.0) * (two["value"] - one["value"])), *signs


@dataclass(frozen=True)
class Decided:
    """What was found: the sweep over all inputs, and by input those along the first of them."""

    spec: "Spec"
    runs: "Ensemble"
    courses: dict[str, "Ensemble"]

    def page(self, figure: str) -> str:
        """The findings as a Markdown page, with the figure at a path beside it, if it has one."""
        spec, inputs = self.spec, inputs_of(self.runs, self.spec)
        columns = columns_of(spec)
        draws = "Outcome | median | 10 to 90 % of draws | up, none, down | first input | second | third | chance"
        ends = "Input | range (default) | Outcome | at the low end | at the default | at the high end | flips"
        return pages.page([
            f"# {spec.title}",
            f"Made by `abm decide experiments/{spec.name}.toml --write docs/{spec.name}.md`: `{spec.regimes[1]}` less"
            f" `{spec.regimes[0]}` at {spec.until} (flows over the last twelve months, the gap as their mean), paired"
            f" over {len(inputs)} draws of {len(inputs.columns)} inputs from their declared ranges; then the first"
            f" {FIRST} inputs varied one by one, {wording.count(SEEDS, 'seed')} a value, the others at their defaults.",
            *([f"![{spec.title}]({figure})"] if figure else []),
            "## Over all inputs",
            pages.table(draws, (row_of(pairs_of(self.runs, spec, column), inputs) for column in columns)),
            "Under each input stands its share of the variance of ranks, and whether more of it raises the difference."
            " Chance: the largest share that any of as many inputs without effect reaches in 95 of 100 shuffles.",
            "## Along the first inputs",
            pages.table(ends, (along_row(spec, *course, one) for course in self.courses.items() for one in columns)),
            "In brackets: no material change, or not clear of chance.",
            f"{len(self.runs)} runs, key {self.runs.key}.",
        ])  # fmt: skip

    def draw(self, path: Path) -> None:
        """Draw the first outcome and write the figure."""
        from abm.figures import decisive, theme

        column = columns_of(self.spec)[0]
        pairs, tables = pairs_of(self.runs, self.spec, column), {}
        scale = pairs_of(next(iter(self.courses.values())), self.spec, column).scale
        for name, part in self.courses.items():
            table = course(part, self.spec, name, column).table
            amounts = ["mean", "spread", "least"]
            tables[wording.factor(name)] = table.assign(**{one: table[one] / scale.divisor for one in amounts})
        defaults = {wording.factor(name): float(declarations()[name].default) for name in self.courses}
        note = (
            f"{len(pairs.differences)} draws of all inputs, one seed each; courses: mean and standard deviation over "
            f"{wording.count(SEEDS, 'seed')}. Grey band: no material change; dashed: default. Set {self.runs.key}."
        )
        base, changed = self.spec.regimes
        subtitle = f"{wording.title(column)} in {wording.month(self.spec.until)}: {said(changed, base)}"
        ranked, luck = shares(inputs_of(self.runs, self.spec), pairs.differences)
        ranked = ranked.rename(wording.factor)
        title = decisive.finding(ranked, luck, tables, scale.label)
        theme.save(decisive.decisive(ranked, tables, defaults, title, subtitle, scale.label, note), path)


def decided(spec: "Spec", runs: "Ensemble", out: Path, serial: bool, restart: bool) -> Decided:
    """Run the sweeps along the inputs that are numbers and decide most of the first outcome."""
    from abm.sweeps.scheduler import sweep

    pairs = pairs_of(runs, spec, columns_of(spec)[0])
    ranked = shares(inputs_of(runs, spec), pairs.differences)[0]
    first = list(ranked.index[ranked["rank"].notna()])[:FIRST]
    folders = {name: out / f"along-{name}" for name in first}
    courses = {name: sweep(along(spec, name), to, serial=serial, restart=restart) for name, to in folders.items()}
    return Decided(spec, runs, courses)


def row_of(pairs: Pairs, inputs: pd.DataFrame) -> list[str]:
    """An outcome's row: its differences over the draws, and the first inputs."""
    table, chance = shares(inputs, pairs.differences)
    low, middle, high = (pairs.scale.of(float(np.quantile(pairs.differences, q))) for q in (0.1, 0.5, 0.9))
    decimals = wording.places(max(abs(low), abs(middle), abs(high)), 2)
    amounts = [wording.number(value, True, decimals) for value in (middle, low, high)]
    tally = ", ".join(f"{(pairs.signs == one).mean():.0%}" for one in WORDS)
    ways = ["" if math.isnan(one) else " +" if one > 0 else " −" for one in table["rank"]]
    first = [f"`{name}` {share:.0%}{way}" for name, share, way in zip(table.index, table["share"], ways, strict=True)]
    title = f"{wording.title(pairs.column)}, {pairs.scale.label}"
    return [title, amounts[0], f"{amounts[1]} to {amounts[2]}", tally, *first[:FIRST], f"{chance:.0%}"]


def along_row(spec: "Spec", factor: str, runs: "Ensemble", column: str) -> list[str]:
    """The differences of an outcome at both ends and at the default of an input, and where their sign changes."""
    found, scale = course(runs, spec, factor, column), pairs_of(runs, spec, column).scale
    table, default = found.table, float(declarations()[factor].default)
    middle = table.iloc[int((table["value"] - default).abs().argmin())]
    changes = []
    for one in (table.iloc[0], middle, table.iloc[-1]):
        words = spread(scale.of(one["mean"]), scale.of(one["spread"]))
        changes.append(words if one["sign"] else f"({words})")
    turns = "; ".join(f"{WORDS[one]} to {WORDS[two]} at {wording.number(at)}" for at, one, two in found.flips)
    ends = f"{table['value'].iloc[0]:g} to {table['value'].iloc[-1]:g} ({default:g})"
    return [f"`{factor}`", ends, f"{wording.title(column)}, {scale.label}", *changes, turns or "no"]
