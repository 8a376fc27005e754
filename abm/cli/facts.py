"""The command that prints the tables that docs and people read."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Annotated, Literal

import typer


def say(value: object) -> str:
    """A field in words."""
    if value in (None, "", []):
        return "-"
    if isinstance(value, float):
        return f"{value:,.6g}"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def table(
    which: Annotated[
        Literal["parameters", "metrics", "levers", "chips", "law", "phases", "state", "rules", "sources"],
        typer.Argument(help="What to list."),
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
    """Every parameter with default, bounds, range, grade and source: the columns of parameters.csv but `label`."""
    from abm.foundation.parameters import declarations

    return [{name: cell for name, cell in one.row.items() if name != "label"} for one in declarations().values()]


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


def phases() -> list[dict[str, object]]:
    """What each phase of a month reads, makes and writes."""
    from abm.month.phases import table

    return [dict(row) for row in table()]


def state() -> list[dict[str, object]]:
    """Every state variable: the columns of each table, with unit, further axes and meaning."""
    from abm.foundation.tables import columns_of
    from abm.model import ChipMarket

    tables = ChipMarket("history", rng=0, until="2022-01").market.tables
    return [
        {"table": name, "column": column, "unit": one.unit, "axes": one.axes, "what": one.help}
        for name, table in tables.items()
        for column, one in columns_of(type(table)).items()
    ]


def rules() -> list[dict[str, object]]:
    """Every rule, page by page: its name and what it says."""
    import importlib
    import inspect
    import pkgutil

    import abm.rules

    found: list[dict[str, object]] = []
    for page in (importlib.import_module(f"abm.rules.{one.name}") for one in pkgutil.iter_modules(abm.rules.__path__)):
        for name, rule in vars(page).items():
            own = callable(rule) and not name.startswith("_") and getattr(rule, "__module__", "") == page.__name__
            if own and not isinstance(rule, type):
                what = (inspect.getdoc(rule) or "").partition("\n\n")[0].replace("\n", " ")
                found.append({"page": page.__name__.removeprefix("abm.").replace(".", "/"), "rule": name, "what": what})
    return found


def sources() -> list[dict[str, object]]:
    """Where the numbers come from."""
    from abm.facts import catalog

    return catalog.rows(catalog.sources().values())


TABLES = {one.__name__: one for one in (parameters, metrics, phases, levers, chips, law, state, rules, sources)}


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


COMMANDS = (table,)
