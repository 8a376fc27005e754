"""The report on a set of runs: one offline page, the answer first."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from abm.figures import answer as answered
from abm.figures import hbm, heatmap, marks, parts, policy, theme, time
from abm.figures.findings import blocks, influence, levels
from abm.figures.marks import Act, acts_for, regime_of
from abm.figures.theme import Chart
from abm.foundation.files import together
from abm.foundation.version import VERSION
from abm.results import files, headlines, points, wording
from abm.results.answer import Answer
from abm.results.answer import answer as answer_of
from abm.results.comparison import Comparison
from abm.results.ensemble import Ensemble
from abm.results.headlines import Line

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
PAIRED = "Paired differences over time: the same seed under the two laws, so what both share drops out."
CHANNELS = "Where the compute came from. Legacy is what stood in January 2022."
CHANGES = "What the changed law does: bars in the order of size, in steps (the smallest material change)."
MAP = "Mean of paired differences from the base over two factors, the others averaged."
MAPS = 8
"""Lines of which maps are drawn."""
SPOKEN = 8
"""Regimes up to which each has a sentence, and up to a third of them a figure of its own."""
LATER = ("domestic_share_value", "vendor_china_revenue[Nvidia]", "hbm_to_china", "smuggled_compute")


@dataclass(frozen=True)
class Figure:
    """A figure of the report: its name, what to say under it, and a function of `width` that draws it."""

    name: str
    caption: str
    draw: Callable[..., Chart]


@dataclass(frozen=True)
class Drawn:
    """A drawn figure: as SVG for wide and for narrow screens, and what it shows."""

    name: str
    caption: str
    wide: bytes
    narrow: bytes
    description: str


def write(
    ensemble: Ensemble,
    out: Path | str,
    title: str = "",
    question: str = "",
    base: str | points.Point | None = None,
    criteria: Sequence[points.Criterion] = (),
    planned: int | None = None,
    failed: int = 0,
    notes: Sequence[str] = (),
    day: date | None = None,
) -> Path:
    """Write the report, and its figures with their data beside it; returns the page's path.

    out      a folder, which gets report.html, or the path of the page; figures go to `figures/` beside the page
    base     the regime that others are held against, by default history, else the first; where levers were varied the
             point of the design that its other points are held against
    criteria what decides the question
    planned  runs the sweep is to have; with fewer done the page says that it is not complete
    failed   runs that raised an error and are missing
    notes    further limits to state
    day      date on the page, by default today
    """
    path = Path(out) if str(out).endswith((".html", ".htm")) else Path(out) / "report.html"
    comparison = points.comparison(ensemble, base)
    page = templates().get_template("report.html")
    told = answer_of(comparison) if len(comparison.pairs[0]) else None
    about = contents(ensemble, comparison, told, (day or date.today()).isoformat())
    about["verdicts"] = [points.judge(ensemble, one) for one in criteria]
    about["overall"] = points.overall(about["verdicts"]) if criteria else ""
    said = {"warnings": completeness(ensemble, planned, failed), "limits": [*thin(ensemble), *notes]}
    heading = {"title": title or "AI chips and HBM under export controls", "question": question}
    with together(path.parent) as fresh:
        drawn = [draw(figure, fresh / "figures") for figure in figures_of(ensemble, comparison, told)]
        files.write_text(fresh / path.name, page.render(figures=drawn, **heading, **said, **about))
    return path


@cache
def templates(package: str = "abm.figures") -> Environment:
    """Where pages are made: every word is made harmless, and a name that a page lacks is an error."""
    pages = Environment(loader=PackageLoader(package), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    pages.filters |= {"say": wording.say, "inline": wording.inline, "title_of": wording.title}
    pages.filters |= {"number": wording.number, "data_uri": data_uri}
    return pages


def data_uri(content: bytes, kind: str) -> str:
    """Bytes as an address that holds them; plain text stands in it nearly as it is, which is shorter."""
    if kind.startswith("text/"):
        return f"data:{kind};charset=utf-8,{quote(content, safe=',:;/()[]*=+')}"
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def draw(figure: Figure, folder: Path) -> Drawn:
    """Draw a figure for both widths; the wide one is saved in the folder with its data."""
    wide = figure.draw(width="page")
    _, svg, _ = theme.save(wide, folder / figure.name)
    narrow = theme.render(figure.draw(width="column"), "svg")
    return Drawn(figure.name, figure.caption, svg.read_bytes(), narrow, wide.description)


def contents(ensemble: Ensemble, comparison: Comparison, told: Answer | None, day: str) -> dict[str, Any]:
    """What the page says of the runs, by the names that the template uses."""
    counts = f"{wording.count(len(ensemble), 'run')}, {wording.count(len(ensemble.regimes), 'regime')}"
    band = ensemble[next(iter(ensemble.columns))].rule if len(ensemble) else None
    factors = influence(comparison).head(12).to_dict("records")
    meanings = definitions([line.column for line in headlines.lines_of(ensemble)])
    return {
        "day": day,
        "size": f"{counts}, {theme.seeds_in_words(ensemble.runs['seed'])}" if len(ensemble) else "no runs",
        "answer": told,
        "sentences": [told.of(name) for name in moved(told)] if told and len(moved(told)) <= SPOKEN else [],
        "blocks": blocks(told) if told else [],
        "levels": levels(ensemble),
        "band": band.words if band else "Band",
        "windows": headlines.WINDOWS.capitalize(),
        "influence": [
            [wording.factor(row["factor"]), wording.say(row["regime"]), wording.number(row["rank correlation"], True)]
            for row in factors
        ],
        "first": headlines.lines_of(comparison, 1)[0].column if factors else "",
        "cite": f"The chip-export-abm authors: chip-export-abm {VERSION}, run set {ensemble.key}, {day}.",
        "definitions": [[wording.title(name), words] for name, words in meanings.items()],
        "facts": facts(ensemble, day),
        "regimes": [[wording.say(name), *about(name, ensemble)] for name in ensemble.regimes],
    }


def moved(told: Answer | None) -> list[str]:
    """The regimes that differ from the base."""
    return [name for name in told.regimes if name not in told.alike] if told else []


def figures_of(ensemble: Ensemble, comparison: Comparison, told: Answer | None) -> list[Figure]:
    """The figures that the metrics held allow; of a grid over levers its maps alone, for its laws have no mean."""
    if comparison.ensemble is not ensemble:
        return grid_maps(comparison, ensemble)
    acts, paired = acts_for(ensemble), told is not None
    found = []
    if told is not None and len(moved(told)) <= SPOKEN // 3:
        found = [Figure(f"answer-{one}", CHANGES, partial(answered.figure, told, one)) for one in moved(told)]
    found += [fan_figure(ensemble, line, acts) for line in headlines.lines_of(ensemble, 2)]
    if paired:
        found.append(Figure("policies", POLICIES, partial(policy.dots, comparison)))
        if "china_compute" in comparison:
            found.append(Figure("difference", PAIRED, partial(policy.over_time, comparison["china_compute"])))
    later = [line for line in headlines.LINES if line.column in LATER and line.column in ensemble]
    found += [fan_figure(ensemble, line, acts) for line in later]
    if any(name.startswith("china_compute_by_channel[") for name in ensemble.columns):
        found.append(Figure("channels", CHANNELS, partial(parts.parts, ensemble, "china_compute_by_channel")))
    found += supply_figures(ensemble, comparison)
    return found + ([*map_figure(comparison), *tradeoff_figure(comparison)] if paired else level_maps(ensemble))


def tradeoff_figure(comparison: Comparison) -> list[Figure]:
    """Security against commerce, or where their indices are not kept, compute against revenue."""
    options = [
        Figure("tradeoff", words, partial(policy.tradeoff, comparison, *both))
        for both, words in ((INDICES, WEIGHED), (TRADE, BUYS))
        if all(line.column in comparison for line in both)
    ]
    return options[:1]


def supply_figures(ensemble: Ensemble, comparison: Comparison) -> list[Figure]:
    """Memory and what binds Chinese output, where the metrics are held; and what policies change of them over time."""
    shown = [name for name in ensemble.regimes if name != "history"] or list(ensemble.regimes)
    found = []
    if {"hbm_stockpile", "cxmt_output"} & set(ensemble.metrics) and shown:
        acts = {name: marks.acts_on_memory(regime_of(name, ensemble).get("acts", [])) for name in shown}
        found.append(Figure("memory", STACKS, partial(hbm.stacks, ensemble, acts, shown)))
    if vendors := parts.vendors_of(ensemble):
        chosen = vendors[:1] if len(shown) > 1 else vendors
        found.append(Figure("inputs", BINDING, partial(parts.binding, ensemble, chosen, shown)))
    lines = [line for line in headlines.LINES if line.column in SUPPLY and line.column in comparison]
    if len(comparison.pairs[0]) and len(lines) > 1:
        found.append(Figure("courses", COURSES, partial(policy.courses, comparison, lines)))
    return found


def map_figure(comparison: Comparison) -> list[Figure]:
    """The first headline difference over the two factors that move it most, where a sweep varied two or more."""
    ranked = [name for name in dict.fromkeys(influence(comparison)["factor"]) if name in comparison.ensemble.factors]
    if len(ranked) < 2:
        return []
    (line,) = headlines.lines_of(comparison, 1)
    return [Figure("map", MAP, partial(heatmap.heat, comparison[line.column], *ranked[:2]))]


def grid_maps(comparison: Comparison, ensemble: Ensemble) -> list[Figure]:
    """The first lines over two levers as differences from the law that is the base; dots where one was varied."""
    levers = [name for name in ensemble.factors if name.startswith("law.")]
    if len(levers) < 2:
        return [Figure("policies", POLICIES, partial(policy.dots, comparison))]
    found = []
    for line in headlines.lines_of(comparison, MAPS):
        difference, level = headlines.reading(comparison, line), headlines.reading(comparison.ensemble, line)
        stands = float(level.only(comparison.base).mean().to_numpy()[-1, 0])
        whole = replace(difference, runs=difference.runs.assign(regime=ensemble.regimes[0]))
        step = headlines.least(line, difference, stands)
        drawn = partial(heatmap.heat, whole, levers[0], levers[1], step=step)
        found.append(Figure(f"map-{named(line.column)}", MAP, drawn))
    return found


def level_maps(ensemble: Ensemble) -> list[Figure]:
    """Headline outcomes over the first two factors, for a sweep without a second regime to compare with."""
    if len(ensemble.factors) < 2:
        return []
    x, y = ensemble.factors[:2]
    outcomes = {line.column: headlines.reading(ensemble, line) for line in headlines.lines_of(ensemble, 5)}
    return [
        Figure(f"map-{named(column)}", f"{outcome.title} over the two factors of the sweep.",
               partial(heatmap.heat, outcome, x, y))
        for column, outcome in outcomes.items()
    ]  # fmt: skip


def fan_figure(ensemble: Ensemble, line: Line, acts: Sequence[Act]) -> Figure:
    """A headline line over time."""
    outcome = headlines.reading(ensemble, line)
    definition = definitions([line.column]).get(wording.split(line.column)[0], "")
    caption = f"{outcome.title}: {definition}." if definition else f"{outcome.title}."
    return Figure(named(line.column), caption, partial(time.fan, outcome, acts))


def named(column: str) -> str:
    """A column as the name of a file."""
    return column.replace("[", "-").replace("]", "").replace("*", "all")


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


def thin(ensemble: Ensemble) -> list[str]:
    """Limits of this very set of runs."""
    said = []
    counts = [int((ensemble.runs["regime"] == name).sum()) for name in ensemble.regimes]
    if counts and min(counts) < 10:
        said.append(
            f"With {min(counts)} runs a regime no band is drawn, and intervals are wide. Take 20 seeds or more."
        )
    if not ensemble.factors and not ensemble.drawn and counts:
        said.append("Only chance differs between the runs of a regime: every parameter stands at one value.")
    return said


def definitions(columns: Sequence[str]) -> dict[str, str]:
    """The declared meaning of each column's metric, where it can be read without that of another."""
    from abm.runs.metrics import METRICS

    names = dict.fromkeys(wording.split(column)[0] for column in columns)
    return {
        name: METRICS[name].definition
        for name in names
        if name in METRICS and not METRICS[name].definition.startswith("the same")
    }


def facts(ensemble: Ensemble, day: str) -> list[list[str]]:
    """What is needed to make the same page again."""
    span = f"{ensemble.months[0]} to {ensemble.months[-1]}" if len(ensemble.months) else "none"
    return [
        ["Run set", ensemble.key],
        ["Runs", f"{len(ensemble)}, {theme.seeds_in_words(ensemble.runs['seed'])}" if len(ensemble) else "none"],
        ["Months", span],
        ["Written", day],
        *([name, value] for name, value in (ensemble.versions or files.versions()).items()),
        *([["Parameters", ensemble.drawn.words(ensemble.seeds)]] if ensemble.drawn is not None else []),
        *([f"Varied: {name}", _values(ensemble.runs[name])] for name in ensemble.factors),
    ]


def about(name: str, ensemble: Ensemble) -> tuple[str, str]:
    """A regime's title, and its acts after the recorded history."""
    regime = regime_of(name, ensemble)
    later = [
        f"{act.get('what') or act['name']} ({act['effective']})"
        for act in regime.get("acts", [])
        if str(act.get("effective") or "")[:7] > marks.HISTORY_ENDS
        and act.get("status") not in ("withdrawn", "pending")
    ]
    return str(regime.get("title", "")), "; ".join(later) or "none"


def _values(column: "pd.Series[Any]") -> str:
    """A factor's values in few words."""
    values = sorted(column.dropna().unique())
    if len(values) <= 8:
        return ", ".join(f"{value:g}" if isinstance(value, (int, float)) else str(value) for value in values)
    return f"{len(values)} values from {values[0]:g} to {values[-1]:g}"
