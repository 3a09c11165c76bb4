"""A box of a picture with the places where wires enter and leave, and the two ways to join boxes: stack and row.

Everything is laid out along the flow: x runs across it, y with it. A picture that runs to the right swaps the two at
its end. A wire belongs to a value, which is the number of the leaf that makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from archcalc.core.record import draft, record
from archcalc.report.drawing.route import Port, Wire, route

DOOR_IN, DOOR_OUT = "\0in", "\0out"
"""The ends of wires that come from outside a scope, and of those that leave it."""


@record
class Spacing:
    """The distances of a style of pictures."""

    gap: float = 18
    """Least distance along the flow from box to box."""
    lead: float = 8
    """From the upper box to the first track of wires."""
    track: float = 7
    """From track to track."""
    tail: float = 12
    """From the last track to the lower box: room for an arrow."""
    across: float = 16
    """From lane to lane."""
    lane: float = 14
    """The width of a lane in which only a wire runs."""
    close: float = 4
    """From such a lane to its neighbour."""
    main: float = 2.5
    """A lane this many times longer than all others is the trunk: the row's axis is its."""
    skips_first: bool = False
    """Wires that pass a row by run before its boxes, not after them; of two lanes the shorter stands first."""


@draft
class Box:
    """A rectangle of a picture: a leaf, a frame, or boxes joined."""

    width: float
    height: float
    entry: float
    """Where the main wire comes in, across the flow."""
    exit: float
    """Where the main wire goes out."""
    ins: Sequence[Port]
    outs: Sequence[Port]
    order: float
    """Its place among its siblings: the first node of the network in it."""
    children: Sequence[tuple[Box, float, float]] = ()
    wires: Sequence[Wire] = ()
    leaf: int | None = None
    frame: str | None = None
    rows: Sequence[Box] = ()
    """Of a stack: the boxes stacked, for a stack in a stack is one stack, and a long one is broken into columns."""

    @property
    def empty(self) -> bool:
        """A lane in which only a wire runs."""
        return not self.height


def lane(value: int, spacing: Spacing, order: float = float("inf")) -> Box:
    """An empty lane: a value passes by."""
    middle = spacing.lane / 2
    return Box(spacing.lane, 0, middle, middle, (Port(middle, value, passes=True),), (Port(middle, value),), order)


def stack(boxes: Sequence[Box], spacing: Spacing, at: Sequence[float] | None = None) -> Box:
    """Boxes one after another, exit above entry, so that the main wire is straight; or each at a given place."""
    if at is None:
        boxes = [part for box in boxes for part in box.rows or (box,)]
        at = _in_line(boxes)
    left = min(at)
    at = [x - left for x in at]
    children: list[tuple[Box, float, float]] = []
    wires: list[Wire] = []
    y = 0.0
    for index, (box, x) in enumerate(zip(boxes, at, strict=True)):
        children.append((box, x, y))
        y += box.height
        if index + 1 < len(boxes):
            outs, ins = _moved(box.outs, x), _moved(boxes[index + 1].ins, at[index + 1])
            height, between = route(outs, ins, spacing.gap, spacing.lead, spacing.track, spacing.tail)
            wires += [wire.moved(0, y) for wire in between]
            y += height
    first, last = boxes[0], boxes[-1]
    return Box(
        max(x + box.width for x, box in zip(at, boxes, strict=True)), y, at[0] + first.entry, at[-1] + last.exit,
        _moved(first.ins, at[0]), _moved(last.outs, at[-1]), min(box.order for box in boxes), children, wires,
        rows=tuple(boxes),
    )  # fmt: skip


def _in_line(boxes: Sequence[Box]) -> list[float]:
    at = [0.0]
    for upper, lower in pairwise(boxes):
        at.append(at[-1] + upper.exit - lower.entry)
    return at


def row(lanes: Sequence[Box], spacing: Spacing, at: Sequence[float] | None = None) -> Box:
    """Boxes side by side, their tops level; the wires of a shorter one go straight on to the row's end."""
    height = max(box.height for box in lanes)
    placed = list(zip(_side_by_side(lanes, spacing) if at is None else at, lanes, strict=True))
    left, right = _axis(placed, spacing)
    return Box(
        max(x + box.width for x, box in placed), height,
        (left[0] + left[1].entry + right[0] + right[1].entry) // 2,
        (left[0] + left[1].exit + right[0] + right[1].exit) // 2,
        [port for x, box in placed for port in _moved(box.ins, x)],
        [port for x, box in placed for port in _moved(box.outs, x)],
        min(box.order for box in lanes),
        [(box, x, 0.0) for x, box in placed],
        [straight(port.value, x + port.x, box.height, height)
         for x, box in placed for port in box.outs if box.height < height],
    )  # fmt: skip


def _side_by_side(lanes: Sequence[Box], spacing: Spacing) -> list[float]:
    at, x = [], 0.0
    for index, box in enumerate(lanes):
        x += apart(lanes[index - 1], box, spacing) if index else 0
        at.append(x)
        x += box.width
    return at


def apart(one: Box, other: Box, spacing: Spacing) -> float:
    """The distance of two neighbours in a row."""
    return spacing.close if one.empty or other.empty else spacing.across


def _axis(placed: list[tuple[float, Box]], spacing: Spacing) -> tuple[tuple[float, Box], tuple[float, Box]]:
    """The lanes between which a row's axis lies: the middle one, twice where it is one."""
    real = [lane for lane in placed if not lane[1].empty] or placed
    tall = sorted(real, key=lambda lane: -lane[1].height)
    if len(tall) > 1 and tall[0][1].height > spacing.main * tall[1][1].height:
        return tall[0], tall[0]
    if len(real) % 2:
        return real[len(real) // 2], real[len(real) // 2]
    return real[0], real[-1]


def straight(value: int, x: float, top: float, bottom: float) -> Wire:
    """A wire along the flow."""
    return Wire(value, ((x, top), (x, bottom)), arrow=False)


def _moved(ports: Iterable[Port], x: float) -> list[Port]:
    return [port._replace(x=port.x + x) for port in ports] if x else list(ports)
