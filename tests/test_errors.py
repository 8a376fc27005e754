"""What a person is told about wrong input."""

import pickle
import re
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from abm.foundation.errors import InputError, brief, faults, listed, nearest, path_of, raise_all, shorten, unknown


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


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ""),
        ("a = 1: too much\n  b", "a = 1: too much\n  b"),
        ("file.toml: " + "x" * 100_000 + "; did you mean 'y'?", r"file\.toml: x{200,}.* … x{200,}; did you mean 'y'\?"),
        ("a\0\ud800\x1b[2J\u202eb", r"a\\x00\\ud800\\x1b\[2J\\u202eb"),
        ("\n".join(f"fault {one}" for one in range(10_000)), r"fault 0\n(fault \d+\n)+  … and 9,8\d\d more"),
        ("\n".join("y" * 5000 for _ in range(100)), r"(y+ … y+\n)+  … and 9[78] more"),
    ],
)
def test_a_message_says_its_beginning_and_end_whatever_is_put_in(text: str, told: str) -> None:
    said = str(InputError(text))
    assert re.fullmatch(told, said)
    assert len(said) < 2000
    assert str(InputError(said)) == brief(said) == said
    assert str(pickle.loads(pickle.dumps(InputError(text)))) == said


def test_what_a_message_leaves_out_is_counted_though_it_is_put_into_another() -> None:
    inner = str(InputError("\n".join(f"fault {one}" for one in range(10_000))))
    outer = str(InputError("\n".join(["heading", *("z" * 100 for _ in range(15)), inner])))
    shown = sum(line.startswith(("fault", "z", "heading")) for line in outer.splitlines())
    assert outer.endswith(f"… and {10_016 - shown:,} more")


class Rude:
    """Something that cannot say what it is."""

    def __repr__(self) -> str:
        raise RuntimeError


def test_values_are_said_in_a_line_or_by_their_type() -> None:
    assert shorten("a") == "'a'"
    assert len(shorten(list(range(10_000)))) == 81
    assert shorten(Rude()) == "<Rude>"
    assert shorten(10**5000) == "<int>"


def test_every_misspelt_name_is_a_fault_and_the_first_have_the_nearest_right_one() -> None:
    told = unknown("metric", [3, "chna", *(f"name {one}" for one in range(10_000))], ["china"])
    assert told[:2] == ["no metric 3", "no metric 'chna'; did you mean 'china'?"]
    assert len(told) == 10_002
    assert told[-1] == "no metric 'name 9999'"


def test_lists_and_paths_are_what_can_be_read_as_such() -> None:
    assert listed((1, 2), "x") == [1, 2]
    assert path_of("a/b", "x") == path_of(Path("a/b"), "x") == Path("a/b")
    for read, wrong in [(listed, one) for one in ("ab", b"ab", 3, None)] + [
        (path_of, one) for one in ("a\0b", "\ud800", 3, None, ["a"])
    ]:
        with pytest.raises(InputError, match=r"^x = "):
            read(wrong, "x")


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
