"""What people read is made by commands, and runs."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from abm.foundation.errors import InputError
from abm.foundation.parameters import declarations
from abm.law.files import shipped
from abm.law.levers import LEVERS
from abm.law.regime import compose, load_regime
from abm.runs.metrics import METRICS
from docs.pages import blocks, commands, save_files

RUNNABLE = ("README.md", "docs/classify.md", "docs/tutorial.md")
"""Pages whose commands and Python a reader is meant to try."""
SMALL = {"05_robust_policy": 12}
"""Sizes of notebooks that two runs are too few for."""
ACRONYM = re.compile(r"\b[A-Z][A-Z0-9]+[a-z]?\b")


@pytest.mark.parametrize("name", ["parameters", "metrics", "levers", "chips", "law", "state", "rules"])
def test_tables_are_as_printed(repo: Path, name: str) -> None:
    """A table in docs/ that is out of date: run `python docs/build.py tables`."""
    printed = subprocess.run(
        [sys.executable, "-m", "abm.cli", "table", name], check=True, capture_output=True, text=True, cwd=repo
    ).stdout
    assert (repo / "docs" / "tables" / f"{name}.md").read_text(encoding="utf-8").endswith(printed)


def test_links_in_pages_lead_somewhere(repo: Path) -> None:
    pages = [repo / "README.md", *(repo / "docs").glob("*.md"), repo / "experiments" / "README.md"]
    for page in (*pages, *(repo / "notebooks").glob("*.ipynb")):
        for target in re.findall(r"\]\(([^)#\s]+)[^)\s]*\)", page.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_places_named_in_the_readme_exist(repo: Path) -> None:
    text = (repo / "README.md").read_text(encoding="utf-8")
    table = text[text.index("## Where things live") : text.index("## Licence")]
    for named in re.findall(r"`((?:abm|docs|experiments)[/\w*.]*)`", table):
        assert list(repo.glob(named.rstrip("/"))), named


def test_acronyms_that_a_reader_meets_are_in_the_glossary(repo: Path) -> None:
    glossary = (repo / "docs" / "glossary.md").read_text(encoding="utf-8")
    regimes = [load_regime(name) for name in shipped()]
    read = [
        *(words for one in METRICS.values() for words in (one.title, one.unit, one.definition)),
        *(words for one in LEVERS.values() for words in (one.unit, one.help)),
        *(words for one in declarations().values() for words in (one.unit, one.help)),
        *(one.title for one in regimes),
        (repo / "README.md").read_text(encoding="utf-8").partition("## Two commands")[0],
    ]
    met = {word for words in read for word in ACRONYM.findall(re.sub(r"`[^`]*`|\]\([^)]*\)", "", words))}
    assert sorted(met - set(ACRONYM.findall(glossary))) == []
    assert [name for name in shipped() if f"`{name}`" not in glossary] == []


def test_every_command_is_summed_up_in_a_line_of_80_letters(repo: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "abm.cli", "--help"], check=True, capture_output=True, text=True, cwd=repo,
        env={**os.environ, "COLUMNS": "80"},
    ).stdout  # fmt: skip
    commands = shown.partition("Commands:")[2].partition("Examples:")[0].splitlines()
    assert len(commands) > 20
    assert [line for line in commands if line.endswith("...")] == []


def test_the_tutorial_shows_what_is_said(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = repo / "docs" / "tutorial.md"
    monkeypatch.chdir(tmp_path)
    act, regime = (path.relative_to(tmp_path) for path in save_files(page, tmp_path))
    line, slip = blocks(page, "text")[:2]

    made = compose("hold_firm", add=[act])
    assert made.timeline().endswith(line.rstrip())
    assert load_regime(regime).acts[-1] == made.acts[-1]

    act.write_text(act.read_text().replace("hbm.quota_share", "hbm.quota"))
    with pytest.raises(InputError) as fault:
        compose("hold_firm", add=[act])
    assert slip == f"error: {fault.value}\n"


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNNABLE)
def test_commands_of_a_page_run(repo: Path, tmp_path: Path, name: str) -> None:
    """Each command, with fewer seeds, a shorter horizon and a smaller claim where it takes them."""
    page = repo / name
    folder = tmp_path if save_files(page, tmp_path) else repo
    asked = commands(page)
    assert len(asked) >= 3
    for line in asked:
        words = shlex.split(line)[1:]
        if "--seeds" in words:
            words[words.index("--seeds") + 1] = "2"
        if "--out" in words:
            words[words.index("--out") + 1] = str(tmp_path / "out")
        if words[0] in ("run", "compare"):
            words += ["--until", "2027-08"]
        if words[0] == "sweep":
            words += ["--dry"]
        if words[0] == "claims":
            words[1] = str(smaller(repo / words[1], tmp_path))
        done = subprocess.run([sys.executable, "-m", "abm.cli", *words], capture_output=True, text=True, cwd=folder)
        assert done.returncode == 0, (line, done.stderr)


def smaller(claim: Path, folder: Path) -> Path:
    """A claim judged on the fewest futures, without a border of its own."""
    text = re.sub(r"^futures = \d+", "futures = 30", claim.read_text(encoding="utf-8"), flags=re.MULTILINE)
    small = folder / claim.name
    small.write_text(re.sub(r"^\[border\].*?(?=^\[side)", "", text, flags=re.MULTILINE | re.DOTALL), encoding="utf-8")
    return small


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNNABLE)
def test_python_of_a_page_runs(repo: Path, tmp_path: Path, name: str) -> None:
    for number, block in enumerate(blocks(repo / name, "python")):
        script = tmp_path / f"block{number}.py"
        script.write_text(block, encoding="utf-8")
        done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr


BOOKS = sorted(path.stem for path in (Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("name", BOOKS)
def test_a_notebook_is_kept_with_its_outputs(repo: Path, name: str) -> None:
    """One size that a reader can change, figures, conclusions, and no errors or warnings: `build.py notebooks`."""
    book = json.loads((repo / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    prose = "".join(line for cell in book["cells"] if cell["cell_type"] == "markdown" for line in cell["source"])
    outputs = [one for cell in code for one in cell["outputs"]]
    assert all(cell["execution_count"] for cell in code)
    assert any("image/png" in one.get("data", {}) for one in outputs)
    assert [one for one in outputs if one["output_type"] == "error" or one.get("name") == "stderr"] == []
    assert sum(line.startswith("SIZE = ") for cell in code for line in cell["source"]) == 1
    if name != "01_quickstart":  # a tour; the others answer a question in a sentence
        answers = ["".join(one.get("data", {}).get("text/markdown", "")) for one in outputs]
        assert any(words.startswith("**") for words in answers)
        assert "## What would change it" in prose


@pytest.fixture(scope="module")
def compiled() -> None:
    """The model compiled, which it would else say in a notebook."""
    subprocess.run([sys.executable, "-m", "abm.runs.warm"], check=True, capture_output=True)


@pytest.mark.slow
@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("name", BOOKS)
def test_a_notebook_runs(repo: Path, name: str) -> None:
    """On the smallest design that its analysis takes."""
    from nbclient import NotebookClient
    from nbformat import read

    book = read(repo / "notebooks" / f"{name}.ipynb", as_version=4)
    for cell in book.cells:
        cell.source = re.sub(r"^SIZE = \d+", f"SIZE = {SMALL.get(name, 2)}", cell.source, flags=re.MULTILINE)
    NotebookClient(book, timeout=600, resources={"metadata": {"path": str(repo / "notebooks")}}).execute()
    for cell in book.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.get("text")
