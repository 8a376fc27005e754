"""Runs and ensembles: selection, sums of parts, factors, and running from names."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abm.foundation.errors import InputError
from abm.law.regime import load_regime
from abm.results import ensemble as ensemble_module
from abm.results.comparison import compare
from abm.results.ensemble import Ensemble, load, run
from abm.runs.run import Run
from tests.figures import synthetic

QUOTA = "law.hbm.quota_share@2026-11"


def test_a_run_says_what_it_is() -> None:
    assert repr(synthetic.run("hbm_relief", 4)) == "Run('hbm_relief', seed 4: 37 columns, 2022-01 to 2030-12)"
    assert "no months" in repr(Run("a", 0, np.array([], "datetime64[M]"), {}))


def test_an_ensemble_knows_regimes_seeds_months_metrics_and_size() -> None:
    ensemble = synthetic.ensemble(3)
    assert ensemble.regimes == synthetic.REGIMES
    assert ensemble.seeds == (0, 1, 2)
    assert (str(ensemble.months[0]), str(ensemble.months[-1]), len(ensemble.months)) == ("2022-01", "2030-12", 108)
    assert "china_compute_by_channel" in ensemble.metrics
    assert ensemble.units["vendor_china_revenue[Nvidia]"] == "USD/month"
    assert len(ensemble) == 18
    assert repr(ensemble) == "Ensemble(18 runs of 6 regimes, 37 columns, 2022-01 to 2030-12)"
    assert repr(synthetic.ensemble(1, ["history"])).startswith("Ensemble(1 run of 1 regime,")


def test_values_come_back_as_they_went_in() -> None:
    ensemble = synthetic.ensemble(2)
    given = synthetic.run("hbm_relief", 1).columns["capability_gap"]
    assert (ensemble["capability_gap"].only("hbm_relief").values[1] == given).all()
    frame = ensemble.frame
    assert frame.index.names == ["regime", "seed", "month"]
    assert (frame.loc[("hbm_relief", 1), "capability_gap"].to_numpy() == given).all()


def test_a_star_sums_all_parts() -> None:
    ensemble = synthetic.ensemble(2)
    whole = ensemble["china_compute_by_channel[*]"]
    assert np.allclose(whole.values, ensemble["china_compute"].values)
    assert whole.unit == "H100e"
    assert "domestic_units[*]" in ensemble
    assert "nothing[*]" not in ensemble


def test_an_unknown_metric_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match="capability_gap"):
        synthetic.ensemble(1)["capabilty_gap"]
    with pytest.raises(InputError, match="domestic_units"):
        synthetic.ensemble(1)["domestic_units[Huawey]"]


def test_runs_of_unequal_length_and_columns_leave_gaps_undefined() -> None:
    months = np.arange("2022-01", "2022-05", dtype="datetime64[M]")
    short = Run("a", 0, months[:2], {"x": np.array([1.0, 2.0])})
    late = Run("a", 1, months[1:], {"y": np.array([3.0, 4.0, 5.0])})
    ensemble = Ensemble([short, late], units={})
    assert np.array_equal(ensemble["x"].values, [[1, 2, np.nan, np.nan], [np.nan] * 4], equal_nan=True)
    assert np.array_equal(ensemble["y"].values, [[np.nan] * 4, [np.nan, 3, 4, 5]], equal_nan=True)


def test_factors_are_the_parameters_that_differ() -> None:
    grid = synthetic.grid(1)
    assert grid.factors == ("demand.theta", QUOTA)
    assert synthetic.ensemble(2).factors == ()


def test_where_selects_by_factor_regime_and_seed() -> None:
    grid = synthetic.grid(3)
    part = grid.where(regime="hbm_relief", **{QUOTA: 0.1})
    assert len(part) == 12
    assert set(part.runs[QUOTA]) == {0.1}
    assert len(grid.where(seed=[0, 2], **{"demand.theta": [1.2, 3.5], QUOTA: 0.25})) == 8
    assert len(part.scenarios) == len(part)
    assert part["china_compute"].values.shape == (12, 108)
    assert len(grid.where(seed=[])) == 0


def test_where_and_groups_refuse_unknown_columns() -> None:
    with pytest.raises(InputError, match=r"demand.thta.*demand.theta"):
        synthetic.grid(1).where(**{"demand.thta": 1.2})
    with pytest.raises(InputError, match="factor"):
        synthetic.grid(1).groups("supply.x")


def test_groups_split_without_loss() -> None:
    grid = synthetic.grid(2)
    groups = grid.groups(QUOTA)
    assert list(groups) == [0.0, 0.1, 0.25, 0.5, 1.0]
    assert sum(map(len, groups.values())) == len(grid)


def test_a_rounding_error_does_not_hide_a_factor_value() -> None:
    assert len(synthetic.grid(1).where(**{QUOTA: 0.1 + 1e-15})) == 8


def test_two_runs_alike_in_all_but_content_are_refused() -> None:
    with pytest.raises(InputError, match="'history' has seed 3 more than once"):
        Ensemble([synthetic.run("history", 3), synthetic.run("history", 3)], units={})


def test_the_key_names_the_set_whatever_the_order() -> None:
    runs = [synthetic.run("history", seed) for seed in range(4)]
    assert Ensemble(runs, units={}).key == Ensemble(runs[::-1], units={}).key
    assert Ensemble(runs, units={}).key != Ensemble(runs[:3], units={}).key
    assert len(Ensemble(runs, units={}).key) == 10


def test_an_empty_ensemble_stands() -> None:
    empty = synthetic.empty()
    assert (len(empty), empty.regimes, empty.seeds, empty.factors) == (0, (), (), ())
    assert "no months" in repr(empty)
    assert len(Ensemble([], units={})) == 0


def test_fresh_seeds_and_generators_are_kept_with_the_runs_so_that_they_can_be_repeated(tmp_path: Path) -> None:
    fresh = run("history", seeds=[None, np.random.SeedSequence(3), np.int64(2)], until="2022-01")
    kept = load(fresh.save(tmp_path))
    assert kept.runs["seed"].tolist() == [one["seed"] for one in fresh.scenarios]
    assert kept.runs["seed"].tolist()[2] == 2
    again = run("history", seeds=kept.runs["seed"].tolist(), until="2022-01")
    np.testing.assert_array_equal(again["china_compute"].values, fresh["china_compute"].values)
    assert run("history", seeds=None, until="2022-01").seeds != fresh.seeds[:1]


@pytest.mark.parametrize(
    ("regimes", "told"),
    [
        (["history", "no_controls", "history"], "'history' and 'history': leave one out"),
        (["history", "{file}"], "write another name = in '.*own.toml'"),
        ([load_regime("history"), "{file}"], "write another name = in '.*own.toml'"),
        (["{file}", load_regime("history")], "abm.law.regime.compose"),
        ("history", "regimes = 'history': a list is wanted"),
        ([], "none is given"),
        (["history", "no_controls", "histroy"], "did you mean 'history'"),
    ],
)
def test_regimes_that_cannot_be_told_apart_are_refused_before_any_run(
    regimes: Any, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ensemble_module, "simulate", lambda *_, **__: pytest.fail("a run was begun"))
    file = tmp_path / "own.toml"
    file.write_text('name = "history"\ntitle = "as history"\nbase = "history"\n')
    asked = [str(file) if one == "{file}" else one for one in regimes] if isinstance(regimes, list) else regimes
    with pytest.raises(InputError, match=told):
        compare(asked, seeds=2, until="2022-01")


def test_run_simulates_each_seed_once() -> None:
    ensemble = run("history", seeds=[3, 1], until="2022-03", flows=True)
    assert ensemble.runs["seed"].tolist() == [3, 1]
    assert len(ensemble.months) == 3
    assert ensemble.runs["key"].nunique() == 2
    assert ensemble.units["china_compute"] == "H100e"
    assert (ensemble["china_compute"].values > 0).all()
    assert ensemble.flows is not None
    assert set(ensemble.flows["seed"]) == {1, 3}
    assert set(ensemble.where(seed=1).flows["seed"]) == {1}  # type: ignore[index]
    assert ensemble.scenarios[0]["seed"] == 3
