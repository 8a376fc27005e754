"""Mesa's own tools on the model: batch runs, agent sets, collectors, and agents of one's own."""

from typing import Any

import mesa
import numpy as np
import pytest
from abm.agents.lab import Lab
from abm.agents.vendor import ChipVendor

import abm
from abm.foundation.errors import InputError
from abm.model import KINDS, PHASES, ChipMarket
from abm.runs.metrics import METRICS
from abm.runs.scenario import Scenario
from abm.runs.simulate import simulate

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
    model = ChipMarket(until="2022-03")
    assert model.datacollector.model_vars == {}
    model.spin_up()
    assert (model.date, model.running) == ("2021-12", True)
    assert model.datacollector.model_vars == {}
    model.step()
    assert model.datacollector.model_vars["month"] == ["2022-01"]


def test_the_collector_gives_a_frame_of_the_metrics(model: ChipMarket) -> None:
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame["month"]) == [f"2022-0{month}" for month in range(1, 7)]
    assert frame["china_compute"].to_list() == expected_columns(model)["china_compute"].tolist()
    assert not any(name.startswith("law[") for name in frame)


def expected_columns(model: ChipMarket) -> dict[str, np.ndarray]:
    """What `simulate` gives for a model's scenario."""
    return simulate(model.case, keep=["china_compute"]).columns


def test_the_collector_follows_the_steps_of_a_live_page() -> None:
    model = ChipMarket(until="2022-12")
    model.spin_up()
    for month in range(1, 4):
        model.step()
        assert len(model.datacollector.model_vars["china_compute"]) == month


@pytest.mark.parametrize("seed", [np.int64(4), 4])
def test_a_seed_may_be_numpys(seed: Any) -> None:
    assert ChipMarket(rng=seed).case.seed == 4


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
        "Regulator": len(model.regulators),
    }
    agents = (model.labs, model.vendors, model.makers, model.frontier, model.brokers, model.workshops, model.regulators)
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
    model = ChipMarket(until="2022-01")
    lab = next(iter(model.agents_by_type[Lab]))
    lab.cash = 123.0
    assert model.labs.cash[lab.place] == 123.0
    model.labs.skill[lab.place] = 1.25
    assert lab.skill == 1.25
    lab.fleet[0, 0] += 7
    assert model.labs.fleet[lab.place, 0, 0] == 7
    assert set(lab.state()) == set(model.labs.columns)


# --- agents of one's own ---


class CautiousLab(Lab):
    """A lab that offers four fifths of the money."""

    @classmethod
    def offer_money(cls, labs, fear, p):
        return 0.8 * super().offer_money(labs, fear, p)


def test_a_subclass_takes_its_parents_place() -> None:
    model = ChipMarket.with_agents(lab=CautiousLab)(until="2022-03").run()
    assert set(model.agents_by_type) == {CautiousLab, *(kind for name, kind in KINDS.items() if name != "lab")}
    plain = ChipMarket(until="2022-03").run()
    spent, usual = (one.history["spent"] for one in (model, plain))
    assert spent[0] == pytest.approx(0.8 * usual[0], rel=0.1)
    assert (spent < usual).all()


def test_replacing_agents_leaves_the_model_itself_alone() -> None:
    other = ChipMarket.with_agents(lab=CautiousLab)
    assert other is not ChipMarket
    assert issubclass(other, ChipMarket)
    assert ChipMarket.kinds_in_use == KINDS
    both = other.with_agents(vendor=type("OtherVendor", (ChipVendor,), {}))
    assert both.kinds_in_use["lab"] is CautiousLab
    assert both.kinds_in_use["vendor"].__name__ == "OtherVendor"


def test_a_subclass_that_changes_nothing_gives_the_same_run() -> None:
    same = type("SameLab", (Lab,), {})
    other, plain = ChipMarket.with_agents(lab=same)(until="2022-06").run(), ChipMarket(until="2022-06").run()
    np.testing.assert_array_equal(other.history["spent"], plain.history["spent"])


def test_agents_of_a_wrong_kind_or_name_are_refused_together() -> None:
    with pytest.raises(InputError) as caught:
        ChipMarket.with_agents(vendor=CautiousLab, labs=CautiousLab)
    assert "CautiousLab is not a subclass of ChipVendor" in str(caught.value)
    assert "no agent type 'labs'; did you mean 'lab'?" in str(caught.value)


def test_public_names_are_those_of_the_model() -> None:
    assert (abm.ChipMarket, abm.Lab, abm.ChipVendor) == (ChipMarket, Lab, ChipVendor)


# --- phases ---


class Meddler(Lab):
    """A lab whose behaviour writes what its phase does not declare."""

    @classmethod
    def offer_money(cls, labs, fear, p):
        labs.end_use[:] = 0
        return super().offer_money(labs, fear, p)


def test_strictly_a_phase_writes_only_what_it_declares() -> None:
    ChipMarket(until="2022-01", strict=True).run()
    with pytest.raises(ValueError, match="read-only"):
        ChipMarket.with_agents(lab=Meddler)(until="2022-01", strict=True).run()
    ChipMarket.with_agents(lab=Meddler)(until="2022-01").run()


def test_phases_declare_columns_that_exist() -> None:
    model = ChipMarket(until="2022-01")
    for phase in PHASES:
        assert phase.writes
        for one in phase.writes:
            table, column = one.split(".")
            assert table == "now" or column in model.tables[table].columns, f"{phase.name} declares {one}"
    assert len({phase.name for phase in PHASES}) == len(PHASES)


def test_every_month_value_is_written_by_one_phase() -> None:
    written = [one for phase in PHASES for one in phase.writes if one.startswith("now.")]
    assert len(written) == len(set(written))
