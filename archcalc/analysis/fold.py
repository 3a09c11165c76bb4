"""Fold layers into the groups they stand in; the rows always add up to the totals."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from archcalc.analysis.summary import Counts, LayerRow, Summary
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
            rows.append(_leaf(summary.rows[index]))
            index += 1
            continue
        layers = summary.rows[group_row.first : group_row.stop]
        counts = summary.counts_of(group_row.first, group_row.stop)
        row = FoldedRow(group_row.name, group_row.label, layers[0].input_shapes, group_row.output, counts, layers)
        rows.append(row)
        index = group_row.stop
    return tuple(rows)


def only(rows: tuple[FoldedRow, ...], pattern: str) -> tuple[FoldedRow, ...]:
    """The rows whose name, or whose group's name, fits a pattern: `conv*`, `layer1`."""
    return tuple(row for row in rows if any(fnmatchcase(name, pattern) for name in _names(row.name)))


def _names(name: str) -> Iterator[str]:
    """The address itself and every group around it."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def _leaf(row: LayerRow) -> FoldedRow:
    return FoldedRow(row.name, row.kind, row.input_shapes, row.output, row.counts, (row,))
