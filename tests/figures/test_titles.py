"""Titles of figures of analyses: what they say follows from what is drawn, also at the edges."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from abm.facts import catalog
from abm.figures import decisive, discover, exposure, plane, sensitivity
from abm.figures.sensitivity import Panel
from abm.law.regime import load_regime

SHARES = pd.DataFrame({"share": [0.19, 0.05]}, ["CXMT's wafers", "Latent demand"])
COURSE = pd.DataFrame({"value": [1.4, 0.4, 1.0], "mean": [0.85, 3.9, 1.3]})


@pytest.mark.parametrize(
    ("luck", "courses", "title"),
    [
        (0.05, {SHARES.index[0]: COURSE},
         "The difference turns most on CXMT's wafers: +3.9 at 0.4, +0.8 at 1.4 (million H100e)"),
        (0.05, {}, "The difference turns most on CXMT's wafers"),
        (0.19, {SHARES.index[0]: COURSE}, "No input by itself decides the difference more than chance would"),
    ],
)  # fmt: skip
def test_what_a_difference_turns_on(luck: float, courses: dict[str, pd.DataFrame], title: str) -> None:
    assert decisive.finding(SHARES, luck, courses, "million H100e") == title


def test_how_often_a_policy_fails() -> None:
    fails = np.array([True] * 3 + [False] * 22)
    said = discover.finding(fails, {"coverage": 1.0, "density": 0.25})
    assert said == "fails in 12% of futures, and in 25% of those in the box"


@pytest.mark.parametrize(
    ("met", "title"),
    [
        ([0.2, 0.45, 0.1], "HBM relief meets all aims most often: in 45% of futures"),
        ([0.45, 0.45, 0.1], "Hold firm and HBM relief each meet all aims most often: in 45% of futures"),
        ([0.0, 0.0, 0.0], "No policy meets all aims in any future"),
    ],
)
def test_which_policy_meets_all_aims(met: list[float], title: str) -> None:
    assert discover.best(pd.DataFrame({"All aims": met}, ["hold_firm", "hbm_relief", "tighten"])) == title


@pytest.mark.parametrize(
    ("firsts", "title"),
    [
        ([], ""),
        (["Dummy"], "No input does more than one without effect"),
        (["Weak"], "No input does more than one without effect"),
        (["Latent demand"], "Chinese AI compute turns most on latent demand"),
        (["Latent demand"] * 2, "2 of 2 outcomes turn most on latent demand"),
        (["Yield", "Yield", "Latent demand", "Dummy"], "2 of 4 outcomes turn most on yield"),
    ],
)
def test_what_outcomes_are_sensitive_to(firsts: list[str], title: str) -> None:
    tables = [pd.DataFrame({"total": {name: 0.1 if name == "Weak" else 1.0, "Dummy": 0.2}}) for name in firsts]
    panels = [Panel("Chinese AI compute", "", table, "Dummy") for table in tables]
    assert sensitivity.finding(panels, "total") == title


def test_what_outcomes_rest_on() -> None:
    graded = {"measured": 0.1, "assumed": 0.8}, {"measured": 0.5, "assumed": 0.4}, {"measured": 0.1, "assumed": 0.9}
    tables = {str(n): (pd.DataFrame({"total": pd.Series(one)}), 0.0) for n, one in enumerate(graded)}
    said = "inputs account for the most variance of"
    assert exposure.finding({"": tables}, ["measured", "assumed"]) == f"Assumed {said} 2 of 3 outcomes"
    del tables["1"]
    assert exposure.finding({"": tables}, ["measured", "assumed"]) == f"Assumed {said} all 2 outcomes"
    facts = pd.DataFrame({"share": [0.09], "grade": ["assumed"]}, ["CXMT's wafers"])
    title = "Most worth finding: CXMT's wafers (assumed), 9% of the variance on average"
    assert exposure.next_fact(facts) == title
    assert exposure.next_fact(facts.iloc[:0]) == "No fact would narrow any outcome"


def test_how_many_chips_the_law_catches() -> None:
    history, chips = load_regime("history"), [catalog.chips()[name] for name in ("A100", "A800", "Ascend 910B")]
    title = lambda days: plane.plane(history, days, chips).texts[0].get_text().replace("\n", " ")  # noqa: E731
    assert title("2022-12") == "The law catches 1 of 2 chips in December 2022"
    both = title(("2022-12", "2023-05", "2023-12-31"))
    assert both == "The law catches 1 of 2 chips in December 2022 and 2 of 2 on 31 December 2023"
    unknown = [replace(chips[0], tpp=None, fp16_tflops=None, fp8_tops=None, fp4_tops=None, bandwidth_gb_s=None)]
    assert plane.plane(history, "2022-12", unknown).texts[0].get_text() == "Chips and the law, December 2022"
