"""Chips on the plane of compute and memory bandwidth under the law of a month, drawn by `abm.plots.plane`."""

from functools import lru_cache

import solara

from abm.law.regime import Regime
from abm.plots import plane, theme
from abm.server import state


@lru_cache(maxsize=128)
def drawn(regime: Regime, month: str) -> str:
    """The plane of a month as SVG text."""
    return theme.render(plane.plane(regime, month), "svg").decode()


@solara.component
def Plane(month: str) -> None:
    """The plane under the law of the setup that is stepped through, changes by hand included."""
    regime = state.setup.value.whole
    svg = solara.use_memo(lambda: drawn(regime, month), [regime, month])
    with solara.Div(classes=["abm-chart", "abm-plane"]):
        solara.HTML(unsafe_innerHTML=svg[svg.index("<svg") :])
