"""The report on a set of runs: one offline page, the answer first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from abm.figures import fan, grid, html, inputs, marks, memory, policy, stack, theme
from abm.figures.findings import answer, first_line, influence, turns
from abm.figures.html import Picture, bullets, paragraph, rows, section, text
from abm.figures.marks import Act
from abm.figures.theme import Chart, Width
from abm.foundation.errors import InputError
from abm.results import files, headlines, wording
from abm.results.comparison import Comparison
from abm.results.ensemble import Ensemble
from abm.results.headlines import Line

LIMITS = (
    "This is a model of a market, not a forecast. It compares rules under stated assumptions; differences between "
    "policies are surer than levels, and levels far from the years with data are the least sure.",
    "It is not for advice on single firms. Brokers and enforcement are aggregates: nothing here tells routes apart.",
    "The intervals cover chance, and the parameters that were varied, if any. They do not cover what the model leaves "
    "out, nor doubt about assumed inputs that were held fixed.",
    "Compute is nameplate: one H100e is the dense 16-bit rate of one H100. Memory, software and use decide its worth.",
)
METHOD = (
    "One step of the model is a month. A regime is a list of dated acts of both governments; the law of a month is "
    "that of its first day.",
    "Every regime is run with the same seeds, and chance has an address: a seed gives the same draws for the same "
    "decision whatever the law, so two regimes are equal until the first act that differs becomes known.",
    "A difference is taken run by run: same seed, same parameters. Its interval is the 95 % t-interval of the mean of "
    "those differences.",
    "Bands over runs: none under 10 runs; the middle half from 10; 10–90 % from 50; 5–95 % from 200.",
)
INDICES = (Line("security_index"), Line("commerce_index"))
WEIGHED = "Right: more security for Washington. Up: more commerce for its and allied vendors. Both by declared weights."
TRADE = (Line("china_compute"), Line("vendor_china_revenue[Nvidia]", "sum"))
POLICIES = "Mean of paired differences from the base regime, with the 95 % interval of that mean."
BUYS = "Right: more Chinese compute. Up: more revenue of Nvidia in China. The base is where the lines cross."

SUPPLY = ("china_compute", "capability_gap", "hbm_maker_china_revenue[*]", "domestic_units[*]")
STACKS = "HBM in China: what its vendors hold, what foreign makers deliver and what CXMT makes, with the acts on HBM."
BINDING = (
    "What limits output: dies, HBM or packaging; sales where none of them does. A rule on one input changes output "
    "only in months in which that input is the scarce one."
)
COURSES = "Paired differences over time, from the year in which the first regime leaves the base."


@dataclass(frozen=True)
class Figure:
    """A figure of the report: a function of the width, its name, and what to say under it."""

    name: str
    draw: Callable[[Width], Chart]
    caption: str


def write(
    ensemble: Ensemble,
    out: Path | str,
    title: str = "",
    question: str = "",
    base: str | None = None,
    planned: int | None = None,
    failed: int = 0,
    notes: Sequence[str] = (),
    day: date | None = None,
) -> Path:
    """Write the report, and its figures with their data beside it; returns the page's path.

    out      a folder, which gets report.html, or the path of the page; figures go to `figures/` beside the page
    base     the regime that others are held against; by default history, else the first
    planned  runs the sweep is to have; with fewer done the page says that it is not complete
    failed   runs that raised an error and are missing
    notes    further limits to state
    day      date on the page, by default today
    """
    path = Path(out) if str(out).endswith((".html", ".htm")) else Path(out) / "report.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    comparison = Comparison(ensemble, base)
    figures = figures_of(ensemble, comparison)
    drawn = {figure.name: picture(figure, path.parent / "figures") for figure in figures}
    heading = title or "AI chips and HBM under export controls"
    body = [
        top(heading, question, ensemble, day or date.today()),
        *(paragraph(words, "warn") for words in completeness(ensemble, planned, failed)),
        answer(comparison),
        pictures(figures, drawn, ("tradeoff",), "Figures", "figures"),
        tradeoffs(figures, drawn),
        turns(comparison),
        section("limits", "Limits", bullets([*LIMITS, *thin(ensemble), *notes])),
        method(ensemble),
        provenance(ensemble, day or date.today()),
    ]
    files.write_text(path, html.document(heading, body))
    return path


def picture(figure: Figure, folder: Path) -> Picture:
    """Draw a figure for both widths; the wide one is saved in the folder with its data."""
    wide = figure.draw("page")
    _, svg, csv = theme.save(wide, folder / figure.name)
    return Picture(svg.read_bytes(), theme.render(figure.draw("column"), "svg"), csv.read_bytes(), wide.description)


def figures_of(ensemble: Ensemble, comparison: Comparison) -> list[Figure]:
    """The figures that the metrics held allow."""
    acts = acts_for(ensemble)
    found = [fan_figure(ensemble, line, acts) for line in headlines.lines_of(ensemble, 2)]
    if len(comparison.pairs[0]):
        found.append(Figure("policies", lambda width: policy.dots(comparison, width=width), POLICIES))
        if "china_compute" in comparison:
            difference = comparison["china_compute"]
            caption = "Paired differences over time: the same seed under the two laws, so what both share drops out."
            found.append(Figure("difference", lambda width: policy.over_time(difference, width=width), caption))
    later = ("domestic_share_value", "vendor_china_revenue[Nvidia]", "hbm_to_china", "smuggled_compute")
    found += [
        fan_figure(ensemble, line, acts) for line in headlines.LINES if line.column in later and line.column in ensemble
    ]
    if any(name.startswith("china_compute_by_channel[") for name in ensemble.columns):
        caption = "Where the compute came from. Legacy is what stood in January 2022."
        draw = lambda width: stack.parts(ensemble, "china_compute_by_channel", width=width)  # noqa: E731
        found.append(Figure("channels", draw, caption))
    found += supply_figures(ensemble, comparison)
    found += map_figure(comparison) if len(comparison.pairs[0]) else level_maps(ensemble)
    return found + (tradeoff_figure(comparison) if len(comparison.pairs[0]) else [])


def tradeoff_figure(comparison: Comparison) -> list[Figure]:
    """Security against commerce, or where their indices are not kept, compute against revenue."""
    held = (
        (both, words)
        for both, words in ((INDICES, WEIGHED), (TRADE, BUYS))
        if all(x.column in comparison for x in both)
    )
    return [Figure("tradeoff", partial(_tradeoff, comparison, *both), words) for both, words in held][:1]


def _tradeoff(comparison: Comparison, across: Line, up: Line, width: Width) -> Chart:
    return policy.tradeoff(comparison, across, up, width=width)


def supply_figures(ensemble: Ensemble, comparison: Comparison) -> list[Figure]:
    """Memory and what binds Chinese output, where the metrics are held; and what policies change of them over time."""
    shown = [name for name in ensemble.regimes if name != "history"] or list(ensemble.regimes)
    found = []
    if {"hbm_stockpile", "cxmt_output"} & set(ensemble.metrics) and shown:
        acts = {name: memory.acts_on_memory(regime_of(name, ensemble).get("acts", [])) for name in shown}
        found.append(Figure("memory", lambda width: memory.stacks(ensemble, acts, shown, width=width), STACKS))
    if vendors := inputs.vendors_of(ensemble):
        chosen = vendors[:1] if len(shown) > 1 else vendors
        found.append(Figure("inputs", lambda width: inputs.binding(ensemble, chosen, shown, width=width), BINDING))
    lines = [line for line in headlines.LINES if line.column in SUPPLY and line.column in comparison]
    if len(comparison.pairs[0]) and len(lines) > 1:
        found.append(Figure("courses", lambda width: policy.courses(comparison, lines, width=width), COURSES))
    return found


def map_figure(comparison: Comparison) -> list[Figure]:
    """The first headline difference over the two factors that move it most, where a sweep varied two or more."""
    ranked = list(dict.fromkeys(influence(comparison)["factor"]))
    if len(ranked) < 2:
        return []
    difference, (x, y) = comparison[first_line(comparison)], ranked[:2]
    caption = "The difference from the base over the two factors that move it most, the others averaged."
    return [Figure("map", lambda width: grid.heat(difference, x, y, width=width), caption)]


def level_maps(ensemble: Ensemble) -> list[Figure]:
    """Headline outcomes over the first two factors, for a sweep without a second regime to compare with."""
    if len(ensemble.factors) < 2:
        return []
    x, y = ensemble.factors[:2]
    found = []
    for line in headlines.lines_of(ensemble, 5):
        outcome = headlines.reading(ensemble, line)
        draw = lambda width, outcome=outcome: grid.heat(outcome, x, y, width=width)  # noqa: E731
        name = line.column.replace("[", "-").replace("]", "").replace("*", "all")
        found.append(Figure(f"map-{name}", draw, f"{outcome.title} over the two factors of the sweep."))
    return found


def fan_figure(ensemble: Ensemble, line: Line, acts: Sequence[Act]) -> Figure:
    """A headline line over time."""
    outcome = headlines.reading(ensemble, line)
    definition = definitions([line.column]).get(wording.split(line.column)[0], "")
    caption = f"{outcome.title}: {definition}." if definition else f"{outcome.title}."
    name = line.column.replace("[", "-").replace("]", "").replace("*", "all")
    return Figure(name, lambda width: fan.fan(outcome, acts, width=width), caption)


def acts_for(ensemble: Ensemble) -> list[Act]:
    """The acts that charts mark: the landmarks of history, and the acts to come where there is only one regime."""
    regimes = {
        scenario["regime"]["name"]: scenario["regime"] for scenario in ensemble.scenarios if scenario.get("regime")
    }
    if len(regimes) == 1:
        return marks.acts_of(next(iter(regimes.values())).get("acts", []))
    if "history" in regimes:
        return marks.acts_of(regimes["history"].get("acts", []))
    return marks.acts_of(shipped("history").get("acts", []))


def regime_of(name: str, ensemble: Ensemble) -> dict[str, Any]:
    """A regime as the runs hold it, or as it ships."""
    held = (scenario["regime"] for scenario in ensemble.scenarios if scenario.get("regime", {}).get("name") == name)
    return next(held, None) or shipped(name)


def shipped(name: str) -> dict[str, Any]:
    """A shipped regime as a dictionary; empty when no such regime ships."""
    from abm.law.regime import load_regime

    try:
        return load_regime(name).to_dict()
    except InputError:
        return {}


def top(heading: str, question: str, ensemble: Ensemble, day: date) -> str:
    """Title, question, and where on the page to find what."""
    counts = f"{wording.count(len(ensemble), 'run')}, {wording.count(len(ensemble.regimes), 'regime')}"
    size = f"{counts}, {theme.seeds_in_words(ensemble.runs['seed'])}"
    links = ("answer", "figures", "trade-offs", "what would change it", "limits", "method", "provenance")
    nav = " ".join(f'<a href="#{name.replace(" ", "-")}">{name.capitalize()}</a>' for name in links)
    asked = f'<p class="question">{text(question)}</p>' if question else ""
    kicker = f"Report of {day.isoformat()} · {size if len(ensemble) else 'no runs'}"
    return f'<p class="kicker">{text(kicker)}</p>\n<h1>{text(heading)}</h1>\n{asked}\n<nav>{nav}</nav>'


def completeness(ensemble: Ensemble, planned: int | None, failed: int) -> list[str]:
    """What is missing, in words."""
    said = []
    if not len(ensemble):
        said.append("There are no runs yet, so there is nothing to report.")
    elif planned is not None and len(ensemble) < planned:
        said.append(f"Not complete: {len(ensemble)} of {planned} runs are done. The numbers will change.")
    if failed:
        said.append(f"{wording.count(failed, 'run')} failed: missing from every number here.")
    return said


def pictures(
    figures: Sequence[Figure], drawn: dict[str, Picture], apart: Sequence[str], heading: str, name: str
) -> str:
    """A section of figures, those of other sections apart."""
    shown = [html.figure(drawn[one.name], one.name, one.caption) for one in figures if one.name not in apart]
    return section(name, heading, *(shown or [paragraph("There is nothing to draw.")]))


def tradeoffs(figures: Sequence[Figure], drawn: dict[str, Picture]) -> str:
    """What each policy buys and costs."""
    shown = [html.figure(drawn[one.name], one.name, one.caption) for one in figures if one.name == "tradeoff"]
    words = (
        "What the controls are meant to protect is set against what they cost. Whether one is worth the other is a "
        "judgement the model does not make."
    )
    missing = paragraph("The metrics kept, or the regimes run, do not allow a comparison.")
    return section("trade-offs", "Trade-offs", paragraph(words) if shown else missing, *shown)


def thin(ensemble: Ensemble) -> list[str]:
    """Limits of this very set of runs."""
    said = []
    counts = [int((ensemble.runs["regime"] == name).sum()) for name in ensemble.regimes]
    if counts and min(counts) < 10:
        said.append(
            f"With {min(counts)} runs a regime no band is drawn, and intervals are wide. Take 20 seeds or more."
        )
    if not ensemble.factors and counts:
        said.append("Only chance differs between the runs of a regime: every parameter stands at one value.")
    return said


def method(ensemble: Ensemble) -> str:
    """How the numbers were made, and what each metric means."""
    shown = [line.column for line in headlines.lines_of(ensemble, 10)]
    meanings = [[wording.title(name), words] for name, words in definitions(shown).items()]
    table = rows(["Metric", "Meaning"], meanings, "text")
    details = f"<details><summary>What the metrics mean</summary>{table}</details>" if meanings else ""
    return section("method", "Method", bullets(METHOD), details)


def definitions(columns: Sequence[str]) -> dict[str, str]:
    """The declared meaning of each column's metric, where it can be read without that of another."""
    from abm.runs.metrics import METRICS

    names = dict.fromkeys(wording.split(column)[0] for column in columns)
    return {
        name: METRICS[name].definition
        for name in names
        if name in METRICS and not METRICS[name].definition.startswith("the same")
    }


def provenance(ensemble: Ensemble, day: date) -> str:
    """What is needed to make the same page again."""
    span = f"{ensemble.months[0]} to {ensemble.months[-1]}" if len(ensemble.months) else "none"
    facts = [
        ["Run set", ensemble.key],
        ["Runs", f"{len(ensemble)}, {theme.seeds_in_words(ensemble.runs['seed'])}" if len(ensemble) else "none"],
        ["Months", span],
        ["Written", day.isoformat()],
        *([name, value] for name, value in (ensemble.versions or files.versions()).items()),
        *([f"Varied: {name}", _values(ensemble.runs[name])] for name in ensemble.factors),
    ]
    regimes = [[wording.say(name), *about(name, ensemble)] for name in ensemble.regimes]
    table = rows(["Regime", "Title", "Acts after October 2026"], regimes, "text") if regimes else ""
    return section(
        "provenance", "Provenance", rows(["", ""], facts, "text"), "<h3>Regimes</h3>" if table else "", table
    )


def about(name: str, ensemble: Ensemble) -> tuple[str, str]:
    """A regime's title, and its acts after the recorded history."""
    regime = regime_of(name, ensemble)
    later = [
        f"{act['name']} ({act['effective']})"
        for act in regime.get("acts", [])
        if str(act.get("effective") or "")[:7] > fan.HISTORY_ENDS and act.get("status") not in ("withdrawn", "pending")
    ]
    return str(regime.get("title", "")), "; ".join(later) or "none"


def _values(column: "pd.Series[Any]") -> str:
    """A factor's values in few words."""
    values = sorted(column.dropna().unique())
    if len(values) <= 8:
        return ", ".join(f"{value:g}" if isinstance(value, (int, float)) else str(value) for value in values)
    return f"{len(values)} values from {values[0]:g} to {values[-1]:g}"
