"""The controls beside the page Step: play and step, the law of the run shown, its base, and how to share it."""

from typing import Any

import solara
from mesa.visualization.solara_viz import ModelController
from mesa.visualization.utils import update_counter

from abm.foundation import dates
from abm.server import address, state, tables
from abm.server.components import Copy, Fold, heading, note, pick, waiting
from abm.server.editors import (
    ActEditor,
    Changes,
    Dials,
    LawEditor,
    ParameterEditor,
    RegimeField,
    SeedField,
    months_until,
)  # fmt: skip
from abm.server.live import law_now
from abm.server.pace import Pace, Screen
from abm.server.setup import Setup

SPEEDS = {"Slow": 600, "Medium": 200, "Fast": 10}
"""Least milliseconds from month to month."""


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


@solara.component_vue("vue/drawn.vue")
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
    """Reset, Play and Step; the speed and the month; what the run is held against."""
    interval = solara.use_reactive(SPEEDS["Fast"])
    speed = next(name for name, ms in SPEEDS.items() if ms == interval.value)
    with solara.Div(classes=["abm-controls"]):
        heading("Month by month", 2)
        with solara.Div(classes=["abm-player", *(["abm-ended"] if ended() else [])]):
            Player(state.setup.value, interval, screen).key(f"{hash(state.setup.value)} {state.jumps.value}")
        with solara.Div(classes=["abm-split"]):
            solara.ToggleButtonsSingle(speed, list(SPEEDS), dense=True,
                                       on_value=lambda name: interval.set(SPEEDS[name]))  # fmt: skip
        Months()
        if state.busy.value:
            waiting()
            note(state.busy.value)


def ended() -> bool:
    """Whether the run shown is over."""
    update_counter.get()
    market = state.live.value
    return market is not None and market.t + 1 >= market.months


@solara.component
def Months() -> None:
    """The month shown, to be chosen."""
    update_counter.get()
    market = state.live.value
    if market is not None:
        pick("Month shown", market.date, months_until(market.setup.until), state.show_month)


@solara.component
def Law() -> None:
    """The law of the run shown: its regime, main levers, and everything else folded away; and its base."""
    setup, change = state.setup.value, state.change_setup
    heading("The law", 2)
    RegimeField(setup, change)
    Dials(setup, change)
    Changes(setup, change)
    Fold("All levers of the law", LawTab)
    Fold("Acts: drop, move or adopt", lambda: ActEditor(setup, change))
    Fold("Law of the month shown", LawList)
    Fold("Chance and parameters", lambda: Parameters(setup))
    heading("Held against", 2)
    BaseField()
    heading("Share", 2)
    Share()


@solara.component
def LawTab() -> None:
    """Set levers from the next month on."""
    update_counter.get()
    market = state.live.value
    if market is not None:
        month = dates.label(min(market.t + 1, market.months - 1))
        LawEditor(state.setup.value, state.change_setup, month, market.regime)


@solara.component
def LawList() -> None:
    """The acts in force and to come in the month shown."""
    update_counter.get()
    market = state.live.value
    if market is not None:
        with market.lock:
            now = law_now(market)
        solara.HTML(unsafe_innerHTML=tables.law_list(now, market.date))


@solara.component
def Parameters(setup: Setup) -> None:
    """Chance and parameters."""
    SeedField(setup, state.change_setup)
    ParameterEditor(setup, state.change_setup)


@solara.component
def BaseField() -> None:
    """The base: a regime as shipped, or the run shown."""
    against = state.base.value
    RegimeField(against, state.change_base, "Base")
    if not against.plain:
        note(against.words)
    solara.Button("Hold further changes against this run", on_click=lambda: state.base.set(state.setup.value),
                  small=True, text=True, icon_name="mdi-pin-outline")  # fmt: skip


@solara.component
def Share() -> None:
    """The address, the command and the file that give the same."""
    update_counter.get()
    view = state.view()
    Copy(items=[
        {"name": "Copy link", "text": ""},
        {"name": "Copy as command", "text": address.commands(view)},
        {"name": "Copy as TOML", "text": address.toml(view.setup)},
    ])  # fmt: skip
