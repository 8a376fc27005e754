"""Mesa's own tools on the model: batch runs, agent sets, collectors, and agents of one's own."""

import copy
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pandas as pd
import pytest

from abm.agents.labs import Labs
from abm.agents.vendors import ChipVendors
from abm.agents.view import Lab
from abm.foundation import dates
from abm.foundation.errors import InputError
from abm.law.regime import load_regime
from abm.model import ChipMarket
from abm.runs.metrics import METRICS
from abm.runs.scenario import Scenario
from abm.runs.simulate import simulate
from abm.setting import AGENTS
from tests.conftest import REPO

UNTIL = "2023-12"
GRID = {"regime": ["history", "no_controls"], "until": UNTIL, "demand.theta": [1.5, 2.0]}
SEEDS = [0, 7]
RESULTS = [name for name in METRICS if name != "law"]


@pytest.fixture(scope="module")
def model() -> ChipMarket:
    """Two years of history."""
    return ChipMarket("history", rng=3, until="2022-06").run()


# --- batch_run ---


def batch(period: int) -> list[dict[str, Any]]:
    """Mesa's batch run over two regimes, two values and two seeds."""
    return mesa.batch_run(
        ChipMarket, GRID, rng=SEEDS, number_processes=1, data_collection_period=period, display_progress=False
    )


@pytest.fixture(scope="module")
def ends() -> list[dict[str, Any]]:
    """One row a run: its last month."""
    return batch(-1)


@pytest.fixture(scope="module")
def months() -> list[dict[str, Any]]:
    """One row a run and month."""
    return batch(1)


def expected(row: dict[str, Any]) -> dict[str, np.ndarray]:
    """What `simulate` gives for the scenario of a row."""
    sets = {"demand.theta": row["demand.theta"]}
    return simulate(Scenario.of(row["regime"], seed=row["rng"], until=UNTIL, sets=sets), keep=RESULTS).columns


def test_batch_run_makes_every_run_once(ends: list[dict[str, Any]]) -> None:
    found = {(row["regime"], row["demand.theta"], row["rng"]) for row in ends}
    assert len(ends) == len(found) == 8
    assert {row["month"] for row in ends} == {UNTIL}


def test_batch_run_ends_where_simulate_ends(ends: list[dict[str, Any]]) -> None:
    for row in ends:
        for name, values in expected(row).items():
            np.testing.assert_array_equal(row[name], values[-1], f"{row['regime']} {row['rng']}: {name}")


def test_batch_run_by_month_is_simulate_month_by_month(months: list[dict[str, Any]]) -> None:
    runs: dict[int, list[dict[str, Any]]] = {}
    for row in months:
        runs.setdefault(row["RunId"], []).append(row)
    assert len(runs) == 8
    for rows in runs.values():
        columns = expected(rows[0])
        assert [row["month"] for row in rows] == [f"{year}-{m:02d}" for year in (2022, 2023) for m in range(1, 13)]
        for name, values in columns.items():
            np.testing.assert_array_equal([row[name] for row in rows], values, name)


def rows_of(parameters: dict[str, Any], **options: Any) -> pd.DataFrame:
    """A batch run's rows as a frame."""
    return pd.DataFrame(mesa.batch_run(ChipMarket, parameters, display_progress=False, **options))


@pytest.mark.filterwarnings("ignore:The `iterations` keyword:DeprecationWarning")
@pytest.mark.parametrize("repeats", [{"rng": [None] * 3}, {"iterations": 3}])
def test_repeats_without_a_seed_differ_and_each_row_says_its_own(repeats: dict[str, Any]) -> None:
    frame = rows_of({"until": "2022-01"}, **repeats)
    assert frame["rng"].nunique() == frame["china_compute"].nunique() == 3
    again = rows_of({"until": "2022-01"}, rng=frame["rng"].tolist())
    assert again["china_compute"].tolist() == frame["china_compute"].tolist()


def test_objects_are_told_by_name_in_rows_so_that_a_frame_can_be_sorted_grouped_and_written(tmp_path: Path) -> None:
    laws = [load_regime("no_controls"), load_regime("history").without("us-hbm-rule")]
    frame = rows_of({"regime": laws, "until": "2022-02"}, rng=[np.random.default_rng(1), np.random.SeedSequence(2)])
    frame.to_parquet(tmp_path / "runs.parquet")
    assert list(frame.groupby("regime").size()) == [2, 2]
    assert list(frame.sort_values(["regime", "rng"])["regime"]) == sorted(2 * [law.name for law in laws])
    cases = [Scenario.of(name, until="2022-01", seed=4) for name in ("history", "tighten")]
    told = rows_of({"scenario": cases})
    assert told[["regime", "rng", "scenario"]].to_numpy().tolist() == [[one.label, 4, one.key] for one in cases]


def test_a_batch_that_ends_in_the_spin_up_says_so() -> None:
    with pytest.warns(UserWarning, match="months before 2022-01 are a spin-up.* step 13 is the first.* 12 are done"):
        assert rows_of({"until": "2022-03"}, rng=[0], max_steps=12, data_collection_period=1).empty


def test_batch_run_refuses_a_misspelt_parameter() -> None:
    with pytest.raises(InputError, match=r"no parameter 'demand.thta'; did you mean 'demand.theta'\?"):
        mesa.batch_run(ChipMarket, {"demand.thta": [1.5]}, rng=[0], number_processes=1, display_progress=False)


# --- the model as Mesa sees it ---


def test_steps_and_the_end_of_a_run(model: ChipMarket) -> None:
    assert isinstance(model, mesa.Model)
    assert model.time == 18
    assert model.running is False
    assert (model.date, len(model.history)) == ("2022-06", 18)


def test_nothing_is_reported_before_the_end_of_the_spin_up() -> None:
    model = ChipMarket(rng=0, until="2022-03")
    reads = ("get_model_vars_dataframe", "get_agent_vars_dataframe")
    for done in (0, 12):
        while model.steps < done:
            model.step()
        for read in reads:
            with pytest.warns(UserWarning, match=f"spin-up.*; {done} are done"):
                assert getattr(model.datacollector, read)().empty
    assert (model.date, model.running) == ("2021-12", True)
    model.step()
    assert model.datacollector.model_vars["month"] == ["2022-01"]


def test_the_collector_gives_a_frame_of_the_metrics(model: ChipMarket) -> None:
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame["month"]) == [f"2022-0{month}" for month in range(1, 7)]
    assert set(zip(frame["regime"], frame["rng"], strict=True)) == {("history", 3)}
    assert frame["china_compute"].to_list() == expected_columns(model)["china_compute"].tolist()
    assert not any(name.startswith("law[") for name in frame)


def expected_columns(model: ChipMarket) -> dict[str, np.ndarray]:
    """What `simulate` gives for a model's scenario."""
    return simulate(model.case, keep=["china_compute"]).columns


def test_the_collector_follows_the_steps_of_a_live_page() -> None:
    model = ChipMarket(rng=0, until="2022-12")
    while model.t + 1 < dates.REPORT_FROM:
        model.step()
    for month in range(1, 4):
        model.step()
        assert len(model.datacollector.model_vars["china_compute"]) == month


def test_a_model_without_a_seed_is_fresh_and_can_be_made_again() -> None:
    one, other = (ChipMarket("history", until="2022-01").run() for _ in range(2))
    assert one.case.seed != other.case.seed
    again = ChipMarket("history", rng=one.case.seed, until="2022-01").run()
    np.testing.assert_array_equal(again.history["spent"], one.history["spent"])
    assert ChipMarket(seed=np.int64(4), until="2022-01").case.seed == 4
    assert ChipMarket(rng=np.random.SeedSequence(4)).case.seed == ChipMarket(rng=np.random.SeedSequence(4)).case.seed


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"rng": "42"}, "rng = '42'"),
        ({"rng": -1}, "rng = -1"),
        ({"seed": 1.5}, "seed = 1.5"),
        ({"rng": 1, "seed": 1}, "rng and seed are both given"),
        ({"scenario": Scenario.of(), "rng": 3}, "rng beside a scenario"),
        ({"scenario": Scenario.of(), "seed": 3}, "rng beside a scenario"),
        ({"scenario": Scenario.of(), "regime": "tighten", "until": "2022-01"}, "regime, until beside a scenario"),
        ({"scenario": mesa.experimental.scenarios.Scenario(rng=1)}, "one made by abm.Scenario.of"),
    ],
)
def test_a_seed_that_is_none_or_given_twice_is_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=re.escape(told)):
        ChipMarket(**given)


def test_agents_numbers_stand_in_a_frame_by_step_and_agent(model: ChipMarket) -> None:
    frame = model.datacollector.get_agent_vars_dataframe()
    assert frame.index.names == ["Step", "AgentID"]
    assert frame.index.tolist() == [(step, agent.unique_id) for step in range(13, 19) for agent in model.agents]
    labs = frame[frame["type"] == "Lab"]
    assert labs["name"].tolist() == 6 * list(model.labs.names)
    assert labs.loc[18, "cash"].tolist() == model.labs.cash.tolist()
    assert labs.loc[13, "cash"].tolist() != model.labs.cash.tolist()
    own = model.datacollector.get_agenttype_vars_dataframe(Lab)
    assert own["cash"].tolist() == labs["cash"].tolist()
    numbers = {name for name in model.labs.columns if getattr(model.labs, name).ndim == 1}
    assert set(own) == {"month", "type", "name"} | numbers
    with pytest.raises(InputError, match=r"no agents of type.*; one of Lab, ChipVendor"):
        model.datacollector.get_agenttype_vars_dataframe(int)


def test_a_model_copied_or_pickled_half_way_goes_on_as_it_would_have() -> None:
    model = ChipMarket(rng=5, until="2022-03")
    model.run_for(14)
    others = [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
    for one in (model, *others):
        one.run_model()
        assert one.agents_by_type[Lab].agg("cash", sum) == pytest.approx(one.labs.cash.sum())
    for read in ("get_model_vars_dataframe", "get_agent_vars_dataframe"):
        frames = [getattr(one.datacollector, read)() for one in (model, *others)]
        assert frames[0].equals(frames[1])
        assert frames[0].equals(frames[2])


def test_reporters_of_ones_own_stand_in_mesas_collector() -> None:
    model = ChipMarket(rng=1, until="2022-01")
    model.datacollector = mesa.DataCollector({"month": "date"}, agenttype_reporters={Lab: {"cash": "cash"}})
    while model.running:
        model.step()
        model.datacollector.collect(model)
    assert model.datacollector.get_model_vars_dataframe()["month"].iloc[-1] == "2022-01"
    assert model.datacollector.get_agenttype_vars_dataframe(Lab).loc[13, "cash"].tolist() == model.labs.cash.tolist()


@pytest.mark.filterwarnings("ignore:The use of the `seed` keyword:FutureWarning")
@pytest.mark.parametrize(
    ("written", "told"),
    [
        (lambda model: model.step(), "step 19: the run has 18 months, to 2022-06; step while model.running"),
        (lambda model: model.run_for(3), "later until="),
        (lambda model: model.agents.shuffle_do("step"), "takes no step by itself: call model.step()"),
        (lambda model: next(iter(model.agents)).step(), "is a method of abm.Labs, replaced by ChipMarket.with_agents"),
        (lambda model: next(iter(model.agents)).remove(), "is a row of a table and stays"),
        (lambda model: model.remove_all_agents(), "population.startups"),
        (lambda model: Lab(model), "a Lab is a row of a table, made with the model"),
        (lambda model: Lab.create_agents(model, 3), "population.startups"),
        (lambda model: model.agents_by_type[Lab].set("cash", "much"), "cash = 'much'"),
        (lambda model: model.reset_rng(3), "the run keeps its seed"),
        (lambda model: model.reset_randomizer(3), "the run keeps its seed"),
        (lambda model: setattr(model, "labs", None), "set it there, model.market.labs"),
        (lambda model: model.datacollector.get_table_dataframe("x"), "set model.datacollector = mesa.DataCollector"),
    ],
)
def test_what_a_market_cannot_do_says_what_to_use(model: ChipMarket, written: Any, told: str) -> None:
    frame = model.datacollector.get_agent_vars_dataframe()
    with pytest.raises((InputError, AttributeError, UserWarning), match=re.escape(told)):
        written(model)
    assert model.datacollector.get_agent_vars_dataframe().equals(frame)
    model.reset_rng()
    model.datacollector.collect(model)


# --- agents ---


def test_every_row_is_an_agent_of_its_type(model: ChipMarket) -> None:
    by_type = model.agents_by_type
    assert {kind.__name__: len(by_type[kind]) for kind in by_type} == {
        "Lab": len(model.labs),
        "ChipVendor": len(model.vendors),
        "HbmMaker": len(model.makers),
        "FrontierLab": len(model.frontier),
        "Broker": len(model.brokers),
        "Workshop": len(model.workshops),
        "Government": len(model.governments),
    }
    agents = (
        model.labs,
        model.vendors,
        model.makers,
        model.frontier,
        model.brokers,
        model.workshops,
        model.governments,
    )
    assert len(model.agents) == sum(len(table) for table in agents)
    assert [agent.name for agent in by_type[Lab]] == list(model.labs.names)


def test_agent_sets_aggregate_and_select_on_columns(model: ChipMarket) -> None:
    labs = model.agents_by_type[Lab]
    assert labs.agg("cash", sum) == pytest.approx(model.labs.cash.sum())
    assert labs.get("skill") == model.labs.skill.tolist()
    listed = labs.select(lambda lab: lab.listed)
    assert {lab.name for lab in listed} == {
        name for name, yes in zip(model.labs.names, model.labs.listed, strict=True) if yes
    }
    assert [lab.name for lab in labs.select(at_most=1)] == [model.labs.names[0]]


def test_what_is_written_to_an_agent_stands_in_its_table() -> None:
    model = ChipMarket(rng=0, until="2022-01")
    lab = next(iter(model.agents_by_type[Lab]))
    lab.cash = 123.0
    assert model.labs.cash[lab.row] == 123.0
    model.labs.skill[lab.row] = 1.25
    assert lab.skill == 1.25
    lab.fleet[0, 0] += 7
    assert model.labs.fleet[lab.row, 0, 0] == 7
    assert set(lab.state()) == set(model.labs.columns)


# --- agents of one's own ---


class CautiousLabs(Labs):
    """Labs that offer four fifths of the money."""

    def offer_money(self, fear):
        return 0.8 * super().offer_money(fear)


def test_a_subclass_takes_its_parents_place() -> None:
    model = ChipMarket.with_agents(labs=CautiousLabs)(rng=0, until="2022-03").run()
    assert all(type(one.table) is CautiousLabs for one in model.agents_by_type[Lab])
    plain = ChipMarket(rng=0, until="2022-03").run()
    spent, usual = (one.history["spent"] for one in (model, plain))
    assert spent[0] == pytest.approx(0.8 * usual[0], rel=0.1)
    assert (spent < usual).all()


def test_replacing_agents_leaves_the_model_itself_alone() -> None:
    other = ChipMarket.with_agents(labs=CautiousLabs)
    assert other is not ChipMarket
    assert issubclass(other, ChipMarket)
    assert ChipMarket.table_classes == AGENTS
    both = other.with_agents(vendors=type("OtherVendors", (ChipVendors,), {}))
    assert both.table_classes["labs"] is CautiousLabs
    assert both.table_classes["vendors"].__name__ == "OtherVendors"


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_model_with_other_agents_goes_through_batch_run_in_two_processes() -> None:
    model = ChipMarket.with_agents(labs=CautiousLabs)
    assert pickle.loads(pickle.dumps(model)).table_classes == model.table_classes
    rows = mesa.batch_run(model, {"until": "2022-02"}, rng=[1, 2], number_processes=2, display_progress=False)
    alone = mesa.batch_run(model, {"until": "2022-02"}, rng=[1, 2], number_processes=1, display_progress=False)
    assert sorted(row["china_compute"] for row in rows) == sorted(row["china_compute"] for row in alone)


NOTEBOOK = """
import multiprocessing, abm, mesa
multiprocessing.set_start_method("spawn")
class Cautious(abm.Labs):
    def offer_money(self, fear):
        return 0.5 * super().offer_money(fear)
model = abm.ChipMarket.with_agents(labs=Cautious)
print(len(mesa.batch_run(model, {"until": ["2022-01"]}, rng=[1, 2], number_processes=2, display_progress=False)))
"""


def test_a_class_typed_into_a_notebook_reaches_workers_that_cannot_import_it() -> None:
    done = subprocess.run([sys.executable, "-c", NOTEBOOK], capture_output=True, text=True, cwd=REPO, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "2"), done.stderr


def test_a_subclass_that_changes_nothing_gives_the_same_run() -> None:
    same = type("SameLabs", (Labs,), {})
    other, plain = (
        ChipMarket.with_agents(labs=same)(rng=0, until="2022-06").run(),
        ChipMarket(rng=0, until="2022-06").run(),
    )
    np.testing.assert_array_equal(other.history["spent"], plain.history["spent"])


def test_agents_of_a_wrong_kind_or_name_are_refused_together() -> None:
    with pytest.raises(InputError) as caught:
        ChipMarket.with_agents(vendors=CautiousLabs, lab=CautiousLabs)
    assert "CautiousLabs is not a subclass of ChipVendors" in str(caught.value)
    assert "no agent type 'lab'; did you mean 'labs'?" in str(caught.value)


# --- phases ---


class Meddlers(Labs):
    """Labs whose behaviour writes what its phase does not declare."""

    def offer_money(self, fear):
        self.end_use[:] = 0
        return super().offer_money(fear)


def test_strictly_a_phase_writes_only_what_it_declares() -> None:
    ChipMarket(rng=0, until="2022-01", strict=True).run()
    with pytest.raises(PermissionError, match=r"labs_budget changes labs\.end_use"):
        ChipMarket.with_agents(labs=Meddlers)(rng=0, until="2022-01", strict=True).run()
    ChipMarket.with_agents(labs=Meddlers)(rng=0, until="2022-01").run()
