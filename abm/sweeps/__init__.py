"""Sweeps: what to run (design), what is done (store), who does it (scheduler). Names are loaded when first used."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from abm.sweeps.scheduler import sweep
    from abm.sweeps.store import Store, load

_HOMES = {"sweep": "abm.sweeps.scheduler", "load": "abm.sweeps.store", "Store": "abm.sweeps.store"}

__all__ = ["Store", "load", "sweep"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'abm.sweeps' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
