"""The stories that pages tell of agents, channels and stocks."""

import re

import numpy as np
import pytest

from abm.foundation import dates
from abm.server import inspector
from abm.server.live import LiveMarket
from abm.server.picture import picture
from abm.server.setup import Setup
from abm.server.story import MOST_DECISIONS, Story, story


@pytest.fixture(scope="module")
def market() -> LiveMarket:
    return LiveMarket(Setup("tighten"), month=dates.month_of(dates.parse_day("2027-06")))


def told(market: LiveMarket, key: str) -> Story:
    found = story(market, key)
    assert found is not None, key
    return found


def test_every_circle_and_every_agent_has_a_story(market: LiveMarket) -> None:
    keys = {node.key for node in picture(market).nodes} | set(inspector.agent_names(market))
    for key in keys:
        one = told(market, key)
        assert re.fullmatch(r".*\.", one.sentence), key
        assert not re.search(r"nan|None|_|\binf\b|  ", one.sentence), one.sentence
        assert all(amount >= 1 for _, amount, _ in one.parts)
        assert all(len(line.values) == len(market.diary.months) for plot in one.plots for line in plot.lines)
        assert len(one.decisions) <= MOST_DECISIONS
    assert story(market, "labs/Nobody") is None
    assert story(market, "") is None
    assert story(market, "brokers/Broker 1") is None


def test_a_lab_tells_its_compute_its_runs_and_what_it_bought(market: LiveMarket) -> None:
    one, row = told(market, "labs/DeepSeek"), market.labs.index["DeepSeek"]
    assert one.sentence.startswith("DeepSeek, a start-up, has ")
    held = market.diary.entries[-1].held[row]
    assert sum(amount for _, amount, _ in one.parts) == pytest.approx(held[held >= 1].sum())
    assert ("shelved" in one.sentence) == (market.labs.shelved[row] >= 1)
    assert all("bought" in what or "rented" in what or "shelved" in what for _, what in one.decisions)
    shown = np.sum([line.values for line in one.plots[0].lines], axis=0)
    np.testing.assert_allclose(shown, market.diary.series("held")[:, row].sum(axis=1))


def test_a_listed_lab_says_so_and_a_group_speaks_as_many(market: LiveMarket) -> None:
    assert "on the Entity List" in told(market, "labs/SenseTime").sentence
    group = next(node.key for node in picture(market).nodes if node.key.endswith("start-ups"))
    assert "Together they" in told(market, group).sentence or "." in told(market, group).sentence


def test_channels_and_the_stock_of_memory_answer(market: LiveMarket) -> None:
    grey = told(market, "channel/grey")
    assert grey.name == "Grey"
    assert grey.parts
    stock = told(market, "store/HBM")
    assert sum(amount for _, amount, _ in stock.parts) == pytest.approx(float(market.vendors.stock.sum()), rel=1e-3)


def test_the_acts_of_a_story_name_its_agent_or_are_landmarks(market: LiveMarket) -> None:
    acts = {act.name for marker in told(market, "vendors/Nvidia").acts for act in marker.acts}
    assert {"us-h20-letter", "us-hbm-rule"} <= acts
    assert "us-dec2024-dram-tools" not in acts


def test_a_government_tells_what_it_did(market: LiveMarket) -> None:
    one = told(market, "governments/US")
    assert one.name == "Washington"
    assert one.decisions[0][0] == "November 2026"
