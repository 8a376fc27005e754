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
    """How many runs are missing, and how long and large they will be: as those done were, else as a few tried here."""
    parts = []
    if is_store(folder):
        with Store.open(folder) as store:
            parts = store.parts()
    done = sum(len(part.runs) for part in parts)
    missing = max(len(plan) - done, 0)
    lines = [f"runs      {len(plan):,}, of which the folder holds {done:,}"]
    if not missing:
        return lines
    if done:
        pace, bulk = sum(part.label.seconds for part in parts) / done, sum(part.size for part in parts) / done
        learnt = f"as the {done:,} done took"
    else:
        tried = sorted({0, len(plan) // 2, len(plan) - 1})
        chunk = Chunk(0, tuple(plan.task(run) for run in tried), plan.terms)
        find(plan.terms.execute)
        run_chunk(Chunk(0, chunk.tasks[:1], plan.terms))  # compiles
        trial = run_chunk(chunk)
        if trial.label.failures:
            return [*lines, f"estimate  none: a trial run failed with {trial.label.failures[0].error}"]
        pace, bulk = trial.label.seconds / len(tried), len(trial.part) / len(tried)
        learnt = f"as {len(tried)} took here alone; the sweep's bar learns from its own"
    count = workers or cores()
    room = shutil.disk_usage(next(one for one in (folder, *folder.absolute().parents) if one.exists())).free
    lines.append(f"estimate  about {span(missing * pace / count)} with {count} workers ({pace:.2g} s a run, {learnt})")
    lines.append(f"          at most {missing * bulk / 1e6:,.1f} MB; {room / 1e9:,.1f} GB are free")
    return lines
