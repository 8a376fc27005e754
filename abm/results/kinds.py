"""What kind of results a folder holds: a folder holds one kind, so that no file of another is left among them."""

import os
from pathlib import Path
from typing import Any

from abm.foundation.errors import InputError
from abm.foundation.files import current, json_in, read_current, reason

FORMAT = 1
PLAN, PARTS, EARLIER = "plan.jsonl", "parts", "ledger.sqlite"
"""By which the folder of a sweep is known; the last is what an earlier version left."""
KINDS = {
    "run": "a run",
    "comparison": "a comparison",
    "replay": "a replayed run",
    "sweep": "a sweep",
    "report": "a report on a sweep",
}


def claim(folder: Path, kind: str) -> None:
    """InputError where a folder holds results of another kind than are to be written."""
    held = kind_of(folder)
    if held is not None and held != kind:
        raise InputError(f"{folder} holds {KINDS.get(held, 'other results')}; give another folder for {KINDS[kind]}")


def kind_of(folder: Path) -> str | None:
    """The kind of results in a folder, by the names of KINDS; None where there are none, or they cannot be told."""
    if any(os.path.exists(folder / name) for name in (PLAN, PARTS, EARLIER)):
        return "sweep"
    try:
        about = about_of(folder)
        return str(about.get("kind") or ("comparison" if len(about["regimes"]) > 1 else "run"))
    except (InputError, KeyError, TypeError):
        return "report" if os.path.exists(current(folder, "report.html")) else None


def about_of(folder: Path) -> dict[str, Any]:
    """The contents of a folder's run.json; InputError where there is none of this format."""
    where = folder / "run.json"
    try:
        about = json_in(read_current(folder, "run.json"), str(where))
    except OSError as fault:
        raise InputError(f"{where}: cannot be read ({reason(fault)})") from None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise InputError(f"{where}: is not a run.json of format {FORMAT}")
    return about
