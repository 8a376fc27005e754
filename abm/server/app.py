"""The application: its pages, their frame, and how a session begins and ends."""

from pathlib import Path

import solara
import solara.lab
from mesa.visualization.utils import update_counter

from abm.server import state, words
from abm.server.components import SOURCE, Address, element, fault
from abm.server.html import render
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
    """The head with the pages' names, the page, and the terms at its foot."""
    route, routes = solara.use_route()
    search = solara.use_router().search
    solara.use_memo(lambda: state.visit(search or ""), [])
    solara.Style(STYLE)
    solara.Title(f"{route.label}: {TITLE}" if route else TITLE)
    with solara.Div(classes=["abm-app"]):
        Nav(route, routes)
        Here().key(f"address {route.path if route else ''}")
        fault()
        solara.v.Html(tag="main", class_="abm-body", children=children)
        solara.HTML(unsafe_innerHTML=render("foot.html", terms=words.TERMS, source=SOURCE))


@solara.component
def Nav(route: solara.Route | None, routes: list[solara.Route]) -> None:
    """The pages, each at the address of what is looked at, month by month."""
    update_counter.get()
    query = state.address()
    with solara.v.Html(tag="header", class_="abm-bar"):
        element("span", TITLE, "abm-title")
        with solara.v.Html(tag="nav", class_="abm-nav", attributes={"aria-label": "Pages"}):
            for one in routes:
                path = "/" if one.path == "/" else f"/{one.path}"
                with solara.Link(path + (f"?{query}" if query else "")):
                    here = {"aria-current": "page"} if one is route else {}
                    element("span", str(one.label), *(["abm-here"] if here else []), **here)


def visited(step: dict[str, str]) -> None:
    """Back or Forward led to an address: show it, and say that this step is done."""
    state.visit(step["query"])
    state.arrived.set(step["mark"])


@solara.component
def Here() -> None:
    """The address of what is looked at, month by month."""
    update_counter.get()
    Address(query=state.address(), arrived=state.arrived.value, event_visited=visited)


routes = [
    solara.Route("/", component=StepPage, label="Step", layout=Frame),
    solara.Route("compare", component=ComparePage, label="Compare"),
    solara.Route("flows", component=FlowsPage, label="Flows"),
    solara.Route("evidence", component=EvidencePage, label="Evidence"),
    solara.Route("sweeps", component=SweepsPage, label="Sweeps"),
]
