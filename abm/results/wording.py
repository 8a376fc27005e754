"""How metrics, units and regimes are said to people: titles, human scales, formatted numbers."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from abm.foundation.parameters import declarations
from abm.runs.metrics import METRICS, PER_CENT

ACRONYMS = {"hbm": "HBM", "us": "US", "cn": "China", "ai": "AI", "hq": "HQ", "smic": "SMIC", "cxmt": "CXMT"}

LONGEST = 40

NOUNS = {
    "unit": "units",
    "units": "units",
    "card": "cards",
    "stack": "stacks",
    "wafer": "wafers",
    "die": "dies",
    "run": "runs",
    "lab": "labs",
    "month": "months",
    "log10": "orders of magnitude",
    "log10 FLOP": "log10 FLOP",
    "1": "count",
}

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

# From which size on numbers are said in which unit, and how much that is.
STEPS = ((1e12, 1e12, "trillion "), (1e9, 1e9, "billion "), (1e6, 1e6, "million "), (1e4, 1e3, "thousand "))


@dataclass(frozen=True)
class Scale:
    """A human unit: values are shown divided by `divisor`, with the words in `label`."""

    divisor: float
    label: str

    def of(self, value: float) -> float:
        """The value in the human unit."""
        return value / self.divisor


def split(column: str) -> tuple[str, str]:
    """A column's metric and key: 'domestic_units[Huawei]' -> ('domestic_units', 'Huawei')."""
    metric, _, key = column.partition("[")
    return metric, key.removesuffix("]")


def title(column: str) -> str:
    """A readable title of a metric or one of its parts; '[*]', the sum of all parts, goes without saying.

    Money is named after its owner: 'Nvidia revenue in China' rather than 'Revenue in China: Nvidia'.
    """
    name, key = split(column)
    metric = METRICS.get(name)
    words = metric.title if metric else say(name)
    if not key or key == "*":
        return words
    if metric and metric.keys in ("vendor", "maker") and metric.unit.startswith("USD"):
        return f"{key} {words[0].lower() if words[1].islower() else words[0]}{words[1:]}"
    return f"{words}: {say(key)}"


PLACES = ("Chin", "Washington", "Beijing")
"""Beginnings of words that keep their capital within a sentence."""


def inside(column: str) -> str:
    """The title of a column within a sentence: a small first letter, unless it begins with a name or an acronym."""
    words, key = title(column), split(column)[1]
    return words if words.startswith((*PLACES, key or " ")) else within(words)


def within(words: str) -> str:
    """Words within a sentence: a small first letter, unless they begin with an acronym."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


def inline(name: str) -> str:
    """A name in words within a sentence: 'hold_firm' -> 'hold firm', 'hbm_relief' -> 'HBM relief'."""
    return within(say(name))


def joined(parts: Sequence[str]) -> str:
    """Parts as a list in a sentence: 'a, b and c'."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def say(name: str) -> str:
    """A name in words: 'hbm_relief' -> 'HBM relief'; names with capitals of their own are left as they are.

    Of a name longer than LONGEST letters its beginning and its end are said, so that it fits beside a line.
    """
    words = name.replace("_", " ")
    if name == name.lower():
        each = [ACRONYMS.get(word, word) for word in words.split()]
        words = " ".join([each[0][:1].upper() + each[0][1:], *each[1:]]) if each else ""
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 15]}…{words[-14:]}"


def factor(name: str) -> str:
    """A swept factor in words: 'law.hbm.quota_share@2026-11' -> 'HBM: quota share, from November 2026'.

    Of a parameter it is the declared label, with its group where another has the same.
    """
    known = declarations()
    if name in known:
        words = known[name].label
        alone = sum(one.label == words for one in known.values()) == 1
        return words if alone else f"{say(name.partition('.')[0])}: {words}"
    if "." not in name:
        return say(name)
    path, _, day = name.partition("@")
    group, _, rest = path.removeprefix("law.").partition(".")
    rest = rest.removesuffix("[*]").replace("_", " ")
    words = f"{say(group)}: {rest}" if rest else say(group)
    return f"{words}, from {month(day[:7])}" if day else words


def count(number: int, noun: str) -> str:
    """A number of things: '1 run', '20 runs'."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


def month(text: str) -> str:
    """A month in words: '2030-12' -> 'December 2030'."""
    year, _, number = text.partition("-")
    return f"{MONTHS[int(number) - 1]} {year}"


def scale(column: str, unit: str, largest: float) -> Scale:
    """The human unit for a column whose greatest absolute value is `largest`.

    Shares are said in per cent; a count or a sum of money in thousands, millions or billions of its unit.
    """
    if unit == "1":
        metric = METRICS.get(split(column)[0])
        shown = metric.shown if metric else "index"
        return Scale(0.01 if shown == PER_CENT else 1.0, shown)
    noun, per = _phrase(unit)
    if unit.startswith("log10") or noun == "months" or not math.isfinite(largest):
        return Scale(1.0, noun + per)
    divisor, word = next(((size, word) for start, size, word in STEPS if largest >= start), (1.0, ""))
    return Scale(divisor, f"{word}{noun}{per}")


def unit(text: str) -> str:
    """A unit in words: 'stack/month' -> 'stacks a month'."""
    return "".join(_phrase(text))


def _phrase(unit: str) -> tuple[str, str]:
    """The noun of a unit and how often it comes: 'unit/month' -> ('units', ' a month')."""
    top, slash, below = unit.partition("/")
    per = f" per {below}" if "-" in below else f" a {below}"
    return NOUNS.get(top, top), per if slash else ""


def places(largest: float, digits: int = 3) -> int:
    """Digits after the point that show the largest number of a group with so many significant digits."""
    if not math.isfinite(largest) or largest == 0:
        return 0
    return min(max(digits - 1 - math.floor(math.log10(abs(float(f"{largest:.{digits}g}")))), 0), 6)


def finer(value: float, decimals: int) -> int:
    """A group's decimals, or one more where a small member would else show a single digit."""
    return min(max(decimals, places(value, 2)), decimals + 1) if value else decimals


def number(value: float, signed: bool = False, decimals: int | None = None) -> str:
    """A number for people: three significant digits, or fixed decimals (−1 is tens); thousands apart, a true minus.

    A dash stands for what is undefined.
    """
    if not math.isfinite(value):
        return "–"
    rounded = float(f"{value:.3g}") if decimals is None else round(value, decimals)
    text = f"{rounded:,.{places(value) if decimals is None else max(decimals, 0)}f}"
    if rounded == 0:
        return text.replace("-", "")
    return f"+{text}" if signed and rounded > 0 else text.replace("-", "−")


def interval(mean: float, low: float, high: float, decimals: int | None = None) -> str:
    """A signed mean with its interval, all with the same decimals: '+2.50 [2.13, 2.87]'; the mean alone without one."""
    shown = places(mean) if decimals is None else decimals
    middle = number(mean, signed=True, decimals=shown)
    if not (math.isfinite(low) and math.isfinite(high)):
        return middle
    return f"{middle} [{number(low, decimals=shown)}, {number(high, decimals=shown)}]"


def paragraph(*sentences: str) -> str:
    """Sentences as a paragraph of a Markdown page, in lines of 120 letters."""
    return textwrap.fill(" ".join(sentences), 120, break_long_words=False, break_on_hyphens=False)
