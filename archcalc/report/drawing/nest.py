"""The whole picture: each scope laid out on its own, its frame around it, and the wires through the frames' doors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import ceil, log
from typing import NamedTuple

from archcalc.analysis.diagram import Diagram, Frame
from archcalc.core.record import record
from archcalc.report.drawing.box import DOOR_IN, DOOR_OUT, Box, Spacing, straight
from archcalc.report.drawing.columns import in_columns
from archcalc.report.drawing.route import Port, Wire, route
from archcalc.report.drawing.series import Item, SeriesScope
from archcalc.report.drawing.spread import spread

PAD = 10
"""From a frame's content to its border."""

TITLE = 20
"""The strip in which a frame's title stands."""

DOOR = 12
"""Doors of a frame stand at least this far apart."""

_DRIFT = 20
"""One way in and one out that are further apart than this are brought in line."""

COLUMNS = (1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 10, 12, 16)
"""Into how many columns a picture of a wanted ratio may be broken."""

_SHORTEST = 300
"""A column is no shorter."""


class Placed(NamedTuple):
    """A leaf or a frame where it stands in the picture."""

    what: int | str
    """A leaf's place in the diagram, or a frame's address."""
    x: float
    y: float
    width: float
    height: float
    scope: str


class DrawnWire(NamedTuple):
    """A wire where it runs, with the frame in which it does."""

    value: int
    points: tuple[tuple[float, float], ...]
    arrow: bool
    scope: str


@record
class Layout:
    """Every box and wire of a picture with its place."""

    diagram: Diagram
    width: float
    height: float
    right: bool
    leaves: tuple[Placed, ...]
    frames: tuple[Placed, ...]
    wires: tuple[DrawnWire, ...]


@record
class Measures:
    """How large things are: of a leaf (width and height), of a frame's title."""

    leaf: Callable[[Diagram, Sequence[int]], Mapping[int, tuple[float, float]]]
    """The sizes of the leaves of one scope, which stand under each other and are equally wide."""
    title: Callable[[Frame], float]
    spacing: Spacing = Spacing()
    side: float = 12
    """From a leaf's side to the nearest wire that enters it."""


def layout(diagram: Diagram, measures: Measures, *, right: bool = False, ratio: float | None = None) -> Layout:
    """Lay a diagram out, downwards or to the right.

    Args:
        ratio: width by height to aim at; long chains then stand in columns.
    """
    return best_of(Nest(diagram, measures, right), ratio)


def best_of(nest: Nest, ratio: float | None) -> Layout:
    """The layout of a nest that comes nearest to a ratio; without one in a single column."""
    best = nest.laid_out(None)
    if ratio is None:
        return best.finished()
    long, area = best.along, best.across * best.along
    for columns in COLUMNS:
        if long / columns < _SHORTEST:
            break
        tried = nest.laid_out(long / columns)
        if tried.misfit(ratio, area) < best.misfit(ratio, area) - _GAIN:
            best = tried
    return best.finished()


_GAIN = 0.02
"""A layout in more columns has to be better by this much."""

_AREA = 0.15
"""What a larger area costs, beside the wrong ratio."""


class _Laid(NamedTuple):
    """A layout whose places are still relative."""

    diagram: Diagram
    root: Box
    right: bool

    @property
    def across(self) -> float:
        return self.root.width

    @property
    def along(self) -> float:
        return self.root.height

    def misfit(self, ratio: float, area: float) -> float:
        width, height = (self.along, self.across) if self.right else (self.across, self.along)
        return abs(log(width / height / ratio)) + _AREA * log(width * height / area + 1)

    def finished(self) -> Layout:
        leaves: list[Placed] = []
        frames: list[Placed] = []
        wires: list[DrawnWire] = []
        todo = [(self.root, 0.0, 0.0, "")]
        while todo:
            box, x, y, scope = todo.pop()
            if box.frame is not None:
                frames.append(self._placed(box.frame, x, y, box, scope))
                scope = box.frame
            if box.leaf is not None:
                leaves.append(self._placed(box.leaf, x, y, box, scope))
            wires += [self._line(wire, x, y, scope) for wire in box.wires]
            todo += [(child, x + dx, y + dy, scope) for child, dx, dy in box.children]
        width, height = (self.along, self.across) if self.right else (self.across, self.along)
        return Layout(self.diagram, width, height, self.right, tuple(leaves), tuple(frames), tuple(wires))

    def _placed(self, what: int | str, x: float, y: float, box: Box, scope: str) -> Placed:
        if self.right:
            return Placed(what, y, x, box.height, box.width, scope)
        return Placed(what, x, y, box.width, box.height, scope)

    def _line(self, wire: Wire, x: float, y: float, scope: str) -> DrawnWire:
        if self.right:
            return DrawnWire(wire.value, tuple([(v + y, u + x) for u, v in wire.points]), wire.arrow, scope)
        return DrawnWire(wire.value, tuple([(u + x, v + y) for u, v in wire.points]), wire.arrow, scope)


class Nest:
    """The scopes of a diagram: what stands in each, and what enters and leaves it."""

    columns_inside = True
    """A long stack in a frame is broken, too."""

    def __init__(self, diagram: Diagram, measures: Measures, right: bool) -> None:
        self.diagram, self.measures, self.right = diagram, measures, right
        self.items: dict[str, list[Item]] = defaultdict(list)
        for number, leaf in enumerate(diagram.leaves):
            self.items[leaf.scope].append(number)
        for name, frame in diagram.frames.items():
            self.items[frame.scope].append(name)
        self.edges: dict[str, dict[tuple[Item, Item], None]] = defaultdict(dict)
        self.entering: dict[str, dict[int, None]] = defaultdict(dict)
        self.leaving: dict[str, dict[int, None]] = defaultdict(dict)
        self.reads: dict[int, list[int]] = defaultdict(list)
        self.read = {source for source, _ in diagram.wires}
        self.paths: dict[str, list[str]] = {"": [""]}
        for source, reader in diagram.wires:
            self._wire(source, reader)
        self.age = self._ages()
        self.sizes = {n: size for items in self.items.values() for n, size in self._sizes(items).items()}

    def _sizes(self, items: Sequence[Item]) -> Mapping[int, tuple[float, float]]:
        return self.measures.leaf(self.diagram, [item for item in items if isinstance(item, int)])

    def path(self, scope: str) -> list[str]:
        """A scope and all around it."""
        if scope not in self.paths:
            self.paths[scope] = [scope, *self.path(self.diagram.frames[scope].scope)]
        return self.paths[scope]

    def _wire(self, source: int, reader: int) -> None:
        """Split a wire at the doors that it passes."""
        self.reads[reader].append(source)
        up, down = self.path(self.diagram.leaves[source].scope), self.path(self.diagram.leaves[reader].scope)
        inside = set(down)
        common = next(scope for scope in up if scope in inside)
        item: Item = reader
        for scope in down[: down.index(common)]:
            self.entering[scope][source] = None
            self.edges[scope][DOOR_IN, item] = None
            item = scope
        end: Item = source
        for scope in up[: up.index(common)]:
            self.leaving[scope][source] = None
            self.edges[scope][end, DOOR_OUT] = None
            end = scope
        self.edges[common][end, item] = None

    def _ages(self) -> list[int]:
        """How far each leaf is from the inputs: the newest value of a group enters at its left."""
        age = [0] * len(self.diagram.leaves)
        for number in sorted(range(len(age)), key=lambda n: self.diagram.leaves[n].first):
            age[number] = max((age[source] + 1 for source in self.reads[number]), default=0)
        return age

    def newest(self, values: Sequence[int] | Mapping[int, None]) -> list[int]:
        return sorted(values, key=lambda value: (-self.age[value], self.diagram.leaves[value].first))

    def laid_out(self, longest: float | None) -> _Laid:
        """The whole picture; what is longer than `longest` stands in columns."""
        return _Laid(self.diagram, self._scope("", longest), self.right)

    def _scope(self, scope: str, longest: float | None) -> Box:
        boxes = {
            item: self.leaf(item) if isinstance(item, int) else self._scope(str(item), longest)
            for item in self.items[scope]
        }
        leaving = sorted(self.leaving[scope], key=lambda value: self.diagram.leaves[value].first)
        spacing = self.measures.spacing
        entering = self.newest(self.entering[scope])
        box = SeriesScope(boxes, self.edges[scope], entering, leaving, spacing).composed()
        if longest is not None and (self.columns_inside or not scope):
            box = in_columns(box, longest, spacing)
        return self.framed(scope, box) if scope else box

    def leaf(self, number: int) -> Box:
        """The box of a leaf."""
        width, height = self.sizes[number]
        if self.right:
            width, height = height, width
        middle = width / 2
        sources = sorted(self.reads[number], key=lambda source: self.diagram.leaves[source].first)
        room = middle - self.measures.side if len(sources) > 1 else 0
        ins = [Port(middle, source, room) for source in sources]
        outs = [Port(middle, number)] if number in self.read else []
        return Box(width, height, middle, middle, ins, outs, self.diagram.leaves[number].first, leaf=number)

    def framed(self, scope: str, content: Box) -> Box:
        """A frame around the content, wide enough for its title, with a door for each value that enters."""
        spacing = self.measures.spacing
        title = self.measures.title(self.diagram.frames[scope])
        doors = self._doors(scope, content)
        order = sorted(doors, key=lambda value: doors[value])
        ports = [Port(doors[value], value) for value in order]
        gap, wires = (
            route(ports, content.ins, spacing.lead, spacing.lead, spacing.track, spacing.tail) if order else (0, [])
        )
        left, width = self._sides(content, [doors[value] for value in order], title)
        top = (0 if self.right else TITLE) + (0 if order else PAD - 4)
        inside = top + gap
        height = inside + content.height + PAD
        if self.right:
            width = max(width, title + 8)
            height = max(height, title + 8)
        leaving = [port._replace(x=port.x + left) for port in content.outs if port.value in self.leaving[scope]]
        lines = [wire.moved(left, top) for wire in wires]
        if top:
            lines += [straight(port.value, port.x + left, 0, top) for port in ports]
        lines += [straight(port.value, port.x, inside + content.height, height) for port in leaving]
        return Box(
            width, height, left + self._main_door(doors, content), left + content.exit,
            [Port(port.x + left, port.value, passes=True) for port in ports], leaving, content.order,
            [(content, left, inside)], lines, frame=scope,
        )  # fmt: skip

    def _main_door(self, doors: Mapping[int, float], content: Box) -> float:
        return min(doors.values(), key=lambda x: abs(x - content.entry)) if doors else content.entry

    def _sides(self, content: Box, doors: Sequence[float], title: float) -> tuple[float, float]:
        """Where the content begins in its frame, and the frame's width: no door outside, none through the title."""
        left = PAD + (TITLE if self.right else 0) + max(0, -min(doors, default=0))
        right = PAD + max(0, max(doors, default=0) - content.width)
        if not self.right and doors:
            more = max(0, title - (left + doors[0] - 8))
            left += more
            right += more if abs(content.entry - content.width / 2) < 2 else 0
        width = left + content.width + right
        if not self.right and width < title + 8:
            more = 2 * ceil((title + 8 - width) / 2)
            left, width = left + more // 2, width + more
        return left, width

    def _doors(self, scope: str, content: Box) -> dict[int, float]:
        """Where each value enters, as x of the content."""
        ports: dict[int, list[Port]] = defaultdict(list)
        for port in content.ins:
            ports[port.value].append(port)
        entering = self.newest(self.entering[scope])
        if len(entering) == 1 and len(self.leaving[scope]) == 1 and abs(content.entry - content.exit) > _DRIFT:
            return {entering[0]: content.exit}  # else a series of such groups would drift to one side
        wanted = {value: self._door(value, entering, ports, content) for value in entering}
        order = sorted(wanted, key=lambda value: wanted[value])
        at = spread([wanted[value] for value in order], [1] * len(order), [DOOR] * (len(order) - 1))
        return {value: round(x) if len(order) > 1 else x for value, x in zip(order, at, strict=True)}

    def _door(self, value: int, entering: list[int], ports: Mapping[int, list[Port]], content: Box) -> float:
        own = ports[value]
        xs = [port.x for port in own]
        if len(own) == 1 and not own[0].room:
            return xs[0]
        if len(entering) == 1:
            near = any(abs(x - content.entry) < 0.5 for x in xs) or min(xs) < content.entry < max(xs)
            return content.entry if near else (min(xs) + max(xs)) / 2
        if len(own) > 1:
            return (min(xs) + max(xs)) / 2
        shared = [v for v in entering if any(abs(port.x - xs[0]) < 0.5 and port.room for port in ports[v])]
        return xs[0] + (shared.index(value) - (len(shared) - 1) / 2) * 2 * DOOR
