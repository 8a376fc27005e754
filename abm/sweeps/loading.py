"""Reading back whatever a command wrote into a folder: a run, a comparison, a replay, a report or a sweep."""

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from abm.foundation.errors import InputError, nearest_path, path_of
from abm.foundation.files import read_current
from abm.results.kinds import KINDS, kind_of
from abm.sweeps.store import Store, is_store, refuse_earlier

if TYPE_CHECKING:
    from abm.results.ensemble import Ensemble


def load(folder: Path | str) -> "Ensemble":
    """The runs in a folder that a run, a comparison, a replay, a report or a sweep left; of a sweep those done so far.

    InputError where there are none; a warning where a sweep lacks some.
    """
    folder = path_of(folder, "folder")
    refuse_earlier(folder)
    if is_store(folder):
        with Store.open(folder) as store:
            if not store.done():
                raise InputError(f"{folder}: no run of this sweep is done yet; see `abm status {folder}`")
            if missing := len(store.missing()):
                warnings.warn(f"{folder}: {missing} of {len(store.cases())} runs are not done", stacklevel=2)
            return store.ensemble()
    try:
        read_current(folder, "run.json")
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{folder}: {nothing_in(folder)}") from None
    except OSError:
        pass  # it is told when it is read
    from abm.results.ensemble import load

    return load(folder)


def nothing_in(folder: Path) -> str:
    """Why there are no runs in a folder, and where some are."""
    if not os.path.exists(folder):
        beside = folder.parent.glob("*/") if os.path.isdir(folder.parent) else []
        return f"no such folder{nearest_path(folder, beside)}"
    if not folder.is_dir():
        return f"is a file; give the folder{f' {folder.parent}' if kind_of(folder.parent) else ''}"
    if found := [str(one) for one in sorted(folder.glob("*/")) if kind_of(one)]:
        return f"holds no runs itself; {', '.join(found[:3])}{' and others do' if found[3:] else ' does'}"
    kind = kind_of(folder)
    return f"holds {KINDS[kind]} without its runs" if kind in KINDS else "holds no runs that a command wrote with --out"
