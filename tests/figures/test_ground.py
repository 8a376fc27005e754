"""The ground under chips: everywhere it says what the classifier says, and nothing else decides it."""

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

from abm.facts import catalog
from abm.facts.records import Chip
from abm.figures import ground
from abm.law.acts import Act
from abm.law.law import Law, law_of
from abm.law.regime import load_regime
from abm.law.rulings import FREE, classify
from abm.rules.demand import chip_value
from abm.rules.redesign import Designer

HISTORY = load_regime("history")
CHIPS = dict(catalog.chips())
DAYS = ("2022-01-01", "2022-11-01", "2023-12-01", "2025-05-01", "2026-11-01")
SPANS = ((5e2, 3e5), (1e2, 3e4))
DESIGNER = Designer(partial(chip_value, memory_weight=0.5, inference=0.5, capacity_exponent=0.25, link_exponent=0.15))


def law(**sets: Any) -> Law:
    """A law of one act, its levers written with two underscores for the dot."""
    named = {name.replace("__", "."): value for name, value in sets.items()}
    return law_of((Act.of("an-act", announced="2023-01-01", sets=named),))


def asked(rule: Law, tpp: float, bandwidth: float, link: float) -> str:
    """What the classifier says of an H100 with other compute, bandwidth and links."""
    h100 = CHIPS["H100"]
    chip = replace(h100, sku="", vendor="", tpp=tpp, bandwidth_gb_s=bandwidth, link_gb_s=link, performance_density=None)
    return classify(chip, rule).in_practice


@pytest.mark.parametrize("day", DAYS)
def test_at_any_place_the_ground_is_what_the_classifier_says(day: str) -> None:
    rule = HISTORY.at(day)
    found = ground.areas(rule, *SPANS)
    rng = np.random.default_rng(5)
    points = np.exp(rng.uniform(np.log([SPANS[0][0], SPANS[1][0]]), np.log([SPANS[0][1], SPANS[1][1]]), (150, 2)))
    for tpp, bandwidth in points:
        (area,) = [
            one for one in found if one.tpp[0] <= tpp < one.tpp[1] and one.bandwidth[0] <= bandwidth < one.bandwidth[1]
        ]
        assert area.linked == asked(rule, tpp, bandwidth, CHIPS["H100"].link_gb_s or 0)
        assert area.bare == asked(rule, tpp, bandwidth, ground.BARE)


@pytest.mark.parametrize("day", DAYS)
def test_cells_cover_the_plane_once(day: str) -> None:
    found = ground.areas(HISTORY.at(day), *SPANS)
    size = sum((one.tpp[1] - one.tpp[0]) * (one.bandwidth[1] - one.bandwidth[0]) for one in found)
    assert size == pytest.approx((SPANS[0][1] - SPANS[0][0]) * (SPANS[1][1] - SPANS[1][0]))


def test_without_controls_all_is_free() -> None:
    assert {one.linked for one in ground.areas(HISTORY.at("2022-01-01"), *SPANS)} == {"free"}


@pytest.mark.parametrize("limit", [1000.0, 7300.0])
def test_the_ground_moves_with_the_law(limit: float) -> None:
    found = ground.areas(law(band_a__tpp_min=limit, band_a__policy="deny"), *SPANS)
    assert {one.linked for one in found if one.tpp[1] <= limit} == {"free"}
    assert {one.linked for one in found if one.tpp[0] >= limit} == {"deny"}


def test_a_limit_on_the_sum_lies_lower_for_a_chip_with_links() -> None:
    found = ground.areas(law(letter__sum_min=1700, letter__policy="presume_deny"), *SPANS)
    caught = {
        name: min(one.bandwidth[0] for one in found if getattr(one, name) not in FREE) for name in ("linked", "bare")
    }
    assert caught == {"linked": 1700 - 900, "bare": 1700 - ground.BARE}


def test_chips_stand_at_their_numbers_with_the_policy_in_practice() -> None:
    rule = HISTORY.at("2023-12-01")
    found = {one.name: one for one in ground.places(rule, [CHIPS[name] for name in ("H100", "RTX 4090", "A800")])}
    assert (found["H100"].tpp, found["H100"].bandwidth, found["H100"].policy) == (15832, 3350, "presume_deny")
    assert found["RTX 4090"].policy == "presume_deny"  # notice, never cleared
    assert classify(CHIPS["RTX 4090"], rule).policy == "notify"
    assert "TPP" in found["A800"].caught_by


def test_kinds_tell_cut_downs_home_made_chips_and_designs_apart() -> None:
    chips = [CHIPS[name] for name in ("H100", "H20", "Ascend 910B", "DCU K100_AI")]
    found = ground.places(HISTORY.at("2025-01-01"), chips, [replace(CHIPS["H100"], sku="mine")])
    assert [one.what for one in found] == ["chip", "cut-down", "home", "home", "design"]


def test_a_chip_without_numbers_stands_nowhere() -> None:
    bare = Chip("bare", tpp=4000.0)
    assert ground.places(HISTORY.at("2025-01-01"), [bare, replace(bare, tpp=None, bandwidth_gb_s=100.0)]) == []


def test_on_sale_are_the_chips_released_by_the_day() -> None:
    names = {chip.sku for chip in ground.on_sale(date(2022, 11, 1))}
    assert {"A100", "A800", "H100"} <= names
    assert not {"H800", "H20", "B30A"} & names
    assert ground.on_sale(date(2030, 1, 1), []) == []


def test_spans_hold_all_points_with_room() -> None:
    points = ground.places(HISTORY.at("2025-01-01"), CHIPS.values())
    (left, right), (low, high) = ground.spans(points)
    assert all(left < one.tpp < right and low < one.bandwidth < high for one in points)
    assert all(0 < start < end for start, end in ground.spans([]))


@pytest.mark.parametrize("day", DAYS[1:])
def test_cut_downs_stand_on_free_ground_of_their_kind(day: str) -> None:
    rule = HISTORY.at(day)
    made = ground.cut_downs(rule, [CHIPS["H100"]], DESIGNER)
    (place,) = ground.places(rule, [], made)
    assert place.policy in FREE
    assert place.tpp <= (CHIPS["H100"].tpp or 0)


def test_a_flagship_that_may_be_sold_or_cannot_be_cut_gives_nothing() -> None:
    assert ground.cut_downs(HISTORY.at("2022-01-01"), [CHIPS["H100"]], DESIGNER) == []
    shut = law(band_a__tpp_min=0, band_a__policy="deny")
    assert ground.cut_downs(shut, [CHIPS["H100"]], DESIGNER) == []


def test_the_table_has_chips_and_ground_of_each_day() -> None:
    rule = HISTORY.at("2025-05-01")
    areas, places = ground.areas(rule, *SPANS), ground.places(rule, [CHIPS["H100"]])
    table = ground.table({"2025-05": places}, {"2025-05": areas})
    assert len(table) == len(areas) + 1
    assert table["what"].tolist() == ["chip"] + ["ground"] * len(areas)
    assert table["date"].unique() == ["2025-05"]
    assert table.loc[table["what"] == "ground", "policy_without_links"].notna().all()
    assert isinstance(ground.table({}, {}), pd.DataFrame)
