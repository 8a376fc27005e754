"""PRIM: a planted box is found, noise is not, and what nothing tells apart is refused."""

import numpy as np
import pandas as pd
import pytest

from abm.analysis import prim
from abm.foundation.errors import InputError


def points(n: int = 500) -> pd.DataFrame:
    draws = np.random.default_rng(5)
    numbers = {f"x.{name}": draws.random(n) for name in "abcdef"}
    return pd.DataFrame(
        numbers | {"x.way": draws.choice(["short", "long", "none"], n), "x.count": draws.integers(0, 6, n)}
    )


def planted(inputs: pd.DataFrame) -> np.ndarray:
    return ((inputs["x.a"] > 0.6) & (inputs["x.b"] < 0.5) & (inputs["x.way"] != "none")).to_numpy()


def test_a_planted_box_is_found_with_its_limits() -> None:
    inputs = points()
    cases = planted(inputs)
    boxes = prim.peel(inputs, cases)
    box = prim.chosen(inputs, boxes)
    assert set(box.limits) == {"x.a", "x.b", "x.way"}
    assert box.limits["x.a"][0] == pytest.approx(0.6, abs=0.05)
    assert box.limits["x.b"][1] == pytest.approx(0.5, abs=0.05)
    assert box.limits["x.way"] == {"short", "long"}
    assert box.coverage > 0.85
    assert box.density > 0.9
    assert (boxes[0].coverage, boxes[0].density) == (1.0, pytest.approx(cases.mean()))
    sizes = [box.inside.sum() for box in boxes]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == len(sizes)
    assert all((prim.inside(inputs, one.limits) == one.inside).all() for one in boxes), "limits say who is inside"


def test_limits_that_matter_recur_and_others_do_not() -> None:
    inputs = points(400)
    noise = np.random.default_rng(1).random(len(inputs)) < 0.02
    found = prim.recurrence(inputs, planted(inputs) ^ noise)
    assert found[["x.a", "x.b"]].min() > 0.8
    assert found[["x.c", "x.d", "x.e", "x.f"]].max() < 0.4


def test_cases_by_chance_give_no_limit_that_recurs() -> None:
    inputs = points(200)
    cases = np.random.default_rng(2).random(len(inputs)) < 0.3
    assert prim.recurrence(inputs, cases).max() < 0.8


def test_whole_numbers_are_peeled_by_their_steps() -> None:
    inputs = points()
    box = prim.chosen(inputs, prim.peel(inputs, (inputs["x.count"] >= 4).to_numpy()))
    assert box.limits == {"x.count": (4, 5)}
    assert (box.coverage, box.density) == (1.0, 1.0)


@pytest.mark.parametrize("share, words", [(0.0, "none of 50"), (1.0, "all of 50")])
def test_what_nothing_tells_apart_is_refused(share: float, words: str) -> None:
    inputs = points(50)
    with pytest.raises(InputError, match=words):
        prim.peel(inputs, np.full(50, bool(share)))
