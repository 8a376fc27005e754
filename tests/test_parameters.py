"""Every declared number: well declared, checked when it is set, and of consequence."""

import csv
import math
from contextlib import suppress
from functools import cache
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from abm.facts import catalog
from abm.foundation.declaration import COLUMNS, FILE, GRADES, Declaration, read, stub
from abm.foundation.errors import InputError
from abm.foundation.parameters import Parameters, declarations, matching
from abm.law.acts import Act
from abm.law.regime import Regime, load_regime
from abm.model import ChipMarket
from abm.runs import metrics
from abm.runs.scenario import Scenario

DECLARED = declarations()
NUMBERS = {name: one for name, one in DECLARED.items() if one.kind != "choice"}
CHOICES = {name: one for name, one in DECLARED.items() if one.kind == "choice"}

each = pytest.mark.parametrize("one", DECLARED.values(), ids=lambda one: one.name)
each_number = pytest.mark.parametrize("one", NUMBERS.values(), ids=lambda one: one.name)


# --- declarations ---


@each
def test_what_it_is_how_well_known_and_from_where_is_declared(one: Declaration) -> None:
    assert one.help
    assert one.help == one.help.strip()
    assert one.grade in GRADES
    assert set(one.source.split(";")) <= set(catalog.sources())
    assert one.kind in ("float", "int", "choice")


def test_helps_tell_parameters_apart() -> None:
    helps = {name: one.help for name, one in DECLARED.items() if not one.help.startswith("the same ")}
    assert len(set(helps.values())) == len(helps)


@each_number
def test_default_and_range_stand_within_the_bounds(one: Declaration) -> None:
    assert one.unit
    assert one.low is not None
    assert one.high is not None
    assert one.low < one.high
    assert isinstance(one.default, int | float)
    assert one.low <= one.default <= one.high
    if one.range is not None:
        low, high = one.range
        assert one.low <= low < high <= one.high
        assert low <= one.default <= high


def test_a_whole_number_has_whole_bounds() -> None:
    whole = [one for one in DECLARED.values() if one.kind == "int"]
    assert whole
    for one in whole:
        assert all(float(edge).is_integer() for edge in (one.low, one.high, *(one.range or ())) if edge is not None)


@pytest.mark.parametrize("one", CHOICES.values(), ids=lambda one: one.name)
def test_a_choice_offers_its_default_and_others(one: Declaration) -> None:
    assert one.default in one.choices
    assert len(set(one.choices)) == len(one.choices) > 1
    assert (one.low, one.high, one.range, one.unit) == (None, None, None, "")


def test_every_value_is_declared_and_every_declaration_has_a_value() -> None:
    assert list(Parameters().flat()) == list(DECLARED)
    assert Parameters().flat() == {name: one.default for name, one in DECLARED.items()}
    assert Parameters().changed() == {}


def test_a_measured_or_reported_number_does_not_rest_on_the_first_trial() -> None:
    weak = [
        name for name, one in DECLARED.items() if one.grade in ("measured", "reported") and one.source == "first-trial"
    ]
    assert weak == []


def test_the_types_for_checkers_are_those_of_the_table() -> None:
    """abm/foundation/parameters.pyi out of date: run `python docs/build.py tables`."""
    assert FILE.with_suffix(".pyi").read_text(encoding="utf-8") == stub()


ROW = "a.b,float,2,1,0,5,1,3,assumed,basis-note,,what it is,its label"


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (ROW.replace("float", "flot"), "kind = 'flot': one of int, float, choice, group"),
        (ROW.replace("assumed", "asumed"), "grade = 'asumed'; did you mean 'assumed'?"),
        (ROW.replace(",2,", ",two,"), "could not convert string to float: 'two'"),
        (ROW.replace(",3,", ",,"), "default, sample_low and sample_high from low to high are wanted"),
        (ROW.replace(",2,", ",7,"), "default, sample_low and sample_high from low to high are wanted"),
        ("a.b,choice,z,,,,,,assumed,basis-note,x|y,what it is", "default = 'z'; one of x, y"),
        (ROW.replace("a.b", "a.c"), "a.c stands twice"),
        (ROW + ", and how", "more cells than columns: [' and how']; a text with commas stands in quotes"),
    ],
)
def test_a_wrong_row_of_a_table_is_named_with_its_line(tmp_path: Path, row: str, fault: str) -> None:
    table = tmp_path / "found.csv"
    table.write_text("\n".join([",".join(COLUMNS), ROW.replace("a.b", "a.c"), row, "x,y"]), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read(table)
    assert f"found.csv, line 3: {fault}" in str(caught.value)
    assert "found.csv, line 4: kind = 'y'" in str(caught.value)


def test_a_table_is_read_as_it_is_written(tmp_path: Path) -> None:
    table = tmp_path / "found.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(one.row for one in DECLARED.values())
    assert read(table) == DECLARED
    table.write_text("name,default\na.b,2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"found\.csv: columns name, kind, default"):
        read(table)


# --- setting values ---


def values_of(one: Declaration) -> st.SearchStrategy[float | int | str]:
    """Every value a parameter accepts."""
    if one.kind == "choice":
        return st.sampled_from(one.choices)
    assert one.low is not None
    assert one.high is not None
    if one.kind == "int":
        return st.integers(int(one.low), int(one.high))
    return st.floats(one.low, one.high)


settings_of = st.fixed_dictionaries({}, optional={name: values_of(one) for name, one in DECLARED.items()})


@given(settings_of)
def test_what_is_set_is_there_and_comes_back(values: dict[str, float | int | str]) -> None:
    made = Parameters.of(values)
    flat = made.flat()
    assert {name: flat[name] for name in values} == values
    assert {name: flat[name] for name in DECLARED if name not in values} == {
        name: one.default for name, one in DECLARED.items() if name not in values
    }
    assert made.changed() == {name: value for name, value in values.items() if value != DECLARED[name].default}
    assert Parameters.of(made.changed()) == made


def test_values_are_reached_by_group_and_name() -> None:
    made = Parameters.of({"demand.theta": 2.5, "trade.mechanism": "priority", "hbm.lead_months": 4})
    assert (made.demand.theta, made.trade.mechanism, made.hbm.lead_months) == (2.5, "priority", 4)


def test_a_whole_value_of_a_float_parameter_is_fine() -> None:
    assert Parameters.of({"demand.theta": 2}).demand.theta == 2.0


@each_number
def test_the_bounds_themselves_are_accepted_and_what_is_beyond_is_not(one: Declaration) -> None:
    assert one.low is not None
    assert one.high is not None
    kind = int if one.kind == "int" else float
    step = 1 if one.kind == "int" else max(abs(one.high), 1) * 1e-9
    for edge in (one.low, one.high):
        assert Parameters.of({one.name: kind(edge)}).flat()[one.name] == edge
    for beyond in (one.low - step, one.high + step):
        with pytest.raises(InputError) as caught:
            Parameters.of({one.name: kind(beyond)})
        wanted = {"int": "a whole number", "float": "a number"}[one.kind]
        unit = f" {one.unit}" if one.unit != "1" else ""
        assert str(caught.value) == (
            f"{one.name} = {kind(beyond)!r}: {wanted} from {one.low:g} to {one.high:g}{unit} is wanted"
        )


@pytest.mark.parametrize("value", [math.nan, math.inf, "-inf", True, False, None, "2", "", [1.0], {"a": 1}])
@pytest.mark.parametrize("name", ["demand.theta", "hbm.lead_months", "budget.growth_2030"])
def test_a_value_that_is_no_finite_number_is_refused(name: str, value: object) -> None:
    with pytest.raises(InputError) as caught:
        Parameters.of({name: value})  # type: ignore[dict-item]
    reason = "is not finite; a " if str(value) in ("nan", "inf", "-inf") else "a "
    assert f"{name} = {value!r}: {reason}" in str(caught.value)


@pytest.mark.parametrize("value", [2.5, "3", np.float64(3.5)])
def test_a_whole_number_takes_no_fraction(value: object) -> None:
    with pytest.raises(InputError, match=r"hbm\.lead_months = "):
        Parameters.of({"hbm.lead_months": value})  # type: ignore[dict-item]


@pytest.mark.parametrize("value", ["prority", 1, None, ""])
def test_a_wrong_choice_is_refused_and_the_nearest_named(value: object) -> None:
    with pytest.raises(InputError) as caught:
        Parameters.of({"trade.mechanism": value})  # type: ignore[dict-item]
    assert "trade.mechanism = " in str(caught.value)
    assert "priority" in str(caught.value)


def test_every_fault_is_told_at_once_with_the_place_and_the_nearest_name() -> None:
    with pytest.raises(InputError) as caught:
        Parameters.of(
            {"demand.thetta": 2.0, "demand.lam": 7.0, "hbm.lead_months": math.nan, "trade.mechanism": "x", "zz": 1},
            "spec.toml",
        )
    lines = [line.strip() for line in str(caught.value).split("\n")]
    assert len(lines) == 5
    assert all(line.startswith("spec.toml: ") for line in lines)
    assert "spec.toml: no parameter 'demand.thetta'; did you mean 'demand.theta'?" in lines
    assert "spec.toml: demand.lam = 7.0: a number from 0.1 to 1 is wanted" in lines


NAMES = st.sampled_from(list(DECLARED)) | st.text(max_size=12)
JUNK = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.lists(st.floats(), max_size=2)


@given(st.dictionaries(NAMES, JUNK, max_size=4))
def test_any_dictionary_makes_parameters_or_one_input_error(values: dict) -> None:
    with suppress(InputError):
        assert Parameters.of(values).flat().keys() == DECLARED.keys()


def test_parameters_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Parameters().demand.theta = 3.0


def test_patterns_pick_names() -> None:
    assert matching("demand.theta") == ("demand.theta",)
    assert set(matching("innovation.*")) == {name for name in DECLARED if name.startswith("innovation.")}
    assert set(matching("*")) == set(DECLARED)
    with pytest.raises(InputError, match=r"no parameter 'inovation.jump'; did you mean 'innovation.jump'\?"):
        matching("inovation.jump")
    with pytest.raises(InputError, match="no parameter 'nothing"):
        matching("nothing.*")


# --- of consequence ---


def busy() -> Regime:
    """History with a feared end of the small cards: leaked, announced, and then in force."""
    cards = dict.fromkeys(("T4", "A10", "L2", "L20"), "deny")
    return load_regime("history") | Act.of(
        "what-if-small-cards", leaked="2026-02", announced="2026-08", effective="2026-10", sets={"named.policy": cards}
    )


def hard() -> Regime:
    """History left in March 2024 for lines that catch what is made for China, public money, tool controls on the DRAM
    that stacks need, foundries that ask, few officers, a duty towards the whole world, and enforcement that comes and
    goes."""
    line = {"band_a.tpp_min": 1000, "band_a.dense_tpp_min": 1000, "band_a.density_min": 0.5, "band_a.policy": "deny"}
    money = {"cn.fab_subsidy_usd": 5e8, "cn.hbm_subsidy_usd": 2e8, "cn.subsidy_usd": 5e10}
    tools = {"tools.dram_cell_area_below": 0.0019, "tools.dram_density_above": 0.288, "foundry.diligence": True}
    tools |= {"foundry.transistors_bn_below": 30.0, "foundry.node_nm_max": 16.0}
    rest = {"licence.staff": 0.01, "diffusion.worldwide": True, "enforcement.budget": 20.0}
    rest |= {"named.policy": dict.fromkeys(("RTX 4090", "RTX 4090D", "RTX 5090", "RTX 5090D", "RTX 5090D V2"), "deny")}
    rest |= {"corrections.policy": "case_by_case", "licence.policy": {"H20": "case_by_case", "A30": "case_by_case"}}
    acts = [
        Act.of("hard-line", announced="2024-06", effective="2024-09", sets=line | tools | rest),
        Act.of("hard-money", by="CN", announced="2024-04", sets=money | {"cn.import_mode": {"*": "case_by_case"}}),
        Act.of("soft-again", announced="2026-01", sets={"enforcement.budget": 0.2}),
    ]
    regime = load_regime("history").before("2024-03")
    for act in acts:
        regime = regime | act
    return regime


SITUATIONS = {
    "history": (load_regime("history"), "2027-12"),
    "governments that react": (load_regime("negotiated"), "2030-12"),
    "hard law": (hard(), "2028-12"),
    "a coming ban on small cards": (busy(), "2027-12"),
    "no controls": (load_regime("no_controls"), "2030-12"),
}


NO_DEAL: tuple[str, dict[str, float | int | str]] = ("governments that react", {"governments.reserve": 10.0})
"""Governments that only review: nobody signs a deal, which would bind them instead."""
EASY: tuple[str, dict[str, float | int | str]] = (
    "governments that react",
    {"governments.reserve": 0.0, "governments.home": 0.0, "governments.linkage": 0.0, "governments.error": 0.03},
)
"""Governments that sign lightly, and leave."""
LIGHT: tuple[str, dict[str, float | int | str]] = (
    "governments that react",
    {"governments.reserve": 0.0, "governments.error": 0.03},
)
"""Governments that sign lightly, though conceding costs them at home."""
WITHIN: dict[str, tuple[str, dict[str, float | int | str]]] = {
    **{f"governments.{name}": NO_DEAL for name in ("us_review_months", "hold_months", "inertia")},
    **{f"governments.{name}": EASY for name in ("breach", "cn_red_ip", "cn_red_materials", "us_red_hbm", "us_power")},
    **{f"governments.{name}": LIGHT for name in ("security_home", "deal_months")},
    "objectives.cn_ip": EASY,
    "objectives.cn_urgency": (EASY[0], EASY[1] | {"governments.us_red_hbm": 1.0}),
    **{f"grey.posted_{name}": ("history", {"grey.mechanism": "pro_rata"}) for name in ("speed", "most")},
    "innovation.closed_weights": ("history", {"law.diffusion.model_weights@2024-01": True}),
    "innovation.closed_service": ("history", {"law.diffusion.model_service@2024-01": True}),
    "hbm.cell_area": ("history", {"law.tools.dram_density_above@2026-01": 10.0}),
    "hbm.tool_drag": (
        "history",
        {"law.tools.dram_cell_area_below@2026-01": 0.0, "law.tools.dram_density_above@2026-01": 10.0},
    ),
    "hbm.cell_density": ("history", {"law.tools.dram_cell_area_below@2026-01": 0.0}),
    "domestic.plain_bn": (
        "no controls",
        {
            "law.foundry.diligence@2023-01": True,
            "law.foundry.transistors_bn_below@2023-01": 30.0,
            "law.foundry.node_nm_max@2023-01": 16.0,
        },
    ),
}
"""Parameters that count only where something else is set too, and what."""
ELSEWHERE = {
    "gaming.least": "tests/test_channels.py: workshops without custom shrink to a floor",
    "governments.us_red_chips": "tests/test_governments.py: nothing beyond a red line is ever agreed on",
    "governments.answer_months": "tests/test_governments.py: steps are answered with materials for a while",
    "grey.entry": "tests/test_channels.py: brokers leave when it does not pay and come in when it does",
    "objectives.cn_reciprocity": "tests/test_governments.py: steps are answered with materials for a while",
}
"""Parameters that count only after events that no run here is sure to hold, and the test that makes these happen."""


@cache
def outcome(situation: str, changed: tuple[tuple[str, float | int | str], ...] = ()) -> dict[str, np.ndarray]:
    """Every column of a run."""
    regime, until = SITUATIONS[situation]
    return metrics.evaluate(ChipMarket(scenario=Scenario.of(regime, until=until, sets=dict(changed))).run())


def trials(one: Declaration) -> list[float | int | str]:
    """Values to try against the default: the plausible ones first, then the bounds."""
    if one.kind == "choice":
        return [value for value in one.choices if value != one.default]
    kind = int if one.kind == "int" else float
    bounds = (10, 200) if one.unit == "lab" else (one.low, one.high)
    several = [kind(edge) for edge in chain(one.range or (), bounds) if edge is not None]
    return [value for value in several if value != one.default]


def moves(situation: str, name: str, value: float | int | str) -> bool:
    """Whether a value changes any column of the run."""
    more = tuple(WITHIN[name][1].items()) if name in WITHIN else ()
    base, other = outcome(situation, more), outcome.__wrapped__(situation, (*more, (name, value)))
    return base.keys() != other.keys() or any(
        not np.array_equal(base[column], other[column], equal_nan=True) for column in base
    )


@pytest.mark.slow
@each
def test_every_parameter_moves_a_metric(one: Declaration) -> None:
    if one.name in ELSEWHERE:
        pytest.skip(ELSEWHERE[one.name])
    reacting = one.name.startswith(("objectives.", "governments."))
    situations = sorted(SITUATIONS, key=lambda name: reacting and name != "governments that react")
    situations = [WITHIN[one.name][0]] if one.name in WITHIN else situations
    assert any(moves(situation, one.name, value) for situation in situations for value in trials(one))
