"""What one unit sees, drawn on the input: for a terminal, or as SVG."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis.fields.cells import PixelView, UnitField
from archcalc.analysis.fields.receptive import Unseen
from archcalc.errors import UsageError
from archcalc.report.formats.escape import xml as escape

WIDTH = 56
"""Signs a line, at most; terminal cells are about twice as high as wide."""


def unit_text(unit: UnitField, unseen: Unseen | None) -> str:
    """The box of a unit in words and numbers."""
    place = ",".join(map(str, unit.unit))
    shape = "x".join(map(str, unit.lengths))
    if not unit.box:
        return f"{unit.layer} unit {place} sees no pixel of {shape}\n"
    lines = [f"{unit.layer} unit {place} on the input {shape}", f"box:      {_box(unit.box)} (first..last pixel)"]
    if unit.spans is not None and any(span is not None and span != box for span, box in _pairs(unit)):
        lines.append(f"unclipped: {_box([span for span in unit.spans if span is not None])}, padding included")
    size = "x".join(str(last - first + 1) for first, last in unit.box)
    lines.append(f"size:     {size} = {unit.area:,} pixels")
    holes = unit.area - unit.seen
    lines.append(f"coverage: {unit.seen:,} of {unit.area:,}" + (f", {holes:,} are holes" if holes else ", no holes"))
    if unseen is not None:
        from archcalc.report.fields.phrases import stretches_text

        lines.append(f"never seen by any unit of {unit.layer}: {stretches_text(unseen)}")
    return "\n".join(lines) + "\n"


def pixel_text(view: PixelView) -> str:
    """The units that see a pixel."""
    place, units = ",".join(map(str, view.pixel)), "x".join(map(str, view.units))
    if not view.box:
        return f"no unit of {view.layer} ({units}) sees pixel {place}\n"
    area = 1
    for first, last in view.box:
        area *= last - first + 1
    holes = "" if area == view.seeing else f" (of the {area:,} in that box)"
    return (
        f"pixel {place} is seen by {view.seeing:,} of the {units} units of {view.layer}{holes}\n"
        f"units: {_box(view.box)} (first..last)\n"
    )


def terminal_picture(unit: UnitField, unseen: Unseen | None) -> str:
    """The input as a grid of signs: `#` seen, `+` a hole of the box, `x` never seen by any unit, `.` the rest."""
    height, width = plane(unit.lengths)
    step = max(1, -(-width // WIDTH))
    rows = range(0, height, 2 * step if height > 1 else 1)
    lines = []
    for row in rows:
        row_cells = range(row, min(row + (2 * step if height > 1 else 1), height))
        lines.append(
            "".join(_sign(unit, unseen, row_cells, range(c, min(c + step, width))) for c in range(0, width, step))
        )
    pixels = f"{step} x {2 * step}" if height > 1 else str(step)
    legend = f"# seen   + in the box, not seen   x never seen by any unit   . other   a sign is {pixels} pixels (w x h)"
    return "\n".join([*lines, legend]) + "\n"


def svg_picture(unit: UnitField, unseen: Unseen | None, title: str) -> str:
    """The input, the box with its padding, and the pixels seen, as a figure."""
    height, width = plane(unit.lengths)
    spans = _spans(unit)
    left, top = min(0, spans[1][0]), min(0, spans[0][0])
    right, bottom = max(width, spans[1][1] + 1), max(height, spans[0][1] + 1)
    scale = _scale((left, top, right, bottom))
    box = (
        f'<rect x="{spans[1][0]}" y="{spans[0][0]}" width="{spans[1][1] - spans[1][0] + 1}" '
        f'height="{spans[0][1] - spans[0][0] + 1}" fill="none" stroke="#c02020" stroke-width="{2 / scale:.4f}"/>'
    )
    marks = [*_bands(unseen, height, width), *_seen(unit), box]
    return svg_frame(title, (left, top, right, bottom), (height, width), marks, _caption(unit))


def svg_frame(
    title: str, shown: tuple[int, int, int, int], size: tuple[int, int], marks: Sequence[str], caption: str
) -> str:
    """A figure of the input with marks in pixels.

    Args:
        shown: left, top, right and bottom of what is drawn, in pixels.
        size: height and width of the input.
    """
    left, top, right, bottom = shown
    height, width = size
    scale = _scale(shown)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{(right - left) * scale + 40:.0f}" '
        f'height="{(bottom - top) * scale + 64:.0f}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<text x="20" y="20">{escape(title)}</text>',
        f'<g transform="translate({20 - left * scale:.3f} {32 - top * scale:.3f}) scale({scale:.6f})">',
        f'<rect width="{width}" height="{height}" fill="#f2f2f2" stroke="#444" stroke-width="{1 / scale:.4f}"/>',
        *marks,
        "</g>",
        f'<text x="20" y="{(bottom - top) * scale + 52:.0f}">{escape(caption)}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def plane(lengths: tuple[int, ...]) -> tuple[int, int]:
    """Height and width of an input to draw; one axis is a line. Raises UsageError for three axes."""
    if len(lengths) > 2:
        raise UsageError("a field of three axes cannot be drawn", help="--at gives its box in numbers")
    return (1, lengths[0]) if len(lengths) == 1 else (lengths[0], lengths[1])


def _scale(shown: tuple[int, int, int, int]) -> float:
    left, top, right, bottom = shown
    return 480 / max(right - left, bottom - top)


def _sign(unit: UnitField, unseen: Unseen | None, rows: range, columns: range) -> str:
    window = ((1 << len(columns)) - 1) << columns.start
    masks = [unit.cells.get(_key(unit, row), 0) & window for row in rows]
    if any(masks):
        return "#"
    if unit.box and _inside(unit, rows, columns):
        return "+"
    if unseen is not None and (_dark(unseen, -2, rows) or _dark(unseen, -1, columns)):
        return "x"
    return "."


def _key(unit: UnitField, row: int) -> tuple[int, ...]:
    return (row,) if len(unit.lengths) == 2 else ()


def _inside(unit: UnitField, rows: range, columns: range) -> bool:
    first, last = unit.box[-1]
    across = first <= columns.stop - 1 and columns.start <= last
    if len(unit.box) == 1:
        return across
    top, bottom = unit.box[0]
    return across and top <= rows.stop - 1 and rows.start <= bottom


def _dark(unseen: Unseen, axis: int, cells: range) -> bool:
    """Whether all of these rows or columns lie in a stretch that is never seen."""
    if len(unseen.stretches) < -axis:
        return False
    return any(first <= cells.start and cells.stop - 1 <= last for first, last in unseen.stretches[axis])


def _bands(unseen: Unseen | None, height: int, width: int) -> list[str]:
    if unseen is None:
        return []
    columns, rows = unseen.stretches[-1], unseen.stretches[0] if len(unseen.stretches) == 2 else ()
    fill = 'fill="#bbbbbb"'
    bands = [f'<rect x="{first}" width="{last - first + 1}" height="{height}" {fill}/>' for first, last in columns]
    return bands + [f'<rect y="{first}" width="{width}" height="{last - first + 1}" {fill}/>' for first, last in rows]


def _seen(unit: UnitField) -> list[str]:
    """One rectangle for each stretch of each group of equal rows."""
    from archcalc.core.field_mask import ranges

    groups: list[tuple[int, int, int]] = []
    for place, mask in sorted(unit.cells.items()):
        row = place[0] if place else 0
        if groups and groups[-1][1] == row - 1 and groups[-1][2] == mask:
            groups[-1] = (groups[-1][0], row, mask)
        else:
            groups.append((row, row, mask))
    return [
        f'<rect x="{first}" y="{top}" width="{last - first + 1}" height="{bottom - top + 1}" fill="#4477aa"/>'
        for top, bottom, mask in groups
        for first, last in ranges(mask)
    ]


def _caption(unit: UnitField) -> str:
    if not unit.box:
        return "this unit sees no pixel"
    return f"pixels {_box(unit.box)}, {unit.seen:,} of {unit.area:,} seen"


def _spans(unit: UnitField) -> list[tuple[int, int]]:
    """The box to draw: with its padding where that is known; of one axis as a line."""
    known = [span for span in unit.spans or () if span is not None]
    spans = known if len(known) == len(unit.lengths) else list(unit.box) or [(0, -1)] * len(unit.lengths)
    return [(0, 0), *spans] if len(spans) == 1 else spans


def _pairs(unit: UnitField) -> list[tuple[tuple[int, int] | None, tuple[int, int]]]:
    return list(zip(unit.spans or (), unit.box, strict=True))


def _box(box: Sequence[tuple[int, int]]) -> str:
    return " x ".join(f"{first}..{last}" for first, last in box)
