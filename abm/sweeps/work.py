"""What a worker does: a chunk of runs, one after the other, each ending as rows or as a failure that is data."""

import ctypes
import faulthandler
import hashlib
import json
import os
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.sweeps import parts
from abm.sweeps.parts import Columns, Failure

Execute = Callable[[dict[str, Any], Sequence[str]], Columns]

SIMULATE = "abm.sweeps.work:columns"
MAX_TRACEBACK = 20_000
GRACE = 10.0
LONGEST = 1e8


class Unable(RuntimeError):
    """A worker cannot do any run: its code or data is not the coordinator's."""


@dataclass(frozen=True)
class Task:
    """One run to do: its number, its key, and its scenario as a dictionary."""

    run: int
    key: str
    scenario: dict[str, Any]


@dataclass(frozen=True)
class Terms:
    """What decides, besides a run's scenario, which rows the run leaves.

    keep     metrics to keep
    until    last month, YYYY-MM
    months   months a run reports
    execute  import path `module:function` of scenario and metrics -> columns
    """

    keep: tuple[str, ...]
    until: str
    months: int
    execute: str = SIMULATE

    @property
    def digest(self) -> str:
        """A short hash."""
        text = json.dumps([*vars(self).values()], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Chunk:
    """Runs that a worker does in one go, and the terms under which it does them.

    version  the coordinator's code and data; empty means unchecked
    limit    seconds a run may take; 0 means any
    """

    number: int
    tasks: tuple[Task, ...]
    terms: Terms
    version: str = ""
    limit: float = 0.0

    @property
    def runs(self) -> tuple[int, ...]:
        """The numbers of its runs."""
        return tuple(task.run for task in self.tasks)


@dataclass(frozen=True)
class ChunkResult:
    """What a chunk gave: the bytes of a part, and its label."""

    number: int
    part: bytes
    label: parts.Label


def columns(scenario: dict[str, Any], keep: Sequence[str]) -> Columns:
    """The kept metrics of one scenario by month."""
    from abm.runs.scenario import Scenario
    from abm.runs.simulate import simulate

    return simulate(Scenario.from_dict(scenario), list(keep)).columns


@cache
def find(path: str) -> Execute:
    """The function that an import path `module:function` names."""
    module, _, name = path.partition(":")
    function: Execute = getattr(import_module(module), name)
    return function


@cache
def version() -> str:
    """Short hashes of the code and data that this process runs."""
    from abm.foundation.version import code_version, data_version

    return f"{code_version()} {data_version()}"


def months_to(until: str, count: int) -> NDArray[np.datetime64]:
    """The last `count` months to `until`, datetime64[M]."""
    last = np.datetime64(until[:7], "M")
    return last - np.arange(count)[::-1].astype("timedelta64[M]")


def run_chunk(chunk: Chunk, expendable: bool = False) -> ChunkResult:
    """Do every run of a chunk; one that raises, takes too long, or leaves the interpreter becomes a failure and the
    others go on.

    expendable  whether a run that nothing else stops may take this process with it
    """
    if chunk.version and chunk.version != version():
        raise Unable(f"this worker has code and data {version()}, the sweep began with {chunk.version}")
    terms, execute = chunk.terms, find(chunk.terms.execute)
    done: list[Task] = []
    blocks: list[Columns] = []
    failures: list[Failure] = []
    began = time.perf_counter()
    for task in chunk.tasks:
        try:
            found = within(chunk.limit, partial(execute, task.scenario, terms.keep), expendable)
            block = checked(found, terms.months)
        except (Exception, SystemExit) as error:
            failures.append(failure(task, error))
        else:
            done.append(task)
            blocks.append(block)
    seconds = time.perf_counter() - began
    runs, keys = tuple(task.run for task in done), tuple(task.key for task in done)
    label = parts.Label(runs, keys, terms.months, seconds, terms.digest, tuple(failures), time.time())
    return pack(chunk, blocks, label)


class TooLong(RuntimeError):
    """A run took longer than it may."""


class Stop(BaseException):
    """What is raised inside a run that takes too long."""


def within[T](seconds: float, work: Callable[[], T], expendable: bool) -> T:
    """Do some work; TooLong when it takes longer than so many seconds, 0 for any.

    Work that does not give way, because it lets no other thread run or waits in a call from which it does not return,
    ends an expendable process GRACE seconds later.
    """
    if not seconds:
        return work()
    seconds, thread = min(seconds, LONGEST), ctypes.c_ulong(threading.get_ident())
    interrupt = ctypes.pythonapi.PyThreadState_SetAsyncExc
    timer = threading.Timer(seconds, interrupt, (thread, ctypes.py_object(Stop)))
    timer.daemon = True
    with ExitStack() as closing:
        if expendable:
            nowhere = closing.enter_context(open(os.devnull, "w"))
            closing.callback(faulthandler.cancel_dump_traceback_later)
            faulthandler.dump_traceback_later(seconds + GRACE, exit=True, file=nowhere)
        try:
            timer.start()
            try:
                return work()
            finally:
                timer.cancel()
                timer.join()
                interrupt(thread, None)  # what came too late
        except Stop as stopped:
            raise TooLong(f"the run took longer than {seconds:g} s and was stopped") from stopped


def pack(chunk: Chunk, blocks: Sequence[Columns], label: parts.Label) -> ChunkResult:
    """Put what a chunk gave into a part."""
    months = months_to(chunk.terms.until, chunk.terms.months)
    return ChunkResult(chunk.number, parts.encode(blocks, label, months, chunk.terms.keep), label)


def lost(chunk: Chunk, failure: Failure) -> ChunkResult:
    """What is left of a chunk of one run that no worker came back from."""
    label = parts.Label((), (), chunk.terms.months, 0.0, chunk.terms.digest, (failure,), time.time())
    return pack(chunk, [], label)


class BadResult(ValueError):
    """A run gave columns that cannot be stored."""


def checked(block: Columns, months: int) -> Columns:
    """The columns as float64; BadResult unless each has one number a month."""
    result = {name: np.asarray(values, np.float64) for name, values in block.items()}
    wrong = [f"{name}{values.shape}" for name, values in result.items() if values.shape != (months,)]
    if wrong or not result:
        raise BadResult(f"columns of shape ({months},) are wanted, not {', '.join(wrong) or 'none at all'}")
    return result


def failure(task: Task, error: BaseException) -> Failure:
    """What an exception leaves of a run."""
    text = printable("".join(traceback.format_exception(error)))
    line = printable(f"{type(error).__name__}: {error}").splitlines()[0]
    return Failure(task.run, task.key, stage(error), line[:500], text[-MAX_TRACEBACK:])


def printable(text: str) -> str:
    """Text that any file and terminal can take."""
    return text.encode("utf-8", "replace").decode()


def stage(error: BaseException) -> str:
    """Where a run stopped: the phase of the month, `result` for unusable columns, `limit` where it took too long,
    else `run`."""
    if isinstance(error, BadResult):
        return "result"
    if isinstance(error, TooLong):
        return "limit"
    return next(iter(phases(error.__traceback__)), "run")


def phases(trace: TracebackType | None) -> list[str]:
    """Functions of the model's month on the way to an error, outermost first, but for what runs the phases."""
    frames = [(Path(frame.filename), frame.name) for frame in traceback.extract_tb(trace)]
    return [name for file, name in frames if file.parts[-3:-1] == ("abm", "month") and file.stem != "phase"]
