"""The folder of a sweep, and the only code that writes it: what is done stays done, and what is damaged is noticed.

spec.toml       the specification as given
ledger.sqlite   planned runs with their parameters, parts with their SHA-256, failures
parts/          one Parquet file a chunk, one row a run and month; the name holds the start of the file's SHA-256
aside/          parts and ledgers that were found damaged or out of date
lock            who is writing
"""

import json
import os
import socket
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from abm.foundation.errors import InputError
from abm.sweeps import parts
from abm.sweeps.files import guarded, set_aside, write
from abm.sweeps.ledger import Failed, Ledger, LedgerDamaged, Part
from abm.sweeps.lock import Lock, alive
from abm.sweeps.parts import Damaged
from abm.sweeps.plan import Case, Plan
from abm.sweeps.resume import prepare
from abm.sweeps.work import Failure, Harvest, terms

if TYPE_CHECKING:
    import pandas as pd

    from abm.results.ensemble import Ensemble


REPAIR = "give the sweep's command again to repair it"


@dataclass(frozen=True)
class Check:
    """What a look at every part found."""

    parts: int
    rows: int
    damaged: dict[str, str]
    runs_lost: tuple[int, ...]
    ledger: str


class Store:
    """A sweep folder. `Store.open` to read, also while a sweep runs; `Store.start` to write, one process at a time."""

    def __init__(self, folder: Path, book: Ledger) -> None:
        self.folder = folder
        self.book = book
        self.lock: Lock | None = None
        self.session: int | None = None
        self.notes: list[str] = []
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
        """Open a sweep folder for reading; InputError when it is none or its ledger is damaged."""
        folder = Path(folder)
        if not is_store(folder):
            raise InputError(f"{folder}: not a sweep folder (there is no {folder / 'ledger.sqlite'})")
        try:
            return cls(folder, Ledger(folder / "ledger.sqlite"))
        except LedgerDamaged as fault:
            raise InputError(f"{folder}: {fault}") from None

    @classmethod
    def start(cls, folder: Path | str, plan: Plan, restart: bool = False) -> Self:
        """Take a folder to write a plan's runs into: new, or continued when what it holds belongs to the plan.

        Damaged parts, and parts no ledger knows, are set aside and their runs become missing. InputError when the
        folder is in use, cannot be written, or holds runs of another plan, code or data and `restart` is not asked for.
        """
        folder = Path(folder)
        notes: list[str] = []
        with ExitStack() as closing:
            try:
                (folder / "parts").mkdir(parents=True, exist_ok=True)
                lock = closing.enter_context(Lock(folder / "lock"))
                book = prepare(folder, plan, restart, notes)
                closing.callback(book.close)
                store = cls(folder, book)
                store.lock, store.notes = lock, notes
                store.tidy_up(plan)
                write(folder / "spec.toml", plan.text.encode())
                software = f"python {sys.version.split()[0]}, {plan.version}"
                store.session = book.begin(socket.gethostname(), os.getpid(), software)
            except (OSError, sqlite3.Error, Damaged, LedgerDamaged) as fault:
                raise InputError(f"cannot write into {folder}: {fault}") from None
            store._closing = closing.pop_all()
        return store

    def close(self, outcome: str = "stopped") -> None:
        """Close the ledger and give the lock back."""
        if self.session is not None:
            with suppress(sqlite3.Error):
                self.book.end(self.session, outcome)
            self.session = None
        self._closing.close()
        self.book.close()

    def tidy_up(self, plan: Plan) -> None:
        """Set damaged parts aside; enter whole parts that the ledger does not know; delete what was half written."""
        damaged = self.damaged()
        if damaged:
            lost = sum(len(part.runs) for part in self.book.parts() if part.file in damaged)
            self.book.drop(damaged)
            set_aside(self.folder, [self.folder / "parts" / file for file in damaged])
            self.notes.append(f"{len(damaged)} damaged parts were set aside; {lost} runs will be done again")
        for leftover in (self.folder / "parts").glob("*.incoming"):
            leftover.unlink()
        self.adopt(plan)

    def adopt(self, plan: Plan) -> None:
        """Enter the parts that lie in the folder but not in the ledger if they are whole and of this plan."""
        known = {part.file for part in self.book.parts()}
        found = [file for file in sorted((self.folder / "parts").glob("*.parquet")) if file.name not in known]
        strays = [file for file in found if not self.adopted(file, plan)]
        if whole := len(found) - len(strays):
            self.notes.append(f"{whole} parts that the ledger had not entered were whole and are used")
        if strays:
            set_aside(self.folder, strays)
            self.notes.append(f"{len(strays)} parts that are damaged or of another plan were set aside")

    def adopted(self, file: Path, plan: Plan) -> bool:
        """Enter one stray part; False when it is damaged, not of this plan, or already done."""
        data = file.read_bytes()
        try:
            label = parts.decode(data)[1]
        except Damaged:
            return False
        keys = {case.run: case.key for case in plan.cases}
        ours = all(keys.get(run) == key for run, key in zip(label.runs, label.keys, strict=True))
        same = label.terms == terms(plan.keep, plan.until, plan.months, plan.execute)
        if file.name != name_of(label, data) or not ours or not same:
            return False
        if self.done().intersection(label.runs):
            return False
        self.book.enter(row_of(file.name, data, label))
        return True

    # writing

    def commit(self, harvest: Harvest) -> None:
        """Write a part to the disk, read it back, move it to its place and enter it, with the chunk's failures.

        Unfinished when the disk does not take it; nothing of the part then counts as done.
        """
        with guarded(self.folder):
            part = None
            if again := self.done().intersection(harvest.label.runs):
                raise Damaged(f"runs {sorted(again)} are there already")
            if harvest.part is not None:
                file = self.folder / "parts" / name_of(harvest.label, harvest.part)
                write(file, harvest.part, look=lambda data: agree(data, harvest.label))
                part = row_of(file.name, harvest.part, harvest.label)
            self.book.enter(part, self.failed_rows(harvest.failures) if harvest.failures else ())

    def touch(self) -> None:
        """Show that the coordinator is alive."""
        if self.lock is not None:
            self.lock.touch()

    def staff(self, workers: int) -> None:
        """Note how many workers there are."""
        if self.session is not None:
            self.book.staff(self.session, workers)

    def failed_rows(self, failures: Iterable[Failure]) -> list[Failed]:
        """Failures as the ledger keeps them, counting earlier tries."""
        tries = {one.run: one.tries for one in self.book.failures()}
        now = time.time()
        return [
            Failed(one.run, self.seeds[one.run], one.stage, one.error, one.traceback, tries.get(one.run, 0) + 1, now)
            for one in failures
        ]

    # reading

    def cases(self) -> list[Case]:
        """The runs planned, by number."""
        return self.book.cases()

    def done(self) -> set[int]:
        """Numbers of the runs that are in a part."""
        return {run for part in self.book.parts() for run in part.runs}

    def missing(self) -> list[int]:
        """Numbers of the runs still to do, ascending; failed ones are among them."""
        done = self.done()
        return [case.run for case in self.cases() if case.run not in done]

    def failures(self) -> list[Failed]:
        """The runs that failed."""
        return self.book.failures()

    def running(self) -> bool:
        """Whether a coordinator is at work in the folder."""
        return alive(self.folder / "lock")

    def read(self, part: Part) -> bytes:
        """The bytes of a part; Damaged when they are not those that were entered."""
        file = self.folder / "parts" / part.file
        try:
            data = file.read_bytes()
        except OSError as fault:
            raise Damaged(f"cannot be read: {fault.strerror}") from None
        if len(data) != part.size or parts.digest(data) != part.sha256:
            raise Damaged("is not the file that was entered (its SHA-256 differs)")
        return data

    def damaged(self) -> dict[str, str]:
        """Files of the parts that are missing, changed, or not what the ledger says, and what is wrong with each."""
        found = {}
        for part in self.book.parts():
            try:
                table, label = parts.decode(self.read(part))
                if label.runs != part.runs or table.num_rows != part.row_count:
                    raise Damaged("holds other runs than were entered")
            except Damaged as fault:
                found[part.file] = str(fault)
        return found

    def verify(self) -> Check:
        """Look at the ledger and at every byte of every part."""
        try:
            self.book.check()
            fault = ""
        except LedgerDamaged as error:
            return Check(0, 0, {}, (), error.what)
        damaged = self.damaged()
        entered = self.book.parts()
        lost = sorted(run for part in entered if part.file in damaged for run in part.runs)
        return Check(len(entered), sum(part.row_count for part in entered), damaged, tuple(lost), fault)

    def tables(self, runs: Sequence[int] | None = None) -> Iterator[Any]:
        """The parts' tables by first run, or those that hold some runs; InputError naming a damaged part."""
        wanted = None if runs is None else set(runs)
        for part in sorted(self.book.parts(), key=lambda part: part.runs[0]):
            if wanted is None or wanted.intersection(part.runs):
                try:
                    yield parts.decode(self.read(part))[0]
                except Damaged as fault:
                    where = self.folder / "parts" / part.file
                    raise InputError(f"{where} {fault}; {REPAIR}") from None

    def frame(self, runs: Sequence[int] | None = None) -> "pd.DataFrame":
        """Wide rows of all runs done (or of some), by run and month: run, month, then the kept metrics."""
        import pandas as pd
        import pyarrow as pa

        tables = list(self.tables(runs))
        if not tables:
            return pd.DataFrame({"run": pd.Series(dtype="int32"), "month": pd.Series(dtype="datetime64[s]")})
        frame: pd.DataFrame = pa.concat_tables(tables, promote_options="default").to_pandas()
        if runs is not None:
            frame = frame[frame["run"].isin(list(runs))]
        names = parts.order(frame.columns.difference(["run", "month"]), self.keep)
        frame["month"] = pd.to_datetime(frame["month"])
        return frame.sort_values(["run", "month"], kind="stable", ignore_index=True)[["run", "month", *names]]

    def columns(self) -> list[str]:
        """Names of the metrics' columns in any part, in canonical order."""
        names = {name for table in self.tables() for name in table.column_names}
        return parts.order(names - set(parts.INDEX), self.keep)

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

        frame, runs, meta = self.frame(), self.runs(), self.book.meta()
        made = Ensemble(frame, runs=runs[runs["run"].isin(frame["run"].unique())])
        made.versions = versions() | {name: meta[name] for name in ("code", "data")}
        return made

    @cached_property
    def seeds(self) -> tuple[int, ...]:
        """The seed of each run planned."""
        return tuple(case.seed for case in self.cases())

    @property
    def keep(self) -> tuple[str, ...]:
        """Metrics kept."""
        return tuple(json.loads(self.book.meta()["keep"]))


def is_store(folder: Path | str) -> bool:
    """Whether a folder holds a sweep."""
    return (Path(folder) / "ledger.sqlite").is_file()


def agree(data: bytes, label: parts.Label) -> None:
    """Raise Damaged unless bytes read back from the disk are a part with this label."""
    if parts.decode(data)[1] != label:
        raise Damaged("does not hold what was written")


def name_of(label: parts.Label, data: bytes) -> str:
    """A part's file name: its first run and the start of its SHA-256."""
    return f"{label.runs[0]:07d}-{parts.digest(data)[:16]}.parquet"


def row_of(name: str, data: bytes, label: parts.Label) -> Part:
    """The ledger's row of a part."""
    return Part(name, parts.digest(data), len(data), label.rows, label.seconds, time.time(), label.runs)


def load(folder: Path | str) -> "Ensemble":
    """The runs of a folder, whether a sweep or `Ensemble.save` wrote it."""
    if not is_store(folder):
        from abm.results.ensemble import load

        return load(folder)
    with Store.open(folder) as store:
        return store.ensemble()
