"""The US rules on chips for China said once more, from their text and apart from `abm`: what they say of numbers, and
of numbers of which some are unknown.

87 FR 62186   3A090 from 21 October 2022: transfer rate over all inputs and outputs but memory of 600 GB/s or more, and
              bit length x TOPS of 4800 or more
88 FR 73458   3A090.a and .b from 17 November 2023; Note 2 frees what is not for data centres below TPP 4800; notice
              under NAC for the other consumer chips in .a and for data-centre chips in .b; 89 FR 23876 leaves that
letters       of 9 April 2025: DRAM bandwidth 1400, input and output 1100, or together 1700 GB/s or more
91 FR 1684    from 15 January 2026: review case by case below TPP 21,000 and 6500 GB/s if sold in the United States
"""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import product
from typing import NamedTuple

BITS = {"fp64": 64, "fp32": 32, "tf32": 32, "fp16": 16, "fp8": 8, "fp6": 6, "fp4": 4}
ORDER = ("free", "exempt", "notify", "case_by_case", "presume_deny")
RECORD, BANDS, LETTERS, BAND_2026 = date(2022, 10, 21), date(2023, 11, 17), date(2025, 4, 9), date(2026, 1, 15)


class Numbers(NamedTuple):
    """What the rules ask of a chip; None where unknown.

    density    None where it follows from the die, or is unknown
    lettered   whether its vendor got a letter
    """

    tpp: float | None
    density: float | None
    die: float | None
    bandwidth: float | None
    link: float | None
    centre: bool
    sold: bool | None
    lettered: bool | None


def says(
    day: date, tpp: float, density: float, bandwidth: float, link: float, centre: bool, sold: bool, lettered: bool
) -> str:
    """The policy for known numbers on a day of the record."""
    if day < BANDS:
        return "presume_deny" if link >= 600 and tpp >= 4800 else "free"
    held = []
    top = tpp >= 4800 or (tpp >= 1600 and density >= 5.92)
    low = (2400 <= tpp < 4800 and 1.6 <= density < 5.92) or (tpp >= 1600 and 3.2 <= density < 5.92)
    eased = day >= BAND_2026 and tpp < 21_000 and bandwidth < 6500 and sold
    if not centre and tpp < 4800:
        held.append("exempt")
    elif top:
        held.append("case_by_case" if eased else "presume_deny" if centre else "notify")
    elif low:
        held.append("notify")
    if day >= LETTERS and lettered and (bandwidth >= 1400 or link >= 1100 or bandwidth + link >= 1700):
        held.append("case_by_case" if eased else "presume_deny")
    return max(held, key=ORDER.index, default="free")


def could_be(day: date, chip: Numbers) -> set[str]:
    """Every policy that some value of what is unknown would give."""
    if day < RECORD:
        return {"free", "presume_deny"}
    return {says(day, *known) for known in _filled(chip)}


def _filled(chip: Numbers) -> Iterator[tuple[float, float, float, float, bool, bool, bool]]:
    """A chip with every unknown filled in, finely enough to meet all that can be."""
    dies = [chip.die] if chip.die else []
    totals = _values(chip.tpp, [1600, 2400, 4800, 21_000, *(die * limit for die in dies for limit in (1.6, 3.2, 5.92))])
    memories = _values(chip.bandwidth, [600, 1400, 6500, *([1700 - chip.link] if chip.link else [])])
    links = _values(chip.link, [100, 300, 600, 1100, 1700, *([1700 - chip.bandwidth] if chip.bandwidth else [])])
    for total in totals:
        densities = [total / chip.die] if chip.density is None and chip.die else _values(chip.density, [1.6, 3.2, 5.92])
        yield from product(
            [total], densities, memories, links, [chip.centre], _either(chip.sold), _either(chip.lettered)
        )


def _values(known: float | None, limits: Iterable[float]) -> list[float]:
    """A known value, or one below, at and above every limit."""
    if known is not None:
        return [known]
    return sorted({limit * factor for limit in limits if limit > 0 for factor in (0.01, 1 - 1e-7, 1 + 1e-7, 100)})


def _either(known: bool | None) -> list[bool]:
    return [True, False] if known is None else [known]
