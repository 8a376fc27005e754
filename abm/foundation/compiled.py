"""Loops over plain arrays, compiled to machine code by numba.

    @elementwise
    def order(need, held):              # a rule: numbers or arrays alike
        return np.maximum(need - held, 0.0)

    @compiled
    def orders(need, held, found):      # a loop that calls it; called from Python with arrays and numbers
        for v in range(len(need)):
            found[v] = order(need[v], held[v])

A compiled function takes arrays and numbers, no records or tables, and sees nothing that changes outside. It is
compiled when first called and kept in a folder named by the code's version, since numba does not notice a change in
what a function calls. With ABM_COMPILE=0 all of this is plain Python, slow and open to a debugger, to the same bits.
"""

import logging
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from abm.foundation.version import code_version

ON = os.environ.get("ABM_COMPILE", "1") != "0"
KEPT = 10
"""Versions of the code, those used last, of which the compiled loops are kept."""

COMPILING = "abm: compiling the model's loops, half a minute, once for each version of the code"

FUNCTIONS: dict[str, Any] = {}
"""Every compiled function by `module.name`."""


def compiled[F: Callable[..., Any]](act: F) -> F:
    """Compile a function of arrays and numbers; a division by zero gives what it gives in NumPy."""
    if not ON:
        return act
    from numba import njit

    made: F = njit(cache=_kept_in_folder(), error_model="numpy", nogil=True)(act)
    FUNCTIONS[f"{act.__module__}.{act.__qualname__}"] = made
    return made


def elementwise[F: Callable[..., Any]](rule: F) -> F:
    """Let compiled functions call a rule with numbers; called from Python it stays what it is, for arrays too."""
    if not ON:
        return rule
    from numba.extending import register_jitable

    made: F = register_jitable(rule)
    return made


def folder() -> Path:
    """Where what this version of the code is compiled to is kept."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "chip-export-abm" / code_version()


def _kept_in_folder() -> bool:
    """Have numba keep its work, unless NUMBA_CACHE_DIR says where; whether it can be kept."""
    from numba import config

    if not config.CACHE_DIR:
        try:
            here = folder()
            new = not here.is_dir()
            here.mkdir(parents=True, exist_ok=True)
            here.touch()
        except (OSError, RuntimeError):
            return False
        config.CACHE_DIR = str(here)
        if new:
            logging.getLogger("abm").warning(COMPILING)
            with suppress(OSError):
                _forget_old(here.parent)
    return True


def _forget_old(caches: Path) -> None:
    for one in sorted(caches.iterdir(), key=lambda one: -one.stat().st_mtime)[KEPT:]:
        shutil.rmtree(one, ignore_errors=True)
