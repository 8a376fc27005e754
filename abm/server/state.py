"""What one visitor's pages share; Solara keeps a copy of each value for every session."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import solara

from abm.foundation.errors import InputError
from abm.results.comparison import Comparison
from abm.results.ensemble import Ensemble
from abm.server.live import LiveMarket, Pin
from abm.server.setup import Setup
from abm.server.traced import Traced
from abm.server.work import Crew, Job, Order, Phase


@dataclass
class Server:
    """What all visitors share: the processes that work, and the folder of stored sweeps given at start."""

    crew: Crew
    folder: Path | None = None


@dataclass(frozen=True)
class Progress:
    """How far a comparison is."""

    done: int = 0
    total: int = 0
    phase: Phase | Literal["none"] = "none"


server = Server(Crew())

setup: solara.Reactive[Setup] = solara.reactive(Setup())
live: solara.Reactive[LiveMarket | None] = solara.reactive(None)
pin: solara.Reactive[Pin | None] = solara.reactive(None)
busy: solara.Reactive[str] = solara.reactive("")
fault: solara.Reactive[str] = solara.reactive("")

base: solara.Reactive[Setup] = solara.reactive(Setup("hold_firm"))
changed: solara.Reactive[Setup] = solara.reactive(Setup("hbm_relief"))
seeds: solara.Reactive[int] = solara.reactive(10)
comparison: solara.Reactive[Comparison | None] = solara.reactive(None)
compared: solara.Reactive[tuple[Setup, Setup]] = solara.reactive((Setup("hold_firm"), Setup("hbm_relief")))
"""Base and changed as they were when the comparison began; the fields may have moved on since."""
progress: solara.Reactive[Progress] = solara.reactive(Progress())
job: solara.Reactive[Job | None] = solara.reactive(None)

flows: solara.Reactive[Traced | None] = solara.reactive(None)
flows_of: solara.Reactive[Setup | None] = solara.reactive(None)

BASE, CHANGED = "Base", "Changed"


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


# --- step through ---


def change_setup(new: Setup) -> None:
    """Another law or other parameters: the run is replayed with them and the same chance, to the same month."""
    if new != setup.value and attempt(new.scenario):
        setup.set(new)
        busy.set("Replaying the months")
        in_background(lambda: _replay(new))


def _replay(new: Setup) -> None:
    old = live.value
    market = LiveMarket(new, old.t) if old else LiveMarket(new)
    if setup.value == new:  # otherwise a later change is at work
        if old and live.value is old:
            market.play_to(old.t)  # months stepped meanwhile
        live.set(market)
        busy.set("")


def pin_run() -> None:
    """Pin the run: play it to its end beside the page, to be drawn dashed beside the next ones."""
    chosen = setup.value
    busy.set("Pinning the run")

    def work() -> None:
        task = server.crew.order([Order(chosen.scenario(), "pinned")])
        task.follow(lambda: None)
        if task.finished:
            pin.set(Pin(chosen.words, task.finished[0].columns))
        fault.set("\n".join(task.faults))
        busy.set("")

    in_background(work)


# --- compare ---


def start_comparison(keep: Sequence[str]) -> None:
    """Run both setups over the seeds beside the page, and show what is done by then."""
    sides = {BASE: base.value, CHANGED: changed.value}

    def begin() -> None:
        orders = [Order(one.scenario(seed), name, tuple(keep)) for seed in range(seeds.value)
                  for name, one in sides.items()]  # fmt: skip
        task = server.crew.order(orders)
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
    if pairs >= 2 and (task.over or len(task.finished) % 4 == 0):
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
        found = server.crew.trace(chosen.scenario(), FLOW_METRICS)
        if flows_of.value == chosen:
            flows.set(found)

    in_background(work)


def end_session() -> None:
    """A session ends: its runs are dropped."""
    if job.value is not None:
        job.value.cancel()
