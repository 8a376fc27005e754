"""The card of the past: what the model gives for each target, beside what was observed and what blind choice gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.analysis import pages
from abm.analysis.targets import Target, Targets
from abm.facts import catalog
from abm.results import wording
from abm.runs.metrics import METRICS

Floats = NDArray[np.float64]

SHARE = 0.95
"""Share of runs inside the band for a target to hold."""
INNER = (0.1, 0.9)
STRAIGHT_UNTIL = "2023-12"
"""Last month of the observations that a straight line is drawn through."""
VERDICTS = {"holds": "holds", "middle": "in the middle", "missed": "missed"}


@dataclass(frozen=True)
class Column:
    """What a set of runs gives for every target, a row a run."""

    title: str
    values: pd.DataFrame
    fitted: str = ""

    def verdict(self, target: Target) -> str:
        """holds: in nearly all runs; middle: in the middle of them; missed."""
        if target.inside(self.values[target.label].to_numpy()).mean() >= SHARE:
            return "holds"
        return "middle" if target.inside(np.array([self.middle(target)]))[0] else "missed"

    def known(self, target: Target) -> Floats:
        """The values that are defined."""
        values = self.values[target.label].to_numpy()
        return values[np.isfinite(values)]

    def middle(self, target: Target) -> float:
        """The median of the runs."""
        known = self.known(target)
        return float(np.median(known)) if len(known) else np.nan

    def interval(self, target: Target) -> tuple[float, float]:
        """The inner four fifths of the runs."""
        known = self.known(target)
        return tuple(np.quantile(known, INNER)) if len(known) else (np.nan, np.nan)

    def covered(self, targets: Sequence[Target]) -> tuple[int, int]:
        """How many observed values lie in the inner four fifths of the runs, and how many there are."""
        told = [one for one in targets if np.isfinite(one.observed)]
        ends = [self.interval(one) for one in told]
        return sum(low <= one.observed <= high for one, (low, high) in zip(told, ends, strict=True)), len(told)


def columns_of(targets: Targets, seeds: int, out: Path, ensembles: Sequence[str], **how: Any) -> list[Column]:
    """Run the past at the defaults, with each ensemble, and with blind choice.

    seeds   of each
    how     workers, serial and progress of `abm.sweep`
    """
    from abm.sweeps.scheduler import sweep

    null = targets.file.null
    kinds: list[tuple[str, str, dict[str, Any]]] = [("defaults", "Defaults", {})]
    kinds += [(name, f"Ensemble `{name}`", {"ensemble": name}) for name in ensembles]
    kinds += [("blind", null.title.capitalize(), {"set": null.set})]
    found = []
    for name, title, more in kinds:
        runs = sweep(targets.spec(f"validation-{Path(name).stem}", seeds=seeds, **more), out / Path(name).stem, **how)
        found.append(Column(title, targets.of(runs)))
    return found


def informative(target: Target, blind: Column) -> bool:
    """Whether a market of blind choice fails the target."""
    return blind.verdict(target) == "missed"


def straight(targets: Sequence[Target], columns: Sequence[Column]) -> Mapping[str, tuple[float, ...]]:
    """How far a straight line through the logarithms of early observations, and each column, are from later ones.

    returns   by declaration with `trend`: mean distance of logarithms, of the line and of each column's median
    """
    found: dict[str, tuple[float, ...]] = {}
    for name in dict.fromkeys(one.declared.name for one in targets if one.declared.trend):
        rows = [one for one in targets if one.declared.name == name]
        early = np.array([one.last <= STRAIGHT_UNTIL for one in rows])
        if early.sum() < 3 or early.all():
            continue
        observed, place = np.log([one.observed for one in rows]), np.arange(len(rows))
        line = np.polyval(np.polyfit(place[early], observed[early], 1), place)
        medians = [np.log([column.middle(one) for one in rows]) for column in columns]
        found[name] = tuple(float(np.abs(one - observed)[~early].mean()) for one in (line, *medians))
    return found


def page(targets: Targets, columns: Sequence[Column], seeds: int, limiting: Sequence[str] = ()) -> str:
    """The card as a Markdown page.

    limiting   the limiting cases, as abm.analysis.limits tells them
    """
    *models, blind = columns
    rows, first = targets.targets, models[0]
    tally = {word: sum(first.verdict(one) == word for one in rows) for word in VERDICTS}
    telling = sum(informative(one, blind) for one in rows)
    fit, check = ([one for one in rows if one.declared.use == use] for use in ("fit", "check"))
    return pages.page([
        "# What the past says of the model",
        "Made by `abm validate --write docs/validation.md` from the targets in"
        " [`experiments/targets.toml`](../experiments/targets.toml), where bands and their reasons stand. Medians over"
        f" {wording.count(seeds, 'run')} each, with the inner four fifths in brackets; at the defaults runs differ in"
        " chance alone, in an ensemble in parameters too. *Holds*: in the band in 95 of 100 runs; *in the middle*: the"
        " median is; **missed**: it is not.",
        f"**{wording.count(len(rows), 'target')}. At the defaults {tally['holds']} hold, {tally['middle']} stand in the"
        f" middle and {tally['missed']} are missed; {telling} tell something: blind choice misses them.**",
        "## Targets that calibration may use",
        card(fit, columns),
        "## Targets that are never fitted",
        card(check, columns),
        "## What is missed",
        missed(rows, models),
        "## Stylised facts that no row shows",
        *untold(rows),
        "## Three traps",
        *traps(rows, columns),
        *(["## Limiting cases", *limiting] if limiting else []),
    ])  # fmt: skip


def card(targets: Sequence[Target], columns: Sequence[Column]) -> str:
    """The table of some targets."""
    rows = []
    for one in targets:
        scale = scale_of(one)
        cells = [one.label, said(one, scale), f"{number(one.low, scale)} to {number(one.high, scale)}"]
        for column in columns:
            low, high = (number(end, scale) for end in column.interval(one))
            value = number(column.middle(one), scale)
            words = VERDICTS[column.verdict(one)]
            cells.append(f"{value} [{low}, {high}], {words if words != 'missed' else '**missed**'}")
        rows.append(cells)
    return pages.table(" | ".join(["Target", "Observed", "Band", *(one.title for one in columns)]), rows)


def scale_of(target: Target) -> wording.Scale:
    """The unit in which a target is said: its metric's over its months, or none for a ratio."""
    own = target.declared
    name = wording.split(own.metric[0])[0]
    if own.over or own.share_of or own.how in ("growth", "match"):
        unit = "month" if own.how == "match" else "1"
    else:
        unit = METRICS[name].unit.removesuffix("/month") if own.how == "sum" else METRICS[name].unit
    return wording.scale(name if unit != "1" else "", unit, abs(target.high))


def said(target: Target, scale: wording.Scale) -> str:
    """What was observed, with its unit, grade and sources."""
    unit = "" if scale.label in ("1", "", "index") else scale.label
    value = f"{number(target.observed, scale)} {unit}".rstrip() if np.isfinite(target.observed) else "a range"
    value += f" in {unit}" if unit and not np.isfinite(target.observed) else ""
    return f"{value} ({target.grade}; {', '.join(f'`{one}`' for one in target.source)})"


def number(value: float, scale: wording.Scale) -> str:
    """A value in a scale."""
    return wording.number(scale.of(value)) if np.isfinite(value) else "–"


def missed(rows: Sequence[Target], models: Sequence[Column]) -> str:
    """Failures by name."""
    lines = []
    for one in rows:
        where = [column.title for column in models if column.verdict(one) == "missed"]
        if where:
            scale = scale_of(one)
            value = number(models[0].middle(one), scale)
            lines.append(f"- **{one.label}**: {value}, wanted {number(one.low, scale)} to {number(one.high, scale)}"
                         f" ({', '.join(where)})")  # fmt: skip
    return "\n".join(lines) or "Nothing."


def untold(rows: Sequence[Target]) -> list[str]:
    """The stylised facts that no target is about."""
    shown = {one.declared.fact for one in rows}
    lines = [f"- {one.id}: {one.statement}" for one in catalog.stylised_facts() if one.id not in shown]
    note = (
        "They need firms counted one by one, inputs changed, or governments that react; tests hold the model to them."
    )
    return [note, "\n".join(lines)] if lines else ["None."]


def traps(targets: Sequence[Target], columns: Sequence[Column]) -> list[str]:
    """A fit that a straight line matches, a pattern that comes from inputs, an interval too narrow."""
    *models, blind = columns
    lines = [[name, *(f"{one:.2f}" for one in found)] for name, found in straight(targets, columns).items()]
    same = [one.label for one in targets if not informative(one, blind)]
    narrow = []
    for column in models:
        parts = [column.covered([one for one in targets if one.declared.use == use]) for use in ("fit", "check")]
        narrow.append([column.title, *(f"{hits} of {count}" for hits, count in parts)])
    return [
        "**A fit that a straight line matches as well.** A line through the logarithms of the observations to the end"
        " of 2023, drawn on, against the medians; mean distance of logarithms from what came later:",
        pages.table(" | ".join(["Series", "straight line", *(one.title for one in columns)]), lines),
        "**A pattern that comes from an input and not from behaviour.** These a market of blind choice gives too, so"
        f" that they say nothing for the model: {'; '.join(same) or 'none'}.",
        "**An interval too narrow to be honest.** Observed values in the inner four fifths of the runs:",
        pages.table("Runs | targets that may be fitted | targets never fitted", narrow),
        "Four fifths is what an honest interval holds; chance alone, as at the defaults, is far too narrow a one.",
    ]
