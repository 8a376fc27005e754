"""The application: its pages, their frame, and how a session ends."""

from pathlib import Path

import solara
import solara.lab

from abm.server import state
from abm.server.pages.compare import ComparePage
from abm.server.pages.evidence import EvidencePage
from abm.server.pages.flows import FlowsPage
from abm.server.pages.step import StepPage
from abm.server.pages.sweeps import SweepsPage

TITLE = "AI chips and HBM under export controls"
STYLE = Path(__file__).with_name("style.css")


@solara.lab.on_kernel_start
def _session():  # type: ignore[no-untyped-def]
    return state.end_session


@solara.component
def Frame(children: list[solara.Element] = []) -> None:  # noqa: B006 (Solara's signature for layouts)
    """The head with the pages' names, and the page."""
    route, routes = solara.use_route()
    solara.Style(STYLE)
    solara.Title(TITLE)
    with solara.Div(classes=["abm-app"]):
        with solara.Div(classes=["abm-bar"]):
            solara.Text(TITLE, classes=["abm-title"])
            with solara.Div(classes=["abm-nav"]):
                for one in routes:
                    with solara.Link(one):
                        solara.Text(str(one.label), classes=["abm-here"] if one is route else [])
        solara.Div(classes=["abm-body"], children=children)


routes = [
    solara.Route("/", component=StepPage, label="Step", layout=Frame),
    solara.Route("compare", component=ComparePage, label="Compare"),
    solara.Route("flows", component=FlowsPage, label="Flows"),
    solara.Route("evidence", component=EvidencePage, label="Evidence"),
    solara.Route("sweeps", component=SweepsPage, label="Sweeps"),
]
