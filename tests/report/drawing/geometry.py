"""What must hold of every finished picture, looked at from outside: rectangles, lines and labels only.

No two boxes overlap, frames contain what stands in them, no wire runs through a box, a foreign frame or a title, every
wire is orthogonal, two values never lie on one line, every edge ends in an arrow at its reader, every label stays in
its box, and no two labels of a box lie on each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from archcalc.report.drawing.canvas import Canvas
from archcalc.report.drawing.graph import GraphStyle, draw_placed
from archcalc.report.drawing.nest import Layout
from archcalc.report.drawing.palette import LIGHT

NEAR = 0.3
"""Rounding of coordinates."""


class Rect(NamedTuple):
    what: int | str
    left: float
    top: float
    right: float
    bottom: float
    scope: str


class Segment(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float
    value: int
    scope: str

    @property
    def upright(self) -> bool:
        return self.right - self.left < 0.01


class Faults:
    """The faults of a picture, and its crossings."""

    def __init__(self, placed: Layout, style: GraphStyle | None = None) -> None:
        self.placed = placed
        self.found: list[tuple[str, object]] = []
        self.leaves = [Rect(p.what, p.x, p.y, p.x + p.width, p.y + p.height, p.scope) for p in placed.leaves]
        self.frames = [Rect(p.what, p.x, p.y, p.x + p.width, p.y + p.height, p.scope) for p in placed.frames]
        self.segments = list(self._segments())
        self._boxes()
        self._wires_and_boxes()
        self._shared_lines()
        self._arrows()
        self._labels(style or GraphStyle(LIGHT))

    def kinds(self) -> Counter[str]:
        return Counter(kind for kind, _ in self.found)

    def note(self, kind: str, where: object) -> None:
        self.found.append((kind, where))

    def inside(self, scope: str, frame: str) -> bool:
        """A scope is a frame, or stands in it."""
        while scope:
            if scope == frame:
                return True
            scope = self.placed.diagram.frames[scope].scope
        return False

    def _segments(self) -> Iterator[Segment]:
        for line in self.placed.wires:
            for (x1, y1), (x2, y2) in pairwise(line.points):
                if abs(x1 - x2) > 0.01 and abs(y1 - y2) > 0.01:
                    self.note("not orthogonal", line)
                yield Segment(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2), line.value, line.scope)

    def _boxes(self) -> None:
        order = sorted(self.leaves + self.frames, key=lambda rect: rect.top)
        for index, a in enumerate(order):
            for b in order[index + 1 :]:
                if b.top >= a.bottom - NEAR:
                    break
                if a.left < b.right - NEAR and b.left < a.right - NEAR:
                    self._pair(a, b)

    def _pair(self, a: Rect, b: Rect) -> None:
        for outer, inner in ((a, b), (b, a)):
            if isinstance(outer.what, str) and self.inside(inner.scope, outer.what):
                if not contains(outer, inner):
                    self.note("child outside its frame", (outer, inner))
                return
        self.note("overlap", (a, b))

    def _wires_and_boxes(self) -> None:
        for box in self.leaves + self.frames:
            for s in self.segments:
                if s.left < box.right - NEAR and s.right > box.left + NEAR and s.top < box.bottom - NEAR and (
                    s.bottom > box.top + NEAR
                ):  # fmt: skip
                    if isinstance(box.what, int):
                        self.note("wire through a box", (s, box))
                    elif not self.inside(s.scope, box.what):
                        self.note("wire through a foreign frame", (s, box))

    def crossings(self) -> int:
        """How often wires of two values cross."""
        bars = [s for s in self.segments if not s.upright]
        return sum(
            bar.left + NEAR < stem.left < bar.right - NEAR and stem.top + NEAR < bar.top < stem.bottom - NEAR
            for stem in self.segments
            if stem.upright
            for bar in bars
            if bar.value != stem.value
        )

    def _shared_lines(self) -> None:
        """Two values on one line, but for the last steps into one port of a reader that both share."""
        along: dict[tuple[bool, int], list[Segment]] = defaultdict(list)
        for s in self.segments:
            along[s.upright, round(s.left if s.upright else s.top)].append(s)
        for (upright, _), segments in along.items():
            for index, a in enumerate(segments):
                for b in segments[index + 1 :]:
                    if a.value != b.value and self._overlap(a, b, upright) and not self._end_together(a, b, upright):
                        self.note("two values on one line", (a, b))

    @staticmethod
    def _overlap(a: Segment, b: Segment, upright: bool) -> bool:
        if upright:
            return abs(a.left - b.left) < 0.8 and min(a.bottom, b.bottom) - max(a.top, b.top) > 1.5
        return abs(a.top - b.top) < 0.8 and min(a.right, b.right) - max(a.left, b.left) > 1.5

    def _end_together(self, a: Segment, b: Segment, upright: bool) -> bool:
        """Into one port: along the flow, to the same end."""
        if upright == self.placed.right:
            return False
        return abs(a.bottom - b.bottom) < 1 if upright else abs(a.right - b.right) < 1

    def _arrows(self) -> None:
        """Every edge's value reaches its reader's side."""
        right = self.placed.right
        heads: dict[float, list[tuple[int, float]]] = defaultdict(list)
        for line in self.placed.wires:
            if line.arrow:
                x, y = line.points[-1]
                heads[round(x if right else y, 1)].append((line.value, y if right else x))
        at = {rect.what: rect for rect in self.leaves}
        for source, reader in self.placed.diagram.wires:
            rect = at[reader]
            side = round(rect.left if right else rect.top, 1)
            low, high = (rect.top, rect.bottom) if right else (rect.left, rect.right)
            if not any(value == source and low - NEAR <= x <= high + NEAR for value, x in heads[side]):
                self.note("edge without an arrow", (source, reader))

    def _labels(self, style: GraphStyle) -> None:
        canvas = Canvas()
        draw_placed(self.placed, style, canvas)
        by_box: dict[object, list[Rect]] = defaultdict(list)
        for label in canvas.labels:
            if label.inside is None:
                continue
            x, y, w, h = label.inside
            rect = Rect(label.text, label.x, label.y, label.x + label.width, label.y + label.height, "")
            if not contains(Rect("", x, y, x + w, y + h, ""), rect):
                self.note("label outside its box", (label, label.inside))
            by_box[label.inside].append(rect)
        for labels in by_box.values():
            for index, a in enumerate(labels):
                for b in labels[index + 1 :]:
                    if a.left < b.right - NEAR and b.left < a.right - NEAR and a.top + 1.5 < b.bottom - 1.5 and (
                        b.top + 1.5 < a.bottom - 1.5
                    ):  # fmt: skip
                        self.note("labels on each other", (a, b))
        frames = {(p.x, p.y, p.width, p.height) for p in self.placed.frames}
        for box in frames & set(by_box):
            for label in by_box[box]:
                for s in self.segments:
                    if s.left < label.right - NEAR and s.right > label.left + NEAR and (
                        s.top < label.bottom - NEAR and s.bottom > label.top + NEAR
                    ):  # fmt: skip
                        self.note("wire through a title", (label, s))


def contains(outer: Rect, inner: Rect) -> bool:
    return (
        outer.left <= inner.left + NEAR and outer.top <= inner.top + NEAR
        and outer.right >= inner.right - NEAR and outer.bottom >= inner.bottom - NEAR
    )  # fmt: skip
