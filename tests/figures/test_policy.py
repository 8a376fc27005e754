"""Policies against a base: dots, differences over time, trade-offs."""

import numpy as np
import pytest

from abm.figures import policy, theme
from abm.figures.marks import Act
from abm.figures.theme import Chart
from abm.results.comparison import Comparison
from abm.results.headlines import Line
from tests.figures import synthetic

WIDTHS = ("column", "page")
TRADE = (Line("china_compute"), Line("vendor_china_revenue[Nvidia]", "sum"))


def comparison(seeds: int = 12) -> Comparison:
    return Comparison(synthetic.ensemble(seeds), "hold_firm")


def dot(ax: object, regime: str) -> tuple[float, float]:
    """Where a regime's dot stands."""
    marker = theme.MARKERS[regime]
    (found,) = [line for line in ax.lines if line.get_marker() == marker]  # type: ignore[attr-defined]
    return float(found.get_xdata()[0]), float(found.get_ydata()[0])


@pytest.mark.parametrize("width", WIDTHS)
def test_a_dot_stands_at_the_paired_mean_and_its_bar_is_the_interval(width: theme.Width) -> None:
    against = comparison()
    chart = policy.dots(against, ["china_compute"], width=width)
    summary = against.summary("china_compute") / 1e6
    ax = chart.axes[0]
    assert dot(ax, "hbm_relief")[0] == pytest.approx(summary.loc["hbm_relief", "mean"])
    bars = [
        line.get_xdata()
        for line in ax.lines
        if line.get_color() == theme.REGIMES["hbm_relief"] and len(line.get_xdata()) == 2
    ]
    assert np.asarray(bars[0]) == pytest.approx(summary.loc["hbm_relief", ["low", "high"]].to_numpy())
    row = chart.data.set_index("regime").loc["hbm_relief"]
    assert (row["mean"], row["unit"]) == (dot(ax, "hbm_relief")[0], "million H100e")


def test_each_panel_is_labelled_with_metric_unit_and_base() -> None:
    chart = policy.dots(comparison())
    assert len(chart.axes) == 8
    for ax in chart.axes:
        assert "; hold firm: " in ax.texts[0].get_text()
    assert next(label.get_text() for label in chart.axes[0].get_yticklabels()) == "History"
    assert "Chinese AI compute" in {text.get_text() for text in chart.axes[0].texts}


def test_the_footer_of_the_dots_states_interval_pairs_and_set() -> None:
    against = comparison()
    text = synthetic.words_of(policy.dots(against))
    assert "95 % interval" in text
    assert "n\u00a0=\u00a012 pairs for each regime, seeds 0–11" in text
    assert against.ensemble.key in text


def test_one_pair_is_a_dot_without_interval_and_said_so() -> None:
    chart = policy.dots(comparison(1))
    text = synthetic.words_of(chart)
    assert "no interval" in text
    assert "n\u00a0=\u00a01 pair for" in text
    assert chart.data["low"].isna().all()


@pytest.mark.parametrize("width", WIDTHS)
def test_differences_over_time_are_the_data_that_ships(width: theme.Width) -> None:
    difference = comparison()["china_compute"]
    chart = policy.over_time(difference, width=width)
    part = chart.data[chart.data["regime"] == "hbm_relief"]
    assert part["mean"].to_numpy() == pytest.approx(difference.mean()["hbm_relief"].to_numpy() / 1e6)
    (line,) = [
        line for line in chart.axes[0].lines if line.get_color() == theme.REGIMES["hbm_relief"] and line.get_lw() == 1.5
    ]
    assert np.asarray(line.get_ydata()).tolist() == part["mean"].tolist()[-len(line.get_ydata()) :]
    assert chart.texts[1].get_text() == "Million H100e"
    assert "95 % interval" in synthetic.words_of(chart)


def test_lines_start_where_they_leave_zero() -> None:
    assert policy.leaves(np.array([0.0, 0.0, 0.0, 1.0, 2.0])) == 2
    assert policy.leaves(np.array([1.0, 0.0])) == 0
    assert policy.leaves(np.zeros(4)) == 3


@pytest.mark.parametrize("width", WIDTHS)
def test_courses_hold_a_panel_for_each_line_with_the_data_that_ships(width: theme.Width) -> None:
    against = Comparison(synthetic.ensemble(12, ["hold_firm", "hbm_relief"]), "hold_firm")
    lines = [Line("domestic_units[*]", "sum"), Line("china_compute"), Line("capability_gap", "mean")]
    chart = policy.courses(against, lines, [Act(2026.84, "HBM relief now")], width=width)
    assert [ax.get_label() for ax in chart.axes] == [line.column for line in lines]
    part = chart.data[chart.data["metric"] == "china_compute"]
    divisor = {"thousand H100e": 1e3, "million H100e": 1e6}[part["unit"].iloc[0]]
    expected = against["china_compute"].mean()["hbm_relief"].to_numpy()[-len(part) :]
    assert part["mean"].to_numpy() == pytest.approx(expected / divisor)
    (line,) = [line for line in chart.axes[1].lines if line.get_lw() == 1.5]
    assert np.asarray(line.get_ydata()).tolist() == part["mean"].tolist()[-len(line.get_ydata()) :]
    assert chart.texts[0].get_text().startswith("HBM relief changes domestic accelerators")
    assert {"Domestic accelerators delivered"} <= {text.get_text() for text in chart.axes[0].texts}
    assert "HBM relief now" in {text.get_text().strip() for text in chart.axes[0].texts}


def test_courses_begin_with_the_year_in_which_the_first_regime_parts() -> None:
    late = Comparison(synthetic.ensemble(2, ["hold_firm", "hbm_relief"]), "hold_firm")
    assert policy.courses(late, ["china_compute"]).data["month"].iloc[0] == "2026-01"
    early = Comparison(synthetic.ensemble(2, ["hold_firm", "hbm_relief", "no_controls"]), "hold_firm")
    assert policy.courses(early, ["china_compute"]).data["month"].iloc[0] == "2022-01"


def test_courses_of_regimes_that_never_part_show_the_last_year_and_none_an_empty_page() -> None:
    twins = synthetic.ensemble(2, ["hold_firm", "hbm_relief"])
    twins.columns["china_compute"][:] = 1.0
    assert policy.courses(Comparison(twins, "hold_firm"), ["china_compute"]).data["month"].iloc[0] == "2030-01"
    twins.columns["china_compute"][:] = np.nan
    chart = policy.courses(Comparison(twins, "hold_firm"), ["china_compute", "no_such_metric"])
    assert "no pairs to compare" in {text.get_text() for text in chart.axes[0].texts}


def test_several_regimes_get_a_key() -> None:
    chart = policy.courses(comparison(2), ["china_compute", "capability_gap"])
    assert {"HBM relief", "Full relaxation", "No controls"} <= {text.get_text() for text in chart.legends[0].texts}
    assert chart.texts[0].get_text().startswith("HBM relief changes Chinese AI compute most: +")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_trade_off_has_both_means_and_labelled_axes(width: theme.Width) -> None:
    against = comparison()
    chart = policy.tradeoff(against, *TRADE, width=width)
    ax = chart.axes[0]
    assert ax.get_xlabel() == "Chinese AI compute, million H100e →"
    assert ax.get_title("left") == "↑ Nvidia accelerator revenue in China, billion USD a year"
    x, y = dot(ax, "full_relaxation")
    assert x == pytest.approx(against.summary(TRADE[0]).loc["full_relaxation", "mean"] / 1e6)
    assert y == pytest.approx(against.summary(TRADE[1]).loc["full_relaxation", "mean"] / 1e9)
    assert {"HBM relief", "No controls"} <= {text.get_text() for text in ax.texts}


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_to_compare_gives_figures_that_say_so(width: theme.Width) -> None:
    alone = Comparison(synthetic.ensemble(2, ["history"]))
    charts: list[Chart] = [
        policy.dots(alone, width=width),
        policy.over_time(alone["china_compute"], width=width),
        policy.tradeoff(alone, *TRADE, width=width),
        policy.dots(Comparison(synthetic.empty()), width=width),
        policy.courses(alone, ["china_compute"], width=width),
        policy.courses(Comparison(synthetic.empty()), ["china_compute"], width=width),
        policy.courses(comparison(2), [], width=width),
    ]
    for chart in charts:
        assert theme.render(chart, "png")
        assert any("pairs" in text.get_text() for ax in chart.axes for text in ax.texts)


def test_undefined_and_absent_metrics_give_a_figure() -> None:
    ensemble = synthetic.ensemble(3, ["history", "hbm_relief"])
    ensemble.columns["licence_delay"][:] = np.nan
    chart = policy.dots(Comparison(ensemble), ["licence_delay", "no_such_metric", "china_compute"])
    assert theme.render(chart, "png")
    assert len(chart.axes) == 3
