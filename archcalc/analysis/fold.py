"""Fold layers into the groups they stand in; the rows always add up to the totals."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from archcalc.analysis.summary import Counts, LayerRow, Summary, add_counts
from archcalc.core import Shape
from archcalc.core.record import record


@record
class FoldedRow:
    """One line of a table: a layer, or a group with the sum of its layers."""

    name: str
    label: str
    """The kind of a layer; what made a group (`conv + relu`, `bottleneck`)."""
    inputs: tuple[Shape, ...]
    output: Shape
    counts: Counts
    layers: tuple[LayerRow, ...]


def fold(summary: Summary, depth: int | None = None) -> tuple[FoldedRow, ...]:
    """The rows of a table.

    Args:
        depth: fold everything below this level (1: top-level names only). None folds only what is written
            as one layer: a conv with its norm and act.
    """
    folded = {}
    for group in sorted(summary.groups, key=lambda group: group.stop - group.first):
        if group.sugar if depth is None else group.name.count(".") + 1 >= depth:
            folded[group.first] = group  # the widest that starts here wins
    rows = []
    index = 0
    while index < len(summary.rows):
        group_row = folded.get(index)
        if group_row is None:
            rows.append(leaf(summary.rows[index]))
            index += 1
            continue
        layers = summary.rows[group_row.first : group_row.stop]
        counts = summary.counts_of(group_row.first, group_row.stop)
        row = FoldedRow(group_row.name, group_row.label, layers[0].input_shapes, group_row.output, counts, layers)
        rows.append(row)
        index = group_row.stop
    return tuple(rows)


MOST, MOST_OPEN = 60, 400
"""Rows of a chart; and of one whose depth is said."""


def chart_rows(summary: Summary, depth: int | None = None) -> tuple[FoldedRow, ...]:
    """The rows of a chart: folded as deep as leaves few enough of them, else neighbours together.

    Args:
        depth: fold at this one, with more rows.
    """
    most = MOST if depth is None else MOST_OPEN
    deepest = max((group.name.count(".") for group in summary.groups), default=0)
    depths = (None, *range(deepest + 1, 0, -1)) if depth is None else (depth,)
    for level in depths:
        rows = fold(summary, level)
        if len(rows) <= most:
            return rows
    size = -(-len(rows) // most)
    return tuple(_together(rows[first : first + size]) for first in range(0, len(rows), size))


def _together(rows: tuple[FoldedRow, ...]) -> FoldedRow:
    """Neighbours as one row."""
    first, last = rows[0], rows[-1]
    if first is last:
        return first
    layers = tuple(layer for row in rows for layer in row.layers)
    counts = add_counts(row.counts for row in rows)
    name, label = f"{first.name} … {last.name}", f"{len(layers):,} layers"
    return FoldedRow(name, label, first.inputs, last.output, counts, layers)


def only(rows: tuple[FoldedRow, ...], pattern: str) -> tuple[FoldedRow, ...]:
    """The rows whose name, or whose group's name, fits a pattern: `conv*`, `layer1`."""
    return tuple(row for row in rows if any(fnmatchcase(name, pattern) for name in _names(row.name)))


def _names(name: str) -> Iterator[str]:
    """The address itself and every group around it."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def leaf(row: LayerRow) -> FoldedRow:
    """A layer as a row of its own."""
    return FoldedRow(row.name, row.kind, row.input_shapes, row.output, row.counts, (row,))
