"""The answer to what a changed law does: a sentence, a table and, by `abm.plot`, a figure, with two intervals each."""

import textwrap
from dataclasses import asdict, dataclass
from functools import cached_property

import pandas as pd

from abm.foundation.errors import InputError
from abm.results import change, headlines, wording
from abm.results.change import COLUMNS, NIL, Change, notes, table
from abm.results.comparison import Comparison
from abm.results.series import known, untold

FIRST = ("china_compute", "capability_gap", "cxmt_output")
"""Of these every answer speaks: what China has, what it can do with it, and what becomes of its own memory."""
MORE = 2
"""Further lines, those that change by the most steps."""
BEYOND = 1.5
"""A year is spoken of besides the last where the change is so many times that of the last."""
BRIEF = (
    "china_compute", "capability_gap", "vendor_china_revenue_net[Nvidia]", "hbm_maker_china_revenue[*]", "cxmt_output",
)  # fmt: skip
"""The lines of a brief table, where they are held."""
HEAD, BRIEFLY = 12, 80
"""Letters of a line's name in the head of a brief table, and columns of text that it takes."""
SAME, UNSURE = "makes no material change to", "does not clearly move"
VERBS = ("raises", "lowers", "for a time raises", "for a time lowers", SAME, UNSURE)


@dataclass(frozen=True)
class Answer:
    """What regimes change of the headline lines against a base, in one month.

    comparison  what it was read from
    changes     line by line, in the order of the headline lines, and regime by regime
    """

    comparison: Comparison
    changes: tuple[Change, ...]

    def __repr__(self) -> str:
        return f"Answer({', '.join(self.regimes)} against {self.base}: {wording.count(len(self.changes), 'change')})"

    @property
    def base(self) -> str:
        """The regime that others are held against."""
        return self.comparison.base

    @cached_property
    def peaks(self) -> tuple[Change, ...]:
        """The same at the end of the year in which a change is most, where it is ever material."""
        lines = headlines.lines_of(self.comparison)
        return tuple(one for line in lines for one in self.comparison.peaks(line) if one.regime in self.regimes)

    @property
    def regimes(self) -> tuple[str, ...]:
        """The regimes that are held against it."""
        return tuple(dict.fromkeys(one.regime for one in self.changes))

    @property
    def alike(self) -> tuple[str, ...]:
        """The regimes that do not differ from the base in any line, as history and holding firm up to what differs."""
        return tuple(name for name in self.regimes if all(one.mean == 0 for one in self.changes if one.regime == name))

    @property
    def when(self) -> str:
        """The month, in words."""
        return wording.month(str(self.comparison.ensemble.months[-1]))

    @property
    def draws(self) -> int:
        """Different points of parameters behind the ranges of futures; 0 where there are none."""
        return max((one.draws for one in self.changes if one.futures), default=0)

    @property
    def sentence(self) -> str:
        """What each regime changes: the first lines, and those that change most; what the ranges hold."""
        return " ".join([*(self.of(regime) for regime in self.regimes), self.held])

    @property
    def held(self) -> str:
        """What ranges in the sentences hold, or that there are none."""
        if not self.draws:
            return f"{untold(max((one.draws for one in self.changes), default=1)).capitalize()}."
        return f"In brackets: 5 to 95 % of futures, over {wording.count(self.draws, 'draw')} of parameters."

    @property
    def frame(self) -> pd.DataFrame:
        """The changes as a table, with the fields of `Change` as columns, and whether each is material."""
        rows = [asdict(one) | {"material": one.material, "words": one.words} for one in self.changes]
        return pd.DataFrame(rows, columns=[*COLUMNS, "material", "words"])

    def of(self, regime: str, more: int = MORE) -> str:
        """The sentence of one regime, with so many lines besides the first."""
        against = f"against {wording.inline(self.base)}"
        if not any(one.chance for one in self.changes if one.regime == regime):
            return f"{wording.say(regime)}, {against}: one pair of runs gives no interval, so no change is stated."
        return f"By {self.when} {wording.say(regime)}, {against}, {self.finding(regime, more)}."

    def finding(self, regime: str, more: int = MORE, brief: bool = False) -> str:
        """What a regime does, as the rest of a sentence that begins with its name; brief is without brackets."""
        chosen, said = self.chosen(regime, more), {verb: list[str]() for verb in VERBS}
        for one, peak in chosen:
            verb, amount = _verb(one, peak, brief)
            said[verb].append(f"{wording.inside(one.metric)}{amount}")
        if not any(lines for verb, lines in said.items() if verb != SAME):
            return "makes no clear and material change to any headline line"
        parts = [f"{verb} {wording.joined(lines)}" for verb, lines in said.items() if lines]
        return ", and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)

    def chosen(self, regime: str, more: int = MORE) -> list[tuple[Change, Change]]:
        """The first lines, and those that change by most steps, one a metric; each with its change where it is most."""
        most = {one.metric: one for one in self.peaks if one.regime == regime}
        found = [(one, most.get(one.metric, one)) for one in self.changes if one.regime == regime]
        first = [pair for pair in found if pair[0].metric in FIRST]
        moved = [pair for pair in found if pair not in first and any(one.material and one.clear for one in pair)]
        ranked = sorted(moved, key=lambda pair: -max(abs(one.steps) for one in pair))
        each = {wording.split(pair[0].metric)[0]: pair for pair in reversed(ranked)}
        return [*first, *[pair for pair in ranked if pair in each.values()][:more]]

    def table(self, width: int | None = None) -> str:
        """Each line's base, differences and intervals as aligned plain text, for a terminal."""
        sources = self.comparison.ensemble.sources
        about = [*sources, *notes(self.changes, told=bool(sources))]
        return headlines.printed(about, [table(self.changes, self.base)], width)

    def brief(self, width: int | None = None) -> str:
        """A row for each regime and a column for each of a few lines, that fits 80 columns; without intervals."""
        metrics = list(dict.fromkeys(one.metric for one in self.changes))
        chosen = [name for name in BRIEF if name in metrics]
        chosen = [*chosen, *(name for name in metrics if name not in chosen)][: len(BRIEF)]
        by = {(one.metric, one.regime): one for one in self.changes}
        first = {name: next(one for one in self.changes if one.metric == name) for name in chosen}
        heads = ["\n".join(textwrap.wrap(f"{one.line}, {one.level_unit}", HEAD)) for one in first.values()]
        shown = headlines.columns("", *heads)
        shown.add_row(wording.say(self.base), *(one.number(one.base) for one in first.values()))
        for regime in self.regimes:
            if regime not in self.alike:
                row = [by.get((name, regime)) for name in chosen]
                shown.add_row(wording.say(regime), *("–" if one is None else one.cell for one in row))
        base = wording.say(self.base)
        about = [
            f"{self.comparison!r}, set {self.comparison.ensemble.key}",
            f"{base}: levels; others: change from {base.lower()}, mean of paired differences at {self.when}",
            f"{NIL}: {change.SAME}; in brackets: {change.UNSURE}",
            *[f"{wording.say(name)}: the same as {base.lower()} in every run" for name in self.alike],
            *self.comparison.ensemble.sources,
        ]
        return headlines.printed(about, [shown], width or BRIEFLY)


def answer(comparison: Comparison, changed: str | None = None) -> Answer:
    """What `changed`, by default every regime, changes of the headline lines; InputError where no runs are paired."""
    if changed is not None:
        known("regime", [changed], comparison.regimes)
    changes = [one for line in headlines.lines_of(comparison) for one in comparison.changes(line)]
    kept = tuple(one for one in changes if changed in (None, one.regime))
    if not kept:
        raise InputError(f"answer: no runs of {changed or 'another regime'} are paired with runs of {comparison.base}")
    return Answer(comparison, kept)


def _verb(one: Change, peak: Change, brief: bool) -> tuple[str, str]:
    """What is said of a line before its name, and after it; of its year of most change where that says more."""
    ways = ("raises", "lowers")
    if one.material and one.clear:
        beyond = peak.clear and peak.when != one.when and abs(peak.steps) > BEYOND * abs(one.steps)
        most = f"{peak.number(peak.level)} {peak.level_unit}" if peak.leads else peak.amount
        aside = (f"{'−' if peak.mean < 0 < one.mean else ''}{most} {peak.year}",) if beyond else ()
        return ways[one.mean < 0], f" {one.moved(*aside, brief=brief)}"
    if peak.material and peak.clear and peak.when != one.when:
        return f"for a time {ways[peak.mean < 0]}", f" {peak.moved(peak.year, brief=brief)}"
    return UNSURE if one.material else SAME, ""
