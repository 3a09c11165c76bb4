"""Labels of points that neither lie on each other nor leave the plot: each takes the nearest free place.

Greedy: in the order given, a label tries places around its point, ring by ring, and takes the first where it covers no
label, no other point's middle and no leader, or else stays away. Where it stands off, a leader joins it to its point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import cos, hypot, pi, sin
from typing import NamedTuple

from archcalc.report.drawing.canvas import Rectangle

_RINGS = (2, 8, 16, 26, 38, 52, 70, 92, 118)
"""How far from a point's edge its label is looked for."""

_ROUND = 16
"""Places in a ring."""

_OFF = 9
"""From this distance on a label has a leader."""

_CORE = 3.5
"""How much of each point no label may cover."""

_SPARE = 1.5
"""Room around a label."""


Straight = tuple[tuple[float, float], tuple[float, float]]
"""The two ends of a line."""


class PlottedPoint(NamedTuple):
    """A point with the size of its label."""

    x: float
    y: float
    radius: float
    width: float
    height: float


class PlacedLabel(NamedTuple):
    """Where a label stands, and the ends of its leader, where it has one."""

    at: Rectangle
    leader: Straight | None


def place(
    points: Sequence[PlottedPoint], room: Rectangle, taken: Sequence[PlacedLabel] = ()
) -> list[PlacedLabel | None]:
    """The label of each point, in the same order; None where nothing near it is free.

    Args:
        room: what labels have to stay in.
        taken: rectangles and lines that they have to stay off.
    """
    placed: list[PlacedLabel | None] = []
    for number, point in enumerate(points):
        others = [other for index, other in enumerate(points) if index != number]
        before = [*taken, *(label for label in placed if label)]
        free = [spot for spot in _spots(point) if _free(spot, others, before, room)]
        near = [spot for spot in free if not spot.leader and not any(_covers(spot.at, o, o.radius) for o in others)]
        placed.append(next(iter(near or free), None))
    return placed


def _spots(point: PlottedPoint) -> Iterator[PlacedLabel]:
    """The places of a label, best first: inside a large point, else beside it, then around it, further and further."""
    if point.width + 4 < 2 * point.radius * 0.95:
        yield PlacedLabel(_around(point.x, point.y, point), None)
    for ring in _RINGS:
        for turn in _turns():
            yield _spot(point, ring, turn)


def _turns() -> Iterator[float]:
    """Directions: right, left, above, below, then between them."""
    quarters = (0, 8, 12, 4, 14, 2, 10, 6)
    for sixteenth in (*quarters, *(n for n in range(_ROUND) if n not in quarters)):
        yield 2 * pi * sixteenth / _ROUND


def _spot(point: PlottedPoint, ring: float, turn: float) -> PlacedLabel:
    """The label whose nearest point to the middle lies in that direction, `ring` beyond the edge."""
    away = point.radius + ring
    x, y = point.x + away * cos(turn), point.y + away * sin(turn)
    left = x - point.width * _before(cos(turn))
    top = y - point.height * _before(sin(turn))
    at = (left, top, point.width, point.height)
    if ring < _OFF:
        return PlacedLabel(at, None)
    end = (min(max(point.x, left), left + point.width), min(max(point.y, top), top + point.height))
    length = hypot(end[0] - point.x, end[1] - point.y) or 1
    share = min(point.radius / length, 1)
    start = (point.x + (end[0] - point.x) * share, point.y + (end[1] - point.y) * share)
    return PlacedLabel(at, (start, end))


def _before(direction: float) -> float:
    """How much of a label lies before its anchor: none where it goes on from there, all, or half of it."""
    return 0.5 if abs(direction) < 0.1 else float(direction < 0)


def _around(x: float, y: float, point: PlottedPoint) -> Rectangle:
    return (x - point.width / 2, y - point.height / 2, point.width, point.height)


def _free(
    spot: PlacedLabel, others: Sequence[PlottedPoint], taken: Sequence[PlacedLabel], room: Rectangle
) -> bool:  # fmt: skip
    x, y, w, h = spot.at
    if x < room[0] or y < room[1] or x + w > room[0] + room[2] or y + h > room[1] + room[3]:
        return False
    if any(meets(spot.at, label.at, _SPARE) for label in taken):
        return False
    if any(label.leader and crosses(label.leader, spot.at) for label in taken):
        return False
    if any(_covers(spot.at, other) for other in others):
        return False
    return not spot.leader or not any(
        crosses(spot.leader, label.at) or (label.leader and _cut(spot.leader, label.leader)) for label in taken
    )


def _covers(at: Rectangle, point: PlottedPoint, core: float = _CORE) -> bool:
    """Whether a label comes so near to a point's middle; of a large point it may hide what is further away."""
    core = min(point.radius + 0.5, core)
    x = min(max(point.x, at[0]), at[0] + at[2])
    y = min(max(point.y, at[1]), at[1] + at[3])
    return hypot(x - point.x, y - point.y) < core


def meets(one: Rectangle, other: Rectangle, spare: float = 0) -> bool:
    """Whether two rectangles overlap, or come nearer than `spare`."""
    return (
        one[0] < other[0] + other[2] + spare and other[0] < one[0] + one[2] + spare
        and one[1] < other[1] + other[3] + spare and other[1] < one[1] + one[3] + spare
    )  # fmt: skip


def crosses(line: Straight, at: Rectangle) -> bool:
    """Whether a straight line runs through a rectangle (Liang and Barsky 1984)."""
    (x, y), (x2, y2) = line
    enter, leave = 0.0, 1.0
    for start, step, low, high in ((x, x2 - x, at[0], at[0] + at[2]), (y, y2 - y, at[1], at[1] + at[3])):
        if abs(step) < 1e-9:
            if not low < start < high:
                return False
            continue
        near, far = sorted(((low - start) / step, (high - start) / step))
        enter, leave = max(enter, near), min(leave, far)
    return enter < leave


def _cut(one: Straight, other: Straight) -> bool:
    """Whether two lines cross."""
    (a, b), (c, d) = one, other
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: tuple[float, float], b: tuple[float, float], p: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
