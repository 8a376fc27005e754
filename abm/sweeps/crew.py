"""Who does the work: this process alone, or workers of a Dask cluster that may die, hang, or come and go."""

import itertools
import logging
import os
import queue
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, Self

from abm.foundation.errors import InputError
from abm.sweeps.errors import Unfinished
from abm.sweeps.signals import deferred
from abm.sweeps.work import Chunk, Harvest, Unable, perform, printable

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster, Worker

BEAT = 1.0
POLL = 2.0
GATHER = 60.0
GONE = (OSError, TimeoutError, RuntimeError, AttributeError)  # what a client says whose scheduler is gone
LOST_SCHEDULER = "the scheduler is gone; when it is back, give the same command again to continue"
SILENT = logging.CRITICAL + 1
CONFIG = {
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.work-stealing": False,
    "distributed.admin.low-level-log-length": 1000,
    "distributed.comm.timeouts.connect": "20s",
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.nanny.pre-spawn-environ.DASK_LOGGING__DISTRIBUTED": "critical",
}


@dataclass(frozen=True)
class Pulse:
    """A sign of life of a worker at a chunk.

    done   runs of the chunk finished
    run    the run it is at; -1 while it gets ready for the first
    since  seconds it has been at that run
    where  the place in the code, once it has been there for long
    """

    number: int
    worker: str
    done: int
    run: int
    since: float
    where: str = ""


@dataclass(frozen=True)
class Lost:
    """A chunk whose worker died before it was finished."""

    number: int
    why: str


@dataclass(frozen=True)
class Broken:
    """A chunk that a worker could not begin, nor any other chunk: the sweep has to stop."""

    number: int
    why: str


Event = Harvest | Pulse | Lost | Broken


class Crew(Protocol):
    """Those who do chunks, best of about `seconds` each."""

    seconds: float

    def capacity(self) -> int:
        """How many chunks can be handed out at a time."""
        ...

    def alive(self) -> bool:
        """Whether there is anybody, or soon will be."""
        ...

    def submit(self, chunk: Chunk) -> None:
        """Hand out a chunk."""
        ...

    def wait(self, seconds: float) -> list[Event]:
        """What happened, waiting up to so many seconds for something to happen."""
        ...

    def stop(self, number: int, worker: str) -> None:
        """Take a chunk back and free its worker, whatever it is doing."""
        ...

    def close(self, at_once: bool = False) -> None:
        """Let everybody go."""
        ...


def cores() -> int:
    """Processor cores that this process may use."""
    from dask.system import CPU_COUNT

    return int(CPU_COUNT)


class Alone:
    """Chunks done in this process, one after the other: for small sweeps and for debugging."""

    seconds = 1.0

    def __init__(self) -> None:
        self.waiting: list[Chunk] = []

    def capacity(self) -> int:
        """One."""
        return 1

    def alive(self) -> bool:
        """Always."""
        return True

    def submit(self, chunk: Chunk) -> None:
        """Keep the chunk until it is waited for."""
        self.waiting.append(chunk)

    def wait(self, seconds: float) -> list[Event]:
        """Do what was submitted."""
        chunks, self.waiting = self.waiting, []
        return [perform(chunk) for chunk in chunks]

    def stop(self, number: int, worker: str) -> None:
        """Nothing here can be stopped from outside."""

    def close(self, at_once: bool = False) -> None:
        """Nobody has to go."""


class Dask:
    """Workers of a Dask scheduler: of a local cluster that is started here, or of one at an address.

    workers  size of the local cluster; 0 with a scheduler elsewhere
    """

    seconds = 10.0

    def __init__(self, workers: int = 0, address: str = "") -> None:
        self.workers = workers
        self.address = address
        self.events: queue.Queue[Any] = queue.Queue()
        self.futures: dict[int, Future] = {}
        self.tokens = itertools.count()
        self.cluster: LocalCluster | None = None
        self.seen = (0.0, workers)
        with ExitStack() as closing:
            closing.enter_context(quiet())
            self.client = connect(address) if address else self._start(closing)
            closing.callback(self.client.close, timeout=5)
            self.topic = f"abm-{self.client.id}"
            self.client.subscribe_topic(self.topic, self._hear)
            self.closing = closing.pop_all()

    def __repr__(self) -> str:
        where = f"{self.workers} local workers" if self.cluster else self.address
        return f"Dask({where}, {len(self.futures)} chunks handed out)"

    def _start(self, closing: ExitStack) -> "Client":
        """Start single-threaded worker processes on this machine."""
        from multiprocessing import resource_tracker

        import dask
        from distributed import Client, LocalCluster

        resource_tracker.ensure_running()  # it would let Ctrl-C through again to the thread that starts it
        folder = tempfile.mkdtemp(prefix="abm-sweep-")
        closing.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            with dask.config.set(CONFIG), deferred():
                self.cluster = LocalCluster(
                    n_workers=self.workers, threads_per_worker=1, processes=True, host="127.0.0.1",
                    dashboard_address="127.0.0.1:0", scheduler_kwargs={"dashboard": False},
                    local_directory=folder, silence_logs=SILENT,
                )  # fmt: skip
                closing.callback(self.cluster.close, timeout=5)
                return Client(self.cluster, set_as_default=False)
        except (OSError, RuntimeError) as fault:
            raise Unfinished(f"the workers could not be started ({fault}); --serial does without them") from fault

    def capacity(self) -> int:
        """Threads of the workers, those included that are being replaced."""
        return max(self._alive(), self.workers)

    def alive(self) -> bool:
        """Whether a worker is connected; a local cluster is brought back to its size."""
        count = self._alive()
        if self.cluster is not None and count < self.workers:
            self._replace(self.cluster)
        return count > 0

    def _replace(self, cluster: "LocalCluster") -> None:
        """Start workers for those whose nanny gave up, as it does when a worker dies while it starts."""
        gone = [name for name, nanny in cluster.workers.items() if nanny.status.name in ("closed", "failed")]
        for name in gone:
            cluster.workers.pop(name, None)
        if len(cluster.workers) < self.workers:
            cluster.scale(self.workers)

    def _alive(self) -> int:
        """Threads connected, looked up every POLL seconds; none when the scheduler is gone."""
        when, count = self.seen
        if time.monotonic() - when > POLL:
            if self.client.status == "closed":
                raise Unfinished(LOST_SCHEDULER)
            try:
                count = sum(self.client.nthreads().values())
            except GONE:
                count = 0
            self.seen = (time.monotonic(), count)
        return count

    def submit(self, chunk: Chunk) -> None:
        """Send a chunk to the scheduler."""
        token = f"{self.topic}-{next(self.tokens)}"
        try:
            future = self.client.submit(labour, chunk, self.topic, token, key=token, pure=False)
        except GONE as fault:
            raise Unfinished(LOST_SCHEDULER) from fault
        self.futures[chunk.number] = future
        future.add_done_callback(partial(self._finished, chunk.number))

    def _finished(self, number: int, future: "Future") -> None:
        self.events.put((number, future))

    def _hear(self, event: tuple[float, dict[str, Any]]) -> None:
        token, message = event[1]["token"], event[1]["pulse"]
        future = self.futures.get(message["number"])
        if future is not None and future.key == token:
            self.events.put(Pulse(**message))

    def wait(self, seconds: float) -> list[Event]:
        """Take what has come in."""
        found: list[Any] = []
        with suppress(queue.Empty):
            found.append(self.events.get(timeout=seconds))
            while True:
                found.append(self.events.get_nowait())
        events = [one if isinstance(one, Pulse) else self._outcome(*one) for one in found]
        return [one for one in events if one is not None]

    def _outcome(self, number: int, future: "Future") -> Event | None:
        """What became of a chunk; None when it was taken back meanwhile."""
        from distributed import KilledWorker

        if self.futures.get(number) is not future:
            return None
        del self.futures[number]
        try:
            harvest: Harvest = future.result(timeout=GATHER)
            return harvest
        except KilledWorker:
            return Lost(number, "the worker process died")
        except (ImportError, AttributeError, Unable) as fault:
            return Broken(number, f"{type(fault).__name__}: {fault}")
        except Exception as fault:
            return Lost(number, f"{type(fault).__name__}: {fault}")

    def stop(self, number: int, worker: str) -> None:
        """Cancel the chunk and kill its worker, as a task that runs cannot be cancelled; the nanny starts another."""
        future = self.futures.pop(number, None)
        if future is None:
            return
        with suppress(*GONE):
            self._free(future, worker)

    def _free(self, future: "Future", worker: str) -> None:
        holders = [address for address, keys in self.client.processing().items() if future.key in keys]
        future.cancel()
        for address in holders or [worker] * bool(worker):
            if self.cluster is None:
                self.client.restart_workers([address], timeout=30, raise_for_error=False)
            else:
                self._kill([nanny for nanny in self.cluster.workers.values() if nanny.worker_address == address])

    def close(self, at_once: bool = False) -> None:
        """Close client and cluster; `at_once` kills the workers first instead of waiting for what they do."""
        if at_once and self.cluster is not None:
            nannies = list(self.cluster.workers.values())
            for nanny in nannies:
                nanny.close_gracefully()
            self._kill(nannies)
        with suppress(Exception):
            for future in self.futures.values():
                future.cancel()
        with suppress(Exception):
            self.closing.close()

    @staticmethod
    def _kill(nannies: list[Any]) -> None:
        for nanny in nannies:
            if nanny.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(nanny.pid, signal.SIGKILL)


class Beat(threading.Thread):
    """A thread beside a chunk that tells the coordinator every second which run the worker is at, and for how long."""

    def __init__(self, worker: "Worker", number: int, topic: str, token: str) -> None:
        super().__init__(daemon=True, name="beat")
        self.worker = worker
        self.number = number
        self.topic = topic
        self.token = token
        self.main = threading.get_ident()
        self.state = (0, -1, time.monotonic())
        self.over = threading.Event()

    def __enter__(self) -> Self:
        self.tell()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.join()

    def note(self, run: int, done: int) -> None:
        """A run is about to start."""
        self.state = (done, run, time.monotonic())

    def run(self) -> None:
        """Tell until the chunk is over."""
        while not self.over.wait(BEAT):
            self.tell()

    def tell(self) -> None:
        """Send a pulse."""
        done, run, began = self.state
        since = time.monotonic() - began
        frame = sys._current_frames().get(self.main) if since > BEAT else None
        where = printable("".join(traceback.format_stack(frame)))[-5000:] if frame else ""
        pulse = {
            "number": self.number, "worker": self.worker.address, "done": done, "run": run, "since": since,
            "where": where,
        }  # fmt: skip
        self.worker.log_event(self.topic, {"token": self.token, "pulse": pulse})


def labour(chunk: Chunk, topic: str, token: str) -> Harvest:
    """Do a chunk on a Dask worker; the token tells this try from any other."""
    from distributed import get_worker

    with Beat(get_worker(), chunk.number, topic, token) as beat:
        return perform(chunk, beat.note)


def connect(address: str) -> "Client":
    """A client of the scheduler at an address; InputError when none answers."""
    import dask
    from distributed import Client

    try:
        with dask.config.set(CONFIG):
            return Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as fault:
        raise InputError(f"--scheduler {address}: no Dask scheduler answers there ({fault})") from None


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the cluster's own chatter about dying workers off the terminal: what matters becomes a row of the ledger."""
    from distributed.utils import silence_logging_cmgr

    others = [logging.getLogger(name) for name in ("tornado", "tornado.application", "asyncio")]
    before = [(logger, logger.level) for logger in others]
    with silence_logging_cmgr(SILENT):
        for logger in others:
            logger.setLevel(SILENT)
        try:
            yield
        finally:
            for logger, level in before:
                logger.setLevel(level)
