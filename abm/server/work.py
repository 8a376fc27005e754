"""Long work beside the pages: runs in a few processes, with progress, cancelling, and limits to what one may ask."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Literal

from abm.foundation.errors import InputError
from abm.runs.run import Run
from abm.runs.scenario import Scenario
from abm.runs.simulate import simulate
from abm.server.traced import Traced, trace
from abm.sweeps.processes import Processes

MOST_RUNS = 400
"""Runs that one job may ask for."""
MOST_WAITING = 2_000
"""Runs that may wait for all pages together."""
MOST_KNOWN = 200
"""Runs done that are kept for whoever asks for them again."""


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
    """A few processes that serve every page of the server, of the same kind as those of sweeps."""

    def __init__(self, count: int | None = None) -> None:
        self.count = count or max(1, min(4, (os.cpu_count() or 2)))
        self._processes: Processes | None = None
        self._lock = Lock()
        self._waiting = 0
        self._known: dict[tuple[str, tuple[str, ...] | None], Run] = {}

    def order(self, orders: Sequence[Order]) -> Job:
        """Begin runs; InputError when too many are asked for."""
        if len(orders) > MOST_RUNS:
            raise InputError(f"{len(orders)} runs: at most {MOST_RUNS} at a time; a sweep can do more (`abm sweep`)")
        self._admit(len(orders))
        return Job([self._run(one) for one in orders])

    def _run(self, order: Order) -> "Future[Run]":
        """A run begun, or one done before."""
        key = (order.scenario.key, order.keep)
        with self._lock:
            known = self._known.get(key)
        if known is not None:
            found: Future[Run] = Future()
            found.add_done_callback(self._leave)
            found.set_result(replace(known, label=order.label))
            return found
        made = self._submit(run_one, order.scenario.to_dict(), order.label, order.keep)
        made.add_done_callback(lambda future: self._keep(key, future))
        return made

    def _keep(self, key: tuple[str, tuple[str, ...] | None], future: "Future[Run]") -> None:
        """Keep a run for whoever asks for it again, and forget the oldest beyond MOST_KNOWN."""
        if future.cancelled() or future.exception() is not None:
            return
        with self._lock:
            self._known[key] = future.result()
            while len(self._known) > MOST_KNOWN:
                self._known.pop(next(iter(self._known)))

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
        if self._processes is not None:
            self._processes.close()
            self._processes = None

    def _admit(self, count: int) -> None:
        """Let so many runs wait; InputError when too many do."""
        with self._lock:
            if self._waiting + count > MOST_WAITING:
                raise InputError("too many runs are waiting already; try again when some are done")
            self._waiting += count

    def _leave(self, _: "Future[Any]") -> None:
        with self._lock:
            self._waiting -= 1

    def _ready(self) -> Processes:
        self._processes = self._processes or Processes(self.count, nice=5)
        return self._processes

    def _submit[T](self, work: Callable[..., T], *given: Any) -> "Future[T]":
        future = self._ready().submit(work, *given)
        future.add_done_callback(self._leave)
        return future
