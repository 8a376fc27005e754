"""Ensembles of parameters: a seed takes one draw, seeds in a row stand for the whole, wrong tables are refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w

import abm
from abm.cli.options import planned
from abm.foundation.errors import InputError
from abm.foundation.parameters import declarations
from abm.results import draws
from abm.runs.scenario import Scenario
from abm.sweeps.design import design
from abm.sweeps.plan import Plan
from abm.sweeps.replay import replay
from abm.sweeps.store import Store

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


OWN: dict[str, dict[str, Any]] = {
    "nothing of its own": {},
    "set": {"set": {"grey.leak": 0.25}},
    "varied": {"factorial": {"grey.leak": [0.25, 0.26]}},
    "told": {"points": {"grey.leak": [0.25, 0.26, 0.27]}},
    "sampled": {"sample": {"n": 3, "ranges": {"grey.leak": [0.25, 0.27]}}},
}


@pytest.mark.parametrize("own", OWN.values(), ids=OWN)
def test_a_sweep_pairs_draws_over_regimes_and_what_it_says_itself_goes_first(table: str, own: dict[str, Any]) -> None:
    plan = design(SPEC | {"ensemble": table} | own)
    made = [plan.scenario(run) for run in range(len(plan))]
    for seed in range(6):
        some = [one.parameters for one, case in zip(made, plan.cases, strict=True) if case.seed == seed]
        drawn = draws.draw_of(table, seed)
        assert {one.innovation.lag_months for one in some} == {drawn["innovation.lag_months"]}, "alike in every regime"
        leaks = {one.grey.leak for one in some}
        assert leaks == {drawn["grey.leak"]} if not own else all(0.25 <= leak <= 0.27 for leak in leaks)
    assert "innovation.lag_months" not in plan.cases[0].factors, "what goes with the seed is no factor"
    assert len({case.key for case in plan.cases}) == len(plan)
    again = Plan.from_bytes(plan.to_bytes())
    assert [again.scenario(run).key for run in range(len(plan))] == [case.key for case in plan.cases]


def test_comparisons_and_sweeps_draw_where_nothing_is_said_and_one_run_does_not() -> None:
    def leaks(regimes: list[Any]) -> list[float]:
        return [one.parameters.grey.leak for one in regimes]

    usual, default = draws.draw_of("calibrated", 0)["grey.leak"], declarations()["grey.leak"].default
    plans = [design(SPEC | {"seeds": 1} | more) for more in ({}, {"ensemble": "none"})]
    assert [leaks([plan.scenario(0), plan.scenario(1)]) for plan in plans] == [[usual] * 2, [default] * 2]
    changed = plans[0].differences(plans[1])
    assert changed == ["the ensemble of parameters: calibrated then, none now"]
    drawn = abm.compare(["history", "no_controls"], seeds=1, until="2022-01")
    plain = abm.compare(["history", "no_controls"], seeds=1, until="2022-01", ensemble="none")
    one = abm.run("history", seeds=1, until="2022-01")
    given = [drawn.ensemble, plain.ensemble, one]
    found = [leaks([Scenario.from_dict(row) for row in runs.scenarios]) for runs in given]
    assert found == [[usual] * 2, [default] * 2, [default]]
    assert not drawn.ensemble.factors
    assert "parameters: 1 of the " in drawn.table()
    assert all("parameters: the defaults" in shown.table() for shown in (plain, one))


def test_what_was_drawn_is_kept_with_the_runs(table: str, tmp_path: Path) -> None:
    runs = abm.compare(["history", "no_controls"], seeds=2, until="2022-01", ensemble=table).ensemble
    runs.save(tmp_path / "r")
    back = abm.load(tmp_path / "r")
    assert back.drawn == runs.drawn
    assert back.drawn
    assert back.drawn.of(1) == draws.draw_of(table, 1)
    assert "2 of the 3 draws" in back.where(seed=[0, 1]).table()
    assert "1 of the 3 draws" in back.where(seed=0).table()


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


def test_a_stored_sweep_goes_on_and_replays_with_what_its_seeds_drew(table: str, tmp_path: Path) -> None:
    spec = SPEC | {"seeds": 1, "ensemble": table, "until": "2022-01"}
    how: dict[str, Any] = {"out": tmp_path / "s", "serial": True, "progress": False}
    assert abm.sweep(spec, **how).drawn
    runs = abm.sweep(spec | {"seeds": 2}, **how)
    assert runs.drawn
    assert runs.drawn.of(1) == draws.draw_of(table, 1)
    assert not runs.factors
    assert abm.load(tmp_path / "s").drawn == runs.drawn
    with Store.open(tmp_path / "s") as store:
        assert replay(store, 3).same
    with pytest.raises(InputError, match=r"the ensemble of parameters: .* then, none now"):
        abm.sweep(spec | {"seeds": 2, "ensemble": "none"}, **how)


def test_an_unknown_ensemble_is_named() -> None:
    for wrong in ("calibratd", "", "x" * 5000):
        with pytest.raises(InputError, match="no ensemble") as caught:
            design(SPEC | {"ensemble": wrong})
        assert "calibrated" in str(caught.value)
        assert len(str(caught.value)) < 500
