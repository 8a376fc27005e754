"""What a regime changes of one headline line: the difference from the base, its two intervals, and its words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import groupby

from rich.table import Table

from abm.results import headlines, wording
from abm.results.series import untold

SAME = "no material change"
UNSURE = "not clear of chance"
NIL = "≈ 0"
RATIO = 1.0
"""A change of more than so many times its base is said by where it leads, not in per cent."""
ROUGH = 10
"""Pairs under which an interval is said to be rough."""
ABSOLUTE = ("months", "percentage points", "orders of magnitude", "index")
"""Units in which a change is said as it is; in others it is said in per cent of the base."""


@dataclass(frozen=True)
class Change:
    """A line under a regime against the base, in one month; numbers are in `unit`.

    base, level  means under the base and under the regime
    mean         mean of the paired differences
    low, high    chance: the 95 % interval of that mean; undefined under two pairs
    p5, p95      futures: 5 % and 95 % of the single differences where parameters were drawn; else undefined
    step         the smallest difference worth a word
    pairs        pairs of runs; draws: different points of parameters among them
    """

    metric: str
    line: str
    regime: str
    mean: float
    low: float
    high: float
    unit: str
    when: str
    pairs: int
    base: float
    level: float
    p5: float
    p95: float
    step: float
    draws: int

    @property
    def chance(self) -> tuple[float, float] | None:
        """The 95 % interval of the mean; None under two pairs."""
        return (self.low, self.high) if math.isfinite(self.low) else None

    @property
    def futures(self) -> tuple[float, float] | None:
        """The 5-95 % range of single differences over the draws of parameters; None under ten draws."""
        return (self.p5, self.p95) if math.isfinite(self.p5) else None

    @property
    def material(self) -> bool:
        """Whether the mean difference is worth a word."""
        return self.mean != 0 and abs(self.mean) >= self.step

    @property
    def clear(self) -> bool:
        """Whether chance leaves the sign of the difference standing."""
        return self.low > 0 or self.high < 0

    @property
    def steps(self) -> float:
        """The difference in steps."""
        return self.mean / self.step if self.step else math.copysign(math.inf, self.mean) if self.mean else 0.0

    @property
    def share(self) -> float:
        """The difference in per cent of the base; undefined where that is nothing."""
        return 100 * self.mean / abs(self.base) if self.base else math.nan

    @property
    def decimals(self) -> int:
        """The decimals of the step, to which differences are said; one more where it would seem less than the step."""
        found = decimals_of(self.step, self.mean)
        return found + (self.material and abs(round(self.mean, found)) < 0.999 * self.step)

    @property
    def words(self) -> str:
        """The difference in words: '+6 % (17.4 to 18.5 million H100e)', or that there is none to speak of."""
        if not self.material:
            return SAME
        if not self.clear and self.chance:
            return f"{UNSURE} ({wording.interval(self.mean, self.low, self.high, self.decimals)} {self.unit})"
        ends = f"{self.number(self.base)} to {self.number(self.level)} {self.level_unit}"
        if self.leads:
            return ends
        sign = "+" if self.mean > 0 else "−"
        return f"{sign}{self.amount} ({ends})"

    @property
    def level_unit(self) -> str:
        """The unit of base and level."""
        return "per cent" if self.unit == "percentage points" else self.unit

    @property
    def amount(self) -> str:
        """How large the difference is, without its sign: '6 %', '0.8 months'."""
        said = self._amounts(abs(self.mean))
        return f"{said} {self._noun.removesuffix('s') if said == '1' else self._noun}"

    def moved(self, *asides: str, brief: bool = False) -> str:
        """The same after a verb, in brackets the range of futures and further words: 'by 6 % (2 to 9 %)'."""
        low, high = sorted(math.copysign(1, self.mean) * end for end in self.futures or (math.nan, math.nan))
        if self.leads:
            said = f"from {self.number(self.base)} to {self.number(self.level)} {self.level_unit}"
            low, high = (self.base + end for end in self.futures or (math.nan, math.nan))
            spread = f"{self.number(max(low, 0.0))} to {self.number(high)}"
        else:
            said, spread = f"by {self.amount}", f"{self._amounts(low)} to {self._amounts(high)} {self._noun}"
        inside = "; ".join([*([spread] if self.futures else []), *asides])
        return f"{said} ({inside})" if inside and not brief else said

    @property
    def year(self) -> str:
        """The year over which a window runs, or at whose end the line is read: 'in 2027', 'at the end of 2027'."""
        return f"in {self.when[-7:-3]}" if " " in self.when else f"at the end of {self.when[:4]}"

    def number(self, value: float) -> str:
        """A level to the decimals of the step, or a digit more where it would show one alone."""
        return wording.number(value, decimals=max(self.decimals, min(wording.places(value, 2), self.decimals + 1)))

    def cells(self) -> tuple[str, ...]:
        """The difference and its two intervals, to the step; dashes for what there is not."""
        mean = wording.number(self.mean, True, self.decimals) if self.material else NIL
        return mean, *(self._range(ends) for ends in (self.chance, self.futures))

    @property
    def cell(self) -> str:
        """The difference in a table without intervals: in brackets where chance may explain it."""
        return f"({self.cells()[0]})" if self.material and not self.clear else self.cells()[0]

    def _range(self, ends: tuple[float, float] | None) -> str:
        """An interval."""
        return " to ".join(wording.number(end, decimals=self.decimals) for end in ends) if ends else "–"

    def _amounts(self, value: float) -> str:
        """A size in the unit in which differences are said."""
        if self.unit in ABSOLUTE or not self.base:
            return wording.number(value, decimals=self.decimals)
        percent = 100 / abs(self.base)
        finest = wording.places(self.mean * percent, 2)
        return wording.number(value * percent, decimals=min(decimals_of(self.step * percent, self.mean), finest))

    @property
    def _noun(self) -> str:
        return self.unit if self.unit in ABSOLUTE or not self.base else "%"

    @property
    def leads(self) -> bool:
        """Whether base and level say more than their ratio."""
        return self.unit not in ABSOLUTE and not abs(self.mean) <= RATIO * abs(self.base)


COLUMNS = [one.name for one in fields(Change)]


def decimals_of(step: float, mean: float) -> int:
    """The decimals of a step, negative for tens and hundreds; of the difference where there is no step."""
    return -math.floor(math.log10(step) + 1e-9) if math.isfinite(step) and step > 0 else wording.places(mean)


def table(changes: Sequence[Change], base: str) -> Table:
    """Each line's base and differences, chance, and futures where drawn; several regimes stand under the line."""
    drawn = any(one.futures for one in changes)
    several = len({one.regime for one in changes}) > 1
    shown = headlines.columns("", wording.say(base), "change", "chance", *(["futures"] if drawn else []))
    for line, group in groupby(changes, lambda one: f"{one.line}, {one.unit}"):
        first, *others = group
        for one in (first, *others):
            name, stands = (f"  {wording.say(one.regime)}", "") if several else (line, one.number(one.base))
            if several and one is first:
                shown.add_row(line, one.number(one.base))
            shown.add_row(name, stands, *one.cells()[: 3 if drawn else 2])
    return shown


def notes(changes: Sequence[Change], told: bool = False) -> list[str]:
    """What the columns of a table are; told: where parameters come from is said elsewhere."""
    months = {one.when[-7:] for one in changes}
    fewest = min(one.pairs for one in changes)
    draws = max(one.draws for one in changes)
    pairs = wording.count(fewest, "pair") + (" of runs" if len({one.regime for one in changes}) == 1 else " a regime")
    small = "" if all(one.material for one in changes) else f"; {NIL}: {SAME}"
    found = [f"change: mean of paired differences at {', '.join(sorted(months))}, {pairs}{small}"]
    rough = ", rough with so few pairs" if 1 < fewest < ROUGH else ""
    found.append(f"chance: 95 % interval of that mean{rough}")
    if any(one.futures for one in changes):
        found.append(f"futures: 5 % to 95 % of single pairs, over {wording.count(draws, 'draw')} of parameters")
    elif not told:
        found.append(f"{untold(draws)}: how far the inputs are in doubt is not told")
    return found
