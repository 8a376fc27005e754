"""The shipped facts, and what the reader makes of damaged copies of them."""

import csv
import shutil
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abm.facts import catalog, paths
from abm.facts.tables import Day, Grade, Number, Period, Positive, Table, read_table
from abm.foundation.errors import InputError

SERIES = tuple(catalog._series_table(name) for name in catalog.series_names())
TABLES: tuple[Table[Any], ...] = (*catalog.TABLES, *SERIES)
KNOWN = frozenset(catalog.sources())


def read_csv(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def write_csv(path: Path, rows: list[list[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


# --- what ships ---


def test_the_shipped_facts_read_without_a_fault() -> None:
    assert catalog.faults() == []


def test_every_file_beside_the_catalog_is_read() -> None:
    files = {str(path.relative_to(catalog.FOLDER)) for path in catalog.FOLDER.rglob("*.csv")}
    assert files == {table.file for table in (*TABLES, catalog.SOURCES)}


def test_the_files_are_utf8_with_line_feeds() -> None:
    for path in catalog.FOLDER.rglob("*.csv"):
        body = path.read_bytes()
        assert b"\r" not in body, path.name
        assert body.endswith(b"\n"), path.name
        body.decode("utf-8")


@pytest.mark.parametrize(
    ("sku", "cells"),
    [
        ("A100", {"tpp": 4992, "link_gb_s": 600, "sold_in_us": True, "price_usd": None, "released": date(2020, 5, 1)}),
        ("H20", {"tpp": 2368, "performance_density": 2.91, "bandwidth_gb_s": 4000, "sold_in_us": False}),
        ("MI308X", {"tpp": 3296, "die_mm2": None, "performance_density": None, "link_gb_s": None}),
        ("RTX PRO 5500", {"tpp": None, "sold_in_us": None, "designed_to": None}),
        ("RTX 5090D V2", {"kind": "gaming", "bandwidth_gb_s": 1344, "released": date(2025, 8, 12)}),
        ("RTX PRO 6000D", {"kind": "workstation", "price_date": date(2025, 9, 1)}),
        ("L20", {"released": date(2023, 11, 1), "tpp": 1912, "memory_type": "GDDR6", "sold_in_us": False}),
        ("Zhenwu PPU", {"tpp": None, "bandwidth_gb_s": None, "memory_gb": 96}),
    ],
)
def test_chips_hold_what_the_table_says(sku: str, cells: dict[str, object]) -> None:
    chip = catalog.chips()[sku]
    assert {name: getattr(chip, name) for name in cells} == cells


def test_an_empty_cell_is_unknown_and_never_zero() -> None:
    header, *rows = read_csv(catalog.FOLDER / "chips.csv")
    for cells in rows:
        row = dict(zip(header, cells, strict=True))
        chip = catalog.chips()[row["sku"]]
        for name in ("fp16_tflops", "fp4_tops", "tpp", "link_gb_s", "hbm_stacks", "price_usd"):
            assert (getattr(chip, name) is None) == (row[name] == ""), (chip.sku, name)


def test_every_source_named_anywhere_is_listed_and_the_other_tables_hold_rows() -> None:
    assert "basis-note" in catalog.sources()
    for name in catalog.FACTS:
        assert catalog.facts(name)
        assert all(set(row.source) <= KNOWN for row in catalog.facts(name))
    assert {row.who for row in catalog.facts("hbm_makers")} >= {"SK hynix", "Samsung", "Micron", "CXMT"}
    assert all(row.who == "" for row in catalog.facts("foundry"))
    assert catalog.labs()["DeepSeek"].kind == "startup"
    assert catalog.vendors()["Nvidia"].jurisdiction == "US"
    assert catalog.memory()["HBM2E"].density_gb_s_mm2 == 3.94
    assert [row.id for row in catalog.stylised_facts()] == [f"C{number}" for number in range(1, 27)]


def test_agents_of_the_model_are_in_the_order_their_file_declares() -> None:
    chip, hbm = catalog.firms("chip"), catalog.firms("hbm")
    assert [one.order for one in (*chip.values(), *hbm.values())] == [*range(1, 10), *range(1, 5)]
    assert [name for name in chip if not chip[name].domestic] == ["Nvidia", "AMD"]
    assert [name for name in hbm if hbm[name].domestic] == ["CXMT"]
    assert {one.vendor for one in catalog.chips().values()} == set(chip)
    assert paths.names("frontier_weight")[:2] == ("OpenAI", "Google")


def test_no_assumption_stands_beside_a_cell_that_is_known() -> None:
    for name in paths.names("chip"):
        sku, _, field = name.rpartition("/")
        assert getattr(catalog.chips()[sku], field, None) is None, name


def test_series_are_read_by_name() -> None:
    points = catalog.series("nvidia_china_revenue_billing")
    assert points[0].start == date(2021, 2, 1)
    assert points[0].value == 1.39
    with pytest.raises(InputError, match="did you mean 'small_cards'"):
        catalog.series("small_card")


def test_inputs_are_in_order_of_date() -> None:
    assert catalog.inputs()
    for name, points in catalog.inputs().items():
        assert all(point.series == name for point in points)
        assert [point.date for point in points] == sorted({point.date for point in points}), name


def test_readings_are_kept_and_cannot_be_changed() -> None:
    assert catalog.chips() is catalog.chips()
    with pytest.raises(TypeError):
        catalog.chips()["A100"] = catalog.chips()["H20"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        catalog.chips()["A100"].tpp = 1.0  # type: ignore[misc]


def test_rows_for_tables_are_plain() -> None:
    rows = catalog.rows(catalog.chips().values())
    assert len(rows) == len(catalog.chips())
    assert next(iter(rows[0])) == "sku"
    assert [*rows[0]][-3:] == ["source", "grade", "note"]
    assert set(rows[0]) == set(catalog.CHIPS.columns.values())
    assert rows[0]["released"] == "2020-05-01"
    assert rows[0]["source"] == "calwoo-gpu;arthurchiao-gpu;china-chip-dossier-2026-08;basis-note"
    assert all(isinstance(cell, (str, int, float, bool, type(None))) for row in rows for cell in row.values())


# --- every kind of fault in every table ---


def damaged(folder: Path, table: Table[Any], change: Callable[[list[list[str]]], None]) -> list[str]:
    """The faults of a changed copy of one table."""
    rows = read_csv(catalog.FOLDER / table.file)
    change(rows)
    write_csv(folder / table.file, rows)
    return read_table(folder, table, KNOWN)[1]


def set_cell(column: str, text: str) -> Callable[[list[list[str]]], None]:
    """Put text into a column of the last row."""

    def change(rows: list[list[str]]) -> None:
        rows[-1][rows[0].index(column)] = text

    return change


def last_line(table: Table[Any]) -> int:
    return len(read_csv(catalog.FOLDER / table.file))


ids = [table.file for table in TABLES]


@pytest.mark.parametrize("table", TABLES, ids=ids)
def test_a_row_without_a_source_or_with_an_unknown_one(tmp_path: Path, table: Table[Any]) -> None:
    where = f"{table.file}: row {last_line(table)}: column 'source'"
    (fault,) = damaged(tmp_path, table, set_cell("source", ""))
    assert fault.startswith(f"{where} is empty")
    (fault,) = damaged(tmp_path, table, set_cell("source", "basis-nto"))
    assert fault == f"{where} = 'basis-nto': 'basis-nto' is no id of sources.csv; did you mean 'basis-note'?"


NO_NUMBERS = ["1.2.3", "12x", "nan", "NaN", "inf", "-Infinity", "1e400", "1,5"]
WRONG: dict[object, list[str]] = {
    Number: NO_NUMBERS,
    Positive: NO_NUMBERS,
    Day: ["2024-02-30", "2024-00", "5 May 2024"],
    Period: ["soon"],
    Grade: ["no-such-word", "Measured "],
}


@pytest.mark.parametrize("table", TABLES, ids=ids)
def test_a_broken_number_date_period_or_grade(tmp_path: Path, table: Table[Any]) -> None:
    hints = get_type_hints(table.record, include_extras=True)
    for column, name in table.columns.items():
        for text in (text for kind in (hints[name], *get_args(hints[name])) for text in WRONG.get(kind, ())):
            faults = damaged(tmp_path, table, set_cell(column, text))
            where = f"{table.file}: row {last_line(table)}: column {column!r} = {text!r}"
            assert any(one.startswith(where) for one in faults), (faults, where)


@pytest.mark.parametrize("table", TABLES, ids=ids)
def test_a_row_that_occurs_twice(tmp_path: Path, table: Table[Any]) -> None:
    faults = damaged(tmp_path, table, lambda rows: rows.append(list(rows[1])))
    assert len(faults) == 1
    assert faults[0].startswith(f"{table.file}: row {last_line(table) + 1}: ")
    assert faults[0].endswith("occurs on row 2 already")


@pytest.mark.parametrize("table", TABLES, ids=ids)
def test_ragged_rows_and_wrong_columns(tmp_path: Path, table: Table[Any]) -> None:
    width = len(table.columns)
    end = f"{table.file}: row {last_line(table)}: "
    assert damaged(tmp_path, table, lambda rows: rows[-1].pop()) == [
        f"{end}{width - 1} cells where the header has {width}"
    ]  # fmt: skip
    assert damaged(tmp_path, table, lambda rows: rows[-1].append("")) == [
        f"{end}{width + 1} cells where the header has {width}"
    ]  # fmt: skip
    column = next(iter(table.columns))
    renamed = damaged(tmp_path, table, lambda rows: rows[0].__setitem__(rows[0].index(column), "colour"))
    assert f"{table.file}: row 1: column 'colour' is not known" in renamed[0]
    assert f"{table.file}: row 1: column {column!r} is missing" in renamed
    assert damaged(tmp_path, table, lambda rows: rows.clear()) == [f"{table.file}: is empty"]
    assert damaged(tmp_path, table, lambda rows: rows.__delitem__(slice(1, None))) == [f"{table.file}: has no rows"]


@pytest.mark.parametrize(
    ("table", "column", "text", "words"),
    [
        (catalog.CHIPS, "tpp", "3040.5", None),
        (catalog.CHIPS, "tpp", "5000", "column 'tpp' = 5000: is not the largest of operations x bits"),
        (catalog.CHIPS, "performance_density", "9.99", "is not tpp / die_mm2"),
        (catalog.CHIPS, "price_low_usd", "999999", "column 'price_usd'"),
        (catalog.CHIPS, "bandwidth_gb_s", "-5", "= '-5': a number of 0 or more is wanted"),
        (catalog.CHIPS, "sold_in_us", "maybe", "= 'maybe': yes or no is wanted"),
        (catalog.MEMORY, "density_gb_s_mm2", "9.99", "is not bandwidth / area"),
        (catalog.FACTS["hbm_makers"], "low", "99999", "column 'value'"),
        (catalog.INPUTS, "high", "-1e12", "column 'value'"),
        (SERIES[0], "low", "1e12", "column 'value'"),
    ],
)
def test_cells_that_contradict_each_other(
    tmp_path: Path, table: Table[Any], column: str, text: str, words: str | None
) -> None:
    """Tried in every row; in some the other cells are unknown and nothing contradicts."""
    rows = read_csv(catalog.FOLDER / table.file)
    found = []
    for index in range(1, len(rows)):
        changed = [list(row) for row in rows]
        changed[index][rows[0].index(column)] = text
        write_csv(tmp_path / table.file, changed)
        found += read_table(tmp_path, table, KNOWN)[1]
    assert words is None or any(words in fault for fault in found)


def test_a_whole_damaged_folder_tells_every_fault_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "facts"
    shutil.copytree(catalog.FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    assert catalog.faults(folder) == []
    assert catalog.chips(folder) == catalog.chips()

    for name, column, text in (
        ("chips.csv", "tpp", "nan"),
        ("hbm.csv", "source", "nobody"),
        ("series/smuggling.csv", "grade", "sure"),
        ("sources.csv", "seen", "heard"),
    ):
        rows = read_csv(folder / name)
        set_cell(column, text)(rows)
        write_csv(folder / name, rows)
    (folder / "labs.csv").unlink()
    told = "\n".join(catalog.faults(folder))
    for words in (
        "chips.csv: row ",
        "'nan'",
        "hbm.csv: row ",
        "'nobody'",
        "series/smuggling.csv",
        "'heard'",
        "labs.csv: cannot",
    ):
        assert words in told


def test_a_reader_refuses_its_own_table_only(tmp_path: Path) -> None:
    folder = tmp_path / "facts"
    shutil.copytree(catalog.FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    rows = read_csv(folder / "hbm.csv")
    set_cell("area_mm2", "wide")(rows)
    write_csv(folder / "hbm.csv", rows)
    with pytest.raises(InputError, match=r"hbm\.csv: row \d+: column 'area_mm2' = 'wide': a number is wanted"):
        catalog.memory(folder)
    assert catalog.chips(folder)


# --- random damage ---


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(data=st.data())
def test_random_damage_is_refused_or_reads_but_nothing_else(tmp_path: Path, data: st.DataObject) -> None:
    table = data.draw(st.sampled_from([*TABLES, catalog.SOURCES]))
    body = bytearray((catalog.FOLDER / table.file).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body) - 1))
        stop = min(len(body), start + data.draw(st.integers(0, 60)))
        piece = st.one_of(
            st.binary(max_size=8), st.just(bytes(body[start:stop]) * 2), st.sampled_from([b",", b'"', b"\n", b"\0"])
        )
        body[start:stop] = data.draw(piece)
        if not body:
            break
    target = tmp_path / table.file
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(bytes(body))
    read, faults = read_table(tmp_path, table, None if table is catalog.SOURCES else KNOWN)
    assert faults or read
    for fault in faults:
        assert fault.startswith(f"{table.file}: ")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(data=st.data())
def test_random_cells_are_refused_or_read_into_finite_values(tmp_path: Path, data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(TABLES))
    rows = read_csv(catalog.FOLDER / table.file)
    row, column = data.draw(st.integers(1, len(rows) - 1)), data.draw(st.integers(0, len(rows[0]) - 1))
    numbers = st.floats().map(repr)
    rows[row][column] = data.draw(st.one_of(st.text(max_size=10), numbers, st.integers().map(str), st.dates().map(str)))
    write_csv(tmp_path / table.file, rows)
    read, faults = read_table(tmp_path, table, KNOWN)
    for record in read:
        for name in (one.name for one in fields(record)):
            value = getattr(record, name)
            assert not isinstance(value, float) or abs(value) < float("inf")
    if not faults:
        assert len(read) == len(rows) - 1
