"""Commands that simulate a few regimes: run and compare."""

import sys
from typing import Annotated

import typer

from abm import dates
from abm.cli import options
from abm.cli.options import Out, Regime, Seeds, Sets, Until

MANY = 5


def run(
    regime: Regime,
    seeds: Seeds = 20,
    until: Until = dates.DEFAULT_UNTIL,
    sets: Sets = None,
    out: Out = None,
) -> None:
    """Simulate one regime, print ten headline lines.

    With --out also write metrics.csv, metrics.parquet, flows.parquet and run.json.

    \b
    Examples:
      abm run history --seeds 1
      abm run hbm_relief --seeds 20 --until 2028-12 --out results/relief
      abm run hold_firm --set law.licence.approval=0.2@2027-01 --set innovation.spillover=0.5
    """
    from abm.results import run

    folder = options.writable(out)
    ensemble = run(regime, seeds, until, options.settings(sets), progress=talkative(seeds), flows=folder is not None)
    typer.echo(ensemble.table())
    if folder is not None:
        typer.echo(f"\nwritten to {ensemble.save(folder)}")


def compare(
    regimes: Annotated[list[str], typer.Argument(help="Regimes, the one to compare with first.", metavar="A B ...")],
    seeds: Seeds = 20,
    until: Until = dates.DEFAULT_UNTIL,
    sets: Sets = None,
    out: Out = None,
) -> None:
    """Compare regimes with the first of them.

    Prints mean differences, paired by seed, with 95 % intervals.

    \b
    Examples:
      abm compare hold_firm hbm_relief --seeds 20
      abm compare history no_controls my_regime.toml --until 2026-10
    """
    from abm.comparison import compare
    from abm.errors import InputError

    if len(regimes) < 2:
        raise InputError(f"compare: at least two regimes are wanted, not only {regimes[0]!r}")
    folder = options.writable(out)
    comparison = compare(regimes, seeds, until, options.settings(sets), progress=talkative(seeds * len(regimes)))
    typer.echo(comparison.table())
    if folder is not None:
        typer.echo(f"\nwritten to {comparison.ensemble.save(folder)}")


def talkative(runs: int) -> bool:
    """Whether a progress bar is worth it."""
    return runs > MANY or sys.stderr.isatty()


COMMANDS = (run, compare)
