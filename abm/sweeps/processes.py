"""Processes on this machine that do what they are handed; the server's pages and local sweeps have theirs from here.

They talk through pipes that only their owner holds, whereas a Dask scheduler listens on a port, where any user of the
machine may hand it code to run.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from typing import Any

from abm.foundation.errors import InputError
from abm.sweeps.signals import postponed

STARTS = 3
WORKER, UNGUARDED = "abm-worker", 76
"""The name of our processes, and the code with which one ends that was to begin what it was started for."""
GUARD = (
    'put the sweep under `if __name__ == "__main__":`, for each of its workers first runs the script that starts it '
    "and would sweep again; or pass serial=True"
)


class NoProcess(RuntimeError):
    """A process could not be started."""


class Unguarded(NoProcess):
    """A process could not be started because the script has no main guard."""


def refuse_unguarded() -> None:
    """Go no further in a process that runs its owner's script only to know its names; the owner says why."""
    process = multiprocessing.current_process()
    if getattr(process, "_inheriting", False):
        if process.name == WORKER:
            sys.exit(UNGUARDED)
        raise InputError(GUARD)


class Spawning(SpawnContext):
    """Starts processes of our name, and knows them."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[SpawnProcess] = []

    def Process(self, *given: Any, **named: Any) -> SpawnProcess:  # type: ignore[override]
        """A process that is to be started; a script from standard input, which none could run again, is left out."""
        main = sys.modules["__main__"]
        if getattr(main, "__file__", None) == "<stdin>":
            del main.__file__
        self.started.append(SpawnProcess(*given, **{**named, "name": WORKER}))
        return self.started[-1]


class Processes:
    """So many processes, each of which does one call at a time; one that dies takes no other call with it.

    A thread for each hands it its calls, and starts it again when it has died. They are started when first needed.

    nice  how far they give way to others
    """

    def __init__(self, count: int, nice: int = 0) -> None:
        resource_tracker.ensure_running()  # it would let Ctrl-C through again to the thread that starts it
        self.nice = nice
        self.closing = False
        self.pids: dict[ProcessPoolExecutor, int] = {}
        self._own = threading.local()
        self._threads = ThreadPoolExecutor(count, initializer=_hold_interrupts)

    def submit[T](self, work: Callable[..., T], *given: Any, patience: float | None = None) -> "Future[T]":
        """Have some work done; BrokenProcessPool when its process dies, NoProcess when none can be started.

        patience  seconds after which the process is killed; any when left out
        """
        with postponed():  # a thread whose start is interrupted is none that `close` knows of
            return self._threads.submit(self._call, work, given, patience)

    def close(self, at_once: bool = False) -> None:
        """Drop what has not begun and wait for what has, or kill it; no process is left behind."""
        self.closing = True
        if at_once:
            self._kill()
        self._threads.shutdown(cancel_futures=True)
        self._kill()  # idle by now; left to itself one may hang in what some library does at its end
        for pool in list(self.pids):
            pool.shutdown()

    def _kill(self) -> None:
        for pid in list(self.pids.values()):
            kill(pid)

    def _call[T](self, work: Callable[..., T], given: tuple[Any, ...], patience: float | None) -> T:
        pool = self._process()
        if self.closing:
            raise CancelledError
        try:
            future = pool.submit(work, *given)
            if not wait([future], patience).done:
                kill(self.pids[pool])
            return future.result()
        except BrokenProcessPool:
            self._own.pool = None
            del self.pids[pool]
            pool.shutdown()
            raise

    def _process(self) -> ProcessPoolExecutor:
        """This thread's process, in a pool of its own."""
        if (own := getattr(self._own, "pool", None)) is not None:
            return own
        context = Spawning()
        for _ in range(STARTS):
            pool = ProcessPoolExecutor(1, context, initializer=_begin, initargs=(self.nice,))
            try:
                self.pids[pool] = pool.submit(os.getpid).result()
            except (BrokenProcessPool, BrokenPipeError):  # it died as it came up, or before it was told what to do
                pool.shutdown()
                if any(one.exitcode == UNGUARDED for one in context.started):
                    raise Unguarded(GUARD) from None
            except OSError as fault:
                raise NoProcess(str(fault)) from fault
            else:
                self._own.pool = pool
                return pool
        raise NoProcess(f"one ended {STARTS} times while it started")


def kill(pid: int) -> None:
    """End a process, whatever it is doing."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _hold_interrupts() -> None:
    """Ctrl-C in a terminal goes to every process of the group; those that this thread starts never see it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _begin(nice: int) -> None:
    """A worker ends with its owner however that ends, gives way to it, and loads the model before the first call."""
    os.nice(nice)
    if (owner := multiprocessing.parent_process()) is not None:
        threading.Thread(target=_end_with, args=(owner,), daemon=True).start()
    import abm.runs.simulate  # noqa: F401


def _end_with(owner: BaseProcess) -> None:
    """Wait for the owner to be gone, and go too: when killed it says nothing to its workers."""
    owner.join()
    os._exit(1)
