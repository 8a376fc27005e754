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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from abm.foundation.version import code_version

ON = os.environ.get("ABM_COMPILE", "1") != "0"
KEPT = 10
"""Versions of the code, those used last, of which the compiled loops are kept."""

HOW: dict[str, Any] = {"error_model": "numpy", "nogil": True}

COMPILING = "abm: compiling the model's loops, about a minute, once for each version of the code"

FUNCTIONS: dict[str, Any] = {}
"""Every compiled function by `module.name`."""


def compiled[F: Callable[..., Any]](act: F) -> F:
    """Compile a function of arrays and numbers; a division by zero gives what it gives in NumPy.

    What only other compiled functions call is compiled without a way in from Python, and kept as a part of them.
    """
    if not ON:
        return act
    from numba import njit

    made: Any = njit(cache=_kept_in_folder(), no_cfunc_wrapper=True, **HOW)(act)
    made.__class__ = _two_faced()
    made.inside = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **HOW)(act)
    FUNCTIONS[f"{act.__module__}.{act.__qualname__}"] = made
    return made


@cache
def _two_faced() -> type:
    """The class of functions that are another, `inside`, to compiled ones than to Python."""
    from numba.core.registry import CPUDispatcher
    from numba.core.types import Dispatcher

    class TwoFaced(CPUDispatcher):
        @property
        def _numba_type_(self) -> Any:
            return Dispatcher(self.inside)

    return TwoFaced


@cache
def _uncompiled() -> type:
    """The class of compiled functions while they run as plain Python."""

    class Uncompiled(_two_faced()):  # type: ignore[misc]
        def __call__(self, *given: Any) -> Any:
            return self.py_func(*given)

    return Uncompiled


@contextmanager
def plain() -> Iterator[None]:
    """Run compiled functions as plain Python meanwhile."""
    _become(_uncompiled)
    try:
        yield
    finally:
        _become(_two_faced)


def _become(kind: Callable[[], type]) -> None:
    for made in FUNCTIONS.values():
        made.__class__ = kind()


def elementwise[F: Callable[..., Any]](rule: F) -> F:
    """Let compiled functions call a rule with numbers; called from Python it stays what it is, for arrays too."""
    if not ON:
        return rule
    from numba.extending import register_jitable

    made: F = register_jitable(rule)
    return made


def part[F: Callable[..., Any]](act: F) -> F:
    """Let compiled functions call a function of a market or its tables, with mirrors of them; called from Python it
    stays what it is, for the things themselves."""
    return elementwise(act)


def folder() -> Path:
    """Where what this version of the code is compiled to is kept: in NUMBA_CACHE_DIR, if that is set."""
    caches = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "chip-export-abm" / code_version()


def nothing_kept() -> bool:
    """Whether what is compiled can be kept, and nothing is yet."""
    return ON and _kept_in_folder() and not any(folder().rglob("*.nbc"))


@cache
def _kept_in_folder() -> bool:
    """Have numba keep its work by the version of the code, whose tables decide where it looks for what; whether it
    can."""
    from numba import config

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
