"""What one visitor's pages share; Solara keeps a copy of each value for every session."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import solara

from abm.foundation import dates
from abm.foundation.errors import InputError
from abm.results.comparison import Comparison
from abm.results.ensemble import Ensemble
from abm.runs.run import Run
from abm.server.address import View, query, view_of
from abm.server.live import LiveMarket
from abm.server.setup import Setup
from abm.server.sides import BASE, CHANGED, Pair, head_seeds
from abm.server.traced import Traced
from abm.server.work import Job, Order, Phase, Workers


@dataclass
class Server:
    """What all visitors share: the processes that work, and the folder of stored sweeps given at start."""

    workers: Workers
    folder: Path | None = None


@dataclass(frozen=True)
class Progress:
    """How far a comparison is."""

    done: int = 0
    total: int = 0
    phase: Phase | Literal["none"] = "none"


DRAWN = (2, 5, 10, 20, 40)
"""Pairs at which a comparison is drawn before its end."""
HEADED = 4
"""Pairs of runs behind the head of the page Step."""

server = Server(Workers())

setup: solara.Reactive[Setup] = solara.reactive(View().setup)
base: solara.Reactive[Setup] = solara.reactive(View().base)
agent: solara.Reactive[str] = solara.reactive("")
seeds: solara.Reactive[int] = solara.reactive(View().seeds)
metric: solara.Reactive[str] = solara.reactive(View().metric)
at: solara.Reactive[str] = solara.reactive(View().at)
"""The month to show; once a market is there, its own month counts."""
arrived: solara.Reactive[str] = solara.reactive("")
"""Mark of the last step of the browser, Back or Forward, that was done."""

live: solara.Reactive[LiveMarket | None] = solara.reactive(None)
jumps: solara.Reactive[int] = solara.reactive(0)
"""How often a month was chosen: what plays the market begins anew there."""
pair: solara.Reactive[Pair | None] = solara.reactive(None)
busy: solara.Reactive[str] = solara.reactive("")
fault: solara.Reactive[str] = solara.reactive("")

comparison: solara.Reactive[Comparison | None] = solara.reactive(None)
compared: solara.Reactive[tuple[Setup, Setup]] = solara.reactive((View().base, View().setup))
"""Base and changed as they were when the comparison began; the fields may have moved on since."""
progress: solara.Reactive[Progress] = solara.reactive(Progress())
job: solara.Reactive[Job | None] = solara.reactive(None)

flows: solara.Reactive[Traced | None] = solara.reactive(None)
flows_of: solara.Reactive[Setup | None] = solara.reactive(None)


def in_background(work: Callable[[], None]) -> None:
    """Do something beside the page, in a thread of the same session."""

    def safely() -> None:
        try:
            work()
        except Exception as error:  # the page shows whatever goes wrong, and stays usable
            fault.set(f"{type(error).__name__}: {error}")
            busy.set("")

    threading.Thread(target=safely, daemon=True).start()


def attempt(change: Callable[[], Any], report: Callable[[str], Any] | None = None) -> bool:
    """Do what a person asked for; report what was wrong with it, "" if nothing, by default as the page's fault."""
    wrong = ""
    try:
        change()
    except InputError as error:
        wrong = str(error)
    (report or fault.set)(wrong)
    return not wrong


# --- the address ---


def view() -> View:
    """What is looked at now."""
    month = live.value.date if live.value else at.value
    return View(setup.value, base.value, month, agent.value, seeds.value, metric.value)


def address() -> str:
    """The query of the address of what is looked at now."""
    return query(view())


def visit(text: str) -> None:
    """Show what the query of an address says; where it is wrong say so and leave all as it is."""

    def show() -> None:
        wanted, now = view_of(text), view()
        base.set(wanted.base)
        for one, value in ((agent, wanted.agent), (seeds, wanted.seeds), (metric, wanted.metric), (at, wanted.at)):
            one.set(value)
        if wanted.setup != now.setup or wanted.at != now.at:
            setup.set(wanted.setup)
            if live.value is not None:
                show_month(wanted.at)

    attempt(show)


# --- step through ---


def show_month(month: str) -> None:
    """Show a month of the run: months to come are played, and what is past is replayed."""
    at.set(month)
    if live.value is not None and (live.value.setup, live.value.date) == (setup.value, month):
        busy.set("")
        return  # it is shown already, as when the field follows the months that are played
    wanted, chosen = dates.month_of(dates.parse_day(month)), setup.value
    busy.set("Replaying the months")

    def work() -> None:
        market = LiveMarket(chosen, wanted)
        if (setup.value, at.value) == (chosen, month):  # otherwise a later choice is at work
            live.set(market)
            jumps.set(jumps.value + 1)
            busy.set("")

    in_background(work)


type Edit = Callable[[Setup], Setup]
"""What a person changes: it is made of the setup as it is then, not as it was when the page was last drawn."""


def change_setup(edit: Edit, report: Callable[[str], Any] | None = None) -> None:
    """Another law or other parameters: the run is replayed with them and the same chance, to the same month."""

    def change() -> None:
        new = edit(setup.value)
        new.scenario()
        if new != setup.value:
            setup.set(new)
            busy.set("Replaying the months")
            in_background(lambda: _replay(new))

    attempt(change, report)


def change_base(edit: Edit, report: Callable[[str], Any] | None = None) -> None:
    """Another base."""

    def change() -> None:
        new = edit(base.value)
        new.scenario()
        base.set(new)

    attempt(change, report)


def _replay(new: Setup) -> None:
    old = live.value
    market = LiveMarket(new, old.t) if old else LiveMarket(new)
    if setup.value == new:  # otherwise a later change is at work
        if old and live.value is old:
            market.play_to(old.t)  # months stepped meanwhile
        live.set(market)
        busy.set("")


def ask(new: View) -> None:
    """A question: another setup against another base, at a month."""
    base.set(new.base)
    if new.setup != setup.value or live.value is None or live.value.date != new.at:
        setup.set(new.setup)
        show_month(new.at)


def find_pair(chosen: Setup, against: Setup) -> None:
    """Run both sides to their end beside the page, first with the seed shown, then with a few more."""
    found: list[tuple[Run, Run]] = []

    def asked() -> bool:
        return (setup.value, base.value) == (chosen, against)

    def work() -> None:
        against_it = replace(against, seed=chosen.seed, until=chosen.until)
        for seed in head_seeds(chosen, 1 if chosen == against_it else HEADED):
            sides = ((against_it, BASE), (chosen, CHANGED))
            task = server.workers.order([Order(side.scenario(seed), label) for side, label in sides])
            task.follow(lambda: None)
            if not asked() or len(task.finished) < 2:
                fault.set("\n".join(task.faults) if asked() else fault.value)
                return
            found.append((task.finished[0], task.finished[1]))
            if len(found) in (1, HEADED):
                pair.set(Pair(chosen, against_it, tuple(found)))

    in_background(work)


# --- compare ---


def start_comparison(keep: Sequence[str]) -> None:
    """Run both setups over the seeds beside the page, and show what is done by then."""
    stop_comparison()
    sides = {BASE: replace(base.value, until=setup.value.until), CHANGED: setup.value}

    def begin() -> None:
        orders = [Order(one.scenario(seed), name, tuple(keep)) for seed in range(seeds.value)
                  for name, one in sides.items()]  # fmt: skip
        task = server.workers.order(orders)
        job.set(task)
        comparison.set(None)
        compared.set((sides[BASE], sides[CHANGED]))
        progress.set(Progress(0, task.total, "running"))
        in_background(lambda: task.follow(lambda: _show(task)))

    attempt(begin)


def _show(task: Job) -> None:
    """Show how far the comparison is; draw what is done now and then, and at the end."""
    if job.value is not task:
        return
    progress.set(Progress(task.done, task.total, task.phase))
    fault.set("\n".join(dict.fromkeys(task.faults)))
    pairs = len(task.finished) // 2
    if pairs >= 2 and (task.over or (len(task.finished) % 2 == 0 and pairs in DRAWN)):
        comparison.set(Comparison(Ensemble(task.finished[: 2 * pairs]), BASE))


def stop_comparison() -> None:
    """Drop the runs that have not begun; what is done stays."""
    task = job.value
    if task is not None and not task.over:
        task.cancel()
        _show(task)


# --- flows ---


FLOW_METRICS = ("china_compute", "design_tpp")


def find_flows(chosen: Setup) -> None:
    """Run a setup beside the page, unless that is done, and keep every transfer, the law and the designs."""
    if flows_of.value == chosen:
        return
    flows_of.set(chosen)
    flows.set(None)

    def work() -> None:
        found = server.workers.trace(chosen.scenario(), FLOW_METRICS)
        if flows_of.value == chosen:
            flows.set(found)

    in_background(work)


def end_session() -> None:
    """A session ends: its runs are dropped."""
    if job.value is not None:
        job.value.cancel()
