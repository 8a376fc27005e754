"""The algebra of regimes: when acts bind, what is known of them, and how regimes are composed."""

import json
import pickle
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from abm.foundation.errors import InputError
from abm.law.acts import Act
from abm.law.regime import Regime, load_regime, shipped

HISTORY = load_regime("history")
NAMES = sorted(act.name for act in HISTORY.acts)


def act(name: str, announced: str = "2026-01", **entries: Any) -> Act:
    entries.setdefault("sets", {"hbm.quota_share": 0.5})
    return Act.of(name, announced=announced, **entries)


def regime(*acts: Act) -> Regime:
    return Regime("test", "a test", acts)


def bound(one: Regime, day: str) -> set[str]:
    return {found.name for found in one.in_force(day)}


# --- when acts bind ---


def test_an_act_binds_from_its_effective_day_to_the_day_before_its_end() -> None:
    one = regime(act("a", effective="2026-03-10", ends="2026-04-10"))
    days = ("2026-03-09", "2026-03-10", "2026-04-09", "2026-04-10")
    assert [bound(one, day) for day in days] == [set(), {"a"}, {"a"}, set()]
    assert one.breakpoints() == (date(2026, 3, 10), date(2026, 4, 10))


def test_an_act_that_ends_the_day_it_starts_never_binds() -> None:
    assert regime(act("a", effective="2026-03-10", ends="2026-03-10")).breakpoints() == ()


def test_what_an_act_set_falls_back_to_the_next_in_force_when_it_ends() -> None:
    long = act("long", sets={"hbm.quota_share": 0.5})
    short = act("short", effective="2026-03", ends="2026-05", sets={"hbm.quota_share": 0.1})
    one = regime(long, short)
    assert [one.at(day)["hbm.quota_share"] for day in ("2025-12", "2026-02", "2026-04", "2026-05")] == [
        1.0,
        0.5,
        0.1,
        0.5,
    ]


def test_a_repealed_act_ends_for_good_when_the_other_takes_effect() -> None:
    one = regime(act("old"), act("new", "2026-02", effective="2026-03", repeals=["old"], ends="2026-06"))
    assert [bound(one, day) for day in ("2026-02", "2026-03", "2026-07")] == [{"old"}, {"new"}, set()]
    assert one.spans["old"] == (date(2026, 1, 1), date(2026, 3, 1))


def test_an_act_repealed_before_it_took_effect_never_binds_nor_repeals() -> None:
    one = regime(
        act("first"),
        act("middle", effective="2026-05", repeals=["first"]),
        act("last", "2026-02", effective="2026-03", repeals=["middle"]),
    )
    assert bound(one, "2026-06") == {"first", "last"}


def test_a_truce_suspends_and_the_acts_bind_again() -> None:
    one = regime(act("rule"), act("truce", "2026-02", effective="2026-03", ends="2026-05", sets={}, suspends=["rule"]))
    assert [bound(one, day) for day in ("2026-02", "2026-03", "2026-04", "2026-05")] == [
        {"rule"}, {"truce"}, {"truce"}, {"rule"},
    ]  # fmt: skip


def test_a_truce_may_be_repealed_but_not_suspended() -> None:
    rule, truce = act("rule"), act("truce", "2026-02", sets={}, suspends=["rule"])
    ended = regime(rule, truce, act("end", "2026-03", sets={}, repeals=["truce"]))
    assert bound(ended, "2026-04") == {"rule", "end"}
    with pytest.raises(InputError, match="'end' suspends 'truce', which itself suspends acts: repeal it instead"):
        regime(rule, truce, act("end", "2026-03", sets={}, suspends=["truce"]))


def test_withdrawn_acts_never_bind_but_are_known_until_they_are_given_up() -> None:
    one = regime(act("hope", effective="2026-06", ends="2026-06", status="withdrawn"))
    assert bound(one, "2026-07") == set()
    assert [found.name for found, _ in one.known("2026-05-31")] == ["hope"]
    assert one.known("2026-06-01") == ()


def test_names_stand_once_and_acts_have_a_day() -> None:
    with pytest.raises(InputError) as fault:
        regime(act("a"), act("a"), act("plan", status="pending"))
    assert "act 'a' stands twice" in str(fault.value)
    assert "act 'plan' has no effective date" in str(fault.value)


@st.composite
def regimes(draw: st.DrawFn) -> Regime:
    """Small regimes with ends, leaks, repeals, truces and withdrawals."""
    months = st.integers(0, 30).map(lambda index: f"{2025 + index // 12}-{index % 12 + 1:02d}")
    acts = []
    for index in range(draw(st.integers(0, 5))):
        days = sorted(draw(st.tuples(months, months, months, months)))
        names = [f"a{other}" for other in range(5) if other != index]
        truce = index == 4 and draw(st.booleans())
        entries: dict[str, Any] = {
            "effective": days[2],
            "sets": {"fee.duty": {draw(st.sampled_from(["*", "H20"])): index / 8}},
        }
        if draw(st.booleans()):
            entries |= {"leaked": days[0], "credence": draw(st.floats(0, 1))}
        if draw(st.booleans()):
            entries["ends"] = days[3]
        entries["repeals"] = draw(st.lists(st.sampled_from(names), max_size=1))
        if truce:
            entries["suspends"] = ["a0"]
        if draw(st.integers(0, 5)) == 0:
            entries["status"] = "withdrawn"
        acts.append(Act.of(f"a{index}", announced=days[1], **entries))
    return regime(*acts)


DAYS = st.dates(date(2024, 12, 1), date(2028, 1, 1))


@given(regimes(), DAYS)
def test_the_law_of_a_day_is_that_of_the_acts_in_force(one: Regime, day: date) -> None:
    assert set(one.at(day).caught) == set(one.in_force(day))
    for found in one.in_force(day):
        assert found.effective is not None
        assert found.effective <= day
        assert found.ends is None or day < found.ends
        assert found.status is None
    if day not in one.breakpoints():
        assert one.at(day) is one.at(day - timedelta(1))


@given(regimes(), DAYS, st.floats(0, 1))
def test_known_acts_are_to_come_and_certain_once_announced(one: Regime, day: date, credence: float) -> None:
    bound_now = {found.name for found in one.in_force(day)}
    for found, chance in one.known(day, credence):
        assert found.effective is not None
        assert found.effective > day
        assert found.name not in bound_now
        assert (chance == 1.0) if found.announced <= day else chance in (found.credence, credence)
        assert found.announced <= day or (found.leaked is not None and found.leaked <= day)


@given(regimes(), DAYS)
def test_what_is_foreseen_today_is_the_law_of_today(one: Regime, day: date) -> None:
    """Acts in force were announced by then, so the law as known on a day is that day's own."""
    assume(all(found.status is None for found in one.acts))
    assert one.foreseen(day).at(day).settings() == one.at(day).settings()
    everything = one.foreseen(date(2100, 1, 1))
    assert everything.acts == one.acts
    assert set(one.foreseen(day).acts) <= set(one.foreseen(day, leaks=True).acts)


def test_leaked_acts_are_foreseen_only_if_asked() -> None:
    one = regime(act("a", "2026-03", leaked="2026-01", effective="2026-05"))
    assert one.foreseen("2026-02").at("2026-06")["hbm.quota_share"] == 1.0
    assert one.foreseen("2026-02", leaks=True).at("2026-06")["hbm.quota_share"] == 0.5
    assert one.foreseen("2026-03").at("2026-06")["hbm.quota_share"] == 0.5


def test_a_leak_without_credence_has_the_one_given() -> None:
    one = regime(act("a", "2026-03", leaked="2026-01", effective="2026-05"))
    assert [chance for _, chance in one.known("2026-02", 0.3)] == [0.3]
    assert [chance for _, chance in one.known("2026-03", 0.3)] == [1.0]
    assert one.known("2025-12-31") == ()


def test_the_end_of_a_truce_is_foreseen() -> None:
    assert HISTORY.foreseen("2026-10-31").at("2026-11-27").get("cn.material", "gallium") == "ban"


def test_acts_repealed_by_something_announced_are_no_longer_expected() -> None:
    one = regime(act("a", effective="2026-06"), act("b", "2026-03", effective="2026-04", repeals=["a"]))
    assert [found.name for found, _ in one.known("2026-02")] == ["a"]
    assert [found.name for found, _ in one.known("2026-03")] == ["b"]


# --- composition ---


@given(regimes())
def test_identities(one: Regime) -> None:
    assert one.without() is one
    assert one | one is one
    assert one | Regime("", "") is one
    assert (Regime("", "") | one).acts == one.acts
    assert one.before("2100-01") is one
    assert one.before("1900-01").acts == ()
    for found in one.acts:
        assert one.shift(found.name, 0) is one
        assert one | found is one
        assert (one.without(found.name) | found).acts == one.acts


@given(regimes(), regimes(), regimes())
def test_joining_is_associative_and_the_right_side_stands(one: Regime, two: Regime, three: Regime) -> None:
    try:
        left, right = (one | two) | three, one | (two | three)
    except InputError:
        assume(False)
    assert left.acts == right.acts
    for found in three.acts:
        assert left.act(found.name) == found


@given(regimes(), st.integers(-30, 30))
def test_shifting_moves_one_act_and_its_dates_together(one: Regime, months: int) -> None:
    for found in one.acts:
        moved = one.shift(found.name, months)
        assert {other for other in moved.acts if other.name != found.name} == set(one.acts) - {found}
        again = moved.shift(found.name, -months)
        assert again.acts == one.acts  # every date here is the first of a month


@given(regimes(), DAYS)
def test_leaving_a_regime_on_a_day_keeps_what_was_announced_before(one: Regime, day: date) -> None:
    left = one.before(day)
    assert set(left.acts) == {found for found in one.acts if found.announced < day}
    assert left.before(day).acts == left.acts
    assert left.at(day - timedelta(1)).settings() == one.at(day - timedelta(1)).settings() or any(
        found.status for found in one.acts
    )


@pytest.mark.parametrize("name", NAMES)
def test_each_act_of_history_can_be_dropped_moved_and_put_back(name: str) -> None:
    without = HISTORY.without(name)
    assert len(without.acts) == len(HISTORY.acts) - 1
    assert (without | HISTORY.act(name)).acts == HISTORY.acts
    assert HISTORY.shift(name, 6).act(name).announced > HISTORY.act(name).announced


def test_names_are_composed_so_that_results_can_be_told_apart() -> None:
    one = HISTORY.without("us-hbm-rule", "us-hbm-exception")
    assert one.name == "history without us-hbm-rule and us-hbm-exception"
    assert HISTORY.shift("us-hbm-rule", -2).name == "history, us-hbm-rule -2 months"
    assert HISTORY.before("2024-12-01").name == "history before 2024-12-01"
    assert (HISTORY | load_regime("hbm_relief")).name == "history | hbm_relief"
    assert HISTORY.add(act("x", "2026-12")).name == "history + x"


def test_joining_futures_gives_the_acts_of_both() -> None:
    both = load_regime("hbm_relief") | load_regime("limited_licensing")
    law = both.at("2026-11-01")
    assert law["hbm.policy"] == "case_by_case"
    assert law["case_band.tpp_below"] == 32000
    assert "us-h200-quota" not in bound(both, "2026-11-01")


def test_an_act_in_place_of_one_of_the_same_name() -> None:
    stricter = act("us-hbm-rule", "2024-12-02", sets={"hbm.density_above": 1.0, "hbm.policy": "deny"})
    assert (HISTORY | stricter).at("2025-01")["hbm.policy"] == "deny"
    with pytest.raises(InputError, match="'us-hbm-rule' stands twice"):
        HISTORY.add(stricter)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: HISTORY.without("us-hbm-rul"), "no act named 'us-hbm-rul'; did you mean 'us-hbm-rule'"),
        (lambda: HISTORY.shift("us-hbm-rul", 0), "no act named 'us-hbm-rul'; did you mean 'us-hbm-rule'"),
        (lambda: HISTORY.adopt("truce-extensoin"), "'truce-extensoin'; did you mean 'truce-extension'?"),
        (lambda: HISTORY.adopt("us-hbm-rule"), "no pending act named 'us-hbm-rule'"),
        (lambda: HISTORY.adopt("cn-grid-mandate"), "'cn-grid-mandate' has no effective date; give it one to add it"),
        (lambda: HISTORY.at("2026-11-31"), "'2026-11-31' is no day of the calendar"),
        (lambda: HISTORY.before("soon"), "'soon' is not a date"),
        (lambda: load_regime("histroy"), "no regime named 'histroy'; did you mean 'history'?"),
    ],
)  # fmt: skip
def test_wrong_names_and_days_are_refused_with_the_nearest(wrong: Any, words: str) -> None:
    with pytest.raises(InputError) as fault:
        wrong()
    assert words in str(fault.value)


def test_a_pending_act_is_adopted() -> None:
    dated = HISTORY.adopt("cn-grid-mandate", "2027-01")
    assert dated.at("2026-12-31").get("cn.domestic_share_min", "national_grid") == 0.0
    assert dated.at("2027-01-01").get("cn.domestic_share_min", "national_grid") == 0.8
    assert dated.act("cn-grid-mandate").status is None
    assert "cn-grid-mandate" not in {found.name for found in dated.pending}


def test_operations_leave_the_regime_as_it_was() -> None:
    before = HISTORY.to_dict()
    HISTORY.without("us-hbm-rule").shift("us-h20-letter", 3).before("2026-01").adopt("truce-extension")
    assert HISTORY.to_dict() == before


# --- as data ---


@pytest.mark.parametrize("name", shipped())
def test_a_regime_survives_json_and_pickle(name: str) -> None:
    one = load_regime(name)
    again = Regime.from_dict(json.loads(json.dumps(one.to_dict())))
    assert again.acts == one.acts
    assert again.to_dict() == one.to_dict()
    one.at("2026-11")
    assert pickle.loads(pickle.dumps(one)) == one


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"acts": 3}, "act: 3 is not a list of acts"),
        ({"acts": [{"name": "x"}]}, "announced: is missing"),
        ({"name": None}, "name: is missing"),
        ({"extra": 1}, "no key named 'extra'"),
    ],
)
def test_a_broken_table_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as fault:
        Regime.from_dict({"name": "x", "title": "x", "acts": []} | change)
    assert words in str(fault.value)


def test_a_regime_makes_a_table() -> None:
    rows = HISTORY.rows()
    assert len(rows) == len(HISTORY.acts)
    letter = next(row for row in rows if row["name"] == "us-h20-letter")
    assert "letter.addressed[AMD] = True" in str(letter["sets"])
    assert next(row for row in rows if row["name"] == "us-diffusion-rule")["until"] == "never in force"
    assert next(row for row in rows if row["name"] == "busan-gallium-suspended")["until"] == "ends 2026-11-27"
    assert repr(HISTORY) == f"<Regime 'history': {len(HISTORY.acts)} acts>"


@pytest.mark.parametrize("name", shipped())
def test_settings_tell_what_counts(name: str) -> None:
    regime = load_regime(name)
    for day in regime.breakpoints():
        law = regime.at(day)
        assert all(one.value == law.get(one.lever, one.scope) for one in law.settings())
