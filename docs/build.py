"""Make what is made in docs/ and the README: figures, tables, the block of numbers.

python docs/build.py            # everything; runs or completes results/quickstart first
python docs/build.py tables     # the tables, the drawing of the month, the types of parameters
python docs/build.py startup    # the figure of a start-up's choices
python docs/build.py labs       # the figures about labs only
python docs/build.py answers    # which way things move, what decides, what outcomes rest on, when a policy fails
python docs/build.py influence  # how much each parameter accounts for, for the page Evidence, from docs/exposure.md
python docs/build.py bottlenecks # what relief is worth by China's own memory and logic, for experiments/README.md
python docs/build.py steps      # what the steps of metrics are chosen from
python docs/build.py headline   # the numbers of the README, from results/quickstart
python docs/build.py tutorial   # what the commands of the tutorial print
python docs/build.py notebooks  # the outputs of the notebooks; also by name: notebooks 03_hbm_question
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
from nbclient import NotebookClient

import abm
from abm.analysis import deals
from abm.facts import catalog
from abm.facts.records import Observation
from abm.figures import ground, hbm, marks, month, parts, plane, policy, record, theme, time
from abm.figures import startup as choices
from abm.figures.marks import acts_for, regime_of
from abm.figures.report import INDICES, SUPPLY
from abm.foundation.declaration import FILE, stub
from abm.foundation.parameters import declarations
from abm.law.regime import load_regime
from abm.month.phases import PHASES
from abm.results import headlines, wording
from abm.results.change import Change
from abm.results.comparison import Comparison
from abm.results.ensemble import Ensemble
from abm.rules.demand import chip_value
from abm.rules.redesign import Designer
from abm.runs.metrics import METRICS, parse
from abm.server.tables import INFLUENCE
from docs.pages import save_files

ROOT = Path(__file__).parent.parent
SHOWN = ("hold_firm", "hbm_relief", "full_relaxation")
DAYS = ("2022-11", "2023-12", "2025-05", "2026-11")
FLAGSHIPS = ("H100", "RTX 4090")
FIGURES = ROOT / "docs" / "figures"
TABLES = ("parameters", "metrics", "levers", "chips", "law", "phases", "state", "rules")
ROWS = ("china_compute", "capability_gap", "capability_gap_own", "cxmt_output", "vendor_china_revenue_net[Nvidia]")
COLUMNS = ("hbm_relief", "limited_licensing", "full_relaxation", "tighten")


def table(name: str) -> str:
    """The page that `abm table` prints."""
    asked = [sys.executable, "-m", "abm.cli", "table", name]
    printed = subprocess.run(asked, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    return f"# {name.capitalize()}\n\nMade by `abm table {name}`.\n\n{printed}"


def tables() -> None:
    """Write every table of TABLES, and the types of parameters for type checkers and editors."""
    folder = ROOT / "docs" / "tables"
    folder.mkdir(exist_ok=True)
    for name in TABLES:
        (folder / f"{name}.md").write_text(table(name), encoding="utf-8")
    FILE.with_suffix(".pyi").write_text(stub(), encoding="utf-8")
    month.draw(PHASES).savefig(FIGURES / "phases.png")


def influence() -> None:
    """Write what the study of exposure says of each input where the page Evidence reads it."""
    study = pd.read_csv(FIGURES / "exposure_data.csv").dropna(subset="input")
    rows = study[["input", "clear", "share"]].astype({"clear": int}).round({"share": 5})
    INFLUENCE.write_text(rows.to_csv(index=False, lineterminator="\n"), encoding="utf-8")


def steps(seeds: int = 12, year: int = 2025) -> None:
    """Print each metric's level in a year of history, its spread between seeds, and the step it declares."""
    runs = abm.run("history", seeds=seeds, until=f"{year}-12")
    print(f"{'metric':48}{'level':>12}{'1 %':>12}{'seeds':>12}{'step':>12}")
    for name in sorted(runs.columns):
        metric = METRICS[parse(name)[0]]
        months = runs[name].values[:, -12:]
        if metric.name not in ("law", "deal") and np.isfinite(months).all():
            level, spread = months.mean(), months.mean(axis=1).std(ddof=1)
            print(f"{name:48}{level:12.4g}{abs(level) / 100:12.2g}{spread:12.2g}{metric.step:>12}")


def figures(runs: Ensemble) -> None:
    """The figures the README and the pages show."""
    acts = acts_for(runs)
    apart = runs.where(regime=[name for name in runs.regimes if name != "history"])
    compared = Comparison(apart, "hold_firm")
    theme.save(time.fan(apart["china_compute"], acts), FIGURES / "china_compute")
    theme.save(policy.dots(compared), FIGURES / "policies")
    theme.save(policy.tradeoff(compared, *INDICES), FIGURES / "tradeoff")
    history = runs.where(regime="history")["vendor_china_revenue[Nvidia]"]
    title = "Nvidia's accelerator revenue in China against its filings less gaming"
    theme.save(record.against(history, filings(), acts, title), FIGURES / "nvidia_record")
    theme.save(startup(), FIGURES / "startup")


def startup(year: int = 2024, seeds: int = 8) -> theme.Chart:
    """What a start-up's training run costs through each open channel, by the size of the run."""
    metric = "cost_per_compute_by_channel"
    runs = abm.run("history", seeds=seeds, until=f"{year}-12")
    span = slice((year - 2022) * 12, (year - 2021) * 12)
    cost = {
        channel: float(np.nanmean(runs[f"{metric}[{channel}]"].values[:, span]))
        for channel in ("licensed", "domestic", "gaming", "offshore")
    }
    card = catalog.chips()["RTX 4090D"]
    reach = float(declarations()["gaming.reach"].default)
    data = choices.table(cost, float(card.memory_gb or 0), float(card.link_gb_s or 0), reach)
    note = (
        f"Cost: mean of {year} under history, {theme.seeds_in_words(range(seeds))}, price and hosting over life, "
        "dense 16-bit compute. Usable share: rule of abm/rules/repurposing.py for an RTX 4090D; its reach is assumed."
    )
    return choices.by_run(data, note)


def supply(runs: Ensemble) -> None:
    """The figures of the supply side: HBM, what binds, what HBM relief changes, and the plane of the law."""
    acts = {name: marks.acts_on_memory(regime_of(name, runs)["acts"]) for name in SHOWN}
    theme.save(hbm.stacks(runs, acts, SHOWN), FIGURES / "memory")
    theme.save(parts.binding(runs, ["Huawei"], SHOWN), FIGURES / "binding_inputs")

    pair = runs.where(regime=["hold_firm", "hbm_relief"])
    chosen = [line for line in headlines.LINES if line.column in SUPPLY]
    coming = [act for act in acts["hbm_relief"] if act.when > marks.decimal(marks.HISTORY_ENDS)]
    theme.save(policy.courses(Comparison(pair, "hold_firm"), chosen, coming), FIGURES / "hbm_relief")
    theme.save(abm.plot(abm.answer(Comparison(pair, "hold_firm"))), FIGURES / "answer_hbm_relief")


def law_plane() -> None:
    """Chips on the plane of compute and bandwidth on four days, with what would be cut from two flagships."""
    history, chips = load_regime("history"), catalog.chips()
    flagships = [chips[name] for name in FLAGSHIPS]
    designs = {day: ground.cut_downs(history.at(day), flagships, designer()) for day in DAYS}
    theme.save(plane.plane(history, DAYS, designs=designs), FIGURES / "plane")


def designer() -> Designer:
    """A designer for buyers who weigh chips as the labs do by default, half of them for training."""
    names = ("memory_train", "memory_infer", "capacity_exponent", "link_exponent")
    train, infer, capacity, link = (float(declarations()[f"demand.{name}"].default) for name in names)
    weights = {"memory_weight": (train + infer) / 2, "inference": 0.5}
    return Designer(partial(chip_value, **weights, capacity_exponent=capacity, link_exponent=link))


def labs(seeds: int = 20) -> None:
    """The figures of docs/mechanisms.md."""
    runs = abm.run("history", seeds=seeds)
    acts = acts_for(runs)
    lags = [one for one in catalog.series("capability_gap") if one.item == "eci_lag"]
    theme.save(
        record.against(runs["capability_gap"], lags, acts, "The capability gap against what is published"),
        FIGURES / "labs_gap",
    )
    for name in ("shelved_runs", "domestic_share_training", "domestic_share_inference", "startups_active"):
        theme.save(time.fan(runs[name], acts), FIGURES / f"labs_{name}")


def answers() -> None:
    """The pages that hold the model against what is expected, rank its inputs, and say what outcomes rest on."""
    pages = {"directions": "directions", "decide": "hbm_worth"}
    pages |= {name: name for name in ("sensitivity", "exposure", "discover", "claims")} | {"validate": "validation"}
    for command, page in pages.items():
        words = f"{command} --write docs/{page}.md"
        subprocess.run([sys.executable, "-m", "abm.cli", *words.split()], check=True, cwd=ROOT)
    influence()
    bottlenecks()


def bottlenecks() -> None:
    """Put what relief is worth, by what China makes itself of memory and logic, into experiments/README.md."""
    runs = abm.sweep(ROOT / "experiments" / "bottlenecks.toml", ROOT / "results" / "bottlenecks")
    cxmt, smic = (sorted(runs.runs[name].unique(), reverse=True) for name in ("hbm.cxmt_scale", "domestic.smic_scale"))
    rows = [["SMIC's wafers", *(f"CXMT's wafers {one:g}" for one in cxmt)], ["---"] * (1 + len(cxmt))]
    for logic in smic:
        some = [runs.where(**{"hbm.cxmt_scale": memory, "domestic.smic_scale": logic}) for memory in cxmt]
        changes = [abm.answer(Comparison(one, "hold_firm")).changes[0] for one in some]
        rows.append([f"{logic:g}", *map(_cell, changes)])
    put(ROOT / "experiments" / "README.md", "bottlenecks", "".join(f"| {' | '.join(row)} |\n" for row in rows))


def filings() -> list[Observation]:
    """Nvidia's China revenue by quarter as filed, less an assumed share of its world gaming revenue."""
    share = declarations()["vendors.gaming_share"].default
    gaming = {(o.start, o.end): o.value for o in catalog.series("nvidia_segments") if o.item == "gaming_revenue"}
    filed = [one for one in catalog.series("nvidia_china_revenue_billing") if (one.start, one.end) in gaming]
    less = [(one, float(share) * (gaming[one.start, one.end] or 0.0)) for one in filed]
    return [
        replace(one, value=one.value - cut, low=one.low and one.low - cut, high=one.high and one.high - cut)
        for one, cut in less
        if one.value is not None
    ]


def quickstart() -> Ensemble:
    """The runs of the main job."""
    return abm.sweep(ROOT / "experiments" / "quickstart.toml", ROOT / "results" / "quickstart")


def headline(runs: Ensemble) -> None:
    """Put the numbers of the main job into their pages."""
    put(ROOT / "README.md", "headline", numbers(runs))
    put(ROOT / "docs" / "limits.md", "seeds", seeds_needed(runs))


def numbers(runs: Ensemble) -> str:
    """The README's block: what HBM relief changes in a sentence, and a few lines under four policies as a table."""
    compared = Comparison(runs.where(regime=["hold_firm", *COLUMNS]), "hold_firm")
    found = {(one.metric, one.regime): one for one in abm.answer(compared).changes}
    heads = ["By the end of 2030", "Hold firm", *map(wording.say, COLUMNS)]
    rows = [heads, ["---"] * len(heads)]
    for metric in ROWS:
        first, *others = (found[metric, name] for name in COLUMNS)
        line = f"{first.line}, {first.level_unit}"
        rows.append([line, first.number(first.base), *map(_cell, (first, *others))])
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    sentence = abm.answer(compared, "hbm_relief").sentence
    means = f"Mean differences from hold firm over {len(set(runs.seeds))} pairs of runs; {headlines.WINDOWS}."
    step = "Less than a metric's [step](docs/tables/metrics.md) is no material change."
    return f"{wording.paragraph(f'**{sentence}**')}\n\n{table}\n{wording.paragraph(means, step)}\n"


def seeds_needed(runs: Ensemble) -> str:
    """The block on how many seeds a headline needs: for each line the most that a policy needs, and its name."""
    found = Comparison(runs, "hold_firm").seeds_needed().dropna()
    most = found.loc[found.groupby("line", sort=False)["seeds"].idxmax()]
    rows = [
        f"| {one.line} | {f'{one.seeds:.0f}' if one.seeds <= 1000 else 'over 1,000'} | `{one.regime}` |"
        for one in most.itertuples()
    ]
    return "\n".join(["| Headline | seeds | for |", "| --- | --- | --- |", *rows, ""])


def _cell(one: Change) -> str:
    """A change as briefly as it can be said: by how much, or from where to where."""
    if one.leads and one.material and one.clear:
        return f"{one.number(one.base)} to {one.number(one.level)}"
    if not one.material or not one.clear:
        return one.words
    return f"{'+' if one.mean > 0 else '−'}{one.amount}"


def tutorial() -> None:
    """Put what commands of the tutorial print below those that show it."""
    page = ROOT / "docs" / "tutorial.md"
    shown = re.compile(r"(```sh\n\./run ([^\n]+)\n```\n\n<!-- printed -->\n).*?(<!-- end -->)", re.DOTALL)

    with tempfile.TemporaryDirectory() as folder:
        save_files(page, Path(folder))

        def fill(found: re.Match[str]) -> str:
            asked = [sys.executable, "-m", "abm.cli", *found[2].split()]
            printed = subprocess.run(asked, check=True, stdout=subprocess.PIPE, text=True, cwd=folder).stdout
            return f"{found[1]}```text\n{printed}```\n{found[3]}"

        page.write_text(shown.sub(fill, page.read_text(encoding="utf-8")), encoding="utf-8")


def notebooks(names: Sequence[str] = ()) -> None:
    """Execute the notebooks, all or those named, and keep their outputs."""
    subprocess.run([sys.executable, "-m", "abm.runs.warm"], check=True, cwd=ROOT)  # it would be said in the first
    folder = ROOT / "notebooks"
    for path in [folder / f"{name}.ipynb" for name in names] or sorted(folder.glob("*.ipynb")):
        book = nbformat.read(path, as_version=4)
        where = {"metadata": {"path": str(folder)}}
        NotebookClient(book, timeout=1800, record_timing=False, resources=where).execute()
        nbformat.write(book, path)


def put(page: Path, name: str, made: str) -> None:
    """Put what is made into a page, between the marks of a name."""
    block = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    text = block.sub(lambda found: f"{found[1]}{made}{found[2]}", page.read_text(encoding="utf-8"))
    page.write_text(text, encoding="utf-8")


def main() -> None:
    """Make all, or the part that is asked for."""
    part, *names = sys.argv[1:] or [""]
    if part in PARTS:
        PARTS[part]()
    elif part == "notebooks":
        notebooks(names)
    elif part:
        sys.exit(f"no part {part!r}; there are: {', '.join([*PARTS, 'notebooks'])}")
    else:
        everything()


def everything() -> None:
    """Run what is not yet run, and make every page and figure."""
    tables()
    labs()
    runs = quickstart()
    figures(runs)
    supply(runs)
    law_plane()
    headline(runs)
    deal_runs = abm.sweep(ROOT / "experiments" / "deals.toml", ROOT / "results" / "deals")
    put(ROOT / "docs" / "governments.md", "deals", deals.page(deal_runs))
    past = abm.sweep(ROOT / "experiments" / "hindcast.toml", ROOT / "results" / "hindcast")
    put(ROOT / "docs" / "governments.md", "hindcast", deals.hindcast_page(past))
    tutorial()
    notebooks()
    answers()


PARTS = {
    "tables": tables,
    "startup": lambda: theme.save(startup(), FIGURES / "startup"),
    "labs": labs,
    "answers": answers,
    "headline": lambda: headline(quickstart()),
    "tutorial": tutorial,
    "influence": influence,
    "bottlenecks": bottlenecks,
    "steps": steps,
}


if __name__ == "__main__":
    main()
