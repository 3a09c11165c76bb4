"""A network that goes down and comes up again with wires across, drawn as a U (Ronneberger et al. 2015, Figure 1)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log2

from archcalc.analysis.diagram import INPUT
from archcalc.core.record import record
from archcalc.report.drawing.blocks import BlockStyle, LegendEntry, page
from archcalc.report.drawing.canvas import Canvas, rounded
from archcalc.report.drawing.canvas import number as coordinate
from archcalc.report.drawing.cells import MERGE, MERGE_SIZE, TYPE, Blocks, DrawnCell, side
from archcalc.report.drawing.palette import drawn_as

_ACROSS = 2
"""A wire over more blocks than this is one across."""

_DEEP = 2
"""So many levels it has to come up again."""

_BETWEEN, _NEAR_MERGE = 22, 14
"""From block to block in a level; beside a merge."""

_LEVEL = 62
"""From level to level, beyond the blocks' height: room for captions and an arrow."""

_JOINED = 1.35
"""A block that holds a copied half is drawn this much thicker."""


@record
class UShape:
    """The blocks in their order, with the level of each, and the wires across."""

    order: tuple[int, ...]
    levels: dict[int, int]
    across: tuple[tuple[int, int], ...]
    joined: dict[int, int]
    """A block that was upsampled -> the channels that a concatenation puts beside its own."""


def u_shape(blocks: Blocks) -> UShape | None:
    """How a network is drawn as a U; None where it is none."""
    cells = blocks.cells
    if sum(cell.leaf.family == INPUT for cell in cells) != 1 or any(len(cell.shape) < 3 for cell in cells):
        return None
    order = sorted(range(len(cells)), key=lambda number: cells[number].leaf.first)
    place = {number: index for index, number in enumerate(order)}
    across = [(a, b) for a, b in blocks.diagram.wires
              if place[b] - place[a] > _ACROSS and drawn_as(cells[b].leaf.family) == "merge"]  # fmt: skip
    levels = _levels(cells, order)
    if len(across) < 2 or max(levels.values()) - levels[order[-1]] < _DEEP:
        return None
    return _melted(cells, order, levels, across)


def _levels(cells: Sequence[DrawnCell], order: Sequence[int]) -> dict[int, int]:
    """One more where the map halves, one less where it doubles."""
    levels = {order[0]: 0}
    for before, number in pairwise(order):
        octaves = round(log2(side(cells[before].shape) / side(cells[number].shape)))
        levels[number] = levels[before] + octaves
    return levels


def _melted(
    cells: Sequence[DrawnCell], order: list[int], levels: dict[int, int], across: list[tuple[int, int]]
) -> UShape:
    """A concatenation right behind an upsampling becomes part of its block."""
    readers = {reader for _, reader in across}
    host, joined = {}, {}
    for before, number in pairwise(order):
        upsampled = levels[before] < levels.get(order[max(order.index(before) - 1, 0)], 0)
        if number in readers and upsampled and _concatenates(cells[before], cells[number]):
            host[number] = before
            joined[before] = cells[number].shape[0] - cells[before].shape[0]
    kept = tuple(number for number in order if number not in host)
    return UShape(kept, levels, tuple((a, host.get(b, b)) for a, b in across), joined)


def _concatenates(before: DrawnCell, cell: DrawnCell) -> bool:
    """Its channels are more than those of the block before it: it puts some beside them."""
    return cell.shape[0] > before.shape[0] and side(cell.shape) == side(before.shape)


def draw(blocks: Blocks, shape: UShape, style: BlockStyle, canvas: Canvas) -> str:
    """The picture of a U."""
    return _UPicture(blocks, shape, style, canvas).drawn()


class _UPicture:
    def __init__(self, blocks: Blocks, shape: UShape, style: BlockStyle, canvas: Canvas) -> None:
        self.cells, self.shape, self.style, self.canvas = blocks.cells, shape, style, canvas
        self.theme = style.theme
        self.thick = {n: self._thick(n) for n in shape.order}
        self.high = [max(self.cells[n].high for n in shape.order if shape.levels[n] == level)
                     for level in range(max(shape.levels.values()) + 1)]  # fmt: skip
        self.axis, y = [], 20.0
        for high in self.high:
            self.axis.append(y + high / 2)
            y += high + _LEVEL
        self.left = self._lefts()
        self.size = max(self.left[n] + self.thick[n] for n in shape.order) + 14, y - _LEVEL + 20

    def _thick(self, number: int) -> float:
        return self.cells[number].thick * (_JOINED if number in self.shape.joined else 1)

    def _lefts(self) -> dict[int, float]:
        """From left to right in a level; the next level begins under the block before it."""
        order, levels = self.shape.order, self.shape.levels
        left = {order[0]: 10.0}
        for before, number in pairwise(order):
            if levels[before] != levels[number]:
                left[number] = left[before] + (self.thick[before] - self.thick[number]) / 2
            else:
                merges = MERGE in (self.cells[before].glyph, self.cells[number].glyph)
                left[number] = left[before] + self.thick[before] + (_NEAR_MERGE if merges else _BETWEEN)
        return left

    def drawn(self) -> str:
        families = self.theme.families
        entries = [
            _arrow_entry("convolution", families["conv"].edge), _arrow_entry("down", families["pool"].edge),
            _arrow_entry("up", families["merge"].edge), _arrow_entry("copy", self.theme.wire),
        ]  # fmt: skip
        return page(self.canvas, self.style, self.size, entries, self._content)

    def _content(self) -> None:
        for before, number in pairwise(self.shape.order):
            self._step(before, number)
        for source, reader in self.shape.across:
            y = self.axis[self.shape.levels[source]]
            start, stop = (self.left[source] + self.thick[source], y), (self.left[reader], y)
            bend = [] if self.shape.levels[source] == self.shape.levels[reader] else [(stop[0] - 8, y)]
            end = (stop[0], self.axis[self.shape.levels[reader]])
            points = [start, *bend, *([(bend[0][0], end[1])] if bend else []), end]
            arrow(self.canvas, points, self.theme.wire)
        for number in self.shape.order:
            self._block(number)

    def _step(self, before: int, number: int) -> None:
        """From a block to the next: along its level, down, or up."""
        families, levels = self.theme.families, self.shape.levels
        one, other = self.cells[before], self.cells[number]
        if levels[before] == levels[number]:
            colour = self.theme.wire if other.glyph == MERGE else families["conv"].edge
            y = self.axis[levels[before]]
            arrow(self.canvas, [(self.left[before] + self.thick[before], y), (self.left[number], y)], colour)
            return
        x = self.left[number] + self.thick[number] / 2
        if levels[number] > levels[before]:
            start = self.axis[levels[before]] + one.high / 2 + 16
            arrow(
                self.canvas, [(x, start), (x, self.axis[levels[number]] - other.high / 2 - 13)], families["pool"].edge
            )
        else:
            start = self.axis[levels[before]] - one.high / 2 - 13
            end = self.axis[levels[number]] + other.high / 2 + 16
            arrow(self.canvas, [(x, start), (x, end)], families["merge"].edge)

    def _block(self, number: int) -> None:
        cell, x = self.cells[number], self.left[number]
        axis = self.axis[self.shape.levels[number]]
        family = drawn_as(cell.leaf.family)
        colours = self.theme.families["conv" if family == "group" else family]
        thick, high = self.thick[number], cell.high
        self.canvas.group(title=f"{cell.leaf.address} {cell.shape}", layer=cell.leaf.address)
        if cell.glyph == MERGE:
            self.canvas.rect((x, axis - MERGE_SIZE / 2, MERGE_SIZE, MERGE_SIZE), *colours, radius=MERGE_SIZE / 2)
            self.canvas.path(f"M{coordinate(x + 4)} {coordinate(axis)}h9m-4.5-4.5v9", stroke=colours.edge, thick=1.5)
            self.canvas.end()
            return
        top = axis - high / 2
        self.canvas.rect((x, top, thick, high), *colours)
        copied = self.shape.joined.get(number, 0)
        if copied:
            share = copied / (copied + cell.shape[0])
            self.canvas.rect((x, top, thick * share, high), self.theme.page, colours.edge)
        if any(slab.family == "activation" for slab in cell.slabs):
            self.canvas.rect((x + thick - 3, top, 3, high), self.theme.families["activation"].edge)
        self.canvas.end()
        channels = f"{copied}+{cell.shape[0]}" if copied else str(cell.shape[0])
        middle = x + thick / 2
        self.canvas.text(middle, top - 4, channels, TYPE, self.theme.ink, anchor="middle")
        self.canvas.text(middle, top + high + 11, cell.captions[-1], 8, self.theme.soft, anchor="middle")


def arrow(canvas: Canvas, points: Sequence[tuple[float, float]], colour: str) -> None:
    """A line with a head at its end."""
    (x0, y0), (x, y) = points[-2], points[-1]
    dx, dy = (x > x0) - (x < x0), (y > y0) - (y < y0)
    canvas.path(rounded(points), stroke=colour, thick=1.4)
    head = f"l{-6 * dx - 3 * dy} {-6 * dy - 3 * dx}l{6 * dy} {6 * dx}z"
    canvas.path(f"M{coordinate(x)} {coordinate(y)}{head}", colour)


def _arrow_entry(text: str, colour: str) -> LegendEntry:
    return LegendEntry(text, 20, lambda canvas, x, y: arrow(canvas, [(x, y + 5), (x + 20, y + 5)], colour))
