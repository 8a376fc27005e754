"""A picture of the market as SVG text: bands, edges under nodes, names, and a key to colours and widths."""

from functools import partial

from abm.figures import theme
from abm.results import wording
from abm.server.html import render
from abm.server.picture import BANDS, HIGH, LARGEST, MEMORY, WIDE, Edge, Node, Picture, X, say

MEMORY_COLOUR, WORLD_COLOUR, AGENT_COLOUR = "#8a4fbf", "#a9b4c0", "#2b3a4a"
GROUND = ("#eef3f9", "#f6f4ee", "#fbf0ee")
WIDEST, SMALLEST = 21.0, 3.5
"""Width of the widest edge, and radius of the smallest node."""
HEADS = {"makers": "HBM makers", "vendors": "Chip vendors", "channels": "Ways to China", "buyers": "Labs"}


def svg(drawn: Picture, picked: str = "") -> str:
    """The picture as an `<svg>` element; each node carries its key in `data-node`.

    picked   key of the node that is inspected
    """
    bands, heads = list(zip(BANDS, GROUND, strict=True)), [(X[place], words) for place, words in HEADS.items()]
    edges = sorted(drawn.edges, key=lambda edge: edge.amount, reverse=True)
    scale = f"Widest line: {say(drawn.widest)} H100e a month, or {say(drawn.widest_memory)} stacks"
    return render(
        "market.svg", wide=WIDE, high=HIGH, bands=bands, heads=heads, key=_key(drawn), scale=scale,
        edges=edges, places={node.key: node for node in drawn.nodes}, width=partial(width, drawn=drawn),
        colour=colour, edge_words=_edge_words,
        nodes=drawn.nodes, picked=picked, largest=LARGEST, smallest=SMALLEST, node_colour=_node_colour,
    )  # fmt: skip


def width(edge: Edge, drawn: Picture) -> float:
    """Width of an edge: its area grows with the amount, 1.2 at least."""
    widest = drawn.widest_memory if edge.what == MEMORY else drawn.widest
    return 1.2 + WIDEST * min(edge.amount / widest, 1.0) ** 0.5


def colour(what: str) -> str:
    """The colour of a channel, of memory, or of what is sold elsewhere."""
    return {MEMORY: MEMORY_COLOUR, "world": WORLD_COLOUR}.get(what) or theme.colour(what, (what,))


def _edge_words(edge: Edge) -> str:
    """What went along an edge, and how much."""
    what = {MEMORY: "HBM", "world": "outside China"}.get(edge.what, wording.say(edge.what))
    return f"{what}: {say(edge.amount)} {'stacks' if edge.what == MEMORY else 'H100e'} a month"


def _node_colour(node: Node) -> str:
    """The colour of a node: a channel has its own."""
    if node.kind == "channels":
        return colour(node.key.partition("/")[2])
    return MEMORY_COLOUR if node.kind in ("makers", "store") else AGENT_COLOUR


def _key(drawn: Picture) -> list[tuple[str, str]]:
    """What the colours mean."""
    used = {edge.what for edge in drawn.edges}
    channels = [node.key.partition("/")[2] for node in drawn.nodes if node.kind == "channels"]
    found = [(wording.say(name), colour(name)) for name in channels if name in used]
    return [*found, ("Sold outside China", WORLD_COLOUR), ("HBM", MEMORY_COLOUR)]
