"""What a person is told about wrong input."""

from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from abm.foundation.errors import InputError, faults, nearest, raise_all


def test_a_close_name_is_offered() -> None:
    assert nearest("demand.thetta", ["demand.theta", "demand.lam"]) == "; did you mean 'demand.theta'?"


def test_several_close_names_are_offered_on_request() -> None:
    told = nearest("hbm_relie", ["hbm_relief", "hbm_relied", "history"], many=2)
    assert told.startswith("; did you mean 'hbm_relie")
    assert "' or 'hbm_relie" in told


def test_with_nothing_close_a_short_list_is_told_in_order_and_a_long_one_is_not() -> None:
    assert nearest("zzz", ["history", "hold_firm"]) == "; one of history, hold_firm"
    assert nearest("zzz", ["b", "a"]) == "; one of a, b"
    assert nearest("zzz", [f"name {i}" for i in range(12)]).count(",") == 11
    assert nearest("zzz", [f"name {i}" for i in range(13)]) == ""
    assert nearest("zzz", []) == ""


def test_options_may_come_from_a_generator() -> None:
    assert nearest("histroy", (name for name in ("history", "hold_firm"))) == "; did you mean 'history'?"


def test_no_fault_raises_nothing() -> None:
    raise_all([])
    raise_all([], "regime: wrong")


def test_one_fault_is_told_plainly() -> None:
    with pytest.raises(InputError) as caught:
        raise_all(["a = 1: too much"])
    assert str(caught.value) == "a = 1: too much"


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        raise_all(["a is wrong", "b is wrong"], "file.toml")
    assert str(caught.value) == "file.toml\n  a is wrong\n  b is wrong"
    with pytest.raises(InputError) as caught:
        raise_all(["a is wrong", "b is wrong"])
    assert str(caught.value).split("\n") == ["  a is wrong", "  b is wrong"]


def test_it_is_a_value_error() -> None:
    assert issubclass(InputError, ValueError)


class Part(BaseModel):
    """A table in a table."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    size: float = Field(ge=0)
    kind: Literal["big", "small"] = "big"


class Whole(BaseModel):
    """A table as a person may write it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: str
    parts: dict[str, Part] = {}
    seeds: int | tuple[int, ...] = 1

    @field_validator("name")
    @classmethod
    def one_word(cls, name: str) -> str:
        """Refuse several words."""
        if " " in name:
            raise ValueError("is not one word")
        return name


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, ["the key 'name' is missing"]),
        ({"name": 3}, ["name = 3: a text is wanted"]),
        ({"name": "a b"}, ["name = 'a b': is not one word"]),
        ({"name": None}, ["name is empty: a text is wanted"]),
        ({"name": "a", "sead": 1}, ["unknown key 'sead'; did you mean 'seeds'?"]),
        ({"name": "a", "seeds": "x"}, ["seeds = 'x': a whole number or a list is wanted"]),
        ({"name": "a", "seeds": (1, "x")}, ["seeds[1] = 'x': a whole number is wanted"]),
        (
            {"parts": {"one": {"size": -1.0, "kind": "bigg", "kid": 1}}},
            [
                "the key 'name' is missing",
                "parts.one.size = -1.0: a number of 0 or more is wanted",
                "parts.one.kind = 'bigg': 'big' or 'small' is wanted; did you mean 'big'?",
                "unknown key 'parts.one.kid'; did you mean 'kind'?",
            ],
        ),
        ({"name": "a", "parts": {"one": {"size": float("nan")}}}, ["parts.one.size = nan: a finite number is wanted"]),
    ],
)
def test_what_pydantic_finds_is_told_in_plain_words(body: dict[str, object], told: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate(body)
    assert faults(caught.value, model=Whole) == told
    assert faults(caught.value, "x.toml", Whole) == [f"x.toml: {one}" for one in told]
