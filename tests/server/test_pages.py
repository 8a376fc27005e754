"""The pages' components, rendered without a browser; they need the extra `server`, which `./run test --all` brings."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

solara = pytest.importorskip("solara", reason="the extra 'server' is not installed")

import ipyvuetify as vue  # noqa: E402

from abm.foundation.parameters import declarations  # noqa: E402
from abm.law import levers  # noqa: E402
from abm.law.regime import load_regime, shipped  # noqa: E402
from abm.runs import metrics  # noqa: E402
from abm.server import editors, sides, state  # noqa: E402
from abm.server.address import View  # noqa: E402
from abm.server.pages import compare, step, sweeps  # noqa: E402
from abm.server.pages.evidence import EvidencePage  # noqa: E402
from abm.server.setup import DIALS, Change, Setup  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


waiting: list[Callable[[], None]] = []


def work() -> None:
    """Do the work that waits in the background."""
    while waiting:
        waiting.pop(0)()


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """State is kept by module: begin each test without any; background work is done when a test asks for it."""
    waiting.clear()
    monkeypatch.setattr(state, "in_background", waiting.append)
    monkeypatch.setattr(state, "HEADED", 2)
    state.setup.set(Setup("no_controls", until="2022-06"))
    state.base.set(Setup("hold_firm", until="2022-06"))
    state.at.set("2022-01")
    for one in (state.live, state.pair, state.comparison, state.job, state.flows, state.flows_of):
        one.set(None)  # type: ignore[attr-defined]
    for text in (state.agent, state.fault, state.busy):
        text.set("")
    state.progress.set(state.Progress())
    yield
    state.server.workers.close()


@pytest.fixture
def unpaired(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page whose two sides are not run to their end."""
    monkeypatch.setattr(state, "find_pair", lambda *_: None)


def shown(element: Any) -> Any:
    """A rendered element, and how to find widgets in it."""
    _, found = solara.render(solara.AppLayout(children=[element]), handle_error=False)
    work()
    return found


def texts(found: Any) -> str:
    """All text of labels and plain elements."""
    inner = [str(getattr(one.widget, "unsafe_innerHTML", "")) for one in found.find(vue.Html)]
    return " ".join([*(str(one.widget.children) for one in found.find(vue.Html)), *inner])


def press(found: Any, label: str) -> None:
    """Click the button with a label."""
    for one in found.find(vue.Btn):
        if label in one.widget.children:
            one.widget.click()
            work()
            return
    raise AssertionError(f"no button {label!r}")


def field(found: Any, label: str) -> Any:
    """The list with a label."""
    return next(one.widget for one in found.find(vue.Autocomplete) if one.widget.label == label)


def templates(found: Any, *traits: str) -> list[Any]:
    """The page's own widgets that have some traits."""
    each = [one.widget for one in found.find(vue.VuetifyTemplate)]
    return [one for one in each if all(hasattr(one, name) for name in traits)]


def text_fields(found: Any) -> list[Any]:
    """The fields for text."""
    return templates(found, "vue_commit", "wrong")


def sliders(found: Any) -> list[Any]:
    """The sliders."""
    return templates(found, "vue_commit", "words")


# controls made from declarations


def into(given: list[Setup], now: Setup | None = None) -> Callable[..., None]:
    """Keep what edits make of a setup, as a page does."""
    return lambda edit, report=None: state.attempt(lambda: given.append(edit(now or Setup())), report)


def test_every_regime_can_be_chosen() -> None:
    given: list[Setup] = []
    box = field(shown(editors.RegimeField(Setup(), into(given))), "Policy regime")
    assert {one["value"] for one in box.items} == set(shipped())
    box.v_model = "hold_firm"
    assert given == [Setup("hold_firm")]


def test_main_levers_are_sliders_and_back_is_no_change() -> None:
    given: list[Setup] = []
    found = shown(editors.Dials(Setup("hold_firm"), into(given, Setup("hold_firm"))))
    assert [one.label for one in sliders(found)] == [levers.LEVERS[dial.lever].label for dial in DIALS]
    dial, slider = DIALS[0], sliders(found)[0]
    assert slider.words[0] == "0 %"
    slider.vue_commit(5)
    assert given[-1] == Setup("hold_firm").dial(dial, dial.step * 5)
    again = shown(editors.Dials(given[-1], into(given, given[-1])))
    assert sliders(again)[0].words[sliders(again)[0].value] == slider.words[5]
    sliders(again)[0].vue_commit(0)
    assert given[-1] == Setup("hold_firm")


def test_every_lever_can_be_chosen_and_has_a_control() -> None:
    box = field(shown(editors.LawEditor(Setup(), into([]), "2024-01")), "Lever of the law")
    assert {one["value"] for one in box.items if "value" in one} == set(levers.LEVERS)
    law = Setup().whole
    for name, one in levers.LEVERS.items():
        draft = editors.Draft(name, month="2024-01")
        found = shown(editors.DraftFields(draft, law, lambda **_: None, "2030-12"))
        beside = 1 + bool(one.scope)  # the month, and what it is for
        assert len(found.find(vue.Autocomplete)) + len(found.find(vue.Switch)) + len(text_fields(found)) == 1 + beside


def test_a_lever_is_set_from_the_month_chosen() -> None:
    given: list[Setup] = []
    found = shown(editors.LawEditor(Setup(), into(given), "2025-06"))
    field(found, "From month").v_model = "2025-09"
    field(found, "Value").v_model = "free"
    press(found, "Apply from this month")
    assert given[-1].changes == (Change("hbm.policy", None, "free", "2025-09"),)


def test_a_wrong_number_is_told_under_its_field_until_another_is_typed() -> None:
    given: list[Setup] = []
    found = shown(editors.LawEditor(Setup(), into(given), "2025-06"))
    field(found, "Lever of the law").v_model = "licence.approval"
    for text, wrong in (
        ("0.25", ""),
        ("much", "a number from 0 to 1 is wanted"),
        ("7", "a number from 0 to 1 is wanted"),
    ):
        (box,) = text_fields(found)
        box.vue_commit(text)
        assert text_fields(found)[0].wrong == ""
        press(found, "Apply from this month")
        assert text_fields(found)[0].wrong == wrong
    assert [setup.changes for setup in given] == [(Change("licence.approval", levers.ANY, 0.25, "2025-06"),)]
    assert not found.find(vue.Alert)


def test_a_lever_without_a_value_asks_for_one_at_its_field() -> None:
    found = shown(editors.LawEditor(Setup(), into([]), "2023-01"))
    press(found, "Apply from this month")
    assert field(found, "Value").error_messages == ["choose a value first"]


def test_an_act_is_dropped_restored_and_moved() -> None:
    given: list[Setup] = []
    found = shown(editors.ActEditor(Setup(), into(given)))
    press(found, "Drop")
    press(found, "Move 6 months later")
    assert given == [Setup().drop("us-hbm-rule"), Setup().move("us-hbm-rule", 6)]
    assert len(found.find(vue.Checkbox)) == len(load_regime("history").pending)
    press(shown(editors.ActEditor(given[0], into(given, given[0]))), "Restore")
    assert given[-1] == Setup()


def test_everything_changed_is_listed_with_a_way_back() -> None:
    given: list[Setup] = []
    setup = Setup().drop("us-hbm-rule").move("us-h20-letter", 3).change(Change("hbm.policy", None, "deny", "2025-01"))
    setup = setup.put("demand.theta", 2.0).adopt(load_regime("history").pending[0].name)
    found = shown(editors.Changes(setup, into(given, setup)))
    backs = [one.widget for one in found.find(vue.Btn)]
    assert len(backs) == 5
    for one in backs:
        one.click()
    assert Setup() not in given
    assert len({*given, setup}) == 6
    assert "HBM rule, December 2024" in texts(found)


@pytest.mark.parametrize("group", list(dict.fromkeys(name.partition(".")[0] for name in declarations())))
def test_every_parameter_of_a_group_has_a_control_with_its_meaning(group: str) -> None:
    for name, one in declarations().items():
        if name.startswith(f"{group}."):
            found = shown(editors.ParameterField(one, one.default, lambda _: None))
            assert len(found.find(vue.Autocomplete)) + len(text_fields(found)) == 1
            assert one.help[1:] in texts(found)


def test_what_is_typed_is_read_or_refused() -> None:
    assert editors.parsed(declarations()["demand.theta"], "2") == 2.0
    assert editors.parsed(declarations()["hbm.lead_months"], "3") == 3
    for text in ("much", "-1", "nan", "1e9", ""):
        with pytest.raises(editors.InputError, match=r"a number from 0\.1 to 10 is wanted"):
            editors.parsed(declarations()["demand.theta"], text)


def test_a_wrong_seed_is_told_under_its_field() -> None:
    given: list[Setup] = []
    found = shown(editors.SeedField(Setup(), into(given)))
    for text in ("12345", "-1", "x", "7"):
        text_fields(found)[0].vue_commit(text)
        assert text_fields(found)[0].wrong == ("" if text == "7" else "a whole number from 0 to 9999 is wanted")
    assert given == [Setup(seed=7)]


def test_what_is_changed_before_the_page_is_drawn_again_is_kept() -> None:
    as_drawn = Setup(until="2022-06")
    state.setup.set(as_drawn)
    press(shown(editors.ActEditor(as_drawn, state.change_setup)), "Drop")
    text_fields(shown(editors.SeedField(as_drawn, state.change_setup)))[0].vue_commit("7")
    field(shown(editors.RegimeField(as_drawn, state.change_setup)), "Policy regime").v_model = "tighten"
    changed = state.setup.value
    assert (changed.regime, changed.seed, changed.dropped) == ("tighten", 7, ("us-hbm-rule",))


# step through


@pytest.mark.usefixtures("unpaired")
def test_the_page_steps_plays_again_and_resets() -> None:
    found = shown(step.StepPage())
    market = state.live.value
    assert market is not None
    press(found, "Step")
    press(found, "Step")
    assert market.date == "2022-03"
    assert "March 2022" in texts(found)
    state.change_setup(lambda _: Setup("history", until="2022-06"))
    work()
    assert state.live.value is not market
    assert (state.live.value.date, state.live.value.case.label) == ("2022-03", "history")
    press(found, "Reset")
    assert (state.live.value.date, state.live.value.case.label) == ("2022-01", "history")


@pytest.mark.usefixtures("unpaired")
def test_the_fold_of_levers_follows_the_months_and_the_law_is_listed() -> None:
    state.setup.set(Setup(until="2023-01"))
    found = shown(step.StepPage())
    press(found, "All levers of the law")
    press(found, "Law of the month shown")
    assert field(found, "From month").v_model == "2022-02"
    field(found, "Month shown").v_model = "2022-11"
    work()
    assert field(found, "From month").v_model == "2022-12"
    assert load_regime("history").act("us-oct2022-chip-rule").what in texts(found)


@pytest.mark.usefixtures("unpaired")
def test_a_click_on_any_circle_opens_its_story_and_it_can_be_closed() -> None:
    found = shown(step.StepPage())
    told = {"labs/DeepSeek": "a start-up, has", "channel/licensed": "or free of one", "store/HBM": "vendors hold"}
    for key, words in told.items():
        state.agent.set(key)
        assert words in texts(found)
    state.agent.set("")
    assert not any(words in texts(found) for words in told.values())


def test_the_charts_are_of_metrics_that_the_model_has() -> None:
    assert set(sides.WATCHED) <= set(metrics.METRICS)


@pytest.mark.usefixtures("unpaired")
def test_a_wrong_setup_is_told_and_changes_nothing() -> None:
    shown(step.StepPage())
    before = state.live.value
    state.change_setup(lambda _: Setup(until="1999-01"))
    assert "until" in state.fault.value
    assert state.live.value is before


def test_both_sides_are_run_to_their_end_and_head_the_page() -> None:
    found = shown(step.StepPage())
    pair = state.pair.value
    assert pair is not None
    assert [len(runs[0].columns["china_compute"]) for runs in pair.runs] == [6, 6]
    assert [runs[0].seed for runs in pair.runs] == [0, 1]
    assert "No controls, against hold firm" in texts(found)
    names = sides.ordered(pair)
    assert len(names) == len(set(names)) == sides.MOST_CHARTS
    sizes = [sides.effect(pair, name) for name in names]
    assert sizes == sorted(sizes, reverse=True)
    cards = sides.cards(pair)
    assert len({card.title for card in cards}) == len(cards) <= sides.MOST_CARDS
    assert all(
        card.words == "no material change" or any(sign in card.words for sign in "+−0123456789") for card in cards
    )
    state.base.set(state.setup.value)
    work()
    assert state.pair.value.same
    assert sides.cards(state.pair.value) == []
    assert "Both sides are the same" in texts(found)


@pytest.mark.usefixtures("unpaired")
def test_a_question_is_asked_at_once_and_the_address_keeps_everything() -> None:
    found = shown(step.StepPage())
    press(found, "What did the HBM rule of 2024 do?")
    assert state.setup.value == Setup("history")
    assert state.base.value == Setup("history").drop("us-hbm-rule")
    state.agent.set("labs/DeepSeek")
    kept = state.address()
    press(found, "What if Washington tightens?")
    assert state.setup.value == Setup("tighten")
    state.visit(kept)
    work()
    assert state.address() == kept
    assert (state.setup.value, state.live.value.setup) == (Setup("history"), Setup("history"))
    state.visit("regime=nowhere")
    assert "nowhere" in state.fault.value
    assert state.address() == kept


# compare


def test_a_comparison_begins_at_once_over_the_seeds_and_is_shown() -> None:
    state.seeds.set(2)
    found = shown(compare.ComparePage())
    comparison = state.comparison.value
    assert comparison is not None
    assert (comparison.ensemble.regimes, comparison.ensemble.seeds) == ((sides.BASE, sides.CHANGED), (0, 1))
    assert state.progress.value == state.Progress(4, 4, "over")
    assert "No controls, against Hold firm. 2 pairs of runs" in texts(found)
    options = {one["value"] for one in field(found, "Metric").items}
    assert {"china_compute", "vendor_china_revenue_net[*]", "vendor_china_revenue_net[Nvidia]"} <= options
    assert state.view() == View(state.setup.value, state.base.value, "2022-01", "", 2, state.metric.value)


def test_too_large_a_comparison_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abm.server.work.MOST_RUNS", 3)
    state.seeds.set(2)
    state.start_comparison(("china_compute",))
    assert "at most 3" in state.fault.value
    assert state.comparison.value is None


# evidence, sweeps


def test_evidence_and_an_empty_sweeps_page_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "What the parameters rest on" in texts(shown(EvidencePage()))
    monkeypatch.setattr(state.server, "folder", None)
    assert "None was given at start" in texts(shown(sweeps.SweepsPage()))
    monkeypatch.setattr(state.server, "folder", tmp_path)
    assert "holds none" in texts(shown(sweeps.SweepsPage()))


def test_a_stored_sweep_is_read(tmp_path: Path) -> None:
    from abm.sweeps.design import design
    from abm.sweeps.scheduler import carry_out

    spec = {
        "name": "s",
        "regimes": ["history", "no_controls"],
        "seeds": 2,
        "until": "2022-02",
        "keep": ["china_compute"],
        "ensemble": "none",
    }
    carry_out(design(spec), tmp_path / "s", serial=True).close()
    assert sweeps.sweeps_in(tmp_path) == sweeps.sweeps_in(tmp_path / "s") == [tmp_path / "s"]
    words, ensemble = sweeps.read(tmp_path / "s")
    assert "4 of 4 runs done" in words
    assert ensemble is not None
    assert "Change from history" in texts(shown(sweeps.Bands(ensemble)))
    assert "no sweep" in sweeps.read(tmp_path)[0] or sweeps.read(tmp_path)[1] is None
