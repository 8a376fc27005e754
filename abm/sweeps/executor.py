"""Who does the work: this process alone, or workers of a Dask cluster that may die, hang, or come and go."""

import logging
import os
import queue
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abm.foundation.errors import InputError
from abm.sweeps.errors import Unfinished
from abm.sweeps.signals import deferred
from abm.sweeps.work import Chunk, ChunkResult, Unable, run_chunk

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster

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
class Lost:
    """A chunk whose worker died before it was finished."""

    number: int
    why: str


Event = ChunkResult | Lost


def cores() -> int:
    """Processor cores that this process may use."""
    from dask.system import CPU_COUNT

    return int(CPU_COUNT)


class SerialExecutor:
    """Runs chunks in this process, one after the other: for small sweeps and for debugging.

    seconds  how long a chunk should take
    """

    seconds = 1.0

    def __init__(self) -> None:
        self.waiting: list[Chunk] = []

    def capacity(self) -> int:
        """How many chunks can be handed out at a time: one."""
        return 1

    def alive(self) -> bool:
        """Whether there is any worker: always."""
        return True

    def submit(self, chunk: Chunk) -> None:
        """Keep the chunk until it is waited for."""
        self.waiting.append(chunk)

    def wait(self, seconds: float) -> list[Event]:
        """Do what was submitted; every chunk comes to one event."""
        chunks, self.waiting = self.waiting, []
        return [run_chunk(chunk) for chunk in chunks]

    def close(self, at_once: bool = False) -> None:
        """There is nothing to end."""


class DaskExecutor:
    """Workers of a Dask scheduler: of a local cluster that is started here, or of one at an address.

    workers  size of the local cluster; 0 with a scheduler elsewhere
    """

    seconds = 10.0

    def __init__(self, workers: int = 0, address: str = "") -> None:
        self.workers = workers
        self.address = address
        self.done: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self.in_flight: dict[Future, int] = {}
        self.cluster: LocalCluster | None = None
        self.seen = (0.0, workers)
        with ExitStack() as closing:
            closing.enter_context(silence_logs())
            self.client = connect(address) if address else self._start(closing)
            closing.callback(self.client.close, timeout=5)
            self.closing = closing.pop_all()

    def __repr__(self) -> str:
        where = f"{self.workers} local workers" if self.cluster else self.address
        return f"DaskExecutor({where}, {len(self.in_flight)} chunks in flight)"

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
        return max(self._threads(), self.workers)

    def alive(self) -> bool:
        """Whether a worker is connected; a local cluster is brought back to its size."""
        count = self._threads()
        if self.cluster is not None and count < self.workers:
            self._replace(self.cluster)
        return count > 0

    def _replace(self, cluster: "LocalCluster") -> None:
        """Start workers in place of those whose nanny has ended, as it does when a worker dies while it starts."""
        gone = [name for name, nanny in cluster.workers.items() if nanny.status.name in ("closed", "failed")]
        for name in gone:
            cluster.workers.pop(name, None)
        if len(cluster.workers) < self.workers:
            cluster.scale(self.workers)

    def _threads(self) -> int:
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
        try:
            future = self.client.submit(run_chunk, chunk, expendable=True, pure=False)
        except GONE as fault:
            raise Unfinished(LOST_SCHEDULER) from fault
        self.in_flight[future] = chunk.number
        future.add_done_callback(self.done.put)

    def wait(self, seconds: float) -> list[Event]:
        """Take what has come in."""
        found: list[Future] = []
        with suppress(queue.Empty):
            found.append(self.done.get(timeout=seconds))
            while True:
                found.append(self.done.get_nowait())
        return [outcome(self.in_flight.pop(future), future) for future in found]

    def close(self, at_once: bool = False) -> None:
        """Close client and cluster; `at_once` kills the workers first instead of waiting for what they do."""
        if at_once and self.cluster is not None:
            for nanny in list(self.cluster.workers.values()):
                nanny.close_gracefully()
                if nanny.pid is not None:
                    with suppress(ProcessLookupError):
                        os.kill(nanny.pid, signal.SIGKILL)
        with suppress(Exception):
            for future in self.in_flight:
                future.cancel()
        with suppress(Exception):
            self.closing.close()


Executor = SerialExecutor | DaskExecutor


def outcome(number: int, future: "Future") -> Event:
    """What a future that is done came to; Unfinished when no worker can begin a chunk."""
    from distributed import KilledWorker

    try:
        result: ChunkResult = future.result(timeout=GATHER)
        return result
    except KilledWorker:
        return Lost(number, "the worker process died")
    except (ImportError, AttributeError, Unable) as fault:
        raise Unfinished(f"the workers cannot do this sweep: {type(fault).__name__}: {fault}") from None
    except Exception as fault:
        return Lost(number, f"{type(fault).__name__}: {fault}")


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
def silence_logs() -> Iterator[None]:
    """Keep the cluster's own chatter about dying workers off the terminal: what matters becomes a failed run."""
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
