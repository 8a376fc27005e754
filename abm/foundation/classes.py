"""Classes of a researcher's own, given as themselves or by import path `module:Class`."""

import hashlib
import inspect
from functools import reduce
from importlib import import_module

import cloudpickle

from abm.foundation.errors import InputError, shorten


def load_class(given: object) -> type:
    """A class as it is, or the one at `module:Class`; InputError when it is not there, whatever its module does."""
    if isinstance(given, type):
        return given
    if not isinstance(given, str):
        raise InputError(f"agent class {shorten(given)}: a class, or its import path written module:Class, is wanted")
    module, _, name = given.partition(":")
    try:
        found: object = reduce(getattr, name.split("."), import_module(module))
    except (Exception, SystemExit) as error:  # importing runs the module, which may do anything
        told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise InputError(f"agent class {given!r}: {told}; written module:Class") from error
    if not isinstance(found, type):
        raise InputError(f"agent class {given!r} is not a class")
    return found


def import_path(kind: type) -> str | None:
    """`module:Class` of a class; None where it is not found there, as one made in a function."""
    try:
        return named(kind) if load_class(named(kind)) is kind else None
    except InputError:
        return None


def named(kind: str | type) -> str:
    """How a class is written down: its import path, or the place where it would be looked for."""
    return kind if isinstance(kind, str) else f"{kind.__module__}:{kind.__qualname__}"


def source_of(kind: type) -> str:
    """The source text of a class; where there is none, as at a prompt, a hash of what it is made of."""
    try:
        return inspect.getsource(kind)
    except (OSError, TypeError):
        return hashlib.sha256(cloudpickle.dumps(kind)).hexdigest()
