"""Differences paired by seed and parameters, and the interval of their mean."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from abm.foundation.errors import InputError
from abm.results.comparison import Comparison, Difference
from abm.results.ensemble import Ensemble
from abm.results.series import Series
from abm.runs.run import Run
from tests.figures import synthetic

MONTHS = np.arange("2022-01", "2022-03", dtype="datetime64[M]")


def of(values: dict[str, dict[int, list[float]]], factors: dict[str, dict[int, float]] | None = None) -> Ensemble:
    """Runs from regime -> seed -> values."""
    runs = [
        Run(regime, seed, MONTHS, {"china_compute": np.array(row)}, scenario={"parameters": _parameters(factors, seed)})
        for regime, seeds in values.items()
        for seed, row in seeds.items()
    ]
    return Ensemble(runs, units={"china_compute": "H100e"})


def _parameters(factors: dict[str, dict[int, float]] | None, seed: int) -> dict[str, float]:
    return {name: by_seed[seed] for name, by_seed in (factors or {}).items()}


def test_differences_pair_by_seed_whatever_the_order_of_runs() -> None:
    ensemble = of({
        "b": {2: [30.0, 0.0], 0: [11.0, 0.0], 1: [22.0, 0.0]},
        "a": {0: [10.0, 0.0], 1: [20.0, 0.0], 2: [27.0, 0.0], 9: [99.0, 0.0]},
    })  # fmt: skip
    difference = Comparison(ensemble, base="a")["china_compute"]

    assert dict(zip(difference.runs["seed"], difference.values[:, 0], strict=True)) == {0: 1.0, 1: 2.0, 2: 3.0}
    assert difference.mean()["b"].tolist() == [2.0, 0.0]
    assert difference.counts == {"b": 3}


def test_the_interval_is_students_t_on_the_paired_mean() -> None:
    ensemble = of({
        "a": {seed: [0.0, 0.0] for seed in range(3)},
        "b": {0: [1.0, 5.0], 1: [2.0, 5.0], 2: [3.0, 5.0]},
    })  # fmt: skip
    sides = Comparison(ensemble, "a")["china_compute"].interval()
    half = 4.302652729911275 / np.sqrt(3)  # t(0.975, 2) s / sqrt(n), s = 1
    assert sides["b", "low"].tolist() == pytest.approx([2 - half, 5.0])
    assert sides["b", "high"].tolist() == pytest.approx([2 + half, 5.0])
    wide = Comparison(ensemble, "a")["china_compute"].interval(0.99)
    assert wide["b", "high"].iloc[0] == pytest.approx(2 + t.ppf(0.995, 2) / np.sqrt(3))


def test_the_interval_covers_the_true_mean_as_often_as_it_says() -> None:
    draws = np.random.default_rng(5).normal(3.0, 2.0, (8, 20_000))
    months = np.datetime64("1900-01", "M") + np.arange(20_000).astype("timedelta64[M]")
    runs = synthetic.plain(draws)["china_compute"].runs
    sides = Difference("china_compute", "H100e", months, draws, runs, base="b").interval()
    covered = ((sides["a", "low"] < 3.0) & (sides["a", "high"] > 3.0)).mean()
    assert covered == pytest.approx(0.95, abs=0.005)


def test_pairing_removes_what_both_regimes_share() -> None:
    ensemble = synthetic.ensemble(30, ["history", "hbm_relief"])
    last = Comparison(ensemble)["china_compute"].values[:, -1]
    outcome = ensemble["china_compute"]
    unpaired = sum(outcome.only(name).values[:, -1].var(ddof=1) for name in outcome.regimes)
    assert last.var(ddof=1) < unpaired / 2


def test_undefined_months_leave_the_pair_out() -> None:
    ensemble = of({
        "a": {0: [1.0, np.nan], 1: [1.0, 1.0], 2: [1.0, 1.0]},
        "b": {0: [2.0, 2.0], 1: [3.0, 2.0], 2: [4.0, 4.0]},
    })  # fmt: skip
    difference = Comparison(ensemble, "a")["china_compute"]
    assert difference.mean()["b"].tolist() == [2.0, 2.0]
    half = t.ppf(0.975, 1) * np.std([1.0, 3.0], ddof=1) / np.sqrt(2)
    assert difference.interval()["b", "high"].iloc[1] == pytest.approx(2.0 + half)


def test_one_pair_has_a_mean_and_no_interval() -> None:
    difference = Comparison(of({"a": {0: [1.0, 1.0]}, "b": {0: [2.0, 4.0]}}), "a")["china_compute"]
    assert difference.mean()["b"].tolist() == [1.0, 3.0]
    assert difference.interval().isna().all(axis=None)


def test_pairs_share_parameters_as_well_as_the_seed() -> None:
    grid = synthetic.grid(2)
    comparison = Comparison(grid, "hold_firm")
    rows, bases = comparison.pairs
    names = ["seed", *grid.factors]
    assert len(rows) == 40
    assert (grid.runs.loc[rows, names].to_numpy() == grid.runs.loc[bases, names].to_numpy()).all()


def test_a_factor_the_base_does_not_carry_is_not_matched() -> None:
    runs = [synthetic.run("hold_firm", seed) for seed in range(2)]
    runs += [
        synthetic.run("hbm_relief", seed, {"law.hbm.quota_share@2026-11": quota})
        for quota in (0.1, 0.5)
        for seed in range(2)
    ]
    comparison = Comparison(Ensemble(runs, units={}), "hold_firm")
    assert comparison["china_compute"].counts == {"hbm_relief": 4}


def test_the_base_is_history_where_it_is_there_else_the_first() -> None:
    assert Comparison(synthetic.ensemble(1, ["hold_firm", "history"])).base == "history"
    assert Comparison(synthetic.ensemble(1, ["hold_firm", "hbm_relief"])).base == "hold_firm"
    with pytest.raises(InputError, match=r"hold_frim.*hold_firm"):
        Comparison(synthetic.ensemble(1), "hold_frim")


def test_summary_reads_a_month_and_a_window() -> None:
    comparison = Comparison(synthetic.ensemble(5, ["history", "full_relaxation"]))
    summary = comparison.summary("china_compute", "2028-06")
    difference = comparison["china_compute"]
    assert summary.loc["full_relaxation", "mean"] == difference.mean().loc["2028-06", "full_relaxation"]
    assert summary.loc["full_relaxation", "pairs"] == 5
    assert summary.loc["full_relaxation", "low"] < summary.loc["full_relaxation", "mean"]


def test_differences_of_shares_are_percentage_points() -> None:
    difference = Comparison(synthetic.ensemble(2))["domestic_share_value"]
    assert difference.scale().label == "percentage points"
    assert difference.scale().divisor == 0.01


def test_windows_of_differences_are_differences_of_windows() -> None:
    comparison = Comparison(synthetic.ensemble(3, ["history", "full_relaxation"]))
    name = "vendor_china_revenue[Nvidia]"
    left = comparison[name].trailing("sum")
    whole = comparison.ensemble[name].trailing("sum").values
    assert isinstance(left, Difference)
    assert np.allclose(left.values, whole[3:] - whole[:3], equal_nan=True)


def test_without_pairs_there_is_an_empty_difference() -> None:
    comparison = Comparison(synthetic.ensemble(2, ["history"]))
    assert isinstance(comparison["china_compute"], Series)
    assert comparison["china_compute"].interval().shape == (108, 0)
    assert "nothing" in repr(comparison)
    assert "nothing to compare" in comparison.table()


def test_seeds_needed_follow_spread_and_step() -> None:
    """Twice the spread wants four times the seeds; a step in per cent is that of the larger level."""

    def asked(spread: float, level: float) -> dict[str, float]:
        noise = np.random.default_rng(0).normal(0, spread, 400)
        rows = [
            {"regime": regime, "seed": seed, "key": f"{regime}{seed}", "month": "2030-12", "china_compute": 1e6 * size}
            for seed, more in enumerate(noise)
            for regime, size in (("a", 1.0), ("b", 1.0 + level + more))
        ]
        wide = pd.DataFrame(rows)
        found = Comparison(Ensemble(wide.drop(columns="key"), wide[["regime", "seed", "key"]]), "a").seeds_needed()
        return dict(zip(found["line"], found["seeds"], strict=True))

    (one,), (two,), (far,) = (asked(*given).values() for given in ((0.1, 0.0), (0.2, 0.0), (0.2, 1.0)))
    assert two / one == pytest.approx(4, rel=0.05)
    assert two / far == pytest.approx(4, rel=0.1)
