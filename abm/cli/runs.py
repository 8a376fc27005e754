"""Commands that simulate a few regimes: run and compare."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from abm.cli import options
from abm.cli.options import Out, Regime, Seeds, Sets, Until
from abm.foundation import dates

if TYPE_CHECKING:
    from abm.results.comparison import Comparison
    from abm.results.ensemble import Ensemble

MANY = 5


def run(
    regime: Regime,
    seeds: Seeds = 20,
    until: Until = dates.DEFAULT_UNTIL,
    sets: Sets = None,
    ensemble: options.Ensemble = "",
    out: Out = None,
    without: options.Without = None,
    shift: options.Shift = None,
    before: options.Before = "",
    add: options.Add = None,
) -> None:
    """Simulate one regime, print ten headline lines.

    With --out also write metrics.csv, metrics.parquet, flows.parquet and run.json.

    \b
    Examples:
      abm run history --seeds 1
      abm run hbm_relief --seeds 20 --until 2028-12 --out results/relief
      abm run history --without us-hbm-rule --seeds 5
      abm run hold_firm --set law.licence.approval=0.2@2027-01 --set innovation.spillover=0.5
    """
    from abm.results.ensemble import run

    folder = options.writable(out, "run")
    made = options.composed(regime, without, shift, before, add)
    sets_of = options.settings(sets)
    runs = run(made, seeds, until, sets_of, progress=worth_a_bar(seeds), flows=folder is not None, ensemble=ensemble)
    shown(runs, runs, folder, "run")


def compare(
    regimes: Annotated[list[str], typer.Argument(help="Regimes, the one to compare with first.", metavar="A B ...")],
    seeds: Seeds = 20,
    until: Until = dates.DEFAULT_UNTIL,
    sets: Sets = None,
    ensemble: options.Ensemble = "",
    out: Out = None,
    without: options.Without = None,
    shift: options.Shift = None,
    before: options.Before = "",
    add: options.Add = None,
) -> None:
    """Compare regimes with the first of them.

    Prints mean differences, paired by seed, with 95 % intervals. With --without, --shift, --before or --add
    one regime is enough: it is compared with what they make of it.

    \b
    Examples:
      abm compare hold_firm hbm_relief --seeds 20
      abm compare history --shift us-hbm-rule=-6 --until 2026-10
      abm compare history no_controls my_regime.toml --until 2026-10
    """
    from abm.foundation.errors import InputError
    from abm.results.comparison import compare

    changed = bool(without or shift or before or add)
    if changed and len(regimes) > 1:
        raise InputError(
            "compare: --without, --shift, --before and --add change one regime, which is compared with itself"
        )
    asked: list[Any] = list(regimes)
    if changed:
        asked.append(options.composed(regimes[0], without, shift, before, add))
    if len(asked) < 2:
        raise InputError(f"compare: at least two regimes are wanted, not only {regimes[0]!r}")
    folder = options.writable(out, "comparison")
    bar = worth_a_bar(seeds * len(asked))
    comparison = compare(asked, seeds, until, options.settings(sets), progress=bar, ensemble=ensemble)
    shown(comparison, comparison.ensemble, folder, "comparison")


def shown(found: "Ensemble | Comparison", runs: "Ensemble", folder: Path | None, kind: str) -> None:
    """Write the runs, if they are wanted, before a reader of the table can go away; then print it."""
    if folder is not None:
        runs.save(folder, kind)
    typer.echo(found.table(options.width()))
    if folder is not None:
        typer.echo(f"\nwritten to {folder}")


def worth_a_bar(runs: int) -> bool:
    """Whether so many runs, or a person watching, call for a progress bar."""
    return runs > MANY or sys.stderr.isatty()


COMMANDS = (run, compare)
