"""The page Compare: both sides over many seeds, their bands, and the difference with its interval."""

from dataclasses import replace

import pandas as pd
import solara

from abm.results import files, headlines, wording
from abm.results.answer import answer
from abm.results.comparison import Comparison
from abm.runs import metrics
from abm.server import charts, sides, state, tables
from abm.server.address import MOST_SEEDS, commands
from abm.server.components import Copy, Drawer, Fold, Slider, chart, element, heading, note, pick, tabs
from abm.server.editors import ActEditor, Changes, LawEditor, OnSetup, ParameterEditor, RegimeField
from abm.server.live import markers
from abm.server.setup import DIALLED, Setup
from abm.server.sides import BASE, CHANGED

KEPT = (*(wording.split(line.column)[0] for line in headlines.LINES), "cxmt_output")
MEANS = f"""base and change are means, {headlines.WINDOWS}. Intervals show random variation only: parameters are not
varied."""
HORIZONS = ("2026-12", "2028-12", "2030-12")


def compared() -> tuple[str, ...]:
    """The metrics that are compared: those of the headline lines that the model has."""
    return tuple(name for name in dict.fromkeys(KEPT) if name in metrics.METRICS)


@solara.component
def ComparePage() -> None:
    """What is compared on the left, what comes out on the right; it begins at once."""
    chosen = (state.base.value, state.setup.value, state.seeds.value)
    solara.use_effect(lambda: state.start_comparison(compared()), [chosen])
    with solara.Div(classes=["abm-page"]):
        with solara.Div(classes=["abm-column"]):
            with solara.Div(classes=["abm-top"]):
                names = sides.names_of(state.setup.value, state.base.value)
                heading(f"{names[CHANGED]} against {wording.within(names[BASE])}, over many seeds")
                Progress()
            with solara.Div(classes=["abm-main"]):
                if state.comparison.value is not None:
                    Result(state.comparison.value)
        with Drawer():
            Controls()
            Sides()


# --- what is compared ---


@solara.component
def Controls() -> None:
    """How many seeds, and until when; cancel, and begin anew."""
    running = state.progress.value.phase == "running"

    def set_until(month: str) -> None:
        state.change_setup(lambda now: replace(now, until=month))

    with solara.Div(classes=["abm-controls"]):
        heading("Runs", 2)
        counts = [str(one) for one in range(2, MOST_SEEDS + 1)]
        Slider(label="Seeds, each on both sides", value=state.seeds.value - 2, words=counts,
               event_commit=lambda place: state.seeds.set(int(place) + 2))  # fmt: skip
        pick("Until", state.setup.value.until, [(wording.month(month), month) for month in HORIZONS], set_until)
        with solara.Div(classes=["abm-pair"]):
            solara.Button("Run again", on_click=lambda: state.start_comparison(compared()), disabled=running,
                          small=True, outlined=True)  # fmt: skip
            solara.Button("Cancel", on_click=state.stop_comparison, disabled=not running, small=True, outlined=True)


@solara.component
def Sides() -> None:
    """The base, or what is changed against it: its regime, and its details; both are those of the page Step."""
    side = solara.use_reactive(1)
    tabs((BASE, CHANGED), side.value, side.set)
    mine = state.setup if side.value else state.base
    on_setup = state.change_setup if side.value else state.change_base
    RegimeField(mine.value, on_setup).key(f"regime {side.value}")
    Changes(mine.value, on_setup)
    if side.value:
        solara.Button("Start from the base", on_click=lambda: state.change_setup(lambda _: state.base.value),
                      text=True, small=True)  # fmt: skip
    Details(mine.value, on_setup).key(f"details {side.value}")
    heading("Share", 2)
    Copy(items=[{"name": "Copy link", "text": ""}, {"name": "Copy as command", "text": commands(state.view())}])


@solara.component
def Details(chosen: Setup, on_setup: OnSetup) -> None:
    """Law, acts and parameters of one side."""
    Fold("All levers of the law", lambda: LawEditor(chosen, on_setup, DIALLED))
    Fold("Acts: drop, move or adopt", lambda: ActEditor(chosen, on_setup))
    Fold("Parameters", lambda: ParameterEditor(chosen, on_setup))


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
    else:
        note("Both sides run with the same chance, seed by seed: the difference is the law's.")


@solara.component
def Result(found: Comparison) -> None:
    """The answer, bands and difference of a metric, the headline table and downloads."""
    columns = columns_of(found)
    name = state.metric.value if state.metric.value in columns else columns[0]
    base, changed = state.compared.value
    acts = markers(changed.whole, base.whole)
    names, tones = sides.names_of(changed, base), sides.tones_of(changed, base)
    pairs = wording.count(len(found.pairs[0]), "pair")
    of = f"{changed.words} against {base.words}, {pairs} of runs"
    told = solara.use_memo(lambda: answer(found), [found])
    sentence = told.sentence.replace("Changed, against base,", f"{names[CHANGED]}")
    element("p", sentence, "abm-sentence")
    with solara.Div(classes=["abm-look"]):
        pick("Metric", name, [(wording.title(one), one) for one in columns], state.metric.set)
        Downloads(found, name)
    with solara.Div(classes=["abm-two"]):
        chart(charts.bands(found.ensemble[name], tones, acts, names), 330, of=of, level=2)
        chart(charts.bands(found[name], tones, acts, names), 330, of=of, level=2)
    note(f"{changed.words}, against {base.words}. {pairs} of runs; {MEANS}")
    solara.HTML(unsafe_innerHTML=tables.differences(told.changes))


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
    setups = dict(zip((BASE, CHANGED), (one.words for one in state.compared.value), strict=True))

    def csv(rows: pd.DataFrame) -> bytes:
        return files.csv_bytes(rows.assign(setup=[setups[str(one)] for one in rows["regime"]]))

    one = solara.use_memo(lambda: lambda: csv(tables.tidy(found.ensemble[name])), [found, name])
    every = solara.use_memo(lambda: lambda: csv(found.ensemble.tidy()), [found])
    with solara.Div(classes=["abm-downloads"]):
        solara.FileDownload(one, filename=f"{wording.split(name)[0]}.csv", label="Runs of this metric (CSV)")
        solara.FileDownload(every, filename="comparison.csv", label="Runs of all metrics (CSV)")
