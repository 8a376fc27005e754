"""Commands that hold the model against questions: which way things move."""

from pathlib import Path
from typing import Annotated

import typer

from abm.cli import options
from abm.cli.options import Serial, Spec

Write = Annotated[Path | None, typer.Option(help="Page to write instead of printing it.", metavar="FILE.md")]


def directions(
    spec: Spec = Path("experiments/directions.toml"),
    seeds: Annotated[
        int | None,
        typer.Option(
            help="Number of seeds; the file's by default.", parser=options.whole("--seeds", 1, 1000), metavar="N"
        ),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="A case or a group by name. May be given several times.", metavar="NAME")
    ] = None,
    write: Write = None,
    serial: Serial = False,
) -> None:
    """Hold which way things move against what is expected.

    Runs pairs that differ in one thing, prints a page, and names outcomes that are neither right nor explained.

    \b
    Examples:
      abm directions --write docs/directions.md
      abm directions --seeds 1 --only Memory
    """
    from abm.analysis import directions

    results = directions.judge(spec, seeds, only or (), serial=serial, progress=True)
    page = directions.page(results)
    if write is None:
        typer.echo(page, nl=False)
    else:
        write.write_text(page, encoding="utf-8")
    wrong = directions.failing(results)
    typer.echo("\n".join([f"{len(results)} outcomes, {len(wrong)} neither right nor explained", *wrong]), err=True)


COMMANDS = (directions,)
