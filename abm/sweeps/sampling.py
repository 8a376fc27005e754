"""What is sampled and over which range, and the points of a Latin hypercube or of a design for sensitivities."""

import hashlib
from collections.abc import Sequence

from abm.foundation.errors import InputError
from abm.sweeps import arranged
from abm.sweeps.dimension import Dimension
from abm.sweeps.spec import Sample, Value, doubled


def ends(dimension: Dimension) -> tuple[Value, ...]:
    """Values of a sampled quantity that must be valid for all to be."""
    return dimension.options if dimension.kind == "choice" else (dimension.at(0.0), dimension.at(1.0))


def find_dimensions(sample: Sample | None, faults: list[str]) -> list[Dimension]:
    """What is sampled and over which range, by name: declared ranges for `parameters`, given ones for `ranges`."""
    if sample is None:
        return []
    found = {name: given_range(name, tuple(values), faults) for name, values in sample.ranges.items()}
    for pattern in sample.parameters:
        for name in match(pattern, faults):
            if name not in found:
                found[name] = declared_range(name, pattern, faults)
    if not sample.parameters and not sample.ranges:
        faults.append("[sample]: needs parameters or ranges")
    return [found[name] for name in sorted(found) if found[name] is not None]  # type: ignore[misc]


def match(pattern: str, faults: list[str]) -> tuple[str, ...]:
    """Parameters that a name or a pattern like innovation.* picks."""
    from abm.foundation.parameters import matching

    try:
        return matching(pattern)
    except InputError as fault:
        faults.append(f"[sample] parameters: {fault}")
        return ()


def declared_range(name: str, pattern: str, faults: list[str]) -> Dimension | None:
    """A parameter's declared range; None for one without, which is a fault if it was named outright."""
    from abm.foundation.parameters import declarations

    one = declarations()[name]
    if one.kind == "choice":
        return Dimension(name, "choice", one.choices)
    if one.range is not None:
        return Dimension(name, one.kind, one.range)
    if name == pattern:
        faults.append(f"[sample] parameters: {name} has no declared range; give it one in [sample.ranges]")
    return None


def given_range(name: str, values: tuple[Value, ...], faults: list[str]) -> Dimension | None:
    """A range written out: two numbers in order, or a list of choices (texts or truth values)."""
    numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if len(numbers) == len(values) == 2 and numbers[0] < numbers[1]:
        return Dimension(name, "int" if is_whole(name) else "float", values)
    if not numbers and len(values) > 1 and not doubled(values):
        return Dimension(name, "choice", values)
    faults.append(f"[sample.ranges] {name} = {list(values)!r}: [low, high], low < high, or a list of choices is wanted")
    return None


def is_whole(name: str) -> bool:
    """Whether a parameter or lever is declared as a whole number."""
    from abm.foundation.parameters import declarations
    from abm.law.levers import LEVERS

    if name.startswith("law."):
        lever = LEVERS.get(name.removeprefix("law.").partition("@")[0].partition("[")[0])
        return lever is not None and lever.type == "int"
    return name in declarations() and declarations()[name].kind == "int"


def draw(sample: Sample | None, dimensions: Sequence[Dimension]) -> list[dict[str, Value]]:
    """The sampled points, each once; one empty point when nothing is sampled.

    In a Latin hypercube each quantity has its own stream, addressed by the sample's seed and the quantity's name, so
    that neither the order of the names nor further ones change its values.
    """
    if sample is None:
        return [{}]
    if sample.method != "latin_hypercube":
        rows = arranged.rows(sample, dimensions)
        return list({tuple(row.values()): row for row in rows}.values())
    columns = {one.name: [one.at(u) for u in strata(sample, one.name)] for one in dimensions}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def strata(sample: Sample, name: str) -> list[float]:
    """n numbers in [0, 1), one in each slice of width 1/n, in random order."""
    from scipy.stats.qmc import LatinHypercube

    address = hashlib.blake2b(f"{sample.seed} {name}".encode(), digest_size=8).digest()
    uniforms = LatinHypercube(d=1, rng=int.from_bytes(address)).random(sample.n)
    return [float(u) for u in uniforms[:, 0]]
