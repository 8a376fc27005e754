"""Commands that hold the model against the past: validate prints the card, calibrate fits parameters."""

from pathlib import Path
from typing import Annotated

import typer

from abm.cli import options
from abm.cli.options import Serial, Write
from abm.foundation.files import together


def validate(
    targets: Annotated[Path, typer.Argument(help="The targets: a TOML file.", metavar="TARGETS.toml")] = Path(
        "experiments/targets.toml"
    ),
    seeds: Annotated[int, options.integer("--seeds", 1, 10_000, "Number of seeds.")] = 40,
    ensemble: Annotated[
        list[str] | None,
        typer.Option(
            help="Ensembles to run besides the defaults, by name or file; by default those that ship. "
            "May be given several times.",
            metavar="NAME",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the runs.", metavar="DIR")] = Path("results/validation"),
    write: Write = None,
    serial: Serial = False,
) -> None:
    """Compare the model's past with what was observed.

    Prints a card: for each target the band, what the model gives, and what a market of blind choice gives; and limiting
    cases, whose answer is known.

    \b
    Examples:
      abm validate --seeds 8
      abm validate --write docs/validation.md
    """
    from abm.analysis import limits, validate
    from abm.analysis.targets import read_targets
    from abm.results import draws

    asked = read_targets(targets)
    options.target(write)
    names = ensemble if ensemble is not None else draws.shipped()
    columns = validate.columns_of(asked, seeds, out, names, serial=serial)
    limiting = limits.blocks(asked.file.limit, limits.run(asked, out, serial=serial), asked.file.until)
    options.publish(validate.page(asked, columns, seeds, limiting), write)


def calibrate(
    spec: Annotated[Path, typer.Argument(help="Settings of the calibration: a TOML file.", metavar="SPEC.toml")] = Path(
        "experiments/calibration.toml"
    ),
    stage: Annotated[
        list[str] | None,
        typer.Option(help="Fits to make, by their names in the file; by default all.", metavar="NAME"),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the runs.", metavar="DIR")] = Path("results/calibration"),
    to: Annotated[
        Path | None, typer.Option(help="Folder for the tables of draws; by default that of the runs.", metavar="DIR")
    ] = None,
    write: Write = None,
    serial: Serial = False,
) -> None:
    """Fit parameters to the past.

    Writes tables of weighted draws, which --ensemble takes. The runs are kept; the same line again does what is
    missing.

    \b
    Examples:
      abm calibrate
      abm calibrate --stage all --to my_draws
      abm sweep experiments/hbm_relief.toml --ensemble my_draws/calibrated.csv
    """
    from abm.analysis import calibrate, fitted
    from abm.foundation.errors import InputError, nearest

    file, targets = calibrate.read(spec)
    for name in stage or ():
        if name not in file.stages:
            raise InputError(f"--stage {name}: no such fit in {spec}{nearest(name, file.stages)}")
    chosen = [name for name in file.stages if not stage or name in stage]
    folder = to if to is not None else out
    options.try_to_write(folder)
    options.target(write)
    found = {name: calibrate.calibrate(file, targets, name, out, serial=serial) for name in chosen}
    tables = {f"calibrated{'' if name == 'all' else f'-{name}'}.csv": one[2] for name, one in found.items()}
    with together(folder) as fresh:
        for name, table in tables.items():
            table.to_csv(fresh / name, index=False, lineterminator="\n")
    options.publish(fitted.page(file, found), write)
    for name, table in tables.items():
        typer.echo(f"{len(table)} draws in {folder / name}", err=True)


def claims(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Claims: TOML files; all in experiments/claims by default.", metavar="CLAIM.toml ..."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the runs.", metavar="DIR")] = Path("results/claims"),
    write: Write = None,
    serial: Serial = False,
) -> None:
    """Judge claims of the public debate by rules set beforehand.

    Prints supported, contradicted or depends for each, and on which inputs it turns. With --write the maps of where a
    claim holds go into the folder `figures` beside the page.

    \b
    Examples:
      abm claims experiments/claims/1_hbm_alone.toml
      abm claims --write docs/claims.md
    """
    from abm.analysis import claims
    from abm.foundation.errors import InputError

    chosen = files or sorted(Path("experiments/claims").glob("*.toml"))
    if not chosen:
        raise InputError("claims: no file in experiments/claims; give the path of one")
    for path in chosen:
        claims.read(path)
    options.target(write)
    found = [claims.judge(path, out / path.stem, serial=serial) for path in chosen]
    if write is None:
        typer.echo("\n\n".join("\n".join(one.lines()) for one in found))
        return
    figures = {one.claim.name: f"figures/claim_{one.claim.name}.png" for one in found}
    with together(write.parent) as fresh:
        for one in found:
            one.draw(fresh / figures[one.claim.name])
        options.publish(claims.page(found, figures), fresh / write.name)


COMMANDS = (validate, calibrate, claims)
