"""Agent-based market model of AI chips and high-bandwidth memory under export controls.

    import abm
    abm.run("history", seeds=20)                      # one regime, an Ensemble
    abm.plot(abm.compare(["hold_firm", "hbm_relief"], seeds=50)["capability_gap"])
    abm.classify("H20", on="2025-05-01")              # what the law says of a chip, or of a table of chips
    abm.sweep("experiments/hbm_relief.toml")          # continues where it stopped
    mesa.batch_run(abm.ChipMarket, {"regime": ["history", "no_controls"]}, rng=range(5))

Names are loaded when they are first used, so that importing the package costs nothing.
"""

from typing import TYPE_CHECKING, Any

from abm.foundation.version import VERSION

if TYPE_CHECKING:
    from abm.agents.brokers import Brokers
    from abm.agents.frontier import FrontierLabs
    from abm.agents.governments import Governments
    from abm.agents.labs import Labs
    from abm.agents.makers import HbmMakers
    from abm.agents.vendors import ChipVendors
    from abm.agents.view import Broker, ChipVendor, FrontierLab, Government, HbmMaker, Lab, Row, Workshop
    from abm.agents.workshops import Workshops
    from abm.figures.plot import plot
    from abm.foundation.declaration import Group
    from abm.foundation.errors import InputError
    from abm.foundation.records import Record, handed, kept
    from abm.foundation.tables import Column, Table
    from abm.law.acts import Act
    from abm.law.regime import Regime, load_regime
    from abm.model import ChipMarket
    from abm.month.phase import phase
    from abm.results.answer import Answer, answer
    from abm.results.comparison import Comparison, compare
    from abm.results.ensemble import Ensemble, run
    from abm.results.screening import classify
    from abm.runs.metrics import metric
    from abm.runs.run import Run
    from abm.runs.scenario import Scenario
    from abm.runs.simulate import simulate
    from abm.state import Market
    from abm.sweeps.loading import load
    from abm.sweeps.scheduler import sweep

__version__ = VERSION

__all__ = [
    "Act", "Answer", "Broker", "Brokers", "ChipMarket", "ChipVendor", "ChipVendors", "Column", "Comparison",
    "Ensemble",
    "FrontierLab", "FrontierLabs", "Government", "Governments", "Group", "HbmMaker", "HbmMakers", "InputError",
    "Lab", "Labs", "Market", "Record", "Regime", "Row", "Run", "Scenario", "Table", "Workshop", "Workshops",
    "answer", "classify", "compare", "handed", "kept", "load", "load_regime", "metric", "phase", "plot", "run",
    "simulate", "sweep",
]  # fmt: skip

_MODULES = {
    "abm.agents.brokers": "Brokers",
    "abm.agents.frontier": "FrontierLabs",
    "abm.agents.governments": "Governments",
    "abm.agents.labs": "Labs",
    "abm.agents.makers": "HbmMakers",
    "abm.agents.vendors": "ChipVendors",
    "abm.agents.view": "Broker ChipVendor FrontierLab Government HbmMaker Lab Row Workshop",
    "abm.agents.workshops": "Workshops",
    "abm.figures.plot": "plot",
    "abm.foundation.declaration": "Group",
    "abm.foundation.errors": "InputError",
    "abm.foundation.records": "Record handed kept",
    "abm.foundation.tables": "Column Table",
    "abm.law.acts": "Act",
    "abm.law.regime": "Regime load_regime",
    "abm.model": "ChipMarket",
    "abm.month.phase": "phase",
    "abm.results.answer": "Answer answer",
    "abm.results.comparison": "Comparison compare",
    "abm.results.ensemble": "Ensemble run",
    "abm.results.screening": "classify",
    "abm.runs.metrics": "metric",
    "abm.runs.run": "Run",
    "abm.runs.scenario": "Scenario",
    "abm.runs.simulate": "simulate",
    "abm.state": "Market",
    "abm.sweeps.loading": "load",
    "abm.sweeps.scheduler": "sweep",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'abm' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
