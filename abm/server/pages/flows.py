"""The page Flows: where a year's chips and memory went, and where chips stand against the law's lines."""

from functools import lru_cache

import solara

from abm.agents.products import NESTS
from abm.facts.records import Chip
from abm.figures import plane, theme
from abm.foundation import dates
from abm.law.regime import Regime
from abm.results import wording
from abm.server import charts, drawing, state
from abm.server.components import Slider, chart, heading, note, pick, waiting
from abm.server.deliveries import channel_colours, chip_links, deliveries, memory_links
from abm.server.editors import months_until
from abm.server.traced import Traced

ABOUT_PLANE = """Each chip by its compute and memory bandwidth; its colour says what the law of the month makes of it. A
second test, on performance density, can catch a chip that stands below the lines drawn."""
UNIT_CHIPS, UNIT_MEMORY = "H100e delivered to Chinese labs", "million stacks sold"


@solara.component
def FlowsPage() -> None:
    """The flows of a year, and the plane of a month."""
    shown = state.view().at
    year, month, channel = solara.use_reactive(int(shown[:4])), solara.use_reactive(shown), solara.use_reactive("")
    setup, found = state.setup.value, state.flows.value
    solara.use_effect(lambda: state.find_flows(setup), [setup])
    last = dates.month_of(dates.parse_day(setup.until)) // 12 + dates.FIRST_YEAR
    years = [str(one) for one in range(2022, last + 1)]
    with solara.Div(classes=["abm-page abm-wide"]), solara.Div(classes=["abm-main"]):
        heading(f"Where chips and memory went: {setup.short}, {year.value}")
        with solara.Div(classes=["abm-row"]):
            Slider(label="Year", value=years.index(str(year.value)), words=years,
                   event_commit=lambda place: year.set(int(years[int(place)])))  # fmt: skip
            channels = [] if found is None else [wording.split(name)[1] for name in found.run.columns]
            options = [("All channels", ""), *((wording.say(name), name) for name in NESTS if name in channels)]
            pick("Channel", channel.value, options, channel.set)
        if found is None:
            waiting()
            note("Running the setup of the page Step to its end …")
        else:
            Sankeys(found, str(year.value), channel.value, setup.words)
        heading("Chips under the law of a month", 2)
        with solara.Div(classes=["abm-row"]):
            pick("Month of the law", month.value, months_until(setup.until), month.set)
        note(ABOUT_PLANE)
        Plane(month.value, found)


@solara.component
def Sankeys(found: Traced, year: str, channel: str, of: str) -> None:
    """Chips by vendor, SKU and channel; memory by generation and buyer."""
    table = deliveries(found.run, year, channel)
    chips, memory = chip_links(table), memory_links(found.run, year)
    colours = channel_colours(table, {name: theme.colour(name) for name in NESTS})
    with solara.Div(classes=["abm-flows"]):
        if chips:
            chart(charts.sankey(f"Accelerators, {year}", UNIT_CHIPS, chips, colours), 500, of=of, level=2)
        else:
            with solara.Div(classes=["abm-chart"]):
                note("Nothing was delivered through this channel in this year.")
        if memory:
            colours = dict.fromkeys((start for start, _, _ in memory), drawing.MEMORY_COLOUR)
            option = charts.sankey(f"High-bandwidth memory, {year}", UNIT_MEMORY, memory, colours)
            chart(option, 500, of=of, level=2)


@lru_cache(maxsize=128)
def plane_svg(regime: Regime, month: str, designs: tuple[Chip, ...] = ()) -> str:
    """Chips on the plane of compute and memory bandwidth under the law of a month, with chips designed in a run by
    then, as SVG text."""
    svg = theme.render(plane.plane(regime, month, designs={month: designs}), "svg").decode()
    return svg[svg.index("<svg") :]


@solara.component
def Plane(month: str, traced: Traced | None) -> None:
    """The plane under the law of the setup that is stepped through, changes by hand included; once it has been run to
    its end also what governments made of the law, and the chips that vendors cut to it."""
    regime = state.setup.value.whole if traced is None else traced.regime
    designs = () if traced is None else traced.designs_by(month)
    svg = solara.use_memo(lambda: plane_svg(regime, month, designs), [regime, month, designs])
    with solara.Div(classes=["abm-chart", "abm-plane"]):
        solara.HTML(unsafe_innerHTML=svg)
