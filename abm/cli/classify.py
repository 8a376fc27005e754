"""The command that says what the law makes of a chip, or of a table of chips."""

import json
from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from abm.cli import options
from abm.cli.facts import comma_separated, say
from abm.cli.options import Json
from abm.foundation.errors import InputError, shorten

if TYPE_CHECKING:
    from abm.law.answers import Answer
    from abm.law.regime import Regime

OPTIONS = {
    "tpp": "--tpp", "fp16_tflops": "--fp16-tflops", "fp8_tops": "--fp8-tops", "fp4_tops": "--fp4-tops",
    "die_mm2": "--die-mm2", "bandwidth_gb_s": "--bandwidth", "link_gb_s": "--link", "class": "--class",
    "vendor": "--vendor", "sold_in_us": "--sold-in-us",
}  # fmt: skip
"""Column of a table of chips -> the option that gives it."""


def measure(name: str, help: str) -> Any:
    """An option for a number above 0."""
    return typer.Option(name, help=help, metavar="X")


def classify(
    sku: Annotated[
        str | None,
        typer.Argument(
            help="A chip or HBM generation from the catalogue, or a CSV file of chips.", metavar="SKU|FILE.csv"
        ),
    ] = None,
    on: Annotated[str, typer.Option(help="Date on which the law is read; by default today.", metavar="DATE")] = "",
    regime: Annotated[str, typer.Option(help="Regime whose law applies.", metavar="REGIME")] = "history",
    as_json: Json = False,
    out: Annotated[Path | None, typer.Option(help="File to write to instead of the screen.", metavar="FILE")] = None,
    tpp: Annotated[str | None, measure("--tpp", "Total processing performance: TFLOP/s x bit length.")] = None,
    fp16_tflops: Annotated[str | None, measure("--fp16-tflops", "Dense 16-bit TFLOP/s.")] = None,
    fp8_tops: Annotated[str | None, measure("--fp8-tops", "Dense 8-bit TOP/s.")] = None,
    fp4_tops: Annotated[str | None, measure("--fp4-tops", "Dense 4-bit TOP/s.")] = None,
    tops: Annotated[
        list[str] | None,
        typer.Option(
            help="Dense tera-operations a second of any format, fp64 to int1 (tf32 counts 32 bits). "
            "May be given several times.",
            metavar="FORMAT=X",
        ),
    ] = None,
    die_mm2: Annotated[
        str | None,
        measure("--die-mm2", "Applicable die area: all logic dies in non-planar transistors, 16 nm or below."),
    ] = None,
    bandwidth: Annotated[str | None, measure("--bandwidth", "DRAM bandwidth, GB/s.")] = None,
    link: Annotated[
        str | None, measure("--link", "Bandwidth of all other inputs and outputs, both directions, GB/s.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--class", help="Market it is sold to: datacentre (the default), gaming or workstation."),
    ] = None,
    vendor: Annotated[str | None, typer.Option(help="Vendor, where a rule names vendors.", metavar="NAME")] = None,
    sold_in_us: Annotated[bool | None, typer.Option(help="Commercially available in the United States.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the day's chips and the law's lines into this file.")] = None,
) -> None:
    """Tell whether a chip may be sold to China.

    Gives the policy under the law of a day, the rule that decides, the terms of a sale, and the smallest change that
    would free the chip. The policy is "unknown" where it hangs on what is not given, or lies outside the record.
    It is about the chip alone: buyers and end uses that are barred for any chip are not asked about.

    A CSV file of chips, with the columns of `abm table chips` as far as known and `on` for the day, gives a CSV.

    \b
    Examples:
      abm classify H20 --on 2025-05-01
      abm classify HBM3E --on 2025-01-01 --json
      abm classify --tpp 2368 --die-mm2 814 --bandwidth 4000 --link 900 --vendor Nvidia --on 2025-05-01
      abm classify --tops fp16=989 --tops fp8=1979 --die-mm2 814 --on 2024-01-01
      abm classify chips.csv --on 2025-05-01 --out rulings.csv
      abm classify H20 --on 2025-05-01 --plot plane.png
    """
    from abm.law.regime import load_regime
    from abm.results import screening

    given: dict[str, Any] = {
        "tpp": tpp, "fp16_tflops": fp16_tflops, "fp8_tops": fp8_tops, "fp4_tops": fp4_tops, "die_mm2": die_mm2,
        "bandwidth_gb_s": bandwidth, "link_gb_s": link, "class": kind, "vendor": vendor, "sold_in_us": sold_in_us,
    }  # fmt: skip
    given = {name: value for name, value in given.items() if value is not None}
    given |= rates(tops or (), given)
    check_given(given, sku)
    law = load_regime(regime)
    day = screening.day_of(on, "--on")
    if sku is not None and screening.is_table(sku):
        if plot is not None:
            raise InputError(f"--plot: {shorten(sku)} is a table; one chip is drawn")
        found = screening.answers(screening.read_table(Path(sku), day), law)
        table = comma_separated([one.to_row() for one in found])
        options.publish(as_text([one.to_dict() for one in found]) if as_json else table, out)
        return
    asked = screening.one_asked(sku if sku is not None else given, day, option)
    if plot is not None:
        draw(asked.good, law, day, options.target(plot) or plot)
    [one] = screening.answers([asked], law)
    options.publish(as_text(one.to_dict()) if as_json else "".join(lines(one)), out)


def rates(words: Iterable[str], given: Collection[str]) -> dict[str, str]:
    """`FORMAT=X` as columns of a table of chips."""
    from abm.foundation.errors import nearest
    from abm.law.lines import BITS

    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        column = f"{name.strip().casefold()}_{'tflops' if name.strip().casefold() == 'fp16' else 'tops'}"
        if not equals or name.strip().casefold() not in BITS:
            raise InputError(f"--tops {shorten(word)}: FORMAT=X is wanted{nearest(name[:20].casefold(), BITS)}")
        if column in found or column in given:
            raise InputError(f"--tops {shorten(word)}: {name} is given twice")
        found[column] = value
    return found


def option(column: str, value: object) -> str:
    """How an option and its value are named."""
    name = OPTIONS.get(column, f"--tops {column.removesuffix('_tops')}")
    return f"{name} {value if len(str(value)) < 80 and str(value).isprintable() else shorten(value)}"


def as_text(found: object) -> str:
    """Answers as JSON."""
    return json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def lines(one: "Answer") -> Iterable[str]:
    """Every field of an answer in words, lists an entry a line."""
    from abm.law.answers import described

    entries = {"conditions": [str(term) for term in one.conditions], "hangs_on": list(one.hangs_on)}
    entries |= {"sources": [described(source) for source in one.sources]}
    for name, value in one.to_dict().items():
        for place, entry in enumerate(entries.get(name, [value]) or [""]):
            title = "" if place else name.replace("_", " ")
            yield f"{title:<20} {say(entry)}\n"


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


def check_given(given: dict[str, Any], sku: str | None) -> None:
    """Refuse a chip that is neither named nor described, or both."""
    if sku is None and not given:
        raise InputError("classify: a SKU is wanted, or numbers such as --tpp, --bandwidth, --link, --die-mm2")
    if sku is not None and given:
        words = ", ".join(option(name, "").strip() for name in given)
        raise InputError(f"classify: {shorten(sku)} has its own numbers; leave out {words}")


COMMANDS = (classify,)
