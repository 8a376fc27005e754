"""HBM over time: what is drawn is the data that ships, on one scale a row, with the acts on memory marked."""

import re

import numpy as np
import pytest

from abm.figures import hbm, marks, theme
from abm.figures.marks import Act
from abm.foundation.errors import InputError
from abm.law.regime import load_regime
from abm.results.ensemble import Ensemble
from tests.figures import synthetic

WIDTHS = ("column", "page")
TWO = ("hold_firm", "hbm_relief")


def drawn(chart: theme.Chart, name: str) -> list[np.ndarray]:
    """Medians in a panel, which are thick."""
    (ax,) = [one for one in chart.axes if one.get_label() == name]
    return [np.asarray(line.get_ydata()) for line in ax.lines if line.get_lw() == 1.5]


@pytest.mark.parametrize("width", WIDTHS)
def test_each_panel_holds_the_median_that_ships(width: theme.Width) -> None:
    ensemble = synthetic.ensemble(12, TWO)
    chart = hbm.stacks(ensemble, width=width)
    assert [ax.get_label() for ax in chart.axes] == [f"{name}: {one}" for one in hbm.METRICS for name in TWO]
    (line,) = drawn(chart, "hbm_relief: hbm_stockpile")
    data = chart.data[(chart.data["regime"] == "hbm_relief") & (chart.data["metric"] == "hbm_stockpile")]
    assert line.tolist() == data["median"].tolist()
    assert line == pytest.approx(ensemble["hbm_stockpile"].median()["hbm_relief"].to_numpy() / 1e6)
    assert data["unit"].unique() == ["million stacks"]


def test_a_row_has_one_scale_and_a_column_one_regime() -> None:
    chart = hbm.stacks(synthetic.ensemble(2, TWO))
    panels = {ax.get_label(): ax for ax in chart.axes}
    for metric in hbm.METRICS:
        assert panels[f"hold_firm: {metric}"].get_ylim() == panels[f"hbm_relief: {metric}"].get_ylim()
    heads = {text.get_text() for text in panels["hbm_relief: hbm_stockpile"].texts}
    assert "HBM relief" in heads
    first = {text.get_text() for text in panels["hold_firm: cxmt_output"].texts}
    assert {"Made by CXMT", "million stacks a month"} <= first


@pytest.mark.parametrize(("runs", "bands", "words"), [(4, 0, "single runs"), (12, 1, "middle half")])
def test_bands_follow_the_number_of_runs(runs: int, bands: int, words: str) -> None:
    chart = hbm.stacks(synthetic.ensemble(runs, TWO))
    assert "low" in chart.data.columns if bands else "seed 3" in chart.data.columns
    assert words in synthetic.words_of(chart)
    assert f"n\u00a0=\u00a0{runs} runs for each regime" in synthetic.words_of(chart)


def test_many_regimes_keep_their_bands_for_each_has_its_panel() -> None:
    chart = hbm.stacks(synthetic.ensemble(12))
    assert len(chart.axes) == 3 * len(synthetic.REGIMES)
    assert all(len(ax.collections) == 1 for ax in chart.axes)
    bottoms = [round(ax.get_position().y0, 6) for ax in chart.axes]
    assert len(set(bottoms)) == 6  # two blocks of three regimes, three rows each


def test_acts_are_lines_in_every_panel_and_labels_over_the_first() -> None:
    acts = {"hold_firm": [Act(2025.0, "HBM rule")], "hbm_relief": [Act(2027.0, "HBM relief now")]}
    chart = hbm.stacks(synthetic.ensemble(2, TWO), acts)
    for ax in chart.axes:
        when = 2025.0 if "hold_firm" in ax.get_label() else 2027.0
        label = "HBM rule" if "hold_firm" in ax.get_label() else "HBM relief now"
        rules = [line for line in ax.lines if list(line.get_xdata()) == [when, when]]
        labels = [text for text in ax.texts if text.get_text().strip() == label and text.xy[0] == when]
        first = ax.get_label().endswith("hbm_stockpile")
        assert (len(rules), len(labels)) == ((0, 1) if first else (1, 0))


def test_one_regime_stands_in_the_title_and_history_ends_is_marked() -> None:
    chart = hbm.stacks(synthetic.ensemble(2, ["hbm_relief"]))
    title = chart.texts[0].get_text().replace("\n", " ")
    assert re.fullmatch(r"Foreign HBM for China after \w+ \d+, [a-z ]+: [\d.,]+ under HBM relief", title), title
    assert "history ends" in {text.get_text().strip() for text in chart.axes[0].texts}
    assert hbm.stacks(synthetic.ensemble(2, TWO), title="Mine").texts[0].get_text() == "Mine"


def test_acts_on_memory_are_those_that_set_it_and_their_leaks() -> None:
    found = marks.acts_on_memory(load_regime("hbm_relief").to_dict()["acts"])
    assert [act.label for act in found] == ["HBM relief", "HBM rule", "HBM rule leaked"]
    leak, rule = found[2], found[1]
    assert 2024.5 < leak.when < 2024.7 < rule.when < 2025
    assert (
        marks.acts_on_memory([{"name": "us-h20-letter", "effective": "2025-04-15", "sets": {"letter.link_min": 1}}])
        == []
    )
    assert marks.acts_on_memory([]) == []


def partly(name: str) -> Ensemble:
    """An ensemble that holds one of the metrics."""
    return synthetic.plain(np.ones((2, 5)), name=name)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "ensemble",
    [synthetic.empty(), synthetic.plain([[1.0, 2.0]]), partly("cxmt_output"), synthetic.ensemble(1, ["history"]),
     synthetic.plain(np.full((3, 4), np.nan), name="hbm_stockpile"), synthetic.plain([[1.0]], name="hbm_to_china"),
     synthetic.plain([[1.0, np.nan, 2.0]], name="hbm_stockpile"),
     synthetic.plain(np.zeros((12, 3)), name="cxmt_output")],
    ids=["no runs", "no such metric", "one metric", "one run", "all NaN", "one month", "a gap", "zeros"],
)  # fmt: skip
def test_odd_inputs_give_a_figure(ensemble: Ensemble, width: theme.Width) -> None:
    assert theme.render(hbm.stacks(ensemble, width=width), "png")


def test_nothing_to_show_is_said() -> None:
    chart = hbm.stacks(synthetic.empty())
    assert "no data to show" in {text.get_text() for text in chart.axes[0].texts}


def test_an_unknown_regime_is_refused() -> None:
    with pytest.raises(InputError, match="hbm_relief"):
        hbm.stacks(synthetic.ensemble(1, TWO), regimes=["hbm_releif"])
