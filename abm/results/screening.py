"""Goods as people describe them, by name or number, one or a table of them, and what the law says of each.

A table has the columns of abm/facts/chips.csv, as many as are known, and `on` for the day; columns the law does not ask
for are read over. A row with numbers is described by them alone; one with a name only is looked up in the catalogue.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from abm.facts import catalog
from abm.facts.names import find, printable, vendor_named
from abm.facts.records import Chip, HbmGeneration
from abm.foundation.dates import parse_day
from abm.foundation.errors import InputError, nearest, shorten
from abm.foundation.files import text_of
from abm.law.answers import Answer, answer
from abm.law.lines import BITS, tpp
from abm.law.regime import Regime, load_regime

if TYPE_CHECKING:
    import pandas as pd

type Good = Chip | HbmGeneration
type Label = Callable[[str, object], str]

RATES = {f"{name}_{unit}": name for name in BITS for unit in ("tflops", "tops")}
"""Column of dense tera-operations per second -> format."""
LIMITS: Mapping[str, tuple[float, float, str]] = {
    "tpp": (10, 1e8, "operations x bit length; TFLOP/s are given by format"),
    "die_mm2": (25, 1e5, "mm2; 1 cm2 is 100 mm2"),
    "performance_density": (1e-3, 1e4, "TPP/mm2"),
    "bandwidth_gb_s": (30, 1e8, "GB/s; 1 TB/s is 1,000 GB/s"),
    "link_gb_s": (7.5, 1e8, "GB/s; 1 TB/s is 1,000 GB/s"),
    **{
        name: (1.0 if BITS[form] <= 16 else 1e-3, 1e6, "dense tera-operations a second") for name, form in RATES.items()
    },
}
"""Column of a number -> from and to where a chip may stand, and the unit: what lies outside is a slip of units."""
KINDS = ("datacentre", "gaming", "workstation")
SMALL = {True: 1000.0, False: 200.0}
"""TPP below which a slip of units is likely: where it is stated, and where it follows from rates."""
MOST_BANDWIDTH = 3.0
"""GB/s for each unit of TPP: no accelerator has had more."""
YES_NO = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False, "": None, "unknown": None}
NUMBER = re.compile(r"\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
WORDS = 1700
"""Letters of a message that lists faults."""


class Asked(NamedTuple):
    """A good, the day it is asked about, and what was taken for granted about it."""

    good: Good
    day: date
    remarks: tuple[str, ...] = ()


def classify(goods: Any, on: "str | date | None" = None, regime: str | Regime = "history") -> Any:
    """What the law of a day says about selling chips or HBM to China.

    goods      a name of the catalogue ("H20", "NVIDIA HGX H20", "HBM3E"); a mapping of columns as in chips.csv; or many
               of them: a list, a pandas DataFrame, or the path of a CSV file
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
    text = text_of(path, most=None)
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    lines: list[tuple[int, list[str]]] = []
    reader, start = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1
    try:
        for cells in reader:
            lines += [(start, cells)] if any(cell.strip() for cell in cells) else []
            start = reader.line_num + 1
    except csv.Error as fault:
        raise InputError(f"{path}, row {start}: is not CSV ({fault})") from None
    if len(lines) < 2:
        raise InputError(f"{path}: a header and a row for each chip are wanted")
    header = [name.strip() for name in lines[0][1]]
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise InputError(f"{path}: column {shorten(twice[0])} occurs twice")
    wrong = [line for line, cells in lines if len(cells) != len(header)]
    if wrong:
        told = f"{path}, row {wrong[0]}: {len(dict(lines)[wrong[0]])} cells where the header has {len(header)}"
        raise InputError(told + (f"; so have {len(wrong) - 1} more rows" if len(wrong) > 1 else ""))
    rows = [(line, dict(zip(header, cells, strict=True))) for line, cells in lines[1:]]
    return all_asked(rows, on, f"{path}, ")


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
    found, faults = _asked(goods, on, "given", label or _column)
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


def _column(name: str, value: object) -> str:
    """How a cell is named."""
    return f"column {name!r} = {shorten(value)}"


def _asked(row: Any, on: "str | date | None", unnamed: str, label: Label = _column) -> tuple[list[Asked], list[str]]:
    """What is asked of a row, or what is wrong with it."""
    faults: list[str] = []
    if isinstance(row, Chip | HbmGeneration | str) or not isinstance(row, Mapping):
        cells: dict[str, Any] = {}
    else:
        cells = {str(name): None if _empty(value) else value for name, value in row.items()}
    day = _read(lambda: day_of(cells.get("on") or on), faults)
    if isinstance(row, Chip | HbmGeneration):
        good: Any = row
        remarks: list[str] = []
    elif not isinstance(row, Mapping):
        good, remarks = _read(lambda: find(row), faults), []
    else:
        good, remarks = _described(cells, unnamed, label, faults)
    return ([], faults) if faults or day is None else ([Asked(good, day, tuple(remarks))], [])


def _unknown_columns(rows: Iterable[Any]) -> Iterable[str]:
    """Columns of some rows that no table has."""
    names = dict.fromkeys(str(name) for row in rows if isinstance(row, Mapping) for name in row)
    for name in names:
        if name not in known():
            yield f"column {shorten(name)} is not known{nearest(name[:40], known())}"


def _empty(value: object) -> bool:
    """Whether a cell holds nothing."""
    return value is None or (isinstance(value, str) and not value.strip())


def known() -> list[str]:
    """Columns that a table may have."""
    return [*catalog.CHIPS.columns, "kind", "on", *(name for name in RATES if name not in catalog.CHIPS.columns)]


def _read[T](read: Callable[[], T], faults: list[str]) -> T | None:
    """A value, or its fault among the others."""
    try:
        return read()
    except InputError as fault:
        faults.append(str(fault))
        return None


def day_of(on: object, where: str = "on") -> date:
    """The day asked about; today where none is given."""
    if on is None or on == "":
        return date.today()
    if isinstance(on, date):
        return on.date() if hasattr(on, "hour") else on  # type: ignore[attr-defined]
    if not str(on).isascii():
        raise InputError(f"{where} = {shorten(on)}: a date like 2026-11 or 2026-11-30 is wanted")
    return parse_day(str(on).strip(), where)


def _described(cells: Mapping[str, Any], unnamed: str, label: Label, faults: list[str]) -> tuple[Any, list[str]]:
    """The good that the cells of a row describe, and what was taken for granted."""
    numbers = {name: number(cells[name], name, label, faults) for name in LIMITS if cells.get(name) is not None}
    vendor = _read(lambda: _vendor(cells.get("vendor"), label), faults) or ""
    kind = _kind(cells, label, faults)
    sold = _sold(cells.get("sold_in_us"), label, faults)
    sku = cells.get("sku")
    if not numbers and sku is not None:
        good = _read(lambda: find(sku), faults)
        if isinstance(good, Chip):
            told = (("vendor", vendor, good.vendor), ("class", kind, good.kind), ("sold_in_us", sold, good.sold_in_us))
            faults += [
                f"{label(name, said)}: {good.sku} of the catalogue has {held!r}; other chips are described by numbers"
                for name, said, held in told
                if said not in (None, "", held)
            ]
        return good, []
    if not numbers and not faults:
        faults.append("a name of the catalogue is wanted, or numbers such as tpp, bandwidth_gb_s, link_gb_s, die_mm2")
    if faults:
        return None, []
    formats = [RATES[column] for column in RATES if column in numbers]
    faults += [f"{form} is given twice" for form in dict.fromkeys(formats) if formats.count(form) > 1]
    name = _read(lambda: _name(sku, vendor) if sku is not None else unnamed, faults) or unnamed
    rates = {RATES[column]: numbers[column] for column in RATES if column in numbers}
    faults += _disagreeing(numbers, rates, label)
    chip = Chip(
        sku=name,
        vendor=vendor,
        kind=kind or "datacentre",  # type: ignore[arg-type]
        tpp=numbers.get("tpp", tpp(**rates)),
        die_mm2=numbers.get("die_mm2"),
        performance_density=numbers.get("performance_density"),
        memory_type=str(cells.get("memory_type") or "") or None,  # type: ignore[arg-type]
        bandwidth_gb_s=numbers.get("bandwidth_gb_s"),
        link_gb_s=numbers.get("link_gb_s"),
        sold_in_us=sold,
    )
    return chip, [
        *_doubts(chip, numbers, rates),
        *([] if kind else ["class not given: taken as made for data centres"]),
    ]


def number(value: object, name: str, label: Label, faults: list[str]) -> float:
    """A number of a column; what is wrong with it goes to the faults."""
    low, high, unit = LIMITS[name]
    text = value.strip() if isinstance(value, str) else repr(value)
    plain = getattr(value, "item", lambda: value)()
    found = math.nan
    if isinstance(value, str):
        found = float(text) if NUMBER.fullmatch(text) else math.nan
    elif isinstance(plain, int | float) and not isinstance(plain, bool):
        found = float(plain) if abs(plain) < 1e300 else math.inf
    if not (math.isfinite(found) and found > 0):
        hint = (
            ", with a point for decimals and no other mark" if re.fullmatch(r"[\d.,' ]+", text) and found != 0 else ""
        )
        faults.append(f"{label(name, value)}: a finite number above 0 is wanted{hint}")
    elif not low <= found <= high:
        faults.append(f"{label(name, value)}: a number from {low:g} to {high:g} is wanted, in {unit}")
    return found


def _vendor(value: object, label: Label) -> str:
    """A vendor by the name of the catalogue, or by its own where the catalogue does not hold it."""
    if value is None:
        return ""
    try:
        return vendor_named(value) or str(value).strip()  # type: ignore[arg-type]
    except InputError as fault:
        raise InputError(f"{label('vendor', value)}: {fault}") from None


def _kind(cells: Mapping[str, Any], label: Label, faults: list[str]) -> str | None:
    """What the chip is sold for."""
    value = cells.get("class") if cells.get("class") is not None else cells.get("kind")
    word = str(value).strip().casefold() if value is not None else None
    if word is not None and word not in KINDS:
        faults.append(f"{label('class', value)}: one of {', '.join(KINDS)} is wanted{nearest(word[:40], KINDS)}")
    return word


def _sold(value: object, label: Label, faults: list[str]) -> bool | None:
    """Whether it is commercially available in the United States."""
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().casefold().removesuffix(".0")
    if word not in YES_NO:
        faults.append(f"{label('sold_in_us', value)}: yes or no is wanted, or nothing where it is unknown")
    return YES_NO.get(word)


def _name(sku: object, vendor: str) -> str:
    """The name of a described chip: the catalogue's where it has it, so that acts that name it reach the chip."""
    text = printable(sku, "SKU").strip()  # type: ignore[arg-type]
    try:
        good = find(text)
    except InputError:
        return text
    return good.sku if isinstance(good, Chip) and vendor in ("", good.vendor) else text


def _disagreeing(numbers: Mapping[str, float], rates: Mapping[str, float], label: Label) -> Iterable[str]:
    """Cells that contradict each other: TPP and density must follow from the cells they are made of."""
    stated, made = numbers.get("tpp"), tpp(**rates)
    if stated is not None and made is not None and abs(made / stated - 1) > 0.005:
        yield f"{label('tpp', stated)}: is not the largest of operations x bit length, {made:g}"
    total, area = stated or made, numbers.get("die_mm2")
    density = numbers.get("performance_density")
    if density is not None and total and area and abs(total / area - density) > 0.006 + 0.005 * density:
        yield f"{label('performance_density', density)}: is not TPP / die_mm2, {total / area:.2f}"


def _doubts(chip: Chip, numbers: Mapping[str, float], rates: Mapping[str, float]) -> Iterable[str]:
    """What looks like a slip, and what was read into the numbers."""
    total, stated = chip.tpp, "tpp" in numbers
    if total is not None and total < SMALL[stated]:
        wanted = "it is TFLOP/s times bit length" if stated else "rates are in TFLOP/s and TOP/s"
        yield f"TPP {total:,.6g} is small for an accelerator: {wanted}"
    elif total is not None and stated and (chip.bandwidth_gb_s or 0.0) > MOST_BANDWIDTH * total:
        yield f"TPP {total:,.6g} is small beside such bandwidth: it is TFLOP/s times bit length"
    widths: dict[int, float] = {}
    for name, rate in rates.items():
        widths[BITS[name]] = max(rate, widths.get(BITS[name], 0.0))
    if 8 in widths and 16 in widths and widths[8] < widths[16]:
        yield f"8-bit {widths[8]:g} is below 16-bit {widths[16]:g}: are they swapped?"
    if not stated and rates:
        yield f"TPP from {', '.join(rates)}: a format not given may raise it"
    narrow = tpp(**{name: rate for name, rate in rates.items() if name != "tf32"})
    if "tf32" in rates and not stated and (narrow or 0.0) < (total or 0.0):
        yield "TF32 decides: counted at 32 bits, the stricter reading; its inputs carry 19"
