"""`run` tried with stand-ins for Python, pip, venv and uv.

A real set-up in an empty folder is what continuous integration does before it comes here.
"""

import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

FILES = ("run", "pyproject.toml", "uv.lock", "constraints.txt", ".python-version")
TOOLS = ("sh", "cat", "cksum", "tr", "sort", "rm", "head", "dirname", "readlink", "sleep")

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
        "home/.pyenv/versions/3.13.2/bin",
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
    for command in ("run", "serve", "sensitivity", "exposure", "discover", "compare"):
        sandbox.run(command)

    asked = [line.split("--editable ")[1] for line in sandbox.asked("--editable")]
    assert asked == [".", ".[server]", ".[analysis,server]"]
    assert len(sandbox.asked("-m venv")) == 1


def test_a_notebook_opens_by_its_name(sandbox):
    sandbox.add("python3.12", "3.12")
    books = sandbox.repo / "notebooks"
    books.mkdir()
    (books / "03_question.ipynb").touch()
    for words in ([], ["03_question", "--no-browser"], ["--port", "9000"]):
        sandbox.run("notebook", *words)

    assert sandbox.asked("--editable")[0].endswith(".[analysis,notebooks]")
    opened = [line.split("-m jupyterlab")[1].split() for line in sandbox.asked("-m jupyterlab")]
    assert opened == [[], ["03_question.ipynb", "--no-browser"], ["--port", "9000"]]


@pytest.mark.parametrize("option", ["--all", "--release"])
def test_every_extra_for_every_test(sandbox, option):
    sandbox.add("python3.12", "3.12")
    sandbox.run("test", "-k", "some", option)

    assert sandbox.asked("--editable")[0].endswith(".[analysis,dev,notebooks,server]")
    assert " -m pytest -n 2 --dist loadfile " in sandbox.log[-1]
    assert sandbox.log[-1].endswith(f" -k some {option}")


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


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("sensitivty", "did you mean 'sensitivity'?"),
        ("calibrat", "did you mean 'calibrate'?"),
        ("plot", "there are: "),
        ("swep", "did you mean 'sweep'?"),
        ("runn", "did you mean 'run'?"),
        ("clasify", "did you mean 'classify'?"),
        ("tests", "did you mean 'test'?"),
        ("*", "there are: "),
        ("a b", "there are: "),
        ("--verbose", "there are: "),
    ],
)
def test_what_is_no_command_is_refused_before_any_set_up(sandbox, word, answer):
    sandbox.add("python3.12", "3.12")
    done = sandbox.run(word, "--help")

    assert done.returncode == 2
    assert f"there is no command '{word}'; {answer}" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert sandbox.log == []
    assert not (sandbox.repo / ".venv").exists()


def test_every_command_is_known(repo):
    from abm.cli import app

    names = [one.name or one.callback.__name__.replace("_", "-") for one in app.registered_commands if one.callback]
    lines = [one for one in (repo / "run").read_text().splitlines() if one.startswith("commands=")]
    known = [word for line in lines for word in line.removeprefix("commands=").strip('"').split()]
    assert sorted(known) == sorted([*names, "$commands"])
