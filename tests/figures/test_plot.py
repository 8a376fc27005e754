"""One verb draws every kind of result."""

import pytest
from matplotlib.figure import Figure

import abm
from abm.figures.theme import Chart
from abm.foundation.errors import InputError
from abm.law.regime import load_regime
from abm.results.comparison import Comparison
from tests.figures import synthetic

ENSEMBLE = synthetic.ensemble(3, ["history", "hbm_relief"])
THINGS = {
    "outcome": (ENSEMBLE["china_compute"], ENSEMBLE["china_compute"].finding),
    "difference": (
        Comparison(ENSEMBLE)["china_compute"],
        "Chinese AI compute: +2.58 million H100e under HBM relief in December 2030, against history",
    ),
    "comparison": (Comparison(ENSEMBLE), "HBM relief changes Chinese AI compute: +33 %"),
}


@pytest.mark.parametrize("name", THINGS)
def test_each_result_has_its_figure(name: str) -> None:
    thing, title = THINGS[name]
    chart = abm.plot(thing)
    assert isinstance(chart, Chart)
    assert chart.texts[0].get_text().replace("\n", " ") == title
    assert abm.plot(thing, title="Mine", width="column").texts[0].get_text() == "Mine"


def test_a_metric_of_an_ensemble_or_run_and_the_law_of_a_day() -> None:
    chart = abm.plot(ENSEMBLE, "capability_gap")
    assert set(chart.data["metric"]) == {"capability_gap"}
    plain = abm.plot(synthetic.plain([[1.0] * 60], "history"), "china_compute")
    assert "HBM rule" in {text.get_text().strip() for text in plain.axes[0].texts}
    assert abm.plot(synthetic.run("history"), "capability_gap").data["month"].is_unique
    assert set(abm.plot(load_regime("history"), "2024-01").data["date"]) == {"2024-01"}


@pytest.mark.parametrize("name", ["outcome", "difference"])
def test_axes_that_are_given_are_drawn_into_and_returned(name: str) -> None:
    ax = Figure().add_subplot()
    assert abm.plot(THINGS[name][0], ax=ax) is ax
    assert ax.lines


def test_what_cannot_be_drawn_is_refused_with_what_can() -> None:
    with pytest.raises(InputError, match="cannot plot a str; can plot: Series, Difference, Answer, Comparison"):
        abm.plot("china_compute")
