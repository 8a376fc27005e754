"""Commands that ask what outcomes rest on: sensitivities, exposure to what is not known, and futures of failure."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from abm.cli import options
from abm.cli.options import Serial, Spec, SweepOut
from abm.cli.questions import Write
from abm.foundation.files import together

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from abm.figures.theme import Chart

Seeds = Annotated[
    int | None,
    typer.Option(
        help="Number of seeds; by default the file's.", parser=options.whole("--seeds", 1, 100_000), metavar="N"
    ),
]
Restart = Annotated[bool, typer.Option("--restart", help="Set aside what the folder holds and start over.")]


def sensitivity(
    spec: Spec = Path("experiments/sensitivity.toml"),
    method: Annotated[
        str | None,
        typer.Option(help="one_at_a_time, morris or sobol; by default the file's.", metavar="METHOD"),
    ] = None,
    n: Annotated[
        int | None,
        typer.Option(
            "--n",
            help="Size of the design: values per input, trajectories or base points; by default the file's.",
            parser=options.whole("--n", 1, 1_000_000),
            metavar="N",
        ),
    ] = None,
    seeds: Seeds = None,
    out: SweepOut = None,
    write: Write = None,
    serial: Serial = False,
    restart: Restart = False,
) -> None:
    """Find the inputs that move outcomes, or differences.

    Runs the sweep, or resumes it. One input at a time, Morris's elementary effects, or Sobol' indices; with
    several seeds beside an input that changes nothing but the draws of chance.

    Writes data, figures and a page into the sweep's folder, or with --write the page there and the rest into the folder
    `figures` beside it.

    \b
    Examples:
      abm sensitivity
      abm sensitivity experiments/hbm_worth.toml --method morris --n 4
      abm sensitivity experiments/sensitivity.toml --write docs/sensitivity.md
    """
    from abm.analysis import outcomes
    from abm.analysis import sensitivity as analysis

    options.target(write)
    asked = analysis.study(spec, method, n, seeds)
    folder = out if out is not None else Path("results") / asked.name
    found = analysis.sensitivity(outcomes.swept(asked, folder, serial, restart))
    command = written("sensitivity", spec, {"--method": method, "--n": n, "--seeds": seeds, "--write": write})
    publish(found, command, folder, write, "sensitivity")


def exposure(
    spec: Spec = Path("experiments/exposure.toml"),
    n: Annotated[
        int | None,
        typer.Option(
            "--n",
            help="Base points, a power of two; by default the file's.",
            parser=options.whole("--n", 1, 1_000_000),
            metavar="N",
        ),
    ] = None,
    seeds: Seeds = None,
    out: SweepOut = None,
    write: Write = None,
    serial: Serial = False,
    restart: Restart = False,
) -> None:
    """Show how much outcomes rest on what is only assumed.

    Runs the sweep, or resumes it: Sobol' indices with all inputs of a grade (measured, reported, estimated, derived,
    assumed) moved together. On the same runs the inputs are ranked by what knowing them would remove of the variance:
    the next fact to find.

    Writes data, figures and a page into the sweep's folder, or with --write the page there and the rest into the folder
    `figures` beside it.

    \b
    Examples:
      abm exposure
      abm exposure experiments/exposure.toml --write docs/exposure.md
    """
    from abm.analysis import exposure as analysis
    from abm.analysis import outcomes

    options.target(write)
    asked = analysis.graded(spec, n, seeds)
    folder = out if out is not None else Path("results") / asked.name
    found = analysis.exposure(outcomes.swept(asked, folder, serial, restart))
    publish(found, written("exposure", spec, {"--n": n, "--seeds": seeds, "--write": write}), folder, write, "exposure")


def discover(
    spec: Spec = Path("experiments/discover.toml"),
    n: Annotated[
        int | None,
        typer.Option(
            "--n",
            help="Number of futures; by default the file's.",
            parser=options.whole("--n", 1, 1_000_000),
            metavar="N",
        ),
    ] = None,
    seeds: Seeds = None,
    ensemble: options.SweepEnsemble = "",
    out: SweepOut = None,
    write: Write = None,
    serial: Serial = False,
    restart: Restart = False,
) -> None:
    """Find the futures in which a policy fails its aims.

    Runs the sweep, or resumes it. The table [discover] of the file names the policy, its base and its aims.
    A future is a draw of the ensemble, by its weight, and of what that does not hold a point in the inputs' ranges.
    PRIM and a classification tree tell failures from other futures; policies are compared by the aims that they meet,
    by regret, and by who beats whom.

    Writes data, figures and a page into the sweep's folder, or with --write the page there and the rest into the folder
    `figures` beside it.

    \b
    Examples:
      abm discover
      abm discover experiments/discover.toml --n 60
      abm discover --ensemble none
      abm discover experiments/discover.toml --write docs/discover.md
    """
    from abm.analysis import discover as analysis
    from abm.analysis import outcomes

    options.target(write)
    asked = analysis.study(spec, n, seeds, ensemble)
    folder = out if out is not None else Path("results") / asked.name
    found = analysis.discover(outcomes.swept(asked, folder, serial, restart))
    command = written("discover", spec, {"--n": n, "--seeds": seeds, "--ensemble": ensemble, "--write": write})
    publish(found, command, folder, write, "discover")


def written(name: str, spec: Path, given: "Mapping[str, object]") -> str:
    """A command as it was given."""
    more = [
        f"{option} {value.as_posix() if isinstance(value, Path) else value}" for option, value in given.items() if value
    ]
    return " ".join(["abm", name, spec.as_posix(), *more])


class Findings(Protocol):
    """What an analysis found."""

    @property
    def data(self) -> "pd.DataFrame":
        """All of it as a table."""

    def table(self, width: int | None = None) -> str:
        """The same for a terminal."""

    def charts(self) -> "list[Chart]":
        """Its figures."""

    def page(self, command: str, figures: "Sequence[str]") -> str:
        """A Markdown page, with figures at paths beside it."""


def publish(found: Findings, command: str, folder: Path, write: Path | None, name: str) -> None:
    """Write an analysis's data, figures and page into the sweep's folder, or the page to a file, the rest beside it;
    then print it."""
    from abm.figures import theme
    from abm.results import files

    page = write if write is not None else folder / f"{name}.md"
    beside = Path("figures") if write is not None else Path()
    charts = found.charts()
    names = [page.stem, *(f"{page.stem}_{number}" for number in range(2, len(charts) + 1))]
    paths = [beside / f"{one}.png" for one in names[: len(charts)]]
    with together(page.parent) as fresh:
        for path, chart in zip(paths, charts, strict=True):
            theme.save(chart, fresh / path)
        files.write_csv(found.data, fresh / beside / f"{page.stem}_data.csv")
        files.write_text(fresh / page.name, found.page(command, [path.as_posix() for path in paths]))
    typer.echo(found.table(options.width()))
    typer.echo(f"\npage: {page}")


COMMANDS = (sensitivity, exposure, discover)
