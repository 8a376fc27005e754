"""What pages show as tables and lists: the law of a month, evidence, differences, values of runs."""

from typing import TYPE_CHECKING

import pandas as pd

from abm.facts import catalog
from abm.foundation.parameters import declarations
from abm.results import wording
from abm.server import words
from abm.server.html import render

if TYPE_CHECKING:
    from abm.results.comparison import Comparison
    from abm.results.series import Series
    from abm.server.live import LawNow

WHO = {"both": "US and China", "CN": "China"}


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


def evidence(grade: str = "", group: str = "", search: str = "") -> list[tuple[str, str, str, str, str, str]]:
    """Parameters of a grade, a group and with some text: name, meaning, default and unit, range, grade, sources."""
    found = []
    for name, one in declarations().items():
        text = f"{name} {one.help} {one.source}".casefold()
        if grade in ("", one.grade) and group in ("", name.partition(".")[0]) and search.casefold() in text:
            plausible = " to ".join(map(words.value, one.range)) if one.range else ", ".join(one.choices) or "–"
            default = f"{words.value(one.default)}{words.unit(one.unit)}"
            found.append((name, one.help, default, plausible, one.grade, cited(one.source)))
    return found


def cited(ids: str) -> str:
    """Sources in words: publisher, title and date of each."""
    known = catalog.sources()
    parts = []
    for name in ids.split(";"):
        one = known.get(name)
        parts.append(f"{one.publisher}: {one.title}{f' ({one.date})' if one.date else ''}" if one else name)
    return "; ".join(parts)


def difference_rows(comparison: "Comparison") -> list[tuple[str, str, str, str, str]]:
    """The headline lines: what, the base, the difference with its interval, unit, when."""
    rows = []
    for row in comparison.differences().to_dict("records"):
        decimals = wording.finer(row["mean"], wording.places(row["mean"]))
        cell = wording.interval(row["mean"], row["low"], row["high"], decimals)
        rows.append((row["line"], wording.number(row["base"]), cell, row["unit"], row["when"]))
    return rows


def tidy(outcome: "Series") -> pd.DataFrame:
    """One column of an ensemble, a row a run and month: metric, unit, regime, seed, month, value."""
    rows = outcome.frame.melt(ignore_index=False, value_name="value").reset_index()
    rows = rows.assign(metric=outcome.name, unit=outcome.unit, month=rows["month"].astype(str))
    return rows[["metric", "unit", "regime", "seed", "month", "value"]]
