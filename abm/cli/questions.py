"""Commands that put questions to the model: which way things move, and what a difference turns on."""

from pathlib import Path
from typing import Annotated

import typer

from abm.cli import options
from abm.cli.options import Restart, Serial, Spec, SweepOut, Write
from abm.foundation.files import together


def directions(
    spec: Spec = Path("experiments/directions.toml"),
    seeds: Annotated[int | None, options.integer("--seeds", 1, 1000, "Number of seeds; by default the file's.")] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="A case or a group by name. May be given several times.", metavar="NAME")
    ] = None,
    write: Write = None,
    serial: Serial = False,
) -> None:
    """Check that things move the way they are expected to.

    Runs pairs that differ in one thing, prints a page, and names outcomes that are neither right nor explained, and
    explanations of what is right after all.

    \b
    Examples:
      abm directions --write docs/directions.md
      abm directions --seeds 1 --only Memory
    """
    from abm.analysis import directions

    options.target(write)
    results = directions.judge(spec, seeds, only or (), serial=serial, progress=True)
    page = directions.page(results)
    options.publish(page, write)
    wrong = directions.failing(results)
    told = f"{len(results)} outcomes, {len(wrong)} neither right nor explained, or explained in vain"
    typer.echo("\n".join([told, *wrong]), err=True)


def decide(
    spec: Spec = Path("experiments/hbm_worth.toml"),
    out: SweepOut = None,
    write: Write = None,
    serial: Serial = False,
    restart: Restart = False,
) -> None:
    """Find the inputs that decide a difference between regimes.

    Also finds where along them it changes sign.

    Runs or resumes a sweep of two regimes over sampled inputs, then varies the first inputs one by one.

    With --write the figure goes into the folder `figures` beside the page.

    \b
    Examples:
      abm decide
      abm decide experiments/hbm_worth.toml --write docs/hbm_worth.md
    """
    from abm.analysis import decide
    from abm.sweeps.scheduler import sweep

    options.target(write)
    plan, folder = options.planned(spec, out)
    runs = sweep(spec, folder, serial=serial, restart=restart)
    found = decide.decided(plan.spec, runs, folder, serial, restart)
    if write is None:
        typer.echo(found.page(""), nl=False)
        return
    figure = Path("figures") / f"{plan.name}.png"
    with together(write.parent) as fresh:
        found.draw(fresh / figure)
        options.publish(found.page(str(figure)), fresh / write.name)


COMMANDS = (directions, decide)
