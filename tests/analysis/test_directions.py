"""Which way things move: cases are read and judged as declared, and the shipped ones come out right or explained."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from abm.analysis import cases, directions
from abm.analysis.cases import Case, Expected
from abm.analysis.directions import Found
from abm.foundation.errors import InputError

SHIPPED = "experiments/directions.toml"
QUICK = """
until = "2023-06"

[[case]]
group = "Money"
name = "more money"
base = "history"
set = { "budget.capex_scale" = 1.5 }
expect = [
    { metric = "lab_spending", when = "2022", sign = "+", why = "there is more" },
    { metric = "china_compute", when = "2022-12", sign = "-", why = "wrongly expected" },
    { metric = "us_compute", when = "2022-06..2022-08", sign = "+", why = "wrongly too", explained = "it is abroad" },
]

[[case]]
group = "Smuggling"
name = "no brokers"
base = "history"
set = { "grey.brokers" = 0 }
expect = [{ metric = "smuggled_units", sign = "-", why = "nobody ships" }]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "cases.toml"
    path.write_text(text, encoding="utf-8")
    return path


def found(
    differences: list[float], sign: str, metric: str = "china_compute", base: float = 100.0, **more: object
) -> Found:
    expected = Expected.model_validate({"metric": metric, "sign": sign, "why": "x", **more})
    case = Case(group="g", name="n", set={"demand.theta": 2.0}, expect=(expected,))
    return Found(case, expected, base, np.array(differences))


@pytest.mark.parametrize(
    ("differences", "sign", "verdict"),
    [
        ([5.0, 6.0], "+", "right"),
        ([5.0, 6.0], "-", "wrong, opposite sign"),
        ([5.0, 6.0], "0", "wrong, an effect"),
        ([5.0, 6.0], "<=0", "wrong, opposite sign"),
        ([5.0, 6.0], ">=0", "right"),
        ([0.5, 0.6], "+", "wrong, no effect"),  # under the metric's step of a hundredth
        ([0.5, 0.6], "0", "right"),
        ([0.5, 0.6], ">=0", "right, no effect"),
        ([0.5, 0.6], "-", "wrong, opposite sign below the step"),
        ([0.5, 0.6], "<=0", "wrong, opposite sign below the step"),
        ([-0.5, -0.6], ">=0", "wrong, opposite sign below the step"),
        ([0.5], "<=0", "wrong, opposite sign below the step"),
        ([0.011, 0.011], "<=0", "wrong, opposite sign below the step"),
        ([0.009, 0.009], "<=0", "right, no effect"),  # under a hundredth of the step
        ([1e-12, 1e-12], "-", "wrong, no effect"),
        ([0.0, 0.0], "<=0", "right, no effect"),
        ([-0.1, 0.9], "<=0", "right, no effect"),  # chance
        ([-2.0, 12.0], "+", "wrong, no effect"),
        ([-2.0, 12.0], "<=0", "right, no effect"),
        ([-2.0, 12.0], "0", "right"),
        ([np.nan, np.nan], "+", "wrong, undefined"),
        ([np.nan, np.nan], "<=0", "wrong, undefined"),
        ([np.nan, np.nan], "0", "wrong, undefined"),
        ([np.nan, 5.0], "+", "right"),
        ([np.nan, 0.5], "<=0", "wrong, opposite sign below the step"),
    ],
)
def test_a_verdict_wants_a_difference_worth_a_word_and_clear_of_chance(
    differences: list[float], sign: str, verdict: str
) -> None:
    one = found(differences, sign)
    assert one.verdict == verdict
    assert len(directions.failing([one])) == verdict.startswith("wrong")
    explained = found(differences, sign, explained="because")
    assert explained.verdict == verdict.replace("wrong", "explained")
    assert directions.failing([explained]) == []
    assert ("because" in directions.page([explained])) == verdict.startswith("wrong")


def test_a_case_may_have_a_step_of_its_own() -> None:
    assert found([5.0, 6.0], "0", least="10%").verdict == "right"
    assert found([5.0, 6.0], "+", least=10.0).verdict == "wrong, no effect"
    assert found([0.009, 0.009], "<=0", least="0.5%").verdict == "wrong, opposite sign below the step"


def test_a_step_of_the_case_stands_beside_what_it_expects() -> None:
    steps = {"10%": "+, step 10 % (x)", 2.5: "+, step 2.5 H100e (x)", None: "+ (x)"}
    assert [directions.reason(found([5.0], "+", least=least)) for least in steps] == list(steps.values())
    assert directions.reason(found([5.0], "<=0", "capability_gap", least=2)) == "≤ 0, step 2 months (x)"


@pytest.mark.parametrize(("sign", "differences"), [("+", [5.0, 6.0]), (">=0", [0.1, 0.1]), ("0", [0.1, 0.1])])
def test_what_is_explained_in_vain_is_told_over_the_seeds_of_the_file(sign: str, differences: list[float]) -> None:
    one = found(differences, sign, explained="because")
    assert [directions.failing([replace(one, seeds=seeds)]) for seeds in (0, 1, 3)] == [[]] * 3
    (told,) = directions.failing([replace(one, seeds=2)])
    assert told.endswith("though explained")
    assert directions.failing([replace(found(differences, sign), seeds=2)]) == []


def test_the_page_counts_every_kind_of_verdict() -> None:
    kinds = [found([5.0, 6.0], "+"), found([5.0, 6.0], "-", explained="a"), found([0.1, 0.1], "+", explained="b")]
    page = directions.page([*kinds, found([0.1, 0.1], ">=0"), kinds[0]])
    told = "2 right; 1 explained, opposite sign; 1 explained, no effect; 1 right, no effect"
    assert f"1 case, 5 outcomes: {told}." in page


def test_a_sum_is_held_against_the_step_by_the_month() -> None:
    """Steps of flows are by the month: 400 cards in a year are none where one is 700 a month."""
    year = Found(**{**vars(found([400.0, 400.0], "+", "smuggled_units", 1e5)), "months": 12})
    assert year.verdict == "wrong, no effect"
    assert found([800.0, 800.0], "+", "smuggled_units", 1e5).verdict == "right"


def test_windows() -> None:
    assert cases.window("", "2023-06") == slice(6, 18)
    assert cases.window("2022", "2023-06") == slice(0, 12)
    assert cases.window("2022-03", "2023-06") == slice(2, 3)
    assert cases.window("2022-03..2022-05", "2023-06") == slice(2, 5)
    for wrong in ("2023", "2022-05..2022-03", "2021-12", "may"):
        with pytest.raises(InputError, match="when"):
            cases.window(wrong, "2023-06")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('metric = "lab_spending"', 'metric = "lab_spendin"', "metric = 'lab_spendin'.*'lab_spending'"),
        ('sign = "+"', 'sign = "up"', r"case\[0\].expect\[0\].sign = 'up': .* is wanted"),
        ('when = "2022-12"', 'when = "2031-12"', "case 'more money': when = '2031-12'"),
        ("budget.capex_scale", "budget.capex_scal", "case 'more money': .*budget.capex_scal.*budget.capex_scale"),
        ("= 1.5", "= 150", "case 'more money': .*150"),
        ('base = "history"', 'base = "histroy"', "regimes: .*histroy.*history"),
        ('name = "no brokers"', 'name = "more money"', "'more money' is there twice"),
        ("grey.brokers\" = 0", "law.hbm.quota_shar@2026-11\" = 0", "hbm.quota_shar.*hbm.quota_share"),
        ("group =", "gruop =", "unknown key .*gruop.*group"),
        ("until =", "until", "is not TOML"),
        ("until =", "untl =", "unknown key 'untl'.*'until'"),
    ],
)  # fmt: skip
def test_a_bad_file_says_where_and_what(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = written(tmp_path, QUICK.replace(old, new, 1))
    with pytest.raises(InputError, match=words) as caught:
        cases.read(path)
    assert str(path) in str(caught.value)


def test_an_unknown_case_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'Mony'.*'Money'"):
        directions.judge(written(tmp_path, QUICK), only=["Mony"])


def test_a_file_is_run_and_judged(tmp_path: Path) -> None:
    results = directions.judge(written(tmp_path, QUICK), seeds=2, serial=True)
    assert [one.verdict for one in results] == ["right", "wrong, opposite sign", "explained, opposite sign", "right"]
    assert [(len(one.differences), one.seeds) for one in results] == [(2, 3)] * 4
    assert len(directions.failing(results)) == 1
    page = directions.page(results)
    assert "2 cases, 4 outcomes: 2 right; 1 wrong, opposite sign; 1 explained, opposite sign" in page.replace("\n", " ")
    assert "it is abroad" in page
    assert "`budget.capex_scale=1.5` against `history`" in page


def test_a_run_asked_for_twice_is_done_once(tmp_path: Path) -> None:
    read, regimes = cases.read(written(tmp_path, QUICK))
    plan = directions.plan_of(read.case, regimes, (0, 1), read.until)
    assert len(plan) == 6
    assert len({case.regime for case in plan.cases}) == 3


def test_shipped_cases_are_sound(repo: Path) -> None:
    read, _ = cases.read(repo / SHIPPED)
    assert len(read.case) >= 70
    assert {one.group for one in read.case} >= {"Memory", "Licences", "Smuggling", "Innovation", "Deals"}


@pytest.mark.slow
def test_shipped_cases_are_right_or_explained(repo: Path) -> None:
    """Over the seeds of the file, which are those of the page: what is left to chance came out the same way there."""
    assert directions.failing(directions.judge(repo / SHIPPED, workers=2)) == []
