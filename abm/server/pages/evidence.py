"""The page Evidence: what every parameter rests on."""

from collections import Counter

import solara

from abm.foundation.parameters import GRADES, declarations
from abm.results import wording
from abm.server import charts, tables
from abm.server.components import chart, heading, note, pick, table

COLOURS = dict(zip(GRADES, ("#0b8f6c", "#5ab4e5", "#1f5fa8", "#e3a008", "#c9c9c4"), strict=True))
MEANING = {
    "measured": "rule text, filing or specification",
    "reported": "press or a named analyst",
    "estimate": "an estimate made by others",
    "derived": "arithmetic on other facts",
    "assumed": "no source: a stated assumption",
}
HEAD = ("Parameter", "What it is", "Default", "Plausible", "Grade", "Source")


@solara.component
def EvidencePage() -> None:
    """Grades counted by group, and the parameters with their sources."""
    grade, group, search = solara.use_reactive(""), solara.use_reactive(""), solara.use_reactive("")
    groups = list(dict.fromkeys(name.partition(".")[0] for name in declarations()))
    rows = tables.evidence(grade.value, group.value, search.value)
    counts = Counter(one.grade for one in declarations().values())
    with solara.Div(classes=["abm-page abm-wide"]), solara.Div(classes=["abm-main"]):
        heading("What the parameters rest on")
        with solara.Div(classes=["abm-grades"]):
            for name in GRADES:
                grade_button(name, counts[name], grade)
        chart(by_group(groups), 250)
        with solara.Div(classes=["abm-row"]):
            pick("Group", group.value, [("All groups", ""), *((wording.say(one), one) for one in groups)], group.set)
            solara.InputText("Search", value=search, continuous_update=True)
            note(f"{len(rows)} of {len(declarations())} parameters")
        table(HEAD, rows, "abm-evidence")


def grade_button(name: str, count: int, chosen: solara.Reactive[str]) -> None:
    """A grade as a button that shows only its parameters, and how many there are."""
    on = chosen.value == name
    solara.Button(
        f"{count} {name}", on_click=lambda: chosen.set("" if on else name), outlined=not on,
        style=f"border-left: 8px solid {COLOURS[name]};", attributes={"title": MEANING[name]},
    )  # fmt: skip


def by_group(groups: list[str]) -> charts.Option:
    """Bars of grades by group of parameters."""
    counts = Counter((name.partition(".")[0], one.grade) for name, one in declarations().items())
    option = charts.frame("Parameters by group and grade", "parameters", [wording.say(one) for one in groups])
    option["xAxis"] |= {"boundaryGap": True, "axisLabel": {"color": charts.SOFT, "fontSize": 11, "interval": 0}}
    option["series"] = [
        {"type": "bar", "stack": "all", "name": grade, "data": [counts[group, grade] for group in groups],
         "barMaxWidth": 46, "itemStyle": {"color": COLOURS[grade]}, "emphasis": {"disabled": True}}
        for grade in GRADES
    ]  # fmt: skip
    return option
