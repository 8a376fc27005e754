"""The answer to what a changed law does: what is worth a word, how it is said, and which intervals it carries."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
import pytest

import abm
from abm.foundation.errors import InputError
from abm.results import wording
from abm.results.answer import FIRST, Answer, answer
from abm.results.change import NIL, SAME
from abm.results.comparison import Comparison
from abm.results.draws import Drawn
from abm.results.ensemble import Ensemble
from abm.results.headlines import LINES, Line
from abm.runs.metrics import METRICS
from abm.runs.run import Run
from tests.figures import synthetic

MONTHS = np.arange("2029-01", "2031-01", dtype="datetime64[M]")


def pairs(name: str, base: float, changes: Iterable[float], draws: int = 0, early: float | None = None) -> Comparison:
    """A base at one level, and a regime that differs by one change a seed; early: by so much in the first year."""
    runs = []
    for seed, change in enumerate(changes):
        drawn = {"parameters": {"demand.theta": 1.5 + 0.01 * (seed % draws)}} if draws else {}
        course = np.full(len(MONTHS), base + change)
        course[:12] = base + (change if early is None else early)
        for regime, values in (("hold_firm", np.full(len(MONTHS), base)), ("hbm_relief", course)):
            runs.append(Run(regime, seed, MONTHS, {name: values}, scenario=drawn))
    return Comparison(Ensemble(runs, units={name: METRICS[wording.split(name)[0]].unit}), "hold_firm")


def test_chance_is_of_the_mean_and_futures_are_single_pairs_over_draws() -> None:
    changes = np.linspace(1e6, 3e6, 40)
    one = answer(pairs("china_compute", 1e7, changes, draws=40)).changes[0]
    half = 2.0227 * changes.std(ddof=1) / np.sqrt(40) / 1e6
    assert one.chance == pytest.approx((2 - half, 2 + half), abs=1e-3)
    assert one.futures == pytest.approx(tuple(np.quantile(changes, [0.05, 0.95]) / 1e6))
    assert (one.pairs, one.draws, one.base, one.level, one.unit) == (40, 40, 10, 12, "million H100e")


@pytest.mark.parametrize(("rows", "told"), [(4, False), (20, True)])
def test_draws_of_an_ensemble_are_futures_though_they_are_no_factors(rows: int, told: bool) -> None:
    changes = np.linspace(1e6, 3e6, 40)
    runs = pairs("china_compute", 1e7, changes).ensemble
    runs.drawn = Drawn("mine", 400, {str(row): {} for row in range(rows)}, {str(s): str(s % rows) for s in range(40)})
    found = answer(Comparison(runs, "hold_firm"))
    assert found.changes[0].draws == rows
    assert (found.changes[0].futures is not None) == told
    assert ("over 20 draws of parameters" in found.sentence) == told


@pytest.mark.parametrize(
    ("draws", "why"), [(0, "not varied"), (1, "not varied"), (9, "9 draws of parameters are too few")]
)
def test_chance_alone_is_never_called_uncertainty(draws: int, why: str) -> None:
    found = answer(pairs("china_compute", 1e7, np.linspace(1e6, 3e6, 40), draws))
    assert found.changes[0].futures is None
    assert why in found.sentence
    assert why in found.table()
    assert "futures" not in found.table()


def test_levers_that_a_sweep_varies_are_no_draws_of_parameters() -> None:
    differences = Comparison(synthetic.grid(2))["china_compute"]
    assert differences.draws == {"hbm_relief": 4}
    assert differences.futures().isna().all(axis=None)


@pytest.mark.parametrize(
    ("name", "base", "change", "words", "said"),
    [
        ("china_compute", 1e7, 1.5e6, "+15 % (10.0 to 11.5 million H100e)", "raises Chinese AI compute by 15 %"),
        ("china_compute", 1e7, -9e4, SAME, "no clear and material change"),
        ("china_compute", 1e7, 2.5e7, "10.0 to 35.0 million H100e", "from 10.0 to 35.0 million H100e"),
        ("capability_gap", 8.0, -0.45, SAME, "no clear and material change"),
        ("capability_gap", 8.0, -0.62, "−0.6 months (8.0 to 7.4 months)", "frontier by 0.6 months"),
        ("self_sufficiency", 0.7, 0.01, "+1 percentage point (70 to 71 per cent)", "by 1 percentage point"),
        ("smuggled_compute", 5e3, 800.0, SAME, "no clear and material change"),
        ("smuggled_compute", 5e3, 1000.0, "+20 % (60 to 72 thousand H100e a year)", "smuggled compute by 20 %"),
        ("cxmt_output", 2e6, -4e5, "−20 % (24.0 to 19.2 million stacks a year)", "HBM output of CXMT by 20 %"),
        ("hbm_maker_china_revenue[Micron]", 1e6, -1e6, SAME, "no clear and material change"),
        ("hbm_maker_china_revenue[Micron]", 0.0, 5e7, "0 to 600 million USD a year", "revenue in China from 0 to 600"),
    ],
)
def test_a_change_is_said_to_its_step_or_not_at_all(
    name: str, base: float, change: float, words: str, said: str
) -> None:
    found = answer(pairs(name, base, [0.999 * change, change, 1.001 * change]))
    assert found.changes[0].words == words
    assert said in found.sentence
    assert (NIL in found.table()) == (words == SAME)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.column)
@pytest.mark.parametrize("size", [-3.0, -0.6, 1e-3, 0.97, 1.03, 40.0])
def test_every_difference_printed_is_at_least_its_step(line: Line, size: float) -> None:
    metric = METRICS[wording.split(line.column)[0]]
    column = line.column.replace("[*]", "[a]")
    base = 10 * metric.least(1.0)
    found = pairs(column, base, [size * metric.least(base)] * 3).changes(line)
    (one,) = found or pairs(column, base, [size * metric.least(base)] * 3).changes(Line(column))
    mean = one.cells()[0]
    assert one.material == (one.words != SAME) == (mean != NIL)
    if one.material:
        assert abs(float(mean.replace("−", "-").replace(",", ""))) >= 0.95 * one.step


def test_what_chance_may_explain_is_not_said_to_move() -> None:
    found = answer(pairs("china_compute", 1e7, [-2e6, -1e6, 5e6, 1e6]))
    assert found.changes[0].material
    assert found.finding("hbm_relief") == "does not clearly move Chinese AI compute"
    assert "not clear of chance" in found.changes[0].words


def test_a_change_that_passes_is_told_with_its_year() -> None:
    passing = answer(pairs("china_compute", 1e7, [1e4] * 3, early=2e6)).sentence
    assert "for a time raises Chinese AI compute by 20 % (at the end of 2029)" in passing
    fading = answer(pairs("china_compute", 1e7, [1e6] * 3, early=4e6)).sentence
    assert "raises Chinese AI compute by 10 % (40 % at the end of 2029)" in fading
    assert "2029" not in answer(pairs("china_compute", 1e7, [1e6] * 3)).sentence


def test_the_sentence_speaks_of_compute_capability_and_cxmt_and_of_what_moves_most() -> None:
    found = answer(Comparison(synthetic.ensemble(20), "hold_firm"))
    for regime in found.regimes:
        spoken = [one.metric for one, _ in found.chosen(regime)]
        assert spoken[: len(FIRST)] == list(FIRST)
        steps = [abs(one.steps) for one, _ in found.chosen(regime)[len(FIRST) :]]
        assert len(steps) <= 2
        assert found.of(regime).startswith(f"By December 2030 {wording.say(regime)}, against hold firm, ")
        assert found.of(regime).endswith(".")
    assert "cxmt_output" in set(found.frame["metric"])


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("regimes", [("hold_firm", "hbm_relief"), synthetic.REGIMES])
def test_the_table_fits_with_every_number_whole(width: int, regimes: Sequence[str]) -> None:
    found = abm.answer(Comparison(synthetic.ensemble(12, regimes), "hold_firm"))
    text, whole = found.table(width), found.table(1000)
    numbers = re.compile(r"(?<!\w)[+−]?\d[\d.,]*(?![\w.-])")
    assert max(map(len, text.splitlines())) <= width
    assert sorted(numbers.findall(text)) == sorted(numbers.findall(whole))


def test_the_brief_table_has_a_row_for_each_regime_that_differs_at_80_columns() -> None:
    runs = synthetic.ensemble(12)
    text = answer(Comparison(runs)).brief(80)
    rows = text.split("\n\n")[1].splitlines()
    assert max(map(len, text.splitlines())) <= 80
    assert [row.split("  ")[0] for row in rows[-6:]] == [wording.say(name) for name in runs.regimes]
    assert len(re.findall(r"[+−]\d|≈ 0", rows[-1])) == 5


def test_one_pair_states_no_change_and_nothing_to_compare_is_an_error() -> None:
    assert "no change is stated" in answer(pairs("china_compute", 1e7, [2e6])).sentence
    both = Comparison(synthetic.ensemble(2, ["hold_firm", "hbm_relief"]))
    assert isinstance(answer(both, "hbm_relief"), Answer)
    with pytest.raises(InputError, match=r"hbm_releif.*hbm_relief"):
        answer(both, "hbm_releif")
    with pytest.raises(InputError, match="no runs of another regime"):
        answer(Comparison(synthetic.ensemble(2, ["hold_firm"])))


def test_titles_within_a_sentence_keep_names_and_acronyms() -> None:
    said = {wording.inside(line.column) for line in LINES} | {wording.inside(name) for name in METRICS}
    assert {"Chinese AI compute", "HBM output of CXMT", "Nvidia net revenue in China", "smuggled compute"} <= said
    assert {"US frontier labs' compute", "China's capability gap to the frontier", "profit"} <= said
