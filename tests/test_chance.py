"""Addressed chance: the same address gives the same draw for ever, and different addresses share nothing."""

import ast
import hashlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from abm.foundation import chance
from abm.foundation.errors import InputError

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
FROZEN_BLOCK = [
    [0.7693367024356501, 0.4328704763045498, 0.9815601008164627],
    [0.15861624925280837, 0.6854649167265994, 0.4672627346266679],
]
FROZEN_FIXED = [0.04360340704943688, 0.6052642809749322]


def mix(x: int) -> int:
    """SplitMix64's finalizer (Steele, Lea and Flood 2014) on a plain integer."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def draw(seed: int, purpose: str, month: int, slot: int) -> float:
    """One draw worked out with Python's integers."""
    start = int.from_bytes(hashlib.blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest(), "little")
    row = mix((start + GOLDEN * (month + 1)) & MASK)
    return (mix((row + GOLDEN * (slot + 1)) & MASK) >> 11) * 2.0**-53


# --- the address ---


@given(
    seed=st.integers(0, 2**40),
    purpose=st.text(max_size=20),
    month=st.integers(0, 30),
    slots=st.lists(st.integers(0, 2**40), min_size=1, max_size=5, unique=True),
)
def test_every_draw_is_the_stated_hash_of_its_address(seed: int, purpose: str, month: int, slots: list[int]) -> None:
    block = chance.uniforms(seed, purpose, month + 1, np.array(slots))
    assert block[month].tolist() == [draw(seed, purpose, month, slot) for slot in slots]


def test_frozen_values() -> None:
    """These may change only together with a note that every seeded result changes."""
    block = chance.uniforms(7, "improve", 2, np.array([0, 1, 1_000_000]))
    assert block.tolist() == FROZEN_BLOCK
    assert chance.fixed(0, "lab size", 2).tolist() == FROZEN_FIXED


def test_one_more_slot_or_month_changes_no_other_draw() -> None:
    small = chance.uniforms(3, "size", 12, 10)
    np.testing.assert_array_equal(chance.uniforms(3, "size", 40, 11)[:12, :10], small)


def test_a_draw_belongs_to_its_slot_and_not_to_the_place_in_the_block() -> None:
    forward = chance.uniforms(3, "size", 4, np.array([5, 9, 2]))
    backward = chance.uniforms(3, "size", 4, np.array([2, 9, 5]))
    np.testing.assert_array_equal(forward, backward[:, ::-1])
    np.testing.assert_array_equal(chance.uniforms(3, "size", 4, 6)[:, 5], forward[:, 0])


def test_fixed_draws_are_those_of_the_first_month() -> None:
    np.testing.assert_array_equal(chance.fixed(4, "skill", 7), chance.uniforms(4, "skill", 5, 7)[0])


def test_shapes_and_bounds() -> None:
    block = chance.uniforms(0, "improve", 50, 200)
    assert (block.shape, block.dtype) == ((50, 200), np.float64)
    assert ((block >= 0) & (block < 1)).all()
    assert chance.uniforms(0, "improve", 0, 5).shape == (0, 5)
    assert chance.uniforms(0, "improve", 5, 0).shape == (5, 0)


# --- the distribution, at fixed seeds ---


@pytest.mark.parametrize("seed", [0, 1, 2, 12345])
def test_draws_are_uniform(seed: int) -> None:
    block = chance.uniforms(seed, "improve", 120, 150)
    assert stats.kstest(block.ravel(), "uniform").pvalue > 1e-3
    counts = np.histogram(block, bins=64, range=(0, 1))[0]
    assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize(
    ("one", "other"),
    [((0, "improve"), (0, "size")), ((0, "improve"), (1, "improve")), ((10, "lead"), (1, "0lead"))],
)
def test_purposes_and_seeds_share_nothing(one: tuple[int, str], other: tuple[int, str]) -> None:
    first, second = (chance.uniforms(*address, 120, 150).ravel() for address in (one, other))
    assert len(np.intersect1d(first, second)) == 0
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(len(first))


def test_neighbours_in_time_and_place_are_uncorrelated() -> None:
    block = chance.uniforms(5, "improve", 200, 200)
    for first, second in ((block[1:], block[:-1]), (block[:, 1:], block[:, :-1]), (block[1:, 1:], block[:-1, :-1])):
        assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 4 / np.sqrt(first.size)


def test_no_two_addresses_of_a_run_coincide() -> None:
    slots = np.concatenate([np.arange(12), np.arange(1_000_000, 1_000_500), np.arange(2_000_000, 2_000_500)])
    block = chance.uniforms(1, "improve", 120, slots)
    assert len(np.unique(block)) == block.size


# --- nothing else draws ---

GENERATORS = {"random", "secrets", "numpy.random"}
OWNERS = {"np", "numpy", "m", "model", "self"}


def draws_in(source: str) -> list[str]:
    """Uses of a generator in a module: imports of one, `np.random`, and Mesa's `model.random` and `model.rng`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found += [one.name for one in names if one.name in GENERATORS]
            case ast.ImportFrom(module=module, names=names):
                found += [f"{module}.{one.name}" for one in names if module in GENERATORS]
                found += [f"{module}.{one.name}" for one in names if f"{module}.{one.name}" in GENERATORS]
            case ast.Attribute(
                value=ast.Name(id="np" | "numpy" | "m" | "model" | "self"), attr="random" | "rng" as word
            ):
                found.append(word)
    return found


def test_the_scan_sees_every_way_to_draw() -> None:
    for line in ("import random", "from numpy import random", "from numpy.random import default_rng"):
        assert draws_in(line), line
    for line in ("np.random.default_rng(1)", "m.rng.random()", "self.random.choice([1])"):
        assert draws_in(line), line
    assert draws_in("from abm.foundation import chance; chance.uniforms(1, 'a', 2, 3)") == []


DESIGNS = ("calibrate.py", "matching.py")
"""Of abm/analysis: they choose the points of a design, and nothing of what happens in a run."""


def test_only_chance_draws(repo: Path) -> None:
    found = {
        str(file.relative_to(repo)): uses
        for file in sorted((repo / "abm").rglob("*.py"))
        if file.name not in ("chance.py", *DESIGNS) and (uses := draws_in(file.read_text(encoding="utf-8")))
    }
    assert found == {}


# --- what a seed may be ---

DRAWN: list[Callable[[int], Any]] = [
    np.random.default_rng, np.random.PCG64, np.random.MT19937, np.random.RandomState, random.Random,
    np.random.SeedSequence, lambda seed: np.random.SeedSequence(seed).spawn(3)[2],
]  # fmt: skip


@pytest.mark.parametrize("make", DRAWN)
def test_a_generator_gives_one_seed_by_its_state(make: Callable[[int], Any]) -> None:
    seeds = [chance.seed_of(make(state)) for state in range(50)]
    assert seeds == [chance.seed_of(make(state)) for state in range(50)]
    assert len(set(seeds)) == 50
    assert all(type(seed) is int and 0 <= seed < 2**53 for seed in seeds)
    one = make(7)
    pair = chance.seed_of(one), chance.seed_of(one)
    assert (pair[0] == pair[1]) == isinstance(one, np.random.SeedSequence)


def test_whole_numbers_stand_for_themselves_and_none_for_a_fresh_one() -> None:
    for number in (0, 5, 2**63 - 1, np.int64(5), np.uint8(200), np.array(4)):
        assert chance.seed_of(number) == int(number)
        assert type(chance.seed_of(number)) is int
    assert len({chance.seed_of(None) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "wrong", [True, np.True_, 1.0, np.float64(1), "1", b"1", -1, 2**63, 10**400, [1], np.array([1]), {}, object(), int]
)
def test_all_else_is_refused_by_name(wrong: object) -> None:
    for read, name in ((chance.seed_of, "rng"), (chance.seeds_of, "seeds")):
        if read is chance.seeds_of and isinstance(wrong, list | np.ndarray):
            continue
        with pytest.raises(InputError, match=f"^{name}"):
            read(wrong, name)


@pytest.mark.parametrize(
    ("given", "seeds"),
    [(3, [0, 1, 2]), (np.int64(2), [0, 1]), ([7, np.int64(3)], [7, 3]), (range(2, 4), [2, 3]), (np.arange(2), [0, 1]),
     (iter((5, 6)), [5, 6]), (np.random.SeedSequence(1), [chance.seed_of(np.random.SeedSequence(1))])],
)  # fmt: skip
def test_several_seeds_are_a_number_of_them_or_a_list(given: object, seeds: list[int]) -> None:
    assert chance.seeds_of(given) == seeds


@pytest.mark.parametrize(
    "wrong", [0, -1, 10**9, [], [1, 1], [-2], ["a"], [1.5], [True], "3", {1: 2}, iter(int, 1), [[1]], np.ones((2, 2))]
)
def test_seeds_that_are_none_or_alike_or_no_seeds_are_refused(wrong: object) -> None:
    with pytest.raises(InputError, match=r"^seeds"):
        chance.seeds_of(wrong)
