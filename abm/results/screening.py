"""Goods as people describe them, by name or number, one or a table of them, and what the law says of each.

A table has the columns of abm/facts/chips.csv, as many as are known, and `on` for the day; columns the law does not ask
for are read over. A row with numbers is described by them alone; one with a name only is looked up in the catalogue.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from abm.facts import catalog
from abm.facts.names import find
from abm.facts.records import Chip, HbmGeneration
from abm.foundation.dates import parse_day
from abm.foundation.errors import InputError, nearest, shorten
from abm.foundation.files import text_of
from abm.law.answers import Answer, answer
from abm.law.regime import Regime, load_regime
from abm.results.described import Label, column, described, known, reading

if TYPE_CHECKING:
    import pandas as pd

type Good = Chip | HbmGeneration

WORDS = 1700
"""Letters of a message that lists faults."""


class Asked(NamedTuple):
    """A good, the day it is asked about, and what was taken for granted about it."""

    good: Good
    day: date
    remarks: tuple[str, ...] = ()


def classify(goods: Any, on: "str | date | None" = None, regime: str | Regime = "history") -> Any:
    """What the law of a day says about selling chips or HBM to China.

    goods      a name of the catalogue ("H20", "NVIDIA HGX H20", "HBM3E"); a mapping of columns as in chips.csv, or a
               Chip; or many of them: a list, a pandas DataFrame, or the path of a CSV file
    on         day of the law, today by default; a column `on` goes before it
    regime     whose law
    returns    a dictionary for one good, its fields those of `abm.law.answers.Answer`; for many a DataFrame with a row
               for each, in order, lists joined by semicolons
    errors     InputError names every fault, with its row: from 1, or the line of a file
    """
    law = load_regime(regime) if isinstance(regime, str) else regime
    if isinstance(goods, Path) or (isinstance(goods, str) and is_table(goods)):
        return _frame(answers(read_table(Path(goods), on), law))
    if isinstance(goods, str | Mapping | Chip | HbmGeneration):
        return answers([one_asked(goods, on)], law)[0].to_dict()
    return _frame(answers(all_asked(_rows(goods), on), law))


def is_table(name: str) -> bool:
    """Whether a name is that of a file of chips, and not of a chip."""
    return name.casefold().endswith((".csv", ".tsv"))


def answers(asked: Iterable[Asked], regime: Regime) -> list[Answer]:
    """What a regime says of goods."""
    return [answer(one.good, regime, one.day, one.remarks) for one in asked]


def _frame(found: Sequence[Answer]) -> "pd.DataFrame":
    """Answers as a table."""
    import pandas as pd

    return pd.DataFrame([one.to_row() for one in found], columns=list(Answer.__dataclass_fields__))


# --- many goods ---


def read_table(path: Path, on: "str | date | None" = None) -> list[Asked]:
    """The goods of a CSV file; separated by commas, semicolons or tabs, with or without a byte order mark."""
    lines = _lines(path)
    if len(lines) < 2:
        raise InputError(f"{path}: a header and a row for each chip are wanted")
    header = [name.strip() for name in lines[0][1]]
    faults = [f"{path}: column {shorten(name)} occurs twice" for name in sorted(set(header)) if header.count(name) > 1]
    faults += [
        f"{path}, row {line}: {len(cells)} cells where the header has {len(header)}"
        for line, cells in lines
        if len(cells) != len(header)
    ]
    _refuse(faults)
    return all_asked([(line, dict(zip(header, cells, strict=True))) for line, cells in lines[1:]], on, f"{path}, ")


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """The rows of a file that hold anything, each with the line on which it starts."""
    text = text_of(path, most=None)
    separator = max(",;\t", key=text.partition("\n")[0].count)
    rows: list[tuple[int, list[str]]] = []
    reader, start = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1
    try:
        for cells in reader:
            rows += [(start, cells)] if any(cell.strip() for cell in cells) else []
            start = reader.line_num + 1
    except csv.Error as fault:
        raise InputError(f"{path}, row {start}: is not CSV ({fault})") from None
    return rows


def _rows(goods: Any) -> list[tuple[int, Any]]:
    """The rows of a frame or the members of a list, counted from 1; what a frame holds as missing is None."""
    if hasattr(goods, "to_dict") and hasattr(goods, "columns"):
        records = goods.astype(object).where(goods.notna(), None).to_dict("records")
        return list(enumerate(records, 1))
    if isinstance(goods, Iterable) and not isinstance(goods, bytes):
        return list(enumerate(goods, 1))
    raise InputError(f"{shorten(goods)}: a name, a table of columns, a list of them or a CSV file is wanted")


def all_asked(rows: Sequence[tuple[int, Any]], on: "str | date | None", where: str = "") -> list[Asked]:
    """What is asked of every row; InputError tells the faults of all."""
    found: list[Asked] = []
    faults = [f"{where}{one}" for one in _unknown_columns(row for _, row in rows)]
    for number, row in rows:
        read, wrong = _asked(row, on, f"row {number}")
        found += read
        faults += [f"{where}row {number}, {one}" for one in wrong]
    _refuse(faults)
    return found


def one_asked(goods: Any, on: "str | date | None", label: Label | None = None) -> Asked:
    """What is asked of one good."""
    found, faults = _asked(goods, on, "given", label or column)
    _refuse([*_unknown_columns([goods]), *faults])
    return found[0]


def _refuse(faults: Sequence[str]) -> None:
    """One InputError for all faults, and for how many more than a message holds."""
    told: list[str] = []
    for fault in faults:
        if told and sum(map(len, told)) + len(fault) > WORDS:
            raise InputError("\n  ".join(["", *told, f"and {len(faults) - len(told)} more"]).lstrip("\n "))
        told.append(fault if len(fault) <= WORDS else f"{fault[:WORDS]}…")
    if told:
        raise InputError("\n  ".join(told))


# --- one good ---


def _asked(row: Any, on: "str | date | None", unnamed: str, label: Label = column) -> tuple[list[Asked], list[str]]:
    """What is asked of a row, or what is wrong with it."""
    faults: list[str] = []
    row = vars(row) if isinstance(row, Chip) and catalog.chips().get(row.sku) != row else row
    cells = {str(name): None if _empty(value) else value for name, value in row.items()} if _is_row(row) else {}
    day = reading(lambda: day_of(cells.get("on") or on), faults)
    remarks: list[str] = []
    if _is_row(row):
        good, remarks = described(cells, unnamed, label, faults)
    elif isinstance(row, Chip) or (isinstance(row, HbmGeneration) and row in catalog.memory().values()):
        good = row
    else:
        good = reading(lambda: find(row), faults)
    return ([], faults) if faults or day is None else ([Asked(good, day, tuple(remarks))], [])


def _is_row(row: object) -> bool:
    """Whether a good is described by cells."""
    return isinstance(row, Mapping)


def _unknown_columns(rows: Iterable[Any]) -> Iterable[str]:
    """Columns of some rows that no table has."""
    names = dict.fromkeys(str(name) for row in rows if isinstance(row, Mapping) for name in row)
    for name in names:
        if name not in known():
            yield f"column {shorten(name)} is not known{nearest(name[:40], known())}"


def _empty(value: object) -> bool:
    """Whether a cell holds nothing."""
    return value is None or (isinstance(value, str) and not value.strip())


def day_of(on: object, where: str = "on") -> date:
    """The day asked about; today where none is given."""
    if on is None or on == "":
        return date.today()
    if isinstance(on, date):
        return on.date() if hasattr(on, "hour") else on  # type: ignore[attr-defined]
    if not str(on).isascii() or len(str(on)) > len("2026-11-30 "):
        raise InputError(f"{where} = {shorten(on)}: a date like 2026-11 or 2026-11-30 is wanted")
    return parse_day(str(on).strip(), where)
