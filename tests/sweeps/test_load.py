"""What commands leave in folders: one kind of results each, which `abm.load` reads, also while they are written."""

import json
from pathlib import Path

import pytest
from sweep_fakes import FakePlan

import abm
from abm.foundation.errors import InputError
from abm.foundation.files import contents
from abm.results.kinds import KINDS, claim
from abm.sweeps.scheduler import carry_out
from abm.sweeps.store import Store
from abm.sweeps.work import Chunk, run_chunk
from tests.figures import synthetic


def left(folder: Path, kind: str) -> Path:
    """A folder with results of a kind."""
    if kind == "sweep":
        carry_out(FakePlan(seeds=2), folder, serial=True).close()
    elif kind == "report":
        (folder / "report.html").parent.mkdir(parents=True)
        (folder / "report.html").touch()
    else:
        synthetic.ensemble(1, ["history", "hbm_relief"][: 1 + (kind == "comparison")]).save(folder, kind)
    return folder


@pytest.mark.parametrize("there", KINDS)
@pytest.mark.parametrize("wanted", KINDS)
def test_a_folder_holds_one_kind_of_results(there: str, wanted: str, tmp_path: Path) -> None:
    folder = left(tmp_path / "r", there)
    before = {file: file.read_bytes() for file in contents(folder)}
    if wanted == there:
        claim(folder, wanted)
        return
    with pytest.raises(InputError, match=f"{folder} holds {KINDS[there]}; give another folder for {KINDS[wanted]}"):
        left(folder, wanted) if wanted != "report" else claim(folder, wanted)
    assert {file: file.read_bytes() for file in contents(folder)} == before


@pytest.mark.parametrize("kind", ["run", "comparison", "replay"])
def test_load_reads_what_a_command_wrote_beside_a_user_s_own_files(kind: str, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("mine")
    folder = left(tmp_path, kind)
    assert len(abm.load(folder)) == 1 + (kind == "comparison")
    assert json.loads((folder / "run.json").read_text())["kind"] == kind
    synthetic.ensemble(3, ["history"]).save(tmp_path, kind)
    assert len(abm.load(tmp_path)) == 3
    assert (tmp_path / "notes.md").read_text() == "mine"


def test_load_reads_a_sweep_at_work_and_says_what_it_lacks(tmp_path: Path) -> None:
    plan = FakePlan(seeds=4)
    with Store.start(tmp_path, plan) as running:
        with pytest.raises(InputError, match="no run of this sweep is done yet"):
            abm.load(tmp_path)
        chunk = Chunk(1, tuple(plan.task(run) for run in (0, 2)), plan.terms)
        running.commit(run_chunk(chunk))
        with pytest.warns(UserWarning, match="6 of 8 runs are not done"):
            assert len(abm.load(tmp_path)) == 2
    carry_out(plan, tmp_path, serial=True).close()
    assert len(abm.load(tmp_path)) == 8


def test_load_says_where_runs_are_when_there_are_none(tmp_path: Path) -> None:
    left(tmp_path / "results" / "relief", "run")
    (tmp_path / "empty").mkdir()
    for place, words in {
        "results": f"holds no runs itself; {tmp_path / 'results' / 'relief'} does",
        "reslts": "no such folder; did you mean .*results",
        "results/relief/run.json": f"is a file; give the folder {tmp_path / 'results' / 'relief'}",
        "empty": "holds no runs that a command wrote",
        "a\0b": "the name of a file or folder is wanted",
    }.items():
        with pytest.raises(InputError, match=words):
            abm.load(tmp_path / place)
    left(tmp_path / "page", "report")
    with pytest.raises(InputError, match="holds a report on a sweep without its runs"):
        abm.load(tmp_path / "page")


@pytest.mark.parametrize("name", ["metrics.parquet", "run.json"])
def test_a_set_with_a_file_of_another_or_a_damaged_one_is_refused(name: str, tmp_path: Path) -> None:
    one, two = left(tmp_path / "a", "run"), tmp_path / "b"
    synthetic.ensemble(2, ["history"]).save(two)
    (one / name).write_bytes((two / name).read_bytes())
    with pytest.raises(InputError, match="is not the file that"):
        abm.load(one)
    (one / name).unlink()
    with pytest.raises(InputError, match="is not there" if name == "metrics.parquet" else "holds no runs"):
        abm.load(one)


def test_what_earlier_versions_saved_is_read(tmp_path: Path) -> None:
    folder = left(tmp_path / "r", "run")
    about = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({name: about[name] for name in about if name not in ("kind", "files")}))
    assert len(abm.load(folder)) == 1
    claim(folder, "run")
