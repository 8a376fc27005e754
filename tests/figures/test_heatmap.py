"""Maps over two factors: cells are means, the line is where the threshold lies."""

import numpy as np
import pytest

from abm.figures import heatmap, theme
from abm.foundation.errors import InputError
from abm.results.comparison import Comparison
from abm.results.ensemble import Ensemble
from abm.runs.run import Run
from tests.figures import synthetic

QUOTA, THETA = "law.hbm.quota_share@2026-11", "demand.theta"
MONTHS = np.arange("2022-01", "2022-03", dtype="datetime64[M]")


def plane(values: dict[tuple[float, float], list[float]], regime: str = "hbm_relief") -> Ensemble:
    """Runs at points (x, y), one a value; the value is that of the last month."""
    runs = [
        Run(
            regime,
            seed,
            MONTHS,
            {"capability_gap": np.array([0.0, value])},
            scenario={"parameters": {QUOTA: x, THETA: y}},
        )
        for (x, y), some in values.items()
        for seed, value in enumerate(some)
    ]
    return Ensemble(runs, units={"capability_gap": "month"})


PLANE = {(x, y): [10 * x + y, 10 * x + y + 2] for x in (0.0, 0.5, 1.0) for y in (1.0, 2.0)}


@pytest.mark.parametrize("width", ["column", "page"])
def test_a_cell_is_the_mean_of_its_runs(width: theme.Width) -> None:
    chart = heatmap.heat(plane(PLANE)["capability_gap"], QUOTA, THETA, width=width)
    means = chart.data.set_index([QUOTA, THETA])["mean"].to_dict()
    assert means == {point: np.mean(values) for point, values in PLANE.items()}
    mesh = chart.axes[0].collections[0].get_array()
    assert np.asarray(mesh).ravel().tolist() == [2.0, 7.0, 12.0, 3.0, 8.0, 13.0]  # y up, x right


def test_axes_name_the_factors_and_ticks_their_values() -> None:
    chart = heatmap.heat(plane(PLANE)["capability_gap"], QUOTA, THETA)
    ax = chart.axes[0]
    assert ax.get_xlabel() == "HBM: quota share, from November 2026"
    assert ax.get_ylabel() == "Sensitivity to value for money"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "0.5", "1"]
    text = synthetic.words_of(chart)
    assert "Months in February 2022" in text
    assert "mean of 2 runs" in text


def test_the_threshold_line_lies_where_the_cells_cross_it() -> None:
    chart = heatmap.heat(plane(PLANE)["capability_gap"], QUOTA, THETA, threshold=4.5)
    path = chart.axes[0].collections[1].get_paths()[0].vertices
    bottom = path[np.argmin(path[:, 1])]
    assert bottom[0] == pytest.approx(1.0)  # halfway from the middle of cell 0 (value 2) to that of cell 1 (value 7)
    assert "line: 4.5 months" in synthetic.words_of(chart)


def test_differences_are_pale_at_zero() -> None:
    difference = Comparison(synthetic.grid(1))["china_compute"]
    chart = heatmap.heat(difference, QUOTA, THETA)
    norm = chart.axes[0].collections[0].norm
    assert norm.vmin == -norm.vmax
    assert "difference from hold firm" in synthetic.words_of(chart)
    cell = chart.data[(chart.data[QUOTA] == 1.0) & (chart.data[THETA] == 1.85)]["mean"].item()
    picked = difference.runs[(difference.runs[QUOTA] == 1.0) & (difference.runs[THETA] == 1.85)].index
    assert cell == pytest.approx(difference.values[picked, -1].mean() / 1e6)


def test_regimes_are_panels() -> None:
    chart = heatmap.heat(synthetic.grid(1)["china_compute"], QUOTA, THETA)
    assert {"hold_firm", "hbm_relief"} <= {ax.get_label() for ax in chart.axes}


def test_a_factor_with_many_values_is_cut_into_bins() -> None:
    draws = np.random.default_rng(2).random((200, 2))
    chart = heatmap.heat(plane({(x, y): [x] for x, y in draws})["capability_gap"], QUOTA, THETA)
    assert chart.data[QUOTA].nunique() == heatmap.CELLS
    middle = chart.data.dropna()
    assert (abs(middle["mean"] - middle[QUOTA]) <= 0.5 / heatmap.CELLS + 1e-9).all()


def test_unknown_factors_are_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"demand\.thta.*demand\.theta"):
        heatmap.heat(plane(PLANE)["capability_gap"], QUOTA, "demand.thta")


@pytest.mark.parametrize(
    "values",
    [{(0.0, 1.0): [np.nan], (1.0, 2.0): [np.nan]}, {(0.0, 1.0): [1.0], (1.0, 2.0): [2.0]},
     {(0.0, 1.0): [1.0], (1.0, 1.0): [2.0]}, {(0.0, 1.0): [0.0], (0.5, 2.0): [0.0]}],
    ids=["all NaN", "holes", "one row", "all the same"],
)  # fmt: skip
def test_odd_inputs_give_a_figure(values: dict[tuple[float, float], list[float]]) -> None:
    ensemble = plane(values)
    if THETA not in ensemble.factors:
        ensemble.data.coords[THETA] = ("run", np.ones(len(ensemble)))
    assert theme.render(heatmap.heat(ensemble["capability_gap"], QUOTA, THETA, threshold=1.5), "png")


def test_no_runs_give_a_figure() -> None:
    empty = plane(PLANE).where(seed=[])["capability_gap"]
    assert theme.render(heatmap.heat(empty, QUOTA, THETA), "png")
