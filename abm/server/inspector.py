"""What an agent is and holds, as rows for people: read from its columns, and for a government from what it did."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.agents.governments import GOVERNMENTS
from abm.agents.labs import END_USES, KINDS
from abm.facts import catalog
from abm.figures.time import capital
from abm.foundation import dates
from abm.month import governing
from abm.month.moves import ANSWERS, IMPORTS, RUNGS
from abm.results import wording
from abm.rules.bargaining import QUANTITIES, TERMS
from abm.rules.production import INPUTS
from abm.runs import metrics
from abm.setting import AGENTS

if TYPE_CHECKING:
    from abm.foundation.tables import Column
    from abm.law.acts import Act
    from abm.model import ChipMarket

Rows = list[tuple[str, str, str]]

MOST_PARTS = 4
"""Parts of a vector that an agent's table names, the largest first."""
TOGETHER = ("brokers", "workshops")
"""Agents shown only as a whole: no page tells one way past the controls from another."""
CODES: dict[str, tuple[str, Sequence[str]]] = {"kind": ("kind of lab", KINDS), "end_use": ("end use", END_USES)}
"""Columns that hold a place in a list: what they are, and the list."""
UNTOLD = ("slot",)
"""Columns of the machinery, which say nothing of the agent."""
NO_TOTAL = {"inputs": INPUTS, "quantities": QUANTITIES, "terms": TERMS}
"""Axes along which a sum means nothing, and what stands along them."""
NAMES = {"US": "Washington", "CN": "Beijing"}
TABLES = {"labs": "Chinese lab", "vendors": "chip vendor", "makers": "HBM maker", "frontier": "US frontier lab",
          "governments": "government"}  # fmt: skip
"""What the agents of a table are."""
NOTHING = ("0", "none", "never", "no", "0 (None 0)")
"""Values that a table of an agent leaves out."""


def agent_names(m: "ChipMarket") -> list[str]:
    """`table/name` of every agent."""
    return [f"{table}/{name}" for table in agent_tables(m) for name in m.tables[table].names]


def agent_tables(m: "ChipMarket") -> list[str]:
    """The tables whose rows are agents that may be looked at one by one."""
    return [name for name in AGENTS if name not in TOGETHER]


def called(key: str) -> str:
    """An agent's name for people, with what it is."""
    table, _, name = key.partition("/")
    return f"{NAMES.get(name, name)} ({TABLES.get(table, wording.inline(table))})"


def agent_rows(m: "ChipMarket", key: str) -> Rows:
    """What an agent is and holds: meaning, value, unit; empty when there is no such agent."""
    table_name, _, name = key.partition("/")
    table = m.tables.get(table_name)
    if table is None or table_name in TOGETHER or name not in table.index:
        return []
    if table_name == "governments":
        return government_rows(m, name)
    place = table.index[name]
    columns = [(label, one) for label, one in table.columns.items() if label not in UNTOLD]
    return [row(m, label, one, getattr(table, label)[place]) for label, one in columns]


def row(m: "ChipMarket", label: str, column: "Column", value: Any) -> tuple[str, str, str]:
    """One column of an agent: a word for a place in a list, a date for a month, else a number with its unit."""
    if label in CODES:
        meaning, words = CODES[label]
        return capital(meaning), wording.say(words[int(value)]), ""
    meaning = capital(column.help.partition("; infinite")[0].partition(", in the order of")[0])
    if column.unit == "month" and np.ndim(value) == 0:
        return meaning, month_of(float(value)), ""
    words = value_of(m, value, column.axes)
    return meaning, words, "" if column.unit == "1" or words == "none" else wording.unit(column.unit)


def month_of(value: float) -> str:
    """A month index in words; `never` where there is none."""
    return wording.month(dates.label(int(value))) if np.isfinite(value) and value >= 0 else "never"


def value_of(m: "ChipMarket", value: Any, axes: tuple[str, ...]) -> str:
    """A column's value in words: a number, yes or no, or a total with its largest parts."""
    whole = np.asarray(value)
    if whole.ndim == 0:
        return ("yes" if bool(whole) else "no") if whole.dtype == np.bool_ else amount(float(whole))
    along = whole.reshape(whole.shape[0], -1).sum(axis=1).astype(float)
    names = axis_names(m, axes[0])
    if axes[0] in NO_TOTAL:
        finite = [(name, one) for name, one in zip(names, along, strict=True) if np.isfinite(one) and one]
        return ", ".join(f"{wording.say(name)} {amount(one)}" for name, one in finite) or "none"
    order = [place for place in np.argsort(-np.abs(along), kind="stable")[:MOST_PARTS] if along[place] and names]
    parts = ", ".join(f"{names[place]} {amount(along[place])}" for place in order)
    return f"{amount(float(along.sum()))}{f' ({parts})' if parts else ''}"


def axis_names(m: "ChipMarket", axis: str) -> Sequence[str]:
    """What stands along an axis of a column; nothing where places have no names."""
    known: Mapping[str, Sequence[str]] = {"products": m.axis.names, "generations": tuple(catalog.memory()), **NO_TOTAL}
    return known.get(axis, ())


def amount(value: float) -> str:
    """A number for people, with words for its size; whole numbers below a thousand as they are."""
    if not np.isfinite(value):
        return "none"
    if abs(value) < 1e-4 or (value == round(value) and abs(value) < 1000):
        return f"{round(value)}".replace("-", "−")
    scale = wording.scale("", "unit", abs(value))
    return f"{wording.number(scale.of(value))} {scale.label.removesuffix('units')}".strip()


# --- governments ---


def government_rows(m: "ChipMarket", who: str) -> Rows:
    """A government: whether it reacts, where it stands, the deal, what it has done in the run, and how it fares."""
    table, place = m.governments, GOVERNMENTS.index(who)
    rows = [("Reacts", _reacts(m, who), "")]
    if governing.reacts(m, who):
        rows += [(meaning, words, "") for meaning, words in _stances(m, who).items()]
        rows.append(("Deal between the governments", _deal(m), ""))
    made = acts_made(m, who)
    rows += [(f"Act of {wording.month(act.announced.isoformat()[:7])}", act.what, "") for act in made]
    if governing.reacts(m, who) and not made:
        rows.append(("Acts made in this run", "none so far", ""))
    payoff = metrics.evaluate(m, ["payoff"])[f"payoff[{who}]"]
    now, first = (wording.number(float(one), decimals=3) for one in (payoff[-1], payoff[0]))
    rows.append(("Its objective by plain weights", f"{now} (January 2022: {first})", ""))
    for label, meaning in (("weights", "What it gives weight to"), ("direct", "What touches it directly")):
        rows.append((meaning, value_of(m, getattr(table, label)[place], table.columns[label].axes), ""))
    if who == "US":
        rows.append(("Posts that handle licences", amount(float(table.staff[place])), ""))
        rows.append(("Fees and duties taken since the start", amount(float(table.takings[place])), "USD"))
    return rows


def acts_made(m: "ChipMarket", who: str) -> list["Act"]:
    """The acts a government added to the law during the run, alone or with the other, in order."""
    given = {act.name for act in m.case.regime.acts}
    return [act for act in m.regime.acts if act.name not in given and act.by in (who, "both")]


def _reacts(m: "ChipMarket", who: str) -> str:
    since = dict(m.regime.adaptive).get(who)
    if since is None:
        return "no; it does what the acts of the regime say"
    rhythm = m.parameters.governments
    months = rhythm.us_review_months if who == "US" else rhythm.cn_review_months
    begun = f"{'since' if governing.reacts(m, who) else 'from'} {wording.month(since.isoformat()[:7])}"
    return f"{begun}: reviews every {months} months, summits every {rhythm.summit_months}"


def _stances(m: "ChipMarket", who: str) -> dict[str, str]:
    """Where a government stands on its ladders."""
    table, place = m.governments, GOVERNMENTS.index(who)

    def stands(ladder: Sequence[str], rung: int) -> str:
        return f"{ladder[rung].replace('_', ' ')} (of {', '.join(one.replace('_', ' ') for one in ladder)})"

    if who == "US":
        found = {"Licences, by its own steps": stands([one.name for one in RUNGS], int(table.stance[place]))}
    else:
        found = {
            "Imports of accelerators, by its own steps": stands(IMPORTS, int(table.stance[place])),
            "Exports of materials, by its own steps": stands(ANSWERS, int(table.answer[place])),
        }
    return found | {"Its last step": month_of(float(table.acted[place]))}


def _deal(m: "ChipMarket") -> str:
    deal = governing.in_force(m)
    if deal is None:
        return "none"
    begins = "binds from" if deal.since > m.t else "in force since"
    return f"{begins} {month_of(deal.since)}, to {month_of(deal.until)}"
