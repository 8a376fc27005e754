"""Studies of sensitivity: what is asked, what a sweep of two regimes gives, and what a page says of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from abm.analysis.outcomes import Swept, outcomes
from abm.analysis.sensitivity import Sensitivity, arranged, sensitivity, study
from abm.foundation.errors import InputError
from abm.foundation.parameters import declarations
from abm.results import wording
from abm.results.ensemble import Ensemble
from abm.sweeps.spec import Spec

SPEC = """
name = "asked"
title = "What it turns on"
regimes = ["hold_firm", "hbm_relief"]
seeds = 2
until = "2026-12"
keep = ["china_compute", "hbm_maker_china_revenue", "cxmt_output"]
[sample]
method = "sobol"
n = 16
parameters = ["hbm.cxmt_scale", "budget.latent", "trade.mechanism"]
"""


def asked(folder: Path, old: str = "", new: str = "") -> Path:
    file = folder / "asked.toml"
    assert old in SPEC
    file.write_text(SPEC.replace(old, new) if old else SPEC)
    return file


def made(spec: Spec) -> Swept:
    """Runs as a sweep would leave them, shuffled: a level that budget moves, and a worth that CXMT's wafers take."""
    assert spec.sample is not None
    months = np.arange("2026-01", "2027-01", dtype="datetime64[M]").astype(str)
    draws, wide, runs = np.random.default_rng(1), [], []
    seeds = range(spec.seeds) if isinstance(spec.seeds, int) else spec.seeds
    for seed in seeds:
        for regime in spec.regimes:
            for point in arranged(spec.sample).points.to_dict("records"):
                worth = 5e5 * (2 - point["hbm.cxmt_scale"]) if regime == "hbm_relief" else 0.0
                level = 1e7 * (1 + point["budget.latent"]) + 2e5 * draws.normal()
                run = len(runs)
                runs.append({"run": run, "regime": regime, "seed": seed, "key": str(run), **point})
                row = {
                    "china_compute": level + worth,
                    "hbm_maker_china_revenue[Samsung]": level / 12,
                    "cxmt_output": 3.0,
                }
                wide += [{"run": run, "month": month, **row} for month in months]
    order = draws.permutation(len(runs))
    return Swept(spec, Ensemble(pd.DataFrame(wide), pd.DataFrame(runs).iloc[order]), 60.0)


def told(found: Sensitivity, title: str) -> Any:
    return next(one for one in found.found if one.title == title)


def test_differences_and_levels_have_their_own_indices(tmp_path: Path) -> None:
    found = sensitivity(made(study(asked(tmp_path))))
    worth = told(found, "Chinese AI compute, HBM relief less hold firm").indices
    level = told(found, "Chinese AI compute, Hold firm").indices
    assert worth.table.index[0] == "hbm.cxmt_scale"
    assert worth.table.index[-1] == "dummy"
    assert level.table.index[0] == "budget.latent"
    assert level.table.loc["budget.latent", "total"] > 0.9
    assert 0.5 < worth.chance[0] < 1 > level.chance[0], "single runs differ by noise in the worth, hardly in the level"
    assert worth.chance[1] < worth.chance[0]


def test_what_cannot_be_analysed_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    found = sensitivity(made(study(asked(tmp_path))))
    page = found.page("abm sensitivity asked.toml", ["a.png", "b.png"])
    assert "No indices: the outcome is the same at every point" in page
    assert "![What it turns on: HBM relief less hold firm](a.png)" in page
    assert "CXMT's wafers (`hbm.cxmt_scale`)" in page
    assert "(`trade.mechanism`)" in page
    assert "total from 8" in page
    assert "dummy: no effect, other draws" in page
    assert "HBM output of CXMT, Hold firm: the outcome is the same" in found.table(100)
    assert set(found.data["outcome"]) == {"china_compute", "hbm_maker_china_revenue[*]"}
    with pytest.raises(InputError, match="the same at every point"):
        sensitivity(made(study(asked(tmp_path, '"china_compute", "hbm_maker_china_revenue", '))))


@pytest.mark.parametrize("method", ["one_at_a_time", "morris"])
def test_another_method_makes_another_sweep(tmp_path: Path, method: str) -> None:
    spec = study(asked(tmp_path), method)
    assert spec.name == f"asked-{method}"
    found = sensitivity(made(spec))
    assert told(found, "Chinese AI compute, Hold firm").indices.table.index[0] == "budget.latent"
    page = found.page("abm sensitivity", ["a.png", "b.png"])
    assert "million H100e |" in page
    assert len(found.charts()) == 2


def test_one_regime_has_levels_alone_and_one_seed_no_dummy(tmp_path: Path) -> None:
    path = asked(tmp_path, 'regimes = ["hold_firm", "hbm_relief"]\nseeds = 2', 'regimes = ["hold_firm"]\nseeds = 1')
    found = sensitivity(made(study(path, n=8)))
    assert list(found.parts) == ["Hold firm"]
    page = found.page("abm sensitivity", ["a.png"])
    assert "nothing is known of chance" in page
    assert "dummy: no effect" not in page


def test_a_run_that_is_missing_is_noticed(tmp_path: Path) -> None:
    whole = made(study(asked(tmp_path)))
    rows = np.flatnonzero(whole.runs.runs["key"] != "7")
    short = Swept(whole.spec, whole.runs.taken(rows), 0.0)
    with pytest.raises(InputError, match=r"1 of .* results are missing"):
        sensitivity(short)


def test_flows_are_summed_over_the_year_and_makers_added(tmp_path: Path) -> None:
    whole = list(outcomes(made(study(asked(tmp_path)))))
    compute, revenue = (
        next(one for one in whole if one.column == name) for name in ("china_compute", "hbm_maker_china_revenue[*]")
    )
    assert (revenue.months, compute.months) == (12, 1)
    assert revenue.scale(3e6).label == "million USD a year"
    assert compute.scale(3e6).label == "million H100e"


REFUSED = [
    ("[sample]", "[other]", None, "unknown key 'other'"),
    (SPEC[SPEC.index("[sample]") :], "", None, "[sample] is missing"),
    (
        'method = "sobol"',
        "",
        None,
        "'latin_hypercube' is no design for indices; --method one_at_a_time|morris|sobol is",
    ),
    ("[sample]", "[factorial]\ntrade.lead_months = [1, 2]\n[sample]", None, "a study varies inputs in [sample] alone"),
    ('["hold_firm", ', '["hold_firm", "tighten", ', None, "regimes: 3; one is wanted, or two"),
    ("", "", "sobbol", "--method sobbol; did you mean 'sobol'?"),
]


@pytest.mark.parametrize("old, new, method, words", REFUSED)
def test_what_no_study_can_be_made_of_is_refused(
    tmp_path: Path, old: str, new: str, method: str | None, words: str
) -> None:
    with pytest.raises(InputError) as caught:
        study(asked(tmp_path, old, new), method)
    assert words in str(caught.value)


def test_regimes_beside_the_file_are_found_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('name = "mine"\ntitle = "Mine"\nbase = "history"\n')
    spec = study(asked(tmp_path, '"hbm_relief"', '"mine.toml"'))
    assert spec.regimes == ("hold_firm", str(tmp_path / "mine.toml"))


def test_inputs_are_named_in_words() -> None:
    assert wording.factor("hbm.cxmt_scale") == "CXMT's wafers"
    assert wording.factor("law.hbm.quota_share@2026-11") == "HBM: quota share, from November 2026"
    assert len({wording.factor(name) for name in declarations()}) == len(declarations()), "no two are told alike"
    assert wording.factor("dummy") == "Dummy"
