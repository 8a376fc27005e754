"""Controls made from declarations: regimes, acts, levers of the law, parameters. Nothing is listed by hand."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import solara

from abm.foundation import dates
from abm.foundation.errors import InputError
from abm.foundation.parameters import Declaration, declarations
from abm.law import levers
from abm.law.regime import Regime, load_regime, shipped
from abm.results import wording
from abm.server import words
from abm.server.components import TextField, icon_button, note, pick
from abm.server.setup import Change, Setup
from abm.server.state import attempt

OnSetup = Callable[[Setup], None]


@solara.component
def RegimeField(setup: Setup, on_setup: OnSetup) -> None:
    """The regime that a run starts from, with what it is about."""
    with solara.Div(classes=["abm-field"]):
        regimes = [(wording.say(name), name) for name in shipped()]
        pick("Policy regime", setup.regime, regimes, lambda name: on_setup(setup.on(name)))
        note(load_regime(setup.regime).title)


def value_field(
    label: str, kind: str, choices: tuple[str, ...], value: float | str | None, on_value: Callable[[Any], None]
) -> None:
    """The control for a value: a list of its choices, a switch, or a field for a number."""
    if kind == "choice":
        pick(label, value, [(wording.say(choice), choice) for choice in choices], on_value)
    elif kind == "bool":
        solara.Switch(label="In force", value=bool(value), on_value=on_value)
    else:
        shown = "" if value is None else value if isinstance(value, str) else f"{value:g}"
        TextField(label=label, value=shown, event_commit=on_value)


@solara.component
def Undoing(heading: str, entries: list[tuple[str, str, Callable[[], None]]]) -> None:
    """What was changed, a note on it, and a way back."""
    if entries:
        solara.Text(heading, classes=["abm-label"])
    for name, remark, back in entries:
        with solara.Div(classes=["abm-undo"]):
            with solara.Div():
                solara.Text(name)
                note(remark)
            icon_button("mdi-undo", "Undo", back)


# --- the law ---


@dataclass(frozen=True)
class Draft:
    """A change of the law as far as it is chosen.

    value   as the control gives it; None stands for what is law already
    month   YYYY-MM; "" stands for the first month that a change can bind
    """

    name: str = "hbm.policy"
    scope: str = levers.ANY
    value: levers.Value = None
    month: str = ""

    @property
    def lever(self) -> levers.Lever:
        """The lever that is changed."""
        return levers.LEVERS[self.name]

    def standing(self, regime: Regime) -> levers.Value:
        """What is law of the lever on the first day of the month; None where nothing is."""
        try:
            law = regime.at(f"{self.month[:7]}-01")
            found: levers.Value = law.get(self.name, self.scope if self.lever.scope else None)
        except InputError:
            return self.lever.default
        return found

    def change(self, regime: Regime) -> Change:
        """The change; InputError for a month or value that is none."""
        dates.parse_day(self.month, "from month")
        value = self.standing(regime) if self.value is None else self.value
        if value is None:
            raise InputError(f"{self.name}: a value is wanted")
        value = self.lever.read(value) if isinstance(value, str) else value
        return Change(self.name, self.scope if self.lever.scope else None, value, self.month[:7])


@solara.component
def LawEditor(setup: Setup, on_setup: OnSetup, month: str, law: Regime | None = None) -> None:
    """Set a lever of the law from a month on; the changes made so far.

    month   first month a change binds, unless another is typed
    law     what is law by now, where governments have added to it during the run; else the setup's
    """
    regime = law or setup.whole
    chosen, set_chosen = solara.use_state(Draft())
    wrong, set_wrong = solara.use_state("")
    draft = replace(chosen, month=chosen.month or month)

    def apply() -> None:
        new = setup.change(draft.change(regime))
        new.scenario()
        on_setup(new)

    with solara.Div(classes=["abm-field"]):
        names = [(_lever_words(lever), key) for key, lever in levers.LEVERS.items()]
        pick("Lever of the law", draft.name, names, lambda name: set_chosen(Draft(name, month=chosen.month)))
        note(words.sentence(draft.lever.help))
        DraftFields(draft, regime, lambda **new: set_chosen(lambda old: replace(old, **new)))
        solara.Button("Apply", color="primary", on_click=lambda: attempt(apply, set_wrong), small=True,
                      icon_name="mdi-gavel")  # fmt: skip
        if wrong:
            solara.Error(wrong, dense=True)
    changes = [
        (one.words, wording.month(one.month), lambda one=one: on_setup(setup.undo(one))) for one in setup.changes
    ]
    Undoing("Changes made here", changes)


@solara.component
def DraftFields(draft: Draft, regime: Regime, edit: Callable[..., None]) -> None:
    """For what a lever is set, to which value and from when; `edit` is called with the attribute that changes."""
    lever, standing = draft.lever, draft.standing(regime)
    if lever.scope:
        scopes = [("All", levers.ANY), *((name, name) for name in sorted(levers.scope_names(lever.scope)))]
        label = f"For which {lever.scope.replace('sku', 'SKU')}"
        pick(label, draft.scope, scopes, lambda scope: edit(scope=scope))
    with solara.Div(classes=["abm-pair"]):
        value = standing if draft.value is None else draft.value
        label = f"Value{words.unit(lever.unit, ', ')}"
        value_field(label, lever.type, lever.choices, value, lambda value: edit(value=value))
        TextField(label="From month", value=draft.month, event_commit=lambda month: edit(month=month))
    note(f"Law in {draft.month}: {words.value(standing)}{_bounds(lever)}")


def _lever_words(one: levers.Lever) -> str:
    return f"{wording.factor(f'law.{one.name}')}" + (" (China)" if one.by == "CN" and "cn" not in one.name else "")


def _bounds(one: levers.Lever) -> str:
    if one.low is None and one.high is None:
        return ""
    low, high = ("−∞" if one.low is None else f"{one.low:g}", "any" if one.high is None else f"{one.high:g}")
    return f"; from {low} to {high}{words.unit(one.unit)}"


# --- acts ---


@solara.component
def ActEditor(setup: Setup, on_setup: OnSetup) -> None:
    """Drop an act of the regime or move it; take back what was changed; make pending acts law."""
    regime = load_regime(setup.regime)
    acts = {act.name: act for act in regime.acts if act.name not in setup.dropped}
    chosen, choose = solara.use_state("us-hbm-rule")
    name = chosen if chosen in acts else next(iter(acts), "")
    with solara.Div(classes=["abm-field"]):
        pick("Act", name, [(f"{one.announced:%Y-%m} {one.by}: {key}", key) for key, one in acts.items()], choose)
        if act := acts.get(name):
            note(f"{act.what} Announced {act.announced}, binds from {act.effective}.")
            ActButtons(name, setup, on_setup)
    dropped = [(name, "dropped", lambda name=name: on_setup(setup.drop(name))) for name in setup.dropped]
    moved = [(name, f"{by:+d} months", lambda name=name: on_setup(setup.move(name, 0))) for name, by in setup.moved]
    Undoing("Changed acts", dropped + moved)
    if regime.pending:
        solara.Text("Pending proposals: make them law", classes=["abm-label"])
    for act in regime.pending:
        solara.Checkbox(label=f"{act.by}: {act.name}", value=act.name in setup.adopted,
                        on_value=lambda _, name=act.name: on_setup(setup.adopt(name)))  # fmt: skip
        note(act.what)


@solara.component
def ActButtons(name: str, setup: Setup, on_setup: OnSetup) -> None:
    """Drop an act, or move it by months."""
    months, set_months = solara.use_state(6)
    with solara.Div(classes=["abm-pair"]):
        solara.Button("Drop", on_click=lambda: on_setup(setup.drop(name)), small=True, outlined=True)
        solara.Button("Move", on_click=lambda: on_setup(setup.move(name, months)), small=True, outlined=True)
        solara.SliderInt("Months", value=months, on_value=set_months, min=-24, max=24, thumb_label=True)
        solara.Text(f"{months:+d}", classes=["abm-number"])


# --- parameters ---


@solara.component
def ParameterEditor(setup: Setup, on_setup: OnSetup) -> None:
    """The parameters of a group, each with unit, default, range, grade and what it means."""
    groups = list(dict.fromkeys(name.partition(".")[0] for name in declarations()))
    group, set_group = solara.use_state(groups[0])
    wrong, set_wrong = solara.use_state("")
    chosen = dict(setup.parameters)

    def put(one: Declaration, text: Any) -> None:
        attempt(lambda: on_setup(setup.put(one.name, parsed(one, text))), set_wrong)

    with solara.Div(classes=["abm-field"]):
        pick("Group of parameters", group, [(wording.say(one), one) for one in groups], set_group)
        if wrong:
            solara.Error(wrong, dense=True)
        for name, one in declarations().items():
            if name.startswith(f"{group}."):
                ParameterField(one, chosen.get(name, one.default), lambda text, one=one: put(one, text)).key(name)


@solara.component
def ParameterField(one: Declaration, value: Any, on_value: Callable[[Any], None]) -> None:
    """One parameter."""
    label = f"{wording.say(one.name.partition('.')[2])}{words.unit(one.unit, ', ')}"
    plausible = f"; plausible {one.range[0]:g} to {one.range[1]:g}" if one.range else ""
    with solara.Div(classes=["abm-parameter", *(["abm-changed"] if value != one.default else [])]):
        value_field(label, one.kind, one.choices, value, on_value)
        note(f"{words.sentence(one.help)} Default {words.value(one.default)}{plausible}; {one.grade}.")


def parsed(one: Declaration, text: Any) -> float | int | str:
    """What was typed as a parameter takes it; InputError when it is no number."""
    if one.kind == "choice":
        return str(text)
    try:
        return int(str(text)) if one.kind == "int" else float(str(text))
    except ValueError:
        kind = "a whole number" if one.kind == "int" else "a number"
        raise InputError(f"{one.name} = {text!r}: {kind} is wanted") from None
