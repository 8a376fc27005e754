"""What a person is told about wrong input."""

import pytest

from abm.foundation.errors import InputError, nearest, raise_all


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
