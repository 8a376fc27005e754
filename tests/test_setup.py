"""What sets the project up: the lock, its constraints, the scripts, and the tiers of tests."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

PROJECT = "chip-export-abm"


@pytest.fixture(scope="module")
def project(repo: Path) -> dict:
    return tomllib.loads((repo / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def locked(repo: Path) -> list[dict]:
    return tomllib.loads((repo / "uv.lock").read_text(encoding="utf-8"))["package"]


@pytest.fixture(scope="module")
def versions(locked: list[dict]) -> dict[str, str]:
    return {package["name"]: package["version"] for package in locked if package["name"] != PROJECT}


# --- the lock ---------------------------------------------------------------------------------------------------------


def requirements(project: dict) -> Iterator[tuple[str, Requirement]]:
    """Every declared requirement with its extra, '' for those that always hold."""
    for text in project["dependencies"]:
        yield "", Requirement(text)
    for extra, texts in project["optional-dependencies"].items():
        for text in texts:
            yield extra, Requirement(text)


def addresses(package: dict) -> Iterator[str]:
    yield from (wheel["url"] for wheel in package.get("wheels", ()))
    if "sdist" in package:
        yield package["sdist"]["url"]


def test_lock_names_only_the_public_index(locked):
    for package in locked:
        expected = {"editable": "."} if package["name"] == PROJECT else {"registry": "https://pypi.org/simple"}
        assert package["source"] == expected
        assert all(url.startswith("https://files.pythonhosted.org/") for url in addresses(package)), package["name"]


def test_lock_holds_each_package_once(locked):
    names = [package["name"] for package in locked]
    assert len(names) == len(set(names))


def test_constraints_agree_with_lock(repo, versions):
    lines = [Requirement(line) for line in (repo / "constraints.txt").read_text(encoding="utf-8").splitlines()]
    assert {line.name: str(line.specifier) for line in lines} == {name: f"=={v}" for name, v in versions.items()}


def test_locked_versions_are_what_is_declared(project, versions):
    for _, requirement in requirements(project):
        version = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement} against {version}"


def test_lock_knows_every_extra(project, locked):
    own = next(package for package in locked if package["name"] == PROJECT)
    pairs = {("", one["name"]) for one in own["dependencies"]}
    pairs |= {(extra, one["name"]) for extra, ones in own["optional-dependencies"].items() for one in ones}

    assert pairs == {(extra, canonicalize_name(one.name)) for extra, one in requirements(project)}


def test_lock_was_made_from_these_requirements(project, locked):
    own = next(package for package in locked if package["name"] == PROJECT)
    recorded = {(one["name"], SpecifierSet(one.get("specifier", ""))) for one in own["metadata"]["requires-dist"]}

    assert recorded == {(canonicalize_name(one.name), one.specifier) for _, one in requirements(project)}


@pytest.mark.parametrize(
    ("name", "refused", "taken"),
    [
        ("mesa", "3.3.1", "3.5.1"),  # the last for Python 3.11, which pip would take in silence
        ("mesa", "4.0.0", "3.5.1"),  # other ways to seed, step and schedule
        ("solara", "1.59.0", "1.58.2"),  # the page is tried offline with this one
        ("ipyvue", "2.0.0", "1.13.0"),
        ("ipyvuetify", "3.0.0", "1.12.0"),  # leaves the main area blank
        ("starlette", "1.0.0", "0.52.1"),
        ("pydantic", "3.0.0", "2.14.3"),
    ],
)
def test_known_traps_are_shut(project, name, refused, taken):
    (specifier,) = {one.specifier for _, one in requirements(project) if one.name == name}
    assert not specifier.contains(refused)
    assert specifier.contains(taken)


def test_solara_brings_its_assets(project):
    assert {"assets"} in [one.extras for _, one in requirements(project) if one.name == "solara"]


def test_python_versions(repo, project):
    allowed = SpecifierSet(project["requires-python"])
    assert [v for v in ("3.11", "3.12", "3.13", "3.14", "3.15") if v in allowed] == ["3.12", "3.13", "3.14"]
    assert (repo / ".python-version").read_text().strip() in allowed


def test_citation_has_the_version(repo, project):
    found = re.search(r"^version: (\S+)$", (repo / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    assert found[1] == project["version"]


# --- the scripts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["run", ".ci/run"])
def test_scripts_are_sound(repo, name):
    path = repo / name
    shell = path.read_text(encoding="utf-8").splitlines()[0].split("/")[-1].split()[-1]

    assert os.access(path, os.X_OK)
    assert subprocess.run([shell, "-n", path], capture_output=True, text=True).stderr == ""


def test_run_knows_every_extra(repo, project):
    found = re.search(r'^all_extras="(.*)"$', (repo / "run").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    assert found[1].split() == sorted(project["optional-dependencies"])


# --- the tiers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "ran"),
    [((), ["plain 5"]), (("--all",), ["plain 10", "slow"]), (("--release",), ["plain 99", "slow", "release"])],
)
def test_tiers(repo, tmp_path, options, ran):
    (tmp_path / "tests").mkdir()
    shutil.copy2(repo / "tests" / "conftest.py", tmp_path / "tests")
    shutil.copy2(repo / "pyproject.toml", tmp_path)
    (tmp_path / "tests" / "test_tiers.py").write_text(
        "import pytest\n"
        "def test_plain(trials): print('ran plain', trials(10, 99))\n"
        "@pytest.mark.slow\ndef test_slow(): print('ran slow')\n"
        "@pytest.mark.release\ndef test_release(): print('ran release')\n"
    )
    command = [sys.executable, "-m", "pytest", "-s", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r"ran (\w+(?: \d+)?)", done.stdout) == ran
