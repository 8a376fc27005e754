"""What pages are built of: fields, tabs, notes, tables, charts, and the signs that work is going on or went wrong."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import solara

from abm.server import state
from abm.server.charts import Option
from abm.server.html import render


def pick(label: str, value: Any, items: Sequence[tuple[str, Any]], on_value: Callable[[Any], None]) -> None:
    """A list of named values that narrows as one types; emptied, it gives "" where that is among them, else nothing."""

    def known(new: Any) -> None:
        if new is None and any(one == "" for _, one in items):
            new = ""
        if new is not None:
            on_value(new)

    solara.v.Autocomplete(
        label=label, v_model=value, on_v_model=known, items=[{"text": text, "value": one} for text, one in items],
        dense=True, outlined=True, hide_details=True,
    )  # fmt: skip


@solara.component_vue("vue/field.vue")
def TextField(label: str, value: str, event_commit: Callable[[str], None]) -> None:
    """A field for text: `event_commit` is called with its text on Enter, or when it is left changed.

    Solara's own field begins to listen only some time after it is seen, and loses what is typed before.
    """


def tabs(names: tuple[str, ...], chosen: int, choose: Callable[[int], None]) -> None:
    """A row of tabs."""
    with solara.v.Tabs(v_model=chosen, on_v_model=choose, grow=True, height=34):
        for name in names:
            solara.v.Tab(children=[name])


def note(text: str, *classes: str) -> None:
    """A line in small grey letters."""
    solara.Text(text, classes=["abm-note", *classes])


def heading(text: str) -> None:
    """What a page or its state is called, in large letters."""
    solara.Text(text, classes=["abm-month"])


def icon_button(icon: str, title: str, on_click: Callable[[], Any]) -> None:
    """A button that is an icon with a tooltip."""
    solara.Button(icon_name=icon, icon=True, small=True, on_click=on_click, attributes={"title": title})


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
def Canvas(text: str, height: int) -> None:
    """A chart of ECharts from its options as JSON: text is compared and sent faster than a tree of values."""


def plot(option: Option, height: int) -> None:
    """A chart so many pixels high."""
    Canvas(text=json.dumps(option, allow_nan=False), height=height)


def chart(option: Option, height: int, title: str = "") -> None:
    """A chart in a frame of its own; `title` is its tooltip."""
    with solara.Div(classes=["abm-chart"], attributes={"title": title}):
        plot(option, height)
