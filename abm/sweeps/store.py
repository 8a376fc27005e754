"""The folder of a sweep, and the only code that writes it: what is done stays done, and what is damaged is noticed.

spec.toml      the specification as given
plan.jsonl     the runs planned, with their parameters
parts/         one Parquet file a chunk, rows and failures; its name holds the start of its SHA-256
session.json   who worked on it last, and how that ended
aside/         files found damaged or of another plan, and what --restart moved away
lock           who is writing

Nothing else keeps the books: a run is done when a part that is whole and of this plan holds it.
"""

import json
import os
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from abm.foundation.errors import InputError
from abm.foundation.files import reason
from abm.results.kinds import EARLIER, PLAN, claim
from abm.sweeps import parts
from abm.sweeps.errors import Unfinished
from abm.sweeps.files import set_aside, write
from abm.sweeps.lock import Lock, alive
from abm.sweeps.parts import Damaged, Failure, Label
from abm.sweeps.plan import Case, Plan, drawn_by
from abm.sweeps.work import ChunkResult

if TYPE_CHECKING:
    import pandas as pd

    from abm.results.ensemble import Ensemble

REPAIR = "give the sweep's command again to repair it"


@dataclass(frozen=True)
class Part:
    """A file of parts/ that is whole and of this plan: its name, bytes, columns, and what its label says."""

    file: str
    size: int
    columns: tuple[str, ...]
    label: Label

    @property
    def runs(self) -> tuple[int, ...]:
        """The runs whose rows it holds."""
        return self.label.runs


@dataclass(frozen=True)
class Failed(Failure):
    """A run that failed and was not done since: its latest failure, its seed, and how often it was tried."""

    seed: int
    tries: int


@dataclass(frozen=True)
class Check:
    """What a look at every byte found: parts and rows that are whole, files that are not, runs that were done before.

    runs_lost  known only of a sweep that had come to its end
    """

    parts: int
    rows: int
    damaged: dict[str, str]
    runs_lost: tuple[int, ...]


class Store:
    """A sweep folder. `Store.open` to read, also while a sweep runs; `Store.start` to write, one process at a time."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder = folder
        self.plan = plan
        self._terms = plan.terms.digest
        self.lock: Lock | None = None
        self.notes: list[str] = []
        self.faults: dict[str, str] = {}
        self._parts: dict[str, Part] = {}
        self._part_of: dict[int, Part] = {}
        self._session: dict[str, Any] = {}
        self._closing = ExitStack()

    def __repr__(self) -> str:
        return f"Store({str(self.folder)!r}: {len(self.done())} of {len(self.cases())} runs)"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # opening

    @classmethod
    def open(cls, folder: Path | str) -> Self:
        """Open a sweep folder for reading; InputError when it is none or its plan is damaged."""
        folder = Path(folder)
        refuse_earlier(folder)
        if not is_store(folder):
            raise InputError(f"{folder}: not a sweep folder (there is no {folder / PLAN})")
        try:
            return cls(folder, Plan.from_bytes((folder / PLAN).read_bytes()))
        except (OSError, Damaged) as fault:
            raise InputError(f"{folder / PLAN} {fault}; {REPAIR}") from None

    @classmethod
    def start(cls, folder: Path | str, plan: Plan, restart: bool = False) -> Self:
        """Take a folder to write a plan's runs into: new, or continued when what it holds belongs to the plan.

        Parts that are damaged or of another plan are set aside and their runs become missing. InputError when the
        folder is in use, cannot be written, or holds runs of another plan, code or data and `restart` is not asked for.
        """
        folder = Path(folder)
        claim(folder, "sweep")
        with ExitStack() as closing:
            try:
                (folder / "parts").mkdir(parents=True, exist_ok=True)
                lock = closing.enter_context(Lock(folder / "lock"))
                store = cls(folder, plan)
                store._prepare(restart)
                store._tidy_up()
                write(folder / "spec.toml", plan.text.encode())
                software = f"python {sys.version.split()[0]}, {plan.version}"
                store.lock = lock
                store.note(began=time.time(), host=socket.gethostname(), pid=os.getpid(), software=software)
            except (OSError, Damaged) as fault:
                raise InputError(f"cannot write into {folder}: {said(fault)}") from None
            store._closing = closing.pop_all()
        return store

    def close(self, outcome: str = "stopped") -> None:
        """Say how the session ended, and give the lock back."""
        if self.lock is not None:
            with suppress(Unfinished):
                self.note(ended=time.time(), outcome=outcome)
        self._closing.close()
        self.lock = None

    def _prepare(self, restart: bool) -> None:
        """Write the plan unless the folder has it; InputError when what it has is of another one."""
        path = self.folder / PLAN
        if restart:
            self._move_all_aside()
        refuse_earlier(self.folder)
        old: Plan | None = None
        try:
            old = Plan.from_bytes(path.read_bytes()) if path.exists() else None
        except Damaged as fault:
            self.notes.append(f"{path} {fault}; it was set aside and written again")
            set_aside(self.folder, [path])
        if old is not None:
            if changes := old.differences(self.plan):
                raise InputError(refusal(type(self)(self.folder, old), changes, len(self.plan.cases)))
            if len(old.cases) == len(self.plan.cases):
                return
            self.notes.append(f"the plan grew from {len(old.cases)} to {len(self.plan.cases)} runs")
        write(path, self.plan.to_bytes())

    def _move_all_aside(self) -> None:
        """Begin a folder again; the plan goes last, so that what an interruption leaves is still known as its."""
        before = [*(self.folder / "parts").iterdir(), self.folder / EARLIER, self.folder / PLAN]
        if old := [file for file in before if file.exists()]:
            self.notes.append(f"what was there was moved to {set_aside(self.folder, old)}")

    def _tidy_up(self) -> None:
        """Set aside the parts that cannot be used; delete what was half written."""
        for leftover in (self.folder / "parts").glob("*.incoming"):
            leftover.unlink()
        self._scan()
        if self.faults:
            where = set_aside(self.folder, [self.folder / "parts" / name for name in self.faults])
            fault = f"the first {next(iter(self.faults.values()))}"
            self.notes.append(f"{len(self.faults)} parts that cannot be used were set aside to {where}; {fault}")
            self.faults = {}

    # writing

    def commit(self, result: ChunkResult) -> None:
        """Write a part to the disk, read it back, and move it to its place, by which its runs are done.

        Unfinished when the disk does not take it; nothing of the part then counts as done.
        """
        with guarded(self.folder):
            name = parts.name_of(result.label, result.part)
            self._check(result.label)
            write(self.folder / "parts" / name, result.part, look=lambda data: agree(data, result.label))
            self._enter(name, result.part)

    def note(self, **facts: Any) -> None:
        """Write more of what there is to say of this session; Unfinished when the disk does not take it."""
        self._session |= facts
        with guarded(self.folder):
            write(self.folder / "session.json", json.dumps(self._session).encode())

    def touch(self) -> None:
        """Show that the coordinator is alive."""
        if self.lock is not None:
            self.lock.touch()

    # reading

    def parts(self) -> list[Part]:
        """The parts that are whole and of this plan, by first run; `faults` says what is wrong with the others."""
        if self.lock is None:
            self._scan()
        return sorted(self._parts.values(), key=lambda part: part.file)

    def _scan(self) -> None:
        """Look at the files that were not there before, in the order of their names."""
        files = sorted(file.name for file in (self.folder / "parts").glob("*.parquet"))
        if not self._parts.keys() <= set(files):
            self._parts, self._part_of = {}, {}
        for name in files:
            if name not in self._parts and name not in self.faults:
                try:
                    self._enter(name, parts.read(self.folder / "parts" / name))
                except Damaged as fault:
                    self.faults[name] = str(fault)

    def _enter(self, name: str, data: bytes) -> None:
        columns, label = parts.schema(data)
        self._check(label)
        self._parts[name] = part = Part(name, len(data), tuple(columns), label)
        self._part_of |= dict.fromkeys(label.runs, part)

    def _check(self, label: Label) -> None:
        """Raise Damaged unless a part with this label can be used."""
        cases = self.plan.cases
        ours = all(0 <= run < len(cases) and cases[run].key == key for run, key in label.tried.items())
        if not ours or label.terms != self._terms:
            raise Damaged("is of another plan")
        if again := self._part_of.keys() & label.runs:
            raise Damaged(f"holds runs that are there already: {sorted(again)}")

    def cases(self) -> Sequence[Case]:
        """The runs planned, by number."""
        return self.plan.cases

    def done(self) -> set[int]:
        """Numbers of the runs that are in a part."""
        self.parts()
        return set(self._part_of)

    def missing(self) -> list[int]:
        """Numbers of the runs still to do, ascending; failed ones are among them."""
        done = self.done()
        return [case.run for case in self.cases() if case.run not in done]

    def failures(self) -> list[Failed]:
        """The runs that failed and were not done since, by number."""
        found: dict[int, Failed] = {}
        for part in sorted(self.parts(), key=lambda part: part.label.ended):
            for one in part.label.failures:
                if one.run not in self._part_of:
                    tries = found[one.run].tries + 1 if one.run in found else 1
                    found[one.run] = Failed(**vars(one), seed=self.cases()[one.run].seed, tries=tries)
        return [found[run] for run in sorted(found)]

    def session(self) -> dict[str, Any]:
        """The latest session; empty when there was none, or it cannot be read."""
        try:
            found = json.loads((self.folder / "session.json").read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) and isinstance(found.get("began"), float) else {}

    def running(self) -> bool:
        """Whether a coordinator is at work in the folder."""
        return alive(self.folder / "lock")

    def verify(self) -> Check:
        """Look at every byte of every part."""
        whole, damaged = [], {}
        for part in self.parts():
            try:
                parts.decode(parts.read(self.folder / "parts" / part.file))
                whole.append(part)
            except Damaged as fault:
                damaged[part.file] = str(fault)
        damaged |= self.faults
        kept = {run for part in whole for run in part.runs} | {one.run for one in self.failures()}
        lost = range(len(self.cases())) if self.session().get("outcome") == "done" else ()
        rows = sum(part.label.rows for part in whole)
        return Check(len(whole), rows, damaged, tuple(run for run in lost if run not in kept))

    def tables(self, runs: Sequence[int] | None = None) -> Iterator[Any]:
        """The parts' tables by first run, or those that hold some runs; InputError naming a damaged part."""
        found = [part for part in self.parts() if part.runs and (runs is None or not set(part.runs).isdisjoint(runs))]
        for name, words in self.faults.items():
            raise InputError(f"{self.folder / 'parts' / name} {words}; {REPAIR}")
        for part in found:
            file = self.folder / "parts" / part.file
            try:
                yield parts.decode(parts.read(file))[0]
            except Damaged as fault:
                raise InputError(f"{file} {fault}; {REPAIR}") from None

    def frame(self, runs: Sequence[int] | None = None) -> "pd.DataFrame":
        """Wide rows of all runs done (or of some), by run and month: run, month, then the kept metrics."""
        import pandas as pd
        import pyarrow as pa

        tables = list(self.tables(runs))
        if not tables:
            return pd.DataFrame({"run": pd.Series(dtype="int32"), "month": pd.Series(dtype="datetime64[s]")})
        frame: pd.DataFrame = pa.concat_tables(tables, promote_options="default").to_pandas(use_threads=False)
        if runs is not None:
            frame = frame[frame["run"].isin(list(runs))]
        names = parts.order(frame.columns.difference(["run", "month"]), self.plan.terms.keep)
        frame["month"] = pd.to_datetime(frame["month"])
        return frame.sort_values(["run", "month"], kind="stable", ignore_index=True)[["run", "month", *names]]

    def columns(self) -> list[str]:
        """Names of the metrics' columns in any part, in canonical order."""
        names = {name for part in self.parts() for name in part.columns}
        return parts.order(names - set(parts.INDEX), self.plan.terms.keep)

    def runs(self) -> "pd.DataFrame":
        """The table of runs done: run, regime, seed, key, and a column for each factor."""
        import pandas as pd

        done = self.done()
        rows = [
            {"run": case.run, "regime": case.regime, "seed": case.seed, "key": case.key, **case.factors}
            for case in self.cases()
            if case.run in done
        ]
        return pd.DataFrame(rows, columns=None if rows else ["run", "regime", "seed", "key"])

    def ensemble(self) -> "Ensemble":
        """The runs done so far, with the versions of code and data that made them."""
        from abm.results.ensemble import Ensemble
        from abm.results.files import versions

        frame, runs = self.frame(), self.runs()
        drawn = drawn_by(self.plan.recipe) if "drawn" in self.plan.recipe else None
        made = Ensemble(frame, runs=runs[runs["run"].isin(frame["run"].unique())], drawn=drawn)
        made.versions = versions() | {name: self.plan.facts[name] for name in ("code", "data")}
        return made


def is_store(folder: Path | str) -> bool:
    """Whether a folder holds a sweep."""
    return os.path.isfile(Path(folder) / PLAN)


def refuse_earlier(folder: Path) -> None:
    """InputError when an earlier version wrote a folder."""
    if os.path.exists(folder / EARLIER) and not is_store(folder):
        raise InputError(
            f"{folder} was written by an earlier version, which kept a {EARLIER}: read it with that version, or give "
            f"the sweep's command with --restart (restart=True) to move it to {folder / 'aside'} and do all again"
        )


def refusal(held: Store, changes: list[str], planned: int) -> str:
    """The message for a sweep that does not fit the folder."""
    lines = "\n".join(f"  changed: {change}" for change in changes)
    folder, done = held.folder, len(held.done())
    return (
        f"{folder} holds {done} finished runs of another plan, code or data ({planned} runs are planned now); "
        f"results are never mixed\n{lines}\n"
        f"  either  give another folder (--out, in Python out=), and keep both\n"
        f"  or      give --restart (restart=True): the {done} finished runs are moved to {folder / 'aside'}, and all "
        f"are done again\n"
        f"  or      undo the change, and the same command continues"
    )


@contextmanager
def guarded(folder: Path) -> Iterator[None]:
    """Turn errors of the disk into Unfinished, saying what to do."""
    try:
        yield
    except (OSError, Damaged) as fault:
        raise Unfinished(
            f"cannot write into {folder}: {said(fault)}. What was stored before is safe: "
            "make room or restore the right to write there, then give the same command again"
        ) from fault


def said(fault: OSError | Damaged) -> str:
    """A fault in words."""
    return reason(fault) if isinstance(fault, OSError) else str(fault)


def agree(data: bytes, label: Label) -> None:
    """Raise Damaged unless bytes read back from the disk are a part with this label."""
    if parts.decode(data)[1] != label:
        raise Damaged("a part does not hold what was written")
