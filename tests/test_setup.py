"""What sets the project up: the lock, its constraints, and `run` tried with stand-ins for Python, pip and uv.

A real set-up on an empty folder is what continuous integration does before it comes here.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

PROJECT = "chip-export-abm"
FILES = ("run", "pyproject.toml", "uv.lock", "constraints.txt", ".python-version")
TOOLS = ("sh", "cat", "cksum", "tr", "sort", "rm", "head", "dirname", "readlink", "sleep")


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


# --- `run` with stand-ins ---------------------------------------------------------------------------------------------

STAND_IN = r'''
"""Plays Python, pip, venv and uv for `run`: python FILE OWN_PATH VERSION ARGS..."""
import os, shutil, sys, time

path, version, args = sys.argv[1], sys.argv[2], sys.argv[3:]
folder = os.path.dirname(path)
words = " ".join(args)
with open(os.environ["LOG"], "a") as log:
    log.write(f"{os.path.basename(path)} {version} {words.splitlines()[0]}\n")


def install():
    with open(os.path.join(folder if version != "uv" else ".venv/bin", "abm"), "w") as script:
        script.write('#!/bin/sh\nprintf "[%s]" abm "$PWD" "$@"\n')
        os.chmod(script.fileno(), 0o755)


def make_venv(target, source):
    time.sleep(float(os.environ.get("SLOW", "0")))
    os.makedirs(os.path.join(target, "bin"), exist_ok=True)
    text = open(source).read().replace(source, os.path.join(os.path.abspath(target), "bin", "python"))
    with open(os.path.join(target, "bin", "python"), "w") as script:
        script.write(text)
        os.chmod(script.fileno(), 0o755)


if version == "broken":
    sys.exit(127)
elif version == "uv":
    if "no-uv" in os.environ["FAULTS"]:
        sys.exit("error: uv is out of order\nand says a lot")
    make_venv(args[-1], os.environ["UV_TAKES"]) if args[1] == "venv" else install()
elif args[0] == "-c" and "ensurepip" in args[1]:
    sys.exit(version.endswith("-bare"))
elif args[0] == "-c":
    number = version.removesuffix("t").removesuffix("-bare")
    sys.version_info = (*map(int, number.split(".")), 0, "final", 0)
    sys.abiflags = "t" if version.endswith("t") else ""
    sys._base_executable = os.environ.get("BASE", path)
    sys.argv = ["-c", *args[2:]]
    exec(args[1])
elif args[:2] == ["-m", "venv"]:
    make_venv(args[2], path)
elif args[:2] == ["-m", "pip"] and "install" in args:
    fault = "offline" if "--dry-run" in args else "no-pip"
    if fault in os.environ["FAULTS"]:
        sys.exit("ERROR: long and winding")
    if "--editable" in args:
        install()
elif args[:2] == ["-m", "compileall"]:
    pass
'''


@dataclass
class Sandbox:
    """A copy of what `run` reads, a PATH of stand-ins, and a log of what they were asked."""

    root: Path

    @property
    def repo(self) -> Path:
        return self.root / "a copy"

    @property
    def log(self) -> list[str]:
        path = self.root / "log"
        return path.read_text().splitlines() if path.exists() else []

    def forget(self) -> None:
        (self.root / "log").unlink(missing_ok=True)

    def asked(self, words: str) -> list[str]:
        return [line for line in self.log if words in line]

    def add(self, name: str, version: str, folder: str = "bin") -> Path:
        """Put a stand-in that says it is `version` under this name, on the PATH unless told otherwise."""
        path = self.root / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        command = shlex.join([sys.executable, "-IS", str(self.root / "stand_in.py")])
        path.write_text(f'#!/bin/sh\nexec {command} "{path}" {version} "$@"\n')
        path.chmod(0o755)
        return path

    def environment(self, faults: str = "", **extra: str) -> dict[str, str]:
        paths = {"PATH": f"{self.root / 'bin'}:{self.root / 'tools'}", "HOME": str(self.root / "home")}
        paths |= {"LOG": str(self.root / "log"), "UV_TAKES": str(self.root / "bin" / "python3.12")}
        return paths | {"FAULTS": faults} | extra

    def start(self, *args: str, faults: str = "", cwd: Path | None = None, **extra: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.repo / "run", *args],
            cwd=cwd or self.root,
            env=self.environment(faults, **extra),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *args: str, faults: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*args, faults=faults, **extra)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(args, process.returncode, out, err)


@pytest.fixture
def sandbox(repo: Path, tmp_path: Path) -> Sandbox:
    box = Sandbox(tmp_path)
    for folder in ("a copy", "bin", "tools", "home"):
        (tmp_path / folder).mkdir()
    for name in FILES:
        shutil.copy2(repo / name, box.repo / name)
    for name in TOOLS:
        (tmp_path / "tools" / name).symlink_to(shutil.which(name) or name)
    (tmp_path / "stand_in.py").write_text(STAND_IN)
    return box


def test_takes_the_first_suitable_python(sandbox):
    sandbox.add("python3.13", "broken")  # a version manager's name for what is not there
    sandbox.add("python3.12", "3.11")  # what a name says is not believed
    sandbox.add("python3.14", "3.14t")
    sandbox.add("python3", "3.15")
    sandbox.add("python", "3.13")

    assert sandbox.run("status").returncode == 0
    assert [line.split()[:2] for line in sandbox.asked("-m venv")] == [["python", "3.13"]]


def test_python_variable_comes_first(sandbox):
    sandbox.add("python3.13", "3.13")
    chosen = sandbox.add("mine", "3.12", folder="elsewhere with space")
    sandbox.run("status", PYTHON=str(chosen))

    assert [line.split()[:2] for line in sandbox.asked("-m venv")] == [["mine", "3.12"]]


def test_active_environment_is_not_built_on(sandbox):
    base = sandbox.add("python3.12", "3.12", folder="base")
    active = sandbox.add("python", "3.12", folder="a copy/.venv/bin")
    (sandbox.repo / ".venv" / ".unfinished").touch()
    done = sandbox.run("status", PYTHON=str(active), BASE=str(base))

    assert done.returncode == 0
    assert [line.split()[0] for line in sandbox.asked("-m venv")] == ["python3.12"]


@pytest.mark.parametrize(
    "folder",
    [
        "home/.pyenv/versions/3.12.1/bin",
        "home/.local/share/uv/python/cpython-3.13.1-linux-x86_64-gnu/bin",
        "home/.asdf/installs/python/3.14.0/bin",
        "home/.local/share/mise/installs/python/3.12/bin",
        "home/miniconda3/envs/science/bin",
        "home/miniforge3/bin",
    ],
)
def test_looks_where_version_managers_keep_theirs(sandbox, folder):
    sandbox.add("python3", "3.11")
    sandbox.add("python3", "3.12", folder=folder)

    assert sandbox.run("status").returncode == 0
    assert len(sandbox.asked("python3 3.12 -m venv")) == 1


def test_says_what_to_install_without_python(sandbox):
    sandbox.add("python3", "3.11")
    done = sandbox.run("status")

    assert done.returncode == 2
    assert "no Python 3.12, 3.13 or 3.14 was found" in done.stderr
    assert "PYTHON=" in done.stderr
    assert not sandbox.asked("-m venv")


def test_says_what_debian_lacks(sandbox):
    sandbox.add("python3", "3.12-bare")
    done = sandbox.run("status")

    assert done.returncode == 2
    assert "apt install python3-venv" in done.stderr


def test_offline_is_said_early_and_plainly(sandbox):
    sandbox.add("python3.12", "3.12")
    done = sandbox.run("status", faults="offline")

    assert done.returncode == 2
    assert "no package index can be reached" in done.stderr
    assert len(done.stderr.splitlines()) == 3
    assert not sandbox.asked("--editable")

    assert sandbox.run("status").returncode == 0


def test_failed_pip_leaves_no_stamp(sandbox):
    sandbox.add("python3.12", "3.12")
    done = sandbox.run("status", faults="no-pip")

    assert done.returncode == 2
    assert "could not be installed" in done.stderr
    assert not (sandbox.repo / ".venv" / ".chip-export-abm").exists()


def test_arguments_and_folder_arrive_as_given(sandbox):
    sandbox.add("python3.12", "3.12")
    done = sandbox.run("status", "a b", "*", "")

    assert done.stdout == f"[abm][{sandbox.root}][status][a b][*][]"


def test_no_argument_is_the_main_job(sandbox):
    sandbox.add("python3.12", "3.12")
    line = "[sweep][experiments/quickstart.toml][--out][results/quickstart][--report]"

    assert sandbox.run().stdout == f"[abm][{sandbox.repo}]{line}"


def test_second_start_asks_nothing(sandbox):
    sandbox.add("python3.12", "3.12")
    sandbox.run("status")
    sandbox.forget()
    done = sandbox.run("status")

    assert (done.returncode, done.stderr, sandbox.log) == (0, "", [])


def test_extras_come_when_needed_and_stay(sandbox):
    sandbox.add("python3.12", "3.12")
    for command in ("run", "serve", "sensitivity", "compare"):
        sandbox.run(command)

    asked = [line.split("--editable ")[1] for line in sandbox.asked("--editable")]
    assert asked == [".", ".[server]", ".[analysis,server]"]
    assert len(sandbox.asked("-m venv")) == 1


@pytest.mark.parametrize("option", ["--all", "--release"])
def test_every_extra_for_every_test(sandbox, project, option):
    sandbox.add("python3.12", "3.12")
    sandbox.run("test", "-k", "some", option)

    extras = ",".join(sorted(project["optional-dependencies"]))
    assert sandbox.asked("--editable")[0].endswith(f".[{extras}]")
    assert sandbox.log[-1].endswith(f"-m pytest -k some {option}")


def test_checks_come_before_tests(sandbox):
    sandbox.add("python3.12", "3.12")
    sandbox.run("test")

    modules = [line.split(" -m ")[1].split()[0] for line in sandbox.asked(" -m ")]
    assert modules[-4:] == ["ruff", "ruff", "mypy", "pytest"]


def test_changed_lock_is_followed(sandbox):
    sandbox.add("python3.12", "3.12")
    sandbox.run("serve")
    sandbox.forget()
    with (sandbox.repo / "uv.lock").open("a") as lock:
        lock.write("# changed\n")
    sandbox.run("status")

    assert sandbox.asked("--editable")[0].endswith(".[server]")
    assert not sandbox.asked("-m venv")


def test_killed_installation_is_done_again(sandbox):
    sandbox.add("python3.12", "3.12")
    sandbox.run("status")
    venv = sandbox.repo / ".venv"
    (venv / ".unfinished").touch()
    (venv / "half").touch()

    assert sandbox.run("status").returncode == 0
    assert not (venv / "half").exists()
    assert not (venv / ".unfinished").exists()
    assert len(sandbox.asked("-m venv")) == 2


@pytest.mark.parametrize(("version", "stays"), [("3.13", True), ("3.11", False), ("broken", False)])
def test_environment_made_by_hand(sandbox, version, stays):
    sandbox.add("python3.12", "3.12")
    sandbox.add("python", version, folder="a copy/.venv/bin")
    (sandbox.repo / ".venv" / "mine").touch()

    assert sandbox.run("status").returncode == 0
    assert (sandbox.repo / ".venv" / "mine").exists() == stays
    assert len(sandbox.asked("--editable")) == 1


def test_moved_folder_is_noticed(sandbox):
    sandbox.add("python3.12", "3.12")
    sandbox.run("status")
    stamp = sandbox.repo / ".venv" / ".chip-export-abm"
    stamp.write_text(stamp.read_text().replace("a copy", "another place"))
    sandbox.forget()
    sandbox.run("status")

    assert len(sandbox.asked("--editable")) == 1


def test_two_starts_set_up_once(sandbox):
    sandbox.add("python3.12", "3.12")
    both = [sandbox.start("status", SLOW="1") for _ in range(2)]
    said = "".join(process.communicate(timeout=60)[1] for process in both)

    assert [process.returncode for process in both] == [0, 0]
    assert "another start is setting up" in said
    assert len(sandbox.asked("-m venv")) == 1
    assert len(sandbox.asked("--editable")) == 1


def test_uv_is_used_where_it_is(sandbox):
    sandbox.add("python3.12", "3.12")
    sandbox.add("uv", "uv")
    assert sandbox.run("serve").returncode == 0
    (sync,) = sandbox.asked(" sync ")

    assert "--locked --inexact" in sync
    assert sync.endswith("--extra server")
    assert not sandbox.asked("-m pip")


def test_pip_takes_over_from_uv(sandbox):
    sandbox.add("python3.12", "3.12")
    sandbox.add("uv", "uv")
    done = sandbox.run("status", faults="no-uv")

    assert done.returncode == 0
    assert "uv could not do it, so pip does: error: uv is out of order\n" in done.stderr
    assert "says a lot" not in done.stderr


def test_usage_needs_no_setup(sandbox):
    done = sandbox.run("--help")

    assert done.returncode == 0
    assert "./run test" in done.stdout
    assert not (sandbox.repo / ".venv").exists()


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
