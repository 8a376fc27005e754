"""What a person may choose on a page, and what it comes to as a scenario."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.foundation.errors import InputError
from abm.foundation.parameters import Parameters
from abm.law.levers import ANY, LEVERS
from abm.law.regime import load_regime, shipped
from abm.server.setup import DIALS, MOST_CHANGES, MOST_SHIFT, Change, Dial, Setup

RELIEF = Change("hbm.policy", None, "case_by_case", "2025-06")


def test_the_plain_setup_is_the_regime_itself() -> None:
    assert Setup().law == load_regime("history")
    assert Setup().scenario().key == Setup().scenario(0).key
    assert Setup().words == "History"


def test_an_act_is_dropped_and_put_back() -> None:
    dropped = Setup().drop("us-hbm-rule")
    assert {act.name for act in Setup().law.acts} - {act.name for act in dropped.law.acts} == {"us-hbm-rule"}
    assert dropped.law.name == "history"
    assert dropped.restore("us-hbm-rule") == Setup()


def test_an_act_is_moved_from_where_the_regime_has_it() -> None:
    moved = Setup().move("us-hbm-rule", 3).move("us-hbm-rule", 6)
    assert moved.moved == (("us-hbm-rule", 6),)
    assert moved.law.act("us-hbm-rule") == load_regime("history").act("us-hbm-rule").shifted(6)
    assert moved.move("us-hbm-rule", 0) == Setup()
    with pytest.raises(InputError, match=f"at most {MOST_SHIFT} months"):
        Setup().move("us-hbm-rule", MOST_SHIFT + 1)


def test_what_is_dropped_is_not_moved_and_the_other_way_round() -> None:
    assert Setup().move("us-hbm-rule", 3).drop("us-hbm-rule").moved == ()
    assert Setup().drop("us-hbm-rule").move("us-hbm-rule", 3).dropped == ()


@pytest.mark.parametrize("name", [act.name for act in load_regime("history").pending])
def test_every_pending_act_can_be_made_law(name: str) -> None:
    adopted = Setup().adopt(name)
    assert adopted.law.act(name).effective is not None
    adopted.scenario()
    assert adopted.adopt(name, yes=False) == Setup()


def test_another_regime_forgets_only_acts_that_it_has_not() -> None:
    setup = Setup().drop("us-hbm-rule").move("us-h20-letter", 2)
    assert setup.on("hold_firm").dropped == ("us-hbm-rule",)
    assert setup.on("no_controls") == Setup("no_controls")


def test_a_change_binds_from_its_month_on() -> None:
    law = Setup("hold_firm").change(RELIEF).scenario().regime
    assert law.at("2025-05-31").get("hbm.policy") != "case_by_case"
    assert law.at("2025-06-01").get("hbm.policy") == "case_by_case"


def test_one_change_of_a_lever_and_month_stands_and_can_be_undone() -> None:
    again = Change("hbm.policy", None, "deny", "2025-06")
    setup = Setup().change(RELIEF).change(again)
    assert setup.changes == (again,)
    assert setup.undo(again) == Setup()


@pytest.mark.parametrize(
    "change",
    [
        Change("hbm.policy", None, "sometimes", "2025-06"),
        Change("hbm.polisy", None, "deny", "2025-06"),
        Change("licence.approval", ANY, 1.5, "2025-06"),
        Change("licence.approval", "H9000", 0.5, "2025-06"),
        Change("licence.approval", None, 0.5, "2025-06"),
    ],
)
def test_a_wrong_change_is_refused(change: Change) -> None:
    with pytest.raises(InputError):
        Setup().change(change)


def test_changes_are_limited() -> None:
    setup = Setup()
    for month in range(MOST_CHANGES):
        setup = setup.change(Change("hbm.policy", None, "deny", f"{2023 + month // 12}-{month % 12 + 1:02d}"))
    with pytest.raises(InputError, match="take one back"):
        setup.change(Change("hbm.policy", None, "deny", "2030-01"))


def test_a_parameter_at_its_default_is_no_change() -> None:
    setup = Setup().put("demand.theta", 2.0)
    assert setup.scenario().parameters.demand.theta == 2.0
    assert setup.put("demand.theta", Parameters().demand.theta) == Setup()
    with pytest.raises(InputError, match=r"demand\.theta"):
        Setup().put("demand.theta", -1.0)


def test_words_tell_everything_that_was_changed() -> None:
    setup = Setup("hold_firm").drop("us-h20-letter").move("us-hbm-rule", -2).change(RELIEF).put("demand.theta", 2.0)
    for part in ("Hold firm", "without H20 letters", "HBM rule, December 2024 2 months earlier", "case by case",
                 "HBM: review of applications", "June 2025", "How labs choose: sensitivity to value"):  # fmt: skip
        assert part in setup.words
    assert (setup.short, setup.plain) == ("Hold firm, changed", False)


@pytest.mark.parametrize("dial", DIALS, ids=lambda dial: dial.lever)
def test_a_dial_is_law_from_november_2026_and_back_it_is_no_change(dial: Dial) -> None:
    law = Setup("hold_firm")
    value = dial.most / 2
    turned = law.dial(dial, value)
    assert dial.standing(turned.whole) == value
    assert turned.whole.at("2026-10-31") == law.whole.at("2026-10-31")
    assert turned.dial(dial, dial.standing(law.whole)) == law
    assert dial.standing(turned.dial(dial, dial.most).whole) == dial.most


@given(st.sampled_from(shipped()), st.sampled_from([act.name for act in load_regime("history").acts]), st.data())
def test_any_choice_gives_a_scenario_or_the_one_error(regime: str, act: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(LEVERS)))
    lever = LEVERS[name]
    value = data.draw(st.sampled_from(lever.choices) if lever.choices else st.sampled_from([True, 0, 0.5, 1e5, "x"]))
    try:
        setup = Setup().drop(act).on(regime).change(Change(name, ANY if lever.scope else None, value, "2026-12"))
        scenario = setup.move(act, data.draw(st.integers(-70, 70))).scenario()
    except InputError:
        return
    assert scenario.label == regime
