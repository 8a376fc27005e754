"""How far a sweep is, and how long one would take."""

import shutil
import time
from pathlib import Path
from typing import Any

from abm.sweeps.executor import cores
from abm.sweeps.plan import Plan
from abm.sweeps.store import Store, is_store
from abm.sweeps.work import Chunk, find, run_chunk

RECENT = 20


def status(store: Store) -> dict[str, Any]:
    """Counts, pace and failures as plain values; times in seconds, `seconds_left` None when unknown."""
    cases, parts, failures = store.cases(), store.parts(), store.failures()
    done = sum(len(part.runs) for part in parts)
    session = store.session()
    running = store.running()
    fresh = [part for part in parts if part.label.ended >= session.get("began", 0.0)]
    pace = rate(fresh, session) if running else None
    return {
        "folder": str(store.folder),
        "name": store.plan.name,
        "runs": len(cases),
        "done": done,
        "failed": len(failures),
        "missing": len(cases) - done,
        "parts": len(parts),
        "bytes": sum(part.size for part in parts),
        "running": running,
        "workers": session.get("workers") if running else None,
        "runs_per_second": pace,
        "seconds_left": (len(cases) - done) / pace if pace else None,
        "last": "running" if running else session.get("outcome", "stopped" if session else None),
        "failures": [
            {"run": one.run, "regime": cases[one.run].regime, "seed": one.seed, "stage": one.stage, "error": one.error,
             "tries": one.tries}
            for one in failures
        ],
    }  # fmt: skip


def rate(fresh: list[Any], session: dict[str, Any]) -> float | None:
    """Runs a second since the latest session began; None before its first part."""
    elapsed = time.time() - session.get("began", time.time())
    runs = sum(len(part.runs) for part in fresh)
    return runs / elapsed if runs and elapsed > 0 else None


def worded(found: dict[str, Any]) -> str:
    """A status as text."""
    state = (
        f"running with {found['workers']} workers" if found["running"] else f"not running ({found['last'] or 'new'})"
    )
    lines = [
        f"{found['name']} in {found['folder']}: {state}",
        f"{found['done']:,} of {found['runs']:,} runs done, {found['missing']:,} missing, {found['failed']:,} failed",
        f"{found['parts']:,} parts, {found['bytes'] / 1e6:,.1f} MB",
    ]
    if found["runs_per_second"]:
        lines.append(f"{found['runs_per_second']:.2g} runs/s, about {span(found['seconds_left'])} left")
    for one in found["failures"][:RECENT]:
        where = f"run {one['run']} ({one['regime']}, seed {one['seed']})"
        lines.append(f"failed: {where} in {one['stage']}: {one['error']}")
    if len(found["failures"]) > RECENT:
        lines.append(f"... and {len(found['failures']) - RECENT} more")
    return "\n".join(lines)


def span(seconds: float) -> str:
    """A time in words."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def estimate(plan: Plan, folder: Path, workers: int | None) -> list[str]:
    """How many runs are missing, and how long and how large they will be, judged by doing one run here."""
    done = 0
    if is_store(folder):
        with Store.open(folder) as store:
            done = len(store.done())
    missing = max(len(plan) - done, 0)
    lines = [f"runs      {len(plan):,}, of which the folder holds {done:,}"]
    if not missing:
        return lines
    chunk = Chunk(0, (plan.task(0),), plan.terms)
    find(plan.terms.execute)
    run_chunk(chunk)
    trial = run_chunk(chunk)
    if trial.label.failures:
        return [*lines, f"estimate  none: a trial run failed with {trial.label.failures[0].error}"]
    count = workers or cores()
    time_needed = span(missing * trial.label.seconds / count)
    room = shutil.disk_usage(next(one for one in (folder, *folder.absolute().parents) if one.exists())).free
    size = missing * len(trial.part) / 1e6
    lines.append(f"estimate  about {time_needed} with {count} workers ({trial.label.seconds:.2g} s a run)")
    lines.append(f"          at most {size:,.1f} MB; {room / 1e9:,.1f} GB are free")
    return lines
