"""Act markers and direct labels: what is marked, and that nothing lies over anything else."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from abm.figures import marks, theme
from abm.figures.marks import Act
from abm.law.regime import load_regime
from tests.figures.synthetic import MONTHS


def history() -> list[Act]:
    return marks.acts_of(load_regime("history").to_dict()["acts"])


def test_every_landmark_is_an_act_of_history() -> None:
    assert [act.label for act in history()] == list(marks.LANDMARKS.values())


def test_acts_of_history_that_are_no_landmarks_are_not_marked() -> None:
    assert len(load_regime("history").acts) > len(history())


def test_acts_to_come_are_marked_first_and_those_of_one_day_together() -> None:
    acts = [
        {"name": "us-hbm-rule", "effective": "2024-12-31"},
        {"name": "us-hbm-quota", "effective": "2026-11-01"},
        {"name": "us-fee", "effective": "2027-02"},
        {"name": "us-band", "effective": "2027-02"},
        {"name": "us-gone", "effective": "2027-03", "status": "withdrawn"},
        {"name": "us-draft", "effective": None, "status": "pending"},
    ]
    assert [act.label for act in marks.acts_of(acts)] == ["HBM quota", "2 acts", "HBM rule"]


def test_an_act_where_history_ends_shares_its_mark() -> None:
    found = marks.with_edge([Act(marks.decimal("2026-11-01"), "HBM quota"), Act(2024.0, "x")], MONTHS, "2026-10")
    assert [act.label for act in found] == ["history ends, HBM quota", "x"]


@pytest.mark.parametrize("ends", [None, "2021-12", "2035-01", "2030-12"])
def test_history_that_ends_outside_is_not_marked(ends: str | None) -> None:
    assert marks.with_edge([], MONTHS, ends) == []


def test_dates_become_decimal_years() -> None:
    assert marks.decimal("2024-01-01") == 2024.0
    assert marks.decimal("2026-11") == pytest.approx(2026.832, abs=0.002)
    assert 2024.99 < marks.decimal("2024-12-31") < 2025


def test_all_landmarks_fit_on_a_page_and_the_weightiest_in_a_column() -> None:
    acts = marks.with_edge(history(), MONTHS, "2026-10")
    with theme.look("page"):
        assert len(marks.tiers(acts, MONTHS, 4.9, 3)) == len(acts)
    with theme.look("column"):
        kept = [place.act.label for place in marks.tiers(acts, MONTHS, 1.7, 2)]
    assert kept[:2] == ["history ends", "Oct 2022 rule"]


@given(st.lists(st.tuples(st.floats(2022, 2031), st.text("abcdefgh ", min_size=1, max_size=18)), max_size=9))
def test_no_label_lies_over_another_or_over_a_line(acts: list[tuple[float, str]]) -> None:
    places = marks.tiers([Act(when, label) for when, label in acts], MONTHS, 4.9, 3)
    assert not any(one.clashes(other) for one, other in combinations(places, 2))
    assert all(place.row < 3 for place in places)


def test_a_clash_is_over_the_label_or_over_its_line() -> None:
    low = marks.Place(Act(2024, "low"), 1.0, 0.5, 0, 1)
    assert low.clashes(marks.Place(Act(2024.2, "same row"), 1.2, 0.5, 0, 1))
    assert low.clashes(marks.Place(Act(2024.2, "line through"), 1.2, 0.5, 1, 1))
    assert not low.clashes(marks.Place(Act(2024.2, "clear"), 1.7, 0.5, 0, 1))
    assert not low.clashes(marks.Place(Act(2023.9, "above"), 0.9, 0.9, 1, 1))


def test_no_acts_and_no_months_take_no_room() -> None:
    assert marks.label_acts(Figure().add_subplot(), [], MONTHS, 3) == 0
    assert marks.tiers(history(), MONTHS[:0], 4.0, 3) == ()


def test_acts_outside_the_axis_are_left_out() -> None:
    months = np.arange("2025-01", "2026-01", dtype="datetime64[M]")
    assert [place.act.label for place in marks.tiers(history(), months, 4.0, 3)] == [
        "H20 letter",
        "H20 licences",
    ]
