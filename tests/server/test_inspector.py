"""What the page tells of an agent."""

import numpy as np
import pytest

from abm.foundation import dates
from abm.month.moves import RUNGS
from abm.server import inspector
from abm.server.live import LiveMarket
from abm.server.picture import picture
from abm.server.setup import Setup


@pytest.fixture(scope="module")
def market() -> LiveMarket:
    return LiveMarket(month=dates.month_of(dates.parse_day("2025-03")))


@pytest.fixture(scope="module")
def negotiated() -> LiveMarket:
    return LiveMarket(Setup("negotiated"), month=dates.month_of(dates.parse_day("2027-03")))


def told(market: LiveMarket, key: str) -> dict[str, str]:
    return {meaning: value for meaning, value, _ in inspector.agent_rows(market, key)}


def test_every_agent_can_be_inspected(market: LiveMarket) -> None:
    names = inspector.agent_names(market)
    hidden = sum(len(market.tables[table]) for table in inspector.TOGETHER)
    assert len(names) == len(market.agents) - hidden
    for name in names:
        rows = inspector.agent_rows(market, name)
        assert rows, name
        assert all(meaning and value and "nan" not in value for meaning, value, _ in rows), name
    assert inspector.agent_rows(market, "labs/Nobody") == []
    assert inspector.agent_rows(market, "") == []


@pytest.mark.parametrize("name", ["vendors/Huawei", "labs/DeepSeek", "makers/CXMT", "frontier/Google"])
def test_every_column_but_those_of_the_machinery_is_told(market: LiveMarket, name: str) -> None:
    table = market.tables[name.partition("/")[0]]
    told_of = [label for label in table.columns if label not in inspector.UNTOLD]
    assert len(inspector.agent_rows(market, name)) == len(told_of)


def test_ways_past_the_controls_are_shown_only_together(market: LiveMarket) -> None:
    for table in inspector.TOGETHER:
        one = f"{table}/{market.tables[table].names[0]}"
        assert one not in inspector.agent_names(market)
        assert inspector.agent_rows(market, one) == []
        assert not any(node.key.startswith(f"{table}/") for node in picture(market).nodes)


def test_a_stock_is_told_with_its_largest_parts(market: LiveMarket) -> None:
    value = told(market, "vendors/Huawei")["HBM stacks at hand, by generation"]
    held = float(market.vendors.stock[market.vendors.index["Huawei"]].sum())
    assert value.startswith(inspector.amount(held))
    assert "HBM" in value


def test_places_in_lists_and_months_are_told_in_words(market: LiveMarket) -> None:
    lab = told(market, "labs/DeepSeek")
    assert (lab["Kind of lab"], lab["End use"]) == ("Startup", "Civil")
    assert lab["Month from which the lab is on the Entity List"] == "never"
    assert inspector.month_of(dates.month_of(dates.parse_day("2024-12"))) == "December 2024"


@pytest.mark.parametrize(
    ("value", "words"),
    [(3.0, "3"), (-2.0, "−2"), (0.0, "0"), (1e-9, "0"), (0.25, "0.250"), (np.inf, "none"), (2.5e6, "2.50 million")],
)
def test_amounts(value: float, words: str) -> None:
    assert inspector.amount(value) == words


def test_governments_that_do_not_react_say_so(market: LiveMarket) -> None:
    for who in ("US", "CN"):
        rows = told(market, f"governments/{who}")
        assert rows["Reacts"].startswith("no;")
        assert "Deal between the governments" not in rows
    assert inspector.called("governments/US") == "Washington (government)"


def test_governments_that_react_tell_where_they_stand_and_what_they_did(negotiated: LiveMarket) -> None:
    made = inspector.acts_made(negotiated, "US")
    rows = told(negotiated, "governments/US")
    assert rows["Reacts"].startswith("since November 2026")
    assert rows["Licences, by its own steps"].split()[0] in [rung.name for rung in RUNGS]
    assert rows["Deal between the governments"].startswith(("in force since", "none"))
    assert [act.what for act in made] == [value for meaning, value in rows.items() if meaning.startswith("Act of")]
    assert made
    assert "Imports of accelerators, by its own steps" in told(negotiated, "governments/CN")
