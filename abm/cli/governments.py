"""Commands about what governments do: a regime's time-line, and the fit of what a deal's terms change."""

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from abm.cli import options
from abm.cli.options import Regime, Serial, Spec, SweepOut

if TYPE_CHECKING:
    from collections.abc import Mapping


def timeline(
    regime: Regime,
    without: options.Without = None,
    shift: options.Shift = None,
    before: options.Before = "",
    add: options.Add = None,
    seed: Annotated[
        int | None,
        options.integer("--seed", 0, 2**63 - 1, "Run it with this seed, and also show what reacting governments did."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Print a regime's acts in the order in which they bind.

    Also prints how each ended.

    \b
    Examples:
      abm timeline history
      abm timeline history --without us-hbm-rule --shift us-oct2023-band-a=6
      abm timeline negotiated --seed 0
    """
    from abm.model import ChipMarket

    made = options.composed(regime, without, shift, before, add)
    if seed is not None:
        made = ChipMarket(made, rng=seed).run().regime
    if as_json:
        typer.echo(json.dumps(made.rows(), indent=1))
        return
    if made.adaptive and seed is None:
        players = " and ".join(f"{who} from {day}" for who, day in made.adaptive)
        typer.echo(f"reacting: {players}; --seed N shows what they do")
    wide = options.width()
    typer.echo(made.timeline() if wide is None else "\n".join(line for row in made.rows() for line in act(row, wide)))


def act(row: "Mapping[str, object]", width: int) -> list[str]:
    """An act in lines of a terminal's width: when, whose and its name, and below what it does and how it ended."""
    first = f"{row['effective']}  {row['by']:<4}  {row['name']}"
    indent = " " * min(18, width // 4)
    more = textwrap.wrap(f"{row['what']} ({row['until']})", width, initial_indent=indent, subsequent_indent=indent)
    return [first, *more]


def fit_payoffs(
    spec: Spec = Path("experiments/payoffs.toml"),
    out: SweepOut = None,
    to: Annotated[
        Path | None, typer.Option(help="File to write; by default the one that the model reads.", metavar="FILE")
    ] = None,
    serial: Serial = False,
) -> None:
    """Re-estimate the governments' forecast of what a deal changes.

    Runs the sweep, or resumes it, and writes the coefficients that reviews and summits forecast with.

    \b
    Examples:
      abm fit-payoffs
      abm fit-payoffs experiments/payoffs.toml --to my_payoffs.toml
    """
    from abm.analysis import payoffs
    from abm.facts import catalog
    from abm.sweeps.scheduler import sweep

    options.target(to)
    typer.echo(payoffs.write(sweep(spec, out, serial=serial), to or catalog.FOLDER / "payoffs.toml"), nl=False)


def deals(
    spec: Spec = Path("experiments/deals.toml"),
    out: SweepOut = None,
    serial: Serial = False,
) -> None:
    """Show when governments strike a deal, and what decides it.

    Runs the sweep, or resumes it, and prints Markdown tables.

    \b
    Examples:
      abm deals
      abm deals experiments/deals.toml --out results/deals
    """
    from abm.analysis import deals
    from abm.sweeps.scheduler import sweep

    typer.echo(deals.page(sweep(spec, out, serial=serial)), nl=False)


def hindcast(
    spec: Spec = Path("experiments/hindcast.toml"),
    out: SweepOut = None,
    serial: Serial = False,
) -> None:
    """Compare the model's agreements since July 2025 with history.

    Runs the sweep, or resumes it, and prints a Markdown table.

    \b
    Examples:
      abm hindcast
      abm hindcast experiments/hindcast.toml --out results/hindcast
    """
    from abm.analysis import deals
    from abm.sweeps.scheduler import sweep

    typer.echo(deals.hindcast_page(sweep(spec, out, serial=serial)), nl=False)


COMMANDS = (timeline, fit_payoffs, deals, hindcast)
