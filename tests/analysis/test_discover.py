"""Discovery: a planted failure is found by PRIM and tree, policies are compared, and bad questions refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.analysis.discern import tree
from abm.analysis.discover import Discovery, discover, study
from abm.analysis.futures import Futures, front, futures
from abm.analysis.outcomes import Swept
from abm.foundation.errors import InputError
from abm.results.ensemble import Ensemble
from abm.sweeps.design import design
from abm.sweeps.spec import Discover, Spec

SPEC = """
name = "asked"
title = "When licences fail"
regimes = ["hold_firm", "limited_licensing", "full_relaxation"]
seeds = 1
ensemble = "none"
until = "2026-12"
keep = ["security_index", "vendor_china_revenue_net", "capability_gap"]
[discover]
regime = "limited_licensing"
base = "hold_firm"
aims = [{ metric = "security_index", least = -0.1 }, { metric = "vendor_china_revenue_net", least = 1e9 }]
[sample]
n = 160
parameters = ["demand.theta", "hbm.cxmt_scale", "budget.latent", "grey.detect", "trade.mechanism"]
"""


def asked(folder: Path, old: str = "", new: str = "") -> Path:
    file = folder / "asked.toml"
    assert old in SPEC
    file.write_text(SPEC.replace(old, new, 1) if old else SPEC)
    return file


def made(spec: Spec, fails: bool = True) -> Swept:
    """Limited licensing fails where theta is high and CXMT makes much; full relaxation sells most and costs most."""
    plan, wide, runs = design(spec), [], []
    for case in plan.cases:
        both = fails and case.factors["demand.theta"] > 2.3 and case.factors["hbm.cxmt_scale"] > 0.9
        security, revenue = {"hold_firm": (0, 0), "limited_licensing": (-0.3, 1e8) if both else (0.05, 2e9)}.get(
            case.regime, (-0.2, 5e9)
        )
        runs.append({"run": case.run, "regime": case.regime, "seed": case.seed, "key": case.key, **case.factors})
        for month in ("2026-11", "2026-12"):
            row = {
                "security_index": 1 + security,
                "vendor_china_revenue_net[Nvidia]": revenue / 2,
                "capability_gap": 8.0,
            }
            wide.append({"run": case.run, "month": month, **row})
    return Swept(spec, Ensemble(pd.DataFrame(wide), pd.DataFrame(runs)), 1.0)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Discovery:
    return discover(made(study(asked(tmp_path_factory.mktemp("asked")))))


def test_a_planted_failure_is_found(found: Discovery) -> None:
    assert found.found is not None
    inputs = found.futures.inputs
    np.testing.assert_array_equal(
        found.futures.fails, (inputs["demand.theta"] > 2.3) & (inputs["hbm.cxmt_scale"] > 0.9)
    )
    assert set(found.found.box.limits) == {"demand.theta", "hbm.cxmt_scale"}
    assert found.found.recurrence[["demand.theta", "hbm.cxmt_scale"]].min() > 0.9
    assert max(found.found.chance.values()) < 0.01
    assert found.found.accuracy > 0.9
    where, _, share = found.found.rules[0]
    assert share > 0.9
    assert "`demand.theta` above 2.3" in where
    assert "`hbm.cxmt_scale` above 0." in where


def test_policies_are_compared_over_the_same_futures(found: Discovery) -> None:
    table, share = found.futures.policies, found.futures.fails.mean()
    assert table.loc["limited_licensing", "meets_all"] == pytest.approx(1 - share)
    assert table.loc["hold_firm", ["meets_0", "meets_1"]].tolist() == [1, 0]
    assert table.loc["full_relaxation", ["meets_0", "meets_1"]].tolist() == [0, 1]
    assert table.loc["full_relaxation", "unbeaten"] == 1, "it sells most everywhere"
    assert table.loc["hold_firm", "unbeaten"] == pytest.approx(share), "licences beat it wherever they do not fail"
    assert table.loc["full_relaxation", "regret_0"] == pytest.approx(0.25)
    assert table.loc["hold_firm", "regret_1"] == pytest.approx(5e9)
    assert table.loc["full_relaxation", "front"]


def test_the_page_says_question_and_answer(found: Discovery) -> None:
    page = found.page("abm discover asked.toml", ["a.png", "b.png"])
    assert f"in {int(found.futures.fails.sum())} of 160 futures" in page
    assert "**Limited licensing less hold firm: " in page
    question = "Security index falls by more than 0.1 and Net revenue in China rises by less than 1 billion USD"
    assert question in " ".join(page.split())
    assert "| at least 2.3" in page
    assert "may be relied on: `" in page
    assert "(drawn from" in page
    assert "| Limited licensing |" in page
    assert len(found.charts()) == 2
    assert found.data["fails"].sum() == found.futures.fails.sum()
    assert "coverage" in found.table(100)


def test_a_policy_that_never_fails_is_told(tmp_path: Path) -> None:
    never = discover(made(study(asked(tmp_path)), fails=False))
    assert never.found is None
    assert "None of 160 points are cases" in never.page("abm discover", ["b.png"])
    assert len(never.charts()) == 1


def test_what_is_better_low_is_turned_round(tmp_path: Path) -> None:
    path = asked(tmp_path, 'metric = "security_index", least', 'metric = "security_index", better = "low", least')
    table = futures(made(study(path))).policies
    assert table.loc["full_relaxation", "meets_0"] == 1
    assert table.loc["full_relaxation", "mean_0"] == pytest.approx(0.2)


def test_futures_are_draws_of_an_ensemble_and_of_what_it_does_not_hold(tmp_path: Path) -> None:
    rows = ["draw,weight,demand.theta,grey.leak", "0,3,2.9,0.2", "1,1,1.5,0.3"]
    (tmp_path / "mine.csv").write_text("\n".join(rows) + "\n")
    path = asked(tmp_path, 'ensemble = "none"', 'ensemble = "mine.csv"')
    found = discover(made(study(path)))
    inputs = found.futures.inputs
    assert set(inputs) == {
        "demand.theta", "grey.leak", "hbm.cxmt_scale", "budget.latent", "grey.detect", "trade.mechanism"
    }  # fmt: skip
    assert (inputs["demand.theta"] == 2.9).mean() == pytest.approx(0.75, abs=0.02), "as often as the weight says"
    assert inputs["grey.leak"][inputs["demand.theta"] == 2.9].eq(0.2).all(), "a draw stays whole"
    assert inputs["hbm.cxmt_scale"].nunique() == 160
    assert found.futures.policies.loc["limited_licensing", "meets_all"] == pytest.approx(1 - found.futures.fails.mean())
    assert "drawn from the ensemble" in found.page("abm discover", ["a.png", "b.png"])
    assert set(study(path, ensemble="none").sample.parameters) > {"demand.theta"}  # type: ignore[union-attr]


def test_a_future_that_is_missing_is_noticed(tmp_path: Path) -> None:
    whole = made(study(asked(tmp_path), n=20))
    some = np.flatnonzero(~((whole.runs.runs["regime"] == "hold_firm").to_numpy() & (np.arange(len(whole.runs)) == 0)))
    with pytest.raises(InputError, match="1 of 20 results are missing"):
        futures(Swept(whole.spec, whole.runs.taken(some), 0.0))


def test_the_front_is_of_those_that_none_beats() -> None:
    means = np.array([[0.0, 0.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0], [0.0, 0.0]])
    assert front(means).tolist() == [True, True, True, False, True]


def test_choices_are_split_by_value() -> None:
    inputs = pd.DataFrame({"x.way": ["long", "short", "none"] * 40, "x.b": np.arange(120.0) % 7})
    rules, accuracy = tree(inputs, (inputs["x.way"] == "long").to_numpy())
    assert rules[0] == ("`x.way` is long", 40, 1.0)
    assert accuracy == 1.0


def test_regret_is_the_distance_to_the_best_in_each_future() -> None:
    aims = [{"metric": "security_index", "least": 0.0}, {"metric": "capability_gap", "least": 0.0}]
    question = Discover.model_validate({"regime": "b", "base": "a", "aims": aims})
    changes = {"a": np.zeros((3, 2)), "b": np.array([[1.0, -1.0], [2.0, -1.0], [-3.0, -1.0]])}
    table = Futures(pd.DataFrame({"x.a": [1, 2, 3]}), changes, question).policies
    assert table.loc["a", ["regret_0", "regret_1"]].tolist() == [1.0, 0.0]
    assert table.loc["b", ["regret_0", "regret_1"]].tolist() == [0.0, 1.0]
    assert table.loc["b", "meets_all"] == 0


BAD = [
    ("[discover]\n", "[discovery]\n", "unknown key 'discovery'; did you mean 'discover'?"),
    (SPEC[SPEC.index("[discover]") : SPEC.index("[sample]")], "", "[discover] is missing"),
    ('regime = "limited_licensing"', 'regime = "limited_licencing"', "did you mean 'limited_licensing'"),
    ('base = "hold_firm"', 'base = "limited_licensing"', "the base is another regime"),
    ('metric = "security_index"', 'metric = "commerce_index"', "'commerce_index': not in keep"),
    ("least = -0.1", "least = nan", "finite"),
    ("least = -0.1", "lest = -0.1", "lest"),
    (', { metric = "vendor_china_revenue_net", least = 1e9 }', "", "aims"),
    ("[sample]", '[sample]\nmethod = "sobol"', "method = 'latin_hypercube'"),
    ('ensemble = "none"', 'ensemble = "calibratd"', "did you mean 'calibrated'"),
    (
        SPEC[SPEC.index('ensemble = "none"') :],
        SPEC[SPEC.index('ensemble = "none"') :]
        .replace("none", "calibrated")
        .replace(SPEC[SPEC.index('"hbm.cxmt_scale"') :], '"grey.leak"]\n'),
        "does not hold is wanted",
    ),
]


@pytest.mark.parametrize("old, new, words", BAD)
def test_questions_that_cannot_be_asked_are_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        study(asked(tmp_path, old, new))
    assert words in str(caught.value)
    assert len(str(caught.value)) < 2000
