"""Rulings month by month: which day governs, what is left of a month, and what is known of the law to come."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.foundation.dates import first_day, label, month_of
from abm.law.acts import Act
from abm.law.calendar import Calendar
from abm.law.levers import IMPORT_MODES, POLICIES
from abm.law.outlook import CODE, OPEN_AT_MOST
from abm.law.regime import Regime, load_regime, shipped
from abm.law.rulings import classify
from tests.law.calendars import CARDS, CHIPS, CREDENCE, GENERATIONS, HISTORY, card, g, k, made, month, subjects, what_if


def differences(one: Calendar, other: Calendar) -> dict[str, int]:
    """The arrays that differ between two calendars, with the first month in which they do."""
    found = {}
    for name, first in one.arrays.items():
        second = other.arrays[name]
        apart = (first != second) & ~((first != first) & (second != second))
        if apart.any():
            found[name] = int(np.argwhere(apart)[0][0])
    return found


# --- the first day governs the month ---


@pytest.mark.parametrize("regime", shipped())
def test_policies_are_the_rulings_of_the_first_day(regime: str) -> None:
    law, found = load_regime(regime), made(load_regime(regime))
    for when in ("2022-10", "2022-11", "2023-11", "2023-12", "2025-05", "2026-02", "2026-11", "2027-06"):
        for chip in subjects().chips:
            ruling = classify(chip, law.at(first_day(month(when))))
            assert POLICIES[found.policy[month(when), k(chip.sku)]] == ruling.policy, (when, chip.sku)


def test_october_2022_binds_from_november_on() -> None:
    found = made(HISTORY)
    a100 = found.policy[:, k("A100")]
    assert POLICIES[a100[month("2022-10")]] == "free"
    assert POLICIES[a100[month("2022-11")]] == "presume_deny"
    assert found.free[month("2022-10"), k("A100")] == pytest.approx(20 / 31)  # caught on the 21st
    assert found.free[month("2022-10"), k("A800")] == 1.0


def test_october_2023_leaves_sixteen_days_of_november() -> None:
    found = made(HISTORY)
    assert POLICIES[found.policy[month("2023-11"), k("A800")]] == "free"
    assert found.free[month("2023-11"), k("A800")] == pytest.approx(16 / 30)
    assert POLICIES[found.policy[month("2023-12"), k("A800")]] == "presume_deny"
    assert found.free[month("2023-12"), k("A800")] == 1.0
    assert found.free[month("2023-11"), k("A100")] == 1.0, "was shut already"
    assert found.free[month("2023-11"), k("H20")] == 1.0, "is not caught"
    assert found.free[month("2023-11"), k("A30")] == 1.0, "needs a notice, which leaves a way in"


def test_the_hbm_rule_leaves_december_2024_but_its_last_day_and_shuts_january() -> None:
    found = made(HISTORY)
    for generation in ("HBM2E", "HBM3", "HBM3E"):
        place = g(generation)
        assert POLICIES[found.hbm_policy[month("2024-12"), place]] == "free"
        assert found.hbm_free[month("2024-12"), place] == pytest.approx(30 / 31)
        assert (found.hbm_policy[month("2025-01") :, place] > OPEN_AT_MOST).all()
    assert found.hbm_free[month("2024-11")].tolist() == [1.0] * len(GENERATIONS)
    assert found.hbm_free[month("2025-01")].tolist() == [1.0] * len(GENERATIONS)


def test_the_exception_for_old_stacks_is_shut_in_practice() -> None:
    found = made(HISTORY)
    assert found.hbm_policy[month("2025-01"), g("HBM2")] > OPEN_AT_MOST
    useful = HISTORY | Act.of("what-if", announced="2025-02", sets={"hbm.exception_ai_use": True})
    assert POLICIES[made(useful).hbm_policy[month("2025-02"), g("HBM2")]] == "exempt"


def test_the_letter_of_april_2025_leaves_eight_days() -> None:
    found = made(HISTORY)
    assert found.free[month("2025-04"), k("H20")] == pytest.approx(8 / 30)
    assert found.free[month("2025-04"), k("L20")] == 1.0
    assert POLICIES[found.policy[month("2025-05"), k("H20")]] == "presume_deny"
    assert POLICIES[found.policy[month("2025-08"), k("H20")]] == "case_by_case"


@pytest.mark.parametrize("day", range(1, 32))
def test_the_share_left_is_that_of_the_days_before(day: int) -> None:
    regime = Regime(
        "one", "one", (Act.of("bar", announced=f"2024-08-{day:02d}", sets={"named.policy": {"H20": "deny"}}),)
    )
    found = made(regime)
    before, share = found.policy[month("2024-08"), k("H20")], found.free[month("2024-08"), k("H20")]
    if day == 1:
        assert (before, share) == (CODE["deny"], 1.0)
    else:
        assert (before, share) == (CODE["free"], pytest.approx((day - 1) / 31))
    assert found.policy[month("2024-09"), k("H20")] == CODE["deny"]
    assert found.free[month("2024-08"), k("L20")] == 1.0


def test_what_opens_within_a_month_opens_with_the_next() -> None:
    regime = Regime(
        "open",
        "open",
        (
            Act.of("bar", announced="2024-01", sets={"named.policy": {"H20": "deny"}}),
            Act.of("lift", announced="2024-06-05", sets={"named.policy": {"H20": "off"}}),
        ),
    )
    found = made(regime)
    assert POLICIES[found.policy[month("2024-06"), k("H20")]] == "deny"
    assert POLICIES[found.policy[month("2024-07"), k("H20")]] == "free"


def test_of_two_bars_in_a_month_the_first_counts() -> None:
    acts = [
        Act.of(f"bar-{day}", announced=f"2024-06-{day}", sets={"named.policy": {"H20": "deny"}}) for day in (11, 21)
    ]
    assert made(Regime("two", "two", tuple(acts))).free[month("2024-06"), k("H20")] == pytest.approx(10 / 30)


# --- what is known ---


def spans(flags: np.ndarray) -> list[str]:
    """The months in which something is so."""
    return [label(int(place)) for place in np.flatnonzero(flags)]


def test_an_announced_end_is_known_from_the_month_it_is_announced_to_the_one_it_bites() -> None:
    announced = made(HISTORY).announced
    assert spans(announced[:, k("A800")]) == ["2023-10", "2023-11"]
    assert spans(announced[:, k("A100")]) == ["2022-10"]
    assert spans(announced[:, k("L20")]) == []
    assert announced[month("2023-10"), k("A800")] == pytest.approx(15 / 31), "told on the seventeenth"
    assert announced[month("2023-11"), k("A800")] == 1.0


def test_a_bar_without_notice_is_never_known_before() -> None:
    assert spans(made(HISTORY).announced[:, k("H20")]) == []


def test_notice_inside_a_month_counts_by_its_days() -> None:
    bar = Act.of("bar", announced="2024-06-11", effective="2024-06-21", sets={"named.policy": {"H20": "deny"}})
    found = made(Regime("month", "month", (bar,))).announced[:, k("H20")]
    assert spans(found) == ["2024-06"]
    assert found[month("2024-06")] == pytest.approx(10 / 20)
    early = made(Regime("early", "early", (replace(bar, announced=date(2024, 5, 11)),))).announced[:, k("H20")]
    assert early[month("2024-05")] == pytest.approx(21 / 31)
    assert early[month("2024-06")] == 1.0


def test_hbm_is_feared_from_the_leak_and_sure_from_the_announcement() -> None:
    found = made(HISTORY)
    assert spans(found.hbm_fear > 0) == ["2024-08", "2024-09", "2024-10", "2024-11", "2024-12"]
    assert found.hbm_fear[month("2024-08") : month("2024-12")].tolist() == [CREDENCE] * 4
    assert found.hbm_fear[month("2024-12")] == 1.0
    assert spans(found.hbm_announced) == ["2024-12"]


def leaky(**more: object) -> Regime:
    """No law but one act, leaked, announced, and in force, that bars the H20."""
    dates = {"leaked": "2024-02-20", "announced": "2024-05-31", "effective": "2024-08-01"} | more
    return Regime("leaky", "leaky", (Act.of("bar", sets={"named.policy": {"H20": "deny"}}, **dates),))


def test_a_leak_is_known_with_its_probability_until_the_announcement() -> None:
    found = made(leaky())
    assert spans(found.leaked[:, k("H20")] == CREDENCE) == ["2024-02", "2024-03", "2024-04"]
    assert spans(found.announced[:, k("H20")]) == ["2024-05", "2024-06", "2024-07"]
    assert found.announced[month("2024-05"), k("H20")] == pytest.approx(1 / 31)
    assert not found.leaked[month("2024-05") :].any()
    assert not found.leaked[:, k("L20")].any()


def test_a_stated_credence_goes_before_the_parameter() -> None:
    stated, other = made(leaky(credence=0.35)), made(leaky(), credence=0.6)
    assert stated.leaked[month("2024-03"), k("H20")] == 0.35
    assert other.leaked[month("2024-03"), k("H20")] == 0.6


def test_nobody_fears_for_what_is_shut_already() -> None:
    acts = (*leaky().acts, Act.of("first", announced="2023-06", sets={"named.policy": {"H20": "presume_deny"}}))
    found = made(Regime("shut", "shut", acts))
    assert not found.leaked[month("2023-07") :].any()
    assert not found.announced[month("2023-07") :].any()


def test_what_needs_a_licence_that_may_be_granted_can_still_be_lost() -> None:
    open_now = Act.of("open", announced="2023-06", sets={"named.policy": {"H20": "case_by_case"}})
    memory = Act.of("memory", announced="2023-06", sets={"hbm.density_above": 2.0, "hbm.policy": "case_by_case"})
    shut = Act.of("memory-shut", announced="2024-01-10", effective="2024-03", sets={"hbm.policy": "deny"})
    found = made(Regime("licensed", "licensed", (*leaky().acts, open_now, memory, shut)))
    assert spans(found.announced[:, k("H20")]) == ["2024-05", "2024-06", "2024-07"]
    assert spans(found.hbm_announced) == ["2024-01", "2024-02"]
    assert found.hbm_announced[month("2024-01")] == pytest.approx(22 / 31)
    assert found.hbm_rush[month("2024-01") : month("2024-04")].tolist() == pytest.approx([22 / 31, 9 / 31, 0.0])


def test_acts_beyond_the_horizon_are_known_but_never_bind() -> None:
    bar = Act.of("bar", announced="2027-11", effective="2028-01-15", sets={"named.policy": {"H20": "deny"}})
    found = made(Regime("late", "late", (bar,)))
    assert (found.policy[:, k("H20")] == CODE["free"]).all()
    assert (found.free == 1).all()
    assert spans(found.announced[:, k("H20")]) == ["2027-11", "2027-12"]


def test_a_withdrawn_act_was_feared_until_it_was_withdrawn() -> None:
    dropped = leaky(leaked=None, ends="2024-07-10", status="withdrawn", effective="2024-07-10")
    found = made(dropped)
    assert spans(found.announced[:, k("H20")]) == ["2024-05", "2024-06"]
    assert (found.policy[:, k("H20")] == CODE["free"]).all()


# --- acts that set nothing ---


@given(
    when=st.dates(date(2021, 2, 1), date(2027, 6, 1)),
    notice=st.integers(0, 400),
    leaked=st.integers(1, 400) | st.none(),
)
def test_an_act_that_sets_nothing_leaves_every_array_as_it_was(when: date, notice: int, leaked: int | None) -> None:
    announced = date.fromordinal(when.toordinal() - notice)
    entries = {} if leaked is None else {"leaked": date.fromordinal(announced.toordinal() - leaked)}
    empty = Act.of("nothing", announced=announced, effective=when, **entries)
    assert differences(made(HISTORY), made(HISTORY | empty)) == {}


def test_an_act_that_sets_what_holds_anyway_leaves_every_array_as_it_was() -> None:
    same = Act.of("again", announced="2025-06", sets={"hbm.policy": "presume_deny", "tools.smic": 0.0})
    assert differences(made(HISTORY), made(HISTORY | same)) == {}


@given(sku=st.sampled_from(CHIPS), when=st.dates(date(2022, 1, 1), date(2027, 6, 1)), notice=st.integers(0, 300))
def test_calendars_agree_until_the_month_in_which_an_act_is_known(sku: str, when: date, notice: int) -> None:
    announced = date.fromordinal(when.toordinal() - notice)
    bar = Act.of("bar", announced=announced, effective=when, sets={"named.policy": {sku: "deny"}})
    found = differences(made(HISTORY), made(HISTORY | bar))
    assert all(first >= month_of(announced) for first in found.values())


def test_a_calendar_is_made_once_a_process() -> None:
    assert made(HISTORY) is made(load_regime("history"))


def test_a_notice_that_is_never_cleared_is_refused() -> None:
    sets = {"consumer.policy": "off", "band_a.tpp_min": 4700}
    found = made(what_if(sets=sets))
    place, later = k("RTX PRO 6000D"), month("2026-12")
    assert POLICIES[found.policy[later, place]] == "notify"
    assert found.refused[later, place]
    assert not found.refused[later, k("A30")], "a data-centre chip in the lower band is cleared"
    cleared = made(what_if(sets=sets | {"nac.gaming_cleared": True}))
    assert not cleared.refused[later, place]


# --- gaming cards ---


def test_the_gaming_cards_are_those_of_the_catalogue() -> None:
    assert list(CARDS) == ["RTX 4090", "RTX 4090D", "RTX 5090", "RTX 5090D", "RTX 5090D V2"]


def test_the_4090_is_barred_with_the_rule_of_2023_and_its_cut_down_is_not() -> None:
    free = made(HISTORY).cards
    assert free[month("2023-10"), card("RTX 4090")] == 1.0
    assert free[month("2023-11"), card("RTX 4090")] == pytest.approx(16 / 30)
    assert free[month("2023-12"), card("RTX 4090")] == 0.0
    assert free[month("2024-06"), card("RTX 4090D")] == 1.0
    assert free[month("2025-03"), card("RTX 5090")] == 0.0


def test_the_letters_of_2025_bar_the_5090d_and_its_second_version_passes_them() -> None:
    free = made(HISTORY).cards
    assert free[month("2025-03"), card("RTX 5090D")] == 1.0
    assert free[month("2025-06"), card("RTX 5090D")] == 0.0
    assert free[month("2025-10"), card("RTX 5090D V2")] == 1.0
    mode = made(HISTORY).card_mode[:, card("RTX 5090D V2")]
    assert [IMPORT_MODES[mode[month(when)]] for when in ("2025-10", "2026-06")] == ["open", "block"]


def test_the_end_of_a_card_is_known_when_it_is_announced() -> None:
    known = made(HISTORY).card_end[:, card("RTX 4090")]
    assert not known[: month("2023-10")].any()
    assert known[month("2023-10")]
    assert known[month("2023-11")]
    assert not known[month("2023-12")]
    assert not made(load_regime("no_controls")).card_end.any()


def test_an_act_that_bars_nothing_more_announces_no_end() -> None:
    null = Act.of("null", announced="2023-03", effective="2023-11-17", sets={"licence.review_months": 1.5})
    ours, theirs = made(HISTORY), made(HISTORY | null)
    assert np.array_equal(ours.card_end, theirs.card_end)
