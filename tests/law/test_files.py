"""Regimes as TOML files: what a file may say, and how a wrong one is refused."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abm.foundation.errors import InputError
from abm.law.files import FOLDER
from abm.law.regime import load_regime, shipped

ACT = """
[[act]]
name = "us-own"
by = "US"
announced = "2026-12"
effective = "2027-01"
sets = { "hbm.quota_share" = 0.2 }
"""
HEAD = 'name = "own"\ntitle = "A file of one\'s own"\nbase = "history"\n'


def write(folder: Path, text: str, name: str = "own.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_of_ones_own_builds_on_a_shipped_regime(tmp_path: Path) -> None:
    own = load_regime(write(tmp_path, HEAD + 'from = "2026-11"\ndrop = ["us-h20-letter"]\n' + ACT))
    assert own.name == "own"
    assert own.at("2027-01")["hbm.quota_share"] == 0.2
    assert "us-h20-letter" not in {act.name for act in own.acts}
    assert len(own.acts) == len(load_regime("history").acts)
    assert [act.name for act in own.pending] == [act.name for act in load_regime("history").pending]


def test_a_file_may_stand_alone_or_build_on_another_file(tmp_path: Path) -> None:
    write(tmp_path, 'name = "first"\ntitle = "t"\n' + ACT, "first.toml")
    second = write(tmp_path, 'name = "second"\ntitle = "t"\nbase = "first.toml"\n' + ACT.replace("us-own", "us-more"))
    assert {act.name for act in load_regime(second).acts} == {"us-own", "us-more"}
    assert load_regime(str(second)).name == "second"


def test_dates_of_toml_are_dates(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + ACT.replace('"2027-01"', "2027-01-15"))
    assert str(load_regime(path).act("us-own").effective) == "2027-01-15"


def test_acts_can_be_dropped_by_government_and_as_answers(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + 'drop_by = ["CN", "both"]\n')
    assert {act.by for act in load_regime(path).acts} == {"US"}
    path = write(tmp_path, HEAD + "drop_answers = true\n")
    assert not any(act.answers_us for act in load_regime(path).acts)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "name: is missing"),
        ("name = 3\ntitle = 4\n", "name: 3 is not text"),
        (HEAD + "bse = 1\n", "no key named 'bse'; did you mean 'base'?"),
        (HEAD.replace('"history"', '"histori"'), "base: no regime named 'histori'; did you mean 'history'?"),
        (HEAD.replace('"history"', '"none.toml"'), "none.toml: cannot be read (No such file or directory)"),
        (HEAD.replace('"history"', '"own.toml"'), "builds on itself"),
        (HEAD + 'drop = ["us-hbm-rul"]\n', "drop: the base has no act named 'us-hbm-rul'; did you mean 'us-hbm-rule'?"),
        (HEAD + 'drop = "us-hbm-rule"\n', "drop: 'us-hbm-rule' is not a list of names"),
        (HEAD + 'drop_by = ["EU"]\n', "drop_by: 'EU' is no government"),
        (HEAD + "drop_answers = 1\n", "drop_answers: 1 is not true or false"),
        (HEAD + "adaptive = 3\n", "adaptive: 3 is not a table of governments and dates"),
        (HEAD + "[adaptive]\nUK = 2027-01-01\n", "adaptive: 'UK' is no government"),
        (HEAD + '[adaptive]\nUS = "soon"\n', "adaptive: US: 'soon' is not a date"),
        (HEAD + 'from = "soon"\n', "from: 'soon' is not a date"),
        (
            HEAD + 'from = "2028-01"\n' + ACT,
            "act 1: us-own: effective 2027-01-01 is before the regime's from 2028-01-01",
        ),
        (HEAD + ACT + ACT, "act 2: us-own: stands twice"),
        (HEAD + ACT.replace("us-own", "us-hbm-rule"), "act us-hbm-rule: stands in the base already"),
        (HEAD + ACT + 'repeals = ["us-hbm-rul"]\n', "repeals: no act named 'us-hbm-rul'; did you mean 'us-hbm-rule'?"),
        (HEAD + ACT + 'suspends = ["us-hbm-rul"]\n', "suspends: no act named 'us-hbm-rul'"),
        (HEAD + ACT.replace("0.2", "2.0"), "own.toml: act 1: us-own: sets: hbm.quota_share: 2.0 is outside 0 to 1"),
        (HEAD + ACT.replace("0.2", "nan"), "hbm.quota_share: nan is not finite"),
        (HEAD + "act = 3\n", "act: 3 is not a list of acts, each written [[act]]"),
        (HEAD + "act = [3]\n", "act 1: 3 is not a table"),
        (HEAD + "title = 2\n", "is not TOML"),
        (HEAD + "x = [[[", "is not TOML"),
        (HEAD + "x = " + "[" * 5000 + "]" * 5000, "own.toml"),
        (HEAD + "x = 1" + "0" * 5000, "own.toml"),
    ],
)
def test_a_wrong_file_is_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError) as fault:
        load_regime(write(tmp_path, text))
    assert words in str(fault.value)


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    text = HEAD + ACT.replace("0.2", "2.0") + ACT.replace('"US"', '"UK"').replace("us-own", "us-two")
    with pytest.raises(InputError) as fault:
        load_regime(write(tmp_path, text))
    assert "act 1: us-own" in str(fault.value)
    assert "act 2: us-two" in str(fault.value)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(b"name = \xff\xfe")
    with pytest.raises(InputError, match="is not UTF-8"):
        load_regime(path)
    with pytest.raises(InputError, match="cannot be read"):
        load_regime(tmp_path / "absent.toml")
    with pytest.raises(InputError, match="cannot be read"):
        load_regime(write(tmp_path, "") / "under.toml")


SHIPPED = [(FOLDER / f"{name}.toml").read_bytes() for name in shipped()]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(data=st.data())
def test_damaged_files_load_or_are_refused(tmp_path: Path, data: st.DataObject) -> None:
    """Bytes changed, cut out or doubled anywhere in a shipped file never raise anything but an InputError."""
    body = bytearray(data.draw(st.sampled_from(SHIPPED)))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(body) - 1))
        stop = min(len(body), start + data.draw(st.integers(0, 40)))
        body[start:stop] = data.draw(st.one_of(st.binary(max_size=6), st.just(bytes(body[start:stop]) * 2)))
        if not body:
            return
    path = tmp_path / "damaged.toml"
    path.write_bytes(bytes(body))
    try:
        load_regime(path).at("2026-12-01")
    except InputError as fault:
        assert str(fault)  # noqa: PT017


# --- files that build one on another ---


def test_files_that_build_in_a_circle_or_without_end_are_refused(tmp_path: Path) -> None:
    for name, base in (("self", "self"), ("a", "b"), ("b", "c"), ("c", "a")):
        write(tmp_path, f'name = "{name}"\ntitle = "t"\nbase = "{base}.toml"\n', f"{name}.toml")
    with pytest.raises(InputError, match=r"self\.toml: base: builds on itself through self\.toml"):
        load_regime(tmp_path / "self.toml")
    with pytest.raises(InputError, match=r"a\.toml: base: builds on itself through a\.toml and b\.toml and c\.toml"):
        load_regime(tmp_path / "a.toml")
    for number in range(5000):
        base = f'"{number - 1}.toml"' if number else '"history"'
        write(tmp_path, f'name = "{number}"\ntitle = "t"\nbase = {base}\n', f"{number}.toml")
    assert load_regime(tmp_path / "99.toml").acts == load_regime("history").acts
    for deep in (100, 4999):
        with pytest.raises(InputError, match=f"{deep}.toml: base: more than 100 files build one on another"):
            load_regime(tmp_path / f"{deep}.toml")


@pytest.mark.parametrize("base", ["a\\u0000.toml", "x" * 100_000 + ".toml", "../" * 5000 + "x.toml", "own.toml/x.toml"])
def test_a_base_that_is_no_name_of_a_file_is_one_short_error(tmp_path: Path, base: str) -> None:
    with pytest.raises(InputError, match=r"is no name of a file|cannot be read") as caught:
        load_regime(write(tmp_path, f'name = "own"\ntitle = "t"\nbase = "{base}"\n'))
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize("name", ["a\\u0000b", "a\\nb", "\\u001b[2J", "\\u202Ea"])
def test_a_name_that_cannot_be_printed_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="a name of letters that can be printed is wanted"):
        load_regime(write(tmp_path, f'name = "{name}"\ntitle = "t"\n'))


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    assert load_regime(write(tmp_path, "\ufeff" + HEAD + ACT)) == load_regime(write(tmp_path, HEAD + ACT))
