"""Agent-based market model of AI chips and high-bandwidth memory under export controls.

    import abm
    abm.run("history", seeds=20)                      # one regime, an Ensemble
    abm.plot(abm.compare(["hold_firm", "hbm_relief"], seeds=50)["capability_gap"])
    abm.sweep("experiments/hbm_relief.toml")          # resumes, on Dask
    mesa.batch_run(abm.ChipMarket, {"regime": ["history", "no_controls"]}, rng=range(5))

Names are loaded when they are first used, so that importing the package costs nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from abm.agents.frontier import FrontierLab
    from abm.agents.lab import Lab
    from abm.agents.maker import HbmMaker
    from abm.agents.vendor import ChipVendor
    from abm.figures.plot import plot
    from abm.foundation.errors import InputError
    from abm.law.regime import Regime, load_regime
    from abm.model import ChipMarket
    from abm.results.comparison import Comparison, compare
    from abm.results.ensemble import Ensemble, run
    from abm.results.files import load
    from abm.runs.run import Run
    from abm.runs.scenario import Scenario
    from abm.runs.simulate import simulate
    from abm.sweeps.engine import sweep

__version__ = "0.1.0"

_HOMES = {
    "ChipMarket": "abm.model",
    "Comparison": "abm.results.comparison",
    "Ensemble": "abm.results.ensemble",
    "InputError": "abm.foundation.errors",
    "Lab": "abm.agents.lab",
    "ChipVendor": "abm.agents.vendor",
    "HbmMaker": "abm.agents.maker",
    "FrontierLab": "abm.agents.frontier",
    "Regime": "abm.law.regime",
    "Run": "abm.runs.run",
    "Scenario": "abm.runs.scenario",
    "compare": "abm.results.comparison",
    "load": "abm.results.files",
    "load_regime": "abm.law.regime",
    "plot": "abm.figures.plot",
    "run": "abm.results.ensemble",
    "simulate": "abm.runs.simulate",
    "sweep": "abm.sweeps.engine",
}

__all__ = [
    "ChipMarket",
    "ChipVendor",
    "Comparison",
    "Ensemble",
    "FrontierLab",
    "HbmMaker",
    "InputError",
    "Lab",
    "Regime",
    "Run",
    "Scenario",
    "compare",
    "load",
    "load_regime",
    "plot",
    "run",
    "simulate",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'abm' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
