"""Indices of functions whose indices are known, and results that are refused."""

import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from abm.analysis.indices import DUMMY, Design, chance, indices
from abm.foundation.errors import InputError
from abm.sweeps import arranged
from abm.sweeps.dimension import Dimension
from abm.sweeps.sampling import draw
from abm.sweeps.spec import Sample

Function = Callable[[pd.DataFrame], np.ndarray]


def design(method: str, n: int, *dimensions: Dimension, by: str = "input") -> Design:
    return Design(Sample.model_validate({"method": method, "n": n, "by": by}), dimensions)


def box(names: str, low: float = 0.0, high: float = 1.0) -> list[Dimension]:
    return [Dimension(f"x.{name}", "float", (low, high)) for name in names]


def results(made: Design, function: Function, seeds: int = 1, noise: float = 0.0) -> pd.DataFrame:
    """A row a point and seed, shuffled."""
    draws = np.random.default_rng(7)
    parts = [
        made.points.assign(seed=seed, value=function(made.points) + noise * draws.normal(size=len(made.points)))
        for seed in range(seeds)
    ]
    return pd.concat(parts).sample(frac=1.0, random_state=1)


def ishigami(x: pd.DataFrame) -> np.ndarray:
    a, b, c = (x[f"x.{name}"].to_numpy(dtype=float) for name in "abc")
    return np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)


def linear(x: pd.DataFrame) -> np.ndarray:
    return 4 * x["x.a"].to_numpy(dtype=float) - 2 * x["x.b"].to_numpy(dtype=float) + 5


def chosen(x: pd.DataFrame) -> np.ndarray:
    """A truth value that is worth 2, and a whole number that is worth 1 a step."""
    return 2.0 * (x["x.way"] == "long").to_numpy() + x["x.count"].to_numpy(dtype=float)


def test_sobol_gives_the_indices_of_ishigami_within_their_intervals() -> None:
    made = design("sobol", 1024, *box("abc", -np.pi, np.pi))
    found = indices(made, results(made, ishigami))
    for measure, true in (("first", [0.3139, 0.4424, 0.0]), ("total", [0.5576, 0.4424, 0.2437])):
        table = found.table.loc[["x.a", "x.b", "x.c"]]
        assert np.abs(table[measure] - true).max() < 0.05
        assert (np.abs(table[measure] - true) < 2 * table[f"{measure}_interval"] + 1e-9).all()
    assert list(found.convergence.index) == [128, 256, 512, 1024]
    np.testing.assert_allclose(found.convergence.loc[1024], found.table.loc[found.convergence.columns, "total"])
    assert DUMMY not in found.table.index, "with one seed nothing is known of chance"


def test_morris_gives_slopes_and_tells_what_bends() -> None:
    made = design("morris", 20, *box("abc", -np.pi, np.pi))
    straight = indices(made, results(made, linear)).table
    np.testing.assert_allclose(straight.loc[["x.a", "x.b"], "mu"], [8 * np.pi, -4 * np.pi])
    assert list(straight.index) == ["x.a", "x.b", "x.c"]
    assert straight["sigma"].max() < 1e-9
    assert straight.loc["x.c", "mu_star"] == 0
    bent = indices(made, results(made, ishigami)).table
    assert bent.loc["x.c", "sigma"] > 1
    assert abs(bent.loc["x.c", "mu"]) < bent.loc["x.c", "mu_star"]


def test_one_at_a_time_gives_changes_from_the_base() -> None:
    made = design("one_at_a_time", 3, *box("abc"))
    table = indices(made, results(made, linear)).table
    assert list(table.index) == ["x.a", "x.b", "x.c"]
    np.testing.assert_allclose(table[["low", "high", "swing"]], [[-2, 2, 4], [1, -1, 2], [0, 0, 0]])


@pytest.mark.parametrize("method, n", [("one_at_a_time", 3), ("morris", 12), ("sobol", 256)])
def test_choices_and_whole_numbers_count_as_numbers_do(method: str, n: int) -> None:
    made = design(
        method, n, Dimension("x.count", "int", (0, 3)), Dimension("x.idle", "choice", (True, False)),
        Dimension("x.way", "choice", ("short", "long")),
    )  # fmt: skip
    table = indices(made, results(made, chosen)).table
    measure = {"one_at_a_time": "swing", "morris": "mu_star", "sobol": "total"}[method]
    assert table.loc["x.idle", measure] == 0
    assert table[measure].idxmin() == "x.idle"
    if method == "sobol":  # variances: 15/12 of the number, 1 of the choice
        assert table.loc["x.count", "total"] == pytest.approx(1.25 / 2.25, abs=0.06)


@pytest.mark.parametrize("method, n, measure", [("morris", 60, "mu_star"), ("sobol", 512, "total")])
def test_the_dummy_shows_what_an_input_without_effect_gets_by_chance(method: str, n: int, measure: str) -> None:
    """Noise of a given size: the dummy has its share of the variance of means, or its mean step."""
    made, seeds, noise = design(method, n, *box("abc")), 3, 0.6
    found = indices(made, results(made, linear, seeds, noise))
    assert found.table.index[-1] == DUMMY
    signal = (16 + 4) / 12
    single, means = noise**2 / (noise**2 + signal), noise**2 / seeds / (noise**2 / seeds + signal)
    if method == "sobol":
        assert found.chance == pytest.approx((single, means), rel=0.1)
        assert found.table.loc[DUMMY, "total"] == pytest.approx(means, rel=0.15)
        assert abs(found.table.loc[DUMMY, "first"]) < 0.03
        assert found.table.loc["x.c", "total"] == pytest.approx(means, rel=0.15)
    else:
        assert found.table.loc[DUMMY, measure] == pytest.approx(found.table.loc["x.c", measure], rel=0.35)


def test_chance_is_the_variance_of_seeds_and_of_what_they_do_to_points() -> None:
    draws = np.random.default_rng(3)
    point, seed = draws.normal(0, 2, (4000, 1)), draws.normal(0, 1, (1, 40))
    values = point + seed + draws.normal(0, 1, (4000, 40))
    common = seed.var(ddof=1)
    expected = (common + 1) / (4 + common + 1)
    assert chance(values) == pytest.approx((expected, (1 / 40) / (4 + 1 / 40)), rel=0.06)
    assert np.isnan(chance(values[:, :1])).all()


def test_grades_are_groups_of_inputs() -> None:
    """A grade's total index is the share of the variance of all its inputs; settings of the law stand apart."""
    names = {"demand.theta": 3.0, "hbm.cxmt_yield": 2.0, "vendors.rd_share": 1.0, "law.hbm.quota_share@2026-11": 1.0}
    made = design("sobol", 512, *(Dimension(name, "float", (0.0, 1.0)) for name in names), by="grade")
    assert len(made.rows) == 512 * (len(made.names) + 2)
    found = indices(made, results(made, lambda x: sum(w * x[n].to_numpy(dtype=float) for n, w in names.items())))
    members = arranged.memberships(made.sample, made.dimensions)
    assert members[-1] == arranged.LAW
    for grade in made.names:
        true = sum(w**2 for w, one in zip(names.values(), members, strict=True) if one == grade) / 15
        assert found.table.loc[grade, "total"] == pytest.approx(true, abs=0.05)


MENDED = design("sobol", 8, *box("ab"))
GOOD = results(MENDED, linear, seeds=2)
REFUSED: list[tuple[pd.DataFrame, str]] = [
    (GOOD.iloc[1:], "1 of 64 results are missing"),
    (GOOD.iloc[:0], "32 of 32 results are missing"),
    (pd.concat([GOOD, GOOD.iloc[:2]]), "2 of 64 results stand more than once"),
    (GOOD.assign(value=GOOD["value"].where(GOOD["value"] > 5)), "are undefined or infinite"),
    (GOOD.assign(value=GOOD["value"].where(GOOD["value"] > 5, np.inf)), "are undefined or infinite"),
    (GOOD.assign(value=3.0), "the same at every point"),
    (GOOD.assign(**{"x.a": GOOD["x.b"].to_numpy(), "x.b": GOOD["x.a"].to_numpy()}), "not in the design"),
    (GOOD.drop(columns="x.a"), "without the column 'x.a'"),
    (GOOD[["value"]], "cannot be matched"),
]


def test_what_moves_only_beside_the_base_points_has_no_variance_to_share() -> None:
    base = MENDED.rows.iloc[np.arange(len(MENDED.rows)) % 4 % 3 == 0]
    keys = set(base.itertuples(index=False, name=None))
    points = GOOD[["x.a", "x.b"]].itertuples(index=False, name=None)
    with pytest.raises(InputError, match="the same at every point"):
        indices(MENDED, GOOD.assign(value=[1.0 if point in keys else 2.0 for point in points]))


@pytest.mark.parametrize("bad, words", REFUSED)
def test_bad_results_are_refused_in_a_line(bad: pd.DataFrame, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        indices(MENDED, bad)
    assert "\n" not in str(caught.value)


def test_the_order_of_results_does_not_matter() -> None:
    again = GOOD.sample(frac=1.0, random_state=5)
    pd.testing.assert_frame_equal(indices(MENDED, GOOD).table, indices(MENDED, again).table)


@pytest.mark.parametrize("method, n", [("one_at_a_time", 3), ("morris", 4), ("sobol", 8)])
def test_a_sweep_runs_each_point_once_and_the_same_again(method: str, n: int) -> None:
    made = design(method, n, *box("ab"), Dimension("x.way", "choice", ("short", "long")))
    points = draw(made.sample, made.dimensions)
    assert points == draw(made.sample, made.dimensions)
    assert len(points) == len(made.points) < len(made.rows) or method == "morris"
    assert len(made.rows) <= arranged.size(made.sample, made.dimensions)


BAD = [
    ({"method": "sobol", "n": 60}, "power of two, such as 64"),
    ({"method": "one_at_a_time", "n": 1}, "at least 2 values"),
    ({"method": "morris", "n": 4, "by": "grade"}, "only with method = 'sobol'"),
    ({"n": 4, "by": "grade"}, "only with method = 'sobol'"),
]


@pytest.mark.parametrize("sample, words", BAD)
def test_numbers_of_points_that_do_not_fit_are_told(sample: dict[str, object], words: str) -> None:
    (fault,) = arranged.check(Sample.model_validate(sample))
    assert words in fault


def test_without_the_package_that_estimates_a_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "SALib", None)
    monkeypatch.setitem(sys.modules, "SALib.sample.sobol", None)
    with pytest.raises(InputError, match="extra 'analysis'"):
        draw(Sample(method="sobol", n=8), box("ab"))
