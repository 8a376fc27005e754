"""What a vendor can make of a finished chip under thresholds of the law, and which design is the most valuable.

A ruling changes only where a measure crosses a limit, and what buyers value rises with every measure. So of all designs
between two neighbouring limits the best has each measure as high as it can be there: at the flagship's own level, or
just below the upper limit. The best design under a law is one of finitely many.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def below(full: float, limits: Sequence[float] | Floats, margin: float) -> tuple[Floats, Floats]:
    """The candidate levels of a measure: the flagship's, and below each limit by a margin.

    x = full  or  x = (1 - margin) limit < full

    full     the flagship's level
    limits   (k,) in any order
    margin   in (0, 1), share of the limit
    returns  levels x and the values below which lines must not catch: full itself, or the limit; both (<= k + 1,)
    """
    tops = [top for top in sorted(set(limits)) if 0 < (1 - margin) * top < full]
    return np.array([*((1 - margin) * top for top in tops), full]), np.array([*tops, full])


def power(share: Floats, idle: float) -> Floats:
    """Power of a cut-down over the flagship's: p = idle + (1 - idle) share.

    share    compute over the flagship's
    idle     share of the power that does not fall with compute
    """
    return idle + (1 - idle) * share


@dataclass(frozen=True)
class Designer:
    """What can be cut from a finished chip, how finely, and what its buyers value.

    Compute can be fused off in any amount. Links go in steps. Memory sits at sites (stacks of HBM, or channels of a
    bus): each can be left empty, and all can be slowed down together to a lowest speed. What is cut finely, compute
    and speed, stays below a line by a margin; what goes in steps needs none. A package may have more sites than the
    flagship fills; a cut-down may fill them where so little compute is left that the chip is no more valuable than the
    flagship in spite of its memory. The die, and what the chip is declared to be made for, stay. Fewer dies would
    lower value and never density, so they are not an option.

    value           compute and bandwidth over the flagship's, GB, GB/s -> value, rising in each
    compute_margin  1     how far below a line compute stays; assumed (H20 1.3 %, RTX 4090D 1.9 %, RTX 5090D 1.0 %)
    memory_margin   1     how far below a line bandwidth is slowed down; derived (RTX PRO 6000D: 1,398 for 1,400)
    slowest         1     lowest speed of memory over the flagship's; derived (the same card: 1,398 GB/s on 448 bits)
    link_step       GB/s  one link between chips, both directions, at least; reported (A100 and H100: 12 and 18 of them)
    links           1     links of a chip at most, wider ones in newer chips; reported (B200: 18 of 100 GB/s)
    host_link       GB/s  left when links between chips are gone, PCIe 4 both directions; reported
    channels        1     parts of a memory bus without HBM; derived (512 bits in sixteen devices of 32)
    hbm_sites       1     HBM sites of a package at least; derived (H100 five stacks, H20 and H200 six, on one die)
    stack_growth    1     capacity of the stacks available for a new package over the flagship's; assumed
    harvest         1     compute over the flagship's at or below which its empty sites may be filled; assumed
    idle_power      1     power that does not fall with compute; derived (H20 400 W of 700, RTX 4090D 425 of 450)
    """

    value: Callable[[Floats, Floats, Floats, Floats], Floats]
    compute_margin: float = 0.01
    memory_margin: float = 0.0015
    slowest: float = 0.89
    link_step: float = 50.0
    links: int = 18
    host_link: float = 64.0
    channels: int = 16
    hbm_sites: int = 6
    stack_growth: float = 1.0
    harvest: float = 0.5
    idle_power: float = 0.5

    def options(self, part: Mapping[str, float], limits: Mapping[str, Sequence[float]]) -> dict[str, Floats]:
        """Designs from a finished chip, the most valuable first: for each link the best between any limits.

        part     tpp; bandwidth, GB/s; memory, GB; stacks of HBM, 0 for other memory; link, GB/s
        limits   values of tpp, bandwidth, link, and sum (bandwidth + link) at which a ruling may change
        returns  columns (k,): tpp, bandwidth, memory, link; sites filled over those the flagship fills; value and
                 power over the flagship's; tpp_top and bandwidth_top, below which no line may catch a cut chip
        """
        memory = self._memories(part)
        parts = [self._linked(part, limits, memory, float(link)) for link in self._links(part["link"], limits)]
        every = {name: np.concatenate([one[name] for one in parts]) for name in parts[0]}
        order = _best_first(every)
        return {name: column[order] for name, column in every.items()}

    def _linked(
        self,
        part: Mapping[str, float],
        limits: Mapping[str, Sequence[float]],
        memory: Mapping[str, Floats],
        link: float,
    ) -> dict[str, Floats]:
        """Every level of compute with every level of memory, at one link; the best of those no limit separates."""
        lines = np.unique([*limits["bandwidth"], *(limit - link for limit in limits["sum"])])
        every = _crossed(self._computes(part, limits["tpp"], float(memory["most"].min())), self._speeds(memory, lines))
        fits = every["tpp"] <= every.pop("most") * part["tpp"]
        every = {name: column[fits] for name, column in every.items()}

        share, speed = every["tpp"] / part["tpp"], every["bandwidth"] / part["bandwidth"]
        every["link"] = np.full(len(share), link)
        every["value"] = self.value(share, speed, every["memory"], every["link"]) / self._worth(part)
        every["power"] = power(share, self.idle_power)
        order = _best_first(every)
        ranked = {name: column[order] for name, column in every.items()}
        first = _first_of_each(ranked, np.unique(limits["tpp"]), lines)
        return {name: column[first] for name, column in ranked.items()}

    def _computes(self, part: Mapping[str, float], limits: Sequence[float], most: float) -> dict[str, Floats]:
        """Levels of compute, including the highest one at which more memory is allowed."""
        level, top = below(part["tpp"], limits, self.compute_margin)
        if most < 1:
            level = np.append(level, most * part["tpp"])
            top = np.append(top, level[-1] / (1 - self.compute_margin))
        return {"tpp": level, "tpp_top": top}

    def _links(self, full: float, limits: Mapping[str, Sequence[float]]) -> Floats:
        """The flagship's link, whole steps below it, and the host's bus; without a trade-off only the widest needed."""
        step = max(self.link_step, full / self.links)
        steps = np.arange(step, full, step)
        links = np.unique([*steps, min(self.host_link, full), full])
        if limits["sum"]:
            return links
        cells = np.searchsorted(np.unique(limits["link"]), links, "right")
        return links[np.append(np.diff(cells) > 0, True)]

    def _memories(self, part: Mapping[str, float]) -> dict[str, Floats]:
        """Memory at full speed, and the compute over the flagship's up to which it is allowed."""
        used = part["stacks"] or self.channels
        sites = np.arange(1.0, used + 1)
        found = {"sites": sites / used, "growth": np.ones(len(sites)), "most": np.ones(len(sites))}
        if part["stacks"] and (self.hbm_sites > used or self.stack_growth > 1) and self._modest(part):
            more = np.arange(1.0, max(used, self.hbm_sites) + 1)
            extra = {"sites": more / used, "growth": np.full(len(more), self.stack_growth)}
            extra["most"] = np.full(len(more), self.harvest)
            found = {name: np.concatenate((column, extra[name])) for name, column in found.items()}
        found["bandwidth"] = found["sites"] * part["bandwidth"]
        found["memory"] = found["sites"] * found.pop("growth") * part["memory"]
        return found

    def _modest(self, part: Mapping[str, float]) -> bool:
        """Whether a chip with the most memory possible, and the compute then allowed, is no more valuable than its
        flagship."""
        sites = max(1.0, self.hbm_sites / part["stacks"])
        most = (self.harvest, sites, sites * self.stack_growth * part["memory"], part["link"])
        return float(self.value(*(np.array([one]) for one in most))[0]) <= self._worth(part)

    def _worth(self, part: Mapping[str, float]) -> float:
        """Value of the flagship."""
        return float(self.value(*(np.array([one]) for one in (1.0, 1.0, part["memory"], part["link"])))[0])

    def _speeds(self, memory: Mapping[str, Floats], limits: Floats) -> dict[str, Floats]:
        """Memory at full speed and slowed down to below each limit, where it can run so slowly."""
        full = memory["bandwidth"]
        pairs = [below(one, limits, self.memory_margin) for one in full.tolist()]
        place = np.repeat(np.arange(len(full)), [len(level) for level, _ in pairs])
        level, top = (np.concatenate(column) for column in zip(*pairs, strict=True))
        runs = level >= self.slowest * full[place]
        rest = {name: memory[name][place[runs]] for name in ("sites", "memory", "most")}
        return {"bandwidth": level[runs], "bandwidth_top": top[runs], **rest}


def _crossed(one: Mapping[str, Floats], other: Mapping[str, Floats]) -> dict[str, Floats]:
    """Every row of a table combined with every row of another."""
    count = len(next(iter(other.values())))
    rows = len(next(iter(one.values())))
    left = {name: np.repeat(column, count) for name, column in one.items()}
    return left | {name: np.tile(column, rows) for name, column in other.items()}


def _best_first(every: Mapping[str, Floats]) -> NDArray[np.int64]:
    """Indices of designs, the most valuable first; of equals, the one that keeps more."""
    return np.lexsort([every[name] for name in ("link", "memory", "bandwidth", "tpp", "value")])[::-1]


def _first_of_each(every: Mapping[str, Floats], compute: Floats, memory: Floats) -> NDArray[np.int64]:
    """Indices of the first of the designs that lie, with their margins, between the same limits; in order.

    What is not cut may lie exactly on a limit, where rounding would decide the side: such designs are kept apart.
    """
    cell = np.zeros(len(every["tpp"]), dtype=np.int64)
    for name, limits in (("tpp", compute), ("bandwidth", memory)):
        level, top = every[name], every[f"{name}_top"]
        for place in (level == top, np.searchsorted(limits, level, "right"), np.searchsorted(limits, top, "left")):
            cell = cell * (len(limits) + 2) + place
    return np.sort(np.unique(cell, return_index=True)[1])
