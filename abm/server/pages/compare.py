"""The page Compare: two setups over the same seeds, their bands, and the difference with its interval."""

from dataclasses import replace

import pandas as pd
import solara

from abm.results import files, headlines, wording
from abm.results.comparison import Comparison
from abm.runs import metrics
from abm.server import charts, state, tables
from abm.server.components import chart, fault, heading, note, pick, table, tabs
from abm.server.editors import ActEditor, LawEditor, OnSetup, ParameterEditor, RegimeField
from abm.server.live import markers
from abm.server.setup import Setup

COLOURS = {state.BASE: "#1f5fa8", state.CHANGED: "#cf4a1d"}
FIRST_MONTH = "2026-11"
MOST_SEEDS = 50
KEPT = tuple(dict.fromkeys(wording.split(line.column)[0] for line in headlines.LINES))
HORIZONS = ("2026-12", "2028-12", "2030-12")
HEAD = ("", "Base", "Change from base", "Unit", "When")
PURPOSE = """Choose a base and what to change against it, on the left: another regime, an act dropped or moved, a lever
set by hand. Compare runs both with the same chance, seed by seed: the difference is the law's."""


def compared() -> tuple[str, ...]:
    """The metrics that are compared: those of the headline lines that the model has."""
    return tuple(name for name in KEPT if name in metrics.METRICS)


@solara.component
def ComparePage() -> None:
    """What is compared on the left, what comes out on the right."""
    with solara.Div(classes=["abm-page"]):
        with solara.Div(classes=["abm-side"]):
            Controls()
            Sides()
        with solara.Div(classes=["abm-main"]):
            Progress()
            if state.comparison.value is not None:
                Result(state.comparison.value)
            else:
                with solara.Div(classes=["abm-empty"]):
                    heading("What does a change of the law do?")
                    solara.Text(PURPOSE)


# --- what is compared ---


@solara.component
def Controls() -> None:
    """Begin and cancel; how many seeds, and until when."""
    running = state.progress.value.phase == "running"

    def set_until(month: str) -> None:
        for side in (state.base, state.changed):
            side.set(replace(side.value, until=month))

    with solara.Div(classes=["abm-controls"]):
        with solara.Row(gap="8px"):
            solara.Button("Compare", color="primary", on_click=lambda: state.start_comparison(compared()),
                          disabled=running, icon_name="mdi-play")  # fmt: skip
            solara.Button("Cancel", on_click=state.stop_comparison, disabled=not running, outlined=True)
        solara.SliderInt(f"Seeds: {state.seeds.value}", value=state.seeds, min=2, max=MOST_SEEDS)
        pick("Until", state.base.value.until, [(wording.month(month), month) for month in HORIZONS], set_until)
        fault()


@solara.component
def Sides() -> None:
    """The base, or what is changed against it: its regime, a way to take it from elsewhere, and its details."""
    side, tab = solara.use_reactive(1), solara.use_reactive(0)
    tabs((state.BASE, state.CHANGED), side.value, side.set)
    mine = state.changed if side.value else state.base
    RegimeField(mine.value, mine.set).key(f"regime {side.value}")
    text = {"text": True, "small": True}
    with solara.Row(gap="4px"):
        if side.value:
            solara.Button("Start from the base", on_click=lambda: state.changed.set(state.base.value), **text)
            solara.Button("Use as base", on_click=lambda: state.base.set(state.changed.value),
                          icon_name="mdi-pin-outline", **text)  # fmt: skip
        else:
            copied = replace(state.setup.value, until=state.base.value.until)
            solara.Button("Copy from the page Step", on_click=lambda: state.base.set(copied), **text)
    Details(mine.value, mine.set, tab).key(f"details {side.value}")


@solara.component
def Details(chosen: Setup, on_setup: OnSetup, tab: solara.Reactive[int]) -> None:
    """Law, acts and parameters of one side."""
    tabs(("Law", "Acts", "Parameters"), tab.value, tab.set)
    if tab.value == 0:
        LawEditor(chosen, on_setup, FIRST_MONTH)
    elif tab.value == 1:
        ActEditor(chosen, on_setup)
    else:
        ParameterEditor(chosen, on_setup)


# --- what comes out ---


@solara.component
def Progress() -> None:
    """How far the runs are."""
    now = state.progress.value
    if now.phase == "running":
        solara.v.ProgressLinear(value=100 * now.done / now.total, height=6, rounded=True)
        note(f"{now.done} of {now.total} runs")
    elif now.phase == "cancelled":
        note(f"Cancelled after {now.done} of {now.total} runs")


@solara.component
def Result(found: Comparison) -> None:
    """Bands, difference, headline table and downloads."""
    columns = columns_of(found)
    chosen, choose = solara.use_state("china_compute")
    name = chosen if chosen in columns else columns[0]
    base, changed = state.compared.value
    acts = markers(changed.whole, len(found.ensemble.months) + 11)
    names = {state.BASE: f"{state.BASE}: {short(base)}", state.CHANGED: f"{state.CHANGED}: {short(changed)}"}
    with solara.Div(classes=["abm-look"]):
        pick("Metric", name, [(wording.title(one), one) for one in columns], choose)
        Downloads(found, name)
    with solara.Div(classes=["abm-two"]):
        chart(charts.bands(found.ensemble[name], COLOURS, acts, names), 380)
        chart(charts.bands(found[name], COLOURS, acts, names), 380)
    note(f"Changed against base: {changed.words}, against {base.words}. Mean of {len(found.pairs[0])} paired "
         f"differences with its 95 % interval; {headlines.WINDOWS}.")  # fmt: skip
    table(HEAD, tables.difference_rows(found), "abm-differences")


def columns_of(found: Comparison) -> list[str]:
    """What can be looked at: metrics without parts, then sums over parts where those mean something, then the parts."""
    columns = list(found.ensemble.columns)
    parts = [one for one in columns if "[" in one]
    split = dict.fromkeys(wording.split(one)[0] for one in parts)
    sums = [f"{metric}[*]" for metric in split if metrics.METRICS[metric].kind != "ratio"]
    return [*(one for one in columns if "[" not in one), *sums, *parts]


@solara.component
def Downloads(found: Comparison, name: str) -> None:
    """The metric shown, and all metrics, as CSV; each row says what setup it is of."""
    setups = dict(zip((state.BASE, state.CHANGED), (one.words for one in state.compared.value), strict=True))

    def csv(rows: pd.DataFrame) -> bytes:
        return files.csv_bytes(rows.assign(setup=[setups[str(one)] for one in rows["regime"]]))

    one = solara.use_memo(lambda: lambda: csv(tables.tidy(found.ensemble[name])), [found, name])
    every = solara.use_memo(lambda: lambda: csv(found.ensemble.tidy()), [found])
    with solara.Div(classes=["abm-downloads"]):
        solara.FileDownload(one, filename=f"{wording.split(name)[0]}.csv", label="This metric (CSV)")
        solara.FileDownload(every, filename="comparison.csv", label="All metrics (CSV)")


def short(setup: Setup) -> str:
    """A setup in a few words: its regime, and whether more was changed."""
    return wording.say(setup.regime) + (", changed by hand" if setup.words != wording.say(setup.regime) else "")
