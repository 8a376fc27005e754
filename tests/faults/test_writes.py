"""Everything that any command writes: where the disk does not take it there is one line, and the old files or the new.

Faults are put in by an audit hook, which sees each file that Python opens to write, each folder that it makes and each
name that it changes, whoever does it; and by a limit on the size of files, which C code meets too.
"""

import contextlib
import errno
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import abm
from abm.cli import app
from abm.figures import report, theme, time
from abm.foundation import files
from abm.foundation.errors import InputError
from abm.results.comparison import Comparison
from abm.results.ensemble import Ensemble
from abm.results.headlines import Line
from tests.figures import synthetic

SPEC = 'name = "tiny"\nregimes = ["history"]\nseeds = 1\nuntil = "2022-02"\nkeep = ["china_compute"]\n'


@dataclass
class Fault:
    """What befalls the nth change of the disk below a folder, and all after it; counts them in any case."""

    folder: str = ""
    nth: int = -1
    number: int = errno.ENOSPC
    seen: int = 0

    def meet(self, event: str, given: tuple[Any, ...]) -> None:
        if not self.folder or not self.changes(event, given):
            return
        self.seen += 1
        if 0 <= self.nth < self.seen:
            raise OSError(self.number, os.strerror(self.number))

    def changes(self, event: str, given: tuple[Any, ...]) -> bool:
        if event not in ("open", "os.mkdir", "os.rename") or not str(given[0]).startswith(self.folder):
            return False
        return event != "open" or bool(given[2] & (os.O_WRONLY | os.O_RDWR))


FAULT = Fault()
sys.addaudithook(lambda event, given: FAULT.meet(event, given))


@contextmanager
def failing(folder: Path, nth: int, number: int) -> Iterator[Fault]:
    FAULT.folder, FAULT.nth, FAULT.number, FAULT.seen = str(folder), nth, number, 0
    try:
        yield FAULT
    finally:
        FAULT.folder = ""


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file may grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def invoke(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("swept")
    (folder / "tiny.toml").write_text(SPEC)
    assert invoke("sweep", folder / "tiny.toml", "--out", folder / "s", "--serial").exit_code == 0
    return folder


class Found:
    """What an analysis finds, in short."""

    claim = SimpleNamespace(name="x")
    data = pd.DataFrame({"a": range(50)})

    def page(self, *_: object) -> str:
        return 100 * "a page\n"

    def table(self, width: int | None = None) -> str:
        return "a table"

    def charts(self) -> list[theme.Chart]:
        return [time.fan(synthetic.ensemble(1, ["history"])["china_compute"])]

    def draw(self, path: Path) -> None:
        theme.save(time.fan(synthetic.ensemble(1, ["history"])["china_compute"]), path)


@pytest.fixture(autouse=True)
def nothing_is_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = synthetic.ensemble(1, ["history"]), synthetic.ensemble(1, ["history", "hbm_relief"])
    for name, value in {
        "abm.results.ensemble.run": lambda *_, **__: one,
        "abm.results.comparison.compare": lambda *_, **__: Comparison(two),
        "abm.figures.report.figures_of": lambda runs, *_: [report.fan_figure(runs, Line("china_compute"), ())],
        "abm.figures.theme.render": lambda chart, kind: 1000 * kind.encode(),
        "abm.analysis.directions.judge": lambda *_, **__: [],
        "abm.analysis.directions.page": lambda _: 100 * "a page\n",
        "abm.analysis.decide.decided": lambda *_: Found(),
        "abm.analysis.payoffs.terms_of": lambda runs: runs.frame.to_numpy()[:1, :0],
        "abm.analysis.payoffs.quantities_of": lambda runs: runs.frame.to_numpy()[:1, :0],
        "abm.analysis.payoffs.fit": lambda *_: ([], []),
        "abm.analysis.payoffs.FEATURES": (),
        "abm.analysis.payoffs.QUANTITIES": (),
        "abm.analysis.payoffs.MONTHS": 1,
        "abm.analysis.outcomes.swept": lambda *_: None,
        "abm.analysis.sensitivity.study": lambda *_: SimpleNamespace(name="x"),
        "abm.analysis.sensitivity.sensitivity": lambda _: Found(),
        "abm.analysis.exposure.graded": lambda *_: SimpleNamespace(name="x"),
        "abm.analysis.exposure.exposure": lambda _: Found(),
        "abm.analysis.targets.read_targets": lambda _: SimpleNamespace(file=SimpleNamespace(limit=(), until="")),
        "abm.analysis.limits.run": lambda *_, **__: (),
        "abm.analysis.limits.blocks": lambda *_: [],
        "abm.results.draws.shipped": list,
        "abm.analysis.validate.columns_of": lambda *_, **__: None,
        "abm.analysis.validate.page": lambda *_: 100 * "a page\n",
        "abm.analysis.calibrate.read": lambda _: (SimpleNamespace(stages={"all": "", "early": ""}), None),
        "abm.analysis.calibrate.calibrate": lambda *_, **__: (None, None, Found().data),
        "abm.analysis.fitted.page": lambda *_: 100 * "a page\n",
        "abm.analysis.claims.read": lambda _: None,
        "abm.analysis.claims.judge": lambda *_, **__: Found(),
        "abm.analysis.claims.page": lambda *_: 100 * "a page\n",
        "abm.analysis.deals.page": lambda _: 100 * "a page\n",
        "abm.analysis.deals.hindcast_page": lambda _: 100 * "a page\n",
    }.items():
        monkeypatch.setattr(name, value)


COMMANDS: dict[str, str] = {
    "run": "run history --out OUT/r",
    "compare": "compare history hbm_relief --out OUT/r",
    "sweep": "sweep SPEC --serial --out OUT/r",
    "sweep --report": "sweep SPEC --serial --report --out OUT/r",
    "replay": "replay SWEEP 0 --out OUT/r",
    "export csv": "export SWEEP --to csv --out OUT/deep/x.csv",
    "export parquet": "export SWEEP --to parquet --out OUT/x.parquet",
    "report": "report SWEEP --out OUT/r",
    "classify": "classify H20 --on 2025-05-01 --plot OUT/deep/plane.png",
    "directions": "directions --write OUT/deep/page.md",
    "decide": "decide SPEC --serial --out SWEEP --write OUT/deep/page.md",
    "fit-payoffs": "fit-payoffs SPEC --serial --out SWEEP --to OUT/fit.toml",
    "classify table": "classify H20 --on 2025-05-01 --out OUT/deep/answer.txt",
    "sensitivity": "sensitivity SPEC --write OUT/deep/page.md",
    "exposure": "exposure SPEC --out OUT/r",
    "validate": "validate SPEC --write OUT/deep/page.md",
    "calibrate": "calibrate SPEC --to OUT/tables --write OUT/page.md",
    "claims": "claims SPEC --write OUT/deep/page.md",
    "deals": "deals SPEC --serial --out OUT/r",
    "hindcast": "hindcast SPEC --serial --out OUT/r",
}
SWEEPING = {"sweep", "sweep --report", "deals", "hindcast"}


def words_of(name: str, swept: Path, out: Path) -> list[str]:
    line = COMMANDS[name].replace("SPEC", str(swept / "tiny.toml")).replace("SWEEP", str(swept / "s"))
    return line.replace("OUT", str(out)).split()


def told(result: Any, name: str, out: Path) -> None:
    """The command ended in good order, with one line that names what could not be written."""
    if name in SWEEPING and not result.exit_code:  # all but the note of how it ended is on the disk
        assert len(abm.load(out / "r")) == 1
        return
    assert result.exit_code in ((2, 3) if name in SWEEPING else (2,)), f"{result.output}{result.exception!r}"
    assert isinstance(result.exception, SystemExit)
    lines = [one for one in result.stderr.splitlines() if one and not re.search(r"run/s|s/run", one)]
    assert len(lines) == 1, lines
    (line,) = lines
    assert line.startswith(("error: ", "stopped: cannot write into "))
    assert str(out) in line or "/swept" in line
    assert files.NEW not in line
    if out.exists():
        assert [one for one in files.contents(out) if one.name.endswith(".part") or files.NEW in one.parts] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_disk_that_does_not_take_it_is_one_line_and_leaves_the_old_or_the_new(
    name: str, swept: Path, tmp_path: Path, trials: Callable[[int, int], int]
) -> None:
    words = words_of(name, swept, tmp_path / "out")
    with failing(tmp_path / "out", -1, 0) as fault:
        assert invoke(*words).exit_code == 0
    points = fault.seen
    assert points >= 2
    for nth in range(0, points, 3 - min(trials(2, 3), 2)):
        out = tmp_path / str(nth)
        with failing(out, nth, (errno.ENOSPC, errno.EACCES, errno.EROFS)[nth % 3]):
            told(invoke(*words_of(name, swept, out)), name, out)
    for size in (0, 20):
        out = tmp_path / f"limit {size}".replace(" ", "-")
        with largest_file(size):
            result = invoke(*words_of(name, swept, out))
        told(result, name, out)


def numbered(folder: Path, number: int) -> None:
    """Write a set of four files, one of them in a folder, and leave out one that others have."""
    with files.together(folder, ["a", "b", "c/d", "only-0", "only-1"]) as fresh:
        (fresh / "c").mkdir()
        for name in ("a", "b", "c/d", f"only-{number}"):
            (fresh / name).write_text(f"{number}")


def read(folder: Path) -> dict[str, str]:
    """What a reader finds in the set."""
    places = {name: files.current(folder, name) for name in ("a", "b", "c/d", "only-0", "only-1")}
    return {name: place.read_text() for name, place in places.items() if place.exists()}


OLD = {"a": "0", "b": "0", "c/d": "0", "only-0": "0"}
NEW = {"a": "1", "b": "1", "c/d": "1", "only-1": "1"}
KILLED = """
import os, sys
from pathlib import Path
from tests.faults.test_writes import FAULT, numbered
FAULT.meet = lambda event, given, seen=[0]: (
    FAULT.changes(event, given) and (seen.append(1), len(seen) - 2 == int(sys.argv[2]) and os.kill(os.getpid(), 9))
)
FAULT.folder = sys.argv[1]
numbered(Path(sys.argv[1]), 1)
"""


def test_a_set_of_files_is_the_old_or_the_new_wherever_it_fails(tmp_path: Path) -> None:
    numbered(tmp_path / "count", 0)
    with failing(tmp_path / "count", -1, 0) as fault:
        numbered(tmp_path / "count", 1)
    found = []
    for nth in range(fault.seen):
        folder = tmp_path / str(nth)
        numbered(folder, 0)
        with failing(folder, nth, errno.ENOSPC), pytest.raises(InputError, match=str(folder)):
            numbered(folder, 1)
        found.append(read(folder))
        numbered(folder, 1)
        assert {str(one.relative_to(folder)): one.read_text() for one in files.contents(folder)} == NEW
    assert all(one in (OLD, NEW) for one in found)
    assert OLD in found
    assert NEW in found


@pytest.mark.parametrize("nth", [0, 3, 5, 6, 7, 8])
def test_a_process_that_is_killed_leaves_the_old_or_the_new(nth: int, tmp_path: Path, repo: Path) -> None:
    numbered(tmp_path, 0)
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(nth)]
    assert subprocess.run(command, cwd=repo, check=False).returncode in (-9, 0)
    assert read(tmp_path) in (OLD, NEW)
    numbered(tmp_path, 1)
    assert {str(one.relative_to(tmp_path)): one.read_text() for one in files.contents(tmp_path)} == NEW


def test_what_is_read_while_a_set_is_written_anew_is_of_one_set(tmp_path: Path) -> None:
    one, two = synthetic.ensemble(1, ["history"]), synthetic.ensemble(2, ["history"])
    one.save(tmp_path)
    found: list[int] = []
    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(lambda: [found.append(len(abm.load(tmp_path))) for _ in range(25)])
        while not reading.done():
            two.save(tmp_path)
            one.save(tmp_path)
    reading.result()
    assert set(found) == {1, 2}


def test_of_two_that_write_a_set_at_once_one_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with files.together(tmp_path / "x"), ThreadPoolExecutor(1) as thread:
        monkeypatch.setattr(files, "PATIENCE", 0.1)
        with pytest.raises(InputError, match="another process has been writing there"):
            thread.submit(numbered, tmp_path / "x", 0).result()
        monkeypatch.setattr(files, "PATIENCE", 60.0)
        waiting = thread.submit(numbered, tmp_path / "y", 0)
        assert waiting.result() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
@pytest.mark.parametrize("name", ["run", "compare", "report", "export csv", "classify", "replay"])
def test_a_disk_that_is_really_full(name: str, swept: Path, tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", tmp_path / "small"], check=False)
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        with contextlib.suppress(OSError):
            (tmp_path / "small" / "fill").write_bytes(b"0" * 20_000)
        told(invoke(*words_of(name, swept, tmp_path / "small" / "q")), name, tmp_path / "small")
    finally:
        subprocess.run(["umount", "--lazy", tmp_path / "small"], check=True)


@pytest.mark.parametrize("place", ["/dev/full", "closed"])
@pytest.mark.parametrize("words", ["--help", "table sources", "table --help", "timeline history"])
def test_an_output_that_takes_nothing(words: str, place: str) -> None:
    with open("/dev/full" if place == "/dev/full" else os.devnull, "w") as full:
        reading, writing = os.pipe()
        os.close(reading)
        out = full.fileno() if place == "/dev/full" else writing
        command = [sys.executable, "-m", "abm.cli", *words.split()]
        found = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
        os.close(writing)
    why = "No space left on device" if place == "/dev/full" else "nobody reads it any more"
    assert (found.returncode, found.stderr) == (2, f"error: what is printed: {why}\n")


def test_results_are_on_the_disk_before_a_reader_of_the_table_goes_away(tmp_path: Path) -> None:
    def gone(self: Ensemble, width: int | None = None) -> str:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ensemble, "table", gone)
        assert invoke("run", "history", "--out", tmp_path / "r").exit_code == 2
    assert len(abm.load(tmp_path / "r")) == 1


@pytest.mark.parametrize("writes", [
    lambda folder: theme.save(time.fan(synthetic.ensemble(1, ["history"])["china_compute"]), folder / "a.png"),
    lambda folder: synthetic.ensemble(1, ["history"]).save(folder),
    lambda folder: time.fan(synthetic.ensemble(1, ["history"])["china_compute"]).savefig(folder / "a.svg"),
    lambda folder: report.write(synthetic.ensemble(1, ["history"]), folder),
])  # fmt: skip
def test_from_python_it_is_an_input_error(writes: Callable[[Path], object], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "deep", Path("/proc/none"), tmp_path / ("x" * 300)):
        with pytest.raises(InputError, match="cannot be written") as caught:
            writes(folder)
        assert str(folder)[:200] in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1


def test_what_is_no_plain_file_is_written_but_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as thread:
        text = thread.submit(pipe.read_text)
        assert invoke("directions", "--write", pipe).exit_code == 0
        assert text.result() == 100 * "a page\n"
    assert pipe.is_fifo()
    real = tmp_path / "real.md"
    real.touch()
    (tmp_path / "link.md").symlink_to(real)
    assert invoke("directions", "--write", tmp_path / "link.md").exit_code == 0
    assert (tmp_path / "link.md").is_symlink()
    assert real.read_text() == 100 * "a page\n"
