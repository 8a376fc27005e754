"""Continuing: a plan goes on, a longer one grows, another one is refused or begun again, and nothing is mixed."""

from pathlib import Path
from typing import Any

import pytest
from sweep_fakes import FakePlan

from abm.foundation.errors import InputError
from abm.sweeps.loading import load
from abm.sweeps.scheduler import carry_out
from abm.sweeps.store import Store

PLAN = FakePlan(seeds=4, version="code1 data1")


def fill(folder: Path, plan: FakePlan, restart: bool = False) -> Store:
    return carry_out(plan, folder, serial=True, restart=restart, size=3)


@pytest.fixture(autouse=True)
def same_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abm.sweeps.work.version", lambda: "code1 data1")


def changed(**what: Any) -> FakePlan:
    return FakePlan(**{"seeds": 4, "version": "code1 data1"} | what)


CHANGES = [
    ({"version": "code2 data1"}, ["the model's code: code1 then, code2 now"]),
    ({"version": "code1 data2"}, ["the data: data1 then, data2 now"]),
    ({"version": "code2 data2"}, ["the model's code", "the data"]),
    ({"keep": ("m",)}, ['the metrics kept: ["m", "other"] then, ["m"] now']),
    ({"until": "2029-12"}, ["the last month: 2030-12 then, 2029-12 now"]),
    ({"execute": "sweep_fakes:slowly"}, ["the function that does a run"]),
    ({"seeds": 3}, ["2 runs are no longer in it"]),
    ({"regimes": ("a",)}, ["another regime, seed or parameters", "4 runs are no longer in it"]),
    ({"regimes": ("b", "a")}, ["8 of 8 runs have another regime"]),
    ({"points": ({"group.x": 1.0},)}, ["8 of 8 runs have another regime, seed or parameters"]),
    ({"salt": "new act"}, ["the acts or common settings of a, b"]),
]


@pytest.mark.parametrize("change, words", CHANGES, ids=[", ".join(change) + words[0][:12] for change, words in CHANGES])
def test_a_change_is_explained_with_counts_and_choices(
    change: dict[str, Any], words: list[str], tmp_path: Path
) -> None:
    fill(tmp_path, PLAN).close()
    before = sorted((path, path.read_bytes()) for path in (tmp_path / "parts").iterdir())
    with pytest.raises(InputError) as caught:
        fill(tmp_path, changed(**change))
    text = str(caught.value)
    assert all(word in text for word in words), text
    assert "holds 8 finished runs" in text
    assert "--out" in text
    assert "--restart" in text
    assert sorted((path, path.read_bytes()) for path in (tmp_path / "parts").iterdir()) == before
    with fill(tmp_path, PLAN) as found:
        assert found.missing() == [], "undoing the change continues"


@pytest.mark.parametrize("change", [{"salt": "new act"}, {"keep": ("m",)}, {"regimes": ("b", "c")}])
def test_a_restart_moves_everything_aside_and_does_all_again(change: dict[str, Any], tmp_path: Path) -> None:
    with fill(tmp_path, PLAN) as old:
        names = {part.file for part in old.parts()}
    plan = changed(**change)
    with fill(tmp_path, plan, restart=True) as new:
        assert [case.key for case in new.cases()] == [case.key for case in plan.cases]
        assert new.missing() == []
        assert new.plan.terms == plan.terms
        assert any("was moved to" in note for note in new.notes)
    aside = {path.name for path in (tmp_path / "aside" / "1").iterdir()}
    assert names <= aside
    assert "plan.jsonl" in aside


def test_restarting_twice_keeps_both_earlier_attempts(tmp_path: Path) -> None:
    fill(tmp_path, PLAN).close()
    fill(tmp_path, PLAN, restart=True).close()
    fill(tmp_path, PLAN, restart=True).close()
    assert sorted(path.name for path in (tmp_path / "aside").iterdir()) == ["1", "2"]


def test_restarting_a_new_folder_moves_nothing(tmp_path: Path) -> None:
    with fill(tmp_path, PLAN, restart=True) as found:
        assert found.notes == []
    assert not (tmp_path / "aside").exists()


def test_more_seeds_only_add_runs(tmp_path: Path) -> None:
    with fill(tmp_path, PLAN) as small:
        files = {part.file for part in small.parts()}
    with fill(tmp_path, changed(seeds=7)) as large:
        assert files < {part.file for part in large.parts()}
        assert any("grew from 8 to 14 runs" in note for note in large.notes)
        assert large.missing() == []
        assert len(large.runs()) == 14


def test_an_unfinished_sweep_goes_on(tmp_path: Path) -> None:
    fill(tmp_path / "whole", PLAN).close()
    with Store.start(tmp_path / "part", PLAN):
        pass
    with fill(tmp_path / "part", PLAN) as found, Store.open(tmp_path / "whole") as whole:
        assert found.frame().equals(whole.frame())


def test_a_finished_sweep_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, PLAN).close()
    monkeypatch.setattr("abm.sweeps.executor.run_chunk", None)
    with fill(tmp_path, PLAN) as found:
        assert found.missing() == []


def test_runs_that_failed_are_tried_again(tmp_path: Path) -> None:
    bad = changed(execute="sweep_fakes:badly", more={"deeds": {"1": "raise"}})
    with fill(tmp_path, bad) as found:
        assert [(one.run, one.tries) for one in found.failures()] == [(2, 1), (3, 1)]
        assert found.missing() == [2, 3]
    with fill(tmp_path, bad) as found:
        assert [(one.run, one.tries) for one in found.failures()] == [(2, 2), (3, 2)]
    with fill(tmp_path, changed(execute="sweep_fakes:badly")) as found:
        assert found.failures() == []
        assert found.missing() == []


def test_a_folder_of_an_earlier_version_says_so(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "0000000-0123456789abcdef.parquet").write_bytes(b"old")
    (tmp_path / "ledger.sqlite").touch()
    for use in (Store.open, load, lambda folder: fill(folder, PLAN)):
        with pytest.raises(InputError, match=r"written by an earlier version.*--restart"):
            use(tmp_path)
    with fill(tmp_path, PLAN, restart=True) as found:
        assert found.missing() == []
    assert (tmp_path / "aside" / "1" / "ledger.sqlite").exists()
