"""The page Sweeps: a stored sweep of the folder given at start."""

from pathlib import Path

import solara
import solara.lab

from abm.figures import theme
from abm.foundation.errors import InputError
from abm.foundation.files import current, read_current
from abm.results import files, headlines, wording
from abm.results.answer import answer
from abm.results.comparison import Comparison
from abm.results.ensemble import Ensemble
from abm.server import charts, state, tables
from abm.server.components import chart, heading, note, pick, waiting
from abm.sweeps.status import status, worded
from abm.sweeps.store import Store, is_store

MOST_FOLDERS = 50
REPORT = "report.html"


def sweeps_in(folder: Path | None) -> list[Path]:
    """The sweeps of a folder: itself, or those it holds."""
    if folder is None:
        return []
    if is_store(folder):
        return [folder]
    return [one for one in sorted(folder.iterdir()) if one.is_dir() and is_store(one)][:MOST_FOLDERS]


@solara.component
def SweepsPage() -> None:
    """Choose a sweep; its state, bands of a metric, headline lines."""
    found = sweeps_in(state.server.folder)
    chosen = solara.use_reactive(str(found[0]) if found else "")
    with solara.Div(classes=["abm-page abm-wide"]), solara.Div(classes=["abm-main"]):
        if not found:
            heading("No stored sweep")
            where = f"{state.server.folder} holds none." if state.server.folder else "None was given at start."
            solara.Text(f"{where} Run one with `abm sweep experiments/quickstart.toml`, and start with "
                        "`abm serve results`.")  # fmt: skip
            return
        heading(f"Sweep: {wording.say(Path(chosen.value).name)}")
        if len(found) > 1:
            pick("Sweep", chosen.value, [(wording.say(one.name), str(one)) for one in found], chosen.set)
        Sweep(Path(chosen.value)).key(chosen.value)


@solara.component
def Sweep(folder: Path) -> None:
    """One sweep, read beside the page."""
    task = solara.lab.use_task(lambda: read(folder), dependencies=[str(folder)])
    if task.error:
        solara.Error(str(task.exception))
    elif task.value is None:
        waiting()
    else:
        words, ensemble = task.value
        note(" · ".join(line.strip() for line in words.splitlines() if line.strip()))
        if current(folder, REPORT).is_file():
            solara.FileDownload(
                lambda: read_current(folder, REPORT), filename=f"{folder.name}.html", label="Report (HTML)"
            )
        if ensemble is not None:
            Bands(ensemble)


def read(folder: Path) -> tuple[str, Ensemble | None]:
    """How far a sweep is, and its runs so far."""
    try:
        with Store.open(folder) as store:
            return worded(status(store)), store.ensemble() if store.done() else None
    except InputError as error:
        return str(error), None


@solara.component
def Bands(ensemble: Ensemble) -> None:
    """Bands of a metric by regime, the difference from a base, and the headline lines of all regimes."""
    columns, regimes = list(ensemble.columns), ensemble.regimes
    column, choose = solara.use_state("china_compute" if "china_compute" in columns else columns[0])
    base, set_base = solara.use_state("hold_firm" if "hold_firm" in regimes else Comparison(ensemble).base)
    colours = {name: theme.colour(name, regimes) for name in regimes}
    several = len(regimes) > 1
    with solara.Div(classes=["abm-row"]):
        pick("Metric", column, [(wording.title(one), one) for one in columns], choose)
        if several:
            pick("Against", base, [(wording.say(one), one) for one in regimes], set_base)
    found = Comparison(ensemble, base)
    of = f"{wording.count(len(ensemble), 'run')}, {', '.join(wording.say(one) for one in regimes)}"
    with solara.Div(classes=["abm-two"]):
        if several:
            chart(charts.bands(found[column], colours), 360, of=of, level=2)
        chart(charts.bands(ensemble[column], colours), 360, of=of, level=2)
    heading(f"Change from {wording.inline(base)}" if several else "Headline lines", 2)
    lines = ensemble.headline()
    if several:
        solara.HTML(unsafe_innerHTML=tables.pivot(answer(found)))
        note(f"Means of paired differences; bold: material and clear of chance; {headlines.WINDOWS}.")
    else:
        solara.HTML(unsafe_innerHTML=tables.levels(lines))
    solara.FileDownload(lambda: files.csv_bytes(lines), filename="headlines.csv", label="Headline lines (CSV)")
