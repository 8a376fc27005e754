"""Headline lines: which are shown, how they are read, and how they are printed."""

import re

import numpy as np
import pytest

from abm.results.comparison import Comparison
from abm.results.ensemble import Ensemble
from abm.results.headlines import LINES, Line
from abm.results.wording import split
from abm.runs.metrics import METRICS
from abm.runs.run import Run
from tests.figures import synthetic


def test_twelve_lines_for_each_regime_with_units_and_month() -> None:
    frame = synthetic.ensemble(20).headline()
    assert frame.groupby("line", sort=False).size().tolist() == [6] * 12
    assert frame["unit"].str.len().gt(0).all()
    assert frame["when"].str.endswith("2030-12").all()
    assert frame["line"].iloc[0] == "Chinese AI compute"


def test_a_line_is_median_and_band_in_human_units() -> None:
    ensemble = synthetic.ensemble(20, ["history"])
    row = ensemble.headline().set_index("line").loc["Chinese AI compute"]
    last = ensemble["china_compute"].values[:, -1] / 1e6
    assert row["median"] == pytest.approx(np.median(last))
    assert row["low"] == pytest.approx(np.quantile(last, 0.25))
    assert row["unit"] == "million H100e"


def test_flows_are_sums_of_a_year() -> None:
    ensemble = synthetic.ensemble(5, ["history"])
    row = ensemble.headline().set_index("line").loc["Nvidia net revenue in China"]
    year = ensemble["vendor_china_revenue_net[Nvidia]"].values[:, -12:].sum(axis=1) / 1e9
    assert row["median"] == pytest.approx(np.median(year))
    assert (row["unit"], row["when"]) == ("billion USD a year", "sum of 12 months to 2030-12")
    assert np.isnan(row["low"])  # five runs allow no band


def test_absent_metrics_are_left_out() -> None:
    frame = synthetic.plain([[1.0, 2.0]]).headline()
    assert frame["line"].tolist() == ["Chinese AI compute"]
    assert synthetic.plain([[1.0]], name="odd").headline().empty
    assert synthetic.empty().headline().empty


def test_every_headline_metric_is_declared_or_belongs_to_a_later_phase() -> None:
    later = {"smuggled_compute", "offshore_rented", "gaming_repurposed", "grey_premium", "shelved_runs"}
    assert {split(line.column)[0] for line in LINES} <= set(METRICS) | later


def test_no_line_stands_twice_and_micron_has_its_own() -> None:
    assert len({line.column for line in LINES}) == len(LINES)
    assert [line.column for line in LINES if "Micron" in line.column] == ["hbm_maker_china_revenue[Micron]"]


def test_differences_are_paired_means_with_intervals() -> None:
    comparison = Comparison(synthetic.ensemble(20, ["history", "hbm_relief"]))
    row = comparison.differences().set_index("line").loc["Chinese AI compute"]
    paired = comparison["china_compute"].values[:, -1] / 1e6
    assert row["mean"] == pytest.approx(paired.mean())
    assert row["low"] < row["mean"] < row["high"]
    assert (row["pairs"], row["unit"]) == (20, "million H100e")
    assert row["base"] == pytest.approx(comparison.ensemble["china_compute"].only("history").values[:, -1].mean() / 1e6)


def test_a_metric_that_does_not_differ_keeps_the_unit_of_its_level() -> None:
    comparison = Comparison(synthetic.ensemble(3, ["history", "hbm_relief"]))
    row = comparison.rows(Line("us_compute")).iloc[0]
    assert (row["mean"], row["unit"]) == (0.0, "million H100e")


def test_differences_keep_the_unit_of_the_level_unless_they_would_vanish_in_it() -> None:
    def unit_of(step: float) -> str:
        months = np.arange("2022-01", "2022-02", dtype="datetime64[M]")
        runs = [
            Run(regime, 0, months, {"china_compute": np.array([2e6 + more])})
            for regime, more in (("a", 0.0), ("b", step))
        ]
        comparison = Comparison(Ensemble(runs, units={"china_compute": "H100e"}))
        return str(comparison.rows(Line("china_compute"))["unit"].item())

    assert unit_of(3e5) == unit_of(2e4) == "million H100e"
    assert unit_of(9e3) == "H100e"


def test_the_table_fits_its_width_and_lines_up() -> None:
    text = synthetic.ensemble(3).table()
    assert max(map(len, text.splitlines())) <= 110
    assert text.count("Chinese AI compute, million H100e") == 2  # six regimes take two blocks
    block = text.split("\n\n")[1].splitlines()
    assert len({len(line) for line in block[2:]}) == 1
    assert "set " in text.splitlines()[0]


@pytest.mark.parametrize("width", [60, 80, 200])
def test_tables_keep_to_a_terminal_s_width_and_every_number_whole(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    ensemble = synthetic.ensemble(12)
    for source in (ensemble, ensemble.where(regime="history"), Comparison(ensemble)):
        text, whole = source.table(width), source.table(1000)
        assert max(map(len, text.splitlines())) <= width
        assert "\x1b" not in text
        numbers = re.compile(r"(?<!\w)[+−]?\d[\d.,]*(?![\w.-])")
        assert sorted(numbers.findall(text)) == sorted(numbers.findall(whole))


def test_names_in_brackets_are_no_markup() -> None:
    column = {"china_compute": np.ones(1)}
    runs = [Run(name, 0, synthetic.MONTHS[:1], column) for name in ("[red]mine", "other")]
    assert "[red]mine" in Ensemble(runs, units={}).table().lower()


def test_the_table_of_one_regime_names_its_band() -> None:
    assert "middle half" in synthetic.ensemble(20, ["history"]).table()
    assert "middle half" not in synthetic.ensemble(5, ["history"]).table()


def test_the_table_of_differences_groups_regimes_under_each_line() -> None:
    text = Comparison(synthetic.ensemble(12, ["hold_firm", "hbm_relief", "full_relaxation"])).table()
    lines = text.splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("Chinese AI compute"))
    assert lines[start + 1].startswith("  HBM relief")
    assert " to " in lines[start + 1]
    assert max(map(len, lines[2:])) <= 110


def test_a_short_run_is_summed_over_what_there_is() -> None:
    months = np.arange("2022-01", "2022-04", dtype="datetime64[M]")
    runs = [Run("a", 0, months, {"hbm_to_china": np.array([1.0, 2.0, 3.0])})]
    row = Ensemble(runs, units={"hbm_to_china": "stack/month"}).headline().iloc[0]
    assert (row["median"], row["unit"], row["when"]) == (6.0, "stacks", "sum of 3 months to 2022-03")
