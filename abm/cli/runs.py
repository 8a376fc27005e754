"""Commands that simulate a few regimes: run and compare."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from abm.cli import options
from abm.cli.options import Out, Regime, Seeds, Sets, Until
from abm.ensembles import NONE, USUAL
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
    ensemble: options.Ensemble = NONE,
    out: Out = None,
    without: options.Without = None,
    shift: options.Shift = None,
    before: options.Before = "",
    add: options.Add = None,
    adopt: options.Adopt = None,
    seed: options.Seed = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Simulate one regime, and print its headline lines.

    At the default parameters where no ensemble is named. With --out also write metrics.csv, metrics.parquet,
    flows.parquet and run.json.

    \b
    Examples:
      abm run history --seeds 1
      abm run hbm_relief --seeds 20 --until 2028-12 --out results/relief
      abm run history --without us-hbm-rule --seeds 5
      abm run hold_firm --set law.licence.approval=0.2@2027-01 --set innovation.spillover=0.5
    """
    from abm.results.ensemble import run

    folder = options.writable(out, "run")
    made = options.composed(regime, without, shift, before, add, adopt)
    sets_of, bar = options.settings(sets), not quiet and worth_a_bar(seeds)
    asked = seeds if seed is None else [seed]
    runs = run(made, asked, until, sets_of, progress=bar, flows=folder is not None, ensemble=ensemble)
    deliver(runs, runs, folder, "run", as_json, quiet)


def compare(
    regimes: Annotated[list[str], typer.Argument(help="Regimes; the first is the baseline.", metavar="A B ...")],
    seeds: Seeds = 20,
    until: Until = dates.DEFAULT_UNTIL,
    sets: Sets = None,
    ensemble: options.Ensemble = USUAL,
    out: Out = None,
    without: options.Without = None,
    shift: options.Shift = None,
    before: options.Before = "",
    add: options.Add = None,
    adopt: options.Adopt = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Compare regimes with the first one given.

    Prints what they change, in a sentence and as a table: mean differences, paired by seed, with two intervals: chance,
    and futures over draws of parameters. Each seed has a draw of parameters too, of those that agree with the past
    (--ensemble none: the defaults); what --set names goes before it. With --without, --shift, --before, --add or
    --adopt one regime is enough: it is compared with what they make of it.

    \b
    Examples:
      abm compare hold_firm hbm_relief --seeds 20
      abm compare history --shift us-hbm-rule=-6 --until 2026-10
      abm compare history no_controls my_regime.toml --until 2026-10
      abm compare hold_firm hbm_relief --ensemble none
    """
    from abm.foundation.errors import InputError
    from abm.results.comparison import compare

    changed = bool(without or shift or before or add or adopt)
    if changed and len(regimes) > 1:
        raise InputError(
            "compare: --without, --shift, --before, --add and --adopt change one regime, which is compared with itself"
        )
    asked: list[Any] = list(regimes)
    if changed:
        asked.append(options.composed(regimes[0], without, shift, before, add, adopt))
    if len(asked) < 2:
        raise InputError(f"compare: at least two regimes are wanted, not only {regimes[0]!r}")
    folder = options.writable(out, "comparison")
    bar = not quiet and worth_a_bar(seeds * len(asked))
    comparison = compare(asked, seeds, until, options.settings(sets), progress=bar, ensemble=ensemble)
    deliver(comparison, comparison.ensemble, folder, "comparison", as_json, quiet)


def deliver(
    found: "Ensemble | Comparison", runs: "Ensemble", folder: Path | None, kind: str, as_json: bool, quiet: bool
) -> None:
    """Write the runs, if they are wanted, before a reader of what is printed can go away; then print what was found,
    and unless it is to stand alone where they were written."""
    if folder is not None:
        runs.save(folder, kind)
    typer.echo(options.printed(found, as_json))
    if folder is not None and not (quiet or as_json):
        typer.echo(f"\nwritten to {folder}")


def worth_a_bar(runs: int) -> bool:
    """Whether so many runs, or a person watching, call for a progress bar."""
    return runs > MANY or sys.stderr.isatty()


COMMANDS = (run, compare)
