"""Controls made from declarations: regimes, acts, levers of the law, parameters. Nothing is listed by hand."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import solara

from abm.foundation import dates
from abm.foundation.declaration import titles
from abm.foundation.errors import InputError
from abm.foundation.parameters import Declaration, declarations
from abm.law import levers
from abm.law.acts import Act
from abm.law.regime import Regime, load_regime, shipped
from abm.results import wording
from abm.server import words
from abm.server.components import Slider, TextField, element, icon_button, note, pick
from abm.server.setup import DIALLED, DIALS, MOST_SEED, SWITCHES, Change, Dial, Setup
from abm.server.state import Edit

type OnSetup = Callable[..., None]
"""Called with an `Edit` of a setup, and at will with what is told of a fault: "" if there is none."""


@solara.component
def RegimeField(setup: Setup, on_setup: OnSetup, label: str = "Policy regime") -> None:
    """The regime that a run starts from, with what it is about."""
    with solara.Div(classes=["abm-field"]):
        regimes = [(wording.say(name), name) for name in shipped()]
        pick(label, setup.regime, regimes, lambda name: on_setup(lambda now: now.on(name)))
        note(load_regime(setup.regime).title)


def months_until(last: str, first: str = "2022-01") -> list[tuple[str, str]]:
    """The months from one to another, in words and as YYYY-MM."""
    start, end = (dates.month_of(dates.parse_day(one)) for one in (first, last))
    return [(wording.month(dates.label(t)), dates.label(t)) for t in range(start, end + 1)]


def value_field(
    label: str,
    kind: str,
    choices: tuple[str, ...],
    value: float | str | None,
    on_value: Callable[[Any], None],
    wrong: tuple[str, int] = ("", 0),
) -> None:
    """The control for a value: a list of its choices, a switch, or a field for a number with what is wrong with it."""
    if kind == "choice":
        pick(label, value, [(words.choice(choice), choice) for choice in choices], on_value, wrong[0])
    elif kind == "bool":
        solara.Switch(label="Yes" if value else "No", value=bool(value), on_value=on_value)
    else:
        shown = "" if value is None else value if isinstance(value, str) else f"{value:g}"
        TextField(label=label, value=shown, event_commit=on_value, wrong=wrong[0], asked=wrong[1])


@solara.component
def Changes(setup: Setup, on_setup: OnSetup) -> None:
    """Everything that was changed, each with a way back."""
    usual = declarations()
    entries: list[tuple[str, str, Edit]] = [
        (one.words, f"from {wording.month(one.month)}", partial(Setup.undo, change=one)) for one in setup.changes
    ]
    entries += [(words.act(name), "dropped", partial(Setup.restore, act=name)) for name in setup.dropped]
    entries += [(words.act(name), words.shift(by), partial(Setup.move, act=name, months=0)) for name, by in setup.moved]
    entries += [(words.act(name), "made law", partial(Setup.adopt, act=name, yes=False)) for name in setup.adopted]
    entries += [
        (words.parameter(name), f"{words.value(value)} instead of {words.value(usual[name].default)}",
         partial(Setup.put, name=name, value=usual[name].default))
        for name, value in setup.parameters
    ]  # fmt: skip
    if entries:
        element("h3", "Changed by hand", "abm-label")
    for name, remark, back in entries:
        with solara.Div(classes=["abm-undo"]):
            with solara.Div():
                solara.Text(name)
                note(remark)
            icon_button("mdi-undo", f"Undo: {name}", partial(on_setup, back))


# --- the law ---


@solara.component
def Dials(setup: Setup, on_setup: OnSetup) -> None:
    """The main levers as sliders and lists, from November 2026 on."""
    law = setup.whole
    with solara.Div(classes=["abm-dials"]):
        note(f"Main levers, from {wording.month(DIALLED)} on; where they are let go, both runs start anew.")
        for dial in DIALS:
            DialField(dial, dial.standing(law), partial(_turn, on_setup, dial)).key(dial.lever)
        for name, scope in SWITCHES:
            lever = levers.LEVERS[name]
            value = law.at(f"{DIALLED}-01").get(name, scope) or lever.default
            choices = [(words.choice(one), one) for one in lever.choices]
            pick(lever.label, value, choices, partial(_switch, on_setup, name, scope))


def _turn(on_setup: OnSetup, dial: Dial, value: float) -> None:
    """A main lever, turned."""
    on_setup(lambda now: now.dial(dial, value))


def _switch(on_setup: OnSetup, name: str, scope: str | None, choice: str) -> None:
    """A main lever with choices, set."""
    on_setup(lambda now: now.turned((name, scope)).change(Change(name, scope, choice, DIALLED)))


@solara.component
def DialField(dial: Dial, value: float, on_value: Callable[[float], None]) -> None:
    """A main lever as a slider over its values; the value that is law stands among them."""
    steps = np.arange(0, dial.most + dial.step / 2, dial.step)
    values = sorted({float(f"{one:.10g}") for one in steps} | {value})
    Slider(
        label=levers.LEVERS[dial.lever].label, value=values.index(value), words=[dial.say(one) for one in values],
        event_commit=lambda place: on_value(values[int(place)]),
    )  # fmt: skip


@dataclass(frozen=True)
class Draft:
    """A change of the law as far as it is chosen.

    value   as the control gives it; None stands for what is law already
    month   YYYY-MM
    """

    name: str = "hbm.policy"
    scope: str = levers.ANY
    value: levers.Value = None
    month: str = DIALLED

    @property
    def lever(self) -> levers.Lever:
        """The lever that is changed."""
        return levers.LEVERS[self.name]

    def standing(self, regime: Regime) -> levers.Value:
        """What is law of the lever on the first day of the month; None where nothing is."""
        found: levers.Value = regime.at(f"{self.month}-01").get(self.name, self.scope if self.lever.scope else None)
        return found

    def change(self, regime: Regime) -> Change:
        """The change; InputError for a value that is none."""
        value = self.standing(regime) if self.value is None else self.value
        if value is None:
            raise InputError("choose a value first" if self.lever.choices else "type a value first")
        return Change(self.name, self.scope if self.lever.scope else None, self.read(value), self.month)

    def read(self, value: levers.Value) -> levers.Value:
        """A value as the lever takes it; InputError in words of the page."""
        if not isinstance(value, str) or self.lever.choices:
            return value
        try:
            return self.lever.read(value.replace(",", ""))
        except InputError:
            whole = "a whole number" if self.lever.type == "int" else "a number"
            raise InputError(f"{whole}{_span(self.lever)} is wanted") from None


@solara.component
def LawEditor(setup: Setup, on_setup: OnSetup, month: str, law: Regime | None = None) -> None:
    """Set a lever of the law from a month on.

    month   first month a change binds, unless another is chosen
    law     what is law by now, where governments have added to it during the run; else the setup's
    """
    regime = law or setup.whole
    chosen = solara.use_reactive(Draft(month=""))
    wrong, set_wrong = solara.use_state(("", 0))

    def draft() -> Draft:
        return replace(chosen.value, month=chosen.value.month or month)

    def apply() -> None:
        on_setup(lambda now: now.change(draft().change(regime)), lambda text: set_wrong((text, wrong[1] + 1)))

    def choose(name: str) -> None:
        set_wrong(("", 0))
        chosen.set(Draft(name, month=chosen.value.month))

    def edit(**new: Any) -> None:
        set_wrong(("", 0))
        chosen.update(**new)

    with solara.Div(classes=["abm-field"]):
        pick("Lever of the law", chosen.value.name, lever_items(), choose)
        note(words.sentence(chosen.value.lever.help))
        DraftFields(draft(), regime, edit, setup.until, wrong)
        solara.Button("Apply from this month", color="primary", small=True, icon_name="mdi-gavel", on_click=apply)


def lever_items() -> list[dict[str, Any]]:
    """Every lever by its topic, as a list with headings."""
    found: list[dict[str, Any]] = []
    for topic in levers.TOPICS:
        found.append({"header": topic})
        found += [{"text": one.label, "value": name} for name, one in levers.LEVERS.items() if one.topic == topic]
    return found


@solara.component
def DraftFields(
    draft: Draft, regime: Regime, edit: Callable[..., None], last: str, wrong: tuple[str, int] = ("", 0)
) -> None:
    """For what a lever is set, to which value and from when; `edit` is called with the attribute that changes."""
    lever, standing = draft.lever, draft.standing(regime)
    if lever.scope:
        scopes = [("All", levers.ANY), *((words.place(name), name) for name in sorted(levers.scope_names(lever.scope)))]
        label = f"For which {words.SCOPES.get(lever.scope, lever.scope)}"
        pick(label, draft.scope, scopes, lambda scope: edit(scope=scope))
    value = standing if draft.value is None else draft.value
    value_field(f"Value{words.unit(lever.unit, ', ')}", lever.type, lever.choices, value,
                lambda value: edit(value=value), wrong)  # fmt: skip
    if wrong[0] and lever.type == "bool":
        note(wrong[0], "abm-wrong")
    pick("From month", draft.month, months_until(max(last, draft.month)), lambda month: edit(month=month))
    note(f"Law in {wording.month(draft.month)}: {words.value(standing)}{words.unit(lever.unit) if standing else ''}"
         f"{_span(lever, '; may be')}")  # fmt: skip


def _span(one: levers.Lever, before: str = "") -> str:
    """The values that a number may take: ' from 0 to 1'."""
    if one.low is None and one.high is None:
        return ""
    low = "" if one.low is None else f" from {one.low:g}"
    high = " up" if one.high is None else f" to {one.high:g}"
    return f"{before}{low}{high}{words.unit(one.unit)}"


# --- acts ---


@solara.component
def ActEditor(setup: Setup, on_setup: OnSetup) -> None:
    """Drop an act of the regime or move it, or put it back; make pending proposals law."""
    regime = load_regime(setup.regime)
    acts = {act.name: act for act in regime.acts}
    chosen, choose = solara.use_state("us-hbm-rule")
    name = chosen if chosen in acts else next(iter(acts), "")
    with solara.Div(classes=["abm-field"]):
        pick("Act", name, [(f"{act.announced:%Y-%m} {act.title}", key) for key, act in acts.items()], choose)
        if act := acts.get(name):
            note(f"{act.what} {about(act)}")
            ActButtons(name, setup, on_setup)
    if regime.pending:
        element("h3", "Proposals: make them law", "abm-label")
    for act in regime.pending:
        solara.Checkbox(label=act.title, value=act.name in setup.adopted, on_value=partial(_adopt, on_setup, act.name))
        note(act.what)


def _adopt(on_setup: OnSetup, act: str, yes: bool) -> None:
    """A proposal made law, or not."""
    on_setup(lambda now: now.adopt(act, yes))


def about(act: Act) -> str:
    """By whom an act is, and when."""
    return f"By {words.WHO[act.by]}; announced {words.day(act.announced)}, binds from {words.day(act.effective)}."


@solara.component
def ActButtons(name: str, setup: Setup, on_setup: OnSetup) -> None:
    """Drop an act or put it back, or move it by months."""
    months, set_months = solara.use_state(6)
    dropped, by = name in setup.dropped, dict(setup.moved).get(name, 0)
    with solara.Div(classes=["abm-pair"]):
        turn = Setup.restore if dropped else Setup.drop
        solara.Button("Restore" if dropped else "Drop", on_click=lambda: on_setup(partial(turn, act=name)), small=True,
                      outlined=True)  # fmt: skip
        solara.Button(f"Move {words.shift(months)}" if months else "Where it was", small=True, outlined=True,
                      on_click=lambda: on_setup(lambda now: now.move(name, months)), disabled=months == by)  # fmt: skip
    choices = [words.shift(one) if one else "as it is" for one in range(-24, 25)]
    Slider(label="Move by", value=months + 24, words=choices, event_commit=lambda place: set_months(int(place) - 24))


# --- parameters ---


@solara.component
def ParameterEditor(setup: Setup, on_setup: OnSetup) -> None:
    """The parameters of a group, each with unit, default, range, grade and what it means."""
    group, set_group = solara.use_state(next(iter(titles())))
    wrong, set_wrong = solara.use_state(("", "", 0))
    chosen = dict(setup.parameters)

    def put(one: Declaration, text: Any) -> None:
        def told(fault: str) -> None:
            set_wrong((one.name, fault, wrong[2] + 1))

        on_setup(lambda now: now.put(one.name, parsed(one, text)), told)

    with solara.Div(classes=["abm-field"]):
        pick("Group of parameters", group, [(title, name) for name, title in titles().items()], set_group)
        for name, one in declarations().items():
            if name.startswith(f"{group}."):
                fault = (wrong[1], wrong[2]) if wrong[0] == name else ("", 0)
                value = chosen.get(name, one.default)
                ParameterField(one, value, lambda text, one=one: put(one, text), fault).key(name)


@solara.component
def ParameterField(
    one: Declaration, value: Any, on_value: Callable[[Any], None], wrong: tuple[str, int] = ("", 0)
) -> None:
    """One parameter."""
    label = f"{one.label}{words.unit(one.unit, ', ')}"
    plausible = f"; plausible {one.range[0]:g} to {one.range[1]:g}" if one.range else ""
    with solara.Div(classes=["abm-parameter", *(["abm-changed"] if value != one.default else [])]):
        value_field(label, one.kind, one.choices, value, on_value, wrong)
        note(f"{words.sentence(one.help)} Default {words.value(one.default)}{plausible}; {one.grade}.")


def parsed(one: Declaration, text: Any) -> float | int | str:
    """What was typed as a parameter takes it; InputError in words of the page when it does not fit."""
    if one.kind == "choice":
        return str(text)
    whole = one.kind == "int"
    try:
        value = int(str(text)) if whole else float(str(text))
    except ValueError:
        value = float("nan")
    if one.low is not None and one.high is not None and one.low <= value <= one.high:
        return value
    span = f" from {one.low:g} to {one.high:g}" if one.low is not None and one.high is not None else ""
    raise InputError(f"{'a whole number' if whole else 'a number'}{span}{words.unit(one.unit)} is wanted")


@solara.component
def SeedField(setup: Setup, on_setup: OnSetup) -> None:
    """The seed of chance: another one is another run of the same law."""
    wrong, set_wrong = solara.use_state(("", 0))

    def put(text: str) -> None:
        fits = text.isascii() and text.isdecimal() and int(text) <= MOST_SEED
        set_wrong(("", 0) if fits else (f"a whole number from 0 to {MOST_SEED} is wanted", wrong[1] + 1))
        if fits:
            on_setup(lambda now: replace(now, seed=int(text)))

    TextField(label="Seed of chance", value=str(setup.seed), event_commit=put, wrong=wrong[0], asked=wrong[1])
