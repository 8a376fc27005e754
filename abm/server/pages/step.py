"""The page Step: what a change does, the market month by month as a picture, and charts of both sides."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import solara
from mesa.visualization.utils import update_counter

from abm.foundation import dates
from abm.law.acts import Act
from abm.results import wording
from abm.runs import metrics
from abm.server import charts, drawing, inspector, sides, state, words
from abm.server.address import View
from abm.server.components import (
    Drawer,
    Fold,
    chart,
    element,
    heading,
    icon_button,
    note,
    pick,
    plot,
    table,
    waiting,
)  # fmt: skip
from abm.server.controls import Controls, Law, Painted
from abm.server.html import render
from abm.server.live import LawNow, LiveMarket, law_now, markers
from abm.server.pace import Screen
from abm.server.picture import say
from abm.server.setup import Setup
from abm.server.sides import Pair
from abm.server.story import Story, story

PURPOSE = """A model of AI chips and memory under export controls. Choose a question or change the law: it runs both
sides with the same chance, and shows what differs."""
KEYS = """Click a circle, or go to it with the Tab key and press Enter, for its story. Space plays and pauses, → steps,
Home resets."""
FREE_CHOICE = "unmet_demand"
MOST_BADGES = 4


@dataclass(frozen=True)
class Question:
    """A question that a visitor may ask at once."""

    words: str
    view: View


QUESTIONS = (
    Question("What if China may buy foreign HBM?", View()),
    Question("What if Washington tightens?", View(Setup("tighten"))),
    Question("What if the two sides bargain?", View(Setup("negotiated"))),
    Question("What if all controls on chips end?", View(Setup("full_relaxation"))),
    Question("What did the HBM rule of 2024 do?", View(Setup("history"), Setup("history").drop("us-hbm-rule"))),
    Question("What did all controls do since 2022?", View(Setup("history"), Setup("no_controls"))),
)


@solara.component
def StepPage() -> None:
    """What differs at the head, controls beside, the market and the charts below."""

    def begin() -> None:
        if state.live.value is None:
            state.live.set(LiveMarket(state.setup.value, dates.month_of(dates.parse_day(state.at.value))))

    solara.use_memo(begin, [])
    chosen, against = state.setup.value, state.base.value
    solara.use_effect(lambda: state.find_pair(chosen, against), [chosen, against])
    screen = solara.use_memo(Screen, [])
    with solara.Div(classes=["abm-page"]):
        with solara.Div(classes=["abm-column"]):
            with solara.Div(classes=["abm-top"]):
                Head(chosen, against)
            with solara.Div(classes=["abm-main"]):
                Market()
                Charts()
                Painted(screen)
        with Drawer():
            Controls(screen)
            Law()


# --- what differs ---


@solara.component
def Head(chosen: Setup, against: Setup) -> None:
    """The question, what the change does in words, and other questions."""
    found = state.pair.value
    fresh = found is not None and (found.setup, found.base) == (chosen, _like(against, chosen))
    heading(title(chosen, against))
    note(PURPOSE)
    Questions(chosen, against)
    with solara.Div(classes=["abm-answer"], attributes={"aria-live": "polite"}):
        if not fresh:
            waiting()
            note("Running both sides to their end …")
        elif found.same:
            note("Both sides are the same: choose a question above, turn a lever, or change the law.")
        else:
            Cards(found)


def title(chosen: Setup, against: Setup) -> str:
    """The question that is asked, or what is held against what."""
    for one in QUESTIONS:
        if (one.view.setup, one.view.base) == (chosen, against):
            return one.words
    names = sides.names_of(chosen, against)
    if chosen == _like(against, chosen):
        return names[sides.CHANGED]
    return f"{names[sides.CHANGED]}, against {wording.within(names[sides.BASE])}"


def _like(against: Setup, chosen: Setup) -> Setup:
    """The base with the chance and horizon of the run it is held against."""
    return replace(against, seed=chosen.seed, until=chosen.until)


@solara.component
def Questions(chosen: Setup, against: Setup) -> None:
    """Questions as buttons."""
    with solara.Div(classes=["abm-questions"], attributes={"role": "group", "aria-label": "Questions"}):
        for one in QUESTIONS:
            on = (one.view.setup, one.view.base) == (chosen, against)
            solara.Button(one.words, on_click=partial(state.ask, one.view), small=True, outlined=not on,
                          attributes={"aria-pressed": "true" if on else "false"})  # fmt: skip


@solara.component
def Cards(found: Pair) -> None:
    """What the change does to the lines that matter, and how sure that is."""
    cards = solara.use_memo(lambda: sides.cards(found), [found])
    solara.HTML(unsafe_innerHTML=render("cards.html", cards=cards, wide=sides.WIDE, high=sides.HIGH))
    runs = wording.count(len(found.runs), "pair")
    note(f"{found.setup.words}, against {found.base.words}. Mean of {runs} of runs, each with the same chance on both "
         "sides; lines show the difference over the months. Parameters are not varied here.")  # fmt: skip


# --- the market ---


@solara.component_vue("../vue/picture.vue")
def ClickablePicture(svg: str, event_pick: Any) -> None:
    """The picture; `event_pick` is called with the key of a node that is chosen."""


@solara.component
def Market() -> None:
    """The month, its law, the picture, and the agent that is open."""
    update_counter.get()
    market = state.live.value
    if market is None:
        return
    seen = market.seen()
    MonthHead(seen.month, law_now(market), market.setup)
    with solara.Div(classes=["abm-stage"]):
        ClickablePicture(svg=drawing.svg(seen.picture, state.agent.value), event_pick=state.agent.set)
        AgentCard(market, state.agent.value)
    note(KEYS, "abm-below")


@solara.component
def MonthHead(month: str, now: LawNow, setup: Setup) -> None:
    """The month, and the law: how many acts stand, what is new, what is coming."""
    badges = [(act, "from this month") for act in now.fresh[:MOST_BADGES]]
    for act, chance in now.coming[:3]:
        badges.append((act, f"expected in {act.effective:%B %Y}" + (f", {chance:.0%} likely" if chance < 1 else "")))
    badges = badges or [(act, f"in force since {act.effective:%B %Y}") for act in now.standing[:2]]
    count = wording.count(len(now.standing), "act") if now.standing else "No act"
    with solara.Div(classes=["abm-head"]):
        element("h2", wording.month(month), "abm-month")
        with solara.Div(classes=["abm-law"]):
            note(f"{count} in force. {setup.words} (seed {setup.seed})", "abm-line")
            with solara.Div(classes=["abm-acts"]):
                for act, when in badges[:MOST_BADGES]:
                    badge(act, when)


def badge(act: Act, when: str) -> None:
    """An act in a line."""
    with solara.Div(classes=["abm-badge", f"abm-{act.by}"], attributes={"title": act.what}):
        solara.Text(f"{words.WHO[act.by].capitalize()}: {act.title} ({when})")


@solara.component
def AgentCard(market: LiveMarket, key: str) -> None:
    """The story of the agent, channel or stock that was clicked."""
    update_counter.get()
    if not key:
        return
    with market.lock:
        found = story(market, key)
        rows = inspector.agent_rows(market, key) if found else []
    if found is None:
        return
    with solara.Div(classes=["abm-agent-card"], attributes={"role": "region", "aria-label": found.name}):
        with solara.Div(classes=["abm-split"]):
            heading(found.name, 3)
            icon_button("mdi-close", "Close", lambda: state.agent.set(""))
        names = [(inspector.called(name), name) for name in inspector.agent_names(market)]
        pick("Another agent", key if key in inspector.agent_names(market) else None, names, state.agent.set)
        element("p", found.sentence, "abm-sentence")
        Told(found, market.diary.months)
        if rows:
            Fold(f"All its numbers, {wording.month(market.date)}", lambda: agent_table(rows))


@solara.component
def Told(found: Story, months: list[str]) -> None:
    """What it consists of, how that came about, and what it did last."""
    whole = sum(amount for _, amount, _ in found.parts) or 1.0
    solara.HTML(unsafe_innerHTML=render("story.html", parts=found.parts, of=found.of, whole=whole, say=say,
                                        decisions=found.decisions))  # fmt: skip
    for one in found.plots:
        option = charts.over_months(one.title, one.unit, months, one.lines, found.acts, one.stack)
        plot(option, 130 + 17 * (len(one.lines) > 1), level=4)


def agent_table(rows: inspector.Rows) -> None:
    """Every column of an agent that is not nothing."""
    cells = [(meaning, f"{value} {unit}".strip()) for meaning, value, unit in rows if value not in inspector.NOTHING]
    table(("What", "How much"), cells, "abm-agent")


# --- the charts ---


@solara.component
def Charts() -> None:
    """Both sides over all months, what differs most first."""
    found = state.pair.value
    if found is None:
        return
    heading("What differs, by size" if not found.same else "The run, month by month", 2)
    note("Solid: the run shown. Dashed: what it is held against. Shaded: months to come. Dotted lines: landmark acts; "
         "solid lines: acts that differ.")  # fmt: skip
    Grid(found)


@solara.component
def Grid(found: Pair) -> None:
    """A chart for each metric, and one for a metric of choice."""
    update_counter.get()
    market = state.live.value
    at = market.date if market else ""
    names = solara.use_memo(lambda: sides.ordered(found), [found])
    acts = solara.use_memo(lambda: markers(found.setup.whole, found.base.whole), [found])
    changed, base = found.drawn
    of = f"{found.setup.words} against {found.base.words}, seed {found.setup.seed}"

    def option(name: str) -> charts.Option:
        return charts.sides(name, metrics.METRICS[name].unit, found.months, changed, base, acts)

    options = solara.use_memo(lambda: {name: option(name) for name in names}, [found])
    with solara.Div(classes=["abm-charts"]):
        for name in names:
            chart(options[name], 200, metrics.METRICS[name].definition, at, of)
    shown = state.metric.value if state.metric.value in metrics.METRICS else FREE_CHOICE
    with solara.Div(classes=["abm-chart", "abm-across"]):
        others = [(one.title, name) for name, one in metrics.METRICS.items() if name != "law"]
        pick("Any metric", shown, others, state.metric.set)
        chosen = option(shown)
        plot(chosen | {"abm": chosen["abm"] | {"of": of}}, 240, at)
