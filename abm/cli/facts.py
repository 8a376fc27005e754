"""Commands that simulate nothing: classify a chip, and print the tables that docs and people read."""

import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from abm.cli.options import Json, positive
from abm.foundation.errors import InputError, nearest

if TYPE_CHECKING:
    from abm.law.regime import Regime


def measure(name: str, help: str) -> Any:
    """An option for a number above 0."""
    return typer.Option(name, help=help, parser=positive(name), metavar="X")


def classify(
    sku: Annotated[str | None, typer.Argument(help="A chip or HBM generation of the catalogue.", metavar="SKU")] = None,
    on: Annotated[str, typer.Option(help="Day of the law; today's by default.", metavar="DATE")] = "",
    regime: Annotated[str, typer.Option(help="Whose law.", metavar="REGIME")] = "history",
    as_json: Json = False,
    tpp: Annotated[float | None, measure("--tpp", "Total processing performance.")] = None,
    fp16_tflops: Annotated[float | None, measure("--fp16-tflops", "Dense 16-bit TFLOP/s.")] = None,
    fp8_tops: Annotated[float | None, measure("--fp8-tops", "Dense 8-bit TOP/s.")] = None,
    die_mm2: Annotated[float | None, measure("--die-mm2", "Applicable die area.")] = None,
    bandwidth: Annotated[float | None, measure("--bandwidth", "DRAM bandwidth, GB/s.")] = None,
    link: Annotated[float | None, measure("--link", "Link bandwidth, both directions, GB/s.")] = None,
    kind: Annotated[
        Literal["datacentre", "gaming", "workstation"], typer.Option("--class", help="What the chip is sold for.")
    ] = "datacentre",
    vendor: Annotated[str, typer.Option(help="Vendor, where the law names vendors.", metavar="NAME")] = "",
    sold_in_us: Annotated[bool | None, typer.Option(help="Commercially available in the United States.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the chips of the day and the law's lines.")] = None,
) -> None:
    """Say whether a chip may be sold to China.

    Gives the policy under the law of a day, the rule that decides, and the smallest change that would free the chip.

    \b
    Examples:
      abm classify H20 --on 2025-05-01
      abm classify HBM3E --on 2025-01-01 --json
      abm classify --tpp 2368 --die-mm2 814 --bandwidth 4000 --link 900 --vendor Nvidia --on 2025-05-01
      abm classify H20 --on 2025-05-01 --plot plane.png
    """
    from abm.facts.records import Chip
    from abm.foundation import dates
    from abm.law.regime import load_regime
    from abm.law.rulings import classify, classify_hbm

    given: dict[str, Any] = {
        "--tpp": tpp, "--fp16-tflops": fp16_tflops, "--fp8-tops": fp8_tops, "--die-mm2": die_mm2,
        "--bandwidth": bandwidth, "--link": link,
    }  # fmt: skip
    check_given({name: value for name, value in given.items() if value is not None}, sku)
    day = dates.parse_day(on, "--on") if on else date.today()
    chosen = load_regime(regime)
    law = chosen.at(day)
    if sku is None:
        good: Any = Chip(
            sku="given", vendor=vendor, kind=kind, tpp=tpp, fp16_tflops=fp16_tflops, fp8_tops=fp8_tops,
            die_mm2=die_mm2, bandwidth_gb_s=bandwidth, link_gb_s=link, sold_in_us=sold_in_us,
        )  # fmt: skip
    else:
        good = find(sku)
    if plot is not None:
        draw(good, chosen, day, plot)
    ruling = classify(good, law) if isinstance(good, Chip) else classify_hbm(good, law)
    found = ruling.to_dict(day)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for name, value in (found | {"note": ruling.note}).items():
        typer.echo(f"{name.replace('_', ' '):<20} {say(value)}".rstrip())


def draw(good: Any, regime: "Regime", day: date, path: Path) -> None:
    """Save the plane of a day with a chip on it; one that is described, or not yet out, as a design."""
    from abm.facts.records import Chip
    from abm.figures import ground, plane, theme

    if not isinstance(good, Chip):
        raise InputError(f"--plot: {good.generation} is memory; only chips stand on the plane")
    if not ground.places(regime.at(day), [good]):
        raise InputError(f"--plot: {good.sku} needs both TPP and memory bandwidth to stand on the plane")
    extra = [] if good in ground.on_sale(day) else [good]
    theme.save(plane.plane(regime, day.isoformat(), designs={day.isoformat(): extra}), path)


def check_given(given: dict[str, float], sku: str | None) -> None:
    """Refuse a chip that is neither named nor described, or both."""
    if sku is None and not given:
        raise InputError("classify: a SKU is wanted, or numbers such as --tpp, --bandwidth, --link, --die-mm2")
    if sku is not None and given:
        raise InputError(f"classify: {sku!r} has its own numbers; leave out {', '.join(given)}")


def find(sku: str) -> Any:
    """The chip or HBM generation of a name, whatever its case."""
    from abm.facts import catalog

    goods = {**catalog.chips(), **catalog.memory()}
    by_case = {name.casefold(): good for name, good in goods.items()}
    if sku.casefold() not in by_case:
        raise InputError(f"no chip or HBM generation {sku!r} in the catalogue{nearest(sku, goods)}")
    return by_case[sku.casefold()]


def say(value: object) -> str:
    """A field in words."""
    if value is None or value == "":
        return "-"
    if isinstance(value, float):
        return f"{value:,.6g}"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def table(
    which: Annotated[
        Literal["parameters", "metrics", "levers", "chips", "law", "sources"], typer.Argument(help="What to list.")
    ],
    format: Annotated[Literal["md", "csv"], typer.Option(help="Markdown or CSV.")] = "md",
) -> None:
    """Print a table of what the model knows.

    \b
    Examples:
      abm table parameters
      abm table chips --format csv > chips.csv
    """
    rows = TABLES[which]()
    typer.echo(markdown(rows) if format == "md" else comma_separated(rows), nl=False)


def parameters() -> list[dict[str, object]]:
    """Every parameter with its default, bounds, range, grade and source, in the columns of parameters.csv."""
    from abm.foundation.parameters import declarations

    return [one.row for one in declarations().values()]


def metrics() -> list[dict[str, object]]:
    """Every metric with its unit, title, step, headline and definition."""
    from abm.runs.metrics import METRICS

    names = ("name", "unit", "kind", "keys", "title", "step", "headline", "rank", "definition")
    return [{name: getattr(metric, name) for name in names} for metric in METRICS.values()]


def levers() -> list[dict[str, object]]:
    """Every lever of the law."""
    from abm.law.levers import LEVERS, Lever

    shown = [one.name for one in fields(Lever) if one.name != "unset"]
    return [{name: getattr(lever, name) for name in shown} for lever in LEVERS.values()]


def chips() -> list[dict[str, object]]:
    """The catalogue of chips."""
    from abm.facts import catalog

    return catalog.rows(catalog.chips().values())


def law() -> list[dict[str, object]]:
    """The acts of history, in order."""
    from abm.law.regime import load_regime

    names = ("announced", "effective", "ends", "by", "name", "what", "source", "grade")
    return [{name: getattr(act, name) for name in names} for act in load_regime("history").acts]


def sources() -> list[dict[str, object]]:
    """Where the numbers come from."""
    from abm.facts import catalog

    return catalog.rows(catalog.sources().values())


TABLES: dict[str, Callable[[], Sequence[dict[str, object]]]] = {
    "parameters": parameters,
    "metrics": metrics,
    "levers": levers,
    "chips": chips,
    "law": law,
    "sources": sources,
}


def cell(value: object) -> str:
    """A value as it stands in a table."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.10g}"
    return "; ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def markdown(rows: Sequence[dict[str, object]]) -> str:
    """Rows as a Markdown table."""
    escape = str.maketrans({"|": "\\|", "\n": " ", "<": "&lt;"})
    cells = [[cell(value).translate(escape) for value in row.values()] for row in rows]
    lines = [list(rows[0]), ["---"] * len(rows[0]), *cells]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def comma_separated(rows: Sequence[dict[str, object]]) -> str:
    """Rows as CSV that no spreadsheet takes for formulas."""
    import csv
    import io

    from abm.results.files import escape

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow(cell(one) if isinstance(one, (int, float)) else escape(cell(one)) for one in row.values())
    return text.getvalue()


COMMANDS = (classify, table)
