"""Ensembles of parameters: a seed takes one draw, seeds in a row stand for the whole, wrong tables are refused."""

from pathlib import Path

import numpy as np
import pytest
import tomli_w

import abm
from abm.cli.options import planned
from abm.foundation.errors import InputError
from abm.results import draws
from abm.runs.scenario import Scenario
from abm.sweeps.design import design

TABLE = "draw,weight,grey.leak,innovation.lag_months\n0,0.5,0.1,2\n1,0.3,0.2,3\n2,0.2,0.3,9\n"
SPEC = {"name": "x", "regimes": ["history", "no_controls"], "seeds": 6, "keep": ["china_compute"], "until": "2022-02"}


@pytest.fixture
def table(tmp_path: Path) -> str:
    (tmp_path / "mine.csv").write_text("\ufeff" + TABLE, encoding="utf-8")
    return str(tmp_path / "mine.csv")


def test_any_seeds_in_a_row_stand_for_the_weights(table: str) -> None:
    for first in (0, 17, 1000):
        drawn = [draws.draw_of(table, seed)["grey.leak"] for seed in range(first, first + 50)]
        shares = [np.mean(np.isclose(drawn, value)) for value in (0.1, 0.2, 0.3)]
        assert shares == pytest.approx([0.5, 0.3, 0.2], abs=0.05)
    one = draws.draw_of(table, 3)
    assert isinstance(one["innovation.lag_months"], int)


def test_a_sweep_pairs_draws_over_regimes_and_its_own_settings_go_first(table: str) -> None:
    plan = design(SPEC | {"ensemble": table})
    by_seed: dict[int, set[tuple[object, ...]]] = {}
    for case in plan.cases:
        by_seed.setdefault(case.seed, set()).add(tuple(case.factors.items()))
    assert all(len(one) == 1 for one in by_seed.values())
    assert len(set.union(*by_seed.values())) == 3
    assert plan.scenario(0).parameters.grey.leak == plan.cases[0].factors["grey.leak"]
    own = design(SPEC | {"ensemble": table, "set": {"grey.leak": 0.25}, "factorial": {"demand.theta": [2.0, 2.5]}})
    assert {own.scenario(run).parameters.grey.leak for run in range(len(own))} == {0.25}
    assert own.factors == ("innovation.lag_months", "demand.theta")
    assert len({case.key for case in own.cases}) == len(own) == 24


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("grey.leak", "grey.leek", "grey.leek"),
        ("0.3,9", "7,9", "leak"),
        ("0.2,0.3", "-1,0.3", "weight"),
        ("draw,weight", "weight,draw", "columns draw, weight"),
        ("\n0,0.5,0.1,2\n1,0.3,0.2,3\n2,0.2,0.3,9\n", "\n", "at least one row"),
        ("0.1,2", "much,2", "grey.leak"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    (tmp_path / "bad.csv").write_text(TABLE.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.csv") as caught:
        design(SPEC | {"ensemble": str(tmp_path / "bad.csv")})
    assert words in str(caught.value)


def test_the_ensemble_is_asked_for_in_all_ways_alike(table: str, tmp_path: Path) -> None:
    told = {"demand.theta": 2.1}
    one = abm.run("history", seeds=2, until="2022-02", ensemble=table, sets=told)
    both = abm.compare(["history", "no_controls"], seeds=2, until="2022-02", ensemble=table, sets=told).ensemble
    assert [Scenario.from_dict(row).parameters.grey.leak for row in one.scenarios] == [
        draws.draw_of(table, seed)["grey.leak"] for seed in (0, 1)
    ]
    assert set(one.data["key"].to_numpy()) <= set(both.data["key"].to_numpy())
    spec = SPEC | {"seeds": 2, "set": told}
    (tmp_path / "x.toml").write_text(tomli_w.dumps(spec), encoding="utf-8")
    plan, _ = planned(tmp_path / "x.toml", None, table)
    assert {case.key for case in plan.cases} == set(both.data["key"].to_numpy())


def test_an_unknown_ensemble_is_named() -> None:
    with pytest.raises(InputError, match="no ensemble 'calibratd'"):
        design(SPEC | {"ensemble": "calibratd"})
