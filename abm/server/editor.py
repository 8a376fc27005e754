"""Controls made from declarations: regimes, acts, levers of the law, parameters. Nothing is listed by hand."""

from collections.abc import Callable
from typing import Any

import solara

from abm.foundation import dates
from abm.foundation.errors import InputError
from abm.foundation.parameters import Declaration, declarations
from abm.law import levers
from abm.law.regime import Regime, load_regime, shipped
from abm.results import wording
from abm.server.setup import Change, Setup

Give = Callable[[Setup], None]


def pick(label: str, value: Any, items: list[tuple[str, Any]], give: Callable[[Any], None], **more: Any) -> None:
    """A field that finds one of several named values as one types."""
    entries = [{"text": text, "value": one} for text, one in items]
    solara.v.Autocomplete(
        label=label, v_model=value, on_v_model=give, items=entries, dense=True, outlined=True, hide_details=True, **more
    )


@solara.component_vue("field.vue")
def TextField(label: str, value: str, event_commit: Callable[[str], None]) -> None:
    """A field for text: `event_commit` is told what stands in it on Enter, or when it is left changed.

    Solara's own field begins to listen only some time after it is seen, and loses what is typed before.
    """


def tabs(names: tuple[str, ...], chosen: int, choose: Callable[[int], None]) -> None:
    """A row of tabs."""
    with solara.v.Tabs(v_model=chosen, on_v_model=choose, grow=True, height=34):
        for name in names:
            solara.v.Tab(children=[name])


@solara.component
def RegimeField(setup: Setup, give: Give) -> None:
    """The regime that a run starts from, with what it is about."""
    with solara.Div(classes=["abm-field"]):
        pick("Policy regime", setup.regime, [(wording.say(name), name) for name in shipped()],
             lambda name: give(setup.on(name)) if name else None)  # fmt: skip
        solara.Text(load_regime(setup.regime).title, classes=["abm-note"])


@solara.component
def LawEditor(setup: Setup, give: Give, month: str, law: Regime | None = None) -> None:
    """Set a lever of the law from a month on; the changes made so far.

    month   first month a change binds, unless another is typed
    law     what is law by now, where governments have added to it during the run; else the setup's
    """
    regime = law or setup.whole
    name, set_name = solara.use_state("hbm.policy")
    scope, set_scope = solara.use_state(levers.ANY)
    value, set_value = solara.use_state(None)
    when, set_when = solara.use_state("")
    wrong, set_wrong = solara.use_state("")
    one = levers.LEVERS[name]

    def choose(new: str) -> None:
        if new:
            set_name(new)
            set_scope(levers.ANY)
            set_value(None)
            set_wrong("")

    def announce() -> None:
        try:
            chosen = _value(one, law_value(regime, one, scope, when or month) if value is None else value)
            dates.parse_day(when or month, "from month")
            change = Change(name, scope if one.scope else None, chosen, (when or month)[:7])
            new = setup.change(change)
            new.scenario()
        except InputError as error:
            set_wrong(str(error))
        else:
            set_wrong("")
            give(new)

    with solara.Div(classes=["abm-field"]):
        pick("Lever of the law", name, [(_lever_words(lever), key) for key, lever in levers.LEVERS.items()], choose)
        solara.Text(f"{one.help[0].upper()}{one.help[1:]}.", classes=["abm-note"])
        if one.scope:
            names = [("All", levers.ANY), *((each, each) for each in sorted(levers.scope_names(one.scope)))]
            pick(f"For which {one.scope.replace('sku', 'SKU')}", scope, names, set_scope)
        with solara.Div(classes=["abm-pair"]):
            standing = law_value(regime, one, scope, when or month)
            ValueField(one, standing if value is None else value, set_value)
            TextField(label="From month", value=when or month, event_commit=set_when)
        solara.Text(f"Law in {when or month}: {_told(standing)}{_bounds(one)}", classes=["abm-note"])
        solara.Button("Announce", color="primary", on_click=announce, small=True, icon_name="mdi-gavel")
        if wrong:
            solara.Error(wrong, dense=True)
    Undoing([(change.words, wording.month(change.month), lambda one=change: give(setup.undo(one)))
             for change in setup.changes], "Changes by hand")  # fmt: skip


def law_value(regime: Regime, one: levers.Lever, scope: str, month: str) -> levers.Value:
    """What the law says of a lever on the first day of a month; None where it says nothing."""
    try:
        law = regime.at(f"{month[:7]}-01")
        found: levers.Value = law.get(one.name, scope if one.scope else None)
    except InputError:
        return one.default
    return found


@solara.component
def ValueField(one: levers.Lever, value: levers.Value, give: Callable[[Any], None]) -> None:
    """A control for a lever's value: a list of its choices, a switch, or a number with its unit."""
    if one.type == "choice":
        pick("Value", value, [(wording.say(choice), choice) for choice in one.choices], give)
    elif one.type == "bool":
        solara.Switch(label="In force", value=bool(value), on_value=give)
    else:
        unit = f", {one.unit}" if one.unit != "1" else ""
        shown = "" if value is None else value if isinstance(value, str) else f"{value:g}"
        TextField(label=f"Value{unit}", value=shown, event_commit=give)


def _value(one: levers.Lever, value: Any) -> levers.Value:
    """A value as a lever takes it, from what the control gives; InputError tells what is wrong."""
    if value is None:
        raise InputError(f"{one.name}: a value is wanted")
    return one.read(value) if isinstance(value, str) else value


def _lever_words(one: levers.Lever) -> str:
    return f"{wording.factor(f'law.{one.name}')}" + (" (China)" if one.by == "CN" and "cn" not in one.name else "")


def _told(value: levers.Value) -> str:
    if value is None:
        return "not set"
    return f"{value:g}" if isinstance(value, float) else str(value).lower().replace("_", " ")


def _bounds(one: levers.Lever) -> str:
    if one.low is None and one.high is None:
        return ""
    low, high = ("−∞" if one.low is None else f"{one.low:g}", "any" if one.high is None else f"{one.high:g}")
    return f"; from {low} to {high} {'' if one.unit == '1' else one.unit}".rstrip()


@solara.component
def ActEditor(setup: Setup, give: Give) -> None:
    """Drop an act of the regime, move it, or make a pending one law."""
    regime = load_regime(setup.regime)
    acts = {act.name: act for act in regime.acts if act.name not in setup.dropped}
    chosen, set_name = solara.use_state("us-hbm-rule")
    name = chosen if chosen in acts else next(iter(acts), "")
    months, set_months = solara.use_state(6)
    act = acts.get(name)
    with solara.Div(classes=["abm-field"]):
        words = [(f"{one.announced:%Y-%m} {one.by}: {one.name}", key) for key, one in acts.items()]
        pick("Act", name, words, lambda new: set_name(new or ""))
        if act is not None:
            solara.Text(f"{act.what} Announced {act.announced}, binds from {act.effective}.", classes=["abm-note"])
            with solara.Div(classes=["abm-pair"]):
                solara.Button("Drop", on_click=lambda: give(setup.drop(name)), small=True, outlined=True)
                solara.Button("Move", on_click=lambda: give(setup.move(name, months)), small=True, outlined=True)
                solara.SliderInt("Months", value=months, on_value=set_months, min=-24, max=24, thumb_label=True)
                solara.Text(f"{months:+d}", classes=["abm-number"])
    Undoing([(name, "left out", lambda one=name: give(setup.drop(one))) for name in setup.dropped]
            + [(name, f"{by:+d} months", lambda one=name: give(setup.move(one, 0))) for name, by in setup.moved],
            "Acts changed")  # fmt: skip
    pending = list(regime.pending)
    if pending:
        solara.Text("Announced without legal force: make them law", classes=["abm-label"])
        for one in pending:
            solara.Checkbox(label=f"{one.by}: {one.name}", value=one.name in setup.adopted,
                            on_value=lambda _, key=one.name: give(setup.adopt(key)))  # fmt: skip
            solara.Text(one.what, classes=["abm-note"])


@solara.component
def Undoing(entries: list[tuple[str, str, Callable[[], None]]], heading: str) -> None:
    """What was changed, each with a way back."""
    if not entries:
        return
    solara.Text(heading, classes=["abm-label"])
    for words, note, back in entries:
        with solara.Div(classes=["abm-undo"]):
            with solara.Div():
                solara.Text(words)
                solara.Text(note, classes=["abm-note"])
            solara.Button(icon_name="mdi-undo", icon=True, small=True, on_click=back, attributes={"title": "Take back"})


@solara.component
def ParameterEditor(setup: Setup, give: Give) -> None:
    """The parameters of a group, each with unit, default, range, grade and what it means."""
    groups = list(dict.fromkeys(name.partition(".")[0] for name in declarations()))
    group, set_group = solara.use_state(groups[0])
    wrong, set_wrong = solara.use_state("")
    chosen = dict(setup.parameters)

    def put(name: str, text: Any) -> None:
        try:
            give(setup.put(name, parsed(declarations()[name], text)))
        except InputError as error:
            set_wrong(str(error))
        else:
            set_wrong("")

    with solara.Div(classes=["abm-field"]):
        pick("Group of parameters", group, [(wording.say(one), one) for one in groups],
             lambda one: set_group(one or group))  # fmt: skip
        if wrong:
            solara.Error(wrong, dense=True)
        for name, one in declarations().items():
            if name.startswith(f"{group}."):
                ParameterField(one, chosen.get(name, one.default), lambda text, key=name: put(key, text)).key(name)


@solara.component
def ParameterField(one: Declaration, value: Any, give: Callable[[Any], None]) -> None:
    """One parameter."""
    label = wording.say(one.name.partition(".")[2]) + (f", {one.unit}" if one.unit not in ("", "1") else "")
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    with solara.Div(classes=["abm-parameter", *(["abm-changed"] if value != one.default else [])]):
        if one.kind == "choice":
            pick(label, value, [(wording.say(choice), choice) for choice in one.choices], give)
        else:
            TextField(label=label, value=shown, event_commit=give)
        spread = f"; plausible {one.range[0]:g} to {one.range[1]:g}" if one.range else ""
        default = f"{one.default:g}" if isinstance(one.default, int | float) else one.default
        help = f"{one.help[0].upper()}{one.help[1:]}. Default {default}{spread}; {one.grade}."
        solara.Text(help, classes=["abm-note"])


def parsed(one: Declaration, text: Any) -> float | int | str:
    """What was typed as a parameter takes it; InputError when it is no number."""
    if one.kind == "choice":
        return str(text)
    try:
        return int(str(text)) if one.kind == "int" else float(str(text))
    except ValueError:
        kind = "a whole number" if one.kind == "int" else "a number"
        raise InputError(f"{one.name} = {text!r}: {kind} is wanted") from None
