"""Exposure of a toy whose shares are known: grades get theirs, and the input that carries most is the next fact."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.analysis.exposure import SCALED, Exposure, dated, exposure, graded, whole_groups
from abm.analysis.outcomes import Swept
from abm.analysis.sensitivity import arranged
from abm.foundation.errors import InputError
from abm.foundation.parameters import declarations
from abm.results.ensemble import Ensemble
from abm.sweeps.spec import Spec

WEIGHTS = {"hbm.cxmt_scale": 3.0, "compute.mfu_us": 2.0, "vendors.rd_share": 1.0, "hbm.world_scale": 1.0}
SPEC = f"""
name = "toy"
title = "What the toy rests on"
regimes = ["hold_firm"]
seeds = 2
until = "2026-12"
keep = ["china_compute", "cxmt_output"]
[sample]
method = "sobol"
by = "grade"
n = 256
parameters = [{", ".join(f'"{name}"' for name in [*WEIGHTS, "domestic.node_nm"])}]
"""
NOISE = 0.5


def swept(spec: Spec) -> Swept:
    """Runs of a sum of inputs on the unit interval with noise of a given size."""
    assert spec.sample is not None
    design, draws = arranged(spec.sample), np.random.default_rng(2)
    spans = {one.name: (float(one.options[0]), float(one.options[-1])) for one in design.dimensions}
    tables, runs = [], []
    for seed in range(2):
        points = design.points
        values = NOISE * draws.normal(size=len(points))
        for name, weight in WEIGHTS.items():
            low, high = spans[name]
            values += weight * (points[name].to_numpy(dtype=float) - low) / (high - low)
        number = np.arange(len(points)) + seed * len(points)
        runs.append(points.assign(run=number, regime="hold_firm", seed=seed, key=number.astype(str)))
        tables.append(
            pd.DataFrame({"run": number, "month": "2026-12", "china_compute": 1e6 * values, "cxmt_output": 1.0})
        )
    return Swept(spec, Ensemble(pd.concat(tables), pd.concat(runs, ignore_index=True).infer_objects()), 1.0)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Exposure:
    file = tmp_path_factory.mktemp("toy") / "toy.toml"
    file.write_text(SPEC)
    return exposure(swept(graded(file)))


def test_each_grade_has_the_share_of_its_inputs(found: Exposure) -> None:
    table = found.graded.found[0].known.table
    signal, noise = sum(w**2 for w in WEIGHTS.values()) / 12, NOISE**2
    for grade in found.grades:
        true = sum(w**2 / 12 for name, w in WEIGHTS.items() if declarations()[name].grade == grade)
        for measure in ("first", "total"):
            slack = 0.06 if measure == "first" else 0.06 + noise / 2 / signal
            assert table.loc[grade, measure] == pytest.approx(true / (signal + noise / 2), abs=slack)
    assert found.graded.found[0].known.chance[0] == pytest.approx(noise / (signal + noise), abs=0.03)


def test_the_next_fact_is_the_input_that_carries_most(found: Exposure) -> None:
    facts = found.facts
    assert list(facts.index[:2]) == ["hbm.cxmt_scale", "compute.mfu_us"]
    assert facts["share"].iloc[0] == pytest.approx(9 / 15, abs=0.15)
    assert facts["clear"].tolist() == [1, 1, *facts["clear"].iloc[2:]]
    assert whole_groups(["hbm.cxmt_scale", *(one for one in declarations() if one.startswith("grey."))]) == [
        "hbm.cxmt_scale",
        "grey.*",
    ]
    assert facts["grade"].iloc[0] == declarations()["hbm.cxmt_scale"].grade
    title = found.graded.found[0].title
    assert found.ranked[title][0]["share"]["domestic.node_nm"] < found.ranked[title][1] + 0.02


def test_the_page_says_what_is_varied_and_what_is_not(found: Exposure) -> None:
    page = found.page("abm exposure toy.toml", ["a.png", "b.png"])
    assert "| `cxmt_wafers` | 2 assumed | `hbm.cxmt_scale` (assumed) |" in page
    assert "| `packages` |" in page
    assert "not varied" in page
    assert f"5 of {len(declarations())} declared parameters are drawn" in page
    assert "no indices: the outcome is the same at every point" in page
    row = next(line for line in page.splitlines() if line.startswith("| `hbm.cxmt_scale` |"))
    assert declarations()["hbm.cxmt_scale"].help in row
    assert (
        len({line.count("|") for line in page.split("## Hold firm")[1].split("##")[0].splitlines() if "|" in line}) == 1
    )
    assert len(found.charts()) == 2
    assert "hbm.cxmt_scale" in found.table(100)
    assert set(found.data.columns) >= {"grade", "total", "input", "share"}


def test_dated_inputs_that_are_scaled_are_there_and_so_are_their_parameters() -> None:
    assert set(SCALED) <= set(dated())
    assert {one for names in SCALED.values() for one in names} <= set(declarations())


def test_any_sample_becomes_one_by_grade(tmp_path: Path) -> None:
    file = tmp_path / "toy.toml"
    file.write_text(SPEC.replace('method = "sobol"\nby = "grade"\n', ""))
    spec = graded(file, 8)
    assert spec.name == "toy-exposure"
    assert spec.sample is not None
    assert (spec.sample.by, spec.sample.n) == ("grade", 8)
    file.write_text(SPEC.replace("[sample]", "[factorial]\n'trade.lead_months' = [1, 2]\n[sample]"))
    with pytest.raises(InputError, match="in \\[sample\\] alone"):
        graded(file)
