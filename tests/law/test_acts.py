"""Acts: reading, checking, writing and moving them."""

import json
import pickle
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.foundation.errors import InputError
from abm.law.acts import Act, Setting, add_months, chance_of, spans_of, to_day, until
from abm.law.regime import load_regime

PLAIN: dict[str, Any] = {"name": "us-test", "by": "US", "announced": "2026-11-01", "effective": "2026-12-01"}


def test_an_act_from_plain_values() -> None:
    act = Act.of("us-lift", announced="2026-11", sets={"band_a.policy": "off", "fee.duty": {"H200": 0, "*": 0.25}})
    assert act.by == "US"
    assert act.announced == act.effective == date(2026, 11, 1)
    assert act.sets == (
        Setting("band_a.policy", None, "off"), Setting("fee.duty", "*", 0.25), Setting("fee.duty", "H200", 0.0),
    )  # fmt: skip
    assert act.grade == "assumed"


def test_whole_numbers_and_fractions_are_one_act() -> None:
    one, two = (Act.from_dict(PLAIN | {"sets": {"band_a.tpp_min": value}}) for value in (4800, 4800.0))
    assert one == two
    assert hash(one) == hash(two)
    assert json.dumps(one.to_dict()) == json.dumps(two.to_dict())


@pytest.mark.parametrize(
    "act", (*load_regime("history").acts, *load_regime("history").pending), ids=lambda act: act.name
)
def test_an_act_survives_json_and_pickle(act: Act) -> None:
    again = Act.from_dict(json.loads(json.dumps(act.to_dict())))
    assert again == act
    assert hash(again) == hash(act)
    assert pickle.loads(pickle.dumps(act)) == act


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "name: '' is not a word"),
        ({"name": "two words"}, "name: 'two words' is not a word"),
        ({"name": 3}, "name: 3 is not"),
        ({"by": "USA"}, "by: 'USA' is not known; did you mean 'US'?"),
        ({"announced": None}, "announced: is missing"),
        ({"effective": None}, "effective: is missing"),
        ({"announced": "2026-13-01"}, "announced: '2026-13-01' is no day of the calendar"),
        ({"announced": "2026-02-30"}, "announced: '2026-02-30' is no day of the calendar"),
        ({"announced": "November"}, "announced: 'November' is not a date written YYYY-MM-DD or YYYY-MM"),
        ({"announced": "２０２６-11"}, "is not a date"),
        ({"announced": 2026}, "announced: 2026 is not a date"),
        ({"announced": datetime(2026, 11, 1)}, "is not a date"),
        ({"effective": "2026-10-31"}, "effective: 2026-10-31 is before announced 2026-11-01"),
        ({"leaked": "2026-11-02"}, "announced: 2026-11-01 is before leaked 2026-11-02"),
        ({"ends": "2026-11-30"}, "ends: 2026-11-30 is before effective 2026-12-01"),
        ({"credence": 0.5}, "credence: is given without a leak"),
        ({"leaked": "2026-10", "credence": 1.5}, "credence: 1.5 is not a probability"),
        ({"leaked": "2026-10", "credence": float("nan")}, "credence: nan is not a probability"),
        ({"leaked": "2026-10", "credence": True}, "credence: True is not a probability"),
        ({"status": "pendng"}, "status: 'pendng' is not known; did you mean 'pending'?"),
        ({"grade": "certain"}, "grade: 'certain' is not known"),
        ({"answers_us": True}, "answers_us: an act of the US answers no act of the US"),
        ({"answers_us": "yes"}, "answers_us: 'yes' is not true or false"),
        ({"source": "bis-87fr62187"}, "source: 'bis-87fr62187' is no id of sources.csv; did you mean 'bis-87fr62186'?"),
        ({"source": 7}, "source: 7 is not text"),
        ({"what": 7}, "what: 7 is not text"),
        ({"suspends": "us-hbm-rule"}, "suspends: 'us-hbm-rule' is not a list of names"),
        ({"repeals": [1]}, "repeals: [1] is not a list of names"),
        ({"sets": [1]}, "sets: [1] is not a table"),
        ({"sets": {"hbm.polcy": "off"}}, "sets: no lever named 'hbm.polcy'; did you mean 'hbm.policy'?"),
        ({"sets": {"fee.duty": {"H2000": 0.1}}}, "sets: fee.duty[H2000]: no sku named 'H2000'; did you mean 'H200'?"),
        ({"sets": {"fee.duty": {"H200": {"x": 1}}}}, "sets: fee.duty[H200]: {'x': 1} is not a number"),
        ({"sets": {"cn.import_mode": {"H20": "block"}}}, "sets: cn.import_mode: is a lever of CN, not of US"),
        ({"lever": "quota"}, "no key named 'lever'"),
        ({"efective": "2026-12"}, "no key named 'efective'; did you mean 'effective'?"),
    ],
)  # fmt: skip
def test_a_wrong_act_is_refused_in_words(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as fault:
        Act.from_dict(PLAIN | change, "own.toml: act 1")
    assert words in str(fault.value)
    assert "own.toml: act 1" in str(fault.value)


def test_all_faults_are_told_at_once_under_the_name_of_the_act() -> None:
    with pytest.raises(InputError) as fault:
        Act.from_dict(
            PLAIN | {"by": "EU", "grade": "x", "sets": {"a": 1, "b": 2}, "source": "nobody"}, "own.toml: act 3"
        )
    lines = str(fault.value).splitlines()
    assert sum("own.toml: act 3: us-test: " in line for line in lines) == 5


@pytest.mark.parametrize("entry", [None, 3, "text", [1]])
def test_what_is_no_table_is_refused(entry: object) -> None:
    with pytest.raises(InputError, match="is not a table"):
        Act.from_dict(entry)  # type: ignore[arg-type]


ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.dates()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)
KEYS = ["name", "by", "announced", "effective", "leaked", "credence", "ends", "status", "sets", "suspends", "repeals"]


@given(st.dictionaries(st.sampled_from([*KEYS, "answers_us", "what", "source", "grade", "note", "other"]), ANYTHING))
def test_any_table_is_an_act_or_an_input_error(change: dict[str, Any]) -> None:
    try:
        act = Act.from_dict(PLAIN | change)
    except InputError:
        return
    assert Act.from_dict(act.to_dict()) == act


def test_a_pending_act_needs_no_effective_date() -> None:
    assert Act.of("cn-plan", by="CN", announced="2026-06", status="pending").effective is None


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(-600, 600))
def test_months_are_added_in_order(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == day.day or (moved.day < day.day and (moved.day, day.day) >= (28, 29))
    assert add_months(day, 0) == day
    if day.day <= 28:
        assert add_months(moved, -months) == day


def test_the_last_day_of_a_shorter_month_stands_in() -> None:
    assert add_months(date(2024, 12, 31), 2) == date(2025, 2, 28)
    assert add_months(date(2023, 12, 31), 2) == date(2024, 2, 29)


@pytest.mark.parametrize("months", [-40000, 200000])
def test_leaving_the_calendar_is_refused(months: int) -> None:
    with pytest.raises(InputError, match="leaves the calendar"):
        add_months(date(2024, 1, 1), months)


def test_shifting_moves_every_date_together() -> None:
    act = Act.of("t", announced="2026-03", leaked="2026-01", effective="2026-05-31", ends="2026-12-31", credence=0.5)
    moved = act.shifted(-3)
    assert (moved.leaked, moved.announced, moved.effective, moved.ends) == (
        date(2025, 10, 1), date(2025, 12, 1), date(2026, 2, 28), date(2026, 9, 30),
    )  # fmt: skip
    assert (moved.sets, moved.credence) == (act.sets, act.credence)


def test_days_are_read_from_dates_and_text() -> None:
    assert to_day("2026-11") == to_day("2026-11-01") == to_day(date(2026, 11, 1))
    with pytest.raises(InputError):
        to_day(datetime(2026, 11, 1))


# --- when acts bind, and when they are known ---

OLD = Act.of("old", announced="2026-01")
NEW = Act.of("new", announced="2026-02", effective="2026-03", ends="2026-06", repeals=["old"])
HOPE = Act.of("hope", announced="2026-02", effective="2026-04", ends="2026-04", status="withdrawn")


def test_spans_give_the_first_day_in_and_out_of_force() -> None:
    assert spans_of((NEW, OLD, HOPE)) == {
        "old": (date(2026, 1, 1), date(2026, 3, 1)),
        "new": (date(2026, 3, 1), date(2026, 6, 1)),
    }
    assert spans_of((OLD,)) == {"old": (date(2026, 1, 1), date.max)}


def test_how_an_act_ended_in_words() -> None:
    within = spans_of((NEW, OLD, HOPE))
    assert until(OLD, within) == "repealed 2026-03-01"
    assert until(NEW, within) == "ends 2026-06-01"
    assert until(HOPE, within) == "never in force"
    assert until(OLD, spans_of((OLD,))) == "no end"


def test_two_acts_that_repeal_each_other_on_one_day_go_by_their_order() -> None:
    one = Act.of("a", announced="2026-01", repeals=["b"])
    two = Act.of("b", announced="2026-01", repeals=["a"])
    assert set(spans_of((two, one))) == {"a"}


def test_the_chance_of_an_act() -> None:
    act = Act.of("x", announced="2026-03", leaked="2026-02")
    own = Act.of("y", announced="2026-03", leaked="2026-02", credence=0.4)
    days = (date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 1))
    assert [chance_of(act, day, 0.7) for day in days] == [0.0, 0.7, 1.0]
    assert [chance_of(own, day, 0.7) for day in days] == [0.0, 0.4, 1.0]
