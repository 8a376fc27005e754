"""What people read is made by commands, and runs."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

FENCE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return [body for name, body in FENCE.findall(page.read_text(encoding="utf-8")) if name == language]


@pytest.mark.parametrize("name", ["parameters", "metrics", "levers", "chips", "law"])
def test_tables_are_as_printed(repo: Path, name: str) -> None:
    """A table in docs/ that is out of date: run `python docs/build.py tables`."""
    printed = subprocess.run(
        [sys.executable, "-m", "abm.cli", "table", name], check=True, capture_output=True, text=True, cwd=repo
    ).stdout
    assert (repo / "docs" / "tables" / f"{name}.md").read_text(encoding="utf-8").endswith(printed)


def test_links_in_pages_lead_somewhere(repo: Path) -> None:
    for page in (repo / "README.md", *(repo / "docs").glob("*.md"), repo / "experiments" / "README.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_places_named_in_the_readme_exist(repo: Path) -> None:
    text = (repo / "README.md").read_text(encoding="utf-8")
    table = text[text.index("## Where things live") : text.index("## Licence")]
    for named in re.findall(r"`((?:abm|docs|experiments)[/\w*.]*)`", table):
        assert list(repo.glob(named.rstrip("/"))), named


def commands(repo: Path) -> list[str]:
    """The commands of pages that call the model, without comments."""
    pages = (repo / "README.md", repo / "docs" / "classify.md")
    lines = [line for page in pages for block in blocks(page, "sh") for line in block.splitlines()]
    asked = [line.split("#")[0].strip() for line in lines if line.startswith("./run ")]
    return [line for line in asked if line not in ("./run", "./run test")]


def test_the_readme_shows_commands(repo: Path) -> None:
    assert len(commands(repo)) >= 5


@pytest.mark.slow
def test_commands_of_the_readme_run(repo: Path, tmp_path: Path) -> None:
    """Each command, with fewer seeds and a shorter horizon where it takes them."""
    for line in commands(repo):
        words = shlex.split(line)[1:]
        if "--seeds" in words:
            words[words.index("--seeds") + 1] = "2"
        if "--out" in words:
            words[words.index("--out") + 1] = str(tmp_path / "out")
        if words[0] in ("run", "compare"):
            words += ["--until", "2027-06"]
        if words[0] == "sweep":
            words += ["--dry"]
        done = subprocess.run([sys.executable, "-m", "abm.cli", *words], capture_output=True, text=True, cwd=repo)
        assert done.returncode == 0, (line, done.stderr)


@pytest.mark.slow
def test_python_of_the_readme_runs(repo: Path, tmp_path: Path) -> None:
    pages = (repo / "README.md", repo / "docs" / "classify.md")
    for number, block in enumerate(block for page in pages for block in blocks(page, "python")):
        script = tmp_path / f"block{number}.py"
        script.write_text(block, encoding="utf-8")
        done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", ["01_quickstart"])
def test_notebooks_run(repo: Path, name: str) -> None:
    from nbclient import NotebookClient
    from nbformat import read

    book = read(repo / "notebooks" / f"{name}.ipynb", as_version=4)
    assert all(cell.get("outputs") for cell in book.cells if cell.cell_type == "code" and "plot" in cell.source)
    NotebookClient(book, timeout=600, resources={"metadata": {"path": str(repo / "notebooks")}}).execute()
    for cell in book.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.get("text")
