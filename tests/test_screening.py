"""Goods by name and number, one and many, from Python and from files: read, refused, and answered."""

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import abm
from abm.facts import catalog
from abm.facts.records import HbmGeneration
from abm.foundation.errors import InputError
from abm.law.answers import UNKNOWN
from abm.law.regime import load_regime
from abm.results.described import LIMITS, known
from abm.results.screening import classify, one_asked

H20 = {"tpp": 2368, "die_mm2": 814, "bandwidth_gb_s": 4000, "link_gb_s": 900}
DAY = "2025-05-01"


def policy(goods: Any, on: str = DAY) -> str:
    return str(classify(goods, on=on)["policy"])


# --- one good ---


def test_a_name_a_chip_and_its_numbers_get_the_same_answer() -> None:
    named = abm.classify("NVIDIA HGX H20", on=DAY)
    assert named == classify(catalog.chips()["H20"], on=date(2025, 5, 1)) == classify({"sku": "h20"}, on=DAY)
    described = classify(
        {"sku": "Nvidia H20", "vendor": "nvidia", "class": "datacentre", "sold_in_us": "no", **H20}, on=DAY
    )
    assert {key for key in named if named[key] != described[key]} == {"performance_density"}
    assert classify("HBM3E", on="2025-01-01")["band"] == "3A090.c"
    assert classify("H20", on=DAY, regime=load_regime("no_controls"))["policy"] == "free"


@pytest.mark.parametrize(
    "vendor", ["Nvidia", "NVIDIA", "nvidia", "NVIDIA Corporation", "Advanced Micro Devices", "", None]
)
def test_the_letters_reach_their_addressees_however_spelt_and_a_chip_of_no_vendor(vendor: str | None) -> None:
    assert policy(H20 | {"vendor": vendor}) == "presume_deny"


def test_a_chip_of_ones_own_is_read_like_its_cells() -> None:
    chip = replace(catalog.chips()["H20"], sku="mine", vendor="NVIDIA Corporation")
    assert policy(chip) == "presume_deny"
    for broken in (replace(chip, tpp=float("nan")), replace(chip, bandwidth_gb_s=4.0), HbmGeneration("HBM9")):
        with pytest.raises(InputError, match="is wanted"):
            classify(broken, on=DAY)


def test_an_unknown_vendor_is_said_to_be_unknown() -> None:
    found = classify(H20 | {"vendor": "Intel"}, on=DAY)
    assert (found["policy"], found["could_be"]) == (UNKNOWN, ["free", "presume_deny"])
    assert "unknown vendor 'Intel'" in found["note"]
    assert "memory bandwidth below 1,400 GB/s" in found["passes_if"]
    assert policy(H20 | {"vendor": "Intel"}, "2024-05-01") == "free"
    assert policy(H20 | {"vendor": "Huawei HiSilicon"}) == "free"


def test_acts_that_name_a_product_reach_it_by_numbers_too_but_not_its_variants() -> None:
    numbers = H20 | {"vendor": "NVIDIA", "sold_in_us": False}
    assert policy(numbers | {"sku": "nvidia h20"}, "2025-09-01") == "case_by_case"
    assert policy(numbers | {"sku": "H20 141GB"}, "2025-09-01") == "presume_deny"
    other = classify(numbers | {"sku": "H20", "bandwidth_gb_s": 4800}, on="2025-09-01")
    assert "the catalogue's H20 has bandwidth_gb_s 4000" in other["note"]


@pytest.mark.parametrize(
    ("cells", "day", "wanted"),
    [
        ({"tpp": 2368, "die_mm2": 400}, "2024-02-01", "presume_deny"),
        ({"tpp": 1600, "die_mm2": 500}, "2024-02-01", "notify"),
        ({"tpp": 2400, "die_mm2": 1500}, "2024-02-01", "notify"),
        ({"tpp": 1599.999, "die_mm2": 100}, "2024-02-01", "free"),
        ({"tpp": 2400, "die_mm2": 1501}, "2024-02-01", "free"),
        ({"tpp": 1600, "die_mm2": 501}, "2024-02-01", "free"),
        ({"tpp": 4800}, "2024-02-01", "presume_deny"),
        ({"tpp": 4799.999, "die_mm2": 3000}, "2024-02-01", "free"),
        ({"tpp": 4799.999, "class": "gaming"}, "2024-02-01", "exempt"),
        ({"tpp": 4800, "class": "gaming"}, "2024-02-01", "notify"),
        ({"tpp": 4800, "link_gb_s": 600}, "2022-10-21", "presume_deny"),
        ({"tpp": 4800, "link_gb_s": 599}, "2022-10-21", "free"),
        ({"tpp": 1000, "bandwidth_gb_s": 600, "link_gb_s": 1100}, "2025-04-09", "presume_deny"),
        ({"tpp": 1000, "bandwidth_gb_s": 600, "link_gb_s": 1099}, "2025-04-09", "free"),
        ({"tpp": 1000, "bandwidth_gb_s": 601, "link_gb_s": 1099}, "2025-04-09", "presume_deny"),
        ({"tpp": 1000, "bandwidth_gb_s": 1399, "link_gb_s": 64}, "2025-04-09", "free"),
        ({"tpp": 20_999, "bandwidth_gb_s": 6499, "sold_in_us": "yes"}, "2026-01-15", "case_by_case"),
        ({"tpp": 21_000, "bandwidth_gb_s": 6499, "sold_in_us": "yes"}, "2026-01-15", "presume_deny"),
        ({"tpp": 20_999, "bandwidth_gb_s": 6500, "sold_in_us": "yes"}, "2026-01-15", "presume_deny"),
        ({"tpp": 20_999, "bandwidth_gb_s": 6499}, "2026-01-15", UNKNOWN),
    ],
)  # fmt: skip
def test_numbers_on_the_edges(cells: dict[str, Any], day: str, wanted: str) -> None:
    assert policy(cells, day) == wanted


@pytest.mark.parametrize(
    ("rates", "tpp"),
    [
        ({"fp16_tflops": 1250, "fp8_tops": 2500, "fp4_tops": 7500}, 30_000),
        ({"fp16_tflops": 1250, "fp8_tops": 2500}, 20_000),
        ({"fp64_tflops": 95.7, "fp16_tflops": 383}, 6128),
        ({"tf32_tflops": 156}, 4992), ({"bf16_tflops": 312, "int8_tops": 624}, 4992), ({"int1_tops": 4800}, 4800),
        ({"fp6_tops": 9200, "fp4_tops": 9200}, 55_200), ({"int4_tops": 1200}, 4800), ({"fp32_tflops": 150}, 4800),
    ],
)  # fmt: skip
def test_tpp_is_the_largest_over_every_format(rates: dict[str, float], tpp: float) -> None:
    found = classify(rates, on="2024-05-01")
    assert found["tpp"] == pytest.approx(tpp)
    assert found["policy"] == "presume_deny"
    assert "a format not given may raise it" in found["note"]


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        ({"tpp": 148, "die_mm2": 814, "bandwidth_gb_s": 4000}, "TFLOP/s times bit length"),
        ({"tpp": 1500, "bandwidth_gb_s": 8000}, "small beside such bandwidth"),
        ({"fp16_tflops": 10}, "rates are in TFLOP/s"),
        ({"tpp": 280_000, "bandwidth_gb_s": 32}, "1 TB/s is 1,000 GB/s"),
        ({"fp16_tflops": 624, "fp8_tops": 312}, "are they swapped?"),
        ({"tf32_tflops": 200, "fp16_tflops": 312}, "TF32 decides"),
        ({"tpp": 5000}, "class not given: taken as made for data centres"),
        ({"tpp": 5000}, "no vendor given: the letters of April 2025 are taken to reach it"),
    ],
)  # fmt: skip
def test_what_looks_like_a_slip_or_was_read_in_is_said(cells: dict[str, float], note: str) -> None:
    assert note in classify(cells, on=DAY)["note"]


def test_no_doubt_is_cast_on_the_catalogue() -> None:
    for chip in catalog.rows(catalog.chips().values()):
        remarks = (
            one_asked({key: value for key, value in chip.items() if key != "sku"} | {"sku": "x"}, DAY).remarks
            if chip["tpp"]
            else ()
        )
        assert not [one for one in remarks if "small" in one or "swapped" in one], chip["sku"]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"bandwidth_gb_s": 4}, "GB/s; 1 TB/s is 1,000 GB/s"), ({"link_gb_s": "0.9"}, "GB/s; 1 TB/s is 1,000 GB/s"),
        ({"bandwidth_gb_s": 4e12}, "GB/s"), ({"die_mm2": 8.14}, "1 cm2 is 100 mm2"), ({"tpp": 2.368}, "bit length"),
        ({"fp16_tflops": 2.25, "fp8_tops": 4.5}, "TPP 36 follows"),
        ({"fp16_tflops": 0.989}, "operations a second"), ({"fp16_tflops": 1.48e14}, "operations a second"),
        ({"tpp": 0}, "above 0"), ({"tpp": -1}, "above 0"), ({"tpp": float("nan")}, "above 0"),
        ({"tpp": "inf"}, "above 0"), ({"tpp": True}, "above 0"), ({"tpp": "٢٣٦٨"}, "above 0"),
        ({"tpp": "2_368"}, "above 0"), ({"tpp": [1]}, "above 0"),
        ({"tpp": "2,368"}, "a point for decimals"), ({"tpp": "814mm2"}, "above 0"), ({"tpp": 10**400}, "above 0"),
        ({"tpp": 5000, "fp16_tflops": 100}, "is not the largest of operations x bit length, 1600"),
        ({"tpp": 5000, "die_mm2": 500, "performance_density": 3}, "is not TPP / die_mm2, 10.00"),
        ({"fp16_tops": 400, "fp16_tflops": 300}, "fp16 is given twice"),
        ({"tpp": 5000, "class": "toy"}, "datacentre, gaming, workstation"),
        ({"tpp": 5000, "sold_in_us": "perhaps"}, "yes or no"),
        ({"tpp": 5000, "vendor": "Nvida"}, "did you mean 'Nvidia'"), ({"tpp": 5000, "vendor": "x\0"}, "printable"),
        ({"tpp": 5000, "sku": "x" * 300}, "at most 100 letters"), ({"tpp": 5000, "sku": "a\0b"}, "printable"),
        ({"tpp": 5000, "on": "2025-13"}, "2025-13"), ({"tpp": 5000, "on": "2" * 5000}, "a date like"),
        ("x\0.csv", "is no name of a file"), ("x" * 5000 + ".csv", "cannot be read"),
        ({"tpp": 5000, "on": "２０２５-01"}, "a date like"),
        ({"bandwith_gb_s": 4000}, "did you mean 'bandwidth_gb_s'"), ({}, "a name of the catalogue is wanted"),
        ({"vendor": "Nvidia"}, "a name of the catalogue is wanted"), ({"sku": "H21"}, "did you mean 'H20'"),
        ({"sku": "H20", "vendor": "AMD"}, "H20 of the catalogue has 'Nvidia'"),
        (H20 | {"sku": "H20", "vendor": "Intel"}, "a chip of Nvidia's"), (H20 | {"sku": "HBM3"}, "is memory"),
        ({"sku": "H20", "class": "gaming"}, "has 'datacentre'"), (7, "a name, a table"), (b"H20", "a name, a table"),
        (["H20", 7], "row 2"), ([[]], "row 1"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_error_that_says_what_is_wanted(cells: Any, words: str) -> None:
    with pytest.raises(InputError) as error:
        classify(cells, on=DAY)
    assert words in str(error.value)
    assert len(str(error.value)) < 500


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError) as error:
        classify({"tpp": "x", "die_mm2": -1, "vendor": "Nvida", "class": "toy", "on": "soon"})
    assert all(word in str(error.value) for word in ("'tpp'", "'die_mm2'", "'vendor'", "'class'", "soon"))


COLUMNS = st.sampled_from([*LIMITS, "sku", "vendor", "class", "sold_in_us", "memory_type", "on", "x"])
CELLS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=400))


@given(st.dictionaries(COLUMNS, CELLS, max_size=5))
def test_any_mapping_is_answered_or_one_kind_of_error(cells: dict[str, Any]) -> None:
    try:
        message, found = "", classify(cells, on=DAY)
    except InputError as error:
        message, found = str(error), {}
    assert bool(found) != bool(message)
    assert len(message) < 2000


# --- many ---

TABLE = [
    {"sku": "H20", "on": "2024-05-01"},
    {"sku": "=mine", "vendor": "NVIDIA", "on": "2025-05-01", **H20},
    {"sku": "RTX 4090", "on": "2024-05-01"},
    {"sku": "odd", "vendor": "Intel", "tpp": 3000},
]
WANTED = ["free", "presume_deny", "notify", UNKNOWN]


def written(folder: Path, separator: str = ",", mark: str = "", end: str = "\n") -> Path:
    """The table as a CSV file."""
    text = io.StringIO()
    names = ["sku", "vendor", "tpp", "die_mm2", "bandwidth_gb_s", "link_gb_s", "on"]
    writer = csv.DictWriter(text, names, delimiter=separator, lineterminator=end)
    writer.writeheader()
    writer.writerows(TABLE)
    path = folder / "chips.csv"
    path.write_bytes((mark + text.getvalue() + end).encode())
    return path


@pytest.mark.parametrize(
    ("separator", "mark", "end"), [(",", "", "\n"), (";", "\ufeff", "\r\n"), ("\t", "\ufeff", "\n")]
)
def test_lists_frames_and_files_are_tables_in_order(separator: str, mark: str, end: str, tmp_path: Path) -> None:
    path = written(tmp_path, separator, mark, end)
    tables = [TABLE, pd.DataFrame(TABLE), pd.DataFrame(TABLE, index=[9, 9, 1, 0]), path, str(path), iter(TABLE)]
    found = [classify(table, on="2024-05-01") for table in tables]
    assert all(list(one["policy"]) == WANTED for one in found)
    assert all(list(one["sku"]) == [row["sku"] for row in TABLE] for one in found)
    assert list(found[0]["on"]) == ["2024-05-01", "2025-05-01", "2024-05-01", "2024-05-01"]
    pd.testing.assert_frame_equal(found[0], found[3])
    assert "treat as refused" in found[0]["note"][2]
    assert list(classify([], on=DAY).columns) == list(found[0].columns)


def test_the_catalogue_goes_through_as_a_table() -> None:
    file = Path(catalog.FOLDER) / "chips.csv"
    found = classify(file, on=DAY).set_index("sku")
    printed = classify(pd.DataFrame(catalog.rows(catalog.chips().values())), on=DAY).set_index("sku")
    for sku, chip in catalog.chips().items():
        assert found["policy"][sku] == printed["policy"][sku] == policy(chip)
    frame = pd.DataFrame([{"tpp": np.float32(5000), "on": pd.Timestamp("2024-05-01"), "sold_in_us": np.bool_(True)}])
    assert list(classify(frame)["policy"]) == ["presume_deny"]
    assert list(classify(frame)["sku"]) == ["row 1"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sku,tpp\nH20,\nmine,x\n", "chips.csv, row 3, column 'tpp' = 'x': a finite number above 0 is wanted"),
        ("sku;tpp\nmine;2.368,5\n", "row 2, column 'tpp' = '2.368,5': a finite number above 0 is wanted, with a point"),
        ("sku,tpp\nH21,\n", "row 2, no chip or HBM generation 'H21'"),
        ("sku,tp\nH20,1\n", "column 'tp' is not known; did you mean 'tpp'"),
        ("sku,sku\nH20,H20\n", "column 'sku' occurs twice"),
        ("sku,tpp\nH20\n", "row 2: 1 cells where the header has 2"),
        ('sku,tpp\n"two\nlines",5000\nmine,y\n', "row 4, column 'tpp' = 'y'"),
        ("sku,tpp\n\"H20,1\n", "is not CSV"),
        ("", "a header and a row"), ("sku,tpp\n", "a header and a row"),
        ("sku,tpp,on\nmine,5000,2025-02-30\n", "row 2, on = '2025-02-30'"),
        ("sku,tpp\n\n\n\nmine,z\n", "row 5"),
    ],
)  # fmt: skip
def test_a_fault_in_a_file_names_its_row(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "chips.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        classify(path, on=DAY)
    assert words in str(error.value)


def test_the_faults_of_many_rows_are_told_as_far_as_a_message_holds_and_counted(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        classify([{"sku": "x" * 90, "tpp": "y" * 300, "colour": 1} for _ in range(500)])
    message = str(error.value)
    assert message.count("'colour'") == 1
    assert "row 1, column 'tpp'" in message
    assert message.endswith(f"and {501 - message.count(chr(10))} more")
    assert len(message) < 2000
    for name, body in (("utf16.csv", "sku\nH20\n".encode("utf-16")), ("none.csv", None)):
        path = tmp_path / name
        if body:
            path.write_bytes(body)
        with pytest.raises(InputError, match=r"not UTF-8|cannot be read"):
            classify(path)


def test_every_column_of_a_table_is_known_once() -> None:
    assert len(known()) == len(set(known()))
    assert {"class", "kind", "on", "fp16_tflops", "fp4_tops", "int8_tops", "fp64_tflops"} <= set(known())
