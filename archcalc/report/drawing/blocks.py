"""A network as the row of blocks of a textbook: cuboids, vectors, skips above, brackets for groups and repeats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from archcalc.analysis.diagram import Frame
from archcalc.core.record import record
from archcalc.report.drawing.box import Box, Spacing
from archcalc.report.drawing.canvas import Canvas, number, rounded
from archcalc.report.drawing.cells import (
    BLOCK,
    LINE,
    MAP_STEP,
    MAPS,
    MERGE,
    MERGE_SIZE,
    MOST_MAPS,
    OBLIQUE,
    TYPE,
    Blocks,
    DrawnCell,
)
from archcalc.report.drawing.metrics import cut, width
from archcalc.report.drawing.nest import Layout, Measures, Nest, Placed, best_of
from archcalc.report.drawing.palette import TITLES, Colours, Theme, drawn_as, mixed
from archcalc.report.drawing.route import Port

BRACKET = 17
"""The strip under a group in which its bracket stands."""

MARGIN = 18
_HEADING, _SUBTITLE, _LEGEND, _BRACKET_TYPE = 15, 10, 9, 9

_SPACING = Spacing(gap=12, lead=5, track=5, tail=8, main=1.25, skips_first=True)

_STEP_BACK = 2.5
"""How far the blocks behind one that stands for several are moved."""


@record
class BlockStyle:
    """The colours, and what stands above the picture."""

    theme: Theme
    title: str = ""
    subtitle: str = ""


class LegendEntry(NamedTuple):
    """One line of a legend: a sign of some width, and what it means."""

    text: str
    width: float
    paint: Callable[[Canvas, float, float], None]


class _Row(Nest):
    """The same nested layout, to the right: cells for boxes, brackets for frames."""

    columns_inside = False

    def __init__(self, blocks: Blocks) -> None:
        self.cells = blocks.cells
        self.only_child: dict[str, str] = {}
        super().__init__(blocks.diagram, Measures(lambda *_: {}, lambda _: 0, _SPACING), right=True)

    def leaf(self, number: int) -> Box:
        cell, sources = self.cells[number], self.reads[number]
        room = 7.0 if cell.glyph == MERGE else max(cell.high / 2 - 4, 0)
        ins = [Port(cell.above, source, room if len(sources) > 1 else 0) for source in sources]
        outs = [Port(cell.above, number)] if number in self.read else []
        axis = cell.above
        return Box(axis + cell.below, cell.length, axis, axis, ins, outs, cell.leaf.first, leaf=number)

    def framed(self, scope: str, content: Box) -> Box:
        """A bracket under a group of the top level and under one that stands for several; else nothing."""
        frame, items = self.diagram.frames[scope], self.items[scope]
        if len(items) == 1 and isinstance(items[0], str):
            self.only_child[items[0]] = scope
        if frame.times == 1 and (frame.scope or len(items) == 1):
            return content
        return Box(
            content.width + BRACKET, content.height, content.entry, content.exit, content.ins, content.outs,
            content.order, [(content, 0.0, 0.0)], frame=scope,
        )  # fmt: skip


def place(blocks: Blocks, ratio: float | None = None) -> tuple[Layout, dict[str, str]]:
    """Where every cell stands; and the group around each that is the only thing in it."""
    row = _Row(blocks)
    return best_of(row, ratio), row.only_child


def draw(blocks: Blocks, style: BlockStyle, canvas: Canvas, ratio: float | None = None) -> str:
    """The picture of a network's blocks."""
    return _BlockPicture(blocks, style, canvas, ratio).drawn()


class _BlockPicture:
    def __init__(self, blocks: Blocks, style: BlockStyle, canvas: Canvas, ratio: float | None) -> None:
        self.blocks, self.style, self.theme, self.canvas = blocks, style, style.theme, canvas
        self.placed, self.only_child = place(blocks, ratio)

    def drawn(self) -> str:
        families = [family for cell in self.blocks.cells for family in families_of(cell)]
        size = self.placed.width, self.placed.height
        return page(self.canvas, self.style, size, swatches(families, self.theme), self._content)

    def _content(self) -> None:
        self._wires()
        for placed in sorted(self.placed.leaves, key=lambda placed: (placed.x, placed.y)):
            cell = self.blocks.cells[int(placed.what)]
            self.canvas.group(title=f"{cell.leaf.address} {cell.shape}", layer=cell.leaf.address)
            draw_cell(self.canvas, cell, placed.x, placed.y + cell.above, self.theme)
            self.canvas.end()
        for placed in sorted(self.placed.frames, key=lambda placed: (placed.x, placed.y)):
            self._bracket(self.blocks.diagram.frames[str(placed.what)], placed)

    def _wires(self) -> None:
        """From cell to cell, and on to what is drawn in the middle of each."""
        colour = self.theme.wire
        self.canvas.path("".join(rounded(line.points, 6) for line in self.placed.wires), stroke=colour, thick=1.1)
        sources = {source for source, _ in self.blocks.diagram.wires}
        readers = {reader for _, reader in self.blocks.diagram.wires}
        ends = []
        heads = [line.points[-1] for line in self.placed.wires if line.arrow]
        arrows = []
        for placed in self.placed.leaves:
            cell = self.blocks.cells[int(placed.what)]
            gap, axis = (cell.length - cell.drawn) / 2, placed.y + cell.above
            entering = [
                (x, y) for x, y in heads if abs(x - placed.x) < 0.1 and placed.y <= y <= placed.y + placed.height
            ]
            if int(placed.what) in readers:
                for _, y in entering or [(placed.x, axis)]:
                    ends.append(f"M{number(placed.x)} {number(y)}h{number(gap)}")
                    arrows.append(f"M{number(placed.x + gap)} {number(y)}l-5-2.6v5.2z")
            if int(placed.what) in sources:
                start = placed.x + placed.width - gap - cell.oblique / 2
                ends.append(f"M{number(start)} {number(axis)}H{number(placed.x + placed.width)}")
        self.canvas.path("".join(ends), stroke=colour, thick=1.1)
        self.canvas.path("".join(dict.fromkeys(arrows)), fill=colour)

    def _bracket(self, frame: Frame, placed: Placed) -> None:
        top, middle = placed.y + placed.height - BRACKET + 4, placed.x + placed.width / 2
        d = f"M{number(placed.x + 2)} {number(top - 3)}v4h{number(placed.width - 4)}v-4"
        self.canvas.path(d, stroke=self.theme.soft)
        label = cut(self._bracket_text(frame), placed.width + 10, _BRACKET_TYPE, True)
        self.canvas.text(middle, top + 11, label, _BRACKET_TYPE, self.theme.ink, bold=True, anchor="middle")

    def _bracket_text(self, frame: Frame) -> str:
        text = frame.name
        if frame.times > 1:
            around = self.only_child.get(frame.address, "").rpartition(".")[2]
            text = (f"{around}: " if around else "") + f"{frame.label or frame.name} ×{frame.times}"
        return f"{text} (weights of {frame.shared_with})" if frame.shared_with else text


def families_of(cell: DrawnCell) -> list[str]:
    """The families of colours in a cell."""
    return [_family(cell), *(slab.family for slab in cell.slabs)]


def _family(cell: DrawnCell) -> str:
    """A folded group is drawn as what it ends in: a concatenation of branches, or a convolution."""
    family = drawn_as(cell.leaf.family)
    return family if family != "group" else "merge" if cell.leaf.bands else "conv"


def draw_cell(canvas: Canvas, cell: DrawnCell, x: float, axis: float, theme: Theme) -> None:
    """A cell with its captions; x is its left end."""
    colours = theme.families[_family(cell)]
    left = x + (cell.length - cell.drawn) / 2
    if cell.glyph == MERGE:
        _merge(canvas, cell, left, axis, theme)
    elif cell.glyph == MAPS:
        for index in range(min(cell.shape[0], MOST_MAPS)):
            top = axis - cell.high / 2 - cell.oblique + MAP_STEP * index
            canvas.rect((left + MAP_STEP * index, top, cell.high, cell.high), colours.fill, colours.edge, thick=0.9)
    else:
        _solids(canvas, cell, left, axis, theme)
    _captions(canvas, cell, x + cell.length / 2, axis, theme)


def _captions(canvas: Canvas, cell: DrawnCell, middle: float, axis: float, theme: Theme) -> None:
    raised = 2 * _STEP_BACK if cell.leaf.times > 1 else 0
    if cell.name:
        y = axis - cell.high / 2 - cell.oblique - 4 - raised
        canvas.text(middle, y, cell.name, TYPE, theme.ink, bold=True, anchor="middle")
    y = axis + cell.high / 2 + 10.5
    for index, text in enumerate(cell.captions):
        fill = theme.soft if index else theme.ink
        canvas.text(middle, y + LINE * index, text, TYPE, fill, anchor="middle")
    if cell.leaf.times > 1:
        y += LINE * len(cell.captions) + 1
        canvas.text(middle, y, f"×{cell.leaf.times}", 9, theme.ink, bold=True, anchor="middle")


def _solids(canvas: Canvas, cell: DrawnCell, left: float, axis: float, theme: Theme) -> None:
    """The block, those behind it where it stands for several, and the slabs on it."""
    colours = theme.families[_family(cell)]
    for back in (2, 1) if cell.leaf.times > 1 else ():
        shift = back * _STEP_BACK
        _cuboid(canvas, (left + shift, axis - shift), (cell.thick, cell.high), cell.oblique, colours)
    _cuboid(canvas, (left, axis), (cell.thick, cell.high), cell.oblique, colours)
    if cell.leaf.bands and cell.glyph == BLOCK:
        _bands(canvas, cell, left, axis - cell.high / 2, colours)
    at = left + cell.thick
    for slab in cell.slabs:
        own = theme.families[slab.family]
        tinted = Colours(mixed(own.fill, own.edge, 0.25), own.edge)
        pool = slab.family == "pool"
        oblique = OBLIQUE * slab.side if slab.side != cell.high and cell.glyph == BLOCK else cell.oblique
        inset = 1 if pool else 0
        _cuboid(canvas, (at + inset, axis), (slab.width - 2 * inset, slab.side), oblique, tinted)
        at += slab.width


def _cuboid(
    canvas: Canvas, at: tuple[float, float], size: tuple[float, float], oblique: float, colours: Colours
) -> None:
    """A box seen from the front, the right and above; `at` is the middle of its front's left side."""
    (x, axis), (w, h) = at, size
    y, d = axis - h / 2, number(oblique)
    fill, edge = colours
    top = f"M{number(x)} {number(y)}l{d}-{d}h{number(w)}l-{d} {d}z"
    right = f"M{number(x + w)} {number(y)}l{d}-{d}v{number(h)}l-{d} {d}z"
    canvas.path(top, mixed(fill, "#ffffff", 0.35), edge, 0.8)
    canvas.path(right, mixed(fill, edge, 0.16), edge, 0.8)
    canvas.rect((x, y, w, h), fill, edge, thick=0.8)


def _bands(canvas: Canvas, cell: DrawnCell, x: float, top: float, colours: Colours) -> None:
    """The front in bands, as high as the branches' channels."""
    whole, start = sum(cell.leaf.bands), 0
    for index, channels in enumerate(cell.leaf.bands):
        fill = mixed(colours.fill, colours.edge, (0.1, 0.3, 0.5, 0.7)[index % 4])
        y, high = top + cell.high * start / whole, cell.high * channels / whole
        canvas.rect((x, y, cell.thick, high), fill, colours.edge, thick=0.5)
        start += channels


def _merge(canvas: Canvas, cell: DrawnCell, left: float, axis: float, theme: Theme) -> None:
    colours, r = theme.families["merge"], MERGE_SIZE / 2
    x, y = left + r, axis
    circle = f"M{number(left)} {number(y)}a{r} {r} 0 1 1 {2 * r} 0a{r} {r} 0 1 1-{2 * r} 0z"
    canvas.path(circle, colours.fill, colours.edge, 1.1)
    canvas.path(_sign(cell, x, y), stroke=colours.edge, thick=1.5)
    for index, slab in enumerate(cell.slabs):
        canvas.rect(
            (left + MERGE_SIZE + 3 * index, y - slab.side / 2, 2.4, slab.side), theme.families[slab.family].edge
        )


def _sign(cell: DrawnCell, x: float, y: float) -> str:
    """+ for a sum or a mean, two bars for a concatenation, × and ÷, ∨ and ∧ for extremes, − for all else."""
    kind = cell.leaf.layers[-1].kind if len(cell.leaf.layers) == 1 else _merging(cell)
    return _SIGNS.get(kind, _SIGNS["subtract"]).format(
        left=number(x - 4.5), x=number(x), y=number(y), top=number(y - 4.5), low=number(y - 4), a=number(x - 2),
        b=number(x + 2), c=number(x - 3.2), d=number(y - 3.2),
    )  # fmt: skip


def _merging(cell: DrawnCell) -> str:
    """The kind that joins, where a crop or an activation is written with it."""
    kinds = [layer.kind for layer in cell.leaf.layers]
    return next((kind for kind in kinds if kind in _SIGNS), "")


_SIGNS = {
    "add": "M{left} {y}h9M{x} {top}v9",
    "multiply": "M{c} {d}l6.4 6.4m0-6.4l-6.4 6.4",
    "concat": "M{a} {low}v8M{b} {low}v8",
    "subtract": "M{left} {y}h9",
    "average": "M{left} {y}h9M{x} {top}v9",
    "divide": "M{left} {y}h9M{x} {low}v1.4m0 5.2v1.4",
    "maximum": "M{c} {d}l3.2 6.4l3.2-6.4",
    "minimum": "M{x} {d}l-3.2 6.4m3.2-6.4l3.2 6.4",
}
"""The sign in the circle of a merge, as a path around its middle."""


def page(
    canvas: Canvas,
    style: BlockStyle,
    size: tuple[float, float],
    legend: Sequence[LegendEntry],
    content: Callable[[], None],
) -> str:
    """A picture with its title above and its legend below."""
    theme = style.theme
    head = (26 if style.title else 0) + (14 if style.title and style.subtitle else 0)
    wide = max(
        size[0] + 2 * MARGIN, width(style.title, _HEADING, True) + 2 * MARGIN,
        width(style.subtitle, _SUBTITLE) + 2 * MARGIN, 236,
    )  # fmt: skip
    entries, below = _legend(legend, wide)
    high = size[1] + 2 * MARGIN + head + below
    canvas.page(wide, high, theme.page)
    if style.title:
        canvas.text(wide / 2, MARGIN + 11, style.title, _HEADING, theme.ink, bold=True, anchor="middle")
        if style.subtitle:
            canvas.text(wide / 2, MARGIN + 27, style.subtitle, _SUBTITLE, theme.soft, anchor="middle")
    canvas.group((wide - size[0]) / 2, MARGIN + head)
    content()
    canvas.end()
    for entry, x, y in entries:
        left, top = MARGIN + x, high - MARGIN - below + 12 + y
        entry.paint(canvas, left, top)
        canvas.text(left + entry.width + 5, top + 8.5, entry.text, _LEGEND, theme.soft)
    title = style.title or "network"
    return canvas.finished(wide, high, title, f"{title}: {style.subtitle}" if style.subtitle else "")


def _legend(legend: Sequence[LegendEntry], wide: float) -> tuple[list[tuple[LegendEntry, float, float]], float]:
    """Where each entry stands, and the height of all."""
    entries, x, y = [], 0.0, 0.0
    for entry in legend:
        needed = entry.width + 5 + width(entry.text, _LEGEND) + 13
        if x and x + needed > wide - 2 * MARGIN:
            x, y = 0, y + 15
        entries.append((entry, x, y))
        x += needed
    return entries, y + 22 if entries else 0


def swatches(families: Iterable[str], theme: Theme) -> list[LegendEntry]:
    """The legend of families of colours."""

    def swatch(family: str) -> LegendEntry:
        colours = theme.families[family]
        return LegendEntry(TITLES[family], 10, lambda canvas, x, y: canvas.rect((x, y, 10, 10), *colours, radius=2))

    shown = set(families)
    return [swatch(family) for family in TITLES if family in shown]
