"""Malformed lines, files and places, more than a thousand: each is answered in a few words with exit 2."""

import contextlib
import json
import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import abm
from abm.cli import app
from abm.facts import catalog
from abm.foundation.errors import InputError
from tests.figures import synthetic

SPEC = 'name = "tiny"\nregimes = ["history"]\nseeds = 1\nuntil = "2022-02"\nkeep = ["china_compute"]\n'
REGIME = 'name = "own"\ntitle = "own"\nbase = "history"\nfrom = "2026-11"\n'
ACT = (
    '[[act]]\nname = "us-own"\nby = "US"\nannounced = "2026-12"\neffective = "2027-01"\n'
    'sets = { "hbm.quota_share" = 0.2 }\n'
)
CHIPS = "sku,tpp,die_mm2,bandwidth_gb_s,link_gb_s,vendor\nmine,2368,814,4000,900,Nvidia\n"
LARGEST = 2000


def invoke(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


def refused(result: Any, *named: str) -> None:
    """Exit 2, no traceback, a message that is short and names what is wrong."""
    assert result.exit_code == 2, f"{result.exit_code}: {result.output[:500]} {result.exception!r}"
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    assert 0 < len(result.output) < LARGEST, result.output[:300]
    for name in named:
        assert name in result.output, result.output[:500]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished sweep, a run, and files that are right."""
    folder = tmp_path_factory.mktemp("home")
    for name, text in {"tiny.toml": SPEC, "own.toml": REGIME, "act.toml": ACT, "chips.csv": CHIPS}.items():
        (folder / name).write_text(text)
    assert invoke("sweep", folder / "tiny.toml", "--out", folder / "sweep", "--serial").exit_code == 0
    synthetic.ensemble(1, ["history"]).save(folder / "run")
    return folder


@pytest.fixture(autouse=True)
def nothing_is_simulated(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def simulated(*_: object, **__: object) -> None:
        raise AssertionError("simulated")

    for place in ("abm.results.ensemble.simulate", "abm.sweeps.scheduler.Scheduler.run"):
        monkeypatch.setattr(place, simulated)
    monkeypatch.setattr("abm.figures.report.figures_of", lambda *_: [])
    monkeypatch.setattr("abm.sweeps.status.estimate", lambda *_: [])
    monkeypatch.chdir(home)


# words on the line

LONG = "x" * 20_000
WORDS = (
    "", " ", "histroy", "../../etc", "a\0b", "ü\u202e", "\udcff", LONG, "\n\n", "nowhere.toml", "{", "%s%n", "-", "=",
)  # fmt: skip
NUMBERS = ("", "x", "0", "-1", "1.5", "1e3", "inf", "nan", "0x10", "9" * 5000, "1,000", "a\0", "½", LONG)
SETS = (
    "demand.theta", "demand.theta=", "=2", "demand.thta=2", "demand.theta=nan", "demand.theta=1e400",
    "demand.theta=[1]", "demand.theta={a=1}", 'demand.theta="2', "demand.theta=\0", f"demand.theta={LONG}",
    f"{LONG}=1", "law.hbm.policy=deny", "law.hbm.quota_share=0.1@2026-13", f"law.{LONG}=1@2026-11",
    f"law.hbm.quota_share={LONG}@2026-11", f"law.hbm.quota_share=1@{LONG}", "law.licence.policy[=deny@2026-11",
    "population.startups=1.5", "law.=1@2026-11", "trade.mechanism=lottery", "demand.theta=" + "9" * 5000,
    "demand.theta=" + "[" * 5000,
)  # fmt: skip
DATES = (
    "", "soon", "2026", "2026-13", "2026-02-30", "31-12-2030", "2099-01", "1999-01", "0000-00", "2026-1", LONG, "a\0",
)  # fmt: skip
LINES: list[tuple[str, tuple[str, ...]]] = [
    ("run ?", WORDS), ("run history --seeds ?", NUMBERS), ("run history --until ?", DATES),
    ("run history --set ?", SETS), ("run history --without ?", WORDS), ("run history --shift ?", WORDS),
    ("run history --shift us-hbm-rule=?", NUMBERS[1:2]), ("run history --before ?", DATES[1:5]),
    ("run history --add ?", WORDS), ("compare history ?", WORDS), ("compare history no_controls --seeds ?", NUMBERS),
    ("compare history hold_firm --without ?", WORDS), ("sweep ?", WORDS), ("sweep tiny.toml --workers ?", NUMBERS),
    ("sweep tiny.toml --limit ?", ("", "x", "0", "-1", "inf", "nan")), ("status ?", WORDS), ("verify ?", WORDS),
    ("replay ? 0", WORDS), ("replay sweep ?", ("", "x", "-1", "1", "1.5", LONG)),
    ("export ? --to csv --out x.csv", WORDS), ("export sweep --out x --to ?", WORDS), ("report ?", WORDS),
    ("classify ?", WORDS[2:]), ("classify H20 --on ?", DATES[1:5]), ("classify --tpp ?", NUMBERS[:3]),
    ("table ?", WORDS), ("table chips --format ?", WORDS), ("timeline ?", WORDS),
    ("timeline history --seed ?", ("", "x", "-1", "1.5")), ("fit-payoffs ?", WORDS), ("deals ?", WORDS),
    ("hindcast ?", WORDS), ("directions ?", WORDS), ("decide ?", WORDS), ("directions --seeds ?", NUMBERS),
    ("serve --port ?", ("", "x", "-1", "70000")), ("sensitivity ?", WORDS), ("sensitivity --n ?", NUMBERS),
    ("exposure ?", WORDS), ("validate ?", WORDS), ("validate --seeds ?", NUMBERS), ("calibrate ?", WORDS),
    ("claims ?", WORDS), ("?", WORDS), ("run history --?", WORDS[2:4]),
]  # fmt: skip


@pytest.mark.parametrize(("line", "given"), LINES, ids=[line for line, _ in LINES])
def test_words_that_are_wrong(line: str, given: tuple[str, ...]) -> None:
    for word in given:
        if words := [part.replace("?", word) for part in line.split(" ") if part != "?" or word or " " in line]:
            refused(invoke(*words))


# files that people write

MARK = b"\xef\xbb\xbf"
BAD: dict[str, Any] = {
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "UTF-16 without a mark": lambda data: data.decode().encode("utf-16-le"),
    "UTF-32": lambda data: data.decode().encode("utf-32"),
    "Latin-1": lambda data: b"# \xe9\n" + data,
    "a zero": lambda data: data + b"\0",
    "zeros": lambda data: bytes(1000),
    "nothing": lambda data: b"",
    "only a mark": lambda data: MARK,
    "two marks": lambda data: MARK + MARK + data,
    "cut off": lambda data: data[: data.rindex(b'"')],
    "one long line": lambda data: data + b"# " + b"x" * 10_000_000,
    "deep": lambda data: b"x = " + b"[" * 20_000,
    "long name": lambda data: data + b"\n" + b"y" * 50_000 + b" = 1\n",
    "dotted": lambda data: b"a" + b".a" * 3_000 + b" = 1\n",
    "large number": lambda data: data + b"\nx = " + b"9" * 5_000,
    "no date": lambda data: data + b"\nx = 2030-13-41\n",
    "control": lambda data: data + b"\n\x07\n",
    "twice": lambda data: data + b'\nx = 1\nx = "2"\n',
    "carriage returns": lambda data: data.replace(b"\n", b"\r"),
    "packed": lambda data: b"\x1f\x8b\x08" + random.Random(1).randbytes(300),
    "JSON": lambda data: b'{"name": "x"}',
}
READ = {
    "sweep FILE --dry": SPEC, "timeline FILE": REGIME, "run FILE": REGIME, "compare history FILE": REGIME,
    "timeline history --add FILE": ACT, "decide FILE": SPEC, "deals FILE": SPEC,
    "directions FILE": 'until = "2022-02"\n', "sensitivity FILE": SPEC, "exposure FILE": SPEC,
    "validate FILE": 'until = "2022-02"\n', "claims FILE": 'name = "x"\n', "calibrate FILE": 'name = "x"\n',
    "classify H20 --regime FILE": REGIME, "fit-payoffs FILE": SPEC,
}  # fmt: skip


@pytest.mark.parametrize("line", READ)
def test_a_file_that_cannot_be_read_is_named(line: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    for spoil in BAD.values():
        file.write_bytes(spoil(READ[line].encode()))
        refused(invoke(*line.replace("FILE", str(file)).split(" ")), "mine.toml")


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("line", ["sweep FILE --dry", "timeline FILE", "timeline history --add FILE"])
def test_a_byte_order_mark_and_either_end_of_line_are_read_over(line: str, ends: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(MARK + READ[line].replace("\n", ends).encode())
    result = invoke(*line.replace("FILE", str(tmp_path / "mine.toml")).split(" "))
    assert result.exit_code == 0, result.output


def test_chips_in_a_spoilt_table_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    spoilt = [
        BAD[name] for name in ("UTF-16", "UTF-16 without a mark", "a zero", "zeros", "nothing", "only a mark", "packed")
    ]
    spoilt += [lambda data: data + b'x,"', lambda data: data + b"x,1\n", lambda data: data.replace(b"tpp", b"sku")]
    spoilt += [lambda data: data.replace(b"2368", b"9" * 5000), lambda data: data.replace(b"2368", b"many")]
    for spoil in spoilt:
        file.write_bytes(spoil(CHIPS.encode()))
        refused(invoke("classify", file), "mine.csv")
    file.write_bytes(MARK + CHIPS.replace("\n", "\r\n").encode())
    assert invoke("classify", file).exit_code == 0


FACTS = {
    "sources.csv": catalog.sources, "chips.csv": catalog.chips, "hbm.csv": catalog.memory, "labs.csv": catalog.labs,
    "vendors.csv": catalog.vendors, "inputs.csv": catalog.inputs, "stylised_facts.csv": catalog.stylised_facts,
    "foundry.csv": lambda folder: catalog.facts("foundry", folder),
    "series/opex.csv": lambda folder: catalog.series("opex", folder),
}  # fmt: skip


def rows(data: bytes, change: Any) -> bytes:
    lines = data.splitlines()
    return b"\n".join([lines[0], *change(lines[1:])]) + b"\n"


SPOILT: dict[str, Any] = {name: BAD[name] for name in ("UTF-16", "a zero", "zeros", "nothing", "only a mark", "packed")}
SPOILT |= {
    "two marks": BAD["two marks"],
    "no rows": lambda data: data.splitlines()[0] + b"\n",
    "a row twice": lambda data: rows(data, lambda one: [*one, one[0]]),
    "a cell more": lambda data: rows(data, lambda one: [one[0] + b",x", *one[1:]]),
    "rows cut": lambda data: rows(data, lambda one: [line[: len(line) // 2] for line in one]),
    "semicolons": lambda data: data.replace(b",", b";"),
    "no header": lambda data: data.split(b"\n", 1)[1],
    "an open quote": lambda data: data + b'"x',
    "a long cell": lambda data: rows(data, lambda one: [one[0] + b"x" * 200_000, *one[1:]]),
    "shuffled": lambda data: rows(data, lambda one: [bytes(random.Random(2).sample(line, len(line))) for line in one]),
}


@pytest.mark.parametrize("name", FACTS)
def test_facts_that_are_spoilt_are_one_error_that_names_the_table(name: str, tmp_path: Path) -> None:
    for number, spoil in enumerate(SPOILT.values()):
        folder = tmp_path / str(number)
        shutil.copytree(catalog.FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        (folder / name).write_bytes(spoil((folder / name).read_bytes()))
        with pytest.raises(InputError) as caught:
            FACTS[name](folder)
        assert name in str(caught.value)
        assert len(str(caught.value)) < LARGEST
    folder = tmp_path / "marked"
    shutil.copytree(catalog.FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (folder / name).write_bytes(MARK + (folder / name).read_bytes())
    assert FACTS[name](folder) == FACTS[name](catalog.FOLDER)


# files that commands write


def damaged(luck: random.Random, file: Path) -> None:
    """Damage a file in one way or another."""
    data = file.read_bytes() or b"{}"
    way = luck.randrange(7)
    if way == 5:
        file.unlink()
        file.mkdir()
    elif way == 6:
        file.unlink()
        file.symlink_to(file)
    else:
        place = luck.randrange(len(data))
        new = (
            data[:place],
            data[:place] + luck.randbytes(9) + data[place + 9 :],
            b"",
            luck.randbytes(50),
            b"[" * 9_999,
        )
        file.write_bytes(new[way])


@pytest.mark.parametrize("name", ["plan.jsonl", "spec.toml", "session.json", "lock", "parts"])
@pytest.mark.parametrize(
    "line",
    ["status DIR", "verify DIR", "export DIR --to csv --out x.csv", "report DIR", "sweep tiny.toml --serial --out DIR"],
)
def test_a_damaged_sweep_is_answered(name: str, line: str, home: Path, tmp_path: Path) -> None:
    for trial in range(6):
        luck, folder = random.Random(trial), tmp_path / str(trial)
        shutil.copytree(home / "sweep", folder, symlinks=True)
        damaged(luck, next((folder / "parts").iterdir()) if name == "parts" else folder / name)
        result = invoke(*line.replace("DIR", str(folder)).split(" "))
        if isinstance(result.exception, AssertionError):  # what was lost is simulated again
            continue
        assert result.exit_code in (0, 2, 3), f"{trial}: {result.exception!r}"
        assert len(result.stderr) < LARGEST
        assert result.exit_code == 0 or str(folder) in result.stderr or "parquet" in result.stderr, result.stderr


@pytest.mark.parametrize("name", ["run.json", "metrics.parquet"])
def test_a_damaged_run_is_an_input_error_that_names_the_file(name: str, home: Path, tmp_path: Path) -> None:
    for trial in range(20):
        folder = tmp_path / str(trial)
        shutil.copytree(home / "run", folder)
        damaged(random.Random(trial), folder / name)
        with pytest.raises(InputError, match=f"{folder}") as caught:
            abm.load(folder)
        assert len(str(caught.value)) < LARGEST


def test_a_run_json_that_says_something_else_is_an_input_error(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "run", tmp_path / "r")
    file = tmp_path / "r" / "run.json"
    about = json.loads(file.read_text())
    for name in about:
        for value in (None, 5, "x", [], {}, [[]], {"metrics.parquet": 3}):
            file.write_text(json.dumps(about | {name: value}))
            with contextlib.suppress(InputError):
                assert len(abm.load(tmp_path / "r")) == 1


# places to write to

WRITE = (
    "run history --out ?", "compare history no_controls --out ?", "sweep tiny.toml --serial --out ?",
    "replay sweep 0 --out ?", "report sweep --out ?", "export sweep --to csv --out ?",
    "export sweep --to parquet --out ?", "classify H20 --out ?", "classify H20 --plot ?", "directions --write ?",
    "decide tiny.toml --out sweep --write ?", "deals tiny.toml --out ?", "fit-payoffs tiny.toml --out sweep --to ?",
    "validate --write ?", "calibrate --to ?", "claims --write ?", "sensitivity --write ?", "exposure --write ?",
)  # fmt: skip


@pytest.mark.parametrize("line", WRITE)
def test_places_where_nothing_can_be_written(line: str, tmp_path: Path, repo: Path, home: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    shutil.copytree(repo / "experiments", home / "experiments", dirs_exist_ok=True)
    places = [
        "a\0b",
        "x" * 300,
        f"{tmp_path}/{'y/' * 3000}z",
        f"{tmp_path}/file/x",
        f"{tmp_path}/loop/x",
        "/proc/x",
        "/dev/null/x",
    ]
    for place in places:
        refused(invoke(*[part.replace("?", place) for part in line.split(" ")]))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("line", WRITE)
def test_folders_without_the_right_to_write(line: str, tmp_path: Path, repo: Path, home: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0o500)
    shutil.copytree(repo / "experiments", home / "experiments", dirs_exist_ok=True)
    refused(invoke(*line.replace("?", str(tmp_path / "shut" / "x")).split(" ")), "shut")
