"""The law month by month: levers as arrays, what follows from several, and acts added in a run."""

from dataclasses import fields, replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from abm.facts import catalog
from abm.foundation.dates import end_month, first_day
from abm.law.acts import Act
from abm.law.calendar import Calendar
from abm.law.law import Law
from abm.law.levers import ANY, GRANTS, IMPORT_MODES, LEVERS, PLACES, POLICIES
from abm.law.regime import load_regime, shipped
from abm.law.subjects import Dies
from abm.month.moves import ended
from tests.law.calendars import (
    CARDS,
    GENERATIONS,
    HISTORY,
    MONTHS,
    SKUS,
    SPARE,
    VENDORS,
    k,
    made,
    month,
    what_if,
)  # fmt: skip

# --- levers ---


@pytest.mark.parametrize(
    ("lever", "value", "array", "before", "after"),
    [
        ("tools.smic", 0.25, "smic", 0.0, 0.25),
        ("tools.cxmt", 0.5, "cxmt", 0.0, 0.5),
        ("licence.review_months", 4, "review", 1.5, 4.0),
        ("nac.review_days", 60, "notice", 25 / 30, 2.0),
        ("hbm.quota_share", 0.1, "hbm_quota", 1.0, 0.1),
    ],
)
def test_a_plain_lever_becomes_a_number_a_month(
    lever: str, value: object, array: str, before: float, after: float
) -> None:
    found = getattr(made(what_if(sets={lever: value})), array)
    assert found[month("2026-10")] == pytest.approx(before)
    np.testing.assert_allclose(found[month("2026-11") :], after)


@pytest.mark.parametrize(
    ("lever", "array", "default"),
    [
        ("fee.revenue_share", "fee", 0.0),
        ("fee.duty", "duty", 0.0),
        ("licence.approval", "approval", 0.8),
        ("quota.units_per_buyer", "quota_buyer", np.inf),
        ("quota.share_of_us", "quota_us", np.inf),
    ],
)
def test_a_lever_for_a_product_reaches_that_product_and_a_star_reaches_all(
    lever: str, array: str, default: float
) -> None:
    one, all_ = (getattr(made(what_if(sets={lever: {scope: 0.5}})), array)[month("2027-01")] for scope in ("L20", "*"))
    assert one[k("L20")] == 0.5
    assert one[k("A30")] == default
    assert (all_ == 0.5).all()


def test_a_quota_for_all_together_is_no_quota_for_each() -> None:
    found, none = made(what_if(sets={"quota.units_per_month": {"*": 900.0, "H20": 100.0}})), made(HISTORY)
    later = month("2026-12")
    assert (found.quota_all[later], found.quota[later, k("H20")]) == (900.0, 100.0)
    assert np.isinf(found.quota[later, k("L20")])
    assert np.isinf(none.quota_all).all()
    assert np.isinf(none.quota).all()


def test_chinas_stance_on_imports() -> None:
    modes = made(HISTORY).import_mode
    read = {when: IMPORT_MODES[modes[month(when), k("H20")]] for when in ("2025-07", "2025-08", "2025-10")}
    assert read == {"2025-07": "open", "2025-08": "discourage", "2025-10": "discourage"}
    assert IMPORT_MODES[modes[month("2025-10"), k("RTX PRO 6000D")]] == "forbid_orders"
    halves = made(HISTORY).mandate
    assert [halves[month(when)] for when in ("2025-07", "2025-08", "2025-12")] == [0.0, 0.5, 1.0]


def test_there_is_no_term_of_notice_before_there_is_notice() -> None:
    notice = made(HISTORY).notice
    assert (notice[month("2023-11")], notice[month("2023-12")]) == (0.0, pytest.approx(25 / 30))


def test_listing_follows_the_acts() -> None:
    biren = made(HISTORY).listed[:, VENDORS.index("Biren")]
    assert (biren[month("2023-10")], biren[month("2023-11")]) == (False, True)


def test_history_sets_what_its_acts_say() -> None:
    r = made(HISTORY)
    assert r.cases[month("2025-11")] == 0
    assert r.cases[month("2026-01")] == 1
    assert r.cases[month("2026-05")] == 2
    assert not r.inspected[month("2025-10")].any()
    assert r.inspected[month("2025-11")].all()
    assert r.authorised[month("2026-06")].tolist() == [1.0] * len(PLACES)
    assert r.authorised[month("2026-08"), PLACES.index("SG")] == 0.5
    assert r.authorised[month("2026-08"), PLACES.index("TH")] == 1.0
    assert not r.headquarters[month("2023-11")]
    assert r.headquarters[month("2023-12")]
    assert not r.outside[month("2026-01")]
    assert r.outside[month("2026-02")]
    assert r.closed[month("2026-06")]
    assert not r.worldwide.any()
    assert (r.budget == 1).all()
    assert POLICIES[r.cloud[month("2026-07")]] == "free"


@pytest.mark.parametrize(
    ("sets", "field", "value"),
    [
        ({"enforcement.budget": 3.0}, "budget", 3.0),
        ({"enforcement.prosecutions": 5}, "cases", 5.0),
        ({"scope.outside_policy": "deny"}, "outside", True),
        ({"scope.outside_policy": "case_by_case"}, "outside", False),
        ({"diffusion.worldwide": True}, "worldwide", True),
        ({"scope.hq": True}, "headquarters", True),
        ({"scope.subsidiaries_closed": True}, "closed", True),
        ({"cloud.policy": "deny"}, "cloud", POLICIES.index("deny")),
        ({"licence.approval": {"*": 0.3}}, "approval_other", 0.3),
    ],
)
def test_a_lever_is_read_on_the_first_day(sets: dict[str, object], field: str, value: object) -> None:
    act = Act.of("one", announced="2024-01-15", effective="2024-01-15", sets=sets)
    column = getattr(made(load_regime("no_controls") | act), field)
    before = getattr(made(load_regime("no_controls")), field)
    assert column[month("2024-01")] == before[month("2024-01")]
    assert column[month("2024-02")] == value


# --- what follows from several levers ---


def test_the_screening_of_january_2026() -> None:
    found = made()
    before, after = month("2026-01"), month("2026-03")
    three = [k("H20"), k("H200"), k(SPARE)]
    assert found.checks[before, three].tolist() == [0, 0, 0]
    assert found.checks[after, three].tolist() == [1, 2, 1]
    for flag in (found.remote, found.lab_test, found.us_first, found.foundry_first):
        assert flag[[before, after]].tolist() == [False, True]
    assert not found.military.any()
    assert [GRANTS[place] for place in found.grants[after, three]] == ["regular", "small", "regular"]


def test_ten_buyers_are_cleared_from_june_2026() -> None:
    found = made().buyers
    assert np.isinf(found[month("2026-05")]).all()
    assert np.flatnonzero(found[month("2026-06")] == 10).tolist() == [k("H200")]
    assert np.isinf(np.delete(found[month("2026-06")], k("H200"))).all()


def test_the_rule_on_owners_rests_while_the_truce_lasts() -> None:
    found = made().ownership
    assert [found[month(when)] for when in ("2025-09", "2025-11", "2026-01", "2026-12")] == [np.inf, 0.5, np.inf, 0.5]


def test_materials_tighten_relax_with_the_truce_and_tighten_when_it_lapses() -> None:
    found = made().materials
    steps = [found[month(when)] for when in ("2023-06", "2024-06", "2025-02", "2026-02", "2026-12")]
    assert steps[0] == steps[1] == 0.0 < steps[2]
    assert steps[3] < steps[2] <= steps[4] <= 1.0


def test_severity_by_hand() -> None:
    all_held = what_if(sets={"cn.material": {ANY: "ban"}, "cn.material_supply_share": {ANY: 1.0}})
    assert made(all_held).materials[month("2026-12")] == pytest.approx(1.0)
    abroad = what_if(sets={"cn.material": {ANY: "licence"}, "cn.material_extraterritorial": True})
    law = abroad.at("2026-12-01")
    shares = [float(law.get("cn.material_supply_share", one) or 1.0) for one in ("gallium", "germanium")]
    assert made(abroad).materials[month("2026-12")] == pytest.approx(0.4 * (sum(shares) + 4) / 6)


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
    found = made(dies=Dies(node, with_memory, plain, 0.0017, 0.3), months=end_month("2029-12"))
    assert found.dies[month(when)].tolist() == may


def test_dram_is_caught_by_small_cells_or_by_density() -> None:
    cells, at = ((0.0017, 0.1), (0.01, 0.3), (0.01, 0.1)), month("2026-06")
    assert [made(dies=Dies(7, 50, 33, *cell)).dram_free[at] for cell in cells] == [False, False, True]
    assert made().dram_free[month("2024-06")]


def test_a_share_for_the_grid_is_phased_in_to_the_year_it_is_due() -> None:
    found = made(HISTORY.adopt("cn-grid-mandate", "2026-12"), months=end_month("2028-12")).grid
    assert found[month("2026-11")] == 0.0
    assert (np.diff(found[month("2026-12") : month("2028-01")]) >= 0).all()
    assert found[month("2028-01")] == pytest.approx(0.80)
    assert 0 < found[month("2027-06")] < 0.8
    at_once = what_if(sets={"cn.domestic_share_min": {"national_grid": 0.5}})
    assert made(at_once).grid[month("2026-12")] == 0.5


def test_a_fine_is_the_middle_of_its_range_and_nothing_before_the_case_is_closed() -> None:
    assert not made().fine.any()
    found = made(what_if(sets={"cn.antitrust": {"Nvidia": "fined"}})).fine[month("2026-12")]
    np.testing.assert_allclose(found, [0.055, 0, 0, 0, 0])


def test_government_buyers_may_buy_from_all_until_there_is_a_list() -> None:
    found = made().cleared
    assert found[month("2026-04")].all()
    assert found[month("2026-06")].tolist() == [False, True, False, True, True]


def test_each_array_has_its_axis_and_is_read_only() -> None:
    found, axes = made(), {len(one) for one in (SKUS, GENERATIONS, CARDS, VENDORS, PLACES)} | {2}
    for name, array in found.arrays.items():
        assert len(array) == MONTHS, name
        assert array.ndim == 1 or array.shape[1] in axes, name
        assert not array.flags.writeable, name
    assert found.lab_listed.shape == (MONTHS, 2)
    assert np.isnan(found.lab_listed).any()


# --- acts and designs of a run ---


@pytest.mark.parametrize("since", [1, month("2025-03"), month("2026-11")])
def test_after_acts_what_was_stays_and_what_lies_ahead_is_that_of_the_whole(since: int) -> None:
    dates: dict[str, Any] = {"announced": ended(since - 1), "effective": first_day(since + 3)}
    acts = (
        Act.of("bar", **dates, sets={"named.policy": {"RTX 5090D V2": "deny"}}),
        Act.of("shut", **dates, sets={"band_a.policy": "deny", "fee.duty": {"*": 0.5}}),
    )
    design = replace(catalog.chips()["H20"], sku=SPARE)
    before = made().with_product(k(SPARE), design)
    after, whole = before.after(*acts, since=since), made(HISTORY.enacting(*acts)).with_product(k(SPARE), design)
    assert after.regime == whole.regime
    assert after.designed == before.designed
    for name, column in after.arrays.items():
        new = since - (name == "card_end")
        np.testing.assert_array_equal(column[new:], whole.arrays[name][new:], err_msg=name)
        np.testing.assert_array_equal(column[:new], before.arrays[name][:new], err_msg=name)
    assert after.duty[month("2027-12"), k("L20")] == 0.5


SOLD = {"cn.import_mode": {ANY: "block"}, "cn.material": {"gallium": "open"}}
TRUCE = next(act for act in HISTORY.acts if act.suspends)


@pytest.mark.parametrize(
    "act",
    [
        Act.of("imports", "CN", announced="2026-09-30", effective="2026-12-01", sets=SOLD),
        Act.of("listed", announced="2026-09-30", effective="2026-12-01", sets={"entity.firms_added": 50}),
        Act.of("approval", announced="2026-09-30", effective="2026-12-01", sets={"licence.approval": {ANY: 0.3}}),
        Act.of("rent", announced="2026-09-30", effective="2026-12-01", sets={"cloud.policy": "presume_deny"}),
        Act.of("end-of-truce", "both", announced="2026-09-30", effective="2026-12-01", repeals=[TRUCE.name]),
    ],
    ids=lambda act: act.name,
)
def test_what_acts_do_not_touch_need_not_be_worked_out_again(act: Act) -> None:
    before, since = made(), month("2026-10")
    after, whole = before.after(act, since=since), made(HISTORY.enacting(act))
    for name, column in after.arrays.items():
        np.testing.assert_array_equal(column[since:], whole.arrays[name][since:], err_msg=name)
    assert any(column is before.arrays[name] for name, column in after.arrays.items())
    assert any(column is not before.arrays[name] for name, column in after.arrays.items())


class Asked(Law):
    """A law that notes which levers it is asked for."""

    def __init__(self, law: Law) -> None:
        super().__init__(law.caught)
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.names.add(name)
        return super().__getitem__(name)

    def _setting(self, name: str, scope: str | None) -> Any:
        self.names.add(name)
        return super()._setting(name, scope)


@pytest.mark.parametrize("rule", [one for one in fields(Calendar) if "rule" in one.metadata], ids=lambda one: one.name)
def test_a_rule_of_the_law_reads_the_levers_that_it_says(rule: Any) -> None:
    asked: set[str] = set()
    for name in shipped():
        regime = load_regime(name)
        for day in (*regime.breakpoints(), date(2029, 6, 1)):
            law = Asked(regime.at(day))
            rule.metadata["rule"](law, day, made().subjects)
            asked |= law.names
    assert asked <= rule.metadata["reads"]
    assert rule.metadata["reads"] <= LEVERS.keys()


def test_acts_in_the_last_month_change_no_array() -> None:
    after = made().after(Act.of("late", announced="2027-12-31", sets={"fee.duty": {"*": 0.5}}), since=MONTHS)
    assert after.regime.act("late")
    assert all(column is made().arrays[name] for name, column in after.arrays.items())


def test_a_design_is_barred_until_it_is_told_and_stands_under_what_holds_for_all() -> None:
    found = made(what_if(sets={"licence.grants": {ANY: "none"}, "cn.approved_units": {"H20": 5}}))
    at = month("2026-12")
    assert [GRANTS[place] for place in found.grants[at]] == ["none"] * len(SKUS)
    assert [found.approved[at, k(sku)] for sku in ("H20", "H200", SPARE)] == [5, 400_000, np.inf]
    assert POLICIES[found.policy[at, k(SPARE)]] == "deny"
    weak = replace(catalog.chips()["L20"], sku=SPARE, fp16_tflops=1.0, fp8_tops=None, fp4_tops=None, tpp=None)
    made_known = found.with_product(k(SPARE), weak)
    assert POLICIES[made_known.policy[at, k(SPARE)]] == "free"
    assert POLICIES[found.policy[at, k(SPARE)]] == "deny"
