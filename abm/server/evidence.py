"""The fourth page: what every parameter rests on."""

from collections import Counter

import solara

from abm.foundation.parameters import GRADES, declarations
from abm.results import wording
from abm.server import charts, tables
from abm.server.editor import pick
from abm.server.watch import Plot

TONES = dict(zip(GRADES, ("#0b8f6c", "#5ab4e5", "#1f5fa8", "#e3a008", "#c9c9c4"), strict=True))
MEANING = {
    "measured": "rule text, filing or specification",
    "reported": "press or a named analyst",
    "estimate": "somebody's estimate",
    "derived": "arithmetic on other facts",
    "assumed": "nobody knows: a stated assumption",
}


@solara.component
def EvidencePage() -> None:
    """Grades counted by group, and the parameters with their sources."""
    grade, group, words = solara.use_reactive(""), solara.use_reactive(""), solara.use_reactive("")
    groups = list(dict.fromkeys(name.partition(".")[0] for name in declarations()))
    rows = tables.evidence(grade.value, group.value, words.value)
    counts = Counter(one.grade for one in declarations().values())
    with solara.Div(classes=["abm-page abm-wide"]), solara.Div(classes=["abm-main"]):
        solara.Text("What the numbers rest on", classes=["abm-month"])
        with solara.Div(classes=["abm-grades"]):
            for name in GRADES:
                Grade(name, counts[name], grade)
        with solara.Div(classes=["abm-chart"]):
            Plot(option=by_group(groups), height=250)
        with solara.Div(classes=["abm-row"]):
            pick("Group", group.value, [("All groups", ""), *((wording.say(one), one) for one in groups)],
                 lambda one: group.set(one or ""))  # fmt: skip
            solara.InputText("Words to look for", value=words, continuous_update=True)
            solara.Text(f"{len(rows)} of {len(declarations())} parameters", classes=["abm-note"])
        head = ("Parameter", "What it is", "Default", "Plausible", "Grade", "Source")
        solara.HTML(unsafe_innerHTML=tables.html(head, rows, "abm-evidence"))


@solara.component
def Grade(name: str, count: int, chosen: solara.Reactive[str]) -> None:
    """A grade as a button: how many parameters have it."""
    on = chosen.value == name
    style = f"border-left: 8px solid {TONES[name]};"
    solara.Button(
        f"{count} {name}", on_click=lambda: chosen.set("" if on else name), outlined=not on, style=style,
        attributes={"title": MEANING[name]},
    )  # fmt: skip


def by_group(groups: list[str]) -> charts.Option:
    """Bars of grades by group of parameters."""
    option = charts.frame("Parameters by group and grade", "parameters", [wording.say(one) for one in groups])
    option["xAxis"] |= {"boundaryGap": True, "axisLabel": {"color": charts.SOFT, "fontSize": 11, "interval": 0}}
    for grade in GRADES:
        counts = [
            sum(name.startswith(f"{group}.") and one.grade == grade for name, one in declarations().items())
            for group in groups
        ]
        option["series"].append({
            "type": "bar", "stack": "all", "name": grade, "data": counts, "barMaxWidth": 46,
            "itemStyle": {"color": TONES[grade]}, "emphasis": {"disabled": True},
        })  # fmt: skip
    return option
