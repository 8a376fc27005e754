"""The command line: what every command prints, and how every mistake is answered."""

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from abm.cli import app
from abm.foundation.errors import InputError
from abm.foundation.version import VERSION
from abm.law.levers import POLICIES
from abm.runs.settings import settings as read_settings
from abm.runs.settings import value_of

SPEC = """
name = "tiny"
regimes = ["history", "no_controls"]
seeds = 2
until = "2022-04"
keep = ["china_compute", "china_compute_by_channel"]
"""
COMMANDS = ("run", "compare", "sweep", "status", "verify", "replay", "export", "report", "classify", "table")
COMMANDS += ("timeline", "fit-payoffs", "deals", "hindcast", "directions", "decide", "sensitivity", "exposure", "serve")
COMMANDS += ("discover", "validate", "calibrate", "claims", "open")
SHORT = ("--until", "2022-04", "--seeds", "2")

runner = CliRunner()


def abm(*words: object) -> Any:
    """Run a command in this process."""
    return runner.invoke(app, [str(word) for word in words])


def good(*words: object) -> str:
    """What a command prints that succeeds."""
    result = abm(*words)
    assert result.exit_code == 0, result.output
    return str(result.stdout)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished sweep."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "tiny.toml").write_text(SPEC)
    good("sweep", folder / "tiny.toml", "--out", folder / "out", "--serial")
    return folder / "out"


# help


def test_without_words_help_is_shown() -> None:
    assert good() == good("--help")
    assert all(f"  {name} " in good() for name in COMMANDS)
    assert "130 interrupted" in good()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    text = good(name, "--help")
    assert f"  abm {name} " in text
    assert "Example" in text
    assert good(name, "-h") == text


def test_nothing_is_offered_that_is_not_there() -> None:
    names = {
        command.name or command.callback.__name__.replace("_", "-")
        for command in app.registered_commands
        if command.callback
    }
    assert names == set(COMMANDS)
    assert "--install-completion" in good()
    assert good("--version") == f"chip-export-abm {VERSION}\n"


# values


@pytest.mark.parametrize(
    "text, value",
    [
        ("2", 2), ("2.5", 2.5), ("1e3", 1000.0), ("true", True), ("pro_rata", "pro_rata"), ('"2"', "2"), ("-1", -1),
        ("nan", "nan"), ("-inf", "-inf"), ("2026-11", "2026-11"), ("[1]", "[1]"), ("{a=1}", "{a=1}"),
        ("1\nx = 2", "1\nx = 2"), ("2026-11-01", "2026-11-01"),
    ],
)  # fmt: skip
def test_text_becomes_a_value_or_stays_text(text: str, value: object) -> None:
    found = value_of(text)
    assert found == value
    assert type(found) is type(value)


def test_settings_are_named_as_a_scenario_takes_them() -> None:
    words = ["demand.theta=2", "law.hbm.quota_share=0.1@2026-11", "law.licence.policy[H20]=case_by_case@2026-11-15"]
    assert read_settings(words) == {
        "demand.theta": 2,
        "law.hbm.quota_share@2026-11": 0.1,
        "law.licence.policy[H20]@2026-11-15": "case_by_case",
    }
    assert read_settings(None) == {}


@settings(max_examples=200)
@given(st.lists(st.text(max_size=30), max_size=3))
def test_any_words_are_settings_or_one_kind_of_error(words: list[str]) -> None:
    with contextlib.suppress(InputError):
        assert len(read_settings(words)) == len(words)


# run and compare


def test_run_prints_headline_lines_with_units() -> None:
    text = good("run", "history", *SHORT)
    assert "Ensemble(2 runs of 1 regime" in text
    assert "Chinese AI compute" in text
    assert "H100e" in text


def test_run_writes_four_files(tmp_path: Path) -> None:
    text = good("run", "no_controls", *SHORT, "--out", tmp_path / "new" / "r", "--set", "demand.theta=2")
    assert str(tmp_path / "new" / "r") in text
    names = {path.name for path in (tmp_path / "new" / "r").iterdir()}
    assert names == {"metrics.csv", "metrics.parquet", "flows.parquet", "run.json"}
    table = pd.read_csv(tmp_path / "new" / "r" / "metrics.csv")
    assert list(table.columns)[:7] == ["regime", "seed", "month", "metric", "key", "value", "unit"]
    assert json.loads((tmp_path / "new" / "r" / "run.json").read_text())["scenarios"][0]["parameters"] == {
        "demand.theta": 2
    }


def test_a_law_set_by_hand_changes_the_run() -> None:
    assert good("run", "history", *SHORT) == good("run", "history", *SHORT)
    block = good(
        "run", "history", *SHORT, "--set", "law.oct2022.tpp_min=100@2022-02", "--set", "law.oct2022.policy=deny@2022-02"
    )
    assert block != good("run", "history", *SHORT)


def test_compare_prints_differences_from_the_first() -> None:
    text = good("compare", "history", "no_controls", "--until", "2024-12", "--seeds", 2)
    assert "Comparison(no_controls against history: 2 pairs" in text
    assert "95 % interval" in text
    assert text.startswith("By December 2024 No controls, against history, ")


def test_results_for_scripts_stand_alone(swept: Path) -> None:
    run = json.loads(good("run", "history", *SHORT, "--json", "--quiet"))
    assert {"Chinese AI compute"} <= {row["line"] for row in run["lines"]}
    assert json.loads(good("timeline", "history", "--json"))[0]["name"] == "us-oct2022-chip-rule"
    compared = abm("compare", "history", "no_controls", *SHORT, "--json", "--quiet")
    sweep = abm("sweep", swept.parent / "tiny.toml", "--out", swept, "--json", "--quiet")
    for result in (compared, sweep):
        told = json.loads(result.stdout)
        assert result.stderr == ""
        assert (told["base"], told["sentence"][:11]) == ("history", "By April 20")
        first = told["changes"][0]
        assert (first["metric"], first["pairs"]) == ("china_compute", 2)
        assert first["low"] <= first["mean"] <= first["high"]
        assert {"p5", "p95", "step", "material", "words"} <= set(first)


def test_open_shows_the_report_or_says_where_it_is(
    swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "get", lambda: SimpleNamespace(open=opened.append))
    assert f"abm report {swept} writes one" in abm("open", swept).output
    (tmp_path / "report.html").write_text("<p>")
    assert good("open", tmp_path) == f"{tmp_path / 'report.html'}\n"
    assert opened == [(tmp_path / "report.html").as_uri()]
    monkeypatch.undo()
    monkeypatch.setenv("BROWSER", "/no/such/browser")
    monkeypatch.setattr(webbrowser, "_tryorder", [])
    assert good("open", tmp_path) == f"{tmp_path / 'report.html'}\n"


def test_a_regime_of_one_s_own_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('name = "mine"\ntitle = "mine"\nbase = "no_controls"\n')
    text = good("compare", "history", tmp_path / "mine.toml", *SHORT)
    assert "mine against history" in text


# sweeps


def test_a_dry_sweep_says_what_it_would_do_and_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(SPEC + '[factorial]\n"demand.theta" = [1.5, 2.0]\n')
    text = good("sweep", tmp_path / "tiny.toml", "--out", tmp_path / "out", "--dry")
    assert "8 runs = 2 regimes x 2 points x 2 seeds" in text
    assert "factor    demand.theta = 1.5, 2.0" in text
    assert "estimate  about" in text
    assert not (tmp_path / "out").exists()


def test_a_sweep_prints_a_table_and_goes_on_at_once(swept: Path) -> None:
    spec = swept.parent / "tiny.toml"
    before = sorted((path, path.stat().st_mtime_ns) for path in (swept / "parts").iterdir())
    text = good("sweep", spec, "--out", swept)
    assert "Comparison(no_controls against history: 2 pairs" in text
    assert "History: levels; others: change from history" in text
    assert sorted((path, path.stat().st_mtime_ns) for path in (swept / "parts").iterdir()) == before


def test_the_folder_is_named_after_the_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.toml").write_text(SPEC)
    good("sweep", "x.toml", "--serial")
    assert "4 of 4 runs done" in good("status", "results/tiny")


def test_a_sweep_with_a_report_writes_data_figures_and_a_page(swept: Path, tmp_path: Path) -> None:
    text = good("sweep", swept.parent / "tiny.toml", "--out", tmp_path / "r", "--serial", "--report")
    assert f"report: {tmp_path / 'r' / 'report.html'}" in text
    names = {path.name for path in (tmp_path / "r").iterdir()}
    assert {"report.html", "figures", "metrics.csv", "metrics.parquet", "run.json"} <= names
    when = (tmp_path / "r" / "report.html").stat().st_mtime_ns
    good("sweep", swept.parent / "tiny.toml", "--out", tmp_path / "r", "--serial", "--report")
    assert (tmp_path / "r" / "report.html").stat().st_mtime_ns == when, "nothing new, so the page stays"
    good("report", tmp_path / "r")
    assert (tmp_path / "r" / "report.html").stat().st_mtime_ns > when


def test_failed_runs_are_told_and_the_exit_code_is_3(tmp_path: Path) -> None:
    sys.path.insert(0, str(Path(__file__).parent / "sweeps"))
    (tmp_path / "bad.toml").write_text(SPEC + '[agents]\nlabs = "sweep_agents:FailingLabs"\n')
    result = abm("sweep", tmp_path / "bad.toml", "--out", tmp_path / "out", "--serial")
    assert result.exit_code == 3
    assert "4 runs failed" in result.stderr
    assert "run 0, seed 0, labs_budget: RuntimeError: no money" in result.stderr
    assert "Traceback" not in result.output
    assert good("status", tmp_path / "out").count("failed: run") == 4
    result = abm("replay", tmp_path / "out", 0)
    assert result.exit_code == 3
    assert "RuntimeError: no money" in result.stdout
    assert abm("report", tmp_path / "out").exit_code == 2


def test_a_metric_s_misspelt_key_is_pointed_out(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(SPEC.replace('"china_compute_by_channel"', '"vendor_revenue[Nvdia]"'))
    result = abm("sweep", tmp_path / "x.toml", "--out", tmp_path / "out", "--serial")
    assert result.exit_code == 0
    assert "keep = 'vendor_revenue[Nvdia]' gave no column" in result.stderr


def test_a_changed_specification_is_refused_and_a_restart_does_all_again(swept: Path, tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(SPEC)
    good("sweep", tmp_path / "tiny.toml", "--out", tmp_path / "o", "--serial")
    (tmp_path / "tiny.toml").write_text(SPEC + "[set]\ndemand.theta = 2.0\n")
    result = abm("sweep", tmp_path / "tiny.toml", "--out", tmp_path / "o", "--serial")
    assert result.exit_code == 2
    assert "holds 4 finished runs" in result.stderr
    assert "--restart" in result.stderr
    good("sweep", tmp_path / "tiny.toml", "--out", tmp_path / "o", "--serial", "--restart")
    assert len(list((tmp_path / "o" / "aside").iterdir())) == 1


def test_status_for_scripts(swept: Path) -> None:
    found = json.loads(good("status", swept, "--json"))
    assert (found["runs"], found["done"], found["failed"], found["running"]) == (4, 4, 0, False)


def test_verify_tells_whole_from_damaged(swept: Path, tmp_path: Path) -> None:
    import shutil

    assert good("verify", swept).splitlines()[-1] == "whole"
    shutil.copytree(swept, tmp_path / "s")
    part = next((tmp_path / "s" / "parts").iterdir())
    part.write_bytes(part.read_bytes()[:-1])
    result = abm("verify", tmp_path / "s")
    assert result.exit_code == 3
    assert part.name in result.stderr
    assert "only what is lost is done again" in result.stderr


def test_replay_gives_the_same_bits(swept: Path, tmp_path: Path) -> None:
    text = good("replay", swept, 3, "--out", tmp_path / "r")
    assert "run 3: no_controls, seed 1" in text
    assert "the same to the last bit" in text
    assert (tmp_path / "r" / "flows.parquet").exists()


@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_export_writes_a_tidy_table(to: str, swept: Path, tmp_path: Path) -> None:
    path = tmp_path / f"x.{to}"
    text = good("export", swept, "--to", to, "--out", path)
    table = pd.read_csv(path) if to == "csv" else pd.read_parquet(path)
    assert f"{len(table):,} rows" in text
    assert list(table.columns) == ["regime", "seed", "month", "metric", "key", "value", "unit"]


# facts


@pytest.mark.parametrize(
    "sku, on, policy",
    [
        ("H20", "2025-05-01", "presume_deny"), ("Nvidia h20", "2024-01-01", "free"),
        ("A100", "2022-12-01", "presume_deny"),
        ("A100", "2022-09-15", "unknown"), ("MI308X", "2024-12-01", "unknown"), ("H200", "2026-02-01", "case_by_case"),
        ("HBM2", "2025-01-05", "exempt"),
    ],
)  # fmt: skip
def test_classify_says_in_words_all_that_json_does(sku: str, on: str, policy: str) -> None:
    found = json.loads(good("classify", sku, "--on", on, "--json"))
    fields = "sku on policy band rule caught_by tpp performance_density memory_bandwidth passes_if source"
    assert list(found) == [*fields.split(), "in_practice", "could_be", "hangs_on", "conditions", "note", "sources"]
    assert (found["policy"], found["on"]) == (policy, on)
    assert policy in (*POLICIES, "unknown")
    text = good("classify", sku, "--on", on)
    for name, value in found.items():
        assert f"{name.replace('_', ' '):<21}" in text
        for entry in value if isinstance(value, list) else [value]:
            parts = entry.values() if isinstance(entry, dict) else [entry]
            words = [part for part in parts if isinstance(part, str)]
            assert all(word in text for word in words), name


def test_classify_by_numbers_agrees_with_the_catalogue() -> None:
    named = json.loads(good("classify", "H20", "--on", "2025-05-01", "--json"))
    words = ["--tpp", 2368, "--die-mm2", 814, "--bandwidth", 4000, "--link", 900, "--vendor", "NVIDIA Corporation"]
    numbers = json.loads(good("classify", *words, "--on", "2025-05-01", "--json"))
    assert (numbers["sku"], numbers["policy"], numbers["rule"]) == ("given", named["policy"], named["rule"])
    rates = ["--fp16-tflops", 1250, "--fp8-tops", 2500, "--die-mm2", 814, "--bandwidth", 4000, "--link", 1800]
    band = ["--sold-in-us", "--vendor", "nvidia", "--on", "2026-01-20", "--json"]
    for more, tpp, policy in (([], 20_000, "case_by_case"), (["--fp4-tops", 7500], 30_000, "presume_deny"),
                              (["--tops", "fp6=5000", "--tops", "TF32=600"], 30_000, "presume_deny")):  # fmt: skip
        found = json.loads(good("classify", *rates, *more, *band))
        assert (found["tpp"], found["policy"]) == (tpp, policy)


def test_classify_a_table_gives_a_table(tmp_path: Path) -> None:
    chips, out = tmp_path / "chips.CSV", tmp_path / "rulings.csv"
    chips.write_text("\ufeffsku;vendor;tpp;on\n=H20();NVIDIA;5000;2024-05-01\nHBM2;;;2025-01-05\n", encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(good("classify", chips))))
    assert [(row["sku"], row["policy"]) for row in rows] == [("'=H20()", "presume_deny"), ("HBM2", "exempt")]
    assert good("classify", chips, "--out", out) == ""
    assert list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8")))) == rows
    found = json.loads(good("classify", chips, "--json", "--on", "2024-01-01"))
    assert [one["on"] for one in found] == ["2024-05-01", "2025-01-05"]
    chips.write_text("sku;tpp\nA;x\nB;4\n", encoding="utf-8")
    result = abm("classify", chips, "--out", tmp_path / "none.csv")
    assert result.exit_code == 2
    assert "row 2, column 'tpp' = 'x'" in result.stderr
    assert "row 3, column 'tpp' = '4'" in result.stderr
    assert not (tmp_path / "none.csv").exists()


@pytest.mark.parametrize(
    ("words", "name"),
    [(["H20"], "H20"), (["B30A"], "B30A"), (["--tpp", 4000, "--bandwidth", 1600], "given")],
    ids=["on sale", "not yet out", "by numbers"],
)
def test_classify_draws_the_chip_among_those_of_the_day(words: list[object], name: str, tmp_path: Path) -> None:
    assert "policy" in good("classify", *words, "--on", "2025-05-01", "--plot", tmp_path / "plane.png")
    assert {file.suffix for file in tmp_path.iterdir()} == {".png", ".svg", ".csv"}
    drawn = pd.read_csv(tmp_path / "plane.csv").set_index("name")
    assert drawn.loc[name, "policy"] == "presume_deny"
    assert drawn.loc["H100", "date"] == "2025-05-01"


def test_classify_memory() -> None:
    assert json.loads(good("classify", "HBM3E", "--on", "2025-01-01", "--json"))["band"] == "3A090.c"


@pytest.mark.parametrize("name", ["parameters", "metrics", "levers", "chips", "law", "sources"])
def test_tables_are_the_same_in_both_formats(name: str) -> None:
    lines = good("table", name).splitlines()
    rows = list(csv.reader(io.StringIO(good("table", name, "--format", "csv"))))
    assert len(lines) == len(rows) + 1
    assert len(rows) > 5
    assert len({len(row) for row in rows}) == 1
    assert lines[0] == f"| {' | '.join(rows[0])} |"
    assert all(line.startswith("| ") and line.endswith(" |") for line in lines)
    assert not any(cell[:1] in ("=", "+", "@") for row in rows for cell in row)


# mistakes

MISTAKES: list[tuple[list[str], str]] = [
    (["runn", "history"], "did you mean"),
    (["run"], "missing argument"),
    (["run", "histroy"], "did you mean 'history'"),
    (["run", "HBM_relief"], "hbm_relief"),
    (["run", ""], "regime"),
    (["run", "nowhere.toml"], "nowhere.toml"),
    (["run", "history", "extra"], "extra"),
    (["run", "history", "--sead", "3"], "--seeds"),
    (["run", "history", "--seeds", "0"], "--seeds 0: a whole number from 1"),
    (["run", "history", "--seeds", "-3"], "--seeds -3: a whole number"),
    (["run", "history", "--seeds", "many"], "--seeds many: a whole number"),
    (["run", "history", "--seeds", "1.5"], "1.5"),
    (["run", "history", "--seeds", "1000000000"], "1000000000"),
    (["run", "history", "--seeds"], "argument"),
    (["run", "history", "--until", "2031-13"], "2031-13"),
    (["run", "history", "--until", "soon"], "soon"),
    (["run", "history", "--until", "2021-05"], "2021-05"),
    (["run", "history", "--until", "2099-01"], "2099-01"),
    (["run", "history", "--until", "31-12-2030"], "31-12-2030"),
    (["run", "history", "--until", ""], "until"),
    (["run", "history", "--set", "demand.theta"], "demand.theta"),
    (["run", "history", "--set", "demand.thta=2"], "did you mean 'demand.theta'"),
    (["run", "history", "--set", "=2"], "parameter"),
    (["run", "history", "--set", "demand.theta="], "demand.theta"),
    (["run", "history", "--set", "demand.theta=1000"], "0.1 to 10"),
    (["run", "history", "--set", "demand.theta=high"], "high"),
    (["run", "history", "--set", "demand.theta=nan"], "nan"),
    (["run", "history", "--set", "demand.theta=inf"], "inf"),
    (["run", "history", "--set", "demand.theta=true"], "true"),
    (["run", "history", "--set", "demand.theta=[1,2]"], "[1,2]"),
    (["run", "history", "--set", "population.startups=1.5"], "1.5"),
    (["run", "history", "--set", "trade.mechanism=lottery"], "pro_rata"),
    (["run", "history", "--set", "demand.theta=2", "--set", "demand.theta=3"], "twice"),
    (["run", "history", "--set", "law.hbm.quota_share=0.1"], "2026-11"),
    (["run", "history", "--set", "law.hbm.quota_share=0.1@"], "quota_share"),
    (["run", "history", "--set", "law.hbm.quota_share=0.1@2026-13"], "2026-13"),
    (["run", "history", "--set", "law.hbm.quota_share=0.1@soon"], "soon"),
    (["run", "history", "--set", "law.hbm.quota_shar=0.1@2026-11"], "quota_share"),
    (["run", "history", "--set", "law.hbm.quota_share=7@2026-11"], "7"),
    (["run", "history", "--set", "law.hbm.quota_share=lots@2026-11"], "lots"),
    (["run", "history", "--set", "law.hbm.quota_share[H20]=0.1@2026-11"], "quota_share"),
    (["run", "history", "--set", "law.licence.policy[H21]=deny@2026-11"], "H20"),
    (["run", "history", "--set", "law.licence.policy[H20]=maybe@2026-11"], "maybe"),
    (["run", "history", "--set", "law.licence.policy=deny@2026-11"], "licence.policy"),
    (["run", "history", "--set", "law=1@2026-11"], "law"),
    (["compare", "history"], "two regimes"),
    (["compare", "history", "hold_frim"], "did you mean 'hold_firm'"),
    (["compare"], "missing argument"),
    (["sweep"], "missing argument"),
    (["sweep", "nowhere.toml"], "nowhere.toml"),
    (["sweep", "."], "cannot be read"),
    (["sweep", "SPEC", "--workers", "0"], "0"),
    (["sweep", "SPEC", "--workers", "two"], "two"),
    (["sweep", "SPEC", "--limit", "-1"], "-1"),
    (["sweep", "SPEC", "--limit", "soon"], "soon"),
    (["sweep", "SPEC", "--scheduler", "nowhere"], "--scheduler nowhere"),
    (["sweep", "SPEC", "--scheduler", ""], "--scheduler : no Dask scheduler answers there"),
    (["sweep", "SPEC", "--out", "FILE"], "cannot write into"),
    (["sweep", "SPEC", "--out", "FILE/x"], "cannot write into"),
    (["status", "nowhere"], "not a sweep folder"),
    (["status", "FILE"], "not a sweep folder"),
    (["status"], "missing argument"),
    (["verify", "nowhere"], "not a sweep folder"),
    (["replay", "nowhere", "0"], "not a sweep folder"),
    (["replay", "SWEPT", "99"], "0 to 3"),
    (["replay", "SWEPT", "-1"], "-1"),
    (["replay", "SWEPT", "first"], "first"),
    (["replay", "SWEPT"], "missing argument"),
    (["replay", "SWEPT", "0", "--out", "FILE/x"], "cannot be written"),
    (["report", "nowhere"], "not a sweep folder"),
    (["report", "SWEPT", "--out", "FILE/x"], "cannot be written"),
    (["export", "nowhere", "--to", "csv", "--out", "x.csv"], "not a sweep folder"),
    (["export", "SWEPT", "--to", "xlsx", "--out", "x.csv"], "xlsx"),
    (["export", "SWEPT", "--to", "csv"], "--out"),
    (["export", "SWEPT", "--to", "csv", "--out", "FILE/x"], "cannot be written"),
    (["run", "history", "--out", "FILE"], "cannot be written"),
    (["run", "history", "--out", "FILE/x"], "cannot be written"),
    (["compare", "history", "no_controls", "--out", "FILE"], "cannot be written"),
    (["classify"], "--tpp"),
    (["classify", "H21"], "did you mean 'H20'"),
    (["classify", "H20", "--on", "yesterday"], "yesterday"),
    (["classify", "H20", "--on", "2025-02-30"], "2025-02-30"),
    (["classify", "H20", "--regime", "histroy"], "did you mean 'history'"),
    (["classify", "H20", "--tpp", "3"], "--tpp"),
    (["classify", "HBM3E", "--plot", "x.png"], "HBM3E is memory"),
    (["classify", "--tpp", "4000", "--plot", "x.png"], "both TPP and memory bandwidth"),
    (["classify", "--tpp", "much"], "much"),
    (["classify", "--tpp", "-1"], "above 0"),
    (["classify", "--tpp", "nan"], "--tpp nan: a finite number above 0"),
    (["classify", "--bandwidth", "inf"], "--bandwidth inf: a finite number"),
    (["classify", "--tpp", "3", "--class", "toy"], "toy"),
    (["classify", "--bandwidth", "4"], "--bandwidth 4: a number from 30 to 100,000,000 is wanted, in GB/s"),
    (["classify", "--link", "0.9"], "1 TB/s is 1,000 GB/s"),
    (["classify", "--die-mm2", "8.14"], "1 cm2 is 100 mm2"),
    (["classify", "--tpp", "5000", "--vendor", "Nvida"], "did you mean 'Nvidia'"),
    (["classify", "--tops", "fp5=3"], "did you mean 'fp8'"),
    (["classify", "--tops", "fp6"], "FORMAT=X"),
    (["classify", "--tops", "fp6=x"], "--tops fp6 x"),
    (["classify", "--tops", "fp6=3", "--tops", "FP6=4"], "twice"),
    (["classify", "--tops", "fp8=3", "--fp8-tops", "4"], "twice"),
    (["classify", "NVIDIA H200 NVL"], "did you mean 'H200'"),
    (["classify", "x" * 300], "at most 100 letters"),
    (["classify", "nowhere.csv"], "nowhere.csv: cannot be read"),
    (["classify", "FILE.csv", "--plot", "x.png"], "one chip is drawn"),
    (["classify", "H20", "--on", "２０２５-05"], "a date like"),
    (["classify", "H20", "--out", "FILE/x"], "cannot be written"),
    (["table"], "missing argument"),
    (["table", "parametres"], "parameters"),
    (["table", "chips", "--format", "yaml"], "yaml"),
    (["--verbose"], "--verbose"),
]  # fmt: skip


@pytest.mark.parametrize("words, expected", MISTAKES, ids=[" ".join(words) for words, _ in MISTAKES])
def test_a_mistake_is_answered_in_words_with_exit_code_2(
    words: list[str], expected: str, swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").touch()
    (tmp_path / "SPEC").write_text(SPEC)
    result = abm(*[str(swept) if word == "SWEPT" else word for word in words])
    assert result.exit_code == 2, result.output
    assert expected.lower() in result.stderr.lower()
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


KEYS = ("name", "regimes", "seeds", "until", "keep", "workers", "set", "factorial", "sample", "agents", "title", "x")
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.dates(),
    st.sampled_from(["history", "demand.theta", "law.hbm.quota_share@2026-11", "china_compute", "2030-12"]),
)  # fmt: skip
bodies = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=12), inner, max_size=3)),
)


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(KEYS), bodies, max_size=6), st.booleans())
def test_any_dictionary_is_a_design_or_one_kind_of_error(body: dict[str, Any], complete: bool) -> None:
    from abm.sweeps.design import design
    from abm.sweeps.plan import Plan

    whole = {"name": "x", "regimes": ["history"], "seeds": 1, "keep": ["china_compute"]} if complete else {}
    with contextlib.suppress(InputError):
        assert isinstance(design(whole | body), Plan)


# endings


def test_ctrl_c_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("abm.results.ensemble.run", interrupted)
    monkeypatch.setattr("abm.sweeps.signals.ignore", lambda: None)
    result = abm("run", "history")
    assert result.exit_code == 130
    assert result.stderr == "interrupted\n"


def test_a_disk_that_gives_out_ends_with_3(swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("abm.sweeps.store.agree", full)
    result = abm("sweep", swept.parent / "tiny.toml", "--out", tmp_path / "o", "--serial")
    assert result.exit_code == 3
    assert "stopped: cannot write into" in result.stderr
    assert "No space left on device" in result.stderr
    assert "same command again" in result.stderr


def process(*words: str, **more: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "abm.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


@pytest.mark.parametrize(
    "words, code, expected",
    [
        ([], 0, "Usage: "),
        (["table", "levers"], 0, "| hbm.quota_share |"),
        (["run", "histroy"], 2, "did you mean 'history'"),
        (["run", "history", "--set", "demand.theta=nan"], 2, "nan"),
        (["sweep", "nowhere.toml"], 2, "no such file"),
        (["status", "nowhere"], 2, "not a sweep folder"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_real_processes_end_as_they_should(words: list[str], code: int, expected: str) -> None:
    found = process(*words)
    assert found.returncode == code
    assert expected in (found.stderr if code else found.stdout)
    assert "Traceback" not in found.stderr


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m abm.cli table sources | head -1"
    found = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert found.stdout.startswith("| id ")
    assert found.stderr == ""


def test_help_is_light() -> None:
    heavy = "{'mesa', 'pandas', 'pyarrow', 'distributed', 'matplotlib', 'scipy', 'pydantic'}"
    code = (
        "import sys; from abm.cli import app; app(['--help'], standalone_mode=False); "
        f"sys.exit(str(sorted({heavy} & set(sys.modules))))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert found.stderr.strip() == "[]"


@pytest.mark.slow
def test_rows_do_not_depend_on_hash_seed_time_zone_or_language(
    tmp_path: Path, swept: Path, trials: Callable[[int, int], int]
) -> None:
    from abm.sweeps.store import Store

    with Store.open(swept) as store:
        truth = store.frame()
    variants = [
        {"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2", "TZ": "Asia/Shanghai"}, {"TZ": "America/Los_Angeles"},
        {"LC_ALL": "C"}, {"LANG": "de_DE.UTF-8", "PYTHONUTF8": "0"}, {"PYTHONHASHSEED": "77", "OMP_NUM_THREADS": "2"},
    ]  # fmt: skip
    for trial in range(trials(6, 30)):
        variant = variants[trial % len(variants)]
        workers = ["--serial"] if trial % 2 else ["--workers", str(1 + trial % 3)]
        folder = tmp_path / str(trial)
        found = process(
            "sweep", str(swept.parent / "tiny.toml"), "--out", str(folder), *workers, env={**os.environ, **variant}
        )
        assert found.returncode == 0, found.stderr
        with Store.open(folder) as store:
            assert store.frame().equals(truth), variant


# regimes changed on the line, and what governments do


def test_a_time_line_shows_what_was_left_out_moved_cut_off_and_added(tmp_path: Path) -> None:
    (tmp_path / "more.toml").write_text(
        '[[act]]\nname = "us-more"\nby = "US"\nannounced = "2024-02"\neffective = "2024-03"\nwhat = "More."\n'
        'sets = { "tools.smic" = 0.1 }\n'
    )
    whole = good("timeline", "history")
    changed = good(
        "timeline", "history", "--without", "us-oct2023-nac", "--shift", "us-oct2023-band-a=6", "--before", "2024-06",
        "--add", tmp_path / "more.toml",
    )  # fmt: skip
    assert "us-hbm-rule" in whole
    assert "us-hbm-rule" not in changed
    assert "2024-05-17  US    us-oct2023-band-a" in changed
    assert "2024-03-01  US    us-more" in changed


def test_the_time_line_of_a_regime_that_reacts_says_so_and_shows_a_run() -> None:
    assert "reacting: CN from 2026-11-01 and US from 2026-11-01" in good("timeline", "negotiated")
    lines = good("timeline", "negotiated", "--seed", 0).splitlines()
    assert len(lines) > len(good("timeline", "history").splitlines())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--without", "us-hbm-rul"), "did you mean 'us-hbm-rule'?"),
        (("--shift", "us-hbm-rule"), "--shift none: a whole number"),
        (("--shift", "us-hbm-rule=x"), "--shift x: a whole number"),
        (("--before", "soon"), "'soon' is not a date"),
        (("--add", "nowhere.toml"), "nowhere.toml: cannot be read"),
        (("--seed", "-1"), "--seed -1"),
    ],
)
def test_mistakes_in_changing_a_regime_are_named(words: tuple[str, ...], expected: str) -> None:
    result = abm("timeline", "history", *words)
    assert result.exit_code == 2
    assert expected in result.output


def test_acts_to_add_must_stand_alone(tmp_path: Path) -> None:
    (tmp_path / "more.toml").write_text('name = "x"\n')
    result = abm("timeline", "history", "--add", tmp_path / "more.toml")
    assert result.exit_code == 2
    assert "no key named 'name'" in result.output
    assert "holds no [[act]]" in result.output


def test_run_and_compare_take_a_changed_regime(tmp_path: Path) -> None:
    good("run", "history", "--without", "us-hbm-rule", *SHORT, "--out", tmp_path)
    assert "history without us-hbm-rule" in (tmp_path / "run.json").read_text()
    text = good("compare", "no_controls", "--shift", "cn-government-chip-list=3", *SHORT)
    assert "cn-government-chip-list +3 months" in text
    result = abm("compare", "history", "hold_firm", "--without", "us-hbm-rule", *SHORT)
    assert result.exit_code == 2
    assert "compared with itself" in result.output


def test_coefficients_are_fitted_over_a_sweep_and_written(tmp_path: Path) -> None:
    spec = Path("experiments/payoffs.toml").read_text()
    for old, new in (("[0, 0.03, 0.1]", "[0, 0.1]"), ("[21000, 32000, 61000]", "[21000]"),
                     ("[0, 20000, 80000]", "[0, 80000]"), ('"case_by_case", "open"]', '"open"]')):  # fmt: skip
        spec = spec.replace(old, new)
    (tmp_path / "payoffs.toml").write_text(spec)
    printed = good(
        "fit-payoffs", tmp_path / "payoffs.toml", "--out", tmp_path / "out", "--to", tmp_path / "fit.toml", "--serial"
    )
    assert (tmp_path / "fit.toml").read_text() in printed
    assert "runs = 8" in printed


def test_the_hindcast_is_printed_beside_what_happened(tmp_path: Path) -> None:
    printed = good("hindcast", short_hindcast(tmp_path), "--out", tmp_path / "out", "--serial")
    assert "| 2025-11 | " in printed
    assert "busan-gallium-suspended" in printed
    assert "2 runs, 2 seeds" in printed


def short_hindcast(folder: Path) -> Path:
    """The shipped experiment on two seeds, to the end of 2025."""
    spec = Path("experiments/hindcast.toml").read_text().replace("seeds = 60", "seeds = 2")
    spec = spec.replace("2026-10", "2025-12").replace("regimes/", f"{Path('experiments/regimes').resolve()}/")
    (folder / "hindcast.toml").write_text(spec)
    return folder / "hindcast.toml"


def test_what_deals_turn_on_is_printed(tmp_path: Path) -> None:
    spec = Path("experiments/deals.toml").read_text().replace("n = 120", "n = 4")
    (tmp_path / "deals.toml").write_text(spec.replace("2030-12", "2027-06"))
    printed = good("deals", tmp_path / "deals.toml", "--out", tmp_path / "out", "--serial")
    assert "| runs with a deal |" in printed
    assert "objectives." in printed
    assert "4 runs, 1 seed," in printed


# what outcomes rest on


STUDY = """
name = "study"
title = "What a study says"
regimes = ["history", "no_controls"]
seeds = 2
until = "2022-04"
keep = ["china_compute", "unmet_demand"]
[discover]
regime = "no_controls"
base = "history"
aims = [{ metric = "china_compute", better = "low", least = 0 }, { metric = "unmet_demand", least = 1e9 }]
[sample]
n = 4
parameters = ["budget.capex_scale", "compute.mfu_us"]
"""
ANALYSES = [
    ("sensitivity --method one_at_a_time", "one input at a time, 2 values of each input"),
    ("sensitivity --method morris --n 2", "Morris, 2 trajectories"),
    ("exposure --n 2", "in 2 groups"),
    ("discover", "4 futures"),
]


@pytest.mark.parametrize("command, words", ANALYSES)
def test_an_analysis_runs_its_sweep_and_writes_data_figures_and_page(tmp_path: Path, command: str, words: str) -> None:
    file, out, page = tmp_path / "study.toml", tmp_path / "out", tmp_path / "docs" / "page.md"
    file.write_text(STUDY)
    page.parent.mkdir()
    name, *options = command.split()
    first = good(name, file, *options, "--out", out, "--serial")
    assert words in first
    assert (out / f"{name}.md").read_text().startswith("# What a study says\n")
    assert pd.read_csv(out / f"{name}_data.csv").shape[0] > 1
    again = good(name, file, *options, "--out", out, "--serial", "--write", page)
    assert again.replace(str(page), "") == first.replace(str(out / f"{name}.md"), "")
    figures = [line.split("](")[1].rstrip(")") for line in page.read_text().splitlines() if line.startswith("![")]
    assert figures
    assert all((page.parent / one).read_bytes().startswith(b"\x89PNG") for one in figures)
    assert f"abm {name} {file.as_posix()} {' '.join(options)}".rstrip() in " ".join(page.read_text().split())


BAD_STUDIES = [
    ("sensitivity", "'latin_hypercube' is no design for indices"),
    ("sensitivity --method sobol --n 60", "sobol wants a power of two, such as 64"),
    ("sensitivity --method sobl", "did you mean 'sobol'?"),
    ("sensitivity --method morris --n 0", "--n 0: a whole number from 1"),
    ("exposure --seeds no", "--seeds no: a whole number"),
    ("exposure --n 3", "a power of two, such as 4"),
]


@pytest.mark.parametrize("command, words", BAD_STUDIES)
def test_what_no_analysis_can_be_made_of_is_told(tmp_path: Path, command: str, words: str) -> None:
    file = tmp_path / "study.toml"
    file.write_text(STUDY)
    name, *options = command.split()
    result = abm(name, file, *options, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert words in result.output
    assert not (tmp_path / "out").exists()
