"""The pages' components, rendered without a browser; they need the extra `server`, which `./run test --all` brings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

solara = pytest.importorskip("solara", reason="the extra 'server' is not installed")

import ipyvuetify as vue  # noqa: E402

from abm.foundation.parameters import declarations  # noqa: E402
from abm.law import levers  # noqa: E402
from abm.law.regime import load_regime, shipped  # noqa: E402
from abm.results import wording  # noqa: E402
from abm.runs import metrics  # noqa: E402
from abm.server import editors, state  # noqa: E402
from abm.server.pages import compare, step, sweeps  # noqa: E402
from abm.server.pages.evidence import EvidencePage  # noqa: E402
from abm.server.setup import Change, Setup  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """State is kept by module: begin each test without any, and do background work at once."""
    monkeypatch.setattr(state, "in_background", lambda work: work())
    state.setup.set(Setup(until="2022-06"))
    state.base.set(Setup("hold_firm", until="2022-02"))
    state.changed.set(Setup("no_controls", until="2022-02"))
    for one in (state.live, state.pin, state.comparison, state.job, state.flows, state.flows_of):
        one.set(None)
    state.fault.set("")
    state.progress.set(state.Progress())
    yield
    state.server.workers.close()


def shown(element: Any) -> Any:
    """A rendered element, and how to find widgets in it."""
    _, found = solara.render(solara.AppLayout(children=[element]), handle_error=False)
    return found


def texts(found: Any) -> str:
    """All text of labels and plain elements."""
    return " ".join(str(one.widget.children) for one in found.find(vue.Html))


def press(found: Any, label: str) -> None:
    """Click the button with a label."""
    for one in found.find(vue.Btn):
        if label in one.widget.children:
            one.widget.click()
            return
    raise AssertionError(f"no button {label!r}")


def field(found: Any, label: str) -> Any:
    """The list with a label."""
    return next(one.widget for one in found.find(vue.Autocomplete) if one.widget.label == label)


def text_fields(found: Any) -> list[Any]:
    """The fields for text."""
    return [one.widget for one in found.find(vue.VuetifyTemplate) if hasattr(one.widget, "vue_commit")]


# controls made from declarations


def test_every_regime_can_be_chosen() -> None:
    given: list[Setup] = []
    box = field(shown(editors.RegimeField(Setup(), given.append)), "Policy regime")
    assert {one["value"] for one in box.items} == set(shipped())
    box.v_model = "hold_firm"
    assert given == [Setup("hold_firm")]


def test_every_lever_can_be_chosen_and_has_a_control() -> None:
    box = field(shown(editors.LawEditor(Setup(), lambda _: None, "2024-01")), "Lever of the law")
    assert {one["value"] for one in box.items} == set(levers.LEVERS)
    for name, one in levers.LEVERS.items():
        draft = editors.Draft(name, month="2024-01")
        found = shown(editors.DraftFields(draft, Setup().whole, lambda **_: None))
        beside = 1 + bool(one.scope)  # the month, and what it is for
        assert len(found.find(vue.Autocomplete)) + len(found.find(vue.Switch)) + len(text_fields(found)) == 1 + beside


def test_a_lever_is_announced_from_the_month_told() -> None:
    given: list[Setup] = []
    found = shown(editors.LawEditor(Setup(), given.append, "2025-06"))
    field(found, "Value").v_model = "free"
    press(found, "Apply")
    assert given[-1].changes == (Change("hbm.policy", None, "free", "2025-06"),)


def test_a_number_is_typed_for_a_lever_and_a_wrong_one_told() -> None:
    given: list[Setup] = []
    found = shown(editors.LawEditor(Setup(), given.append, "2025-06"))
    field(found, "Lever of the law").v_model = "licence.approval"
    box = next(one for one in text_fields(found) if one.label == "Value")
    for text in ("0.25", "much", "7"):
        box.vue_commit(text)
        press(found, "Apply")
    assert [setup.changes for setup in given] == [(Change("licence.approval", levers.ANY, 0.25, "2025-06"),)]
    assert len(found.find(vue.Alert)) == 1


def test_the_law_tab_follows_the_months_and_lists_the_law() -> None:
    state.setup.set(Setup(until="2023-01"))
    found = shown(step.StepPage())

    def from_month() -> str:
        return next(one.value for one in text_fields(found) if one.label == "From month")

    assert from_month() == "2022-02"
    for _ in range(10):
        press(found, "Step")
    assert from_month() == "2022-12"
    assert load_regime("history").act("us-oct2022-chip-rule").what in texts(found)


def test_what_is_wrong_with_a_change_is_told() -> None:
    given: list[Setup] = []
    found = shown(editors.LawEditor(Setup(), given.append, "20x5"))
    press(found, "Apply")
    assert given == []
    assert len(found.find(vue.Alert)) == 1


def test_an_act_is_dropped_moved_and_taken_back() -> None:
    given: list[Setup] = []
    found = shown(editors.ActEditor(Setup(), given.append))
    press(found, "Drop")
    press(found, "Move")
    assert given == [Setup().drop("us-hbm-rule"), Setup().move("us-hbm-rule", 6)]
    assert len(found.find(vue.Checkbox)) == len(load_regime("history").pending)


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
    with pytest.raises(editors.InputError, match="a number is wanted"):
        editors.parsed(declarations()["demand.theta"], "much")


# step through


def test_the_page_steps_plays_again_and_resets() -> None:
    found = shown(step.StepPage())
    market = state.live.value
    assert market is not None
    press(found, "Step")
    press(found, "Step")
    assert market.date == "2022-03"
    assert "March 2022" in texts(found)
    state.change_setup(Setup("no_controls", until="2022-06"))
    assert state.live.value is not market
    assert (state.live.value.date, state.live.value.case.label) == ("2022-03", "no_controls")
    press(found, "Reset")
    assert (state.live.value.date, state.live.value.case.label) == ("2022-01", "no_controls")


def test_the_live_lines_are_metrics_that_the_model_has() -> None:
    assert set(step.watched()) <= set(metrics.METRICS)
    assert {"china_compute_by_channel", "capability_gap", "vendor_china_revenue", "hbm_stockpile"} <= set(
        step.watched()
    )


def test_a_wrong_setup_is_told_and_changes_nothing() -> None:
    shown(step.StepPage())
    before = state.live.value
    state.change_setup(Setup(until="1999-01"))
    assert "until" in state.fault.value
    assert state.live.value is before


def test_a_run_is_pinned_to_its_end() -> None:
    shown(step.StepPage())
    state.pin_run()
    assert state.pin.value is not None
    assert len(state.pin.value.columns["china_compute"]) == 6
    assert state.busy.value == ""


# compare


def test_a_comparison_runs_both_setups_over_the_seeds_and_is_shown() -> None:
    state.seeds.set(2)
    found = shown(compare.ComparePage())
    assert "What does a change of the law do?" in texts(found)
    press(found, "Compare")
    comparison = state.comparison.value
    assert comparison is not None
    assert (comparison.ensemble.regimes, comparison.ensemble.seeds) == ((state.BASE, state.CHANGED), (0, 1))
    assert state.progress.value == state.Progress(4, 4, "over")
    assert "Changed against base: No controls, against Hold firm." in texts(found)
    state.changed.set(Setup("history", until="2022-02"))
    assert "Changed against base: No controls, against Hold firm." in texts(found), "what was run, not what is chosen"
    options = {one["value"] for one in field(found, "Metric").items}
    assert {"china_compute", "vendor_china_revenue_net[*]", "vendor_china_revenue_net[Nvidia]"} <= options


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
    }
    carry_out(design(spec), tmp_path / "s", serial=True).close()
    assert sweeps.sweeps_in(tmp_path) == sweeps.sweeps_in(tmp_path / "s") == [tmp_path / "s"]
    words, ensemble = sweeps.read(tmp_path / "s")
    assert "4 of 4 runs done" in words
    assert ensemble is not None
    shown(sweeps.Bands(ensemble))
    assert "no sweep" in sweeps.read(tmp_path)[0] or sweeps.read(tmp_path)[1] is None


def test_titles_are_words() -> None:
    assert all(wording.title(name) for name in compare.compared())
