"""Tables that pages show: evidence, flows, harmless HTML."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from markupsafe import escape

from abm.facts import catalog
from abm.foundation.parameters import GRADES, declarations
from abm.law.acts import Act
from abm.law.regime import load_regime
from abm.runs.run import Run
from abm.runs.scenario import Scenario
from abm.runs.simulate import simulate
from abm.server import deliveries as flows
from abm.server import tables, words
from abm.server.html import render
from abm.server.live import LawNow

PAYLOADS = ["<script>alert(1)</script>", '" onmouseover="alert(1)', "<img src=x onerror=alert(1)>", "&lt;b&gt;"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_cells_are_harmless(payload: str) -> None:
    text = render("table.html", head=("a", payload), rows=[(payload, 1)], kind=payload)
    assert payload not in text
    assert "<script" not in text
    assert "<img" not in text


def test_evidence_shows_every_parameter_and_filters() -> None:
    assert [row.label for row in tables.evidence()] == [words.parameter(name) for name in declarations()]
    by_grade = [len(tables.evidence(grade=grade)) for grade in GRADES]
    assert sum(by_grade) == len(declarations())
    assert {row.label.partition(":")[0] for row in tables.evidence(group="hbm")} == {"High-bandwidth memory"}
    found = tables.evidence(search="YIELD", group="domestic")
    assert found
    assert all("yield" in f"{row.label} {row.help} {row.sources}".casefold() for row in found)
    assert tables.evidence(search="no such words") == []


def test_evidence_begins_with_what_answers_rest_on() -> None:
    ranked = tables.evidence(ranked=True)
    assert sorted(row.label for row in ranked) == sorted(row.label for row in tables.evidence())
    shares = [float(row.influence.rstrip("%")) for row in ranked if row.influence != "–"]
    assert shares == sorted(shares, reverse=True)
    assert 0 < len(shares) < len(ranked) / 2
    assert {row.influence for row in ranked[len(shares) :]} == {"–"}


def test_influence_is_that_of_the_study_on_the_page(repo: Path) -> None:
    study = pd.read_csv(repo / "docs" / "figures" / "exposure_data.csv").dropna(subset="input")
    found = pd.read_csv(tables.INFLUENCE)
    assert list(found["input"]) == list(study["input"])
    np.testing.assert_allclose(found["share"], study["share"], atol=1e-5)


def test_sources_are_told_with_publisher_title_and_address_and_once() -> None:
    one = catalog.sources()["reuters-2024-samsung-hbm"]
    ((said, address),) = tables.cited("reuters-2024-samsung-hbm")
    assert said.startswith(f"{one.publisher}: {one.title}")
    assert address == one.address
    assert tables.cited("nobody") == (("nobody", ""),)
    rows = tables.evidence()[:2]
    assert rows[0].sources == rows[1].sources
    assert tables.evidence_table(rows).count("as above") == 1


def test_values_stand_as_declared() -> None:
    assert words.value(-1.5) == "−1.5"
    assert words.value(70_000) == "70,000"
    assert [words.value(one) for one in (None, True, "case_by_case")] == ["not set", "yes", "case by case"]


# flows


@pytest.fixture(scope="module")
def run() -> Run:
    return simulate(Scenario.of("history", until="2024-12"), ["china_compute", "design_tpp"], flows=True)


def test_a_years_deliveries_are_those_of_the_flows(run: Run) -> None:
    assert run.flows is not None
    table = flows.deliveries(run, "2024")
    worth = flows.compute_of(run)
    rows = run.flows[run.flows["month"].str.startswith("2024")]
    rows = rows.query("good in ['accelerator', 'compute'] and to == 'labs' and `from` not in ['outside', 'labs']")
    assert set(rows.loc[rows["good"] == "accelerator", "sku"]) <= set(worth)
    whole = sum(units * worth.get(sku, 1.0) for units, sku in zip(rows["units"], rows["sku"], strict=True))
    assert table["amount"].sum() == pytest.approx(whole)
    assert set(table["channel"]) == {"licensed", "domestic", "grey", "gaming", "offshore"}
    one = flows.deliveries(run, "2024", "domestic")
    assert one["amount"].sum() == pytest.approx(table.loc[table["channel"] == "domestic", "amount"].sum())
    assert flows.deliveries(run, "1999").empty


def test_links_conserve_what_flows_through_each_stage(run: Run) -> None:
    table = flows.deliveries(run, "2024")
    links = flows.chip_links(table)
    names = {end for _, end, _ in links} & {start for start, _, _ in links}
    assert names
    for name in names:
        into = sum(value for _, end, value in links if end == name)
        assert into == pytest.approx(sum(value for start, _, value in links if start == name))
    assert sum(value for _, end, value in links if end == "Chinese labs") == pytest.approx(table["amount"].sum())
    tones = dict.fromkeys(set(table["channel"]), "#003") | {"licensed": "#001", "domestic": "#002"}
    colours = flows.channel_colours(table, tones)
    assert (colours["Nvidia"], colours["H20"], colours["Huawei"]) == ("#001", "#001", "#002")


def test_memory_goes_to_chinese_vendors_and_the_rest_of_the_world(run: Run) -> None:
    links = flows.memory_links(run, "2024")
    assert {end for _, end, _ in links} == {"Chinese vendors", "Rest of the world"}
    assert {start for start, _, _ in links} <= set(catalog.memory())


def test_makers_of_catalogued_and_designed_chips_are_known() -> None:
    assert flows.vendor_of("H20") == "Nvidia"
    assert flows.vendor_of("Nvidia 1 cut-down") == "Nvidia"


# law


def test_the_law_of_a_month_is_listed_with_what_is_new_and_what_comes() -> None:
    chip, memory = load_regime("history").act("us-oct2022-chip-rule"), load_regime("history").act("us-hbm-rule")
    text = tables.law_list(LawNow((), (chip,), ((memory, 0.8),)), "2024-10")
    assert escape(chip.what) in text
    assert "US, since 21 October 2022" in text
    assert "from 31 December 2024, 80% likely" in text
    assert "In force on 1 October 2024: 1 act" in text
    assert "New in" not in text
    assert "No act in force on 1 January 2022" in tables.law_list(LawNow((), (), ()), "2022-01")


def test_text_of_acts_is_harmless() -> None:
    act = Act.of("odd", "CN", announced="2024-10", what='<img src=x onerror="alert(1)">')
    text = tables.law_list(LawNow((act,), (), ()), "2024-10")
    assert "<img" not in text
    assert "China, from 1 October 2024" in text
