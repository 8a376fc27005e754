"""The benchmark asks what it says; how fast anything is is not for a test to say."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from abm.model import PHASES
from benchmarks import page
from benchmarks.__main__ import QUESTIONS, main
from benchmarks.clock import Trial, interleave, middle, noise


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A quick benchmark."""
    out = tmp_path_factory.mktemp("bench") / "deep" / "bench.json"
    main(["--quick", "--out", str(out)])
    return json.loads(out.read_text(encoding="utf-8"))


def test_every_question_has_an_answer(found: dict[str, Any]) -> None:
    assert set(found) == {"machine", "quick", "samples", *QUESTIONS}
    assert found["quick"] is True
    assert found["machine"]["cores"] >= 1


def test_the_shares_are_those_of_all_phases_and_whole(found: dict[str, Any]) -> None:
    shares = found["run"]["shares"]
    assert set(shares) == {"build", "metrics", *(phase.name for phase in PHASES)}
    assert math.isclose(sum(shares.values()), 1.0)
    assert min(shares.values()) >= 0


def test_the_loops_alone_take_a_part_of_a_run(found: dict[str, Any]) -> None:
    assert found["bound"]["calls"] >= 1
    assert found["bound"]["ms_a_month"] > 0
    assert 0.1 < found["bound"]["share"] < 1


def test_numbers_are_finite_and_samples_are_kept(found: dict[str, Any]) -> None:
    samples = found["samples"]
    assert all(math.isfinite(value) for taken in samples.values() for one in taken for value in one.values())
    assert {"run", "growth 150", "plain 150", "batch mesa", "sweep 2", "start help", "memory 150"} <= set(samples)


def test_no_run_is_lost(found: dict[str, Any]) -> None:
    assert found["batch"]["lost"] == 0
    assert [one["runs"] for one in found["sweep"].values()] == [8, 8]
    assert all(0 < one["inside"] <= 1 for one in found["sweep"].values())
    assert found["memory"]["coordinator_runs"] == 200


def test_the_page_takes_the_numbers(found: dict[str, Any], tmp_path: Path) -> None:
    copy = tmp_path / "speed.md"
    copy.write_text(page.PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    page.write(found, copy)
    written = copy.read_text(encoding="utf-8")
    assert page.text(found) in written
    assert len(re.findall(r"^\| ", written, re.MULTILINE)) == len(page.rows(found)) + 1
    page.write(found, copy)
    assert copy.read_text(encoding="utf-8") == written


def test_trials_take_turns() -> None:
    seen: list[str] = []
    trials = [
        Trial(name, lambda name=name: seen.append(name) or {"cpu": len(seen)}, n) for name, n in (("a", 3), ("b", 2))
    ]
    samples = interleave(trials)
    assert seen == ["a", "b", "a", "b", "a"]
    assert samples == {"a": [{"cpu": 1}, {"cpu": 3}, {"cpu": 5}], "b": [{"cpu": 2}, {"cpu": 4}]}


def test_noise_is_the_quartiles_over_the_median() -> None:
    samples = [{"cpu": value} for value in (1.0, 2.0, 3.0, 4.0, 5.0)]
    assert middle(samples) == 3
    assert noise(samples) == pytest.approx(1 / 3)
    assert noise(samples[:1]) == 0
