"""The card of the past: what is asked of it is read off rightly, and what is missed, empty or lucky is said."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.analysis import limits, validate
from abm.analysis.targets import Target, Targets, read_targets
from abm.analysis.validate import Column
from abm.foundation.errors import InputError
from abm.results.ensemble import Ensemble

MONTHS = np.arange("2022-01", "2025-11", dtype="datetime64[M]").astype(str)
HEAD = """
until = "2025-10"
[null]
title = "blind choice"
[null.set]
"demand.theta" = 0.1
"""


def told(tmp_path: Path, body: str, head: str = HEAD) -> Targets:
    """The targets of a file with one target of a body."""
    common = 'name = "x"\ntitle = "X"\nblock = "market"\nuse = "fit"\n'
    (tmp_path / "t.toml").write_text(f"{head}\n[[target]]\n{common}{body}", encoding="utf-8")
    return read_targets(tmp_path / "t.toml")


def runs(regimes: dict[str, Callable[[int, str], dict[str, float]]], seeds: int = 2) -> Ensemble:
    """Runs whose columns are told by seed and month."""
    rows = [
        {"regime": regime, "seed": seed, "month": month, **of(seed, month)}
        for seed in range(seeds)
        for regime, of in regimes.items()
        for month in MONTHS
    ]
    table = pd.DataFrame(rows)
    about = table[["regime", "seed"]].drop_duplicates().reset_index(drop=True)
    return Ensemble(table, about.assign(key=[f"k{row}" for row in about.index]))


BODIES = {
    "sum": ('metric = ["smuggled_units"]\nhow = "sum"\nwhen = "2023"', [12.0, 24.0]),
    "mean of defined": ('metric = ["grey_premium"]\nhow = "mean"\nwhen = "2023-01..2023-02"', [0.5, 0.5]),
    "share": ('metric = ["domestic_units[*]"]\nshare_of = ["domestic_units[*]", "units_to_china[*]"]\nhow = "sum"\n'
              'when = "2023"', [0.75, 0.75]),
    "over": ('metric = ["smuggled_units"]\nhow = "sum"\nwhen = "2024"\n'
             'over = { metric = ["smuggled_units"], how = "sum", when = "2023" }', [2.0, 2.0]),
    "other law": ('metric = ["smuggled_units"]\nhow = "sum"\nwhen = "2024"\n'
                  'over = { metric = ["smuggled_units"], how = "sum", regime = "no_controls" }', [4.0, 4.0]),
    "growth of a logarithm": ('metric = ["largest_run[China]"]\nhow = "growth"\nwhen = "2022-01..2024-12"', [3.0, 3.0]),
    "match": ('metric = ["capability_china"]\nhow = "match"\nwhen = "2023-03"', [9.0, 10.0]),
}  # fmt: skip


def history(seed: int, month: str) -> dict[str, float]:
    at = int(month[:4]) * 12 + int(month[5:]) - 2022 * 12 - 1
    late = month >= "2024"
    return {
        "smuggled_units": (1.0 + seed) * (2.0 if late else 1.0),
        "grey_premium": np.nan if month == "2023-01" else 0.5,
        "domestic_units[Huawei]": 2.0, "domestic_units[Hygon]": 1.0, "units_to_china[H20]": 1.0,
        "largest_run[China]": 24 + at / 12 * np.log10(3),
        "capability_frontier": float(at), "capability_china": float(at - 9 - seed),
    }  # fmt: skip


def free(seed: int, month: str) -> dict[str, float]:
    return history(seed, month) | {"smuggled_units": 0.5 * (1 + seed)}


@pytest.mark.parametrize("name", BODIES)
def test_a_target_reads_off_what_it_says(tmp_path: Path, name: str) -> None:
    body, wanted = BODIES[name]
    asked = told(tmp_path, f"{body}\nlow = 1.0\nhigh = 2.0\nsource = []\n")
    found = asked.of(runs({"history": history, "no_controls": free}))["X"]
    assert found.to_list() == pytest.approx(wanted)
    assert set(asked.regimes) == {"history", "no_controls"} if name == "other law" else asked.regimes == ("history",)


@pytest.mark.parametrize(
    ("body", "band"),
    [
        ('observed = "units_to_china/h20"\nperiods = ["2024"]\nwithin = 2', (5e5, 2e6)),
        ('observed = "prices_grey/h100_premium"\nperiods = ["2024Q1"]\nscale = 0.01\nmargin = 0.4', (-0.38, 0.42)),
        ('observed = "smuggling/smuggled_flow"\nperiods = ["2024"]\nrange = 2', (5e3, 1e6)),
        ('observed = "domestic_share/domestic_share_upper_bound"\nperiods = ["2022"]\nscale = 0.01\nbound = true',
         (0.0, 0.05)),
        ('fact = "C1"\nlow = 5\nhigh = 9\nwhen = "2024-12"', (5, 9)),
    ],
)  # fmt: skip
def test_a_band_is_that_of_the_facts(tmp_path: Path, body: str, band: tuple[float, float]) -> None:
    (one,) = told(tmp_path, f'metric = ["smuggled_units"]\nhow = "sum"\n{body}\n').targets
    assert (one.low, one.high) == pytest.approx(band)
    assert one.source
    assert one.implausibility(np.array([one.low, one.high, np.nan])) == pytest.approx([3, 3, np.inf])
    assert one.off(one.measure(np.array([one.low])), one.deviation**2) == pytest.approx(3 / np.sqrt(2))
    assert list(one.inside(np.array([one.low, one.high, one.high * 1.01, np.nan]))) == [True, True, False, False]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('metric = ["smugled_units"]\nhow = "sum"\nwhen = "2023"\nlow = 1\nhigh = 2', "smuggled_units"),
        ('metric = ["smuggled_units"]\nhow = "median"\nwhen = "2023"\nlow = 1\nhigh = 2', "how = 'median'"),
        ('metric = ["smuggled_units"]\nhow = "sum"\nwhen = "2026"\nlow = 1\nhigh = 2', "when = '2026'"),
        ('metric = ["smuggled_units"]\nhow = "sum"\nwhen = "2023"', "either `observed`, or `low` and `high`"),
        ('metric = ["smuggled_units"]\nhow = "sum"\nobserved = "smuggling/smuggled_flow"', "one of `within`"),
        ('metric = ["smuggled_units"]\nhow = "sum"\nobserved = "smuggling/smuggled_flo"\nwithin = 2',
         "did you mean 'smuggled_flow'"),
        ('metric = ["smuggled_units"]\nhow = "sum"\nobserved = "smugling/x"\nwithin = 2', "did you mean 'smuggling'"),
        ('metric = ["smuggled_units"]\nhow = "sum"\nobserved = "smuggling/smuggled_flow"\nwithin = 2\n'
         'periods = ["2034"]',
         "no value for '2034'"),
        ('metric = ["smuggled_units"]\nhow = "sum"\nwhen = "2023"\nfact = "C99"\nlow = 1\nhigh = 2', "C99"),
        ('metric = ["smuggled_units"]\nhow = "sum"\nwhen = "2023"\nlow = 1\nhigh = 2\n'
         'over = { metric = ["x"], how = "sum", regime = "histroy" }', "histroy"),
    ],
)  # fmt: skip
def test_a_wrong_target_is_refused(tmp_path: Path, body: str, words: str) -> None:
    with pytest.raises(InputError, match=r"t\.toml|no series") as caught:
        told(tmp_path, body)
    assert words in str(caught.value)


LIMIT = 'title = "none"\nmetric = ["smuggled_units"]\nhow = "sum"\nwhen = "2023-01"\nquantity = "cards"\nmust = 0.0\n'
ROW = 'metric = ["smuggled_units"]\nhow = "sum"\nwhen = "2023"\nlow = 1\nhigh = 2\n'


@pytest.mark.parametrize(("cards", "told_as"), [((0.0, 0.0), "| 0 | yes |"), ((0.0, 3.0), "| 0 to 3.00 | **no** |")])
def test_a_limiting_case_holds_where_every_seed_gives_what_must_be(
    tmp_path: Path, cards: tuple[float, float], told_as: str
) -> None:
    case = told(tmp_path, f"{ROW}[[limit]]\n{LIMIT}[limit.set]\n'grey.leak' = 0.0\n").file.limit[0]
    found = runs({"history": lambda seed, month: {"smuggled_units": cards[seed]}})
    table, _ = limits.blocks([case], [found], MONTHS[-1])
    assert f"| none | `history`, `grey.leak = 0.0` | cards | 0 {told_as}" in table


@pytest.mark.parametrize(("old", "new"), [("smuggled_units", "smugled_units"), ("2023-01", "2033-01")])
def test_a_wrong_limiting_case_is_refused(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(InputError, match="limit 'none'"):
        told(tmp_path, f"{ROW}[[limit]]\n{LIMIT.replace(old, new)}")
    with pytest.raises(InputError, match=r"did you mean 'grey\.leak'"):
        told(tmp_path, f"{ROW}[[limit]]\n{LIMIT}[limit.set]\n'grey.leek' = 0.0\n")


def test_blind_choice_must_be_a_setting_of_the_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"demand\.thet"):
        told(tmp_path, 'metric = ["smuggled_units"]\nhow = "sum"\nwhen = "2023"\nlow = 1\nhigh = 2\n',
             HEAD.replace("demand.theta", "demand.thet"))  # fmt: skip


def column(title: str, targets: Targets, of: Callable[[Target], np.ndarray]) -> Column:
    return Column(title, pd.DataFrame({one.label: of(one) for one in targets.targets}))


def test_the_card_says_what_holds_what_is_missed_and_what_says_nothing() -> None:
    targets = read_targets()
    wide = np.linspace(-1, 1, 41)

    def right(one: Target) -> np.ndarray:
        middle = np.exp(one.middle) if one.log else one.middle
        return middle * (1 + 0.01 * wide)  # type: ignore[no-any-return]

    def off(one: Target) -> np.ndarray:
        return right(one) + (one.high if one.label.startswith("Cards smuggled") else 0.0)

    defaults, fitted = column("Defaults", targets, off), column("Ensemble `x`", targets, right)
    blind = column("Blind choice", targets, lambda one: right(one) * (1 if one.label == "H20 delivered, 2024" else 1e3))
    page = validate.page(targets, [defaults, fitted, blind], 41)
    held = [one for one in targets.targets if defaults.verdict(one) == "holds"]
    assert len(targets.targets) - len(held) == 2
    assert f"{len(held)} hold" in page
    assert page.count("- **Cards smuggled") == 2
    assert "(Defaults)" in page
    assert "say nothing for the model: H20 delivered, 2024" in page.replace("\n", " ")
    assert "nan" not in page.replace("finance", "")
    assert page.count("| billing by quarter |") == 1


def test_a_straight_line_is_drawn_through_what_was_known_by_2023() -> None:
    targets = read_targets()
    rows = [one for one in targets.targets if one.declared.name == "billing by quarter"]
    perfect = column("Model", targets, lambda one: np.full(3, one.observed))
    line, model = validate.straight(targets.targets, [perfect])["billing by quarter"]
    assert model == pytest.approx(0)
    early = [np.log(one.observed) for one in rows if one.last <= "2023-12"]
    assert len(early) == 7
    slope, level = np.polyfit(range(7), early, 1)
    later = [abs(level + slope * at - np.log(rows[at].observed)) for at in range(7, 12)]
    assert line == pytest.approx(np.mean(later))


def test_an_interval_that_is_too_narrow_is_counted() -> None:
    targets = read_targets()
    narrow = column("x", targets, lambda one: np.full(5, 1.5 * one.high + 1.0))
    broad = column("x", targets, lambda one: np.linspace(one.low, one.high, 99))
    known = sum(bool(np.isfinite(one.observed)) for one in targets.targets)
    assert narrow.covered(targets.targets) == (0, known)
    assert broad.covered(targets.targets) == (known, known)


@pytest.mark.slow
def test_the_card_is_made_by_running_the_model(tmp_path: Path) -> None:
    targets = read_targets()
    columns = validate.columns_of(targets, 2, tmp_path, ["calibrated"], serial=True, progress=False)
    assert [one.title for one in columns] == ["Defaults", "Ensemble `calibrated`", "Blind choice"]
    page = validate.page(targets, columns, 2)
    assert page.count("| Nvidia's billing in China, FY2024 |") == 1
    assert "nan" not in page
    apart = [columns[0].values[one.label].std() < columns[1].values[one.label].std() for one in targets.targets]
    assert np.mean(apart) > 0.7, "an ensemble differs in more than chance"
