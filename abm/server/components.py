"""What pages are built of: fields, tabs, notes, tables, charts, and the signs that work is going on or went wrong."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import solara

from abm.figures import theme
from abm.server import state
from abm.server.charts import Option
from abm.server.html import render

SOURCE = f"{theme.SOURCE.removesuffix('.')}, an agent-based model"
"""What every chart names where it is saved or cited."""


def pick(
    label: str, value: Any, items: Sequence[tuple[str, Any] | dict[str, Any]], on_value: Callable[[Any], None],
    wrong: str = "",
) -> None:  # fmt: skip
    """A list of named values that narrows as one types; emptied, it gives "" where that is among them, else nothing.

    items   names and values, or entries as Vuetify takes them
    wrong   what is the matter with the choice, said under it
    """
    entries = [one if isinstance(one, dict) else {"text": one[0], "value": one[1]} for one in items]

    def known(new: Any) -> None:
        if new is None and any(one.get("value") == "" for one in entries):
            new = ""
        if new is not None:
            on_value(new)

    solara.v.Autocomplete(
        label=label, v_model=value, on_v_model=known, items=entries, dense=True, outlined=True,
        hide_details="auto", error_messages=[wrong] if wrong else [],
    )  # fmt: skip


@solara.component_vue("vue/field.vue")
def TextField(label: str, value: str, event_commit: Callable[[str], None], wrong: str = "", asked: int = 0) -> None:
    """A field for text: `event_commit` is called with its text on Enter, or when it is left changed.

    Solara's own field begins to listen only some time after it is seen, and loses what is typed before.

    wrong   what is the matter with the text, said under it until it is edited
    asked   how often it was found wrong, so that the same fault is said again
    """


@solara.component_vue("vue/slider.vue")
def Slider(label: str, value: int, words: list[str], event_commit: Callable[[int], None]) -> None:
    """A slider over places in a list of words; `event_commit` is called with the place where it is let go."""


@solara.component_vue("vue/copy.vue")
def Copy(items: list[dict[str, str]]) -> None:
    """Buttons that copy a text each, or the address where they have none."""


@solara.component_vue("vue/address.vue")
def Address(query: str, arrived: str, event_visited: Callable[[dict[str, str]], None]) -> None:
    """Keep the address of the page at a query.

    `event_visited` is called with the query that Back leads to and a mark of that step; until `arrived` is that mark
    the address stays as the browser has it.

    Also copies texts for all buttons that do, and gives names to Mesa's buttons, the keys Space, → and Home, and its
    language to the page.
    """


def element(tag: str, text: str, *classes: str, **attributes: Any) -> None:
    """A plain element of HTML with a text."""
    solara.v.Html(tag=tag, children=[text], class_=" ".join(classes), attributes=attributes)


def tabs(names: tuple[str, ...], chosen: int, choose: Callable[[int], None]) -> None:
    """A row of tabs."""
    with solara.v.Tabs(v_model=chosen, on_v_model=choose, grow=True, height=34):
        for name in names:
            solara.v.Tab(children=[name])


def note(text: str, *classes: str) -> None:
    """A line in small grey letters."""
    solara.Text(text, classes=["abm-note", *classes])


def heading(text: str, level: int = 1, *classes: str) -> None:
    """What a page or a part of it is called."""
    element(f"h{level}", text, "abm-heading" if level == 1 else "abm-part", *classes)


@solara.component
def Fold(title: str, content: Callable[[], None], opened: bool = False) -> None:
    """A part that is folded away until its heading is pressed; only then is it made."""
    shown, show = solara.use_state(opened)
    with solara.Div(classes=["abm-fold"]):
        solara.Button(
            title, on_click=lambda: show(not shown), text=True,
            icon_name="mdi-chevron-down" if shown else "mdi-chevron-right",
            attributes={"aria-expanded": "true" if shown else "false"},
        )  # fmt: skip
        if shown:
            content()


def icon_button(icon: str, title: str, on_click: Callable[[], Any]) -> None:
    """A button that is an icon with a tooltip."""
    solara.Button(icon_name=icon, icon=True, small=True, on_click=on_click, attributes={"title": title})


@solara.component
def Drawer(children: list[solara.Element] = []) -> None:  # noqa: B006 (Solara's signature for children)
    """The controls beside a page; on a narrow one they are folded away behind a button."""
    shown, show = solara.use_state(False)
    with solara.Div(classes=["abm-flat"]):
        solara.Button("Hide the controls" if shown else "Change the law, the month, the base", icon_name="mdi-tune",
                      on_click=lambda: show(not shown), classes=["abm-drawer"], outlined=True,
                      attributes={"aria-expanded": "true" if shown else "false"})  # fmt: skip
        solara.Div(classes=["abm-side", *([] if shown else ["abm-shut"])], children=children)


def fault() -> None:
    """What went wrong last, if anything."""
    if state.fault.value:
        solara.Error(state.fault.value, dense=True)


def waiting() -> None:
    """A bar that runs as long as something is under way."""
    solara.v.ProgressLinear(indeterminate=True, height=3)


def table(head: Sequence[str], rows: Iterable[Sequence[object]], kind: str) -> None:
    """A table; `kind` is its class in the style sheet."""
    solara.HTML(unsafe_innerHTML=render("table.html", head=head, rows=rows, kind=kind))


@solara.component_vue("vue/chart.vue")
def Canvas(text: str, height: int, at: str, level: int) -> None:
    """A chart of ECharts from its options as JSON: text is compared and sent faster than a tree of values.

    at      month that is marked
    level   of its heading
    """


def plot(option: Option, height: int, at: str = "", level: int = 3) -> None:
    """A chart so many pixels high, with what it is of and from where."""
    about = option["abm"] | {"source": SOURCE, "of": option["abm"].get("of", "")}
    Canvas(text=json.dumps(option | {"abm": about}, allow_nan=False), height=height, at=at, level=level)


def chart(option: Option, height: int, note: str = "", at: str = "", of: str = "", level: int = 3) -> None:
    """A chart in a frame of its own.

    note   its tooltip
    of     what runs it shows, for its source line
    """
    with solara.Div(classes=["abm-chart"], attributes={"title": note} if note else {}):
        plot(option | {"abm": option["abm"] | {"of": of}}, height, at, level)
