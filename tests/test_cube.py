"""Between runs and tables: wide frames in, tidy frames and labelled arrays out."""

import numpy as np
import pandas as pd
import pytest

from abm.foundation.errors import InputError
from abm.results import cube
from abm.results.ensemble import Ensemble
from tests.figures import synthetic

WIDE = pd.DataFrame({
    "run": [1, 1, 0, 0],
    "month": ["2022-02", "2022-01", "2022-01", "2022-02"],
    "gap": [4.0, 3.0, 1.0, np.nan],
    "note": ["a", "b", "c", "d"],
})  # fmt: skip
RUNS = pd.DataFrame({
    "run": [0, 1], "regime": ["a", "b"], "seed": [7, 7], "key": ["k0", "k1"], "demand.theta": [1.5, 2.5],
})  # fmt: skip


def test_a_wide_frame_finds_its_runs_by_number() -> None:
    ensemble = Ensemble(WIDE, RUNS, units={"gap": "month"})
    assert np.array_equal(ensemble["gap"].values, [[1.0, np.nan], [3.0, 4.0]], equal_nan=True)
    assert list(ensemble.columns) == ["gap"]
    assert ensemble.factors == ("demand.theta",)
    assert ensemble.runs["key"].tolist() == ["k0", "k1"]


def test_a_wide_frame_finds_its_runs_by_key_or_by_regime_and_seed() -> None:
    by_key = WIDE.assign(key=["k1", "k1", "k0", "k0"]).drop(columns="run")
    assert Ensemble(by_key, RUNS, units={})["gap"].values[1].tolist() == [3.0, 4.0]
    alone = WIDE.assign(regime=["b", "b", "a", "a"], seed=7).drop(columns="run")
    assert Ensemble(alone, units={}).regimes == ("b", "a")
    assert Ensemble(alone.set_index(["regime", "seed", "month"]), units={})["gap"].values[0].tolist() == [3.0, 4.0]


def test_months_may_be_text_dates_or_periods() -> None:
    for kind in (pd.to_datetime(WIDE["month"]), pd.PeriodIndex(WIDE["month"], freq="M")):
        assert str(Ensemble(WIDE.assign(month=kind), RUNS, units={}).months[1]) == "2022-02"


def test_rows_of_no_run_are_refused() -> None:
    with pytest.raises(InputError, match=r"belongs to no run.*'run': 1"):
        Ensemble(WIDE, RUNS.iloc[:1], units={})
    with pytest.raises(InputError, match="no column"):
        Ensemble(WIDE.drop(columns="run"), RUNS, units={})


def test_tidy_has_the_promised_columns_and_every_value() -> None:
    ensemble = synthetic.ensemble(2, ["history", "hbm_relief"])
    tidy = ensemble.tidy()
    assert tuple(tidy.columns) == ("regime", "seed", "month", "metric", "key", "value", "unit")
    assert len(tidy) == 4 * 108 * 37
    row = tidy[(tidy["regime"] == "hbm_relief") & (tidy["seed"] == 1) & (tidy["month"] == "2027-03")]
    row = row[(row["metric"] == "vendor_china_revenue") & (row["key"] == "AMD")]
    place = int(np.flatnonzero(ensemble.months == np.datetime64("2027-03"))[0])
    assert row["value"].tolist() == [ensemble["vendor_china_revenue[AMD]"].values[3, place]]
    assert row["unit"].tolist() == ["USD/month"]


def test_tidy_goes_back_to_the_wide_values() -> None:
    ensemble = synthetic.ensemble(2)
    tidy = ensemble.tidy()
    name = np.where(tidy["key"] == "", tidy["metric"], tidy["metric"].astype(str) + "[" + tidy["key"].astype(str) + "]")
    back = tidy.assign(name=name).pivot(index=["regime", "seed", "month"], columns="name", values="value")
    for column, values in ensemble.columns.items():
        for place, row in enumerate(ensemble.runs.itertuples()):
            assert np.array_equal(back.loc[(row.regime, row.seed), column].to_numpy(), values[place], equal_nan=True)


def test_tidy_adds_the_factors_of_a_sweep() -> None:
    grid = synthetic.grid(1)
    tidy = grid.tidy()
    assert tuple(tidy.columns) == (*cube.TIDY, *grid.factors)
    assert tidy.groupby(["demand.theta", "law.hbm.quota_share@2026-11"]).size().nunique() == 1


def test_tidy_of_nothing_is_an_empty_table() -> None:
    assert tuple(synthetic.empty().tidy().columns) == cube.TIDY


def test_infinite_values_are_undefined_in_tidy() -> None:
    assert synthetic.plain([[np.inf, -np.inf, 1.0]]).tidy()["value"].isna().tolist() == [True, True, False]


def test_xarray_is_labelled_by_regime_seed_month_and_key() -> None:
    ensemble = synthetic.ensemble(2, ["hold_firm", "history"])
    data = ensemble.to_xarray()
    assert data["capability_gap"].dims == ("regime", "seed", "month")
    assert data["capability_gap"].attrs["unit"] == "month"
    picked = data["domestic_units"].sel(regime="history", seed=1, domestic_units_key="Huawei")
    assert np.array_equal(picked.to_numpy(), ensemble["domestic_units[Huawei]"].values[3])
    assert list(data["regime"].to_numpy()) == ["hold_firm", "history"]


def test_xarray_of_a_sweep_runs_over_runs() -> None:
    data = synthetic.grid(1).to_xarray()
    assert data["china_compute"].dims == ("run", "month")
    assert data["demand.theta"].dims == ("run",)


def test_units_come_from_the_declared_metrics() -> None:
    assert cube.units_of(["china_compute", "domestic_units[Huawei]", "no_such_metric"]) == {
        "china_compute": "H100e",
        "domestic_units[Huawei]": "unit/month",
        "no_such_metric": "",
    }
