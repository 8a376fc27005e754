"""Specifications: what is read, and what every fault is answered with."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from abm.foundation.errors import InputError
from abm.sweeps.spec import Spec, flat, read

GOOD: dict[str, Any] = {"name": "x", "regimes": ["history"], "seeds": 2, "keep": ["china_compute"]}


def test_a_mapping_a_spec_and_a_file_read_the_same(tmp_path: Path) -> None:
    body = GOOD | {
        "title": 'a "b" \\ \x01é',
        "factorial": {"demand.theta": [1.5, 2], "x": [True]},
        "sample": {"n": 3, "parameters": ["innovation.*"]},
    }
    spec, text, _ = read(body)
    (tmp_path / "x.toml").write_text(text)
    assert read(tmp_path / "x.toml")[0] == spec
    assert read(spec)[0] == spec


def test_bare_dotted_names_and_quoted_ones_are_the_same() -> None:
    bare = tomllib.loads("[factorial]\ndemand.theta = [1]\n'law.hbm.quota_share@2026-11' = [0.1]\n")
    assert flat(bare["factorial"]) == {"demand.theta": [1], "law.hbm.quota_share@2026-11": [0.1]}


FAULTS = [
    ({"sead": 3}, ["unknown key 'sead'", "did you mean 'seeds'"]),
    ({"sample": {"n": 2, "parametres": ["x"]}}, ["unknown key 'sample.parametres'", "did you mean 'parameters'"]),
    ({"name": "../x"}, ["name = '../x'", "letters, digits"]),
    ({"seeds": 0}, ["seeds = 0", "a number of 1 or more"]),
    ({"seeds": -3}, ["seeds = -3"]),
    ({"seeds": True}, ["seeds = True"]),
    ({"seeds": 2.5}, ["seeds = 2.5", "whole number"]),
    ({"seeds": [1, -2]}, ["seeds[1] = -2"]),
    ({"seeds": "20"}, ["seeds = '20'"]),
    ({"regimes": []}, ["regimes = []", "at least one entry"]),
    ({"regimes": "history"}, ["regimes = 'history'", "a list"]),
    ({"keep": ["china_compute", 3]}, ["keep[1] = 3", "a text"]),
    ({"workers": 0}, ["workers = 0"]),
    ({"set": {"demand.theta": float("nan")}}, ["set.demand.theta = nan", "finite"]),
    ({"set": {"demand.theta": float("inf")}}, ["set.demand.theta = inf", "finite"]),
    ({"set": {"demand.theta": [1]}}, ["set.demand.theta = [1]"]),
    ({"set": 3}, ["set = 3", "a table"]),
    ({"factorial": {"demand.theta": 2.0}}, ["factorial.demand.theta = 2.0", "a list"]),
    ({"factorial": {"demand.theta": [1.5, float("nan")]}}, ["factorial.demand.theta[1] = nan"]),
    ({"sample": {"method": "sobool", "n": 3}}, ["sample.method = 'sobool'", "latin_hypercube", "did you mean 'sobol'"]),
    ({"sample": {"n": 0}}, ["sample.n = 0"]),
    ({"sample": {}}, ["the key 'sample.n' is missing"]),
]  # fmt: skip


@pytest.mark.parametrize("change, words", FAULTS)
def test_a_fault_is_told_with_key_and_value(change: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        read(GOOD | change)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert len(str(caught.value).splitlines()) == 2, "one fault, one line"


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        read({"name": "a b", "seeds": 0, "reginems": ["history"]})
    text = str(caught.value)
    assert all(word in text for word in ("name", "seeds", "reginems", "'regimes' is missing", "'keep' is missing"))


FILES = [
    (b"", "is missing"),
    (b"name = ", "is not TOML"),
    (b"name = 'x'\nname = 'y'", "is not TOML"),
    (b"\xff\xfe\x00", "is UTF-16, not UTF-8"),
    (b"seeds = " + b"[" * 20_000, "nested too deeply"),
    (b"a" + b".a" * 3_000 + b" = 1", "x.toml"),
    (b"seeds = " + b"9" * 5_000, "is not TOML"),
    (b"until = 2030-13-01", "is not TOML"),
    (b"# " + b"x" * 1_100_000, "too long"),
    (b"name = 'x'\x00", "is no text (its byte 10 is 0)"),
]


@pytest.mark.parametrize("data, words", FILES, ids=range(len(FILES)))
def test_a_file_that_cannot_be_read_is_named(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"x\.toml") as caught:
        read(path)
    assert words in str(caught.value)


def test_a_file_that_is_not_there_brings_up_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "quickstart.toml").touch()
    with pytest.raises(InputError, match=r"no such file.*did you mean .*quickstart\.toml"):
        read(tmp_path / "quikstart.toml")


@pytest.mark.parametrize("path", ["", "a\0b", "/", "x" * 5_000])
def test_a_name_that_is_no_file_is_an_input_error(path: str) -> None:
    with pytest.raises(InputError):
        read(path)


def test_a_spec_cannot_be_changed() -> None:
    spec = Spec(name="x", regimes=("history",), seeds=2, keep=("china_compute",))
    with pytest.raises(ValueError, match="frozen"):
        spec.seeds = 3  # type: ignore[misc]
