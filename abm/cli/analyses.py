"""Commands that ask what outcomes rest on: sensitivities, exposure to what is not known, and futures of failure."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from abm.cli.options import Restart, Serial, Spec, SweepEnsemble, SweepOut, SweepSeeds, Write, integer, target, width
from abm.foundation.files import together

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from abm.analysis import discover as discovery
    from abm.analysis import exposure as exposures
    from abm.analysis import outcomes
    from abm.analysis import sensitivity as sensitivities
    from abm.sweeps.spec import Spec as Study

    type Findings = sensitivities.Sensitivity | exposures.Exposure | discovery.Discovery

MOST = 1_000_000
"""Points of a design."""


def sensitivity(
    spec: Spec = Path("experiments/sensitivity.toml"),
    method: Annotated[
        str | None,
        typer.Option(help="one_at_a_time, morris or sobol; by default the file's.", metavar="METHOD"),
    ] = None,
    n: Annotated[
        int | None,
        integer(
            "--n", 1, MOST, "Size of the design: values per input, trajectories or base points; by default the file's."
        ),
    ] = None,
    seeds: SweepSeeds = None,
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
    from abm.analysis import sensitivity as analysis

    given = {"--method": method, "--n": n, "--seeds": seeds, "--write": write}
    command = written("sensitivity", spec, given)
    study = analysis.study(spec, method, n, seeds)
    publish("sensitivity", command, study, analysis.sensitivity, out, write, serial, restart)


def exposure(
    spec: Spec = Path("experiments/exposure.toml"),
    n: Annotated[int | None, integer("--n", 1, MOST, "Base points, a power of two; by default the file's.")] = None,
    seeds: SweepSeeds = None,
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

    command = written("exposure", spec, {"--n": n, "--seeds": seeds, "--write": write})
    study = analysis.graded(spec, n, seeds)
    publish("exposure", command, study, analysis.exposure, out, write, serial, restart)


def discover(
    spec: Spec = Path("experiments/discover.toml"),
    n: Annotated[int | None, integer("--n", 1, MOST, "Number of futures; by default the file's.")] = None,
    seeds: SweepSeeds = None,
    ensemble: SweepEnsemble = "",
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

    command = written("discover", spec, {"--n": n, "--seeds": seeds, "--ensemble": ensemble, "--write": write})
    study = analysis.study(spec, n, seeds, ensemble)
    publish("discover", command, study, analysis.discover, out, write, serial, restart)


def written(name: str, spec: Path, given: "Mapping[str, object]") -> str:
    """A command as it was given."""
    more = [
        f"{option} {value.as_posix() if isinstance(value, Path) else value}" for option, value in given.items() if value
    ]
    return " ".join(["abm", name, spec.as_posix(), *more])


def publish(
    name: str,
    command: str,
    study: "Study",
    analysis: "Callable[[outcomes.Swept], Findings]",
    out: Path | None,
    write: Path | None,
    serial: bool,
    restart: bool,
) -> None:
    """Run a study's sweep and analyse it; write data, figures and page into the sweep's folder, or the page to a file,
    the rest beside it; then print it."""
    from abm.analysis import outcomes
    from abm.figures import theme
    from abm.results import files

    target(write)
    folder = out or Path("results") / study.name
    found = analysis(outcomes.swept(study, folder, serial, restart))
    page = write or folder / f"{name}.md"
    beside = Path("figures") if write else Path()
    charts = found.charts()
    names = [page.stem, *(f"{page.stem}_{number}" for number in range(2, len(charts) + 1))]
    paths = [beside / f"{one}.png" for one in names[: len(charts)]]
    with together(page.parent) as fresh:
        for path, chart in zip(paths, charts, strict=True):
            theme.save(chart, fresh / path)
        files.write_csv(found.data, fresh / beside / f"{page.stem}_data.csv")
        files.write_text(fresh / page.name, found.page(command, [path.as_posix() for path in paths]))
    typer.echo(found.table(width()))
    typer.echo(f"\npage: {page}")


COMMANDS = (sensitivity, exposure, discover)
