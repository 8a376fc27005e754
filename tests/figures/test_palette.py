"""The colours of the palette: one each, told apart by colour-blind readers (Machado, Oliveira and Fernandes 2009)."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from abm.figures import theme

Floats = NDArray[np.float64]

SIGHT = {
    "normal": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                        [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                        [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                        [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
LEAST = 18.0
"""CIELAB distance between any two lines that may stand in one chart."""


def lab(colours: list[str], sight: Floats) -> Floats:
    """Colours as seen with a kind of sight, in CIELAB (D65)."""
    rgb = np.array([to_rgb(one) for one in colours])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ sight.T, 0, 1) @ XYZ.T / [0.95047, 1, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


def closest(colours: list[str], sight: Floats) -> float:
    """The smallest distance between two of the colours."""
    seen = lab(colours, sight)
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=-1)
    return float(apart[np.triu_indices(len(seen), 1)].min())


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("kind", ["regime", "channel", "vendor", "maker", "lab", "government", "side"])
def test_what_stands_in_one_chart_is_told_apart(kind: str, sight: str) -> None:
    assert closest(list(theme.palette(kind).values()), SIGHT[sight]) >= LEAST


def test_the_two_policies_on_memory_are_told_apart_well() -> None:
    """They are what the question of the project sets against each other, and each against the base."""
    three = [theme.REGIMES[name] for name in ("hold_firm", "hbm_relief", "hbm_for_concessions")]
    assert min(closest(three[1:], sight) for sight in SIGHT.values()) >= 25


def test_red_and_green_of_one_lightness_are_found_out() -> None:
    assert closest(["#b05a5a", "#6f7d3c"], SIGHT["deutan"]) < LEAST <= closest(["#b05a5a", "#6f7d3c"], SIGHT["normal"])


def test_a_firm_has_no_colour_of_a_channel() -> None:
    for name, colour in (theme.VENDORS | theme.MAKERS).items():
        for channel, other in theme.CHANNELS.items():
            assert closest([colour, other], SIGHT["normal"]) >= LEAST, (name, channel)


def test_every_firm_lab_and_regime_has_one_colour() -> None:
    from abm.facts import catalog
    from abm.law.regime import shipped

    assert set(theme.REGIMES) == set(shipped())
    assert set(theme.LABS) == set(catalog.labs())
    assert {chip.vendor for chip in catalog.chips().values()} <= set(theme.VENDORS)
    assert set(theme.VENDORS) | set(theme.MAKERS) <= set(catalog.vendors())
