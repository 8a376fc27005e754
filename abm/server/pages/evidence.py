"""The page Evidence: what every parameter rests on."""

from collections import Counter

import solara

from abm.foundation.declaration import titles
from abm.foundation.parameters import GRADES, declarations
from abm.server import charts, tables
from abm.server.components import chart, heading, note, pick

COLOURS = dict(zip(GRADES, ("#0b6e54", "#5ab4e5", "#1f5fa8", "#e3a008", "#c9c9c4"), strict=True))
MEANING = {
    "measured": "rule text, filing or specification",
    "reported": "press or a named analyst",
    "estimate": "a figure that others inferred, with their method",
    "derived": "arithmetic on facts of the other grades",
    "assumed": "no source: a stated assumption",
}
ABOUT = """Each grade says how a default is known. Most numbers of this market are in no public record: such defaults
are assumptions, with the range over which sweeps vary them."""
INFLUENCE = """Influence: mean share of the variance of the headline outcomes in 2028 that a parameter accounts for by
itself, when all are drawn from their plausible ranges; none where that may be chance."""
PAGE = 40
"""Parameters shown at once."""


@solara.component
def EvidencePage() -> None:
    """Grades counted by group, and the parameters with their sources."""
    grade, group, search = solara.use_reactive(""), solara.use_reactive(""), solara.use_reactive("")
    page, ranked = solara.use_reactive(0), solara.use_reactive(True)
    solara.use_effect(lambda: page.set(0), [grade.value, group.value, search.value, ranked.value])
    rows = tables.evidence(grade.value, group.value, search.value, ranked.value)
    counts = Counter(one.grade for one in declarations().values())
    with solara.Div(classes=["abm-page abm-wide"]), solara.Div(classes=["abm-main"]):
        heading("What the parameters rest on")
        note(ABOUT)
        with solara.Div(classes=["abm-grades"], attributes={"role": "group", "aria-label": "Grades"}):
            for name in GRADES:
                grade_button(name, counts[name], grade)
        chart(by_group(), 270, level=2)
        with solara.Div(classes=["abm-row"]):
            pick("Group", group.value, [("All groups", ""), *((title, name) for name, title in titles().items())],
                 group.set)  # fmt: skip
            pick("Order", ranked.value, [("By influence", True), ("By group", False)], ranked.set)
            solara.InputText("Search", value=search, continuous_update=True)
        note(INFLUENCE)
        start = min(page.value * PAGE, max(len(rows) - 1, 0) // PAGE * PAGE)
        Pages(page, start, len(rows))
        solara.HTML(unsafe_innerHTML=tables.evidence_table(rows[start : start + PAGE]))
        Pages(page, start, len(rows))


@solara.component
def Pages(page: solara.Reactive[int], start: int, count: int) -> None:
    """Which parameters are shown, and the way to the others."""
    with solara.Div(classes=["abm-pages"]):
        note(f"{start + 1 if count else 0} to {min(start + PAGE, count)} of {count} parameters")
        solara.Button("Earlier", on_click=lambda: page.set(start // PAGE - 1), disabled=start == 0, small=True,
                      text=True)  # fmt: skip
        solara.Button("Later", on_click=lambda: page.set(start // PAGE + 1), disabled=start + PAGE >= count, small=True,
                      text=True)  # fmt: skip


def grade_button(name: str, count: int, chosen: solara.Reactive[str]) -> None:
    """A grade as a button that shows only its parameters, with how many there are and what it means."""
    on = chosen.value == name
    solara.Button(
        f"{count} {name}: {MEANING[name]}", on_click=lambda: chosen.set("" if on else name), outlined=not on,
        small=True, style=f"border-left: 8px solid {COLOURS[name]};",
        attributes={"aria-pressed": "true" if on else "false"},
    )  # fmt: skip


def by_group() -> charts.Option:
    """Bars of grades by group of parameters."""
    counts = Counter((name.partition(".")[0], one.grade) for name, one in declarations().items())
    groups = list(titles())[::-1]
    option = charts.frame("Parameters by group and grade", "parameters", [])
    option["xAxis"] = {"type": "value", "axisLabel": {"color": charts.SOFT, "fontSize": 10},
                       "splitLine": {"lineStyle": {"color": charts.FAINT}}}  # fmt: skip
    option["yAxis"] = {"type": "category", "data": [titles()[one] for one in groups], "axisTick": {"show": False},
                       "axisLabel": {"color": charts.SOFT, "fontSize": 10, "interval": 0}}  # fmt: skip
    option["tooltip"]["trigger"] = "item"
    option["series"] = [
        {"type": "bar", "stack": "all", "name": grade, "data": [counts[group, grade] for group in groups],
         "barMaxWidth": 10, "itemStyle": {"color": COLOURS[grade]}, "emphasis": {"disabled": True}}
        for grade in GRADES
    ]  # fmt: skip
    return option
