"""Answers against the rules said apart: chips of public tables, random chips, the unknown, and what is told besides."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.facts import catalog
from abm.facts.names import find
from abm.facts.records import Chip, HbmGeneration
from abm.law.acts import Act
from abm.law.answers import UNKNOWN, answer, record_begins
from abm.law.levers import POLICIES
from abm.law.regime import load_regime, shipped
from abm.law.rulings import classify
from abm.results.screening import answers, read_table
from tests.law import rules

HISTORY = load_regime("history")
PUBLIC = Path(__file__).with_name("public_chips.csv")
DAYS = ("2022-10-25", "2023-11-20", "2025-01-20", "2025-04-20", "2026-01-20")
LETTERED = {"NVIDIA": True, "AMD": True}


def on(day: str) -> date:
    return date.fromisoformat(day)


def said(good: Chip | HbmGeneration, day: str, regime: Any = HISTORY) -> dict[str, Any]:
    return answer(good, regime, on(day)).to_dict()


# --- chips of public tables ---


def public() -> dict[str, rules.Numbers]:
    """The public chips as the rules see them, read without the product's reader."""

    def number(text: str) -> float | None:
        return float(text) if text else None

    found = {}
    with PUBLIC.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rates = {name: number(row.get(f"{name}_tflops") or row.get(f"{name}_tops") or "") for name in rules.BITS}
            total = max(rate * rules.BITS[name] for name, rate in rates.items() if rate is not None)
            found[row["sku"]] = rules.Numbers(
                total, None, number(row["die_mm2"]), number(row["bandwidth_gb_s"]), number(row["link_gb_s"]),
                row["class"] == "datacentre", row["sold_in_us"] == "yes", LETTERED.get(row["vendor"]),
            )  # fmt: skip
    return found


@pytest.mark.parametrize("day", DAYS)
def test_chips_of_public_tables_are_as_the_rules_say(day: str) -> None:
    numbers = public()
    found = answers(read_table(PUBLIC, day), HISTORY)
    assert [one.sku for one in found] == list(numbers)
    assert len(found) == 44
    assert {one.sku: set(one.could_be) for one in found} == {
        sku: rules.could_be(on(day), chip) for sku, chip in numbers.items()
    }
    assert all((one.policy == UNKNOWN) == (len(one.could_be) > 1) for one in found)


@pytest.mark.parametrize(
    ("sku", "policies"),
    [
        ("A100 PCIe 40GB", "d d d d c"), ("A800 40GB", "f d d d d"), ("V100", "f f f f f"), ("L40S", "f d d d c"),
        ("L40", "f n n n n"), ("H20 141GB", "f f f d d"), ("RTX 4080", "f x x x x"), ("RTX 6000 Ada", "f n n n c"),
        ("MI100", "f n n n n"), ("MI210", "f n n d c"), ("MI350X", "d d d d d"), ("Gaudi 2 HL-225H", "d d d d c"),
        ("Gaudi 2 HL-225B", "f d d d d"), ("Gaudi 3", "d d d d d"), ("TPU v5e", "f ? ? ? ?"), ("MTIA v2", "f d d d d"),
        ("Groq LPU", "? d d d ?"), ("WSE-2", "? d d d d"), ("Jetson Thor", "f x x x x"),
    ],
)  # fmt: skip
def test_chips_of_public_tables_by_hand(sku: str, policies: str) -> None:
    code = {"free": "f", "exempt": "x", "notify": "n", "case_by_case": "c", "presume_deny": "d", UNKNOWN: "?"}
    found = [answers([one], HISTORY)[0] for day in DAYS for one in read_table(PUBLIC, day) if one.good.sku == sku]  # type: ignore[union-attr]
    assert " ".join(code[one.policy] for one in found) == policies


# --- any chip, known or not ---


def near(*limits: float) -> st.SearchStrategy[float]:
    """Values on, just beside and far from the limits."""
    return st.sampled_from([limit * factor for limit in limits for factor in (0.4, 0.999, 1.0, 1.001, 2.5)])


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value, more often than not."""
    return st.one_of(values, values, st.none())


NUMBERS = st.builds(
    rules.Numbers,
    tpp=maybe(near(1600, 2400, 4800, 21_000)),
    density=maybe(near(1.6, 3.2, 5.92)),
    die=maybe(st.floats(50, 3000)),
    bandwidth=maybe(near(600, 1400, 6500)),
    link=maybe(near(300, 600, 1100)),
    centre=st.booleans(),
    sold=st.sampled_from([True, False, None]),
    lettered=st.sampled_from([True, False, None]),
)


@settings(max_examples=2000)
@given(NUMBERS, st.sampled_from([*DAYS, "2022-10-20", "2022-10-21", "2023-11-16", "2023-11-17", "2025-04-08",
                                 "2025-04-09", "2026-01-14", "2026-01-15", "2027-05-01"]))  # fmt: skip
def test_any_chip_is_as_the_rules_say_whatever_is_unknown(numbers: rules.Numbers, day: str) -> None:
    chip = Chip(
        "design", vendor={True: "Nvidia", False: "Huawei", None: "Acme"}[numbers.lettered],
        kind="datacentre" if numbers.centre else "gaming", tpp=numbers.tpp, die_mm2=numbers.die,
        performance_density=numbers.density, bandwidth_gb_s=numbers.bandwidth, link_gb_s=numbers.link,
        sold_in_us=numbers.sold,
    )  # fmt: skip
    found = answer(chip, HISTORY, on(day))
    assert set(found.could_be) == rules.could_be(on(day), numbers)
    assert list(found.could_be) == sorted(found.could_be, key=POLICIES.index)
    assert found.policy == (found.could_be[0] if len(found.could_be) == 1 else UNKNOWN)
    assert bool(found.hangs_on) == (found.policy == UNKNOWN)


# --- what an unknown policy hangs on ---


@pytest.mark.parametrize(
    ("chip", "day", "could_be", "hangs_on"),
    [
        (Chip("x", tpp=2368.0), "2025-05-01", ["free", "notify", "presume_deny"],
         ["performance density (TPP / die area): 3A090.a would catch performance density 5.92 or more; 3A090.b would "
          "catch performance density 3.20 or more but below 5.92",
          "memory bandwidth: the letter would catch memory bandwidth 1,400 GB/s or more; the letter would catch "
          "bandwidth + link 1,700 GB/s or more",
          "link bandwidth: the letter would catch link bandwidth 1,100 GB/s or more"]),
        (Chip("x", tpp=5000.0), "2022-11-01", ["free", "presume_deny"],
         ["link bandwidth: 3A090 would catch link bandwidth 600 GB/s or more"]),
        (Chip("x", tpp=5000.0, bandwidth_gb_s=2000.0, link_gb_s=64.0), "2026-02-01", ["case_by_case", "presume_deny"],
         ["whether it is commercially available in the US: review case by case needs that"]),
        (Chip("x", kind="gaming", bandwidth_gb_s=1000.0, link_gb_s=64.0), "2024-02-01", ["exempt", "notify"],
         ["TPP: 3A090.a would catch TPP 4,800 or more"]),
        (Chip("x", vendor="Acme", tpp=1000.0, die_mm2=800.0, bandwidth_gb_s=2000.0, link_gb_s=64.0), "2025-05-01",
         ["free", "presume_deny"], ["whether its vendor got a letter"]),
        (HbmGeneration("x"), "2025-05-01", ["free", "exempt", "presume_deny"],
         ["bandwidth density: 3A090.c would catch bandwidth density above 2.00 GB/s/mm2"]),
    ],
)  # fmt: skip
def test_an_unknown_policy_says_what_it_hangs_on(
    chip: Chip | HbmGeneration, day: str, could_be: list[str], hangs_on: list[str]
) -> None:
    found = said(chip, day)
    assert (found["policy"], found["could_be"], found["hangs_on"]) == (UNKNOWN, could_be, hangs_on)
    assert (found["rule"], found["source"]) == (None, [])
    assert found["passes_if"] != "it passes"


def test_what_is_unknown_and_changes_nothing_leaves_the_policy() -> None:
    assert said(Chip("x", tpp=15_832.0), "2024-02-01")["policy"] == "presume_deny"
    assert said(Chip("x", vendor="Acme", tpp=15_832.0), "2025-05-01")["policy"] == "presume_deny"
    assert said(Chip("x", die_mm2=3000.0, tpp=1000.0), "2024-02-01")["policy"] == "free"
    tied = said(Chip("x", vendor="Huawei", die_mm2=100.0, sold_in_us=False), "2024-02-01")
    assert tied["could_be"] == ["free", "presume_deny"]  # no TPP puts a die of 100 mm2 into 3A090.b


@pytest.mark.parametrize("sku", [*catalog.chips(), *catalog.memory()])
def test_the_catalogue_is_answered_as_the_market_meets_it_and_never_more_mildly(sku: str) -> None:
    good = find(sku)
    for day in ("2022-11-01", "2024-01-01", "2025-05-01", "2026-02-01"):
        found = said(good, day)
        if isinstance(good, Chip):
            assert found["in_practice"] == classify(good, HISTORY.at(day)).in_practice
        if found["policy"] == UNKNOWN:
            assert (
                f"the model's market takes what is unknown not to catch, and meets {found['in_practice']}"
                in found["note"]
            )
        else:
            assert found["in_practice"] in (found["policy"], "presume_deny")


@pytest.mark.parametrize("regime", shipped())
def test_where_all_is_known_an_answer_is_the_ruling(regime: str) -> None:
    law = load_regime(regime)
    chips = [chip for chip in catalog.chips().values() if chip.tpp and chip.die_mm2 and chip.link_gb_s]
    assert len(chips) > 15
    for day in [day for day in law.breakpoints() if day >= record_begins(law)][::7]:
        for chip in chips:
            found, ruling = answer(chip, law, day), classify(chip, law.at(day))
            assert (found.policy, found.in_practice) == (ruling.policy, ruling.in_practice)
            assert (found.band, found.rule, found.source) == (ruling.band, ruling.rule, ruling.source)


# --- days outside the record ---


@pytest.mark.parametrize("regime", shipped())
def test_before_the_record_nothing_is_free(regime: str) -> None:
    law = load_regime(regime)
    assert record_begins(law) == date(2022, 10, 21)
    for day in ("2021-01-01", "2022-08-26", "2022-10-07", "2022-10-20"):
        found = said(find("A100"), day, law)
        assert (found["policy"], found["in_practice"], found["passes_if"]) == (UNKNOWN, UNKNOWN, "outside the record")
        assert "begins on 2022-10-21" in found["note"]
    assert said(find("A100"), "2022-10-21")["policy"] == "presume_deny"


def test_after_the_record_the_law_is_said_to_be_carried_on() -> None:
    assert "record ends" not in said(find("H20"), "2026-10-31")["note"]
    later = said(find("H20"), "2026-11-01")
    assert "the record ends on 2026-10-31: this is the law as regime history carries it on" in later["note"]
    assert later["policy"] == said(find("H20"), "2026-10-31")["policy"]


def test_a_regime_of_earlier_acts_begins_earlier() -> None:
    earlier = HISTORY | Act.of("us-early", announced="2022-09-01", sets={"named.policy": {"A100": "deny"}})
    assert said(find("A100"), "2022-09-01", earlier)["policy"] == "deny"


# --- terms, notes and sources ---


def conditions(sku: str, day: str, regime: str = "history") -> dict[str, str]:
    return {one["condition"]: one["act"] for one in said(find(sku), day, load_regime(regime))["conditions"]}


def test_review_case_by_case_has_the_terms_of_its_rule() -> None:
    found = conditions("H200", "2026-06-01")
    assert {
        "a test in an independent laboratory in the United States": "us-h200-screening",
        "know-your-customer checks": "us-h200-screening",
        "no military end use or end user": "us-h200-screening",
        "assured supply: no delay to US orders": "us-h200-screening",
        "shipments to China at most 50% of its shipments for US use": "us-h200-quota",
        "a duty of 25% on chips that enter the United States and leave again": "us-h200-duty",
        "at most 75,000 units to one buyer": "us-h200-buyer-cap",
    }.items() <= found.items()
    assert any(one.startswith("export from the United States") for one in found)
    design = Chip("mine", tpp=15_000.0, bandwidth_gb_s=3000.0, link_gb_s=900.0, die_mm2=800.0, sold_in_us=True)
    told = [one["condition"] for one in said(design, "2026-06-01")["conditions"]]
    assert "shipments to China at most 50% of its shipments for US use" in told
    assert not any("duty" in one for one in told)


@pytest.mark.parametrize(
    ("sku", "day", "wanted"),
    [
        ("H20", "2025-09-01", {"15% of the revenue goes to the US government": "us-revenue-share"}),
        ("A30", "2024-06-01", {"notice to BIS and its answer, 25 days (licence exception NAC)": "us-oct2023-nac"}),
        ("HBM2", "2025-01-05", {
            "buyer or packaging site with headquarters in the United States or country group A:5 (licence exception "
            "HBM)": "us-hbm-exception", "not for AI chips (licence exception HBM)": "us-hbm-exception"}),
        ("H200", "2025-06-01", {}),
        ("H20", "2024-06-01", {}),
    ],
)  # fmt: skip
def test_terms_stand_with_their_acts(sku: str, day: str, wanted: dict[str, str]) -> None:
    assert conditions(sku, day) == wanted


def test_terms_are_those_of_the_regime_asked() -> None:
    [told] = conditions("HBM3E", "2027-01-01", "hbm_relief").items()
    assert told[0].startswith("licences for at most ")
    assert told[1] in {act.name for act in load_regime("hbm_relief").acts}
    assert conditions("HBM3E", "2027-01-01") == {}


def test_an_answer_in_json_holds_the_caveats_and_the_sources_of_all_it_says() -> None:
    found = json.loads(json.dumps(said(find("RTX 4090"), "2024-06-01")))
    assert (found["policy"], found["in_practice"]) == ("notify", "presume_deny")
    assert "treat as refused" in found["note"]
    assert "reviewed as case_by_case" in found["note"]
    assert {one["id"] for one in found["sources"]} == {
        *found["source"], *(name for one in found["conditions"] for name in one["source"])
    }  # fmt: skip
    assert all(one["title"] for one in found["sources"])
    assert "China's own answer to imports of it: discourage" in said(find("H20"), "2025-09-01")["note"]


def test_the_fields_of_an_answer() -> None:
    assert {name: value for name, value in said(find("H20"), "2025-05-01").items() if name != "sources"} == {
        "sku": "H20",
        "on": "2025-05-01",
        "policy": "presume_deny",
        "band": None,
        "rule": "us-h20-letter: Letters to Nvidia and AMD demand a licence for chips with the H20's memory or link "
        "bandwidth, without notice.",
        "caught_by": "memory bandwidth 4,000 GB/s at or above 1,400 GB/s; "
        "bandwidth + link 4,900 GB/s at or above 1,700 GB/s",
        "tpp": 2368.0,
        "performance_density": 2.91,
        "memory_bandwidth": 4000.0,
        "passes_if": "memory bandwidth below 1,400 GB/s and bandwidth + link below 1,700 GB/s",
        "source": ["nvidia-8k-2025-04-15", "congress-bandwidth-bills", "tomshw-5090dv2"],
        "in_practice": "presume_deny",
        "could_be": ["presume_deny"],
        "hangs_on": [],
        "conditions": [],
        "note": "",
    }
