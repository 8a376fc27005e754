"""SVG made light: the same drawing in fewer bytes."""

import re

import numpy as np
import pytest

from abm.figures import theme, time
from abm.figures.svg import light
from tests.figures import synthetic


def corners(outline: str) -> np.ndarray:
    """The corners of an outline that is told by its steps."""
    steps = np.array(re.findall(r"-?(?:\d+\.?\d*|\.\d+)", outline), dtype=float).reshape(-1, 2)
    return steps.cumsum(axis=0)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("M 10.04 20 \nL 10.52 20.26 \nL 11 20.5 \nL 9.96 18 \nz\n", [(10, 20), (10.5, 20.3), (11, 20.5), (10, 18)]),
        ("M 0 0 \nL 1 0 \nL 2 0 \nL 4 0 \nL 3 0 \n", [(0, 0), (4, 0), (3, 0)]),
        ("M 0 0 \nL 0.01 0 \nL 0 5 \n", [(0, 0), (0, 5)]),
    ],
)
def test_outlines_keep_their_corners(told: str, kept: list[tuple[float, float]]) -> None:
    (found,) = re.findall(r'd="([^"]*?)z?"', light(f'<svg><path d="{told}"/></svg>'))
    assert corners(found) == pytest.approx(np.array(kept))


def test_curves_points_and_what_is_referred_to_stay() -> None:
    curve = 'd="M 0.123456 0 C 1 1 2 2 3 3 z"'
    svg = light(f'<svg>\n <defs>\n <path id="used" {curve}/></defs><use xlink:href="#used" id="free"/>\n</svg>')
    assert svg == '<svg><defs><path id="used" d="M 0.12 0 C 1 1 2 2 3 3 z"/></defs><use xlink:href="#used"/></svg>'
    assert 'd="M1.5 2h0"' in light('<svg><path d="M 1.5 2 "/></svg>')


def test_words_can_be_searched_and_references_hold() -> None:
    svg = theme.render(time.fan(synthetic.ensemble(12)["china_compute"]), "svg").decode()
    assert ">Million H100e</text>" in svg
    assert set(re.findall(r'(?:href="|url\()#([\w.-]+)', svg)) <= {*re.findall(r' id="([^"]+)"', svg)}
    assert len(svg) < 30_000
