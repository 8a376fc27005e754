"""The store: parts are whole or absent, damage is noticed and only what is lost is done again."""

import dataclasses
import random
from pathlib import Path

import numpy as np
import pytest
from sweep_fakes import FakePlan

from abm.foundation.errors import InputError
from abm.sweeps.errors import Unfinished
from abm.sweeps.loading import load
from abm.sweeps.scheduler import carry_out
from abm.sweeps.store import Store, is_store
from abm.sweeps.work import Chunk, run_chunk

PLAN = FakePlan(seeds=6)


def fill(folder: Path, plan: FakePlan = PLAN, size: int = 4) -> Store:
    return carry_out(plan, folder, serial=True, size=size)


def test_a_folder_has_the_specification_the_plan_and_the_parts(tmp_path: Path) -> None:
    with fill(tmp_path / "s") as found:
        names = sorted(path.name for path in (tmp_path / "s").iterdir())
        assert names == ["lock", "parts", "plan.jsonl", "session.json", "spec.toml"]
        assert (tmp_path / "s" / "spec.toml").read_text() == PLAN.text
        files = [part.file for part in found.parts()]
        assert sorted(files) == sorted(path.name for path in (tmp_path / "s" / "parts").iterdir())
        assert found.missing() == []
        assert repr(found).endswith("12 of 12 runs)")
        assert is_store(tmp_path / "s")


def test_rows_are_read_in_order_with_their_runs(tmp_path: Path) -> None:
    plan = FakePlan(seeds=4, points=({"group.x": 1.0}, {"group.x": 2.0}))
    with fill(tmp_path, plan, size=3) as found:
        frame, runs = found.frame(), found.runs()
        assert list(frame.columns) == ["run", "month", "m", "m[extra]", "other"]
        assert list(frame["run"]) == [run for run in range(16) for _ in range(12)]
        assert frame["month"].is_monotonic_increasing is False
        assert all(part["month"].is_monotonic_increasing for _, part in frame.groupby("run"))
        assert list(runs.columns) == ["run", "regime", "seed", "key", "group.x"]
        assert list(runs["group.x"]) == [1.0, 2.0] * 8
        some = found.frame([3, 7])
        assert some["run"].unique().tolist() == [3, 7]
        assert np.array_equal(some["m"], frame[frame["run"].isin([3, 7])]["m"])


def test_an_ensemble_has_every_run_with_its_factors(tmp_path: Path) -> None:
    plan = FakePlan(seeds=3, points=({"group.x": 1.0}, {"group.x": 2.0}))
    with fill(tmp_path, plan) as found:
        ensemble = found.ensemble()
    assert len(ensemble) == 12
    assert ensemble.factors == ("group.x",)
    assert ensemble["m"].values.shape == (12, 12)
    assert load(tmp_path).runs.equals(ensemble.runs)


def test_an_empty_store_can_be_read(tmp_path: Path) -> None:
    Store.start(tmp_path, PLAN).close()
    with Store.open(tmp_path) as found:
        assert found.missing() == list(range(12))
        assert found.frame().empty
        assert found.runs().empty
        assert found.verify().damaged == {}


@pytest.mark.parametrize("make", ["nothing", "empty", "file"])
def test_a_folder_without_a_sweep_is_named(make: str, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    if make == "empty":
        folder.mkdir()
    elif make == "file":
        folder.touch()
    with pytest.raises(InputError, match="not a sweep folder"):
        Store.open(folder)


@pytest.mark.parametrize("place", ["file", "file/inside"])
def test_a_place_that_cannot_be_written_is_named(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write into"):
        Store.start(tmp_path / place, PLAN)


def test_reading_a_damaged_part_says_how_to_repair_it(tmp_path: Path) -> None:
    with fill(tmp_path) as found:
        part = found.parts()[1]
        file = tmp_path / "parts" / part.file
        file.write_bytes(file.read_bytes()[:-1])
        with pytest.raises(InputError, match=rf"{part.file}.*SHA-256.*command again"):
            found.frame()
        check = found.verify()
        assert list(check.damaged) == [part.file]
        assert check.runs_lost == part.runs
        with Store.open(tmp_path) as again:
            assert again.verify() == check
            assert not again.done().intersection(part.runs)
            with pytest.raises(InputError, match=rf"{part.file}.*command again"):
                again.frame([0])


def test_a_part_that_was_not_written_as_given_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.start(tmp_path, PLAN) as found:
        tasks = tuple(PLAN.task(run) for run in range(4))
        result = run_chunk(Chunk(0, tasks, PLAN.terms))
        read = Path.read_bytes
        monkeypatch.setattr(Path, "read_bytes", lambda path: read(path)[:-1] + b"?")
        with pytest.raises(Unfinished, match="was not written as given"):
            found.commit(result)
        monkeypatch.undo()
        assert found.done() == set()
        found.commit(result)
        assert found.done() == {0, 1, 2, 3}


def test_a_part_with_other_rows_than_its_label_does_not_count(tmp_path: Path) -> None:
    with Store.start(tmp_path, PLAN) as found:
        tasks = tuple(PLAN.task(run) for run in range(4))
        result = run_chunk(Chunk(0, tasks, PLAN.terms))
        keys = tuple(PLAN.task(run).key for run in (0, 1, 2, 5))
        wrong = dataclasses.replace(result.label, runs=(0, 1, 2, 5), keys=keys)
        with pytest.raises(Unfinished, match="does not hold what was written"):
            found.commit(type(result)(0, result.part, wrong))
        assert found.done() == set()


@pytest.mark.parametrize("stray", ["damaged", "renamed", "other plan", "done already"])
def test_a_stray_part_is_not_believed(stray: str, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    fill(folder).close()
    before = Store.open(folder)
    frame, names = before.frame(), {part.file for part in before.parts()}
    file = folder / "parts" / sorted(names)[0]
    if stray == "damaged":
        (folder / "parts" / "0000099-0123456789abcdef.parquet").write_bytes(file.read_bytes()[:-9])
    elif stray == "renamed":
        (folder / "parts" / "0000099-0123456789abcdef.parquet").write_bytes(file.read_bytes())
    elif stray == "done already":
        with fill(tmp_path / "t", size=5) as other:
            for part in other.parts():
                (folder / "parts" / part.file).write_bytes((tmp_path / "t" / "parts" / part.file).read_bytes())
    else:
        with fill(tmp_path / "t", FakePlan(seeds=9, salt="x")) as other:
            for part in other.parts():
                (folder / "parts" / part.file).write_bytes((tmp_path / "t" / "parts" / part.file).read_bytes())
    before.close()
    with fill(folder) as after:
        assert after.frame().equals(frame)
        assert any("set aside" in note for note in after.notes)
        assert {path.name for path in (folder / "parts").iterdir()} == {part.file for part in after.parts()}


def test_parts_of_other_metrics_are_not_taken_for_those_of_the_plan(tmp_path: Path) -> None:
    fill(tmp_path, FakePlan(seeds=6, keep=("m",))).close()
    (tmp_path / "plan.jsonl").unlink()
    with fill(tmp_path) as found:
        assert "other" in found.frame().columns
        assert found.frame()["other"].notna().all()


def test_a_run_entered_while_one_reads_is_left_for_the_next_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fill(tmp_path, size=4) as found:
        early = found.frame()
        monkeypatch.setattr(Store, "frame", lambda store: early[early["run"] < 8])
        ensemble = found.ensemble()
    assert len(ensemble) == 8
    assert np.isfinite(ensemble["m"].values).all()


def test_half_written_files_are_cleared_away(tmp_path: Path) -> None:
    fill(tmp_path).close()
    (tmp_path / "parts" / "0000001-00.parquet.incoming").write_bytes(b"half")
    with fill(tmp_path) as found:
        assert not list((tmp_path / "parts").glob("*.incoming"))
        assert found.verify().damaged == {}


def test_only_the_lost_runs_are_done_again(tmp_path: Path) -> None:
    with fill(tmp_path, size=3) as found:
        frame = found.frame()
        lost = random.Random(1).choice(found.parts())
        files = [part.file for part in found.parts() if part != lost]
        kept = {file: (tmp_path / "parts" / file).stat().st_mtime_ns for file in files}
        (tmp_path / "parts" / lost.file).unlink()
    with Store.start(tmp_path, PLAN) as opened:
        assert tuple(opened.missing()) == lost.runs
    with fill(tmp_path, size=3) as found:
        assert found.frame().equals(frame)
        assert all((tmp_path / "parts" / file).stat().st_mtime_ns == when for file, when in kept.items())
