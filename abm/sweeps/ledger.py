"""The ledger of a sweep folder: a SQLite file of what was planned, what is done in which part, and what failed.

SQLite does not notice a flipped bit inside a value, so every row carries a seal, a hash of its values, that is checked
whenever the row is read.
"""

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from abm.foundation.errors import InputError
from abm.sweeps.plan import Case

FORMAT = "1"
PATIENCE = 60.0

SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT, seal TEXT) WITHOUT ROWID;
CREATE TABLE runs (run INTEGER PRIMARY KEY, key TEXT, regime TEXT, seed INTEGER, factors TEXT, seal TEXT);
CREATE TABLE parts (part INTEGER PRIMARY KEY, file TEXT UNIQUE, sha256 TEXT, size INTEGER, row_count INTEGER,
                    seconds REAL, entered REAL, runs TEXT, seal TEXT);
CREATE TABLE failures (run INTEGER PRIMARY KEY, seed INTEGER, stage TEXT, error TEXT, traceback TEXT,
                       tries INTEGER, entered REAL, seal TEXT);
CREATE TABLE sessions (session INTEGER PRIMARY KEY, began REAL, ended REAL, host TEXT, pid INTEGER, workers INTEGER,
                       software TEXT, outcome TEXT);
"""


class LedgerDamaged(InputError):
    """The ledger cannot be read, or a row is not what was written."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the ledger {what}; give the sweep's command again to repair it")
        self.what = what


@dataclass(frozen=True)
class Part:
    """A part that was entered: its file, what the file must hash to, its size in bytes and rows, and its runs."""

    file: str
    sha256: str
    size: int
    row_count: int
    seconds: float
    entered: float
    runs: tuple[int, ...]


@dataclass(frozen=True)
class Failed:
    """A run that failed, as the ledger keeps it."""

    run: int
    seed: int
    stage: str
    error: str
    traceback: str
    tries: int
    entered: float


def seal(*values: object) -> str:
    """A short hash of a row's values."""
    return hashlib.blake2b(json.dumps(values, ensure_ascii=False).encode(), digest_size=8).hexdigest()


class Ledger:
    """An open ledger. Only the coordinator of a sweep writes; anyone may read meanwhile."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise LedgerDamaged("is missing")
        self.path = path
        try:
            self.base = connect(path)
        except sqlite3.Error as fault:
            raise LedgerDamaged(f"cannot be read: {fault}") from None
        try:
            if self.meta().get("format") != FORMAT:
                raise LedgerDamaged("has no format that this version reads")
        except LedgerDamaged:
            self.base.close()
            raise

    def __repr__(self) -> str:
        return f"Ledger({str(self.path)!r})"

    @classmethod
    def create(cls, path: Path, meta: dict[str, str], cases: Iterable[Case]) -> "Ledger":
        """Write a new ledger beside its place and move it there whole."""
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        base = connect(fresh)
        base.executescript(SCHEMA)
        with transaction(base):
            write_meta(base, {"format": FORMAT, **meta})
            write_runs(base, cases)
        base.close()
        fresh.replace(path)
        return cls(path)

    def close(self) -> None:
        """Close the file."""
        self.base.close()

    def rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        """The rows of a table without their seals; LedgerDamaged when one does not match its seal."""
        try:
            found = self.base.execute(f"SELECT {columns}, seal FROM {table} ORDER BY 1").fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as fault:
            raise LedgerDamaged(f"cannot be read: {fault}") from None
        for *values, mark in found:
            if not sound(values, mark):
                raise LedgerDamaged(f"has a damaged row in its table {table}")
        return [tuple(values) for *values, _ in found]

    def meta(self) -> dict[str, str]:
        """What the ledger says of the whole sweep."""
        return {str(name): str(value) for name, value in self.rows("meta", "name, value")}

    def cases(self) -> list[Case]:
        """The runs planned, by number."""
        rows = self.rows("runs", "run, key, regime, seed, factors")
        return [Case(run, key, regime, seed, json.loads(factors)) for run, key, regime, seed, factors in rows]

    def parts(self) -> list[Part]:
        """The parts entered, by number."""
        names = "part, file, sha256, size, row_count, seconds, entered, runs"
        return [Part(*row[1:-1], tuple(json.loads(row[-1]))) for row in self.rows("parts", names)]  # type: ignore[call-arg]

    def failures(self) -> list[Failed]:
        """The runs that failed and were not done since."""
        names = "run, seed, stage, error, traceback, tries, entered"
        return [Failed(*row) for row in self.rows("failures", names)]

    @staticmethod
    @cache
    def expected() -> list[tuple[str, ...]]:
        """The tables as this version declares them."""
        with closing(sqlite3.connect(":memory:")) as base:
            base.executescript(SCHEMA)
            return shape(base)

    def check(self) -> None:
        """Read everything; LedgerDamaged when the file's structure or any row is unsound, or runs are missing."""
        try:
            answer = self.base.execute("PRAGMA integrity_check").fetchone()[0]
            found = shape(self.base)
            self.base.execute("SELECT * FROM sessions").fetchall()
        except sqlite3.Error as fault:
            raise LedgerDamaged(f"cannot be read: {fault}") from None
        if answer != "ok":
            raise LedgerDamaged(f"is damaged: {str(answer).splitlines()[0]}")
        if found != self.expected():
            raise LedgerDamaged("is damaged: its tables are not those it was made with")
        cases, parts = self.cases(), self.parts()
        self.failures()
        if [case.run for case in cases] != list(range(int(self.meta().get("count", -1)))):
            raise LedgerDamaged("lacks runs of its plan")
        entered = [run for part in parts for run in part.runs]
        if len(set(entered)) < len(entered) or not set(entered) <= set(range(len(cases))):
            raise LedgerDamaged("has a run in two parts, or one that is not planned")

    def enter(self, part: Part | None, failures: Iterable[Failed] = ()) -> None:
        """Enter a part and failures in one transaction; runs that are done no longer count as failed."""
        with transaction(self.base):
            if part is not None:
                number = self.base.execute("SELECT COALESCE(MAX(part), -1) + 1 FROM parts").fetchone()[0]
                row = (number, *values_of(part)[:-1], json.dumps(part.runs))
                insert(self.base, "parts", [row], anew=True)
                self.base.executemany("DELETE FROM failures WHERE run = ?", [(run,) for run in part.runs])
            insert(self.base, "failures", [values_of(one) for one in failures])

    def drop(self, files: Iterable[str]) -> None:
        """Strike parts out: their runs are missing again."""
        with transaction(self.base):
            self.base.executemany("DELETE FROM parts WHERE file = ?", [(file,) for file in files])

    def extend(self, meta: dict[str, str], cases: Iterable[Case]) -> None:
        """Add runs to the plan."""
        with transaction(self.base):
            write_meta(self.base, meta)
            write_runs(self.base, cases)

    def begin(self, host: str, pid: int, software: str) -> int:
        """Note that a coordinator has begun; returns the session's number."""
        with transaction(self.base):
            self.base.execute("UPDATE sessions SET outcome = 'stopped' WHERE outcome = 'running'")
            row = (time.time(), host, pid, software, "running")
            sql = "INSERT INTO sessions (began, host, pid, software, outcome) VALUES (?, ?, ?, ?, ?)"
            return int(self.base.execute(sql, row).lastrowid or 0)

    def staff(self, session: int, workers: int) -> None:
        """Note how many workers a session has."""
        with transaction(self.base):
            self.base.execute("UPDATE sessions SET workers = ? WHERE session = ?", (workers, session))

    def end(self, session: int, outcome: str) -> None:
        """Note how a session ended."""
        with transaction(self.base):
            row = (time.time(), outcome, session)
            self.base.execute("UPDATE sessions SET ended = ?, outcome = ? WHERE session = ?", row)

    def last_session(self) -> dict[str, Any]:
        """The latest session; empty when there was none, or it cannot be read."""
        names = ("began", "ended", "host", "pid", "workers", "software", "outcome")
        try:
            row = self.base.execute(f"SELECT {', '.join(names)} FROM sessions ORDER BY session DESC LIMIT 1").fetchone()
        except sqlite3.Error:
            return {}
        return dict(zip(names, row, strict=True)) if row and isinstance(row[0], float) else {}


def shape(base: sqlite3.Connection) -> list[tuple[str, ...]]:
    """The tables of a ledger as they are declared."""
    return base.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").fetchall()


def connect(path: Path) -> sqlite3.Connection:
    """A connection that commits to the disk itself before it returns, and waits for readers."""
    base = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        base.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error:
        base.close()
        raise
    return base


@contextmanager
def transaction(base: sqlite3.Connection) -> Iterator[None]:
    """All or nothing."""
    base.execute("BEGIN IMMEDIATE")
    try:
        yield
        base.execute("COMMIT")
    except BaseException:
        if base.in_transaction:
            base.execute("ROLLBACK")
        raise


def insert(base: sqlite3.Connection, table: str, rows: Iterable[tuple[object, ...]], anew: bool = False) -> None:
    """Write sealed rows, in place of those with the same number, or only `anew`."""
    verb = "INSERT" if anew else "INSERT OR REPLACE"
    for row in rows:
        marks = ", ".join("?" * (len(row) + 1))
        base.execute(f"{verb} INTO {table} VALUES ({marks})", (*row, seal(*row)))


def write_meta(base: sqlite3.Connection, meta: dict[str, str]) -> None:
    """Write what concerns the whole sweep."""
    insert(base, "meta", meta.items())


def write_runs(base: sqlite3.Connection, cases: Iterable[Case]) -> None:
    """Write planned runs."""
    rows = ((case.run, case.key, case.regime, case.seed, json.dumps(case.factors)) for case in cases)
    insert(base, "runs", rows)


def values_of(row: Part | Failed) -> tuple[Any, ...]:
    """The values of a row in the order of its columns."""
    return tuple(vars(row).values())


def sound(values: list[object], mark: object) -> bool:
    """Whether a row's values match its seal."""
    try:
        return seal(*values) == mark
    except (TypeError, ValueError):
        return False
