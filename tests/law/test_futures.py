"""The shipped regimes beside history: what they change, when, and what they leave alone."""

from datetime import date, timedelta

import pytest

from abm.facts import catalog
from abm.law.law import Law
from abm.law.regime import load_regime, shipped
from abm.law.rulings import classify

HISTORY = load_regime("history")
FUTURES = tuple(name for name in shipped() if name not in ("history", "no_controls"))
START = date(2026, 11, 1)
CHIPS = catalog.chips()


def policies(law: Law, *skus: str) -> tuple[str, ...]:
    return tuple(classify(CHIPS[sku], law).policy for sku in skus)


def test_the_shipped_regimes() -> None:
    assert set(shipped()) >= {
        "history", "no_controls", "hold_firm", "limited_licensing", "hbm_relief", "hbm_for_concessions",
        "full_relaxation", "tighten", "negotiated",
    }  # fmt: skip
    titles = [load_regime(name).title for name in shipped()]
    assert all(titles)
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("name", FUTURES)
def test_a_future_is_history_until_november_2026(name: str) -> None:
    future = load_regime(name)
    assert future.before(START).acts == HISTORY.acts
    eve = START - timedelta(1)
    assert future.at(eve).caught == HISTORY.at(eve).caught
    assert future.known(eve) == HISTORY.known(eve)
    assert future.foreseen(eve, leaks=True).acts == HISTORY.foreseen(eve, leaks=True).acts


@pytest.mark.parametrize("name", [name for name in FUTURES if not load_regime(name).adaptive])
def test_acts_of_the_futures_say_that_they_are_assumed_and_why(name: str) -> None:
    future = load_regime(name)
    own = [act for act in future.acts if act.announced >= START]
    assert own
    for act in own:
        assert (act.grade, act.announced, act.effective) == ("assumed", START, START)
        assert act.what.endswith(".")
        assert act.note
    assert any(act.sets for act in own)


def test_holding_firm_is_the_law_as_it_stands() -> None:
    firm = load_regime("hold_firm")
    assert len(firm.acts) == len(HISTORY.acts) + 1
    for day in ("2026-11-01", "2026-11-10", "2026-11-27", "2030-12-31"):
        assert firm.at(day).settings() == HISTORY.at(day).settings()
        for chip in CHIPS.values():
            now, then = classify(chip, firm.at(day)), classify(chip, HISTORY.at(day))
            assert (now.policy, now.refused_in_practice) == (then.policy, then.refused_in_practice)


def test_limited_licensing_admits_half_a_blackwell_and_no_more() -> None:
    law = load_regime("limited_licensing").at(START)
    assert policies(law, "B30A", "H200", "H20") == ("case_by_case",) * 3
    assert policies(law, "B200", "B300") == ("presume_deny",) * 2
    assert policies(law, "RTX 4090D", "A30") == ("exempt", "notify")
    assert law["hbm.policy"] == "presume_deny"
    assert law.get("licence.approval", "B30A") == 0.5
    assert law["licence.review_months"] == 3
    assert dict(law["quota.units_per_month"]) == {"*": 30000}
    assert law.get("quota.share_of_us", "H200") is None
    assert law.get("quota.units_per_buyer", "H200") is None
    assert {law.get("fee.duty", sku) + law.get("fee.revenue_share", sku) for sku in ("H20", "H200", "B30A")} == {0.25}


def test_hbm_relief_touches_memory_alone() -> None:
    relief, day = load_regime("hbm_relief"), "2027-01-01"
    changed = set(relief.at(day).settings()) ^ set(HISTORY.at(day).settings())
    assert {one.lever for one in changed} == {"hbm.policy", "hbm.quota_share"}
    assert relief.at(day)["hbm.policy"] == "case_by_case"
    assert 0 < relief.at(day)["hbm.quota_share"] < 1


def test_full_relaxation_frees_every_chip_and_keeps_what_targets_users() -> None:
    law = load_regime("full_relaxation").at(START)
    assert set(policies(law, *CHIPS)) <= {"free", "exempt"}
    assert law["hbm.policy"] == "off"
    assert {law.get("cn.import_mode", sku) for sku in CHIPS} == {"open"}
    assert law["scope.hq"] is False
    assert law.get("fee.duty", "H200") == 0
    assert law.get("entity.listed", "Biren") is True
    assert law["foundry.diligence"] is True
    assert law.get("cn.domestic_share_min", "state_datacentre") == 1.0
    later = load_regime("full_relaxation").at("2027-06-01")
    assert later["entity.ownership_min"] is None
    assert later.get("cn.material", "gallium") == "licence"


def test_hbm_for_concessions_gives_the_relief_of_hbm_relief_and_takes_what_china_can_give() -> None:
    deal, relief = (load_regime(name).at("2027-06-01") for name in ("hbm_for_concessions", "hbm_relief"))
    assert deal["hbm.quota_share"] == relief["hbm.quota_share"]
    assert {deal.get("cn.import_mode", sku) for sku in CHIPS} == {"open"}
    assert deal.get("cn.material", "gallium") == "open"
    assert (deal["cn.ip_commitments"], deal["tariff.fentanyl"]) == (1.0, 0.0)
    assert relief.get("cn.material", "gallium") == "ban"
    assert policies(deal, "H200", "B30A", "B300") == policies(relief, "H200", "B30A", "B300")


def test_tightening_shuts_the_window_and_is_answered() -> None:
    law = load_regime("tighten").at("2027-06-01")
    assert policies(law, "H200", "B300") == ("presume_deny",) * 2
    assert law["tools.smic"] > 0
    assert law.get("cn.material", "rare_earths") == "ban"


def test_negotiated_has_no_acts_of_its_own_and_two_governments_that_react() -> None:
    regime = load_regime("negotiated")
    assert regime.acts == HISTORY.acts
    assert regime.adaptive == (("CN", START), ("US", START))


def test_no_controls_drops_us_acts_and_the_answers_to_them() -> None:
    none = load_regime("no_controls")
    assert set(none.acts) == {act for act in HISTORY.acts if act.by != "US" and not act.answers_us}
    assert not any(act.by == "US" for act in none.acts)
    for day in ("2022-01-01", "2023-12-01", "2026-03-01", "2030-12-31"):
        assert set(policies(none.at(day), *CHIPS)) == {"free"}
        assert none.at(day)["hbm.policy"] is None
        assert {none.at(day).get("cn.import_mode", sku) for sku in CHIPS} == {"open"}


def test_a_chinese_mandate_can_be_put_back_without_the_controls() -> None:
    with_mandate = load_regime("no_controls") | HISTORY.act("cn-state-dc-half-domestic")
    assert with_mandate.at("2026-01-01").get("cn.domestic_share_min", "state_datacentre") == 0.5


def test_each_act_of_a_future_changes_the_law_but_for_the_statement_of_hold_firm() -> None:
    for name in FUTURES:
        future = load_regime(name)
        for act in future.acts:
            if act.announced < START or act.name == "us-holds-firm":
                continue
            days = [START, date(2027, 6, 1)]
            less = future.without(act.name)
            assert any(less.at(day).settings() != future.at(day).settings() for day in days), (name, act.name)
