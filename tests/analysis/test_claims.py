"""Claims: the rule is applied as it is written, says what it turns on, and wrong files are refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.analysis import claims
from abm.analysis.border import Flip
from abm.analysis.claims import Claim
from abm.foundation.errors import InputError
from abm.results import headlines
from abm.results.ensemble import Ensemble
from abm.sweeps import spec

FILES = sorted(Path("experiments/claims").glob("*.toml"))
MONTHS = np.arange("2022-01", "2025-11", dtype="datetime64[M]").astype(str)
BODY = """
name = "x"
title = "X"
statement = "More of it is better."
futures = 200
until = "2025-10"
axes = ["hbm.cxmt_scale", "demand.theta", "grey.leak"]
[side.base]
regime = "hold_firm"
[side.changed]
regime = "hbm_relief"
[[test]]
say = "compute is larger"
metric = ["china_compute"]
how = "end"
when = "2025-10"
regime = "changed"
over = { metric = ["china_compute"], how = "end", regime = "base" }
at_least = 1.0
[[test]]
say = "the gap is at most six months"
metric = ["capability_gap"]
how = "mean"
when = "2025"
regime = "changed"
at_most = 6.0
"""


BORDER = "[border]\npoints = 60\n[border.ranges]\n'demand.theta' = [0.5, 6]\n"


def told(tmp_path: Path, text: str = BODY) -> Claim:
    (tmp_path / "x.toml").write_text(text.replace('when = "2025"', 'when = "2025-01..2025-10"'), encoding="utf-8")
    return claims.read(tmp_path / "x.toml")[0]


def runs_of(futures: pd.DataFrame, border: float) -> Ensemble:
    """Runs in which more compute comes of CXMT below a border, and the gap is 5 months, but 7 in every tenth future;
    without imitation it is 7 in all but every tenth."""
    rows, about = [], []
    for seed, future in enumerate(futures.to_dict("records")):
        for side in ("base", "changed"):
            gain = border - future["hbm.cxmt_scale"] if side == "changed" else 0.0
            gap = 7.0 if seed % 10 == 0 else 5.0
            rows += [
                {"run": len(about), "month": month, "china_compute": 10.0 + gain, "capability_gap": gap,
                 "capability_gap_own": 12.0 - gap}
                for month in MONTHS[-12:]
            ]  # fmt: skip
            about.append({"run": len(about), "regime": side, "seed": seed, "key": f"{side}{seed}"})
    filled = pd.DataFrame(rows)
    return Ensemble(filled, pd.DataFrame(about))


def judged(tmp_path: Path, border: float, monkeypatch: pytest.MonkeyPatch) -> claims.Verdict:
    claim = told(tmp_path)
    monkeypatch.setattr("abm.analysis.targets.window", lambda when, until: slice(-1, None))
    futures = claims.futures_of(claim)
    return claims.verdict_of(claim, futures, runs_of(futures, border))


@pytest.mark.parametrize(("border", "word"), [(2.0, "supported"), (0.9, "depends"), (0.2, "contradicted")])
def test_the_rule_is_applied_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, border: float, word: str
) -> None:
    found = judged(tmp_path, border, monkeypatch)
    cxmt = found.inputs["hbm.cxmt_scale"].to_numpy()
    assert found.word == word
    assert found.share == np.mean((cxmt <= border) & (np.arange(200) % 10 != 0))
    assert found.lines()[0] == f"X: {word}"
    assert "  90%: that the gap is at most six months (10% if imitation is left out)" in found.lines()


def test_wherever_the_gap_judges_the_one_without_imitation_is_told_too() -> None:
    told = {path.stem: [one.metric for one in claims.read(path)[0].beside] for path in FILES}
    assert {name for name, found in told.items() if found} == {
        "1_hbm_alone", "2_gap_closed", "3_slow_not_stop", "6_limited_sales",
    }  # fmt: skip
    assert {metric for found in told.values() for metric in found} == {("capability_gap_own",)}
    (own,) = claims.read(FILES[0])[0].beside
    assert own.less is not None
    assert own.less.metric == ("capability_gap_own",), "on both sides"
    relief = spec.read(Path("experiments/hbm_relief.toml"))[0]
    assert {one.metric for one in relief.criterion} & set(headlines.BESIDE)
    assert set(headlines.BESIDE.values()) <= set(relief.keep)


def test_a_claim_that_depends_says_on_what_and_where_it_flips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(tmp_path, 0.9, monkeypatch)
    assert found.ranked[0].index[0] == "hbm.cxmt_scale"
    low, high = found.by_third("hbm.cxmt_scale")
    assert low > 0.8
    assert high == 0
    assert found.line.plane[0] == "hbm.cxmt_scale"
    across, _, margin = found.line.map()
    flips = across[np.argmin(np.abs(margin), axis=1)]
    assert np.abs(flips - 0.9).max() < 0.15
    page = claims.page([found], {"x": "figures/x.png"})
    assert "| X | **depends** |" in page
    assert "`hbm.cxmt_scale`" in page
    assert "figures/x.png" in page
    found.draw(tmp_path / "claim.png")
    assert (tmp_path / "claim.png").stat().st_size > 10_000


def test_a_border_beyond_what_futures_draw_is_found_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim fails in every future, which draw CXMT's wafers up to 1.4; it holds from 3 on."""
    monkeypatch.setattr("abm.analysis.targets.window", lambda when, until: slice(-1, None))
    (tmp_path / "draws.csv").write_text("draw,weight,hbm.cxmt_scale\n0,1,0.5\n1,3,3.5\n", encoding="utf-8")
    body = BODY.replace("futures = 200", f'futures = 200\nensemble = "{tmp_path}/draws.csv"')
    claim = told(tmp_path, body.replace("[side.base]", f"{BORDER}'hbm.cxmt_scale' = [0, 6]\n[side.base]"))
    assert claim.border is not None
    points = claim.border.design()
    assert points["hbm.cxmt_scale"].max() > 5.8
    margin = points["hbm.cxmt_scale"].to_numpy() - 3.0
    flip = Flip(points, margin, claim.border.ranges)
    found = claims.verdict_of(claim, claims.futures_of(claim), runs_of(claims.futures_of(claim), -1.0), flip)
    assert found.share == 0
    assert flip.plane[0] == "hbm.cxmt_scale"
    across, _, margins = found.line.map()
    clear = np.abs(across - 3.0) > 0.3
    assert ((margins >= 0) == (across >= 3.0))[:, clear].all()
    assert flip.right > 0.9
    assert "draws.csv 75% (by weight) lies" in " ".join(found.beyond())
    assert "holds at 50% of 60 points" in " ".join(found.beyond())
    found.draw(tmp_path / "claim.png")
    assert (tmp_path / "claim.png").stat().st_size > 10_000


@pytest.mark.parametrize("few", [0, 1, 2, 5])
def test_the_fit_is_tested_however_few_points_lie_beyond_the_border(few: int) -> None:
    values = np.linspace(0.0, 6.0, 60)
    flip = Flip(pd.DataFrame({"hbm.cxmt_scale": values}), np.arange(60.0) - few, {"hbm.cxmt_scale": (0.0, 6.0)})
    assert int((~flip.holds).sum()) == few
    assert flip.right == {0: 1.0, 1: 59 / 60}.get(few, pytest.approx(1.0, abs=0.1))


def test_futures_differ_in_what_is_named_and_are_the_same_on_every_side(tmp_path: Path) -> None:
    (tmp_path / "draws.csv").write_text("draw,weight,grey.leak,gaming.bias\n0,1,0.2,-1\n1,1,0.3,-2\n", encoding="utf-8")
    claim = told(tmp_path, BODY.replace("futures = 200", f'futures = 40\nensemble = "{tmp_path}/draws.csv"'))
    futures = claims.futures_of(claim)
    assert set(futures) == {*claim.axes, "gaming.bias"}
    assert set(futures["gaming.bias"]) == {-1.0, -2.0}
    assert set(futures["grey.leak"]) == {0.2, 0.3}, "an axis that the ensemble holds is drawn with it"
    assert futures["demand.theta"].nunique() == 40, "the others are the futures' own"
    plan = claims.plan_of(claim, claims.read(tmp_path / "x.toml")[1], futures)
    assert len(plan) == 80
    assert len({case.key for case in plan.cases}) == 80
    for one, two in zip(plan.cases[::2], plan.cases[1::2], strict=True):
        assert (one.seed, one.factors) == (two.seed, two.factors)
        assert (one.regime, two.regime) == ("base", "changed")
    assert plan.scenario(1).regime.name == "hbm_relief"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_shipped_claims_are_sound(path: Path) -> None:
    claim, _ = claims.read(path)
    assert claim.name == path.stem
    assert claim.futures >= 200


def test_there_are_the_eight_claims() -> None:
    assert [path.stem[0] for path in FILES] == list("12345678")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('regime = "hbm_relief"', 'regime = "hbm_releif"', "hbm_relief"),
        ('metric = ["capability_gap"]', 'metric = ["capability_gab"]', "did you mean 'capability_gap'"),
        ('"grey.leak"]', '"grey.leek"]', "grey.leek: no number"),
        ('"grey.leak"]', '"grey.mechanism"]', "grey.mechanism: no number"),
        ("at_most = 6.0", "", "one of `at_least` and `at_most`"),
        ('when = "2025-10"', 'when = "2026-10"', "2026-10"),
        ('how = "end", regime = "base"', 'how = "end", regime = "bases"', "'bases' is no side; one of base, changed"),
        ("futures = 200", "futures = 3", "futures = 3"),
        ("axes =", 'map = ["demand.lam", "demand.theta"]\naxes =', "map: two of the axes"),
        ("[side.base]", f"{BORDER}'grey.leek' = [0, 1]\n[side.base]", "did you mean 'grey.leak'"),
        ("[side.base]", f"{BORDER}'grey.leak' = [0.5, 2]\n[side.base]", "within 0 to 1"),
        ("[side.base]", f"{BORDER}'grey.leak' = [0.5, 0.2]\n[side.base]", "low < high"),
        ("[side.base]", f"{BORDER}[side.base]", "border.ranges"),
    ],
)
def test_a_wrong_claim_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in BODY
    with pytest.raises(InputError, match=r"x\.toml") as caught:
        told(tmp_path, BODY.replace(old, new))
    assert words in str(caught.value)


@pytest.mark.slow
def test_a_claim_is_judged_by_running_the_model(tmp_path: Path) -> None:
    text = BODY.replace("futures = 200", "futures = 30").replace("2025-10", "2022-06").replace('"2025"', '"2022"')
    (tmp_path / "x.toml").write_text(text.replace('when = "2022"', 'when = "2022-06"'), encoding="utf-8")
    found = claims.judge(tmp_path / "x.toml", tmp_path / "runs", serial=True, progress=False)
    assert found.word in ("supported", "contradicted", "depends")
    assert len(found.holds) == 30
    assert found.share == pytest.approx((found.margins["the gap is at most six months"] >= 0).mean()), "relief is later"
    assert "nan" not in claims.page([found], {})
