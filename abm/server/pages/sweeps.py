"""The page Sweeps: a stored sweep of the folder given at start."""

from pathlib import Path

import solara
import solara.lab

from abm.figures import theme
from abm.foundation.errors import InputError
from abm.results import wording
from abm.results.comparison import Comparison
from abm.results.ensemble import Ensemble
from abm.server import charts, state
from abm.server.components import chart, heading, pick, table, waiting
from abm.sweeps.status import status, worded
from abm.sweeps.store import Store, is_store

MOST_FOLDERS = 50


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
        if len(found) > 1:
            pick("Sweep", chosen.value, [(one.name, str(one)) for one in found], chosen.set)
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
        solara.Preformatted(words)
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
    """Bands of a metric by regime, the difference from a base, and the headline lines."""
    columns, regimes = list(ensemble.columns), ensemble.regimes
    column, choose = solara.use_state("china_compute" if "china_compute" in columns else columns[0])
    base, set_base = solara.use_state(Comparison(ensemble).base)
    colours = {name: theme.colour(name, regimes) for name in regimes}
    with solara.Div(classes=["abm-row"]):
        pick("Metric", column, [(wording.title(one), one) for one in columns], choose)
        pick("Against", base, [(wording.say(one), one) for one in regimes], set_base)
    with solara.Div(classes=["abm-two"]):
        chart(charts.bands(ensemble[column], colours), 400)
        if len(regimes) > 1:
            chart(charts.bands(Comparison(ensemble, base)[column], colours), 400)
    rows = [
        (row["line"], wording.say(row["regime"]), wording.number(row["median"]), row["unit"], row["when"])
        for row in ensemble.headline().to_dict("records")
    ]
    table(("", "Regime", "Median", "Unit", "When"), rows, "abm-differences")
