"""Chance with an address: a draw is a hash of seed, purpose, month and slot, never the state of a generator.

One more agent, another order of work or an act that changes nothing leaves every other draw as it was. The mixing is
SplitMix64 (Steele, Lea and Flood 2014), applied to seed and purpose, then month, then slot. A seed is a whole number;
`seed_of` is the one way in which anything else becomes one.
"""

import hashlib
import operator
import random
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import SupportsIndex, cast

import numpy as np
from numpy.typing import NDArray

from abm.foundation.errors import InputError, shorten

LARGEST_SEED = 2**63 - 1
"""Tables keep a seed in 64 bits, with sign."""
MOST_SEEDS = 100_000
_DRAWN = 2**53  # seeds that are drawn are below it, so that any reader of JSON has them exactly

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix the bits of each number, in place."""
    high = np.empty_like(x)
    for shift, factor in ((30, _FIRST), (27, _SECOND)):
        x ^= np.right_shift(x, np.uint64(shift), out=high)
        x *= factor
    x ^= np.right_shift(x, np.uint64(31), out=high)
    return x


def _address(seed: int, purpose: str) -> np.uint64:
    digest = hashlib.blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def uniforms(seed: int, purpose: str, months: int, slots: NDArray[np.int64] | int) -> NDArray[np.float64]:
    """Uniforms in [0, 1) for every month and slot of one purpose, (months, slots).

    slots   number of slots, or their addresses (stable identities of agents)
    """
    address = np.arange(slots) if isinstance(slots, int) else slots
    with np.errstate(over="ignore"):
        rows = _mix(_address(seed, purpose) + _GOLDEN * np.arange(1, months + 1, dtype=np.uint64))
        cells = _mix(rows[:, None] + _GOLDEN * (address.astype(np.uint64) + np.uint64(1))[None, :])
    cells >>= np.uint64(11)
    found = cells.astype(np.float64)
    found *= 2.0**-53
    return found


def fixed(seed: int, purpose: str, slots: NDArray[np.int64] | int) -> NDArray[np.float64]:
    """Uniforms that do not change over time, (slots,)."""
    return uniforms(seed, purpose, 1, slots)[0]


def seed_of(given: object, where: str = "seed") -> int:
    """The whole number that a seed stands for, which a run keeps, so that it can be repeated.

    None is a fresh seed, another each time. A SeedSequence gives the same number each time; a Generator, BitGenerator,
    RandomState or random.Random one that is drawn from it, so that the next differs. InputError for all but these and
    whole numbers from 0 to LARGEST_SEED.
    """
    if given is None:
        given = np.random.SeedSequence()
    if isinstance(given, np.random.BitGenerator):
        given = np.random.Generator(given)
    if isinstance(given, np.random.SeedSequence):
        return int(given.generate_state(1, np.uint64)[0]) % _DRAWN
    if isinstance(given, np.random.Generator):
        return int(given.integers(_DRAWN))
    if isinstance(given, np.random.RandomState):
        return int(given.randint(_DRAWN, dtype=np.int64))
    if isinstance(given, random.Random):
        return given.randrange(_DRAWN)
    if (number := _whole(given)) is None or not 0 <= number <= LARGEST_SEED:
        raise InputError(
            f"{where} = {shorten(given)}: a whole number from 0 to 2**63 - 1, None or a generator is wanted"
        )
    return number


def seeds_of(given: object, where: str = "seeds") -> list[int]:
    """Seeds 0 to N-1 for a whole number N; else each of several as `seed_of` has it, or the only one.

    InputError where one is no seed, two are alike, there is none, or there are more than MOST_SEEDS.
    """
    count = _whole(given)
    if count is not None:
        if not 1 <= count <= MOST_SEEDS:
            raise InputError(f"{where} = {shorten(given)}: 1 to {MOST_SEEDS:,} are wanted, or a list of seeds")
        return list(range(count))
    several = isinstance(given, Iterable) and not isinstance(given, str | bytes | bytearray | Mapping)
    each = list(islice(cast(Iterable[object], given), MOST_SEEDS + 1)) if several else [given]
    if not 1 <= len(each) <= MOST_SEEDS:
        raise InputError(f"{where}: {'none is' if not each else 'too many are'} given; 1 to {MOST_SEEDS:,} are wanted")
    found = [seed_of(one, f"{where}[{place}]" if several else where) for place, one in enumerate(each)]
    if len(set(found)) < len(found):
        twice = next(one for place, one in enumerate(found) if one in found[:place])
        raise InputError(f"{where}: {twice} is there twice; different seeds are wanted")
    return found


def _whole(given: object) -> int | None:
    """A whole number of Python's or NumPy's; None for all else."""
    if isinstance(given, bool) or (isinstance(given, np.ndarray) and given.ndim):
        return None
    try:
        return operator.index(cast(SupportsIndex, given))
    except TypeError:
        return None
