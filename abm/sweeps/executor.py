"""Who does the work: this process alone, processes beside it, or workers of a Dask cluster, which may come and go."""

import logging
import queue
import time
from abc import ABC, abstractmethod
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from abm.foundation.errors import InputError
from abm.sweeps import work
from abm.sweeps.errors import Unfinished
from abm.sweeps.processes import NoProcess, Processes, Unguarded
from abm.sweeps.signals import uninterrupted
from abm.sweeps.work import Chunk, ChunkResult, Unable, run_chunk

if TYPE_CHECKING:
    from distributed import Client

POLL = 2.0
GATHER = 60.0
PATIENCE = 10.0
GONE = (OSError, TimeoutError, RuntimeError, AttributeError)  # what a client says whose scheduler is gone
LOST_SCHEDULER = "the scheduler is gone; when it is back, give the same command again to continue"
SILENT = logging.CRITICAL + 1


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


class Executor(ABC):
    """Takes chunks, and tells what became of them.

    workers  how many chunks can be done at a time
    seconds  how long a chunk should take
    """

    seconds = 10.0

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.in_flight: dict[Any, int] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.capacity()} workers, {len(self.in_flight)} chunks in flight)"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, fault: object, *_: object) -> None:
        """Close when all is done, and at once when anything went wrong."""
        with uninterrupted():
            self.close(at_once=fault is not None)

    def capacity(self) -> int:
        """How many chunks can be done at a time; a worker that died is started again."""
        return self.workers

    def alive(self) -> bool:
        """Whether there is any worker."""
        return True

    @abstractmethod
    def send(self, chunk: Chunk) -> Any:
        """The future of a chunk."""

    def submit(self, chunk: Chunk) -> None:
        """Hand a chunk out."""
        future = self.send(chunk)
        self.in_flight[future] = chunk.number
        future.add_done_callback(self.done.put)

    def wait(self, seconds: float) -> list[Event]:
        """Take what has come in."""
        found: list[Any] = []
        with suppress(queue.Empty):
            found.append(self.done.get(timeout=seconds))
            while True:
                found.append(self.done.get_nowait())
        return [outcome(self.in_flight.pop(future), future) for future in found]

    @abstractmethod
    def close(self, at_once: bool = False) -> None:
        """End the workers; `at_once` kills them instead of waiting for what they do."""


class SerialExecutor(Executor):
    """This process alone: for small sweeps and for debugging."""

    seconds = 1.0

    def __init__(self) -> None:
        super().__init__(1)

    def send(self, chunk: Chunk) -> "Future[ChunkResult]":
        """Do the chunk."""
        future: Future[ChunkResult] = Future()
        try:
            future.set_result(run_chunk(chunk))
        except Exception as fault:
            future.set_exception(fault)
        return future

    def close(self, at_once: bool = False) -> None:
        """There is nobody to end."""


class LocalExecutor(Executor):
    """Processes on this machine, which may die or hang."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self.processes = Processes(workers)

    def send(self, chunk: Chunk) -> "Future[ChunkResult]":
        """Hand a chunk to the next free process."""
        each = min(chunk.limit, work.LONGEST) + 2 * work.GRACE
        patience = each * len(chunk.tasks) if chunk.limit else None
        return self.processes.submit(run_chunk, chunk, True, patience=patience)

    def close(self, at_once: bool = False) -> None:
        """No process is left behind."""
        self.processes.close(at_once)


class DaskExecutor(Executor):
    """Workers of the Dask scheduler at an address."""

    def __init__(self, address: str) -> None:
        from distributed.utils import silence_logging_cmgr

        super().__init__(0)
        self.seen = (0.0, 0)
        with ExitStack() as closing:
            closing.enter_context(silence_logging_cmgr(SILENT))
            self.client = connect(address)
            closing.callback(self.client.close, timeout=5)
            self.closing = closing.pop_all()

    def capacity(self) -> int:
        """Threads of the workers, looked up every POLL seconds; none when the scheduler is gone."""
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

    def alive(self) -> bool:
        """Whether a worker is connected."""
        return self.capacity() > 0

    def send(self, chunk: Chunk) -> Any:
        """Send a chunk to the scheduler."""
        try:
            return self.client.submit(run_chunk, chunk, expendable=True, pure=False)
        except GONE as fault:
            raise Unfinished(LOST_SCHEDULER) from fault

    def close(self, at_once: bool = False) -> None:
        """Want nothing more, and leave; the workers stay."""
        with suppress(Exception):
            for future in self.in_flight:
                future.cancel()
        with suppress(Exception):
            self.closing.close()


def outcome(number: int, future: Any) -> Event:
    """What a future that is done came to; Unfinished when no worker can begin a chunk."""
    try:
        result: ChunkResult = future.result(timeout=GATHER)
        return result
    except BrokenProcessPool:
        return Lost(number, "the worker process died")
    except Unguarded as fault:
        raise InputError(str(fault)) from None
    except NoProcess as fault:
        words = f"the workers could not be started ({fault}); --serial (in Python serial=True) does without them"
        raise Unfinished(words) from fault
    except (ImportError, AttributeError, Unable) as fault:
        raise Unfinished(f"the workers cannot do this sweep: {type(fault).__name__}: {fault}") from None
    except Exception as fault:
        return Lost(number, f"{type(fault).__name__}: {fault}")


def connect(address: str) -> "Client":
    """A client of the scheduler at an address; InputError when none answers."""
    from distributed import Client

    seek(address)
    return Client(address, timeout=PATIENCE, set_as_default=False)


def seek(address: str) -> None:
    """InputError when no scheduler answers at an address.

    A client that fails to connect leaves itself half made to the garbage collector, which may then close it in the
    middle of making another and wait for ever (distributed 2026.8): so one is made only where somebody answers.
    """
    from distributed.comm.core import connect as call
    from distributed.utils import LoopRunner

    async def answer() -> None:
        await (await call(address, timeout=PATIENCE)).close()

    try:
        LoopRunner().run_sync(answer)
    except (OSError, ValueError, TimeoutError) as fault:
        raise InputError(f"--scheduler {address}: no Dask scheduler answers there ({fault})") from None
