"""Small inference cards as chips."""

from datetime import date

import pytest

from abm.facts import catalog
from abm.facts.records import chip_faults
from abm.facts.small_cards import CARDS, chips


def test_all_seven_cards_are_chips() -> None:
    assert [sku for sku in catalog.chips() if sku in CARDS] == list(CARDS)
    for sku in CARDS:
        card = catalog.chips()[sku]
        assert (card.vendor, card.kind) == ("Nvidia", "datacentre")
        assert card.source
        assert set(card.source) <= set(catalog.sources())
        assert list(chip_faults(card)) == []


@pytest.mark.parametrize(
    ("sku", "released", "tpp", "density", "bandwidth", "memory", "price", "designed_to", "sold", "grade"),
    [
        ("T4", date(2018, 9, 1), 1042, 1.91, 320, "GDDR6", 2200, "none", True, "derived"),
        ("A10", date(2021, 4, 1), 2000, 3.18, 600, "GDDR6", 2900, "none", True, "assumed"),
        ("A30", date(2021, 4, 1), 2640, 3.2, 933, "HBM", 4800, "none", True, "assumed"),
        ("A40", date(2020, 10, 1), 2395, 3.81, 696, "GDDR6", None, "none", True, "derived"),
        ("L4", date(2023, 3, 1), 1940, 6.59, 300, "GDDR6", 2500, "none", True, "assumed"),
        ("L20", date(2023, 11, 1), 1912, 3.14, 864, "GDDR6", 3900, "oct2023", False, "derived"),
        ("L2", date(2023, 11, 1), 1544, 5.24, 300, "GDDR6", 2300, "oct2023", False, "assumed"),
    ],
)
def test_cards_hold_what_the_series_says(
    sku: str, released: date, tpp: float, density: float, bandwidth: float, memory: str, price: float | None,
    designed_to: str, sold: bool, grade: str,
) -> None:  # fmt: skip
    card = catalog.chips()[sku]
    assert (card.released, card.tpp, card.performance_density) == (released, tpp, density)
    assert (card.bandwidth_gb_s, card.memory_type, card.price_usd) == (bandwidth, memory, price)
    assert (card.designed_to, card.sold_in_us, card.grade) == (designed_to, sold, grade)
    assert (card.price_date is None) == (price is None)


def test_the_note_names_what_is_weaker_than_measured() -> None:
    assert "fp16 assumed" in catalog.chips()["A10"].note
    assert "fp16" not in catalog.chips()["T4"].note
    assert "tpp derived" in catalog.chips()["T4"].note
    assert "price assumed" in catalog.chips()["T4"].note


def test_other_rows_of_the_series_make_no_chips() -> None:
    rows = [row for row in catalog.series("small_cards") if row.item.startswith(("china", "world"))]
    assert rows
    assert chips(rows) == ()
