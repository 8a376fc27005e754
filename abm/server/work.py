"""Long work beside the pages: runs in a few processes, with progress, cancelling, and limits to what one may ask."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from multiprocessing.process import BaseProcess
from threading import Lock, Thread
from typing import Any, Literal

from abm.foundation.errors import InputError
from abm.runs.run import Run
from abm.runs.scenario import Scenario
from abm.runs.simulate import simulate
from abm.server.traced import Traced, trace

MOST_RUNS = 400
"""Runs that one job may ask for."""
MOST_WAITING = 2_000
"""Runs that may wait for all pages together."""


type Phase = Literal["running", "over", "cancelled"]


def run_one(table: dict[str, Any], label: str, keep: tuple[str, ...] | None) -> Run:
    """Do one run in a worker; the scenario travels as plain values."""
    return replace(simulate(Scenario.from_dict(table), keep), label=label)


@dataclass(frozen=True)
class Order:
    """A run that is wanted, and the name it goes by in comparisons."""

    scenario: Scenario
    label: str
    keep: tuple[str, ...] | None = None


@dataclass
class Job:
    """Runs under way: what is done, what failed, and a way to stop the rest."""

    futures: list["Future[Run]"]
    finished: list[Run] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    cancelled: bool = False

    @property
    def total(self) -> int:
        """Runs asked for."""
        return len(self.futures)

    @property
    def done(self) -> int:
        """Runs done or failed."""
        return len(self.finished) + len(self.faults)

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.cancelled or self.done >= self.total

    @property
    def phase(self) -> Phase:
        """Running, over, or cancelled."""
        return "cancelled" if self.cancelled else "over" if self.over else "running"

    def cancel(self) -> None:
        """Drop what has not begun; what is under way is not waited for."""
        self.cancelled = True
        for future in self.futures:
            future.cancel()

    def follow(self, report: Callable[[], None], patience: float = 0.2) -> None:
        """Collect runs in order until all are there or the job is cancelled, calling `report` after each."""
        for future in self.futures:
            while not self.cancelled:
                try:
                    self.finished.append(future.result(timeout=patience))
                except TimeoutError:
                    continue
                except CancelledError:
                    self.cancelled = True
                except Exception as error:  # a worker's fault of any kind is shown on the page
                    self.faults.append(f"{type(error).__name__}: {error}")
                break
            report()
            if self.cancelled:
                break


class Workers:
    """A few processes that serve every page of the server.

    They are not the Dask workers of the sweeps: Dask's scheduler listens on a port, where any user of the machine may
    hand it code to run, and a server stays open for days. These talk through pipes that only their server holds.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = count or max(1, min(4, (os.cpu_count() or 2)))
        self._pool: ProcessPoolExecutor | None = None
        self._lock = Lock()
        self._waiting = 0

    def order(self, orders: Sequence[Order]) -> Job:
        """Begin runs; InputError when too many are asked for."""
        if len(orders) > MOST_RUNS:
            raise InputError(f"{len(orders)} runs: at most {MOST_RUNS} at a time; a sweep can do more (`abm sweep`)")
        self._admit(len(orders))
        return Job([self._submit(run_one, one.scenario.to_dict(), one.label, one.keep) for one in orders])

    def trace(self, scenario: Scenario, keep: tuple[str, ...]) -> Traced:
        """Do one run and wait for it, keeping its transfers, law and designs; InputError when too many wait."""
        self._admit(1)
        return self._submit(trace, scenario.to_dict(), keep).result()

    def warm(self) -> None:
        """Start the processes before they are needed."""
        for _ in range(self.count):
            self._ready().submit(os.getpid)

    def close(self) -> None:
        """Stop: runs that have not begun are dropped, those under way are waited for, and no process is left behind."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _admit(self, count: int) -> None:
        """Let so many runs wait; InputError when too many do."""
        with self._lock:
            if self._waiting + count > MOST_WAITING:
                raise InputError("too many runs are waiting already; try again when some are done")
            self._waiting += count

    def _leave(self, _: "Future[Any]") -> None:
        with self._lock:
            self._waiting -= 1

    def _ready(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.count, mp_context=context, initializer=_begin)
        return self._pool

    def _submit[T](self, work: Callable[..., T], *arguments: Any) -> "Future[T]":
        try:
            future = self._ready().submit(work, *arguments)
        except BrokenProcessPool:  # a worker was killed: start others
            self.close()
            future = self._ready().submit(work, *arguments)
        future.add_done_callback(self._leave)
        return future


def _begin() -> None:
    """A worker leaves interrupts to the server, ends with it however it ends, gives way to it, and loads the model
    before the first run."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(5)
    if (server := multiprocessing.parent_process()) is not None:
        Thread(target=_end_with, args=(server,), daemon=True).start()
    import abm.model  # noqa: F401


def _end_with(server: BaseProcess) -> None:
    """Wait for the server to be gone, and go too: a killed server says nothing to its workers."""
    server.join()
    os._exit(1)
