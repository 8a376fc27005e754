"""Chips on the plane of compute and memory bandwidth under the law of a month, drawn by `abm.figures.plane`."""

from functools import lru_cache

import solara

from abm.facts.records import Chip
from abm.figures import plane, theme
from abm.law.regime import Regime
from abm.server import state
from abm.server.traced import Traced


@lru_cache(maxsize=128)
def drawn(regime: Regime, month: str, designs: tuple[Chip, ...] = ()) -> str:
    """The plane of a month as SVG text, with chips designed in a run by then."""
    return theme.render(plane.plane(regime, month, designs={month: designs}), "svg").decode()


@solara.component
def Plane(month: str, traced: Traced | None) -> None:
    """The plane under the law of the setup that is stepped through, changes by hand included; once it has been run to
    its end also what governments made of the law, and the chips that vendors cut to it."""
    regime = state.setup.value.whole if traced is None else traced.regime
    designs = () if traced is None else traced.designs_by(month)
    svg = solara.use_memo(lambda: drawn(regime, month, designs), [regime, month, designs])
    with solara.Div(classes=["abm-chart", "abm-plane"]):
        solara.HTML(unsafe_innerHTML=svg[svg.index("<svg") :])
