"""SVG as matplotlib writes it, made light: text stays text, and shapes are told in tenths of a point."""

import re

import numpy as np
from numpy.typing import NDArray

FONTS = '"DejaVu Sans", Verdana, sans-serif'  # Verdana has nearly the same widths
NOISE = re.compile(
    r"<!--.*?-->|<metadata>.*?</metadata>|font-family: 'DejaVu Sans'; | transform=\"rotate\(-0 [^\"]*\"", re.DOTALL
)
OUTLINE = re.compile(r'd="(M[^QCz"]*)(z?)\s*"')
NUMBER = re.compile(r"-?[\d.]+")


def light(svg: str) -> str:
    """The same drawing in about a third of the bytes.

    Comments, and names that nothing refers to, are left out; outlines are rounded to 0.1 pt, other numbers to 0.01.
    """
    svg = NOISE.sub("", svg[svg.index("<svg") :])
    svg = svg.replace("*{stroke-linejoin", f"text{{font-family: {FONTS}; white-space: pre}} *{{stroke-linejoin")
    svg = OUTLINE.sub(lambda found: f'd="{"".join(map(_line, found[1].split("M")[1:]))}{found[2]}"', svg)
    svg = re.sub(r"(?<!scale\()(\d\.\d\d)\d+", r"\1", svg)
    used = set(re.findall(r'(?:href="|url\()#([\w.-]+)', svg))
    svg = re.sub(r' id="([^"]+)"', lambda name: name[0] if name[1] in used else "", svg)
    return re.sub(r">\s+<", "><", re.sub(r"\s*\n\s*", " ", svg))


def _line(points: str) -> str:
    """A line through points, told by its steps; steps on in one direction are joined."""
    places = np.rint(np.array(NUMBER.findall(points), dtype=float).reshape(-1, 2) * 10).astype(int)
    steps = np.diff(places, axis=0)
    steps = steps[steps.any(axis=1)]
    if len(steps) > 1:
        before, after = steps[:-1], steps[1:]
        straight = (before[:, 0] * after[:, 1] == before[:, 1] * after[:, 0]) & ((before * after).sum(axis=1) > 0)
        steps = np.add.reduceat(steps, np.flatnonzero(np.append(True, ~straight)))
    return f"M{_numbers(places[:1])}l{_numbers(steps)}" if len(steps) else f"M{_numbers(places[:1])}h0"


def _numbers(tenths: NDArray[np.int64]) -> str:
    """Tenths as numbers, a space between where no minus stands."""
    words = " ".join(f"{one / 10:g}" for one in tenths.ravel())
    return re.sub(r"(?<![\d.])0\.", ".", words).replace(" -", "-")
