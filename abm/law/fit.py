"""Redesign under a law: the most valuable chip that can be cut from a flagship and may be sold.

The law is asked, not interpreted: where a ruling may change is read from its lines, a designer says which designs are
worth making between such limits, and the classifier decides. So it holds for any law whose lines are drawn on TPP,
performance density, memory bandwidth, link bandwidth and the sum of the two.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, product
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from abm.facts.records import Chip
from abm.foundation.errors import InputError
from abm.law.law import Law
from abm.law.levers import POLICIES
from abm.law.lines import compared, measures
from abm.law.rulings import classify

type Floats = NDArray[np.float64]


class Designer(Protocol):
    """Makes designs from a finished chip; `abm.rules.redesign.Designer` is one."""

    def options(self, part: Mapping[str, float], limits: Mapping[str, Sequence[float]]) -> Mapping[str, Floats]:
        """Columns of designs, the most valuable first: at least the best one between any limits."""


def fit_to(
    law: Law,
    flagship: Chip,
    designer: Designer,
    accept: str = "exempt",
    sold_in_us: bool = False,
    sku: str = "",
) -> Chip | None:
    """The most valuable chip cut from a flagship that a law lets go, the flagship itself where it may, or None.

    Of all designs in a designer's reach that pass, with every cut measure anywhere in its margin below a line, none is
    worth more. An act that names a product does not reach what is cut from it.

    designer    what can be cut and what is valued
    accept      the strictest policy, in practice, that the chip may meet: "exempt" for free sale, else "notify" or
                "case_by_case"
    sold_in_us  whether the cut-down will be on sale in the United States too
    sku         its name; the flagship's with "cut down" where none is given
    returns     its price gives as much value per dollar as the flagship's; no release date
    errors      InputError for an unknown policy, or a flagship without TPP, memory or bandwidth
    """
    if accept not in POLICIES:
        raise InputError(f"accept = {accept!r}: one of {', '.join(POLICIES)}")
    if _passes(flagship, law, accept):
        return flagship
    part, bounds = part_of(flagship), limits(law, flagship)
    shape = replace(flagship, sku=sku or f"{flagship.sku} cut down", sold_in_us=sold_in_us)
    table = designer.options(part, bounds)
    ruled: dict[tuple[int, ...], bool] = {}

    def passes(design: Mapping[str, float]) -> bool:
        place = _place(design, bounds, part["tpp"])
        if place not in ruled:
            ruled[place] = _passes(cut(shape, design), law, accept)
        return ruled[place]

    for values in zip(*(column.tolist() for column in table.values()), strict=True):
        design = dict(zip(table, values, strict=True))
        if all(passes(one) for one in _with_margins(design, bounds)):
            return cut(shape, design)
    return None


def part_of(chip: Chip) -> dict[str, float]:
    """What a designer has in hand; an unknown link is no lever and does not matter."""
    known = {"tpp": measures(chip)["tpp"], "bandwidth": chip.bandwidth_gb_s, "memory": chip.memory_gb}
    if missing := [name for name, value in known.items() if not value]:
        raise InputError(f"chip {chip.sku!r}: {' and '.join(missing)} unknown, so nothing can be cut from it")
    known |= {"stacks": chip.hbm_stacks or 0.0, "link": chip.link_gb_s or 1.0}
    return {name: float(value) for name, value in known.items() if value is not None}


def limits(law: Law, chip: Chip) -> dict[str, list[float]]:
    """Values of tpp, bandwidth, link and sum at which the ruling on a chip with this die may change.

    Density is TPP over a die that stays, so its limits are limits of TPP. What is unknown of a chip catches nothing.
    """
    values, area = measures(chip), _area(chip)
    found = {name: set(limits) for name, limits in compared(law).items() if values.get(name) is not None}
    found.setdefault("tpp", set()).update(limit * area for limit in found.pop("density", ()))
    return {name: sorted(found.get(name, ())) for name in ("tpp", "bandwidth", "link", "sum")}


def cut(chip: Chip, design: Mapping[str, float]) -> Chip:
    """A chip cut to a design: a row of what a designer offers; what is unknown of the chip stays unknown."""
    whole = measures(chip)
    share = design["tpp"] / whole["tpp"] if whole["tpp"] else 1.0
    rates = {name: getattr(chip, name) for name in ("fp16_tflops", "fp8_tops", "fp4_tops")}
    changed: dict[str, Any] = {name: rate * share for name, rate in rates.items() if rate is not None}
    if whole["density"] is not None and share < 1:
        changed["performance_density"] = design["tpp"] / _area(chip)
    worth = design["value"]
    return replace(
        chip,
        **changed,
        released=None,
        tpp=design["tpp"],
        bandwidth_gb_s=design["bandwidth"],
        memory_gb=design["memory"],
        hbm_stacks=chip.hbm_stacks and float(round(chip.hbm_stacks * design["sites"])),
        link_gb_s=chip.link_gb_s and design["link"],
        tdp_w=chip.tdp_w and chip.tdp_w * design["power"],
        price_usd=chip.price_usd and chip.price_usd * worth,
        price_low_usd=None,
        price_high_usd=None,
        designed_to=None,
        source=(),
        grade="assumed",
        note=f"generated: worth {worth:.2f} of the chip it is cut from",
    )


def _area(chip: Chip) -> float:
    """TPP over performance density, mm2: the die, or what a stated density implies; 1 where neither is known."""
    whole = measures(chip)
    if chip.die_mm2 and chip.performance_density is None:
        return chip.die_mm2
    return whole["tpp"] / whole["density"] if whole["tpp"] and whole["density"] else 1.0


def _passes(chip: Chip, law: Law, accept: str) -> bool:
    """Whether the market meets a policy no stricter than the one accepted."""
    return POLICIES.index(classify(chip, law).in_practice) <= POLICIES.index(accept)


def _with_margins(design: Mapping[str, float], bounds: Mapping[str, Sequence[float]]) -> Iterable[dict[str, float]]:
    """A design, and it again with its measures raised into each stretch of their margins that a limit sets apart."""
    reach = [*bounds["bandwidth"], *(limit - design["link"] for limit in bounds["sum"])]
    axes = [_stretches(design, "tpp", bounds["tpp"]), _stretches(design, "bandwidth", reach)]
    return ({**design, "tpp": tpp, "bandwidth": bandwidth} for tpp, bandwidth in product(*axes))


def _stretches(design: Mapping[str, float], measure: str, bounds: Sequence[float]) -> list[float]:
    """A measure of a design, and the middles of the stretches of its margin beyond the first limit in it."""
    level, top = design[measure], design[f"{measure}_top"]
    inside = sorted(limit for limit in bounds if level < limit < top)
    return [level, *((low + high) / 2 for low, high in pairwise([*inside, top]))]


def _place(design: Mapping[str, float], bounds: Mapping[str, Sequence[float]], uncut: float) -> tuple[int, ...]:
    """Between which limits a design stands: there, all designs get one ruling. Uncut compute stands alone."""
    values = {"sum": design["bandwidth"] + design["link"], **design}
    return design["tpp"] == uncut, *(bisect_right(bounds[name], values[name]) for name in bounds)
