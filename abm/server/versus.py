"""The second page: two setups over the same seeds, their bands, and the difference with its interval."""

from dataclasses import replace
from typing import Any

import pandas as pd
import solara

from abm.results import files, headlines, wording
from abm.results.comparison import Comparison
from abm.runs import metrics
from abm.server import charts, state, tables
from abm.server.editor import ActEditor, Give, LawEditor, ParameterEditor, RegimeField, pick, tabs
from abm.server.live import markers
from abm.server.setup import Setup
from abm.server.watch import Plot

COLOURS = {state.BASE: "#1f5fa8", state.CHANGED: "#cf4a1d"}
FIRST_MONTH = "2026-11"
MOST_SEEDS = 50
KEPT = tuple(dict.fromkeys(wording.split(line.column)[0] for line in headlines.LINES))
HORIZONS = ("2026-12", "2028-12", "2030-12")


def compared() -> tuple[str, ...]:
    """The metrics that are compared: those of the headline lines that the model has."""
    return tuple(name for name in KEPT if name in metrics.METRICS)


@solara.component
def ComparePage() -> None:
    """What is compared on the left, what comes out on the right."""
    with solara.Div(classes=["abm-page"]):
        with solara.Div(classes=["abm-side"]):
            Sides()
        with solara.Div(classes=["abm-main"]):
            Progress()
            Result()


@solara.component
def Sides() -> None:
    """The base, and what is changed against it."""
    side = solara.use_reactive(1)
    tab = solara.use_reactive(0)
    base, changed = state.base.value, state.changed.value
    running = state.progress.value.phase == "running"

    def begin() -> None:
        state.start_comparison(compared())

    with solara.Div(classes=["abm-controls"]):
        with solara.Row(gap="8px"):
            solara.Button("Compare", color="primary", on_click=begin, disabled=running, icon_name="mdi-play")
            solara.Button("Cancel", on_click=state.stop_comparison, disabled=not running, outlined=True)
        solara.SliderInt(f"Seeds: {state.seeds.value}", value=state.seeds, min=2, max=MOST_SEEDS)
        pick("Until", base.until, [(wording.month(month), month) for month in HORIZONS], _until)
        if state.fault.value:
            solara.Error(state.fault.value, dense=True)
    tabs((state.BASE, state.CHANGED), side.value, side.set)
    chosen, give = (base, state.base.set) if side.value == 0 else (changed, state.changed.set)
    RegimeField(chosen, give).key(f"regime {side.value}")
    with solara.Row(gap="4px"):
        if side.value == 0:
            solara.Button("Same as the page Step", text=True, small=True, on_click=lambda: _copy(state.base))
        else:
            solara.Button("Start from the base", text=True, small=True,
                          on_click=lambda: state.changed.set(state.base.value))  # fmt: skip
            solara.Button("Pin as base", text=True, small=True, icon_name="mdi-pin-outline",
                          on_click=lambda: state.base.set(state.changed.value))  # fmt: skip
    Details(chosen, give, tab).key(f"details {side.value}")


@solara.component
def Details(chosen: Setup, give: Give, tab: solara.Reactive[int]) -> None:
    """Law, acts and parameters of one side."""
    tabs(("Law", "Acts", "Numbers"), tab.value, tab.set)
    if tab.value == 0:
        LawEditor(chosen, give, FIRST_MONTH)
    elif tab.value == 1:
        ActEditor(chosen, give)
    else:
        ParameterEditor(chosen, give)


def _until(month: Any) -> None:
    if month:
        state.base.set(replace(state.base.value, until=month))
        state.changed.set(replace(state.changed.value, until=month))


def _copy(side: solara.Reactive[Setup]) -> None:
    side.set(replace(state.setup.value, until=side.value.until))


@solara.component
def Progress() -> None:
    """How far the runs are."""
    now = state.progress.value
    if now.phase == "running":
        solara.v.ProgressLinear(value=100 * now.done / now.total, height=6, rounded=True)
        solara.Text(f"{now.done} of {now.total} runs", classes=["abm-note"])
    elif now.phase == "cancelled":
        solara.Text(f"Cancelled after {now.done} of {now.total} runs", classes=["abm-note"])


@solara.component
def Result() -> None:
    """Bands, difference, headline table and downloads."""
    found = state.comparison.value
    options = [(wording.title(name), name) for name in columns_of(found)]
    chosen, choose = solara.use_state("china_compute")
    if found is None:
        Empty()
        return
    name = chosen if chosen in dict(options).values() else options[0][1]
    base, changed = state.compared.value
    acts = markers(changed.whole, len(found.ensemble.months) + 11)
    names = {state.BASE: f"{state.BASE}: {short(base)}", state.CHANGED: f"{state.CHANGED}: {short(changed)}"}
    with solara.Div(classes=["abm-look"]):
        pick("What to look at", name, options, lambda one: choose(one or name))
        Downloads(found, name)
    with solara.Div(classes=["abm-two"]):
        with solara.Div(classes=["abm-chart"]):
            Plot(option=charts.fan(found.ensemble[name], COLOURS, acts, names), height=380)
        with solara.Div(classes=["abm-chart"]):
            Plot(option=charts.difference(found[name], COLOURS, acts, names), height=380)
    pairs = len(found.pairs[0])
    solara.Text(f"Changed against base: {changed.words}, against {base.words}. "
                f"Mean of {pairs} paired differences with its 95 % interval; {headlines.WINDOWS}.",
                classes=["abm-note"])  # fmt: skip
    head = ("", "Base", "Changed less base", "Unit", "When")
    solara.HTML(unsafe_innerHTML=tables.html(head, tables.difference_rows(found), "abm-differences"))


def columns_of(found: Comparison | None) -> list[str]:
    """What can be looked at: sums over parts first, then each part."""
    if found is None:
        return ["china_compute"]
    parts = list(found.ensemble.columns)
    whole = [f"{metric}[*]" for metric in dict.fromkeys(wording.split(one)[0] for one in parts if "[" in one)
             if metrics.METRICS[metric].kind != "ratio"]  # fmt: skip
    return [*(one for one in parts if "[" not in one), *whole, *(one for one in parts if "[" in one)]


@solara.component
def Empty() -> None:
    """What the page is for, before the first comparison."""
    with solara.Div(classes=["abm-empty"]):
        solara.Text("What does a change of the law do?", classes=["abm-month"])
        solara.Text(
            "Choose a base and what to change against it, on the left: another regime, an act dropped or moved, a "
            "lever set by hand. Compare runs both with the same chance, seed by seed: the difference is the law's."
        )


@solara.component
def Downloads(found: Comparison, name: str) -> None:
    """The column shown, and all columns, as CSV; each row says what setup it is of."""
    setups = dict(zip((state.BASE, state.CHANGED), (one.words for one in state.compared.value), strict=True))

    def told(rows: pd.DataFrame) -> bytes:
        return files.csv_bytes(rows.assign(setup=[setups[str(one)] for one in rows["regime"]]))

    line = solara.use_memo(lambda: lambda: told(tables.tidy(found.ensemble[name])), [found, name])
    every = solara.use_memo(lambda: lambda: told(found.ensemble.tidy()), [found])
    with solara.Div(classes=["abm-downloads"]):
        solara.FileDownload(line, filename=f"{wording.split(name)[0]}.csv", label="This line (CSV)")
        solara.FileDownload(every, filename="comparison.csv", label="All lines (CSV)")


def short(setup: Setup) -> str:
    """A setup in a few words: its regime, and whether more was changed."""
    return wording.say(setup.regime) + (", changed by hand" if setup.words != wording.say(setup.regime) else "")
