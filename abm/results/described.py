"""A chip as the cells of a row describe it: read, refused where it cannot be meant, doubted where it may not be."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from abm.facts import catalog
from abm.facts.names import find, printable, vendor_named
from abm.facts.records import Chip
from abm.foundation.errors import InputError, nearest, shorten
from abm.law.lines import BITS, tpp

type Label = Callable[[str, object], str]
"""How the cell of a column, with its value, is named to a reader."""

RATES = {f"{name}_{unit}": name for name in BITS for unit in ("tflops", "tops")}
"""Column of dense tera-operations per second -> format."""
LEAST_TPP = 100.0
"""An order of magnitude below the least of the catalogue."""
LIMITS: Mapping[str, tuple[float, float, str]] = {
    "tpp": (LEAST_TPP, 1e8, "operations x bit length; TFLOP/s are given by format"),
    "die_mm2": (25, 1e5, "mm2; 1 cm2 is 100 mm2"),
    "performance_density": (1e-3, 1e4, "TPP/mm2"),
    "bandwidth_gb_s": (30, 1e8, "GB/s; 1 TB/s is 1,000 GB/s"),
    "link_gb_s": (7.5, 1e8, "GB/s; 1 TB/s is 1,000 GB/s"),
    **{
        name: (1.0 if BITS[form] <= 16 else 1e-3, 1e6, "dense tera-operations a second") for name, form in RATES.items()
    },
}
"""Column of a number -> from and to where a chip may stand, an order of magnitude or more beyond the catalogue's, and
the unit: what lies outside is a slip of units."""
AS_GIVEN = ("die_mm2", "performance_density", "bandwidth_gb_s", "link_gb_s")
KINDS = ("datacentre", "gaming", "workstation")
SMALL = {True: 1000.0, False: 200.0}
"""TPP below which a slip of units is likely: where it is stated, and where it follows from rates."""
BANDWIDTHS = (0.025, 3.0)
"""GB/s for each unit of TPP: no accelerator has had less or more."""
YES_NO = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False, "": None, "unknown": None}
NUMBER = re.compile(r"\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def known() -> list[str]:
    """Columns that a table may have."""
    return [*catalog.CHIPS.columns, "kind", "on", *(name for name in RATES if name not in catalog.CHIPS.columns)]


def column(name: str, value: object) -> str:
    """How a cell is named."""
    return f"column {name!r} = {shorten(value)}"


def reading[T](read: Callable[[], T], faults: list[str]) -> T | None:
    """A value, or its fault among the others."""
    try:
        return read()
    except InputError as fault:
        faults.append(str(fault))
        return None


def described(cells: Mapping[str, Any], unnamed: str, label: Label, faults: list[str]) -> tuple[Any, list[str]]:
    """The good that the cells of a row describe, and what was taken for granted."""
    numbers = {name: _number(cells[name], name, label, faults) for name in LIMITS if cells.get(name) is not None}
    vendor = reading(lambda: _vendor(cells.get("vendor"), label), faults) or ""
    kind = _kind(cells, label, faults)
    sold = _sold(cells.get("sold_in_us"), label, faults)
    sku = cells.get("sku")
    if not numbers and sku is not None:
        good = reading(lambda: find(sku), faults)
        faults += _misfits(good, {"vendor": vendor, "class": kind, "sold_in_us": sold}, label)
        return good, []
    if not numbers and not faults:
        faults.append("a name of the catalogue is wanted, or numbers such as tpp, bandwidth_gb_s, link_gb_s, die_mm2")
    if faults:
        return None, []
    formats = [RATES[column] for column in RATES if column in numbers]
    faults += [f"{form} is given twice" for form in dict.fromkeys(formats) if formats.count(form) > 1]
    rates = {RATES[column]: numbers[column] for column in RATES if column in numbers}
    faults += _disagreeing(numbers, rates, label)
    chip = Chip(
        sku=reading(lambda: _name(sku, vendor) if sku is not None else unnamed, faults) or unnamed,
        vendor=vendor,
        kind=kind or "datacentre",  # type: ignore[arg-type]
        tpp=numbers.get("tpp", tpp(**rates)),
        memory_type=str(cells.get("memory_type") or "") or None,  # type: ignore[arg-type]
        sold_in_us=sold,
        **{name: numbers.get(name) for name in AS_GIVEN},  # type: ignore[arg-type]
    )
    kindless = [] if kind else ["class not given: taken as made for data centres"]
    return chip, [*_unlike(chip), *_doubts(chip, numbers, rates), *kindless]


def _misfits(good: Any, said: Mapping[str, object], label: Label) -> Iterable[str]:
    """What is said of a chip of the catalogue that is not so."""
    held = {"vendor": good.vendor, "class": good.kind, "sold_in_us": good.sold_in_us} if isinstance(good, Chip) else {}
    for name, value in held.items():
        if said[name] not in (None, "", value):
            told = f"{good.sku} of the catalogue has {value!r}; other chips are described by numbers"
            yield f"{label(name, said[name])}: {told}"


def _number(value: object, name: str, label: Label, faults: list[str]) -> float:
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
        faults.append(f"{label(name, value)}: a number from {low:g} to {high:,.10g} is wanted, in {unit}")
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
    if not isinstance(good, Chip):
        raise InputError(f"SKU {shorten(text)}: is memory, and chips are described by these numbers")
    if vendor not in ("", good.vendor):
        raise InputError(f"SKU {shorten(text)}: is a chip of {good.vendor}'s, not of {vendor}'s")
    return good.sku


def _unlike(chip: Chip) -> Iterable[str]:
    """Where a chip described by numbers bears the name of one in the catalogue that has others."""
    held = catalog.chips().get(chip.sku)
    both = [(name, getattr(held, name), getattr(chip, name)) for name in ("tpp", *AS_GIVEN)] if held else []
    differing = [f"{name} {one:g}" for name, one, other in both if one and other and abs(other / one - 1) > 0.02]
    if differing:
        yield f"the catalogue's {chip.sku} has {', '.join(differing)}: acts that name it are taken to reach this one"


def _disagreeing(numbers: Mapping[str, float], rates: Mapping[str, float], label: Label) -> Iterable[str]:
    """Cells that contradict each other: TPP and density must follow from the cells they are made of."""
    stated, made = numbers.get("tpp"), tpp(**rates)
    if stated is not None and made is not None and abs(made / stated - 1) > 0.005:
        yield f"{label('tpp', stated)}: is not the largest of operations x bit length, {made:g}"
    if made is not None and made < LEAST_TPP:
        yield f"TPP {made:g} follows, and {LEAST_TPP:g} or more is wanted: rates are dense TFLOP/s or TOP/s"
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
    elif total is not None and chip.bandwidth_gb_s is not None:
        least, most = (share * total for share in BANDWIDTHS)
        if stated and chip.bandwidth_gb_s > most:
            yield f"TPP {total:,.6g} is small beside such bandwidth: it is TFLOP/s times bit length"
        if chip.bandwidth_gb_s < least:
            yield f"memory bandwidth {chip.bandwidth_gb_s:g} GB/s is small beside such TPP: 1 TB/s is 1,000 GB/s"
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
