"""The figure of an answer: its finding as title, bars in steps, both intervals, and what they hold."""

import numpy as np
import pytest

import abm
from abm.figures import answer as drawing
from abm.figures import theme
from abm.foundation.errors import InputError
from abm.results.answer import Answer
from abm.results.comparison import Comparison
from abm.results.ensemble import Ensemble
from tests.figures import synthetic
from tests.figures.synthetic import words_of


def answers(seeds: int = 12, draws: bool = False) -> Answer:
    """HBM relief against holding firm, with a parameter drawn for each seed or not."""
    runs = [
        synthetic.run(regime, seed, {"demand.theta": 1.2 + 0.1 * seed} if draws else None)
        for regime in ("hold_firm", "hbm_relief")
        for seed in range(seeds)
    ]
    return abm.answer(Comparison(Ensemble(runs, units=synthetic.units(list(runs[0].columns))), "hold_firm"))


@pytest.mark.parametrize("width", ["column", "page"])
def test_the_title_is_the_finding_and_the_foot_says_what_the_intervals_hold(width: theme.Width) -> None:
    for draws in (False, True):
        found = answers(draws=draws)
        words = words_of(abm.plot(found, width=width))
        assert words.startswith(f"HBM relief {found.finding('hbm_relief', more=0, brief=True)}")
        assert ("chance alone: parameters were not varied" in words) != draws
        assert ("over 12 draws of parameters" in words) == draws == ("Thin: futures" in words)
        assert "n\xa0=\xa012 pairs" in words
        assert f"Source: chip-export-abm {abm.__version__}" in words


def test_bars_stand_in_order_of_steps_in_per_cent_of_the_base() -> None:
    found = answers()
    data = abm.plot(found).data
    bars = data[data["unit"] == "per cent of base"].drop_duplicates("metric")
    changes = {one.metric: one for one in found.changes}
    steps = [abs(changes[name].steps) for name in bars["metric"]]
    assert steps == sorted(steps, reverse=True)
    assert len(bars) <= drawing.BARS
    assert {"china_compute", "capability_gap", "cxmt_output"} <= set(bars["metric"])
    for name, low, high in bars[["metric", "low", "high"]].itertuples(index=False):
        ends = 100 * np.array(changes[name].chance) / abs(changes[name].base)
        assert (low, high) == pytest.approx(tuple(ends))


def test_the_courses_begin_in_the_year_in_which_they_part() -> None:
    data = abm.plot(answers()).data
    courses = data[data["unit"] == "million H100e"]
    assert courses["month"].min() == "2026-01"
    assert set(courses["regime"]) == {"hold_firm", "hbm_relief"}


def test_one_regime_of_several_is_named_and_nothing_that_moves_is_drawn_too() -> None:
    several = abm.answer(Comparison(synthetic.ensemble(3), "hold_firm"))
    with pytest.raises(InputError, match="one of history, no_controls"):
        abm.plot(several)
    assert theme.render(abm.plot(several, "full_relaxation"), "png")
    still = synthetic.ensemble(2, ["hold_firm", "hbm_relief"])
    still.data[:] = 1.0
    chart = abm.plot(abm.answer(Comparison(still, "hold_firm")))
    assert "makes no clear and material change" in words_of(chart)
