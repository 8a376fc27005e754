"""The shipped history against the record of acts it was written from, and against the fact tables of the law."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from abm.facts import catalog
from abm.law.regime import Regime, load_regime
from abm.law.rulings import classify
from tests.law import statement

# name, government, leaked, announced, effective, first day out of force for good, status
RECORD = (
    ("us-oct2022-chip-rule", "US", None, "2022-10-07", "2022-10-21", "2023-11-17", None),
    ("us-oct2023-band-a", "US", None, "2023-10-17", "2023-11-17", None, None),
    ("us-oct2023-band-b", "US", None, "2023-10-17", "2023-11-17", None, None),
    ("us-oct2023-consumer-carve-out", "US", None, "2023-10-17", "2023-11-17", None, None),
    ("us-oct2023-nac", "US", None, "2023-10-17", "2023-11-17", None, None),
    ("us-oct2023-hq-scope", "US", None, "2023-10-17", "2023-11-17", None, None),
    ("us-oct2023-entity-list", "US", None, "2023-10-17", "2023-10-17", None, None),
    ("us-apr2024-corrections", "US", None, "2024-04-04", "2024-04-04", None, None),
    ("us-hbm-rule", "US", "2024-08", "2024-12-02", "2024-12-31", None, None),
    ("us-hbm-exception", "US", "2024-08", "2024-12-02", "2024-12-31", None, None),
    ("us-dec2024-entity-list", "US", None, "2024-12-02", "2024-12-02", None, None),
    ("us-dec2024-dram-tools", "US", None, "2024-12-02", "2024-12-31", None, None),
    ("cn-gallium-ban", "CN", None, "2024-12-03", "2024-12-03", None, None),
    ("cn-samr-probe", "CN", None, "2024-12-09", "2024-12-09", None, None),
    ("us-diffusion-rule", "US", None, "2025-01-15", "2025-05-13", "2025-05-13", "withdrawn"),
    ("us-foundry-diligence", "US", None, "2025-01-15", "2025-01-16", None, None),
    ("cn-rare-earth-2025-04", "CN", None, "2025-04", "2025-04", None, None),
    ("us-h20-letter", "US", None, "2025-04-09", "2025-04-09", None, None),
    ("us-diffusion-dropped", "US", None, "2025-05-13", "2025-05-13", None, None),
    ("us-ascend-gp10", "US", None, "2025-05-13", "2025-05-13", None, None),
    ("us-h20-resumption", "US", None, "2025-07-14", "2025-07-15", None, None),
    ("cn-cac-summons", "CN", None, "2025-07-31", "2025-07-31", None, None),
    ("cn-state-dc-half-domestic", "CN", None, "2025-08", "2025-08", None, None),
    ("us-revenue-share", "US", None, "2025-08-11", "2025-08-11", None, None),
    ("cn-h20-discouragement", "CN", None, "2025-08-12", "2025-08-12", None, None),
    ("cn-samr-finding", "CN", None, "2025-09-15", "2025-09-15", None, None),
    ("cn-6000d-halt", "CN", None, "2025-09-17", "2025-09-17", None, None),
    ("us-affiliates-rule", "US", None, "2025-09-29", "2025-09-29", None, None),
    ("cn-rare-earth-2025-10", "CN", None, "2025-10-09", "2025-10-09", None, None),
    ("cn-customs-inspections", "CN", None, "2025-10-10", "2025-10-10", None, None),
    ("busan-gallium-suspended", "both", None, "2025-10-30", "2025-11-09", "2026-11-27", None),
    ("busan-affiliates-suspended", "both", None, "2025-10-30", "2025-11-10", "2026-11-10", None),
    ("busan-rare-earth-suspended", "both", None, "2025-10-30", "2025-11-10", "2026-11-10", None),
    ("busan-fentanyl-tariff", "US", None, "2025-10-30", "2025-11-10", None, None),
    ("cn-state-dc-domestic-only", "CN", None, "2025-11-05", "2025-11-05", None, None),
    ("us-h200-announcement", "US", None, "2025-12-08", "2026-01-15", "2026-01-15", "withdrawn"),
    ("us-gatekeeper", "US", None, "2025-12-08", "2025-12-08", None, None),
    ("us-h200-band", "US", "2025-12-08", "2026-01-13", "2026-01-15", None, None),
    ("us-h200-quota", "US", "2025-12-08", "2026-01-13", "2026-01-15", None, None),
    ("us-h200-screening", "US", "2025-12-08", "2026-01-13", "2026-01-15", None, None),
    ("us-h200-outside", "US", "2025-12-08", "2026-01-13", "2026-01-15", None, None),
    ("cn-h200-customs-stop", "CN", None, "2026-01-13", "2026-01-13", "2026-01-28", None),
    ("us-h200-duty", "US", "2025-12-08", "2026-01-14", "2026-01-15", None, None),
    ("cn-h200-partial-approval", "CN", None, "2026-01-28", "2026-01-28", None, None),
    ("us-first-h200-licences", "US", None, "2026-02", "2026-02", None, None),
    ("us-supermicro-charges", "US", None, "2026-03-19", "2026-03-19", None, None),
    ("cn-government-chip-list", "CN", None, "2026-05", "2026-05", None, None),
    ("us-h200-buyer-cap", "US", None, "2026-05-14", "2026-05-14", None, None),
    ("cn-5090dv2-stop", "CN", None, "2026-05-15", "2026-05-15", None, None),
    ("us-hq-guidance", "US", None, "2026-05-31", "2026-05-31", None, None),
    ("cn-grid-mandate", "CN", None, "2026-06", None, None, "pending"),
    ("cn-grid-subsidy", "CN", None, "2026-06", None, None, "pending"),
    ("us-asia-buyer-list", "US", None, "2026-07", "2026-07", None, None),
    ("cn-ndrc-case-by-case", "CN", None, "2026-08", "2026-08", None, None),
    ("truce-extension", "both", None, "2026-09-28", "2026-11-10", "2027-01-10", "pending"),
    ("tariff-30-for-30", "both", None, "2026-09-28", None, None, "pending"),
)

HISTORY = load_regime("history")
ACTS = {act.name: act for act in (*HISTORY.acts, *HISTORY.pending)}


def first(text: str | None) -> date | None:
    """A date of the record; a month means its first day."""
    return date.fromisoformat(text if len(text) == 10 else f"{text}-01") if text else None


def test_every_act_of_the_record_is_there_and_no_other() -> None:
    assert set(ACTS) == {row[0] for row in RECORD}
    assert len(ACTS) == len(RECORD)


@pytest.mark.parametrize("row", RECORD, ids=[row[0] for row in RECORD])
def test_an_act_keeps_the_dates_of_the_record(row: tuple[str, ...]) -> None:
    name, by, leaked, announced, effective, ends, status = row
    act = ACTS[name]
    assert (act.by, act.leaked, act.announced, act.effective, act.status) == (
        by, first(leaked), first(announced), first(effective), status,
    )  # fmt: skip
    if status == "withdrawn":
        assert name not in HISTORY.spans
        assert act.ends == first(ends)
    elif status is None:
        assert HISTORY.spans[name] == (first(effective), first(ends) or date.max)


def test_every_act_has_a_source_a_grade_and_words() -> None:
    for act in ACTS.values():
        assert act.source, act.name
        assert act.what.endswith("."), act.name
        assert act.grade in ("measured", "reported", "assumed"), act.name
        assert act.sets or act.suspends or act.repeals, act.name


def test_pending_acts_are_offered_and_not_law() -> None:
    assert {act.name for act in HISTORY.pending} == {
        "cn-grid-mandate", "cn-grid-subsidy", "truce-extension", "tariff-30-for-30",
    }  # fmt: skip
    assert not {act.name for act in HISTORY.acts} & {act.name for act in HISTORY.pending}


def test_acts_marked_as_answers_say_why() -> None:
    answers = [act for act in ACTS.values() if act.answers_us]
    assert answers
    for act in answers:
        assert act.by in ("CN", "both"), act.name
        assert "answer" in act.note or act.name == "truce-extension", act.name
    unmarked = {act.name for act in ACTS.values() if act.by == "CN" and not act.answers_us}
    assert unmarked == {"cn-rare-earth-2025-04", "cn-government-chip-list", "cn-grid-subsidy"}


US_ROWS = {
    "us-2022-3a090": "us-oct2022-chip-rule",
    "us-2023-3a090a": "us-oct2023-band-a",
    "us-2023-3a090b": "us-oct2023-band-b",
    "us-2023-consumer": "us-oct2023-consumer-carve-out",
    "us-2023-nac": "us-oct2023-nac",
    "us-2023-hq-scope": "us-oct2023-hq-scope",
    "us-2024-04-corrections": "us-apr2024-corrections",
    "us-2024-hbm": "us-hbm-rule",
    "us-2024-hbm-exception": "us-hbm-exception",
    "us-2025-foundry": "us-foundry-diligence",
    "us-2025-gp10": "us-ascend-gp10",
    "us-2025-letter": "us-h20-letter",
    "us-2025-h20-resumption": "us-h20-resumption",
    "us-2025-revenue-share": "us-revenue-share",
    "us-2026-case-by-case": "us-h200-band",
    "us-2026-outside": "us-h200-outside",
    "us-2026-duty": "us-h200-duty",
    "us-2026-buyer-cap": "us-h200-buyer-cap",
    "us-2026-hq-guidance": "us-hq-guidance",
}
CN_ROWS = {
    "cn-gallium-ban": "cn-gallium-ban",
    "cn-samr-probe": "cn-samr-probe",
    "cn-rare-earth-2025-04": "cn-rare-earth-2025-04",
    "cn-cac-summons": "cn-cac-summons",
    "cn-state-dc-50": "cn-state-dc-half-domestic",
    "cn-samr-fine-low": "cn-samr-finding",
    "cn-6000d-halt": "cn-6000d-halt",
    "cn-rare-earth-2025-10": "cn-rare-earth-2025-10",
    "cn-rare-earth-suspension": "busan-rare-earth-suspended",
    "busan-fentanyl-tariff": "busan-fentanyl-tariff",
    "cn-state-dc-ban": "cn-state-dc-domestic-only",
    "cn-gallium-suspension": "busan-gallium-suspended",
    "cn-h200-customs-stop": "cn-h200-customs-stop",
    "cn-h200-partial": "cn-h200-partial-approval",
    "cn-gov-list": "cn-government-chip-list",
    "cn-5090dv2-stop": "cn-5090dv2-stop",
    "cn-ndrc-case-by-case": "cn-ndrc-case-by-case",
}


def test_every_us_row_in_force_has_its_act_of_the_same_days() -> None:
    """The affiliates rule and its return are one act under a suspension; rental sets nothing."""
    for row in statement.rows(statement.US):
        if row.in_force_from is None or row.rule_id in (
            "us-cloud-rental",
            "us-2025-affiliates",
            "us-2026-affiliates-return",
        ):
            continue
        act = HISTORY.act(US_ROWS[row.rule_id])
        assert act.announced == row.announced, row.rule_id
        assert HISTORY.spans[act.name] == (row.in_force_from, row.in_force_to or date.max), row.rule_id
        assert set(act.source) & set(row.source), row.rule_id


def test_every_chinese_row_in_force_has_its_act_of_the_same_days() -> None:
    rows = {row.measure_id: row for row in statement.rows(statement.CN)}
    for measure, name in CN_ROWS.items():
        act = HISTORY.act(name)
        assert act.effective == rows[measure].in_force_from, measure
    within_a_month = {"cn-h20-discouragement": "cn-h20-discouragement", "cn-customs-2025-10": "cn-customs-inspections"}
    for measure, name in within_a_month.items():
        assert HISTORY.act(name).effective.replace(day=1) == rows[measure].in_force_from.replace(day=1), measure
    values_of_acts = {"cn-samr-fine-high", "cn-state-dc-removal", "cn-state-dc-size"}
    recent = {name for name, row in rows.items() if row.in_force_from and row.in_force_from >= date(2025, 6, 1)}
    assert recent == recent & {*CN_ROWS, *within_a_month, *values_of_acts}
    days = {rows[name].in_force_to for name in ("cn-rare-earth-suspension", "cn-gallium-suspension")}
    assert days == {date(2026, 11, 10), date(2026, 11, 27)}


def test_the_affiliates_rule_rests_during_the_truce_and_returns() -> None:
    bound = [HISTORY.at(day)["entity.ownership_min"] for day in ("2025-09-28", "2025-09-29", "2025-11-09")]
    assert bound == [None, 0.5, 0.5]
    assert HISTORY.at("2025-11-10")["entity.ownership_min"] is None
    assert HISTORY.at("2026-11-09")["entity.ownership_min"] is None
    assert HISTORY.at("2026-11-10")["entity.ownership_min"] == 0.5


@pytest.mark.parametrize(
    ("day", "gallium", "rare_earths", "lithium", "abroad"),
    [
        ("2024-12-02", "open", "open", "open", None),
        ("2024-12-03", "ban", "open", "open", None),
        ("2025-04-01", "ban", "licence", "open", None),
        ("2025-10-09", "ban", "licence", "licence", True),
        ("2025-11-09", "licence", "licence", "licence", True),
        ("2025-11-10", "licence", "licence", "open", None),
        ("2026-11-09", "licence", "licence", "open", None),
        ("2026-11-10", "licence", "licence", "licence", True),
        ("2026-11-26", "licence", "licence", "licence", True),
        ("2026-11-27", "ban", "licence", "licence", True),
        ("2030-12-31", "ban", "licence", "licence", True),
    ],
)
def test_materials_follow_the_truces(
    day: str, gallium: str, rare_earths: str, lithium: str, abroad: bool | None
) -> None:
    law = HISTORY.at(day)
    assert law.get("cn.material", "gallium") == gallium
    assert law.get("cn.material", "rare_earths") == rare_earths
    assert law.get("cn.material", "lithium") == lithium
    assert law["cn.material_extraterritorial"] is abroad


def test_the_extension_holds_the_affiliates_rule_off_to_january() -> None:
    longer = HISTORY.adopt("truce-extension")
    assert longer.at("2026-11-10")["entity.ownership_min"] is None
    assert longer.at("2027-01-09")["entity.ownership_min"] is None
    assert longer.at("2027-01-10")["entity.ownership_min"] == 0.5
    assert longer.at("2026-11-27").get("cn.material", "gallium") == "ban"


def test_h200_imports_are_stopped_then_approved_in_part() -> None:
    modes = {
        day: HISTORY.at(day).get("cn.import_mode", "H200")
        for day in ("2026-01-12", "2026-01-13", "2026-01-27", "2026-01-28")
    }
    assert list(modes.values()) == ["open", "block", "block", "case_by_case"]


def test_without_the_rule_of_2023_that_of_2022_stands() -> None:
    law = HISTORY.without("us-oct2023-band-a").at("2025-01-01")
    assert law["oct2022.policy"] == "presume_deny"
    assert HISTORY.at("2025-01-01")["oct2022.policy"] is None


def test_the_diffusion_rule_is_known_and_never_binds() -> None:
    known = {act.name: chance for act, chance in HISTORY.known("2025-03-31")}
    assert known["us-diffusion-rule"] == 1.0
    assert HISTORY.foreseen("2025-03-31").at("2025-06-01")["diffusion.worldwide"] is True
    assert all(HISTORY.at(day)["diffusion.worldwide"] is None for day in ("2025-05-12", "2025-05-13", "2025-05-20"))
    assert HISTORY.foreseen("2025-05-13").at("2025-06-01")["diffusion.worldwide"] is None


def test_the_hbm_rule_is_leaked_then_announced_then_in_force() -> None:
    def chance(day: str) -> float:
        return {act.name: p for act, p in HISTORY.known(day, credence=0.8)}.get("us-hbm-rule", 0.0)

    days = ("2024-07-31", "2024-08-01", "2024-12-01", "2024-12-02", "2024-12-30", "2024-12-31")
    assert [chance(day) for day in days] == [0.0, 0.8, 0.8, 1.0, 1.0, 0.0]
    assert HISTORY.at("2024-12-30")["hbm.policy"] is None
    assert HISTORY.at("2024-12-31")["hbm.policy"] == "presume_deny"


def test_the_letter_of_april_2025_came_without_notice() -> None:
    known = [act.name for day in ("2025-03-31", "2025-04-08") for act, _ in HISTORY.known(day)]
    assert "us-h20-letter" not in known


def test_the_quota_names_exactly_the_products_the_band_admits() -> None:
    law = HISTORY.at("2026-02-01")
    admitted = {sku for sku, chip in catalog.chips().items() if classify(chip, law).act == "us-h200-band"}
    assert set(law["quota.share_of_us"]) == admitted


def test_the_law_changes_only_on_breakpoints() -> None:
    for day in HISTORY.breakpoints():
        assert HISTORY.at(day - timedelta(1)) is not HISTORY.at(day)
    marks = [date(2021, 1, 1), *HISTORY.breakpoints(), date(2031, 1, 1)]
    for start, stop in pairwise(marks):
        assert HISTORY.at(start) is HISTORY.at(stop - timedelta(1))


def test_history_reads_as_a_timeline() -> None:
    lines = HISTORY.timeline().splitlines()
    assert len(lines) == len(HISTORY.acts)
    assert lines[0].startswith("2022-10-21  US    us-oct2022-chip-rule")
    assert "repealed 2023-11-17" in lines[0]
    assert isinstance(HISTORY, Regime)
