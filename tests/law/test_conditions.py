"""Conditions of licences, demands on buyers, materials and fines: what acts become month by month."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from abm.foundation.dates import month_of
from abm.law.acts import Act
from abm.law.conditions import Conditions, Design, conditions, materials
from abm.law.levers import ANY, GRANTS
from abm.law.regime import Regime, load_regime

HISTORY = load_regime("history")
SKUS, VENDORS = ("H20", "H200", ANY), ("Nvidia", "Huawei", "Cambricon", "Moore Threads")
DESIGN = Design(7, 50, 33, 0.0017, 0.3)
MONTHS = 120


def made(regime: Regime = HISTORY, design: Design = DESIGN, since: int = 0) -> Conditions:
    return conditions(regime, SKUS, VENDORS, design, MONTHS, since)


def month(text: str) -> int:
    return month_of(date.fromisoformat(f"{text}-01"))


def what_if(**more: Any) -> Regime:
    return HISTORY | Act.of("what-if", by="both", **{"announced": "2026-11", **more})


def test_the_screening_of_january_2026() -> None:
    found = made()
    before, after = month("2026-01"), month("2026-03")
    assert found.checks[before].tolist() == [0, 0, 0]
    assert found.checks[after].tolist() == [1, 2, 1]
    for flag in (found.remote, found.lab_test, found.us_first, found.foundry_first):
        assert flag[[before, after]].tolist() == [False, True]
    assert not found.military.any()
    assert [GRANTS[place] for place in found.grants[after]] == ["regular", "small", "regular"]


def test_ten_buyers_are_cleared_from_june_2026() -> None:
    found = made().buyers
    assert np.isinf(found[month("2026-05")]).all()
    assert found[month("2026-06")].tolist() == [np.inf, 10, np.inf]


def test_the_rule_on_owners_rests_while_the_truce_lasts() -> None:
    found = made().ownership
    assert [found[month(when)] for when in ("2025-09", "2025-11", "2026-01", "2026-12")] == [np.inf, 0.5, np.inf, 0.5]


def test_materials_tighten_relax_with_the_truce_and_tighten_when_it_lapses() -> None:
    found = made().materials
    steps = [found[month(when)] for when in ("2023-06", "2024-06", "2025-02", "2026-02", "2026-12")]
    assert steps[0] == steps[1] == 0.0 < steps[2]
    assert steps[3] < steps[2] <= steps[4] <= 1.0


def test_severity_by_hand() -> None:
    law = what_if(sets={"cn.material": {ANY: "ban"}, "cn.material_supply_share": {ANY: 1.0}}).at("2026-12-15")
    assert materials(law) == pytest.approx(1.0)
    law = what_if(sets={"cn.material": {ANY: "licence"}, "cn.material_extraterritorial": True}).at("2026-12-15")
    shares = [float(law.get("cn.material_supply_share", one) or 1.0) for one in ("gallium", "germanium")]
    assert materials(law) == pytest.approx(0.4 * (sum(shares) + 4) / 6)


@pytest.mark.parametrize(
    ("when", "node", "with_memory", "plain", "may"),
    [
        ("2024-12", 7, 50, 33, [True, True]),
        ("2025-06", 7, 50, 33, [False, False]),
        ("2025-06", 28, 50, 33, [True, True]),
        ("2025-06", 7, 29, 29, [True, True]),
        ("2027-06", 7, 50, 33, [False, True]),
        ("2027-06", 7, 50, 38, [False, False]),
        ("2029-06", 7, 50, 38, [False, True]),
    ],
)
def test_what_foundries_abroad_may_make(
    when: str, node: float, with_memory: float, plain: float, may: list[bool]
) -> None:
    assert made(design=Design(node, with_memory, plain, 0.0017, 0.3)).dies[month(when)].tolist() == may


def test_dram_is_caught_by_small_cells_or_by_density() -> None:
    cells, at = ((0.0017, 0.1), (0.01, 0.3), (0.01, 0.1)), month("2026-06")
    assert [made(design=Design(7, 50, 33, *cell)).dram_free[at] for cell in cells] == [False, False, True]
    assert made().dram_free[month("2024-06")]


def test_a_share_for_the_grid_is_phased_in_to_the_year_it_is_due() -> None:
    found = made(HISTORY.adopt("cn-grid-mandate", "2026-12")).grid
    assert found[month("2026-11")] == 0.0
    assert (np.diff(found[month("2026-12") : month("2028-01")]) >= 0).all()
    assert found[month("2028-01")] == pytest.approx(0.80)
    assert 0 < found[month("2027-06")] < 0.8
    at_once = what_if(sets={"cn.domestic_share_min": {"national_grid": 0.5}})
    assert made(at_once).grid[month("2026-12")] == 0.5


def test_a_fine_is_the_middle_of_its_range_and_nothing_before_the_case_is_closed() -> None:
    assert not made().fine.any()
    found = made(what_if(sets={"cn.antitrust": {"Nvidia": "fined"}})).fine[month("2026-12")]
    np.testing.assert_allclose(found, [0.055, 0, 0, 0])


def test_government_buyers_may_buy_from_all_until_there_is_a_list() -> None:
    found = made().cleared
    assert found[month("2026-04")].all()
    assert found[month("2026-06")].tolist() == [False, True, False, True]


def test_a_design_of_the_run_stands_under_what_holds_for_all() -> None:
    found = made(what_if(sets={"licence.grants": {ANY: "none"}, "cn.approved_units": {"H20": 5}}))
    assert [GRANTS[place] for place in found.grants[month("2026-12")]] == ["none"] * 3
    assert found.approved[month("2026-12")].tolist() == [5, 400_000, 0]


def test_conditions_from_a_month_on_are_those_of_the_whole() -> None:
    whole, since = made(), 40
    joined = whole.followed_by(made(since=since), since)
    for name, column in vars(whole).items():
        np.testing.assert_array_equal(getattr(joined, name), column, err_msg=name)
