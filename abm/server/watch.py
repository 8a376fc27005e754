"""The first page: step through the months, with Mesa's controls, the market as a picture, and live lines."""

import json
from dataclasses import replace
from typing import Any

import solara
from mesa.visualization.solara_viz import ModelController
from mesa.visualization.utils import update_counter

from abm.foundation import dates
from abm.law.acts import Act
from abm.results import wording
from abm.runs import metrics
from abm.server import charts, drawing, inspector, state, tables
from abm.server.editor import ActEditor, LawEditor, ParameterEditor, RegimeField, TextField, pick, tabs
from abm.server.live import LiveMarket, law_now, markers
from abm.server.pace import Pace, Screen
from abm.server.setup import Setup

WATCHED = ("china_compute_by_channel", "capability_gap", "vendor_china_revenue", "grey_premium", "hbm_stockpile",
           "hbm_to_china", "self_sufficiency", "sensitive_compute")  # fmt: skip
"""What the live lines show, as far as the model reports it."""
FREE_CHOICE = "unmet_demand"
MOST_SEED = 9999
SPEEDS = {"Slow": 600, "Steady": 200, "Fast": 10}


def watched() -> tuple[str, ...]:
    """The metrics watched that this model has."""
    return tuple(name for name in WATCHED if name in metrics.METRICS)


@solara.component_vue("picture.vue")
def ClickablePicture(svg: str, event_pick: Any) -> None:
    """The picture; `event_pick` is told the key of a node that is chosen."""


@solara.component
def WatchPage() -> None:
    """Controls on the left, the market on the right."""

    def begin() -> None:
        if state.live.value is None:
            state.live.set(LiveMarket(state.setup.value))

    solara.use_memo(begin, [])
    picked = solara.use_reactive("")
    tab = solara.use_reactive(0)
    screen = solara.use_memo(Screen, [])

    def choose(key: str) -> None:
        picked.set(key)
        tab.set(3)

    with solara.Div(classes=["abm-page"]):
        with solara.Div(classes=["abm-side"]):
            Controls(screen)
            Tabs(tab, picked)
        with solara.Div(classes=["abm-main"]):
            Market(picked.value, choose)
            Drawn(screen)


@solara.component_vue("drawn.vue")
def Report(month: str, event_drawn: Any) -> None:
    """Nothing to see: `event_drawn` is told each month that the browser has painted."""


@solara.component
def Drawn(screen: Screen) -> None:
    """Report the months drawn to a screen."""
    update_counter.get()
    if state.live.value is not None:
        Report(month=state.live.value.date, event_drawn=screen.drawn)


@solara.component
def Player(setup: Setup, interval: solara.Reactive[int], screen: Screen) -> None:
    """Mesa's Reset, Play and Step for one setup; they play no faster than the page draws, and end with it."""
    live: Any = state.live

    def month() -> str:
        return live.value.date if live.value else ""

    pace: Any = solara.use_memo(lambda: Pace(screen, month, lambda: interval.value), [])
    solara.use_effect(lambda: pace.stop, [])
    ModelController(
        live,
        model_parameters={"setup": setup},
        play_interval=pace,
        render_interval=solara.use_reactive(1),
        use_threads=solara.use_reactive(False),
    )


@solara.component
def Controls(screen: Screen) -> None:
    """Reset, Play and Step; the speed; pinning a run."""
    interval = solara.use_reactive(SPEEDS["Fast"])
    with solara.Div(classes=["abm-controls"]):
        Player(state.setup.value, interval, screen).key(str(hash(state.setup.value)))
        with solara.Div(classes=["abm-split"]):
            solara.ToggleButtonsSingle(
                value=next(name for name, ms in SPEEDS.items() if ms == interval.value),
                values=list(SPEEDS),
                on_value=lambda name: interval.set(SPEEDS[name]),
                dense=True,
            )
            solara.Button("Pin run", on_click=state.keep, small=True, text=True, icon_name="mdi-pin-outline",
                          disabled=bool(state.busy.value))  # fmt: skip
        if state.busy.value:
            solara.v.ProgressLinear(indeterminate=True, height=3)
        if state.fault.value:
            solara.Error(state.fault.value, dense=True)
        if state.pin.value:
            with solara.Div(classes=["abm-undo"]):
                solara.Text(f"Pinned (dashed): {state.pin.value.words}", classes=["abm-note"])
                solara.Button(icon_name="mdi-close", icon=True, small=True, on_click=lambda: state.pin.set(None),
                              attributes={"title": "Unpin"})  # fmt: skip
        RegimeField(state.setup.value, state.change_setup)


@solara.component
def Tabs(tab: solara.Reactive[int], picked: solara.Reactive[str]) -> None:
    """Law, acts, parameters, and the agent that was clicked."""
    setup, market = state.setup.value, state.live.value
    if market is None:
        return
    tabs(("Law", "Acts", "Numbers", "Agents"), tab.value, tab.set)
    if tab.value == 0:
        LawTab(setup)
    elif tab.value == 1:
        ActEditor(setup, state.change_setup)
    elif tab.value == 2:
        SeedField()
        ParameterEditor(setup, state.change_setup)
    else:
        Inspector(picked)


@solara.component
def LawTab(setup: Setup) -> None:
    """Set levers from the next month on; the acts in force and to come this month."""
    update_counter.get()
    market = state.live.value
    if market is None:
        return
    with market.lock:
        month, regime, now = dates.label(min(market.t + 1, market.months - 1)), market.regime, law_now(market)
    LawEditor(setup, state.change_setup, month, regime)
    solara.HTML(unsafe_innerHTML=tables.law_list(now, market.date))


@solara.component
def SeedField() -> None:
    """The seed of chance: another one is another run of the same law."""
    seed = state.setup.value.seed

    def put(text: str) -> None:
        if text.isdecimal() and int(text) <= MOST_SEED:
            state.change_setup(replace(state.setup.value, seed=int(text)))
        else:
            state.fault.set(f"seed of chance = {text!r}: a whole number from 0 to {MOST_SEED} is wanted")

    TextField(label=f"Seed of chance, 0 to {MOST_SEED}", value=str(seed), event_commit=put)


@solara.component
def Inspector(picked: solara.Reactive[str]) -> None:
    """What the chosen agent is and holds this month."""
    update_counter.get()
    market = state.live.value
    if market is None:
        return
    names = inspector.agent_names(market)
    with solara.Div(classes=["abm-field"]):
        pick("Agent", picked.value if picked.value in names else None,
             [(inspector.called(name), name) for name in names],
             lambda name: picked.set(name or ""))  # fmt: skip
        with market.lock:
            rows = inspector.agent_rows(market, picked.value)
        if rows:
            cells = [(meaning, f"{value} {unit}".strip()) for meaning, value, unit in rows]
            solara.HTML(unsafe_innerHTML=tables.html(("", wording.month(market.date)), cells, "abm-agent"))
        else:
            note = "Choose an agent here, or click a circle in the picture."
            solara.Text(note, classes=["abm-note"])


@solara.component
def Market(picked: str, choose: Any) -> None:
    """The month, the picture and the live lines."""
    update_counter.get()
    extra = solara.use_reactive(FREE_CHOICE if FREE_CHOICE in metrics.METRICS else next(iter(metrics.METRICS)))
    market = state.live.value
    if market is None:
        return
    shown = tuple(dict.fromkeys((*watched(), extra.value)))
    seen = market.seen(shown)
    Head(market, seen.month)
    ClickablePicture(svg=drawing.svg(seen.picture, picked), event_pick=choose)
    acts = markers(market.regime, market.t)
    pinned = state.pin.value.columns if state.pin.value else None
    with solara.Div(classes=["abm-charts"]):
        for name in watched():
            Chart(name, charts.live(name, metrics.METRICS[name].unit, seen.months, seen.columns, pinned, acts))
        with solara.Div(classes=["abm-chart", "abm-across"]):
            OtherLine(extra)
            one = metrics.METRICS[extra.value]
            Plot(option=charts.live(one.name, one.unit, seen.months, seen.columns, pinned, acts), height=230)


@solara.component
def OtherLine(extra: solara.Reactive[str]) -> None:
    """The choice of the last line."""
    others = [(wording.title(name), name) for name in metrics.METRICS if name not in ("law", *watched())]
    pick("Another line", extra.value, others, lambda name: extra.set(name or extra.value))


@solara.component
def Chart(name: str, option: charts.Option) -> None:
    """A live line in its place, with what the metric means."""
    with solara.Div(classes=["abm-chart"], attributes={"title": metrics.METRICS[name].definition}):
        Plot(option=option, height=230)


@solara.component_vue("chart.vue")
def Canvas(text: str, height: int) -> None:
    """A chart from its options as JSON."""


def Plot(option: charts.Option, height: int) -> solara.Element:
    """A chart of ECharts so many pixels high; its options travel as text, which is compared and sent at once."""
    return Canvas(text=json.dumps(option, allow_nan=False), height=height)


@solara.component
def Head(market: LiveMarket, month: str) -> None:
    """The month, and the law: what is new, what is coming, how many acts stand."""
    now = law_now(market)
    with solara.Div(classes=["abm-head"]):
        solara.Text(wording.month(month), classes=["abm-month"])
        with solara.Div(classes=["abm-law"]):
            count = wording.count(len(now.standing), "act") if now.standing else "No act"
            run = f"{market.setup.words} (seed {market.case.seed})"
            solara.Text(f"{count} in force. {run}", classes=["abm-note", "abm-line"])
            with solara.Div(classes=["abm-acts"]):
                for act in now.fresh[:4]:
                    Badge(act, "from this month")
                for act, chance in now.coming[:3]:
                    Badge(act, f"known for {act.effective:%B %Y}" + (f", {chance:.0%} likely" if chance < 1 else ""))
                if not now.fresh and not now.coming:
                    for act in now.standing[:2]:
                        Badge(act, f"in force since {act.effective:%B %Y}")


@solara.component
def Badge(act: Act, when: str) -> None:
    """An act in a line."""
    first = act.what.split(". ")[0].rstrip(".") or act.name
    words = first if len(first) < 90 else f"{first[:87]}…"
    with solara.Div(classes=["abm-badge", f"abm-{act.by}"], attributes={"title": f"{act.name}: {act.what}"}):
        solara.Text(f"{words} ({when})")
