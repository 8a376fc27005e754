"""The ledger: what is written is read, and no flipped bit is believed."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sweep_fakes import FakePlan

from abm.sweeps.ledger import Failed, Ledger, LedgerDamaged, Part
from abm.sweeps.plan import facts


def part(*runs: int) -> Part:
    return Part(f"{runs[0]}.parquet", "ab" * 32, 100, 12 * len(runs), 1.5, 1e9, runs)


def failed(run: int) -> Failed:
    return Failed(run, 0, "trade", "ValueError: x", "Traceback …", 1, 1e9)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    plan = FakePlan(seeds=3, points=({"group.x": 1.5, "law.y@2026-11": True}, {"group.x": 2, "law.y@2026-11": False}))
    found = Ledger.create(tmp_path / "ledger.sqlite", facts(plan), plan.cases)
    yield found
    found.close()


def test_what_is_planned_done_and_failed_is_read_back(book: Ledger) -> None:
    plan = FakePlan(seeds=3, points=({"group.x": 1.5, "law.y@2026-11": True}, {"group.x": 2, "law.y@2026-11": False}))
    assert book.cases() == plan.cases
    assert book.meta()["keep"] == '["m", "other"]'
    book.enter(part(0, 1), [failed(2), failed(3)])
    book.enter(part(3))
    assert book.parts() == [part(0, 1), part(3)]
    assert [one.run for one in book.failures()] == [2], "a run that is done no longer counts as failed"
    book.drop(["0.parquet"])
    assert book.parts() == [part(3)]
    book.check()


def test_a_transaction_that_fails_leaves_nothing(book: Ledger) -> None:
    book.enter(part(0))
    with pytest.raises(sqlite3.Error):
        book.enter(part(0), [failed(4)])
    assert book.parts() == [part(0)]
    assert book.failures() == []


def test_commits_reach_the_disk(book: Ledger) -> None:
    assert book.base.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_sessions_are_kept(book: Ledger) -> None:
    first = book.begin("host", 1, "python")
    book.staff(first, 4)
    assert book.last_session()["workers"] == 4
    second = book.begin("host", 2, "python")
    book.end(second, "done")
    assert (book.last_session()["pid"], book.last_session()["outcome"]) == (2, "done")


CHANGES = [
    "UPDATE runs SET seed = seed + 1 WHERE run = 2",
    "UPDATE runs SET key = 'x' WHERE run = 2",
    "UPDATE runs SET factors = '{}' WHERE run = 2",
    "UPDATE runs SET regime = NULL WHERE run = 2",
    "UPDATE runs SET regime = x'ff' WHERE run = 2",
    "DELETE FROM runs WHERE run = 2",
    "DELETE FROM runs WHERE run = 11",
    "UPDATE parts SET runs = '[0, 5]'",
    "UPDATE parts SET sha256 = '00'",
    "UPDATE parts SET seal = NULL",
    "UPDATE failures SET error = 'y'",
    "UPDATE meta SET value = 'm' WHERE name = 'keep'",
    "DELETE FROM meta WHERE name = 'count'",
    "DROP TABLE parts",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_row_is_noticed(book: Ledger, change: str) -> None:
    book.enter(part(0, 1), [failed(2)])
    book.base.execute(change)
    with pytest.raises(LedgerDamaged):
        book.check()


def test_a_run_in_two_parts_is_noticed(book: Ledger) -> None:
    book.enter(part(0, 1))
    book.enter(Part("other.parquet", "ab" * 32, 1, 12, 1.0, 1.0, (1,)))
    with pytest.raises(LedgerDamaged, match="two parts"):
        book.check()


@pytest.mark.parametrize("data", [None, b"", b"not a database", b"SQLite format 3\0" + b"\0" * 4096])
def test_a_file_that_is_no_ledger_is_damage(data: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(LedgerDamaged):
        Ledger(path)
