"""What a difference turns on: an input that decides is found, chance is told, and flips stand where they are."""

import numpy as np
import pandas as pd
import pytest

from abm.analysis import decide
from abm.analysis.outcomes import columns_of
from abm.ensembles import NONE
from abm.results.ensemble import Ensemble
from abm.sweeps.spec import Spec

INPUTS = ("hbm.cxmt_scale", "domestic.smic_scale", "demand.theta", "trade.lead_months")


def spec(**more: object) -> Spec:
    return Spec.model_validate({
        "name": "x", "title": "X", "regimes": ["hold_firm", "hbm_relief"], "seeds": 1, "until": "2030-12",
        "keep": ["china_compute", "hbm_maker_china_revenue"], "sample": {"n": 4, "parameters": list(INPUTS)},
        "ensemble": NONE, **more,
    })  # fmt: skip


def synthetic(points: list[dict[str, float]], worth: list[float], seeds: int = 1) -> Ensemble:
    """Runs of both regimes at some points: a level of 100, and what relief adds."""
    months = np.arange("2030-01", "2031-01", dtype="datetime64[M]").astype(str)
    wide, runs = [], []
    for seed in range(seeds):
        for point, more in zip(points, worth, strict=True):
            for regime, level in (("hold_firm", 100.0), ("hbm_relief", 100.0 + more)):
                run = len(runs)
                runs.append({"run": run, "regime": regime, "seed": seed, "key": str(run), **point})
                rows = {"china_compute": level + 0.01 * seed, "hbm_maker_china_revenue[Samsung]": level / 12}
                wide += [{"run": run, "month": month, **rows} for month in months]
    return Ensemble(pd.DataFrame(wide), pd.DataFrame(runs))


@pytest.fixture
def sampled() -> Ensemble:
    draws = np.random.default_rng(1)
    points = [dict(zip(INPUTS, draws.random(len(INPUTS)), strict=True)) for _ in range(90)]
    return synthetic(points, [20 - 30 * one["hbm.cxmt_scale"] + 5 * one["demand.theta"] for one in points])


def test_the_input_that_decides_comes_first(sampled: Ensemble) -> None:
    pairs = decide.pairs_of(sampled, spec(), "china_compute")
    table, chance = decide.shares(decide.inputs_of(sampled, spec()), pairs.differences)
    assert table.index[0] == "hbm.cxmt_scale"
    assert table["share"].iloc[0] > 0.6
    assert table["rank"].iloc[0] < -0.8
    assert chance < 0.2
    assert set(pairs.signs) == {-1, 1} or set(pairs.signs) == {-1, 0, 1}


def test_flows_are_summed_over_the_last_year_and_makers_added(sampled: Ensemble) -> None:
    assert columns_of(spec()) == ["china_compute", "hbm_maker_china_revenue[*]"]
    stock = decide.pairs_of(sampled, spec(), "china_compute")
    flow = decide.pairs_of(sampled, spec(), "hbm_maker_china_revenue[*]")
    assert flow.months == 12
    assert np.allclose(flow.differences, stock.differences)


def test_choices_have_a_share_and_no_direction() -> None:
    choices = pd.DataFrame({"a.choice": ["x", "y"] * 20, "a.other": np.arange(40.0)})
    table, _ = decide.shares(choices, np.array([1.0, 2.0] * 20) + 0.01 * np.arange(40))
    assert table.index[0] == "a.choice"
    assert np.isnan(table["rank"].iloc[0])


def test_an_input_is_varied_over_its_range_with_its_default() -> None:
    asked = decide.along(spec(), "hbm.cxmt_scale")
    values = asked["factorial"]["hbm.cxmt_scale"]
    assert 1.0 in values
    assert values == sorted(values)
    assert asked["ensemble"] == spec().ensemble == NONE, "the others stand at their defaults"
    whole = decide.along(spec(), "trade.lead_months")["factorial"]["trade.lead_months"]
    assert all(isinstance(one, int) for one in whole)


def test_flips_stand_where_the_difference_stops_being_worth_a_word() -> None:
    """A hundredth of 100 counts: worth 4, 2, 0, -2 at 0 to 3 ends at 1.5 and is the other sign from 2.5 on."""
    points = [{"hbm.cxmt_scale": float(value)} for value in range(4)]
    found = decide.course(synthetic(points, [4.0, 2.0, 0.0, -2.0], 2), spec(), "hbm.cxmt_scale", "china_compute")
    assert [(one, two) for _, one, two in found.flips] == [(1, 0), (0, -1)]
    assert [at for at, _, _ in found.flips] == pytest.approx([1.5, 2.5], abs=0.02)


def test_the_page_and_the_figure(sampled: Ensemble, tmp_path) -> None:
    points = [{"hbm.cxmt_scale": value} for value in (0.4, 1.0, 1.4)]
    courses = {"hbm.cxmt_scale": synthetic(points, [20.0, 5.0, -5.0], 2)}
    found = decide.Decided(spec(), sampled, courses)
    page = found.page("figures/x.png")
    assert "![X](figures/x.png)" in page
    assert "up to down at 1.2" in page
    found.draw(tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 10_000
    assert "CXMT's wafers" in (tmp_path / "x.csv").read_text()
