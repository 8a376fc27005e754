"""History matching: which points of a box no emulator rules out, and points spread over what is left.

Points are found by lowering the bar in steps (Au and Beck 2001): of a cloud of points the least implausible fifth is
kept, and filled up again by a random walk that stays below the bar, until the bar is the one wanted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.analysis.emulator import Emulator
from abm.analysis.targets import Target

Floats = NDArray[np.float64]

CLOUD, KEPT, STEPS, LEVELS = 4000, 0.2, 60, 40


@dataclass(frozen=True)
class Wave:
    """The emulators of a wave, a target each, and what they rule out.

    misses   targets that a point may miss
    """

    targets: Sequence[Target]
    emulators: Sequence[Emulator]
    misses: int

    def implausibility(self, points: Floats) -> Floats:
        """The implausibility of points between -1 and 1: that of the target which is next after those missed."""
        pairs = zip(self.targets, self.emulators, strict=True)
        return ranked(np.stack([one.off(two(points), two.variance) for one, two in pairs], axis=1), self.misses)


def ranked(implausible: Floats, misses: int) -> Floats:
    """The largest implausibility of each row after as many as may be missed, (points, targets) -> (points,)."""
    place = max(implausible.shape[1] - 1 - misses, 0)
    return np.asarray(np.partition(implausible, place, axis=1)[:, place])


def not_ruled_out(waves: Sequence[Wave], dimensions: int, count: int, cut: float, seed: int) -> tuple[Floats, float]:
    """Points between -1 and 1 that no wave rules out, and the bar they are below: the cut, or the least reached.

    returns   (count, dimensions), bar
    """

    def worst(points: Floats) -> Floats:
        return np.asarray(np.max([wave.implausibility(points) for wave in waves], axis=0))

    random, bar = np.random.default_rng(seed), np.inf
    cloud = random.uniform(-1, 1, (CLOUD, dimensions))
    for _ in range(LEVELS):
        heights = worst(cloud)
        low = float(np.quantile(heights, KEPT))
        bar, stuck = max(low, cut), low > 0.995 * bar
        cloud = walk(cloud[heights <= bar], bar, worst, random)
        if bar == cut or stuck:
            break
    return random.permutation(np.unique(cloud, axis=0))[:count], bar


def walk(seeds: Floats, bar: float, height: Callable[[Floats], Floats], random: np.random.Generator) -> Floats:
    """A cloud of points below a bar: steps along differences of pairs (ter Braak 2006), never out of the box."""
    cloud = seeds[np.arange(CLOUD) % len(seeds)]
    usual = 2.38 / np.sqrt(2 * cloud.shape[1])
    for _ in range(STEPS):
        first, second = random.integers(len(cloud), size=(2, CLOUD))
        stride = np.where(random.random(CLOUD) < 0.1, 1.0, usual * random.uniform(0.5, 1.5, CLOUD))
        moved = cloud + stride[:, None] * (cloud[first] - cloud[second]) + random.normal(0, 1e-3, cloud.shape)
        good = (np.abs(moved) <= 1).all(axis=1)
        good[good] = height(moved[good]) <= bar
        cloud = np.where(good[:, None], moved, cloud)
    return cloud
