"""Chance with an address: a draw is a hash of seed, purpose, month and slot, never the state of a generator.

One more agent, another order of work or an act that changes nothing leaves every other draw as it was. The mixing is
SplitMix64 (Steele, Lea and Flood 2014), applied to seed and purpose, then month, then slot.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * _FIRST
    x = (x ^ (x >> np.uint64(27))) * _SECOND
    return x ^ (x >> np.uint64(31))


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
    return (cells >> np.uint64(11)).astype(np.float64) * 2.0**-53


def fixed(seed: int, purpose: str, slots: NDArray[np.int64] | int) -> NDArray[np.float64]:
    """Uniforms that do not change over time, (slots,)."""
    return uniforms(seed, purpose, 1, slots)[0]
