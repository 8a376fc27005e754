"""Calibration: stand-ins learn what is quadratic, what is ruled out is, and a known truth is found again."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.analysis import calibrate, fitted, matching
from abm.analysis.calibrate import Block, Fitted
from abm.analysis.emulator import Emulator
from abm.analysis.matching import Wave
from abm.analysis.targets import Declared, Target, Targets, read_targets
from abm.foundation.errors import InputError
from abm.foundation.parameters import declarations

NAMES = ("demand.theta", "demand.lam", "grey.leak", "grey.cost")


def target(label: str, observed: float, within: float = 1.2) -> Target:
    declared = Declared.model_validate({
        "name": label, "title": label, "block": "market", "use": "fit", "metric": ["china_compute"], "how": "end",
        "low": observed / within, "high": observed * within,
    })  # fmt: skip
    return Target(declared, label, "2023-12", observed, observed / within, observed * within, ("x",), "assumed")


def model(units: np.ndarray) -> pd.DataFrame:
    """Two outputs: the first knows an input, the second only a product of two; the fourth input does nothing."""
    return pd.DataFrame(
        {"a": np.exp(0.8 * units[:, 0] + 0.1 * units[:, 0] ** 2), "b": np.exp(units[:, 1] + units[:, 2])}
    )


TARGETS = (target("a", 1.3), target("b", 1.0))


def fit(points: int = 8000, seed: int = 0) -> Fitted:
    units = np.random.default_rng(seed).uniform(-1, 1, (points, len(NAMES)))
    block = Block(points=points, seeds=1, waves=1, cut=3.0, misses=0, parameters=NAMES)
    table, outputs = calibrate.scaled(units, calibrate.ranges_of(NAMES)), model(units)
    temper, coverage = calibrate.tempered(block, TARGETS, table, outputs)
    weights = calibrate.weigh(block, TARGETS, outputs, temper)
    waves = ((points, 1.0, np.inf, np.zeros(0)),)
    return Fitted(block, TARGETS, outputs, table, outputs, weights, waves, temper, coverage)


def test_a_stand_in_learns_a_quadratic_and_says_what_it_errs() -> None:
    random = np.random.default_rng(0)
    inputs, others = random.uniform(-1, 1, (2, 300, 6))

    def output(x: np.ndarray) -> np.ndarray:
        return 3 + x[:, 0] - 2 * x[:, 1] * x[:, 2] + x[:, 3] ** 2  # type: ignore[no-any-return]

    exact = Emulator.fit(inputs, output(inputs))
    assert exact.explained > 0.999
    assert np.abs(exact(others) - output(others)).max() < 0.05
    noisy = Emulator.fit(inputs, output(inputs) + random.normal(0, 0.5, 300))
    assert noisy.variance == pytest.approx(0.25, rel=0.4)
    nothing = Emulator.fit(inputs, random.normal(0, 1, 300))
    assert nothing.explained < 0.1


def test_points_of_the_next_wave_are_those_that_are_not_ruled_out() -> None:
    """A corner of a box of ten inputs that one point in many thousands would hit."""
    random = np.random.default_rng(0)
    inputs = random.uniform(-1, 1, (400, 10))
    narrow = [target(str(place), float(np.exp(0.7)), 1.3) for place in range(5)]
    fits = [Emulator.fit(inputs, inputs[:, place]) for place in range(5)]
    waves = [Wave(narrow, fits, 0)]
    points, bar = matching.not_ruled_out(waves, 10, 300, 3.0, seed=1)
    assert bar == 3.0
    assert len(np.unique(points, axis=0)) == len(points) == 300
    assert (waves[0].implausibility(points) <= 3.0).all()
    assert (np.abs(points[:, :5] - 0.7) < 0.3).all()
    assert (points[:, 5:].std(axis=0) > 0.45).all(), "what no target knows is left free"
    assert (np.abs(points) <= 1).all()


def test_where_all_is_ruled_out_the_least_reached_is_told() -> None:
    inputs = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    far = Wave([target("x", float(np.exp(5.0)))], [Emulator.fit(inputs, inputs[:, 0])], 0)
    points, bar = matching.not_ruled_out([far], 2, 50, 3.0, seed=1)
    assert bar > 10
    assert (points[:, 0] > 0.9).all()
    with pytest.raises(InputError, match="every point is ruled out"):
        calibrate.resampled(pd.DataFrame({"x": [1.0]}), np.zeros(1), 3)


@pytest.mark.parametrize(("enough", "waves"), [(None, 4), (1, 1), (70, 2), (10_000, 4)])
def test_no_more_waves_are_run_than_give_what_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, enough: int | None, waves: int
) -> None:
    def given(points: pd.DataFrame, *_: object) -> pd.DataFrame:
        ends = [declarations()[name].range or (0.0, 1.0) for name in NAMES]
        return model(np.stack([2 * (points[n] - a) / (b - a) - 1 for n, (a, b) in zip(NAMES, ends, strict=True)], 1))

    monkeypatch.setattr(calibrate, "run", given)
    block = Block(points=100, seeds=1, waves=4, cut=3.0, misses=0, parameters=NAMES)
    whole = Targets(read_targets().file, tmp_path, TARGETS)
    found = calibrate.matched(block, whole, "2023-12", tmp_path, "market-x", enough=enough)
    assert len(found.waves) == waves
    assert len(found.points) == 100 * waves
    assert np.isinf(found.waves[-1][2]), "the last has no next wave"
    assert (found.weights > 0).sum() == pytest.approx(sum(100 * one[1] for one in found.waves))


@pytest.mark.parametrize(("misses", "left"), [(0, 1.0), (1, 2.0), (2, 5.0), (9, 5.0)])
def test_as_many_targets_may_be_missed_as_are_told(misses: int, left: float) -> None:
    apart = np.array([[5.0, 2.0, 1.0]])
    assert matching.ranked(apart, misses)[0] == {1.0: 5.0, 2.0: 2.0, 5.0: 1.0}[left]


def test_what_is_far_off_or_undefined_has_no_weight_and_what_lies_in_a_told_range_is_alike() -> None:
    block = Block(points=20, seeds=1, waves=1, cut=3.0, misses=0, parameters=NAMES)
    outputs = pd.DataFrame({"a": [1.3, 1.5, 1.3, np.nan], "b": [1.0, 1.0, 3.0, 1.0]})
    weights = calibrate.weigh(block, TARGETS, outputs, 1.0)
    assert weights[0] == 1.0
    assert 0 < weights[1] < 1
    assert weights[2] == weights[3] == 0
    free = tuple(Target(one.declared, one.label, one.when, np.nan, one.low, one.high, (), "") for one in TARGETS)
    assert list(calibrate.weigh(block, free, outputs, 1.0)) == [1.0, 1.0, 0.0, 0.0]


def test_what_the_data_know_is_pinned_down_and_what_they_do_not_is_named() -> None:
    found = fit()
    left = {name: fitted.overlap(found, name) for name in NAMES}
    assert left["demand.theta"] < 0.6
    assert left["grey.cost"] > 0.8
    (one, two, correlation), *_ = fitted.pairs(found)
    assert {one, two} == {"demand.lam", "grey.leak"}, "only their product is known"
    assert correlation < -0.5
    page = "\n".join(fitted.of_parameters(found))
    assert "`grey.cost`" in page
    assert "not identified" in page
    assert "`demand.lam` x `grey.leak` (-" in page


def test_a_known_truth_is_found_again_as_often_as_the_interval_says() -> None:
    many, few = fit(), fit(400)
    assert set(many.coverage) == set(NAMES)
    assert np.mean(list(many.coverage.values())) >= 0.9
    assert few.temper == 0, "with few points no weights are weak enough"
    assert np.mean(list(few.coverage.values())) < 0.9, "and the page says so"


def test_draws_stand_for_the_weights() -> None:
    points = pd.DataFrame({"x": np.arange(4.0)})
    weights = np.array([0.0, 1.0, 3.0, 0.0])
    drawn = calibrate.resampled(points, weights, 400)["x"]
    assert drawn.value_counts().to_dict() == {2.0: 300, 1.0: 100}
    table = calibrate.table_of(fit(), 50)
    assert list(table.columns) == ["draw", "weight", *NAMES]
    assert len(table) == 50
    assert table["weight"].sum() == pytest.approx(1, abs=1e-6)
    assert (table["weight"] > 0).all()


def test_the_shipped_file_is_sound_and_what_it_must_not_fit_is_not_in_it() -> None:
    file, targets = calibrate.read()
    names = {*file.market.parameters, *file.innovation.parameters}
    assert not [name for name in names if name.startswith(("hbm.cxmt", "vendors.packages", "domestic.packaging"))]
    assert not names & {"offshore.share", "budget.growth_2030", "compute.run_share_scale", "innovation.frontier_growth"}
    for until in file.stages.values():
        for block in ("market", "innovation"):
            assert targets.some(block=block, use="fit", until=until).targets
    assert not [one for one in targets.some(use="fit", until="2023-12").targets if one.last > "2023-12"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"grey.leak"', '"grey.leek"', "grey.leek: no parameter"),
        ('"2023-12"', '"2023-13"', "2023-13"),
        ("waves = 3", "waves = 0", "market.waves = 0"),
        ('= "targets.toml"', '= "target.toml"', "no such file"),
        ("misses = 1 ", "miss = 1 ", "unknown key"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = calibrate.PATH.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "targets.toml").write_bytes(Path("experiments/targets.toml").read_bytes())
    (tmp_path / "c.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        calibrate.read(tmp_path / "c.toml")


@pytest.mark.slow
def test_both_blocks_are_fitted_by_running_the_model(tmp_path: Path) -> None:
    """Small: that runs, folders, draws and the page hold together; the numbers are those of docs/calibration.md."""
    file, _ = calibrate.read()
    small = {"points": 24, "seeds": 1, "cut": 50.0}
    market = file.market.model_copy(update=small | {"waves": 2, "parameters": ("demand.theta", "grey.leak")})
    innovation = file.innovation.model_copy(update=small | {"parameters": ("innovation.spillover",)})
    file = file.model_copy(update={"market": market, "innovation": innovation, "stages": {"all": "2025-10"}})
    targets = read_targets()
    one, two, table = calibrate.calibrate(file, targets, "all", tmp_path, serial=True, progress=False)
    assert len(one.waves) == 2
    assert list(table.columns[2:]) == ["demand.theta", "grey.leak", "innovation.spillover"]
    again = calibrate.calibrate(file, targets, "all", tmp_path, serial=True, progress=False)[2]
    pd.testing.assert_frame_equal(table, again)
    page = fitted.page(file, {"all": (one, two, table)})
    assert "## Fitted to all targets" in page
    assert "nan" not in page
