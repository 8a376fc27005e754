"""Commands over sweeps: sweep, status, verify, replay, export and report."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from abm.cli import options
from abm.cli.options import Folder, Json, Out, Serial, Spec, SweepOut
from abm.foundation.files import named, together

RUN = options.whole("RUN", 0, 10**9)
MOST_ROWS = 5_000_000
"""More tidy rows than this are not written beside a report unasked; `abm export` writes any number."""

if TYPE_CHECKING:
    from abm.sweeps.plan import Plan
    from abm.sweeps.store import Store


def sweep(
    spec: Spec,
    out: SweepOut = None,
    workers: Annotated[
        int | None, options.integer("--workers", 1, 4096, "Worker processes; by default one per core.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Use the Dask scheduler at this address.", metavar="ADDRESS")
    ] = None,
    dry: Annotated[
        bool, typer.Option("--dry", help="Only show what would run, and estimate how long it takes.")
    ] = False,
    serial: Serial = False,
    ensemble: options.SweepEnsemble = "",
    report: Annotated[bool, typer.Option("--report", help="Also write data, figures and report.html.")] = False,
    restart: options.Restart = False,
    limit: Annotated[
        float,
        typer.Option(
            help="Seconds after which a run counts as stuck.", parser=options.positive("--limit"), metavar="SECONDS"
        ),
    ] = 600.0,
    as_json: Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Run a sweep, or resume it.

    Prints a table. The same line again continues where it stopped. Each seed has a draw of parameters, the same
    in every regime; what the file sets, varies or samples goes before it.

    \b
    Examples:
      abm sweep experiments/quickstart.toml --report
      abm sweep experiments/hbm_relief.toml --dry
      abm sweep experiments/hbm_relief.toml --out results/relief --workers 8
      abm sweep experiments/hbm_relief.toml --scheduler tcp://10.0.0.5:8786
      abm sweep experiments/hbm_relief.toml --ensemble none --out results/relief_at_defaults
    """
    from abm.sweeps.scheduler import carry_out

    plan, folder = options.planned(spec, out, ensemble)
    workers = workers or plan.spec.workers
    if dry:
        typer.echo(outline(plan, folder, workers))
        return
    try:
        done = carry_out(plan, folder, workers, scheduler, serial, restart, limit, progress=not quiet)
    except KeyboardInterrupt:
        typer.echo(f"what is done is safe in {folder}; the same command continues", err=True)
        raise
    with done as store:
        page = published(store) if report and store.done() else ""
        show(plan, store, as_json)
        if not (quiet or as_json):
            typer.echo(page or f"\nabm report {folder} writes figures and a page with every interval")
            typer.echo(f"\ndata in {folder}; abm status, report, export and replay work on it")
        if failures := store.failures():
            typer.echo(failed(failures, folder), err=True)
            raise typer.Exit(3)


def outline(plan: "Plan", folder: Path, workers: int | None) -> str:
    """What a sweep would do."""
    from abm.sweeps.plan import drawn_by
    from abm.sweeps.status import estimate

    seeds = list(dict.fromkeys(case.seed for case in plan.cases))
    lines = [repr(plan), drawn_by(plan.recipe).note(seeds)]
    lines += [f"question  {plan.spec.question}"] if plan.spec.question else []
    lines += [f"regimes   {', '.join(plan.recipe['regimes'])}", f"seeds     {say_seeds(seeds)}"]
    lines += [f"until     {plan.spec.until}"]
    lines += [f"set       {name} = {value}" for name, value in plan.spec.set.items()]
    lines += [f"factor    {name} = {', '.join(map(str, values))}" for name, values in plan.spec.factorial.items()]
    sampled = [name for name in plan.factors if name not in plan.spec.factorial]
    lines += [f"sampled   {name}" for name in sampled]
    lines += [f"keep      {', '.join(plan.spec.keep)}", f"folder    {folder}", *estimate(plan, folder, workers)]
    return "\n".join(lines)


def say_seeds(seeds: list[int]) -> str:
    """Seeds in few words."""
    whole = seeds == list(range(len(seeds)))
    return f"{len(seeds)} (0 to {len(seeds) - 1})" if whole else ", ".join(map(str, seeds))


def show(plan: "Plan", store: "Store", as_json: bool) -> None:
    """Print what regimes change, or the headline lines of one, and kept names that gave nothing."""
    from abm.results import points

    if not store.done():
        return
    ensemble = store.ensemble()
    verdicts = [points.judge(ensemble, one.asked()) for one in plan.spec.criterion] if not store.missing() else []
    if verdicts and not as_json:
        typer.echo(points.told(plan.spec.question, verdicts, options.width()))
    compared = points.comparison(ensemble, plan.spec.base)
    typer.echo(options.printed(compared, as_json, brief=True))
    for name in plan.spec.keep:
        if not any(column == name or column.startswith(f"{name}[") for column in ensemble.columns):
            typer.echo(f"note: keep = {name!r} gave no column in any run; its key may be misspelt", err=True)


def failed(failures: list[Any], folder: Path) -> str:
    """What to say of failed runs."""
    lines = [f"{len(failures)} runs failed; the same command tries them again, abm replay {folder} RUN shows one:"]
    lines += [f"  run {one.run}, seed {one.seed}, {one.stage}: {one.error}" for one in failures[:5]]
    return "\n".join(lines + ["  ..."] * (len(failures) > 5))


def published(store: "Store") -> str:
    """Write data, figures and the report into the sweep's folder unless they are there and newer than every part."""
    page = store.folder / "report.html"
    newest = max((store.folder / "parts" / part.file).stat().st_mtime for part in store.parts())
    if not page.exists() or page.stat().st_mtime < newest:
        write_report(store, store.folder)
    return f"\nreport: {page}{serving(store.folder)}"


def write_report(store: "Store", folder: Path, kind: str = "sweep") -> None:
    """Write metrics.csv, metrics.parquet, run.json, figures and report.html, all of them or none."""
    from abm.figures import report
    from abm.results.files import NAMES
    from abm.sweeps.spec import read

    ensemble, (spec, _, _) = store.ensemble(), read(store.folder / "spec.toml")
    earlier = [str(one.relative_to(folder)) for one in (folder / "figures").glob("*.*")]
    with together(folder, [*NAMES, *earlier]) as fresh:
        if len(ensemble) * len(ensemble.months) * len(ensemble.columns) <= MOST_ROWS:
            ensemble.save(fresh, kind)
        planned, failed = len(store.cases()), len(store.failures())
        asked = [one.asked() for one in spec.criterion] if not planned - len(ensemble) else []
        report.write(ensemble, fresh, spec.title, spec.question, spec.base or None, asked, planned, failed)


def serving(folder: Path) -> str:
    """How to look at the sweep in the server."""
    return f"\nserver: ./run serve {folder}"


def status(
    folder: Folder,
    as_json: Json = False,
) -> None:
    """Show a sweep's progress, also while it runs.

    \b
    Examples:
      abm status results/quickstart
      abm status results/quickstart --json
    """
    from abm.sweeps.status import status, worded
    from abm.sweeps.store import Store

    with Store.open(folder) as store:
        found = status(store)
    typer.echo(json.dumps(found, indent=1) if as_json else worded(found))


def verify(folder: Folder) -> None:
    """Check every byte a sweep has stored.

    \b
    Example:
      abm verify results/quickstart
    """
    from abm.sweeps.store import Store

    with Store.open(folder) as store:
        check = store.verify()
    typer.echo(f"{check.parts} parts, {check.rows:,} rows")
    for file, fault in check.damaged.items():
        typer.echo(f"{file} {fault}", err=True)
    if check.damaged or check.runs_lost:
        lost = f"; {len(check.runs_lost)} runs are lost" if check.runs_lost else ""
        typer.echo(f"damaged{lost}: give the sweep's command again, and only what is lost is done again", err=True)
        raise typer.Exit(3)
    typer.echo("whole")


def replay(
    folder: Folder,
    run: Annotated[int, typer.Argument(help="Number of the run, as `abm status` gives it.", parser=RUN, metavar="RUN")],
    out: Out = None,
) -> None:
    """Repeat one run of a sweep and compare it with what is stored.

    Simulates in this process, and says whether the rows stored are the same to the last bit.

    With --out write all its metrics and flows.

    \b
    Examples:
      abm replay results/quickstart 17
      abm replay results/quickstart 17 --out results/run17
    """
    from abm.sweeps.replay import replay
    from abm.sweeps.store import Store

    target = options.writable(out, "replay")
    with Store.open(folder) as store:
        found = replay(store, run, flows=target is not None)
    if target is not None and found.ensemble is not None:
        found.ensemble.save(target, "replay")
    typer.echo(found.text)
    if target is not None and found.ensemble is not None:
        typer.echo(f"written to {target}")
    if not found.same:
        raise typer.Exit(3)


def export(
    folder: Folder,
    to: Annotated[Literal["csv", "parquet"], typer.Option(help="csv or parquet.")],
    out: Annotated[Path, typer.Option(help="File to write.", metavar="PATH")],
) -> None:
    """Write a sweep as one tidy table.

    Columns: regime, seed, month, metric, key, value, unit, and the factors that the sweep varied.

    \b
    Example:
      abm export results/quickstart --to csv --out quickstart.csv
    """
    from abm.sweeps.export import export
    from abm.sweeps.store import Store

    options.target(out)
    with Store.open(folder) as store:
        rows = export(store, to, out)
    typer.echo(f"{rows:,} rows written to {out}")


def report(folder: Folder, out: Out = None) -> None:
    """Write a sweep's figures and report.html.

    Works while the sweep runs, with the runs finished by then.

    \b
    Example:
      abm report results/quickstart
    """
    from abm.foundation.errors import InputError
    from abm.sweeps.store import Store

    with Store.open(folder) as store:
        beside = out is not None and os.path.realpath(named(out)) != os.path.realpath(folder)
        kind = "report" if beside else "sweep"
        target = options.writable(out, kind) or folder
        if not store.done():
            raise InputError(f"{folder}: no run is finished yet, so there is nothing to report")
        write_report(store, target, kind)
    typer.echo(f"report: {target / 'report.html'}{serving(folder)}")


COMMANDS = (sweep, status, verify, replay, export, report)
