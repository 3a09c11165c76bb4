"""How many units see each pixel: numbers where the input is small, else shades; and a row for each stretch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from archcalc.analysis.fields.uses import PixelUses
from archcalc.report.drawing.chart import ColourEntry
from archcalc.report.drawing.palette import Colours, Theme, mixed
from archcalc.report.fields.figure import InputFigure, PixelMark
from archcalc.report.fields.phrases import AXIS_NAMES
from archcalc.report.fields.picture import WIDTH, plane
from archcalc.report.formats.json import document
from archcalc.report.formats.table import Cell, Column, Span, Table
from archcalc.version import __version__

MOST_WIDE = 24
"""Columns of an input whose counts are written out."""

SHADES = " .:-=+*#%@"
"""From no unit to the most."""


def uses_text(found: PixelUses) -> str:
    """The input as its counts, or as signs from few units to many, and what they mean."""
    height, width = plane(found.lengths)
    sizes, units = "x".join(map(str, found.lengths)), "x".join(map(str, found.units))
    head = f"{found.layer}: how many of its {units} units see each pixel of {sizes}, {_range(found)}"
    drawn = _numbers(found) if width <= MOST_WIDE and height <= MOST_WIDE else _signs(found)
    return "\n".join([head, "", *drawn, "", f"archcalc {__version__} · {found.spec}"]) + "\n"


def uses_table(found: PixelUses) -> Table:
    """A row for each stretch of pixels of one count: along each axis, or where counts are no product of every row."""
    names = AXIS_NAMES[len(found.lengths)]
    provenance = f"archcalc {__version__} · {found.spec} · {found.layer}"
    if found.axes:
        note = f"a pixel is seen by the product of its axes' counts: {_range(found)}"
        columns = (Column("Axis", "axis"), Column("Pixels", "pixels"), Column("Seen by", "units", True))
        rows = tuple(
            (name, Span(first, last), count)
            for name, counts in zip(names, found.axes, strict=True)
            for first, last, count in _stretches(counts)
        )
        return Table(found.layer, columns, rows, notes=(note,) if len(names) > 1 else (), provenance=provenance)
    width = found.lengths[-1]
    lines: tuple[tuple[Cell, ...], ...] = tuple(
        (*place, Span(first, last), count)
        for number, place in enumerate(product(*map(range, found.lengths[:-1])))
        for first, last, count in _stretches(found.cells[number * width : (number + 1) * width])
    )
    places = (Column(name.capitalize(), name) for name in names)
    return Table(found.layer, (*places, Column("Seen by", "units", True)), lines, provenance=provenance)


def uses_json(found: PixelUses) -> str:
    """`archcalc/rf-uses/1`: counts along each axis, whose product counts; or of all pixels, row by row."""
    content = {
        "spec": found.spec,
        "layer": found.layer,
        "input": list(found.lengths),
        "units": list(found.units),
        "least": found.least,
        "most": found.most,
        "axes": [list(counts) for counts in found.axes],
        "cells": list(found.cells),
    }
    return document("archcalc/rf-uses/1", content)


def uses_figure(found: PixelUses, theme: Theme) -> InputFigure:
    """The input in shades of one colour: the further from the page's, the more units. Raises UsageError."""
    height, width = plane(found.lengths)
    marks = tuple(
        PixelMark((first, top, last + 1, bottom + 1), _tint(theme, count, found.most))
        for top, bottom, row in _bands([_row(found, row) for row in range(height)])
        for first, last, count in _stretches(row)
        if count
    )
    counts = sorted({found.least, -(-found.most // 2), found.most})
    entries = {str(count): ColourEntry(_units(count), _swatch(theme, count, found.most)) for count in counts}
    title = f"{found.spec}: units of {found.layer} that see each pixel"
    return InputFigure(title, f"{_range(found)} units see a pixel", (height, width), marks, entries)


def _units(count: int) -> str:
    return "no unit" if count == 0 else f"{count:,} {'unit' if count == 1 else 'units'}"


def _tint(theme: Theme, count: int, most: int) -> str:
    return mixed(theme.least, theme.most, count / most) if count else theme.frames[0]


def _swatch(theme: Theme, count: int, most: int) -> Colours:
    return Colours(_tint(theme, count, most), theme.line)


def _range(found: PixelUses) -> str:
    return f"{found.least:,}" if found.least == found.most else f"{found.least:,} to {found.most:,}"


def _row(found: PixelUses, row: int) -> list[int]:
    """The counts along a row; of one axis there is one."""
    place = (row,) if len(found.lengths) == 2 else ()
    return [found.count((*place, column)) for column in range(found.lengths[-1])]


def _numbers(found: PixelUses) -> Iterator[str]:
    rows = [_row(found, row) for row in range(plane(found.lengths)[0])]
    width = max(len(str(count)) for row in rows for count in row)
    for row in rows:
        yield " ".join(str(count).rjust(width) for count in row)


def _signs(found: PixelUses) -> Iterator[str]:
    """A sign for the pixel in the middle of each square that it stands for, as high as two signs are wide."""
    height, width = plane(found.lengths)
    step = max(1, -(-width // WIDTH))
    high = 2 * step if height > 1 else 1
    for top in range(0, height, high):
        row = _row(found, min(height - 1, top + high // 2))
        yield "".join(_shade(row[min(width - 1, left + step // 2)], found.most) for left in range(0, width, step))
    yield f"from few units ({SHADES[1]}) to {found.most:,} ({SHADES[-1]})   a sign is {step} x {high} pixels (w x h)"


def _shade(count: int, most: int) -> str:
    return SHADES[-(-count * (len(SHADES) - 1) // most)] if most else SHADES[0]


def _stretches(counts: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """First and last pixel of neighbours with the same count."""
    first = 0
    for place in range(1, len(counts) + 1):
        if place == len(counts) or counts[place] != counts[first]:
            yield first, place - 1, counts[first]
            first = place


def _bands(rows: Sequence[list[int]]) -> Iterator[tuple[int, int, list[int]]]:
    """First and last of neighbouring rows that are the same."""
    first = 0
    for place in range(1, len(rows) + 1):
        if place == len(rows) or rows[place] != rows[first]:
            yield first, place - 1, rows[first]
            first = place
