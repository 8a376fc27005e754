"""Who does what when: hands chunks to an executor, stores what comes back, and isolates runs that kill a worker."""

import math
import sys
import time
import warnings
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.results.progress import bar
from abm.sweeps.design import design
from abm.sweeps.errors import Unfinished
from abm.sweeps.executor import DaskExecutor, Event, Executor, LocalExecutor, Lost, SerialExecutor, cores, seek
from abm.sweeps.parts import Failure
from abm.sweeps.plan import Plan
from abm.sweeps.processes import refuse_unguarded
from abm.sweeps.signals import check_interrupt, terminable
from abm.sweeps.spec import Spec
from abm.sweeps.store import Store
from abm.sweeps.work import Chunk, ChunkResult, lost

if TYPE_CHECKING:
    from abm.results.ensemble import Ensemble

LARGEST = 50
FIRST = 4
LIMIT = 600.0
NOBODY = 120.0
TRIES = 3

Watch = Callable[[int, int], None]


@dataclass
class Scheduler:
    """A sweep under way.

    limit  seconds a run may take
    size   runs a chunk; None lets chunks grow to the executor's time, and shrink towards the end so that none idles
    watch  called with the runs finished and failed whenever that changes
    """

    plan: Plan
    store: Store
    executor: Executor
    limit: float = LIMIT
    size: int | None = None
    watch: Watch = lambda done, failed: None
    pieces: deque[tuple[int, ...]] = field(default_factory=deque)
    in_flight: dict[int, Chunk] = field(default_factory=dict)
    deaths: Counter[int] = field(default_factory=Counter)
    failed: set[int] = field(default_factory=set)
    done: int = 0
    seconds: float = 0.0
    number: int = 0
    last_seen: float = field(default_factory=time.monotonic)

    def run(self, missing: list[int]) -> None:
        """Do the runs; Unfinished when the disk or the workers fail for good."""
        self.pieces = deque([tuple(missing)] if missing else [])
        self.watch(0, 0)
        while self.pieces or self.in_flight:
            check_interrupt()
            while self.pieces and len(self.in_flight) < self.executor.capacity():
                self.send()
            for event in self.executor.wait(0.5):
                self.take(event)
            self.look_for_workers()
            self.store.touch()

    def send(self) -> None:
        """Cut the next chunk and hand it out."""
        piece = self.pieces.popleft()
        size = self.size or self.pace(len(piece))
        if len(piece) > size:
            self.pieces.appendleft(piece[size:])
        chunk = self.chunk(piece[:size])
        self.in_flight[chunk.number] = chunk
        self.executor.submit(chunk)

    def chunk(self, runs: tuple[int, ...]) -> Chunk:
        """Runs as they are handed out, under a new number."""
        plan, tasks = self.plan, tuple(self.plan.task(run) for run in runs)
        self.number += 1
        return Chunk(self.number, tasks, plan.terms, plan.version, self.limit)

    def pace(self, left: int) -> int:
        """Runs of the next chunk: about the executor's time, at most LARGEST, and a fair share of what is left."""
        known = self.done and self.seconds
        by_time = self.executor.seconds * self.done / self.seconds if known else FIRST
        fair = math.ceil(left / (2 * max(self.executor.capacity(), 1)))
        return max(1, min(LARGEST, fair, int(by_time)))

    def take(self, event: Event) -> None:
        """React to what happened to a chunk."""
        chunk = self.in_flight.pop(event.number, None)
        if chunk is None:
            return
        if isinstance(event, Lost):
            self.lose(chunk, event.why)
        elif sorted(event.label.tried) != sorted(chunk.runs):
            self.lose(chunk, "the worker gave back other runs than it was handed")
        else:
            self.enter(event)

    def enter(self, result: ChunkResult) -> None:
        """Put a chunk's rows and failures into the store."""
        self.store.commit(result)
        self.done += len(result.label.runs)
        self.seconds += result.label.seconds
        self.failed.update(one.run for one in result.label.failures)
        self.watch(self.done, len(self.failed))

    def lose(self, chunk: Chunk, why: str) -> None:
        """Split a chunk that was lost, to be done after all others; one lost alone TRIES times has failed."""
        runs = chunk.runs
        if len(runs) > 1:
            half = len(runs) // 2
            self.pieces += (runs[:half], runs[half:])
            return
        self.deaths[runs[0]] += 1
        if self.deaths[runs[0]] < TRIES:
            self.pieces.append(runs)
        else:
            error = f"{why} {TRIES} times while it did this run alone"
            self.enter(lost(chunk, Failure(runs[0], self.plan.cases[runs[0]].key, "worker", error, error)))

    def look_for_workers(self) -> None:
        """Unfinished when no worker was there for long."""
        if self.executor.alive():
            self.last_seen = time.monotonic()
        elif time.monotonic() - self.last_seen > NOBODY:
            raise Unfinished(f"there was no worker for {NOBODY:g} s; give the same command again to continue")


def carry_out(
    plan: Plan,
    out: Path,
    workers: int | None = None,
    scheduler: str | None = None,
    serial: bool = False,
    restart: bool = False,
    limit: float = LIMIT,
    size: int | None = None,
    progress: bool = False,
) -> Store:
    """Do what a plan lacks in a folder; returns the folder's store, open for reading, with notes of what was found.

    Raises InputError for a folder that cannot be used, Unfinished when the disk or the workers fail for good, and
    KeyboardInterrupt on Ctrl-C or SIGTERM; what was stored is safe in each case.
    """
    refuse_unguarded()
    if scheduler is not None:
        seek(scheduler)
    outcome = "interrupted"
    with terminable(), Store.start(out, plan, restart) as store:
        try:
            if progress:
                sys.stderr.writelines(f"note: {note}\n" for note in store.notes)
            if missing := store.missing():
                count = min(workers or cores(), len(missing))
                begun = len(plan.cases) - len(missing)
                with bar(len(plan.cases), begun, progress) as shown, executor_of(count, scheduler, serial) as executor:
                    store.note(workers=executor.capacity())
                    Scheduler(plan, store, executor, limit, size, shown.draw).run(missing)
            outcome = "done"
        except Unfinished:
            outcome = "stopped"
            raise
        finally:
            store.close(outcome)
    found = Store.open(out)
    found.notes = store.notes
    return found


def sweep(
    spec: Path | str | Mapping[str, Any] | Spec,
    out: Path | str | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: bool = True,
    serial: bool = False,
    restart: bool = False,
    limit: float = LIMIT,
) -> "Ensemble":
    """Run a sweep, or what is missing of it, and return its runs.

    spec       path of a TOML file, the same as a mapping, or a Spec
    out        folder; results/<name> by default
    workers    processes on this machine; as many as there are cores by default
    scheduler  address of a Dask scheduler to use instead
    serial     in this process, without workers
    restart    move what the folder holds of another plan, code or data aside, and do all runs again
    limit      seconds after which a run counts as hung

    Failed runs are rows of the store (`Store.open(out).failures()`); a warning says how many there are.
    """
    plan = design(spec)
    folder = Path(out) if out is not None else Path("results") / plan.name
    workers = workers or plan.spec.workers
    with carry_out(plan, folder, workers, scheduler, serial, restart, limit, progress=progress) as store:
        if failures := store.failures():
            one = failures[0]
            text = f"{len(failures)} of {len(plan)} runs failed; run {one.run}, seed {one.seed}, with {one.error}"
            warnings.warn(f"{text}; `abm status {folder}` shows more", stacklevel=2)
        return store.ensemble()


def executor_of(workers: int, scheduler: str | None, serial: bool) -> Executor:
    """What will do the work."""
    if serial:
        return SerialExecutor()
    return LocalExecutor(workers) if scheduler is None else DaskExecutor(scheduler)
