"""When acts bind, in words and in order."""

from datetime import date

from abm.law import clock
from abm.law.acts import Act

OLD = Act.of("old", announced="2026-01")
NEW = Act.of("new", announced="2026-02", effective="2026-03", ends="2026-06", repeals=["old"])
HOPE = Act.of("hope", announced="2026-02", effective="2026-04", ends="2026-04", status="withdrawn")


def test_spans_give_the_first_day_in_and_out_of_force() -> None:
    assert clock.spans((NEW, OLD, HOPE)) == {
        "old": (date(2026, 1, 1), date(2026, 3, 1)),
        "new": (date(2026, 3, 1), date(2026, 6, 1)),
    }
    assert clock.spans((OLD,)) == {"old": (date(2026, 1, 1), date.max)}


def test_how_an_act_ended_in_words() -> None:
    within = clock.spans((NEW, OLD, HOPE))
    assert clock.until(OLD, within) == "repealed 2026-03-01"
    assert clock.until(NEW, within) == "ends 2026-06-01"
    assert clock.until(HOPE, within) == "never in force"
    assert clock.until(OLD, clock.spans((OLD,))) == "no end"


def test_two_acts_that_repeal_each_other_on_one_day_go_by_their_order() -> None:
    one = Act.of("a", announced="2026-01", repeals=["b"])
    two = Act.of("b", announced="2026-01", repeals=["a"])
    assert set(clock.spans((two, one))) == {"a"}


def test_the_chance_of_an_act() -> None:
    act = Act.of("x", announced="2026-03", leaked="2026-02")
    own = Act.of("y", announced="2026-03", leaked="2026-02", credence=0.4)
    days = (date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 1))
    assert [clock.chance(act, day, 0.7) for day in days] == [0.0, 0.7, 1.0]
    assert [clock.chance(own, day, 0.7) for day in days] == [0.0, 0.4, 1.0]
