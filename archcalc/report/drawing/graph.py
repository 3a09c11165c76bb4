"""The graph of a network as a picture: nested frames, boxes with names, shapes and figures, wires, a legend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, sqrt
from string import ascii_letters

from archcalc.analysis.diagram import INPUT, Diagram, DiagramLeaf, Frame
from archcalc.core.record import record
from archcalc.report.drawing.canvas import AFTER_GAP, Canvas, Phrase, Rectangle, number, rounded
from archcalc.report.drawing.figures import DrawnFigure, figure_text, short
from archcalc.report.drawing.metrics import cut, width
from archcalc.report.drawing.nest import DrawnWire, Layout, Measures, Placed, layout
from archcalc.report.drawing.palette import TITLES, Colours, Theme, drawn_as, legible_on, mixed

NAME, SMALL = 11, 9.5
"""Sizes of type: of names, and of all else in a box."""

_HEADING, _SUBTITLE = 15, 10

HEIGHT, LEAST, MOST = 36, 92, 190
"""A leaf's height, and between which widths it stays."""

_LEFT, _RIGHT, _ROUND_ENDS = 9, 7, 14
"""From a box's sides to its text; the input's pill needs more."""

_BADGE = 8
"""What a badge is wider than its text."""

_TITLE_MOST, _LABEL_MOST = 120, 90
"""The widths of a frame's name and of what it is made of."""

MARGIN = 16

_RAMP, _RAMP_STEPS = 120, 60
"""The width of a scale's legend, and its shades."""


@record
class GraphStyle:
    """What is written into the boxes, and how they are coloured."""

    theme: Theme
    figures: tuple[DrawnFigure, ...] = ()
    shade: DrawnFigure | None = None
    """The figure whose size a box's colour shows."""
    title: str = ""
    subtitle: str = ""


def measures(style: GraphStyle) -> Measures:
    """How wide boxes and titles are, for the layout."""

    def sizes(diagram: Diagram, leaves: Sequence[int]) -> dict[int, tuple[float, float]]:
        widest = max((_wanted(diagram.leaves[n], style) for n in leaves), default=LEAST)
        both = 2 * ceil(max(min(widest, MOST), LEAST) / 2)
        return dict.fromkeys(leaves, (both, HEIGHT))

    return Measures(sizes, _title_width)


def _wanted(leaf: DiagramLeaf, style: GraphStyle) -> float:
    """The width in which nothing of a leaf's text is cut."""
    badge = width(f"×{leaf.times}", SMALL, True) + _BADGE + 2 if leaf.times > 1 else 0
    mark = 9 if leaf.folded else 0
    first = width(leaf.name, NAME, True) + 12 + width(_label(leaf), SMALL) + badge + mark
    figures = figures_of(leaf, style)
    second = width(shape_of(leaf), SMALL) + (12 + width(figures, SMALL) if figures else 0)
    return max(first, second) + (2 * _ROUND_ENDS if leaf.family == INPUT else _LEFT + _RIGHT) + 2


def _title_width(frame: Frame) -> float:
    badge = width(f"×{frame.times}", SMALL, True) + _BADGE + 4 if frame.times > 1 else 0
    name = min(width(_run_name(frame), NAME, True), _TITLE_MOST)
    label = AFTER_GAP + min(width(frame.label, SMALL), _LABEL_MOST) if frame.label else 0
    return ceil(name + label + 18 + badge)


def _run_name(frame: Frame) -> str:
    return _shortened(frame.name) if frame.times > 1 and width(frame.name, NAME, True) > _TITLE_MOST else frame.name


def _shortened(name: str) -> str:
    """Of a run only its numbers: `denselayer1…6` is `1…6`."""
    return name.lstrip(ascii_letters + "_-") or name


def _label(leaf: DiagramLeaf) -> str:
    return "" if leaf.label == leaf.name else leaf.label


def shape_of(leaf: DiagramLeaf) -> str:
    """A box's output; of repeats with different ones the first, and the channels of the last."""
    text = "×".join(map(str, leaf.shape))
    return text if leaf.last_shape == leaf.shape else f"{text} … {leaf.last_shape[0]}"


def figures_of(leaf: DiagramLeaf, style: GraphStyle) -> str:
    """The figures of a box, in one line."""
    found = [text for figure in style.figures if (text := figure_text(figure, leaf))]
    return " · ".join([*(["shared"] if leaf.shared else []), *found])


def draw(
    diagram: Diagram, style: GraphStyle, canvas: Canvas, *, right: bool = False, ratio: float | None = None
) -> str:
    """The picture of a network's graph, downwards or to the right."""
    return draw_placed(layout(diagram, measures(style), right=right, ratio=ratio), style, canvas)


def draw_placed(placed: Layout, style: GraphStyle, canvas: Canvas) -> str:
    """The picture of a graph that is laid out."""
    return _GraphPicture(placed, style, canvas).drawn()


class _GraphPicture:
    def __init__(self, placed: Layout, style: GraphStyle, canvas: Canvas) -> None:
        self.placed, self.style, self.canvas = placed, style, canvas
        self.theme = style.theme
        self.shares = _shares(placed.diagram, style.shade) if style.shade else {}

    def drawn(self) -> str:
        head = (28 if self.style.title else 0) + (14 if self.style.title and self.style.subtitle else 0)
        families = self._families()
        wide = max(self.placed.width + 2 * MARGIN, *self._least_widths(families))
        entries, legend = self._legend_rows(families, wide)
        high = self.placed.height + 2 * MARGIN + head + legend
        self.canvas.page(wide, high, self.theme.page)
        self._head(wide)
        self.canvas.group((wide - self.placed.width) / 2, MARGIN + head)
        self._frames()
        self._wires()
        for leaf in self.placed.leaves:
            self._leaf(leaf)
        self.canvas.end()
        self._legend(entries, high - legend + 2)
        title = self.style.title or "network"
        return self.canvas.finished(wide, high, title, f"{title}: {self.style.subtitle}" if self.style.subtitle else "")

    def _least_widths(self, families: list[str]) -> list[float]:
        least = [
            width(self.style.title, _HEADING, True) + 2 * MARGIN, width(self.style.subtitle, _SUBTITLE) + 2 * MARGIN
        ]  # fmt: skip
        if self.style.shade:
            least.append(2 * MARGIN + _RAMP + 12 + width(_scale_title(self.style.shade), SMALL))
        return [*least, 212 if families else 0]

    def _head(self, wide: float) -> None:
        text = self.canvas.text
        if self.style.title:
            text(wide / 2, MARGIN + 11, self.style.title, _HEADING, self.theme.ink, bold=True, anchor="middle")
            if self.style.subtitle:
                text(wide / 2, MARGIN + 27, self.style.subtitle, _SUBTITLE, self.theme.soft, anchor="middle")

    # -- frames and wires

    def _frames(self) -> None:
        depth = {"": 0}
        frames = self.placed.diagram.frames
        for placed in sorted(self.placed.frames, key=lambda placed: str(placed.what).count(".")):
            frame = frames[str(placed.what)]
            depth[frame.address] = depth.get(frame.scope, 0) + 1
            self._frame(frame, placed, self.theme.frames[(depth[frame.address] + 1) % 2])

    def _frame(self, frame: Frame, placed: Placed, fill: str) -> None:
        _, x, y, w, h, _ = placed
        self.canvas.group(group=frame.address)
        for shift in (6, 3, 0) if frame.times > 1 else (0,):
            self.canvas.rect((x + shift, y + shift, w, h), fill, self.theme.line, 6)
        self.canvas.path(f"M{number(x + 7)} {number(y + 8)}h7l-3.5 5z", self.theme.soft)
        left = x + 18
        if frame.times > 1:
            left += self._badge(left, y + 4.5, frame.times, self.theme.soft, (x, y, w, h)) + 4
        name, label = cut(_run_name(frame), _TITLE_MOST, NAME, True), cut(frame.label, _LABEL_MOST, SMALL)
        self.canvas.text(
            left, y + 14.5, name, NAME, self.theme.ink, bold=True, inside=(x, y, w, h),
            after=Phrase(label, SMALL, self.theme.soft) if label else None,
        )  # fmt: skip
        self.canvas.end()

    def _badge(self, x: float, y: float, times: int, fill: str, inside: Rectangle) -> float:
        """A pill with a number; returns its width."""
        text = f"×{times}"
        wide = width(text, SMALL, True) + _BADGE
        self.canvas.rect((x, y, wide, 13.5), fill, radius=6.75)
        middle = x + wide / 2
        self.canvas.text(middle, y + 10.2, text, SMALL, self.theme.page, bold=True, anchor="middle", inside=inside)
        return wide

    def _wires(self) -> None:
        """One path a value, so that it is one trunk with several drops; then the heads of all arrows."""
        paths: dict[int, list[DrawnWire]] = {}
        for line in self.placed.wires:
            paths.setdefault(line.value, []).append(line)
        heads = []
        for value, lines in paths.items():
            address = self.placed.diagram.leaves[value].address
            d = "".join(rounded(line.points) for line in lines)
            self.canvas.path(d, stroke=self.theme.wire, thick=1.3, value=address)
            heads += sorted({line.points[-1] for line in lines if line.arrow})
        shape = "l-6-3v6z" if self.placed.right else "l-3-6h6z"
        self.canvas.path("".join(f"M{number(x)} {number(y)}{shape}" for x, y in heads), self.theme.wire)

    # -- boxes

    def _leaf(self, placed: Placed) -> None:
        leaf = self.placed.diagram.leaves[int(placed.what)]
        colours, ink, soft = self._colours(leaf, int(placed.what))
        x, y, w, h = box = placed[1:5]
        self.canvas.group(title=_tooltip(leaf, self.style), layer=leaf.address)
        for shift in (4, 2) if leaf.times > 1 else ():
            self.canvas.rect((x + shift, y + shift, w, h), colours.fill, colours.edge, 4)
        self.canvas.rect(box, colours.fill, colours.edge, h / 2 if leaf.family == INPUT else 4)
        if leaf.family != INPUT:
            bar = f"M{number(x + 4)} {number(y + 0.5)}a3.5 3.5 0 0 0-3.5 3.5v{number(h - 8)}a3.5 3.5 0 0 0 3.5 3.5z"
            self.canvas.path(bar, colours.edge)
        self._texts(leaf, box, colours.edge, ink, soft)
        self.canvas.end()

    def _colours(self, leaf: DiagramLeaf, number: int) -> tuple[Colours, str, str]:
        """Of a box, its ink, and its ink of less weight."""
        if self.style.shade is None:
            return self.theme.families[drawn_as(leaf.family)], self.theme.ink, self.theme.soft
        if number not in self.shares:
            return Colours(self.theme.page, self.theme.line), self.theme.ink, self.theme.soft
        fill = mixed(self.theme.least, self.theme.most, self.shares[number])
        return Colours(fill, self.theme.wire), legible_on(fill), legible_on(fill)

    def _texts(self, leaf: DiagramLeaf, box: Rectangle, edge: str, ink: str, soft: str) -> None:
        x, y, w, _ = box
        ends = (_ROUND_ENDS, _ROUND_ENDS) if leaf.family == INPUT else (_LEFT, _RIGHT)
        left, right = x + ends[0], x + w - ends[1]
        self._first_line(leaf, box, left, right, edge, ink, soft)
        figures = figures_of(leaf, self.style)
        shape = cut(shape_of(leaf), right - left - (width(figures, SMALL) + 10 if figures else 0), SMALL)
        self.canvas.text(left, y + 28.5, shape, SMALL, soft if self.style.shade else ink, inside=box)
        if room := cut(figures, right - left - width(shape, SMALL) - 8, SMALL):
            self.canvas.text(right, y + 28.5, room, SMALL, soft, anchor="end", inside=box)

    def _first_line(
        self, leaf: DiagramLeaf, box: Rectangle, left: float, right: float, edge: str, ink: str, soft: str
    ) -> None:
        y = box[1] + 14.5
        if leaf.folded:
            self.canvas.path(f"M{number(left)} {number(y - 7.5)}v7l5-3.5z", soft)
            left += 9
        if leaf.times > 1:
            right -= width(f"×{leaf.times}", SMALL, True) + _BADGE
            self._badge(right, box[1] + 4, leaf.times, edge, box)
            right -= 5
        room, label = right - left, _label(leaf)
        kept = min(width(label, SMALL), room / 2)
        name = leaf.name
        if leaf.times > 1 and width(name, NAME, True) > room - 10 - kept:
            name = _shortened(name)
        name = cut(name, max(room - (10 + kept if label else 0), 20), NAME, True)
        self.canvas.text(left, y, name, NAME, ink, bold=True, inside=box)
        if written := cut(label, room - width(name, NAME, True) - 8, SMALL):
            self.canvas.text(right, y, written, SMALL, soft, anchor="end", inside=box)

    # -- the legend

    def _families(self) -> list[str]:
        """The families of colours that a legend explains, in its order."""
        if self.style.shade is not None:
            return []
        shown = {drawn_as(self.placed.diagram.leaves[int(leaf.what)].family) for leaf in self.placed.leaves}
        return [family for family in TITLES if family in shown and family != "group"]

    def _legend_rows(self, families: list[str], wide: float) -> tuple[list[tuple[str, float, float]], float]:
        """Where each entry stands, and the height of all."""
        entries, x, y = [], 0.0, 0.0
        for family in families:
            needed = 16 + width(TITLES[family], SMALL) + 14
            if x and x + needed > wide - 2 * MARGIN:
                x, y = 0, y + 16
            entries.append((family, x, y))
            x += needed
        return entries, y + 24 if entries else 30 if self.style.shade else 0

    def _legend(self, entries: Sequence[tuple[str, float, float]], top: float) -> None:
        for family, x, y in entries:
            colours = self.theme.families[family]
            self.canvas.rect((MARGIN + x, top + y, 11, 11), colours.fill, colours.edge, 2)
            self.canvas.text(MARGIN + x + 16, top + y + 9, TITLES[family], SMALL, self.theme.soft)
        if self.style.shade is not None:
            self._scale(self.style.shade, top)

    def _scale(self, figure: DrawnFigure, top: float) -> None:
        step = _RAMP / _RAMP_STEPS
        for index in range(_RAMP_STEPS):
            fill = mixed(self.theme.least, self.theme.most, (index + 0.5) / _RAMP_STEPS)
            self.canvas.rect((MARGIN + index * step, top, step + 0.3, 10), fill)
        most = max((figure.of(leaf) or 0 for leaf in self.placed.diagram.leaves), default=0)
        self.canvas.text(MARGIN, top + 21, "0", 9, self.theme.soft)
        self.canvas.text(MARGIN + _RAMP, top + 21, short(most), 9, self.theme.soft, anchor="end")
        self.canvas.text(MARGIN + _RAMP + 8, top + 9, _scale_title(figure), SMALL, self.theme.soft)


def _scale_title(figure: DrawnFigure) -> str:
    return f"{figure.title} (root scale)"


def _shares(diagram: Diagram, figure: DrawnFigure) -> Mapping[int, float]:
    """How far along the scale each box is: the root of its share of the largest."""
    limit = figure.limit(diagram)
    values = {
        n: value if limit is None else min(value, limit)
        for n, leaf in enumerate(diagram.leaves)
        if leaf.family != INPUT and (value := figure.of(leaf)) is not None
    }
    most = max(values.values(), default=0) or 1
    return {number: sqrt(value / most) for number, value in values.items()}


def _tooltip(leaf: DiagramLeaf, style: GraphStyle) -> str:
    return " · ".join(text for text in (leaf.address, leaf.label, shape_of(leaf), figures_of(leaf, style)) if text)
