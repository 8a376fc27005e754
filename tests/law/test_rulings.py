"""The classifier, chip by chip and date by date, against a table by hand and against the predicates of the law."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.facts import catalog
from abm.facts.records import Chip, HbmGeneration
from abm.law.acts import Act
from abm.law.conditions import dies
from abm.law.levers import POLICIES
from abm.law.lines import performance_density, tpp
from abm.law.regime import load_regime, shipped
from abm.law.rulings import Ruling, classify, classify_hbm
from abm.law.subjects import Dies
from tests.law import statement
from tests.law.calendars import subjects
from tests.law.predicates import chip_answer, holds, memory_answer

HISTORY = load_regime("history")
CHIPS = dict(catalog.chips())
RULES = statement.rows(statement.US)


def ruling(sku: str, day: str) -> Ruling:
    return classify(CHIPS[sku], HISTORY.at(day))


# --- by hand ---

DAYS = (
    "2022-10-01", "2022-10-20", "2022-10-21", "2023-11-16", "2023-11-17", "2024-04-04", "2024-12-31", "2025-04-08",
    "2025-04-09", "2025-07-15", "2026-01-14", "2026-01-15", "2026-05-14", "2026-10-31",
)  # fmt: skip
# f free, x exempt, n notify, n! notify but refused in practice, c case by case, d presumption of denial
BY_HAND = {
    "A100": "f f d d d d d d d d d c c c",
    "A800": "f f f f d d d d d d d d d d",
    "H100": "f f d d d d d d d d d c c c",
    "H800": "f f f f d d d d d d d d d d",
    "H20": "f f f f f f f f d c c c c c",
    "H200": "f f d d d d d d d d d c c c",
    "B200": "f f d d d d d d d d d d d d",
    "B300": "f f d d d d d d d d d d d d",
    "B30A": "f f d d d d d d d d d d d d",
    "RTX 4090": "f f f f n! n! n! n! n! n! n! c c c",
    "RTX 4090D": "f f f f x x x x x x x x x x",
    "RTX 5090": "f f f f n! n! n! n! d d d c c c",
    "RTX 5090D": "f f f f x x x x d d d d d d",
    "RTX 5090D V2": "f f f f x x x x x x x x x x",
    "RTX PRO 6000D": "f f f f x x x x x x x x x x",
    "MI300X": "f f d d d d d d d d d c c c",
    "MI308X": "f f f f f f f f d c c c c c",
    "MI325X": "f f d d d d d d d d d c c c",
    "T4": "f f f f f f f f f f f f f f",
    "A10": "f f f f f f f f f f f f f f",
    "A30": "f f f f n n n n n n n n n n",
    "A40": "f f f f n n n n n n n n n n",
    "L4": "f f f f d d d d d d d c c c",
    "L20": "f f f f f f f f f f f f f f",
    "L2": "f f f f f f f f f f f f f f",
    "Ascend 910B": "f f f f d d d d d d d d d d",
    "Ascend 910C": "f f d d d d d d d d d d d d",
    "Ascend 950PR": "f f d d d d d d d d d d d d",
    "BR100": "f f f f d d d d d d d d d d",
    "MTT S4000": "f f f f f f f f f f f f f f",
}
CODES = {"f": "free", "x": "exempt", "n": "notify", "n!": "notify", "c": "case_by_case", "d": "presume_deny"}


@pytest.mark.parametrize("sku", BY_HAND)
def test_chips_by_hand(sku: str) -> None:
    wanted = BY_HAND[sku].split()
    assert len(wanted) == len(DAYS)
    for day, code in zip(DAYS, wanted, strict=True):
        found = ruling(sku, day)
        assert (day, found.policy, found.refused_in_practice) == (day, CODES[code], code == "n!")


@pytest.mark.parametrize(
    ("sku", "day", "band", "act"),
    [
        ("A100", "2022-10-21", "3A090", "us-oct2022-chip-rule"),
        ("A800", "2023-11-17", "3A090.a", "us-oct2023-band-a"),
        ("L4", "2023-11-17", "3A090.a", "us-oct2023-band-a"),
        ("A30", "2023-11-17", "3A090.b", "us-oct2023-nac"),
        ("RTX 4090", "2023-11-17", "3A090.a", "us-oct2023-nac"),
        ("RTX 4090D", "2023-11-17", None, "us-oct2023-consumer-carve-out"),
        ("H20", "2024-12-31", None, None),
        ("H20", "2025-04-09", None, "us-h20-letter"),
        ("H20", "2025-07-15", None, "us-h20-resumption"),
        ("RTX 5090D", "2025-04-09", None, "us-h20-letter"),
        ("H200", "2025-12-31", "3A090.a", "us-oct2023-band-a"),
        ("H200", "2026-01-15", "3A090.a", "us-h200-band"),
        ("B30A", "2026-01-15", "3A090.a", "us-oct2023-band-a"),
    ],
)
def test_the_deciding_act_and_paragraph(sku: str, day: str, band: str | None, act: str | None) -> None:
    found = ruling(sku, day)
    assert (found.band, found.act) == (band, act)
    assert (found.rule or "").startswith(act or "")
    assert found.source == (HISTORY.act(act).source if act else ())


@pytest.mark.parametrize(
    ("sku", "day", "caught_by", "passes_if"),
    [
        ("A100", "2022-10-21",
         "link bandwidth 600 GB/s at or above 600 GB/s and TPP 4,992 at or above 4,800",
         "link bandwidth below 600 GB/s"),
        ("H20", "2025-04-09",
         "memory bandwidth 4,000 GB/s at or above 1,400 GB/s; bandwidth + link 4,900 GB/s at or above 1,700 GB/s",
         "memory bandwidth below 1,400 GB/s and bandwidth + link below 1,700 GB/s"),
        ("RTX 4090", "2023-11-17",
         "TPP 5,288 at or above 4,800; TPP 5,288 at or above 1,600 and performance density 8.68 at or above 5.92",
         "TPP below 4,800"),
        ("RTX 4090D", "2023-11-17", "not made for data centres and TPP 4,707 below 4,800", "it passes"),
        ("RTX 5090D", "2025-04-09",
         "memory bandwidth 1,792 GB/s at or above 1,400 GB/s; bandwidth + link 1,920 GB/s at or above 1,700 GB/s",
         "memory bandwidth below 1,400 GB/s"),
        ("H100", "2023-11-17",
         "TPP 15,832 at or above 4,800; TPP 15,832 at or above 1,600 and performance density 19.45 at or above 5.92",
         "TPP below 2,400 and performance density below 3.20"),
        ("L4", "2023-11-17",
         "TPP 1,940 at or above 1,600 and performance density 6.59 at or above 5.92", "TPP below 1,600"),
        ("B300", "2026-01-15",
         "TPP 60,000 at or above 4,800; TPP 60,000 at or above 1,600 and performance density 36.86 at or above 5.92",
         "TPP below 4,800 and performance density below 1.60 and memory bandwidth below 1,400 GB/s and link bandwidth "
         "below 1,100 GB/s and bandwidth + link below 1,700 GB/s; review case by case if TPP below 21,000 and memory "
         "bandwidth below 6,500 GB/s"),
        ("B30A", "2026-10-01",
         "TPP 30,000 at or above 4,800; TPP 30,000 at or above 1,600 and performance density 36.86 at or above 5.92",
         "TPP below 2,400 and performance density below 3.20 and memory bandwidth below 1,400 GB/s and link bandwidth "
         "below 1,100 GB/s and bandwidth + link below 1,700 GB/s; review case by case if TPP below 21,000 and "
         "commercially available in the US"),
        ("MI308X", "2025-04-09", "memory bandwidth 5,300 GB/s at or above 1,400 GB/s",
         "memory bandwidth below 1,400 GB/s; and, unknown here, performance density below 1.60 and link bandwidth "
         "below 1,100 GB/s and bandwidth + link below 1,700 GB/s"),
        ("H20", "2023-11-17", "", "it passes"),
    ],
)  # fmt: skip
def test_a_ruling_says_what_caught_and_what_would_free(sku: str, day: str, caught_by: str, passes_if: str) -> None:
    found = ruling(sku, day)
    assert (found.caught_by, found.passes_if) == (caught_by, passes_if)


def test_small_cards_agree_with_the_bands_given_with_them() -> None:
    code = {"free": 0, "notify": 1, "presume_deny": 2}
    checked = 0
    for row in catalog.series("small_cards"):
        card, _, item = row.item.partition("_")
        if item.startswith("export_band"):
            day = "2022-10-21" if item.endswith("2022") else "2023-11-17"
            assert code[ruling(card.upper(), day).policy] == row.value, row.item
            checked += 1
    assert checked == 14


# --- against the predicates ---


def days_of_change() -> list[date]:
    """Every day named in the law, and the day before and after."""
    named = {day for rule in RULES for day in (rule.announced, rule.in_force_from, rule.in_force_to) if day}
    near = {day + timedelta(step) for day in named | set(HISTORY.breakpoints()) for step in (-1, 0, 1)}
    return sorted(near | {date(2021, 1, 1), date(2030, 12, 31)})


@pytest.mark.parametrize("sku", CHIPS)
def test_every_chip_on_every_day_of_change_follows_the_predicates(sku: str) -> None:
    for day in days_of_change():
        found = classify(CHIPS[sku], HISTORY.at(day))
        assert (day, found.policy, found.in_practice) == (day, *chip_answer(RULES, CHIPS[sku], day))


def near(*limits: float) -> st.SearchStrategy[float | None]:
    """Values on, just beside and far from the limits, and unknown ones."""
    beside = [limit * factor for limit in limits for factor in (0.3, 0.999, 1.0, 1.001, 3.0)]
    return st.sampled_from([None, 0.0, *beside])


@given(
    chip=st.builds(
        Chip,
        sku=st.sampled_from(["design", "H20", "MI308X", "H200"]),
        vendor=st.sampled_from(["Nvidia", "AMD", "Huawei", "Hygon"]),
        kind=st.sampled_from(["datacentre", "gaming", "workstation"]),
        tpp=near(1600, 2400, 4800, 21000),
        performance_density=near(1.6, 3.2, 5.92),
        bandwidth_gb_s=near(700, 1100, 1400, 6500),
        link_gb_s=near(300, 600, 1100),
        sold_in_us=st.sampled_from([True, False, None]),
    ),
    day=st.sampled_from(days_of_change()),
)
def test_any_chip_on_any_day_follows_the_predicates(chip: Chip, day: date) -> None:
    found = classify(chip, HISTORY.at(day))
    assert (found.policy, found.in_practice) == chip_answer(RULES, chip, day)
    assert found.policy in POLICIES
    assert bool(found.caught_by) == (found.policy != "free")
    assert found.passes_if


@given(
    chip=st.builds(
        Chip,
        sku=st.just("design"),
        kind=st.sampled_from(["datacentre", "gaming"]),
        tpp=st.floats(500, 100_000),
        die_mm2=st.floats(50, 3000),
        bandwidth_gb_s=st.floats(100, 9000),
        link_gb_s=st.floats(10, 3000),
        sold_in_us=st.booleans(),
    ),
    day=st.sampled_from(days_of_change()),
)
def test_a_chip_cut_as_told_passes(chip: Chip, day: date) -> None:
    """Bring every measure named in passes_if just below its limit, and the chip is free."""
    law = HISTORY.at(day)
    cut = replace(chip, performance_density=performance_density(chip.tpp, chip.die_mm2))
    columns = {"TPP": "tpp", "performance density": "performance_density", "memory bandwidth": "bandwidth_gb_s"}
    columns |= {"link bandwidth": "link_gb_s", "bandwidth + link": ""}
    told = classify(cut, law).passes_if.split(";")[0]
    for part in [] if told == "it passes" else told.split(" and "):
        name, _, limit = part.partition(" below ")
        below = float(limit.removesuffix(" GB/s").replace(",", "")) * 0.999
        if columns[name]:
            cut = replace(cut, **{columns[name]: below})
        else:
            assert cut.bandwidth_gb_s is not None
            cut = replace(cut, link_gb_s=max(0.0, min(below - cut.bandwidth_gb_s, cut.link_gb_s or 0.0)))
    assert classify(cut, law).policy in ("free", "exempt")


def test_the_evaluator_of_predicates_knows_unknown() -> None:
    cells = {"tpp": 5000.0, "performance_density": None, "kind": "gaming"}
    assert holds("tpp >= 4800 or performance_density >= 2", cells) is True
    assert holds("tpp >= 4800 and performance_density >= 2", cells) is None
    assert holds("tpp < 4800 and performance_density >= 2", cells) is False
    assert holds('class != "datacentre" and not (tpp < 4800)', cells) is True


# --- what is unknown, and whose chip it is ---


def test_an_unknown_value_does_not_catch_and_the_ruling_says_so() -> None:
    found = ruling("MI308X", "2024-12-01")
    assert found.policy == "free"
    assert "performance density unknown: 3A090.a does not catch it" in found.note
    assert "TPP" in ruling("Zhenwu PPU", "2024-12-01").note
    assert ruling("H20", "2024-12-01").note == ""


def test_tpp_and_density_follow_from_other_cells_where_they_are_not_given() -> None:
    bare = Chip("design", fp16_tflops=989.0, fp8_tops=1979.0, die_mm2=814.0)
    found = classify(bare, HISTORY.at("2023-11-17"))
    assert found.tpp == 15832
    assert found.performance_density == pytest.approx(19.45, abs=0.005)
    assert found.policy == "presume_deny"


def test_tpp_is_the_largest_product_of_operations_and_bits() -> None:
    assert tpp(fp16=2500, fp8=5000, fp4=15000) == 60000
    assert tpp(fp16=148, fp8=296) == 2368
    assert tpp() is None
    assert performance_density(60000, 1628) == pytest.approx(36.86, abs=0.005)
    assert performance_density(60000, None) is None
    assert performance_density(None, 800) is None


def test_the_letters_bind_only_those_who_got_one_and_designs_without_a_vendor() -> None:
    law = HISTORY.at("2025-05-01")
    fast = Chip(
        "design", kind="datacentre", tpp=1000.0, performance_density=1.0, bandwidth_gb_s=2000.0, link_gb_s=100.0
    )
    assert classify(replace(fast, vendor="Huawei"), law).policy == "free"
    assert classify(replace(fast, vendor="AMD"), law).policy == "presume_deny"
    assert classify(fast, law).policy == "presume_deny"


def test_chinese_chips_are_classified_with_a_caveat() -> None:
    assert "Chinese vendor" in ruling("Ascend 910C", "2024-01-01").note
    assert "Chinese vendor" not in ruling("H100", "2024-01-01").note


def test_gaming_cards_under_notice_count_as_denied_until_a_regime_clears_them() -> None:
    assert ruling("RTX 4090", "2024-06-01").in_practice == "presume_deny"
    assert not ruling("RTX 4090", "2024-06-01").free
    cleared = HISTORY | Act.of("us-clear", announced="2024-05", sets={"nac.gaming_cleared": True})
    assert classify(CHIPS["RTX 4090"], cleared.at("2024-06-01")).in_practice == "notify"


def test_a_notice_may_be_answered_by_a_licence_reviewed_case_by_case_since_april_2024() -> None:
    assert "case_by_case" not in ruling("A30", "2024-04-03").note
    assert "reviewed as case_by_case" in ruling("A30", "2024-04-04").note
    closed = HISTORY | Act.of("us-no-nac", announced="2024-05", sets={"nac.policy": "off"})
    assert classify(CHIPS["A30"], closed.at("2024-06-01")).act == "us-apr2024-corrections"
    assert classify(CHIPS["H100"], closed.at("2024-06-01")).policy == "presume_deny"


# --- levers that act by name, and lines switched off ---


def test_review_by_name_needs_a_line_that_catches() -> None:
    assert classify(CHIPS["H20"], HISTORY.without("us-h20-letter").at("2025-08-01")).policy == "free"
    strict = HISTORY | Act.of("us-h200-no", announced="2026-03", sets={"licence.policy": {"H200": "deny"}})
    assert classify(CHIPS["H200"], strict.at("2026-03-01")).policy == "deny"
    assert classify(CHIPS["H100"], strict.at("2026-03-01")).policy == "case_by_case"


def test_a_product_can_be_named_whatever_its_numbers() -> None:
    named = HISTORY | Act.of("us-names-l20", announced="2024-05", sets={"named.policy": {"L20": "deny"}})
    found = classify(CHIPS["L20"], named.at("2024-05-01"))
    assert (found.policy, found.band, found.act) == ("deny", None, "us-names-l20")
    assert found.caught_by == "named in the act"
    assert found.passes_if == "its name is taken off"


@pytest.mark.parametrize("word", ["off", "free"])
def test_a_line_switched_off_catches_nothing(word: str) -> None:
    lines = {f"{name}.policy": word for name in ("band_a", "band_b", "letter", "hbm")}
    lifted = HISTORY | Act.of("us-lift", announced="2026-03", sets=lines)
    law = lifted.at("2026-03-01")
    assert {classify(chip, law).policy for chip in CHIPS.values()} <= {"free", "exempt"}
    assert {classify_hbm(stack, law).policy for stack in catalog.memory().values()} == {"free"}


def test_a_policy_without_limits_draws_no_line() -> None:
    empty = load_regime("no_controls") | Act.of("us-word", announced="2023-01", sets={"band_a.policy": "deny"})
    assert classify(CHIPS["H100"], empty.at("2023-02")).policy == "free"


# --- memory and foundries ---


@pytest.mark.parametrize("name", catalog.memory())
def test_memory_on_every_day_of_change_follows_the_predicates(name: str) -> None:
    stack = catalog.memory()[name]
    for day in days_of_change():
        assert (day, classify_hbm(stack, HISTORY.at(day)).policy) == (day, memory_answer(RULES, stack, day))


def test_memory_by_hand() -> None:
    before, after = HISTORY.at("2024-12-30"), HISTORY.at("2024-12-31")
    for name in ("HBM2", "HBM2E", "HBM3", "HBM3E", "HBM4"):
        assert classify_hbm(catalog.memory()[name], before).policy == "free"
    denied = classify_hbm(catalog.memory()["HBM2E"], after)
    assert (denied.policy, denied.band, denied.act) == ("presume_deny", "3A090.c", "us-hbm-rule")
    assert denied.caught_by == "bandwidth density 3.94 GB/s/mm2 above 2.00 GB/s/mm2"
    assert denied.passes_if == "bandwidth density at most 2.00 GB/s/mm2"
    old = classify_hbm(catalog.memory()["HBM2"], after)
    assert (old.policy, old.act, old.in_practice) == ("exempt", "us-hbm-exception", "presume_deny")
    own = classify_hbm(catalog.memory()["HiBL 1.0"], after)
    assert (own.policy, own.band) == ("free", None)
    assert "unknown" in own.note


def test_the_lines_for_memory_are_strict_on_their_edges() -> None:
    law = HISTORY.at("2025-01-01")
    assert classify_hbm(HbmGeneration("edge", density_gb_s_mm2=2.0), law).policy == "free"
    assert classify_hbm(HbmGeneration("edge", density_gb_s_mm2=3.3), law).policy == "presume_deny"
    assert classify_hbm(HbmGeneration("edge", density_gb_s_mm2=3.29), law).policy == "exempt"


def test_hbm_relief_is_reviewed_case_by_case() -> None:
    law = load_regime("hbm_relief").at("2026-11-01")
    assert classify_hbm(catalog.memory()["HBM3E"], law).policy == "case_by_case"


@given(
    node=st.sampled_from([5.0, 7.0, 16.0, 16.1, 28.0]),
    transistors=st.sampled_from([10.0, 29.9, 30.0, 34.9, 35.0, 39.9, 40.0, 80.0]),
    stacks=st.integers(0, 8),
    year=st.integers(2025, 2031),
)
def test_the_foundries_presumption_follows_its_predicate(
    node: float, transistors: float, stacks: int, year: int
) -> None:
    rule = next(row for row in RULES if row.rule_id == "us-2025-foundry")
    cells = {"node_nm": node, "transistors_bn": transistors, "hbm_stacks": stacks, "year": year}
    asked = subjects(Dies(node, transistors, transistors, 1.0, 0.0))
    may = dies(HISTORY.at("2025-01-16"), date(year, 1, 1), asked)
    assert may[stacks == 0] is not holds(rule.predicate, cells)
    assert all(dies(HISTORY.at("2025-01-15"), date(year, 1, 1), asked))


def test_a_ruling_compares_by_what_it_says() -> None:
    assert ruling("H20", "2025-05-01") == ruling("H20", "2025-05-02")
    assert ruling("H20", "2025-05-01") != ruling("H20", "2025-08-01")
    assert "Case" not in repr(ruling("H20", "2025-05-01"))


@pytest.mark.parametrize("name", shipped())
def test_rulings_hang_on_the_lines_alone_not_on_who_drew_them(name: str) -> None:
    regime = load_regime(name)
    for law in {regime.at(day) for day in regime.breakpoints()}:
        for chip in catalog.chips().values():
            one, other = classify(chip, law), classify(chip, law.lines)
            assert (one.policy, one.in_practice) == (other.policy, other.in_practice)
        for stack in catalog.memory().values():
            assert classify_hbm(stack, law).in_practice == classify_hbm(stack, law.lines).in_practice
