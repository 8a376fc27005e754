"""ChipMarket: the order of a month, what strict mode refuses, and how a model steps, stops and says what it is."""

from typing import Any

import numpy as np
import pytest
from abm.agents.lab import Lab

from abm import model
from abm.foundation import dates
from abm.foundation.errors import InputError
from abm.model import PHASES, ChipMarket
from abm.month import phases
from abm.runs import metrics

SPECIFIED = ("law", "expect", "regulate", "make_hbm", "make_chips", "design", "budget", "apply", "trade", "divert",
             "repurpose", "rent", "deliver", "compute", "innovate", "close")  # fmt: skip
"""The order of a month in the specification."""
SMALL: dict[str, Any] = {"population.startups": 10, "population.state": 5}
PHASE_OF = {
    "regulate": ("deal", "payoff"),
    "divert": ("smuggled_units", "smuggled_compute", "seized_units", "grey_premium"),
    "repurpose": ("gaming_repurposed", "gaming_price_premium"),
    "rent": ("offshore_rented",),
}
"""Metrics that need a phase."""
CHANNEL_OF = {"divert": "grey", "repurpose": "gaming", "rent": "offshore"}


def small(until: str = "2022-03", **more: Any) -> ChipMarket:
    """A model of few labs and months."""
    return ChipMarket("history", until=until, **SMALL, **more)


@pytest.fixture(scope="module")
def done() -> ChipMarket:
    """A small model run to its end."""
    return small().run()


# --- the month ---


def test_phases_stand_in_the_order_of_the_specification() -> None:
    names = [phase.name for phase in PHASES]
    assert set(names) <= set(SPECIFIED)
    assert names == [name for name in SPECIFIED if name in names]


def test_the_core_phases_are_there() -> None:
    core = {"law", "expect", "make_hbm", "make_chips", "budget", "apply", "trade", "deliver", "compute", "innovate"}
    assert core <= {phase.name for phase in PHASES}


def test_what_phases_declare_exists(done: ChipMarket) -> None:
    declared = sorted({one for phase in PHASES for one in phase.writes})
    columns = {f"{name}.{column}" for name, table in done.tables.items() for column in table.columns}
    values = {f"now.{name}" for name in vars(done.now)}
    assert [one for one in declared if one not in columns | values] == []


def test_each_month_value_is_written_by_one_phase() -> None:
    writers: dict[str, list[str]] = {}
    for phase in PHASES:
        for one in phase.writes:
            if one.startswith("now."):
                writers.setdefault(one, []).append(phase.name)
    assert {one: names for one, names in writers.items() if len(names) > 1} == {}


# --- strict mode ---


def with_phase(monkeypatch: pytest.MonkeyPatch, act: Any, writes: str = "") -> ChipMarket:
    """A strict model whose month begins with one more phase."""
    monkeypatch.setattr(model, "PHASES", (phases.phase(writes)(act), *PHASES))
    return small(strict=True)


def pays_labs(m: ChipMarket) -> None:
    m.labs.cash += 1.0


def notes_something(m: ChipMarket) -> None:
    m.now.rumour = 1.0


def test_strict_mode_refuses_a_column_that_is_not_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    market = with_phase(monkeypatch, pays_labs)
    with pytest.raises(ValueError, match="read-only"):
        market.step()
    assert market.labs.cash.flags.writeable


def test_strict_mode_refuses_a_month_value_that_is_not_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    market = with_phase(monkeypatch, notes_something)
    with pytest.raises(PermissionError, match=r"notes_something writes now\.rumour"):
        market.step()


def test_strict_mode_lets_a_declared_value_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    market = with_phase(monkeypatch, notes_something, "now.rumour")
    market.step()
    assert market.now.rumour == 1.0


def test_strict_mode_finds_money_from_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    market = with_phase(monkeypatch, pays_labs, "labs.cash")
    with pytest.raises(ArithmeticError, match="labs' money"):
        market.step()


def test_strict_mode_finds_cards_from_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def forges(m: ChipMarket) -> None:
        m.labs.fleet[0, 0, 0] += 1.0

    with pytest.raises(ArithmeticError, match="labs"):
        with_phase(monkeypatch, forges, "labs.fleet").step()


def test_strict_mode_changes_no_number(done: ChipMarket) -> None:
    ours, theirs = metrics.evaluate(done), metrics.evaluate(small(strict=True).run())
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name].tobytes() != theirs[name].tobytes()] == []


# --- steps ---


def test_a_new_model_stands_before_its_first_month() -> None:
    market = small()
    assert (market.t, market.date, market.running) == (-1, "2021-01", True)


def test_spin_up_ends_before_the_first_reported_month() -> None:
    market = small()
    market.spin_up()
    assert market.date == "2021-12"
    market.spin_up()
    assert market.date == "2021-12"
    market.step()
    assert market.date == "2022-01"


def test_a_model_steps_month_by_month_and_stops_at_its_last() -> None:
    market = small("2022-02")
    seen = []
    while market.running:
        market.step()
        seen.append(market.date)
    assert seen == [dates.label(t) for t in range(14)]
    assert seen[-1] == "2022-02"
    assert market.time == len(seen) == len(market.history)


def test_columns_hold_the_reported_months(done: ChipMarket) -> None:
    lengths = {len(column) for column in metrics.evaluate(done).values()}
    assert lengths == {len(dates.reported(done.months))} == {3}


def test_running_on_at_the_end_does_nothing(done: ChipMarket) -> None:
    before = len(done.history)
    assert done.run() is done
    assert len(done.history) == before


@pytest.mark.parametrize("until", ["2021-12", "2051-01", "2030", "soon"])
def test_a_last_month_out_of_range_is_refused(until: str) -> None:
    with pytest.raises(InputError, match="until"):
        small(until)


# --- agents ---


def test_agents_are_rows_of_tables(done: ChipMarket) -> None:
    labs = done.agents_by_type[Lab]
    assert len(labs) == len(done.labs) == 12 + 10 + 5
    assert labs.agg("cash", sum) == pytest.approx(done.labs.cash.sum())
    assert sorted(one.name for one in labs) == sorted(done.labs.names)


def test_an_agent_reads_and_writes_its_row() -> None:
    market = small()
    lab = next(one for one in market.agents_by_type[Lab] if one.name == "DeepSeek")
    lab.cash = 7.0
    assert market.labs.cash[market.labs.index["DeepSeek"]] == 7.0
    assert lab.state()["cash"] == 7.0
    assert repr(lab) == "<Lab DeepSeek>"


class ThriftyLab(Lab):
    """A lab that offers half."""

    @classmethod
    def offer_money(cls, labs: Any, fear: float, p: Any) -> Any:
        return 0.5 * super().offer_money(labs, fear, p)


def test_a_subclass_takes_the_place_of_an_agent_type(done: ChipMarket) -> None:
    kind = ChipMarket.with_agents(lab=ThriftyLab)
    thrifty = kind("history", until="2022-03", **SMALL).run()
    assert set(thrifty.agents_by_type) & {Lab, ThriftyLab} == {ThriftyLab}
    assert thrifty.history["spent"].sum() < done.history["spent"].sum()
    assert ChipMarket.kinds_in_use["lab"] is Lab


def test_a_class_of_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match="no agent type 'labs'"):
        ChipMarket.with_agents(labs=ThriftyLab)
    with pytest.raises(InputError, match="is not a subclass of ChipVendor"):
        ChipMarket.with_agents(vendor=ThriftyLab)


# --- what it says ---


def test_repr_says_what_and_how_big(done: ChipMarket) -> None:
    said = repr(done)
    assert "ChipMarket" in said
    assert "history" in said
    assert "2022-03" in said
    assert "27" in said


@pytest.mark.parametrize("phase", [name for name in PHASE_OF if name not in {one.name for one in PHASES}])
def test_metrics_of_phases_that_are_not_there_do_not_appear(done: ChipMarket, phase: str) -> None:
    columns = metrics.evaluate(done)
    heads = {metrics.parse(name)[0] for name in columns}
    assert heads.isdisjoint(PHASE_OF[phase])
    if phase in CHANNEL_OF:
        assert f"china_compute_by_channel[{CHANNEL_OF[phase]}]" not in columns


def test_the_channels_add_up_to_the_whole(done: ChipMarket) -> None:
    columns = metrics.evaluate(done)
    parts = [column for name, column in columns.items() if name.startswith("china_compute_by_channel[")]
    assert np.allclose(sum(parts), columns["china_compute"], rtol=1e-12)


def test_a_mesa_collector_reads_the_same_columns(done: ChipMarket) -> None:
    told = done.datacollector.model_vars
    assert told["month"] == ["2022-01", "2022-02", "2022-03"]
    assert told["china_compute"] == metrics.evaluate(done)["china_compute"].tolist()
