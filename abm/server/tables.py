"""What pages show as tables and lists: the law of a month, evidence, differences, values of runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from abm.facts import catalog
from abm.foundation.parameters import declarations
from abm.results import wording
from abm.server import words
from abm.server.html import render
from abm.server.sides import when

if TYPE_CHECKING:
    from abm.results.answer import Answer
    from abm.results.change import Change
    from abm.results.series import Series
    from abm.server.live import LawNow

WHO = {"both": "US and China", "CN": "China", "US": "US"}


def law_list(now: "LawNow", month: str) -> str:
    """What is law in a month, as HTML: what is new, what is known to come, and what stands, the latest first."""
    first, count = f"1 {wording.month(month)}", wording.count(len(now.standing), "act")
    groups = {
        f"New in {wording.month(month)}": [(act, f"from {words.day(act.effective)}") for act in now.fresh],
        "Upcoming": [
            (act, f"from {words.day(act.effective)}" + ("" if chance == 1 else f", {chance:.0%} likely"))
            for act, chance in now.coming
        ],
        f"In force on {first}: {count}": [(act, f"since {words.day(act.effective)}") for act in now.standing],
    }
    shown = [(heading, acts) for heading, acts in groups.items() if acts]
    if not now.standing:
        shown.append((f"No act in force on {first}", []))
    return render("law.html", groups=shown, who=WHO)


@dataclass(frozen=True)
class Evidence:
    """A parameter as the page Evidence shows it; sources are words and, where there is one, an address.

    influence   share of the variance of headline outcomes that it accounts for by itself, "–" where that may be chance
    """

    label: str
    influence: str
    help: str
    default: str
    plausible: str
    grade: str
    sources: tuple[tuple[str, str], ...]


INFLUENCE = Path(__file__).with_name("influence.csv")
"""Inputs, the most influential first, as `python docs/build.py influence` takes them from the study of exposure."""


@cache
def influence() -> dict[str, float]:
    """By parameter the mean share of the variance of headline outcomes that it accounts for by itself.

    Only those for which that is clear of chance for some outcome, the first first.
    """
    rows = pd.read_csv(INFLUENCE)
    clear = rows[rows["clear"] > 0].sort_values("share", ascending=False, kind="stable")
    return {str(name): float(share) for name, share in zip(clear["input"], clear["share"], strict=True)}


def evidence(grade: str = "", group: str = "", search: str = "", ranked: bool = False) -> list[Evidence]:
    """Parameters of a grade, a group and with some text; in the order of their declaration, or by influence."""
    found, known = [], declarations()
    first = {name: known[name] for name in influence() if name in known} if ranked else {}
    for name, one in (first | dict(known)).items():
        text = f"{words.parameter(name)} {one.help} {' '.join(said for said, _ in cited(one.source))}".casefold()
        if grade in ("", one.grade) and group in ("", name.partition(".")[0]) and search.casefold() in text:
            ends = (" to ", one.range) if one.range else (", ", one.choices)
            plausible = ends[0].join(map(words.value, ends[1]))
            default = f"{words.value(one.default)}{words.unit(one.unit)}"
            share = influence().get(name)
            found.append(Evidence(words.parameter(name), "–" if share is None else f"{share:.1%}",
                                  words.sentence(one.help), default, plausible or "–", one.grade,
                                  cited(one.source)))  # fmt: skip
    return found


def evidence_table(rows: Sequence[Evidence]) -> str:
    """The same as HTML; sources that a row shares with the one before it are not said again."""
    return render("evidence.html", rows=rows)


@cache
def cited(ids: str) -> tuple[tuple[str, str], ...]:
    """Sources in words, publisher, title and date of each, with their addresses."""
    known = catalog.sources()
    found = []
    for name in ids.split(";"):
        one = known.get(name)
        if one is None:
            found.append((name, ""))
        else:
            date = f" ({one.date})" if one.date else ""
            address = one.address or ""
            found.append((f"{one.publisher}: {one.title}{date}", address if address.startswith("http") else ""))
    return tuple(found)


def differences(changes: "Iterable[Change]") -> str:
    """The headline lines as HTML: what, the base, the change in words, its interval, unit, when."""
    return render("differences.html", changes=list(changes), when=when)


def pivot(found: "Answer") -> str:
    """Lines by regime as HTML: the base's level, and each regime's change; bold what is worth a word and clear."""
    lines: dict[str, list[Change]] = {}
    for one in found.changes:
        lines.setdefault(one.metric, []).append(one)
    return render("pivot.html", lines=list(lines.values()), base=wording.say(found.base),
                  regimes=[wording.say(one) for one in found.regimes], when=when)  # fmt: skip


def levels(lines: pd.DataFrame) -> str:
    """Headline lines of one regime as HTML: median, unit, when."""
    rows = [(row["line"], wording.number(row["median"]), row["unit"], when(row["when"]))
            for row in lines.to_dict("records")]  # fmt: skip
    return render("table.html", head=("", "Median", "Unit", "When"), rows=rows, kind="abm-differences abm-stacked")


def tidy(outcome: "Series") -> pd.DataFrame:
    """One column of an ensemble, a row a run and month: metric, unit, regime, seed, month, value."""
    rows = outcome.frame.melt(ignore_index=False, value_name="value").reset_index()
    rows = rows.assign(metric=outcome.name, unit=outcome.unit, month=rows["month"].astype(str))
    return rows[["metric", "unit", "regime", "seed", "month", "value"]]
