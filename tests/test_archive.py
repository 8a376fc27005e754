"""Ensembles on disk: what is written, read back, and made harmless."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.foundation.errors import InputError
from abm.results import files
from abm.results.ensemble import Ensemble, load
from abm.runs.run import Run
from tests.figures import synthetic

FLOWS = pd.DataFrame({
    "month": ["2022-01"], "good": ["chip"], "sku": ["H20"], "channel": ["licensed"], "from": ["vendor"], "to": ["lab"],
    "units": [3.0], "usd": [36_000.0],
})  # fmt: skip
HOSTILE = ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")']


def with_flows() -> Ensemble:
    runs = [Run(**{**vars(synthetic.run("history", seed)), "flows": FLOWS}) for seed in range(2)]
    return Ensemble(runs, units=synthetic.units(list(runs[0].columns)))


def test_what_is_saved_is_read_back_the_same(tmp_path: Path) -> None:
    ensemble = with_flows()
    ensemble.save(tmp_path / "deep" / "folder")
    back = load(tmp_path / "deep" / "folder")

    assert list(back.columns) == list(ensemble.columns)
    assert back.data.identical(ensemble.data)
    assert (back.regimes, back.seeds, back.key, back.units) == (
        ensemble.regimes,
        ensemble.seeds,
        ensemble.key,
        ensemble.units,
    )
    assert back.scenarios == ensemble.scenarios
    assert (back.months == ensemble.months).all()
    assert back.flows is not None
    assert back.flows.columns.tolist() == ["regime", "seed", *FLOWS.columns]
    assert back.versions["code"]


def test_a_sweep_with_factors_is_read_back_the_same(tmp_path: Path) -> None:
    grid = synthetic.grid(1)
    back = load(grid.save(tmp_path))
    assert back.factors == grid.factors
    assert (back.runs[list(grid.factors)] == grid.runs[list(grid.factors)]).all(axis=None)
    assert np.array_equal(back["china_compute"].values, grid["china_compute"].values)


def test_the_files_are_those_promised_and_no_others(tmp_path: Path) -> None:
    with_flows().save(tmp_path / "a")
    synthetic.ensemble(1).save(tmp_path / "b")
    assert sorted(file.name for file in (tmp_path / "a").iterdir()) == [
        "flows.parquet", "metrics.csv", "metrics.parquet", "run.json",
    ]  # fmt: skip
    assert not (tmp_path / "b" / "flows.parquet").exists()


def test_the_csv_is_tidy_with_numbers_or_empty_cells(tmp_path: Path) -> None:
    ensemble = synthetic.ensemble(1, ["history"])
    path = ensemble.save(tmp_path) / "metrics.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    assert path.read_text(encoding="utf-8").splitlines()[0] == "regime,seed,month,metric,key,value,unit"
    assert len(rows) == 108 * 37
    values = [float(row["value"]) for row in rows if row["metric"] == "capability_gap"]
    assert values == ensemble["capability_gap"].values[0].tolist()
    delay = [row["value"] for row in rows if row["metric"] == "licence_delay"]
    assert delay[0] == ""
    assert all(cell == "" or np.isfinite(float(cell)) for cell in (row["value"] for row in rows))
    assert {row["month"] for row in rows} == {str(month) for month in ensemble.months}


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_looks_like_a_formula_is_made_harmless(text: str, tmp_path: Path) -> None:
    run = synthetic.run("history", 0)
    hostile = Run(text, 0, run.months, {f"units_to_china[{text}]": run.columns["capability_gap"]})
    path = Ensemble([hostile], units={f"units_to_china[{text}]": text}).save(tmp_path) / "metrics.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row[column] for row in rows for column in ("regime", "key", "unit")} == {f"'{text}"}


def test_column_names_are_made_harmless_and_quoted() -> None:
    text = files.csv_bytes(pd.DataFrame({"=a": [1.0], 'b,"c"': ["x"], "d": [True]})).decode()
    assert text.splitlines() == ['\'=a,"b,""c""",d', "1,x,true"]


def test_negative_numbers_stay_numbers() -> None:
    assert files.csv_bytes(pd.DataFrame({"a": [-1.5, np.nan, np.inf]})).decode() == "a\n-1.5\n\n\n"


def test_run_json_holds_what_repeats_the_runs(tmp_path: Path) -> None:
    ensemble = synthetic.ensemble(3, ["history", "hbm_relief"])
    about = json.loads((ensemble.save(tmp_path) / "run.json").read_text(encoding="utf-8"))
    assert about["set"] == ensemble.key
    assert about["seeds"] == [0, 1, 2]
    assert about["months"] == ["2022-01", "2030-12"]
    assert {"python", "code", "data", "numpy", "mesa", "chip-export-abm"} <= set(about["versions"])
    assert len(about["scenarios"]) == 2  # one a regime, whatever the number of seeds
    assert about["scenario_of_run"] == [0, 0, 0, 1, 1, 1]
    assert [row[2] for row in about["runs"]] == ensemble.runs["key"].tolist()


def test_numbers_and_words_in_one_column_become_text() -> None:
    assert files.csv_bytes(pd.DataFrame({"a": ["off", 0.1, None]})).decode() == "a\noff\n0.1\n\n"


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text("old", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("pyarrow.csv.write_csv", full)
    with pytest.raises(InputError, match=r"metrics\.csv: cannot be written \(No space"):
        files.write_csv(pd.DataFrame({"a": ["x"]}), path)
    assert path.read_text(encoding="utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["metrics.csv"]


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"format": 99}', "\x00"])
def test_a_broken_run_json_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"run\.json"):
        load(tmp_path)


def test_an_empty_ensemble_can_be_saved(tmp_path: Path) -> None:
    back = load(synthetic.empty().save(tmp_path))
    assert len(back) == 0
