"""What a good may be whose attributes are not all known, as far as a law can tell.

A ruling changes only at limits of the law. So of every unknown attribute one value between any two neighbouring limits
is tried, with every such value of the others: together they meet every case there is.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise, product
from typing import Any

from abm.facts import catalog
from abm.facts.records import Chip, HbmGeneration
from abm.law.law import Law
from abm.law.lines import compared, lines, measures

CARD_LINK = 300.0
"""GB/s: beside its memory no card with GDDR has had as much; the bus of the host and a bridge are its only links."""
UNHEARD = "?"
"""A vendor that the catalogue does not hold."""
ATTRIBUTES = {
    "tpp": "TPP",
    "performance_density": "performance density (TPP / die area)",
    "bandwidth_gb_s": "memory bandwidth",
    "link_gb_s": "link bandwidth",
    "sold_in_us": "whether it is commercially available in the US",
    "vendor": "whether its vendor got a letter",
    "density_gb_s_mm2": "bandwidth density",
}
"""What a ruling may hang on, in words."""


def possible(chip: Chip, law: Law) -> tuple[tuple[dict[str, Any], Chip], ...]:
    """What is unknown of a chip in each case that may differ, and a chip that gets the ruling it gets there.

    A density that is unknown follows from TPP where the die is known. Whether a vendor got a letter is unknown where
    the catalogue does not hold it; a chip without a vendor is a design, and the letters are taken to reach it.
    """
    return _possible(_typical(chip, law), law.drawing)


def _typical(chip: Chip, law: Law) -> Chip:
    """A chip of the same ruling whose known numbers stand midway between limits, so that many chips are like it."""
    values, limits = measures(chip), compared(law)
    named = chip.sku in law["licence.policy"] or chip.sku in law["named.policy"]
    tied = values["density"] is None
    bandwidth, link = values["bandwidth"], values["link"]
    alone = bandwidth is None or link is None
    return Chip(
        sku=chip.sku if named else "",
        vendor=UNHEARD if may_be_addressed(chip, law) else chip.vendor,
        kind=chip.kind,
        tpp=_like(values["tpp"], limits["tpp"]),
        die_mm2=chip.die_mm2 if tied else None,
        performance_density=_like(values["density"], limits["density"]),
        memory_type="GDDR6" if bound_card(chip) else None,
        bandwidth_gb_s=_like(bandwidth, _reaches(limits, "bandwidth", "link", None)) if alone else bandwidth,
        link_gb_s=_like(link, _reaches(limits, "link", "bandwidth", None)) if alone else link,
        sold_in_us=chip.sold_in_us,
    )


@lru_cache(maxsize=4096)
def _possible(chip: Chip, law: Law) -> tuple[tuple[dict[str, Any], Chip], ...]:
    """The cases of a typical chip, made once."""
    values, limits = measures(chip), compared(law)
    tied = values["density"] is None and chip.die_mm2
    areas = (limit * chip.die_mm2 for limit in limits["density"]) if tied and chip.die_mm2 else ()
    bandwidths = _known(values["bandwidth"], _reaches(limits, "bandwidth", "link", values["link"]))
    links = {*limits["link"], *(total - one for total in limits["sum"] for one in bandwidths)}
    if bound_card(chip):
        links = {limit for limit in links if limit < CARD_LINK}
    options: dict[str, list[Any]] = {
        "tpp": _known(values["tpp"], {*limits["tpp"], *areas}),
        "performance_density": [None] if tied else _known(values["density"], limits["density"]),
        "bandwidth_gb_s": bandwidths,
        "link_gb_s": _known(values["link"], links),
        "sold_in_us": [True, False] if chip.sold_in_us is None and _asks_sale(law) else [chip.sold_in_us],
        "vendor": ["", chip.vendor] if may_be_addressed(chip, law) else [chip.vendor],
    }
    open_ones = [name for name, held in options.items() if len(held) > 1]
    cases = (dict(zip(options, held, strict=True)) for held in product(*options.values()))
    return tuple(({name: filled[name] for name in open_ones}, replace(chip, **filled)) for filled in cases)


def bound_card(chip: Chip) -> bool:
    """Whether a link that is unknown is known to be slow."""
    return chip.link_gb_s is None and (chip.memory_type or "").startswith("GDDR")


def may_be_addressed(chip: Chip, law: Law) -> bool:
    """Whether it is unknown that the letters reach a chip: its vendor is none of the catalogue's."""
    unheard = (
        bool(chip.vendor) and chip.vendor not in catalog.vendors() and not law.get("letter.addressed", chip.vendor)
    )
    return unheard and "letter" in lines(law)


def possible_stacks(stack: HbmGeneration, law: Law) -> Iterator[tuple[dict[str, Any], HbmGeneration]]:
    """The same of a generation of memory, of which bandwidth density alone counts."""
    levers = ("hbm.density_above", "hbm.exception_density_below")
    limits = [limit for lever in levers if (limit := law.get(lever)) is not None]
    for density in _known(stack.density_gb_s_mm2, limits):
        unknown = {} if stack.density_gb_s_mm2 is not None else {"density_gb_s_mm2": density}
        yield unknown, replace(stack, density_gb_s_mm2=density)


def _like(value: float | None, limits: Iterable[float]) -> float | None:
    """The value midway between the limits that a known one stands between."""
    cuts = sorted({limit for limit in limits if limit > 0})
    return value if value is None or not cuts else float(_known(None, cuts)[bisect_right(cuts, value)])


def _known(value: float | None, limits: Iterable[float]) -> list[Any]:
    """A value that is known, or one below, between and above its limits."""
    if value is not None:
        return [value]
    cuts = sorted({limit for limit in limits if limit > 0})
    if not cuts:
        return [None]
    return [cuts[0] / 2, *((low + high) / 2 for low, high in pairwise(cuts)), cuts[-1] * 2]


def _reaches(limits: Mapping[str, set[float]], name: str, other: str, known: float | None) -> set[float]:
    """The limits of a measure, and where its sum with another one crosses a limit while that one stands on its own."""
    beside = {known} if known is not None else limits[other]
    return {*limits[name], *(total - one for total in limits["sum"] for one in beside), *limits["sum"]}


def _asks_sale(law: Law) -> bool:
    """Whether the band of review case by case asks for sale in the United States."""
    return law.get("case_band.policy") not in (None, "off") and bool(law.get("case_band.sold_in_us"))
