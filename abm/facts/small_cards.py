"""Small inference cards as chips, built from the long-form rows of series/small_cards.csv."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from abm.facts.records import Chip, Observation

CARDS = ("T4", "A10", "A30", "A40", "L4", "L20", "L2")
MADE_FOR_CHINA = ("L20", "L2")  # sold only in China beside the H20, fitted under the rule of October 2023

FIELDS = {
    "fp16": "fp16_tflops",
    "int8": "fp8_tops",
    "tpp": "tpp",
    "die": "die_mm2",
    "performance_density": "performance_density",
    "memory": "memory_gb",
    "bandwidth": "bandwidth_gb_s",
    "tdp": "tdp_w",
    "price": "price_usd",
}
STRENGTH = ("measured", "reported", "derived", "estimate", "assumed")


def _memory_kind(note: str) -> dict[str, Any]:
    """Memory type, and HBM generation and stacks where they follow, from the note of the capacity row."""
    if "GDDR6" in note:
        return {"memory_type": "GDDR6", "hbm_stacks": 0.0}
    return {"memory_type": "HBM", "hbm_generation": "HBM2"} if "HBM2" in note else {}


def _release(value: float) -> date:
    """A month written as the number YYYYMM."""
    return date(int(value) // 100, int(value) % 100, 1)


def _middle(year: str | None) -> date | None:
    """A price given for a year is dated July of it."""
    return date(int(year[:4]), 7, 1) if year else None


def _chip(sku: str, rows: dict[str, Observation]) -> Chip:
    """One card; its grade is the weakest of its specifications, and the note names what stands lower than measured."""
    values = {field: rows[item].value for item, field in FIELDS.items() if item in rows}
    specs = [row for item, row in rows.items() if item in FIELDS and item != "price"]
    grade = max((row.grade for row in specs), key=STRENGTH.index)
    weaker = [f"{item} {row.grade}" for item, row in rows.items() if item in FIELDS and row.grade != "measured"]

    chip = Chip(
        sku,
        vendor="Nvidia",
        released=_release(rows["release"].value) if "release" in rows and rows["release"].value else None,
        designed_to="oct2023" if sku in MADE_FOR_CHINA else "none",
        sold_in_us=sku not in MADE_FOR_CHINA,
        source=tuple(dict.fromkeys(one for item, row in rows.items() if item in FIELDS for one in row.source)),
        grade=grade,
        note="; ".join(["fp8_tops is INT8 (FP8 on L4, L20, L2)" if "int8" in rows else "", *weaker]).strip("; "),
        **_memory_kind(rows["memory"].note if "memory" in rows else ""),
        **values,  # type: ignore[arg-type]
    )
    price = rows.get("price")
    return (
        replace(chip, price_low_usd=price.low, price_high_usd=price.high, price_date=_middle(price.period))
        if price
        else chip
    )


def chips(observations: Iterable[Observation]) -> tuple[Chip, ...]:
    """The cards for which there are specifications."""
    found: dict[str, dict[str, Observation]] = {}
    for row in observations:
        card, _, item = row.item.partition("_")
        if card.upper() in CARDS:
            found.setdefault(card.upper(), {})[item] = row
    return tuple(_chip(sku, found[sku]) for sku in CARDS if sku in found)
