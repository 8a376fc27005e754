"""The page Step: step through the months with Mesa's controls, the market as a picture, and charts that grow."""

from collections.abc import Callable
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
from abm.server.components import TextField, chart, fault, heading, icon_button, note, pick, plot, table, tabs, waiting
from abm.server.editors import ActEditor, LawEditor, ParameterEditor, RegimeField
from abm.server.live import LawNow, LiveMarket, law_now, markers
from abm.server.pace import Pace, Screen
from abm.server.setup import Setup

WATCHED = ("china_compute_by_channel", "capability_gap", "capability_gap_own", "vendor_china_revenue", "grey_premium",
           "hbm_stockpile", "hbm_to_china", "sensitive_compute")  # fmt: skip
"""What the charts show, as far as the model reports it."""
FREE_CHOICE = "unmet_demand"
MOST_SEED = 9999
SPEEDS = {"Slow": 600, "Medium": 200, "Fast": 10}
TABS = ("Law", "Acts", "Parameters", "Agents")


def watched() -> tuple[str, ...]:
    """The metrics watched that this model has."""
    return tuple(name for name in WATCHED if name in metrics.METRICS)


@solara.component
def StepPage() -> None:
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
        tab.set(TABS.index("Agents"))

    with solara.Div(classes=["abm-page"]):
        with solara.Div(classes=["abm-side"]):
            Controls(screen)
            Tabs(tab, picked)
        with solara.Div(classes=["abm-main"]):
            Market(picked.value, choose)
            Painted(screen)


# --- the controls ---


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


@solara.component_vue("../vue/drawn.vue")
def Report(month: str, event_drawn: Any) -> None:
    """Nothing to see: `event_drawn` is called with each month that the browser has painted."""


@solara.component
def Painted(screen: Screen) -> None:
    """Report the months painted to a screen."""
    update_counter.get()
    if state.live.value is not None:
        Report(month=state.live.value.date, event_drawn=screen.drawn)


@solara.component
def Controls(screen: Screen) -> None:
    """Reset, Play and Step; the speed; pinning a run; the regime."""
    interval = solara.use_reactive(SPEEDS["Fast"])
    speed = next(name for name, ms in SPEEDS.items() if ms == interval.value)
    with solara.Div(classes=["abm-controls"]):
        Player(state.setup.value, interval, screen).key(str(hash(state.setup.value)))
        with solara.Div(classes=["abm-split"]):
            solara.ToggleButtonsSingle(speed, list(SPEEDS), dense=True,
                                       on_value=lambda name: interval.set(SPEEDS[name]))  # fmt: skip
            solara.Button("Pin run", on_click=state.pin_run, small=True, text=True, icon_name="mdi-pin-outline",
                          disabled=bool(state.busy.value))  # fmt: skip
        if state.busy.value:
            waiting()
        fault()
        if state.pin.value:
            with solara.Div(classes=["abm-undo"]):
                note(f"Pinned (dashed): {state.pin.value.words}")
                icon_button("mdi-close", "Unpin", lambda: state.pin.set(None))
        RegimeField(state.setup.value, state.change_setup)


# --- the tabs below them ---


@solara.component
def Tabs(tab: solara.Reactive[int], picked: solara.Reactive[str]) -> None:
    """Law, acts, parameters, and the agent that was clicked."""
    setup, market = state.setup.value, state.live.value
    if market is None:
        return
    tabs(TABS, tab.value, tab.set)
    match TABS[tab.value]:
        case "Law":
            LawTab(setup)
        case "Acts":
            ActEditor(setup, state.change_setup)
        case "Parameters":
            SeedField(setup)
            ParameterEditor(setup, state.change_setup)
        case "Agents":
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
def SeedField(setup: Setup) -> None:
    """The seed of chance: another one is another run of the same law."""

    def put(text: str) -> None:
        if text.isdecimal() and int(text) <= MOST_SEED:
            state.change_setup(replace(setup, seed=int(text)))
        else:
            state.fault.set(f"random seed = {text!r}: a whole number from 0 to {MOST_SEED} is wanted")

    TextField(label=f"Random seed, 0 to {MOST_SEED}", value=str(setup.seed), event_commit=put)


@solara.component
def Inspector(picked: solara.Reactive[str]) -> None:
    """What the chosen agent is and holds this month."""
    update_counter.get()
    market = state.live.value
    if market is None:
        return
    names = inspector.agent_names(market)
    with market.lock:
        rows = inspector.agent_rows(market, picked.value)
    with solara.Div(classes=["abm-field"]):
        chosen = picked.value if picked.value in names else None
        pick("Agent", chosen, [(inspector.called(name), name) for name in names], picked.set)
        if rows:
            cells = [(meaning, f"{value} {unit}".strip()) for meaning, value, unit in rows]
            table(("", wording.month(market.date)), cells, "abm-agent")
        else:
            note("Choose an agent here, or click a circle in the picture.")


# --- the market ---


@solara.component_vue("../vue/picture.vue")
def ClickablePicture(svg: str, event_pick: Any) -> None:
    """The picture; `event_pick` is called with the key of a node that is chosen."""


@solara.component
def Market(picked: str, choose: Callable[[str], None]) -> None:
    """The month, the picture and the charts."""
    update_counter.get()
    extra = solara.use_reactive(FREE_CHOICE if FREE_CHOICE in metrics.METRICS else next(iter(metrics.METRICS)))
    market = state.live.value
    if market is None:
        return
    seen = market.seen(tuple(dict.fromkeys((*watched(), extra.value))))
    acts = markers(market.regime, market.t)
    pinned = state.pin.value.columns if state.pin.value else None

    def option(name: str) -> charts.Option:
        return charts.live(name, metrics.METRICS[name].unit, seen.months, seen.columns, pinned, acts)

    Head(f"{market.setup.words} (seed {market.case.seed})", seen.month, law_now(market))
    ClickablePicture(svg=drawing.svg(seen.picture, picked), event_pick=choose)
    with solara.Div(classes=["abm-charts"]):
        for name in watched():
            chart(option(name), 230, metrics.METRICS[name].definition)
        with solara.Div(classes=["abm-chart", "abm-across"]):
            others = [(wording.title(name), name) for name in metrics.METRICS if name not in ("law", *watched())]
            pick("Another metric", extra.value, others, extra.set)
            plot(option(extra.value), 230)


@solara.component
def Head(run: str, month: str, now: LawNow) -> None:
    """The month, and the law: how many acts stand, what is new, what is coming."""
    badges = [(act, "from this month") for act in now.fresh[:4]]
    for act, chance in now.coming[:3]:
        badges.append((act, f"expected in {act.effective:%B %Y}" + (f", {chance:.0%} likely" if chance < 1 else "")))
    badges = badges or [(act, f"in force since {act.effective:%B %Y}") for act in now.standing[:2]]
    count = wording.count(len(now.standing), "act") if now.standing else "No act"
    with solara.Div(classes=["abm-head"]):
        heading(wording.month(month))
        with solara.Div(classes=["abm-law"]):
            note(f"{count} in force. {run}", "abm-line")
            with solara.Div(classes=["abm-acts"]):
                for act, when in badges:
                    badge(act, when)


def badge(act: Act, when: str) -> None:
    """An act in a line."""
    first = act.what.split(". ")[0].rstrip(".") or act.name
    words = first if len(first) < 90 else f"{first[:87]}…"
    with solara.Div(classes=["abm-badge", f"abm-{act.by}"], attributes={"title": f"{act.name}: {act.what}"}):
        solara.Text(f"{words} ({when})")
