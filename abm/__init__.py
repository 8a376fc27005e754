"""Agent-based market model of AI chips and high-bandwidth memory under export controls.

    import abm
    abm.run("history", seeds=20)                      # one regime, an Ensemble
    abm.compare(["hold_firm", "hbm_relief"], seeds=50)["capability_gap"].plot()
    abm.sweep("experiments/hbm_relief.toml")          # resumes, on Dask
    mesa.batch_run(abm.ChipMarket, {"regime": ["history", "no_controls"]}, rng=range(5))

Names are loaded when they are first used, so that importing the package costs nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from abm.agents.brokers import Brokers
    from abm.agents.frontier import FrontierLabs
    from abm.agents.governments import Governments
    from abm.agents.labs import Labs
    from abm.agents.makers import HbmMakers
    from abm.agents.vendors import ChipVendors
    from abm.agents.view import Broker, ChipVendor, FrontierLab, Government, HbmMaker, Lab, Row, Workshop
    from abm.agents.workshops import Workshops
    from abm.foundation.declaration import Group
    from abm.foundation.errors import InputError
    from abm.foundation.records import Record, handed, kept
    from abm.foundation.tables import Column, Table
    from abm.law.regime import Regime, load_regime
    from abm.model import ChipMarket
    from abm.month.phase import phase
    from abm.results.comparison import Comparison, compare
    from abm.results.ensemble import Ensemble, load, run
    from abm.runs.metrics import metric
    from abm.runs.run import Run
    from abm.runs.scenario import Scenario
    from abm.runs.simulate import simulate
    from abm.state import Market
    from abm.sweeps.engine import sweep

__version__ = "0.1.0"

_HOMES = {
    "Broker": "abm.agents.view",
    "Brokers": "abm.agents.brokers",
    "ChipMarket": "abm.model",
    "ChipVendor": "abm.agents.view",
    "ChipVendors": "abm.agents.vendors",
    "Column": "abm.foundation.tables",
    "Comparison": "abm.results.comparison",
    "Ensemble": "abm.results.ensemble",
    "FrontierLab": "abm.agents.view",
    "FrontierLabs": "abm.agents.frontier",
    "Government": "abm.agents.view",
    "Governments": "abm.agents.governments",
    "Group": "abm.foundation.declaration",
    "HbmMaker": "abm.agents.view",
    "HbmMakers": "abm.agents.makers",
    "InputError": "abm.foundation.errors",
    "Lab": "abm.agents.view",
    "Labs": "abm.agents.labs",
    "Market": "abm.state",
    "Record": "abm.foundation.records",
    "Regime": "abm.law.regime",
    "Row": "abm.agents.view",
    "Run": "abm.runs.run",
    "Scenario": "abm.runs.scenario",
    "Table": "abm.foundation.tables",
    "Workshop": "abm.agents.view",
    "Workshops": "abm.agents.workshops",
    "compare": "abm.results.comparison",
    "handed": "abm.foundation.records",
    "kept": "abm.foundation.records",
    "load": "abm.results.ensemble",
    "load_regime": "abm.law.regime",
    "metric": "abm.runs.metrics",
    "phase": "abm.month.phase",
    "run": "abm.results.ensemble",
    "simulate": "abm.runs.simulate",
    "sweep": "abm.sweeps.engine",
}

__all__ = [
    "Broker",
    "Brokers",
    "ChipMarket",
    "ChipVendor",
    "ChipVendors",
    "Column",
    "Comparison",
    "Ensemble",
    "FrontierLab",
    "FrontierLabs",
    "Government",
    "Governments",
    "Group",
    "HbmMaker",
    "HbmMakers",
    "InputError",
    "Lab",
    "Labs",
    "Market",
    "Record",
    "Regime",
    "Row",
    "Run",
    "Scenario",
    "Table",
    "Workshop",
    "Workshops",
    "compare",
    "handed",
    "kept",
    "load",
    "load_regime",
    "metric",
    "phase",
    "run",
    "simulate",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'abm' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
