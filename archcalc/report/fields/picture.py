"""What one unit sees, drawn on the input: for a terminal, or as a figure."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis.fields.cells import PixelView, UnitField
from archcalc.analysis.fields.receptive import Unseen
from archcalc.errors import UsageError
from archcalc.report.drawing.chart import ColourEntry
from archcalc.report.drawing.palette import Colours, Theme, series
from archcalc.report.fields.figure import InputFigure, PixelMark

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


def unit_figure(unit: UnitField, unseen: Unseen | None, title: str, theme: Theme) -> InputFigure:
    """The input, the box with its padding, and the pixels seen. Raises UsageError for an input of three axes."""
    height, width = plane(unit.lengths)
    rows, columns = _spans(unit)
    (blue, _, dark), box = series(theme), Colours(theme.families["input"].fill, theme.ink)
    entries = {"seen": ColourEntry("seen", blue)} if unit.box else {}
    if unit.box:
        padded = unit.spans is not None and any(span != box_ for span, box_ in _pairs(unit))
        entries["box"] = ColourEntry("its box, padding included" if padded else "its box", box)
    bands = _bands(unseen, height, width, dark.fill)
    if bands:
        entries["unseen"] = ColourEntry(f"never seen by any unit of {unit.layer}", dark)
    return InputFigure(
        title, _caption(unit), (height, width), (*bands, *_seen(unit, blue.fill)), entries,
        (columns[0], rows[0], columns[1] + 1, rows[1] + 1) if unit.box else None,
    )  # fmt: skip


def plane(lengths: tuple[int, ...]) -> tuple[int, int]:
    """Height and width of an input to draw; one axis is a line. Raises UsageError for three axes."""
    if len(lengths) > 2:
        raise UsageError("a field of three axes cannot be drawn", help="--at gives its box in numbers")
    return (1, lengths[0]) if len(lengths) == 1 else (lengths[0], lengths[1])


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


def _bands(unseen: Unseen | None, height: int, width: int, fill: str) -> list[PixelMark]:
    if unseen is None:
        return []
    columns, rows = unseen.stretches[-1], unseen.stretches[0] if len(unseen.stretches) == 2 else ()
    bands = [PixelMark((first, 0, last + 1, height), fill) for first, last in columns]
    return bands + [PixelMark((0, first, width, last + 1), fill) for first, last in rows]


def _seen(unit: UnitField, fill: str) -> list[PixelMark]:
    """One mark for each stretch of each group of equal rows."""
    from archcalc.core.field_mask import ranges

    groups: list[tuple[int, int, int]] = []
    for place, mask in sorted(unit.cells.items()):
        row = place[0] if place else 0
        if groups and groups[-1][1] == row - 1 and groups[-1][2] == mask:
            groups[-1] = (groups[-1][0], row, mask)
        else:
            groups.append((row, row, mask))
    return [
        PixelMark((first, top, last + 1, bottom + 1), fill)
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
