"""Names of lines where they end, and of points beside them, each clear of the others."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from abm.figures import theme

type Floats = NDArray[np.float64]
type Spot = tuple[float, float]  # inches from the lower left corner of the axes
type Corners = tuple[float, float, float, float]  # left, bottom, right, top; inches
type Lead = tuple[Spot, Spot]  # the line from a point to its name

DOT = 0.05  # half the room a point takes, inches
BAR = 0.065  # inches between intervals at the right edge
REACH = (0.14, 0.28, 0.42, 0.56)  # how far from its point a name may stand, inches
ALONG = np.linspace(0.35, 1.0, 8)  # places on a lead at which it must not lie over anything
HALO = withStroke(linewidth=2.0, foreground="white", alpha=0.85)


def label_ends(ax: Axes, ends: Mapping[str, tuple[float, float]], skip: float = 0.0) -> None:
    """Write the names of lines at the right edge, `skip` inches out, spread so that none overlaps.

    ends  name -> (x, y) of the line's last point
    """
    near, far = beyond(ax, skip), beyond(ax, skip + 0.15)
    names = {}
    for name, (x, y) in ends.items():
        tone = theme.ink(name, list(ends))
        names[name] = ax.annotate(
            theme.fitted(name), (1, y) if skip else (x, y), (1, y), xycoords=near if skip else "data", textcoords=far,
            color=tone, va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "lw": 0.5, "color": tone, "relpos": (0, 0.5), "shrinkA": 1, "shrinkB": 0,
                        "patchA": None},
        )  # fmt: skip
    low, high = ax.get_ylim()
    gap = theme.points("medium") * 1.25 / 72 / theme.height_of(ax) * (high - low)
    places = spread([y for _, y in ends.values()], gap, low + gap / 2, high - gap / 2)
    for name, place in zip(ends, places, strict=True):
        names[name].set_position((1, place))


def bars(ax: Axes, edges: Mapping[str, tuple[float, float, float]]) -> float:
    """Intervals at the right edge, one beside the other; returns how many inches they take.

    edges  name -> (low, middle, high) at the horizon
    """
    for number, (name, (low, middle, high)) in enumerate(edges.items()):
        style: dict[str, Any] = {"color": theme.colour(name, list(edges)), "transform": beyond(ax, 0.08 + BAR * number)}
        ax.plot([1, 1], [low, high], lw=2.2, alpha=0.55, clip_on=False, solid_capstyle="butt", **style)
        ax.plot([1], [middle], marker="o", ms=2.6, clip_on=False, **style)
    return 0.08 + BAR * len(edges)


def beyond(ax: Axes, inches: float) -> Any:
    """Coordinates across in shares of the axes and some inches more, up in the data."""
    return ax.get_yaxis_transform() + ScaledTranslation(inches, 0, theme.figure_of(ax).dpi_scale_trans)


def spread(wanted: Iterable[float], gap: float, low: float, high: float) -> list[float]:
    """Positions at least `gap` apart, within [low, high] where they fit, as near as can be to those wanted.

    Neighbours that would touch form a block, which sits at the mean of what its members want.
    """
    wanted = list(wanted)
    order = np.argsort(wanted, kind="stable")
    blocks: list[list[int]] = []

    def start(block: list[int]) -> float:
        middle = float(np.mean([wanted[one] - gap * place for place, one in enumerate(block)]))
        return max(low, min(middle, high - gap * (len(block) - 1)))

    for one in order:
        blocks.append([int(one)])
        while len(blocks) > 1 and start(blocks[-2]) + gap * len(blocks[-2]) > start(blocks[-1]):
            tail = blocks.pop()
            blocks[-1] += tail
    places = {one: start(block) + gap * place for block in blocks for place, one in enumerate(block)}
    return [places[one] for one in range(len(wanted))]


def label_points(
    ax: Axes,
    points: Mapping[str, tuple[float, float]],
    tones: Mapping[str, str] | None = None,
    size: float | str = "medium",
    most: float = float("inf"),
    nameless: Sequence[tuple[float, float]] = (),
    room: tuple[float, float] | None = None,
) -> None:
    """Write the names of points beside them, the first first.

    Where no place is clear the one that covers least is taken, unless the name would cover more than `most`.

    points    name -> (x, y) in the units of the axes, whose limits must be final
    tones     name -> colour of its text, by default that of the name
    most      square inches a name may cover; a name that would cover more is left out
    nameless  further points to keep clear of
    room      width and height of the axes in inches, where they are known
    """
    room, tall = room or theme.size_of(ax), theme.points(size) / 72
    spots = {name: inches(ax, point, room) for name, point in points.items()}
    dots = [dot(*inches(ax, point, room)) for point in nameless]
    placed: dict[str, Corners] = {}
    for name, spot in spots.items():
        boxes = within(room, beside(spot, theme.extent(theme.fitted(name), size), tall))
        others = [dot(*other) for held, other in spots.items() if held != name]
        taken = np.array([*placed.values(), *dots, *others]).reshape(-1, 4)
        leads = [lead(spots[held], box) for held, box in placed.items()]
        costs = [covered(box, spot, taken) + 0.01 * crossings(lead(spot, box), leads) for box in boxes]
        if min(costs) <= most:
            placed[name] = boxes[int(np.argmin(costs))]
            tone = (tones or {}).get(name) or theme.ink(name, list(points))
            write(ax, name, points[name], lead(spot, placed[name]), size, tone)


def write(ax: Axes, name: str, point: tuple[float, float], line: Lead, size: float | str, tone: str) -> None:
    """A name at the end of the lead from its point."""
    (x, y), (near, middle) = line
    ax.annotate(
        theme.fitted(name), point, ((near - x) * 72, (middle - y) * 72), textcoords="offset points",
        ha="left" if near > x else "right", va="center_baseline", fontsize=size, color=tone,
        path_effects=[HALO], zorder=6,
        arrowprops={"arrowstyle": "-", "lw": 0.5, "color": theme.SOFT, "shrinkA": 0, "shrinkB": 2, "zorder": 2},
    ).set_in_layout(False)  # fmt: skip


def inches(ax: Axes, point: tuple[float, float], room: tuple[float, float]) -> Spot:
    """A point's distance from the lower left corner of axes that are `room` inches wide and high."""
    share = (ax.transScale + ax.transLimits).transform(point)
    return float(share[0] * room[0]), float(share[1] * room[1])


def dot(x: float, y: float) -> Corners:
    """The room a point takes."""
    return x - DOT, y - DOT, x + DOT, y + DOT


def beside(spot: Spot, long: float, tall: float) -> list[Corners]:
    """Where a name may stand by its point, nearest first."""
    x, y = spot
    return [
        (left, y + up * reach - tall / 2, left + long, y + up * reach + tall / 2)
        for reach in REACH
        for up in (1.0, -1.0, 0.0, 0.5, -0.5)
        for left in (x + reach * 0.6, x - reach * 0.6 - long)
    ]


def within(room: tuple[float, float], boxes: list[Corners]) -> list[Corners]:
    """The boxes that lie inside axes `room` inches wide and high, or all where none does."""
    wide, tall = room
    return [box for box in boxes if box[0] > 0 and box[1] > 0 and box[2] < wide and box[3] < tall] or boxes


def lead(spot: Spot, box: Corners) -> Lead:
    """The line from a point to the side of its name that faces it."""
    return spot, (box[0] if box[0] > spot[0] else box[2], (box[1] + box[3]) / 2)


def covered(box: Corners, spot: Spot, taken: Floats) -> float:
    """How much of other names and points a name would cover, square inches, and its lead, a flat sum for each.

    taken  (k, 4) left, bottom, right, top
    """
    left, bottom, right, top = taken.T
    across = np.maximum(np.minimum(box[2], right) - np.maximum(box[0], left), 0.0)
    up = np.maximum(np.minimum(box[3], top) - np.maximum(box[1], bottom), 0.0)
    (x, y), (near, middle) = lead(spot, box)
    xs, ys = (x + ALONG * (near - x))[:, None], (y + ALONG * (middle - y))[:, None]
    under = ((xs > left) & (xs < right) & (ys > bottom) & (ys < top)).any(axis=0)
    return float((across * up).sum() + 0.02 * under.sum())


def crossings(mine: Lead, others: Sequence[Lead]) -> int:
    """How many leads a lead would cross."""
    return sum(cross(mine, other) for other in others)


def cross(one: Lead, other: Lead) -> bool:
    """Whether two leads cross: the ends of each lie on either side of the other."""

    def side(a: Spot, b: Spot, c: Spot) -> bool:
        return (b[0] - a[0]) * (c[1] - a[1]) > (b[1] - a[1]) * (c[0] - a[0])

    (a, b), (c, d) = one, other
    return side(a, b, c) != side(a, b, d) and side(c, d, a) != side(c, d, b)
