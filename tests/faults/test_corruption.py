"""Damage to a sweep folder: every kind is noticed, and only the runs it hits are done again."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from sweep_fakes import FakePlan
from typer.testing import CliRunner

from abm.cli import app
from abm.sweeps import executor, work
from abm.sweeps.scheduler import carry_out
from abm.sweeps.store import Store

PLAN = FakePlan(seeds=12, points=({"group.x": 1.0}, {"group.x": 2.0}))


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("master") / "s"
    carry_out(PLAN, folder, serial=True, size=7).close()
    return folder


@pytest.fixture(scope="module")
def truth(master: Path) -> pd.DataFrame:
    with Store.open(master) as store:
        return store.frame()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs that are done again."""
    again: list[int] = []

    def run_chunk(chunk: work.Chunk) -> work.ChunkResult:
        again.extend(chunk.runs)
        return work.run_chunk(chunk)

    monkeypatch.setattr(executor, "run_chunk", run_chunk)
    return again


def files(folder: Path) -> list[Path]:
    return sorted((folder / "parts").iterdir())


def runs_of(folder: Path, *hit: Path) -> set[int]:
    with Store.open(folder) as store:
        return {run for part in store.parts() for run in part.runs if part.file in {path.name for path in hit}}


def flip(luck: random.Random, folder: Path) -> set[int]:
    file = luck.choice(files(folder))
    lost, data = runs_of(folder, file), bytearray(file.read_bytes())
    for _ in range(luck.randint(1, 3)):
        data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
    if bytes(data) == file.read_bytes():
        data[0] ^= 1
    file.write_bytes(data)
    return lost


def truncate(luck: random.Random, folder: Path) -> set[int]:
    file = luck.choice(files(folder))
    lost = runs_of(folder, file)
    file.write_bytes(file.read_bytes()[: luck.randrange(file.stat().st_size)])
    return lost


def empty(luck: random.Random, folder: Path) -> set[int]:
    file = luck.choice(files(folder))
    lost = runs_of(folder, file)
    file.write_bytes(b"")
    return lost


def swap(luck: random.Random, folder: Path) -> set[int]:
    one, two = luck.sample(files(folder), 2)
    lost = runs_of(folder, one, two)
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    return lost


def delete(luck: random.Random, folder: Path) -> set[int]:
    hit = luck.sample(files(folder), luck.randint(1, 2))
    lost = runs_of(folder, *hit)
    for file in hit:
        file.unlink()
    return lost


def lengthen(luck: random.Random, folder: Path) -> set[int]:
    file = luck.choice(files(folder))
    lost = runs_of(folder, file)
    file.write_bytes(file.read_bytes() + luck.randbytes(5))
    return lost


def flip_plan(luck: random.Random, folder: Path) -> set[int]:
    file = folder / "plan.jsonl"
    data = bytearray(file.read_bytes())
    for _ in range(luck.randint(1, 8)):
        data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
    file.write_bytes(data)
    return set()


def truncate_plan(luck: random.Random, folder: Path) -> set[int]:
    file = folder / "plan.jsonl"
    file.write_bytes(file.read_bytes()[: luck.randrange(file.stat().st_size)])
    return set()


def delete_plan(luck: random.Random, folder: Path) -> set[int]:
    (folder / "plan.jsonl").unlink()
    return set()


def foul_others(luck: random.Random, folder: Path) -> set[int]:
    (folder / "lock").write_bytes(luck.randbytes(30))
    (folder / "spec.toml").write_bytes(luck.randbytes(30))
    (folder / "session.json").write_bytes(luck.choice([b"", b"[]", luck.randbytes(30)]))
    return set()


PARTS = (flip, truncate, empty, swap, delete, lengthen)
OTHERS = (flip_plan, truncate_plan, delete_plan, foul_others)


def test_damaged_parts_are_noticed_and_their_runs_alone_done_again(
    master: Path, truth: pd.DataFrame, tmp_path: Path, counted: list[int], trials: Callable[[int, int], int]
) -> None:
    for trial in range(trials(24, 180)):
        luck, folder = random.Random(trial), tmp_path / str(trial)
        shutil.copytree(master, folder)
        lost = PARTS[trial % len(PARTS)](luck, folder)
        with Store.open(folder) as store:
            assert set(store.verify().runs_lost) == lost, f"trial {trial}"
        counted.clear()
        with carry_out(PLAN, folder, serial=True) as store:
            assert store.frame().equals(truth), f"trial {trial}"
            assert store.verify().damaged == {}
        assert sorted(counted) == sorted(lost), f"trial {trial}"
        shutil.rmtree(folder)


def test_damage_outside_the_parts_costs_nothing_that_was_done(
    master: Path, truth: pd.DataFrame, tmp_path: Path, counted: list[int], trials: Callable[[int, int], int]
) -> None:
    for trial in range(trials(40, 300)):
        luck, folder = random.Random(1000 + trial), tmp_path / str(trial)
        shutil.copytree(master, folder)
        OTHERS[trial % len(OTHERS)](luck, folder)
        for command in ("status", "verify", "export"):
            more = ["--to", "csv", "--out", str(tmp_path / "x.csv")] if command == "export" else []
            result = CliRunner().invoke(app, [command, str(folder), *more])
            assert result.exit_code in (0, 2, 3), f"trial {trial}: {result.exception!r}"
        counted.clear()
        with carry_out(PLAN, folder, serial=True) as store:
            assert store.frame().equals(truth), f"trial {trial}"
            assert [case.key for case in store.cases()] == [case.key for case in PLAN.cases]
            assert store.verify().damaged == {}
        assert counted == [], f"trial {trial}: parts that were whole were done again"
        shutil.rmtree(folder)


def test_both_at_once(master: Path, truth: pd.DataFrame, tmp_path: Path, counted: list[int]) -> None:
    folder = tmp_path / "s"
    shutil.copytree(master, folder)
    lost = flip(random.Random(3), folder)
    delete_plan(random.Random(3), folder)
    with carry_out(PLAN, folder, serial=True) as store:
        assert store.frame().equals(truth)
    assert set(counted) == lost
