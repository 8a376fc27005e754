"""Read a CSV table into frozen records, refusing every broken cell and naming all of them at once.

A record is a dataclass whose annotations say what its cells may hold; pydantic checks them. An empty cell is None, and
is refused where None is not allowed.
"""

import csv
import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError, ValidationInfo

from abm.foundation.errors import InputError, faults, nearest
from abm.foundation.files import text_of

DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?", re.ASCII)
_MOMENT = r"(\d{4}(-\d{2}(-\d{2})?)?|(FY)?\d{4}(Q[1-4]|H[12])?)"
PERIOD = re.compile(rf"{_MOMENT}((/|\.\.){_MOMENT})?|\d{{4}}-\d{{4}}", re.ASCII)


def day(text: str | None) -> date:
    """A date written YYYY-MM-DD, or YYYY-MM for the first of the month."""
    match = DAY.fullmatch(text or "")
    if not match:
        raise ValueError("is not a date written YYYY-MM-DD or YYYY-MM")
    try:
        return date(int(match[1]), int(match[2]), int(match[3] or 1))
    except ValueError as fault:
        raise ValueError(f"is no day of the calendar ({fault})") from None


def period(text: str) -> str:
    """A period: a year, quarter, half-year, fiscal year, month, day, or a span from/to."""
    if not PERIOD.fullmatch(text):
        raise ValueError("is not a period such as 2024, 2024-03, 2024Q1, 2024H1, FY2024Q1 or 2024-01/2024-03")
    return text


def identifiers(text: str | None, info: ValidationInfo) -> tuple[str, ...]:
    """Ids of sources separated by semicolons, each once and each of those in the context, if there is one."""
    names = tuple((text or "").split(";"))
    if not all(name and name == name.strip() for name in names):
        raise ValueError("holds an empty name or a blank beside a semicolon")
    if len(set(names)) < len(names):
        raise ValueError("names one twice")
    if unknown := [name for name in names if info.context is not None and name not in info.context]:
        told = (f"{name!r} is no id of sources.csv{nearest(name, info.context or ())}" for name in unknown)
        raise ValueError("; ".join(told))
    return names


type Number = Annotated[float, Field(allow_inf_nan=False)]
type Positive = Annotated[float, Field(allow_inf_nan=False, ge=0)]
type Day = Annotated[date, BeforeValidator(day)]
type Period = Annotated[str, AfterValidator(period)]
type Grade = Literal["measured", "reported", "estimate", "derived", "assumed"]
type Sources = Annotated[tuple[str, ...], BeforeValidator(identifiers)]
type Note = Annotated[str, BeforeValidator(lambda text: text or "")]


@dataclass(frozen=True, eq=False)
class Table[R]:
    """A file, the record each row becomes, and the fields whose values together occur once."""

    file: str
    record: type[R]
    key: tuple[str, ...]
    rename: Mapping[str, str] = field(default_factory=dict)  # column -> field
    absent: Collection[str] = ()  # fields of the record that this table has no column for
    check: Callable[[R], Iterable[str]] = lambda row: ()  # what is wrong with a row that reads well cell by cell

    @cached_property
    def columns(self) -> dict[str, str]:
        """Column name -> field name."""
        back = {name: column for column, name in self.rename.items()}
        names = [one.name for one in fields(self.record) if one.name not in self.absent]  # type: ignore[arg-type]
        return {back.get(name, name): name for name in names}

    @cached_property
    def adapter(self) -> TypeAdapter[R]:
        """What checks a row."""
        return TypeAdapter(self.record)


def _lines(folder: Path, name: str, found: list[str]) -> list[tuple[int, list[str]]]:
    """The rows of a CSV file with the line on which each starts; what is wrong with the file is added to `found`."""
    rows: list[tuple[int, list[str]]] = []
    start = 1
    try:
        source = csv.reader(StringIO(text_of(folder / name, most=None), newline=""), strict=True)
        for cells in source:
            rows.append((start, cells))
            start = source.line_num + 1
    except csv.Error as fault:
        found.append(f"{name}: row {start}: is not CSV ({fault})")
    except InputError as fault:
        found.append(str(fault).removeprefix(f"{folder}{os.sep}"))
    return rows


def _header_faults(header: list[str], wanted: Collection[str]) -> list[str]:
    """Unknown, missing and repeated columns."""
    found = [f"column {name!r} is not known{nearest(name, wanted)}" for name in header if name not in wanted]
    found += [f"column {name!r} is missing" for name in wanted if name not in header]
    return found + [f"column {name!r} occurs twice" for name in sorted(set(header)) if header.count(name) > 1]


def _read_row[R](
    table: Table[R], header: list[str], cells: list[str], known: Collection[str] | None
) -> tuple[list[R], list[str]]:
    """The record of a row, none where a cell is broken, and what is wrong with it."""
    if len(cells) != len(header):
        return [], [f"{len(cells)} cells where the header has {len(header)}"]
    back = {name: column for column, name in table.columns.items()}
    found = [
        f"column {column!r} = {text!r}: begins or ends with a blank or holds a character that cannot be printed"
        for column, text in zip(header, cells, strict=True)
        if text != text.strip() or not text.isprintable()
    ]
    values = {table.columns[column]: text or None for column, text in zip(header, cells, strict=True)}
    try:
        row = table.adapter.validate_python(values, context=known)
    except ValidationError as error:
        return [], found + faults(error, place=lambda path: f"column {back[str(path[0])]!r}")
    return ([], found) if found else ([row], list(table.check(row)))


def read_table[R](folder: Path, table: Table[R], known: Collection[str] | None = None) -> tuple[list[R], list[str]]:
    """The rows of a table of a folder that can be read, and everything that is wrong with it.

    known    ids that a cell of the column `source` may hold; None for any
    """
    found: list[str] = []
    lines = _lines(folder, table.file, found)
    header = lines[0][1] if lines else []
    if found or not lines:
        return [], found or [f"{table.file}: is empty"]
    if found := _header_faults(header, table.columns):
        return [], [f"{table.file}: row 1: {fault}" for fault in found]

    rows: list[R] = []
    seen: dict[tuple[Any, ...], int] = {}
    for line, cells in lines[1:]:
        read, wrong = _read_row(table, header, cells, known)
        rows += read
        for row in read:
            key = tuple(getattr(row, name) for name in table.key)
            if (first := seen.setdefault(key, line)) != line:
                wrong.append(f"{' + '.join(table.key)} = {' + '.join(map(str, key))!r} occurs on row {first} already")
        found += [f"{table.file}: row {line}: {fault}" for fault in wrong]
    return rows, found if len(lines) > 1 else [f"{table.file}: has no rows"]
