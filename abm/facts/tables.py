"""Read a CSV table into frozen records, refusing every broken cell and naming all of them at once.

A record type is the table's schema: a field's annotation says how its cell is read. `X | None` allows an empty cell;
`Literal[...]` allows the words listed; `Annotated[X, reader]` reads with `reader`, a function from text that raises
ValueError.
"""

import csv
import math
import re
import types
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from abm.foundation.errors import nearest

type Reader = Callable[[str], Any]

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?", re.ASCII)
_MOMENT = r"(\d{4}(-\d{2}(-\d{2})?)?|(FY)?\d{4}(Q[1-4]|H[12])?)"
PERIOD = re.compile(rf"{_MOMENT}((/|\.\.){_MOMENT})?|\d{{4}}-\d{{4}}", re.ASCII)


def number(low: float = -math.inf, high: float = math.inf) -> Reader:
    """A reader of finite decimal numbers within [low, high]."""

    def read(text: str) -> float:
        if not NUMBER.fullmatch(text) or not math.isfinite(value := float(text)):
            raise ValueError("is not a finite number")
        if not low <= value <= high:
            raise ValueError(f"is outside {low:g} to {high:g}")
        return value

    return read


def day(text: str) -> date:
    """A date written YYYY-MM-DD, or YYYY-MM for the first of the month."""
    match = DAY.fullmatch(text)
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


def yes_no(text: str) -> bool:
    """A flag written yes or no."""
    if text not in ("yes", "no"):
        raise ValueError("is neither yes nor no")
    return text == "yes"


def words(text: str) -> str:
    """Printable text without blanks at its ends."""
    if not text.isprintable():
        raise ValueError("holds a character that cannot be printed")
    if text != text.strip():
        raise ValueError("begins or ends with a blank")
    return text


def identifiers(text: str) -> tuple[str, ...]:
    """Names separated by semicolons, each once."""
    names = tuple(words(text).split(";"))
    if not all(name and name == name.strip() for name in names):
        raise ValueError("holds an empty name or a blank beside a semicolon")
    if len(set(names)) < len(names):
        raise ValueError("names one twice")
    return names


def pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Conditions written key=value, separated by semicolons."""
    split = [entry.partition("=") for entry in words(text).split(";")]
    if not all(key and mark and value for key, mark, value in split):
        raise ValueError("is not a list of key=value")
    return tuple((key, value) for key, _, value in split)


def one_of(options: Collection[str]) -> Reader:
    """A reader of one of a few words."""

    def read(text: str) -> str:
        if text not in options:
            raise ValueError(f"is not known{nearest(text, options)}")
        return text

    return read


type Period = Annotated[str, period]
type Grade = Literal["measured", "reported", "estimate", "derived", "assumed"]
type Sources = Annotated[tuple[str, ...], identifiers]
type Conditions = Annotated[tuple[tuple[str, str], ...], pairs]
type Positive = Annotated[float, number(0)]

_PLAIN: dict[Any, Reader] = {str: words, float: number(), date: day, bool: yes_no}


def _reader(hint: Any) -> tuple[Reader, bool]:
    """How to read a cell of an annotated type, and whether it may be empty."""
    while hasattr(hint, "__value__"):
        hint = hint.__value__
    if get_origin(hint) in (Union, types.UnionType):
        (inner,) = [one for one in get_args(hint) if one is not type(None)]
        return _reader(inner)[0], True
    if get_origin(hint) is Annotated:
        return get_args(hint)[1], False
    if get_origin(hint) is Literal:
        return one_of(get_args(hint)), False
    return _PLAIN[hint], False


@dataclass(frozen=True, eq=False)
class Table[R]:
    """A file, the record each row becomes, and the columns whose values together name a row once."""

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
        return {back.get(name, name): name for name in self.readers if name not in self.absent}

    @cached_property
    def readers(self) -> dict[str, tuple[Reader, bool]]:
        """Field name -> how to read its cell, and whether the cell may be empty."""
        hints = get_type_hints(self.record, include_extras=True)
        return {name: _reader(hint) for name, hint in hints.items()}


@dataclass
class Reading[R]:
    """What came of reading a table: rows with their line numbers, and every fault."""

    rows: dict[int, R]
    faults: list[str]


def _lines(folder: Path, name: str, faults: list[str]) -> list[tuple[int, list[str]]]:
    """The rows of a CSV file with the line on which each starts; what is wrong with the file goes to faults."""
    rows: list[tuple[int, list[str]]] = []
    try:
        with (folder / name).open(newline="", encoding="utf-8") as file:
            source = csv.reader(file, strict=True)
            start = 1
            for cells in source:
                rows.append((start, cells))
                start = source.line_num + 1
    except UnicodeDecodeError as fault:
        faults.append(f"{name}: is not UTF-8 ({fault.reason} at byte {fault.start})")
    except csv.Error as fault:
        faults.append(f"{name}: row {start}: is not CSV ({fault})")
    except OSError as fault:
        faults.append(f"{name}: cannot be read ({fault.strerror})")
    return rows


def _header_faults(table: Table[Any], header: list[str]) -> list[str]:
    """Unknown, missing and repeated columns."""
    wanted = table.columns
    faults = [f"column {name!r} is not known{nearest(name, wanted)}" for name in header if name not in wanted]
    faults += [f"column {name!r} is missing" for name in wanted if name not in header]
    faults += [f"column {name!r} stands twice" for name in sorted(set(header)) if header.count(name) > 1]
    return [f"{table.file}: row 1: {fault}" for fault in faults]


def _read_row(
    table: Table[Any], header: list[str], cells: list[str], known: Collection[str] | None
) -> tuple[dict[str, Any], list[str]]:
    """Field values of one row, and the faults of its cells."""
    values: dict[str, Any] = {}
    faults: list[str] = []
    columns = table.columns
    for column, text in zip(header, cells, strict=True):
        name = columns[column]
        reader, optional = table.readers[name]
        if text == "":
            values[name] = "" if name == "note" else None
            faults += [] if optional or name == "note" else [f"column {column!r}: is empty"]
            continue
        try:
            values[name] = reader(text)
        except ValueError as fault:
            faults.append(f"column {column!r}: {text!r} {fault}")
    unknown = [one for one in values.get("source") or () if known is not None and one not in known]
    faults += [f"column 'source': {one!r} is no id of sources.csv{nearest(one, known or ())}" for one in unknown]
    return values, faults


def read_table[R](folder: Path, table: Table[R], known: Collection[str] | None = None) -> Reading[R]:
    """Read one table of a folder.

    known    ids a cell of the column `source` may hold; None reads the table of sources itself
    """
    faults: list[str] = []
    lines = _lines(folder, table.file, faults)
    if not lines:
        return Reading({}, faults or [f"{table.file}: is empty"])
    header = lines[0][1]
    faults += _header_faults(table, header)
    if faults:
        return Reading({}, faults)

    rows: dict[int, R] = {}
    seen: dict[tuple[Any, ...], int] = {}
    for line, cells in lines[1:]:
        where = f"{table.file}: row {line}"
        if len(cells) != len(header):
            faults.append(f"{where}: {len(cells)} cells where the header has {len(header)}")
            continue
        values, wrong = _read_row(table, header, cells, known)
        key = tuple(values.get(name) for name in table.key)
        if not wrong and key in seen:
            wrong.append(
                f"column {' + '.join(table.key)!r}: {' + '.join(map(str, key))!r} stands on row {seen[key]} already"
            )
        if not wrong:
            seen[key] = line
            rows[line] = table.record(**values)
            wrong += table.check(rows[line])
        faults += [f"{where}: {fault}" for fault in wrong]
    if len(lines) == 1:
        faults.append(f"{table.file}: has no rows")
    return Reading(rows, faults)
