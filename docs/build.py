"""Make what is made in docs/ and the README: figures, tables, the block of numbers.

python docs/build.py            # everything; runs or completes results/quickstart first
python docs/build.py tables     # the tables only
"""

import re
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import abm
from abm import headlines
from abm.comparison import Comparison
from abm.facts import catalog
from abm.facts.records import Observation
from abm.law.regime import load_regime
from abm.parameters import declarations
from abm.plots import fan, ground, inputs, lines, marks, memory, plane, policy, theme
from abm.plots.report import SUPPLY, acts_for, regime_of
from abm.results import Ensemble
from abm.rules.demand import chip_value
from abm.rules.redesign import Designer

ROOT = Path(__file__).parent.parent
SHOWN = ("hold_firm", "hbm_relief", "full_relaxation")
DAYS = ("2022-11", "2023-12", "2025-05", "2026-11")
FLAGSHIPS = ("H100", "RTX 4090")
FIGURES = ROOT / "docs" / "figures"
TABLES = ("parameters", "metrics", "levers", "chips", "law")
BLOCK = re.compile(r"(<!-- generated: headline -->\n).*?(<!-- end -->)", re.DOTALL)
ROWS = (
    "china_compute",
    "capability_gap",
    "vendor_china_revenue[Nvidia]",
    "hbm_maker_china_revenue[*]",
    "domestic_units[*]",
    "self_sufficiency",
)


def table(name: str) -> str:
    """The page that `abm table` prints."""
    asked = [sys.executable, "-m", "abm.cli", "table", name]
    printed = subprocess.run(asked, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    return f"# {name.capitalize()}\n\nMade by `abm table {name}`.\n\n{printed}"


def tables() -> None:
    """Write every table of TABLES."""
    folder = ROOT / "docs" / "tables"
    folder.mkdir(exist_ok=True)
    for name in TABLES:
        (folder / f"{name}.md").write_text(table(name), encoding="utf-8")


def figures(runs: Ensemble) -> None:
    """The figures the README and the pages show."""
    acts = acts_for(runs)
    apart = runs.where(regime=[name for name in runs.regimes if name != "history"])
    compared = Comparison(apart, "hold_firm")
    theme.save(
        fan.fan(apart["china_compute"], acts, "Chinese AI compute under five policies"), FIGURES / "china_compute"
    )
    theme.save(policy.dots(compared), FIGURES / "policies")
    history = runs.where(regime="history")["vendor_china_revenue[Nvidia]"]
    title = "Nvidia's accelerator revenue in China: the model and the filings less gaming"
    theme.save(lines.against(history, filings(), acts, title), FIGURES / "nvidia_record")


def supply(runs: Ensemble) -> None:
    """The figures of the supply side: HBM, what binds, what HBM relief changes, and the plane of the law."""
    acts = {name: memory.acts_on_memory(regime_of(name, runs)["acts"]) for name in SHOWN}
    theme.save(memory.stacks(runs, acts, SHOWN, "HBM in China under three policies"), FIGURES / "memory")
    title = "What binds Huawei's output under three policies"
    theme.save(inputs.binding(runs, ["Huawei"], SHOWN, title), FIGURES / "binding_inputs")

    pair = runs.where(regime=["hold_firm", "hbm_relief"])
    chosen = [line for line in headlines.LINES if line.column in SUPPLY]
    coming = [act for act in acts["hbm_relief"] if act.when > marks.decimal(fan.HISTORY_ENDS)]
    title = "What HBM relief changes against holding firm"
    theme.save(policy.courses(Comparison(pair, "hold_firm"), chosen, coming, title), FIGURES / "hbm_relief")


def law_plane() -> None:
    """Chips on the plane of compute and bandwidth on four days, with what would be cut from two flagships."""
    history, chips = load_regime("history"), catalog.chips()
    flagships = [chips[name] for name in FLAGSHIPS]
    designs = {day: ground.cut_downs(history.at(day), flagships, designer()) for day in DAYS}
    title = "Four years of lines: what the law says of chips, and what is cut to fit"
    theme.save(plane.plane(history, DAYS, designs=designs, title=title), FIGURES / "plane")


def designer() -> Designer:
    """A designer for buyers who weigh chips as the labs do by default, half of them for training."""
    names = ("memory_train", "memory_infer", "capacity_exponent", "link_exponent")
    train, infer, capacity, link = (float(declarations()[f"demand.{name}"].default) for name in names)
    weights = {"memory_weight": (train + infer) / 2, "inference": 0.5}
    return Designer(partial(chip_value, **weights, capacity_exponent=capacity, link_exponent=link))


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


def numbers(runs: Ensemble) -> str:
    """The README's block: what each policy changes against holding firm."""
    compared = Comparison(runs, "hold_firm")
    names = [name for name in compared.regimes if name != "history"]
    chosen = [line for line in headlines.LINES if line.column in ROWS]
    head = ["Against `hold_firm`, at the end of 2030", "hold_firm", *names]
    body = []
    for line in chosen:
        rows = headlines.difference_rows(compared, line).set_index("regime")
        cells = [f"{row['mean']:+.3g} ± {(row['high'] - row['low']) / 2:.2g}" for _, row in rows.loc[names].iterrows()]
        body.append([f"{rows['line'].iloc[0]}, {rows['unit'].iloc[0]}", f"{rows['base'].iloc[0]:.3g}", *cells])
    lines_ = [head, ["---"] * len(head), *body]
    made = "".join(f"| {' | '.join(row)} |\n" for row in lines_)
    seeds = len(set(runs.seeds))
    words = (
        f"Mean paired differences over {seeds} seeds, with the half-width of their 95 % interval; {headlines.WINDOWS}."
    )
    return f"{made}\n{words}\nThe intervals hold chance alone, not what is uncertain about the inputs.\n"


def main() -> None:
    """Make all, or the tables only."""
    tables()
    if "tables" in sys.argv[1:]:
        return
    runs = abm.sweep(ROOT / "experiments" / "quickstart.toml", ROOT / "results" / "quickstart")
    figures(runs)
    supply(runs)
    law_plane()
    readme = ROOT / "README.md"
    text = BLOCK.sub(lambda found: f"{found[1]}{numbers(runs)}{found[2]}", readme.read_text(encoding="utf-8"))
    readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
