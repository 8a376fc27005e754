"""A picture of the market as SVG text: bands, edges under nodes, names, and a key to colours and widths."""

from html import escape

from abm.figures import theme
from abm.results import wording
from abm.server.picture import BANDS, HIGH, LARGEST, MEMORY, WIDE, Edge, Node, Picture, X, say

MEMORY_COLOUR, WORLD_COLOUR = "#8a4fbf", "#a9b4c0"
GROUND = ("#eef3f9", "#f6f4ee", "#fbf0ee")
WIDEST = 21.0
HEADS = (("makers", "HBM makers"), ("vendors", "Chip vendors"), ("channels", "Ways to China"), ("buyers", "Labs"))


def colour(what: str) -> str:
    """The colour of a channel, of memory, or of what is sold elsewhere."""
    return {MEMORY: MEMORY_COLOUR, "world": WORLD_COLOUR}.get(what) or theme.colour(what, (what,))


def svg(drawn: Picture, picked: str = "") -> str:
    """The picture as an `<svg>` element; each node carries its key in `data-node`.

    picked   key of the node that is inspected
    """
    places = {node.key: node for node in drawn.nodes}
    edges = sorted(drawn.edges, key=lambda edge: edge.amount, reverse=True)
    parts = [*_ground(), *(_edge(edge, places, drawn) for edge in edges)]
    parts += [_node(node, node.key == picked, _tone(node)) for node in drawn.nodes]
    parts += _key(drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE:g} {HIGH + 38:g}" role="img" '
        f'aria-label="The market of the month" class="market">{"".join(parts)}</svg>'
    )


def width(edge: Edge, drawn: Picture) -> float:
    """Width of an edge: its area grows with the amount, 1.2 at least."""
    widest = drawn.widest_memory if edge.what == MEMORY else drawn.widest
    return 1.2 + WIDEST * min(edge.amount / widest, 1.0) ** 0.5


def _ground() -> list[str]:
    """The bands and the headings."""
    parts = []
    for (name, top, bottom), fill in zip(BANDS, GROUND, strict=True):
        parts.append(f'<rect x="0" y="{top:g}" width="{WIDE:g}" height="{bottom - top:g}" fill="{fill}"/>')
        parts.append(f'<text x="12" y="{bottom - 9:g}" class="band">{escape(name)}</text>')
    parts += [f'<text x="{X[place]:g}" y="17" class="head">{words}</text>' for place, words in HEADS]
    return parts


def _edge(edge: Edge, places: dict[str, Node], drawn: Picture) -> str:
    """A curve from one node to another, level at both ends."""
    start, end = places[edge.start], places[edge.end]
    middle = (start.x + end.x) / 2
    unit = "stacks" if edge.what == MEMORY else "H100e"
    what = {MEMORY: "HBM", "world": "outside China"}.get(edge.what, wording.say(edge.what))
    tip = f"{start.name} → {end.name}, {what}: {say(edge.amount)} {unit} a month"
    return (
        f'<path d="M{start.x:.0f} {start.y:.1f}C{middle:.0f} {start.y:.1f} {middle:.0f} {end.y:.1f} '
        f'{end.x:.0f} {end.y:.1f}" stroke="{colour(edge.what)}" stroke-width="{width(edge, drawn):.1f}" '
        f'class="flow"><title>{escape(tip)}</title></path>'
    )


def _tone(node: Node) -> str:
    """The colour of a node: a channel has its own."""
    if node.kind == "channels":
        return colour(node.key.partition("/")[2])
    return MEMORY_COLOUR if node.kind in ("makers", "store") else "#2b3a4a"


def _node(node: Node, picked: bool, tone: str) -> str:
    """A circle whose area says how large, and a name beside it."""
    radius = 3.5 + (LARGEST[node.kind] - 3.5) * node.share
    gap = radius + 6
    x, y, anchor = {
        "left": (node.x - gap, node.y + 4, "end"),
        "right": (node.x + LARGEST[node.kind] + 7, node.y + 4, "start"),
        "above": (node.x, node.y - gap + 1, "middle"),
        "below": (node.x, node.y + gap + 8, "middle"),
    }[node.side]
    ring = f'<circle cx="{node.x:g}" cy="{node.y:.1f}" r="{radius + 4:.1f}" class="picked"/>' if picked else ""
    return (
        f'<g data-node="{escape(node.key)}" class="node" tabindex="0" role="button" '
        f'aria-label="{escape(f"{node.name}: {node.note}")}">{ring}'
        f'<circle cx="{node.x:g}" cy="{node.y:.1f}" r="{radius:.1f}" fill="{tone}"/>'
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(node.name)}</text>'
        f"<title>{escape(f'{node.name}: {node.note}')}</title></g>"
    )


def _key(drawn: Picture) -> list[str]:
    """What colours and widths mean, under the picture."""
    used = dict.fromkeys(edge.what for edge in drawn.edges if edge.what not in (MEMORY, "world"))
    known = [node.key.partition("/")[2] for node in drawn.nodes if node.kind == "channels"]
    entries = [(wording.say(name), colour(name)) for name in known if name in used]
    entries += [("Sold outside China", WORLD_COLOUR), ("HBM", MEMORY_COLOUR)]
    parts, x, y = [], 12.0, HIGH + 23
    for words, tone in entries:
        parts.append(f'<line x1="{x:g}" x2="{x + 22:g}" y1="{y - 4:g}" y2="{y - 4:g}" stroke="{tone}" class="swatch"/>')
        parts.append(f'<text x="{x + 28:g}" y="{y:g}" class="key">{escape(words)}</text>')
        x += 44 + 7.2 * len(words)
    scale = f"Widest line: {say(drawn.widest)} H100e a month, or {say(drawn.widest_memory)} stacks"
    parts.append(f'<text x="{WIDE - 12:g}" y="{y:g}" text-anchor="end" class="key">{escape(scale)}</text>')
    return parts
