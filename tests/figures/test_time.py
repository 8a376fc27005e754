"""Fan charts: what is drawn is the data, and every input gives a sensible figure."""

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from abm.figures import theme, time
from abm.figures.marks import Act
from abm.figures.theme import Chart
from abm.results.series import Series
from tests.figures import synthetic

WIDTHS = ("column", "page")


def lines_of(chart: Chart, colour: str) -> list[np.ndarray]:
    """Thick lines of a colour, which are medians."""
    return [
        np.asarray(line.get_ydata()) for line in chart.axes[0].lines if line.get_color() == colour and line.get_lw() > 1
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_median_drawn_is_the_data_that_ships(width: theme.Width) -> None:
    outcome = synthetic.ensemble(12, ["history"])["china_compute"]
    chart = time.fan(outcome, width=width)
    (line,) = lines_of(chart, theme.REGIMES["history"])
    assert line.tolist() == chart.data["median"].tolist()
    assert line == pytest.approx(outcome.median()["history"].to_numpy() / 1e6)
    assert chart.get_size_inches()[0] == theme.INCHES[width]


def test_the_band_drawn_is_the_data_that_ships() -> None:
    chart = time.fan(synthetic.ensemble(12, ["history"])["china_compute"])
    (area,) = [one for one in chart.axes[0].collections if isinstance(one, PolyCollection)]
    low, high = chart.data["low"].to_numpy(), chart.data["high"].to_numpy()
    vertices = area.get_paths()[0].vertices
    assert set(np.round(low, 9)) | set(np.round(high, 9)) <= set(np.round(vertices[:, 1], 9))


@pytest.mark.parametrize(("runs", "words"), [(9, "single runs"), (12, "middle half"), (60, "10–90 %"), (200, "5–95 %")])
def test_the_figure_states_band_runs_seeds_and_set(runs: int, words: str) -> None:
    outcome = synthetic.plain(np.random.default_rng(1).random((runs, 4)))["china_compute"]
    chart = time.fan(outcome)
    text = synthetic.words_of(chart)
    assert words in text
    assert f"n\u00a0=\u00a0{runs} runs, seeds 0–{runs - 1}" in text
    assert outcome.key in text


def test_under_ten_runs_every_run_is_a_line_and_there_is_no_band() -> None:
    outcome = synthetic.plain(np.random.default_rng(1).random((9, 5)))["china_compute"]
    chart = time.fan(outcome)
    thin = [
        np.asarray(line.get_ydata())
        for line in chart.axes[0].lines
        if line.get_lw() == 0.5 and len(line.get_xdata()) == 5
    ]
    assert np.allclose(np.sort(thin, axis=0), np.sort(outcome.values, axis=0))
    assert not [one for one in chart.axes[0].collections if isinstance(one, PolyCollection)]
    assert {f"seed {seed}" for seed in range(9)} <= set(chart.data.columns)


def test_many_regimes_get_intervals_at_the_horizon() -> None:
    chart = time.fan(synthetic.ensemble(12)["china_compute"])
    assert "bars on the right" in synthetic.words_of(chart)
    assert not [one for one in chart.axes[0].collections if isinstance(one, PolyCollection)]
    assert chart.data["low"].notna().all()


@pytest.mark.parametrize("width", WIDTHS)
def test_axes_are_labelled_with_human_units(width: theme.Width) -> None:
    ensemble = synthetic.ensemble(3)
    assert time.fan(ensemble["china_compute"], width=width).texts[1].get_text() == "Million H100e"
    revenue = time.fan(ensemble["vendor_china_revenue[Nvidia]"].trailing("sum"), width=width)
    assert revenue.texts[1].get_text() == "Billion USD a year, sum of 12 months"
    assert set(revenue.axes[0].get_xticks()) & {2022, 2024}


def test_regimes_are_named_where_their_lines_end() -> None:
    texts = {text.get_text() for text in time.fan(synthetic.ensemble(3)["china_compute"]).axes[0].texts}
    assert {"History", "No controls", "HBM relief", "Full relaxation"} <= texts


def test_a_regime_is_drawn_from_where_it_leaves_history() -> None:
    outcome = synthetic.ensemble(3)["china_compute"]
    starts = time.branches(outcome)
    assert starts["history"] == 0
    assert starts["hbm_relief"] == synthetic.BRANCH - 1
    assert starts["no_controls"] == synthetic.EARLY - 1


def test_a_regime_equal_to_history_is_a_point_at_the_end() -> None:
    values = np.ones((2, 4))
    runs = synthetic.plain(values, "history")["china_compute"].runs
    outcome = Series("china_compute", "H100e", synthetic.MONTHS[:4], values, runs.assign(regime=["history", "twin"]))
    assert time.branches(outcome)["twin"] == 3


def test_acts_are_lines_with_labels() -> None:
    chart = time.fan(synthetic.ensemble(2, ["history"])["china_compute"], [Act(2024.0, "HBM rule")])
    ax = chart.axes[0]
    assert 2024.0 in {text.xy[0] for text in ax.texts if text.arrow_patch is not None}
    assert {"HBM rule", "history ends"} <= {text.get_text().strip() for text in ax.texts}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "values",
    [np.empty((0, 5)), np.full((3, 5), np.nan), [[1.0]], [[1.0, np.nan, 3.0]], np.zeros((12, 5)), [[-3.0, 2.0]],
     [[1e300, 1.0]], np.empty((2, 0))],
    ids=["no runs", "all NaN", "one run, one month", "a gap", "zeros", "about zero", "huge", "no months"],
)  # fmt: skip
def test_odd_inputs_give_a_figure(values: object, width: theme.Width) -> None:
    chart = time.fan(
        synthetic.plain(values)["china_compute"] if np.size(values) or np.shape(values)[0] else none(), width=width
    )
    assert isinstance(chart, Figure)
    assert theme.render(chart, "png")


def none() -> Series:
    return synthetic.ensemble(1).where(seed=[])["china_compute"]


def test_nothing_to_show_is_said() -> None:
    chart = time.fan(synthetic.plain(np.full((2, 5), np.nan))["china_compute"])
    assert "no data to show" in {text.get_text() for text in chart.axes[0].texts}


def test_the_title_is_what_it_comes_to_or_what_is_told() -> None:
    outcome = synthetic.ensemble(2)["china_compute"]
    title = time.fan(outcome).texts[0].get_text().replace("\n", " ")
    ends = (outcome.median().iloc[-1] / 1e6).sort_values()
    low, high = (f"{ends.iloc[place]:.1f} " for place in (0, -1))
    assert title.startswith(f"Chinese AI compute: from {low}under ")
    assert f" to {high}million H100e under " in title
    assert title.endswith(" in December 2030")
    assert time.fan(outcome, title="Other words").texts[0].get_text() == "Other words"
    assert "Chinese AI compute" in time.fan(outcome).description
