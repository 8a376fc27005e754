"""Reading tables: how cells are read, and how what is wrong is named."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.facts.tables import Day, Grade, Note, Positive, Sources, Table, day, period, read_table


@dataclass(frozen=True)
class Row:
    """A row of a small table."""

    name: str
    kind: Literal["big", "small"]
    since: Day | None
    size: Positive | None
    sold: bool | None
    source: Sources
    grade: Grade
    note: Note


def refuse_giants(row: Row) -> Iterator[str]:
    """A check of a whole row."""
    if row.kind == "small" and row.size and row.size > 100:
        yield f"column 'size' = {row.size:g}: is not small"


TABLE = Table("rows.csv", Row, ("name",), rename={"class": "kind"}, check=refuse_giants)
HEADER = "name,class,since,size,sold,source,grade,note\n"
GOOD = 'one,big,2024-05,1.5,yes,a;b,measured,"a note, with a comma"\ntwo,small,,,,b,assumed,\n'


def read(folder: Path, text: str) -> tuple[list[Row], list[str]]:
    (folder / "rows.csv").write_text(text, encoding="utf-8")
    return read_table(folder, TABLE, {"a", "b"})


def test_a_table_is_read_into_records(tmp_path: Path) -> None:
    rows, faults = read(tmp_path, HEADER + GOOD)
    assert faults == []
    assert rows == [
        Row("one", "big", date(2024, 5, 1), 1.5, True, ("a", "b"), "measured", "a note, with a comma"),
        Row("two", "small", None, None, None, ("b",), "assumed", ""),
    ]


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    rows, faults = read(tmp_path, "note,grade,source,sold,size,since,class,name\n,measured,a,no,2,2024-05-07,big,one\n")
    assert faults == []
    assert rows == [Row("one", "big", date(2024, 5, 7), 2.0, False, ("a",), "measured", "")]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("x,big,,1,yes,,measured,", "column 'source' is empty"),
        ("x,big,,1,yes,a;c,measured,", "column 'source' = 'a;c': 'c' is no id of sources.csv; one of a, b"),
        ("x,big,,1,yes,a;a,measured,", "column 'source' = 'a;a': names one twice"),
        ("x,big,,1,yes,a; b,measured,", "column 'source' = 'a; b': holds an empty name or a blank beside a semicolon"),
        ("x,big,,much,yes,a,measured,", "column 'size' = 'much': a number is wanted"),
        ("x,big,,nan,yes,a,measured,", "column 'size' = 'nan': a finite number is wanted"),
        ("x,big,,1e999,yes,a,measured,", "column 'size' = '1e999': a finite number is wanted"),
        ("x,big,,\u0661,yes,a,measured,", "column 'size' = '\u0661': a number is wanted"),
        ("x,big,,-1,yes,a,measured,", "column 'size' = '-1': a number of 0 or more is wanted"),
        ("x,big,2024-13,1,yes,a,measured,", "column 'since' = '2024-13': is no day of the calendar"),
        ("x,big,May 2024,1,yes,a,measured,", "column 'since' = 'May 2024': is not a date written YYYY-MM-DD or YYYY"),
        ("x,big,,1,perhaps,a,measured,", "column 'sold' = 'perhaps': yes or no is wanted"),
        ("x,bigg,,1,yes,a,measured,", "column 'class' = 'bigg': 'big' or 'small' is wanted; did you mean 'big'?"),
        ("x,,,1,yes,a,measured,", "column 'class' is empty: 'big' or 'small' is wanted"),
        ("x,big,,1,yes,a,certain,", "column 'grade' = 'certain': 'measured', "),
        (",big,,1,yes,a,measured,", "column 'name' is empty"),
        (" x,big,,1,yes,a,measured,", "column 'name' = ' x': begins or ends with a blank"),
        ("x,big,,1,yes,a,measured,\x07", "column 'note' = '\\x07': begins or ends with a blank or holds a character"),
        ("x,big,,1,yes,a,measured", "7 cells where the header has 8"),
        ("x,big,,1,yes,a,measured,,", "9 cells where the header has 8"),
        ("", "0 cells where the header has 8"),
        ("one,big,,1,yes,a,measured,", "name = 'one' occurs on row 2 already"),
        ("x,small,,101,yes,a,measured,", "column 'size' = 101: is not small"),
    ],
)
def test_a_broken_row_is_named_by_row_column_and_value(tmp_path: Path, line: str, fault: str) -> None:
    _, faults = read(tmp_path, HEADER + GOOD + line + "\n")
    assert any(one.startswith(f"rows.csv: row 4: {fault}") for one in faults), faults
    assert len(faults) == 1


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    _, faults = read(tmp_path, HEADER + "x,huge,no,NaN,maybe,c,none,\n" + GOOD + "y,big,,1,yes,,measured,\n")
    assert [fault.split(": ")[1] for fault in faults] == ["row 2"] * 6 + ["row 5"]


def test_rows_are_counted_in_lines_of_the_file(tmp_path: Path) -> None:
    _, faults = read(tmp_path, HEADER + 'x,big,,1,yes,a,measured,"two\nlines"\ny,big,,?,yes,a,measured,\n')
    assert [fault.split(": ")[1] for fault in faults] == ["row 2", "row 4"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "rows.csv: is empty"),
        (HEADER, "rows.csv: has no rows"),
        (HEADER.replace("size", "siz") + GOOD, "rows.csv: row 1: column 'siz' is not known; did you mean 'size'?"),
        (HEADER.replace(",size", "") + GOOD, "rows.csv: row 1: column 'size' is missing"),
        (HEADER.replace("size", "name") + GOOD, "rows.csv: row 1: column 'name' occurs twice"),
        (HEADER + 'x,"big', "rows.csv: row 2: is not CSV"),
        (HEADER + 'x,"big"?', "rows.csv: row 2: is not CSV"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, text: str, fault: str) -> None:
    _, faults = read(tmp_path, text)
    assert any(one.startswith(fault) for one in faults), faults


def test_a_byte_order_mark_is_read_over(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeff" + HEADER + GOOD) == read(tmp_path, HEADER + GOOD)


def test_a_file_that_is_not_text_or_not_there(tmp_path: Path) -> None:
    assert read_table(tmp_path, TABLE, set())[1] == ["rows.csv: cannot be read (No such file or directory)"]
    (tmp_path / "rows.csv").write_bytes(HEADER.encode() + b"\xff\xfe")
    ((fault,)) = read_table(tmp_path, TABLE, set())[1]
    assert fault.startswith("rows.csv: is not UTF-8")


@pytest.mark.parametrize(
    "text",
    ["2024", "2024-03", "2024-03-31", "2024Q1", "2024H2", "FY2025", "FY2025Q3", "2016-2023", "2025-04/2025-06",
     "2021..2024-12"],
)  # fmt: skip
def test_periods(text: str) -> None:
    assert period(text) == text


@pytest.mark.parametrize("text", ["", "24", "2024Q5", "2024H3", "FY25", "2024-3", "2024 Q1", "2024/"])
def test_no_periods(text: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        period(text)


def test_a_month_means_its_first_day() -> None:
    assert day("2024-08") == date(2024, 8, 1)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_named_as_faults(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    folder = tmp_path_factory.mktemp("rows")
    (folder / "rows.csv").write_bytes(HEADER.encode() + body)
    rows, faults = read_table(folder, TABLE, {"a", "b"})
    assert faults or rows
