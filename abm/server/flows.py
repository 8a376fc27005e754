"""The third page: where a year's chips and memory went, and where chips stand against the law's lines."""

import solara

from abm.agents.products import NESTS
from abm.figures import theme
from abm.foundation import dates
from abm.results import wording
from abm.runs.run import Run
from abm.server import charts, drawing, plane, state, tables
from abm.server.editor import pick
from abm.server.watch import Plot

UNIT_CHIPS, UNIT_MEMORY = "H100e delivered to Chinese labs", "million stacks sold"


@solara.component
def FlowsPage() -> None:
    """The flows of a year, and the plane of a month of it."""
    year = solara.use_reactive(2024)
    channel = solara.use_reactive("")
    month = solara.use_reactive(12)
    setup = state.setup.value

    def look() -> None:
        if state.flows_of.value != setup:
            state.find_flows(setup)

    solara.use_effect(look, [setup])
    last = dates.month_of(dates.parse_day(setup.until)) // 12 + dates.FIRST_YEAR
    with solara.Div(classes=["abm-page abm-wide"]), solara.Div(classes=["abm-main"]):
        with solara.Div(classes=["abm-row"]):
            solara.Text(f"{wording.say(setup.regime)}, {year.value}", classes=["abm-month"])
            solara.SliderInt(f"Year: {year.value}", value=year, min=2022, max=last, thumb_label=False)
            solara.SliderInt(f"Month of the law: {dates.label((year.value - 2021) * 12 + month.value - 1)}",
                             value=month, min=1, max=12, thumb_label=False)  # fmt: skip
            Channels(channel)
        found = state.flows.value
        if state.fault.value:
            solara.Error(state.fault.value, dense=True)
        if found is None:
            solara.v.ProgressLinear(indeterminate=True, height=3)
            solara.Text("Running the setup of the page Step to its end …", classes=["abm-note"])
        else:
            Sankeys(found.run, str(year.value), channel.value)
        plane.Plane(f"{year.value}-{month.value:02d}", found)


@solara.component
def Channels(channel: solara.Reactive[str]) -> None:
    """One channel, or all."""
    found = state.flows.value
    names = [] if found is None else [wording.split(name)[1] for name in found.run.columns]
    live = [name for name in NESTS if name in names]
    pick("Channel", channel.value, [("All channels", ""), *((wording.say(name), name) for name in live)],
         lambda name: channel.set(name or ""))  # fmt: skip


@solara.component
def Sankeys(run: Run, year: str, channel: str) -> None:
    """Chips by vendor, SKU and channel; memory by generation and buyer."""
    table = tables.deliveries(run, year, channel)
    chips = tables.chip_links(table)
    memory = tables.memory_links(run, year)
    colours = tables.channel_colours(table, {name: theme.colour(name, NESTS) for name in NESTS})
    with solara.Div(classes=["abm-flows"]):
        with solara.Div(classes=["abm-chart"]):
            if chips:
                Plot(option=charts.sankey(f"Accelerators, {year}", UNIT_CHIPS, chips, colours), height=520)
            else:
                solara.Text("Nothing was delivered through this channel in this year.", classes=["abm-note"])
        with solara.Div(classes=["abm-chart"]):
            if memory:
                tones = dict.fromkeys((start for start, _, _ in memory), drawing.MEMORY_COLOUR)
                Plot(option=charts.sankey(f"High-bandwidth memory, {year}", UNIT_MEMORY, memory, tones), height=520)
