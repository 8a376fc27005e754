"""One metric over runs and months: statistics, bands, windows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm.foundation.errors import InputError
from abm.results.series import band_for
from tests.figures import synthetic


@pytest.mark.parametrize(
    ("runs", "edges"),
    [(0, None), (1, None), (9, None), (10, (0.25, 0.75)), (49, (0.25, 0.75)), (50, (0.10, 0.90)),
     (199, (0.10, 0.90)), (200, (0.05, 0.95)), (5000, (0.05, 0.95))],
)  # fmt: skip
def test_the_band_follows_the_number_of_runs(runs: int, edges: tuple[float, float] | None) -> None:
    band = band_for(runs)
    assert (None if band is None else (band.low, band.high)) == edges


def test_the_band_is_that_of_the_regime_with_the_fewest_runs() -> None:
    many = synthetic.ensemble(12, ["history", "hold_firm"])
    few = many.where(regime="history").runs["seed"].head(3).tolist()
    kept = (many.runs["regime"] == "hold_firm") | many.runs["seed"].isin(few)
    assert many["china_compute"].rule is not None
    assert many.taken(np.flatnonzero(kept))["china_compute"].rule is None


def test_median_mean_and_band_of_known_values() -> None:
    values = np.arange(1.0, 12.0)[:, None] * [1.0, 10.0]
    outcome = synthetic.plain(values)["china_compute"]

    assert outcome.median()["a"].tolist() == [6.0, 60.0]
    assert outcome.mean()["a"].tolist() == [6.0, 60.0]
    band = outcome.band()
    assert band is not None
    assert band["a", "low"].tolist() == [3.5, 35.0]
    assert band["a", "high"].tolist() == [8.5, 85.0]
    assert str(outcome.median().index[0]) == "2022-01"


def test_an_undefined_run_is_passed_over_and_a_month_without_any_stays_undefined() -> None:
    outcome = synthetic.plain([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan]])["china_compute"]
    assert outcome.median()["a"].iloc[0] == 2.0
    assert np.isnan(outcome.median()["a"].iloc[1])
    assert np.isnan(outcome.mean()["a"].iloc[1])


@given(arrays(float, st.tuples(st.integers(1, 9), st.integers(1, 4)), elements=st.floats(-1e6, 1e6) | st.just(np.nan)))
def test_statistics_agree_with_numpys_over_what_is_defined(values: np.ndarray) -> None:
    outcome = synthetic.plain(values)["china_compute"]
    for month, column in enumerate(values.T):
        defined = column[~np.isnan(column)]
        for share in (0.0, 0.05, 0.25, 0.5, 0.9, 1.0):
            expected = np.quantile(defined, share) if len(defined) else np.nan
            assert outcome.quantile(share)["a"].iloc[month] == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)
        expected = defined.mean() if len(defined) else np.nan
        assert outcome.mean()["a"].iloc[month] == pytest.approx(expected, rel=1e-9, abs=1e-6, nan_ok=True)


def test_frame_has_months_down_and_regime_and_seed_across() -> None:
    frame = synthetic.ensemble(2, ["history", "hold_firm"])["capability_gap"].frame
    assert frame.shape == (108, 4)
    assert frame.columns.names == ["regime", "seed"]
    assert frame.columns.tolist() == [("history", 0), ("history", 1), ("hold_firm", 0), ("hold_firm", 1)]
    assert str(frame.index[-1]) == "2030-12"


def test_at_reads_a_month_and_names_a_wrong_one() -> None:
    outcome = synthetic.plain([[1.0, 2.0, 3.0]])["china_compute"]
    assert outcome.at("2022-02").tolist() == [2.0]
    assert outcome.at().tolist() == [3.0]
    with pytest.raises(InputError, match=r"2022-20.*2022-0"):
        outcome.at("2022-20")


def test_only_keeps_the_order_asked_and_refuses_unknown_regimes() -> None:
    outcome = synthetic.ensemble(2)["china_compute"]
    assert outcome.only("hbm_relief", "history").regimes == ("hbm_relief", "history")
    with pytest.raises(InputError, match=r"hbm_relieff.*hbm_relief"):
        outcome.only("hbm_relieff")


def test_trailing_sum_is_a_year_of_a_flow_and_needs_every_month() -> None:
    flow = synthetic.plain([np.arange(24.0)], name="hbm_to_china")["hbm_to_china"].trailing("sum")
    assert np.isnan(flow.values[0, :11]).all()
    assert flow.values[0, 11:].tolist() == [sum(range(last - 11, last + 1)) for last in range(11, 24)]
    assert flow.unit == "stack/year"
    assert flow.window == "sum of 12 months"


def test_trailing_mean_passes_over_undefined_months() -> None:
    share = np.array([0.2, np.nan, 0.4] + [np.nan] * 9 + [np.nan] * 3)
    outcome = synthetic.plain([share], name="domestic_share_value")["domestic_share_value"].trailing("mean")
    assert outcome.values[0, 11] == pytest.approx(0.3)
    assert outcome.values[0, 12] == pytest.approx(0.4)
    assert np.isnan(outcome.values[0, 14])
    assert outcome.unit == "1"


def test_a_window_longer_than_the_run_is_cut_and_says_so() -> None:
    outcome = synthetic.plain([[1.0, 2.0, 3.0]], name="hbm_to_china")["hbm_to_china"].trailing("sum")
    assert outcome.values[0].tolist()[-1] == 6.0
    assert (outcome.unit, outcome.window) == ("stack", "sum of 3 months")


def test_repr_says_what_it_is_and_how_big() -> None:
    assert repr(synthetic.ensemble(3)["capability_gap"]) == (
        "Series('capability_gap', month: 6 regimes, 18 runs, 2022-01 to 2030-12)"
    )


def test_an_outcome_without_runs_has_empty_tables() -> None:
    outcome = synthetic.ensemble(1, ["history"]).where(seed=[])["china_compute"]
    assert outcome.median().shape == (108, 0)
    assert outcome.band() is None
    assert isinstance(outcome.frame, pd.DataFrame)
