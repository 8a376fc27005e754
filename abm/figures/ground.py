"""What the law of a day says of places on the plane of compute and memory bandwidth, and of the chips that stand there.

The ground is found by asking the classifier about a chip that is like the H100 in all but compute and memory bandwidth,
once between any two limits of the law. No number of the law stands here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise, product

import pandas as pd

from abm.facts import catalog
from abm.facts.records import Chip
from abm.law.fit import Designer, fit_to, limits
from abm.law.law import Law
from abm.law.lines import measures
from abm.law.rulings import classify
from abm.rules import redesign

LIKE = "H100"  # the chip whose die, links and sale at home the ground has
BARE = redesign.Designer.host_link  # GB/s, where there are no links between chips but the host's bus

type Span = tuple[float, float]  # from, to


@dataclass(frozen=True)
class Place:
    """A chip on the plane, and what the law of the day says of it in practice.

    what    "chip"; "cut-down", made to fit a rule; "home", of a Chinese vendor, whose sale at home US rules do not
            reach; or "design", generated
    """

    name: str
    vendor: str
    what: str
    tpp: float
    bandwidth: float
    policy: str
    caught_by: str


@dataclass(frozen=True)
class Area:
    """A part of the plane between neighbouring limits, and the policy there for a chip with links and without."""

    tpp: Span
    bandwidth: Span
    linked: str
    bare: str


def on_sale(day: date, chips: Iterable[Chip] | None = None) -> list[Chip]:
    """The chips released by a day, by default those of the catalogue."""
    every = catalog.chips().values() if chips is None else chips
    return [chip for chip in every if chip.released is not None and chip.released <= day]


def places(law: Law, chips: Iterable[Chip], designs: Iterable[Chip] = ()) -> list[Place]:
    """Where chips and designs stand; those whose TPP or bandwidth is unknown stand nowhere."""
    found = []
    for chip, made in [*((one, False) for one in chips), *((one, True) for one in designs)]:
        total, bandwidth = measures(chip)["tpp"], chip.bandwidth_gb_s
        if total is None or bandwidth is None:
            continue
        ruling = classify(chip, law)
        what = "design" if made else kind(chip)
        found.append(Place(chip.sku, chip.vendor, what, total, bandwidth, ruling.in_practice, ruling.caught_by))
    return found


def kind(chip: Chip) -> str:
    """What a chip of the catalogue is to the rules."""
    if (firm := catalog.vendors().get(chip.vendor)) and firm.domestic:
        return "home"
    return "chip" if chip.designed_to in (None, "none") else "cut-down"


def spans(points: Iterable[Place], room: float = 1.6) -> tuple[Span, Span]:
    """The part of the plane that holds all points, with room around them: TPP and bandwidth, from and to."""
    held = list(points)
    if not held:
        return (1e3, 1e5), (5e2, 1e4)
    axes = [one.tpp for one in held], [one.bandwidth for one in held]
    tpp, bandwidth = ((min(values) / room, max(values) * room) for values in axes)
    return tpp, bandwidth


def areas(law: Law, tpp: Span, bandwidth: Span, like: Chip | None = None) -> list[Area]:
    """The ground within spans: cells in which the ruling cannot change, each asked once with links and once without.

    like    the chip whose die, links and sale the ground has, by default the H100
    """
    pattern = replace(like or catalog.chips()[LIKE], sku="", vendor="", performance_density=None)
    linked = replace(pattern, fp16_tflops=None, fp8_tops=None, fp4_tops=None)
    bare = replace(linked, link_gb_s=BARE)
    across, up = edges(law, (linked, bare), tpp, bandwidth)
    return [Area(x, y, *(policy_at(law, one, x, y) for one in (linked, bare))) for x, y in product(across, up)]


def edges(law: Law, patterns: Sequence[Chip], tpp: Span, bandwidth: Span) -> tuple[list[Span], list[Span]]:
    """The stretches of either axis between limits at which a ruling on one of some chips may change."""
    across, up = set(tpp), set(bandwidth)
    for chip in patterns:
        bounds = limits(law, chip)
        across |= {limit for limit in bounds["tpp"] if tpp[0] < limit < tpp[1]}
        sums = (limit - (chip.link_gb_s or 0.0) for limit in bounds["sum"])
        up |= {limit for limit in (*bounds["bandwidth"], *sums) if bandwidth[0] < limit < bandwidth[1]}
    return list(pairwise(sorted(across))), list(pairwise(sorted(up)))


def policy_at(law: Law, chip: Chip, tpp: Span, bandwidth: Span) -> str:
    """What the law says in practice of a chip in the middle of a cell."""
    middle = {"tpp": (tpp[0] * tpp[1]) ** 0.5, "bandwidth_gb_s": (bandwidth[0] * bandwidth[1]) ** 0.5}
    return classify(replace(chip, **middle), law).in_practice


def cut_downs(law: Law, flagships: Iterable[Chip], designer: Designer, accept: str = "exempt") -> list[Chip]:
    """What vendors would cut from flagships to sell under a law; nothing from one that may be sold or cannot be cut."""
    made = ((flagship, fit_to(law, flagship, designer, accept)) for flagship in flagships)
    return [found for flagship, found in made if found is not None and found is not flagship]


def table(points: Mapping[str, Sequence[Place]], ground: Mapping[str, Sequence[Area]]) -> pd.DataFrame:
    """What is drawn, by day: one row a chip, then one row a cell of the ground, from `tpp` to `tpp_to` and so on."""
    rows: list[dict[str, object]] = []
    for day, part in points.items():
        rows += [{"date": day, **vars(one)} for one in part]
        rows += [
            {
                "date": day, "what": "ground", "name": "with links", "tpp": one.tpp[0], "tpp_to": one.tpp[1],
                "bandwidth": one.bandwidth[0], "bandwidth_to": one.bandwidth[1], "policy": one.linked,
                "policy_without_links": one.bare,
            }
            for one in ground[day]
        ]  # fmt: skip
    names = ["date", "what", "name", "vendor", "tpp", "tpp_to", "bandwidth", "bandwidth_to", "policy"]
    return pd.DataFrame(rows, columns=[*names, "policy_without_links", "caught_by"])
