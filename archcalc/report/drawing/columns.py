"""A long stack broken into columns, so that a picture fits a slide."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.report.drawing.box import Box, Spacing, stack, straight
from archcalc.report.drawing.route import Port, Wire

_MUCH = 1.15
"""A stack is broken only where it is longer than wanted by this factor."""

_TURN = 16
"""The room above the columns, in which wires turn."""

_BELOW = 12
"""The room under them."""

_CHANNEL = 14
"""From a column to the wire that runs up beside it, and from there to the next column."""

_SHORT = 0.25
"""A first or last column shorter than this share of the longest joins its neighbour."""


def in_columns(box: Box, longest: float, spacing: Spacing) -> Box:
    """A stack that is too long, in columns with level tops; broken only where one wire passes, else as it was."""
    if not box.rows or box.height <= longest * _MUCH:
        return box
    columns = _merged(box, _columns(box, longest))
    if len(columns) < 2:
        return box
    return _side_by_side([stack(box.rows[start:stop], spacing) for start, stop in columns], box.order)


def _columns(box: Box, longest: float) -> list[tuple[int, int]]:
    """From which row to which each column goes."""
    rows, tops = box.rows, [y for _, _, y in box.children]
    cuts = [i for i in range(1, len(rows)) if len(rows[i].ins) == 1 and len(rows[i - 1].outs) == 1]
    columns, start = [], 0
    while start < len(rows):
        later = [cut for cut in cuts if cut > start]
        fitting = [cut for cut in later if tops[cut - 1] + rows[cut - 1].height - tops[start] <= longest]
        whole = box.height - tops[start] <= longest or not later
        stop = len(rows) if whole else fitting[-1] if fitting else later[0]
        columns.append((start, stop))
        start = stop
    return columns


def _merged(box: Box, columns: list[tuple[int, int]]) -> list[tuple[int, int]]:
    rows, tops = box.rows, [y for _, _, y in box.children]

    def height(column: tuple[int, int]) -> float:
        return tops[column[1] - 1] + rows[column[1] - 1].height - tops[column[0]]

    if len(columns) > 1 and height(columns[0]) < _SHORT * max(map(height, columns)):
        columns[:2] = [(columns[0][0], columns[1][1])]
    if len(columns) > 1 and height(columns[-1]) < _SHORT * max(map(height, columns)):
        columns[-2:] = [(columns[-2][0], columns[-1][1])]
    return columns


def _side_by_side(columns: Sequence[Box], order: float) -> Box:
    """Columns from left to right; a wire goes from the end of each up beside it and over into the next."""
    height = max(column.height for column in columns) + _TURN + _BELOW
    children, wires, x = [], [], 0.0
    for index, column in enumerate(columns):
        children.append((column, x, float(_TURN)))
        if index + 1 < len(columns):
            up = x + column.width + _CHANNEL
            wires.append(_over(x, column, up, columns[index + 1]))
            x = up + _CHANNEL
    first, last = columns[0], columns[-1]
    wires += [Wire(p.value, ((p.x, 0), (p.x, _TURN)), not p.passes) for p in first.ins]
    wires += [straight(p.value, x + p.x, _TURN + last.height, height) for p in last.outs]
    return Box(
        x + last.width, height, first.entry, x + last.exit, [Port(p.x, p.value, passes=True) for p in first.ins],
        [Port(x + p.x, p.value) for p in last.outs], order, children, wires,
    )  # fmt: skip


def _over(x: float, column: Box, up: float, following: Box) -> Wire:
    (out,), (into,) = column.outs, following.ins
    bottom = _TURN + column.height
    leaves, enters = x + out.x, up + _CHANNEL + into.x
    turn = bottom + _BELOW - 2
    points = ((leaves, bottom), (leaves, turn), (up, turn), (up, 2), (enters, 2), (enters, _TURN))
    return Wire(into.value, points, not into.passes)
