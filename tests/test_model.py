"""ChipMarket: the order of a month, what strict mode refuses, and how a model steps, stops and says what it is."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from abm import records
from abm.agents.labs import Labs
from abm.agents.view import Lab
from abm.foundation import dates
from abm.foundation.errors import InputError
from abm.foundation.records import Record
from abm.model import ChipMarket
from abm.month.phase import STATE, phase
from abm.month.phases import PHASES
from abm.records import Rulings, Sales
from abm.runs import metrics
from abm.state import Market

SPECIFIED = ("read_law", "form_expectations", "governments_review", "hbm_market", "vendors_produce", "vendors_redesign",
             "labs_budget", "labs_apply", "labs_buy", "brokers_divert", "workshops_convert", "hosts_rent", "deliver",
             "labs_train", "labs_innovate", "close")  # fmt: skip
"""The order of a month in the specification."""
SMALL: dict[str, Any] = {"population.startups": 10, "population.state": 5}


def small(until: str = "2022-03", **more: Any) -> ChipMarket:
    """A model of few labs and months."""
    return ChipMarket("history", rng=0, until=until, **SMALL, **more)


@pytest.fixture(scope="module")
def done() -> ChipMarket:
    """A small model run to its end."""
    return small().run()


# --- the month ---


def test_phases_stand_in_the_order_of_the_specification() -> None:
    names = [step.name for step in PHASES]
    assert tuple(names) == SPECIFIED


def test_what_phases_declare_exists(done: ChipMarket) -> None:
    declared = {one for step in PHASES for one in step.writes}
    columns = {f"{name}.{column}" for name, table in done.tables.items() for column in table.columns}
    assert sorted(declared - columns - set(STATE)) == []


def test_every_record_is_made_by_one_phase_and_read_after_it() -> None:
    made: list[type] = []
    for one in PHASES:
        assert set(one.reads) <= set(made)
        made += [one.makes] if one.makes else []
    kinds = [one for one in vars(records).values() if isinstance(one, type) and issubclass(one, Record)]
    assert set(made) == set(kinds) - {Record}
    assert len(made) == len(set(made))


def test_kept_fields_have_names_of_their_own() -> None:
    names = [name for step in PHASES if step.makes for name, one in step.makes.fields.items() if one.kept]
    assert len(names) == len(set(names))


def test_records_are_frozen_with_their_arrays(done: ChipMarket) -> None:
    sales = done.month[Sales]
    with pytest.raises(AttributeError, match=r"Sales.fees: .* is read-only"):
        sales.fees = 0.0
    with pytest.raises(ValueError, match="read-only"):
        sales.units[0] = 1.0


# --- strict mode ---


def with_phase(act: Any, writes: str = "", after: str = "read_law") -> ChipMarket:
    """A strict model whose month has one more phase."""
    return ChipMarket.with_phase(phase(writes)(act), after=after)(
        "history", rng=0, until="2022-03", strict=True, **SMALL
    )


def pays_labs(market: Market) -> None:
    market.labs.cash += 1.0


def repeals_everything(market: Market) -> None:
    market.law = replace(market.law)


def test_strict_mode_refuses_a_column_that_is_not_declared() -> None:
    market = with_phase(pays_labs)
    with pytest.raises(PermissionError, match=r"pays_labs changes labs\.cash"):
        market.step()


def test_strict_mode_refuses_state_that_is_not_declared() -> None:
    with pytest.raises(PermissionError, match="repeals_everything changes law"):
        with_phase(repeals_everything).step()
    with_phase(repeals_everything, "law").step()


def test_strict_mode_refuses_records_of_the_race_and_records_that_are_not_declared() -> None:
    def forgets(market: Market) -> None:
        market.race.us_runs.clear()

    def makes_more(market: Market, rulings: Rulings) -> None:
        return rulings  # type: ignore[return-value]

    with pytest.raises(PermissionError, match=r"forgets changes race\.us_runs"):
        with_phase(forgets, after="labs_train").step()
    with pytest.raises(PermissionError, match="makes_more returns Rulings"):
        with_phase(makes_more).step()


def test_strict_mode_finds_money_from_nowhere() -> None:
    market = with_phase(pays_labs, "labs.cash")
    with pytest.raises(ArithmeticError, match="labs' money"):
        market.step()


def test_strict_mode_finds_cards_from_nowhere() -> None:
    def forges(market: Market) -> None:
        market.labs.fleet[0, 0, 0] += 1.0

    with pytest.raises(ArithmeticError, match="labs"):
        with_phase(forges, "labs.fleet").step()


def test_strict_mode_changes_no_number(done: ChipMarket) -> None:
    ours, theirs = metrics.evaluate(done), metrics.evaluate(small(strict=True).run())
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name].tobytes() != theirs[name].tobytes()] == []


# --- steps ---


def test_a_new_model_stands_before_its_first_month() -> None:
    market = small()
    assert (market.t, market.date, market.running) == (-1, "2021-01", True)


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
    assert lengths == {len(dates.reported(done.setting.months))} == {3}


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


class ThriftyLabs(Labs):
    """Labs that offer half."""

    def offer_money(self, fear: float) -> Any:
        return 0.5 * super().offer_money(fear)


def test_a_subclass_takes_the_place_of_a_table_of_agents(done: ChipMarket) -> None:
    thrifty = ChipMarket.with_agents(labs=ThriftyLabs)("history", rng=0, until="2022-03", **SMALL).run()
    assert type(thrifty.labs) is ThriftyLabs
    assert thrifty.history["spent"].sum() < done.history["spent"].sum()
    assert ChipMarket.table_classes["labs"] is Labs


def test_a_class_of_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match="no agent type 'lab'; did you mean 'labs'"):
        ChipMarket.with_agents(lab=ThriftyLabs)
    with pytest.raises(InputError, match="is not a subclass of ChipVendors"):
        ChipMarket.with_agents(vendors=ThriftyLabs)


# --- what it says ---


def test_repr_says_what_and_how_big(done: ChipMarket) -> None:
    said = repr(done)
    assert "ChipMarket" in said
    assert "history" in said
    assert "2022-03" in said
    assert "27" in said


def test_the_channels_add_up_to_the_whole(done: ChipMarket) -> None:
    columns = metrics.evaluate(done)
    parts = [column for name, column in columns.items() if name.startswith("china_compute_by_channel[")]
    assert np.allclose(sum(parts), columns["china_compute"], rtol=1e-12)


def test_a_mesa_collector_reads_the_same_columns(done: ChipMarket) -> None:
    told = done.datacollector.model_vars
    assert told["month"] == ["2022-01", "2022-02", "2022-03"]
    assert told["china_compute"] == metrics.evaluate(done)["china_compute"].tolist()
