"""Chart options: complete, finite, in human units."""

import json

import numpy as np
import pandas as pd
import pytest

from abm.figures import theme
from abm.law.regime import load_regime
from abm.results.comparison import Comparison
from abm.results.ensemble import Ensemble
from abm.runs import metrics
from abm.runs.run import Run
from abm.server import charts
from abm.server.charts import Line, Side
from abm.server.live import markers

MONTHS = ["2024-11", "2024-12", "2025-01"]


def ensemble(shift: float = 1e6, seeds: int = 12) -> Ensemble:
    """Two regimes over some seeds: the second higher by `shift` in the last month."""
    months = np.array(MONTHS, dtype="datetime64[M]")
    runs = []
    for seed in range(seeds):
        for label, extra in (("Base", 0.0), ("Changed", shift)):
            values = np.array([2e6, 3e6, 4e6 + extra]) + 1e4 * seed
            key = f"{label}{seed}"
            runs.append(Run(label, seed, months, {"china_compute": values}, scenario={"parameters": {}}, key=key))
    return Ensemble(runs)


def named(option: charts.Option, name: str) -> dict:
    return next(one for one in option["series"] if one["name"] == name)


def test_numbers_are_what_json_can_hold() -> None:
    assert charts.numbers([1.0, float("nan"), float("inf"), 123456.0], 10) == [0.1, None, None, 12350.0]


def test_a_line_is_shown_in_the_unit_that_its_title_tells() -> None:
    option = charts.over_months("china_compute", "H100e", MONTHS, [Line("a", np.array([1e6, 2e6, np.nan]), "#000")])
    assert option["title"]["subtext"] == "million H100e"
    assert named(option, "a")["data"] == [1.0, 2.0, None]
    json.dumps(option, allow_nan=False)


def test_areas_on_one_another_are_scaled_by_their_sum() -> None:
    lines = [Line(name, np.full(3, 6e3), "#000") for name in "ab"]
    option = charts.over_months("china_compute_by_channel", "H100e", MONTHS, lines, stack=True)
    assert option["title"]["subtext"] == "thousand H100e"
    assert all(one["stack"] == "all" for one in option["series"])


def test_acts_are_marked_and_named() -> None:
    acts = markers(load_regime("hbm_relief"), load_regime("history"))
    option = charts.over_months("scarcity", "1", MONTHS, [Line("a", np.zeros(3), "#000")], acts)
    marks = {one["xAxis"]: one["lineStyle"]["type"] for one in option["series"][0]["markLine"]["data"]}
    assert list(marks) == [one.month for one in acts]
    assert (marks["2024-12"], marks["2026-11"]) == ("dotted", "solid")
    assert option["abm"]["acts"]["2024-12"] == ["Washington: HBM rule, December 2024"]


def side(name: str, **columns: list[float]) -> Side:
    return Side(name, "#123456", {key: np.array(values, dtype=float) for key, values in columns.items()})


def test_parts_have_their_own_colours_and_the_base_is_dashed_in_the_same() -> None:
    nvidia, amd = "vendor_china_revenue[Nvidia]", "vendor_china_revenue[AMD]"
    own, base = side("Run", **{nvidia: [1e8, 2e8, 3e8], amd: [0, 0, 0]}), side("Base", **{nvidia: [1e8] * 3})
    option = charts.sides("vendor_china_revenue", "USD/month", MONTHS, own, base)
    assert [one["name"] for one in option["series"]] == ["Nvidia", "Nvidia, Base"]
    assert named(option, "Nvidia")["data"] == [100.0, 150.0, 200.0], "means of up to twelve months"
    dashed = named(option, "Nvidia, Base")["lineStyle"]
    assert (dashed["type"], dashed["color"]) == ("dashed", theme.VENDORS["Nvidia"])
    assert "base" in option["title"]["subtext"]


@pytest.mark.parametrize("column", ["vendor_china_revenue", "hbm_maker_revenue", "lab_gap", "china_compute_by_channel"])
def test_the_colour_of_a_part_does_not_turn_on_what_else_is_drawn(column: str) -> None:
    kinds = {"vendor": theme.VENDORS, "maker": theme.MAKERS, "lab": theme.LABS, "channel": theme.CHANNELS}
    fixed = kinds[metrics.METRICS[column].keys]
    names = list(fixed)
    for first in range(len(names)):
        columns = {f"{column}[{name}]": [float(place >= first)] * 3 for place, name in enumerate(names)}
        option = charts.sides(column, metrics.METRICS[column].unit, MONTHS, side("Run", **columns), None)
        shown = {one["name"]: one["itemStyle"]["color"] for one in option["series"]}
        assert shown == {charts.said(name): fixed[name] for name in names if charts.said(name) in shown}


def test_a_line_that_jumps_is_drawn_as_a_mean_with_its_months_thin_behind() -> None:
    own = side("Run", capability_gap=[10.0, 12.0, 8.0])
    option = charts.sides("capability_gap", "month", MONTHS, own, side("Base", capability_gap=[9.0, 9.0, 9.0]))
    ghost, line, base = option["series"]
    assert (ghost["data"], ghost["silent"]) == ([10.0, 12.0, 8.0], True)
    assert (line["data"], line["name"]) == ([10.0, 11.0, 10.0], "Run")
    assert base["lineStyle"]["type"] == "dashed"
    assert option["legend"]["data"] == ["Run", "Base (dashed)"]
    np.testing.assert_allclose(charts.trailing(np.arange(20.0))[[0, 11, 19]], [0.0, 5.5, 13.5])
    assert np.isnan(charts.trailing(np.array([np.nan, 1.0])))[0]


def test_the_whole_of_the_base_stands_over_areas() -> None:
    own = side("Run", **{f"china_compute_by_channel[{name}]": [1e5] * 3 for name in ("licensed", "domestic")})
    option = charts.sides("china_compute_by_channel", "H100e", MONTHS, own, own)
    assert named(option, "All, Run (dashed)")["data"] == [200.0] * 3


def test_a_channel_that_the_model_gains_is_drawn_without_being_listed() -> None:
    own = side("Run", **{f"china_compute_by_channel[{name}]": [1.0] * 3 for name in ("licensed", "by_balloon")})
    option = charts.sides("china_compute_by_channel", "H100e", MONTHS, own, None)
    assert {one["name"] for one in option["series"]} == {"Licensed", "By balloon"}


def test_bands_have_the_edges_of_the_ensemble() -> None:
    outcome = ensemble()["china_compute"]
    option = charts.bands(outcome, {"Base": "#00f", "Changed": "#f00"})
    low, high = outcome.band()["Base"]["low"], outcome.band()["Base"]["high"]
    start, size = (np.array(named(option, f"Base, {end}")["data"]) for end in ("from", "to"))
    np.testing.assert_allclose(start * 1e6, low, rtol=1e-3)
    np.testing.assert_allclose((start + size) * 1e6, high, rtol=1e-3)
    np.testing.assert_allclose(named(option, "Base")["data"], outcome.median()["Base"] / 1e6, rtol=1e-3)
    assert "middle half" in option["title"]["subtext"]


def test_few_runs_have_no_band() -> None:
    option = charts.bands(ensemble(seeds=4)["china_compute"], {"Base": "#00f", "Changed": "#f00"})
    assert [one["name"] for one in option["series"]] == ["Base", "Changed"]


def test_the_difference_is_paired_with_its_interval() -> None:
    comparison = Comparison(ensemble(), "Base")
    option = charts.bands(comparison["china_compute"], {"Changed": "#f00"})
    assert named(option, "Changed")["data"] == [0.0, 0.0, 1.0]
    assert "95 %" in option["title"]["subtext"]


def test_a_ribbon_reaches_from_low_to_high_also_across_zero() -> None:
    lower, width = charts.ribbon("a", np.array([-2.0, np.nan]), np.array([3.0, np.nan]), 1.0, "#000")
    assert (lower["data"], width["data"]) == ([-2.0, None], [5.0, None])
    assert lower["stackStrategy"] == width["stackStrategy"] == "all"


def test_a_ribbon_of_nothing_is_nothing() -> None:
    assert charts.ribbon("a", np.zeros(3), np.zeros(3), 1.0, "#000") == []
    assert charts.ribbon("a", np.full(3, np.nan), np.full(3, np.nan), 1.0, "#000") == []


def test_a_sankey_has_each_node_once() -> None:
    option = charts.sankey("t", "u", [("a", "b", 1.0), ("a", "c", 2.0)], {"a": "#111"})
    assert [one["name"] for one in option["series"][0]["data"]] == ["a", "b", "c"]
    assert option["series"][0]["data"][0]["itemStyle"] == {"color": "#111"}
    assert sum(one["value"] for one in option["series"][0]["links"]) == 3.0


def test_frames_of_a_line_are_a_row_a_run_and_month() -> None:
    from abm.server import tables

    frame = tables.tidy(ensemble(seeds=2)["china_compute"])
    assert len(frame) == 2 * 2 * 3
    assert isinstance(frame, pd.DataFrame)
    row = frame[(frame["regime"] == "Changed") & (frame["seed"] == 1) & (frame["month"] == "2025-01")]
    assert row["value"].tolist() == [4e6 + 1e6 + 1e4]


def test_a_chart_without_values_says_so_and_one_month_is_a_dot() -> None:
    nothing = charts.over_months("grey_premium", "1", ["2022-01"], [Line("This run", np.array([np.nan]), "#000")])
    assert nothing["graphic"][0]["style"]["text"]
    one = charts.over_months("grey_premium", "1", ["2022-01"], [Line("This run", np.array([0.5]), "#000")])
    assert one["graphic"][0]["style"]["text"] == ""
    assert one["series"][0]["showSymbol"]
    two = charts.over_months("grey_premium", "1", ["a", "b"], [Line("This run", np.array([0.5, 1.0]), "#000")])
    assert not two["series"][0]["showSymbol"]


def test_a_legend_of_many_names_has_room_below_the_chart() -> None:
    few, many = charts.frame("t", "u", ["2022-01"]), charts.frame("t", "u", ["2022-01"])
    charts.fit_legend(few, ["Nvidia", "AMD"])
    charts.fit_legend(many, [f"A rather long name {place}" for place in range(7)])
    assert many["grid"]["bottom"] > few["grid"]["bottom"]
