"""Designs: which runs a specification gives, and what makes it refused."""

import contextlib
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.agents.labs import Labs
from abm.foundation.chance import seed_of
from abm.foundation.errors import InputError
from abm.law.regime import shipped
from abm.runs.scenario import Scenario
from abm.sweeps.design import design

GOOD: dict[str, Any] = {"name": "x", "regimes": ["history"], "seeds": 2, "keep": ["china_compute"]}
LEVERS = {
    "demand.theta": [1.5, 2.0, 3.0],
    "innovation.spillover": [0.1, 0.5],
    "law.licence.review_months@2026-12": [0, 3],
}


@settings(max_examples=15)
@given(
    st.lists(st.sampled_from(["history", "hold_firm", "hbm_relief"]), min_size=1, unique=True),
    st.dictionaries(st.sampled_from(list(LEVERS)), st.integers(1, 2), max_size=3),
    st.integers(1, 3),
    st.integers(0, 4),
)
def test_runs_are_the_product_of_regimes_factors_draws_and_seeds(
    regimes: list[str], counts: dict[str, int], seeds: int, n: int
) -> None:
    factorial = {name: LEVERS[name][:count] for name, count in counts.items()}
    sample = {"sample": {"n": n, "parameters": ["demand.lam"]}} if n else {}
    found = design(GOOD | {"regimes": regimes, "seeds": seeds, "factorial": factorial} | sample)
    points = max(n, 1)
    for values in factorial.values():
        points *= len(values)
    assert len(found) == len(found.cases) == len(regimes) * seeds * points
    assert [case.run for case in found.cases] == list(range(len(found)))
    shares = Counter((case.regime, case.seed) for case in found.cases)
    assert shares == {(regime, seed): points for regime in regimes for seed in range(seeds)}
    assert len({case.key for case in found.cases}) == len(found)


def test_points_are_taken_row_by_row_and_crossed_with_the_rest() -> None:
    points = {"grey.cost": [0.1, 0.2, 0.1], "trade.mechanism": ["pro_rata", "priority", "priority"]}
    found = design(GOOD | {"points": points, "factorial": {"demand.lam": [0.5, 0.6]}, "seeds": 1})
    rows = list(zip(*points.values(), strict=True))
    assert [tuple(case.factors[name] for name in points) for case in found.cases] == rows * 2
    assert design(tomllib.loads(found.text)).cases[:] == found.cases[:]


def test_every_regime_and_seed_has_the_same_points() -> None:
    found = design(
        GOOD | {"regimes": ["history", "hold_firm"], "seeds": 3, "sample": {"n": 5, "parameters": ["demand.*"]}}
    )
    points: dict[tuple[str, int], list[Any]] = {}
    for case in found.cases:
        points.setdefault((case.regime, case.seed), []).append(dict(case.factors))
    assert len(points) == 6
    assert all(one == points["history", 0] for one in points.values())


def test_runs_go_seed_by_seed_so_that_more_seeds_only_add_runs() -> None:
    few, many = (list(design(GOOD | {"regimes": ["history", "hold_firm"], "seeds": n}).cases) for n in (2, 4))
    assert many[: len(few)] == few
    assert [case.seed for case in many] == [0, 0, 1, 1, 2, 2, 3, 3]


def test_the_regimes_of_a_point_are_neighbours_so_that_they_share_their_past() -> None:
    body = GOOD | {"regimes": ["history", "hold_firm"], "seeds": 2, "factorial": {"demand.lam": [0.5, 0.6]}}
    cases = list(design(body).cases)
    assert [case.regime for case in cases] == ["history", "hold_firm"] * 4
    assert all(one.factors == two.factors for one, two in zip(cases[::2], cases[1::2], strict=True))


def test_a_key_is_the_scenario_s_and_does_not_depend_on_the_order_of_writing() -> None:
    plain = GOOD | {"ensemble": "none"}
    one = design(plain | {"factorial": {"demand.theta": [1.5, 2.0], "demand.lam": [0.5, 0.6]}})
    two = design(plain | {"factorial": {"demand.lam": [0.6, 0.5], "demand.theta": [2.0, 1.5]}})
    assert {case.key for case in one.cases} == {case.key for case in two.cases}
    case = one.cases[3]
    assert case.key == Scenario.of(case.regime, seed=case.seed, sets=dict(case.factors)).key
    assert one.task(3).key == case.key
    assert Scenario.from_dict(one.task(3).scenario).key == case.key


def test_settings_hold_in_every_run() -> None:
    found = design(GOOD | {"set": {"demand.theta": 2.5}, "factorial": {"demand.lam": [0.5, 0.6]}, "until": "2024-03"})
    for run in range(len(found)):
        scenario = found.scenario(run)
        assert scenario.parameters.demand.theta == 2.5
        assert scenario.until == "2024-03"
    assert found.terms.months == 27
    assert found.factors == ("demand.lam",)


def test_law_levers_take_effect_on_their_day() -> None:
    found = design(GOOD | {"factorial": {"law.licence.review_months@2026-12": [0, 3]}, "seeds": 1})
    laws = [found.scenario(run).regime for run in range(2)]
    assert [law.at("2026-12-01")["licence.review_months"] for law in laws] == [0, 3]
    assert len({law.at("2026-11-30")["licence.review_months"] for law in laws}) == 1


def test_a_regime_of_one_s_own_is_looked_for_beside_the_specification(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('name = "mine"\ntitle = "mine"\nbase = "history"\n')
    spec = tmp_path / "x.toml"
    spec.write_text('name = "x"\nregimes = ["mine.toml", "history"]\nseeds = 1\nkeep = ["china_compute"]\n')
    assert list(design(spec).regimes) == ["mine", "history"]
    assert set(design(spec).recipe["regimes"]) == {"mine", "history"}


def test_what_a_folder_remembers_names_code_data_and_metrics() -> None:
    found = design(GOOD).facts
    assert found["keep"] == ["china_compute"]
    assert len(found["code"]) >= 8
    assert len(found["data"]) >= 8


FAULTS: list[tuple[dict[str, Any], list[str]]] = [
    ({"regimes": ["histroy"]}, ["histroy", "did you mean 'history'"]),
    ({"regimes": ["history", "history"]}, ["'history' is there twice"]),
    ({"regimes": ["nowhere.toml"]}, ["nowhere.toml"]),
    ({"seeds": [1, 1]}, ["seeds"]),
    ({"seeds": []}, ["seeds"]),
    ({"until": "2031-13"}, ["until", "2031-13"]),
    ({"until": "2021-01"}, ["until", "2021-01"]),
    ({"keep": ["china_compte"]}, ["china_compte", "did you mean 'china_compute'"]),
    ({"keep": ["vendor_revenue[Nvidia"]}, ["vendor_revenue[Nvidia"]),
    ({"keep": ["china_compute", "china_compute"]}, ["'china_compute' is there twice"]),
    ({"set": {"demand.thta": 1}}, ["demand.thta", "did you mean 'demand.theta'"]),
    ({"set": {"demand.theta": 1000}}, ["demand.theta", "1000"]),
    ({"set": {"demand.theta": "high"}}, ["demand.theta", "'high'"]),
    ({"set": {"demand.theta": 2}, "factorial": {"demand.theta": [1.5]}}, ["demand.theta is set, varied or sampled"]),
    ({"factorial": {"demand.theta": []}}, ["demand.theta: has no values"]),
    ({"factorial": {"demand.theta": [1.5, 1.5]}}, ["the value 1.5 is there twice"]),
    ({"points": {"grey.cost": [0.1, 0.2], "grey.leak": [0.1]}}, ["as many values of each", "'grey.leak': 1"]),
    ({"points": {"grey.cost": []}}, ["at least one"]),
    ({"points": {"grey.cost": [0.1, 0.2, 0.1]}}, ["the row 1 is there twice"]),
    ({"points": {"grey.cost": [0.1, 7, 0.2]}}, ["[points]", "grey.cost", "7"]),
    ({"points": {"demand.theta": [2]}, "set": {"demand.theta": 2}}, ["demand.theta is set, varied or sampled"]),
    ({"factorial": {"law.hbm.quota_share": [0.1]}}, ["law.hbm.quota_share"]),
    ({"factorial": {"law.hbm.quota_shar@2026-11": [0.1]}}, ["hbm.quota_shar", "hbm.quota_share"]),
    ({"factorial": {"law.hbm.quota_share@2026-11": [0.1, 7]}}, ["hbm.quota_share", "7"]),
    ({"factorial": {"law.hbm.quota_share@2026-13": [0.1]}}, ["2026-13"]),
    (
        {"factorial": {"law.hbm.quota_share@2026-12": [0.1], "law.hbm.quota_share@2026-12-01": [0.2]}},
        ["set, varied or sampled twice"],
    ),
    ({"sample": {"n": 2, "parameters": ["nothing.*"]}}, ["nothing.*"]),
    ({"sample": {"n": 2, "ranges": {"demand.theta": [1, 1000]}}}, ["demand.theta", "1000"]),
    ({"sample": {"n": 2, "ranges": {"trade.mechanism": ["pro_rata", "lottery"]}}}, ["lottery"]),
    (
        {"factorial": {"law.hbm.quota_share@2026-11": [0, 0.1]}, "base": {"law.hbm.quota_share@2026-11": 0.2}},
        ["base", "0.2: one of 0, 0.1 is wanted"],
    ),
    (
        {"factorial": {"law.hbm.quota_share@2026-11": [0, 0.1]}, "base": {"regime": "history"}},
        ["base: 'law.hbm.quota_share@2026-11' is to be named too"],
    ),
    (
        {"criterion": [{"says": "x", "metric": "capability_gap", "way": "less", "start": {"regim": "history"}, "end": {
            "regime": "hold_firm"}, "when": "2031-01"}]},
        ["criterion 1: metric 'capability_gap' is not kept", "did you mean 'regime'", "one of history is wanted",
         "'2031-01' is after until"],
    ),
    ({"criterion": [{"says": "x", "way": "up"}]}, ["criterion", "way"]),
    ({"agents": {"labs": "nowhere:Labs"}}, ["nowhere"]),
    ({"agents": {"lob": "abm.agents.labs:Labs"}}, ["lob", "did you mean 'labs'"]),
    ({"seeds": 1_000_000, "regimes": list(shipped())}, ["runs"]),
    ({"factorial": {name: list(range(1, 60)) for name in ("trade.rounds", "a.b", "c.d", "e.f")}}, ["combinations"]),
]  # fmt: skip


@pytest.mark.parametrize("change, words", FAULTS, ids=range(len(FAULTS)))
def test_a_faulty_specification_is_refused_with_the_right_name(change: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        design(GOOD | change)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_all_faults_are_told_at_once_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(
        'name = "x"\nregimes = ["histroy"]\nseeds = 2\nuntil = "2099-01"\nkeep = ["china_compte"]\n'
        '[factorial]\ndemand.thta = [1]\n"law.hbm.quota_share@2026-11" = [7]\n'
    )
    with pytest.raises(InputError) as caught:
        design(path)
    text = str(caught.value)
    assert text.startswith(f"{path}:")
    assert all(word in text for word in ("histroy", "2099-01", "china_compte", "demand.thta", "quota_share"))


def test_a_law_setting_that_an_act_outranks_is_refused(tmp_path: Path) -> None:
    act = (
        'name = "mine"\ntitle = "mine"\nbase = "history"\n[[act]]\nname = "zz-later-name"\nby = "US"\n'
        'announced = "2027-03-01"\neffective = "2027-03-01"\nwhat = "x"\n[act.sets]\n"licence.review_months" = 2\n'
    )
    (tmp_path / "mine.toml").write_text(act)
    made = {"regimes": [str(tmp_path / "mine.toml")], "factorial": {"law.licence.review_months@2027-03": [1, 5]}}
    values = set()
    with contextlib.suppress(InputError):
        found = design(GOOD | made)
        values = {found.scenario(run).regime.at("2027-03-01")["licence.review_months"] for run in range(len(found))}
    assert values in (set(), {1, 5}), "either refused, or it counts"


FILES = sorted((Path(__file__).parents[2] / "experiments").glob("*.toml"))
EXPERIMENTS = [path for path in FILES if "regimes" in tomllib.loads(path.read_text())]  # the others hold cases


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_shipped_experiments_are_sound(path: Path) -> None:
    found = design(path)
    assert found.name == path.stem
    assert found.spec.question
    assert 5 <= len(found.spec.keep) <= 35


def test_the_example_in_the_experiments_readme_is_a_sound_specification() -> None:
    text = (Path(__file__).parents[2] / "experiments" / "README.md").read_text()
    example = text.split("```toml\n")[1].split("```")[0].replace("my_regime.toml", "hold_firm")
    found = design(tomllib.loads(example))
    assert len(found) == 2 * 20 * 2 * 2 * 3 * 100
    assert "innovation.spillover" in found.spec.sample.ranges


# --- regimes composed in the specification ---


def test_a_regime_may_be_made_of_another(tmp_path: Path) -> None:
    (tmp_path / "more.toml").write_text(
        '[[act]]\nname = "us-more"\nannounced = "2024-02"\neffective = "2024-03"\nby = "US"\n'
    )
    body = {
        "name": "x", "regimes": ["history", "early"], "seeds": 1, "keep": ["china_compute"],
        "compose": {
            "early": {"base": "history", "without": ["us-oct2023-nac"], "shift": {"us-hbm-rule": -6},
                      "before": "2026-01", "add": [str(tmp_path / "more.toml")]},
        },
    }  # fmt: skip
    made = design(body)
    early = made.regimes["early"]
    names = {act.name for act in early.acts}
    assert early.name == "early"
    assert "us-oct2023-nac" not in names
    assert "us-more" in names
    assert early.act("us-hbm-rule").announced == made.regimes["history"].act("us-hbm-rule").shifted(-6).announced
    (tmp_path / "x.toml").write_text(made.text)
    assert design(tmp_path / "x.toml").regimes == made.regimes


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ({"base": "history", "without": ["us-hbm-rul"]}, "did you mean 'us-hbm-rule'?"),
        ({"base": "histroy"}, "did you mean 'history'?"),
        ({"bse": "history"}, "unknown key 'compose.early.bse'"),
    ],
)
def test_a_composition_that_cannot_be_made_is_told(made: dict[str, Any], told: str) -> None:
    body = {"name": "x", "regimes": ["early"], "seeds": 1, "keep": ["china_compute"], "compose": {"early": made}}
    with pytest.raises(InputError) as fault:
        design(body)
    assert told in str(fault.value)


@pytest.mark.parametrize(
    ("asked", "seeds"),
    [(np.int64(2), [0, 1]), (np.arange(3, 5), [3, 4]), ([np.int64(7), 2], [7, 2]),
     (np.random.SeedSequence(1).spawn(2), [seed_of(one) for one in np.random.SeedSequence(1).spawn(2)])],
)  # fmt: skip
def test_seeds_of_numpy_are_whole_numbers_in_the_text_that_a_folder_keeps(asked: object, seeds: list[int]) -> None:
    plan = design(GOOD | {"seeds": asked})
    assert list(dict.fromkeys(case.seed for case in plan.cases)) == seeds
    assert design(plan.spec).cases[:] == plan.cases[:]


@pytest.mark.parametrize("asked", ["3", 1.5, [1, 1], [1.5], [True], True, -1, 2**63])
def test_what_is_no_seed_is_refused_by_name(asked: object) -> None:
    with pytest.raises(InputError, match="seeds"):
        design(GOOD | {"seeds": asked})


def test_a_class_is_written_by_its_import_path_or_refused() -> None:
    plan = design(GOOD | {"agents": {"labs": Labs}})
    assert plan.spec.agents == {"labs": "abm.agents.labs:Labs"}
    with pytest.raises(InputError, match=r"agents\.labs = .*: a class at the top of a module, written module:Class"):
        design(GOOD | {"agents": {"labs": type("Made", (Labs,), {})}})
